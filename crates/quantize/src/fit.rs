//! Integer weights of a whole model, sixteen neurons at a time.

use crate::descent::{Descent, LANES, Lane};
use crate::examples::Examples;
use crate::levels::Levels;
use klr_model::KlrModel;
use klr_units::threads::map_in_order;
use klr_units::words::weight_words;
use klr_units::{SignedFormat, WeightRounding};
use std::num::NonZeroUsize;

/// Clips that are tried for each neuron.
const CLIPS: [f64; 12] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05];

/// Times that every weight is visited, at most: in trials on digits and on random patterns later ones moved less than one
/// weight in a thousand.
const SWEEPS: usize = 12;

/// Times that stored patterns which are not kept are given more weight: in trials on digits all were kept after ten.
const ROUNDS: usize = 16;

/// Times that every weight is visited after that, at most.
const SWEEPS_AGAIN: usize = 3;

/// A model whose dual variables become integers.
#[derive(Clone, Copy)]
pub(crate) struct Fitting<'a> {
    pub(crate) model: &'a KlrModel,
    pub(crate) format: SignedFormat,
    pub(crate) levels: Levels,
    /// The largest kernel word: the margin that a weight of 1 gives its own pattern.
    pub(crate) largest_word: f32,
    pub(crate) threads: NonZeroUsize,
}

/// Neurons that are worked on together, the last one over again where there are fewer.
type Block = Lane<usize>;

impl Fitting<'_> {
    /// Each neuron rounded with the clip that leaves the smallest sum of squared errors of margins at `examples`.
    pub(crate) fn clipped(&self, examples: &Examples) -> Vec<i16> {
        self.each_block(|block| self.clipped_block(block, examples))
    }

    /// Weights whose margins at `examples` reach `target` of the largest weight times the largest word, as far as they can.
    ///
    /// The first examples are the stored patterns. Those that are not kept count more and more, as in boosting, until all are
    /// or a number of rounds has passed; each neuron takes the weights with which it loses fewest. Where there are other
    /// examples, the patterns count four times as much as those from the start; with `letting_go` none of the others counts
    /// more than it does at a margin of 0, so that of two patterns that share a cue one gets it.
    pub(crate) fn by_margins(
        &self,
        start: &[i16],
        examples: &Examples,
        target: f32,
        letting_go: bool,
    ) -> Vec<i16> {
        self.each_block(|block| {
            let start: Vec<Lane<i16>> =
                start.chunks_exact(self.model.n()).map(|row| block.map(|i| row[i])).collect();
            let (stored, theta) = (examples.centres(), self.theta(target));
            let mut descent = Descent::new(examples, self.levels, &self.signs(block), &start);
            descent.raise(theta);
            if examples.count() > stored {
                descent.insist(stored, theta, f32::INFINITY);
            }
            if letting_go {
                descent.cap(stored, theta);
            }
            descent.descend(SWEEPS);
            let mut best: Vec<Lane<i16>> = descent.weights().collect();
            let mut fewest = [u32::MAX; LANES];
            for _ in 0..ROUNDS {
                let now: Vec<Lane<i16>> = descent.weights().collect();
                let lost = descent.insist(stored, theta, 0.0);
                for l in 0..LANES {
                    if lost[l] < fewest[l] {
                        fewest[l] = lost[l];
                        best.iter_mut().zip(&now).for_each(|(best, now)| best[l] = now[l]);
                    }
                }
                if lost == [0; LANES] {
                    break;
                }
                descent.descend(SWEEPS_AGAIN);
            }
            best
        })
    }

    /// A margin in the units of integer fields: whole, so that sums of squares are.
    fn theta(&self, target: f32) -> f32 {
        (target * f32::from(self.levels.largest()) * self.largest_word).round().max(1.0)
    }

    fn clipped_block(&self, block: &Block, examples: &Examples) -> Vec<Lane<i16>> {
        let signs = self.signs(block);
        let mut best = (vec![], [f64::INFINITY; LANES]);
        for clip in CLIPS {
            let weights = self.rounded(block, &signs, clip);
            let mut descent = Descent::new(examples, self.levels, &signs, &weights);
            descent.raise(self.theta(1.0));
            let loss = descent.loss();
            if best.0.is_empty() {
                best = (weights, loss);
                continue;
            }
            for l in 0..LANES {
                if loss[l] >= best.1[l] {
                    continue;
                }
                best.1[l] = loss[l];
                best.0.iter_mut().zip(&weights).for_each(|(best, weights)| best[l] = weights[l]);
            }
        }
        best.0
    }

    /// The dual variables of the neurons of `block`, rounded with `clip`.
    fn rounded(&self, block: &Block, signs: &[Lane<i8>], clip: f64) -> Vec<Lane<i16>> {
        let rounding = WeightRounding::new(self.format, clip).expect("clips above 0, at most 1");
        let lanes: Vec<Vec<i16>> = (0..LANES)
            .map(|l| {
                let stored: Vec<i8> = signs.iter().map(|signs| signs[l]).collect();
                weight_words(&self.model.duals_of(block[l]), &stored, rounding).values
            })
            .collect();
        let of = |mu: usize| std::array::from_fn(|l| self.levels.held(lanes[l][mu], signs[mu][l]));
        (0..self.model.p()).map(of).collect()
    }

    /// The stored bits of the neurons of `block`, pattern by pattern.
    fn signs(&self, block: &Block) -> Vec<Lane<i8>> {
        let patterns = self.model.patterns();
        (0..self.model.p()).map(|mu| block.map(|i| patterns.sign(mu, i))).collect()
    }

    /// The weights of all neurons, row-major P x N, from those that `work` finds of a block, pattern by pattern.
    fn each_block(&self, work: impl Fn(&Block) -> Vec<Lane<i16>> + Sync) -> Vec<i16> {
        let (p, n) = (self.model.p(), self.model.n());
        let blocks: Vec<Block> =
            (0..n).step_by(LANES).map(|from| std::array::from_fn(|l| (from + l).min(n - 1))).collect();
        let found = map_in_order(blocks.clone(), self.threads, |block| work(&block));
        let mut weights = vec![0; p * n];
        for (block, found) in blocks.iter().zip(found) {
            for (row, found) in weights.chunks_exact_mut(n).zip(found) {
                block.iter().zip(found).for_each(|(&i, weight)| row[i] = weight);
            }
        }
        weights
    }
}
