//! Does `klr repro` go on where it was stopped, at any number of threads, and refuse what it cannot read?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

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

    let refused = klr(&arguments(&[25], &work, &out, "1"));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(
        (refused.status.code(), message.trim()),
        (Some(2), "klr: there is no row 25; rows are 1 to 24")
    );
}

#[test]
fn rows_that_are_not_computed_now_stay_only_if_they_are_to_be_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (work, out) = (folder.path().join("work"), folder.path().join("out"));
    let rows = || -> Vec<u64> {
        let text = fs::read_to_string(out.join("table.json")).expect("a table");
        let table: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        table["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["row"].as_u64().expect("a number"))
            .collect()
    };
    let run = |row: u8, keep: bool| {
        let mut all = arguments(&[row], &work, &out, "1");
        all.extend(keep.then(|| "--keep".to_owned()));
        klr(&all)
    };
    // Figures by the digest of the run that they are recorded under.
    let figures = || -> BTreeMap<String, Vec<String>> {
        let text = fs::read_to_string(out.join("run.json")).expect("a record");
        let record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let runs = record["runs"].as_array().expect("runs").iter();
        let names = |run: &serde_json::Value| -> Vec<String> {
            let files = run["files"].as_object().expect("files");
            files.keys().filter(|name| name.ends_with(".svg")).cloned().collect()
        };
        runs.map(|run| (run["plan"].to_string(), names(run))).collect()
    };
    assert!(run(6, true).status.success(), "an empty folder has nothing to keep");
    let first = figures();
    let (of, names) = first.iter().next().expect("a run");
    assert!(first.len() == 1 && !names.is_empty(), "{first:?}");
    let drawn = fs::read(out.join(&names[0])).expect("a figure");
    assert!(run(1, true).status.success());
    assert_eq!(rows(), [1, 6], "in their order");
    assert_eq!(figures(), first, "of the same program, scale and seed: one run");
    // As if the row had been computed by another program.
    let table = fs::read_to_string(out.join("table.json")).expect("a table");
    fs::write(out.join("table.json"), table.replace("\"seed\": 1", "\"seed\": 2")).expect("written");
    let record = fs::read_to_string(out.join("run.json")).expect("a record");
    fs::write(out.join("run.json"), record.replace(of.trim_matches('"'), "another")).expect("written");
    assert!(run(1, true).status.success());
    assert_eq!(figures().get("\"another\""), Some(names), "a figure that is kept stays of its run");
    assert_eq!(fs::read(out.join(&names[0])).expect("a figure"), drawn, "to the byte");
    assert!(run(1, false).status.success());
    assert_eq!(rows(), [1], "a table is that of its run");
    assert!(!out.join(&names[0]).exists(), "and so are the figures");
    fs::write(out.join("table.json"), "{\"schema\": \"klr-reproduction-1\"}")
        .expect("the folder is writable");
    let refused = run(4, true);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{message}");
    assert!(message.contains("table.json") && message.contains("klr-reproduction-1"), "{message}");
}
