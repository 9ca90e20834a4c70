//! Training: batch gradient descent on the dual variables, the literature's recipe.

mod descent;

use crate::fit::objective::{Evaluation, Penalty, Problem};
use crate::fit::report::{
    FitOutcome, FitProgress, FitReport, Precision, TrainError, check_problem, figures, norm,
};
use crate::kernel::Kernel;
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use descent::{Descended, descend};
use klr_units::OutOfRange;
use std::num::NonZeroUsize;

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

    pub(super) fn check(&self) -> Result<(), TrainError> {
        let wrong = |name, value, allowed| Err(TrainError::Setting(OutOfRange::new(name, value, allowed)));
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
    progress: &mut dyn FnMut(FitProgress),
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
    progress: &mut dyn FnMut(FitProgress),
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
    let model = KlrModel::from_duals(patterns.clone(), kernel, &descent.duals)
        .expect("gradient descent keeps P x N finite dual variables");
    Ok((model, report))
}

/// The figures of `model` as if training had ended there, for dual variables that came from elsewhere.
///
/// # Errors
/// [`TrainError::Setting`] if a number of the configuration is out of range.
pub fn evaluate(model: &KlrModel, config: &TrainConfig) -> Result<FitReport, TrainError> {
    config.check()?;
    let (patterns, kernel) = (model.patterns(), model.kernel());
    let problem = Problem::storing(patterns, kernel, config.penalty, config.lambda);
    let duals = model.duals();
    let evaluation = problem.evaluate(&duals, config.threads);
    // At zero the gradient is half the product of the Gram matrix with minus the targets. Those of untrained dual variables
    // are the dual variables, whose product has just been made; halves are exact.
    let at_zero = if model.is_untrained() {
        0.5 * norm(&evaluation.margins)
    } else {
        problem.gradient_norm_at_zero(config.threads)
    };
    let fit = figures(&problem, &duals, at_zero, &evaluation);
    Ok(FitReport { iterations: 0, outcome: FitOutcome::Untrained, ..fit })
}

fn report(problem: &Problem<'_>, descent: &Descended, evaluation: &Evaluation) -> FitReport {
    FitReport {
        iterations: descent.iterations,
        outcome: outcome(problem, descent, evaluation),
        ..figures(problem, &descent.duals, descent.gradient_at_zero, evaluation)
    }
}

fn outcome(problem: &Problem<'_>, descent: &Descended, evaluation: &Evaluation) -> FitOutcome {
    // The objective is a sum of P N terms, each of which may round; steps too short to matter leave it where it was.
    // Written so that an objective that is not a number counts as diverged.
    let terms = evaluation.margins.len() as f64;
    let descended = evaluation.objective <= problem.objective_at_zero() * (1.0 + terms * f64::EPSILON);
    if descent.unstable || !descended {
        FitOutcome::Diverged
    } else if descent.converged {
        FitOutcome::Converged
    } else {
        FitOutcome::IterationLimit
    }
}
