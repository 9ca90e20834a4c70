//! Training: batch gradient descent on the dual variables, the literature's recipe.

use crate::descent::{Descended, descend};
use crate::kernel::{Kernel, KernelError};
use crate::model::KlrModel;
use crate::objective::{Evaluation, Penalty, Problem};
use crate::pattern::PatternSet;
use std::num::NonZeroUsize;

/// The number type of the matrix products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: about twice as fast. Gradient descent corrects its own rounding errors, because each gradient is taken
    /// where the dual variables really are: they end within about 1e-6 of those of [`Self::Double`]. Where the step size
    /// makes descent oscillate first (the edge of stability, such as gamma = 0.02 at eta = 0.1, P/N = 3), differences
    /// are amplified about a millionfold and neither precision reproduces the other; the objective agrees to 1e-3.
    Single,
    /// 64 bits.
    Double,
}

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainConfig {
    /// The regulariser.
    pub penalty: Penalty,
    /// The weight of the regulariser, finite and at least 0.
    pub lambda: f64,
    /// The step size, finite and above 0.
    pub eta: f64,
    /// The most updates to make.
    pub iterations: u32,
    /// Stop once the norm of the gradient is below this share of its norm at zero; 0 makes every update.
    pub tolerance: f64,
    /// The number type of the matrix products; the report is always in double precision.
    pub precision: Precision,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
}

impl TrainConfig {
    /// The recipe of arXiv:2605.05978: `lambda/2 alpha' K alpha`, lambda = 0.01, step size 0.1, 500 updates
    /// from zero, in single precision on one thread. It may stop early, but only where nothing would change: at a
    /// gradient of 1e-6 of that at zero.
    #[must_use]
    pub const fn literature() -> Self {
        Self {
            penalty: Penalty::KernelNorm,
            lambda: 0.01,
            eta: 0.1,
            iterations: 500,
            tolerance: 1e-6,
            precision: Precision::Single,
            threads: NonZeroUsize::MIN,
        }
    }

    fn check(&self) -> Result<(), TrainError> {
        let wrong = |name, value, allowed| Err(TrainError::Setting { name, value, allowed });
        if !(self.lambda.is_finite() && self.lambda >= 0.0) {
            wrong("lambda", self.lambda, "finite and at least 0")
        } else if !(self.eta.is_finite() && self.eta > 0.0) {
            wrong("eta", self.eta, "finite and above 0")
        } else if !(self.tolerance.is_finite() && self.tolerance >= 0.0) {
            wrong("tolerance", self.tolerance, "finite and at least 0")
        } else {
            Ok(())
        }
    }
}

/// Why training could not start.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// A number of the configuration is outside its range.
    #[error("{name} is {value}; it must be {allowed}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The value given.
        value: f64,
        /// The values allowed.
        allowed: &'static str,
    },
    /// The kernel does not fit the patterns.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The targets are not as many, or not as long, as the patterns.
    #[error("{found_p} targets of {found_n} neurons do not fit {p} patterns of {n}")]
    Targets {
        /// Targets given.
        found_p: usize,
        /// Their neurons.
        found_n: usize,
        /// P.
        p: usize,
        /// N.
        n: usize,
    },
    /// The solver was asked for another penalty.
    #[error(
        "the solver minimises with the kernel-norm penalty; the plain L2 penalty is allowed for gradient descent"
    )]
    Penalty,
    /// The Gram matrix is not positive semidefinite, so that the objective has no minimum.
    #[error(
        "the Gram matrix of this kernel table and these patterns is not positive semidefinite, as training needs it: \
         it has an eigenvalue of at most {quotient:e}"
    )]
    NotPositive {
        /// A Rayleigh quotient of the matrix: its smallest eigenvalue is no larger.
        quotient: f64,
    },
    /// A linear system has no solution in double precision.
    #[error(
        "the Gram matrix plus lambda = {lambda:e} on its diagonal is singular in double precision; lambda must be larger"
    )]
    Singular {
        /// The lambda given.
        lambda: f64,
    },
    /// There is no memory for the Gram matrix.
    #[error("the Gram matrix of {p} patterns does not fit memory")]
    TooLarge {
        /// P.
        p: usize,
    },
}

