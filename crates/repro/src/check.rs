//! One measured figure against what is known of it.

use super::Scale;
use super::estimate::Estimate;

/// From and to, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The lowest value allowed.
    pub low: f64,
    /// The highest value allowed.
    pub high: f64,
}

impl Bounds {
    /// `value` give or take `reach`.
    pub(super) const fn around(value: f64, reach: f64) -> Self {
        Self { low: value - reach, high: value + reach }
    }

    /// `value` or more.
    pub(super) const fn at_least(value: f64) -> Self {
        Self { low: value, high: f64::INFINITY }
    }

    /// `value` or less.
    pub(super) const fn at_most(value: f64) -> Self {
        Self { low: f64::NEG_INFINITY, high: value }
    }

    pub(super) const fn between(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    const fn widened(self, by: f64) -> Self {
        Self { low: self.low - by, high: self.high + by }
    }

    /// Whether `value` lies inside; rounding in the last digits is no reason to fail.
    fn contains(self, value: f64) -> bool {
        let slack = 1e-12 * value.abs().max(1e-9);
        self.low - slack <= value && value <= self.high + slack
    }

    fn meets(self, low: f64, high: f64) -> bool {
        self.low <= high && low <= self.high
    }
}

/// How a check ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckVerdict {
    /// Inside the tolerance, and in accord with what was published.
    Holds,
    /// Inside the tolerance, and not what was published: here is why.
    Differs(String),
    /// Outside the tolerance.
    Fails,
    /// There is nothing to hold it against.
    Reported,
}

impl CheckVerdict {
    /// As the table says it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Differs(_) => "differs",
            Self::Fails => "does not hold",
            Self::Reported => "reported",
        }
    }

    /// The worst of several, in the order reported, holds, differs, does not hold.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Reported => 0,
            Self::Holds => 1,
            Self::Differs(_) => 2,
            Self::Fails => 3,
        }
    }
}

/// What a paper says of a figure, as far as it is a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    /// The values that would agree with it.
    bounds: Bounds,
    /// Why a measured value does not, where it does not.
    why: &'static str,
}

/// A measured figure and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was measured.
    pub quantity: String,
    /// What was published, in words; `-` if nothing was.
    pub published: String,
    /// What an earlier, independent simulation gave, in words; `-` if there is none.
    pub expected: String,
    /// What came out.
    pub measured: Estimate,
    /// Where the figure has to be; none for a figure that is only reported.
    pub tolerance: Option<Bounds>,
    /// By how much the tolerance was widened for a small sample: its standard error, or 0.
    pub widened: f64,
    claim: Option<Claim>,
}

impl Check {
    pub(super) fn new(quantity: impl Into<String>, measured: Estimate) -> Self {
        Self {
            quantity: quantity.into(),
            published: "-".to_owned(),
            expected: "-".to_owned(),
            measured,
            tolerance: None,
            widened: 0.0,
            claim: None,
        }
    }

    pub(super) fn published(mut self, text: &str) -> Self {
        text.clone_into(&mut self.published);
        self
    }

    pub(super) fn expected(mut self, text: &str) -> Self {
        text.clone_into(&mut self.expected);
        self
    }

    /// What was published is a number in `bounds`; `why` is the reason where the measured interval misses it.
    pub(super) fn claimed(mut self, bounds: Bounds, why: &'static str) -> Self {
        self.claim = Some(Claim { bounds, why });
        self
    }

    /// Where the figure has to be; a quick run widens it by the standard error of its sample.
    pub(super) fn within(mut self, bounds: Bounds, scale: Scale) -> Self {
        self.widened = scale.pick(self.measured.standard_error(), 0.0);
        self.tolerance = Some(bounds);
        self
    }

    /// How the check ends.
    #[must_use]
    pub fn verdict(&self) -> CheckVerdict {
        let value = self.measured.value;
        if let Some(tolerance) = self.tolerance
            && !tolerance.widened(self.widened).contains(value)
        {
            return CheckVerdict::Fails;
        }
        match &self.claim {
            Some(claim) if !claim.bounds.meets(self.measured.low, self.measured.high) => {
                CheckVerdict::Differs(claim.why.to_owned())
            }
            None if self.tolerance.is_none() => CheckVerdict::Reported,
            _ => CheckVerdict::Holds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, low, high, sample: String::new() }
    }

    #[test]
    fn a_verdict_follows_from_tolerance_and_claim() {
        let check = |value: f64| Check::new("x", measured(value, value - 0.05, value + 0.05));
        let bounds = Bounds::between(0.0, 1.0);
        let verdict = |check: Check| check.verdict();
        assert_eq!(verdict(check(5.0)), CheckVerdict::Reported, "nothing to hold it against");
        assert_eq!(verdict(check(1.0).within(bounds, Scale::Full)), CheckVerdict::Holds, "the end is inside");
        assert_eq!(verdict(check(1.01).within(bounds, Scale::Full)), CheckVerdict::Fails);
        assert_eq!(verdict(check(f64::NAN).within(bounds, Scale::Full)), CheckVerdict::Fails, "no number");
        let claimed = |value| check(value).within(bounds, Scale::Full).claimed(Bounds::at_most(0.4), "why");
        assert_eq!(verdict(claimed(0.44)), CheckVerdict::Holds, "its interval reaches the claim");
        assert_eq!(verdict(claimed(0.46)), CheckVerdict::Differs("why".to_owned()));
        assert_eq!(verdict(claimed(1.2)), CheckVerdict::Fails, "the tolerance goes first");
    }

    #[test]
    fn a_quick_run_is_allowed_its_standard_error_and_no_more() {
        let check = |value: f64| {
            Check::new("x", measured(value, value - 0.196, value + 0.196))
                .within(Bounds::at_most(1.0), Scale::Quick)
        };
        assert!((check(1.0).widened - 0.1).abs() < 1e-4, "0.196 is 1.96 standard errors");
        assert_eq!(check(1.09).verdict(), CheckVerdict::Holds);
        assert_eq!(check(1.11).verdict(), CheckVerdict::Fails);
    }
}
