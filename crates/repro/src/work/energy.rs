//! Whether the pseudo-energy falls at every flip of an asynchronous retrieval.

use super::{Work, drawn, literature, refused};
use crate::error::Error;
use crate::record::Record;
use klr_model::noise::corrupt;
use klr_model::{
    KlrModel, NoiseModel, RetrievalConfig, State, Stream, Streams, UpdateRule, VisitOrder, retrieve,
};
use rand::RngExt;
use rand::seq::SliceRandom;

const MAX_SWEEPS: u32 = 30;

/// A rise below this share of the pseudo-energy is rounding: two sums of some thousand terms differ by about 1e-13.
const ROUNDING: f64 = 1e-11;

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

impl Work for EnergyDescent {
    fn key(&self) -> String {
        let Self { seed, n, p, gamma, noise, cues, set } = self;
        format!("energy seed={seed} n={n} p={p} gamma={gamma} noise={noise} cues={cues} set={set}")
    }

    fn run(&self) -> Result<Record, Error> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let (model, _) = literature(self, &patterns, self.gamma)?;
        let (mut flips, mut raised) = (0_u32, 0_u32);
        for cue in 0..self.cues {
            let index = self.set << 32 | cue;
            let target = streams.indexed(Stream::Cues, index).random_range(0..patterns.p());
            let mut noise = streams.indexed(Stream::Noise, index);
            let cue = corrupt(&patterns.state(target), self.noise, NoiseModel::Bernoulli, &mut noise);
            let walk = Walk::of(&model, &cue, &streams, index);
            flips += walk.flips;
            raised += walk.raised;
            // The walk is written out here only to look at every flip: it has to be the reference's.
            let update = UpdateRule::Asynchronous(VisitOrder::Random);
            let config = RetrievalConfig { update, max_steps: MAX_SWEEPS };
            let end = retrieve(&model, &cue, config, &mut streams.indexed(Stream::Order, index))
                .map_err(|e| refused(self, e))?;
            if (&end.state, end.flips) != (&walk.state, walk.flips.into()) {
                return Err(refused(
                    self,
                    format_args!("cue {index}: the walk is not that of the reference"),
                ));
            }
        }
        let mut record = Record::default();
        record.set_one("flips", flips.into());
        record.set_one("raised", raised.into());
        Ok(record)
    }
}

struct Walk {
    state: State,
    flips: u32,
    raised: u32,
}

impl Walk {
    fn of(model: &KlrModel, cue: &State, streams: &Streams, index: u64) -> Self {
        let mut rng = streams.indexed(Stream::Order, index);
        let mut walk = Self { state: cue.clone(), flips: 0, raised: 0 };
        let mut order: Vec<usize> = (0..model.n()).collect();
        let mut energy = model.pseudo_energy(cue);
        for _ in 0..MAX_SWEEPS {
            order.shuffle(&mut rng);
            let before = walk.flips;
            for &i in &order {
                if f64::from(walk.state.sign(i)) * model.field(i, &walk.state) < 0.0 {
                    walk.state.flip(i);
                    walk.flips += 1;
                    let after = model.pseudo_energy(&walk.state);
                    walk.raised += u32::from(after > energy + ROUNDING * energy.abs());
                    energy = after;
                }
            }
            if walk.flips == before {
                break;
            }
        }
        walk
    }
}
