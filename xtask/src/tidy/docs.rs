//! Paths and commands that the documents name exist.

use super::Finding;
use super::markdown::{Document, Piece};
use crate::COMMANDS;
use crate::tree::Tree;

/// Folders that a path begins with, listed so that a path is still checked when its whole folder is gone.
const TOP_FOLDERS: &[&str] = &["crates", "docs", "fixtures", "xtask", ".ci", ".cargo"];

/// Endings that make a word without a slash a path.
const EXTENSIONS: &[&str] =
    &[".rs", ".md", ".toml", ".lock", ".py", ".npy", ".snap", ".img", ".json", ".csv", ".txt", ".sv"];

/// `README.md` and every document under `docs/`.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts("md").filter(|(path, _)| *path == "README.md" || path.starts_with("docs/"))
    {
        let document = Document::parse(&text);
        for span in &document.code_spans {
            findings.extend(missing_paths(tree, path, span));
            findings.extend(unknown_commands(path, span));
        }
        for line in &document.fenced {
            findings.extend(unknown_commands(path, line));
        }
        for link in &document.links {
            findings.extend(broken_link(tree, path, link));
        }
    }
    findings
}

fn missing_paths(tree: &Tree, document: &str, span: &Piece) -> Vec<Finding> {
    span.text
        .split_whitespace()
        .filter_map(|word| repository_path(tree, word))
        .filter(|path| !exists(tree, path))
        .map(|path| Finding::at(document, span.line, format!("`{path}` does not exist")))
        .collect()
}

/// The path in a word of code, or `None` for a word that is not a path in this repository.
fn repository_path<'a>(tree: &Tree, word: &'a str) -> Option<&'a str> {
    let word =
        word.trim_start_matches(['(', '"', '\'']).trim_end_matches([',', '.', ';', ')', '"', '\'', '!', '?']);
    let word = word.strip_prefix("./").unwrap_or(word);
    // `engine.rs:12`, `engine.rs::step` and `timing.md#ports` point into a file; a Windows drive never occurs.
    let path = &word[..word.find([':', '#']).unwrap_or(word.len())];
    // Angle brackets, braces and dollar signs mark a place the reader fills in.
    if path.is_empty() || path.contains(['<', '>', '{', '}', '$', '…']) {
        return None;
    }
    let first = path.split('/').next()?;
    let begins_here = TOP_FOLDERS.contains(&first) || tree.has(first);
    let looks_like_path = path.contains('/') || EXTENSIONS.iter().any(|ending| path.ends_with(ending));
    (begins_here && looks_like_path).then_some(path)
}

/// Whether the path is there; with a `*`, whether any path matches.
fn exists(tree: &Tree, path: &str) -> bool {
    if !path.contains('*') {
        return tree.has(path);
    }
    let pattern: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    tree.paths().any(|file| matches_segments(&pattern, &file.split('/').collect::<Vec<_>>()))
}

/// A folder matches by the files in it, so the pattern may end before the file's path does.
fn matches_segments(pattern: &[&str], file: &[&str]) -> bool {
    match (pattern.split_first(), file.split_first()) {
        (None, _) => true,
        (Some((&"**", rest)), _) => (0..=file.len()).any(|skipped| matches_segments(rest, &file[skipped..])),
        (Some(_), None) => false,
        (Some((pattern, more_pattern)), Some((name, more_names))) => {
            matches_name(pattern, name) && matches_segments(more_pattern, more_names)
        }
    }
}

fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|tail| {
            tail.char_indices().any(|(at, _)| matches_name(rest, &tail[at..])) || rest.is_empty()
        }),
    }
}

fn unknown_commands(document: &str, code: &Piece) -> Vec<Finding> {
    let after_xtask = code.text.split("cargo xtask ").skip(1);
    after_xtask
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        })
        // Nothing is left of `cargo xtask <command>`, which stands for all of them.
        .filter(|name| !name.is_empty() && !COMMANDS.iter().any(|command| command.name == *name))
        .map(|name| Finding::at(document, code.line, format!("`cargo xtask {name}` is not a command")))
        .collect()
}

