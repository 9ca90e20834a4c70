//! Where the operands of the MAC array come from: words of the weight banks, and words of signs beside them.
//!
//! With the signs in the patterns a weight word is a magnitude. `sweep` gets the sign with the kernel word, from the
//! column that the distance unit reads; `synchronous` and `delta` read the rows of the patterns through a port of their
//! own, one word per cycle, and hold the last word in a register (M5).

use crate::config::ConfigSpec;
use crate::dataflow::{Needs, SignPath};
use crate::message::Target;
use klr_image::CoreImage;
use klr_units::PatternIdx;
use std::ops::Range;

/// The weight banks and the sign words of one core for the needs of one dataflow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operands {
    /// Banks of weight memory; 0 if no bit of a weight is stored.
    pub(crate) banks: usize,
    /// Weights in a word of a bank.
    pub(crate) word: usize,
    /// Bits of such a word.
    pub(crate) word_bits: u64,
    n: usize,
    mac_lanes: usize,
    /// Bits of a word of signs, where the array reads them.
    sign_bits: Option<usize>,
}

impl Operands {
    pub(crate) fn new(image: &CoreImage, needs: Needs, config: &ConfigSpec) -> Self {
        let geometry = image.geometry();
        let stored = u64::from(image.stored_weight_bits());
        let reads_signs = geometry.storage().shares_signs() && needs.signs == SignPath::Rows;
        Self {
            banks: if stored == 0 { 0 } else { config.banks(geometry.mac_lanes()) },
            word: config.weight_word as usize,
            word_bits: u64::from(config.weight_word) * stored,
            n: image.n() as usize,
            mac_lanes: geometry.mac_lanes(),
            sign_bits: reads_signs.then(|| geometry.distance_lanes()),
        }
    }

    /// Cycles in which the banks deliver one weight for every lane.
    #[inline]
    pub(crate) const fn weight_cycles(&self) -> u64 {
        if self.banks == 0 {
            return 1;
        }
        self.mac_lanes.div_ceil(self.word).div_ceil(self.banks) as u64
    }

    /// Cycles of a group of neurons for which `sign_words` words of signs are read.
    #[inline]
    pub(crate) fn group_cycles(&self, sign_words: u64) -> u64 {
        self.weight_cycles().max(sign_words)
    }

    /// The words of a pattern that hold the signs of `group`; none where the array reads no signs.
    #[inline]
    pub(crate) fn sign_words(&self, group: usize) -> Range<usize> {
        let Some(bits) = self.sign_bits else { return 0..0 };
        let first = group * self.mac_lanes;
        let end = (first + self.mac_lanes).min(self.n);
        first / bits..end.div_ceil(bits)
    }

