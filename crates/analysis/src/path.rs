//! The path of training, epoch by epoch: curvature along gradient descent, and how straight gradient and natural
//! gradient go (arXiv:2609.16827, arXiv:2609.16805). Small problems only, in double precision.

use super::AnalysisError;
use super::curvature::{Curvature, Hessian, logistic_variance};
use klr_model::Kernel;
use klr_model::PatternSet;
use klr_units::OutOfRange;
use klr_units::threads::map_in_order;
use nalgebra::{DMatrix, DVector};
use std::num::NonZeroUsize;

/// The most patterns: every epoch of the natural gradient factorises a P x P matrix per neuron.
pub const MAX_PATTERNS: usize = 400;

/// Which metric the natural gradient divides the gradient of the dual variables by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// `K D K + damping I`, the Fisher metric of the dual variables.
    Dual,
    /// `K D K + lambda K + damping I`: with the curvature of the penalty, which makes it Newton's method.
    DualWithPenalty,
    /// `D + damping I` on the fields `f = K alpha`, whose gradient is `sigma(f) - y + lambda alpha`; as `f = K alpha`
    /// moves by `-eta (D + damping I)^-1` times that, so does alpha by `K^-1` of it (with the damping, where K is
    /// nearly singular).
    Function,
}

/// How to walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// `alpha -= eta K (sigma(K alpha) - y + lambda alpha)`.
    Gradient,
    /// The gradient divided by a metric.
    Natural {
        /// The metric.
        metric: Metric,
        /// Added to its diagonal, above 0.
        damping: f64,
    },
}

/// A walk from zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathConfig {
    /// How to walk.
    pub method: Method,
    /// The step size, above 0.
    pub eta: f64,
    /// The weight of the penalty `lambda/2 alpha' K alpha`.
    pub lambda: f64,
    /// Updates.
    pub epochs: u32,
    /// Whether to compute the curvature before each update and after the last: the largest cost for gradient descent.
    pub curvature: bool,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
}

/// The path of one neuron.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The neuron.
    pub neuron: usize,
    /// The curvature at each epoch, the start first; empty if not asked for.
    pub curvature: Vec<Curvature>,
    /// The objective at each epoch, the start first.
    pub objective: Vec<f64>,
    /// The length of the path of the dual variables, the sum of the Euclidean norms of the updates.
    pub dual_length: f64,
    /// The distance from its start to its end.
    pub dual_distance: f64,
    /// The length of the path of the fields at the patterns.
    pub field_length: f64,
    /// The distance from its start to its end.
    pub field_distance: f64,
    /// The dual variables at the end, P values.
    pub duals: Vec<f64>,
}

impl Path {
    /// Length over distance of the dual variables: 1 is a straight line, and not a number if nothing moved.
    #[must_use]
    pub fn dual_ratio(&self) -> f64 {
        self.dual_length / self.dual_distance
    }

    /// Length over distance of the fields, in the same way.
    #[must_use]
    pub fn field_ratio(&self) -> f64 {
        self.field_length / self.field_distance
    }
}

/// The first epoch from which on a sequence stays below `limit` to its end; `None` if its last value is not below.
#[must_use]
pub fn stays_below(values: &[f64], limit: f64) -> Option<usize> {
    let start = values.iter().rposition(|&value| value >= limit || value.is_nan()).map_or(0, |at| at + 1);
    (start < values.len()).then_some(start)
}

/// The paths of some neurons in storing `patterns`.
///
/// # Errors
/// [`AnalysisError`] if a neuron does not exist, there are more than [`MAX_PATTERNS`] patterns, the kernel does not
/// fit, a setting is out of range, or a metric is not positive definite.
pub fn paths(
    patterns: &PatternSet,
    kernel: &Kernel,
    neurons: &[usize],
    config: &PathConfig,
) -> Result<Vec<Path>, AnalysisError> {
    check(patterns, neurons, config)?;
    let hessian = Hessian::new(patterns, kernel, config.lambda)?;
    let gram = hessian.gram();
    map_in_order(neurons.to_vec(), config.threads, |neuron| {
        let target = |mu| if patterns.bit(mu, neuron) { 1.0 } else { 0.0 };
        let targets = DVector::from_iterator(patterns.p(), (0..patterns.p()).map(target));
        NeuronPaths { hessian: &hessian, gram: &gram, targets, config }.run(neuron)
    })
    .into_iter()
    .collect()
}

