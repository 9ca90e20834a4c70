//! The section `[model]` of a plan: kernel and training.

use crate::error::Error;
use crate::plan::keys::Keys;
use crate::plan::source::AUTO;
use crate::plan::{Plan, RetrievalPlan};
use klr_model::kernel::MAX_DEGREE;
use klr_model::noise_aware::NoiseAwareConfig;
use klr_model::tune::{Trainer, TuneConfig};
use klr_model::{Kernel, Penalty, Precision, SolveConfig, Streams, TrainConfig};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Whether the dual variables are trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Training {
    /// Kernel logistic regression.
    Klr(Solver),
    /// Kernel logistic regression on corrupted copies of the patterns, so many of each.
    NoiseAware(u32),
    /// Kernel ridge regression, in closed form.
    KernelRidge,
    /// `alpha = xi`, the exponential correlation associative memory.
    None,
    /// Dual variables from a NumPy file.
    File(PathBuf),
}

/// What minimises the objective of kernel logistic regression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solver {
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
    #[must_use]
    pub const fn newton(&self, threads: NonZeroUsize) -> SolveConfig {
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

    /// How training for the noise of `plan`'s cues runs on `threads` threads, with the kernel as the core will see it.
    #[must_use]
    pub fn noise_aware(&self, plan: &Plan, threads: NonZeroUsize) -> NoiseAwareConfig {
        let RetrievalPlan { noise, noise_model, .. } = plan.retrieval;
        let defaults = NoiseAwareConfig::new(noise, noise_model, Streams::new(plan.seed));
        let copies = match self.training {
            Training::NoiseAware(copies) => copies,
            _ => defaults.cues_per_pattern,
        };
        NoiseAwareConfig {
            cues_per_pattern: copies,
            form: plan.quantize.kernel_form(),
            lambda: self.descent.lambda,
            iterations: self.descent.iterations.min(defaults.iterations),
            threads,
            ..defaults
        }
    }

    /// How gamma is chosen on `threads` threads: on cues with the noise of the plan, recalled with the kernel words and
    /// weights of its core.
    #[must_use]
    pub fn tuning(&self, plan: &Plan, threads: NonZeroUsize) -> TuneConfig {
        let RetrievalPlan { noise, noise_model, max_steps, .. } = plan.retrieval;
        let defaults = TuneConfig::new(noise, noise_model, Streams::new(plan.seed));
        let trainer = match self.training {
            Training::Klr(_) => Trainer::Plain(self.newton(threads)),
            Training::NoiseAware(_) => Trainer::NoiseAware(self.noise_aware(plan, threads)),
            Training::KernelRidge | Training::None | Training::File(_) => Trainer::Untrained,
        };
        TuneConfig {
            form: plan.quantize.kernel_form(),
            weights: Some(plan.quantize.weights()),
            trainer,
            max_steps,
            threads,
            ..defaults
        }
    }
}

/// The most corrupted copies of a pattern: what more would bring is below the spread of recall.
const MAX_COPIES: u32 = 4096;

/// The inverse width of the narrowest kernel: far narrower than a single bit, and `4 gamma d` still is a number.
const MAX_WIDTH: f64 = 1e300;

/// The kinds of kernel.
#[derive(Clone, Copy)]
enum Kind {
    Rbf,
    Exponential,
    Polynomial,
    Linear,
    Table,
}

const KERNELS: &[(&str, Kind)] = &[
    ("rbf", Kind::Rbf),
    ("exponential", Kind::Exponential),
    ("polynomial", Kind::Polynomial),
    ("linear", Kind::Linear),
    ("table", Kind::Table),
];

pub(super) fn model(keys: &Keys<'_>) -> Result<ModelPlan, Error> {
    Ok(ModelPlan {
        kernel: kernel(keys)?,
        descent: TrainConfig {
            penalty: keys
                .choice("model.penalty", &[("kernel-norm", Penalty::KernelNorm), ("l2", Penalty::L2)])?,
            lambda: keys.not_negative("model.lambda")?,
            eta: keys.positive("model.eta")?,
            iterations: keys.whole("model.iterations", "allowed are 0 to 4294967295")?,
            tolerance: keys.not_negative("model.tolerance")?,
            precision: keys
                .choice("model.precision", &[("single", Precision::Single), ("double", Precision::Double)])?,
            threads: NonZeroUsize::MIN,
        },
        // After the ranges of all solvers, those of the one that is wanted.
        training: training(keys)?,
    })
}

