//! Areas, and what is known of their sums.

use crate::band::Band;
use crate::cost::Cost;

/// An area in square nanometres, the millionth part of a square micrometre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SquareNanometres(pub u64);

/// Square nanometres in a square micrometre.
const PER_UM2: f64 = 1e6;
/// The greatest area of a cell, in square micrometres.
pub(crate) const GREATEST_UM2: f64 = 1e6;

impl SquareNanometres {
    /// The area to the nearest square nanometre; `None` unless it is from 0 to a square millimetre.
    #[must_use]
    pub fn from_um2(um2: f64) -> Option<Self> {
        (0.0..=GREATEST_UM2).contains(&um2).then(|| Self(whole(um2 * PER_UM2)))
    }

    /// The area in square micrometres.
    #[must_use]
    pub fn as_um2(self) -> f64 {
        self.0 as f64 / PER_UM2
    }

    /// So many square micrometres; at the end of the range it stays there.
    #[must_use]
    pub const fn from_whole_um2(um2: u64) -> Self {
        Self(um2.saturating_mul(1_000_000))
    }

    /// The band from the area over `factor`, which is 1 or more, to that many times it.
    #[must_use]
    pub fn within(self, factor: f64) -> Band<Self> {
        let scaled = |factor: f64| Self(whole(self.0 as f64 * factor));
        Band::new(scaled(1.0 / factor), self, scaled(factor)).unwrap_or(Band::flat(self))
    }

    /// So many of it; at the end of the range it stays there.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// To the nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a figure of hardware is neither negative nor beyond the range, and a cast would stop there"
)]
pub(crate) fn whole(figure: f64) -> u64 {
    figure.round() as u64
}

impl Band<SquareNanometres> {
    /// Low with low and high with high.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let sum = |figure: fn(Self) -> SquareNanometres| figure(self).plus(figure(other));
        Self::new(sum(Self::low), sum(Self::nominal), sum(Self::high)).unwrap_or(self)
    }
}

impl Cost<Band<SquareNanometres>> {
    /// Both together: known if both are, at least what is known of one if the other is not.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(one), Self::Known(other)) => Self::Known(one.and(other)),
            (Self::Unknown, Self::Unknown) => Self::Unknown,
            (Self::Unknown, Self::Known(one) | Self::AtLeast(one))
            | (Self::Known(one) | Self::AtLeast(one), Self::Unknown) => Self::AtLeast(one),
            (Self::Known(one) | Self::AtLeast(one), Self::Known(other) | Self::AtLeast(other)) => {
                Self::AtLeast(one.and(other))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(low: u64, nominal: u64, high: u64) -> Band<SquareNanometres> {
        Band::new(SquareNanometres(low), SquareNanometres(nominal), SquareNanometres(high)).expect("in order")
    }

    #[test]
    fn a_sum_is_as_known_as_its_parts() {
        let (one, other) = (band(1, 2, 4), band(10, 20, 40));
        let (known, unknown) = (Cost::Known(one), Cost::Unknown);
        assert_eq!(known.and(Cost::Known(other)), Cost::Known(band(11, 22, 44)));
        assert_eq!(known.and(unknown), Cost::AtLeast(one));
        assert_eq!(unknown.and(Cost::AtLeast(one)), Cost::AtLeast(one));
        assert_eq!(Cost::AtLeast(other).and(known), Cost::AtLeast(band(11, 22, 44)));
        assert_eq!(unknown.and(unknown), Cost::<Band<SquareNanometres>>::Unknown);
    }

    #[test]
    fn an_area_is_whole_square_nanometres() {
        assert_eq!(SquareNanometres::from_um2(0.05832), Some(SquareNanometres(58_320)));
        assert_eq!(SquareNanometres::from_um2(-1.0), None);
        assert_eq!(SquareNanometres::from_um2(f64::NAN), None);
        assert_eq!(SquareNanometres(3_754_000).times(2).as_um2(), 7.508);
        assert_eq!(SquareNanometres(u64::MAX).plus(SquareNanometres(1)), SquareNanometres(u64::MAX));
    }
}
