//! The float model of a plan.

use crate::error::Error;
use crate::pipeline::draw::stored;
use crate::pipeline::{Progress, count};
use crate::plan::{KernelPlan, KlrSolver, Plan, RetrievalPlan, Training};
use klr_model::noise_aware::{NoiseAwareConfig, train_noise_aware};
use klr_model::tune::{GammaChoice, Trainer, TuneConfig, choose_gamma};
use klr_model::{
    Fit, FitProgress, FitReport, Kernel, KlrModel, PatternSet, SolveConfig, Streams, TrainConfig, TrainError,
    codec, fit_of, npy, ridge, solve, train,
};
use klr_quantize::Method;
use std::num::NonZeroUsize;
use std::path::Path;

/// A float model, and how it came about.
#[derive(Debug)]
pub struct Learned {
    /// The model.
    pub model: KlrModel,
    /// How training went; for a model that was not trained, how well it fits.
    pub fit: Fit,
    /// The grounds for gamma, if it was chosen.
    pub choice: Option<GammaChoice>,
}

/// A float model whose figures are still to be summed, unless it was trained here.
pub(super) struct Untested {
    pub(super) model: KlrModel,
    pub(super) trained: Option<FitReport>,
    pub(super) choice: Option<GammaChoice>,
}

/// The figures of `model`: those of its training, if it was `trained` here.
///
/// # Errors
/// [`Error::Train`] if a number of the configuration is out of range.
pub(super) fn fit(
    trained: Option<FitReport>,
    model: &KlrModel,
    plan: &Plan,
    threads: NonZeroUsize,
) -> Result<Fit, Error> {
    let config = TrainConfig { threads, ..plan.model.descent };
    match trained {
        Some(report) => Ok(Fit::Whole(report)),
        None => Ok(fit_of(model, &config, &Streams::new(plan.seed))?),
    }
}

