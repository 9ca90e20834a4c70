//! What is known of a sum of energies: no figure leaves a ledger without it.

use crate::band::Band;
use klr_units::Yoctojoules;
use klr_units::text::UNKNOWN;
use std::iter::Sum;
use std::ops::Add;

/// A sum as far as it is known.
///
/// A ledger in which prices are missing knows a lower bound of its total, or nothing. Whoever wants a figure has to say
/// what becomes of each case; a sum that is used as if it were known does not compile:
///
/// ```compile_fail,E0599
/// # fn show(ledger: &klr_energy::Ledger) {
/// println!("{}", ledger.total().nominal());
/// # }
/// ```
/// ```compile_fail,E0308
/// # fn sum(ledger: &klr_energy::Ledger) {
/// let total: klr_energy::Band<klr_units::Yoctojoules> = ledger.total();
/// # }
/// ```
/// ```compile_fail,E0277
/// # fn sum(ledger: &klr_energy::Ledger) {
/// let total: klr_energy::Band<_> = ledger.lines.iter().map(klr_energy::Line::energy).sum();
/// # }
/// ```
/// ```
/// # use klr_energy::{Cost, Ledger};
/// # fn show(ledger: &Ledger) -> String {
/// match ledger.total() {
///     Cost::Known(band) => format!("{}", band.nominal()),
///     Cost::AtLeast(band) => format!("more than {}", band.nominal()),
///     Cost::Unknown => "not known".to_owned(),
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Cost<T = Band<Yoctojoules>> {
    /// Everything that was counted has a price, or is known to cost nothing.
    Known(T),
    /// Something has a price, and something has none: what it is, it is more.
    AtLeast(T),
    /// Something was counted, and nothing of it has a price.
    Unknown,
}

impl<T> Cost<T> {
    /// The figure as another one, with the same knowledge of it.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Cost<U> {
        match self {
            Self::Known(figure) => Cost::Known(f(figure)),
            Self::AtLeast(figure) => Cost::AtLeast(f(figure)),
            Self::Unknown => Cost::Unknown,
        }
    }

    /// What is known, as a word in reports.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::Known(_) => "known",
            Self::AtLeast(_) => "lower-bound",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the figure is known.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// The figure as a text: as `show` writes it, with `>` before a lower bound, and [`UNKNOWN`] if it is not known.
    #[must_use]
    pub fn shown(self, show: impl FnOnce(T) -> String) -> String {
        match self {
            Self::Known(figure) => show(figure),
            Self::AtLeast(figure) => format!(">{}", show(figure)),
            Self::Unknown => UNKNOWN.to_owned(),
        }
    }
}

impl Cost {
    /// A sum of lines, and whether something beside them has no price.
    pub(crate) fn of(paid: Band<Yoctojoules>, is_missing: bool) -> Self {
        match (is_missing, paid.high() == Yoctojoules::ZERO) {
            (false, _) => Self::Known(paid),
            (true, false) => Self::AtLeast(paid),
            (true, true) => Self::Unknown,
        }
    }

    const fn parts(self) -> (Band<Yoctojoules>, bool) {
        match self {
            Self::Known(paid) => (paid, false),
            Self::AtLeast(paid) => (paid, true),
            Self::Unknown => (Band::flat(Yoctojoules::ZERO), true),
        }
    }

    /// The share of `total`, which this is a part of, nominal by nominal. `None` unless both are known, since the ratio of
    /// two lower bounds bounds nothing, and if the total is nothing. Of two totals it is
    /// [`Ledger::ratio`](crate::Ledger::ratio) that has to be asked, which has a band.
    #[must_use]
    pub fn share_of(self, total: Self) -> Option<f64> {
        match (self, total) {
            (Self::Known(this), Self::Known(total)) if total.nominal() > Yoctojoules::ZERO => {
                Some(this.nominal().get() as f64 / total.nominal().get() as f64)
            }
            _ => None,
        }
    }
}

/// What is known of a sum is what is known of all its parts.
impl Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let ((paid, is_missing), (more, more_missing)) = (self.parts(), other.parts());
        Self::of(paid.plus(more), is_missing || more_missing)
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::Known(Band::default()), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Cost::{AtLeast, Known, Unknown};

    fn joules(yj: u128) -> Band<Yoctojoules> {
        Band::flat(Yoctojoules::new(yj))
    }

    #[test]
    fn a_sum_is_known_as_far_as_its_parts_are() {
        let (zero, two, five) = (Known(joules(0)), joules(2), joules(5));
        for (parts, sum) in [
            ([Known(two), Known(five)], Known(joules(7))),
            ([Known(two), AtLeast(five)], AtLeast(joules(7))),
            ([AtLeast(two), AtLeast(five)], AtLeast(joules(7))),
            ([Known(two), Unknown], AtLeast(two)),
            ([AtLeast(two), Unknown], AtLeast(two)),
            ([zero, Unknown], Unknown),
            ([Unknown, Unknown], Unknown),
            ([zero, zero], zero),
        ] {
            let [a, b] = parts;
            assert_eq!((a + b, b + a), (sum, sum), "{parts:?}, in either order");
            assert_eq!(parts.into_iter().sum::<Cost>(), sum, "{parts:?}");
        }
    }

    #[test]
    fn a_share_needs_two_known_sums_and_something_below_the_line() {
        let (two, four) = (Known(joules(2)), Known(joules(4)));
        assert_eq!(two.share_of(four), Some(0.5));
        assert_eq!(Known(joules(0)).share_of(four), Some(0.0), "nothing is no part of something");
        for (a, b) in [
            (two, Known(joules(0))),
            (Known(joules(0)), Known(joules(0))),
            (two, AtLeast(joules(4))),
            (AtLeast(joules(2)), four),
            (AtLeast(joules(2)), AtLeast(joules(4))),
            (two, Unknown),
            (Unknown, four),
        ] {
            assert_eq!(a.share_of(b), None, "{a:?} to {b:?}");
        }
    }

    #[test]
    fn a_text_says_what_is_known() {
        let shown = |cost: Cost| cost.shown(|band| band.nominal().to_string());
        assert_eq!(shown(Known(joules(2))), "2 yJ");
        assert_eq!(shown(AtLeast(joules(2))), ">2 yJ");
        assert_eq!(shown(Unknown), "-");
        let statuses = [Known(joules(2)), AtLeast(joules(2)), Unknown].map(|cost| cost.status());
        assert_eq!(statuses, ["known", "lower-bound", "unknown"], "in reports");
        let is_known = [Known(joules(2)), AtLeast(joules(2)), Unknown].map(|cost| cost.is_known());
        assert_eq!(is_known, [true, false, false], "a lower bound is not known");
    }
}
