//! What training minimises, its gradient, and what the margins say about it: all in double precision.

use crate::fit::report::norm;
use crate::kernel::product::{GramRows, block_rows, multiply, transpose};
use crate::kernel::{Kernel, gram_rows};
use crate::pattern::PatternSet;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// The regulariser of the dual variables of one neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// `lambda/2 alpha' K alpha`, the norm of the function in the kernel's space (arXiv:2605.05978, Eq. 2).
    KernelNorm,
    /// `lambda/2 alpha' alpha`, plain weight decay of the dual variables.
    L2,
}

/// A training problem: patterns, what each neuron should say at them, kernel, penalty and its weight.
///
/// Per neuron i the objective is `sum_mu log(1 + exp(-t_i^mu h_i^mu)) + lambda/2 R(alpha_i)` with `h_i = K alpha_i` and
/// t the target, the stored bit of an associative memory (arXiv:2605.05978, Eq. 2): summed over the patterns, not averaged, and summed over the neurons here. Its gradient is
/// `K(sigma(K alpha) - y + lambda alpha)` for [`Penalty::KernelNorm`] and `K(sigma(K alpha) - y) + lambda alpha` for
/// [`Penalty::L2`], with y = 1 where the target is +1 and 0 where it is -1.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// The patterns: centres of the kernel, and the states at which the fields are asked for.
    pub patterns: &'a PatternSet,
    /// The state wanted at each pattern, P x N: the patterns themselves for an associative memory, the next pattern of
    /// each for a sequence.
    pub targets: &'a PatternSet,
    /// The kernel.
    pub kernel: &'a Kernel,
    /// The regulariser.
    pub penalty: Penalty,
    /// The weight of the regulariser.
    pub lambda: f64,
}

/// What [`Problem::evaluate`] finds at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The objective, summed over patterns and neurons.
    pub objective: f64,
    /// The margins `t_i^mu h_i(xi^mu)`, P x N row-major.
    pub margins: Vec<f64>,
    /// The gradient with respect to the dual variables, P x N row-major.
    pub gradient: Vec<f64>,
}

impl<'a> Problem<'a> {
    /// The problem of storing `patterns`: each should be its own target.
    #[must_use]
    pub const fn storing(
        patterns: &'a PatternSet,
        kernel: &'a Kernel,
        penalty: Penalty,
        lambda: f64,
    ) -> Self {
        Self { patterns, targets: patterns, kernel, penalty, lambda }
    }

    /// The objective where all dual variables are zero: `P N log 2`.
    #[must_use]
    pub fn objective_at_zero(&self) -> f64 {
        self.patterns.p() as f64 * self.patterns.n() as f64 * std::f64::consts::LN_2
    }

    /// Objective, margins and gradient at `duals` (P x N row-major), on `threads` threads.
    ///
    /// # Panics
    /// If there are not P x N dual variables.
    #[must_use]
    pub fn evaluate(&self, duals: &[f64], threads: NonZeroUsize) -> Evaluation {
        let n = self.patterns.n();
        assert_eq!(duals.len(), self.patterns.p() * n, "P x N dual variables");
        let fields = self.times_gram(duals, threads);
        let margins: Vec<f64> = (0..fields.len()).map(|at| self.sign(at) * fields[at]).collect();
        let objective = self.objective(duals, &fields, &margins);
        let source: Vec<f64> = (0..fields.len()).map(|at| self.source(at, margins[at], duals[at])).collect();
        let mut gradient = self.times_gram(&source, threads);
        if self.penalty == Penalty::L2 {
            gradient.iter_mut().zip(duals).for_each(|(g, a)| *g += self.lambda * a);
        }
        Evaluation { objective, margins, gradient }
    }

    /// The norm of the gradient where all dual variables are zero: `K(1/2 - y)`, with either penalty.
    pub(crate) fn gradient_norm_at_zero(&self, threads: NonZeroUsize) -> f64 {
        let entries = self.patterns.p() * self.patterns.n();
        let source: Vec<f64> = (0..entries).map(|at| self.source(at, 0.0, 0.0)).collect();
        norm(&self.times_gram(&source, threads))
    }

    pub(crate) fn sign(&self, at: usize) -> f64 {
        self.targets.sign(at / self.patterns.n(), at % self.patterns.n()).into()
    }

    /// `sigma(h) - y`, plus `lambda alpha` where K multiplies the penalty too.
    fn source(&self, at: usize, margin: f64, dual: f64) -> f64 {
        self.source_of(self.sign(at), margin, dual)
    }

    /// The same of an entry whose target has sign `sign`.
    pub(crate) fn source_of(&self, sign: f64, margin: f64, dual: f64) -> f64 {
        // sigma(h) - y is -sigma(-t h) t, which keeps its precision where sigma(h) is nearly y.
        let residual = -sign / (1.0 + margin.exp());
        match self.penalty {
            Penalty::KernelNorm => residual + self.lambda * dual,
            Penalty::L2 => residual,
        }
    }

    fn objective(&self, duals: &[f64], fields: &[f64], margins: &[f64]) -> f64 {
        let loss: f64 = margins.iter().map(|&m| log_one_plus_exp(-m)).sum();
        let squares: f64 = match self.penalty {
            Penalty::KernelNorm => duals.iter().zip(fields).map(|(a, h)| a * h).sum(),
            Penalty::L2 => duals.iter().map(|a| a * a).sum(),
        };
        loss + 0.5 * self.lambda * squares
    }

    /// `K * panel`, row-major; the Gram matrix is made block by block, never whole.
    pub(crate) fn times_gram(&self, panel: &[f64], threads: NonZeroUsize) -> Vec<f64> {
        let (n, p) = (self.patterns.n(), self.patterns.p());
        let table = self.kernel.table(n);
        let columns = transpose(panel, n);
        let rows = block_rows(p);
        let starts = (0..p).step_by(rows).collect();
        let blocks = map_in_order(starts, threads, |from| {
            let rows = rows.min(p - from);
            let k = gram_rows(self.patterns, &table, from..from + rows);
            let mut out = vec![0.0; rows * n];
            multiply(GramRows::alone(&k, rows), &columns, n, &mut out);
            transpose(&out, rows)
        });
        blocks.concat()
    }
}

/// `log(1 + exp(x))` without overflow.
pub(crate) fn log_one_plus_exp(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
