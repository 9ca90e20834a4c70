//! Axes: where a value falls, and which values are written beside it.

/// How values are spaced along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Equal steps.
    Linear,
    /// Equal ratios.
    Logarithmic,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub label: String,
    /// The lowest value shown; above 0 on a logarithmic axis.
    pub from: f64,
    /// The highest value shown.
    pub to: f64,
    /// How values are spaced.
    pub spacing: Spacing,
}

impl Axis {
    /// An axis of equal steps.
    #[must_use]
    pub fn linear(label: &str, from: f64, to: f64) -> Self {
        Self { label: label.to_owned(), from, to, spacing: Spacing::Linear }
    }

    /// An axis of equal ratios.
    #[must_use]
    pub fn logarithmic(label: &str, from: f64, to: f64) -> Self {
        Self { label: label.to_owned(), from, to, spacing: Spacing::Logarithmic }
    }

    /// Where `value` falls: 0 at the beginning of the axis, 1 at its end, clamped to what is shown.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share =
            (self.along(value) - self.along(self.from)) / (self.along(self.to) - self.along(self.from));
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Whether `value` is shown where it belongs, and not at an edge.
    pub(super) fn shows(&self, value: f64) -> bool {
        // An end of the axis that a sum of fractions misses by its last bit is still that end.
        let slack = 1e-9 * (self.to - self.from).abs();
        (self.from - slack..=self.to + slack).contains(&value)
    }

    fn along(&self, value: f64) -> f64 {
        match self.spacing {
            Spacing::Linear => value,
            Spacing::Logarithmic => value.log10(),
        }
    }

    /// The middle of a span as the axis sees it.
    pub(super) fn middle(&self, (from, to): (f64, f64)) -> f64 {
        match self.spacing {
            Spacing::Linear => f64::midpoint(from, to),
            Spacing::Logarithmic => (from * to).sqrt(),
        }
    }

    /// The values to write, with their texts.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        match self.spacing {
            Spacing::Linear => self.linear_ticks(),
            Spacing::Logarithmic => self.decades(),
        }
    }

    /// Multiples of 1, 2 or 5 times a power of ten, four to eight of them.
    fn linear_ticks(&self) -> Vec<(f64, String)> {
        let span = self.to - self.from;
        let decade = 10_f64.powf((span / 4.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * decade).into_iter().find(|step| span / step <= 8.0);
        let step = step.unwrap_or(span);
        let decimals = (-step.log10()).ceil().max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=12")]
        let decimals = decimals.min(12.0) as usize;
        let first = (self.from / step - 1e-9).ceil();
        let multiples = (0..=20).map(|k| (first + f64::from(k)) * step);
        let shown = multiples.take_while(|&v| v <= self.to + 1e-9 * span);
        shown
            .map(|v| if v.abs() < 1e-9 * span { 0.0 } else { v })
            .map(|v| (v, format!("{v:.decimals$}")))
            .collect()
    }

    fn decades(&self) -> Vec<(f64, String)> {
        let first = (self.from.log10() - 1e-9).ceil();
        let decades =
            (0..=20).map(|k| 10_f64.powf(first + f64::from(k))).take_while(|v| *v <= self.to * 1.000_001);
        let ticks: Vec<(f64, String)> = decades.map(|v| (v, short(v))).collect();
        if ticks.len() >= 2 {
            return ticks;
        }
        // Less than a decade in view: 1, 2 and 5 of each.
        let decade = 10_f64.powf(self.from.log10().floor());
        let finer = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0].map(|m| m * decade);
        let shown = finer.into_iter().filter(|v| (self.from * 0.999_999..=self.to * 1.000_001).contains(v));
        shown.map(|v| (v, short(v))).collect()
    }
}

/// A power of ten as one would write it.
fn short(value: f64) -> String {
    if (0.001..100_000.0).contains(&value) {
        // Twelve digits are more than an axis shows, and hide the last bit of a power.
        let text = format!("{value:.6}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("1e{:.0}", value.log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_numbers_inside_the_axis() {
        assert_eq!(texts(&Axis::linear("", 0.0, 1.0)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(&Axis::linear("", 0.0, 0.45)), ["0.0", "0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(texts(&Axis::linear("", 13.5, 20.0)), ["14", "15", "16", "17", "18", "19", "20"]);
        assert_eq!(texts(&Axis::linear("", -1.0, 1.0)), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(texts(&Axis::logarithmic("", 1e-4, 10.0)), ["1e-4", "0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(texts(&Axis::logarithmic("", 2.0, 50.0)), ["2", "5", "10", "20", "50"]);
    }

    #[test]
    fn a_value_falls_where_the_spacing_says() {
        let linear = Axis::linear("", 10.0, 20.0);
        assert_eq!([5.0, 10.0, 12.5, 25.0].map(|v| linear.share(v)), [0.0, 0.0, 0.25, 1.0]);
        let logarithmic = Axis::logarithmic("", 0.01, 100.0);
        assert!((logarithmic.share(1.0) - 0.5).abs() < 1e-12, "1 is half of four decades");
        assert_eq!(logarithmic.share(f64::NAN), 0.0, "no number is at the edge, not off the page");
        assert!((logarithmic.middle((1.0, 100.0)) - 10.0).abs() < 1e-12);
    }
}
