//! What can be proved of an image, and who checks it.
//!
//! Three certificates are made by `klr-quantize`, and checked here by [`verify()`], which reads the image and shares no
//! arithmetic with the maker: no sum overflows, how far a cue may be from a pattern so that one step corrects it, and how
//! many bits of a memory may flip so that every pattern is still kept. Each has two sides: what is shown to hold, and a
//! state, a cue or a set of flips at which it ends. The truth is between the two (`docs/certificates.md`).
//!
//! They stand in a file of their own beside the image ([`mod@file`]): a core is loaded with the image and has no use for
//! proofs, and equal images have equal files, whatever has been proved of them.

mod codes;
mod fault;
pub mod file;
mod verify;

pub use codes::FlippedCodes;
pub use fault::{BitFlip, FaultyCore};
pub use verify::{Refuted, verify};

use crate::memories::Memory;
use serde::{Deserialize, Serialize};

/// The most cues at one distance from a pattern that are tried one by one where the bound does not show that all are
/// corrected. With up to 12 neurons there are never more, so a radius is then exact.
pub const TRIED_CUES: u64 = 1_024;

/// The most neurons of an image whose cues are bounded jointly: the bound keeps a number for each pair of them.
pub const JOINT_NEURONS: usize = 1_024;

/// The most flips of pattern memory that are shown to do no harm: the work grows with their square.
pub const SHOWN_PATTERN_FLIPS: u32 = 4;

/// Three certificates of one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificates {
    /// SHA-256 of the image's file, in hexadecimal digits.
    pub image: String,
    /// No sum and no counter overflows.
    pub overflow: Overflow,
    /// How far a cue may be from each pattern, in the order of the patterns.
    pub radii: Vec<Radius>,
    /// How many bits may flip.
    pub faults: FaultBudgets,
}

/// How large sums and counters can become, whatever the state and the order of addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    /// No field and no part of one is larger than this in magnitude.
    pub at_most: u64,
    /// Bits of an accumulator that holds `at_most` with either sign.
    pub accumulator_bits: u32,
    /// The packed words of the state that comes nearest, of those that were tried.
    pub state: Vec<u64>,
    /// The neuron whose sum comes nearest there.
    pub neuron: u32,
    /// The sum of all its products of one sign there: an accumulator reaches it where these are added first.
    pub reached: u64,
    /// Bits of a counter, the fewest that hold N. The complement of any pattern is at distance N from it.
    pub counter_bits: u32,
}

/// How far a cue may be from one pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Radius {
    /// Every cue in up to this many neurons different from the pattern becomes the pattern in one synchronous step, and in
    /// one sweep that visits every neuron once, in whatever order. `None` if the core does not keep the pattern itself.
    pub certified: Option<u32>,
    /// Neurons to flip in the pattern for a cue that one step does not correct: the nearest that was found. `None` if
    /// none was found.
    pub falsifier: Option<Vec<u32>>,
}

/// How many bits of each memory may flip so that every pattern that is kept is kept all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultBudgets {
    /// Of weight memory.
    pub weights: Budget,
    /// Of the kernel table.
    pub table: Budget,
    /// Of pattern memory, columns and rows.
    pub patterns: Budget,
}

/// How many bits of one memory may flip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Any so many flips leave every pattern kept that was kept; `None` if any number does.
    pub harmless: Option<u32>,
    /// Flips after which a pattern is not kept that was: the fewest that were found, if any.
    pub falsifier: Option<Fault>,
}

/// Flips after which a pattern is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The pattern.
    pub pattern: u32,
    /// The bits, all of one memory and no two the same.
    pub flips: Vec<BitFlip>,
}

impl Radius {
    /// In how many neurons the falsifying cue differs from the pattern.
    #[must_use]
    pub fn falsified(&self) -> Option<usize> {
        self.falsifier.as_ref().map(Vec::len)
    }

    /// Whether no larger radius could be certified: the falsifying cue is one flip beyond.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let next = self.certified.map_or(0, |r| r as usize + 1);
        self.falsified() == Some(next)
    }
}

impl Budget {
    /// How many flips the falsifier has.
    #[must_use]
    pub fn unfixes(&self) -> Option<usize> {
        self.falsifier.as_ref().map(|fault| fault.flips.len())
    }

    /// As [`Self::harmless`], if the words of the memory have a code that corrects one flip of a word and detects two, which
    /// are left as they are. One flip of a word then does nothing, two do what two do, and three may become four, where the
    /// code corrects a bit that was right.
    #[must_use]
    pub fn harmless_with_code(&self) -> Option<u32> {
        let harmless = self.harmless?;
        let wrong = |flips: u32| if flips == 1 { 0 } else { flips + flips / 3 };
        (1..=harmless.max(1)).rev().find(|&flips| wrong(flips) <= harmless)
    }

