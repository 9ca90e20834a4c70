//! One measured figure against what is known of it, and the one rule that says how it ends.

use super::Scale;
use super::estimate::Estimate;
use serde::{Deserialize, Serialize};

/// From and to, both included. An open end is infinite, and `null` in JSON, which has no such number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[Option<f64>; 2]", into = "[Option<f64>; 2]")]
pub struct Bounds {
    /// The lowest value allowed.
    pub low: f64,
    /// The highest value allowed.
    pub high: f64,
}

impl From<[Option<f64>; 2]> for Bounds {
    fn from([low, high]: [Option<f64>; 2]) -> Self {
        Self { low: low.unwrap_or(f64::NEG_INFINITY), high: high.unwrap_or(f64::INFINITY) }
    }
}

impl From<Bounds> for [Option<f64>; 2] {
    fn from(bounds: Bounds) -> Self {
        [bounds.low, bounds.high].map(|end| end.is_finite().then_some(end))
    }
}

impl Bounds {
    /// `value` give or take `reach`.
    #[must_use]
    pub const fn around(value: f64, reach: f64) -> Self {
        Self { low: value - reach, high: value + reach }
    }

    /// `value` and nothing else.
    pub(super) const fn exactly(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// `value` or more.
    #[must_use]
    pub const fn at_least(value: f64) -> Self {
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

    /// Whether a value lies both here and in the interval of `measured`; rounding as in [`Self::contains`].
    fn meets(self, measured: &Estimate) -> bool {
        let slack = |end: f64| 1e-12 * end.abs().max(1e-9);
        self.low - slack(measured.high) <= measured.high && measured.low <= self.high + slack(measured.low)
    }
}

/// What the literature says of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Published {
    /// Nothing: the figure is judged by mathematics or by an independent simulation, or only shown.
    Nothing,
    /// A claim in words.
    Words {
        /// The claim.
        text: String,
        /// The values that would agree with it as it is read here; none if it can be read in too many ways.
        read_as: Option<Bounds>,
    },
    /// A number.
    Number {
        /// The number as it is printed.
        text: String,
        /// The values that would agree with it: those that round to what is printed, unless the text says otherwise.
        read_as: Bounds,
    },
}

impl Published {
    /// As the source prints it; `-` if there is nothing.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Nothing => "-",
            Self::Words { text, .. } | Self::Number { text, .. } => text,
        }
    }

    /// The values that would agree with it.
    #[must_use]
    pub const fn read_as(&self) -> Option<Bounds> {
        match self {
            Self::Nothing => None,
            Self::Words { read_as, .. } => *read_as,
            Self::Number { read_as, .. } => Some(*read_as),
        }
    }
}

/// How a check ends, from the best that can be said of a published result to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckVerdict {
    /// There is nothing to hold it against.
    Reported,
    /// Inside the tolerance, and its interval meets what was published.
    Holds,
    /// The same, in a setting that is not published and was chosen here because it fits.
    HoldsAsChosen,
    /// What was published lies outside the interval.
    Differs,
    /// Outside the tolerance.
    Fails,
}

impl CheckVerdict {
    /// The rule, the only one: no check and no row comes to a verdict another way.
    ///
    /// `tolerance` says where the figure itself has to be, `published` what its whole interval is held against, and
    /// `chosen` whether an unpublished part of the setting was picked because it fits.
    fn of(published: &Published, measured: &Estimate, tolerance: Option<Bounds>, chosen: bool) -> Self {
        if tolerance.is_some_and(|bounds| !bounds.contains(measured.value)) {
            return Self::Fails;
        }
        let read_as = published.read_as();
        match read_as {
            Some(bounds) if !bounds.meets(measured) => Self::Differs,
            None if tolerance.is_none() => Self::Reported,
            _ if chosen => Self::HoldsAsChosen,
            _ => Self::Holds,
        }
    }

    /// That of a row: the worst of its checks.
    pub(super) fn worst(checks: &[Check]) -> Self {
        checks.iter().map(Check::verdict).max().unwrap_or(Self::Reported)
    }

