//! Units of work: each a pure function of its parameters, small enough to be lost.
//!
//! The content of this file and of the folder beside it is part of the name of every stored result
//! (`crates/experiments/build.rs`): change it, and all is computed anew.

mod baseline;
mod energy;
mod gradient;
mod morphing;
mod path;
mod phase;
mod retrieval;
mod sequence;
mod weights;

pub(crate) use baseline::{COMPARED, Classical, Comparison, Separable, StoredPatterns};
pub(crate) use energy::EnergyDescent;
pub(crate) use gradient::{GradientCheck, Spectrum};
pub(crate) use morphing::{Morphing, PLACES};
pub(crate) use path::{Paths, Way};
pub(crate) use phase::PhaseAt;
pub(crate) use retrieval::{OVERLAP_STEPS, Retrievals, level};
pub(crate) use sequence::{Sequence, Solver};
pub(crate) use weights::{BITS, PRUNED, Weights};

use super::record::Record;
use crate::error::Error;
use std::collections::BTreeMap;

/// A unit of work.
pub(crate) trait Work: Sync {
    /// All parameters in words, beginning with the kind of work.
    fn key(&self) -> String;

    /// Does it.
    ///
    /// # Errors
    /// [`Error`] if the model refuses the parameters.
    fn run(&self) -> Result<Record, Error>;
}

/// What all units gave.
#[derive(Debug)]
pub(crate) struct Results {
    records: BTreeMap<String, Record>,
}

impl Results {
    pub(crate) const fn new(records: BTreeMap<String, Record>) -> Self {
        Self { records }
    }

    /// The record of a unit.
    ///
    /// # Errors
    /// [`Error::Reproduction`] if the row did not ask for the unit.
    pub(crate) fn of(&self, unit: &dyn Work) -> Result<&Record, Error> {
        let key = unit.key();
        let missing = || Error::Reproduction(format!("no row asked for `{key}`"));
        self.records.get(&key).ok_or_else(missing)
    }
}

/// An error of the model, with the unit that met it.
pub(crate) fn refused(unit: &dyn Work, error: impl std::fmt::Display) -> Error {
    Error::Reproduction(format!("{}: {error}", unit.key()))
}

/// What a flag counts for.
pub(crate) fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}
