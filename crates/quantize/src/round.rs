//! Rounding to integers: to nearest, ties to even, held at the ends of the format.

use klr_units::SignedFormat;

/// An integer and whether it had to be held at the end of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// The integer.
    pub value: i16,
    /// The exact value rounds to an integer outside the format.
    pub saturated: bool,
}

/// `x` as the nearest integer of `format`, ties to even. One bit holds a sign alone: 0 and above become +1.
///
/// Ties to even, because ties away from zero would make every weight larger in the mean
/// (IEEE 754-2019, roundTiesToEven).
#[must_use]
pub fn round_to(format: SignedFormat, x: f64) -> Rounded {
    if format.bits().get() == 1 {
        return Rounded { value: if x >= 0.0 { 1 } else { -1 }, saturated: false };
    }
    let max = f64::from(format.max());
    let nearest = x.round_ties_even();
    #[expect(clippy::cast_possible_truncation, reason = "the clamp leaves at most 16 bits")]
    let value = nearest.clamp(-max, max) as i16;
    Rounded { value, saturated: nearest.abs() > max }
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_units::Bits;

    fn format(bits: u8) -> SignedFormat {
        SignedFormat::new(Bits::new(bits).unwrap())
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
}
