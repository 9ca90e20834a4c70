//! The section `[model]` of a plan: kernel and training.

use crate::plan::error::PlanError;
use crate::plan::keys::Keys;
use crate::plan::retrieval::RetrievalPlan;
use crate::plan::source::AUTO;
use klr_model::kernel::MAX_DEGREE;
use klr_model::{CueKind, Kernel, Penalty, Precision, SolveConfig, TrainConfig};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Whether the dual variables are trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Training {
    /// Kernel logistic regression.
    Klr(KlrSolver),
    /// Kernel logistic regression on corrupted copies of the patterns, so many of each.
    NoiseAware(u32),
    /// Kernel ridge regression, in closed form.
    KernelRidge,
    /// `alpha = xi`, the exponential correlation associative memory.
    None,
    /// Dual variables from a NumPy file.
    File(PathBuf),
    /// A model that was saved: its patterns and its kernel are those of the plan.
    Saved(PathBuf),
}

/// What minimises the objective of kernel logistic regression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KlrSolver {
    /// Newton's method, to a certified gap.
    Newton,
    /// Gradient descent, the literature's recipe.
    GradientDescent,
}

/// Which kernel the model has.
#[derive(Clone, Debug, PartialEq)]
pub enum KernelPlan {
    /// The one that the plan describes.
    Given(Kernel),
    /// A radial basis function whose gamma is chosen from patterns and noise (`klr_model::tune`).
    ChosenGamma,
}

/// How the model is trained.
#[derive(Clone, Debug)]
pub struct ModelPlan {
    /// Whether it is trained.
    pub training: Training,
    /// The kernel.
    pub kernel: KernelPlan,
    /// How gradient descent runs, on one thread; whoever runs it may give it more.
    pub descent: TrainConfig,
}

impl ModelPlan {
    /// How Newton's method runs on `threads` threads: the same problem, steps and tolerance.
    pub(crate) const fn newton(&self, threads: NonZeroUsize) -> SolveConfig {
        let TrainConfig { penalty, lambda, tolerance, iterations, precision, .. } = self.descent;
        SolveConfig {
            penalty,
            lambda,
            tolerance,
            iterations,
            precision,
            threads,
            ..SolveConfig::literature()
        }
    }
}

/// The most corrupted copies of a pattern: what more would bring is below the spread of recall.
const MAX_COPIES: u32 = 4096;

/// The inverse width of the narrowest kernel: far narrower than a single bit, and `4 gamma d` still is a number.
const MAX_WIDTH: f64 = 1e300;

/// The kinds of kernel.
#[derive(Clone, Copy)]
enum KernelKind {
    Rbf,
    Exponential,
    Polynomial,
    Linear,
    Table,
}

const KERNELS: [(&str, KernelKind); 5] = [
    ("rbf", KernelKind::Rbf),
    ("exponential", KernelKind::Exponential),
    ("polynomial", KernelKind::Polynomial),
    ("linear", KernelKind::Linear),
    ("table", KernelKind::Table),
];

pub(super) fn model(keys: Keys<'_>, retrieval: &RetrievalPlan) -> Result<ModelPlan, PlanError> {
    let penalties = [("kernel-norm", Penalty::KernelNorm), ("l2", Penalty::L2)];
    let precisions = [("single", Precision::Single), ("double", Precision::Double)];
    let descent = TrainConfig {
        penalty: keys.choice("model.penalty", &penalties)?,
        lambda: keys.not_negative("model.lambda")?,
        eta: keys.positive("model.eta")?,
        iterations: keys.whole("model.iterations", 0..=u32::MAX)?,
        tolerance: keys.not_negative("model.tolerance")?,
        precision: keys.choice("model.precision", &precisions)?,
        threads: NonZeroUsize::MIN,
    };
    // After the ranges of all solvers, those of the one that is wanted.
    let training = training(keys, &descent, retrieval)?;
    require_extras(keys, &training, retrieval)?;
    Ok(ModelPlan { kernel: kernel(keys, &training, retrieval)?, training, descent })
}

/// That what goes beyond fixed points can be had: a walk by training, continuous time by a kernel between the corners.
fn require_extras(keys: Keys<'_>, training: &Training, retrieval: &RetrievalPlan) -> Result<(), PlanError> {
    if retrieval.sequence && !matches!(training, Training::Klr(_)) {
        let reason = "the network of a sequence is trained for it: allowed is false, or model.training = klr";
        return Err(keys.wrong("retrieval.sequence", reason));
    }
    let kind = keys.choice("model.kernel", &KERNELS)?;
    if retrieval.flow.is_some() && !matches!(kind, KernelKind::Rbf | KernelKind::Exponential) {
        let reason = "continuous states need a kernel between the corners: allowed is 0, or model.kernel = rbf or exponential";
        return Err(keys.wrong("retrieval.flow", reason));
    }
    Ok(())
}

