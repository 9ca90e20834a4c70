//! `cargo xtask tidy`: what must hold of the repository and no compiler checks.
//!
//! Each module below holds one check: a function from a [`Tree`] to its findings, tested on made-up trees.

mod claims;
mod codes;
mod docs;
mod files;
mod layers;
mod libraries;
mod manifest;
mod markdown;
mod names;
mod snapshots;
mod words;

use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;

use crate::process;
use crate::tree::Tree;

pub(crate) use snapshots::orphans;

/// Something that is wrong, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    /// Counted from one; `None` when the whole file is meant.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

impl Finding {
    fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), message: message.into() }
    }

    fn in_file(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    match crate::expect_no_arguments("tidy", arguments) {
        Ok(()) => ExitCode::from(check_repository()),
        Err(code) => code,
    }
}

/// Prints every finding, and answers with the exit code.
pub(crate) fn check_repository() -> u8 {
    let tree = match Tree::read(&process::root()) {
        Ok(tree) => tree,
        Err(error) => {
            process::tell(format_args!("error: failed to read the repository: {error}\n"));
            return 1;
        }
    };
    let findings = check(&tree);
    for finding in &findings {
        process::print(format_args!("{finding}\n"));
    }
    match findings.len() {
        0 => process::print(format_args!("tidy: {} files, nothing to report\n", tree.paths().count())),
        1 => process::print(format_args!("tidy: 1 finding\n")),
        n => process::print(format_args!("tidy: {n} findings\n")),
    }
    u8::from(!findings.is_empty())
}

/// All findings, in the order of the files they are in.
fn check(tree: &Tree) -> Vec<Finding> {
    let checks = [
        layers::check,
        docs::check,
        claims::check,
        snapshots::check,
        words::check,
        files::check,
        libraries::check,
        names::check,
        codes::check,
    ];
    let mut findings: Vec<Finding> = checks.iter().flat_map(|check| check(tree)).collect();
    findings.sort();
    findings
}

/// What the tests of the checks share.
#[cfg(test)]
mod testing {
    use super::Finding;
    use crate::tree::Tree;

    /// The findings of a check on a made-up repository, one line each.
    pub(super) fn findings(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    pub(super) fn assert_quiet(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) {
        assert_eq!(findings(check, files), Vec::<String>::new());
    }

    #[track_caller]
    pub(super) fn assert_fires(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], expected: &[&str]) {
        assert_eq!(findings(check, files), expected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_is_tidy() {
        let tree = Tree::read(&process::root()).unwrap();
        let findings: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    }

    #[test]
    fn findings_come_in_the_order_of_files_and_lines() {
        let tree = Tree::of(&[("b.rs", "let a = 1; \n"), ("a.rs", "x\ny \nz \n")]);
        let places: Vec<String> = check(&tree)
            .iter()
            .filter(|f| f.line.is_some())
            .map(|f| format!("{}:{:?}", f.path, f.line))
            .collect();
        assert_eq!(places, ["a.rs:Some(2)", "a.rs:Some(3)", "b.rs:Some(1)"]);
    }
}
