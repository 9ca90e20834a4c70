//! The associative memories that KLR is compared with: the classical ones, and the other ways to use a kernel.
//!
//! | name | stores | field of neuron i | source |
//! |---|---|---|---|
//! | `hebbian` | [`Pairwise::hebbian`] | `sum_j s_j sum_mu xi_i xi_j`, j other than i | Hopfield 1982 |
//! | `pseudo-inverse` | [`Pairwise::pseudo_inverse`] | the projection of s on the span of the patterns | Personnaz, Guyon & Dreyfus 1985; Kanter & Sompolinsky 1987 |
//! | `linear-logistic` | [`logistic::train`] | `sum_j w_ij s_j`, j other than i, one logistic regression per neuron | arXiv:2504.07633 |
//! | `dense-polynomial` | [`DenseMemory`] | the energy difference under `F(x) = x^n` | Krotov & Hopfield 2016 |
//! | `dense-exponential` | [`DenseMemory`] | the same under `F(x) = exp(beta x)` | Demircigil et al. 2017 |
//! | `modern-hopfield` | [`ModernHopfield`] | continuous: `X' softmax(beta X s)`, the signs at the end | Ramsauer et al. 2020 |
//! | `untrained` | [`KlrModel::untrained`](crate::KlrModel::untrained) | `sum_mu xi_i K(s, xi)` | Chiueh & Goodman 1988 |
//! | `kernel-ridge` | [`ridge::solve`](crate::fit::ridge::solve) | `sum_mu alpha_i K(s, xi)`, `(K + lambda I) alpha = xi` | arXiv:2504.12561 |
//! | `max-margin` | [`margin::train`] | the same with the largest margin there is | Iatropoulos, Brea & Gerstner 2022 |
//! | `nearest-pattern` | [`NearestPattern`] | bit i of the nearest pattern | the oracle no retrieval on random noise can beat |
//!
//! All but the modern Hopfield network are a [`AssociativeMemory`](crate::AssociativeMemory) and run in the one loop of
//! [`dynamics`](crate::retrieve::dynamics); [`compare`] runs any of them on the same cues, and [`compare_tuned`] chooses their
//! parameters for the noise first.

mod compare;
mod dense;
pub mod logistic;
pub mod margin;
mod modern;
mod nearest;
mod pairwise;
mod setting;
mod tuned;

pub use compare::{Baseline, BaselineOptions, BaselineResult, RecallCounts, UnknownBaseline, compare};
pub use dense::{DenseMemory, Interaction};
pub use modern::{ContinuousRetrieval, ModernHopfield};
pub use nearest::NearestPattern;
pub use pairwise::{Diagonal, Pairwise};
pub use setting::Setting;
pub use tuned::{BaselineTuning, Outcome, TriedSetting, TunedBaseline, compare_tuned, tuning_cues};

use klr_units::OutOfRange;

/// Why a baseline cannot be built, or was not.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BaselineError {
    /// A parameter is out of its range.
    #[error(transparent)]
    Parameter(#[from] OutOfRange),
    /// There are more patterns than the caller wants a Gram matrix of, or than memory holds one of.
    #[error("a Gram matrix of {p} patterns is too large; the limit is {limit}")]
    TooLarge {
        /// P.
        p: usize,
        /// The most patterns allowed.
        limit: usize,
    },
    /// A kernel memory could not be trained.
    #[error(transparent)]
    Train(#[from] crate::fit::report::TrainError),
    /// No hyperplane has been found that separates the patterns with +1 at a neuron from those with -1.
    #[error(
        "after {sweeps} sweeps the conditions of the largest margin are still violated by {violation:.3e} at neuron \
         {neuron}; the patterns may not be separable with this kernel"
    )]
    NotSeparated {
        /// The neuron.
        neuron: usize,
        /// Sweeps made.
        sweeps: u32,
        /// The largest violation of the optimality conditions, in units of the margin.
        violation: f64,
    },
    /// The kernel does not fit the patterns.
    #[error(transparent)]
    Kernel(#[from] crate::kernel::KernelError),
    /// The nearest pattern is what counts as recalled, so that the oracle is right by construction.
    #[error(
        "without targets the nearest pattern is what counts as recalled, so that its own recall says nothing"
    )]
    NoTargets,
    /// A state does not fit the patterns.
    #[error(transparent)]
    Pattern(#[from] crate::pattern::PatternError),
}

/// `value`, if it is finite and above 0.
fn above_zero(name: &'static str, value: f64) -> Result<f64, BaselineError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(BaselineError::Parameter(OutOfRange::new(name, value, "finite and above 0")))
    }
}

/// The signs of a state as numbers.
fn signs(state: &klr_units::State) -> Vec<f64> {
    state.signs().map(f64::from).collect()
}
