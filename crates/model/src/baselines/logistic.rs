//! Linear logistic regression: one per neuron, on the bits of the others.

use crate::baselines::{BaselineError, Pairwise, above_zero};
use crate::pattern::PatternSet;
use klr_units::threads::map_in_order;
use nalgebra::{DMatrix, DVector};
use std::num::NonZeroUsize;

/// Neurons solved together, so that their products are of matrices. Part of the result: sums depend on it.
const BLOCK: usize = 32;

/// Products for the estimate of the curvature, and what is added to an estimate that is never too large.
const POWER_STEPS: u32 = 60;
const POWER_MARGIN: f64 = 1.05;

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticConfig {
    /// The weight of the regulariser `lambda/2 ||w||^2`, finite and above 0.
    pub lambda: f64,
    /// Stop a neuron once the norm of its gradient is below this share of that at zero; finite and above 0.
    pub tolerance: f64,
    /// The most updates to make.
    pub iterations: u32,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
}

impl LogisticConfig {
    /// lambda = 0.01, a gradient of 1e-6 of that at zero, at most 20,000 updates, one thread.
    #[must_use]
    pub const fn standard() -> Self {
        Self { lambda: 0.01, tolerance: 1e-6, iterations: 20_000, threads: NonZeroUsize::MIN }
    }
}

/// How training ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticFit {
    /// Updates of the slowest block of neurons.
    pub iterations: u32,
    /// The largest norm of a neuron's gradient, relative to that at zero.
    pub relative_gradient: f64,
    /// Whether every neuron reached the tolerance.
    pub converged: bool,
}

/// Trains pairwise weights, a diagonal of zeros, by one regularised logistic regression per neuron: the linear baseline
/// of arXiv:2504.07633. The letter's regulariser, its weight and its solver are not known to us; this one minimises
///
/// `sum_mu log(1 + exp(-xi_i sum_{j != i} w_ij xi_j)) + lambda/2 ||w_i||^2`
///
/// to a tolerance, by accelerated gradient descent that starts anew where it would climb (Nesterov 1983; O'Donoghue &
/// Candes, "Adaptive restart for accelerated gradient schemes", 2015).
///
/// # Errors
/// [`BaselineError::Parameter`] if lambda or the tolerance is not finite and above 0.
pub fn train(
    patterns: &PatternSet,
    config: &LogisticConfig,
) -> Result<(Pairwise, LogisticFit), BaselineError> {
    above_zero("lambda", config.lambda)?;
    above_zero("tolerance", config.tolerance)?;
    let n = patterns.n();
    let x = DMatrix::from_fn(patterns.p(), n, |mu, i| f64::from(patterns.sign(mu, i)));
    let problem = Regression { xt: x.transpose(), step: 1.0 / curvature(&x, config.lambda), x, config };
    let starts = (0..n).step_by(BLOCK).collect();
    let blocks = map_in_order(starts, config.threads, |from| problem.solve(from, BLOCK.min(n - from)));
    let iterations = blocks.iter().map(|block| block.iterations).max().unwrap_or(0);
    let relative_gradient = blocks.iter().map(|block| block.relative_gradient).fold(0.0, f64::max);
    let converged = relative_gradient <= config.tolerance;
    let weights: Vec<f64> = blocks.iter().flat_map(|block| block.weights.as_slice().to_vec()).collect();
    let memory =
        Pairwise::from_weights(n, weights).expect("descent below the curvature keeps N x N finite weights");
    Ok((memory, LogisticFit { iterations, relative_gradient, converged }))
}

/// A bound on the curvature: a quarter of the largest eigenvalue of X'X, which leaving a column out only lowers, and
/// lambda.
fn curvature(x: &DMatrix<f64>, lambda: f64) -> f64 {
    let mut v = DVector::from_fn(x.ncols(), |i, _| 1.0 + (i as f64 * 0.754_877_666).fract());
    let mut largest = 0.0;
    for _ in 0..POWER_STEPS {
        v /= v.norm();
        v = x.tr_mul(&(x * &v));
        largest = v.norm();
    }
    // The trace is a bound as well.
    let trace = (x.nrows() * x.ncols()) as f64;
    (largest * POWER_MARGIN).min(trace) / 4.0 + lambda
}

struct Regression<'a> {
    /// P x N.
    x: DMatrix<f64>,
    xt: DMatrix<f64>,
    step: f64,
    config: &'a LogisticConfig,
}

struct LogisticNeurons {
    /// N x neurons, column-major: the weights into one neuron side by side.
    weights: DMatrix<f64>,
    iterations: u32,
    relative_gradient: f64,
}

