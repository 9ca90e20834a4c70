//! The float model of a plan.

use crate::error::Error;
use crate::pipeline::Progress;
use crate::plan::{Plan, Solver, Training};
use klr_model::noise_aware::train_noise_aware;
use klr_model::train::{Progress as TrainProgress, evaluate};
use klr_model::{FitReport, Kernel, KlrModel, PatternSet, TrainConfig, npy, ridge, solve, train};
use std::num::NonZeroUsize;
use std::path::Path;

/// Trains as the plan says, or takes the dual variables it names.
///
/// # Errors
/// [`Error`] naming the key or the file.
pub(super) fn model(
    plan: &Plan,
    patterns: &PatternSet,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<(KlrModel, FitReport), Error> {
    let m = &plan.model;
    let config = TrainConfig { threads, ..m.descent };
    let model = match &m.training {
        Training::Klr(solver) => {
            progress.stage("training", config.iterations.into());
            let mut tell = |p: TrainProgress| progress.step(p.iteration.into());
            return Ok(match solver {
                Solver::Newton => solve(patterns, m.kernel.clone(), &m.newton(threads), &mut tell)?,
                Solver::GradientDescent => train(patterns, m.kernel.clone(), &config, &mut tell)?,
            });
        }
        Training::NoiseAware(_) => {
            let config = m.noise_aware(plan, threads);
            progress.stage("training", config.iterations.into());
            let mut tell = |p: TrainProgress| progress.step(p.iteration.into());
            let (model, report) = train_noise_aware(patterns, m.kernel.clone(), &config, &mut tell)?;
            return Ok((model, report.fit));
        }
        Training::KernelRidge => {
            return Ok(ridge::solve(patterns, m.kernel.clone(), m.descent.lambda, threads)?);
        }
        Training::None => KlrModel::untrained(patterns.clone(), m.kernel.clone()),
        Training::File(path) => model_from(path, patterns, m.kernel.clone())?,
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
