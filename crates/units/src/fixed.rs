//! Fixed-point formats: how many bits, signed or not, and what they can hold.

use std::fmt;

/// A width of 1 to 16 bits, as stored in the memories of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(u8);

impl Bits {
    /// The widest stored word, in bits.
    pub const MAX: u8 = 16;

    /// A width of `bits`; `None` outside 1 to 16.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        if bits >= 1 && bits <= Self::MAX { Some(Self(bits)) } else { None }
    }

    /// The number of bits.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Symmetric signed integers of 1 to 16 bits: the weights.
///
/// From 2 bits on the range is `-(2^(b-1) - 1) ..= 2^(b-1) - 1`: the most negative code is unused, so that a weight and
/// its negative are equally representable. One bit holds a sign alone: -1 or +1, and no zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignedFormat(Bits);

impl SignedFormat {
    /// The format of width `bits`.
    #[must_use]
    pub const fn new(bits: Bits) -> Self {
        Self(bits)
    }

    /// The width in bits.
    #[must_use]
    pub const fn bits(self) -> Bits {
        self.0
    }

    /// The largest value; the smallest is its negative.
    #[must_use]
    pub const fn max(self) -> i32 {
        if self.0.get() == 1 { 1 } else { (1 << (self.0.get() - 1)) - 1 }
    }

    /// Whether `value` is one of the format's values.
    #[must_use]
    pub const fn contains(self, value: i32) -> bool {
        value >= -self.max() && value <= self.max() && (self.0.get() > 1 || value != 0)
    }
}

/// Unsigned integers of 1 to 16 bits, `0 ..= 2^b - 1`: the kernel values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnsignedFormat(Bits);

impl UnsignedFormat {
    /// The format of width `bits`.
    #[must_use]
    pub const fn new(bits: Bits) -> Self {
        Self(bits)
    }

    /// The width in bits.
    #[must_use]
    pub const fn bits(self) -> Bits {
        self.0
    }

    /// The largest value.
    #[must_use]
    pub const fn max(self) -> u16 {
        u16::MAX >> (16 - self.0.get())
    }
}

/// Bits of a two's-complement word that holds every integer from `-magnitude` to `magnitude`.
#[must_use]
pub const fn signed_width(magnitude: u64) -> u32 {
    unsigned_width(magnitude) + 1
}

/// Bits of an unsigned word that holds every integer from 0 to `max` (1 for 0 and 1).
#[must_use]
pub const fn unsigned_width(max: u64) -> u32 {
    if max == 0 { 1 } else { 64 - max.leading_zeros() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(bits: u8) -> SignedFormat {
        SignedFormat::new(Bits::new(bits).unwrap())
    }

    #[test]
    fn widths_run_from_1_to_16() {
        assert!(Bits::new(0).is_none() && Bits::new(17).is_none(), "0 and 17 bits are refused");
        assert_eq!(signed(8).max(), 127, "8 bits, symmetric");
        assert_eq!(signed(16).max(), 32_767, "16 bits, symmetric");
        assert_eq!(UnsignedFormat::new(Bits::new(16).unwrap()).max(), 65_535, "16 bits, unsigned");
        assert_eq!(UnsignedFormat::new(Bits::new(1).unwrap()).max(), 1, "1 bit, unsigned");
    }

    #[test]
    fn one_bit_is_a_sign_without_zero() {
        assert!(signed(1).contains(-1) && signed(1).contains(1), "both signs");
        assert!(!signed(1).contains(0), "no zero");
        assert!(signed(2).contains(0) && !signed(2).contains(-2), "2 bits: -1, 0, 1");
    }

    #[test]
    fn word_widths_match_the_powers_of_two() {
        assert_eq!(unsigned_width(0), 1, "a word has at least one bit");
        assert_eq!(unsigned_width(100), 7, "0..=100");
        assert_eq!(unsigned_width(127), 7, "0..=127");
        assert_eq!(unsigned_width(128), 8, "0..=128");
        assert_eq!(signed_width(127), 8, "-127..=127");
        assert_eq!(signed_width(128), 9, "-128..=128 needs a ninth bit");
    }
}
