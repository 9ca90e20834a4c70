//! What the commands with `--out DIR` leave in a folder, whatever happens: the files of one run, whole.

mod common;
#[path = "common/said.rs"]
mod said;

use common::{SMALL, klr, small};
use klr_units::folder::RunFolder;
use klr_units::run::Digest;
use std::collections::BTreeMap;
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
        let message = said::said(&output);
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
    let message = said::said(&output);
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
    let message = said::said(&output);
    assert!(message.contains("plan.toml: it is in the way"), "{message}");
    assert_eq!(fs::read(folder.path().join("plan.toml")).expect("still there"), b"seed = 7\n");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing else");
}

/// Every command that writes several files into a folder: arguments for a run into `out`, and for another one.
fn writers(work: &Path, out: &Path) -> [(&'static str, [Vec<String>; 2]); 4] {
    let work = work.to_str().expect("a plain name");
    let into = |mut arguments: Vec<String>| {
        arguments.extend(["--out".to_owned(), out.to_str().expect("a plain name").to_owned()]);
        arguments
    };
    let seeds = |command: &str, more: &[&str]| {
        ["seed=1", "seed=2"].map(|seed| into(small(command, &[&["--set", seed], more].concat())))
    };
    let repro =
        |row: &str| into(["repro", "--quick", "--row", row, "--work", work].map(str::to_owned).to_vec());
    [
        ("sim", seeds("sim", &[])),
        ("trace", seeds("trace", &[])),
        ("analyse", seeds("analyse", &["--only", "overlap,fields"])),
        ("repro", [repro("6"), repro("1")]),
    ]
}

/// Names and bytes of the files of a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    entries.map(|entry| (name(&entry), fs::read(entry.path()).expect("a file"))).collect()
}

#[test]
fn every_command_refuses_a_folder_that_another_run_is_writing_into() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let held = RunFolder::open(&out).expect("free");
    for (command, [one, _]) in writers(&folder.path().join("work"), &out) {
        let output = klr(&one);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}: {message}");
        assert!(message.contains("out: another run of klr"), "{command}: {message}");
    }
    drop(held);
    assert!(!out.exists(), "nothing was written");
}

#[cfg(target_os = "linux")]
#[test]
fn every_command_for_whose_files_there_is_no_room_leaves_the_earlier_run_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let work = folder.path().join("work");
    for (command, _) in writers(&work, folder.path()) {
        let out = folder.path().join(command);
        let spare = folder.path().join(format!("{command} elsewhere"));
        let of_command = |out: &Path| {
            let all = writers(&work, out);
            all.into_iter().find(|writer| writer.0 == command).expect("it is one of them").1
        };
        let [one, other] = of_command(&out);
        assert!(klr(&one).status.success(), "{command}: the first run");
        // What the second one works out is there, so that it is in this folder that there is no room.
        assert!(klr(&of_command(&spare)[1]).status.success(), "{command}: the second run elsewhere");
        let before = contents(&out);
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_klr")]);
        let output = shell.args(&other).output().expect("the binary runs");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}: {message}");
        assert!(message.contains(&format!("/{command}/")), "{command}: {message}");
        assert!(before == contents(&out), "{command}: the earlier run is as it was");
        assert!(klr(&other).status.success(), "{command}: with room again");
        let (after, elsewhere) = (contents(&out), contents(&spare));
        let names: Vec<&String> = after.keys().collect();
        assert_eq!(
            names,
            elsewhere.keys().collect::<Vec<_>>(),
            "{command}: nothing of the earlier run is left"
        );
        for (name, bytes) in after.iter().filter(|file| file.0 != "timing.json") {
            assert!(bytes == &elsewhere[name], "{command}: {name} is of the run");
        }
    }
}

/// Figures say the run that they are of, as the record of their folder does.
#[test]
fn figures_name_their_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (command, [one, _]) in writers(&folder.path().join("work"), &folder.path().join("out")) {
        if !["analyse", "repro"].contains(&command) {
            continue;
        }
        let output = klr(&one);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let files = contents(&folder.path().join("out"));
        let record: serde_json::Value = serde_json::from_slice(&files["run.json"]).expect("JSON");
        let runs = record["runs"].as_array().expect("runs");
        let run = runs.iter().find(|run| run["command"] == command).expect("the command is recorded");
        let line = format!("klr {}, plan {}, seed {}", text(&run["klr"]), text(&run["plan"]), run["seed"]);
        let listed = run["files"].as_object().expect("files");
        let ends = |ending: &str| listed.keys().filter(|name| name.ends_with(ending)).count();
        assert!(ends(".svg") > 0 && ends(".svg") == ends(".png") && ends(".svg") == ends(".csv"), "{run}");
        for (name, digest) in listed {
            assert_eq!(text(digest), Digest::of(&files[name]).to_string(), "{command}: {name}");
            let says = files[name].windows(line.len()).any(|bytes| bytes == line.as_bytes());
            let has_a_place = name.ends_with(".svg") || name.ends_with(".png");
            assert!(says || !has_a_place, "{command}: {name} names no run");
        }
        if command == "analyse" {
            let numbers: serde_json::Value = serde_json::from_slice(&files["analysis.json"]).expect("JSON");
            assert_eq!(numbers["run"]["plan"], run["plan"], "analysis.json");
        }
    }
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().expect("a text")
}

/// `klr sim` and `klr trace` have one writer of text traces, header and all.
#[test]
fn the_trace_of_a_run_is_the_file_that_the_trace_command_writes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (out, traced) = (folder.path().join("run"), folder.path().join("traced"));
    let plan = ["--set", "core.clock_mhz=75", "--set", "retrieval.dataflows=[\"delta\", \"sweep\"]"];
    let written = |command: &str, more: &[&str], out: &Path, name: &str| {
        let out_option = ["--out", out.to_str().expect("a plain name")];
        let output = klr(&small(command, &[&plan, more, &out_option].concat()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(out.join(name)).expect("a text trace")
    };
    let of_run = written("sim", &[], &out, "trace.sweep.txt");
    let more = ["--dataflow", "sweep", "--format", "text"];
    assert_eq!(of_run, written("trace", &more, &traced, "trace.sweep.cue0.txt"));
    let header: Vec<&str> = of_run.lines().take_while(|line| line.starts_with('#')).collect();
    assert_eq!(header[0], "# klr text trace, version 1");
    assert_eq!(header[2..5], ["# dataflow: sweep", "# cue: 0", "# clock: 75 MHz"], "{header:?}");
}
