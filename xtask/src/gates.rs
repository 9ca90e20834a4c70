//! `cargo xtask gates`: energies of the core's logic from netlists in cell libraries, `klr rtl gates` built with optimisation.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::{klr, process};

const USAGE: &str = "Usage: cargo xtask gates --liberty FILE... [ARGS of `klr rtl gates`]\n";

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    if arguments.is_empty() {
        process::tell(USAGE);
        return ExitCode::from(2);
    }
    klr::klr(&with_command(arguments))
}

fn with_command(arguments: &[OsString]) -> Vec<OsString> {
    ["rtl", "gates"].map(OsString::from).into_iter().chain(arguments.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_reach_klr() {
        let words = with_command(&["--liberty".into(), "a.lib".into()]);
        assert_eq!(words, ["rtl", "gates", "--liberty", "a.lib"]);
    }
}
