//! Are all memories that are too small named at once, with settings that do, and do memories that are left alone size
//! themselves?

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// The keys of the capacities.
const CAPACITIES: [&str; 4] =
    ["core.pattern_bytes", "core.weight_bytes", "core.counter_bytes", "core.table_bytes"];

/// Cores on which slices, banks and words round the needs of an image up, or the bits lie in another way.
const CORES: [&[&str]; 10] = [
    &[],
    &["core.distance_slices=4"],
    &["core.distance_lanes=8", "core.distance_slices=5", "patterns.p=61"],
    &["core.distance_lanes=3", "core.distance_slices=8", "core.mac_lanes=5", "core.weight_banks=3"],
    &["core.mac_lanes=12", "core.weight_banks=5", "core.weight_word=2", "patterns.n=23"],
    &["core.mac_lanes=24", "core.weight_banks=16", "patterns.p=200", "patterns.n=100"],
    &["core.pattern_order=both", "core.distance_slices=4", "patterns.p=300", "patterns.n=40"],
    &[
        "core.pattern_order=row",
        "core.distance_slices=3",
        "patterns.p=201",
        "retrieval.dataflows=['synchronous']",
    ],
    &["core.sign_sharing=true", "core.pattern_order=both", "core.distance_slices=2", "model.training=none"],
    &["quantize.weight_bits=1", "core.sign_sharing=true", "core.pattern_order=both", "model.training=none"],
];

/// Arguments of a small run with these settings.
fn arguments(command: &str, settings: &[String], more: &[&str]) -> Vec<String> {
    let mut all = small(command, &[]);
    settings.iter().for_each(|setting| all.extend(["--set".to_owned(), setting.clone()]));
    all.extend(more.iter().map(|&word| word.to_owned()));
    all
}

fn settings(core: &[&str], capacities: &BTreeMap<&str, u64>) -> Vec<String> {
    let capacities = capacities.iter().map(|(key, bytes)| format!("{key}={bytes}"));
    core.iter().map(|&setting| setting.to_owned()).chain(capacities).collect()
}

/// The message of a run that is refused, or nothing.
fn refusal(settings: &[String]) -> Option<String> {
    let output = klr(&arguments("sim", settings, &[]));
    let message = said::said(&output);
    match output.status.code() {
        Some(0) => None,
        code => {
            assert_eq!((code, message.lines().count()), (Some(2), 1), "{settings:?}: {message}");
            Some(message)
        }
    }
}

/// The settings that a message says would do.
fn advice(message: &str) -> Vec<(&'static str, u64)> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let said = words.windows(3).filter(|words| words[1] == "would" && words[2].starts_with("do"));
    let setting = |words: &[&str]| {
        let (key, bytes) = words[0].split_once('=').expect("a setting");
        let key = CAPACITIES.into_iter().find(|known| *known == key).expect("a capacity");
        (key, bytes.parse().expect("a number of bytes"))
    };
    said.map(setting).collect()
}

