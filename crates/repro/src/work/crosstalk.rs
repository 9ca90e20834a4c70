//! Signal and noise of the fields at noisy cues, beside what is recalled from them.

use super::{UnitOfWork, in_random_order, literature, refused};
use crate::error::ReproError;
use klr_analysis::snr::field_statistics;
use klr_analysis::{CueConfig, NoisyPattern};
use klr_model::{AssociativeMemory, NoiseModel, PatternSet, RetrievalConfig, Stream, Streams, retrieve};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

const ASYNCHRONOUS: RetrievalConfig = in_random_order(30);

/// One memory of random patterns, at several levels of noise that flips exactly so many bits.
pub(crate) struct Crosstalk {
    /// Its own for each memory, so that no two share the noise of their cues.
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) noise: &'static [f64],
    pub(crate) cues: u32,
}

/// What it showed.
#[derive(Serialize, Deserialize)]
pub(crate) struct CrosstalkFound {
    /// Whether each stored pattern is a fixed point.
    pub(crate) kept: Vec<bool>,
    /// The levels in their order.
    pub(crate) levels: Vec<CrosstalkAt>,
}

/// One level of noise.
#[derive(Serialize, Deserialize)]
pub(crate) struct CrosstalkAt {
    /// Mean over spread of the fields, turned so that above 0 is towards the target; none if all are equal.
    pub(crate) snr: Option<f64>,
    /// Cues recalled exactly.
    pub(crate) hits: u64,
}

impl UnitOfWork for Crosstalk {
    type Found = CrosstalkFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, noise, cues } = self;
        format!("crosstalk seed={seed} n={n} p={p} gamma={gamma} noise={noise:?} cues={cues}")
    }

    fn run(&self) -> Result<CrosstalkFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = PatternSet::random(self.n, self.p, &mut streams.stream(Stream::Patterns))
            .map_err(|e| refused(self, e))?;
        let (model, _) = literature(self, &patterns, self.gamma)?;
        let kept = (0..self.p).map(|mu| model.is_stable(&patterns.state(mu))).collect();
        let mut levels = Vec::new();
        for &noise in self.noise {
            let cues = CueConfig { count: self.cues, noise, model: NoiseModel::Exact };
            let fields = field_statistics(&model, &cues, 0.95, streams, NonZeroUsize::MIN)
                .map_err(|e| refused(self, e))?;
            let mut hits = 0;
            for index in 0..u64::from(self.cues) {
                let cue = NoisyPattern::draw(&patterns, noise, NoiseModel::Exact, streams, index);
                let mut rng = streams.indexed(Stream::Order, index);
                let end =
                    retrieve(&model, &cue.state, ASYNCHRONOUS, &mut rng).map_err(|e| refused(self, e))?;
                hits += u64::from(end.state == cue.pattern);
            }
            levels.push(CrosstalkAt { snr: Some(fields.snr).filter(|snr| snr.is_finite()), hits });
        }
        Ok(CrosstalkFound { kept, levels })
    }
}
