//! What a cue costs in memory: results are folded and cues are made when they are asked for, so that many take no room.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// The most that a cue of 16 neurons may take, in bytes.
const PER_CUE: u64 = 200;

const FEW: u64 = 20_000;
const MANY: u64 = 200_000;

/// The largest resident set so far of a process, in bytes; `None` once it has ended.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| 1024 * kib)
}

/// The peak of `klr sim` with so many cues. What it held when it was last looked at is what counts: at the end it writes
/// one report, which does not grow with the cues.
fn peak_of(cues: u64, more: &[String]) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klr"));
    command.args(["sim", "--threads", "2"]);
    let cues = format!("retrieval.cues={cues}");
    let settings =
        ["patterns.n=16", "patterns.p=6", "model.training=none", "retrieval.dataflows=[\"delta\"]", &cues];
    for setting in settings.into_iter().chain(more.iter().map(String::as_str)) {
        command.args(["--set", setting]);
    }
    let mut child = command.stdout(Stdio::null()).spawn().expect("the binary of this package runs");
    let mut highest = 0;
    loop {
        highest = peak(&child).unwrap_or(0).max(highest);
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            assert!(status.success(), "{cues}: {status}");
            return highest;
        }
        sleep(Duration::from_millis(1));
    }
}

fn assert_cues_take_no_room(more: &[&str]) {
    let more: Vec<String> = more.iter().map(|&setting| setting.to_owned()).collect();
    let (few, many) = (peak_of(FEW, &more), peak_of(MANY, &more));
    assert!(few > 1 << 20, "a program takes a MiB: {few}");
    let per_cue = many.saturating_sub(few) / (MANY - FEW);
    assert!(per_cue <= PER_CUE, "{more:?}: {per_cue} bytes per cue ({few} and {many} bytes)");
}

#[test]
fn a_cue_of_the_plan_takes_no_room() {
    assert_cues_take_no_room(&[]);
}

#[test]
fn a_cue_takes_no_room_beside_other_memories() {
    assert_cues_take_no_room(&[
        "retrieval.baselines=[\"hebbian\", \"modern-hopfield\", \"crossbar-tiny-odin\"]",
    ]);
}