fn report(settings: &[String]) -> Value {
    let output = klr(&arguments("sim", settings, &["--json"]));
    assert!(output.status.success(), "{settings:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

#[test]
fn all_that_is_too_small_is_said_at_once_and_all_that_would_do_does() {
    for core in CORES {
        let lanes = core.iter().find_map(|setting| setting.strip_prefix("core.mac_lanes="));
        let lanes: u64 = lanes.map_or(16, |lanes| lanes.parse().expect("a number"));
        let least = |key| if key == "core.weight_bytes" { lanes } else { 1 };
        let nothing: BTreeMap<&str, u64> = CAPACITIES.into_iter().map(|key| (key, least(key))).collect();
        let message = refusal(&settings(core, &nothing)).expect("bytes hold no image");
        let advice = advice(&message);
        // Weights of one bit whose signs are the patterns' need nothing.
        let needed = if core.contains(&"quantize.weight_bits=1") { 3 } else { 4 };
        assert_eq!(advice.len(), needed, "{core:?}: {message}");
        let mut enough = nothing.clone();
        enough.extend(advice.iter().copied());
        assert_eq!(refusal(&settings(core, &enough)), None, "{core:?}: {enough:?}");
        for (key, bytes) in advice {
            if bytes > least(key) {
                let less = BTreeMap::from([(key, bytes - least(key))]);
                let less: BTreeMap<&str, u64> = enough.clone().into_iter().chain(less).collect();
                let message = refusal(&settings(core, &less)).expect("less does not do");
                assert!(
                    message.contains(&format!("{key}={bytes} would do, and so would auto\n")),
                    "{message}"
                );
            }
        }
    }
}

#[test]
fn memories_that_are_left_alone_size_themselves_and_say_so() {
    for core in CORES {
        let left_alone = settings(core, &BTreeMap::new());
        let found = report(&left_alone);
        let mut spec: BTreeMap<&str, u64> = BTreeMap::new();
        for (name, key) in [
            ("patterns", CAPACITIES[0]),
            ("pattern_copy", CAPACITIES[0]),
            ("weights", CAPACITIES[1]),
            ("counters", CAPACITIES[2]),
            ("table", CAPACITIES[3]),
        ] {
            let memory = &found["memories"][name];
            if memory.is_null() {
                assert!(matches!(name, "pattern_copy" | "weights"), "{core:?}: no {name}");
                continue;
            }
            let number = |field: &str| memory[field].as_u64().expect("a number");
            assert_eq!((&memory["capacity"], &memory["priced_as"]), (&"auto".into(), &"macros".into()));
            assert!(number("used_bytes") <= number("capacity_bytes"), "{core:?}: {memory}");
            let banks = number("banks");
            assert_eq!(number("bank_bytes"), number("capacity_bytes").div_ceil(banks), "{core:?}: {memory}");
            let bank = |field: &str| memory["bank"][field].as_u64().expect("a number");
            let built = bank("macro_bytes") * bank("macros_beside");
            assert!(number("bank_bytes") <= built, "{core:?}: {memory}");
            *spec.entry(key).or_default() += number("capacity_bytes");
        }
        // The same capacities as numbers are the same core, and say that somebody gave them.
        let given = report(&settings(core, &spec));
        assert_eq!(given["memories"]["counters"]["capacity"], "given", "{core:?}");
        let priced = |report: &Value, name: &str| report["memories"][name]["bank"].clone();
        for name in ["patterns", "weights", "counters", "table"] {
            assert_eq!(priced(&given, name), priced(&found, name), "{core:?}: {name}");
        }
        assert_eq!(given["energy"], found["energy"], "{core:?}: {spec:?}");
    }
}

#[test]
fn the_screen_says_which_capacity_was_priced() {
    let screen = |settings: &[&str]| {
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        let output = klr(&arguments("sim", &settings, &[]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        let (_, section) = text.split_once("\nmemories  ").expect("a section");
        let lines = section.lines().skip(2).take_while(|line| !line.is_empty());
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    // 16 neurons and 6 patterns: 16 words of 64 bits, 6 weights in each of 16 banks, 64 counters of 5 bits.
    assert_eq!(
        screen(&[]),
        [
            "pattern 128 1024 auto 1 64 0.38 0.785 0.43 0.00086",
            "weight 96 16384 auto 16 8 0.248 0.202 0.43 0.0128",
            "counter 40 1024 auto 1 320 3.19 4.03 0.41 0.0043",
            "table 16 1024 auto 1x16 8 0.248 0.202 0.43 0.0128"
        ]
    );
    assert_eq!(
        screen(&["core.pattern_order=both", "core.pattern_bytes=3000", "core.weight_bytes=134217728"])[..3],
        [
            "pattern 128 2176 given 1 64 0.683 0.966 0.44 0.0019",
            "pattern, by row 48 824 given 1 64 0.356 0.681 0.41 0.00073",
            "weight 96 134217728 given 16 8 too large"
        ]
    );
    assert_eq!(screen(&["energy.preset=truenorth"])[1], "weight 96 16384 auto 16 8 any size");
}

#[test]
fn a_plan_that_was_written_down_keeps_auto_and_runs_again_to_the_same_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let run = |arguments: &[String]| {
        let output = klr(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&arguments("sim", &["core.distance_slices=4".to_owned()], &["--out", one.to_str().expect("a name")]));
    let plan = one.join("plan.toml");
    let text = fs::read_to_string(&plan).expect("a plan");
    assert!(text.contains("\npattern_bytes = \"auto\"\nweight_bytes = \"auto\"\n"), "{text}");
    let words = ["sim", "--plan", plan.to_str().expect("a name"), "--out", two.to_str().expect("a name")];
    run(&words.map(str::to_owned));
    for file in ["report.json", "image.klr", "plan.toml"] {
        let read = |folder: &std::path::Path| fs::read(folder.join(file)).expect("the run wrote it");
        assert!(read(&one) == read(&two), "{file} differs");
    }
    let listing = klr(&["listing", one.join("image.klr").to_str().expect("a name")].map(str::to_owned));
    let listing = String::from_utf8(listing.stdout).expect("text");
    assert!(
        listing.contains("\nweight      6 of 1024 rows, 16 banks x 8 bits, 96 of 16384 bytes\n"),
        "{listing}"
    );
}

#[test]
fn every_row_of_the_levers_has_memories_of_its_own_size_and_json_says_the_same() {
    let settings = ["patterns.n=40", "patterns.p=700", "model.training=none"].map(str::to_owned);
    let said = |more: &[&str]| {
        let output = klr(&arguments("levers", &settings, more));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let (table, json) = (said(&["--markdown"]), said(&["--json"]));
    assert!(!table.contains("Left out"), "{table}");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema"], "klr-levers-3");
    assert_eq!(json["plan"]["core"]["weight_bytes"], "auto");
    let rows = json["rows"].as_array().expect("rows");
    let lines: Vec<&str> = table.lines().skip(2).filter(|line| line.starts_with("| ")).collect();
    assert_eq!(rows.len(), lines.len(), "a row for a line");
    for (row, line) in rows.iter().zip(lines) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let not_confirmed = row["not_confirmed_by_rtl"].as_array().expect("a list");
        let mark = if not_confirmed.is_empty() { "" } else { " *" };
        let levers = format!("{}{mark}", row["levers"].as_str().unwrap());
        assert_eq!((cells[1], cells[2]), (row["dataflow"].as_str().unwrap(), levers.as_str()));
        let number = |value: &Value| value.as_f64().expect("a number");
        assert_eq!(cells[3], format!("{:.1}", number(&row["energy"]["nominal_pj"]) / 1e3), "{line}");
        let [nominal, low, high] = ["/nominal", "/interval/0", "/interval/1"]
            .map(|at| number(row["x_one_look"].pointer(at).expect("a ratio")));
        assert_eq!(cells[6], format!("{nominal:.2} ({low:.2} to {high:.2})"), "{line}");
        assert_eq!(cells[10], row["sram_bits_stored"].to_string(), "{line}");
    }
    // A number stays a capacity: rows that it is too small for are left out by name, the others are there.
    let given = said(&["--set", "core.counter_bytes=528", "--json"]);
    let given: Value = serde_json::from_str(&given).expect("JSON");
    let left_out: Vec<&str> = given["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["levers"].as_str())
        .collect();
    assert_eq!(left_out, ["all, 4 slices", "all, 8 slices", "all, 8 slices, sign sharing"]);
    let reason = given["left_out"][0]["reason"].as_str().expect("a reason");
    assert!(reason.ends_with("core.counter_bytes=576 would do, and so would auto"), "{reason}");
}
