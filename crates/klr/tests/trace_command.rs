//! Does `klr trace` write what it was asked for, and nothing where it cannot?

use std::process::{Command, Output};

const TINY: &[&str] = &[
    "patterns.n=20",
    "patterns.p=30",
    "retrieval.cues=4",
    "model.training=none",
    "model.gamma=0.2",
    "core.distance_lanes=8",
    "core.mac_lanes=4",
];

/// `klr trace` on a tiny plan.
fn klr(arguments: &[&str], out: &std::path::Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klr"));
    command.arg("trace").args(TINY.iter().flat_map(|setting| ["--set", setting]));
    command.args(arguments).arg("--out").arg(out).output().unwrap()
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_command_writes_what_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new");
    let run = klr(&["--dataflow", "sweep", "--cue", "2", "--format", "perfetto,text"], &out);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(
        names(&out),
        ["run.json", "trace.sweep.cue2.perfetto.json", "trace.sweep.cue2.txt"],
        "two formats"
    );
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(said.starts_with("sweep, cue 2: "), "{said}");

    let run = klr(&[], &out);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let delta = ["fst", "gtkw", "perfetto.json", "txt"].map(|ending| format!("trace.delta.cue0.{ending}"));
    assert_eq!(names(&out)[1..5], delta, "text, waveform and timeline of delta unless told otherwise");
}

#[test]
fn a_request_that_cannot_be_met_ends_with_code_2_and_leaves_nothing() {
    let cases: [(&[&str], &str); 5] = [
        (&["--cue", "4"], "klr: cue 4: the plan has the cues 0 to 3\n"),
        (&["--cue", "-1"], "unexpected argument '-1' found"),
        (&["--cue", "many"], "invalid value 'many' for '--cue <INDEX>'"),
        (&["--format", "text,vcd"], "invalid value 'vcd' for '--format <FORMATS>'"),
        (&["--dataflow", "spiral"], "invalid value 'spiral' for '--dataflow <NAME>'"),
    ];
    for (arguments, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        let run = klr(arguments, folder.path());
        let said = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert!(run.stdout.is_empty(), "{arguments:?} wrote a result");
        assert_eq!(names(folder.path()), [""; 0], "{arguments:?} left files");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let run = klr(&[], &file.join("below"));
    let said = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{said}");
    assert!(said.starts_with("klr: ") && said.replace("\n     ", " ").contains("failed to create"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "in the way", "what was there is as it was");
}
