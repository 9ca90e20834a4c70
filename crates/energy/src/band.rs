//! Three figures in place of one: what a quantity is at least, most likely, and at most.

use klr_units::Yoctojoules;

/// A low, a nominal and a high figure of one quantity, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Band<T> {
    low: T,
    nominal: T,
    high: T,
}

impl<T: Copy + Ord> Band<T> {
    /// The band of the three figures; `None` unless `low <= nominal <= high`.
    #[must_use]
    pub fn new(low: T, nominal: T, high: T) -> Option<Self> {
        (low <= nominal && nominal <= high).then_some(Self { low, nominal, high })
    }

    /// The band of a figure published without any uncertainty.
    #[must_use]
    pub const fn flat(figure: T) -> Self {
        Self { low: figure, nominal: figure, high: figure }
    }

    /// The least the quantity can be.
    #[must_use]
    pub const fn low(self) -> T {
        self.low
    }

    /// The figure to quote.
    #[must_use]
    pub const fn nominal(self) -> T {
        self.nominal
    }

    /// The most the quantity can be.
    #[must_use]
    pub const fn high(self) -> T {
        self.high
    }

    /// The three figures, each passed through `f`, which must not reverse their order.
    #[must_use]
    pub(crate) fn map<U>(self, f: impl Fn(T) -> U) -> Band<U> {
        Band { low: f(self.low), nominal: f(self.nominal), high: f(self.high) }
    }
}

impl Band<Yoctojoules> {
    /// Low with low and high with high: the bounds of a sum are the sums of the bounds. A sum of lines leaves this crate
    /// as a [`Cost`](crate::Cost) alone, so there is no public addition.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            nominal: self.nominal + other.nominal,
            high: self.high + other.high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_is_ordered() {
        assert!(Band::new(1, 2, 3).is_some() && Band::new(2, 2, 2).is_some(), "rising or flat");
        assert!(Band::new(2, 1, 3).is_none(), "low above nominal");
        assert!(Band::new(1, 3, 2).is_none(), "nominal above high");
    }

    #[test]
    fn bounds_of_a_sum_are_sums_of_the_bounds() {
        let band = |l, n, h| {
            Band::new(Yoctojoules::new(l), Yoctojoules::new(n), Yoctojoules::new(h)).expect("rising figures")
        };
        assert_eq!(band(1, 2, 3).plus(band(10, 20, 30)), band(11, 22, 33), "figure by figure");
    }
}
