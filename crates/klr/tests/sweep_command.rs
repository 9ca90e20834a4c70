//! Sweeps from the command line: killed at any moment, cut into parts, put together again.

#[path = "common/said.rs"]
mod said;

use said::said;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SWEEP: &str = r#"
[patterns]
n = 24
p = 12

[retrieval]
cues = 4

[sweep]
model.gamma = [0.1, 0.3]
quantize.weight_bits = [2, 4, 8]
core.distance_slices = { from = 1, to = 8, factor = 2 }
core.zero_skip = [false, true]
"#;

fn command(folder: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klr"));
    command.current_dir(folder).args(["sweep", "sweep.toml", "--out", out, "--threads", "1"]).args(more);
    command
}

fn klr(folder: &Path, out: &str, more: &[&str]) -> Output {
    command(folder, out, more).output().expect("klr starts")
}

fn tables(folder: &Path, out: &str) -> [Vec<u8>; 2] {
    ["sweep.csv", "sweep.parquet"].map(|name| fs::read(folder.join(out).join(name)).expect("a table"))
}

fn finished(folder: &Path, out: &str) -> usize {
    fs::read_dir(folder.join(out).join("points")).map_or(0, |points| {
        let is_point = |name: &str| name.len() == 64 + ".json".len() && name.ends_with(".json");
        points.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_point)).count()
    })
}

/// Killed at twenty moments, each a little later than the last, then cut into three and five parts: the bytes are those of a
/// sweep that nobody has disturbed.
#[test]
fn kills_and_parts_leave_no_trace_in_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("sweep.toml"), SWEEP).expect("written");
    let whole = klr(at, "whole", &[]);
    assert!(whole.status.success(), "{}", said(&whole));
    assert_eq!(finished(at, "whole"), 48);
    let mut unfinished = 0;
    for kill in 0..20_u64 {
        let mut child = command(at, "killed", &[]).stdout(Stdio::null()).spawn().expect("klr starts");
        std::thread::sleep(Duration::from_millis(3 * kill));
        child.kill().expect("it is killed, or has ended");
        child.wait().expect("it ends");
        let points = finished(at, "killed");
        unfinished += usize::from(points < 48);
        assert!(points < 48 || kill > 0, "the first kill comes at once");
    }
    assert!(unfinished > 0, "at least the first kill came before the end");
    for (out, parts) in
        [("killed", ["1/3", "2/3"].as_slice()), ("other", &["1/5", "2/5", "3/5", "4/5", "5/5"])]
    {
        for part in parts {
            let output = klr(at, out, &["--shard", part]);
            assert!(output.status.success(), "{}", said(&output));
        }
    }
    let merged = klr(at, "merged", &["--merge", "killed", "--merge", "other"]);
    assert!(merged.status.success(), "{}", said(&merged));
    assert_eq!(tables(at, "merged"), tables(at, "whole"), "of two folders");
    assert!(klr(at, "killed", &[]).status.success());
    assert_eq!(tables(at, "killed"), tables(at, "whole"), "of one");
    let rest: Vec<_> =
        fs::read_dir(at.join("killed")).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(
        rest.len(),
        4,
        "points, description and two tables, and nothing that a kill has left: {rest:?}"
    );
    assert_eq!(finished(at, "killed"), fs::read_dir(at.join("killed/points")).expect("points").count());
}

#[test]
fn what_cannot_be_swept_is_one_sentence_and_leaves_no_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("sweep.toml"), "[sweep]\nmodel.gama = [0.1]\n").expect("written");
    let output = klr(at, "out", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("sweep.toml:2: there is no key model.gama; the nearest is model.gamma"));
    fs::write(at.join("sweep.toml"), SWEEP).expect("written");
    for (more, expected) in [
        (["--shard", "0/3"], "--shard 0/3: allowed is K/N"),
        (["--merge", "nowhere"], "nowhere: no sweep was run into this folder"),
        (["--set", "model.gamma=0.2"], "--set: model.gamma is swept (sweep.toml:10)"),
    ] {
        let output = klr(at, "out", &more);
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
    assert!(!at.join("out").exists());
}
