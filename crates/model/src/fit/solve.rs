//! Training to the optimum: Newton's method with conjugate gradients for the kernel-norm penalty, stopped by a certified
//! duality gap (`docs/decisions/0006-solver.md`).
//!
//! Per neuron, with t the target, the problem and its dual are (arXiv:2605.05978, Eq. 2; the dual by Fenchel as in Yu,
//! Huang & Lin, "Dual coordinate descent methods for logistic regression and maximum entropy models", Mach. Learn. 2011)
//!
//! ```text
//! primal  P(alpha) = sum_mu log(1 + exp(-m)) + lambda/2 alpha' K alpha,     m = t h,  h = K alpha
//! dual    D(u)     = sum_mu H(u) - 1/(2 lambda) (t u)' K (t u),             0 <= u <= 1,  H the binary entropy
//! ```
//!
//! For a positive semidefinite K, `D(u) <= min P` whatever u is. Dual variables with `0 <= lambda t alpha <= 1` are a
//! point of both, `u = lambda t alpha`, and the two differ by a sum of Kullback-Leibler divergences,
//!
//! ```text
//! P - D = sum_mu log(1 + exp(-m)) + u m - H(u) = sum_mu KL(u || sigma(-m))
//! ```
//!
//! so one product with K certifies how far above the minimum the objective is at most, and nothing large cancels.

mod certificate;
mod conjugate;
pub(crate) mod definite;
mod exponential;
mod newton;
mod panel;

use crate::fit::objective::{Penalty, Problem};
use crate::fit::report::{FitOutcome, FitProgress, FitReport, Precision, TrainError, check_problem, figures};
use crate::kernel::Kernel;
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use certificate::GapCertificate;
use klr_units::OutOfRange;
use newton::{Newton, NewtonStep};
use panel::Arithmetic;
use std::num::NonZeroUsize;

/// Where the Gram matrix is between two products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GramStorage {
    /// In memory, P x P numbers of the chosen precision.
    Whole,
    /// Nowhere: each product makes it anew from the packed patterns, one block of at most 512 rows per thread at a time.
    Blocks,
    /// [`Self::Whole`] if P x P numbers take at most this many bytes, else [`Self::Blocks`].
    WithinBytes(u64),
}

/// How to solve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolveConfig {
    /// The regulariser: [`Penalty::KernelNorm`].
    pub penalty: Penalty,
    /// The weight of the regulariser, from 1e-30 to 1e30: without one no finite dual variables are the best.
    pub lambda: f64,
    /// Stop once the objective is certified to be above its minimum by at most this share of itself; above 0.
    pub tolerance: f64,
    /// The most Newton steps to make.
    pub iterations: u32,
    /// The number type of the products on the way. The certificate is in double precision whichever it is. Single
    /// precision reaches gaps of about 1e-9.
    pub precision: Precision,
    /// Where the Gram matrix is kept. The result does not depend on it.
    pub storage: GramStorage,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
}

impl SolveConfig {
    /// The penalty of arXiv:2605.05978, lambda = 0.01, to within a millionth of the minimum: in single precision on one
    /// thread, with a Gram matrix in memory if it takes at most 2 GiB (P = 23,170).
    #[must_use]
    pub const fn literature() -> Self {
        Self {
            penalty: Penalty::KernelNorm,
            lambda: 0.01,
            tolerance: 1e-6,
            iterations: 200,
            precision: Precision::Single,
            storage: GramStorage::WithinBytes(2 << 30),
            threads: NonZeroUsize::MIN,
        }
    }

    fn check(&self) -> Result<(), TrainError> {
        let wrong = |name, value, allowed| Err(TrainError::Setting(OutOfRange::new(name, value, allowed)));
        if self.penalty != Penalty::KernelNorm {
            Err(TrainError::Penalty)
        } else if self.lambda == 0.0 {
            wrong("lambda", 0.0, "above 0: without a penalty no finite dual variables are the best")
        } else if !(LAMBDA.0..=LAMBDA.1).contains(&self.lambda) {
            wrong("lambda", self.lambda, "1e-30 to 1e30")
        } else if !(self.tolerance.is_finite() && self.tolerance > 0.0) {
            wrong("tolerance", self.tolerance, "finite and above 0")
        } else {
            Ok(())
        }
    }

