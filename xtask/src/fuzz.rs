//! `cargo xtask fuzz`: damaged files for one reader, as many as one likes. What they are is said in `docs/testing.md`.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process;

const USAGE: &str = "\
Usage: cargo xtask fuzz READER COUNT [--program]

--program starts klr for each file, instead of calling the reader.

Readers: image, model, array, plan, prices, trace (not with --program), golden
";

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let (test, wanted) = match words.as_slice() {
        [reader, count] => ("long_run", Some((reader, count))),
        [reader, count, program] if program == "--program" && reader != "trace" => {
            ("program::long_run_of_the_program", Some((reader, count)))
        }
        _ => ("", None),
    };
    match wanted {
        Some((reader, count))
            if readers().any(|known| known == reader)
                && count.parse::<u64>().is_ok_and(|count| count > 0) =>
        {
            process::replace(&mut command(test, reader, count))
        }
        _ => {
            process::tell(USAGE);
            ExitCode::from(2)
        }
    }
}

/// The names of the readers, as the usage lists them.
fn readers() -> impl Iterator<Item = &'static str> {
    let list = USAGE.rsplit("Readers: ").next().unwrap_or_default().trim();
    list.split(", ").filter_map(|reader| reader.split_whitespace().next())
}

/// A long run of `crates/klr/tests/damaged`.
fn command(test: &str, reader: &str, count: &str) -> Command {
    let mut command = process::cargo();
    command.args(["test", "--quiet", "--package", "klr", "--test", "damaged", "--"]);
    command.args(["--ignored", "--nocapture", "--exact", test]).current_dir(process::root());
    command.env("KLR_FUZZ", format!("{reader}:{count}"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(file: &str) -> String {
        std::fs::read_to_string(process::root().join("crates/klr/tests/damaged").join(file)).unwrap()
    }

    #[test]
    fn the_long_runs_are_tests_that_exist_and_know_every_reader() {
        let (main, program) = (suite("main.rs"), suite("program.rs"));
        assert!(main.contains("fn long_run()") && main.contains("KLR_FUZZ"));
        assert!(program.contains("fn long_run_of_the_program()") && main.contains("mod program;"));
        assert_eq!(main.matches("    Reader {\n").count(), readers().count(), "all are listed");
        for reader in readers() {
            assert!(main.contains(&format!("name: \"{reader}\"")), "{reader}");
            assert_eq!(program.contains(&format!("reader: \"{reader}\"")), reader != "trace", "{reader}");
        }
    }

    #[test]
    fn reader_and_count_reach_the_test() {
        let command = command("long_run", "image", "12");
        let told = command.get_envs().find(|(name, _)| *name == "KLR_FUZZ");
        assert_eq!(told.and_then(|(_, value)| value), Some("image:12".as_ref()));
        let last = command.get_args().last();
        assert_eq!(last, Some("long_run".as_ref()), "and no other test");
    }
}
