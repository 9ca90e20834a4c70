//! What `klr sim --out` leaves in a folder, whatever happens: the files of one run, whole.

mod common;

use common::{SMALL, klr, small};
use klr_units::run::Digest;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// That every file in `folder` is the one its record speaks of; the seed of the run, by record, report and plan alike.
fn seed_of_the_whole_run(folder: &Path) -> u64 {
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let record: serde_json::Value = serde_json::from_slice(&read("run.json")).expect("the record is JSON");
    let runs = record["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1, "{record}");
    let files = runs[0]["files"].as_object().expect("files");
    for (name, digest) in files {
        let found = Digest::of(&read(name)).to_string();
        assert!(digest.as_str().is_none_or(|digest| digest == found), "{name} is of another run");
    }
    assert!(files["timing.json"].is_null() && files["report.json"].is_string(), "{record}");
    let seed = runs[0]["seed"].as_u64().expect("a seed");
    let report: serde_json::Value = serde_json::from_slice(&read("report.json")).expect("the report is JSON");
    assert_eq!(report["plan"]["seed"], seed, "report.json");
    let plan = String::from_utf8(read("plan.toml")).expect("the plan is text");
    assert!(
        plan.contains(&format!("seed {seed}\n")) && plan.contains(&format!("\nseed = {seed}\n")),
        "{plan}"
    );
    seed
}

fn seeded(seed: u64, out: &Path) -> Vec<String> {
    let out = out.to_str().expect("a plain name");
    small("sim", &["--set", &format!("seed={seed}"), "--out", out])
}

fn start(arguments: &[String]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klr"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs")
}

#[test]
fn runs_into_one_folder_at_once_leave_one_of_them_whole_and_refuse_the_others_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("same");
    let runs: Vec<Child> = (1..=12).map(|seed| start(&seeded(seed, &out))).collect();
    let mut done = Vec::new();
    for (seed, run) in (1..=12).zip(runs) {
        let output = run.wait_with_output().expect("it ends");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => done.push(seed),
            code => {
                assert_eq!(code, Some(2), "{message}");
                assert!(message.contains("same: another run of klr"), "{message}");
            }
        }
    }
    assert!(done.contains(&seed_of_the_whole_run(&out)), "done: {done:?}");
}

#[test]
fn a_killed_run_leaves_the_earlier_one_or_itself_and_the_next_clears_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    assert!(klr(&seeded(1, &out)).status.success(), "the first run");
    for kill in 0..20_u64 {
        let mut run = start(&seeded(2 + kill, &out));
        std::thread::sleep(Duration::from_millis(2 * kill));
        run.kill().expect("it is killed, or has ended");
        run.wait().expect("it has ended");
        let seed = seed_of_the_whole_run(&out);
        assert!(seed <= 2 + kill, "kill {kill}: seed {seed}");
    }
    assert!(klr(&seeded(99, &out)).status.success(), "a run after the kills");
    assert_eq!(seed_of_the_whole_run(&out), 99);
    let left = fs::read_dir(&out).expect("the folder").filter_map(Result::ok);
    let left: Vec<_> = left.filter(|entry| entry.file_name().to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_for_whose_files_there_is_no_room_leaves_the_earlier_one_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    assert!(klr(&seeded(1, &out)).status.success(), "the first run");
    // 20 blocks of 512 bytes: the image of the larger run does not fit.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_klr"), "sim"]);
    shell.args(SMALL).args(["--set", "patterns.p=600", "--set", "seed=2", "--out"]).arg(&out);
    let output = shell.output().expect("the binary runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("out/") && message.contains("failed to write"), "{message}");
    assert_eq!(seed_of_the_whole_run(&out), 1);
}

#[test]
fn a_file_that_klr_did_not_write_is_not_replaced() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("plan.toml"), "seed = 7\n").expect("a file");
    let output = klr(&seeded(1, folder.path()));
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("plan.toml: it is in the way"), "{message}");
    assert_eq!(fs::read(folder.path().join("plan.toml")).expect("still there"), b"seed = 7\n");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing else");
}