/// The kernel of the plan's kind. The keys of the other kinds are checked too, and not used.
fn kernel(keys: Keys<'_>, training: &Training, retrieval: &RetrievalPlan) -> Result<KernelPlan, PlanError> {
    let gamma = if keys.text("model.gamma") == AUTO { None } else { Some(width(keys, "model.gamma")?) };
    let beta = width(keys, "model.beta")?;
    let degree = keys.whole("model.degree", 1..=MAX_DEGREE)?;
    let offset = keys.not_negative("model.offset")?;
    let values = keys.numbers("model.kernel_values")?;
    let (key, made) = match (keys.choice("model.kernel", &KERNELS)?, gamma) {
        (KernelKind::Rbf, None) => {
            require_choice(keys, training, retrieval)?;
            return Ok(KernelPlan::ChosenGamma);
        }
        (KernelKind::Rbf, Some(gamma)) => ("model.gamma", Kernel::rbf(gamma)),
        (KernelKind::Exponential, _) => ("model.beta", Kernel::exponential(beta)),
        (KernelKind::Polynomial, _) => ("model.offset", Kernel::polynomial(degree, offset)),
        (KernelKind::Linear, _) => return Ok(KernelPlan::Given(Kernel::linear())),
        (KernelKind::Table, _) => ("model.kernel_values", Kernel::from_table(values)),
    };
    made.map(KernelPlan::Given).map_err(|error| keys.wrong(key, error.to_string()))
}

/// That gamma can be chosen: for dual variables and cues of this plan, and noise that leaves something to recall.
fn require_choice(keys: Keys<'_>, training: &Training, retrieval: &RetrievalPlan) -> Result<(), PlanError> {
    if matches!(training, Training::File(_)) {
        let reason = "dual variables of a file belong to the gamma they were trained for";
        return Err(keys.wrong("model.training", reason));
    }
    let RetrievalPlan { noise, noise_model, .. } = *retrieval;
    if noise >= 0.5 {
        return Err(keys.wrong("retrieval.noise", "model.gamma = \"auto\" needs 0 or above, below 0.5"));
    }
    if retrieval.cue != (CueKind::Flips { noise, model: noise_model }) {
        return Err(keys.wrong("retrieval.cue", "model.gamma = \"auto\" chooses for flips only"));
    }
    Ok(())
}

/// The inverse width of a kernel.
fn width(keys: Keys<'_>, key: &str) -> Result<f64, PlanError> {
    let value = keys.positive(key)?;
    if value > MAX_WIDTH {
        return Err(keys.wrong(key, format!("allowed are numbers above 0, at most {MAX_WIDTH:e}")));
    }
    Ok(value)
}

/// The solver, if it can do what the plan asks for.
fn solver(keys: Keys<'_>, solver: KlrSolver, descent: &TrainConfig) -> Result<KlrSolver, PlanError> {
    if solver == KlrSolver::GradientDescent {
        return Ok(solver);
    }
    if descent.penalty == Penalty::L2 {
        return Err(keys.wrong("model.penalty", "model.solver = \"newton\" has kernel-norm only"));
    }
    keys.positive("model.lambda")?;
    keys.positive("model.tolerance")?;
    Ok(solver)
}

/// The words for a training.
#[derive(Clone, Copy)]
enum TrainingKind {
    Klr,
    NoiseAware,
    KernelRidge,
    None,
    File,
    Saved,
}

const TRAININGS: [(&str, TrainingKind); 6] = [
    ("klr", TrainingKind::Klr),
    ("noise-aware", TrainingKind::NoiseAware),
    ("kernel-ridge", TrainingKind::KernelRidge),
    ("none", TrainingKind::None),
    ("file", TrainingKind::File),
    ("saved", TrainingKind::Saved),
];

fn training(keys: Keys<'_>, descent: &TrainConfig, retrieval: &RetrievalPlan) -> Result<Training, PlanError> {
    let solvers = [("newton", KlrSolver::Newton), ("gradient-descent", KlrSolver::GradientDescent)];
    let named = keys.choice("model.solver", &solvers)?;
    let copies = keys.whole("model.noise_copies", 1..=MAX_COPIES)?;
    match keys.choice("model.training", &TRAININGS)? {
        TrainingKind::Klr => solver(keys, named, descent).map(Training::Klr),
        TrainingKind::NoiseAware => noise_aware(keys, copies, retrieval.noise),
        TrainingKind::KernelRidge => keys.positive("model.lambda").map(|_| Training::KernelRidge),
        TrainingKind::None => Ok(Training::None),
        TrainingKind::File => alpha_file(keys, "file").map(Training::File),
        TrainingKind::Saved => alpha_file(keys, "saved").map(Training::Saved),
    }
}

fn alpha_file(keys: Keys<'_>, training: &str) -> Result<PathBuf, PlanError> {
    let path = keys.path("model.alpha_file");
    path.ok_or_else(|| {
        keys.wrong("model.alpha_file", format!("model.training = \"{training}\" needs a path"))
    })
}

fn noise_aware(keys: Keys<'_>, copies: u32, noise: f64) -> Result<Training, PlanError> {
    keys.positive("model.lambda")?;
    if noise > 0.5 {
        return Err(keys.wrong("retrieval.noise", "model.training = \"noise-aware\" needs 0 to 0.5"));
    }
    Ok(Training::NoiseAware(copies))
}
