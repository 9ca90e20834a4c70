//! A model at one gamma, and what it recalls.

use super::{Trainer, Trial, TuneConfig, TuneError};
use crate::fit::form::{FormModel, recall};
use crate::fit::noise_aware::train_noise_aware;
use crate::fit::ridge;
use crate::fit::solve::solve;
use crate::kernel::Kernel;
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use klr_units::State;

/// What every gamma is tried on.
pub(super) struct Trials<'a> {
    pub(super) patterns: &'a PatternSet,
    pub(super) config: &'a TuneConfig,
    pub(super) cues: &'a [State],
    pub(super) targets: &'a [usize],
}

impl Trials<'_> {
    /// The quick stand-in: `alpha = xi` if nothing is to be trained, else kernel ridge regression.
    pub(super) fn surrogate(&self, gamma: f64) -> Result<Trial, TuneError> {
        let kernel = Kernel::rbf(gamma)?;
        let model = match self.config.trainer {
            Trainer::Untrained => KlrModel::untrained(self.patterns.clone(), kernel),
            Trainer::Plain(config) => self.ridge(kernel, config.lambda)?,
            Trainer::NoiseAware(config) => self.ridge(kernel, config.lambda)?,
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

    fn ridge(&self, kernel: Kernel, lambda: f64) -> Result<KlrModel, TuneError> {
        Ok(ridge::solve(self.patterns, kernel, lambda, self.config.threads)?.0)
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
