//! Fixed-point formats: how many bits, signed or not, and what they can hold.

use crate::range::OutOfRange;
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

/// How the bits of a weight stand for an integer. One bit is a sign in every coding, 1 for +1 and 0 for -1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WeightCoding {
    /// Two's complement. The code of `-2^(b-1)` is unused, so that a weight and its negative are equally representable.
    #[default]
    TwosComplement,
    /// The sign in the highest bit, 1 for a negative weight, above the magnitude. The code of a negative zero is unused.
    SignMagnitude,
    /// Code c is the odd integer `2c + 1 - 2^b`: no zero, and no code unused.
    Odd,
    /// -1, 0 and +1, coded as sign and magnitude of two bits: one code in four is unused.
    Ternary,
}

impl WeightCoding {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::TwosComplement, Self::SignMagnitude, Self::Odd, Self::Ternary];

    /// The coding's name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwosComplement => "twos-complement",
            Self::SignMagnitude => "sign-magnitude",
            Self::Odd => "odd",
            Self::Ternary => "ternary",
        }
    }

    /// The least and the greatest number of bits. Odd integers of 16 bits would need words of 17 to compute with.
    const fn widths(self) -> (u8, u8) {
        match self {
            Self::TwosComplement | Self::SignMagnitude => (1, Bits::MAX),
            Self::Odd => (1, Bits::MAX - 1),
            Self::Ternary => (2, 2),
        }
    }
}

impl fmt::Display for WeightCoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Symmetric signed integers of 1 to 16 bits: the weights.
///
/// From 2 bits on the range is `-(2^(b-1) - 1) ..= 2^(b-1) - 1`, or the odd integers of `-(2^b - 1) ..= 2^b - 1`. One bit
/// holds a sign alone: -1 or +1, and no zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignedFormat {
    bits: Bits,
    coding: WeightCoding,
}

impl SignedFormat {
    /// Two's complement of `bits`.
    #[must_use]
    pub const fn new(bits: Bits) -> Self {
        Self { bits, coding: WeightCoding::TwosComplement }
    }

    /// The format of width `bits` in `coding`.
    ///
    /// # Errors
    /// [`OutOfRange`] of `weight_bits` if the coding has no such width: odd integers have 1 to 15 bits, ternary ones 2.
    pub fn coded(bits: Bits, coding: WeightCoding) -> Result<Self, OutOfRange> {
        let (least, most) = coding.widths();
        if (least..=most).contains(&bits.get()) {
            return Ok(Self { bits, coding });
        }
        let widths = if least == most { least.to_string() } else { format!("{least} to {most}") };
        Err(OutOfRange::new("weight_bits", bits, format!("{widths} where weights are {coding}")))
    }

    /// The width in bits.
    #[must_use]
    pub const fn bits(self) -> Bits {
        self.bits
    }

    /// How the bits stand for an integer.
    #[must_use]
    pub const fn coding(self) -> WeightCoding {
        self.coding
    }

    /// The largest value; the smallest is its negative.
    #[must_use]
    pub const fn max(self) -> i32 {
        match (self.bits.get(), self.coding) {
            (1, _) => 1,
            (bits, WeightCoding::Odd) => (1 << bits) - 1,
            (bits, _) => (1 << (bits - 1)) - 1,
        }
    }

    /// From one value to the next: 2 where all are odd, else 1.
    #[must_use]
    pub const fn step(self) -> i32 {
        if self.bits.get() == 1 || matches!(self.coding, WeightCoding::Odd) { 2 } else { 1 }
    }

    /// Bits of the word that a multiplier takes: 1 where there is a sign alone, one more than is stored for other odd
    /// integers, else as many as are stored.
    #[must_use]
    pub const fn value_bits(self) -> u32 {
        match (self.bits.get(), self.coding) {
            (1, _) => 1,
            (bits, WeightCoding::Odd) => bits as u32 + 1,
            (bits, _) => bits as u32,
        }
    }

    /// Whether `value` is one of the format's values.
    #[must_use]
    pub const fn contains(self, value: i32) -> bool {
        value >= -self.max() && value <= self.max() && (self.step() == 1 || value % 2 != 0)
    }

    /// The values, in words.
    #[must_use]
    pub fn values(self) -> String {
        let max = self.max();
        match (max, self.step()) {
            (1, 2) => "-1 and +1".to_owned(),
            (_, 2) => format!("the odd integers from {} to {max}", -max),
            _ => format!("{} to {max}", -max),
        }
    }
}

impl From<Bits> for SignedFormat {
    fn from(bits: Bits) -> Self {
        Self::new(bits)
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
    fn odd_integers_leave_out_every_other_one_and_zero() {
        let odd = |bits| SignedFormat::coded(Bits::new(bits).unwrap(), WeightCoding::Odd);
        let two = odd(2).unwrap();
        let held: Vec<i32> = (-5..=5).filter(|&value| two.contains(value)).collect();
        assert_eq!((held, two.value_bits()), (vec![-3, -1, 1, 3], 3), "2 bits");
        assert_eq!((odd(1).unwrap().max(), odd(1).unwrap().value_bits()), (1, 1), "a sign");
        assert_eq!(odd(15).unwrap().max(), 32_767, "15 bits");
        let message = "weight_bits is 16; it must be 1 to 15 where weights are odd";
        assert_eq!(odd(16).unwrap_err().to_string(), message, "65,535 is no integer of 16 bits");
    }

    #[test]
    fn ternary_weights_have_two_bits() {
        let ternary = |bits| SignedFormat::coded(Bits::new(bits).unwrap(), WeightCoding::Ternary);
        assert_eq!(ternary(2).unwrap().values(), "-1 to 1", "three values");
        let message = "weight_bits is 8; it must be 2 where weights are ternary";
        assert_eq!(ternary(8).unwrap_err().to_string(), message, "no other width");
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
