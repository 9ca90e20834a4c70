//! Kernel ridge regression: dual variables in closed form, the baseline that needs no iteration
//! (arXiv:2504.12561 stores patterns this way).

use crate::fit::factor::{Factor, FactorError};
use crate::fit::objective::{Penalty, Problem};
use crate::fit::report::{FitOutcome, FitReport, TrainError, check_problem, figures, norm};
use crate::fit::solve::definite;
use crate::kernel::{Kernel, append_gram_block};
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use klr_units::OutOfRange;
use nalgebra::DMatrix;
use std::num::NonZeroUsize;
use std::ops::Range;

/// Solves `(K + lambda I) alpha = t` for all neurons, t being the stored bits as -1 and +1, by a Cholesky factorisation in
/// double precision. It takes memory for P (P + 128) / 2 numbers of 8 bytes, and about `P^3/3 + 2 P^2 N` multiply-adds.
///
/// The report is about the objective of logistic regression with the kernel norm and the same lambda, so that it can be
/// compared with what training reaches; its outcome is [`FitOutcome::ClosedForm`].
///
/// # Errors
/// [`TrainError`] if `lambda` is not finite and above 0, the Gram matrix is found not to be positive semidefinite, it does
/// not fit memory, or lambda is so small that the matrix is singular in double precision.
pub fn solve(
    patterns: &PatternSet,
    kernel: Kernel,
    lambda: f64,
    threads: NonZeroUsize,
) -> Result<(KlrModel, FitReport), TrainError> {
    solve_towards(patterns, patterns, kernel, lambda, threads)
}

/// [`solve`] with a target of its own for each pattern.
///
/// # Errors
/// [`TrainError`] as for [`solve`], or if there are not as many targets as patterns.
pub fn solve_towards(
    patterns: &PatternSet,
    targets: &PatternSet,
    kernel: Kernel,
    lambda: f64,
    threads: NonZeroUsize,
) -> Result<(KlrModel, FitReport), TrainError> {
    if !(lambda.is_finite() && lambda > 0.0) {
        return Err(TrainError::Setting(OutOfRange::new("lambda", lambda, "finite and above 0")));
    }
    check_problem(patterns, targets, &kernel)?;
    let problem = Problem { patterns, targets, kernel: &kernel, penalty: Penalty::KernelNorm, lambda };
    definite::require(&problem, threads)?;
    let (p, n) = (patterns.p(), patterns.n());
    let factor = factor_of(&problem, threads)?;
    let mut duals = DMatrix::from_fn(p, n, |mu, i| f64::from(targets.sign(mu, i)));
    factor.solve(&mut duals);
    if duals.iter().any(|a| !a.is_finite()) {
        return Err(TrainError::Singular { lambda });
    }
    let duals: Vec<f64> = duals.transpose().as_slice().to_vec();
    let at_zero = norm(&problem.evaluate(&vec![0.0; p * n], threads).gradient);
    let evaluation = problem.evaluate(&duals, threads);
    let figures = figures(&problem, &duals, at_zero, &evaluation);
    let report = FitReport { outcome: FitOutcome::ClosedForm, ..figures };
    let model = KlrModel::from_duals(patterns.clone(), kernel, &duals).expect("P x N finite dual variables");
    Ok((model, report))
}

/// The lower triangle L with `L L' = K + lambda I`.
fn factor_of(problem: &Problem<'_>, threads: NonZeroUsize) -> Result<Factor, TrainError> {
    let p = problem.patterns.p();
    let table = problem.kernel.table(problem.patterns.n());
    let block = |rows: Range<usize>, columns: Range<usize>| {
        let mut values = Vec::new();
        values.try_reserve_exact(rows.len().checked_mul(columns.len())?).ok()?;
        append_gram_block(problem.patterns, &table, rows.clone(), columns, &mut values);
        let mut values = DMatrix::from_vec(rows.len(), rows.end, values);
        rows.clone().for_each(|row| values[(row - rows.start, row)] += problem.lambda);
        Some(values)
    };
    Factor::of(p, block, threads).map_err(|error| match error {
        FactorError::TooLarge => TrainError::TooLarge { p },
        FactorError::NotDefinite => TrainError::Singular { lambda: problem.lambda },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};

    fn random(n: usize, p: usize) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(21).stream(Stream::Patterns)).unwrap()
    }

    #[test]
    fn the_equations_hold() {
        // One block, a full one, several with a short last one.
        for (n, p, gamma, lambda) in [(5, 7, 0.1, 0.01), (20, 128, 0.05, 0.5), (12, 300, 0.02, 0.01)] {
            let patterns = random(n, p);
            let two = NonZeroUsize::new(2).unwrap();
            let (model, report) = solve(&patterns, Kernel::rbf(gamma).unwrap(), lambda, two).unwrap();
            for mu in 0..p {
                for (i, h) in model.fields(&patterns.state(mu)).into_iter().enumerate() {
                    let left = h + lambda * model.alpha(mu, i);
                    assert!(
                        (left - f64::from(patterns.sign(mu, i))).abs() < 1e-9,
                        "P = {p}, {mu}, {i}: {left}"
                    );
                }
            }
            assert_eq!(
                (report.outcome, report.stored_patterns_fixed),
                (FitOutcome::ClosedForm, 1.0),
                "{report:?}"
            );
            let one = solve(&patterns, Kernel::rbf(gamma).unwrap(), lambda, NonZeroUsize::MIN).unwrap();
            assert!(one == (model, report), "P = {p}: threads change no byte");
        }
    }

    #[test]
    fn one_pattern_has_its_closed_form() {
        let (model, _) = solve(&random(9, 1), Kernel::rbf(0.1).unwrap(), 0.25, NonZeroUsize::MIN).unwrap();
        for (a, sign) in model.duals().iter().zip(random(9, 1).state(0).signs()) {
            assert!((a - f64::from(sign) / 1.25).abs() < 1e-15, "t / (1 + lambda), found {a}");
        }
    }

    #[test]
    fn two_patterns_have_a_closed_form() {
        // K = [[1, k], [k, 1]]: where the bits agree alpha = x / (1 + lambda + k), where they differ x / (1 + lambda - k).
        let patterns = PatternSet::from_signs(4, &[1, 1, -1, 1, 1, 1, -1, -1]).unwrap();
        let (model, _) = solve(&patterns, Kernel::rbf(0.1).unwrap(), 0.2, NonZeroUsize::MIN).unwrap();
        let k = (-0.4f64).exp();
        for i in 0..4 {
            let x = f64::from(patterns.sign(0, i));
            let expected = if i < 3 { x / (1.2 + k) } else { x / (1.2 - k) };
            assert!((model.alpha(0, i) - expected).abs() < 1e-14, "neuron {i}");
        }
    }

    #[test]
    fn what_has_no_solution_is_refused() {
        let refuse = |kernel, lambda| solve(&random(4, 9), kernel, lambda, NonZeroUsize::MIN).unwrap_err();
        for lambda in [0.0, -1.0, f64::NAN] {
            let message = refuse(Kernel::linear(), lambda).to_string();
            assert_eq!(message, format!("lambda is {lambda}; it must be finite and above 0"));
        }
        assert_eq!(refuse(Kernel::linear(), 1e-300), TrainError::Singular { lambda: 1e-300 }, "rank 4 of 9");
        let rising = Kernel::from_table(vec![0.0, 1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!(matches!(refuse(rising, 0.01), TrainError::NotPositive { .. }), "distances are no kernel");
    }
}
