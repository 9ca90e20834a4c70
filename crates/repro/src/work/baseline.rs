//! The memories that KLR is compared with: fixed points, basins, and how far a plane can separate.

use super::{UnitOfWork, cue_index, drawn, in_random_order, refused};
use crate::error::ReproError;
use klr_analysis::NoisyPattern;
use klr_analysis::separable::neuron_is_separable;
use klr_model::baselines::logistic::{self, LogisticConfig};
use klr_model::baselines::{
    Baseline, BaselineOptions, BaselineTuning, Diagonal, Outcome, Pairwise, compare_tuned,
};
use klr_model::measure::overlap;
use klr_model::{
    AssociativeMemory, CueKind, Kernel, NoiseModel, PatternSet, RetrievalConfig, State, Stream, Streams,
    Targets, TrainConfig, retrieve, train,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

const ASYNCHRONOUS: RetrievalConfig = in_random_order(100);

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
pub(crate) struct ClassicalPatterns {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) memory: Classical,
    pub(crate) set: u64,
}

/// What becomes of the stored patterns, in their order.
#[derive(Serialize, Deserialize)]
pub(crate) struct ClassicalFound {
    /// Whether it is a fixed point.
    pub(crate) fixed: Vec<bool>,
    /// The overlap with the end of the retrieval from it.
    pub(crate) overlaps: Vec<f64>,
}

impl UnitOfWork for ClassicalPatterns {
    type Found = ClassicalFound;

    fn key(&self) -> String {
        let Self { seed, n, p, memory, set } = self;
        format!("stored seed={seed} n={n} p={p} memory={memory:?} set={set}")
    }

    fn run(&self) -> Result<ClassicalFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let network = match self.memory {
            Classical::Hebbian => Pairwise::hebbian(&patterns),
            Classical::PseudoInverse => Pairwise::pseudo_inverse(&patterns, Diagonal::Zero),
            Classical::Logistic => {
                logistic::train(&patterns, &LogisticConfig::standard()).map_err(|e| refused(self, e))?.0
            }
        };
        let mut found = ClassicalFound { fixed: Vec::new(), overlaps: Vec::new() };
        for mu in 0..patterns.p() {
            let pattern = patterns.state(mu);
            found.fixed.push(network.is_stable(&pattern));
            let mut rng = streams.indexed(Stream::Order, cue_index(self.set, mu as u64));
            let end = retrieve(&network, &pattern, ASYNCHRONOUS, &mut rng).map_err(|e| refused(self, e))?;
            found.overlaps.push(overlap(&end.state, &pattern));
        }
        Ok(found)
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

impl UnitOfWork for Separable {
    /// Whether each of the first neurons can be separated.
    type Found = Vec<bool>;

    fn key(&self) -> String {
        let Self { seed, n, p, neurons, set } = self;
        format!("separable seed={seed} n={n} p={p} neurons={neurons} set={set}")
    }

    fn run(&self) -> Result<Vec<bool>, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        Ok((0..self.neurons).map(|i| neuron_is_separable(&patterns, i)).collect())
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

/// All memories on the same cues, at several distances or levels of noise. KLR has the gamma that is given; the others are
/// there twice: with that width, and tuned for each level on cues of their own.
pub(crate) struct MemoryComparison {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) noise: &'static [f64],
    pub(crate) model: NoiseModel,
    pub(crate) cues: u64,
    pub(crate) set: u64,
}

/// Cues recalled exactly.
#[derive(Serialize, Deserialize)]
pub(crate) struct ComparisonFound {
    /// Cues at each level.
    pub(crate) cues: u64,
    /// KLR, at each level.
    pub(crate) klr: Vec<u64>,
    /// The others, by name.
    pub(crate) others: BTreeMap<String, ComparedMemory>,
}

/// A memory beside KLR, at each level.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct ComparedMemory {
    /// Cues recalled with the width of KLR, and otherwise as [`BaselineOptions::beside`] says.
    pub(crate) given: Vec<u64>,
    /// Cues recalled when tuned.
    pub(crate) tuned: Vec<u64>,
    /// Its first parameter as tuned, if it has one that is a number.
    pub(crate) setting: Vec<Option<f64>>,
}

impl UnitOfWork for MemoryComparison {
    type Found = ComparisonFound;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, noise, model, cues, set } = self;
        let names = COMPARED.map(Baseline::name).join(",");
        format!(
            "comparison with tuned baselines seed={seed} n={n} p={p} gamma={gamma} noise={noise:?} model={model:?} cues={cues} set={set} \
             with={names}"
        )
    }

    fn run(&self) -> Result<ComparisonFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let kernel = Kernel::rbf(self.gamma).map_err(|e| refused(self, e))?;
        let (klr, _) = train(&patterns, kernel.clone(), &TrainConfig::literature(), &mut |_| {})
            .map_err(|e| refused(self, e))?;
        let options = BaselineOptions::beside(kernel, ASYNCHRONOUS, self.seed);
        let mut found = ComparisonFound { cues: self.cues, klr: Vec::new(), others: BTreeMap::new() };
        for &noise in self.noise {
            let cues: Vec<(State, Targets)> =
                (0..self.cues).map(|cue| self.cue(&patterns, noise, cue, streams)).collect();
            let mut hits = 0;
            for (index, (cue, targets)) in cues.iter().enumerate() {
                let mut rng = streams.indexed(Stream::Order, index as u64);
                let end = retrieve(&klr, cue, ASYNCHRONOUS, &mut rng).map_err(|e| refused(self, e))?;
                hits += u64::from(targets.contain(&patterns, &end.state));
            }
            found.klr.push(hits);
            let tuning = BaselineTuning { cue: CueKind::Flips { noise, model: self.model }, streams };
            let one = NonZeroUsize::MIN;
            let results = compare_tuned(&patterns, &cues[..], &COMPARED, &options, &tuning, one, &mut || ())
                .map_err(|e| refused(self, e))?;
            for result in results {
                let hits = |outcome: &Outcome| match &outcome.counts {
                    Ok(counts) => Ok(counts.hits),
                    Err(error) => Err(refused(self, error)),
                };
                let memory = found.others.entry(result.name.to_owned()).or_default();
                memory.given.push(hits(&result.given)?);
                memory.tuned.push(hits(&result.tuned)?);
                let setting = result.tuned.settings.first().and_then(|setting| setting.number());
                memory.setting.push(setting);
            }
        }
        Ok(found)
    }
}

impl MemoryComparison {
    fn cue(&self, patterns: &PatternSet, noise: f64, cue: u64, streams: Streams) -> (State, Targets) {
        let cue = NoisyPattern::draw(patterns, noise, self.model, streams, cue_index(self.set, cue));
        (cue.state, Targets::nearest(patterns, &cue.pattern))
    }
}
