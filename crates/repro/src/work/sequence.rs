//! Sequences: one cycle through all patterns, walked once round.

use super::{Work, drawn, flag, refused};
use crate::error::Error;
use crate::record::Record;
use klr_analysis::sequence::{Successors, recall_sequences, successors, transitions};
use klr_model::train::train_towards;
use klr_model::{FitOutcome, Kernel, SolveConfig, Streams, TrainConfig, solve_towards};

/// What finds the dual variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Solver {
    /// The literature's gradient descent: step size 0.1, 500 updates.
    Descent,
    /// Newton's method to the minimum, certified.
    Newton,
}

impl Solver {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Descent => "descent",
            Self::Newton => "newton",
        }
    }
}

/// One set of patterns as a cycle.
pub(crate) struct Sequence {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) solver: Solver,
    pub(crate) set: u64,
}

impl Work for Sequence {
    fn key(&self) -> String {
        let Self { seed, n, p, gamma, solver, set } = self;
        format!("sequence seed={seed} n={n} p={p} gamma={gamma} solver={} set={set}", solver.name())
    }

    fn run(&self) -> Result<Record, Error> {
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
        let mut record = Record::default();
        record.set_one("bit_accuracy", one_step.bit_accuracy);
        record.set_one("exact", one_step.exact);
        record.set_one("in_time", walk.in_time);
        record.set_one("prefix", walk.error_free_prefix);
        record.set_one("iterations", fit.iterations.into());
        record.set_one("relative_gradient", fit.relative_gradient);
        record.set_one("converged", flag(fit.outcome == FitOutcome::Converged));
        record.set_one("diverged", flag(fit.outcome == FitOutcome::Diverged));
        Ok(record)
    }
}
