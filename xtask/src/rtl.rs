//! `cargo xtask rtl`: the core in SystemVerilog and the simulator, side by side. What is compared is said in `docs/rtl.md`.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process;

const USAGE: &str = "Usage: cargo xtask rtl --quick | --full [SEEDS] | --family FAMILY[:SEEDS] | \
                     --replay FAMILY:SEED:DATAFLOW | --mutants [RULE] | --sim-mutants [RULE] | --prove\n";

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let (suite, test, told) = match words.as_slice() {
        ["--quick"] => ("lockstep", "quick", None),
        ["--full"] => ("lockstep", "full", None),
        ["--full", seeds] if seeds.parse::<u64>().is_ok_and(|seeds| seeds > 0) => {
            ("lockstep", "full", Some(*seeds))
        }
        ["--family", family] => ("lockstep", "one_family", Some(*family)),
        ["--replay", case] => ("lockstep", "replay", Some(*case)),
        ["--mutants"] => ("mutants", "mutants", None),
        ["--mutants", rule] => ("mutants", "mutants", Some(*rule)),
        ["--prove"] => ("prove", "prove", None),
        ["--sim-mutants"] => ("sim_mutants", "sim_mutants", None),
        ["--sim-mutants", rule] => ("sim_mutants", "sim_mutants", Some(*rule)),
        _ => {
            process::tell(USAGE);
            return ExitCode::from(2);
        }
    };
    process::replace(&mut command(suite, test, told))
}

/// A test of `crates/rtl/tests`, and what it is told.
fn command(suite: &str, test: &str, told: Option<&str>) -> Command {
    let mut command = process::cargo();
    command.args(["test", "--quiet", "--package", "klr-rtl", "--test", suite, "--"]);
    command.args(["--ignored", "--nocapture", "--exact", test]).current_dir(process::root());
    if let Some(told) = told {
        command.env("KLR_RTL", told);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_a_test_that_exists() {
        for (suite, test) in [
            ("lockstep", "quick"),
            ("lockstep", "full"),
            ("lockstep", "one_family"),
            ("lockstep", "replay"),
            ("mutants", "mutants"),
            ("sim_mutants", "sim_mutants"),
            ("prove", "prove"),
        ] {
            let path = process::root().join(format!("crates/rtl/tests/{suite}.rs"));
            let text = std::fs::read_to_string(path).unwrap();
            assert!(text.contains(&format!("fn {test}()")), "{suite} {test}");
            // A proof is of everything.
            assert!(text.contains("KLR_RTL") || suite == "prove", "{suite} {test} is not told what to run");
        }
    }

    #[test]
    fn what_is_told_reaches_the_test() {
        let command = command("lockstep", "replay", Some("tiny:3:delta"));
        let told = command.get_envs().find(|(name, _)| *name == "KLR_RTL");
        assert_eq!(told.and_then(|(_, value)| value), Some("tiny:3:delta".as_ref()));
    }
}