/// The float model of `plan`, as [`crate::pipeline::run`] has it: cues, quantization and core apart.
///
/// # Errors
/// [`Error`] if the patterns cannot be had or the model cannot be trained.
pub fn train_model(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Learned, Error> {
    let patterns = stored(plan, &Streams::new(plan.seed))?.patterns;
    let Untested { model, trained, choice } = learn(plan, &patterns, count(threads), progress)?;
    let fit = fit(trained, &model, plan, count(threads))?;
    Ok(Learned { model, fit, choice })
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
) -> Result<Untested, Error> {
    let (kernel, choice) = match &plan.model.kernel {
        KernelPlan::Given(kernel) => (kernel.clone(), None),
        KernelPlan::ChosenGamma if let Training::Saved(path) = &plan.model.training => {
            // Its gamma was chosen when it was trained.
            let model = saved_model(path, patterns, None)?;
            return Ok(Untested { model, trained: None, choice: None });
        }
        KernelPlan::ChosenGamma => {
            let choice = chosen(plan, patterns, threads, progress)?;
            (Kernel::rbf(choice.gamma).map_err(TrainError::from)?, Some(choice))
        }
    };
    let (model, trained) = model(plan, patterns, kernel, threads, progress)?;
    Ok(Untested { model, trained, choice })
}

fn chosen(
    plan: &Plan,
    patterns: &PatternSet,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<GammaChoice, Error> {
    let config = tuning(plan, threads);
    progress.stage("choosing gamma", config.most_trials().into());
    let mut tried = 0;
    let choice = choose_gamma(patterns, &config, &mut |_, _| {
        tried += 1;
        progress.step(tried);
    });
    Ok(choice?)
}

/// A model with this kernel, trained as the plan says, and how training went if it was trained here.
///
/// # Errors
/// As [`learn`].
pub(super) fn model(
    plan: &Plan,
    patterns: &PatternSet,
    kernel: Kernel,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<(KlrModel, Option<FitReport>), Error> {
    let m = &plan.model;
    let config = TrainConfig { threads, ..m.descent };
    let mut tell = |p: FitProgress| progress.step(p.iteration.into());
    let (model, report) = match &m.training {
        Training::Klr(KlrSolver::Newton) => {
            let config = m.newton(threads);
            let mut tell = newton_progress("training", &config, progress);
            solve(patterns, kernel, &config, &mut tell)?
        }
        Training::Klr(KlrSolver::GradientDescent) => {
            progress.stage("training", config.iterations.into());
            train(patterns, kernel, &config, &mut tell)?
        }
        Training::NoiseAware(_) => {
            let config = noise_aware(plan, threads);
            progress.stage("training", config.iterations.into());
            let (model, report) = train_noise_aware(patterns, kernel, &config, &mut tell)?;
            (model, report.fit)
        }
        Training::KernelRidge => ridge::solve(patterns, kernel, m.descent.lambda, threads)?,
        Training::None => return Ok((KlrModel::untrained(patterns.clone(), kernel), None)),
        Training::File(path) => return Ok((model_from(path, patterns, kernel)?, None)),
        Training::Saved(path) => return Ok((saved_model(path, patterns, Some(&kernel))?, None)),
    };
    Ok((model, Some(report)))
}

/// Shows Newton's method as the stage `name`: it ends at a gap, after few steps, so that its way is that of the gap from 1
/// to the tolerance, in percent on a logarithmic scale.
pub(super) fn newton_progress(
    name: &str,
    config: &SolveConfig,
    progress: &dyn Progress,
) -> impl FnMut(FitProgress) {
    const WHOLE: u64 = 100;
    progress.stage(name, WHOLE);
    let decades = -config.tolerance.log10();
    let mut furthest = 0;
    move |at| {
        // A gap that is not a number, or above 1, is no way at all.
        let way = at.gap.map_or(0.0, |gap| -gap.log10() / decades);
        let percent = (0..=WHOLE).rev().find(|&percent| percent as f64 <= WHOLE as f64 * way);
        furthest = furthest.max(percent.unwrap_or(0));
        progress.step(furthest);
    }
}

/// The model with the dual variables in the NumPy file at `path`, P x N.
fn model_from(path: &Path, patterns: &PatternSet, kernel: Kernel) -> Result<KlrModel, Error> {
    let duals = npy::read_duals(path)?;
    let (p, n) = (patterns.p(), patterns.n());
    if (duals.p, duals.n) != (p, n) {
        let (path, found) = (path.to_owned(), (duals.p, duals.n));
        return Err(Error::Duals { path, found, expected: (p, n) });
    }
    KlrModel::from_duals(patterns.clone(), kernel, &duals.values)
        .map_err(|source| Error::DualValues { path: path.to_owned(), source })
}

/// The model saved at `path`, which has to be one of `patterns` with `kernel`; if there is none, with any radial basis
/// function.
fn saved_model(path: &Path, patterns: &PatternSet, kernel: Option<&Kernel>) -> Result<KlrModel, Error> {
    let model = codec::load(path)?;
    let path = path.to_owned();
    let (found, expected) = ((model.p(), model.n()), (patterns.p(), patterns.n()));
    if found != expected {
        return Err(Error::SavedSize { path, found, expected });
    }
    if let Some(row) = (0..patterns.p()).find(|&mu| model.patterns().row_words(mu) != patterns.row_words(mu))
    {
        return Err(Error::SavedPatterns { path, row });
    }
    let found = model.kernel();
    if kernel.map_or(found.name() != "rbf", |kernel| found != kernel) {
        let expected = kernel.map_or_else(|| "rbf".to_owned(), ToString::to_string);
        return Err(Error::SavedKernel { path, found: found.clone(), expected });
    }
    Ok(model)
}

/// How training for the noise of `plan`'s cues runs on `threads` threads, with the kernel as the core will see it.
fn noise_aware(plan: &Plan, threads: NonZeroUsize) -> NoiseAwareConfig {
    let RetrievalPlan { noise, noise_model, .. } = plan.retrieval;
    let defaults = NoiseAwareConfig::new(noise, noise_model, Streams::new(plan.seed));
    let copies = match plan.model.training {
        Training::NoiseAware(copies) => copies,
        _ => defaults.cues_per_pattern,
    };
    NoiseAwareConfig {
        cues_per_pattern: copies,
        form: plan.quantize.kernel_form(),
        lambda: plan.model.descent.lambda,
        iterations: plan.model.descent.iterations.min(defaults.iterations),
        threads,
        ..defaults
    }
}

/// How gamma is chosen on `threads` threads: on cues with the noise of the plan, recalled with the kernel words of its core,
/// and with its weights where they are dual variables rounded to nearest. Weights that are fitted do what those of training do
/// or better, and not what these do once rounded.
fn tuning(plan: &Plan, threads: NonZeroUsize) -> TuneConfig {
    let RetrievalPlan { noise, noise_model, max_steps, .. } = plan.retrieval;
    let defaults = TuneConfig::new(noise, noise_model, Streams::new(plan.seed));
    let trainer = match plan.model.training {
        Training::Klr(_) => Trainer::Plain(plan.model.newton(threads)),
        Training::NoiseAware(_) => Trainer::NoiseAware(noise_aware(plan, threads)),
        Training::KernelRidge | Training::None | Training::File(_) | Training::Saved(_) => Trainer::Untrained,
    };
    TuneConfig {
        form: plan.quantize.kernel_form(),
        weights: (plan.quantize.method() == Method::Nearest).then(|| plan.quantize.weights()),
        trainer,
        max_steps,
        threads,
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanSource, resolve};
    use klr_units::{Bits, WeightRounding};

    /// Training for noise and the choice of gamma see the kernel words and weights of the plan's core, its clip included.
    #[test]
    fn what_is_trained_for_is_what_the_core_holds() {
        let mut source = PlanSource::default_plan();
        for setting in ["quantize.weight_clip=0.4", "quantize.weight_bits=5", "quantize.kernel_bits=3"] {
            source.set(setting).expect("a setting");
        }
        let plan = resolve(&source).expect("a plan");
        let tuning = tuning(&plan, NonZeroUsize::MIN);
        let clipped = WeightRounding::new(Bits::new(5).expect("5 bits"), 0.4).expect("a share");
        assert_eq!(tuning.weights, Some(clipped), "weights");
        assert_eq!(tuning.form, plan.quantize.kernel_form(), "kernel words, as gamma is chosen");
        // A clip has no effect beside this method, so a plan that has both is refused.
        let mut source = PlanSource::default_plan();
        source.set("quantize.method=margins").expect("a setting");
        let fitted = super::tuning(&resolve(&source).expect("a plan"), NonZeroUsize::MIN);
        assert_eq!(fitted.weights, None, "rounding is not what these weights are made by");
        let form = noise_aware(&plan, NonZeroUsize::MIN).form;
        assert_eq!(form, plan.quantize.kernel_form(), "kernel words, as training for noise sees them");
    }
}
