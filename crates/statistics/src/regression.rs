//! Straight lines and power laws through points, by ordinary least squares.

use super::summary::Moments;
use super::{Interval, StatisticsError, check_confidence};
use crate::special::t_quantile;

/// The line `y = intercept + slope x` nearest to some points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The slope.
    pub slope: f64,
    /// The value at x = 0.
    pub intercept: f64,
    /// The standard error of the slope; 0 for two points, which a line always meets.
    pub slope_error: f64,
    /// The confidence interval of the slope, by Student's t with two degrees of freedom fewer than points; infinite for
    /// two points, which say nothing about their own scatter.
    pub slope_interval: Interval,
    /// The share of the variance of y the line explains, 0 to 1; 1 if y is constant.
    pub r_squared: f64,
}

/// The line through points `(x, y)` with the least sum of squared errors in y.
///
/// # Errors
/// [`StatisticsError`] if the lists do not pair, there are fewer than two points, a number is not finite, all x are the
/// same, or `confidence` is not between 0 and 1.
pub fn least_squares(x: &[f64], y: &[f64], confidence: f64) -> Result<Line, StatisticsError> {
    check_confidence(confidence)?;
    let moments = Moments::of(x, y)?;
    if moments.xx == 0.0 {
        return Err(StatisticsError::Constant { what: "values of x" });
    }
    let slope = moments.xy / moments.xx;
    let intercept = moments.mean_y - slope * moments.mean_x;
    let residual: f64 = x.iter().zip(y).map(|(x, y)| (y - intercept - slope * x).powi(2)).sum();
    let df = x.len() - 2;
    let slope_error = if df == 0 { 0.0 } else { (residual / df as f64 / moments.xx).sqrt() };
    let reach = match df {
        0 => f64::INFINITY,
        _ => t_quantile(0.5 + 0.5 * confidence, df as f64) * slope_error,
    };
    let r_squared = if moments.yy == 0.0 { 1.0 } else { 1.0 - residual / moments.yy };
    let slope_interval = Interval { low: slope - reach, high: slope + reach };
    Ok(Line { slope, intercept, slope_error, slope_interval, r_squared })
}

/// The power law `y = factor x^exponent` nearest to some points on logarithmic axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerLaw {
    /// The exponent.
    pub exponent: f64,
    /// The value at x = 1.
    pub factor: f64,
    /// The confidence interval of the exponent.
    pub exponent_interval: Interval,
    /// The share of the variance of `log y` the law explains.
    pub r_squared: f64,
}

/// The power law through points `(x, y)`, by [`least_squares`] on their logarithms.
///
/// # Errors
/// [`StatisticsError`] as for [`least_squares`], or if a number is not above 0.
pub fn power_law(x: &[f64], y: &[f64], confidence: f64) -> Result<PowerLaw, StatisticsError> {
    let logs = |values: &[f64]| -> Result<Vec<f64>, StatisticsError> {
        match values.iter().find(|&&value| value <= 0.0) {
            Some(&value) => Err(StatisticsError::Parameter { name: "a value", value, allowed: "above 0" }),
            None => Ok(values.iter().map(|value| value.ln()).collect()),
        }
    };
    let line = least_squares(&logs(x)?, &logs(y)?, confidence)?;
    Ok(PowerLaw {
        exponent: line.slope,
        factor: line.intercept.exp(),
        exponent_interval: line.slope_interval,
        r_squared: line.r_squared,
    })
}
