//! How well dual variables that were not trained here fit the patterns they store, at any number of patterns.
//!
//! A figure of the fit sums over all pairs of patterns: [`evaluate`] makes two to three products of the Gram matrix with a
//! P x N panel, `2 P^2 N` operations each. Where they take minutes, one of two things stands in for them:
//!
//! - **Near pairs.** Nearly all values of a narrow kernel are next to nothing. Patterns within a reach of each other are
//!   found by popcount and summed; what is left out is bounded, for each pattern, by the kernel at the distances that it
//!   has, and every figure comes with how far it can be off ([`LeftOut`]). Whether a pattern is fixed is exact: where the
//!   bound leaves it open, all its pairs are summed.
//! - **A sample.** Where even comparing all pairs takes minutes, or the kernel is too wide for a reach, patterns are drawn
//!   and looked at one by one. What is found is a type of its own ([`SampledFit`]), with an interval.

mod near;
mod sample;

pub use near::LeftOut;
pub use sample::{SampledFit, sample_size, sampled_rows};

use crate::fit::report::{FitOutcome, FitReport, TrainError};
use crate::fit::train::{TrainConfig, evaluate};
use crate::random::Streams;
use crate::retrieve::model::KlrModel;
use near::{Neighbourhood, Neighbours};

/// `P^2 N` up to which all pairs are summed: some seconds on two cores.
const SUMMED: f64 = (1u64 << 37) as f64;

/// Pairs of patterns times words of a pattern up to which all pairs are compared: some seconds on two cores.
const COMPARED: f64 = (1u64 << 36) as f64;

/// How well dual variables fit, and how that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// All pairs of patterns were summed.
    Whole(FitReport),
    /// Pairs that are far from each other were left out.
    Near {
        /// The figures, each within its bound.
        report: FitReport,
        /// The bounds.
        left_out: LeftOut,
    },
    /// Some of the patterns were looked at.
    Sampled(SampledFit),
}

impl Fit {
    /// The figures of all patterns, if they are not of a sample.
    #[must_use]
    pub const fn report(&self) -> Option<&FitReport> {
        match self {
            Self::Whole(report) | Self::Near { report, .. } => Some(report),
            Self::Sampled(_) => None,
        }
    }

    /// How training ended.
    #[must_use]
    pub const fn outcome(&self) -> FitOutcome {
        match self.report() {
            Some(report) => report.outcome,
            None => FitOutcome::Untrained,
        }
    }

    /// How far the objective is above its minimum at most, where that is certified ([`FitReport::gap`]).
    #[must_use]
    pub fn gap(&self) -> Option<f64> {
        self.report().and_then(|report| report.gap)
    }
}

/// How a model that was not trained here is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// All pairs are summed.
    Whole,
    /// All pairs are compared, and the near ones summed, if the kernel is narrow enough; else a sample.
    Compare,
    /// A sample.
    Sample,
}

impl Look {
    /// How `p` patterns of `n` neurons are looked at.
    #[must_use]
    pub fn at(n: usize, p: usize) -> Self {
        let pairs = p as f64 * p as f64;
        if pairs * n as f64 <= SUMMED {
            Self::Whole
        } else if pairs * n.div_ceil(64) as f64 <= COMPARED {
            Self::Compare
        } else {
            Self::Sample
        }
    }
}

/// How well `model` fits its patterns, as if training had ended there. A sample is drawn from `streams`.
///
/// # Errors
/// [`TrainError::Setting`] if a number of the configuration is out of range.
pub fn fit_of(model: &KlrModel, config: &TrainConfig, streams: &Streams) -> Result<Fit, TrainError> {
    config.check()?;
    let look = Look::at(model.n(), model.p());
    if look == Look::Whole {
        return Ok(Fit::Whole(evaluate(model, config)?));
    }
    let neighbourhood = Neighbourhood::of(model);
    if look == Look::Compare
        && let Some(fit) = neighbourhood.as_ref().and_then(|near| near_fit(model, near, config))
    {
        return Ok(fit);
    }
    let count = sample_size(model.n(), model.p(), neighbourhood.is_none());
    let rows = sampled_rows(model.p(), count, streams);
    Ok(Fit::Sampled(SampledFit::of(model, neighbourhood.as_ref(), &rows, config.threads)))
}

/// `None` if there are too many near pairs, or patterns about which the bound leaves open whether they are fixed.
fn near_fit(model: &KlrModel, neighbourhood: &Neighbourhood, config: &TrainConfig) -> Option<Fit> {
    let neighbours = Neighbours::of_all(model, neighbourhood, config.threads)?;
    let (report, left_out) = near::figures(model, &neighbours, neighbourhood.reach, config)?;
    Some(Fit::Near { report, left_out })
}

#[cfg(test)]
mod tests;
