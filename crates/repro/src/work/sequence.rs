//! Sequences: one cycle through all patterns, walked once round.

use super::{Solver, UnitOfWork, drawn, refused};
use crate::error::ReproError;
use klr_analysis::sequence::{Successors, recall_sequences, successors, transitions};
use klr_model::train::train_towards;
use klr_model::{FitOutcome, Kernel, SolveConfig, Streams, TrainConfig, solve_towards};
use serde::{Deserialize, Serialize};

/// One set of patterns as a cycle.
pub(crate) struct Sequence {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) solver: Solver,
    pub(crate) set: u64,
}

/// How well the cycle is recalled.
#[derive(Serialize, Deserialize)]
pub(crate) struct SequenceFound {
    /// The share of right bits one step after each pattern.
    pub(crate) bit_accuracy: f64,
    /// The share of patterns that one walk round the cycle meets in time.
    pub(crate) in_time: f64,
    /// The share of the cycle that it walks before the first error.
    pub(crate) prefix: f64,
    /// Whether training ended at the optimum.
    pub(crate) converged: bool,
    /// Whether training ended oscillating, or beyond all bounds.
    pub(crate) diverged: bool,
}

impl UnitOfWork for Sequence {
    type Found = SequenceFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, solver, set } = self;
        format!("sequence seed={seed} n={n} p={p} gamma={gamma} solver={} set={set}", solver.name())
    }

    fn run(&self) -> Result<SequenceFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let kernel = Kernel::rbf(self.gamma).map_err(|e| refused(self, e))?;
        let cycle = Successors::cycle(self.p).map_err(|e| refused(self, e))?;
        let targets = successors(&patterns, &cycle).map_err(|e| refused(self, e))?;
        let (model, fit) = match self.solver {
            Solver::Descent => {
                train_towards(&patterns, &targets, kernel, &TrainConfig::literature(), &mut |_| {})
            }
            Solver::Newton => {
                solve_towards(&patterns, &targets, kernel, &SolveConfig::literature(), &mut |_| {})
            }
        }
        .map_err(|e| refused(self, e))?;
        let one_step = transitions(&model, &cycle).map_err(|e| refused(self, e))?;
        // No step beyond one round: what counts is whether the round is right.
        let walk =
            recall_sequences(&model, &cycle, &mut Clone::clone, self.p).map_err(|e| refused(self, e))?;
        Ok(SequenceFound {
            bit_accuracy: one_step.bit_accuracy,
            in_time: walk.in_time,
            prefix: walk.error_free_prefix,
            converged: fit.outcome == FitOutcome::Converged,
            diverged: fit.outcome == FitOutcome::Diverged,
        })
    }
}
