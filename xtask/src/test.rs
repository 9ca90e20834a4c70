//! `cargo xtask test`: the test command that README.md names and that `cargo xtask ci` runs.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::process;

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    ExitCode::from(process::run(&mut command(arguments)))
}

/// Unit tests, integration tests and doc tests of every crate, unless the arguments choose a package.
pub(crate) fn command(arguments: &[OsString]) -> Command {
    let mut command = process::cargo();
    command.arg("test").current_dir(process::root());
    // Cargo would let --workspace win over -p, and run everything when one suite was asked for.
    if !names_a_package(arguments) {
        command.arg("--workspace");
    }
    command.args(arguments);
    command
}

fn names_a_package(arguments: &[OsString]) -> bool {
    let for_cargo =
        arguments.iter().map(|argument| argument.to_string_lossy()).take_while(|word| word != "--");
    for_cargo.into_iter().any(|word| word.starts_with("-p") || word.starts_with("--package"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        command(&arguments).get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_whole_workspace_is_tested() {
        assert_eq!(words(&[]), ["test", "--workspace"]);
        assert_eq!(words(&["--locked"]), ["test", "--workspace", "--locked"]);
        assert_eq!(words(&["--", "-p"]), ["test", "--workspace", "--", "-p"]);
    }

    #[test]
    fn one_package_can_be_chosen() {
        assert_eq!(
            words(&["-p", "klr-sim", "--test", "timing"]),
            ["test", "-p", "klr-sim", "--test", "timing"]
        );
        assert_eq!(words(&["--package=klr-sim"]), ["test", "--package=klr-sim"]);
    }
}
