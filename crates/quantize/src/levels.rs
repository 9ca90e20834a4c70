//! The integers that a weight may take.

use klr_units::SignedFormat;

/// The integers that a weight may take: every `step`-th from `-largest` to `largest`, or those of the sign of a stored bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Levels {
    largest: i16,
    step: i16,
    shared: bool,
}

impl Levels {
    /// Those of `format`; with `shared` signs those whose sign is that of the stored bit, and 0 if there is one.
    ///
    /// One bit is a sign and no magnitude, so -1 and +1 are all there are, and with shared signs nothing is left to choose.
    pub(crate) const fn new(format: SignedFormat, shared: bool) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "at most 2^15 - 1")]
        let (largest, step) = (format.max() as i16, format.step() as i16);
        Self { largest, step, shared }
    }

    /// The largest magnitude.
    pub(crate) const fn largest(self) -> i16 {
        self.largest
    }

    /// From one integer to the next.
    pub(crate) const fn step(self) -> i16 {
        self.step
    }

    /// The least and the greatest where the stored bit is `sign`, -1 or +1.
    pub(crate) const fn range(self, sign: i8) -> (i16, i16) {
        let largest = self.largest;
        match (self.shared, sign > 0, self.step) {
            (false, _, _) => (-largest, largest),
            // Odd: from -1 or +1 on.
            (true, true, 2) => (1, largest),
            (true, false, 2) => (-largest, -1),
            (true, true, _) => (0, largest),
            (true, false, _) => (-largest, 0),
        }
    }

    /// `value` within the range where the stored bit is `sign`.
    pub(crate) fn held(self, value: i16, sign: i8) -> i16 {
        let (least, greatest) = self.range(sign);
        value.clamp(least, greatest)
    }

    /// The level nearest to `value` where the stored bit is `sign`; of two equally near the one an even number of steps above
    /// the least.
    pub(crate) fn nearest(self, value: f64, sign: i8) -> i16 {
        let (least, greatest) = self.range(sign);
        let (low, step) = (f64::from(least), f64::from(self.step));
        let most = f64::from(greatest);
        #[expect(clippy::cast_possible_truncation, reason = "within a range of 16 bits")]
        let level = (low + step * ((value - low) / step).round_ties_even()).clamp(low, most) as i16;
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_units::{Bits, WeightCoding};

    #[test]
    fn shared_signs_leave_half_of_the_integers_and_of_one_bit_none() {
        let levels = |bits, shared| Levels::new(Bits::new(bits).unwrap().into(), shared);
        assert_eq!([1, -1].map(|s| levels(3, false).range(s)), [(-3, 3); 2], "two's complement, symmetric");
        assert_eq!([1, -1].map(|s| levels(3, true).range(s)), [(0, 3), (-3, 0)], "the sign of the bit");
        assert_eq!((levels(1, false).range(1), levels(1, false).step()), ((-1, 1), 2), "-1 and +1");
        assert_eq!([1, -1].map(|s| levels(1, true).range(s)), [(1, 1), (-1, -1)], "the stored bits");
        assert_eq!(levels(2, true).held(-1, 1), 0, "against its bit");
        let nearest =
            |levels: Levels, sign| [-9.0, -1.2, -0.1, 0.1, 0.6, 9.0].map(|x| levels.nearest(x, sign));
        assert_eq!(nearest(levels(3, false), 1), [-3, -1, 0, 0, 1, 3], "all integers");
        assert_eq!(nearest(levels(3, true), -1), [-3, -1, 0, 0, 0, 0], "none above 0");
        assert_eq!(nearest(levels(1, false), 1), [-1, -1, -1, 1, 1, 1], "signs");
        assert_eq!(nearest(levels(1, true), -1), [-1; 6], "the stored bit");
        let odd = SignedFormat::coded(Bits::new(2).unwrap(), WeightCoding::Odd).unwrap();
        let levels = |shared| Levels::new(odd, shared);
        assert_eq!([1, -1].map(|s| levels(false).range(s)), [(-3, 3); 2], "odd: -3, -1, 1 and 3");
        assert_eq!([1, -1].map(|s| levels(true).range(s)), [(1, 3), (-3, -1)], "odd, the sign of the bit");
        assert_eq!((levels(true).held(-3, 1), levels(true).step()), (1, 2), "against its bit");
    }
}
