//! The codes of the binary trace are the same in the document and in the source.

use super::Finding;
use crate::tree::Tree;

const DOCUMENT: &str = "docs/timing.md";

/// Each table of the document, by the heading of its second column, and the enum whose numbers it lists.
const TABLES: &[(&str, &str, &str)] = &[
    ("event", "crates/sim/src/trace/code.rs", "EventCode"),
    ("fault", "crates/sim/src/fault.rs", "FaultCode"),
    ("outcome", "crates/image/src/order.rs", "Outcome"),
];

/// A code, with its name in small letters joined by `-`, and the line that gives it.
struct Code {
    line: usize,
    number: String,
    name: String,
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(document) = tree.text(DOCUMENT) else { return Vec::new() };
    TABLES.iter().flat_map(|table| check_table(tree, &document, *table)).collect()
}

fn check_table(tree: &Tree, document: &str, (heading, path, name): (&str, &str, &str)) -> Vec<Finding> {
    let listed = table(document, heading);
    if listed.is_empty() {
        return vec![Finding::in_file(DOCUMENT, format!("no table `| code | {heading} |`"))];
    }
    let declared = tree.text(path).map(|source| variants(&source, name)).unwrap_or_default();
    if declared.is_empty() {
        return vec![Finding::in_file(path, format!("no `enum {name}` with a number for each variant"))];
    }
    let missing = |from: &[Code], at: &[Code], path: &str, other: &str| -> Vec<Finding> {
        let known =
            |code: &&Code| !at.iter().any(|one| (&one.number, &one.name) == (&code.number, &code.name));
        let message =
            |code: &Code| format!("code {} is `{}` here, but not in {other}", code.number, code.name);
        from.iter().filter(known).map(|code| Finding::at(path, code.line, message(code))).collect()
    };
    let mut findings = missing(&listed, &declared, DOCUMENT, path);
    findings.extend(missing(&declared, &listed, path, DOCUMENT));
    findings
}

/// The rows of the table whose first columns are `code` and `heading`.
fn table(document: &str, heading: &str) -> Vec<Code> {
    let lines = document.lines().enumerate().skip_while(|(_, line)| {
        let cells = cells(line);
        cells.first() != Some(&"code") || cells.get(1) != Some(&heading)
    });
    // The heading and the line below it are no codes.
    let rows = lines.skip(2).take_while(|(_, line)| line.starts_with('|'));
    rows.filter_map(|(index, line)| {
        let cells = cells(line);
        Some(Code { line: index + 1, number: (*cells.first()?).to_owned(), name: kebab(cells.get(1)?) })
    })
    .collect()
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// The variants of an enum that are given a number.
fn variants(source: &str, name: &str) -> Vec<Code> {
    let is_head = |line: &str| {
        line.split_whitespace().skip_while(|word| *word != "enum").nth(1).is_some_and(|found| found == name)
    };
    let lines = source.lines().enumerate().skip_while(|(_, line)| !is_head(line)).skip(1);
    let body = lines.take_while(|(_, line)| !line.starts_with('}'));
    body.filter_map(|(index, line)| {
        let (variant, number) = line.trim().trim_end_matches(',').split_once(" = ")?;
        let is_code = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        is_code.then(|| Code { line: index + 1, number: number.to_owned(), name: kebab(variant) })
    })
    .collect()
}

/// `ReadSigns` and `read signs (x)` as `read-signs` and `read-signs-x`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in name.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if (begins || !c.is_alphanumeric()) && !out.ends_with('-') {
            out.push('-');
        }
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
        before = c;
    }
    out.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_fires, assert_quiet};
    use super::*;

    const EVENTS: &str =
        "pub(super) enum EventCode {\n    /// The cue.\n    Cue = 0,\n    EnterSpikeQueue = 14,\n}\n";
    const FAULTS: &str = "pub enum FaultCode {\n    Stuck = 3,\n}\n\nconst OTHER: u8 = 4;\n";
    const OUTCOMES: &str = "pub enum Outcome {\n    Converged = 0,\n}\n";
    const PAGE: &str = "| code | event | a |\n|---|---|---|\n| 0 | cue | N |\n| 14 | enter (spike queue) | |\n\n\
        | code | fault |\n|---|---|\n| 3 | stuck |\n\n| code | outcome |\n|---|---|\n| 0 | converged |\n";

    fn tree<'a>(page: &'a str, faults: &'a str) -> [(&'a str, &'a str); 4] {
        [
            (DOCUMENT, page),
            ("crates/sim/src/trace/code.rs", EVENTS),
            ("crates/sim/src/fault.rs", faults),
            ("crates/image/src/order.rs", OUTCOMES),
        ]
    }

    #[test]
    fn codes_that_agree_are_quiet() {
        assert_quiet(check, &tree(PAGE, FAULTS));
        assert_quiet(check, &[("README.md", "A repository without the document.\n")]);
    }

    #[test]
    fn a_code_that_only_one_of_them_has_is_found() {
        let page = PAGE.replace("| 3 | stuck |", "| 5 | stuck |\n| 6 | lost |");
        assert_fires(
            check,
            &tree(&page, FAULTS),
            &[
                "docs/timing.md:8: code 5 is `stuck` here, but not in crates/sim/src/fault.rs",
                "docs/timing.md:9: code 6 is `lost` here, but not in crates/sim/src/fault.rs",
                "crates/sim/src/fault.rs:2: code 3 is `stuck` here, but not in docs/timing.md",
            ],
        );
    }

    #[test]
    fn a_table_or_an_enum_that_is_gone_is_found() {
        assert_fires(
            check,
            &tree(&PAGE.replace("| code | fault |", "| number | fault |"), FAULTS),
            &["docs/timing.md: no table `| code | fault |`"],
        );
        assert_fires(
            check,
            &tree(PAGE, "pub enum FaultCode {\n    Stuck,\n}\n"),
            &["crates/sim/src/fault.rs: no `enum FaultCode` with a number for each variant"],
        );
    }

    #[test]
    fn names_are_compared_in_one_spelling() {
        for (name, expected) in [
            ("ReadSignsMacArray", "read-signs-mac-array"),
            ("read-signs (MAC array)", "read-signs-mac-array"),
            ("stall activation-queue", "stall-activation-queue"),
            ("StallActivationQueue", "stall-activation-queue"),
        ] {
            assert_eq!(kebab(name), expected, "{name}");
        }
    }
}
