//! Does `klr compare` give every machine a row, the same at any number of threads, in every form?

mod common;

use common::{klr, small};
use serde_json::Value;

fn compare(more: &[&str]) -> String {
    let output = klr(&small("compare", more));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

const MACHINES: [&str; 8] = [
    "klr synchronous",
    "klr sweep",
    "klr delta",
    "dense digital",
    "memristor crossbars",
    "Loihi-like",
    "TrueNorth-like",
    "ODIN-like crossbar",
];

#[test]
fn every_machine_has_a_row_on_the_screen_and_in_csv() {
    let (text, csv) = (compare(&[]), compare(&["--csv"]));
    for name in MACHINES {
        let rows = text.lines().filter(|line| line.starts_with(&format!("{name} "))).count();
        assert_eq!(rows, 1, "{name}: {text}");
        assert_eq!(
            csv.lines().filter(|line| line.starts_with(&format!("{name},"))).count(),
            1,
            "{name}: {csv}"
        );
    }
    assert!(csv.contains("bits of a kernel word in a spike: required 8, available 1"), "{csv}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn counters_come_with_names_units_and_sentences() {
    let report: Value = serde_json::from_str(&compare(&["--json"])).expect("JSON");
    assert_eq!(report["schema"], "klr-compare-1");
    let dense =
        report["machines"].as_array().expect("machines").iter().find(|row| row["machine"] == "dense digital");
    let counters = dense.expect("a row")["counters_total"].as_array().expect("counters");
    let of = |name: &str| counters.iter().find(|counter| counter["name"] == name).expect("the counter");
    // 6 patterns of 16 neurons: so many products and bits in every step of every cue.
    let steps = of("steps")["total"].as_u64().expect("a count");
    assert_eq!(of("macs")["total"], steps * 6 * 16);
    assert_eq!(of("pattern_bits_read")["total"], steps * 6 * 16);
    assert!(
        counters
            .iter()
            .all(|counter| counter["description"].as_str().is_some_and(|text| text.ends_with('.')))
    );
}

#[test]
fn any_number_of_threads_prints_the_same() {
    let one = compare(&["--json", "--threads", "1"]);
    for threads in ["2", "5"] {
        assert_eq!(compare(&["--json", "--threads", threads]), one, "{threads} threads");
    }
}
