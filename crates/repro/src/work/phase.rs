//! One point of a phase diagram over kernel width and load.

use super::{UnitOfWork, refused};
use crate::error::ReproError;
use klr_analysis::AnalysisError;
use klr_analysis::CueConfig;
use klr_analysis::phase::{GridPoint, PhaseConfig, phase_diagram};
use klr_model::TrainError;
use klr_model::{
    Kernel, KlrModel, NoiseModel, PatternSet, RetrievalConfig, SolveConfig, Streams, UpdateRule, solve,
};
use std::num::NonZeroUsize;

/// What the point's training or analysis refused.
#[derive(Debug, thiserror::Error)]
enum PointError {
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// One point; its patterns depend on its number on the grid.
pub(crate) struct PhaseAt {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) gammas: Vec<f64>,
    pub(crate) loads: Vec<f64>,
    pub(crate) at: GridPoint,
}

impl PhaseAt {
    fn config(&self) -> PhaseConfig {
        PhaseConfig {
            n: self.n,
            gammas: self.gammas.clone(),
            loads: self.loads.clone(),
            // "Initial similarity" 0.8: a fifth of the bits flipped.
            cues: CueConfig { count: 10, noise: 0.2, model: NoiseModel::Exact },
            retrieval: RetrievalConfig { update: UpdateRule::Synchronous, max_steps: 30 },
            lambda: 0.01,
            curvature_neurons: 3,
            confidence: 0.95,
            threads: NonZeroUsize::MIN,
        }
    }
}

impl UnitOfWork for PhaseAt {
    /// The share of cues recalled.
    type Found = f64;

    fn key(&self) -> String {
        let Self { seed, n, gammas, loads, at } = self;
        format!(
            "phase seed={seed} n={n} gammas={} loads={} at={},{} gamma={} load={} cues=10 noise=0.2 exact sync solver=newton",
            gammas.len(),
            loads.len(),
            at.gamma,
            at.load,
            gammas[at.gamma],
            loads[at.load]
        )
    }

    fn run(&self) -> Result<f64, ReproError> {
        // The literature solves its static maps by L-BFGS: what counts is the optimum, not the way there.
        let trained = |patterns: &PatternSet, kernel: Kernel| -> Result<KlrModel, PointError> {
            Ok(solve(patterns, kernel, &SolveConfig::literature(), &mut |_| {})?.0)
        };
        let mut recall = None;
        phase_diagram(&self.config(), &[self.at], Streams::new(self.seed), trained, |point| {
            recall = Some(point.recall.value());
        })
        .map_err(|e| refused(self, e))?;
        recall.ok_or_else(|| refused(self, "the point was not measured"))
    }
}