fn broken_link(tree: &Tree, document: &str, link: &Piece) -> Option<Finding> {
    let target = link.text.split('#').next().unwrap_or_default();
    // Other sites are not asked: the checks need no network, and another site's absence is not this repository's fault.
    let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
    if target.is_empty() || is_elsewhere {
        return None;
    }
    match resolve(document, target) {
        Some(path) if path.is_empty() || tree.has(&path) => None,
        Some(path) => Some(Finding::at(document, link.line, format!("the link to `{path}` leads nowhere"))),
        None => {
            Some(Finding::at(document, link.line, format!("the link to `{target}` leaves the repository")))
        }
    }
}

/// A link's target as a path from the root, or `None` when it climbs out.
fn resolve(document: &str, target: &str) -> Option<String> {
    let mut segments: Vec<&str> =
        if target.starts_with('/') { Vec::new() } else { document.split('/').collect() };
    segments.pop();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            name => segments.push(name),
        }
    }
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_fires, assert_quiet};
    use super::*;

    const ENGINE: (&str, &str) = ("crates/sim/src/engine.rs", "");
    const TIMING: (&str, &str) = ("docs/timing.md", "");

    #[test]
    fn paths_that_exist_are_quiet() {
        let readme = "See `crates/sim/src/engine.rs:12`, `crates/sim/`, `crates/*/src/engine.rs`, `crates/**/engine.rs`,\n\
            `docs/timing.md#ports`, `crates/sim/src/engine.rs::step`, `./docs` and `cat docs/timing.md`.\n";
        assert_quiet(check, &[("README.md", readme), ENGINE, TIMING]);
    }

    #[test]
    fn words_that_are_not_paths_of_this_repository_are_quiet() {
        let readme = "`a/b`, `engine.rs`, `out/report.md`, `sim`, `docs/results/<date>.md`, and\n\
            ```text\ndocs/printed-by-a-program.md\n```\n";
        assert_quiet(check, &[("README.md", readme), TIMING]);
    }

    #[test]
    fn a_path_that_is_gone_is_found() {
        let text = "One `docs/gone.md`.\n\nTwo `fixtures/gone/`, `crates/*/gone.rs` and\n`cat crates/sim/gone.rs`.\n";
        assert_fires(
            check,
            &[("docs/timing.md", text), ENGINE],
            &[
                "docs/timing.md:1: `docs/gone.md` does not exist",
                "docs/timing.md:3: `fixtures/gone/` does not exist",
                "docs/timing.md:3: `crates/*/gone.rs` does not exist",
                "docs/timing.md:4: `crates/sim/gone.rs` does not exist",
            ],
        );
    }

    #[test]
    fn documents_elsewhere_are_not_read() {
        assert_quiet(check, &[("crates/sim/notes.md", "`docs/gone.md` and [x](gone.md)")]);
    }

    #[test]
    fn links_resolve_from_their_own_file() {
        let good = "[a](../timing.md) [b](/docs/timing.md#x) [c](#here) [d](https://e.org/f) [e](../../crates/sim)\n";
        assert_quiet(check, &[("docs/decisions/1.md", good), TIMING, ENGINE]);
        assert_fires(
            check,
            &[("docs/decisions/1.md", "[a](timing.md)\n[b](../../../b.md)\n"), TIMING],
            &[
                "docs/decisions/1.md:1: the link to `docs/decisions/timing.md` leads nowhere",
                "docs/decisions/1.md:2: the link to `../../../b.md` leaves the repository",
            ],
        );
    }

    #[test]
    fn commands_must_exist() {
        let good = "`cargo xtask tidy`, `cargo xtask <command>`, `cargo xtask`:\n```sh\ncargo xtask sim --seed 1\n```\n";
        assert_quiet(check, &[("README.md", good)]);
        assert_fires(
            check,
            &[("README.md", "`cargo xtask simm`\n```sh\ncargo xtask fly # up\n```\n")],
            &[
                "README.md:1: `cargo xtask simm` is not a command",
                "README.md:3: `cargo xtask fly` is not a command",
            ],
        );
    }

    #[test]
    fn a_star_stands_for_any_part_of_one_name() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "abd", false),
            ("*.rs", "x.md", false),
        ] {
            assert_eq!(matches_name(pattern, name), expected, "{pattern} {name}");
        }
    }
}
