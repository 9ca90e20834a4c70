//! The duality gap, in double precision.

use crate::fit::objective::{Evaluation, Problem, log_one_plus_exp};
use crate::fit::report::TrainError;
use std::num::NonZeroUsize;

/// How far a dual variable may be from `sigma(-m) / lambda` before it is moved there: it keeps the right sign, and
/// `u` between 0 and 1.
const WITHIN: f64 = 0.25;

/// Puts each `u = lambda t alpha` between `p/4` and `1 - (1 - p)/4`, `p = sigma(-t h)`: a point of the dual has to be
/// between 0 and 1, which numbers in single precision miss by a rounding error where p is close to 0. Both arrays are
/// P x N row-major.
pub(super) fn make_feasible(problem: &Problem<'_>, duals: &mut [f64], fields: &[f64]) {
    let lambda = problem.lambda;
    for (at, (dual, &h)) in duals.iter_mut().zip(fields).enumerate() {
        let t = problem.sign(at);
        let (p, q) = (sigma(-t * h), sigma(t * h));
        let u = (lambda * t * *dual).clamp(WITHIN * p, 1.0 - WITHIN * q);
        *dual = t * u / lambda;
    }
}

/// Dual variables and what was found at them.
#[derive(Debug)]
pub(super) struct GapCertificate {
    /// alpha, P x N row-major, each of the sign of its target.
    pub(super) duals: Vec<f64>,
    /// `K alpha`.
    pub(super) fields: Vec<f64>,
    /// P.
    pub(super) objective: f64,
    /// An upper bound of P - D.
    gap: f64,
    /// The sum of `alpha' K alpha`.
    norm: f64,
}

impl GapCertificate {
    /// Of dual variables near `duals`, whose fields are about `fields`; both P x N row-major. They are made feasible
    /// first ([`make_feasible`]).
    pub(super) fn of(
        problem: &Problem<'_>,
        mut duals: Vec<f64>,
        fields: &[f64],
        threads: NonZeroUsize,
    ) -> Self {
        make_feasible(problem, &mut duals, fields);
        let lambda = problem.lambda;
        let fields = problem.times_gram(&duals, threads);
        let (mut objective, mut gap, mut norm) = (0.0, 0.0, 0.0);
        for (at, (&dual, &h)) in duals.iter().zip(&fields).enumerate() {
            let t = problem.sign(at);
            let (m, u) = (t * h, (lambda * t * dual).clamp(0.0, 1.0));
            let loss = log_one_plus_exp(-m);
            objective += loss + 0.5 * u * m;
            gap += loss + u * m - entropy(u);
            norm += dual * h;
        }
        // Each term of the gap is a difference of numbers of the size of the terms of the objective.
        let gap = gap.max(0.0) + 4.0 * f64::EPSILON * objective.abs();
        Self { duals, fields, objective, gap, norm }
    }

    /// The gap as a share of the objective.
    pub(super) fn relative_gap(&self) -> f64 {
        if self.gap.is_finite() && self.objective > 0.0 { self.gap / self.objective } else { f64::INFINITY }
    }

    /// The objective, and margins `t h`; the gradient is not in it.
    pub(super) fn evaluation(&self, problem: &Problem<'_>, gradient: Vec<f64>) -> Evaluation {
        let margins = self.fields.iter().enumerate().map(|(at, h)| problem.sign(at) * h).collect();
        Evaluation { objective: self.objective, margins, gradient }
    }

    /// `lambda alpha - t sigma(-t h)`, which K turns into the gradient.
    pub(super) fn residual(&self, problem: &Problem<'_>) -> Vec<f64> {
        let at = |(at, (a, h)): (usize, (&f64, &f64))| {
            let t = problem.sign(at);
            problem.lambda * a - t * sigma(-t * h)
        };
        self.duals.iter().zip(&self.fields).enumerate().map(at).collect()
    }

    /// Nothing, unless `alpha' K alpha` is negative beyond rounding.
    pub(super) fn require_positive(&self, problem: &Problem<'_>) -> Result<(), TrainError> {
        let squares: f64 = self.duals.iter().map(|a| a * a).sum();
        let quotient = self.norm / squares;
        let table = problem.kernel.table(problem.patterns.n());
        let largest = table.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        if quotient < -largest * problem.patterns.p() as f64 * 1e-12 {
            return Err(TrainError::NotPositive { quotient });
        }
        Ok(())
    }
}

fn sigma(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `-u log u - (1 - u) log(1 - u)`.
fn entropy(u: f64) -> f64 {
    let one = |x: f64| if x > 0.0 { -x * x.ln() } else { 0.0 };
    one(u) - (1.0 - u) * if u < 1.0 { (-u).ln_1p() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_a_coin() {
        assert_eq!(entropy(0.5), std::f64::consts::LN_2, "fair");
        assert_eq!((entropy(0.0), entropy(1.0)), (0.0, 0.0), "certain");
        let tiny: f64 = 1e-20;
        assert!((entropy(tiny) - tiny * (1.0 - tiny.ln())).abs() < 1e-33, "nearly certain");
    }
}
