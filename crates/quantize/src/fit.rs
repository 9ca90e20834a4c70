//! Integer weights of a whole model, sixteen neurons at a time.

use crate::compensated::Compensation;
use crate::descent::{Descent, LANES, Lane};
use crate::examples::Examples;
use crate::levels::Levels;
use crate::workshop::{Bench, KeepError};
use klr_model::KlrModel;
use klr_model::min_max::min_max;
use klr_units::threads::map_in_order_watched;
use klr_units::words::weight_words;
use klr_units::{SignedFormat, WeightRounding};
use std::num::NonZeroUsize;

/// Clips that are tried for each neuron.
const CLIPS: [f64; 12] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05];

/// Times that every weight is visited, at most: in trials on digits and on random patterns later ones moved less than one
/// weight in a thousand.
const SWEEPS: usize = 12;

/// Words that are gone through at each neuron in so many sweeps, at most: beyond, there are fewer sweeps.
const SWEPT_WORDS: usize = 1 << 26;

/// As many sweeps there are of any number of words.
const LEAST_SWEEPS: usize = 3;

/// Sweeps after which no neuron was wrong at fewer watched states: more would fit the examples only.
const PATIENCE: usize = 2;

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

/// The best weights of each neuron so far.
struct Best {
    weights: Vec<Lane<i16>>,
    /// Stored patterns that are not kept, and halves of watched states that are wrong.
    worth: Lane<(u32, u32)>,
}

impl Best {
    fn new(weights: Vec<Lane<i16>>) -> Self {
        Self { weights, worth: [(u32::MAX, u32::MAX); LANES] }
    }

    /// Takes the weights of each neuron that lose no more than its best, watched states among them if `watching`; whether any
    /// loses less.
    fn offer(&mut self, descent: &Descent<'_>, stored: usize, theta: f32, watching: bool) -> bool {
        let lost = descent.lost(stored, theta);
        let wrong = if watching { descent.wrong(theta) } else { [0; LANES] };
        let worth: Lane<(u32, u32)> = std::array::from_fn(|l| (lost[l], wrong[l]));
        for (best, now) in self.weights.iter_mut().zip(descent.weights()) {
            for l in (0..LANES).filter(|&l| worth[l] <= self.worth[l]) {
                best[l] = now[l];
            }
        }
        let better = (0..LANES).any(|l| worth[l] < self.worth[l]);
        self.worth = std::array::from_fn(|l| worth[l].min(self.worth[l]));
        better
    }
}

