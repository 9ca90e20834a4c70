//! Energies of the core's logic from gates: operations as netlists in a cell library, driven with operands of a retrieval.
//!
//! | to find | look in |
//! |---|---|
//! | the reader of a library, and what its figures mean | [`liberty`], [`library`] |
//! | the netlist, and its simulation clock by clock | [`netlist`], [`simulate`] |
//! | the operations, and the operands that a retrieval brings to them | [`operations`], [`operands`] |
//!
//! What is counted and what is assumed: [`simulate`]. What came out: `docs/results/2026-11-28-gates.md`.

pub mod function;
pub mod liberty;
pub mod library;
pub mod mapping;
pub mod netlist;
pub mod operands;
pub mod operations;
pub mod report;
pub mod simulate;
pub mod table;

use crate::synthesis::SynthesisError;
use std::io::Read;
use std::path::Path;

/// Why there are no figures from gates.
#[derive(Debug, thiserror::Error)]
pub enum GatesError {
    /// The library.
    #[error(transparent)]
    Liberty(#[from] liberty::LibertyError),
    /// yosys, or a file for it.
    #[error(transparent)]
    Synthesis(#[from] SynthesisError),
    /// What yosys wrote.
    #[error(transparent)]
    Netlist(#[from] netlist::NetlistError),
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The library lacks a cell that figures are given in.
    #[error("{library} has no {what}")]
    NoCell {
        /// The library.
        library: String,
        /// What it lacks.
        what: &'static str,
    },
    /// The retrieval performs none of an operation.
    #[error("the retrieval has no operands for {operation} ({stream}); choose a cue that flips neurons")]
    NoEvents {
        /// The operation.
        operation: &'static str,
        /// The stream.
        stream: &'static str,
    },
}

/// The text of a library, unpacked if its name ends in `.gz`.
///
/// # Errors
/// [`GatesError::File`] if it cannot be read.
pub fn library_text(path: &Path) -> Result<String, GatesError> {
    let file = |source| GatesError::File { path: path.display().to_string(), source };
    let bytes = std::fs::read(path).map_err(file)?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).map_err(file)?;
    } else {
        text = String::from_utf8(bytes).map_err(|error| file(std::io::Error::other(error)))?;
    }
    Ok(text)
}