fn check(patterns: &PatternSet, neurons: &[usize], config: &PathConfig) -> Result<(), AnalysisError> {
    let (n, p) = (patterns.n(), patterns.p());
    if let Some(&i) = neurons.iter().find(|&&i| i >= n) {
        return Err(AnalysisError::Neuron { i, n });
    }
    if p > MAX_PATTERNS {
        return Err(AnalysisError::TooLarge { p, limit: MAX_PATTERNS });
    }
    let positive = |name, value: f64| {
        let allowed = "finite and above 0";
        let valid = value.is_finite() && value > 0.0;
        if valid { Ok(()) } else { Err(AnalysisError::Parameter(OutOfRange::new(name, value, allowed))) }
    };
    positive("eta", config.eta)?;
    match config.method {
        Method::Gradient => Ok(()),
        Method::Natural { damping, .. } => positive("damping", damping),
    }
}

struct NeuronPaths<'a> {
    hessian: &'a Hessian,
    gram: &'a DMatrix<f64>,
    targets: DVector<f64>,
    config: &'a PathConfig,
}

impl NeuronPaths<'_> {
    fn run(&self, neuron: usize) -> Result<Path, AnalysisError> {
        let p = self.targets.len();
        let (mut alpha, mut fields) = (DVector::zeros(p), DVector::zeros(p));
        let mut path = Path {
            neuron,
            curvature: Vec::new(),
            objective: Vec::new(),
            dual_length: 0.0,
            dual_distance: 0.0,
            field_length: 0.0,
            field_distance: 0.0,
            duals: Vec::new(),
        };
        self.note(&alpha, &fields, &mut path);
        for _ in 0..self.config.epochs {
            let step = self.step(&alpha, &fields)? * self.config.eta;
            let field_step = self.gram * &step;
            path.dual_length += step.norm();
            path.field_length += field_step.norm();
            alpha -= step;
            fields = self.gram * &alpha;
            self.note(&alpha, &fields, &mut path);
        }
        path.dual_distance = alpha.norm();
        path.field_distance = fields.norm();
        path.duals = alpha.as_slice().to_vec();
        Ok(path)
    }

    fn note(&self, alpha: &DVector<f64>, fields: &DVector<f64>, path: &mut Path) {
        // log(1 + exp(-t h)) without overflow.
        let loss = |(&h, &y): (&f64, &f64)| {
            let wrong = (1.0 - 2.0 * y) * h;
            wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
        };
        let losses: f64 = fields.iter().zip(self.targets.iter()).map(loss).sum();
        path.objective.push(losses + 0.5 * self.config.lambda * alpha.dot(fields));
        if self.config.curvature {
            path.curvature.push(self.hessian.at_fields(fields.as_slice()));
        }
    }

    /// The direction that `eta` scales.
    fn step(&self, alpha: &DVector<f64>, fields: &DVector<f64>) -> Result<DVector<f64>, AnalysisError> {
        let residual = fields.map(|h| 1.0 / (1.0 + (-h).exp())) - &self.targets;
        let source = residual + self.config.lambda * alpha;
        let Method::Natural { metric, damping } = self.config.method else {
            return Ok(self.gram * source);
        };
        let variances = fields.map(logistic_variance);
        let lambda = match metric {
            Metric::Dual => 0.0,
            Metric::DualWithPenalty => self.config.lambda,
            Metric::Function => {
                let move_of_fields = source.zip_map(&variances, |s, d| s / (d + damping));
                return solve(self.gram.clone(), damping, &move_of_fields);
            }
        };
        // K (D K + lambda I)
        let mut inner = DMatrix::from_fn(alpha.len(), alpha.len(), |r, c| variances[r] * self.gram[(r, c)]);
        (0..alpha.len()).for_each(|mu| inner[(mu, mu)] += lambda);
        solve(self.gram * inner, damping, &(self.gram * source))
    }
}

/// `(matrix + damping I)^-1 right`, for a symmetric matrix.
fn solve(
    mut matrix: DMatrix<f64>,
    damping: f64,
    right: &DVector<f64>,
) -> Result<DVector<f64>, AnalysisError> {
    (0..right.len()).for_each(|mu| matrix[(mu, mu)] += damping);
    Ok(matrix.cholesky().ok_or(AnalysisError::Metric)?.solve(right))
}
