//! The `klr` binary, run as a user runs it.

use std::process::{Command, Output};

/// Settings that make a run take milliseconds.
pub(crate) const SMALL: [&str; 6] =
    ["--set", "patterns.n=16", "--set", "patterns.p=6", "--set", "retrieval.cues=4"];

/// Runs the binary. Whoever asks for too much memory or time is stopped, and then has no exit code.
pub(crate) fn klr(arguments: &[String]) -> Output {
    klr_within(3_000_000, 60, arguments)
}

/// As [`klr`], with at most `kib` KiB of memory and `seconds` of computing.
pub(crate) fn klr_within(kib: u64, seconds: u64, arguments: &[String]) -> Output {
    let binary = env!("CARGO_BIN_EXE_klr");
    let mut command = if cfg!(target_os = "linux") {
        let mut shell = Command::new("sh");
        let limited = format!("ulimit -v {kib} && ulimit -t {seconds} && exec \"$0\" \"$@\"");
        shell.args(["-c", &limited, binary]);
        shell
    } else {
        Command::new(binary)
    };
    command.args(arguments).env_remove("KLR_LOG").output().expect("the binary of this package runs")
}

/// `small` settings after `command`, then `more`.
pub(crate) fn small(command: &str, more: &[&str]) -> Vec<String> {
    std::iter::once(command).chain(SMALL).chain(more.iter().copied()).map(ToOwned::to_owned).collect()
}
