//! Sweeps end to end: what a point gives is what a run of its plan gives, however the sweep was cut, killed and put
//! together again.

use klr_energy::Cost;
use klr_experiments::pipeline::{self, NoProgress};
use klr_experiments::plan;
use klr_sweep::{Retry, Shard, Store, Summary, Sweep, SweepError, run, table};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Small memories, cores that fit and one that does not.
const SWEEP: &str = r#"
[patterns]
n = 24
p = 12

[retrieval]
cues = 6

[sweep]
model.gamma = [0.1, 0.3]
quantize.weight_bits = { from = 2, to = 6, step = 4 }
core.distance_slices = { from = 1, to = 2, factor = 2 }
core.pattern_bytes = ["auto", 8]
"#;

struct Case {
    folder: TempDir,
    file: PathBuf,
}

impl Case {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("sweep.toml");
        fs::write(&file, text).expect("written");
        Self { folder, file }
    }

    fn load(&self) -> Result<Sweep, SweepError> {
        Sweep::load(self.file.to_str().expect("Unicode"), &[])
    }

    fn sweep(&self) -> Sweep {
        self.load().expect("a sweep")
    }

    fn store(&self, name: &str, sweep: &Sweep) -> Store {
        Store::open(&self.folder.path().join(name), sweep).expect("a folder for points")
    }
}

fn ran(sweep: &Sweep, store: &Store, shard: &str, retry: Retry) -> Summary {
    let shard: Shard = shard.parse().expect("a part");
    run(sweep, store, shard, retry, 2, &NoProgress).expect("points can be kept")
}

fn bytes(sweep: &Sweep, stores: &[&Store]) -> (Vec<u8>, Vec<u8>) {
    let table = table(sweep, stores).expect("no point is missing");
    (table.csv().expect("a table"), table.parquet().expect("a table"))
}

/// Rows of a table by the names of its columns.
fn rows(csv: &[u8]) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv);
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn message(case: &str) -> String {
    Case::new(case).load().expect_err("refused").to_string()
}

#[test]
fn a_row_is_what_a_run_of_its_plan_gives() {
    let case = Case::new(SWEEP);
    let sweep = case.sweep();
    let store = case.store("out", &sweep);
    let summary = ran(&sweep, &store, "1/1", Retry::Nothing);
    assert_eq!((summary.points, summary.own, summary.run, summary.missing), (16, 16, 16, 0));
    let (csv, _) = bytes(&sweep, &[&store]);
    let rows = rows(&csv);
    assert_eq!(
        rows.len(),
        8 * 3 + 8,
        "three dataflows of a point that fits, one row of a point that does not"
    );
    let mut rows = rows.iter();
    for point in sweep.points() {
        let source = sweep.source(point).expect("a plan");
        let plan = plan::resolve(&source).expect("every point resolves");
        match pipeline::run(&plan, 1, &NoProgress) {
            Ok(run) => {
                for hardware in &run.hardware {
                    let row = rows.next().expect("a row of each dataflow");
                    let cues = run.recall.cues as f64;
                    let Cost::Known(total) = hardware.ledger.total() else { panic!("all is priced") };
                    let expected = [
                        ("status", "done".to_owned()),
                        ("dataflow", hardware.dataflow.name().to_owned()),
                        ("recall", number(hardware.hits as f64 / cues)),
                        ("recall_float_one_by_one", number(run.recall.float_async as f64 / cues)),
                        ("energy_nominal_pj", number(total.nominal().as_picojoules() / cues)),
                        ("cycles_mean", number(hardware.activity.cycles as f64 / cues)),
                        ("stored_patterns_kept", number(run.loss.stored_patterns_kept().expect("all"))),
                    ];
                    for (name, value) in expected {
                        assert_eq!(row[name], value, "{name} of {}", row["point"]);
                    }
                }
            }
            Err(error) => {
                let row = rows.next().expect("a row that says why");
                assert_eq!(row["status"], "failed");
                assert_eq!(row["error"], plan::locate(&source, error).to_string());
                assert_eq!(row["recall"], "", "nothing is known of it");
            }
        }
    }
}

fn number(value: f64) -> String {
    serde_json::Value::from(value).to_string()
}

