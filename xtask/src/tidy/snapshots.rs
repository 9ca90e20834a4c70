//! Snapshots belong to a test that still exists, were accepted, and are short enough to be read in a review.

use super::Finding;
use crate::tree::{Tree, is_pending_snapshot};

/// What a reviewer reads; of a longer run a snapshot holds a part.
const MAX_LINES: usize = 200;
const MAX_BYTES: usize = 16 * 1024;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = orphans(tree);
    for path in tree.paths().filter(|path| is_pending_snapshot(path)) {
        findings.push(Finding::in_file(path, "a snapshot waits to be accepted or deleted"));
    }
    for (path, text) in snapshots(tree) {
        let lines = text.lines().count();
        if lines > MAX_LINES || text.len() > MAX_BYTES {
            let message = format!(
                "{lines} lines and {} bytes are more than a reviewer reads ({MAX_LINES} lines, {MAX_BYTES} bytes)",
                text.len()
            );
            findings.push(Finding::in_file(path, message));
        }
    }
    findings
}

/// Snapshots that no test writes any more: a deleted test leaves its file behind, and `cargo test` stays green.
pub(crate) fn orphans(tree: &Tree) -> Vec<Finding> {
    snapshots(tree)
        .filter_map(|(path, text)| {
            reason_orphaned(tree, path, &text).map(|reason| Finding::in_file(path, reason))
        })
        .collect()
}

fn snapshots(tree: &Tree) -> impl Iterator<Item = (&str, String)> {
    tree.texts("snap").filter(|(path, _)| path.split('/').any(|segment| segment == "snapshots"))
}

fn reason_orphaned(tree: &Tree, path: &str, text: &str) -> Option<String> {
    let Some(source) = header_field(text, "source") else {
        return Some("a snapshot without a `source:` line belongs to no test".to_owned());
    };
    let Some(code) = tree.text(source) else {
        return Some(format!("orphaned: its source `{source}` does not exist"));
    };
    let name = snapshot_name(path);
    // insta numbers the second and later snapshots of one test.
    let unnumbered = name.rsplit_once('-').filter(|(_, n)| n.parse::<u32>().is_ok()).map(|(name, _)| name);
    let is_written = [Some(name), unnumbered].into_iter().flatten().any(|name| names_a_test(&code, name));
    (!is_written).then(|| format!("orphaned: no test or string `{name}` in `{source}`"))
}

/// The part of a snapshot's file name that its test chose: `klr_sim__trace__two_spikes@wide.snap` is `two_spikes`.
fn snapshot_name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.strip_suffix(".snap").unwrap_or(file);
    let name = stem.rsplit_once("__").map_or(stem, |(_, name)| name);
    name.split('@').next().unwrap_or(name)
}

/// Whether the code has a function of this name, or a string that insta turns into it.
fn names_a_test(code: &str, name: &str) -> bool {
    // insta drops `test_` from a function's name, and writes the slashes of a given name as `__`.
    let functions = [format!("fn {name}("), format!("fn test_{name}(")];
    let strings = [format!("\"{name}\""), format!("/{name}\"")];
    functions.iter().chain(&strings).any(|needle| code.contains(needle.as_str()))
}

fn header_field<'a>(snapshot: &'a str, field: &str) -> Option<&'a str> {
    let header = snapshot.strip_prefix("---\n")?.split("\n---").next()?;
    header
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .map(|value| value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_fires, assert_quiet};
    use super::*;

    const SOURCE: &str = "crates/sim/tests/trace.rs";
    const SNAPSHOT: &str = "---\nsource: crates/sim/tests/trace.rs\nexpression: trace\n---\n000003 mac\n";

    fn path(name: &str) -> String {
        format!("crates/sim/tests/snapshots/trace__{name}.snap")
    }

    #[test]
    fn a_snapshot_with_its_test_is_quiet() {
        for (name, code) in [
            ("two_spikes", "#[test]\nfn two_spikes() {}"),
            ("two_spikes", "fn test_two_spikes() {}"),
            ("two_spikes-2", "fn two_spikes() {}"),
            ("two_spikes@wide", "fn two_spikes() {}"),
            ("two_spikes", "assert_snapshot!(\"two_spikes\", trace)"),
            ("case__two_spikes", "assert_snapshot!(\"case/two_spikes\", trace)"),
        ] {
            assert_quiet(check, &[(&path(name), SNAPSHOT), (SOURCE, code)]);
        }
    }

    #[test]
    fn a_snapshot_without_its_test_is_found() {
        let expected =
            format!("{}: orphaned: no test or string `two_spikes` in `{SOURCE}`", path("two_spikes"));
        assert_fires(
            check,
            &[(&path("two_spikes"), SNAPSHOT), (SOURCE, "// two_spikes\nfn two_spikes_and_more() {}")],
            &[&expected],
        );
    }

    #[test]
    fn a_snapshot_without_its_source_is_found() {
        let gone = format!("{}: orphaned: its source `{SOURCE}` does not exist", path("a"));
        assert_fires(check, &[(&path("a"), SNAPSHOT)], &[&gone]);
        let none = format!("{}: a snapshot without a `source:` line belongs to no test", path("a"));
        assert_fires(check, &[(&path("a"), "000003 mac\n")], &[&none]);
    }

    #[test]
    fn a_pending_snapshot_is_found_wherever_it_is() {
        assert_fires(
            check,
            &[
                ("crates/sim/tests/.trace.rs.pending-snap", ""),
                ("crates/sim/tests/snapshots/trace__a.snap.new", ""),
            ],
            &[
                "crates/sim/tests/.trace.rs.pending-snap: a snapshot waits to be accepted or deleted",
                "crates/sim/tests/snapshots/trace__a.snap.new: a snapshot waits to be accepted or deleted",
            ],
        );
    }

    #[test]
    fn a_snapshot_longer_than_a_reviewer_reads_is_found() {
        let source = (SOURCE, "fn long() {}");
        let header_lines = SNAPSHOT.lines().count();
        let at_limit = SNAPSHOT.to_owned() + &"x\n".repeat(MAX_LINES - header_lines);
        assert_quiet(check, &[(&path("long"), &at_limit), source]);
        let expected = format!("{}: 201 lines and ", path("long"));
        let found = super::super::testing::findings(check, &[(&path("long"), &(at_limit + "x\n")), source]);
        assert!(found.len() == 1 && found[0].starts_with(&expected), "{found:?}");
        let wide = SNAPSHOT.to_owned() + &"x".repeat(MAX_BYTES);
        assert_eq!(super::super::testing::findings(check, &[(&path("long"), &wide), source]).len(), 1);
    }
}