    fn keeps_whole(&self, p: usize, bytes_per_number: usize) -> bool {
        match self.storage {
            GramStorage::Whole => true,
            GramStorage::Blocks => false,
            GramStorage::WithinBytes(limit) => {
                let bytes = (p as u128).pow(2) * bytes_per_number as u128;
                bytes <= u128::from(limit)
            }
        }
    }
}

/// The weights of the penalty that single precision can hold, with their reciprocals.
const LAMBDA: (f64, f64) = (1e-30, 1e30);

/// Largest magnitude of a kernel value: its products stay within single precision.
const LARGEST_KERNEL_VALUE: f64 = 1e15;

/// Trains a model on `patterns` to the optimum of the kernel-norm penalty, where `alpha = t sigma(-t h) / lambda`;
/// `progress` is called after each Newton step.
///
/// [`FitReport::gap`] says by how much the objective is above its minimum at most, and [`FitOutcome::Converged`] that this is
/// within the tolerance.
///
/// # Errors
/// [`TrainError`] if a number of the configuration is out of range, the penalty is another one, the Gram matrix is found
/// not to be positive semidefinite (only a kernel given as a table can be so), or it is to be kept whole and does not fit
/// memory.
pub fn solve(
    patterns: &PatternSet,
    kernel: Kernel,
    config: &SolveConfig,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<(KlrModel, FitReport), TrainError> {
    solve_towards(patterns, patterns, kernel, config, progress)
}

/// [`solve`] with a target of its own for each pattern.
///
/// # Errors
/// [`TrainError`] as for [`solve`], or if there are not as many targets as patterns.
pub fn solve_towards(
    patterns: &PatternSet,
    targets: &PatternSet,
    kernel: Kernel,
    config: &SolveConfig,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<(KlrModel, FitReport), TrainError> {
    let problem = posed(patterns, targets, &kernel, config)?;
    let solved = match config.precision {
        Precision::Single => run::<f32>(&problem, config, progress)?,
        Precision::Double => run::<f64>(&problem, config, progress)?,
    };
    let Solved { certificate, gradient, steps, outcome, gradient_at_zero } = solved;
    let gap = certificate.relative_gap();
    let evaluation = certificate.evaluation(&problem, gradient);
    let report = FitReport {
        iterations: steps,
        outcome,
        gap: Some(gap),
        ..figures(&problem, &certificate.duals, gradient_at_zero, &evaluation)
    };
    if outcome != FitOutcome::Converged {
        tracing::warn!(gap, tolerance = config.tolerance, ?outcome, "the duality gap is above the tolerance");
    }
    tracing::debug!(?report, "solved");
    let model = KlrModel::from_duals(patterns.clone(), kernel, &certificate.duals)
        .expect("the certificate is of P x N finite dual variables");
    Ok((model, report))
}

/// The problem that is solved.
///
/// # Errors
/// [`TrainError`] if nobody can solve it.
fn posed<'a>(
    patterns: &'a PatternSet,
    targets: &'a PatternSet,
    kernel: &'a Kernel,
    config: &SolveConfig,
) -> Result<Problem<'a>, TrainError> {
    config.check()?;
    check_problem(patterns, targets, kernel)?;
    check_values(kernel, patterns.n())?;
    let problem = Problem { patterns, targets, kernel, penalty: config.penalty, lambda: config.lambda };
    definite::require(&problem, config.threads)?;
    Ok(problem)
}

fn check_values(kernel: &Kernel, n: usize) -> Result<(), TrainError> {
    match kernel.table(n).into_iter().find(|value| value.abs() > LARGEST_KERNEL_VALUE) {
        Some(value) => {
            Err(TrainError::Setting(OutOfRange::new("a kernel value", value, "of magnitude at most 1e15")))
        }
        None => Ok(()),
    }
}

/// As [`solve`], but believes Newton's own bound of the gap: no certificate in double precision and no report, which take
/// most of the time where few steps are made. For choosing between kernels.
///
/// # Errors
/// As [`solve`].
pub(crate) fn solve_uncertified(
    patterns: &PatternSet,
    kernel: Kernel,
    config: &SolveConfig,
) -> Result<KlrModel, TrainError> {
    let problem = posed(patterns, patterns, &kernel, config)?;
    let duals = match config.precision {
        Precision::Single => descend::<f32>(&problem, config)?,
        Precision::Double => descend::<f64>(&problem, config)?,
    };
    match KlrModel::from_duals(patterns.clone(), kernel.clone(), &duals) {
        Ok(model) => Ok(model),
        // Numbers that are no longer finite: the certificate finds the way back.
        Err(_) => Ok(solve(patterns, kernel, config, &mut |_| {})?.0),
    }
}

