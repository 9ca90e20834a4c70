//! What rounding and pruning the dual variables costs one step from the stored patterns (arXiv:2604.20333).

use super::{UnitOfWork, drawn, literature, refused};
use crate::error::ReproError;
use klr_analysis::weights::{bit_accuracy, dual_report, min_max_quantized, pruned};
use klr_model::{FitOutcome, Streams};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// The widths of the min-max quantiser that are tried.
pub(crate) const BITS: [u32; 5] = [1, 2, 3, 4, 8];

/// The share of weights that is pruned.
pub(crate) const PRUNED: f64 = 0.1;

/// One set of patterns, trained by the literature's recipe.
pub(crate) struct RoundedWeights {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) set: u64,
}

/// Shares of right bits one step from the stored patterns, and how the dual variables are spread.
#[derive(Serialize, Deserialize)]
pub(crate) struct WeightsFound {
    /// With the weights as trained.
    pub(crate) float: f64,
    /// Rounded to each width of [`BITS`].
    pub(crate) rounded: [f64; BITS.len()],
    /// With the smallest [`PRUNED`] of the weights cut.
    pub(crate) pruned: f64,
    pub(crate) mean_abs_alpha: f64,
    /// The share of dual variables below half the mean magnitude.
    pub(crate) in_valley: f64,
    pub(crate) bimodality: Option<f64>,
    /// Whether training ended oscillating, or beyond all bounds.
    pub(crate) diverged: bool,
}

impl UnitOfWork for RoundedWeights {
    type Found = WeightsFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, set } = self;
        format!("weights seed={seed} n={n} p={p} gamma={gamma} bits={BITS:?} pruned={PRUNED} set={set}")
    }

    fn run(&self) -> Result<WeightsFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let (model, fit) = literature(self, &patterns, self.gamma)?;
        let accuracy = |model: &klr_model::KlrModel| {
            bit_accuracy(model, 0.95, NonZeroUsize::MIN)
                .map(|share| share.value())
                .map_err(|e| refused(self, e))
        };
        let mut rounded = [0.0; BITS.len()];
        for (bits, accurate) in BITS.into_iter().zip(&mut rounded) {
            *accurate = accuracy(&min_max_quantized(&model, bits).map_err(|e| refused(self, e))?)?;
        }
        let spread = dual_report(&model);
        Ok(WeightsFound {
            float: accuracy(&model)?,
            rounded,
            pruned: accuracy(&pruned(&model, PRUNED).map_err(|e| refused(self, e))?)?,
            mean_abs_alpha: spread.magnitude.mean,
            in_valley: spread.in_valley,
            bimodality: spread.bimodality,
            diverged: fit.outcome == FitOutcome::Diverged,
        })
    }
}
