//! What training starts from: the Gram matrix, and the gradient against finite differences of the objective.

use super::{UnitOfWork, drawn, refused};
use crate::error::ReproError;
use klr_model::kernel::largest_eigenvalue;
use klr_model::{Kernel, Penalty, Problem, Stream, Streams};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// The step of the central differences: the cube root of the precision, at which cutting the series and rounding cost
/// about the same.
const STEP: f64 = 6e-6;

/// Relative errors of the gradient at one random point, for both penalties.
pub(crate) struct GradientCheck {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) lambda: f64,
    pub(crate) set: u64,
}

/// Relative errors, by penalty.
#[derive(Serialize, Deserialize)]
pub(crate) struct GradientFound {
    pub(crate) kernel_norm: f64,
    pub(crate) l2: f64,
}

impl UnitOfWork for GradientCheck {
    type Found = GradientFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, lambda, set } = self;
        format!("gradient seed={seed} n={n} p={p} gamma={gamma} lambda={lambda} step={STEP} set={set}")
    }

    fn run(&self) -> Result<GradientFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let kernel = Kernel::rbf(self.gamma).map_err(|e| refused(self, e))?;
        let mut rng = streams.indexed(Stream::Noise, self.set);
        let duals: Vec<f64> = (0..self.n * self.p).map(|_| rng.random_range(-2.0..2.0)).collect();
        let error =
            |penalty| relative_error(&Problem::storing(&patterns, &kernel, penalty, self.lambda), &duals);
        Ok(GradientFound { kernel_norm: error(Penalty::KernelNorm), l2: error(Penalty::L2) })
    }
}

/// The largest eigenvalue of the Gram matrix of one set of patterns.
pub(crate) struct Spectrum {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) set: u64,
}

impl UnitOfWork for Spectrum {
    type Found = f64;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, set } = self;
        format!("spectrum seed={seed} n={n} p={p} gamma={gamma} set={set}")
    }

    fn run(&self) -> Result<f64, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let kernel = Kernel::rbf(self.gamma).map_err(|e| refused(self, e))?;
        Ok(largest_eigenvalue(&patterns, &kernel))
    }
}

/// `||g - f|| / ||g||` of the gradient g and the central differences f.
fn relative_error(problem: &Problem<'_>, duals: &[f64]) -> f64 {
    let gradient = problem.evaluate(duals, NonZeroUsize::MIN).gradient;
    let mut moved = duals.to_vec();
    let mut objective = |at: usize, value: f64| {
        let before = std::mem::replace(&mut moved[at], value);
        let objective = problem.evaluate(&moved, NonZeroUsize::MIN).objective;
        moved[at] = before;
        objective
    };
    let mut squares = (0.0, 0.0);
    for (at, g) in gradient.iter().enumerate() {
        let (up, down) = (duals[at] + STEP, duals[at] - STEP);
        let difference = (objective(at, up) - objective(at, down)) / (up - down);
        squares = (squares.0 + (g - difference).powi(2), squares.1 + g * g);
    }
    (squares.0 / squares.1).sqrt()
}