/// Where training stands, after each update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Updates made.
    pub iteration: u32,
    /// The most updates there will be.
    pub iterations: u32,
    /// The norm of the gradient of this update, relative to that at zero. From the solver: the norm of
    /// `sigma(K alpha) - y + lambda alpha`, which K turns into the gradient, relative to that at zero.
    pub relative_gradient: f64,
    /// From the solver: an upper bound of the relative duality gap where this update began, in the precision of the
    /// products; above 1 it says nothing.
    pub gap: Option<f64>,
    /// Products of the Gram matrix with a P x N panel so far, `2 P^2 N` operations each; 0 from training for noise, whose
    /// products have another shape.
    pub products: u32,
}

/// How training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The norm of the gradient fell below the tolerance; from the solver, the certified duality gap did.
    Converged,
    /// All updates were made, and the objective was still falling smoothly.
    IterationLimit,
    /// The solver's gap is above the tolerance, and rounding keeps it there: double precision, or a larger tolerance.
    Stalled,
    /// The step size is too large for the problem. Any of: a gradient was not finite (the last finite dual variables
    /// are kept); the objective at the end is above its value at zero; or the dual variables oscillate, which shows as
    /// successive gradients that pointed against each other (negative cosine) on average over the last ten updates.
    Diverged,
    /// Nothing was trained; the figures describe dual variables that came from elsewhere.
    Untrained,
}

/// What training achieved; all numbers in double precision at the final dual variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitReport {
    /// Updates made.
    pub iterations: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The objective, summed over patterns and neurons ([`Problem`]).
    pub objective: f64,
    /// The Euclidean norm of the gradient over all dual variables. From the solver: by a product in its own precision,
    /// which is all that a number near 0 needs.
    pub gradient_norm: f64,
    /// [`Self::gradient_norm`] relative to the norm at zero.
    pub relative_gradient: f64,
    /// The share of patterns, 0 to 1, whose margins are all positive: of patterns that are their own target, the fixed
    /// points.
    pub stored_patterns_fixed: f64,
    /// The smallest margin `t_i^mu h_i(xi^mu)`, t the stored bit, or the target's for other targets.
    pub min_margin: f64,
    /// The mean margin.
    pub mean_margin: f64,
    /// The mean magnitude of the dual variables.
    pub mean_abs_alpha: f64,
    /// The share of dual variables, 0 to 1, whose sign is that of the target, the stored bit. At the optimum of [`Penalty::KernelNorm`]
    /// `alpha = (y - sigma(h)) / lambda`, so it is exactly 1.
    pub sign_agreement: f64,
    /// From the solver ([`crate::solve::solve`]): how far the objective is above its minimum at most, as a share of the
    /// objective. Evaluated in double precision, with an allowance for the rounding of its terms; rounding of the fields
    /// themselves (1e-12 and less) enters with its square. Gradient descent certifies nothing.
    pub gap: Option<f64>,
}

