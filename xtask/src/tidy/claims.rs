//! What documents say of the code in words that a script can hold: names, versions of files, invariants.

use std::collections::BTreeSet;

use super::Finding;
use super::markdown::{Document, Piece};
use crate::tree::Tree;

/// The page that has one section for every crate.
const MAP: &str = "docs/architecture.md";
/// The page that describes binary files.
const FORMATS: &str = "docs/image-format.md";

/// Names, versions and invariants.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = unknown_names(tree);
    findings.extend(stale_versions(tree));
    findings.extend(missing_invariants(tree));
    findings
}

/// Names in back-quotes that no file of the repository but a document holds.
fn unknown_names(tree: &Tree) -> Vec<Finding> {
    let known = words_of_sources(tree);
    let documents = tree.texts("md").filter(|(path, _)| *path == "README.md" || path.starts_with("docs/"));
    let mut findings = Vec::new();
    for (path, text) in documents {
        let spans = Document::parse(&text).code_spans;
        let unknown = spans.iter().filter(|span| is_name(&span.text) && !known.contains(&span.text));
        findings.extend(
            unknown.map(|Piece { line, text }| Finding::at(path, *line, format!("no code has a `{text}`"))),
        );
    }
    findings
}

/// A word that only code can mean: with an underscore inside, as functions, fields, keys and snapshots have.
fn is_name(span: &str) -> bool {
    let mut parts = span.split('_');
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    span.contains('_') && parts.all(is_part)
}

/// Words with an underscore in the text of sources, and in the paths of all files.
fn words_of_sources(tree: &Tree) -> BTreeSet<String> {
    let paths = tree.paths().flat_map(|path| path.split(['/', '.']));
    let mut words: BTreeSet<String> = paths.filter(|part| part.contains('_')).map(str::to_owned).collect();
    for (_, text) in
        ["rs", "toml", "py", "snap", "json"].into_iter().flat_map(|extension| tree.texts(extension))
    {
        let found = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.extend(found.filter(|word| word.contains('_')).map(str::to_owned));
    }
    words
}

/// A kind of binary file as the source declares it.
#[derive(Debug, PartialEq, Eq)]
struct FileKind {
    magic: String,
    version: u32,
}

/// Every `pub const .. = FileKind { magic: *b"..", .., version: N, .. }` of the sources; a test's own kind is private.
fn file_kinds(tree: &Tree) -> Vec<FileKind> {
    let mut kinds = Vec::new();
    for (_, text) in tree.texts("rs").filter(|(path, _)| path.starts_with("crates/")) {
        let public = text.lines().filter(|line| line.starts_with("pub const") && line.contains("FileKind {"));
        for declaration in public {
            let magic = declaration.split('"').nth(1).unwrap_or_default();
            let version = declaration.split("version: ").nth(1).and_then(|rest| rest.split(',').next());
            if let Some(version) = version.and_then(|digits| digits.trim().parse().ok()) {
                kinds.push(FileKind { magic: magic.to_owned(), version });
            }
        }
    }
    kinds
}

/// The page says of every kind of file `MAGIC`, version N, in the table of the frame and with its own heading.
fn stale_versions(tree: &Tree) -> Vec<Finding> {
    let kinds = file_kinds(tree);
    let Some(text) = tree.text(FORMATS).filter(|_| !kinds.is_empty()) else { return Vec::new() };
    let is_magic =
        |line: &&str| line.contains("magic") && kinds.iter().all(|kind| line.contains(&kind.magic));
    if !text.lines().any(|line| is_magic(&line)) {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.magic.as_str()).collect();
        let message = format!("one row has to list the magic words {}", names.join(", "));
        return vec![Finding::in_file(FORMATS, message)];
    }
    let missing = kinds.iter().filter(|kind| !text.contains(&stated(kind)));
    missing
        .map(|kind| Finding::in_file(FORMATS, format!("has to say `{}`, as the source does", stated(kind))))
        .collect()
}

/// How the page states the version of a kind of file.
fn stated(FileKind { magic, version }: &FileKind) -> String {
    format!("{version} for `{magic}`")
}

/// Every crate has a section on the map with its invariant, who enforces it, and where it does not hold.
fn missing_invariants(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(MAP) else { return Vec::new() };
    let mut findings = Vec::new();
    for name in tree.crates() {
        let heading = format!("### `crates/{name}`");
        let Some(section) = section(&text, &heading) else {
            findings.push(Finding::in_file(MAP, format!("has no section `{heading}`")));
            continue;
        };
        for part in ["*Invariant:*", "Enforced by", "*Exceptions:*"] {
            if !section.contains(part) {
                findings
                    .push(Finding::in_file(MAP, format!("the section of `crates/{name}` lacks `{part}`")));
            }
        }
    }
    findings
}

/// The lines between a heading and the next.
fn section<'a>(text: &'a str, heading: &str) -> Option<&'a str> {
    let start = text.find(heading)?;
    let body = &text[start + heading.len()..];
    Some(&body[..body.find("\n#").unwrap_or(body.len())])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_fires, assert_quiet};
    use super::*;

    const CODE: (&str, &str) = ("crates/sim/src/lib.rs", "fn row_arrives() {}");

    #[test]
    fn a_name_that_no_code_has_is_found() {
        let text =
            "`row_arrives`, `row arrives`, `Row_x`, `_`, `a/b_c.rs`\n\n`row_leaves`\n```\nrow_stays\n```\n";
        assert_fires(check, &[("docs/a.md", text), CODE], &["docs/a.md:3: no code has a `row_leaves`"]);
    }

    #[test]
    fn a_name_counts_where_only_a_key_or_a_snapshot_has_it() {
        let files = [
            ("docs/a.md", "`mac_lanes` and `two_spikes`"),
            ("plan.toml", "mac_lanes = 1"),
            ("a.snap", "two_spikes"),
        ];
        assert_quiet(check, &files);
    }

    #[test]
    fn a_version_that_the_source_left_behind_is_found() {
        let code =
            "pub const A: FileKind = FileKind { magic: *b\"KLRA\", oldest: 1, version: 3, name: \"a\" };";
        let page = |version: u32| format!("| 8 | magic: `KLRA` |\n| 4 | version: {version} for `KLRA` |\n");
        let source = ("crates/a/src/codec.rs", code);
        assert_quiet(stale_versions, &[(FORMATS, &page(3)), source]);
        let expected = "docs/image-format.md: has to say `3 for `KLRA``, as the source does";
        assert_fires(stale_versions, &[(FORMATS, &page(2)), source], &[expected]);
        let expected = "docs/image-format.md: one row has to list the magic words KLRA";
        assert_fires(stale_versions, &[(FORMATS, "3 for `KLRA`"), source], &[expected]);
    }

    #[test]
    fn a_crate_without_its_invariant_on_the_map_is_found() {
        let manifest = ("crates/sim/Cargo.toml", "");
        let good =
            "### `crates/sim` (x)\n\n*Invariant:* a. Enforced by b.\n*Exceptions:* none.\n\n### Next\n";
        assert_quiet(check, &[(MAP, good), manifest]);
        let part =
            "### `crates/sim` (x)\n\n*Invariant:* a. Enforced by b.\n\n### Next\n*Exceptions:* none.\n";
        let expected = "docs/architecture.md: the section of `crates/sim` lacks `*Exceptions:*`";
        assert_fires(check, &[(MAP, part), manifest], &[expected]);
        let none = "docs/architecture.md: has no section `### `crates/sim``";
        assert_fires(check, &[(MAP, "# Map\n"), manifest], &[none]);
    }
}
