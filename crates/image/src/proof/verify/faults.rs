//! So many flips of a memory do no harm, and these do.
//!
//! At a stored pattern the margin of neuron i is the sum of `m_nu k_nu`, `m_nu` the weight of pattern nu times the sign of
//! the neuron. Flips of weight memory change the `m` of their words, and what they do to different words adds up; so do flips
//! of the table. Flips of pattern memory move distances: for each origin of the table, flips are dealt to the patterns as does
//! most harm.

use super::Refuted;
use crate::image::CoreImage;
use crate::memories::Memory;
use crate::proof::{BitFlip, Fault, FaultBudgets, FaultyCore, FlippedCodes, SHOWN_PATTERN_FLIPS};
use crate::reference::Reference;
use klr_units::threads::map_in_order;
use klr_units::{NeuronIdx, PatternIdx, State, TableForm};
use std::num::NonZeroUsize;

/// A pattern as the state, if the core keeps it.
struct Kept<'a> {
    image: &'a CoreImage,
    state: &'a State,
    /// Patterns whose words count, or may with the flips that are claimed to do no harm, and their distances.
    near: Vec<(usize, u32)>,
    margins: Vec<i64>,
}

/// Every number of flips of one word, 1 to 16, divides it.
const WHOLE: i128 = 720_720;

/// What each further flip of a weight word takes at most, by stored bit, sign of the neuron and code.
struct Codes(Vec<Vec<i128>>, usize);

impl Codes {
    fn of(image: &CoreImage) -> Self {
        let count = 1 << image.stored_weight_bits();
        let codes = || (0..=u16::MAX).take(count);
        let mut all = Vec::new();
        for (bit, sign) in [(false, -1), (false, 1), (true, -1), (true, 1)] {
            let flipped = FlippedCodes::new(image, bit, sign);
            all.extend(codes().map(|code| shares(&flipped.taken(code).collect::<Vec<_>>())));
        }
        Self(all, count)
    }

    /// Those of a weight; none of one that has no bits in weight memory.
    fn harms(&self, code: u16, bit: bool, up: bool) -> &[i128] {
        let block = 2 * usize::from(bit) + usize::from(up);
        if self.1 == 1 { &[] } else { &self.0[block * self.1 + code as usize] }
    }
}

/// The slopes of the least concave function that is nowhere below `taken`, what 0, 1 and so on flips take.
fn shares(taken: &[i64]) -> Vec<i128> {
    let length = |n: usize| i128::try_from(n).expect("at most 16 bits");
    let chord = |from: usize, to: usize| i128::from(taken[to] - taken[from]) * WHOLE / length(to - from);
    let mut corners: Vec<usize> = Vec::new();
    for to in 0..taken.len() {
        // A corner that lies below the chord past it is none.
        while let [.., before, last] = corners[..] {
            if chord(before, last) > chord(last, to) {
                break;
            }
            corners.pop();
        }
        corners.push(to);
    }
    corners.windows(2).flat_map(|ends| vec![chord(ends[0], ends[1]); ends[1] - ends[0]]).collect()
}

pub(super) fn check(image: &CoreImage, claims: &FaultBudgets, threads: NonZeroUsize) -> Result<(), Refuted> {
    for (memory, budget) in claims.by_memory() {
        if let Some(fault) = &budget.falsifier {
            unfixes(image, memory, fault).map_err(|reason| Refuted::Fault { memory, reason })?;
        }
    }
    let moved = claims.patterns.harmless.unwrap_or(0).min(SHOWN_PATTERN_FLIPS);
    let reach = image.table().window() + 2 * moved as usize;
    let codes = Codes::of(image);
    let lost = |mu| {
        let Some(kept) = Kept::of(image, mu, reach) else { return Ok(()) };
        for (memory, budget) in claims.by_memory() {
            let claimed = budget.harmless;
            let holds = match memory {
                Memory::Weights => kept.stands(claimed, |i| kept.weight_harms(&codes, i)),
                Memory::Table => kept.stands(claimed, |i| kept.table_harms(i)),
                _ => claimed == Some(moved) && (0..=moved).all(|origin| kept.moved(moved, origin)),
            };
            if !holds {
                return Err(Refuted::Budget { memory, claimed, pattern: mu });
            }
        }
        Ok(())
    };
    map_in_order((0..image.p() as usize).collect(), threads, lost).into_iter().collect()
}

/// Whether a pattern that was kept is lost with these flips; if not, why.
fn unfixes(image: &CoreImage, memory: Memory, fault: &Fault) -> Result<(), &'static str> {
    let of_memory = |flip: &BitFlip| match flip.memory() {
        Memory::Rows => memory == Memory::Columns,
        other => other == memory,
    };
    if !fault.flips.iter().all(|flip| flip.is_of(image) && of_memory(flip)) {
        return Err("flips a bit that this memory does not have");
    }
    let mut sorted = fault.flips.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("flips a bit twice");
    }
    let Some(state) = image.patterns().get(fault.pattern as usize) else {
        return Err("is about a pattern that the image does not have");
    };
    if !FaultyCore::new(image, &[]).keeps(state) {
        return Err("is about a pattern that is not kept without a fault");
    }
    if FaultyCore::new(image, &fault.flips).keeps(state) { Err("does no harm") } else { Ok(()) }
}

