//! Energy in integer yoctojoules, and prices and powers as exact as their decimal text: a ledger does not depend on the
//! order of its sums, and no price is lost in rounding. Sums are rounded, once per line; prices are not.

use crate::decimal::Decimal;
use crate::time::Picoseconds;
use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

/// Yoctojoules in one picojoule.
const PER_PICOJOULE: f64 = 1e12;

/// An energy in yoctojoules (1 yJ = 1e-24 J = 1e-12 pJ), a thousandth of what erasing one bit costs at the least.
///
/// 128 bits hold 3.4e14 J; a sum or product beyond that stays there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yoctojoules(u128);

impl Yoctojoules {
    /// No energy.
    pub const ZERO: Self = Self(0);

    /// An energy of `yj` yoctojoules.
    #[must_use]
    pub const fn new(yj: u128) -> Self {
        Self(yj)
    }

    /// An energy of `aj` attojoules (1 aJ = 1e-18 J = 1e-6 pJ).
    #[must_use]
    pub const fn from_attojoules(aj: u64) -> Self {
        Self(aj as u128 * 1_000_000)
    }

    /// The number of yoctojoules.
    #[must_use]
    pub const fn get(self) -> u128 {
        self.0
    }

    /// The energy in picojoules, for reports.
    #[must_use]
    pub fn as_picojoules(self) -> f64 {
        self.0 as f64 / PER_PICOJOULE
    }
}

impl Add for Yoctojoules {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Yoctojoules {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// The energy of so many alike.
impl Mul<u64> for Yoctojoules {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0.saturating_mul(u128::from(count)))
    }
}

impl Sum for Yoctojoules {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Yoctojoules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} yJ", self.0)
    }
}

/// The least figure of a price table that is not zero, in its unit (picojoules or microwatts): a yoctojoule per count, or
/// an attowatt.
pub const LEAST_FIGURE: f64 = 1e-12;
/// The greatest figure of a price table, in its unit: 1 mJ per count or 1 kW per core. Nothing on a chip comes near.
pub const GREATEST_FIGURE: f64 = 1e9;

/// Decimals to which a figure of a price table is held.
const DECIMALS: i64 = 18;
/// [`LEAST_FIGURE`] and [`GREATEST_FIGURE`] with that many decimals.
const LEAST: u128 = 1_000_000;
const GREATEST: u128 = 1_000_000_000_000_000_000_000_000_000;

/// Why a text is no figure of a price table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// Not a decimal number from 0 to [`GREATEST_FIGURE`].
    #[error("not a figure from 0 to {GREATEST_FIGURE:e}")]
    OutOfRange,
    /// Above 0 and below [`LEAST_FIGURE`]: it would be lost in rounding.
    #[error("above 0 and below {LEAST_FIGURE:e}, which is the resolution")]
    TooFine,
}

/// The figure that `text` writes, with [`DECIMALS`] decimals.
fn figure(text: &str) -> Result<u128, FigureError> {
    let decimal = Decimal::parse(text).ok_or(FigureError::OutOfRange)?;
    if decimal.is_zero() {
        return Ok(0);
    }
    match decimal.scaled(DECIMALS) {
        _ if decimal.negative => Err(FigureError::OutOfRange),
        Some(held) if held < LEAST => Err(FigureError::TooFine),
        Some(held) if held <= GREATEST => Ok(held),
        _ => Err(FigureError::OutOfRange),
    }
}

/// The energy of one counted event, exact: a fraction of quectojoules (1 qJ = 1e-30 J = 1e-18 pJ), since a bit of a word
/// costs a part of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnergyPerCount {
    quectojoules: u128,
    /// The fraction is in lowest terms.
    over: u64,
}

impl EnergyPerCount {
    /// Nothing.
    pub const ZERO: Self = Self { quectojoules: 0, over: 1 };

    /// The energy that `text` writes in picojoules, to 18 decimals.
    ///
    /// # Errors
    /// [`FigureError`] if it is no decimal number, or beyond what a price can be.
    pub fn from_picojoules(text: &str) -> Result<Self, FigureError> {
        Ok(Self { quectojoules: figure(text)?, over: 1 })
    }

    /// `self * numerator / denominator`, exact: how a price scales with a width. Denominators of one price may come to
    /// 2^40 together.
    ///
    /// # Panics
    /// If `denominator` is zero.
    #[must_use]
    pub fn scaled(self, numerator: u64, denominator: u64) -> Self {
        assert!(denominator != 0, "a scale needs a denominator other than zero");
        let quectojoules = self.quectojoules.saturating_mul(u128::from(numerator));
        let over = self.over.saturating_mul(denominator);
        let common = divisor(quectojoules, u128::from(over));
        #[expect(clippy::cast_possible_truncation, reason = "a divisor of `over` is no larger")]
        let shared = common as u64;
        Self { quectojoules: quectojoules / common, over: over / shared }
    }

    /// The energy of `count` events, rounded once, to the nearest yoctojoule (half up).
    #[must_use]
    pub fn times(self, count: u64) -> Yoctojoules {
        Yoctojoules(product(self.quectojoules, count, u128::from(self.over) * 1_000_000))
    }

    /// The energy in picojoules, for reports.
    #[must_use]
    pub fn as_picojoules(self) -> f64 {
        self.quectojoules as f64 / (1e18 * self.over as f64)
    }
}

impl Ord for EnergyPerCount {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |price: &Self| {
            let over = u128::from(price.over);
            (price.quectojoules / over, price.quectojoules % over)
        };
        let ((whole, rest), (other_whole, other_rest)) = (parts(self), parts(other));
        let rests = (rest * u128::from(other.over)).cmp(&(other_rest * u128::from(self.over)));
        whole.cmp(&other_whole).then(rests)
    }
}

