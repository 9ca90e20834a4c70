//! Is a number that is not known ever shown as one, by any command?

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A table with `treatment` for every term but those of `others`, each a section as it is written.
fn table(folder: &Path, treatment: &str, others: &[(&str, &str)]) -> PathBuf {
    let mut text = "name = \"mine\"\nabout = \"a table\"\n".to_owned();
    for term in klr_energy::Term::ALL {
        let other = others.iter().find(|other| other.0 == term.key());
        let section = other.map_or(treatment, |other| other.1);
        text.push_str(&format!("[{}]\n{section}\n", term.key()));
    }
    let file = folder.join("table.toml");
    std::fs::write(&file, text).expect("the folder is writable");
    file
}

/// What the command prints on a small plan with these settings; it must succeed.
fn said(command: &str, settings: &[String], more: &[&str]) -> String {
    let settings = settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
    let arguments: Vec<&str> = settings.chain(more.iter().copied()).collect();
    let run = klr(&small(command, &arguments));
    let err = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(0), "{command} {arguments:?}: {err}");
    let text = String::from_utf8(run.stdout).expect("text");
    assert!(!text.contains("NaN") && !text.contains("inf "), "{command} {arguments:?}: {text}");
    text
}

/// The screen and the report of `klr sim`.
fn sim(settings: &[String]) -> (String, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let text = said("sim", settings, &["--out", out.to_str().expect("a path")]);
    let report = std::fs::read(out.join("report.json")).expect("a report");
    (text, serde_json::from_slice(&report).expect("JSON"))
}

/// The rows of the first table that begin with `name`, without it.
fn row<'t>(text: &'t str, name: &str) -> &'t str {
    let prefix = format!("  {name} ");
    let line = text.lines().find(|line| line.starts_with(&prefix));
    &line.unwrap_or_else(|| panic!("no row {name}: {text}"))[prefix.len()..]
}

/// The ratios of a dataflow: the last cell of its first row, and the last two of its row below "90 of 100 draws". A ratio
/// that is known has a range in parentheses, so its last word is no lone `-`.
fn ratios(text: &str, name: &str) -> [String; 3] {
    let last = |row: &str, back: usize| {
        let cells: Vec<&str> = row.split_whitespace().collect();
        cells[cells.len() - back].to_owned()
    };
    let draws = &text[text.find("\n90 of 100 draws").expect("a second table")..];
    [last(row(text, name), 1), last(row(draws, name), 2), last(row(draws, name), 1)]
}

const DATAFLOWS: [&str; 3] = ["synchronous", "sweep", "delta"];

#[test]
fn a_table_that_lacks_prices_is_marked_in_every_output() {
    for preset in ["truenorth", "generic-7nm", "odin"] {
        let settings = [format!("energy.preset={preset}")];
        let (text, report) = sim(&settings);
        for name in DATAFLOWS {
            let energy = &report["energy"][name];
            let parts = energy["by_component"].as_object().expect("components");
            let unknown: Vec<_> = parts.values().filter(|part| part["status"] == "unknown").collect();
            assert!(unknown.iter().all(|part| part["nominal_pj"].is_null()), "{preset}: {unknown:?}");
            if energy["complete"] == true {
                continue;
            }
            assert_eq!(energy["status"], "lower-bound", "{preset}, {name}");
            assert_eq!(row(&text, name).matches('>').count(), 3, "{preset}, {name}: {text}");
            assert_eq!(ratios(&text, name), ["-"; 3], "{preset}, {name}: {text}");
            let folder = tempfile::tempdir().expect("a temporary folder");
            let out = folder.path().to_str().expect("a path");
            let trace = said("trace", &settings, &["--dataflow", name, "--out", out]);
            assert!(trace.contains(", >") && trace.contains("no price for "), "{preset}, {name}: {trace}");
        }
        let table = said("levers", &settings, &["--markdown"]);
        let delta = table.lines().find(|line| line.starts_with("| delta | plain ")).expect("a row");
        if report["energy"]["delta"]["complete"] == false {
            let cells: Vec<&str> = delta.split('|').map(str::trim).collect();
            assert!(cells[3].starts_with('>'), "{preset}: {delta}");
            assert_eq!([cells[4], cells[5], cells[6], cells[11]], ["-"; 4], "{preset}: {delta}");
            assert!(table.contains("no published price, so totals are lower bounds"), "{preset}: {table}");
        }
        let crossbar = said("crossbar", &settings, &[]);
        assert!(crossbar.contains("no published price, so totals are "), "{preset}: {crossbar}");
    }
    let (text, report) = sim(&["energy.preset=truenorth".to_owned()]);
    assert_eq!(report["energy"]["delta"]["by_component"]["threshold"]["status"], "unknown", "and not 0");
    let threshold = text.lines().find(|line| line.starts_with("  threshold ")).expect("a row");
    assert_eq!(threshold.split_whitespace().collect::<Vec<_>>(), ["threshold", "-", "-", "-", "-"]);
}

