//! Building a program before it is started, so that whoever waits sees what for.
//!
//! Cargo's own messages are read and shortened: on a terminal one line says what is compiled and for how long, in a log one
//! line says that something is built and one that it is done. What cargo says of another cargo that it waits for, of errors
//! and of warnings is passed on as it is. Nothing is said if there is nothing to build.

use std::io::{BufRead, BufReader, IsTerminal, stderr};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::process;

/// How often the seconds on a terminal move on.
const TICK: Duration = Duration::from_secs(1);

/// A line of cargo, to the one who waits for it.
#[derive(Debug, PartialEq, Eq)]
enum Message<'a> {
    /// Cargo works on this.
    Work(&'a str),
    /// Cargo waits for another one to release the build folder or the registry.
    Wait,
    /// Cargo is done, which its exit code says too.
    Done,
    /// Whatever else has to be read, errors above all.
    Text,
}

/// The words that cargo begins a line of progress with.
const WORK: [&str; 8] =
    ["Compiling", "Checking", "Downloading", "Downloaded", "Updating", "Locking", "Adding", "Building"];

fn message(line: &str) -> Message<'_> {
    let mut words = line.trim_start().splitn(2, ' ');
    match (words.next(), words.next()) {
        (Some("Blocking"), _) => Message::Wait,
        (Some("Finished" | "Executable" | "Running"), _) => Message::Done,
        (Some(word), Some(what)) if WORK.contains(&word) => {
            Message::Work(what.split(" (").next().unwrap_or(what))
        }
        _ => Message::Text,
    }
}

/// Runs the cargo `command`, which builds `what`, and answers with its exit code.
pub(crate) fn build(what: &str, command: &mut Command) -> u8 {
    let on_terminal = stderr().is_terminal();
    let mut child = match command.stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return process::not_started(command, &error),
    };
    let (sender, receiver) = channel();
    if let Some(pipe) = child.stderr.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                // Nobody listens any more: then nobody reads this either.
                let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
        });
    }
    Watch::new(what, on_terminal).follow(&receiver);
    match child.wait() {
        Ok(status) => process::exit_code(status),
        Err(error) => process::not_started(command, &error),
    }
}

/// What is shown of a build.
struct Watch<'a> {
    what: &'a str,
    on_terminal: bool,
    start: Instant,
    /// What cargo works on, once it works.
    at: Option<String>,
}

impl<'a> Watch<'a> {
    fn new(what: &'a str, on_terminal: bool) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "how long a build takes is for the one who waits, and no result holds it"
        )]
        let start = Instant::now();
        Self { what, on_terminal, start, at: None }
    }

    /// Shows the messages until the last.
    fn follow(&mut self, messages: &Receiver<String>) {
        loop {
            match messages.recv_timeout(TICK) {
                Ok(line) => self.see(&line),
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.finish();
    }

    fn see(&mut self, line: &str) {
        match message(line) {
            Message::Work(at) => {
                if self.at.replace(at.to_owned()).is_none() && !self.on_terminal {
                    let what = self.what;
                    process::tell(format_args!("building {what}; the first time takes about two minutes\n"));
                }
                self.tick();
            }
            Message::Wait => self.pass(&format!("{}; another cargo is at work", line.trim())),
            Message::Done => {}
            Message::Text => self.pass(line),
        }
    }

    /// Passes a line on, in place of the line that is rewritten.
    fn pass(&self, line: &str) {
        if self.on_terminal {
            process::rewrite(format_args!("{line}\n"));
        } else {
            process::tell(format_args!("{line}\n"));
        }
    }

    fn tick(&self) {
        if let Some(at) = self.at.as_ref().filter(|_| self.on_terminal) {
            let seconds = self.start.elapsed().as_secs();
            process::rewrite(format_args!("building {}, {seconds} s: {at}", self.what));
        }
    }

    fn finish(&self) {
        if self.at.is_some() {
            self.pass(&format!("built {} in {:.1} s", self.what, self.start.elapsed().as_secs_f64()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cargo_are_told_apart() {
        let lines = [
            ("   Compiling klr-units v0.1.0 (/a/b c)", Message::Work("klr-units v0.1.0")),
            (" Downloading crates ...", Message::Work("crates ...")),
            ("    Blocking waiting for file lock on build directory", Message::Wait),
            ("    Finished `release` profile [optimized] target(s) in 0.05s", Message::Done),
            ("error[E0425]: cannot find value `x`", Message::Text),
            ("warning: unused", Message::Text),
            ("", Message::Text),
            ("Compiling", Message::Text),
        ];
        for (line, expected) in lines {
            assert_eq!(message(line), expected, "{line}");
        }
    }

    #[test]
    fn a_build_answers_with_the_exit_code_of_cargo() {
        assert_eq!(build("nothing", process::cargo().arg("--version").stdout(Stdio::null())), 0);
        assert_eq!(build("nothing", &mut Command::new("klr-no-such-program")), 127);
        assert_eq!(build("nothing", process::cargo().arg("no-such-command")), 101);
    }
}