impl PartialOrd for EnergyPerCount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The greatest common divisor, of which one is not zero.
const fn divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `a * b / c` to the nearest whole number (half up). The remainder is multiplied on its own: 192 bits are never needed
/// for a `c` below 2^64.
const fn product(a: u128, b: u64, c: u128) -> u128 {
    let rest = (a % c).saturating_mul(b as u128).saturating_add(c / 2) / c;
    (a / c).saturating_mul(b as u128).saturating_add(rest)
}

/// A power in yoctowatts (1 yW = 1e-24 W = 1e-18 uW).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yoctowatts(u128);

impl Yoctowatts {
    /// No power.
    pub const ZERO: Self = Self(0);

    /// The power that `text` writes in microwatts, to 18 decimals.
    ///
    /// # Errors
    /// [`FigureError`] if it is no decimal number, or beyond what a power can be.
    pub fn from_microwatts(text: &str) -> Result<Self, FigureError> {
        figure(text).map(Self)
    }

    /// The power in microwatts, for reports.
    #[must_use]
    pub fn as_microwatts(self) -> f64 {
        self.0 as f64 / 1e18
    }

    /// The power of `count` alike.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(u128::from(count)))
    }

    /// Energy drawn over `span`: 1 yW x 1 ps = 1e-12 yJ, rounded to the nearest yoctojoule (half up).
    #[must_use]
    pub fn over(self, span: Picoseconds) -> Yoctojoules {
        Yoctojoules(product(self.0, span.get(), 1_000_000_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(picojoules: &str) -> EnergyPerCount {
        EnergyPerCount::from_picojoules(picojoules).unwrap()
    }

    #[test]
    fn a_price_is_what_its_digits_say() {
        assert_eq!(price("23.6").times(1), Yoctojoules::from_attojoules(23_600_000), "23.6 pJ");
        assert_eq!(price("1e-7").times(3), Yoctojoules::new(300_000), "a tenth of an attojoule, three times");
        assert_eq!(
            price("0.1").times(u64::MAX).get(),
            u128::from(u64::MAX) * 100_000_000_000,
            "no binary tail"
        );
        assert_eq!(price("1e9").times(1 << 50).get(), (1 << 50) * 10_u128.pow(21), "a millijoule each");
    }

    #[test]
    fn figures_end_at_a_resolution_and_at_a_kilowatt() {
        let refused = |text| EnergyPerCount::from_picojoules(text).unwrap_err();
        for text in ["-1", "-1e-30", "nan", "inf", "1.000000001e9", "1e30", "1e999999999999999999999"] {
            assert_eq!(refused(text), FigureError::OutOfRange, "{text}");
        }
        for text in ["1e-13", "9.9e-13", "1e-400", "1e-999999999999999999999"] {
            assert_eq!(refused(text), FigureError::TooFine, "{text}");
            assert_eq!(Yoctowatts::from_microwatts(text), Err(FigureError::TooFine), "{text}, a power");
        }
        assert_eq!(price("1e-12").times(1), Yoctojoules::new(1), "the least");
        assert_eq!(price("-0.0"), EnergyPerCount::ZERO, "zero has no sign");
        assert_eq!(price("0e-400"), EnergyPerCount::ZERO, "nor an exponent");
    }

    #[test]
    fn power_times_time_is_energy() {
        // 27.3 uW (ODIN's leakage) over 1 ms is 27.3 nJ.
        let leak = Yoctowatts::from_microwatts("27.3").unwrap();
        let millisecond = Picoseconds::new(1_000_000_000);
        assert_eq!(leak.over(millisecond), Yoctojoules::from_attojoules(27_300_000_000), "27.3 nJ in aJ");
        // A tenth of a picowatt over 1 us is a tenth of an attojoule.
        let faint = Yoctowatts::from_microwatts("1e-7").unwrap();
        assert_eq!(faint.over(Picoseconds::new(1_000_000)), Yoctojoules::new(100_000), "below a picowatt");
        assert_eq!(faint.times(4).as_microwatts(), 4e-7, "four of them");
    }

    #[test]
    fn a_part_of_a_price_is_rounded_when_it_is_counted() {
        let third = price("1e-12").scaled(1, 3);
        assert_eq!(third.times(1), Yoctojoules::ZERO, "a third of a yoctojoule");
        assert_eq!(third.times(2), Yoctojoules::new(1), "two thirds");
        assert_eq!(third.times(3_000_000), Yoctojoules::new(1_000_000), "none is lost");
        assert_eq!(third.scaled(6, 2), price("1e-12"), "fractions are in lowest terms");
        assert_eq!(price("3.786").scaled(1, 64).as_picojoules(), 0.059_156_25, "3.786 pJ / 64");
    }

    #[test]
    fn prices_are_ordered_by_their_value() {
        let rising = [price("0"), price("1e-12").scaled(1, 3), price("1e-12").scaled(2, 3), price("1e-12")];
        assert!(rising.is_sorted(), "{rising:?}");
        assert!(price("1").scaled(1, 3) < price("1").scaled(1, 2), "a third is less than a half");
        assert!(price("1").scaled(7, 3) > price("1").scaled(2, 1), "seven thirds are more than two");
    }

    #[test]
    fn what_is_too_large_stays_at_the_largest() {
        let most = price("1e9").scaled(u64::MAX, 1);
        assert_eq!(most.times(u64::MAX), Yoctojoules::new(u128::MAX), "a product");
        assert_eq!(Yoctojoules::new(u128::MAX) + Yoctojoules::new(1), Yoctojoules::new(u128::MAX), "a sum");
    }
}
