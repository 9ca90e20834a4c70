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

#[test]
fn the_methods_are_compared_in_as_many_formats_as_there_are_widths() {
    let output = klr(&arguments(&["--weight-bits", "1,2", "--kernel-bits", "1,4", "--json"]));
    assert!(output.status.success(), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&report["schema"], &report["gamma"]), (&"klr-quantizers-1".into(), &0.1.into()));
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 8, "two widths each, signs in either memory");
    for row in rows {
        let methods = row["methods"].as_object().expect("methods");
        let most = methods.values().map(|found| found["cues_recalled"].as_u64()).max().expect("some");
        let taken = &methods[row["method"].as_str().expect("a method")];
        assert_eq!(taken["cues_recalled"].as_u64(), most, "no method is better than what was taken: {row}");
    }
}

/// The front is the rows that no other beats, found here from the figures alone, and so is the smallest of the best.
#[test]
fn a_search_shows_the_memories_that_no_other_beats() {
    let search = [
        "--search",
        "--weight-bits",
        "1,2",
        "--kernel-bits",
        "1,4",
        "--weight-formats",
        "odd",
        "--gammas",
        "0.05,0.15,3",
    ];
    let output = klr(&arguments(&[&search[..], &["--json"]].concat()));
    assert!(output.status.success(), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["schema"], "klr-codesign-1");
    assert_eq!(report["gammas"], serde_json::json!([0.05, 0.15, 3.0]));
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(rows.len() % 4, 0, "two widths of weights, signs in either memory, for each table");
    let number = |row: &Value, key: &str| row[key].as_u64().unwrap_or_else(|| panic!("{key} of {row}"));
    let place = |row: &Value| {
        let radius =
            row["median_certified_radius"].as_u64().map_or(-1, |radius| i64::try_from(radius).expect("few"));
        (number(row, "sram_bits"), number(row, "cues_recalled"), radius)
    };
    let all: Vec<_> = rows.iter().map(place).collect();
    for (row, &(bits, hits, radius)) in rows.iter().zip(&all) {
        let beats = |&(b, h, r): &(u64, u64, i64)| {
            b <= bits && h >= hits && r >= radius && (b, h, r) != (bits, hits, radius)
        };
        let beaten = all.iter().any(beats);
        let twin = all.iter().filter(|&&other| other == (bits, hits, radius)).count() > 1;
        let front = row["front"].as_bool().expect("a flag");
        assert!(if front { !beaten } else { beaten || twin }, "{row}");
        let below = row["below_best"].as_f64().expect("a difference");
        let most = all.iter().map(|place| place.1).max().expect("rows");
        assert!((below - (most - hits) as f64 / 1000.0).abs() < 1e-9, "{row}");
    }
    let tables: std::collections::BTreeSet<String> = rows
        .iter()
        .map(|row| format!("{} {} {}", row["gamma"], row["kernel_table"], row["kernel_bits"]))
        .collect();
    let left_out = report["left_out"].as_array().expect("a list");
    assert_eq!(tables.len() * 4, rows.len(), "every table with every format");
    assert!(tables.len() + left_out.len() <= 3 * 2 * 2, "tables that are equal are tried once");
    let at = usize::try_from(report["smallest"].as_u64().expect("a row")).expect("few rows");
    assert_eq!(rows[at]["front"], true, "what is advised is on the front");
    assert!(rows[at]["below_best_low"].as_f64() <= Some(0.0), "and cannot be told from the best");
    let text = String::from_utf8(klr(&arguments(&search)).stdout).expect("text");
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains(
        "The space: gamma 0.05, 0.15, 3; kernel tables nearest-relative and absolute of 1, 4 bits"
    ));
    assert!(
        joined.contains("--set model.gamma=") && joined.contains("--set quantize.kernel_bits="),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    // What is advised runs as it stands.
    let at = joined.find("--set model.gamma=").expect("an advice");
    let run = [
        &["sim"],
        &SMALL[1..5],
        &joined[at..].split(' ').collect::<Vec<_>>()[..],
        &["--set", "retrieval.cues=3"],
    ];
    let output = klr(&run.concat().iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
    assert!(output.status.success(), "{joined}: {}", said(&output));
}

#[test]
fn impossible_widths_and_gammas_without_a_search_are_refused() {
    for (more, expected) in [
        (&["--weight-bits", "17"][..], "17"),
        (&["--search", "--kernel-bits", "0"][..], "0"),
        (&["--gammas", "0.1"][..], "--search"),
        (&["--search", "--gammas", "0.1,-2"][..], "\"-2\" is none of: auto, plan"),
    ] {
        let output = klr(&arguments(more));
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{more:?}: {}", said(&output));
    }
}
