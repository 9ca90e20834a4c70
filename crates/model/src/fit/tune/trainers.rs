//! A model at one gamma, and what it recalls.

use super::{Trainer, Trial, TuneConfig, TuneError};
use crate::fit::form::{FormModel, recall};
use crate::fit::noise_aware::{NoiseAwareConfig, train_noise_aware};
use crate::fit::solve::{SolveConfig, solve, solve_uncertified};
use crate::kernel::Kernel;
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use klr_units::State;

/// The share of the objective up to which training goes while gammas are compared. Recall on the cues is the same as at a
/// millionth of it, at a quarter of the products (`docs/decisions/0008-choosing-gamma.md`).
const ROUGHLY: f64 = 1e-3;

/// What every gamma is tried on.
pub(super) struct Trials<'a> {
    pub(super) patterns: &'a PatternSet,
    pub(super) config: &'a TuneConfig,
    pub(super) cues: &'a [State],
    pub(super) targets: &'a [usize],
}

impl Trials<'_> {
    /// The quick stand-in: `alpha = xi` if nothing is to be trained, else the optimum on the patterns to within
    /// [`ROUGHLY`], uncertified.
    pub(super) fn surrogate(&self, gamma: f64) -> Result<Trial, TuneError> {
        let kernel = Kernel::rbf(gamma)?;
        let model = match self.config.trainer {
            Trainer::Untrained => KlrModel::untrained(self.patterns.clone(), kernel),
            Trainer::Plain(config) => self.roughly(kernel, config)?,
            Trainer::NoiseAware(NoiseAwareConfig { lambda, .. }) => {
                let threads = self.config.threads;
                self.roughly(kernel, SolveConfig { lambda, threads, ..SolveConfig::literature() })?
            }
        };
        self.score(&model)
    }

    /// The trainer that was asked for.
    pub(super) fn trained(&self, gamma: f64) -> Result<Trial, TuneError> {
        let kernel = Kernel::rbf(gamma)?;
        let model = match self.config.trainer {
            Trainer::Untrained => KlrModel::untrained(self.patterns.clone(), kernel),
            Trainer::Plain(config) => solve(self.patterns, kernel, &config, &mut |_| {})?.0,
            Trainer::NoiseAware(config) => train_noise_aware(self.patterns, kernel, &config, &mut |_| {})?.0,
        };
        self.score(&model)
    }

    fn roughly(&self, kernel: Kernel, config: SolveConfig) -> Result<KlrModel, TuneError> {
        let config = SolveConfig { tolerance: config.tolerance.max(ROUGHLY), ..config };
        Ok(solve_uncertified(self.patterns, kernel, &config)?)
    }

    fn score(&self, model: &KlrModel) -> Result<Trial, TuneError> {
        let model = FormModel::new(model, self.config.form, self.config.weights)?;
        let ends = recall(&model, self.cues, self.targets, self.config.max_steps, self.config.threads);
        Ok(Trial {
            hits: ends.iter().map(|end| end.exact).collect(),
            dead: ends.iter().filter(|end| end.dead).count(),
        })
    }
}
