//! `cargo xtask rtl`: the core in SystemVerilog and the simulator, side by side. What is compared is said in `docs/rtl.md`.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process;

const USAGE: &str = "Usage: cargo xtask rtl --quick | --full [SEEDS] | --replay FAMILY:SEED:DATAFLOW\n";

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let (test, told) = match words.as_slice() {
        ["--quick"] => ("quick", None),
        ["--full"] => ("full", None),
        ["--full", seeds] if seeds.parse::<u64>().is_ok_and(|seeds| seeds > 0) => ("full", Some(*seeds)),
        ["--replay", case] => ("replay", Some(*case)),
        _ => {
            process::tell(USAGE);
            return ExitCode::from(2);
        }
    };
    process::replace(&mut command(test, told))
}

/// A test of `crates/rtl/tests/lockstep.rs`, and what it is told.
fn command(test: &str, told: Option<&str>) -> Command {
    let mut command = process::cargo();
    command.args(["test", "--quiet", "--package", "klr-rtl", "--test", "lockstep", "--"]);
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
        let suite = std::fs::read_to_string(process::root().join("crates/rtl/tests/lockstep.rs")).unwrap();
        for name in ["quick", "full", "replay"] {
            assert!(suite.contains(&format!("fn {name}()")), "{name}");
        }
        assert!(suite.contains("KLR_RTL"));
    }

    #[test]
    fn what_is_told_reaches_the_test() {
        let command = command("replay", Some("tiny:3:delta"));
        let told = command.get_envs().find(|(name, _)| *name == "KLR_RTL");
        assert_eq!(told.and_then(|(_, value)| value), Some("tiny:3:delta".as_ref()));
    }
}