#[test]
fn a_memory_beyond_the_largest_macro_leaves_no_ratio_with_one_look() {
    let settings = ["core.pattern_bytes=4194305".to_owned(), "energy.preset=generic-22nm".to_owned()];
    let (text, report) = sim(&settings);
    for name in DATAFLOWS {
        assert_eq!(ratios(&text, name), ["-"; 3], "{name}: {text}");
    }
    assert_eq!(report["energy"]["one_look"]["status"], "lower-bound", "only the flips have a price");
    assert!(report["energy"]["one_look_pj"].is_null(), "so there is no figure of one look");
    let part = &report["energy"]["delta"]["by_component"]["patterns"];
    assert_eq!((&part["status"], &part["nominal_pj"]), (&"unknown".into(), &Value::Null));
}

#[test]
fn all_free_is_a_known_nothing_and_all_unpriced_is_not_known() {
    for (treatment, status, shown) in
        [("free = \"no cost\"", "known", "0 pJ"), ("unpriced = \"unknown\"", "unknown", "-")]
    {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = [format!("energy.file={}", table(folder.path(), treatment, &[]).display())];
        let (text, report) = sim(&settings);
        for name in DATAFLOWS.iter().chain(&["one look"]) {
            let energy = &report["energy"][name.replace(' ', "_")];
            assert_eq!(energy["status"], status, "{name}");
            assert_eq!(energy["nominal_pj"].is_null(), status == "unknown", "{name}: {energy}");
            assert!(row(&text, name).trim_start().starts_with(shown), "{name}: {text}");
        }
        assert_eq!(ratios(&text, "delta"), ["-"; 3], "{text}");
        let table = said("levers", &settings, &["--markdown"]);
        let delta = table.lines().find(|line| line.starts_with("| delta | plain ")).expect("a row");
        let cells: Vec<&str> = delta.split('|').map(str::trim).collect();
        assert_eq!(cells[3], if status == "known" { "0.0" } else { "-" }, "{delta}");
        assert_eq!([cells[4], cells[5], cells[6], cells[11]], ["-"; 4], "{delta}");
        said("crossbar", &settings, &[]);
        let out = folder.path().join("traces");
        let trace = said("trace", &settings, &["--out", out.to_str().expect("a path")]);
        assert!(trace.contains(&format!(" ns, {shown};")), "{trace}");
    }
}

#[test]
fn a_price_below_an_attojoule_is_charged_and_one_below_the_resolution_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for price in ["1e-7", "1e-10", "1e-12"] {
        let multiply =
            format!("pj = [{price}, {price}, {price}]\nat_bits = 64\ngrade = \"S\"\nsource = \"x\"");
        let file = table(folder.path(), "free = \"no cost\"", &[("multiply", &multiply)]);
        let (text, report) = sim(&[format!("energy.file={}", file.display())]);
        let delta = &report["energy"]["delta"];
        let cues = report["recall"]["cues"].as_f64().expect("a count");
        let macs = report["hardware"]["delta"]["macs_mean"].as_f64().expect("a mean");
        // 8 x 8 bits of 64: the price as it stands.
        let expected = macs * price.parse::<f64>().expect("a number");
        let found = delta["nominal_pj"].as_f64().expect("a figure");
        assert!((found - expected).abs() <= 1e-12 / cues, "{price}: {found} pJ, expected {expected}");
        assert_eq!(
            delta["prices_paid"][0]["pj"][1].to_string().parse::<f64>(),
            price.parse::<f64>(),
            "{price}"
        );
        assert!(!row(&text, "delta").contains(" 0 pJ"), "{price}: {text}");
        assert_eq!(looks_like_nothing(row(&text, "delta")), None, "{price}: {text}");
    }
    let multiply = "pj = [0, 1e-13, 1]\nat_bits = 64\ngrade = \"S\"\nsource = \"x\"";
    let file = table(folder.path(), "free = \"no cost\"", &[("multiply", multiply)]);
    let run = klr(&small("sim", &["--set", &format!("energy.file={}", file.display())]));
    assert_eq!(run.status.code(), Some(2), "below the resolution");
    let said = said::said(&run);
    assert!(
        said.contains("allowed: 0, or figures from 1e-12 picojoules, the resolution of prices"),
        "{said}"
    );
}

/// Text between blanks that reads as zero with decimals, in the tables of energy and time.
fn looks_like_nothing(text: &str) -> Option<&str> {
    let is_zero = |word: &&str| word.contains('.') && word.trim_start_matches('>').parse::<f64>() == Ok(0.0);
    text.split_whitespace().find(is_zero)
}

#[test]
fn what_is_not_zero_is_not_shown_as_zero() {
    let one = ["patterns.n=1", "patterns.p=1"].map(str::to_owned);
    // A table that does not know how fast memories are has nothing against any clock.
    let fast = ["core.clock_mhz=1000000", "energy.preset=loihi"].map(str::to_owned);
    for settings in [&one[..], &fast[..]] {
        let (text, report) = sim(settings);
        for name in DATAFLOWS {
            assert_eq!(looks_like_nothing(row(&text, name)), None, "{settings:?}: {text}");
            assert!(report["hardware"][name]["cycles_mean"].as_f64() > Some(0.0), "time passes");
        }
        assert_eq!(looks_like_nothing(row(&text, "one look")), None, "{settings:?}: {text}");
        let table = said("levers", settings, &["--markdown"]);
        for line in table.lines().filter(|line| line.starts_with("| ") && !line.contains("dataflow")) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            assert!(cells[3].parse::<f64>().is_ok_and(|energy| energy > 0.0), "{settings:?}: {line}");
        }
    }
}
