//! Is the record in `docs/results` a table that this program writes, and does the README count as it does?

use klr_repro::{Bounds, Check, CheckVerdict, Estimate, Publication, Scale, Table, TableRow, rows};
use std::path::{Path, PathBuf};

/// The record that the README and `docs/reproduction.md` name.
const RECORD: &str = "docs/results/2026-11-27-reproduction";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a document of the repository")
}

fn record() -> Table {
    Table::read(&root().join(RECORD)).expect("a table of this program").expect("a record")
}

#[test]
fn the_record_has_every_row_under_its_present_name() {
    let recorded: Vec<(u8, String)> = record().rows.into_iter().map(|row| (row.row, row.what)).collect();
    let present: Vec<(u8, String)> =
        rows().into_iter().map(|row| (row.number, row.what.to_owned())).collect();
    assert_eq!(recorded, present);
}

#[test]
fn the_record_reads_as_its_data_say() {
    assert_eq!(
        text(&format!("{RECORD}/table.md")),
        record().markdown(),
        "table.md is the table of table.json"
    );
    assert_eq!(text(&format!("{RECORD}/table.json")), record().json(), "verdicts follow from the figures");
    for row in &record().rows {
        for figure in &row.figures {
            for ending in ["svg", "png", "csv"] {
                let file = root().join(RECORD).join(format!("{}.{ending}", figure.name));
                assert!(file.is_file(), "row {}: {}", row.row, file.display());
            }
        }
    }
}

#[test]
fn the_readme_counts_what_is_published_as_the_record_does() {
    let counts = record().counts();
    for document in ["README.md", "docs/reproduction.md"] {
        assert!(text(document).contains(RECORD), "{document} names the record");
    }
    assert!(text("README.md").contains(&counts), "the README has to say: {counts}");
}

#[test]
fn rows_without_a_published_number_do_not_count_as_one() {
    let record = record();
    let of = |publication| -> Vec<u8> {
        record.rows.iter().filter(|row| row.publication() == publication).map(|row| row.row).collect()
    };
    assert_eq!(of(Publication::Nothing), [1, 2, 15], "mathematics and simulations");
    for in_words in [12, 17, 20] {
        assert!(of(Publication::Words).contains(&in_words), "row {in_words} has words only");
    }
}

#[test]
fn recorded_figures_off_what_was_published_differ() {
    let record = record();
    let row = |number: u8| record.rows.iter().find(|row| row.row == number).expect("a row");
    let named = |row: &TableRow, part: &str| -> Vec<CheckVerdict> {
        row.checks.iter().filter(|check| check.quantity.contains(part)).map(Check::verdict).collect()
    };
    assert_eq!(named(row(21), "Hebb: load"), [CheckVerdict::Differs; 3], "0.138 at any overlap");
    assert_eq!(named(row(13), "eta=0.05"), [CheckVerdict::Differs]);
    assert_eq!(named(row(16), "2 bits, N=100"), [CheckVerdict::Differs]);
    assert_eq!(named(row(16), "2 bits, N=128"), [CheckVerdict::HoldsAsChosen]);
    for chosen in [14, 17, 18] {
        assert_eq!(row(chosen).verdict(), CheckVerdict::HoldsAsChosen, "row {chosen}");
    }
}

#[test]
fn a_kept_row_keeps_what_computed_it() {
    let table = |commit: &str, numbers: &[u8]| {
        let mut table = record();
        table.rows.retain(|row| numbers.contains(&row.row));
        table.rows.iter_mut().for_each(|row| row.provenance.commit = Some(commit.to_owned()));
        table
    };
    let merged = table("new", &[2, 3]).over(table("old", &[1, 2]));
    let commits: Vec<(u8, Option<&str>)> =
        merged.rows.iter().map(|row| (row.row, row.provenance.commit.as_deref())).collect();
    assert_eq!(commits, [(1, Some("old")), (2, Some("new")), (3, Some("new"))]);
    let markdown = merged.markdown();
    for line in ["| 1 | full | 1 | old |", "| 2, 3 | full | 1 | new |"] {
        assert!(markdown.contains(line), "no `{line}` in {markdown}");
    }
}

#[test]
fn a_published_number_is_judged_by_its_interval_through_the_public_door() {
    let exact = |value: f64| Estimate::exact(value, "one figure");
    let check = |value: f64| {
        Check::new("x", exact(value))
            .within(Bounds::around(1.0, 0.5), Scale::Full)
            .published("1", Bounds::around(1.0, 0.1))
    };
    assert_eq!(check(1.05).verdict(), CheckVerdict::Holds);
    assert_eq!(check(1.05).chosen("N").verdict(), CheckVerdict::HoldsAsChosen);
    assert_eq!(check(1.2).verdict(), CheckVerdict::Differs, "whatever the tolerance");
    assert_eq!(check(1.6).verdict(), CheckVerdict::Fails);
}
