//! Memories of patterns that resemble each other: are they kept, and recalled from noise?

use super::{Solver, UnitOfWork, cue_index, in_random_order, refused};
use crate::error::ReproError;
use klr_analysis::NoisyPattern;
use klr_model::{
    AssociativeMemory, FitOutcome, Kernel, NoiseModel, PatternSet, RetrievalConfig, SolveConfig, Stream,
    Streams, TrainConfig, generate, npy, retrieve, solve, train,
};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// The handwritten digits of `fixtures/digits64`, 64 pixels each.
static DIGITS: &[u8] = include_bytes!("../../../../fixtures/digits64/digits64.npy");

/// Patterns of a cluster, and the share of bits in which each differs from the prototype of its cluster.
const MEMBERS: usize = 20;
const SPREAD: f64 = 0.1;

const ASYNCHRONOUS: RetrievalConfig = in_random_order(100);

/// Where patterns that resemble each other come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    /// Handwritten digits as they are, pixel by pixel: N has to be 64.
    Digits,
    /// Embeddings of the digits: signs of random projections of the centred pixels.
    Embeddings,
    /// Clusters of [`MEMBERS`] patterns around random prototypes.
    Clusters,
}

/// One memory of structured patterns.
pub(crate) struct Structured {
    pub(crate) seed: u64,
    pub(crate) structure: Structure,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) solver: Solver,
    /// Bits turned in each cue.
    pub(crate) flips: usize,
    pub(crate) cues: u64,
    pub(crate) set: u64,
}

/// What it keeps.
#[derive(Serialize, Deserialize)]
pub(crate) struct StructuredFound {
    /// Whether each pattern is a fixed point.
    pub(crate) kept: Vec<bool>,
    /// Whether each cue was recalled exactly.
    pub(crate) recalled: Vec<bool>,
    /// Whether the pattern that each cue was made from is the nearest to it, or one of several that are as near.
    pub(crate) nearest: Vec<bool>,
    /// Bits between a pattern and the one nearest to it, on average.
    pub(crate) gap: f64,
    /// Whether training ended oscillating, or beyond all bounds.
    pub(crate) diverged: bool,
}

impl UnitOfWork for Structured {
    type Found = StructuredFound;

    fn key(&self) -> String {
        let Self { seed, structure, n, p, gamma, solver, flips, cues, set } = self;
        format!(
            "structured seed={seed} structure={structure:?} n={n} p={p} gamma={gamma} solver={} flips={flips} \
             cues={cues} set={set}",
            solver.name()
        )
    }

    fn run(&self) -> Result<StructuredFound, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = self.patterns(streams)?;
        let kernel = Kernel::rbf(self.gamma).map_err(|e| refused(self, e))?;
        let (model, fit) = match self.solver {
            Solver::Descent => train(&patterns, kernel, &TrainConfig::literature(), &mut |_| {}),
            Solver::Newton => solve(&patterns, kernel, &SolveConfig::literature(), &mut |_| {}),
        }
        .map_err(|e| refused(self, e))?;
        let mut found = StructuredFound {
            kept: Vec::new(),
            recalled: Vec::new(),
            nearest: Vec::new(),
            gap: mean_gap(&patterns),
            diverged: fit.outcome == FitOutcome::Diverged,
        };
        for mu in 0..patterns.p() {
            found.kept.push(model.is_stable(&patterns.state(mu)));
        }
        let noise = self.flips as f64 / self.n as f64;
        for cue in 0..self.cues {
            let index = cue_index(self.set, cue);
            let cue = NoisyPattern::draw(&patterns, noise, NoiseModel::Exact, streams, index);
            let mut rng = streams.indexed(Stream::Order, index);
            let end = retrieve(&model, &cue.state, ASYNCHRONOUS, &mut rng).map_err(|e| refused(self, e))?;
            found.recalled.push(end.state == cue.pattern);
            let nearest = patterns.nearest(&cue.state).rows;
            found.nearest.push(nearest.into_iter().any(|mu| patterns.state(mu) == cue.pattern));
        }
        Ok(found)
    }
}

impl Structured {
    fn patterns(&self, streams: Streams) -> Result<PatternSet, ReproError> {
        let mut rng = streams.indexed(Stream::Patterns, self.set);
        let (n, p) = (self.n, self.p);
        let images = || npy::parse_patterns(DIGITS).map_err(|e| refused(self, e));
        let all = match self.structure {
            Structure::Clusters => {
                return generate::clusters(n, p / MEMBERS, MEMBERS, SPREAD, &mut rng)
                    .map_err(|e| refused(self, e));
            }
            Structure::Digits => images()?,
            Structure::Embeddings => {
                let images = images()?;
                let weights: Vec<i64> = (0..n * images.n()).map(|_| rng.random_range(-127..=127)).collect();
                embedded(&images, n, &weights).map_err(|e| refused(self, e))?.without_duplicates()
            }
        };
        if all.n() != n || all.p() < p {
            return Err(refused(self, format!("there are {} patterns of {} neurons", all.p(), all.n())));
        }
        // The first p of a shuffle (Fisher and Yates).
        let mut order: Vec<usize> = (0..all.p()).collect();
        for place in 0..p {
            order.swap(place, rng.random_range(place..all.p()));
        }
        let words = order[..p].iter().flat_map(|&mu| all.row_words(mu).to_vec()).collect();
        PatternSet::from_words(n, p, words).map_err(|e| refused(self, e))
    }
}

/// The signs of `n` projections of the images, their mean taken off first; `weights` image by image side by side.
fn embedded(images: &PatternSet, n: usize, weights: &[i64]) -> Result<PatternSet, klr_model::PatternError> {
    let pixels = images.n();
    let count = i64::try_from(images.p()).expect("a fixture has few images");
    let sign = |mu: usize, i: usize| i64::from(images.sign(mu, i));
    let sums: Vec<i64> = (0..pixels).map(|i| (0..images.p()).map(|mu| sign(mu, i)).sum()).collect();
    let mut signs = Vec::with_capacity(n * images.p());
    for mu in 0..images.p() {
        // `count` times what lies off the mean, which is an integer.
        let centred: Vec<i64> = (0..pixels).map(|i| count * sign(mu, i) - sums[i]).collect();
        signs.extend(weights.chunks(pixels).map(|row| {
            let projection: i64 = row.iter().zip(&centred).map(|(w, x)| w * x).sum();
            if projection < 0 { -1_i8 } else { 1 }
        }));
    }
    PatternSet::from_signs(n, &signs)
}

/// The mean distance of a pattern from the one nearest to it, in bits.
fn mean_gap(patterns: &PatternSet) -> f64 {
    let p = patterns.p();
    let gap = |mu: usize| {
        let others = patterns.distances_from(mu, 0..p).enumerate().filter(|&(nu, _)| nu != mu);
        others.map(|(_, distance)| f64::from(distance)).fold(f64::INFINITY, f64::min)
    };
    (0..p).map(gap).sum::<f64>() / p as f64
}
