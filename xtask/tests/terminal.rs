//! Whatever the terminal does, xtask ends with an exit code that says how the work went, and never with a panic.
#![cfg(unix)]

use std::process::{Command, Stdio};

/// The exit code of a line of shell, in which `$K` is the program.
fn ends(line: &str) -> Option<i32> {
    let status = Command::new("sh").args(["-c", line]).env("K", env!("CARGO_BIN_EXE_xtask")).status();
    status.expect("there is a shell").code()
}

#[test]
fn a_result_that_is_not_taken_is_an_error() {
    for (line, expected) in [
        ("$K help >/dev/full 2>/dev/null", 2),
        ("$K bench >/dev/full 2>/dev/full", 2),
        ("$K help >&- 2>&-", 0),
    ] {
        if line.contains("/dev/full") && !std::path::Path::new("/dev/full").exists() {
            continue;
        }
        assert_eq!(ends(line), Some(expected), "{line}");
    }
}

#[test]
fn a_pipe_without_a_reader_is_no_error() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let status = command.arg("help").stdout(Stdio::from(writer)).status().expect("it runs");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn words_that_cannot_be_said_change_nothing() {
    for line in ["$K nothing", "$K help me >/dev/null", "$K snap nothing", "$K bench nothing"] {
        let said = ends(&format!("{line} 2>/dev/null"));
        assert_ne!(said, Some(101), "{line}");
        assert_eq!(ends(&format!("{line} 2>/dev/full")), said, "{line}, full");
        assert_eq!(ends(&format!("{line} 2>&-")), said, "{line}, closed");
    }
}

#[test]
fn names_are_shown_and_not_obeyed() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("red\u{1b}[31m").output().expect("it runs");
    assert!(!output.stderr.contains(&0x1b), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2));
}
