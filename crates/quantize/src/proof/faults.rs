//! How many bits of a memory may flip, and which ones do harm.
//!
//! A margin is a sum over words: of weight memory, where kernel words stay as they are, and of the table, where weights do.
//! So the steps that take most from it per flip, taken in that order, bound the fewest flips that take more than there is
//! (`steps.rs`). They are these fewest, and the budget is exact, where the bits of a word add up, as those of the table, of
//! magnitudes and of two's complement do. Flips of pattern memory are in `patterns.rs`.

use super::memory::{Memory, number};
use super::patterns;
use super::steps::{Step, borne, corners};
use klr_image::CoreImage;
use klr_image::proof::{BitFlip, Budget, Fault, FaultBudgets, FlippedCodes};
use klr_units::threads::map_in_order;
use klr_units::{NeuronIdx, PatternIdx};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// A pattern that the core keeps, as the state.
pub(super) struct Kept {
    pub(super) mu: usize,
    pub(super) signs: Vec<i64>,
    pub(super) distances: Vec<u32>,
    pub(super) live: Vec<(usize, i64)>,
    pub(super) margins: Vec<i64>,
}

impl Kept {
    /// Pattern `mu`, if it is kept.
    pub(super) fn of(memory: &Memory<'_>, mu: usize) -> Option<Self> {
        let state = memory.pattern(mu);
        let mut distances = Vec::new();
        memory.distances(state, &mut distances);
        let live = memory.live(&distances);
        let signs: Vec<i64> = state.signs().map(i64::from).collect();
        let margins: Vec<i64> = memory.fields(&live).into_iter().zip(&signs).map(|(h, s)| h * s).collect();
        let kept = margins.iter().all(|&margin| margin >= 0);
        kept.then_some(Self { mu, signs, distances, live, margins })
    }

    fn number(&self) -> u32 {
        number(self.mu)
    }
}

pub(super) fn of(memory: &Memory<'_>, threads: NonZeroUsize) -> FaultBudgets {
    let all: Vec<usize> = (0..memory.image.p() as usize).collect();
    let codes = Codes::of(memory.image);
    let found = map_in_order(all, threads, |mu| {
        let kept = Kept::of(memory, mu)?;
        let weights = fewest(&kept, |i| codes.harms(&kept, i), |i, taken| codes.flips(i, taken));
        let flips = |_, taken: &[Step<BitFlip>]| taken.iter().map(|step| step.of).collect();
        let table = fewest(&kept, |i| table_harms(memory, &kept, i), flips);
        Some([weights, table])
    });
    let budget = |which: usize| least(found.iter().flatten().map(|found| &found[which]));
    FaultBudgets { weights: budget(0), table: budget(1), patterns: patterns::of(memory, threads) }
}

/// The budget of all patterns: the least of theirs, and the smallest falsifier, the first of equals.
fn least<'a>(all: impl Iterator<Item = &'a Budget> + Clone) -> Budget {
    let falsifiers = all.clone().filter_map(|budget| budget.falsifier.as_ref());
    Budget {
        harmless: all.filter_map(|budget| budget.harmless).min(),
        falsifier: falsifiers.min_by_key(|fault| fault.flips.len()).cloned(),
    }
}

/// The fewest flips after which the pattern is not kept, by what each step takes from the margin of a neuron; `flips` are the
/// bits of the steps that do.
fn fewest<T: Copy>(
    kept: &Kept,
    steps: impl Fn(usize) -> Vec<Step<T>>,
    flips: impl Fn(usize, &[Step<T>]) -> Vec<BitFlip>,
) -> Budget {
    let mut budget = Budget { harmless: None, falsifier: None };
    for (i, &margin) in kept.margins.iter().enumerate() {
        let steps = steps(i);
        // As many flips are borne at the least.
        let borne_at_least = steps.iter().map(|step| step.leaves(margin)).min();
        let fewer =
            budget.unfixes().is_none_or(|best| borne_at_least.is_some_and(|at| (at as usize) + 1 < best));
        if !fewer {
            continue;
        }
        let borne = borne(steps, margin);
        let Some(harmless) = borne.harmless else { continue };
        budget.harmless = Some(budget.harmless.map_or(harmless, |least| least.min(harmless)));
        let count: u32 = borne.taken.iter().map(|step| step.flips).sum();
        if budget.unfixes().is_none_or(|best| (count as usize) < best) {
            budget.falsifier = Some(Fault { pattern: kept.number(), flips: flips(i, &borne.taken) });
        }
    }
    budget
}

