//! Does `docs/timing.md` say of each rule what the lockstep has seen of it?

use klr_rtl::covers::COVERS;
use std::collections::BTreeSet;
use std::path::Path;

const CONFIRMED: &str = "confirmed by RTL";
const SPECIFIED: &str = "specified, not confirmed by RTL";

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/timing.md");
    std::fs::read_to_string(path).unwrap()
}

/// The rules of the rows of the table that say `verdict`.
fn rules_said_to_be(page: &str, verdict: &str) -> Vec<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    rows.filter(|row| row.1 == verdict).flat_map(|row| row.0.split(", ")).map(str::to_owned).collect()
}

#[test]
fn the_rules_with_a_cover_are_those_that_the_page_calls_confirmed() {
    let covered: BTreeSet<String> = COVERS.iter().map(|cover| cover.rule.to_owned()).collect();
    let said = rules_said_to_be(&page(), CONFIRMED);
    assert_eq!(said.iter().cloned().collect::<BTreeSet<_>>(), covered);
}

#[test]
fn the_page_says_of_every_rule_whether_rtl_confirms_it_and_of_none_twice() {
    let page = page();
    let is_rule = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|c| c.is_ascii_uppercase()) && letters.as_str().parse::<u32>().is_ok()
    };
    let mut rules: Vec<String> = page
        .lines()
        .filter_map(|line| line.split_once(". "))
        .map(|line| line.0)
        .filter(is_rule)
        .map(str::to_owned)
        .collect();
    let mut said = rules_said_to_be(&page, CONFIRMED);
    said.extend(rules_said_to_be(&page, SPECIFIED));
    rules.sort();
    said.sort();
    assert_eq!(said, rules);
}