    /// As the table says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Holds => "holds",
            Self::HoldsAsChosen => "holds at a setting chosen to fit",
            Self::Differs => "differs",
            Self::Fails => "does not hold",
        }
    }
}

/// What an independent simulation gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// In words.
    pub text: String,
    /// The range that it spanned, if it gave one.
    pub range: Option<Bounds>,
}

/// A measured figure and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What was measured.
    pub quantity: String,
    /// What the literature says of it.
    pub published: Published,
    /// What an earlier, independent simulation gave.
    pub expected: Option<Expected>,
    /// What came out.
    pub measured: Estimate,
    /// Where the figure has to be; none for a figure that is only held against what was published, or reported.
    pub tolerance: Option<Bounds>,
    /// By how much the tolerance was widened for a small sample: its standard error, or 0.
    pub widened: f64,
    /// What of the setting is not published and was chosen because it fits.
    pub chosen: Option<String>,
    /// Why the figure is not what was published, where it is not.
    pub why: Option<String>,
}

impl Check {
    /// A figure of which nothing is known yet.
    #[must_use]
    pub fn new(quantity: impl Into<String>, measured: Estimate) -> Self {
        Self {
            quantity: quantity.into(),
            published: Published::Nothing,
            expected: None,
            measured,
            tolerance: None,
            widened: 0.0,
            chosen: None,
            why: None,
        }
    }

    /// The literature says it in words that do not decide.
    pub(super) fn in_words(mut self, text: &str) -> Self {
        self.published = Published::Words { text: text.to_owned(), read_as: None };
        self
    }

    /// The literature says it in words, and `read_as` is what would agree with them.
    pub(super) fn in_words_read_as(mut self, text: &str, read_as: Bounds) -> Self {
        self.published = Published::Words { text: text.to_owned(), read_as: Some(read_as) };
        self
    }

    /// The literature prints a number, and `read_as` is what rounds to it.
    #[must_use]
    pub fn published(mut self, text: &str, read_as: Bounds) -> Self {
        self.published = Published::Number { text: text.to_owned(), read_as };
        self
    }

    pub(super) fn expected(mut self, text: &str) -> Self {
        self.expected = Some(Expected { text: text.to_owned(), range: None });
        self
    }

    /// An independent simulation gave values from `low` to `high`.
    pub(super) fn expected_between(mut self, low: f64, high: f64) -> Self {
        let range = Some(Bounds::between(low, high));
        self.expected = Some(Expected { text: format!("{low} to {high}"), range });
        self
    }

    /// Where the figure has to be; a quick run widens it by the standard error of its sample.
    #[must_use]
    pub fn within(mut self, bounds: Bounds, scale: Scale) -> Self {
        self.widened = scale.pick(self.measured.standard_error, 0.0);
        self.tolerance = Some(bounds);
        self
    }

    /// `what` is not published, and stands as it does because it fits.
    #[must_use]
    pub fn chosen(mut self, what: &str) -> Self {
        self.chosen = Some(what.to_owned());
        self
    }

    /// The reason to give if the figure is not what was published.
    pub(super) fn because(mut self, why: &str) -> Self {
        self.why = Some(why.to_owned());
        self
    }

    /// How the check ends.
    #[must_use]
    pub fn verdict(&self) -> CheckVerdict {
        let tolerance = self.tolerance.map(|bounds| bounds.widened(self.widened));
        CheckVerdict::of(&self.published, &self.measured, tolerance, self.chosen.is_some())
    }

