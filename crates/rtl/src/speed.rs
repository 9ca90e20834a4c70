//! The design as a program that runs retrievals and nothing else, to be timed.
//!
//! Nothing is observed: the core stands alone behind registers, without waveforms and assertions, unknown values are whatever is
//! fastest, and everything is compiled with `-O3`, which Verilator's makefile would undo.

use crate::case::{Case, encode};
use crate::model::{ModelError, at, verilate};
use crate::shape::Shape;
use crate::sources::{DESIGN, SPEED};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What Verilator is asked for.
const ARGUMENTS: [&str; 19] = [
    "--cc",
    "--exe",
    "--build",
    "-O3",
    "-Wall",
    "-Wno-WIDTHCONCAT",
    "--unroll-count",
    "4096",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "-CFLAGS",
    "-std=c++17",
    "-MAKEFLAGS",
    "OPT_FAST=-O3 OPT_SLOW=-O3 OPT_GLOBAL=-O3",
    "--top-module",
    "speed",
    "-Mdir",
];

/// A running program with an image in its memories.
#[derive(Debug)]
pub struct Speed {
    program: PathBuf,
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What some retrievals took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Took {
    /// CPU seconds of all of them, as often as they were run.
    pub seconds: f64,
    /// Their clock cycles, run once.
    pub cycles: u64,
}

impl Speed {
    /// The core of `shape`, built in `folder` and started with the image of `cases`, which is the same in all of them. Each
    /// stands with the cycles after which it is stopped, must pass [`Shape::check`] and needs no lever.
    ///
    /// # Errors
    /// [`ModelError`] if Verilator is missing, refuses the design, or a file cannot be written.
    pub fn start(shape: &Shape, folder: &Path, cases: &[(&Case, u64)]) -> Result<Self, ModelError> {
        let sources: Vec<(&str, String)> =
            DESIGN.iter().chain(&SPEED).map(|(name, text)| (*name, (*text).to_owned())).collect();
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.extend(["model", "-o", "speed"].map(str::to_owned));
        let program = verilate(&sources, arguments, &shape.plain_parameters(), folder, "speed")?;
        let input = folder.join("cases.bin");
        fs::write(&input, encode(cases)).map_err(at(&input))?;
        let mut child = Command::new(&program)
            .arg(&input)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(at(&program))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (requests, answers) = pipes.ok_or_else(|| at(&program)(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self { program, child, requests, answers: BufReader::new(answers) })
    }

    /// Runs the cases `which` one after the other, and that so many times.
    ///
    /// # Errors
    /// [`ModelError`] if the program does not answer.
    pub fn run(&mut self, which: Range<usize>, times: u32) -> Result<Took, ModelError> {
        self.ask(&which, times).map_err(at(&self.program))
    }

    fn ask(&mut self, which: &Range<usize>, times: u32) -> io::Result<Took> {
        writeln!(self.requests, "{} {} {times}", which.start, which.len())?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut numbers = line.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(nanoseconds)), Some(Ok(cycles))) => {
                Ok(Took { seconds: nanoseconds as f64 * 1e-9, cycles })
            }
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, format!("it answered `{}`", line.trim()))),
        }
    }
}

/// The program ends when nothing more is asked of it.
impl Drop for Speed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::{FAMILIES, draw};
    use klr_sim::Dataflow;

    #[test]
    fn the_program_reads_the_settings_that_are_written_and_in_their_order() {
        let case = draw(&FAMILIES[0], 1, Dataflow::Delta);
        let settings: Vec<String> = case.settings().iter().map(|(name, _)| format!("&r.{name},")).collect();
        let program: String = SPEED[1].1.split_whitespace().collect();
        assert!(program.contains(&format!("{{{}&r.cycle_limit}}", settings.concat())), "{settings:?}");
    }
}