impl Fitting<'_> {
    /// Each neuron rounded with the clip that leaves the smallest sum of squared errors of margins at `examples`.
    ///
    /// # Errors
    /// [`KeepError`] of the files in which blocks are kept, here and below.
    pub(crate) fn clipped(&self, examples: &Examples, bench: &Bench<'_>) -> Result<Vec<i16>, KeepError> {
        let found = self.each_block(1, bench, |block| {
            let signs = self.signs(block);
            vec![self.best_clip(block, examples, |clip| self.rounded(block, &signs, clip))]
        });
        Ok(found?.remove(0))
    }

    /// The same with the errors of rounding passed on by `compensation`.
    pub(crate) fn compensated(
        &self,
        examples: &Examples,
        compensation: &Compensation,
        bench: &Bench<'_>,
    ) -> Result<Vec<i16>, KeepError> {
        let found = self.each_block(1, bench, |block| {
            let signs = self.signs(block);
            vec![self.best_clip(block, examples, |clip| {
                let nearest = |mu: usize, l: usize, value| self.levels.nearest(value, signs[mu][l]);
                compensation.round(&self.in_units(block, clip), nearest)
            })]
        });
        Ok(found?.remove(0))
    }

    /// The dual variables on the published uniform grid over all of them ([`min_max`]), its levels as the nearest integers
    /// where the greatest magnitude is the largest weight.
    pub(crate) fn on_one_grid(&self) -> Vec<i16> {
        let grid = min_max(&self.model.duals(), self.format.bits().get().into()).expect("1 to 16 bits");
        let largest = grid.iter().fold(0.0, |most: f64, level| most.max(level.abs()));
        let unit = if largest > 0.0 { largest / f64::from(self.levels.largest()) } else { 1.0 };
        let n = self.model.n();
        let level = |(at, level): (usize, &f64)| {
            self.levels.nearest(level / unit, self.model.patterns().sign(at / n, at % n))
        };
        grid.iter().enumerate().map(level).collect()
    }

    /// Weights whose margins at `examples` reach each of `targets` of the largest weight times the largest word, as far as they
    /// can.
    ///
    /// The first examples are the stored patterns. Those that are not kept count more and more, as in boosting, until all are
    /// or a number of rounds has passed; where there are other examples, the patterns count four times as much as those from the
    /// start. Each neuron takes the weights with which it loses fewest patterns, and of these, where examples are watched,
    /// those with which it is wrong at the fewest of them: what fits the examples better and what it has not seen worse
    /// is left, the weights of the start included. With `letting_go` none of the other examples counts more than it does at a
    /// margin of 0, so that of two patterns that share a cue one gets it.
    pub(crate) fn by_margins(
        &self,
        start: &[i16],
        examples: &Examples,
        targets: &[f32],
        letting_go: bool,
        bench: &Bench<'_>,
    ) -> Result<Vec<Vec<i16>>, KeepError> {
        self.each_block(targets.len(), bench, |block| {
            let start: Vec<Lane<i16>> =
                start.chunks_exact(self.model.n()).map(|row| block.map(|i| row[i])).collect();
            let descent = Descent::new(examples, self.levels, &self.signs(block), &start);
            let towards = |&target| {
                let theta = self.theta(target);
                let mut descent = descent.clone();
                if letting_go {
                    descent.cap(examples.centres(), theta);
                }
                towards(descent, start.clone(), examples, theta, letting_go)
            };
            targets.iter().map(towards).collect()
        })
    }

    /// A margin in the units of integer fields: whole, so that sums of squares are.
    fn theta(&self, target: f32) -> f32 {
        (target * f32::from(self.levels.largest()) * self.largest_word).round().max(1.0)
    }

    /// Of the weights that `with` gives for each clip those that leave the smallest sum of squared errors of margins, neuron by
    /// neuron.
    fn best_clip(
        &self,
        block: &Block,
        examples: &Examples,
        with: impl Fn(f64) -> Vec<Lane<i16>>,
    ) -> Vec<Lane<i16>> {
        let signs = self.signs(block);
        let mut best = (vec![], [f64::INFINITY; LANES]);
        for clip in CLIPS {
            let weights = with(clip);
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

    /// The dual variables of the neurons of `block` in units of a weight of 1, the share `clip` of the largest of each neuron
    /// being the largest weight.
    fn in_units(&self, block: &Block, clip: f64) -> Vec<Lane<f64>> {
        let lanes: Vec<_> = block.iter().map(|&i| self.model.duals_of(i)).collect();
        let unit = |duals: &[f64]| {
            let largest = duals.iter().fold(0.0, |most: f64, alpha| most.max(alpha.abs()));
            // A neuron whose dual variables are all 0 has weights of 0 in any unit.
            if largest > 0.0 { largest * clip / f64::from(self.levels.largest()) } else { 1.0 }
        };
        let units: Vec<f64> = lanes.iter().map(|duals| unit(duals)).collect();
        let of = |mu: usize| std::array::from_fn(|l| lanes[l][mu] / units[l]);
        (0..self.model.p()).map(of).collect()
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

    /// The only weights there are, if nothing is left to choose.
    pub(crate) fn forced(&self) -> Option<Vec<i16>> {
        let (least, greatest) = self.levels.range(1);
        (least == greatest).then(|| self.each_weight(|sign| self.levels.held(0, sign)))
    }

    /// Whether the format has all of `weights`, row-major P x N.
    pub(crate) fn may_be(&self, weights: &[i16]) -> bool {
        weights
            .iter()
            .zip(self.each_weight(i16::from))
            .all(|(&weight, sign)| self.levels.held(weight, if sign > 0 { 1 } else { -1 }) == weight)
    }

    /// A number for each weight, row-major P x N, from its stored bit, -1 or +1.
    fn each_weight(&self, number: impl Fn(i8) -> i16) -> Vec<i16> {
        let patterns = self.model.patterns();
        (0..patterns.p()).flat_map(|mu| patterns.signs(mu)).map(number).collect()
    }

    /// Blocks of neurons that are worked on together.
    pub(crate) fn blocks(&self) -> usize {
        self.model.n().div_ceil(LANES)
    }

    /// The weights of all neurons, row-major P x N, from the `count` times P that `work` finds of a block, pattern by pattern,
    /// or that were kept of it.
    fn each_block(
        &self,
        count: usize,
        bench: &Bench<'_>,
        work: impl Fn(&Block) -> Vec<Vec<Lane<i16>>> + Sync,
    ) -> Result<Vec<Vec<i16>>, KeepError> {
        let (p, n) = (self.model.p(), self.model.n());
        let blocks: Vec<Block> =
            (0..n).step_by(LANES).map(|from| std::array::from_fn(|l| (from + l).min(n - 1))).collect();
        let one = |(at, block): (usize, Block)| -> Result<Vec<Vec<Lane<i16>>>, KeepError> {
            let kept = bench.load::<Vec<Vec<Lane<i16>>>>(at)?;
            let fits = |found: &Vec<Vec<_>>| found.len() == count && found.iter().all(|one| one.len() == p);
            if let Some(found) = kept.filter(fits) {
                return Ok(found);
            }
            let found = work(&block);
            bench.keep(at, &found)?;
            Ok(found)
        };
        let found =
            map_in_order_watched(blocks.iter().copied().enumerate().collect(), self.threads, one, || {
                bench.done()
            });
        let mut all = vec![vec![0; p * n]; count];
        for (block, found) in blocks.iter().zip(found) {
            for (weights, found) in all.iter_mut().zip(found?) {
                for (row, found) in weights.chunks_exact_mut(n).zip(found) {
                    block.iter().zip(found).for_each(|(&i, weight)| row[i] = weight);
                }
            }
        }
        Ok(all)
    }
}

/// The weights that `descent` from `start` ends with when margins are to reach `theta` ([`Fitting::by_margins`]).
fn towards(
    mut descent: Descent<'_>,
    start: Vec<Lane<i16>>,
    examples: &Examples,
    theta: f32,
    letting_go: bool,
) -> Vec<Lane<i16>> {
    let stored = examples.centres();
    // Weights that let copies go are to be wrong at some.
    let watching = !letting_go && examples.count() > examples.counted();
    descent.raise(theta);
    let mut best = Best::new(start);
    if examples.counted() > stored {
        descent.insist(stored, theta, f32::INFINITY);
    }
    if watching {
        best.offer(&descent, stored, theta, watching);
    }
    let mut since = 0;
    let sweeps = (SWEPT_WORDS / examples.counted_words().max(1)).clamp(LEAST_SWEEPS, SWEEPS);
    for _ in 0..sweeps {
        let moved = descent.sweep();
        since = if watching && !best.offer(&descent, stored, theta, watching) { since + 1 } else { 0 };
        if !moved || since == PATIENCE {
            break;
        }
    }
    for _ in 0..ROUNDS {
        best.offer(&descent, stored, theta, watching);
        if descent.lost(stored, theta) == [0; LANES] {
            break;
        }
        descent.insist(stored, theta, 0.0);
        descent.descend(SWEEPS_AGAIN);
    }
    best.weights
}
