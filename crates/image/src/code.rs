//! A weight as weight memory holds it: the one place where bits become a weight, and a weight becomes bits.
//!
//! What each coding means is said in [`WeightCoding`]; `docs/placement.md` has it as a table. Where the patterns hold the signs
//! a word is a magnitude, one bit narrower: of odd integers the magnitude is `2c + 1`, of all others it is the code.

use klr_units::{SignedFormat, WeightCoding};

/// The code of `weight` in a word of `format`, or of its magnitude if its sign is `shared` with a pattern. A weight outside
/// the format has no code of its own.
pub(crate) fn code_of(format: SignedFormat, shared: bool, weight: i16) -> u16 {
    let (bits, magnitude) = (format.bits().get(), weight.unsigned_abs());
    match (bits, format.coding(), shared) {
        // A magnitude of no bits, or a sign.
        (1, _, true) => magnitude,
        (1, _, false) => u16::from(weight > 0),
        (_, WeightCoding::Odd, true) => magnitude / 2,
        (_, _, true) => magnitude,
        (_, WeightCoding::TwosComplement, _) => weight.cast_unsigned() & mask(bits),
        (_, WeightCoding::SignMagnitude | WeightCoding::Ternary, _) => {
            u16::from(weight < 0) << (bits - 1) | magnitude
        }
        // Half of `weight + 2^b - 1`, which is even.
        (_, WeightCoding::Odd, _) => weight.cast_unsigned().wrapping_add(mask(bits)) / 2,
    }
}

/// The weight that a core reads where weight memory gives `code` and the stored bit is `bit`: the inverse of [`code_of`], for
/// every code there is, also those that nothing is written with.
pub(crate) fn weight_of(format: SignedFormat, shared: bool, code: u16, bit: bool) -> i16 {
    let bits = format.bits().get();
    let signed = |magnitude: u16, is_positive: bool| {
        // A magnitude has at most 15 bits.
        if is_positive { magnitude.cast_signed() } else { -magnitude.cast_signed() }
    };
    match (bits, format.coding(), shared) {
        // Without a magnitude in memory there is only 1.
        (1, _, true) => signed(1, bit),
        (1, _, false) => signed(1, code == 1),
        (_, WeightCoding::Odd, true) => signed(2 * code + 1, bit),
        (_, _, true) => signed(code, bit),
        // The shift back repeats the sign.
        (_, WeightCoding::TwosComplement, _) => (code << (16 - bits)).cast_signed() >> (16 - bits),
        (_, WeightCoding::SignMagnitude | WeightCoding::Ternary, _) => {
            signed(code & mask(bits - 1), code >> (bits - 1) == 0)
        }
        (_, WeightCoding::Odd, _) => (2 * code).wrapping_sub(mask(bits)).cast_signed(),
    }
}

/// As many ones from below, 1 to 16.
const fn mask(bits: u8) -> u16 {
    u16::MAX >> (16 - bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_units::Bits;

    fn format(bits: u8, coding: WeightCoding) -> SignedFormat {
        SignedFormat::coded(Bits::new(bits).unwrap(), coding).unwrap()
    }

    /// The weights of all codes, in the order of the codes.
    fn weights(bits: u8, coding: WeightCoding) -> Vec<i16> {
        (0..1u16 << bits).map(|code| weight_of(format(bits, coding), false, code, true)).collect()
    }

    #[test]
    fn every_code_has_the_weight_of_its_table() {
        assert_eq!(
            weights(3, WeightCoding::TwosComplement),
            [0, 1, 2, 3, -4, -3, -2, -1],
            "two's complement"
        );
        assert_eq!(
            weights(3, WeightCoding::SignMagnitude),
            [0, 1, 2, 3, 0, -1, -2, -3],
            "sign above magnitude"
        );
        assert_eq!(weights(3, WeightCoding::Odd), [-7, -5, -3, -1, 1, 3, 5, 7], "odd, none left out");
        assert_eq!(weights(2, WeightCoding::Ternary), [0, 1, 0, -1], "ternary");
        for coding in [WeightCoding::TwosComplement, WeightCoding::SignMagnitude, WeightCoding::Odd] {
            assert_eq!(weights(1, coding), [-1, 1], "one bit is a sign: {coding}");
        }
        let odd = |code, bit| weight_of(format(3, WeightCoding::Odd), true, code, bit);
        assert_eq!([0, 1, 2, 3].map(|code| odd(code, false)), [-1, -3, -5, -7], "shared signs");
        let plain = |code, bit| weight_of(format(3, WeightCoding::TwosComplement), true, code, bit);
        assert_eq!([0, 1, 2, 3].map(|code| plain(code, true)), [0, 1, 2, 3], "shared signs");
    }

    #[test]
    fn codes_are_read_as_what_was_written() {
        for coding in WeightCoding::ALL {
            for bits in 1..=16 {
                let Ok(format) = SignedFormat::coded(Bits::new(bits).unwrap(), coding) else { continue };
                for weight in (-32_767..=32_767).step_by(37).chain([-1, 0, 1, format.max(), -format.max()]) {
                    if !format.contains(weight) {
                        continue;
                    }
                    let weight = i16::try_from(weight).unwrap();
                    for shared in [false, true] {
                        let code = code_of(format, shared, weight);
                        assert!(bits == 1 || code <= mask(bits - u8::from(shared)), "{format:?}: {code}");
                        assert_eq!(
                            weight_of(format, shared, code, weight > 0),
                            weight,
                            "{format:?} {shared}"
                        );
                    }
                }
            }
        }
    }
}
