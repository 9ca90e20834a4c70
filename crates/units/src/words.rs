//! Real numbers as the words of a core: how kernel values and dual variables become integers, stated once.
//!
//! The quantizer fills an image with these words; training for noise and the choice of gamma see the same ones
//! (`docs/decisions/0008-choosing-gamma.md`). Everything is rounded to nearest, ties to even, because ties away from zero
//! would make every weight larger in the mean (IEEE 754-2019, roundTiesToEven).
//!
//! ```
//! use klr_units::Bits;
//! use klr_units::words::{WeightRounding, kernel_words, weight_words};
//!
//! let bits = Bits::new(4).unwrap();
//! assert_eq!(kernel_words(&[1.0, 0.67, 0.45, 0.0], bits).unwrap(), [15, 10, 7, 0]);
//! let words = weight_words(&[2.0, -0.5, 0.2], &[1, -1, 1], WeightRounding::unclipped(bits));
//! assert_eq!(words.values, [7, -2, 1]);
//! ```

mod weight;

pub use weight::{WeightRounding, WeightWords, weight_words};

use crate::fixed::{Bits, SignedFormat, UnsignedFormat};
use std::fmt;

/// What indexes a kernel table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableForm {
    /// The Hamming distance d of each pattern.
    Absolute,
    /// `d - d_min`, `d_min` the distance of the nearest pattern: the largest word always goes to that one. For a kernel
    /// that is an exponential of the distance this scales all kernel values of a state by one positive number, which no
    /// sign of a field sees, and a window of a few words is all that is not zero.
    NearestRelative,
}

impl TableForm {
    /// Both forms, in the order of the documentation.
    pub const ALL: [Self; 2] = [Self::NearestRelative, Self::Absolute];

    /// The form's name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::NearestRelative => "nearest-relative",
        }
    }

    /// The distance that index 0 stands for, when the nearest pattern is at distance `d_min`.
    #[must_use]
    #[inline]
    pub const fn origin(self, d_min: u32) -> u32 {
        match self {
            Self::Absolute => 0,
            Self::NearestRelative => d_min,
        }
    }
}

impl fmt::Display for TableForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A kernel value that no unsigned word stands for.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the kernel is {} at distance {distance}; kernel words are unsigned, so it must be finite and at least 0",
    crate::text::value(value)
)]
pub struct NoKernelWord {
    /// The first distance with such a value.
    pub distance: usize,
    /// The value.
    pub value: f64,
}

/// The values of a kernel at distances 0 to N as unsigned words of `bits`: `K(d) / max K (2^bits - 1)`, to nearest, ties
/// to even. The largest value becomes the largest word, at whatever distance it stands; values of 0 alone give words of 0.
///
/// # Errors
/// [`NoKernelWord`] naming the first distance at which the kernel is negative or not finite.
pub fn kernel_words(values: &[f64], bits: Bits) -> Result<Vec<u16>, NoKernelWord> {
    if let Some(distance) = values.iter().position(|value| !(0.0..=f64::MAX).contains(value)) {
        return Err(NoKernelWord { distance, value: values[distance] });
    }
    let max = f64::from(UnsignedFormat::new(bits).max());
    // The smallest positive number, so that a table of zeros gives words of zero and not 0 / 0.
    let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the clamp leaves at most 16 bits"
    )]
    let word = |k: f64| (k / largest * max).round_ties_even().clamp(0.0, max) as u16;
    Ok(values.iter().map(|&k| word(k)).collect())
}

/// An integer and whether it had to be held at the end of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rounded {
    value: i16,
    /// The exact value rounds to an integer outside the format.
    saturated: bool,
}

