//! The kernel memory of largest margin: one hard-margin support vector machine per neuron.

use crate::baselines::{BaselineError, above_zero};
use crate::kernel::product::transpose;
use crate::kernel::{Kernel, try_gram};
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// Neurons solved together, so that a row of the Gram matrix is read once for all of them.
const BLOCK: usize = 8;

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginConfig {
    /// The largest violation of an optimality condition, relative to the margin; finite and above 0.
    pub tolerance: f64,
    /// The most sweeps over the patterns.
    pub sweeps: u32,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
}

impl MarginConfig {
    /// A tolerance of 1e-4, at most 2,000 sweeps, one thread.
    #[must_use]
    pub const fn standard() -> Self {
        Self { tolerance: 1e-4, sweeps: 2000, threads: NonZeroUsize::MIN }
    }
}

/// How training ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginFit {
    /// Sweeps of the slowest block of neurons.
    pub sweeps: u32,
    /// The largest violation of an optimality condition, from fields computed anew at the end.
    pub violation: f64,
    /// The share of dual variables, 0 to 1, that are not 0: patterns on the margin, averaged over the neurons.
    pub support: f64,
}

/// Trains a kernel memory of largest margin (Iatropoulos, Brea & Gerstner, "Kernel memory networks: a unifying framework
/// for memory modeling", 2022, the classifier with neurons that see themselves): neuron i minimises
/// `1/2 alpha' K alpha` under `xi_i^mu h_i(xi^mu) >= 1`, with `h = K alpha` and no bias.
///
/// The dual `max sum beta - 1/2 sum beta beta' xi xi' K`, `beta >= 0`, `alpha = beta xi`, has no equality constraint
/// without a bias, so one coordinate is solved at a time: `beta <- max(0, beta + (1 - xi h) / K(0))` (Hsieh et al., "A
/// dual coordinate descent method for large-scale linear SVM", ICML 2008). The optimality conditions (margin 1 where beta
/// is above 0, at least 1 elsewhere) are checked with fields computed anew.
///
/// # Errors
/// [`BaselineError`] if the tolerance is out of range, the kernel does not fit or is not above 0 at distance 0, the Gram
/// matrix is beyond memory, or the conditions do not come to hold ([`BaselineError::NotSeparated`]).
pub fn train(
    patterns: &PatternSet,
    kernel: Kernel,
    config: &MarginConfig,
) -> Result<(KlrModel, MarginFit), BaselineError> {
    above_zero("tolerance", config.tolerance)?;
    let (p, n) = (patterns.p(), patterns.n());
    kernel.require_fits(n)?;
    let table = kernel.table(n);
    above_zero("the kernel at distance 0", table[0])?;
    let gram = try_gram(patterns, &table).ok_or(BaselineError::TooLarge { p, limit: p - 1 })?;
    let problem = MarginMachine { patterns, gram: &gram, diagonal: table[0], config };
    let starts = (0..n).step_by(BLOCK).collect();
    let blocks = map_in_order(starts, config.threads, |from| problem.solve(from, BLOCK.min(n - from)));
    let mut fit = MarginFit { sweeps: 0, violation: 0.0, support: 0.0 };
    let mut by_neuron = Vec::with_capacity(p * n);
    for block in blocks {
        let block = block?;
        fit.sweeps = fit.sweeps.max(block.sweeps);
        fit.violation = fit.violation.max(block.violation);
        by_neuron.extend(block.duals);
    }
    fit.support = by_neuron.iter().filter(|&&alpha| alpha != 0.0).count() as f64 / (p * n) as f64;
    let duals = transpose(&by_neuron, p);
    let model = KlrModel::from_duals(patterns.clone(), kernel, &duals)
        .expect("P x N dual variables whose fields were just found finite, and the kernel fits");
    Ok((model, fit))
}

struct MarginMachine<'a> {
    patterns: &'a PatternSet,
    /// P x P.
    gram: &'a [f64],
    /// K(0).
    diagonal: f64,
    config: &'a MarginConfig,
}

struct MarginNeurons {
    /// Neurons x P.
    duals: Vec<f64>,
    sweeps: u32,
    violation: f64,
}

