//! Does `klr area` say what a core contains, as a page and as JSON, and what is not known?

mod common;

use common::{klr, small};
use serde_json::Value;

fn area(more: &[&str]) -> String {
    let output = klr(&small("area", more));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn report(more: &[&str]) -> Value {
    serde_json::from_str(&area(&[&["--json"], more].concat())).expect("JSON")
}

#[test]
fn the_sums_are_those_of_the_parts() {
    let report = report(&[]);
    assert_eq!(report["schema"], "klr-area-1");
    let contents = &report["contents"];
    for (parts, number) in [("registers", "flip_flops"), ("blocks", "gates")] {
        let units = contents["units"].as_array().expect("units");
        let mut all = 0;
        for unit in units {
            let of_parts = unit[parts]
                .as_array()
                .expect("parts")
                .iter()
                .map(|part| part[number].as_u64().expect("a count"));
            let sum: u64 = of_parts.sum();
            assert_eq!(unit[number], sum, "{unit}");
            all += sum;
        }
        assert_eq!(contents[number], all);
    }
    let um2 =
        |part: &str, figure: usize| contents["area_um2"][part]["value"][figure].as_f64().expect("an area");
    for figure in 0..3 {
        let sum = um2("memories", figure) + um2("logic", figure);
        assert!((um2("total", figure) - sum).abs() < 1e-3, "{contents}");
    }
    assert_eq!(contents["area_um2"]["total"]["status"], "known");
}

#[test]
fn the_page_has_units_paths_and_areas() {
    let page = area(&[]);
    for unit in ["sequencer", "distance_unit", "mac_array"] {
        let lines = page.lines().filter(|line| line.starts_with(&format!("  {unit} "))).count();
        assert_eq!(lines, 3, "flip-flops, gates and a path of {unit}: {page}");
    }
    assert!(page.contains("area, mm2"), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
}

#[test]
fn a_clock_that_the_longest_path_of_a_list_does_not_keep_is_told() {
    let said = |more: &[&str]| area(more).split_whitespace().collect::<Vec<_>>().join(" ");
    let listed = said(&["--set", "core.candidates=16", "--set", "core.clock_mhz=500"]);
    assert!(listed.contains("no process measured keeps the clock of the plan"), "{listed}");
    let slow = said(&["--set", "core.candidates=16", "--set", "core.clock_mhz=50"]);
    assert!(slow.contains("so whether a process between") || slow.contains("the path keeps"), "{slow}");
}

#[test]
fn an_area_that_no_price_table_has_is_unknown() {
    let report = report(&["--set", "energy.preset=loihi"]);
    let areas = &report["contents"]["area_um2"];
    for part in ["memories", "logic", "total"] {
        assert_eq!(
            (&areas[part]["status"], &areas[part]["value"]),
            (&Value::from("unknown"), &Value::Null),
            "{areas}"
        );
    }
}
