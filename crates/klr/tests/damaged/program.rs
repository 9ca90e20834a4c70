//! The same damaged files through the program itself: whatever a file holds, `klr` ends with the exit code of a request
//! that was met, or with 2 and one line that says why not.

use super::{READERS, Reader, wanted};
use crate::common::{SMALL, klr, klr_within, small};
use crate::said::said;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The most memory and computing that one file may take: 2 GB, 10 s.
const MOST_KIB: u64 = 2_000_000;
const LONGEST_SECONDS: u64 = 10;

/// A command that reads a kind of file.
struct Command {
    /// Which reader's files it gets ([`READERS`]).
    reader: &'static str,
    /// Its arguments, for the file of this path.
    arguments: fn(&str) -> Vec<String>,
    /// What writes a valid file that goes with the small plan: arguments, to which the path is added, or that print it.
    seed: Option<&'static [&'static str]>,
    /// Exit codes of a request that was met.
    met: &'static [i32],
}

/// Every reader but that of binary traces, which no command reads.
const COMMANDS: [Command; 6] = [
    Command { reader: "image", arguments: |file| words(&["listing", file]), seed: None, met: &[0] },
    Command {
        reader: "model",
        arguments: |file| small("sim", &["--model", file]),
        seed: Some(&["train", "--out"]),
        met: &[0],
    },
    Command {
        reader: "array",
        arguments: |file| words(&["sim", "--patterns", file, "--cues", file, "--set", "model.iterations=5"]),
        seed: None,
        met: &[0],
    },
    Command { reader: "plan", arguments: |file| words(&["plan", "--plan", file]), seed: None, met: &[0] },
    Command { reader: "prices", arguments: |file| words(&["prices", file]), seed: None, met: &[0] },
    Command {
        reader: "golden",
        arguments: |file| small("trace", &["--check", file]),
        seed: Some(&["trace", "--out", "-"]),
        // 1: a trace, and another one.
        met: &[0, 1],
    },
];

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

impl Command {
    fn named(reader: &str) -> &'static Self {
        COMMANDS.iter().find(|command| command.reader == reader).expect("a command reads such files")
    }

    /// The valid files of the reader, and one that goes with the small plan.
    fn valid_files(&self, folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut valid = Reader::named(self.reader).valid_files();
        if let Some(seed) = self.seed {
            let path = folder.join("seed");
            let name = path.to_str().expect("a plain name");
            let more = if seed.last() == Some(&"-") { Vec::new() } else { vec![name] };
            let written = klr(&[words(seed), words(&more), words(&SMALL)].concat());
            assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
            if more.is_empty() {
                fs::write(&path, written.stdout).expect("the folder is writable");
            }
            // As often as the others together.
            let made = fs::read(&path).expect("it was written");
            valid.extend(vec![(path, made); valid.len()]);
        }
        valid
    }

    /// Runs the program on the damaged files of these numbers; how many were taken.
    fn run(&self, numbers: Range<u64>) -> u64 {
        let reader = Reader::named(self.reader);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let valid = self.valid_files(folder.path());
        let path = folder.path().join(format!("damaged.{}", reader.extension));
        let mut taken = 0;
        for number in numbers {
            let file = reader.damaged(&valid, number);
            fs::write(&path, &file).expect("the folder is writable");
            let arguments = (self.arguments)(path.to_str().expect("a plain name"));
            let output = klr_within(MOST_KIB, LONGEST_SECONDS, &arguments);
            let said = said(&output);
            let code = output.status.code();
            let met = code.is_some_and(|code| self.met.contains(&code));
            let refused = code == Some(2) && said.starts_with("klr: ") && said.lines().count() == 1;
            assert!(
                (met || refused) && !said.contains("panicked"),
                "{}: {}: {said}",
                reader.kept(number, &file),
                output.status
            );
            taken += u64::from(met);
        }
        taken
    }
}

/// A sample of each reader's damaged files; some are taken, and some are not.
#[test]
fn the_program_ends_with_an_exit_code_whatever_is_in_a_file() {
    for command in &COMMANDS {
        let taken = command.run(0..60);
        assert!((1..60).contains(&taken), "{}: {taken} of 60 are taken", command.reader);
    }
}

#[test]
fn every_reader_but_that_of_binary_traces_is_tried_through_the_program() {
    let readers: Vec<&str> =
        READERS.iter().map(|reader| reader.name).filter(|name| *name != "trace").collect();
    let commands: Vec<&str> = COMMANDS.iter().map(|command| command.reader).collect();
    assert_eq!(commands, readers);
}

#[test]
#[ignore = "as long as one likes: cargo xtask fuzz READER COUNT [FROM] --program"]
fn long_run_of_the_program() {
    let (reader, numbers) = wanted();
    let count = numbers.end - numbers.start;
    let taken = Command::named(&reader).run(numbers);
    #[expect(clippy::print_stdout, reason = "what somebody who waits for a long run came for")]
    {
        println!("{reader}: klr ran on {count} damaged files, {taken} taken, {} refused", count - taken);
    }
}
