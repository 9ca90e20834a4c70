//! Retrievals of one set of patterns from cues at several levels of noise, all neurons at once and one at a time.

use super::{UnitOfWork, cue_index, drawn, literature, refused};
use crate::error::ReproError;
use klr_analysis::NoisyPattern;
use klr_analysis::overlap::retrieve_with_overlaps;
use klr_model::{KlrModel, NoiseModel, RetrievalConfig, RetrievalOutcome, Streams, UpdateRule, VisitOrder};
use serde::{Deserialize, Serialize};

/// Steps or sweeps whose overlap is recorded, besides that of the cue.
pub(crate) const OVERLAP_STEPS: usize = 6;

/// The most steps or sweeps (arXiv:2609.16827 uses 30).
const MAX_STEPS: u32 = 30;

/// Retrievals of one set of patterns.
pub(crate) struct Retrievals {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) noise: &'static [f64],
    pub(crate) cues: u64,
    pub(crate) set: u64,
}

/// The trained model, and its retrievals.
#[derive(Serialize, Deserialize)]
pub(crate) struct RetrievalsFound {
    pub(crate) mean_abs_alpha: f64,
    pub(crate) mean_margin: f64,
    /// The cues of each level of noise, in the order of the levels.
    pub(crate) levels: Vec<Vec<CueFound>>,
}

/// What came of one cue.
#[derive(Serialize, Deserialize)]
pub(crate) struct CueFound {
    /// Bits in which it differs from its pattern.
    pub(crate) distance: usize,
    pub(crate) synchronous: Settled,
    pub(crate) asynchronous: Settled,
}

/// How one retrieval went.
#[derive(Serialize, Deserialize)]
pub(crate) struct Settled {
    /// Whether it ended at its pattern exactly.
    pub(crate) hit: bool,
    pub(crate) flips: u64,
    pub(crate) evaluations: u64,
    pub(crate) two_cycle: bool,
    pub(crate) step_limit: bool,
    /// Whether it ended at some stored pattern.
    pub(crate) on_stored_pattern: bool,
    /// The overlap of the cue, and that after each of the first [`OVERLAP_STEPS`] steps.
    pub(crate) overlaps: Vec<f64>,
}

impl UnitOfWork for Retrievals {
    type Found = RetrievalsFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, noise, cues, set } = self;
        format!(
            "retrievals seed={seed} n={n} p={p} gamma={gamma} noise={noise:?} model=bernoulli \
             steps={MAX_STEPS} cues={cues} set={set}"
        )
    }

    fn run(&self) -> Result<RetrievalsFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let (model, fit) = literature(self, &patterns, self.gamma)?;
        let level = |noise: f64| (0..self.cues).map(|cue| self.cue(&model, noise, cue, streams)).collect();
        Ok(RetrievalsFound {
            mean_abs_alpha: fit.mean_abs_alpha,
            mean_margin: fit.mean_margin,
            levels: self.noise.iter().map(|&noise| level(noise)).collect::<Result<_, ReproError>>()?,
        })
    }
}

impl Retrievals {
    fn cue(&self, model: &KlrModel, noise: f64, cue: u64, streams: Streams) -> Result<CueFound, ReproError> {
        let index = cue_index(self.set, cue);
        let cue = NoisyPattern::draw(model.patterns(), noise, NoiseModel::Bernoulli, streams, index);
        Ok(CueFound {
            distance: cue.state.hamming(&cue.pattern),
            synchronous: self.retrieve(model, &cue, UpdateRule::Synchronous, streams)?,
            asynchronous: self.retrieve(
                model,
                &cue,
                UpdateRule::Asynchronous(VisitOrder::Random),
                streams,
            )?,
        })
    }

    fn retrieve(
        &self,
        model: &KlrModel,
        cue: &NoisyPattern,
        update: UpdateRule,
        streams: Streams,
    ) -> Result<Settled, ReproError> {
        let config = RetrievalConfig { update, max_steps: MAX_STEPS };
        let (end, mut overlaps) =
            retrieve_with_overlaps(model, cue, config, streams).map_err(|e| refused(self, e))?;
        overlaps.truncate(OVERLAP_STEPS + 1);
        let patterns = model.patterns();
        Ok(Settled {
            hit: end.state == cue.pattern,
            flips: end.flips,
            evaluations: end.evaluations,
            two_cycle: end.outcome == RetrievalOutcome::TwoCycle,
            step_limit: end.outcome == RetrievalOutcome::StepLimit,
            on_stored_pattern: patterns.nearest(&end.state).distance == 0,
            overlaps,
        })
    }
}
