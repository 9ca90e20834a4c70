//! Curvature of the training objective: the ridge and the edge of stability.
//!
//! The Hessian of one neuron's objective is `H = K D K + lambda K` with `D = diag p (1 - p)` and `p = sigma(h)` at the
//! stored patterns (arXiv:2609.16827); `G = K D K` is its Gauss-Newton part, also the Fisher metric (arXiv:2609.16805,
//! Eq. 5: the ridge is where its largest eigenvalue is largest). H is never formed: two products with K apply it.

use super::AnalysisError;
use klr_model::KlrModel;
use klr_model::PatternSet;
use klr_model::kernel::{Kernel, try_gram};
use klr_units::OutOfRange;
use klr_units::threads::map_in_order;
use nalgebra::DMatrix;
use std::num::NonZeroUsize;

/// The curvature of one neuron's objective, or a mean over neurons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curvature {
    /// The largest eigenvalue of H; gradient descent is stable below `2 / eta`.
    pub lambda_max: f64,
    /// The trace of H.
    pub trace: f64,
    /// The largest eigenvalue of G.
    pub lambda_max_fisher: f64,
}

impl Curvature {
    /// The largest eigenvalue of H over its trace: 1 where one direction holds all curvature, at most P times less.
    #[must_use]
    pub fn concentration(&self) -> f64 {
        self.lambda_max / self.trace
    }

    fn mean(all: &[Self]) -> Self {
        let mean = |part: fn(&Self) -> f64| all.iter().map(part).sum::<f64>() / all.len() as f64;
        Self {
            lambda_max: mean(|c| c.lambda_max),
            trace: mean(|c| c.trace),
            lambda_max_fisher: mean(|c| c.lambda_max_fisher),
        }
    }
}

/// The Gram matrix with the weight of the penalty: Hessians at any dual variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Hessian {
    p: usize,
    /// P x P, symmetric.
    k: Vec<f64>,
    lambda: f64,
}

impl Hessian {
    /// For `patterns` under `kernel`; it takes memory for one P x P matrix.
    ///
    /// # Errors
    /// [`AnalysisError`] if the kernel does not fit, lambda is negative or not finite, or P x P is beyond memory.
    pub fn new(patterns: &PatternSet, kernel: &Kernel, lambda: f64) -> Result<Self, AnalysisError> {
        kernel.require_fits(patterns.n())?;
        if !(lambda.is_finite() && lambda >= 0.0) {
            let allowed = "finite and at least 0";
            return Err(AnalysisError::Parameter(OutOfRange::new("lambda", lambda, allowed)));
        }
        let p = patterns.p();
        let k = try_gram(patterns, &kernel.table(patterns.n()));
        let k = k.ok_or(AnalysisError::Memory { p })?;
        Ok(Self { p, k, lambda })
    }

    /// The curvature where all dual variables are zero: D = 1/4.
    #[must_use]
    pub fn at_zero(&self) -> Curvature {
        self.with_weights(&vec![0.25; self.p])
    }

    /// The curvature where one neuron has the fields `fields` at the P patterns.
    ///
    /// # Panics
    /// If there are not P fields.
    #[must_use]
    pub fn at_fields(&self, fields: &[f64]) -> Curvature {
        self.with_weights(&fields.iter().map(|&h| logistic_variance(h)).collect::<Vec<_>>())
    }

    /// The curvature with the diagonal `weights` of D.
    ///
    /// # Panics
    /// If there are not P weights.
    #[must_use]
    pub fn with_weights(&self, weights: &[f64]) -> Curvature {
        assert_eq!(weights.len(), self.p, "a weight per pattern");
        let rows = self.k.chunks_exact(self.p);
        let squares: f64 = rows.zip(weights).map(|(row, d)| d * row.iter().map(|k| k * k).sum::<f64>()).sum();
        let diagonal: f64 = (0..self.p).map(|mu| self.k[mu * self.p + mu]).sum();
        Curvature {
            lambda_max: largest_eigenvalue(self.p, |v| self.apply(weights, self.lambda, v)),
            trace: squares + self.lambda * diagonal,
            lambda_max_fisher: largest_eigenvalue(self.p, |v| self.apply(weights, 0.0, v)),
        }
    }

