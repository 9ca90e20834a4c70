//! What is loaded into a crossbar core: signed weights, N x N, row by row.

use crate::CrossbarError;
use klr_units::{Bits, SignedFormat, State};

/// The most neurons of a network: its weights are then half a gigabyte.
pub(crate) const MAX_NEURONS: u32 = 16_384;

/// A network: row `j` holds the weights from neuron `j` to every neuron.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossbarImage {
    n: u32,
    format: SignedFormat,
    weights: Vec<i16>,
    clipped: u64,
}

impl CrossbarImage {
    /// A network of `n` neurons with the given rows, one after the other.
    ///
    /// # Errors
    /// [`CrossbarError`] if there is no neuron, the weights are not `n` x `n`, or one is outside its format.
    pub fn new(n: u32, weight_bits: Bits, weights: Vec<i16>) -> Result<Self, CrossbarError> {
        Self::check_size(n as usize)?;
        if weights.len() as u64 != u64::from(n) * u64::from(n) {
            return Err(CrossbarError::WeightCount { found: weights.len(), n });
        }
        let format = SignedFormat::new(weight_bits);
        let outside = weights.iter().position(|&w| !format.contains(w.into()));
        if let Some(index) = outside {
            return Err(CrossbarError::WeightRange { index, found: weights[index], max: format.max() });
        }
        Ok(Self { n, format, weights, clipped: 0 })
    }

    /// The Hebbian network of `patterns`: `w_ij = sum_mu xi_i xi_j`, nothing on the diagonal, and what does not fit
    /// `weight_bits` held at the end of the format ([`Self::clipped`] counts it).
    ///
    /// # Errors
    /// [`CrossbarError`] without a pattern, with patterns of different sizes, or with 1-bit weights, which have no zero
    /// for the diagonal.
    pub fn hebbian(patterns: &[State], weight_bits: Bits) -> Result<Self, CrossbarError> {
        let n = patterns.first().map_or(0, State::n);
        let neurons = Self::check_size(n)?;
        if let Some(index) = patterns.iter().position(|pattern| pattern.n() != n) {
            return Err(CrossbarError::PatternSize { index });
        }
        let max = i64::from(SignedFormat::new(weight_bits).max());
        let mut clipped = 0;
        let mut weights = vec![0; n * n];
        let signs: Vec<Vec<i8>> = patterns.iter().map(|pattern| pattern.signs().collect()).collect();
        for i in 0..n {
            for j in (0..n).filter(|&j| j != i) {
                let sum: i64 = signs.iter().map(|s| i64::from(s[i]) * i64::from(s[j])).sum();
                clipped += u64::from(sum.abs() > max);
                // The format has at most 16 bits, so a clamped sum fits.
                weights[i * n + j] = i16::try_from(sum.clamp(-max, max)).unwrap_or(0);
            }
        }
        Self::new(neurons, weight_bits, weights).map(|image| Self { clipped, ..image })
    }

    fn check_size(n: usize) -> Result<u32, CrossbarError> {
        match u32::try_from(n) {
            Ok(0) => Err(CrossbarError::NoNeurons),
            Ok(n) if n <= MAX_NEURONS => Ok(n),
            _ => Err(CrossbarError::TooManyNeurons { found: n, limit: MAX_NEURONS }),
        }
    }

    /// Neurons.
    #[must_use]
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// The format of the weights.
    #[must_use]
    pub const fn format(&self) -> SignedFormat {
        self.format
    }

    /// Weights that [`Self::hebbian`] held at the end of their format.
    #[must_use]
    pub const fn clipped(&self) -> u64 {
        self.clipped
    }

    /// The weights from neuron `row`, one per neuron.
    ///
    /// # Panics
    /// If `row` is not below N.
    #[must_use]
    pub fn row(&self, row: usize) -> &[i16] {
        let n = self.n as usize;
        &self.weights[row * n..(row + 1) * n]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four_bits() -> Bits {
        Bits::new(4).unwrap()
    }

    #[test]
    fn hebbian_weights_are_correlations_held_within_their_format() {
        let pattern = |signs: &[i8]| State::from_signs(signs).unwrap();
        let nine = vec![pattern(&[1, 1, -1]); 9];
        let image = CrossbarImage::hebbian(&nine, four_bits()).unwrap();
        assert_eq!([image.row(0), image.row(2)], [&[0, 7, -7], &[-7, -7, 0]], "9 and -9 end at 7");
        assert_eq!(image.clipped(), 6, "every weight off the diagonal");
        let two = [pattern(&[1, 1, -1]), pattern(&[1, -1, -1])];
        assert_eq!(CrossbarImage::hebbian(&two, four_bits()).unwrap().row(0), [0, 0, -2], "1 - 1 and -1 - 1");
    }

    #[test]
    fn misfits_are_refused() {
        let pattern = |n| State::all_minus(n);
        let hebbian = |patterns: &[State], bits| CrossbarImage::hebbian(patterns, Bits::new(bits).unwrap());
        assert_eq!(hebbian(&[], 4), Err(CrossbarError::NoNeurons), "no pattern");
        assert_eq!(
            hebbian(&[pattern(2), pattern(3)], 4),
            Err(CrossbarError::PatternSize { index: 1 }),
            "sizes"
        );
        let zero = CrossbarError::WeightRange { index: 0, found: 0, max: 1 };
        assert_eq!(hebbian(&[pattern(2)], 1), Err(zero), "1-bit weights have no zero");
        let count = CrossbarError::WeightCount { found: 3, n: 2 };
        assert_eq!(CrossbarImage::new(2, four_bits(), vec![0; 3]), Err(count), "3 weights of 2 x 2");
        let range = CrossbarError::WeightRange { index: 0, found: -8, max: 7 };
        assert_eq!(CrossbarImage::new(1, four_bits(), vec![-8]), Err(range), "the format is symmetric");
    }
}
