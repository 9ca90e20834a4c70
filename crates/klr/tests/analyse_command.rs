//! Does `klr analyse` say the same at any number of threads, draw what it says, and refuse what a memory does not allow?

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

/// The figures of a memory with a radial basis function.
const FIGURES: [&str; 9] = [
    "basins",
    "capacity",
    "faults",
    "fields",
    "landscape",
    "overlap",
    "read-flips",
    "sharpness",
    "truncation",
];

/// A figure of the section `faults`, which has two.
const SECOND: &str = "read-flips";

fn analyse(more: &[&str]) -> Output {
    klr(&small("analyse", more))
}

fn screen(more: &[&str]) -> String {
    let output = analyse(more);
    assert!(output.status.success(), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn refused(more: &[&str]) -> String {
    let output = analyse(more);
    let message = said::said(&output);
    assert_eq!(output.status.code(), Some(2), "{more:?}: {message}");
    message
}

/// Names and bytes of the files of a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder of a run").map(|entry| entry.expect("an entry"));
    let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.map(|entry| (name(&entry), fs::read(entry.path()).expect("a file"))).collect()
}

/// What `analysis.json` says of the analyses.
fn numbers(folder: &Path) -> Value {
    let text = fs::read(folder.join("analysis.json")).expect("the numbers were written");
    let whole: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(whole["schema"], "klr-analysis-1");
    whole["analyses"].clone()
}

#[test]
fn threads_change_neither_the_screen_nor_a_byte_of_the_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |threads: &str| {
        let out = folder.path().join(threads);
        let text = screen(&["--threads", threads, "--out", out.to_str().expect("a plain name")]);
        (text, contents(&out))
    };
    let (one, three) = (run("1"), run("3"));
    assert_eq!(one.0, three.0, "the screen");
    let names: Vec<&String> = one.1.keys().collect();
    assert_eq!(names, three.1.keys().collect::<Vec<_>>(), "the same files");
    for (name, bytes) in &one.1 {
        assert!(bytes == &three.1[name], "{name} differs");
    }
    let mut expected: Vec<String> = FIGURES
        .iter()
        .flat_map(|name| ["csv", "png", "svg"].map(|ending| format!("{name}.{ending}")))
        .collect();
    expected.extend(["analysis.json", "run.json"].map(str::to_owned));
    expected.sort();
    assert_eq!(names, expected.iter().collect::<Vec<_>>(), "three files of each figure, numbers and record");
}

#[test]
fn the_screen_fits_its_columns_and_holds_no_broken_number() {
    let text = screen(&[]);
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        assert!(!line.contains("NaN") && !line.contains("inf"), "{line}");
    }
    for name in FIGURES.into_iter().filter(|&name| name != SECOND) {
        assert!(text.contains(&format!("\n{name}\n")), "a section `{name}`: {text}");
    }
}

#[test]
fn one_untrained_pattern_is_what_its_closed_form_says() {
    // alpha = xi and a single pattern: h = K(d) xi, so every cue is recalled, every margin is 1, and the gradient of V
    // at the pattern, where the kernel is flat, is -xi.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain name");
    screen(&["--set", "patterns.p=1", "--set", "model.training=none", "--out", out]);
    let found = numbers(folder.path());
    let points = found["basins"]["points"].as_array().expect("points");
    assert!(!points.is_empty() && points.iter().all(|point| point["recalled"] == 1.0), "{points:?}");
    let close = |value: &Value, expected: f64| {
        let value = value.as_f64().expect("a number");
        assert!((value - expected).abs() < 1e-9, "{value}, expected {expected}");
    };
    close(&found["landscape"]["margins"]["mean"], 1.0);
    close(&found["landscape"]["margins"]["smallest"], 1.0);
    close(&found["sharpness"]["distance"]["mean"], 16.0);
    close(&found["sharpness"]["distance"]["indirect"], 0.0);
    close(&found["capacity"]["points"][0]["recalled"], 1.0);
    let overlaps = found["overlap"]["synchronous"].as_array().expect("overlaps");
    close(&overlaps[1], 1.0);
}

#[test]
fn only_what_is_asked_for_is_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain name");
    let text = screen(&["--only", "overlap,fields", "--out", out]);
    assert!(text.contains("\noverlap\n") && text.contains("\nfields\n"), "{text}");
    assert!(!text.contains("\nbasins\n") && !text.contains("\ncapacity\n"), "{text}");
    let found = numbers(folder.path());
    assert_eq!(found.as_object().expect("a table").keys().collect::<Vec<_>>(), ["overlap", "fields"]);
    let message = refused(&["--only", "colour"]);
    assert!(message.contains("colour") && message.contains("basins"), "{message}");
}

#[test]
fn an_analysis_that_a_memory_does_not_allow_is_refused_by_name_and_else_said_to_be_missing() {
    let kernel = ["--set", "model.kernel=polynomial"];
    let asked = [&kernel[..], &["--only", "sharpness"]].concat();
    let message = refused(&asked);
    assert!(message.contains("radial basis functions only"), "{message}");
    let text = screen(&kernel);
    assert!(text.contains("\nsharpness\n  none: "), "{text}");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain name");
    assert!(klr(&small("sim", &["--out", out])).status.success(), "a run that writes its dual variables");
    let file = format!("model.alpha_file={out}/alpha.npy");
    let message = refused(&[
        "--set",
        "model.training=file",
        "--set",
        &file,
        "--set",
        "retrieval.noise=0.5",
        "--only",
        "capacity",
    ]);
    assert!(message.contains("capacity") && message.contains("model.training"), "{message}");
}

#[test]
fn patterns_of_ones_own_are_analysed_as_they_are() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/model/n16_l2.patterns.npy");
    let text = screen(&["--patterns", fixtures.to_str().expect("a plain name"), "--only", "overlap"]);
    assert!(text.contains("N = 16 neurons") && text.contains("n16_l2.patterns.npy"), "{text}");
    let missing = refused(&["--patterns", "/nowhere/mine.npy"]);
    assert!(missing.contains("/nowhere/mine.npy"), "{missing}");
}