/// Trains a model on `patterns` by gradient descent from zero; `progress` is called after each update.
///
/// The update is `alpha -= eta K(sigma(K alpha) - y + lambda alpha)` for [`Penalty::KernelNorm`] and
/// `alpha -= eta (K(sigma(K alpha) - y) + lambda alpha)` for [`Penalty::L2`]: the exact gradient of [`Problem`], neither
/// averaged nor preconditioned. Memory is one P x P matrix in the chosen precision. A run that diverges is a result, not
/// an error: the model is returned and the report says so.
///
/// # Errors
/// [`TrainError`] if a number of the configuration is out of range, or P x P is beyond memory.
pub fn train(
    patterns: &PatternSet,
    kernel: Kernel,
    config: &TrainConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<(KlrModel, FitReport), TrainError> {
    train_towards(patterns, patterns, kernel, config, progress)
}

/// [`train`] with a target of its own for each pattern: the field of neuron i at pattern mu should have the sign of bit
/// i of target mu. With the next pattern as target the network walks through a sequence.
///
/// # Errors
/// [`TrainError`] as for [`train`], or if there are not as many targets as patterns.
pub fn train_towards(
    patterns: &PatternSet,
    targets: &PatternSet,
    kernel: Kernel,
    config: &TrainConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<(KlrModel, FitReport), TrainError> {
    config.check()?;
    check_problem(patterns, targets, &kernel)?;
    let problem =
        Problem { patterns, targets, kernel: &kernel, penalty: config.penalty, lambda: config.lambda };
    let descent = match config.precision {
        Precision::Single => descend::<f32>(&problem, config, progress)?,
        Precision::Double => descend::<f64>(&problem, config, progress)?,
    };
    let evaluation = problem.evaluate(&descent.duals, config.threads);
    let report = report(&problem, &descent, &evaluation);
    tracing::debug!(?report, "trained");
    let model = KlrModel::from_duals(patterns.clone(), kernel, descent.duals)
        .expect("gradient descent keeps P x N finite dual variables");
    Ok((model, report))
}

/// Nothing, if there is a target for each pattern, and a kernel value for each distance.
pub(crate) fn check_problem(
    patterns: &PatternSet,
    targets: &PatternSet,
    kernel: &Kernel,
) -> Result<(), TrainError> {
    let (p, n) = (patterns.p(), patterns.n());
    let (found_p, found_n) = (targets.p(), targets.n());
    if (found_p, found_n) != (p, n) {
        return Err(TrainError::Targets { found_p, found_n, p, n });
    }
    Ok(kernel.require_fits(n)?)
}

/// The figures of `model` as if training had ended there, for dual variables that came from elsewhere.
///
/// # Errors
/// [`TrainError::Setting`] if a number of the configuration is out of range.
pub fn evaluate(model: &KlrModel, config: &TrainConfig) -> Result<FitReport, TrainError> {
    config.check()?;
    let (patterns, kernel) = (model.patterns(), model.kernel());
    let problem = Problem::storing(patterns, kernel, config.penalty, config.lambda);
    let at_zero = norm(&problem.evaluate(&vec![0.0; model.duals().len()], config.threads).gradient);
    let evaluation = problem.evaluate(model.duals(), config.threads);
    let fit = figures(&problem, model.duals(), at_zero, &evaluation);
    Ok(FitReport { iterations: 0, outcome: Outcome::Untrained, ..fit })
}

fn report(problem: &Problem<'_>, descent: &Descended, evaluation: &Evaluation) -> FitReport {
    FitReport {
        iterations: descent.iterations,
        outcome: outcome(problem, descent, evaluation),
        ..figures(problem, &descent.duals, descent.gradient_at_zero, evaluation)
    }
}

pub(crate) fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// What can be said of `duals` whichever way they came about.
pub(crate) fn figures(
    problem: &Problem<'_>,
    duals: &[f64],
    at_zero: f64,
    evaluation: &Evaluation,
) -> FitReport {
    let n = problem.patterns.n();
    let count = duals.len() as f64;
    let gradient_norm = norm(&evaluation.gradient);
    let fixed = evaluation.margins.chunks_exact(n).filter(|row| row.iter().all(|&m| m > 0.0)).count();
    let agrees = |(at, a): (usize, &f64)| a * f64::from(problem.targets.sign(at / n, at % n)) > 0.0;
    FitReport {
        iterations: 0,
        outcome: Outcome::Untrained,
        objective: evaluation.objective,
        gradient_norm,
        relative_gradient: if at_zero > 0.0 { gradient_norm / at_zero } else { 1.0 },
        stored_patterns_fixed: fixed as f64 / problem.patterns.p() as f64,
        min_margin: evaluation.margins.iter().copied().fold(f64::INFINITY, f64::min),
        mean_margin: evaluation.margins.iter().sum::<f64>() / count,
        mean_abs_alpha: duals.iter().map(|a| a.abs()).sum::<f64>() / count,
        gap: None,
        sign_agreement: duals.iter().enumerate().filter(|&a| agrees(a)).count() as f64 / count,
    }
}

fn outcome(problem: &Problem<'_>, descent: &Descended, evaluation: &Evaluation) -> Outcome {
    // Written so that an objective that is not a number counts as diverged.
    let descended = evaluation.objective <= problem.objective_at_zero();
    if descent.unstable || !descended {
        Outcome::Diverged
    } else if descent.converged {
        Outcome::Converged
    } else {
        Outcome::IterationLimit
    }
}
