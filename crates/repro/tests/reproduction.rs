//! Does the reproduction hold every published row, and draw what it says?

use klr_figure::Content;
use klr_repro::{CheckVerdict, Config, Scale, rows};
use klr_units::progress::NoProgress;
use std::num::NonZeroUsize;
use std::path::Path;

/// Rows whose quick run takes a second or two together.
const CHEAP: [u8; 4] = [1, 2, 4, 11];

fn config(work: &Path, rows: &[u8]) -> Config {
    Config { scale: Scale::Quick, seed: 1, rows: Some(rows.to_vec()), work: work.to_owned(), commit: None }
}

#[test]
fn the_table_has_rows_1_to_24_each_once() {
    let numbers: Vec<u8> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=24).collect::<Vec<u8>>());
    for row in rows() {
        assert!(
            !row.what.is_empty() && !row.source.is_empty(),
            "row {} says what and whose it is",
            row.number
        );
    }
}

#[test]
fn cheap_rows_hold_and_the_two_tables_agree() {
    let work = tempfile::tempdir().expect("a temporary folder");
    let run = klr_repro::run(&config(work.path(), &CHEAP), NonZeroUsize::MIN, &NoProgress).expect("a run");
    let verdicts: Vec<(u8, &str)> =
        run.outcomes.iter().map(|o| (o.row.number, o.judged.verdict().name())).collect();
    assert_eq!(
        verdicts,
        [(1, "holds"), (2, "holds"), (4, "holds at a setting chosen to fit"), (11, "differs")]
    );
    let json: serde_json::Value = serde_json::from_str(&run.table().json()).expect("the table is JSON");
    let markdown = run.table().markdown();
    let listed = json["rows"].as_array().expect("rows");
    assert_eq!(listed.len(), CHEAP.len(), "one entry per row");
    for (row, outcome) in listed.iter().zip(&run.outcomes) {
        let number = outcome.row.number;
        assert_eq!(row["row"], number, "rows in order");
        let verdict = row["verdict"].as_str().expect("a verdict");
        let publication = row["publication"].as_str().expect("what is published");
        let (what, source) = (outcome.row.what, outcome.row.source);
        let line = format!("| {number} | {what} | {source} | {publication} | **{verdict}** |");
        assert!(markdown.contains(&line), "no line `{line}`");
        for (check, stored) in outcome.judged.checks.iter().zip(row["checks"].as_array().expect("checks")) {
            let line = markdown.lines().find(|line| line.starts_with(&format!("| {} |", check.quantity)));
            let line = line.unwrap_or_else(|| panic!("row {number}: no line for `{}`", check.quantity));
            let verdict = stored["verdict"].as_str().expect("a verdict");
            assert_eq!(check.verdict().name(), verdict, "row {number}, {}", check.quantity);
            assert!(line.contains(&format!("| {verdict}")), "row {number}: {line}");
            assert_eq!(
                stored["measured"]["value"].as_f64(),
                Some(check.measured.value),
                "{}",
                check.quantity
            );
            if let Some(reason) = check.reason() {
                assert!(
                    line.contains(&reason) && stored["reason"] == reason.as_str(),
                    "row {number} says why: {line}"
                );
            }
            if check.verdict() > CheckVerdict::Holds {
                assert!(check.reason().is_some(), "row {number}, {}: a reason", check.quantity);
            }
        }
    }
}

#[test]
fn figures_are_xml_and_their_pixels_are_not_blank() {
    let work = tempfile::tempdir().expect("a temporary folder");
    // Row 6 draws curves, row 20 a map.
    let run = klr_repro::run(&config(work.path(), &[6, 20]), NonZeroUsize::MIN, &NoProgress).expect("a run");
    let figures: Vec<_> = run.figures().collect();
    assert_eq!(figures.len(), 2);
    assert!(
        figures.iter().any(|figure| matches!(figure.content, Content::Map { .. })),
        "a map is among them"
    );
    for figure in figures {
        let svg = figure.svg(&run.run_id());
        let document = roxmltree::Document::parse(&svg).expect("a figure is XML");
        let metadata = document.descendants().find(|node| node.has_tag_name("metadata"));
        let of = metadata.and_then(|node| node.text()).map(str::to_owned);
        assert_eq!(of, Some(run.run_id().to_string()), "{}: which run it is of", figure.name);
        let texts: Vec<&str> =
            document.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
        for label in [&figure.title, &figure.x.label, &figure.y.label] {
            assert!(texts.contains(&label.as_str()), "{}: `{label}` is written", figure.name);
        }
        let png = figure.png(&run.run_id()).expect("memory for a page");
        let comment = format!("tEXtComment\0{}", run.run_id());
        let has_comment = png.windows(comment.len()).any(|bytes| bytes == comment.as_bytes());
        assert!(has_comment, "{}: its pixels say so too", figure.name);
        let pixels = tiny_skia::Pixmap::decode_png(&png).expect("a figure is a PNG");
        let mut colours: Vec<u32> =
            pixels.pixels().iter().map(|p| u32::from_be_bytes([p.red(), p.green(), p.blue(), 0])).collect();
        let white = colours.iter().filter(|&&c| c == 0xFFFF_FF00).count() as f64 / colours.len() as f64;
        assert!((0.3..0.98).contains(&white), "{}: {white} of the page is white", figure.name);
        colours.sort_unstable();
        colours.dedup();
        assert!(colours.len() > 20, "{}: {} colours", figure.name, colours.len());
        let rows = figure.csv().lines().count();
        assert!(rows > 10, "{}: {rows} lines of data", figure.name);
    }
}
