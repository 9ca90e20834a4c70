//! So many flips of a memory do no harm, and these do.
//!
//! At a stored pattern the margin of neuron i is the sum of `m_nu k_nu`, `m_nu` the weight of pattern nu times the sign of
//! the neuron. A flip of weight memory changes one `m`, and flips of different bits add up; so do flips of the table. Flips
//! of pattern memory move distances: for each origin of the table, flips are dealt to the patterns as does most harm.

use super::Refuted;
use crate::image::CoreImage;
use crate::memories::Memory;
use crate::proof::{BitFlip, Fault, FaultBudgets, FaultyCore, SHOWN_PATTERN_FLIPS};
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

pub(super) fn check(image: &CoreImage, claims: &FaultBudgets, threads: NonZeroUsize) -> Result<(), Refuted> {
    for (memory, budget) in claims.by_memory() {
        if let Some(fault) = &budget.falsifier {
            unfixes(image, memory, fault).map_err(|reason| Refuted::Fault { memory, reason })?;
        }
    }
    let moved = claims.patterns.harmless.unwrap_or(0).min(SHOWN_PATTERN_FLIPS);
    let reach = image.table().window() + 2 * moved as usize;
    let lost = |mu| {
        let Some(kept) = Kept::of(image, mu, reach) else { return Ok(()) };
        for (memory, budget) in claims.by_memory() {
            let claimed = budget.harmless;
            let holds = match memory {
                Memory::Weights => kept.stands(claimed, |i| kept.weight_harms(i)),
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

    /// Whether `flips` flips (any number, if `None`) of bits that do this harm to neuron i leave every margin at 0 or more.
    fn stands(&self, flips: Option<u32>, harms: impl Fn(usize) -> Vec<i64>) -> bool {
        self.margins.iter().enumerate().all(|(i, &margin)| {
            let mut harms = harms(i);
            harms.sort_unstable_by(|a, b| b.cmp(a));
            let worst = harms.iter().take(flips.map_or(usize::MAX, |most| most as usize));
            worst.copied().filter(|&harm| harm > 0).sum::<i64>() <= margin
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

    /// What each bit of the weights of neuron i takes from its margin when it flips.
    fn weight_harms(&self, i: usize) -> Vec<i64> {
        let (bits, shared) =
            (self.image.stored_weight_bits(), self.image.geometry().storage().shares_signs());
        let sign = i64::from(self.state.sign(i));
        let mut harms = Vec::new();
        for (nu, d, pull) in self.pulls(i) {
            let k = i64::from(self.image.table().lookup(d, 0));
            if k == 0 {
                continue;
            }
            let code = self.image.weight_code(PatternIdx::from_usize(nu), NeuronIdx::from_usize(i));
            let up = self.image.bit(PatternIdx::from_usize(nu), NeuronIdx::from_usize(i));
            for bit in 0..bits {
                let code = i64::from(code ^ 1 << bit);
                let weight = match (shared, bits) {
                    (true, _) => {
                        if up {
                            code
                        } else {
                            -code
                        }
                    }
                    (false, 1) => 2 * code - 1,
                    (false, _) => {
                        if code >= 1 << (bits - 1) {
                            code - (1 << bits)
                        } else {
                            code
                        }
                    }
                };
                harms.push((pull - sign * weight) * k);
            }
        }
        harms
    }

    /// What each bit of the table takes from the margin of neuron i when it flips.
    fn table_harms(&self, i: usize) -> Vec<i64> {
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
        words.flat_map(|(&k, pull)| (0..bits).map(move |bit| change(k, bit) * pull)).collect()
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
