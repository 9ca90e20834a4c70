//! The dual variables of a neuron as signed integers.

use super::{Rounded, round_to};
use crate::fixed::{Bits, SignedFormat};
use crate::range::OutOfRange;

/// How dual variables become weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightRounding {
    format: SignedFormat,
    clip: f64,
}

impl WeightRounding {
    /// Weights of `format`, or of so many bits in two's complement. `clip` is the share of a neuron's largest magnitude that becomes the largest
    /// weight; what lies beyond saturates.
    ///
    /// # Errors
    /// [`OutOfRange`] if the clip is not above 0 and at most 1.
    pub fn new(format: impl Into<SignedFormat>, clip: f64) -> Result<Self, OutOfRange> {
        if clip > 0.0 && clip <= 1.0 {
            Ok(Self { format: format.into(), clip })
        } else {
            Err(OutOfRange::new("weight_clip", clip, "a number above 0, at most 1"))
        }
    }

    /// Weights of `bits` in two's complement, the largest magnitude of a neuron as the largest weight.
    #[must_use]
    pub const fn unclipped(bits: Bits) -> Self {
        Self { format: SignedFormat::new(bits), clip: 1.0 }
    }

    /// The same clip for weights of `format`.
    #[must_use]
    pub const fn with_format(self, format: SignedFormat) -> Self {
        Self { format, ..self }
    }

    /// The format of a weight.
    #[must_use]
    pub const fn format(self) -> SignedFormat {
        self.format
    }

    /// Bits of a weight, its sign included.
    #[must_use]
    pub const fn bits(self) -> Bits {
        self.format.bits()
    }
}

/// The dual variables of one neuron as integers, and how to compare the two.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightWords {
    /// One integer per dual variable.
    pub values: Vec<i16>,
    /// Integers held at the end of the format.
    pub saturated: u64,
    /// The largest magnitude of the dual variables; 0 if all are 0.
    pub largest: f64,
    /// What an integer of 1 stands for, in units of [`Self::largest`]: whatever the magnitudes of a model, nothing on
    /// the way to an integer overflows or vanishes.
    pub step: f64,
}

impl WeightWords {
    /// How far the integer of index `mu` is from its dual variable `alpha`, in units of [`Self::largest`].
    ///
    /// # Panics
    /// If `mu` is not below the number of integers.
    #[must_use]
    pub fn error(&self, mu: usize, alpha: f64) -> f64 {
        ratio(alpha, self.largest) - self.step * f64::from(self.values[mu])
    }
}

/// The dual variables of one neuron, P of them, as integers: each divided by a positive scale and rounded to nearest, ties
/// to even.
///
/// The sign of a field does not change when all weights of its neuron are scaled, so the scale costs no hardware and is
/// not stored. From two bits on, `clip max |alpha|` becomes the largest weight, and what lies beyond is held there. One bit
/// keeps the sign; where weights have no zero, an exact zero takes the sign of the `stored` bit, which is the sign it has at
/// the optimum. The scale of one bit is the mean magnitude, which minimises the squared error (Rastegari et al.,
/// XNOR-Net, ECCV 2016, Eq. 6).
///
/// # Panics
/// If there are not as many stored bits as dual variables.
#[must_use]
pub fn weight_words(duals: &[f64], stored: &[i8], rounding: WeightRounding) -> WeightWords {
    assert_eq!(duals.len(), stored.len(), "one stored bit per dual variable");
    let format = rounding.format;
    let max = f64::from(format.max());
    let largest = duals.iter().fold(0.0, |largest: f64, alpha| largest.max(alpha.abs()));
    // A quotient of a small dual variable could become zero and lose its sign, so for one bit none is taken.
    let scaled = |alpha: f64| {
        if format.bits().get() == 1 { alpha } else { ratio(alpha, largest) * max / rounding.clip }
    };
    let round = |alpha: f64, stored: i8| match scaled(alpha) {
        0.0 if format.step() == 2 => Rounded { value: stored.signum().into(), saturated: false },
        x => round_to(format, x),
    };
    let rounded: Vec<Rounded> = duals.iter().zip(stored).map(|(&alpha, &bit)| round(alpha, bit)).collect();
    let step = match rounding.bits().get() {
        1 => duals.iter().map(|alpha| ratio(alpha.abs(), largest)).sum::<f64>() / duals.len() as f64,
        _ => rounding.clip / max,
    };
    WeightWords {
        values: rounded.iter().map(|word| word.value).collect(),
        saturated: rounded.iter().map(|word| u64::from(word.saturated)).sum(),
        largest,
        step,
    }
}

/// `value` in units of `unit`; 0 if the unit is 0, since then nothing it measures is above 0.
fn ratio(value: f64, unit: f64) -> f64 {
    if unit > 0.0 { value / unit } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounding(bits: u8, clip: f64) -> WeightRounding {
        WeightRounding::new(Bits::new(bits).unwrap(), clip).unwrap()
    }

    #[test]
    fn the_largest_magnitude_fills_the_range_and_a_clip_saturates() {
        let words = |clip| weight_words(&[4.0, -1.0, -3.0, 0.0], &[1, -1, 1, 1], rounding(4, clip));
        let plain = words(1.0);
        assert_eq!((plain.values, plain.saturated), (vec![7, -2, -5, 0], 0), "7/4 alpha: 1.75, 5.25");
        let clipped = words(0.5);
        assert_eq!((clipped.values, clipped.saturated), (vec![7, -4, -7, 0], 2), "14/4 alpha: 3.5 to even");
        assert_eq!(clipped.largest, 4.0, "the unit of errors");
    }

    #[test]
    fn errors_are_in_units_of_the_largest_magnitude() {
        let duals = [4.0, -1.0];
        let words = weight_words(&duals, &[1, 1], rounding(4, 1.0));
        assert_eq!([0, 1].map(|mu| words.error(mu, duals[mu])), [0.0, -0.25 + 2.0 / 7.0], "-2/7 for -1/4");
        let signs = weight_words(&duals, &[1, 1], rounding(1, 1.0));
        assert_eq!((signs.step, signs.error(1, -1.0)), (0.625, 0.375), "the mean of 1 and 1/4");
    }

    #[test]
    fn one_bit_takes_the_stored_bit_for_an_exact_zero() {
        let words = weight_words(&[-5e-324, 0.0, -0.0, 1e300], &[1, -1, 1, -1], rounding(1, 0.5));
        assert_eq!((words.values, words.saturated), (vec![-1, -1, 1, 1], 0), "signs, the least number's too");
        let silent = weight_words(&[0.0, -0.0], &[-1, 1], rounding(8, 1.0));
        assert_eq!((silent.values, silent.largest), (vec![0, 0], 0.0), "wider weights hold a zero");
    }

    #[test]
    fn clips_outside_their_range_are_refused() {
        let bits = Bits::new(4).unwrap();
        for clip in [0.0, -0.0, -1.0, 1.000_001, f64::INFINITY, f64::NAN] {
            let error = WeightRounding::new(bits, clip).unwrap_err();
            assert_eq!((error.field, error.found), ("weight_clip", clip.to_string()), "{clip}");
        }
        assert_eq!(WeightRounding::new(bits, 1.0), Ok(WeightRounding::unclipped(bits)), "1 clips nothing");
    }
}
