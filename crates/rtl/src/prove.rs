//! Bounded proofs: that no image, cue or setting of a small core breaks a port, a credit or a queue within some cycles.
//!
//! `crates/rtl/hdl/proof.sv` leaves everything that may differ to the solver, the contents of the memories included; the
//! units hold the assertions. The solver is the one inside yosys (`sat`), so nothing else has to be installed.

use crate::shape::Shape;
use crate::sources::{DESIGN, PROOF};
use crate::synthesis::{SynthesisError, parameters_of, write, yosys};
use std::path::Path;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// No assertion fails within so many cycles.
    Holds,
    /// The situation comes about within so many cycles: its name behind `REACH_` in the design. A proof means something
    /// where it does.
    Reached(&'static str),
}

/// Whether it is so, within `cycles` from the reset on.
///
/// # Errors
/// [`SynthesisError`] if yosys is missing or does not come to an end, or a file cannot be written.
pub fn ask(question: Question, shape: &Shape, cycles: u32, folder: &Path) -> Result<bool, SynthesisError> {
    write(folder, DESIGN.iter().chain(&[PROOF]))?;
    let (define, if_none_fails) = match question {
        Question::Holds => ("PROVE".to_owned(), true),
        Question::Reached(what) => (format!("REACH_{what}"), false),
    };
    let names: Vec<&str> = DESIGN.iter().chain(&[PROOF]).map(|file| file.0).collect();
    let script = format!(
        "read_verilog -sv -formal -D {define} {}; chparam{} proof; hierarchy -top proof; proc; flatten; opt -full; \
         memory; opt -full; opt_clean -purge; setundef -undriven -anyseq; opt_clean; \
         sat -tempinduct-baseonly -maxsteps {cycles} -prove-asserts -set-assumes proof",
        names.join(" "),
        parameters_of(PROOF.1, shape),
    );
    let said = yosys(&script, folder, "proof")?;
    if said.contains("Import proof for assert") && said.contains("SUCCESS!") {
        Ok(if_none_fails)
    } else if said.contains("model found for base case: FAIL!") {
        Ok(!if_none_fails)
    } else {
        Err(SynthesisError::refused("proof", &said))
    }
}
