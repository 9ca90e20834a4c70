//! Kernel ridge regression: dual variables in closed form.

use crate::baselines::BaselineError;
use crate::kernel::{Kernel, try_gram};
use crate::model::KlrModel;
use crate::pattern::PatternSet;
use nalgebra::DMatrix;

/// The model with `(K + lambda I) alpha = X`, X the patterns as targets of -1 and +1 (arXiv:2504.12561), by Cholesky
/// factorisation in double precision.
///
/// # Errors
/// [`BaselineError`] if lambda is negative or not finite, the kernel does not fit, the Gram matrix is beyond memory, or
/// `K + lambda I` is not positive definite to rounding.
pub fn train(patterns: &PatternSet, kernel: Kernel, lambda: f64) -> Result<KlrModel, BaselineError> {
    if !(lambda.is_finite() && lambda >= 0.0) {
        let allowed = "finite and at least 0";
        return Err(BaselineError::Parameter { name: "lambda", value: lambda, allowed });
    }
    let (p, n) = (patterns.p(), patterns.n());
    kernel.require_fits(n)?;
    let gram = try_gram(patterns, &kernel.table(n)).ok_or(BaselineError::TooLarge { p, limit: p - 1 })?;
    let mut k = DMatrix::from_vec(p, p, gram);
    for mu in 0..p {
        k[(mu, mu)] += lambda;
    }
    let singular = || BaselineError::NotPositiveDefinite { kernel: kernel.to_string(), lambda };
    let factor = k.cholesky().ok_or_else(singular)?;
    let x = DMatrix::from_fn(p, n, |mu, i| f64::from(patterns.sign(mu, i)));
    let duals = factor.solve(&x).transpose().as_slice().to_vec();
    if !duals.iter().all(|alpha| alpha.is_finite()) {
        return Err(singular());
    }
    Ok(KlrModel::from_duals(patterns.clone(), kernel, duals)
        .expect("P x N finite numbers, and the kernel fits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::gram;
    use crate::random::{Stream, Streams};

    fn patterns(n: usize, p: usize) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(1).stream(Stream::Patterns)).unwrap()
    }

    #[test]
    fn the_normal_equations_hold() {
        let patterns = patterns(20, 35);
        for (kernel, lambda) in
            [(Kernel::rbf(0.05).unwrap(), 0.01), (Kernel::polynomial(3, 1.0).unwrap(), 0.5)]
        {
            let model = train(&patterns, kernel.clone(), lambda).unwrap();
            let k = gram(&patterns, model.table());
            for mu in 0..35 {
                for i in 0..20 {
                    let h: f64 = (0..35).map(|nu| k[mu * 35 + nu] * model.alpha(nu, i)).sum();
                    let error = h + lambda * model.alpha(mu, i) - f64::from(patterns.sign(mu, i));
                    assert!(error.abs() < 1e-10, "{kernel}, pattern {mu}, neuron {i}: {error}");
                }
            }
        }
    }

    #[test]
    fn two_patterns_have_a_closed_form() {
        // K = [[1, k], [k, 1]]: where the bits agree alpha = x / (1 + lambda + k), where they differ x / (1 + lambda - k).
        let patterns = PatternSet::from_signs(4, &[1, 1, -1, 1, 1, 1, -1, -1]).unwrap();
        let model = train(&patterns, Kernel::rbf(0.1).unwrap(), 0.2).unwrap();
        let k = (-0.4f64).exp();
        for i in 0..4 {
            let x = f64::from(patterns.sign(0, i));
            let expected = if i < 3 { x / (1.2 + k) } else { x / (1.2 - k) };
            assert!((model.alpha(0, i) - expected).abs() < 1e-14, "neuron {i}");
        }
    }

    #[test]
    fn what_has_no_solution_is_refused() {
        let message = |kernel, lambda| train(&patterns(6, 20), kernel, lambda).unwrap_err().to_string();
        assert_eq!(message(Kernel::linear(), -1.0), "lambda is -1; it must be finite and at least 0");
        let table = Kernel::from_table(vec![1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
        let expected =
            "the Gram matrix (kernel table of 7 entries) plus 0 on its diagonal is not positive definite";
        assert_eq!(message(table, 0.0), expected);
        let short = Kernel::from_table(vec![1.0; 3]).unwrap();
        assert!(message(short, 0.0).starts_with("a kernel table of 3 entries does not fit 6"), "length");
    }
}
