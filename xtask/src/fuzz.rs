//! `cargo xtask fuzz`: damaged files for one reader, as many as one likes. What they are is said in `docs/testing.md`.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process;

const USAGE: &str = "\
Usage: cargo xtask fuzz READER COUNT [FROM] [--program]

FROM is the number of the first file [default: 0]: parts of a long run can go side by side.
--program starts klr for each file, instead of calling the reader.

Readers: image, model, array, plan, prices, trace (not with --program), golden
";

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    match wanted(arguments) {
        Some((test, files)) => process::replace(&mut command(test, &files)),
        None => {
            process::tell(USAGE);
            ExitCode::from(2)
        }
    }
}

/// The test that is asked for, and `READER:COUNT:FROM`; `None` if the arguments are no such request.
fn wanted(arguments: &[OsString]) -> Option<(&'static str, String)> {
    let mut words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let is_program = words.last().is_some_and(|word| word == "--program");
    words.truncate(words.len() - usize::from(is_program));
    let (reader, count, from) = match words.as_slice() {
        [reader, count] => (reader, count.parse::<u64>().ok()?, 0),
        [reader, count, from] => (reader, count.parse::<u64>().ok()?, from.parse::<u64>().ok()?),
        _ => return None,
    };
    let is_read = readers().any(|known| known == reader) && !(is_program && reader == "trace");
    let test = if is_program { "program::long_run_of_the_program" } else { "long_run" };
    (is_read && count > 0).then(|| (test, format!("{reader}:{count}:{from}")))
}

/// The names of the readers, as the usage lists them.
fn readers() -> impl Iterator<Item = &'static str> {
    let list = USAGE.rsplit("Readers: ").next().unwrap_or_default().trim();
    list.split(", ").filter_map(|reader| reader.split_whitespace().next())
}

/// A long run of `crates/klr/tests/damaged`.
fn command(test: &str, files: &str) -> Command {
    let mut command = process::cargo();
    command.args(["test", "--quiet", "--package", "klr", "--test", "damaged", "--"]);
    command.args(["--ignored", "--nocapture", "--exact", test]).current_dir(process::root());
    command.env("KLR_FUZZ", files);
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
    fn reader_count_and_first_number_reach_the_test() {
        let wanted = |words: &[&str]| wanted(&words.iter().map(OsString::from).collect::<Vec<_>>());
        let whole = |files: &str| Some(("long_run", files.to_owned()));
        assert_eq!(wanted(&["image", "12"]), whole("image:12:0"));
        assert_eq!(wanted(&["image", "12", "7"]), whole("image:12:7"));
        let program = Some(("program::long_run_of_the_program", "plan:3:0".to_owned()));
        assert_eq!(wanted(&["plan", "3", "--program"]), program);
        let refused: [&[&str]; 6] = [
            &[],
            &["image"],
            &["image", "0"],
            &["image", "1", "x"],
            &["verilog", "1"],
            &["trace", "1", "--program"],
        ];
        for words in refused {
            assert_eq!(wanted(words), None, "{words:?}");
        }
        let command = command("long_run", "image:12:0");
        let told = command.get_envs().find(|(name, _)| *name == "KLR_FUZZ");
        assert_eq!(told.and_then(|(_, value)| value), Some("image:12:0".as_ref()));
        assert_eq!(command.get_args().last(), Some("long_run".as_ref()), "and no other test");
    }
}
