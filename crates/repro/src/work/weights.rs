//! What rounding and pruning the dual variables costs one step from the stored patterns (arXiv:2604.20333).

use super::{Work, drawn, flag, literature, refused};
use crate::error::Error;
use crate::record::Record;
use klr_analysis::weights::{bit_accuracy, dual_report, min_max_quantized, pruned};
use klr_model::{FitOutcome, Streams};
use std::num::NonZeroUsize;

/// The widths of the min-max quantiser that are tried.
pub(crate) const BITS: [u32; 5] = [1, 2, 3, 4, 8];

/// The share of weights that is pruned.
pub(crate) const PRUNED: f64 = 0.1;

/// One set of patterns, trained by the literature's recipe.
pub(crate) struct Weights {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) set: u64,
}

impl Work for Weights {
    fn key(&self) -> String {
        let Self { seed, n, p, gamma, set } = self;
        format!("weights seed={seed} n={n} p={p} gamma={gamma} bits={BITS:?} pruned={PRUNED} set={set}")
    }

    fn run(&self) -> Result<Record, Error> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let (model, fit) = literature(self, &patterns, self.gamma)?;
        let accuracy = |model: &klr_model::KlrModel| {
            bit_accuracy(model, 0.95, NonZeroUsize::MIN)
                .map(|share| share.value())
                .map_err(|e| refused(self, e))
        };
        let mut record = Record::default();
        record.set_one("float", accuracy(&model)?);
        for bits in BITS {
            let rounded = min_max_quantized(&model, bits).map_err(|e| refused(self, e))?;
            record.set_one(format!("{bits}-bit"), accuracy(&rounded)?);
        }
        let cut = pruned(&model, PRUNED).map_err(|e| refused(self, e))?;
        record.set_one("pruned", accuracy(&cut)?);
        let spread = dual_report(&model);
        record.set_one("mean_abs_alpha", spread.magnitude.mean);
        record.set_one("near_mean", spread.near_mean);
        record.set_one("in_valley", spread.in_valley);
        record.set_one("bimodality", spread.bimodality.unwrap_or(f64::NAN));
        record.set_one("diverged", flag(fit.outcome == FitOutcome::Diverged));
        Ok(record)
    }
}
