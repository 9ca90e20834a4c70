//! Energy in integer attojoules and power in integer picowatts, so that a ledger is exact whatever the order of its sums.

use crate::time::Picoseconds;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

/// Attojoules in one picojoule.
const PER_PICOJOULE: f64 = 1e6;

/// An energy in attojoules (1 aJ = 1e-18 J = 1e-6 pJ).
///
/// 128 bits hold 3.4e20 J: a price below 18 J times any 64-bit count fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attojoules(u128);

impl Attojoules {
    /// No energy.
    pub const ZERO: Self = Self(0);

    /// An energy of `aj` attojoules.
    #[must_use]
    pub const fn new(aj: u64) -> Self {
        Self(aj as u128)
    }

    /// The number of attojoules.
    #[must_use]
    pub const fn get(self) -> u128 {
        self.0
    }

    /// The nearest whole number of attojoules to `pj` picojoules; `None` if negative, not finite or above 18 J.
    #[must_use]
    pub fn from_picojoules(pj: f64) -> Option<Self> {
        let aj = (pj * PER_PICOJOULE).round();
        // 2^64 is exactly representable; anything below it converts without loss of range.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked on the line itself"
        )]
        (0.0..18_446_744_073_709_551_616.0).contains(&aj).then_some(Self(aj as u128))
    }

    /// The energy in picojoules, for reports.
    #[must_use]
    pub fn as_picojoules(self) -> f64 {
        self.0 as f64 / PER_PICOJOULE
    }

    /// `self * numerator / denominator`, rounded to the nearest attojoule (half up): how a price scales with a width.
    ///
    /// # Panics
    /// If `denominator` is zero.
    #[must_use]
    pub fn scaled(self, numerator: u64, denominator: u64) -> Self {
        let d = u128::from(denominator);
        assert!(d != 0, "a scale needs a denominator other than zero");
        Self((self.0 * u128::from(numerator) + d / 2) / d)
    }
}

impl Add for Attojoules {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Attojoules {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// A price times a count.
impl Mul<u64> for Attojoules {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0 * u128::from(count))
    }
}

impl Sum for Attojoules {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Attojoules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} aJ", self.0)
    }
}

/// A power in picowatts (1 pW = 1e-12 W).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Picowatts(u64);

impl Picowatts {
    /// A power of `pw` picowatts.
    #[must_use]
    pub const fn new(pw: u64) -> Self {
        Self(pw)
    }

    /// The number of picowatts.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The nearest whole number of picowatts to `microwatts`; `None` if negative, not finite or above 18 MW.
    #[must_use]
    pub fn from_microwatts(microwatts: f64) -> Option<Self> {
        let pw = (microwatts * 1e6).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked on the line itself"
        )]
        (0.0..18_446_744_073_709_551_616.0).contains(&pw).then_some(Self(pw as u64))
    }

    /// Energy drawn over `span`: 1 pW x 1 ps = 1e-6 aJ, rounded to the nearest attojoule (half up).
    #[must_use]
    pub fn over(self, span: Picoseconds) -> Attojoules {
        let micro_aj = u128::from(self.0) * u128::from(span.get());
        Attojoules((micro_aj + 500_000) / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picojoules_become_whole_attojoules() {
        assert_eq!(Attojoules::from_picojoules(23.6), Some(Attojoules::new(23_600_000)), "23.6 pJ");
        assert_eq!(Attojoules::from_picojoules(-1.0), None, "energy is not negative");
        assert_eq!(Attojoules::from_picojoules(f64::NAN), None, "nor undefined");
        assert_eq!(Attojoules::from_picojoules(1e14), None, "nor 100 J for one operation");
    }

    #[test]
    fn power_times_time_is_energy() {
        // 27.3 uW (ODIN's leakage) over 1 ms is 27.3 nJ.
        let leak = Picowatts::from_microwatts(27.3).unwrap();
        assert_eq!(
            leak.over(Picoseconds::new(1_000_000_000)),
            Attojoules::new(27_300_000_000),
            "27.3 nJ in aJ"
        );
    }

    #[test]
    fn scaling_rounds_half_up() {
        assert_eq!(Attojoules::new(10).scaled(3, 4), Attojoules::new(8), "7.5 rounds to 8");
        assert_eq!(Attojoules::new(10).scaled(1, 3), Attojoules::new(3), "3.33 rounds to 3");
    }
}
