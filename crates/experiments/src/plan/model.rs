//! The section `[model]` of a plan: kernel and training.

use crate::error::Error;
use crate::plan::keys::Keys;
use klr_model::kernel::MAX_DEGREE;
use klr_model::{Kernel, Penalty, Precision, SolveConfig, TrainConfig};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Whether the dual variables are trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Training {
    /// Kernel logistic regression.
    Klr(Solver),
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

/// How the model is trained.
#[derive(Clone, Debug)]
pub struct ModelPlan {
    /// Whether it is trained.
    pub training: Training,
    /// The kernel.
    pub kernel: Kernel,
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
}

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
fn kernel(keys: &Keys<'_>) -> Result<Kernel, Error> {
    let (key, made) = match keys.choice("model.kernel", KERNELS)? {
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
        Kind::Linear => return Ok(Kernel::linear()),
        Kind::Table => ("model.kernel_values", Kernel::from_table(keys.numbers("model.kernel_values")?)),
    };
    made.map_err(|error| keys.0.wrong(key, &error.to_string()))
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
    match keys.choice("model.training", &[("klr", 0), ("none", 1), ("file", 2)])? {
        0 => solver(keys).map(Training::Klr),
        1 => Ok(Training::None),
        _ => keys
            .path("model.alpha_file")
            .map(Training::File)
            .ok_or_else(|| keys.0.wrong("model.alpha_file", "model.training = \"file\" needs a path")),
    }
}
