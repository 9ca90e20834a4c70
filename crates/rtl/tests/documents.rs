//! Does `docs/timing.md` say of each rule what the lockstep has seen of it, and which settings use what it has not?

use klr_rtl::covers::COVERS;
use klr_sim::Unconfirmed;
use klr_sim::confirmed::UNCONFIRMED;
use std::collections::BTreeSet;
use std::path::Path;

const CONFIRMED: &str = "confirmed by RTL";

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/timing.md");
    std::fs::read_to_string(path).unwrap()
}

/// The cells of the rows of tables that have so many.
fn rows(page: &str, cells: usize) -> impl Iterator<Item = Vec<&str>> {
    let inner = page.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    inner
        .map(|inner| inner.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(move |row| row.len() == cells)
}

/// The rules of the rows that call them confirmed.
fn said_to_be_confirmed(page: &str) -> Vec<&str> {
    rows(page, 2).filter(|row| row[1] == CONFIRMED).flat_map(|row| row[0].split(", ")).collect()
}

#[test]
fn the_rules_with_a_cover_are_those_that_the_page_calls_confirmed() {
    let covered: BTreeSet<&str> = COVERS.iter().map(|cover| cover.rule).collect();
    let page = page();
    assert_eq!(said_to_be_confirmed(&page).into_iter().collect::<BTreeSet<_>>(), covered);
}

#[test]
fn every_rule_of_the_page_is_confirmed_or_needs_a_setting_that_is_not_and_none_is_both() {
    let page = page();
    let is_rule = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|c| c.is_ascii_uppercase()) && letters.as_str().parse::<u32>().is_ok()
    };
    let mut rules: Vec<&str> =
        page.lines().filter_map(|line| line.split_once(". ")).map(|line| line.0).filter(is_rule).collect();
    let mut said = said_to_be_confirmed(&page);
    for part in UNCONFIRMED.iter().flat_map(|one| one.parts) {
        assert!(said.contains(&part.0), "{} is no confirmed rule that a part could be missing of", part.0);
    }
    said.extend(UNCONFIRMED.iter().flat_map(|one| one.rules));
    rules.sort_unstable();
    said.sort_unstable();
    assert_eq!(said, rules);
}

/// A setting as a row of the page.
fn row(one: &Unconfirmed) -> Vec<String> {
    let dataflows: Vec<&str> = one.dataflows().map(klr_sim::Dataflow::name).collect();
    let parts: Vec<String> = one.parts.iter().map(|(rule, part)| format!("{rule}: {part}")).collect();
    vec![one.setting.to_owned(), dataflows.join(", "), one.rules.join(", "), parts.join("; ")]
}

#[test]
fn the_page_lists_the_settings_that_no_rtl_confirms() {
    let page = page();
    let (_, below) = page.split_once("## What the RTL confirms").expect("the section");
    let (section, _) = below.split_once("\n## ").expect("another section below it");
    let expected: Vec<Vec<String>> = UNCONFIRMED.iter().map(row).collect();
    // The first two rows are the titles and the line below them.
    let found: Vec<Vec<&str>> = rows(section, 4).skip(2).collect();
    assert_eq!(found, expected);
}
