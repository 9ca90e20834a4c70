//! Does `klr repro` hold every published row, go on where it was stopped, and draw what it says?

use klr_experiments::figure::Content;
use klr_experiments::pipeline::NoProgress;
use klr_experiments::repro::{self, Config, Scale, Verdict, rows};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

/// Rows whose quick run takes a second or two together.
const CHEAP: [u8; 4] = [1, 2, 4, 11];

fn config(work: &Path, rows: &[u8]) -> Config {
    Config { scale: Scale::Quick, seed: 1, rows: Some(rows.to_vec()), work: work.to_owned(), commit: None }
}

fn klr(arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klr"));
    command.args(arguments).env_remove("KLR_LOG").output().expect("the binary of this package runs")
}

/// Names and bytes of the files of a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries =
        fs::read_dir(folder).expect("the folder of a run").map(|entry| entry.expect("an entry").path());
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.map(|path| (name(&path), fs::read(&path).expect("a file"))).collect()
}

fn modified(folder: &Path) -> BTreeMap<String, SystemTime> {
    let entries = fs::read_dir(folder).expect("the work folder").map(|entry| entry.expect("an entry"));
    let entry = |e: fs::DirEntry| {
        let name = e.file_name().to_string_lossy().into_owned();
        // A file that is being renamed may be gone again.
        Some((name, e.metadata().ok()?.modified().ok()?))
    };
    entries.filter_map(entry).filter(|(name, _)| !name.starts_with('.')).collect()
}

fn arguments(rows: &[u8], work: &Path, out: &Path, threads: &str) -> Vec<String> {
    let mut all: Vec<String> = ["repro", "--quick", "--threads", threads].map(str::to_owned).to_vec();
    for row in rows {
        all.extend(["--row".to_owned(), row.to_string()]);
    }
    for (option, path) in [("--work", work), ("--out", out)] {
        all.extend([option.to_owned(), path.to_str().expect("a plain name").to_owned()]);
    }
    all
}

#[test]
fn the_table_has_rows_1_to_21_each_once() {
    let numbers: Vec<u8> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=21).collect::<Vec<u8>>());
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
    let run = repro::run(&config(work.path(), &CHEAP), NonZeroUsize::MIN, &NoProgress).expect("a run");
    let verdicts: Vec<(u8, &str)> =
        run.outcomes.iter().map(|o| (o.row.number, o.judged.verdict().name())).collect();
    assert_eq!(verdicts, [(1, "holds"), (2, "holds"), (4, "holds"), (11, "differs")]);
    let json: serde_json::Value = serde_json::from_str(&run.json()).expect("the table is JSON");
    let markdown = run.markdown();
    let listed = json["rows"].as_array().expect("rows");
    assert_eq!(listed.len(), CHEAP.len(), "one entry per row");
    for (row, outcome) in listed.iter().zip(&run.outcomes) {
        let number = outcome.row.number;
        assert_eq!(row["row"], number, "rows in order");
        let verdict = row["verdict"].as_str().expect("a verdict");
        let line = format!("| {number} | {} | {} | **{verdict}** |", outcome.row.what, outcome.row.source);
        assert!(markdown.contains(&line), "no line `{line}`");
        for (check, stored) in outcome.judged.checks.iter().zip(row["checks"].as_array().expect("checks")) {
            let line = markdown.lines().find(|line| line.starts_with(&format!("| {} |", check.quantity)));
            let line = line.unwrap_or_else(|| panic!("row {number}: no line for `{}`", check.quantity));
            let verdict = stored["verdict"].as_str().expect("a verdict");
            assert_eq!(check.verdict().name(), verdict, "row {number}, {}", check.quantity);
            assert!(line.contains(&format!("| {verdict}")), "row {number}: {line}");
            assert_eq!(stored["measured"].as_f64(), Some(check.measured.value), "{}", check.quantity);
            if let Verdict::Differs(why) = check.verdict() {
                assert!(
                    line.contains(&why) && stored["why"] == why.as_str(),
                    "row {number} says why: {line}"
                );
            }
        }
    }
}

#[test]
fn threads_and_a_kill_change_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let rows = [2, 6];
    let whole = klr(&arguments(&rows, &path("work"), &path("whole"), "1"));
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    let units = modified(&path("work")).len();
    assert!(units >= 20, "{units} units of work");

    let mut child = Command::new(env!("CARGO_BIN_EXE_klr"))
        .args(arguments(&rows, &path("cut"), &path("part"), "2"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary of this package runs");
    // Until a few units are there, or all of them: then it was too fast to be killed, which the second half survives too.
    while child.try_wait().expect("a child").is_none() {
        if path("cut").is_dir() && modified(&path("cut")).len() >= 3 {
            child.kill().expect("the child is ours");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let before = modified(&path("cut"));
    assert!(!before.is_empty(), "a few units were finished");

    let resumed = klr(&arguments(&rows, &path("cut"), &path("resumed"), "2"));
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    let after = modified(&path("cut"));
    assert_eq!(after.len(), units, "all units are there");
    for (name, time) in before {
        assert_eq!(after.get(&name), Some(&time), "{name} was not computed again");
    }
    let (one, other) = (contents(&path("whole")), contents(&path("resumed")));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "the same files");
    for (name, bytes) in &one {
        assert!(bytes == &other[name], "{name} differs");
    }
    assert!(one.contains_key("table.md") && one.contains_key("events-against-distance.png"));
    for (name, bytes) in contents(&path("work")) {
        assert!(bytes == contents(&path("cut"))[&name], "{name}: a unit does not depend on the threads");
    }
}

#[test]
fn a_damaged_result_and_an_unknown_row_are_refused_in_words() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (work, out) = (folder.path().join("work"), folder.path().join("out"));
    assert!(klr(&arguments(&[1], &work, &out, "1")).status.success(), "a whole run");
    let damaged =
        fs::read_dir(&work).expect("the work folder").next().expect("a unit").expect("an entry").path();
    let half = fs::read(&damaged).expect("a unit");
    fs::write(&damaged, &half[..half.len() / 2]).expect("the folder is writable");
    let refused = klr(&arguments(&[1], &work, &out, "1"));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{message}");
    let name = damaged.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(message.contains(&name) && message.contains("delete it"), "{message}");

    let refused = klr(&arguments(&[22], &work, &out, "1"));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(
        (refused.status.code(), message.trim()),
        (Some(2), "klr: there is no row 22; rows are 1 to 21")
    );
}

#[test]
fn figures_are_xml_and_their_pixels_are_not_blank() {
    let work = tempfile::tempdir().expect("a temporary folder");
    // Row 6 draws curves, row 20 a map.
    let run = repro::run(&config(work.path(), &[6, 20]), NonZeroUsize::MIN, &NoProgress).expect("a run");
    let figures: Vec<_> = run.figures().collect();
    assert_eq!(figures.len(), 2);
    assert!(
        figures.iter().any(|figure| matches!(figure.content, Content::Map { .. })),
        "a map is among them"
    );
    for figure in figures {
        let svg = figure.svg();
        let document = roxmltree::Document::parse(&svg).expect("a figure is XML");
        let texts: Vec<&str> =
            document.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
        for label in [&figure.title, &figure.x.label, &figure.y.label] {
            assert!(texts.contains(&label.as_str()), "{}: `{label}` is written", figure.name);
        }
        let png = figure.png().expect("memory for a page");
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