    /// What a reader of the verdict has to know: why the figure differs, and what was chosen.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let verdict = self.verdict();
        let judged = verdict > CheckVerdict::Holds;
        let chosen = self.chosen.as_ref().filter(|_| judged).map(|what| format!("chosen: {what}"));
        let why = (verdict == CheckVerdict::Differs).then(|| {
            let outside = || format!("{} lies outside the interval", self.published.text());
            self.why.clone().unwrap_or_else(outside)
        });
        let parts: Vec<String> = [why, chosen].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Whether the interval misses the range that an independent simulation gave.
    #[must_use]
    pub fn misses_expected(&self) -> bool {
        let range = self.expected.as_ref().and_then(|expected| expected.range);
        range.is_some_and(|range| !range.meets(&self.measured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, low, high, standard_error: (high - low) / 3.92, sample: String::new() }
    }

    #[test]
    fn a_verdict_follows_from_tolerance_claim_and_choice() {
        let check = |value: f64| Check::new("x", measured(value, value - 0.05, value + 0.05));
        let bounds = Bounds::between(0.0, 1.0);
        let verdict = |check: Check| check.verdict();
        assert_eq!(verdict(check(5.0)), CheckVerdict::Reported, "nothing to hold it against");
        assert_eq!(verdict(check(5.0).in_words("large")), CheckVerdict::Reported, "words that do not decide");
        assert_eq!(verdict(check(5.0).chosen("N")), CheckVerdict::Reported, "nor does a choice");
        assert_eq!(verdict(check(1.0).within(bounds, Scale::Full)), CheckVerdict::Holds, "the end is inside");
        assert_eq!(verdict(check(1.01).within(bounds, Scale::Full)), CheckVerdict::Fails);
        assert_eq!(verdict(check(f64::NAN).within(bounds, Scale::Full)), CheckVerdict::Fails, "no number");
        let claimed = |value| check(value).within(bounds, Scale::Full).published("0.4", Bounds::at_most(0.4));
        assert_eq!(verdict(claimed(0.44)), CheckVerdict::Holds, "its interval reaches the claim");
        assert_eq!(verdict(claimed(0.44).chosen("N")), CheckVerdict::HoldsAsChosen);
        assert_eq!(verdict(claimed(0.46)), CheckVerdict::Differs, "whatever the tolerance");
        assert_eq!(verdict(claimed(0.46).chosen("N")), CheckVerdict::Differs, "whatever was chosen");
        assert_eq!(verdict(claimed(1.2)), CheckVerdict::Fails, "the tolerance goes first");
        let only_claimed = check(0.46).published("0.4", Bounds::at_most(0.4));
        assert_eq!(verdict(only_claimed), CheckVerdict::Differs, "a published number is never only reported");
        let unknown = Check::new("x", measured(f64::NAN, f64::NAN, f64::NAN));
        assert_eq!(verdict(unknown.published("1", Bounds::exactly(1.0))), CheckVerdict::Differs, "no number");
    }

    #[test]
    fn figures_inside_their_tolerance_and_off_what_was_published_differ() {
        // Row 21, Hebb at an overlap of 0.95, and row 13 at eta = 0.05, as first recorded.
        let hebb = Check::new("load", measured(0.1598, 0.1583, 0.1617))
            .within(Bounds::between(0.12, 0.16), Scale::Full)
            .published("0.138", Bounds::around(0.138, 0.0005))
            .chosen("the overlap");
        assert_eq!(hebb.verdict(), CheckVerdict::Differs);
        let reason = hebb.reason().expect("it differs");
        assert_eq!(reason, "0.138 lies outside the interval; chosen: the overlap");
        let edge = Check::new("epoch", measured(11.86, 9.64, 15.57))
            .published("30 to 40", Bounds::between(30.0, 40.0));
        assert_eq!(edge.verdict(), CheckVerdict::Differs);
        // Row 16 at N = 100.
        let two_bits =
            Check::new("accuracy", measured(0.8885, 0.8562, 0.9168)).published("1.0", Bounds::at_least(1.0));
        assert_eq!(two_bits.verdict(), CheckVerdict::Differs);
    }

    #[test]
    fn rounding_in_the_last_digits_does_not_decide() {
        let all_but_rounding = measured(1.0 - 1e-16, 0.99, 1.0 - 1e-16);
        let check = Check::new("x", all_but_rounding).published("1.0", Bounds::at_least(1.0));
        assert_eq!(check.verdict(), CheckVerdict::Holds);
    }

    #[test]
    fn a_range_of_an_independent_simulation_that_is_missed_is_said() {
        let check = |low, high| {
            let middle = 0.5 * (low + high);
            Check::new("x", measured(middle, low, high)).expected_between(0.82, 0.86)
        };
        assert!(check(0.66, 0.79).misses_expected());
        assert!(!check(0.66, 0.83).misses_expected());
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