    /// `K (D K v + lambda v)`.
    fn apply(&self, weights: &[f64], lambda: f64, v: &[f64]) -> Vec<f64> {
        let mut inner = self.times_gram(v);
        for ((x, d), v) in inner.iter_mut().zip(weights).zip(v) {
            *x = *x * d + lambda * v;
        }
        self.times_gram(&inner)
    }

    pub(super) fn times_gram(&self, v: &[f64]) -> Vec<f64> {
        self.k.chunks_exact(self.p).map(|row| row.iter().zip(v).map(|(k, v)| k * v).sum()).collect()
    }

    pub(super) fn gram(&self) -> DMatrix<f64> {
        DMatrix::from_row_slice(self.p, self.p, &self.k)
    }
}

/// The curvature of each of `neurons` of a model, and their mean.
///
/// # Errors
/// [`AnalysisError`] if there is no neuron or one does not exist, or as for [`Hessian::new`].
pub fn curvature(
    model: &KlrModel,
    neurons: &[usize],
    lambda: f64,
    threads: NonZeroUsize,
) -> Result<(Vec<Curvature>, Curvature), AnalysisError> {
    if let Some(&i) = neurons.iter().find(|&&i| i >= model.n()) {
        return Err(AnalysisError::Neuron { i, n: model.n() });
    }
    if neurons.is_empty() {
        let name = "the number of neurons";
        return Err(AnalysisError::Parameter(OutOfRange::new(name, 0, "at least 1")));
    }
    let hessian = Hessian::new(model.patterns(), model.kernel(), lambda)?;
    let each = map_in_order(neurons.to_vec(), threads, |i| {
        hessian.at_fields(&hessian.times_gram(&model.duals_of(i)))
    });
    let mean = Curvature::mean(&each);
    Ok((each, mean))
}

/// `p (1 - p)` at `p = sigma(h)`, which keeps its precision where p is nearly 0 or 1.
pub(super) fn logistic_variance(h: f64) -> f64 {
    let e = (-h.abs()).exp();
    e / ((1.0 + e) * (1.0 + e))
}

/// Steps of Lanczos's method after which the estimate stands as it is.
const MAX_STEPS: usize = 300;

/// The largest eigenvalue of a symmetric matrix of `p` rows, given its product with a vector, by Lanczos's method with
/// full reorthogonalisation, until the residual of its Ritz pair is below 1e-10 of it: the eigenvalue is then right to
/// about the square of that.
fn largest_eigenvalue(p: usize, apply: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    // Fractions of the golden ratio: an even spread that is orthogonal to no eigenvector but by accident, and mostly
    // along the leading one of a positive matrix.
    let mut v: Vec<f64> = (1..=p).map(|k| 1.0 + (0.618_033_988_749_895 * k as f64).fract()).collect();
    let norm = dot(&v, &v).sqrt();
    v.iter_mut().for_each(|x| *x /= norm);
    let mut basis = vec![v];
    let (mut diagonal, mut beside) = (Vec::new(), Vec::<f64>::new());
    loop {
        let last = &basis[basis.len() - 1];
        let mut w = apply(last);
        diagonal.push(dot(&w, last));
        // Twice is enough (Parlett, "The symmetric eigenvalue problem", 1980).
        for _ in 0..2 {
            for q in &basis {
                let along = dot(&w, q);
                w.iter_mut().zip(q).for_each(|(w, q)| *w -= along * q);
            }
        }
        let rest = dot(&w, &w).sqrt();
        let (value, tail) = largest_ritz(&diagonal, &beside);
        if rest * tail.abs() <= 1e-10 * value.abs() || basis.len() == p.min(MAX_STEPS) {
            return value;
        }
        beside.push(rest);
        w.iter_mut().for_each(|x| *x /= rest);
        basis.push(w);
    }
}

/// The largest eigenvalue of a tridiagonal matrix, and the last component of its eigenvector.
fn largest_ritz(diagonal: &[f64], beside: &[f64]) -> (f64, f64) {
    let size = diagonal.len();
    let entry = |row: usize, column: usize| match row.abs_diff(column) {
        0 => diagonal[row],
        1 => beside[row.min(column)],
        _ => 0.0,
    };
    let eigen = DMatrix::from_fn(size, size, entry).symmetric_eigen();
    let at = (0..size).max_by(|&a, &b| eigen.eigenvalues[a].total_cmp(&eigen.eigenvalues[b]));
    let at = at.expect("there is at least one step");
    (eigen.eigenvalues[at], eigen.eigenvectors[(size - 1, at)])
}
