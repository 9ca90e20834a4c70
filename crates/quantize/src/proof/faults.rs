//! How many bits of a memory may flip, and which ones do harm.
//!
//! A margin is a sum over bits: of weight memory, where kernel words stay as they are, and of the table, where weights do.
//! So the flips that take most from it, taken in that order, are the fewest that take more than there is, and both budgets
//! are exact. Flips of pattern memory are in `patterns.rs`.

use super::memory::Memory;
use super::patterns;
use klr_image::proof::{BitFlip, Budget, Fault, FaultBudgets};
use klr_units::threads::map_in_order;
use klr_units::{NeuronIdx, PatternIdx};
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

pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 of them")
}

pub(super) fn of(memory: &Memory<'_>, threads: NonZeroUsize) -> FaultBudgets {
    let all: Vec<usize> = (0..memory.image.p() as usize).collect();
    let fewest = map_in_order(all, threads, |mu| {
        let kept = Kept::of(memory, mu)?;
        let weights = fewest(&kept, |i| weight_harms(memory, &kept, i));
        let table = fewest(&kept, |i| table_harms(memory, &kept, i));
        Some([weights, table])
    });
    let budget = |which: usize| exact(fewest.iter().flatten().filter_map(|found| found[which].clone()));
    FaultBudgets { weights: budget(0), table: budget(1), patterns: patterns::of(memory, threads) }
}

/// The budget whose falsifier is the smallest of these, the first of equals.
fn exact(faults: impl Iterator<Item = Fault>) -> Budget {
    let falsifier = faults.min_by_key(|fault| fault.flips.len());
    Budget { harmless: falsifier.as_ref().map(|fault| number(fault.flips.len() - 1)), falsifier }
}

/// The fewest flips after which the pattern is not kept, by what each takes from the margin of a neuron.
fn fewest(kept: &Kept, harms: impl Fn(usize) -> Vec<(i64, BitFlip)>) -> Option<Fault> {
    let mut best: Option<Vec<BitFlip>> = None;
    for (i, &margin) in kept.margins.iter().enumerate() {
        let mut harms = harms(i);
        let fewer = best.as_ref().map_or(harms.len(), |flips| flips.len() - 1);
        let largest = harms.iter().map(|&(harm, _)| harm).max().unwrap_or(0);
        if largest.saturating_mul(i64::try_from(fewer).unwrap_or(i64::MAX)) <= margin {
            continue;
        }
        harms.sort_unstable_by_key(|&(harm, flip)| (std::cmp::Reverse(harm), flip));
        let sums = harms.iter().scan(0i64, |sum, &(harm, _)| {
            *sum += harm;
            Some(*sum)
        });
        if let Some(last) = sums.take(fewer).position(|sum| sum > margin) {
            best = Some(harms[..=last].iter().map(|&(_, flip)| flip).collect());
        }
    }
    best.map(|flips| Fault { pattern: kept.number(), flips })
}

/// Bits of the weights of neuron `i` whose flips do harm. A bit of two's complement or of a magnitude is worth a power of
/// two, the sign bit a negative one; a weight of one bit turns from +1 to -1.
fn weight_harms(memory: &Memory<'_>, kept: &Kept, i: usize) -> Vec<(i64, BitFlip)> {
    let image = memory.image;
    let (bits, shared) = (image.stored_weight_bits(), image.geometry().storage().shares_signs());
    let mut harms = Vec::new();
    for &(nu, k) in &kept.live {
        let (pattern, neuron) = (PatternIdx::from_usize(nu), NeuronIdx::from_usize(i));
        let code = image.weight_code(pattern, neuron);
        let stored = if image.bit(pattern, neuron) { 1 } else { -1 };
        for bit in 0..bits {
            let place = match (shared, bits) {
                (true, _) => stored << bit,
                (false, 1) => 2,
                (false, _) if bit + 1 == bits => -(1 << bit),
                (false, _) => 1 << bit,
            };
            let change = if code >> bit & 1 == 1 { -place } else { place };
            let harm = -change * kept.signs[i] * k;
            if harm > 0 {
                let bit = u8::try_from(bit).expect("at most 16 bits");
                harms.push((harm, BitFlip::Weight { pattern: number(nu), neuron: number(i), bit }));
            }
        }
    }
    harms
}

/// Bits of the kernel words that change the margin of neuron `i` to the worse.
fn table_harms(memory: &Memory<'_>, kept: &Kept, i: usize) -> Vec<(i64, BitFlip)> {
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
                harms.push((harm, BitFlip::Word { index: number(index), bit }));
            }
        }
    }
    harms
}
