//! Training for noise: the logistic loss at corrupted copies of the patterns, with the patterns alone as centres.
//!
//! Plain training asks for the right fields at the patterns themselves and leaves what happens between them to the
//! kernel. Here each pattern brings R corrupted copies that should all lead to it. Per neuron i
//!
//! `sum_mu 1/(R+1) sum_c log(1 + exp(-t_i^mu h_i(c))) + lambda/2 alpha_i' K alpha_i`,
//! `h_i(c) = sum_nu alpha_i^nu k(c, xi^nu)`,
//!
//! the inner sum over pattern mu itself and its R copies. The model is still P x N dual variables: basins widen without
//! more memory. With R = 0 it is the plain problem ([`crate::Problem`]).
//!
//! `k` is the kernel as it will be computed ([`KernelForm`]): training sees the words of a rounded or nearest-relative table,
//! normalised to 1 at distance 0. The problem stays convex whatever the form, because the fields are linear in alpha.
//! Why it is solved the way it is: `docs/decisions/0007-noise-aware-training.md`.

mod descent;
pub(crate) mod inverse;
mod loss;

use crate::fit::form::{FieldTable, FormModel, Hits, KernelForm, recall};
use crate::fit::objective::Penalty;
use crate::fit::report::{FitProgress, FitReport, TrainError, check_problem};
use crate::fit::train::{TrainConfig, evaluate};
use crate::kernel::Kernel;
use crate::pattern::PatternSet;
use crate::pattern::noise::{NoiseModel, corrupt};
use crate::random::{Stream, Streams};
use crate::retrieve::model::KlrModel;
use klr_units::{OutOfRange, State};
use loss::CorruptedSet;
use std::num::NonZeroUsize;

/// Synchronous steps a validation cue may take.
const VALIDATION_STEPS: u32 = 30;

/// How to train for noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseAwareConfig {
    /// The level of the noise, 0 to 0.5.
    pub noise: f64,
    /// Which bits it flips.
    pub noise_model: NoiseModel,
    /// R, the corrupted copies of each pattern, drawn once; the pattern itself is always there too.
    pub cues_per_pattern: u32,
    /// How the kernel will be computed.
    pub form: KernelForm,
    /// The weight of the regulariser, finite and above 0.
    pub lambda: f64,
    /// The most updates to make.
    pub iterations: u32,
    /// Stop once the norm of the gradient is below this share of its norm at zero; 0 makes every update.
    pub tolerance: f64,
    /// Cues drawn from a stream of their own on which recall is measured during training; the dual variables that did
    /// best are kept. 0 keeps the last ones.
    pub validation_cues: u32,
    /// Updates between two measurements of recall, 1 or more.
    pub check_every: u32,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
    /// Where the cues are drawn from.
    pub streams: Streams,
}

impl NoiseAwareConfig {
    /// What was found to be enough on digits (`docs/results/2026-11-22-noise-aware.md`): 16 copies, lambda = 0.003, at
    /// most 60 updates to a gradient of 1e-4 of that at zero, 1,000 validation cues every 10 updates, kernel in double
    /// precision, one thread.
    #[must_use]
    pub const fn new(noise: f64, noise_model: NoiseModel, streams: Streams) -> Self {
        Self {
            noise,
            noise_model,
            cues_per_pattern: 16,
            form: KernelForm::Float,
            lambda: 0.003,
            iterations: 60,
            tolerance: 1e-4,
            validation_cues: 1000,
            check_every: 10,
            threads: NonZeroUsize::MIN,
            streams,
        }
    }

    fn check(&self) -> Result<(), TrainError> {
        let wrong = |name, value, allowed| Err(TrainError::Setting(OutOfRange::new(name, value, allowed)));
        if !(0.0..=0.5).contains(&self.noise) {
            wrong("noise", self.noise, "0 to 0.5")
        } else if !(self.lambda.is_finite() && self.lambda > 0.0) {
            wrong("lambda", self.lambda, "finite and above 0")
        } else if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            wrong("tolerance", self.tolerance, "finite and at least 0")
        } else if self.check_every == 0 {
            wrong("check_every", 0.0, "1 or more")
        } else {
            Ok(())
        }
    }
}

/// Where training stood at a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpoint {
    /// Updates made.
    pub iteration: u32,
    /// The objective, summed over neurons.
    pub objective: f64,
    /// The norm of the gradient relative to that at zero.
    pub relative_gradient: f64,
    /// Recall on the validation cues, if there are any.
    pub validation: Option<Hits>,
}

/// What training for noise achieved.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseAwareReport {
    /// The figures of the plain problem at these dual variables, with the updates made and how they ended: objective
    /// and gradient are those of the patterns alone, which is not what was minimised.
    pub fit: FitReport,
    /// The measurements on the way, the first at zero.
    pub history: Vec<Checkpoint>,
    /// The measurement whose dual variables were kept: an index into [`Self::history`].
    pub kept: usize,
    /// The mean over neurons of the largest magnitude of the dual variables over their mean magnitude: the range that
    /// rounded weights have to cover. 1 if all are equal.
    pub weight_spread: f64,
    /// The mean of `t_i^mu h_i / (||alpha_i|| ||k||)` over patterns and neurons, k the kernel values of the pattern:
    /// a margin that no scale of the weights changes.
    pub relative_margin: f64,
}

