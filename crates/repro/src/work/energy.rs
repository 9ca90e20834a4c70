//! Whether the pseudo-energy falls at every flip of an asynchronous retrieval.

use super::{UnitOfWork, cue_index, drawn, literature, refused};
use crate::error::ReproError;
use klr_analysis::NoisyPattern;
use klr_analysis::landscape::{Flip, energy_walk};
use klr_model::{NoiseModel, Stream, Streams};
use serde::{Deserialize, Serialize};

const MAX_SWEEPS: u32 = 30;

/// Asynchronous retrievals of one set of patterns, flip by flip.
pub(crate) struct EnergyDescent {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) noise: f64,
    pub(crate) cues: u64,
    pub(crate) set: u64,
}

/// Flips of all retrievals.
#[derive(Serialize, Deserialize)]
pub(crate) struct EnergyFound {
    pub(crate) flips: u64,
    /// Flips that raised the pseudo-energy.
    pub(crate) raised: u64,
}

impl UnitOfWork for EnergyDescent {
    type Found = EnergyFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, noise, cues, set } = self;
        format!("energy seed={seed} n={n} p={p} gamma={gamma} noise={noise} cues={cues} set={set}")
    }

    fn run(&self) -> Result<EnergyFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let (model, _) = literature(self, &patterns, self.gamma)?;
        let mut found = EnergyFound { flips: 0, raised: 0 };
        for cue in 0..self.cues {
            let index = cue_index(self.set, cue);
            let cue = NoisyPattern::draw(&patterns, self.noise, NoiseModel::Bernoulli, streams, index);
            let mut order = streams.indexed(Stream::Order, index);
            let (flips, _) =
                energy_walk(&model, &cue.state, MAX_SWEEPS, &mut order).map_err(|e| refused(self, e))?;
            found.flips += flips.len() as u64;
            found.raised += flips.iter().filter(|flip| Flip::rises(flip)).count() as u64;
        }
        Ok(found)
    }
}
