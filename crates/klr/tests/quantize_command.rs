//! Formats and methods of quantization side by side.

#[path = "common/said.rs"]
mod said;

use said::said;
use serde_json::Value;
use std::process::{Command, Output};

fn klr(arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_klr")).args(arguments).output().expect("klr starts")
}

const SMALL: [&str; 9] = [
    "quantize",
    "--set",
    "patterns.n=30",
    "--set",
    "patterns.p=120",
    "--set",
    "quantize.weight_bits=2",
    "--threads",
    "2",
];

fn arguments(more: &[&str]) -> Vec<String> {
    SMALL.iter().chain(more).map(|&argument| argument.to_owned()).collect()
}

#[test]
fn the_plans_own_format_is_tried_by_every_method() {
    let output = klr(&arguments(&[]));
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.starts_with("120 patterns of 30 neurons, gamma 0.1"), "{text}");
    assert_eq!(text.lines().count(), 6, "a head, two lines of titles and one format: {text}");
}

/// The front is the rows that no other beats, found here from the figures alone.
#[test]
fn a_search_marks_the_formats_that_no_other_beats() {
    let search = ["--search", "--weight-bits", "1,2", "--kernel-bits", "1,4", "--json"];
    let output = klr(&arguments(&search));
    assert!(output.status.success(), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 8, "two widths each, signs in either memory");
    let figures = |row: &Value| {
        let hits = &row["methods"][row["method"].as_str().expect("a method")]["cues_recalled"];
        (row["sram_bits"].as_u64().expect("bits"), hits.as_u64().expect("a count"))
    };
    let all: Vec<(u64, u64)> = rows.iter().map(figures).collect();
    for (row, &(bits, hits)) in rows.iter().zip(&all) {
        let beaten = all.iter().any(|&(b, h)| b <= bits && h >= hits && (b, h) != (bits, hits));
        if row["front"].as_bool().expect("a flag") {
            assert!(!beaten, "{row}");
        } else {
            let twin = all.iter().filter(|&&other| other == (bits, hits)).count() > 1;
            assert!(beaten || twin, "{row}");
        }
        for (method, found) in row["methods"].as_object().expect("methods") {
            assert!(
                found["cues_recalled"].as_u64() <= Some(hits),
                "{method} is no better than what was taken"
            );
        }
    }
    let table = klr(&arguments(&search[..5]));
    let text = String::from_utf8(table.stdout).expect("text");
    assert!(text.contains("The fewest bits within the interval of the best: --set quantize."), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn widths_without_a_search_and_impossible_ones_are_refused() {
    for (more, expected) in [
        (&["--weight-bits", "2"][..], "--search"),
        (&["--search", "--weight-bits", "17"][..], "17"),
        (&["--search", "--kernel-bits", "0"][..], "0"),
    ] {
        let output = klr(&arguments(more));
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{more:?}: {}", said(&output));
    }
}
