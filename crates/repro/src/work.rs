//! Units of work: each a pure function of its parameters, small enough to be lost.
//!
//! The content of this file and of the folder beside it is part of the name of every stored result
//! (`crates/repro/build.rs`): change it, and all is computed anew.

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
use klr_model::{FitReport, Kernel, KlrModel, PatternSet, Stream, Streams, TrainConfig, train};
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

/// Pattern set `set` of a seed, which all units of the same size share.
pub(crate) fn drawn(
    unit: &dyn Work,
    streams: &Streams,
    n: usize,
    p: usize,
    set: u64,
) -> Result<PatternSet, Error> {
    PatternSet::random(n, p, &mut streams.indexed(Stream::Patterns, set)).map_err(|e| refused(unit, e))
}

/// A radial basis function memory of `patterns`, trained by the literature's recipe.
pub(crate) fn literature(
    unit: &dyn Work,
    patterns: &PatternSet,
    gamma: f64,
) -> Result<(KlrModel, FitReport), Error> {
    let kernel = Kernel::rbf(gamma).map_err(|e| refused(unit, e))?;
    train(patterns, kernel, &TrainConfig::literature(), &mut |_| {}).map_err(|e| refused(unit, e))
}

/// What a flag counts for.
pub(crate) fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}