/// The kernel, from the key that belongs to its kind; the keys of the other kinds are not looked at.
fn kernel(keys: &Keys<'_>) -> Result<KernelPlan, Error> {
    let (key, made) = match keys.choice("model.kernel", KERNELS)? {
        Kind::Rbf if keys.text("model.gamma") == AUTO => {
            require_choice(keys)?;
            return Ok(KernelPlan::ChosenGamma);
        }
        Kind::Rbf => ("model.gamma", Kernel::rbf(width(keys, "model.gamma")?)),
        Kind::Exponential => ("model.beta", Kernel::exponential(width(keys, "model.beta")?)),
        Kind::Polynomial => {
            let allowed = format!("allowed are 1 to {MAX_DEGREE}");
            let degree = keys.whole("model.degree", &allowed)?;
            if !(1..=MAX_DEGREE).contains(&degree) {
                return Err(keys.0.wrong("model.degree", &allowed));
            }
            ("model.offset", Kernel::polynomial(degree, keys.not_negative("model.offset")?))
        }
        Kind::Linear => return Ok(KernelPlan::Given(Kernel::linear())),
        Kind::Table => ("model.kernel_values", Kernel::from_table(keys.numbers("model.kernel_values")?)),
    };
    made.map(KernelPlan::Given).map_err(|error| keys.0.wrong(key, &error.to_string()))
}

/// Nothing, if gamma can be chosen: for dual variables and cues of this plan, and noise that leaves something to recall.
fn require_choice(keys: &Keys<'_>) -> Result<(), Error> {
    if keys.text("model.training") == "file" {
        return Err(keys
            .0
            .wrong("model.training", "dual variables of a file belong to the gamma they were trained for"));
    }
    if keys.share("retrieval.noise")? >= 0.5 {
        return Err(keys.0.wrong("retrieval.noise", "model.gamma = \"auto\" needs 0 or above, below 0.5"));
    }
    if keys.text("retrieval.cue") != "flips" {
        return Err(keys.0.wrong("retrieval.cue", "model.gamma = \"auto\" chooses for flips only"));
    }
    Ok(())
}

/// The inverse width of a kernel.
fn width(keys: &Keys<'_>, key: &str) -> Result<f64, Error> {
    let value = keys.positive(key)?;
    if value > MAX_WIDTH {
        return Err(keys.0.wrong(key, &format!("allowed are numbers above 0, at most {MAX_WIDTH:e}")));
    }
    Ok(value)
}

/// The solver, if it can do what the plan asks for.
fn solver(keys: &Keys<'_>) -> Result<Solver, Error> {
    let solvers = [("newton", Solver::Newton), ("gradient-descent", Solver::GradientDescent)];
    let solver = keys.choice("model.solver", &solvers)?;
    if solver == Solver::GradientDescent {
        return Ok(solver);
    }
    if keys.text("model.penalty") == "l2" {
        return Err(keys.0.wrong("model.penalty", "model.solver = \"newton\" has kernel-norm only"));
    }
    keys.positive("model.lambda")?;
    keys.positive("model.tolerance")?;
    Ok(solver)
}

fn training(keys: &Keys<'_>) -> Result<Training, Error> {
    let trainings = [("klr", 0), ("noise-aware", 1), ("kernel-ridge", 2), ("none", 3), ("file", 4)];
    match keys.choice("model.training", &trainings)? {
        0 => solver(keys).map(Training::Klr),
        1 => {
            keys.positive("model.lambda")?;
            let allowed = format!("allowed are 1 to {MAX_COPIES}");
            let copies = keys.whole("model.noise_copies", &allowed)?;
            if !(1..=MAX_COPIES).contains(&copies) {
                return Err(keys.0.wrong("model.noise_copies", &allowed));
            }
            if keys.share("retrieval.noise")? > 0.5 {
                let allowed = "model.training = \"noise-aware\" needs 0 to 0.5";
                return Err(keys.0.wrong("retrieval.noise", allowed));
            }
            Ok(Training::NoiseAware(copies))
        }
        2 => keys.positive("model.lambda").map(|_| Training::KernelRidge),
        3 => Ok(Training::None),
        _ => keys
            .path("model.alpha_file")
            .map(Training::File)
            .ok_or_else(|| keys.0.wrong("model.alpha_file", "model.training = \"file\" needs a path")),
    }
}
