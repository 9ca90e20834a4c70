//! Does a folder hold one whole run of klr, and what is not klr's, whatever is in the way?

use klr_units::folder::{Earlier, FolderError, RECORD, RunFolder};
use klr_units::{Digest, RunId};
use std::fs;
use std::path::Path;

fn run(name: &str) -> RunId {
    RunId::new(Digest::of(name.as_bytes()), 1)
}

fn staged(at: &Path, files: &[(&str, &str)]) -> RunFolder {
    let mut opened = RunFolder::open(at).expect("free");
    for (name, text) in files {
        opened.stage(name, text.as_bytes()).expect("room for it");
    }
    opened
}

fn commit(at: &Path, files: &[(&str, &str)], id: &str) -> Result<(), FolderError> {
    staged(at, files).commit("sim", &run(id), Earlier::Removed)
}

fn text(at: &Path, name: &str) -> String {
    fs::read_to_string(at.join(name)).expect("a text")
}

/// The digest that the record of `at` has of `name`, as the one run in it says.
fn recorded(at: &Path, name: &str) -> serde_json::Value {
    let record: serde_json::Value = serde_json::from_str(&text(at, RECORD)).expect("a record");
    record["runs"][0]["files"].as_object().expect("files by name").get(name).expect("it is recorded").clone()
}

#[test]
fn a_file_that_differs_between_two_runs_is_recorded_without_a_digest() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let mut opened = staged(at, &[("report.json", "1")]);
    opened.stage_varying("seconds.json", b"0.5").expect("room for it");
    opened.commit("sim", &run("1"), Earlier::Removed).expect("nothing is in the way");
    assert_eq!(text(at, "seconds.json"), "0.5", "it is there");
    assert_eq!(recorded(at, "seconds.json"), serde_json::Value::Null, "without a digest");
    // As `printf 1 | sha256sum` prints it.
    let one = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
    assert_eq!(recorded(at, "report.json"), one, "beside one with its digest");
}

/// Files of a folder without a record are klr's if there is a report of klr, and only then.
#[test]
fn what_is_somebody_elses_stays_with_a_record_and_without() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let report = ("report.json", "{ \"schema\": \"klr-0\" }");
    let refused = |at: &Path| {
        let error = commit(at, &[("a", "2"), report], "2").expect_err("in the way").to_string();
        assert!(error.contains("/a: it is in the way"), "{error}");
        assert_eq!(text(at, "a"), "mine", "as it was");
    };
    fs::write(at.join("a"), "mine").expect("a folder");
    refused(at);
    commit(at, &[report], "1").expect("nothing is in the way");
    refused(at);
    fs::remove_file(at.join(RECORD)).expect("a run has written it");
    commit(at, &[("a", "2"), report], "2").expect("of a klr that had no records");
    assert_eq!(text(at, "a"), "2");
}

/// Where links cannot be turned, the files are renamed one after another: here a folder has the name of the second names.
#[test]
fn what_hinders_links_does_not_hinder_the_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    commit(at, &[("a", "1"), ("b", "1")], "1").expect("nothing is in the way");
    let opened = staged(at, &[("a", "2"), ("c", "2")]);
    fs::create_dir(at.join(".klr-run/old")).expect("a run is being written");
    fs::write(at.join(".klr-run/old/a"), "torn").expect("just made");
    opened.commit("sim", &run("2"), Earlier::Removed).expect("renamed one after another");
    assert_eq!((text(at, "a"), text(at, "c")), ("2".to_owned(), "2".to_owned()), "the new run");
    assert!(!at.join("b").exists() && !at.join(".klr-run").exists(), "and nothing else");
}

#[test]
fn a_run_that_cannot_be_put_in_place_leaves_the_earlier_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    commit(at, &[("a", "1"), ("b", "1")], "1").expect("nothing is in the way");
    let record = text(at, RECORD);
    let opened = staged(at, &[("a", "2"), ("c", "2")]);
    // Neither a link nor a list can be made here.
    fs::create_dir(at.join(".klr-run/next")).expect("a run is being written");
    let error = opened.commit("sim", &run("2"), Earlier::Removed).expect_err("no way is left").to_string();
    assert!(error.contains("failed to write into"), "{error}");
    assert_eq!((text(at, "a"), text(at, "b")), ("1".to_owned(), "1".to_owned()), "the earlier run");
    assert_eq!(text(at, RECORD), record, "and its record");
    assert!(!at.join("c").exists() && !at.join(".klr-run").exists(), "nothing of the new one");
    let plain = |name: &str| at.join(name).symlink_metadata().expect("it is there").is_file();
    assert!(plain("a") && plain("b"), "no link is left");
}

#[test]
fn a_record_that_cannot_be_read_is_told_and_nothing_is_replaced() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    fs::create_dir(at.join(RECORD)).expect("a folder");
    let error = commit(at, &[("a", "1")], "1").expect_err("no record, and not none either").to_string();
    assert!(error.contains("/run.json: failed to read"), "{error}");
    assert!(!at.join("a").exists() && at.join(RECORD).is_dir(), "as it was");
}

/// Files of the same run that are not written again: a command that writes all at once has no use for them.
#[test]
fn earlier_files_of_a_command_stay_for_the_same_run_alone_and_if_it_says_so() {
    let left = |second: &str, earlier: Earlier| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path();
        commit(at, &[("a", "1"), ("b", "1")], "1").expect("nothing is in the way");
        let opened = staged(at, &[("a", "2")]);
        opened.commit("sim", &run(second), earlier).expect("nothing is in the way");
        at.join("b").exists()
    };
    assert!(left("1", Earlier::Kept), "the same run, which adds to its files");
    assert!(!left("1", Earlier::Removed), "the same run, written whole");
    assert!(!left("2", Earlier::Kept), "another run");
    assert!(!left("2", Earlier::Removed), "another run, written whole");
}