/// `x` as the nearest integer of `format`, ties to even; where all are odd, the magnitude of a tie goes to the one that is 1 more
/// than a multiple of 4. Where there is no zero, 0 and above become positive.
fn round_to(format: SignedFormat, x: f64) -> Rounded {
    let max = f64::from(format.max());
    let nearest = if format.step() == 1 {
        x.round_ties_even()
    } else {
        let magnitude = 2.0 * ((x.abs() - 1.0) / 2.0).round_ties_even().max(0.0) + 1.0;
        if x >= 0.0 { magnitude } else { -magnitude }
    };
    #[expect(clippy::cast_possible_truncation, reason = "the clamp leaves at most 16 bits")]
    let value = nearest.clamp(-max, max) as i16;
    // One bit keeps the sign of whatever it is given.
    Rounded { value, saturated: format.bits().get() > 1 && nearest.abs() > max }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(bits: u8) -> Bits {
        Bits::new(bits).unwrap()
    }

    fn format(width: u8) -> SignedFormat {
        SignedFormat::new(bits(width))
    }

    #[test]
    fn ties_go_to_even_and_ends_hold() {
        let to = |x| round_to(format(4), x);
        let values: Vec<i16> = [0.5, 1.5, 2.5, -0.5, -1.5].map(|x| to(x).value).to_vec();
        assert_eq!(values, [0, 2, 2, 0, -2], "ties to even");
        assert_eq!(to(7.49), Rounded { value: 7, saturated: false }, "the last value that fits");
        assert_eq!(to(7.5), Rounded { value: 7, saturated: true }, "8 does not fit 4 bits");
        assert_eq!(to(-100.0), Rounded { value: -7, saturated: true }, "the range is symmetric");
        assert_eq!(round_to(format(16), 32_767.4).value, 32_767, "16 bits");
    }

    #[test]
    fn one_bit_keeps_the_sign() {
        assert_eq!([-0.1, 0.0, 3.0].map(|x| round_to(format(1), x).value), [-1, 1, 1], "signs");
    }

    #[test]
    fn odd_integers_are_rounded_to_the_nearest_one() {
        let odd = SignedFormat::coded(bits(2), crate::WeightCoding::Odd).unwrap();
        let values: Vec<i16> =
            [0.0, 0.9, 1.9, 2.1, -0.1, -1.9, -2.1, 3.9].map(|x| round_to(odd, x).value).to_vec();
        assert_eq!(values, [1, 1, 1, 3, -1, -1, -3, 3], "-3, -1, 1, 3");
        assert_eq!([2.0, -2.0].map(|x| round_to(odd, x).value), [1, -1], "ties, alike on both sides");
        assert_eq!([4.1, 3.9].map(|x| round_to(odd, x).saturated), [true, false], "5 does not fit");
    }

    #[test]
    fn kernel_words_are_scaled_by_the_largest_value_wherever_it_is() {
        let words = |values: &[f64]| kernel_words(values, bits(3)).unwrap();
        assert_eq!(words(&[0.0, 2.0, 8.0, 4.0]), [0, 2, 7, 4], "7/8 k: 1.75, 7, 3.5 to even");
        assert_eq!(words(&[0.0, -0.0, 0.0]), [0, 0, 0], "no value above zero is no division by zero");
        assert_eq!(words(&[f64::MAX, f64::MAX / 2.0]), [7, 4], "nothing overflows on the way: 3.5 to even");
        assert_eq!(words(&[]), [0_u16; 0], "no values, no words");
    }

    #[test]
    fn values_without_an_unsigned_word_are_refused_by_distance() {
        for value in [-0.5, -5e-324, f64::INFINITY] {
            let error = kernel_words(&[1.0, 0.0, value, -1.0], bits(8));
            assert_eq!(error, Err(NoKernelWord { distance: 2, value }), "{value}");
        }
        assert!(kernel_words(&[f64::NAN], bits(8)).is_err(), "not a number");
    }

    #[test]
    fn the_nearest_pattern_is_the_origin_of_a_relative_table_only() {
        assert_eq!(TableForm::ALL.map(|form| form.origin(5)), [5, 0], "nearest-relative, absolute");
        assert_eq!(TableForm::ALL.map(|form| form.to_string()), ["nearest-relative", "absolute"], "names");
    }
}