#[test]
fn parts_of_any_number_give_the_bytes_of_the_whole() {
    let case = Case::new(SWEEP);
    let sweep = case.sweep();
    let whole = case.store("whole", &sweep);
    ran(&sweep, &whole, "1/1", Retry::Nothing);
    let expected = bytes(&sweep, &[&whole]);
    // Three parts, of which one is left out; then five, into folders of their own.
    let [first, second] = ["first", "second"].map(|name| case.store(name, &sweep));
    let two: usize = ["1/3", "3/3"].map(|part| ran(&sweep, &first, part, Retry::Nothing).run).iter().sum();
    let missing = table(&sweep, &[&first]).expect_err("a third is missing").to_string();
    assert!(
        missing.starts_with(&format!("{} of 16 points are in none of the folders", 16 - two)),
        "{missing}"
    );
    for part in ["1/5", "2/5", "3/5", "4/5", "5/5"] {
        ran(&sweep, &second, part, Retry::Nothing);
    }
    assert_eq!(bytes(&sweep, &[&first, &second]), expected);
    assert_eq!(bytes(&sweep, &[&second, &first]), expected, "in any order");
}

#[test]
fn finished_points_are_never_run_again_and_broken_ones_are() {
    let case = Case::new(SWEEP);
    let sweep = case.sweep();
    let store = case.store("out", &sweep);
    ran(&sweep, &store, "1/1", Retry::Nothing);
    let expected = bytes(&sweep, &[&store]);
    assert_eq!(ran(&sweep, &store, "1/1", Retry::Nothing).run, 0, "all are finished");
    assert_eq!(ran(&sweep, &store, "1/1", Retry::Failed).run, 8, "the eight that failed");
    let file = |at: usize| store.path().join("points").join(format!("{}.json", sweep.points()[at].id()));
    let text = fs::read_to_string(file(0)).expect("a point");
    fs::write(file(0), &text[..text.len() / 2]).expect("cut off");
    fs::write(file(2), text.replace("\"recall\": ", "\"recall\": 1")).expect("that of another point");
    let other = fs::read_to_string(file(4)).expect("a point");
    fs::write(file(4), other.replacen(": 0.", ": 0.1", 1)).expect("a changed figure");
    fs::remove_file(file(6)).expect("removed");
    assert!(table(&sweep, &[&store]).is_err(), "they count as not run");
    assert_eq!(ran(&sweep, &store, "1/1", Retry::Nothing).run, 4);
    assert_eq!(bytes(&sweep, &[&store]), expected);
}

#[test]
fn a_folder_of_another_plan_is_refused_with_the_key_that_differs() {
    let case = Case::new(SWEEP);
    let sweep = case.sweep();
    drop(case.store("out", &sweep));
    let refused = |text: &str| {
        fs::write(&case.file, text).expect("written");
        Store::open(&case.folder.path().join("out"), &case.sweep()).expect_err("refused").to_string()
    };
    let error = refused(&SWEEP.replace("p = 12", "p = 13"));
    assert!(error.contains("patterns.p is 12 in this folder and 13 now"), "{error}");
    let error = refused(&SWEEP.replace("cues = 6", "cues = 6\nnoise = 0.25"));
    assert!(error.contains("retrieval.noise is 0.2 in this folder and 0.25 now"), "{error}");
    let error = refused(&SWEEP.replace("model.gamma = [0.1, 0.3]", ""));
    assert!(error.contains("model.gamma is swept in this folder and "), "{error}");
    // More values of what is swept are more points of the same sweep.
    fs::write(&case.file, SWEEP.replace("[0.1, 0.3]", "[0.1, 0.3, 0.5]")).expect("written");
    Store::open(&case.folder.path().join("out"), &case.sweep()).expect("the same plan");
    let description = case.folder.path().join("out").join("sweep.json");
    for (from, to, expected) in [
        ("\"klr\": \"", "\"klr\": \"9", "klr is 9"),
        ("\"generic-22nm\": \"", "\"generic-22nm\": \"9", "the price table generic-22nm is 9"),
    ] {
        let text = fs::read_to_string(&description).expect("a description");
        assert!(text.contains(from), "{text}");
        fs::write(&description, text.replacen(from, to, 1)).expect("written");
        let error =
            Store::open(&case.folder.path().join("out"), &case.sweep()).expect_err("refused").to_string();
        assert!(error.contains(expected), "{error}");
        fs::write(&description, text).expect("written");
    }
    fs::write(&description, "{").expect("written");
    let error = Store::open(&case.folder.path().join("out"), &case.sweep()).expect_err("refused").to_string();
    assert!(error.contains("sweep.json: not the description of a sweep: "), "{error}");
}

