//! `cargo xtask sim`, `cargo xtask compare` and `cargo xtask klr`: the project's program, built with optimisation.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::{build, process};

/// `klr sim ARGS`, the command used every day.
pub(crate) fn sim(arguments: &[OsString]) -> ExitCode {
    named("sim", arguments)
}

/// `klr compare ARGS`.
pub(crate) fn compare(arguments: &[OsString]) -> ExitCode {
    named("compare", arguments)
}

/// `klr sweep ARGS`.
pub(crate) fn sweep(arguments: &[OsString]) -> ExitCode {
    named("sweep", arguments)
}

fn named(command: &str, arguments: &[OsString]) -> ExitCode {
    let mut with_command = vec![OsString::from(command)];
    with_command.extend_from_slice(arguments);
    klr(&with_command)
}

/// `klr ARGS`.
pub(crate) fn klr(arguments: &[OsString]) -> ExitCode {
    match build::build("klr (release)", &mut cargo("build")) {
        // What is built starts without a word of cargo, so that a log holds only the program's.
        0 => process::replace(&mut command(arguments)),
        code => ExitCode::from(code),
    }
}

/// Cargo, to build the program or to run it.
fn cargo(command: &str) -> Command {
    let mut cargo = process::cargo();
    cargo.args([command, "--release", "--manifest-path"]).arg(process::root().join("Cargo.toml"));
    cargo.args(["-p", "klr", "--bin", "klr"]);
    cargo
}

/// The working directory stays the caller's, so that the plans and reports named in the arguments are found from there.
fn command(arguments: &[OsString]) -> Command {
    let mut command = cargo("run");
    command.args(["--quiet", "--"]).args(arguments);
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
        assert!(words.starts_with(&["run", "--release"]), "{words:?}");
        assert!(words.ends_with(&["--bin", "klr", "--quiet", "--", "sim", "--seed", "7"]), "{words:?}");
    }
}