/// Flips of a weight word: the pattern it is of, and how many of its bits have flipped after the step.
#[derive(Clone, Copy)]
struct OfWeight {
    pattern: u32,
    code: u16,
    bit: bool,
    sign: bool,
    flipped: u32,
}

/// What flips make of each code of a weight, by stored bit and sign of the neuron.
struct Codes<'a> {
    image: &'a CoreImage,
    flipped: ByBitAndSign<FlippedCodes>,
    /// By code.
    steps: ByBitAndSign<Vec<Vec<CodeStep>>>,
}

type ByBitAndSign<T> = [[T; 2]; 2];

/// A step of a code.
#[derive(Clone, Copy)]
struct CodeStep {
    /// What it takes of the pull of the weight.
    taken: i64,
    flips: u32,
    /// Flips up to there.
    flipped: u32,
}

impl<'a> Codes<'a> {
    fn of(image: &'a CoreImage) -> Self {
        let each = |bit: bool, sign: i64| FlippedCodes::new(image, bit, sign);
        let flipped = [false, true].map(|bit| [-1, 1].map(|sign| each(bit, sign)));
        let steps = flipped.each_ref().map(|signs| signs.each_ref().map(|codes| steps_of(image, codes)));
        Self { image, flipped, steps }
    }

    /// What flips of the weights of neuron `i` take from its margin.
    fn harms(&self, kept: &Kept, i: usize) -> Vec<Step<OfWeight>> {
        if self.image.stored_weight_bits() == 0 {
            return Vec::new();
        }
        let neuron = NeuronIdx::from_usize(i);
        let sign = kept.signs[i] > 0;
        let mut steps = Vec::new();
        for &(nu, k) in &kept.live {
            let pattern = PatternIdx::from_usize(nu);
            let (code, bit) = (self.image.weight_code(pattern, neuron), self.image.bit(pattern, neuron));
            let of_code = &self.steps[usize::from(bit)][usize::from(sign)][code as usize];
            steps.extend(of_code.iter().map(|&CodeStep { taken, flips, flipped }| {
                let of = OfWeight { pattern: number(nu), code, bit, sign, flipped };
                Step { harm: taken * k, flips, of }
            }));
        }
        steps
    }

    /// The bits of these steps, all of weights of neuron `i`.
    fn flips(&self, i: usize, taken: &[Step<OfWeight>]) -> Vec<BitFlip> {
        // Of each word the last step, which has all the flips of those before it.
        let last: BTreeMap<u32, OfWeight> = taken.iter().map(|step| (step.of.pattern, step.of)).collect();
        let bits = last.into_values().flat_map(|OfWeight { pattern, code, bit, sign, flipped }| {
            let codes = &self.flipped[usize::from(bit)][usize::from(sign)];
            let bits = codes.bits_to_flip(code, flipped as usize);
            bits.map(move |bit| BitFlip::Weight { pattern, neuron: number(i), bit })
        });
        bits.collect()
    }
}

/// The steps of each code.
fn steps_of(image: &CoreImage, codes: &FlippedCodes) -> Vec<Vec<CodeStep>> {
    let of_code = |code: u16| {
        let taken: Vec<i64> = codes.taken(code).collect();
        let corners = corners(&taken);
        let step = |ends: &[usize]| CodeStep {
            taken: taken[ends[1]] - taken[ends[0]],
            flips: number(ends[1] - ends[0]),
            flipped: number(ends[1]),
        };
        corners.windows(2).map(step).collect()
    };
    (0..=u16::MAX).take(1 << image.stored_weight_bits()).map(of_code).collect()
}

/// Bits of the kernel words that change the margin of neuron `i` to the worse.
fn table_harms(memory: &Memory<'_>, kept: &Kept, i: usize) -> Vec<Step<BitFlip>> {
    let entries = memory.image.table().entries();
    let mut pulls = vec![0i64; entries.len()];
    // At a stored pattern the smallest distance is 0: with either form of the table, its index is the distance.
    for (nu, &d) in kept.distances.iter().enumerate().filter(|&(_, &d)| (d as usize) < entries.len()) {
        pulls[d as usize] += i64::from(memory.weights(nu)[i]) * kept.signs[i];
    }
    let mut harms = Vec::new();
    for (index, (&word, pull)) in entries.iter().zip(pulls).enumerate() {
        for bit in 0..memory.image.table().format().bits().get() {
            let change = if word >> bit & 1 == 1 { -(1i64 << bit) } else { 1i64 << bit };
            let harm = -change * pull;
            if harm > 0 {
                harms.push(Step { harm, flips: 1, of: BitFlip::Word { index: number(index), bit } });
            }
        }
    }
    harms
}