/// Feasible dual variables where Newton's method ends, P x N row-major.
fn descend<T: Arithmetic>(problem: &Problem<'_>, config: &SolveConfig) -> Result<Vec<f64>, TrainError> {
    let whole = config.keeps_whole(problem.patterns.p(), size_of::<T>());
    let mut newton = Newton::<T>::new(problem, config.threads, whole)?;
    newton.descend(config.tolerance, config.iterations, &mut |_| {});
    let mut duals = newton.duals();
    certificate::make_feasible(problem, &mut duals, &newton.fields());
    Ok(duals)
}

struct Solved {
    certificate: GapCertificate,
    /// K times the residual, by the products of the chosen precision.
    gradient: Vec<f64>,
    steps: u32,
    outcome: FitOutcome,
    gradient_at_zero: f64,
}

/// Alternates Newton's method in the chosen precision with certificates in double precision, until one is good enough or
/// the numbers of the chosen precision can do no better.
fn run<T: Arithmetic>(
    problem: &Problem<'_>,
    config: &SolveConfig,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<Solved, TrainError> {
    let whole = config.keeps_whole(problem.patterns.p(), size_of::<T>());
    let mut newton = Newton::<T>::new(problem, config.threads, whole)?;
    let mut best: Option<GapCertificate> = None;
    // Newton's method bounds the gap from above in its own arithmetic; where rounding makes that bound too low, the
    // certificate notices, and the next round aims lower.
    let mut aim = config.tolerance;
    loop {
        let ended = newton.descend(aim, config.iterations, progress);
        let certificate = GapCertificate::of(problem, newton.duals(), &newton.fields(), config.threads);
        certificate.require_positive(problem)?;
        let gap = certificate.relative_gap();
        let improved = best.as_ref().is_none_or(|best| gap < 0.5 * best.relative_gap());
        let kept = match best.take() {
            Some(best) if best.relative_gap() <= gap => best,
            _ => certificate,
        };
        let outcome = if kept.relative_gap() <= config.tolerance {
            FitOutcome::Converged
        } else if ended == NewtonStep::Limit {
            FitOutcome::IterationLimit
        } else if !improved {
            FitOutcome::Stalled
        } else {
            newton.restart_at(&kept.duals, &kept.fields);
            best = Some(kept);
            aim *= 0.1;
            continue;
        };
        let (steps, gradient_at_zero) = (newton.steps(), newton.gradient_at_zero());
        let gradient = newton.multiply(&kept.residual(problem));
        return Ok(Solved { certificate: kept, gradient, steps, outcome, gradient_at_zero });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};

    /// At kernels from far too wide to nearly the identity, in both precisions.
    #[test]
    fn what_is_not_certified_is_where_it_says_all_the_same() {
        let patterns = PatternSet::random(40, 200, &mut Streams::new(3).stream(Stream::Patterns)).unwrap();
        for precision in [Precision::Single, Precision::Double] {
            for gamma in [0.005, 0.05, 0.4, 4.0] {
                let kernel = Kernel::rbf(gamma).unwrap();
                let config = SolveConfig { tolerance: 1e-3, precision, ..SolveConfig::literature() };
                let rough = solve_uncertified(&patterns, kernel.clone(), &config).unwrap();
                let exact = SolveConfig { tolerance: 1e-6, ..config };
                let (exact, _) = solve(&patterns, kernel.clone(), &exact, &mut |_| {}).unwrap();
                let problem = Problem {
                    patterns: &patterns,
                    targets: &patterns,
                    kernel: &kernel,
                    penalty: config.penalty,
                    lambda: config.lambda,
                };
                let at = |model: &KlrModel| problem.evaluate(&model.duals(), config.threads).objective;
                let above = at(&rough) / at(&exact) - 1.0;
                assert!(above < 1.1e-3, "gamma {gamma}: {above} above the minimum");
                let signs = rough.duals().iter().enumerate().all(|(at, &dual)| dual * problem.sign(at) > 0.0);
                assert!(signs, "gamma {gamma}: each dual variable has the sign of its target");
            }
        }
    }
}
