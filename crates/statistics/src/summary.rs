//! Figures of one or two lists of numbers; the numbers are taken as independent.

use super::{Interval, StatisticsError, check_confidence, check_values};
use crate::special::t_quantile;

/// Number, mean and spread of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values there are.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The standard deviation, with count - 1 in the denominator; 0 for one value.
    pub standard_deviation: f64,
}

impl Summary {
    /// The summary of `values`.
    ///
    /// # Errors
    /// [`StatisticsError`] if there is none, or one is not finite.
    pub fn of(values: &[f64]) -> Result<Self, StatisticsError> {
        check_values("values", values, 1)?;
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let standard_deviation = (squares / (count.max(2) - 1) as f64).sqrt();
        Ok(Self { count, mean, standard_deviation })
    }

    /// The standard error of the mean, for independent values.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        self.standard_deviation / (self.count as f64).sqrt()
    }

    /// Student's confidence interval of the mean, for independent values.
    ///
    /// # Errors
    /// [`StatisticsError`] if there are fewer than two values, or `confidence` is not between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Result<Interval, StatisticsError> {
        check_confidence(confidence)?;
        if self.count < 2 {
            return Err(StatisticsError::TooFew { what: "values", found: self.count, needed: 2 });
        }
        let reach = t_quantile(0.5 + 0.5 * confidence, (self.count - 1) as f64) * self.standard_error();
        Ok(Interval { low: self.mean - reach, high: self.mean + reach })
    }
}

/// The `q`-quantile, q from 0 to 1, by linear interpolation between the sorted values: NumPy's default (type 7 of
/// Hyndman & Fan, Am. Stat. 50, 1996).
///
/// # Errors
/// [`StatisticsError`] if there is no value, one is not finite, or `q` is not between 0 and 1.
pub fn quantile(values: &[f64], q: f64) -> Result<f64, StatisticsError> {
    check_values("values", values, 1)?;
    if !(0.0..=1.0).contains(&q) {
        return Err(StatisticsError::Parameter { name: "quantile", value: q, allowed: "from 0 to 1" });
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(sorted_quantile(&sorted, q))
}

/// [`quantile`] of values that are sorted, at least one, with `q` from 0 to 1.
pub(crate) fn sorted_quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// The Gini coefficient of values of at least 0: 0 where all are equal, `1 - 1/n` where one has everything,
/// `sum_i (2i - n - 1) x_(i) / (n sum x)` with x sorted and i from 1.
///
/// # Errors
/// [`StatisticsError`] if there is no value, one is negative or not finite, or all are 0.
pub fn gini(values: &[f64]) -> Result<f64, StatisticsError> {
    check_values("values", values, 1)?;
    if let Some(&value) = values.iter().find(|&&value| value < 0.0) {
        return Err(StatisticsError::Parameter { name: "a value", value, allowed: "at least 0" });
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let total: f64 = sorted.iter().sum();
    if total == 0.0 {
        return Err(StatisticsError::Parameter { name: "the sum", value: total, allowed: "above 0" });
    }
    let n = sorted.len() as f64;
    let weighted: f64 = sorted.iter().enumerate().map(|(i, x)| (2.0 * i as f64 + 1.0 - n) * x).sum();
    Ok(weighted / (n * total))
}

/// Pearson's correlation of pairs, from -1 to 1.
///
/// # Errors
/// [`StatisticsError`] if the lists do not pair, there are fewer than two pairs, a value is not finite, or a list is
/// constant.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    let moments = Moments::of(x, y)?;
    if moments.xx == 0.0 || moments.yy == 0.0 {
        return Err(StatisticsError::Constant { what: "values of a list" });
    }
    Ok((moments.xy / (moments.xx.sqrt() * moments.yy.sqrt())).clamp(-1.0, 1.0))
}

/// Sums of squares and products about the means.
struct Moments {
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Moments {
    fn of(x: &[f64], y: &[f64]) -> Result<Self, StatisticsError> {
        if x.len() != y.len() {
            return Err(StatisticsError::Unpaired { left: x.len(), right: y.len() });
        }
        check_values("values", x, 2)?;
        check_values("values", y, 2)?;
        let n = x.len() as f64;
        let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            x.iter().zip(y).map(|(x, y)| f(x - mean_x, y - mean_y)).sum()
        };
        Ok(Self { xx: sum(&|x, _| x * x), xy: sum(&|x, y| x * y), yy: sum(&|_, y| y * y) })
    }
}
