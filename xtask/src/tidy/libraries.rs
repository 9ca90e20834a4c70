//! Every crate says what it is: a library in its `lib.rs` with an example that runs, the program in its `main.rs`, and
//! both in the architecture document.

use super::Finding;
use super::layers::PROGRAM;
use super::markdown::{Document, Piece};
use crate::tree::Tree;

const ARCHITECTURE: &str = "docs/architecture.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = tree.crates().flat_map(|name| check_lib(tree, name)).collect();
    match tree.text(ARCHITECTURE) {
        Some(text) => {
            let document = Document::parse(&text);
            findings.extend(tree.crates().filter_map(|name| check_section(&document, name)));
        }
        None => findings.push(Finding::in_file(ARCHITECTURE, "the architecture document is missing")),
    }
    findings
}

fn check_lib(tree: &Tree, name: &str) -> Vec<Finding> {
    let is_library = name != PROGRAM;
    let path = format!("crates/{name}/src/{}.rs", if is_library { "lib" } else { "main" });
    let Some(text) = tree.text(&path) else {
        let message =
            if is_library { "a crate under `crates/` is a library" } else { "this crate is a program" };
        return vec![Finding::in_file(&path, message)];
    };
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(Finding::at(&path, 1, "the crate does not begin with its `//!` documentation"));
    }
    if is_library && !has_runnable_example(&text) {
        findings.push(Finding::in_file(&path, "no documented example that runs"));
    }
    findings
}

/// Whether the documentation comments hold a code block that `cargo test` runs as Rust.
fn has_runnable_example(source: &str) -> bool {
    let docs: Vec<&str> = source
        .lines()
        .filter_map(|line| {
            let line = line.trim_start();
            line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))
        })
        .collect();
    let mut fences = docs.iter().filter_map(|line| line.trim_start().strip_prefix("```"));
    // Fences come in pairs; only the first of a pair says what the block is.
    while let Some(info) = fences.next() {
        let runs = |word: &str| {
            word.is_empty() || word == "rust" || word == "should_panic" || word.starts_with("edition")
        };
        if info.trim().split([',', ' ']).all(runs) && fences.next().is_some() {
            return true;
        }
        fences.next();
    }
    false
}

/// A crate's section runs from the heading that names it to the next heading that is not below it.
fn check_section(document: &Document, name: &str) -> Option<Finding> {
    let Some(heading) = document.headings.iter().find(|heading| names_crate(&heading.text, name)) else {
        let message =
            format!("no section for `crates/{name}`: a heading that says `crates/{name}` or `klr-{name}`");
        return Some(Finding::in_file(ARCHITECTURE, message));
    };
    let end = document
        .headings
        .iter()
        .find(|next| next.line > heading.line && level(next) <= level(heading))
        .map_or(usize::MAX, |next| next.line);
    let mut section = document.prose.iter().filter(|piece| (heading.line..end).contains(&piece.line));
    let message = format!("the section on `{name}` has no \"Invariant\" line");
    (!section.any(|line| line.text.contains("Invariant")))
        .then(|| Finding::at(ARCHITECTURE, heading.line, message))
}

fn level(heading: &Piece) -> usize {
    heading.text.chars().take_while(|&c| c == '#').count()
}

fn names_crate(heading: &str, name: &str) -> bool {
    let words: Vec<&str> = heading.split(|c: char| !c.is_alphanumeric() && !"/-_".contains(c)).collect();
    let by_folder = format!("crates/{name}");
    let by_package = format!("klr-{name}");
    words.iter().any(|word| word.trim_end_matches('/') == by_folder || *word == by_package)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_fires, assert_quiet};
    use super::*;

    const MANIFEST: (&str, &str) = ("crates/sim/Cargo.toml", "");
    const LIB: &str = "//! Simulates.\n//!\n//! ```\n//! assert!(true);\n//! ```\n";
    const SECTION: &str =
        "# All\n## The simulator, `crates/sim`\nRuns.\n**Invariant** - enforced by Cargo: no floats.\n";

    #[test]
    fn a_documented_crate_is_quiet() {
        assert_quiet(check, &[MANIFEST, ("crates/sim/src/lib.rs", LIB), (ARCHITECTURE, SECTION)]);
        let by_package = SECTION.replace("crates/sim", "klr-sim");
        let after_text = "//! A picture:\n//! ```text\n//! a -> b\n//! ```\n//! ```rust\n//! f();\n//! ```\n";
        assert_quiet(check, &[MANIFEST, ("crates/sim/src/lib.rs", after_text), (ARCHITECTURE, &by_package)]);
    }

    #[test]
    fn a_library_without_documentation_or_example_is_found() {
        let example = "crates/sim/src/lib.rs: no documented example that runs";
        let begins = "crates/sim/src/lib.rs:1: the crate does not begin with its `//!` documentation";
        for (lib, expected) in [
            ("//! Simulates.\n", vec![example]),
            ("pub mod a;\n", vec![begins, example]),
            ("//! ```ignore\n//! f();\n//! ```\n", vec![example]),
            ("//! ```text\n//! f();\n//! ```\n", vec![example]),
            ("//! ```no_run\n//! f();\n//! ```\n", vec![example]),
            ("//! ```\n", vec![example]),
            ("use a;\n//! ```\n//! f();\n//! ```\n", vec![begins]),
        ] {
            assert_fires(
                check,
                &[MANIFEST, ("crates/sim/src/lib.rs", lib), (ARCHITECTURE, SECTION)],
                &expected,
            );
        }
        let missing = "crates/sim/src/lib.rs: a crate under `crates/` is a library";
        assert_fires(check, &[MANIFEST, (ARCHITECTURE, SECTION)], &[missing]);
    }

    #[test]
    fn the_program_needs_no_example() {
        let manifest = ("crates/klr/Cargo.toml", "");
        let section = (ARCHITECTURE, "## `crates/klr`\nInvariant\n");
        assert_quiet(check, &[manifest, section, ("crates/klr/src/main.rs", "//! Runs.\n")]);
        let missing = "crates/klr/src/main.rs: this crate is a program";
        assert_fires(check, &[manifest, section, ("crates/klr/src/lib.rs", LIB)], &[missing]);
    }

    #[test]
    fn a_crate_without_its_section_is_found() {
        let lib = ("crates/sim/src/lib.rs", LIB);
        let absent = "docs/architecture.md: the architecture document is missing";
        assert_fires(check, &[MANIFEST, lib], &[absent]);
        let section = "docs/architecture.md: no section for `crates/sim`: a heading that says `crates/sim` or `klr-sim`";
        assert_fires(check, &[MANIFEST, lib, (ARCHITECTURE, "## crates/simulator\nInvariant\n")], &[section]);
    }

    #[test]
    fn an_invariant_in_another_section_does_not_count() {
        let text = "## `crates/sim`\nRuns.\n### Time\n## `crates/energy`\nInvariant.\n";
        assert_fires(
            check,
            &[MANIFEST, ("crates/sim/src/lib.rs", LIB), (ARCHITECTURE, text)],
            &["docs/architecture.md:1: the section on `sim` has no \"Invariant\" line"],
        );
    }
}