/// Trains a model on `patterns` that recalls them from noise; `progress` is called after each update.
///
/// The training cues come from [`Stream::TrainingNoise`], the validation cues from [`Stream::ValidationNoise`]: report
/// recall on cues from another stream. Memory is P x P numbers in double and two in single precision, the training
/// cues packed, and 16 gradients.
///
/// # Errors
/// [`TrainError`] if a number of the configuration is out of range, the kernel does not fit the patterns or has no words
/// in the form asked for, or P x P is beyond memory.
pub fn train_noise_aware(
    patterns: &PatternSet,
    kernel: Kernel,
    config: &NoiseAwareConfig,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<(KlrModel, NoiseAwareReport), TrainError> {
    config.check()?;
    check_problem(patterns, patterns, &kernel)?;
    let sample = CorruptedSet::new(patterns, &kernel, config)?;
    let validation = Validation::draw(patterns, &kernel, config)?;
    let descended = descent::descend(&sample, &validation, config, progress)?;
    let model = KlrModel::from_duals(patterns.clone(), kernel, &descended.duals)
        .expect("descent keeps P x N finite dual variables");
    let plain = TrainConfig {
        penalty: Penalty::KernelNorm,
        lambda: config.lambda,
        threads: config.threads,
        ..TrainConfig::literature()
    };
    let fit = FitReport {
        iterations: descended.iterations,
        outcome: descended.outcome,
        ..evaluate(&model, &plain)?
    };
    let report = NoiseAwareReport {
        fit,
        history: descended.history,
        kept: descended.kept,
        weight_spread: weight_spread(&model),
        relative_margin: relative_margin(&model),
    };
    tracing::debug!(?report, "trained for noise");
    Ok((model, report))
}

/// Cues on which recall is measured during training.
struct Validation<'a> {
    patterns: &'a PatternSet,
    table: FieldTable,
    threads: NonZeroUsize,
    cues: Vec<State>,
    targets: Vec<usize>,
}

impl<'a> Validation<'a> {
    fn draw(
        patterns: &'a PatternSet,
        kernel: &Kernel,
        config: &NoiseAwareConfig,
    ) -> Result<Self, TrainError> {
        let table = FieldTable::new(kernel, patterns.n(), config.form)?;
        let count = config.validation_cues as usize;
        let targets: Vec<usize> = (0..count).map(|cue| cue % patterns.p()).collect();
        let cue = |(at, &mu): (usize, &usize)| {
            let mut rng = config.streams.indexed(Stream::ValidationNoise, at as u64);
            corrupt(&patterns.state(mu), config.noise, config.noise_model, &mut rng)
        };
        let cues = targets.iter().enumerate().map(cue).collect();
        Ok(Self { patterns, table, threads: config.threads, cues, targets })
    }

    /// Recall with the given dual variables, P x N row-major, if there are cues.
    fn recall(&self, duals: &[f64]) -> Option<Hits> {
        if self.cues.is_empty() {
            return None;
        }
        let model = FormModel { patterns: self.patterns, table: self.table.clone(), duals: duals.to_vec() };
        let ends = recall(&model, &self.cues, &self.targets, VALIDATION_STEPS, self.threads);
        Some(Hits::of(&ends.iter().map(|end| end.exact).collect::<Vec<_>>()))
    }
}

/// See [`NoiseAwareReport::weight_spread`]; a neuron without weights counts as 1.
#[must_use]
pub fn weight_spread(model: &KlrModel) -> f64 {
    let spread = |i| {
        let (mut largest, mut sum) = (0.0_f64, 0.0);
        for alpha in model.duals_of(i).iter() {
            largest = largest.max(alpha.abs());
            sum += alpha.abs();
        }
        if sum > 0.0 { largest * model.p() as f64 / sum } else { 1.0 }
    };
    (0..model.n()).map(spread).sum::<f64>() / model.n() as f64
}

/// See [`NoiseAwareReport::relative_margin`]; a neuron without weights counts as 0.
#[must_use]
pub fn relative_margin(model: &KlrModel) -> f64 {
    let norm = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>().sqrt();
    let norms: Vec<f64> = (0..model.n()).map(|i| norm(&model.duals_of(i))).collect();
    let mut sum = 0.0;
    for mu in 0..model.p() {
        let state = model.patterns().state(mu);
        let kernel = model.kernel_values(&state);
        let length = norm(&kernel);
        for ((field, sign), norm) in model.fields_from(&kernel).into_iter().zip(state.signs()).zip(&norms) {
            if *norm > 0.0 && length > 0.0 {
                sum += f64::from(sign) * field / (norm * length);
            }
        }
    }
    sum / (model.p() * model.n()) as f64
}
