//! A model at one gamma, and what it recalls.

use super::{Trainer, Trial, TuneConfig, TuneError};
use crate::form::{FormModel, recall};
use crate::kernel::{Kernel, gram};
use crate::model::KlrModel;
use crate::noise_aware::inverse::inverse_with_jitter;
use crate::noise_aware::train_noise_aware;
use crate::pattern::PatternSet;
use crate::product::{GramRows, block_rows, for_each_block, multiply, transpose};
use crate::train::train;
use klr_units::State;
use nalgebra::DMatrix;

/// What every gamma is tried on.
pub(super) struct Bench<'a> {
    pub(super) patterns: &'a PatternSet,
    pub(super) config: &'a TuneConfig,
    pub(super) cues: &'a [State],
    pub(super) targets: &'a [usize],
}

impl Bench<'_> {
    /// The quick stand-in: `alpha = xi` if nothing is to be trained, else kernel ridge regression.
    pub(super) fn surrogate(&self, gamma: f64) -> Result<Trial, TuneError> {
        let kernel = Kernel::rbf(gamma)?;
        let model = match self.config.trainer {
            Trainer::Untrained => KlrModel::untrained(self.patterns.clone(), kernel),
            Trainer::Plain(config) => self.ridge(kernel, config.lambda),
            Trainer::NoiseAware(config) => self.ridge(kernel, config.lambda),
        };
        Ok(self.score(&model))
    }

    /// The trainer that was asked for.
    pub(super) fn trained(&self, gamma: f64) -> Result<Trial, TuneError> {
        let kernel = Kernel::rbf(gamma)?;
        let model = match self.config.trainer {
            Trainer::Untrained => KlrModel::untrained(self.patterns.clone(), kernel),
            Trainer::Plain(config) => train(self.patterns, kernel, &config, &mut |_| {})?.0,
            Trainer::NoiseAware(config) => train_noise_aware(self.patterns, kernel, &config, &mut |_| {})?.0,
        };
        Ok(self.score(&model))
    }

    fn score(&self, model: &KlrModel) -> Trial {
        let model = FormModel::new(model, self.config.form, self.config.weight_bits);
        let ends = recall(&model, self.cues, self.targets, self.config.max_steps, self.config.threads);
        Trial {
            hits: ends.iter().map(|end| end.exact).collect(),
            dead: ends.iter().filter(|end| end.dead).count(),
        }
    }

    /// Kernel ridge regression, `(K + lambda I) alpha = xi` (arXiv:2504.12561).
    fn ridge(&self, kernel: Kernel, lambda: f64) -> KlrModel {
        let (p, n) = (self.patterns.p(), self.patterns.n());
        let k = gram(self.patterns, &kernel.table(n));
        let mut matrix = DMatrix::from_vec(p, p, k);
        (0..p).for_each(|mu| matrix[(mu, mu)] += lambda);
        let inverse = inverse_with_jitter(matrix);
        let signs: Vec<f64> = (0..n)
            .flat_map(|i| (0..p).map(move |mu| (mu, i)))
            .map(|(mu, i)| self.patterns.sign(mu, i).into())
            .collect();
        let rows = block_rows(p);
        let starts = (0..p).step_by(rows).collect();
        let duals = for_each_block(starts, self.config.threads, |from| {
            let rows = rows.min(p - from);
            let mut out = vec![0.0; rows * n];
            multiply(GramRows::of_whole(inverse.as_slice(), p, from), &signs, n, &mut out);
            transpose(&out, rows)
        });
        KlrModel::from_duals(self.patterns.clone(), kernel, duals.concat())
            .expect("a finite inverse times signs is finite, and a radial basis function fits any N")
    }
}
