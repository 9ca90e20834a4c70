//! Does docs/timing.md say of every counter what it counts, once, and of nothing else?

use klr_sim::Counter;

const TIMING: &str = include_str!("../../../docs/timing.md");

/// The names in the first column of the table of counters, and what stands beside them, as they stand in `page`.
fn rows(page: &str) -> Vec<(Vec<&str>, &str)> {
    let section = page.split("\n## Counters\n").nth(1).expect("a section on counters");
    let section = section.split("\n## ").next().expect("its text");
    section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let mut cells = line.trim_matches('|').splitn(2, " | ");
            let names = cells.next().expect("a first column").split('`').skip(1).step_by(2).collect();
            (names, cells.next().expect("a second column").trim())
        })
        .collect()
}

#[test]
fn the_page_on_timing_says_what_every_counter_counts() {
    let rows = rows(TIMING);
    let mut told: Vec<&str> = rows.iter().flat_map(|(names, _)| names.iter().copied()).collect();
    let mut counters: Vec<&str> = Counter::ALL.iter().map(|counter| counter.name()).collect();
    told.sort_unstable();
    counters.sort_unstable();
    assert_eq!(told, counters, "names in the table of counters in docs/timing.md, and counters of the core");
    for (names, text) in rows {
        assert!(!text.is_empty(), "nothing is said of {names:?}");
    }
}

#[test]
fn a_counter_that_is_left_out_or_told_twice_is_noticed() {
    let page = "# A page\n\n## Counters\n\n| counter | counts |\n|---|---|\n| `a`, `b` | C4 |\n| `b` | x | y |\n\n## Next\n| `c` | z |\n";
    assert_eq!(rows(page), [(vec!["a", "b"], "C4"), (vec!["b"], "x | y")]);
}