    /// As [`Self::unfixes`], with that code: the flips of the falsifier, and in each word that has an odd number of them one
    /// more, of a check bit. `word` says in which word a flip is.
    #[must_use]
    pub fn unfixes_with_code<W: Ord>(&self, word: impl Fn(&BitFlip) -> W) -> Option<usize> {
        let mut words: Vec<W> = self.falsifier.as_ref()?.flips.iter().map(word).collect();
        words.sort_unstable();
        Some(words.chunk_by(|a, b| a == b).map(|word| word.len().next_multiple_of(2)).sum())
    }
}

/// Check bits of a code that corrects one flip of a word of `word_bits` and detects two: the least r with
/// `2^r >= word_bits + r + 1` of a Hamming code, and one for the parity of all (Hsiao, IBM J. Res. Dev. 14, 395, 1970).
#[must_use]
pub fn check_bits(word_bits: u32) -> u32 {
    let corrects = |r: &u32| 1u64 << r > u64::from(word_bits) + u64::from(*r);
    (1..33).find(corrects).unwrap_or(33) + 1
}

impl FaultBudgets {
    /// The memories with their budgets; pattern memory goes by the name of its columns.
    #[must_use]
    pub const fn by_memory(&self) -> [(Memory, &Budget); 3] {
        [(Memory::Weights, &self.weights), (Memory::Table, &self.table), (Memory::Columns, &self.patterns)]
    }

    /// Any so many flips, in whatever memories, leave every pattern kept: one flip is in one memory alone, and of two or
    /// more in different memories nothing is claimed. `None` if no memory has a flip that does harm.
    #[must_use]
    pub fn harmless(&self) -> Option<u32> {
        let least = self.by_memory().into_iter().filter_map(|(_, budget)| budget.harmless).min()?;
        Some(least.min(1))
    }

    /// The fewest flips that were found to unfix a pattern, in whatever memory.
    #[must_use]
    pub fn unfixes(&self) -> Option<usize> {
        self.by_memory().into_iter().filter_map(|(_, budget)| budget.unfixes()).min()
    }
}

impl Certificates {
    /// How many patterns have each radius: entry 0 those that are not kept, entry `r + 1` those of radius r.
    #[must_use]
    pub fn radius_counts(&self) -> Vec<u64> {
        let place = |radius: &Radius| radius.certified.map_or(0, |r| r as usize + 1);
        let mut counts = vec![0; self.radii.iter().map(place).max().unwrap_or(0) + 1];
        self.radii.iter().for_each(|radius| counts[place(radius)] += 1);
        counts
    }

    /// The share of patterns from which every cue within `distance` is corrected in one step.
    #[must_use]
    pub fn certified_at(&self, distance: u32) -> f64 {
        let within =
            self.radii.iter().filter(|radius| radius.certified.is_some_and(|r| r >= distance)).count();
        within as f64 / self.radii.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_check_bits_of_the_books() {
        assert_eq!(
            [8, 16, 32, 64, 128].map(check_bits),
            [5, 6, 7, 8, 9],
            "(13, 8), (22, 16), (39, 32), (72, 64)"
        );
        assert_eq!(check_bits(1), 3, "one bit: two copies beside it, and parity");
    }

    #[test]
    fn a_code_makes_single_flips_of_words_harmless() {
        let budget = |harmless, pairs: &[(u32, u8)]| {
            let flip = |&(pattern, bit): &(u32, u8)| BitFlip::Weight { pattern, neuron: 0, bit };
            let flips: Vec<BitFlip> = pairs.iter().map(flip).collect();
            Budget { harmless, falsifier: (!flips.is_empty()).then_some(Fault { pattern: 0, flips }) }
        };
        let shown = |harmless| budget(Some(harmless), &[]).harmless_with_code();
        assert_eq!([0, 1, 2, 3, 4].map(shown), [1, 1, 2, 2, 3].map(Some), "three may become four");
        let word = |flip: &BitFlip| matches!(flip, BitFlip::Weight { pattern: 1, .. });
        let spread = budget(Some(2), &[(0, 0), (1, 0), (1, 1)]);
        assert_eq!(spread.unfixes_with_code(word), Some(4), "one word needs another flip, the other has two");
        assert_eq!(budget(None, &[]).harmless_with_code(), None, "no number does harm");
    }
}
