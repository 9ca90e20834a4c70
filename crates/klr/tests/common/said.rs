//! What the binary says on standard error.

use std::process::Output;

/// The sentences, each in one line again: it is broken behind a word at 100 columns, and goes on behind five blanks.
pub(crate) fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
    }
    text.replace("\n     ", " ")
}