    /// For each neuron of `group` the cycle, from the first that the group has the lanes, in which its lane has weight and
    /// sign: `read` words of signs are read for it, the first of which is not read before the weight of its first neuron
    /// is, and so with the others (M5).
    pub(crate) fn lane_turns(&self, group: usize, read: u64) -> impl Iterator<Item = u64> + '_ {
        let first = group * self.mac_lanes;
        let lanes = self.mac_lanes.min(self.n - first);
        let per_turn = if self.banks == 0 { self.mac_lanes } else { self.word * self.banks };
        let words = self.sign_words(group);
        let bits = self.sign_bits.unwrap_or(1);
        // The words that are read are the last ones.
        let from = words.end - usize::try_from(read).unwrap_or(0);
        let mut known = vec![0; words.len()];
        let mut earliest = 0;
        for word in from.max(words.start)..words.end {
            let weight = ((word * bits).saturating_sub(first) / per_turn) as u64;
            known[word - words.start] = weight.max(earliest);
            earliest = weight.max(earliest) + 1;
        }
        (0..lanes).map(move |lane| {
            let weight = (lane / per_turn) as u64;
            let word = ((first + lane) / bits).wrapping_sub(words.start);
            weight.max(known.get(word).copied().unwrap_or(0))
        })
    }

    /// Bits of the sign words `words`, padding included.
    #[inline]
    pub(crate) fn sign_bits(&self, words: u64) -> u64 {
        words * self.sign_bits.unwrap_or(0) as u64
    }

    /// Products and bits of weights for one kernel word to `target`.
    #[inline]
    pub(crate) fn per_word(&self, target: Target) -> (u64, u64) {
        match target {
            Target::Group(group) => {
                let neurons = self.mac_lanes.min(self.n - group * self.mac_lanes);
                (neurons as u64, self.weight_bits(neurons))
            }
            Target::Neuron(_) => (1, self.word_bits),
            Target::AllFields => (self.n as u64, self.row_weight_bits()),
        }
    }

    /// Bits of the weight words that `neurons` neurons of a group take for one pattern.
    #[inline]
    pub(crate) const fn weight_bits(&self, neurons: usize) -> u64 {
        neurons.div_ceil(self.word) as u64 * self.word_bits
    }

    /// Bits of weights of a run in which so many kernel words made so many `products`: with one group of neurons at a time, or
    /// with all of them if `is_of_rows`.
    pub(crate) const fn bits_of_run(&self, words: u64, products: u64, is_of_rows: bool) -> u64 {
        if is_of_rows {
            return words * self.row_weight_bits();
        }
        // Only the last group may be a partial one: x words for it and the others for full groups make
        // `(words - x) lanes + x rest` products.
        let (lanes, rest) = (self.mac_lanes, self.n % self.mac_lanes);
        let missing = words * lanes as u64 - products;
        let of_last = if rest == 0 { 0 } else { missing / (lanes - rest) as u64 };
        (words - of_last) * self.weight_bits(lanes) + of_last * self.weight_bits(rest)
    }

    /// Bits of the weight words that all neurons take for one pattern.
    #[inline]
    pub(crate) const fn row_weight_bits(&self) -> u64 {
        let groups = (self.n / self.mac_lanes) as u64;
        groups * self.weight_bits(self.mac_lanes) + self.weight_bits(self.n % self.mac_lanes)
    }
}

/// The register that holds the last word of signs: consecutive groups of a pattern that share a word read it once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SignRegister(Option<(PatternIdx, usize)>);

impl SignRegister {
    /// Reads the `words` of `pattern` that are not held; returns how many that were.
    #[inline]
    pub(crate) fn read(&mut self, pattern: PatternIdx, words: Range<usize>) -> u64 {
        if words.is_empty() {
            return 0;
        }
        let held = self.0 == Some((pattern, words.start));
        self.0 = Some((pattern, words.end - 1));
        (words.len() - usize::from(held)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_signs_is_read_once_for_the_groups_that_share_it() {
        let operands = Operands { banks: 4, word: 1, word_bits: 7, n: 10, mac_lanes: 4, sign_bits: Some(6) };
        let words: Vec<_> = (0..3).map(|group| operands.sign_words(group)).collect();
        assert_eq!(words, [0..1, 0..2, 1..2], "neurons 0 to 3, 4 to 7, 8 and 9 in words of six");
        let mut register = SignRegister::default();
        let mu = PatternIdx::new(3);
        let read: Vec<_> = words.into_iter().map(|words| register.read(mu, words)).collect();
        assert_eq!(read, [1, 1, 0], "each of the two words once");
        assert_eq!(register.read(PatternIdx::new(4), 1..2), 1, "another pattern's word is another word");
    }

    #[test]
    fn wide_words_are_read_whole() {
        let operands = Operands { banks: 2, word: 4, word_bits: 28, n: 21, mac_lanes: 16, sign_bits: None };
        assert_eq!(operands.weight_cycles(), 2, "four words in two banks");
        assert_eq!(operands.weight_bits(5), 56, "five weights lie in two words");
        assert_eq!(operands.row_weight_bits(), 28 * (4 + 2), "16 and 5 neurons");
    }
}
