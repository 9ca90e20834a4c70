//! `cargo xtask fuzz`: damaged files for one reader, as many as one likes. What they are is said in `docs/testing.md`.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process;

const USAGE: &str =
    "Usage: cargo xtask fuzz READER COUNT\n\nReaders: image, model, array, plan, prices, trace\n";

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    match words.as_slice() {
        [reader, count] if count.parse::<u64>().is_ok_and(|count| count > 0) => {
            process::replace(&mut command(reader, count))
        }
        _ => {
            process::tell(USAGE);
            ExitCode::from(2)
        }
    }
}

/// The long run of `crates/klr/tests/damaged`.
fn command(reader: &str, count: &str) -> Command {
    let mut command = process::cargo();
    command.args(["test", "--quiet", "--package", "klr", "--test", "damaged", "--"]);
    command.args(["--ignored", "--nocapture", "long_run"]).current_dir(process::root());
    command.env("KLR_FUZZ", format!("{reader}:{count}"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_run_is_a_test_that_exists_and_knows_every_reader() {
        let suite =
            std::fs::read_to_string(process::root().join("crates/klr/tests/damaged/main.rs")).unwrap();
        assert!(suite.contains("fn long_run()") && suite.contains("KLR_FUZZ"));
        let readers = USAGE.split("Readers: ").nth(1).unwrap().trim().split(", ");
        for reader in readers {
            assert!(suite.contains(&format!("name: \"{reader}\"")), "{reader}");
        }
    }

    #[test]
    fn reader_and_count_reach_the_test() {
        let command = command("image", "12");
        let told = command.get_envs().find(|(name, _)| *name == "KLR_FUZZ");
        assert_eq!(told.and_then(|(_, value)| value), Some("image:12".as_ref()));
    }
}