impl MarginMachine<'_> {
    fn solve(&self, from: usize, neurons: usize) -> Result<MarginNeurons, BaselineError> {
        let p = self.patterns.p();
        let target = |k: usize, mu: usize| f64::from(self.patterns.sign(mu, from + k));
        let mut duals = vec![0.0f64; neurons * p];
        let mut fields = vec![0.0; neurons * p];
        let mut violation = (0, f64::INFINITY);
        for sweep in 1..=self.config.sweeps {
            let mut largest: f64 = 0.0;
            for (mu, row) in self.gram.chunks_exact(p).enumerate() {
                for k in 0..neurons {
                    let at = k * p + mu;
                    let (xi, beta) = (target(k, mu), duals[at].abs());
                    let next = (beta + (1.0 - xi * fields[at]) / self.diagonal).max(0.0);
                    let change = xi * (next - beta);
                    largest = largest.max(change.abs() * self.diagonal);
                    if change != 0.0 {
                        duals[at] = xi * next;
                        fields[k * p..][..p].iter_mut().zip(row).for_each(|(h, k)| *h += change * k);
                    }
                }
            }
            // Steps this small are worth the check of all conditions, with fields free of accumulated rounding.
            if largest <= self.config.tolerance {
                self.fields(&duals, &mut fields);
                violation = self.violation(from, &duals, &fields);
                if violation.1 <= self.config.tolerance {
                    return Ok(MarginNeurons { duals, sweeps: sweep, violation: violation.1 });
                }
            }
        }
        if violation.1.is_infinite() {
            self.fields(&duals, &mut fields);
            violation = self.violation(from, &duals, &fields);
        }
        let (k, violation) = violation;
        Err(BaselineError::NotSeparated { neuron: from + k, sweeps: self.config.sweeps, violation })
    }

    /// `K alpha` of each neuron, computed anew.
    fn fields(&self, duals: &[f64], fields: &mut [f64]) {
        let p = self.patterns.p();
        fields.fill(0.0);
        for (mu, row) in self.gram.chunks_exact(p).enumerate() {
            for (duals, fields) in duals.chunks_exact(p).zip(fields.chunks_exact_mut(p)) {
                if duals[mu] != 0.0 {
                    fields.iter_mut().zip(row).for_each(|(h, k)| *h += duals[mu] * k);
                }
            }
        }
    }

    /// The neuron with the largest violation of an optimality condition, and that violation; not a number counts as
    /// infinite.
    fn violation(&self, from: usize, duals: &[f64], fields: &[f64]) -> (usize, f64) {
        let p = self.patterns.p();
        let mut worst = (0, 0.0);
        for (at, (&alpha, &h)) in duals.iter().zip(fields).enumerate() {
            let short = 1.0 - h * f64::from(self.patterns.sign(at % p, from + at / p));
            let violation = if alpha == 0.0 { short.max(0.0) } else { short.abs() };
            let violation = if violation.is_nan() { f64::INFINITY } else { violation };
            if violation > worst.1 {
                worst = (at / p, violation);
            }
        }
        worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::report::Precision;
    use crate::fit::train::TrainConfig;
    use crate::kernel::gram;
    use crate::random::{Stream, Streams};

    fn patterns(n: usize, p: usize) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(1).stream(Stream::Patterns)).unwrap()
    }

    /// The smallest margin of neuron `i` over the norm of its function: the distance of the nearest pattern from the
    /// decision boundary.
    fn geometric_margin(model: &KlrModel, i: usize) -> f64 {
        let (p, k) = (model.p(), gram(model.patterns(), model.table()));
        let field = |mu: usize| (0..p).map(|nu| k[mu * p + nu] * model.alpha(nu, i)).sum::<f64>();
        let norm = (0..p).map(|mu| model.alpha(mu, i) * field(mu)).sum::<f64>().sqrt();
        let margin = |mu| f64::from(model.patterns().sign(mu, i)) * field(mu);
        (0..p).map(margin).fold(f64::INFINITY, f64::min) / norm
    }

    #[test]
    fn the_optimality_conditions_hold() {
        let patterns = patterns(16, 40);
        for kernel in
            [Kernel::rbf(0.02).unwrap(), Kernel::rbf(0.1).unwrap(), Kernel::polynomial(4, 1.0).unwrap()]
        {
            let config = MarginConfig { tolerance: 1e-6, sweeps: 50_000, ..MarginConfig::standard() };
            let (model, fit) = train(&patterns, kernel.clone(), &config).unwrap();
            let k = gram(&patterns, model.table());
            let mut support = 0;
            for i in 0..16 {
                let (mut squares, mut sum) = (0.0, 0.0);
                for mu in 0..40 {
                    let h: f64 = (0..40).map(|nu| k[mu * 40 + nu] * model.alpha(nu, i)).sum();
                    let (xi, alpha) = (f64::from(patterns.sign(mu, i)), model.alpha(mu, i));
                    assert!(alpha * xi >= 0.0, "{kernel}: dual feasibility, pattern {mu}, neuron {i}");
                    assert!(xi * h >= 1.0 - 2e-6, "{kernel}: margin {} of pattern {mu}, neuron {i}", xi * h);
                    if alpha != 0.0 {
                        assert!(
                            (xi * h - 1.0).abs() <= 2e-6,
                            "{kernel}: complementary slackness: {}",
                            xi * h
                        );
                        support += 1;
                    }
                    squares += alpha * h;
                    sum += alpha * xi;
                }
                assert!((squares - sum).abs() < 1e-4 * sum, "{kernel}: no duality gap: {squares} {sum}");
            }
            assert_eq!(fit.support, f64::from(support) / 640.0, "{kernel}: support vectors");
        }
    }

    #[test]
    fn the_margin_is_at_least_that_of_logistic_regression_ridge_and_no_training() {
        let (patterns, kernel) = (patterns(20, 30), Kernel::rbf(0.03).unwrap());
        let config = MarginConfig { sweeps: 50_000, ..MarginConfig::standard() };
        let (best, _) = train(&patterns, kernel.clone(), &config).unwrap();
        let literature = TrainConfig { precision: Precision::Double, ..TrainConfig::literature() };
        let (logistic, _) = crate::train(&patterns, kernel.clone(), &literature, &mut |_| {}).unwrap();
        let ridge = crate::fit::ridge::solve(&patterns, kernel.clone(), 0.01, NonZeroUsize::MIN).unwrap().0;
        let untrained = KlrModel::untrained(patterns, kernel);
        for i in 0..20 {
            let largest = geometric_margin(&best, i);
            for (name, other) in [("klr", &logistic), ("ridge", &ridge), ("untrained", &untrained)] {
                let margin = geometric_margin(other, i);
                assert!(largest >= margin * (1.0 - 1e-3), "neuron {i}: {largest} below {margin} of {name}");
            }
        }
    }

    #[test]
    fn two_patterns_have_a_closed_form() {
        // K = [[1, k], [k, 1]]. Where the bits agree both are on the margin with beta (1 + k) = 1, where they differ with
        // beta (1 - k) = 1.
        let patterns = PatternSet::from_signs(4, &[1, 1, -1, 1, 1, 1, -1, -1]).unwrap();
        let config = MarginConfig { tolerance: 1e-12, ..MarginConfig::standard() };
        let (model, fit) = train(&patterns, Kernel::rbf(0.1).unwrap(), &config).unwrap();
        let k = (-0.4f64).exp();
        for i in 0..4 {
            let expected = f64::from(patterns.sign(0, i)) / if i < 3 { 1.0 + k } else { 1.0 - k };
            assert!((model.alpha(0, i) - expected).abs() < 1e-11, "neuron {i}: {}", model.alpha(0, i));
        }
        assert_eq!(fit.support, 1.0, "both patterns are support vectors");
    }

    #[test]
    fn what_cannot_be_separated_is_said_so() {
        // In three neurons the linear kernel sees three features: eight states with their own bits as targets are
        // separated by that bit, but the square of the overlap cannot tell a state from its negative.
        let all = PatternSet::from_words(3, 8, (0..8).collect()).unwrap();
        assert!(train(&all, Kernel::linear(), &MarginConfig::standard()).is_ok(), "the bit itself");
        let error = train(&all, Kernel::polynomial(2, 0.0).unwrap(), &MarginConfig::standard()).unwrap_err();
        assert!(matches!(error, BaselineError::NotSeparated { sweeps: 2000, .. }), "{error}");
        let zero = Kernel::from_table(vec![0.0, 1.0, 0.0, 0.0]).unwrap();
        let message = train(&all, zero, &MarginConfig::standard()).unwrap_err().to_string();
        assert_eq!(message, "the kernel at distance 0 is 0; it must be finite and above 0");
    }

    #[test]
    fn threads_change_nothing() {
        let patterns = patterns(30, 25);
        let with = |threads| {
            let threads = NonZeroUsize::new(threads).unwrap();
            let config = MarginConfig { threads, ..MarginConfig::standard() };
            train(&patterns, Kernel::rbf(0.05).unwrap(), &config).unwrap()
        };
        assert_eq!(with(1), with(4), "blocks do not depend on threads");
    }
}
