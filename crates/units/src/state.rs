//! A state of the network, one bit per neuron.

/// A state `s` in {-1,+1}^N, bit-packed: bit `i % 64` of word `i / 64` is 1 for +1. Unused high bits are zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    n: usize,
    words: Vec<u64>,
}

/// A value other than -1 and +1 where a sign was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("element {index} is {found}; a state holds -1 and +1 only")]
pub struct NotASign {
    /// Where it stands.
    pub index: usize,
    /// What was found.
    pub found: i8,
}

impl State {
    /// The state of `n` neurons that are all -1.
    #[must_use]
    pub fn all_minus(n: usize) -> Self {
        Self { n, words: vec![0; n.div_ceil(64)] }
    }

    /// The state with neuron `i` at `signs[i]`.
    ///
    /// # Errors
    /// [`NotASign`] at the first value other than -1 and +1.
    pub fn from_signs(signs: &[i8]) -> Result<Self, NotASign> {
        let mut state = Self::all_minus(signs.len());
        for (index, &found) in signs.iter().enumerate() {
            match found {
                1 => state.words[index / 64] |= 1 << (index % 64),
                -1 => {}
                _ => return Err(NotASign { index, found }),
            }
        }
        Ok(state)
    }

    /// The state of `n` neurons packed in `words`; `None` if their number or an unused bit does not fit `n`.
    #[must_use]
    pub fn from_words(n: usize, words: Vec<u64>) -> Option<Self> {
        let tail = n % 64;
        let fits =
            words.len() == n.div_ceil(64) && (tail == 0 || words.last().is_none_or(|last| last >> tail == 0));
        fits.then_some(Self { n, words })
    }

    /// Number of neurons.
    #[must_use]
    #[inline]
    pub const fn n(&self) -> usize {
        self.n
    }

    /// The packed bits.
    #[must_use]
    #[inline]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Whether neuron `i` is +1.
    ///
    /// # Panics
    /// If `i` is not below N.
    #[must_use]
    #[inline]
    pub fn get(&self, i: usize) -> bool {
        assert!(i < self.n, "neuron {i} of {}", self.n);
        self.words[i / 64] >> (i % 64) & 1 == 1
    }

    /// The sign of neuron `i`: -1 or +1.
    ///
    /// # Panics
    /// If `i` is not below N.
    #[must_use]
    #[inline]
    pub fn sign(&self, i: usize) -> i8 {
        if self.get(i) { 1 } else { -1 }
    }

    /// All signs, in order.
    pub fn signs(&self) -> impl Iterator<Item = i8> + '_ {
        (0..self.n).map(|i| self.sign(i))
    }

    /// Changes the sign of neuron `i`.
    ///
    /// # Panics
    /// If `i` is not below N.
    pub fn flip(&mut self, i: usize) {
        assert!(i < self.n, "neuron {i} of {}", self.n);
        self.words[i / 64] ^= 1 << (i % 64);
    }

    /// Hamming distance to `other`, in bits.
    ///
    /// # Panics
    /// If the two have different numbers of neurons.
    #[must_use]
    pub fn hamming(&self, other: &Self) -> usize {
        assert_eq!(self.n, other.n, "a distance needs two states of the same size");
        self.words.iter().zip(&other.words).map(|(a, b)| (a ^ b).count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_signs_agree_across_a_word_boundary() {
        let signs: Vec<i8> = (0..70).map(|i| if i % 3 == 0 { 1 } else { -1 }).collect();
        let mut state = State::from_signs(&signs).unwrap();
        assert!((0..70).all(|i| state.sign(i) == signs[i]), "every sign survives packing");
        let before = state.clone();
        state.flip(69);
        state.flip(3);
        assert_eq!(before.hamming(&state), 2, "two flips are two bits apart");
        assert_eq!(State::from_words(70, state.words().to_vec()), Some(state), "words round trip");
    }

    #[test]
    fn misfits_are_refused() {
        assert_eq!(State::from_signs(&[1, 0]), Err(NotASign { index: 1, found: 0 }), "0 is not a sign");
        assert!(State::from_words(3, vec![0b1000]).is_none(), "bit 3 of 3 neurons");
        assert!(State::from_words(3, vec![]).is_none(), "no word at all");
    }
}