impl<'a> Kept<'a> {
    fn of(image: &'a CoreImage, mu: usize, reach: usize) -> Option<Self> {
        let state = image.pattern(PatternIdx::from_usize(mu));
        let reference = Reference::new(image);
        let fields = reference.fields(state);
        let margins: Vec<i64> =
            fields.into_iter().zip(state.signs()).map(|(h, s)| h * i64::from(s)).collect();
        let kept = margins.iter().all(|&margin| margin >= 0);
        let distances = reference.distances(state).into_iter().enumerate();
        let near = distances.filter(|&(_, d)| (d as usize) < reach).collect();
        kept.then_some(Self { image, state, near, margins })
    }

    /// Whether `flips` flips (any number, if `None`) leave every margin at 0 or more, of words of which each further flip takes
    /// so much of the margin of neuron i at most, in units of a [`WHOLE`]th.
    fn stands(&self, flips: Option<u32>, harms: impl Fn(usize) -> Vec<i128>) -> bool {
        self.margins.iter().enumerate().all(|(i, &margin)| {
            let mut harms = harms(i);
            harms.sort_unstable_by(|a, b| b.cmp(a));
            let worst = harms.iter().take(flips.map_or(usize::MAX, |most| most as usize));
            worst.copied().filter(|&harm| harm > 0).sum::<i128>() <= i128::from(margin) * WHOLE
        })
    }

    /// Patterns with their distance and the pull of their weight on neuron i towards its sign.
    fn pulls(&self, i: usize) -> impl Iterator<Item = (usize, u32, i64)> + '_ {
        let sign = i64::from(self.state.sign(i));
        let neuron = NeuronIdx::from_usize(i);
        self.near.iter().map(move |&(nu, d)| {
            (nu, d, sign * self.image.weight_as_read(PatternIdx::from_usize(nu), neuron))
        })
    }

    /// What each further flip of a weight of neuron i takes from its margin at most.
    fn weight_harms(&self, codes: &Codes, i: usize) -> Vec<i128> {
        let mut harms = Vec::new();
        let neuron = NeuronIdx::from_usize(i);
        for &(nu, d) in &self.near {
            let k = i128::from(self.image.table().lookup(d, 0));
            if k > 0 {
                let pattern = PatternIdx::from_usize(nu);
                let bit = self.image.bit(pattern, neuron);
                let code = self.image.weight_code(pattern, neuron);
                harms.extend(codes.harms(code, bit, self.state.get(i)).iter().map(|harm| harm * k));
            }
        }
        harms
    }

    /// What each bit of the table takes from the margin of neuron i when it flips.
    fn table_harms(&self, i: usize) -> Vec<i128> {
        let entries = self.image.table().entries();
        let mut pull_of = vec![0i64; entries.len()];
        for (_, d, pull) in self.pulls(i) {
            if let Some(sum) = pull_of.get_mut(d as usize) {
                *sum += pull;
            }
        }
        let bits = self.image.table().format().bits().get();
        let change = |k: u16, bit: u8| i64::from(k) - i64::from(k ^ 1 << bit);
        let words = entries.iter().zip(pull_of);
        let harm = move |k, bit, pull| i128::from(change(k, bit) * pull) * WHOLE;
        words.flat_map(|(&k, pull)| (0..bits).map(move |bit| harm(k, bit, pull))).collect()
    }

    /// Whether `flips` flips of pattern memory after which the smallest distance is `origin` (0 where the table is indexed by
    /// distance) leave every margin at 0 or more.
    fn moved(&self, flips: u32, origin: u32) -> bool {
        if origin > 0 && self.image.table().form() == TableForm::Absolute {
            return true;
        }
        (0..self.margins.len()).all(|i| self.least_margin(i, flips, origin).is_none_or(|least| least >= 0))
    }

    /// The least margin of neuron i, dealing flips to patterns one after the other; `None` if distances cannot be so.
    fn least_margin(&self, i: usize, flips: u32, origin: u32) -> Option<i64> {
        let shared = self.image.geometry().storage().shares_signs();
        // The least sum of the patterns so far with so many flips dealt.
        let mut least: Vec<Option<i64>> = vec![None; flips as usize + 1];
        least[0] = Some(0);
        for (_, d, pull) in self.pulls(i) {
            if pull == 0 && d >= origin {
                continue;
            }
            let worst: Vec<Option<i64>> =
                (0..=flips).map(|dealt| self.worst(d, dealt, origin, pull, shared)).collect();
            let with = |f: usize| {
                let ways = (0..=f).filter_map(|dealt| Some(least[f - dealt]? + worst[dealt]?));
                ways.min()
            };
            least = (0..least.len()).map(with).collect();
        }
        least.into_iter().flatten().min()
    }

    /// The least product of a pattern with so many of its bits flipped; `None` if it is nearer than `origin` however they lie.
    fn worst(&self, d: u32, dealt: u32, origin: u32, pull: i64, shared: bool) -> Option<i64> {
        let pull = if shared && dealt > 0 { -pull.abs() } else { pull };
        let far = (d.saturating_sub(dealt)..=d + dealt).filter(|&d| d >= origin);
        let words =
            far.map(|d| self.image.table().entries().get((d - origin) as usize).copied().unwrap_or(0));
        words.map(|k| i64::from(k) * pull).min()
    }
}
