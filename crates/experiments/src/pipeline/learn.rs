//! The float model of a plan.

use crate::error::Error;
use crate::pipeline::Progress;
use crate::plan::{KernelPlan, Plan, Solver, Training};
use klr_model::noise_aware::train_noise_aware;
use klr_model::train::evaluate;
use klr_model::tune::{GammaChoice, choose_gamma};
use klr_model::{
    FitProgress, FitReport, Kernel, KlrModel, PatternSet, TrainConfig, TrainError, npy, ridge, solve, train,
};
use std::num::NonZeroUsize;
use std::path::Path;

/// A float model, and how it came about.
pub(super) struct Learned {
    pub(super) model: KlrModel,
    pub(super) fit: FitReport,
    /// The grounds for gamma, if it was chosen.
    pub(super) choice: Option<GammaChoice>,
}

/// Trains as the plan says, or takes the dual variables it names.
///
/// # Errors
/// [`Error`] naming the key or the file.
pub(super) fn learn(
    plan: &Plan,
    patterns: &PatternSet,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Learned, Error> {
    let (kernel, choice) = match &plan.model.kernel {
        KernelPlan::Given(kernel) => (kernel.clone(), None),
        KernelPlan::ChosenGamma => {
            let choice = chosen(plan, patterns, threads, progress)?;
            (Kernel::rbf(choice.gamma).map_err(TrainError::from)?, Some(choice))
        }
    };
    let (model, fit) = model(plan, patterns, kernel, threads, progress)?;
    Ok(Learned { model, fit, choice })
}

fn chosen(
    plan: &Plan,
    patterns: &PatternSet,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<GammaChoice, Error> {
    let config = plan.model.tuning(plan, threads);
    let most = config.grid + 2 * config.refinements + config.budget;
    progress.stage("choosing gamma", most.into());
    let mut tried = 0;
    let choice = choose_gamma(patterns, &config, &mut |_, _| {
        tried += 1;
        progress.step(tried);
    });
    choice.map_err(|error| plan.source.wrong("model.gamma", &error.to_string()))
}

/// A model with this kernel, trained as the plan says, and how training went.
///
/// # Errors
/// As [`learn`].
pub(super) fn model(
    plan: &Plan,
    patterns: &PatternSet,
    kernel: Kernel,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<(KlrModel, FitReport), Error> {
    let m = &plan.model;
    let config = TrainConfig { threads, ..m.descent };
    let mut tell = |p: FitProgress| progress.step(p.iteration.into());
    let model = match &m.training {
        Training::Klr(Solver::Newton) => {
            progress.stage("training", config.iterations.into());
            return Ok(solve(patterns, kernel, &m.newton(threads), &mut tell)?);
        }
        Training::Klr(Solver::GradientDescent) => {
            progress.stage("training", config.iterations.into());
            return Ok(train(patterns, kernel, &config, &mut tell)?);
        }
        Training::NoiseAware(_) => {
            let config = m.noise_aware(plan, threads);
            progress.stage("training", config.iterations.into());
            let (model, report) = train_noise_aware(patterns, kernel, &config, &mut tell)?;
            return Ok((model, report.fit));
        }
        Training::KernelRidge => return Ok(ridge::solve(patterns, kernel, m.descent.lambda, threads)?),
        Training::None => KlrModel::untrained(patterns.clone(), kernel),
        Training::File(path) => model_from(path, patterns, kernel)?,
    };
    let fit = evaluate(&model, &config)?;
    Ok((model, fit))
}

/// The model with the dual variables in the NumPy file at `path`, P x N.
fn model_from(path: &Path, patterns: &PatternSet, kernel: Kernel) -> Result<KlrModel, Error> {
    let duals = npy::read_duals(path)?;
    let (p, n) = (patterns.p(), patterns.n());
    if (duals.p, duals.n) != (p, n) {
        return Err(Error::Plan(format!(
            "{}: {} x {} dual variables do not fit {p} patterns of {n} neurons",
            path.display(),
            duals.p,
            duals.n
        )));
    }
    KlrModel::from_duals(patterns.clone(), kernel, duals.values)
        .map_err(|e| Error::Plan(format!("{}: {e}", path.display())))
}
