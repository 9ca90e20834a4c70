//! The memories that KLR is compared with: fixed points, basins, and how far a plane can separate.

use super::{Work, drawn, flag, refused};
use crate::error::Error;
use crate::record::Record;
use klr_analysis::separable::neuron_is_separable;
use klr_model::baselines::logistic::{self, LogisticConfig};
use klr_model::baselines::{Baseline, BaselineOptions, Diagonal, Pairwise, compare};
use klr_model::measure::overlap;
use klr_model::noise::corrupt;
use klr_model::{
    AssociativeMemory, Kernel, NoiseModel, PatternSet, RetrievalConfig, State, Stream, Streams, TrainConfig,
    UpdateRule, VisitOrder, retrieve, train,
};
use rand::RngExt;
use std::num::NonZeroUsize;

const ASYNCHRONOUS: RetrievalConfig =
    RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Random), max_steps: 100 };

/// A classical memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Classical {
    /// Hebb's rule.
    Hebbian,
    /// The projection on the patterns, without its diagonal.
    PseudoInverse,
    /// A linear logistic regression per neuron.
    Logistic,
}

/// Stored patterns of a classical memory: are they fixed points, and where do retrievals that start at them end?
pub(crate) struct StoredPatterns {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) memory: Classical,
    pub(crate) set: u64,
}

impl Work for StoredPatterns {
    fn key(&self) -> String {
        let Self { seed, n, p, memory, set } = self;
        format!("stored seed={seed} n={n} p={p} memory={memory:?} set={set}")
    }

    fn run(&self) -> Result<Record, Error> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let network = match self.memory {
            Classical::Hebbian => Pairwise::hebbian(&patterns),
            Classical::PseudoInverse => Pairwise::pseudo_inverse(&patterns, Diagonal::Zero),
            Classical::Logistic => {
                logistic::train(&patterns, &LogisticConfig::standard()).map_err(|e| refused(self, e))?.0
            }
        };
        let mut record = Record::default();
        for mu in 0..patterns.p() {
            let pattern = patterns.state(mu);
            record.push("fixed", flag(network.is_stable(&pattern)));
            let mut rng = streams.indexed(Stream::Order, self.set << 32 | mu as u64);
            let end = retrieve(&network, &pattern, ASYNCHRONOUS, &mut rng).map_err(|e| refused(self, e))?;
            record.push("overlap", overlap(&end.state, &pattern));
        }
        Ok(record)
    }
}

/// Whether a plane through the origin separates random points with random labels, as each neuron of a network without
/// self-coupling needs.
pub(crate) struct Separable {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) neurons: usize,
    pub(crate) set: u64,
}

impl Work for Separable {
    fn key(&self) -> String {
        let Self { seed, n, p, neurons, set } = self;
        format!("separable seed={seed} n={n} p={p} neurons={neurons} set={set}")
    }

    fn run(&self) -> Result<Record, Error> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let mut record = Record::default();
        for i in 0..self.neurons {
            record.push("separable", flag(neuron_is_separable(&patterns, i)));
        }
        Ok(record)
    }
}

/// The baselines of a basin or a comparison.
pub(crate) const COMPARED: [Baseline; 7] = [
    Baseline::Untrained,
    Baseline::KernelRidge,
    Baseline::DensePolynomial,
    Baseline::DenseExponential,
    Baseline::PseudoInverse,
    Baseline::Hebbian,
    Baseline::NearestPattern,
];

/// All memories on the same cues, at several distances or levels of noise.
pub(crate) struct Comparison {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) noise: &'static [f64],
    pub(crate) model: NoiseModel,
    pub(crate) cues: u64,
    pub(crate) set: u64,
}

impl Work for Comparison {
    fn key(&self) -> String {
        let Self { seed, n, p, gamma, noise, model, cues, set } = self;
        let names = COMPARED.map(Baseline::name).join(",");
        format!(
            "comparison seed={seed} n={n} p={p} gamma={gamma} noise={noise:?} model={model:?} cues={cues} set={set} \
             with={names}"
        )
    }

    fn run(&self) -> Result<Record, Error> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let kernel = Kernel::rbf(self.gamma).map_err(|e| refused(self, e))?;
        let (klr, _) = train(&patterns, kernel.clone(), &TrainConfig::literature(), &mut |_| {})
            .map_err(|e| refused(self, e))?;
        let options = BaselineOptions::beside(kernel, ASYNCHRONOUS, self.seed);
        let mut record = Record::default();
        record.set_one("cues", self.cues as f64);
        for &noise in self.noise {
            let cues: Vec<(State, State)> =
                (0..self.cues).map(|cue| self.cue(&patterns, noise, cue, &streams)).collect();
            let mut hits = 0.0;
            for (index, (cue, target)) in cues.iter().enumerate() {
                let mut rng = streams.indexed(Stream::Order, index as u64);
                let end = retrieve(&klr, cue, ASYNCHRONOUS, &mut rng).map_err(|e| refused(self, e))?;
                hits += flag(end.state == *target);
            }
            record.push("klr", hits);
            for result in compare(&patterns, &cues, &COMPARED, &options, NonZeroUsize::MIN) {
                let counts = result.counts.map_err(|e| refused(self, e))?;
                record.push(result.name, counts.hits as f64);
            }
        }
        Ok(record)
    }
}

impl Comparison {
    fn cue(&self, patterns: &PatternSet, noise: f64, cue: u64, streams: &Streams) -> (State, State) {
        let index = self.set << 32 | cue;
        let target = patterns.state(streams.indexed(Stream::Cues, index).random_range(0..patterns.p()));
        (corrupt(&target, noise, self.model, &mut streams.indexed(Stream::Noise, index)), target)
    }
}
