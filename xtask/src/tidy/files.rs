//! Files are small, and Rust sources are clean where rustfmt does not look: in comments and strings.

use super::Finding;
use crate::tree::Tree;

/// Larger data belongs in `fixtures/`, where it is known to be data.
const MAX_BYTES: usize = 512 * 1024;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, bytes) in tree.bytes() {
        if bytes.len() > MAX_BYTES && !path.starts_with("fixtures/") {
            let message = format!("{} KiB are too much outside `fixtures/`", bytes.len() / 1024);
            findings.push(Finding::in_file(path, message));
        }
    }
    for (path, text) in tree.texts("rs") {
        for (index, line) in text.split('\n').enumerate() {
            if line.ends_with('\r') {
                findings.push(Finding::at(path, index + 1, "the line ends in CRLF"));
            } else if line.ends_with([' ', '\t']) {
                findings.push(Finding::at(path, index + 1, "trailing blanks"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_fires, assert_quiet};
    use super::*;

    #[test]
    fn a_large_file_is_found_outside_fixtures() {
        let at_limit = "x".repeat(MAX_BYTES);
        let over = "x".repeat(MAX_BYTES + 1);
        assert_quiet(check, &[("docs/a.csv", &at_limit), ("fixtures/a.npy", &over)]);
        assert_fires(
            check,
            &[("docs/a.csv", &over)],
            &["docs/a.csv: 512 KiB are too much outside `fixtures/`"],
        );
    }

    #[test]
    fn line_ends_are_checked_in_rust() {
        assert_quiet(check, &[("a.rs", "// a\n\tb();\n"), ("a.md", "a  \nb\r\n")]);
        assert_fires(
            check,
            &[("a.rs", "// a \nb();\r\nc();\t\n")],
            &["a.rs:1: trailing blanks", "a.rs:2: the line ends in CRLF", "a.rs:3: trailing blanks"],
        );
    }
}
