//! `cargo xtask sim` and `cargo xtask klr`: the project's program, built with optimisation.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr};
use std::process::{Command, ExitCode};

use crate::process;

/// `klr sim ARGS`, the command used every day.
pub(crate) fn sim(arguments: &[OsString]) -> ExitCode {
    let mut with_command = vec![OsString::from("sim")];
    with_command.extend_from_slice(arguments);
    klr(&with_command)
}

/// `klr ARGS`.
pub(crate) fn klr(arguments: &[OsString]) -> ExitCode {
    // Cargo is silent here so that a log holds only the simulator's words; a person still learns what a pause is.
    if stderr().is_terminal() {
        process::tell(format_args!("building (release)...\n"));
    }
    process::replace(&mut command(arguments))
}

/// The working directory stays the caller's, so that the plans and reports named in the arguments are found from there.
fn command(arguments: &[OsString]) -> Command {
    let mut command = process::cargo();
    command.args(["run", "--release", "--quiet", "--manifest-path"]).arg(process::root().join("Cargo.toml"));
    command.args(["-p", "klr", "--bin", "klr", "--"]).args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_reach_klr_as_they_were_written() {
        let command = command(&["sim".into(), "--seed".into(), "7".into()]);
        let written: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        let words: Vec<&str> = written.iter().map(AsRef::as_ref).collect();
        assert!(words.starts_with(&["run", "--release", "--quiet"]), "{words:?}");
        assert!(words.ends_with(&["--bin", "klr", "--", "sim", "--seed", "7"]), "{words:?}");
    }
}