impl Regression<'_> {
    fn solve(&self, from: usize, neurons: usize) -> LogisticNeurons {
        let mut w = DMatrix::zeros(self.x.ncols(), neurons);
        let mut ahead = w.clone();
        let mut momentum = vec![1.0f64; neurons];
        let mut gradient = self.gradient(&ahead, from);
        let at_zero: Vec<f64> = gradient.column_iter().map(|g| g.norm()).collect();
        let relative = |gradient: &DMatrix<f64>| {
            let shares = gradient
                .column_iter()
                .zip(&at_zero)
                .map(|(g, &at_zero)| if at_zero > 0.0 { g.norm() / at_zero } else { 0.0 });
            shares.fold(0.0, f64::max)
        };
        let (mut iterations, mut relative_gradient) = (0, relative(&gradient));
        while iterations < self.config.iterations && relative_gradient > self.config.tolerance {
            for (k, momentum) in momentum.iter_mut().enumerate() {
                let next = ahead.column(k) - gradient.column(k) * self.step;
                let moved = &next - w.column(k);
                if gradient.column(k).dot(&moved) > 0.0 {
                    *momentum = 1.0;
                }
                let t = 0.5 * (1.0 + (1.0 + 4.0 * *momentum * *momentum).sqrt());
                ahead.set_column(k, &(&next + moved * ((*momentum - 1.0) / t)));
                *momentum = t;
                w.set_column(k, &next);
            }
            iterations += 1;
            gradient = self.gradient(&ahead, from);
            relative_gradient = relative(&gradient);
        }
        // The gradient was taken at the point ahead, so that is where the tolerance holds.
        LogisticNeurons { weights: ahead, iterations, relative_gradient }
    }

    /// The gradient at `w`, one column per neuron from `from` on; the weight of a neuron to itself stays 0.
    fn gradient(&self, w: &DMatrix<f64>, from: usize) -> DMatrix<f64> {
        let mut residual = &self.x * w;
        for (k, mut column) in residual.column_iter_mut().enumerate() {
            for (h, &xi) in column.iter_mut().zip(&self.x.column(from + k)) {
                // The derivative of log(1 + exp(-xi h)).
                *h = -xi / (1.0 + (xi * *h).exp());
            }
        }
        let mut gradient = w * self.config.lambda;
        gradient.gemm(1.0, &self.xt, &residual, 1.0);
        for k in 0..w.ncols() {
            gradient[(from + k, k)] = 0.0;
        }
        gradient
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};
    use crate::retrieve::memory::AssociativeMemory;

    fn patterns(n: usize, p: usize, seed: u64) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).unwrap()
    }

    /// The objective of neuron `i` by its definition.
    fn objective(patterns: &PatternSet, i: usize, w: &[f64], lambda: f64) -> f64 {
        let loss = |mu: usize| {
            let h: f64 = (0..patterns.n()).map(|j| w[j] * f64::from(patterns.sign(mu, j))).sum();
            (-h * f64::from(patterns.sign(mu, i))).exp().ln_1p()
        };
        (0..patterns.p()).map(loss).sum::<f64>() + 0.5 * lambda * w.iter().map(|w| w * w).sum::<f64>()
    }

    #[test]
    fn no_step_in_any_direction_goes_down() {
        // More neurons than a block, and fewer, as many, and more patterns than neurons.
        for (n, p, lambda) in [(40, 15, 0.1), (12, 12, 1.0), (12, 60, 0.01)] {
            let patterns = patterns(n, p, 1);
            let config = LogisticConfig { lambda, tolerance: 1e-9, ..LogisticConfig::standard() };
            let (memory, fit) = train(&patterns, &config).unwrap();
            assert!(fit.converged, "N = {n}, P = {p}: {fit:?}");
            for i in [0, n / 2, n - 1] {
                let w = &memory.weights()[i * n..][..n];
                assert_eq!(w[i], 0.0, "no neuron sees itself");
                for j in (0..n).filter(|&j| j != i) {
                    let at = |by: f64| {
                        let mut moved = w.to_vec();
                        moved[j] += by;
                        objective(&patterns, i, &moved, lambda)
                    };
                    let slope = (at(1e-4) - at(-1e-4)) / 2e-4;
                    assert!(slope.abs() < 1e-6 * p as f64, "N = {n}, P = {p}, weight {i} {j}: slope {slope}");
                }
            }
        }
    }

    #[test]
    fn one_pattern_of_two_neurons_has_a_closed_form() {
        // w minimises log(1 + exp(-w)) + lambda/2 w^2: lambda w = 1 / (1 + exp(w)).
        let patterns = PatternSet::from_signs(2, &[1, -1]).unwrap();
        let config = LogisticConfig { lambda: 0.5, tolerance: 1e-12, ..LogisticConfig::standard() };
        let (memory, _) = train(&patterns, &config).unwrap();
        let w = -memory.weights()[1];
        assert!((0.5 * w - 1.0 / (1.0 + w.exp())).abs() < 1e-11, "{w}");
        assert!((memory.weights()[1] - memory.weights()[2]).abs() < 1e-12, "both neurons alike");
        assert!(memory.is_stable(&patterns.state(0)), "stored");
    }

    #[test]
    fn threads_change_nothing() {
        let patterns = patterns(70, 40, 2);
        let with = |threads| {
            let threads = NonZeroUsize::new(threads).unwrap();
            train(&patterns, &LogisticConfig { threads, ..LogisticConfig::standard() }).unwrap()
        };
        assert_eq!(with(1), with(3), "blocks do not depend on threads");
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let config = LogisticConfig { lambda: 0.0, ..LogisticConfig::standard() };
        let message = train(&patterns(4, 2, 3), &config).unwrap_err().to_string();
        assert_eq!(message, "lambda is 0; it must be finite and above 0");
    }
}
