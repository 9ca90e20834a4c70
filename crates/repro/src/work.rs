//! Units of work: each a pure function of its parameters, small enough to be lost.
//!
//! The content of this file and of the folder beside it is part of the name of every stored result
//! (`crates/repro/build.rs`): change it, and all is computed anew.

mod baseline;
mod crosstalk;
mod energy;
mod gradient;
mod morphing;
mod path;
mod phase;
mod retrieval;
mod sequence;
mod structured;
mod weights;

pub(crate) use baseline::{
    COMPARED, Classical, ClassicalPatterns, ComparedMemory, MemoryComparison, Separable,
};
pub(crate) use crosstalk::{Crosstalk, CrosstalkFound};
pub(crate) use energy::EnergyDescent;
pub(crate) use gradient::{GradientCheck, Spectrum};
pub(crate) use morphing::{Morphing, MorphingFound, PLACES, Place};
pub(crate) use path::{PathFound, Paths, Way};
pub(crate) use phase::PhaseAt;
pub(crate) use retrieval::{CueFound, OVERLAP_STEPS, Retrievals, RetrievalsFound, Settled};
pub(crate) use sequence::{Sequence, SequenceFound};
pub(crate) use structured::{Structure, Structured, StructuredFound};
pub(crate) use weights::{BITS, PRUNED, RoundedWeights, WeightsFound};

use crate::error::ReproError;
use klr_model::{
    FitReport, Kernel, KlrModel, PatternSet, RetrievalConfig, Stream, Streams, TrainConfig, UpdateRule,
    VisitOrder, train,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A unit of work.
pub(crate) trait UnitOfWork: Send + Sync + 'static {
    /// What it finds. Every number is finite, or its field is an `Option`: JSON knows no other.
    type Found: Serialize + DeserializeOwned;

    /// All parameters in words, beginning with the kind of work.
    fn key(&self) -> String;

    /// Does it.
    ///
    /// # Errors
    /// [`ReproError`] if the model refuses the parameters.
    fn run(&self) -> Result<Self::Found, ReproError>;
}

/// A unit of work of any kind, before it is done.
pub(crate) struct PendingUnit {
    /// [`UnitOfWork::key`].
    pub(crate) key: String,
    /// [`UnitOfWork::run`], with what it finds as JSON.
    pub(crate) run: Box<dyn Fn() -> Result<Value, ReproError> + Send + Sync>,
}

impl PendingUnit {
    fn of<U: UnitOfWork>(unit: U) -> Self {
        let key = unit.key();
        let run = move || serde_json::to_value(unit.run()?).map_err(|e| refused(&unit, e));
        Self { key, run: Box::new(run) }
    }
}

/// Units of one kind as tasks.
pub(crate) fn tasks<U: UnitOfWork>(units: impl IntoIterator<Item = U>) -> Vec<PendingUnit> {
    units.into_iter().map(PendingUnit::of).collect()
}

/// What all units gave.
#[derive(Debug)]
pub(crate) struct Results {
    found: BTreeMap<String, Value>,
}

impl Results {
    pub(crate) const fn new(found: BTreeMap<String, Value>) -> Self {
        Self { found }
    }

    /// What a unit found.
    ///
    /// # Errors
    /// [`ReproError::Reproduction`] if the row did not ask for the unit, or it found something that is no number.
    pub(crate) fn of<U: UnitOfWork>(&self, unit: &U) -> Result<U::Found, ReproError> {
        let key = unit.key();
        let missing = || ReproError::Reproduction(format!("no row asked for `{key}`"));
        U::Found::deserialize(self.found.get(&key).ok_or_else(missing)?).map_err(|e| refused(unit, e))
    }

    /// What each of some units found.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) fn all<U: UnitOfWork>(&self, units: &[U]) -> Result<Vec<U::Found>, ReproError> {
        units.iter().map(|unit| self.of(unit)).collect()
    }
}

/// An error of the model, with the unit that met it.
fn refused(unit: &impl UnitOfWork, error: impl std::fmt::Display) -> ReproError {
    ReproError::Reproduction(format!("{}: {error}", unit.key()))
}

/// What finds the dual variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Solver {
    /// The literature's gradient descent: step size 0.1, 500 updates.
    Descent,
    /// Newton's method to the minimum, certified.
    Newton,
}

impl Solver {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Descent => "descent",
            Self::Newton => "newton",
        }
    }
}

/// Retrieval one neuron at a time, in random order, for at most `max_steps` sweeps.
const fn in_random_order(max_steps: u32) -> RetrievalConfig {
    RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Random), max_steps }
}

/// Pattern set `set` of a seed, which all units of the same size share.
fn drawn(
    unit: &impl UnitOfWork,
    streams: &Streams,
    n: usize,
    p: usize,
    set: u64,
) -> Result<PatternSet, ReproError> {
    PatternSet::random(n, p, &mut streams.indexed(Stream::Patterns, set)).map_err(|e| refused(unit, e))
}

/// A radial basis function memory of `patterns`, trained by the literature's recipe.
fn literature(
    unit: &impl UnitOfWork,
    patterns: &PatternSet,
    gamma: f64,
) -> Result<(KlrModel, FitReport), ReproError> {
    let kernel = Kernel::rbf(gamma).map_err(|e| refused(unit, e))?;
    train(patterns, kernel, &TrainConfig::literature(), &mut |_| {}).map_err(|e| refused(unit, e))
}

/// The index of a cue of a set in the streams of cues, noise and orders.
const fn cue_index(set: u64, cue: u64) -> u64 {
    set << 32 | cue
}
