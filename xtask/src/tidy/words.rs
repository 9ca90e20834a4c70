//! Nothing in the repository speaks of the machine it was written on, or of work left undone.

use super::Finding;
use crate::tree::Tree;

/// Folders that exist on one machine only. Each is put together here so that this file does not contain it.
const MACHINE_FOLDERS: &[&str] =
    &[concat!("/", "work/"), concat!("/", "root/"), concat!("/", "home/"), concat!("/", "tmp/")];

/// Words that mean "later"; what is left to do is an issue, where it can be found and closed.
const UNFINISHED_WORDS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];
const UNFINISHED_CALLS: &[&str] = &[concat!("todo", "!("), concat!("unimplemented", "!(")];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, bytes) in tree.bytes() {
        let text = String::from_utf8_lossy(bytes);
        let is_rust = path.ends_with(".rs");
        for (index, line) in text.lines().enumerate() {
            for folder in MACHINE_FOLDERS.iter().filter(|folder| has_absolute(line, folder)) {
                let message = format!("a path under `{folder}` exists on one machine only");
                findings.push(Finding::at(path, index + 1, message));
            }
            if is_rust {
                let words = UNFINISHED_WORDS.iter().filter(|word| has_word(line, word));
                let calls = UNFINISHED_CALLS.iter().filter(|call| line.contains(**call));
                for found in words.chain(calls) {
                    let message = format!("`{}` marks unfinished work", found.trim_end_matches('('));
                    findings.push(Finding::at(path, index + 1, message));
                }
            }
        }
    }
    findings
}

/// Whether an absolute path into the folder stands in the line; `a/home/b` and a web address are not one.
fn has_absolute(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = &line[..at];
        let continues = before.ends_with(|c: char| c.is_alphanumeric() || "_-.~/$}*>".contains(c));
        !continues || before.ends_with("file://")
    })
}

fn has_word(line: &str, word: &str) -> bool {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_inside) && !line[at + word.len()..].starts_with(is_inside))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_quiet, findings};
    use super::*;

    #[test]
    fn every_machine_folder_is_found_in_any_file() {
        for folder in MACHINE_FOLDERS {
            for line in [format!("{folder}x"), format!("see `{folder}x`"), format!("\"file://{folder}x\"")] {
                let expected = format!("docs/a.md:2: a path under `{folder}` exists on one machine only");
                assert_eq!(findings(check, &[("docs/a.md", &format!("\n{line}\n"))]), [expected]);
            }
        }
    }

    #[test]
    fn relative_paths_and_addresses_are_quiet() {
        for folder in MACHINE_FOLDERS {
            let text = format!("crates{folder}x https://example.org{folder}x $DIR{folder}x ..{folder}x\n");
            assert_quiet(check, &[("docs/a.md", &text)]);
        }
    }

    #[test]
    fn every_mark_of_unfinished_work_is_found_in_rust() {
        for mark in UNFINISHED_WORDS.iter().chain(UNFINISHED_CALLS) {
            let expected = format!("a.rs:1: `{}` marks unfinished work", mark.trim_end_matches('('));
            assert_eq!(findings(check, &[("a.rs", &format!("x {mark} y\n"))]), [expected]);
        }
    }

    #[test]
    fn a_mark_inside_another_word_or_another_kind_of_file_is_quiet() {
        let word = UNFINISHED_WORDS[0];
        assert_quiet(check, &[("a.rs", &format!("x{word} {word}_LIST\n")), ("b.md", word)]);
    }
}