#[test]
fn points_are_combined_side_by_side_or_read_from_a_file() {
    let zip = "[sweep]\nmode = \"zip\"\nmodel.gamma = [0.1, 0.2, 0.3]\nseed = { from = 1, to = 3 }\n";
    let words = |case: &Case| -> Vec<String> {
        let sweep = case.sweep();
        let value = |source: &plan::PlanSource, key: &str| {
            source.entries().find(|(known, _)| *known == key).expect("a key").1.to_string()
        };
        let sources = sweep.points().iter().map(|point| sweep.source(point).expect("a plan"));
        sources
            .map(|source| format!("{} {}", value(&source, "seed"), value(&source, "model.gamma")))
            .collect()
    };
    assert_eq!(words(&Case::new(zip)), ["1 0.1", "2 0.2", "3 0.3"]);
    let file = Case::new("[sweep]\nfile = \"points.csv\"\n");
    let points = file.folder.path().join("points.csv");
    fs::write(&points, "seed, model.gamma\n7, 0.5\n7, 0.5\n8, auto\n").expect("written");
    assert_eq!(words(&file), ["7 0.5", "8 \"auto\""], "what is there twice is one point");
    for (text, expected) in [
        ("seed,seed\n1,2\n", "points.csv:1: the key seed stands there twice"),
        ("seed\n", "points.csv:1: there is no line with a point"),
        ("seed\n1\nx\n", "points.csv:3: seed is \"x\", a text; expected a whole number"),
        ("sead\n1\n", "points.csv:2: there is no key sead; the nearest is seed"),
        ("seed\n1,2\n", "points.csv:2: not comma-separated values: "),
    ] {
        fs::write(&points, text).expect("written");
        let error = file.load().expect_err("refused").to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}

#[test]
fn what_is_no_sweep_is_refused_with_its_line_and_what_is_allowed() {
    for (text, expected) in [
        ("seed = 1\n", "sweep.toml: no table [sweep]"),
        ("[sweep]\n", "sweep.toml: [sweep] names no key of the plan, and no file of points"),
        ("[sweep]\nmode = \"both\"\n", "sweep.toml:2: sweep.mode is \"both\"; allowed are grid, zip"),
        ("[sweep]\nseed = 3\n", "sweep.toml:2: sweep.seed is 3; allowed is a list of values, or a range"),
        ("[sweep]\nseed = []\n", "sweep.toml:2: sweep.seed is []; allowed is a list of values, or a range"),
        (
            "[sweep]\nseed = { from = 3, to = 1 }\n",
            "sweep.toml:2: sweep.seed is { from = 3, to = 1 }; allowed is",
        ),
        ("[sweep]\nsead = [1]\n", "sweep.toml:2: there is no key sead; the nearest is seed"),
        ("[sweep]\nseed = [1.5]\n", "sweep.toml:2: seed is 1.5, a number; expected a whole number"),
        (
            "[sweep]\nmode = \"zip\"\nseed = [1, 2]\nmodel.gamma = [0.1]\n",
            "sweep.toml:4: sweep.model.gamma has 1 values, and sweep.seed has 2",
        ),
        ("[sweep]\nfile = \"p.csv\"\nseed = [1]\n", "sweep.file is \""),
        ("[sweep]\nfile = 3\n", "sweep.toml:2: sweep.file is 3; allowed is the path of a file"),
        ("[sweep]\nfile = \"none.csv\"\n", "none.csv: failed to read"),
        (
            "[sweep]\nseed = { from = 1, to = 60000 }\npatterns.p = { from = 1, to = 60000 }\n",
            "sweep.toml: 3600000000 points; allowed are 1000000",
        ),
        ("[core]\nlanes = 3\n[sweep]\nseed = [1]\n", "sweep.toml:2: there is no key core.lanes"),
        ("[sweep]\nmodel.gamma = [0.1]\n\"model.gamma\" = [0.2]\n", "it has its values from line 2"),
    ] {
        let error = message(text);
        assert!(error.contains(expected), "{text:?}: {error}");
    }
    for text in ["0/3", "4/3", "1", "a/b", "1/0", "1/70000", "-1/3"] {
        let error = text.parse::<Shard>().expect_err("no part").to_string();
        assert!(error.starts_with(&format!("--shard {text}: allowed is K/N")), "{error}");
    }
    let case = Case::new(SWEEP);
    let error = Sweep::load(case.file.to_str().expect("Unicode"), &["model.gamma=0.1".to_owned()]);
    let error = error.expect_err("it is swept").to_string();
    assert!(error.starts_with("--set: model.gamma is swept (") && error.contains("sweep.toml:10"), "{error}");
    let none = Store::existing(Path::new("nowhere"), &case.sweep()).expect_err("none").to_string();
    assert_eq!(none, "nowhere: no sweep was run into this folder");
}
