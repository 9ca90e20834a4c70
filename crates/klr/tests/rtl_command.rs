//! Does `klr rtl` compare the retrievals of a plan, refuse what the RTL does not have, and export what simulates by itself?

#[path = "common/said.rs"]
mod said;

use said::said;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

/// The binary; building the core takes more memory and time than other commands are given.
fn klr(arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_klr")).args(arguments).env_remove("KLR_LOG").output().expect("it runs")
}

/// Settings of a plan that is trained and built in seconds.
const TINY: [&str; 5] =
    ["patterns.n=16", "patterns.p=6", "retrieval.cues=4", "core.preset=tiny", "quantize.weight_bits=4"];

fn has_verilator() -> bool {
    let there = Command::new("verilator").arg("--version").output().is_ok();
    if !there {
        let line =
            "\nnot tested: verilator is not on PATH; install it with `apt-get install verilator g++ make`\n";
        // Captured output would hide it.
        std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
    }
    there
}

/// Arguments of a command of two words.
fn rtl(command: &str, more: &[&str]) -> Vec<String> {
    let settings = TINY.iter().flat_map(|setting| ["--set", setting]);
    ["rtl", command].into_iter().chain(settings).chain(more.iter().copied()).map(str::to_owned).collect()
}

#[test]
fn the_retrievals_of_a_plan_agree_and_a_lever_without_rtl_is_refused_with_its_key() {
    if !has_verilator() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let work = folder.path().join("work");
    let work = work.to_str().expect("a plain name");
    let rows = [
        "--set",
        "core.sign_sharing=true",
        "--set",
        "core.pattern_order=row",
        "--set",
        "retrieval.dataflows=['synchronous']",
    ];
    let refused = klr(&rtl("check", &[&["--work", work], &rows[..]].concat()));
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("core.pattern_order is"), "{}", said(&refused));
    assert!(!Path::new(work).exists() && refused.stdout.is_empty(), "nothing is written");
    let output = klr(&rtl("check", &["--work", work, "--first", "2"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.starts_with("mismatches: 0 in 6 retrievals, ") && text.ends_with(" cycles\n"), "{text}");
}

#[test]
fn an_export_is_a_folder_that_make_alone_simulates() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("core");
    let name = out.to_str().expect("a plain name");
    let refused = klr(&rtl("export", &[name, "--cue", "99"]));
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(!out.exists(), "nothing is written");
    let output = klr(&rtl("export", &[name, "--dataflow", "sweep", "--cue", "1"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let readme = std::fs::read_to_string(out.join("README.md")).expect("a README");
    assert!(readme.contains("Made by klr ") && readme.contains("sweep, cue 1"), "{readme}");
    let record = std::fs::read_to_string(out.join("run.json")).expect("a record");
    assert!(record.contains("\"events.txt\""), "{record}");
    if has_verilator() {
        let made = Command::new("make").current_dir(&out).output().expect("make is there");
        let text = String::from_utf8_lossy(&made.stdout).into_owned();
        assert!(made.status.success(), "{text}{}", String::from_utf8_lossy(&made.stderr));
        assert!(text.lines().any(|line| line.starts_with("PASS: ")), "{text}");
    }
}
