//! The words that all ways of training share: how exact, how far, why not, and what was achieved.

use super::form::WordsError;
use super::objective::{Evaluation, Problem};
use crate::kernel::{Kernel, KernelError};
use crate::pattern::PatternSet;
use klr_units::OutOfRange;

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

/// Why training could not start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// A number of the configuration is outside its range.
    #[error(transparent)]
    Setting(#[from] OutOfRange),
    /// The kernel does not fit the patterns.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The kernel has no words in the form to train for.
    #[error(transparent)]
    Words(#[from] WordsError),
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
        "the Gram matrix of this kernel and these patterns is not positive semidefinite, as training needs it: it has an \
         eigenvalue of at most {quotient:e}"
    )]
    NotPositive {
        /// A Rayleigh quotient of the matrix: its smallest eigenvalue is no larger.
        quotient: f64,
    },
    /// A linear system has no solution in double precision.
    #[error("the Gram matrix plus lambda = {lambda:e} on its diagonal is singular in double precision")]
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
pub struct FitProgress {
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
pub enum FitOutcome {
    /// The norm of the gradient fell below the tolerance; from the solver, the certified duality gap did.
    Converged,
    /// All updates were made, and the objective was still falling smoothly.
    IterationLimit,
    /// The solver's gap is above the tolerance, and rounding keeps it there: double precision, or a larger tolerance.
    Stalled,
    /// The step size is too large for the problem. Any of: a gradient was not finite (the last finite dual variables
    /// are kept); the objective at the end is above its value at zero by more than rounding; or the dual variables
    /// oscillate, which shows as successive gradients that pointed against each other (negative cosine) on average over
    /// the last ten updates, and became no shorter.
    Diverged,
    /// One linear system gave the dual variables; nothing was iterated.
    ClosedForm,
    /// Nothing was trained; the figures describe dual variables that came from elsewhere.
    Untrained,
}

/// What training achieved; all numbers in double precision at the final dual variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitReport {
    /// Updates made.
    pub iterations: u32,
    /// How it ended.
    pub outcome: FitOutcome,
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
    /// The share of dual variables, 0 to 1, whose sign is that of the target, the stored bit. At the optimum of
    /// [`Penalty::KernelNorm`](crate::Penalty::KernelNorm) `alpha = (y - sigma(h)) / lambda`, so it is exactly 1.
    pub sign_agreement: f64,
    /// From the solver ([`crate::fit::solve::solve`]): how far the objective is above its minimum at most, as a share of the
    /// objective. Evaluated in double precision, with an allowance for the rounding of its terms; rounding of the fields
    /// themselves (1e-12 and less) enters with its square. Gradient descent certifies nothing.
    pub gap: Option<f64>,
}

/// Refuses patterns without a target each, and distances without a kernel value.
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
        outcome: FitOutcome::Untrained,
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
