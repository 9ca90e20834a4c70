//! Equivalence of two means to within a stated margin: two one-sided tests (Schuirmann, J. Pharmacokinet. Biopharm. 15,
//! 1987). A large p-value of an ordinary test says only that the sample was small; these say that the means are close.

use super::bootstrap::{percentile_interval, resample};
use super::special::{t_quantile, t_sf};
use super::{BootstrapConfig, Interval, StatisticsError, Summary, check_values};
use rand::Rng;

/// What the two tests together say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both tests reject: the means differ by less than the margin.
    Equivalent,
    /// The interval lies wholly beyond one margin: the means differ by more.
    Different,
    /// Neither: more data may tell.
    Undecided,
}

/// The result of two one-sided tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equivalence {
    /// The mean of the first minus the mean of the second.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The margin, above 0, in the unit of the values.
    pub margin: f64,
    /// The p-value of the test that rejects "the difference is `-margin` or less".
    pub p_lower: f64,
    /// The p-value of the test that rejects "the difference is `margin` or more".
    pub p_upper: f64,
    /// The interval of confidence `1 - 2 alpha`, 90 % at alpha = 0.05: both tests reject exactly where it lies
    /// strictly within the margins.
    pub interval: Interval,
    /// The verdict at alpha.
    pub verdict: Verdict,
}

impl Equivalence {
    /// The p-value of the whole procedure: the larger of the two.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.p_lower.max(self.p_upper)
    }

    fn new(estimate: (f64, f64), margin: f64, p: (f64, f64), interval: Interval, alpha: f64) -> Self {
        let verdict = if p.0.max(p.1) < alpha {
            Verdict::Equivalent
        } else if interval.low > margin || interval.high < -margin {
            Verdict::Different
        } else {
            Verdict::Undecided
        };
        let (difference, standard_error) = estimate;
        Self { difference, standard_error, margin, p_lower: p.0, p_upper: p.1, interval, verdict }
    }

    /// By Student's t; a standard error of 0 is the limit of ever smaller ones, so that equal pairs are equivalent.
    fn student(difference: f64, error: f64, df: f64, margin: f64, alpha: f64) -> Self {
        let tail = |distance: f64| match error {
            0.0 if distance == 0.0 => 0.5,
            _ => t_sf(distance / error, df),
        };
        let reach = if error == 0.0 { 0.0 } else { t_quantile(1.0 - alpha, df) * error };
        let interval = Interval { low: difference - reach, high: difference + reach };
        let p = (tail(difference + margin), tail(margin - difference));
        Self::new((difference, error), margin, p, interval, alpha)
    }
}

/// Whether paired values have the same mean to within `margin`: `first[k]` and `second[k]` belong together, such as two
/// retrievals from one cue. Pairs are taken as independent.
///
/// # Errors
/// [`StatisticsError`] if the lists do not pair, there are fewer than two pairs, a value is not finite, the margin is
/// not above 0, or alpha is not between 0 and 0.5.
pub fn paired_equivalence(
    first: &[f64],
    second: &[f64],
    margin: f64,
    alpha: f64,
) -> Result<Equivalence, StatisticsError> {
    check(margin, alpha)?;
    if first.len() != second.len() {
        return Err(StatisticsError::Unpaired { left: first.len(), right: second.len() });
    }
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    check_values("pairs", &differences, 2)?;
    let summary = Summary::of(&differences)?;
    let df = (differences.len() - 1) as f64;
    Ok(Equivalence::student(summary.mean, summary.standard_error(), df, margin, alpha))
}

/// [`paired_equivalence`] of differences grouped by pattern set: `clusters[c]` holds the differences (first minus
/// second) of set c, and whole sets are resampled. The p-values and the interval of confidence `1 - 2 alpha` follow
/// from the resampled differences by percentiles, so that they agree with each other; `config` gives the resamples,
/// its confidence and method are not used. A p-value is at least 1 / (resamples + 1).
///
/// # Errors
/// [`StatisticsError`] if there are fewer than two clusters, one is empty, a value is not finite, the margin is not
/// above 0, or alpha is not between 0 and 0.5.
pub fn clustered_equivalence(
    clusters: &[Vec<f64>],
    margin: f64,
    alpha: f64,
    config: BootstrapConfig,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Equivalence, StatisticsError> {
    check(margin, alpha)?;
    config.check()?;
    let totals = totals(clusters)?;
    let all: Vec<usize> = (0..totals.len()).collect();
    let difference = mean(&totals, &all);
    let replicates = resample(totals.len(), &mut |chosen| mean(&totals, chosen), config.resamples, rng)?;
    resampled(difference, &replicates, margin, alpha)
}

fn check(margin: f64, alpha: f64) -> Result<(), StatisticsError> {
    if !(margin.is_finite() && margin > 0.0) {
        let allowed = "finite and above 0";
        return Err(StatisticsError::Parameter { name: "margin", value: margin, allowed });
    }
    if alpha > 0.0 && alpha < 0.5 {
        return Ok(());
    }
    Err(StatisticsError::Parameter { name: "alpha", value: alpha, allowed: "above 0 and below 0.5" })
}

/// Sum and number of the values of each cluster.
fn totals(clusters: &[Vec<f64>]) -> Result<Vec<(f64, f64)>, StatisticsError> {
    if clusters.len() < 2 {
        return Err(StatisticsError::TooFew { what: "clusters", found: clusters.len(), needed: 2 });
    }
    let total = |values: &Vec<f64>| {
        check_values("values of a cluster", values, 1)?;
        Ok((values.iter().sum(), values.len() as f64))
    };
    clusters.iter().map(total).collect()
}

fn mean(totals: &[(f64, f64)], chosen: &[usize]) -> f64 {
    let (sum, count) = chosen.iter().fold((0.0, 0.0), |(s, n), &c| (s + totals[c].0, n + totals[c].1));
    sum / count
}

fn resampled(
    difference: f64,
    sorted: &[f64],
    margin: f64,
    alpha: f64,
) -> Result<Equivalence, StatisticsError> {
    // The estimate itself is one of the draws the null hypothesis could have given.
    let share = |count: usize| (count + 1) as f64 / (sorted.len() + 1) as f64;
    let p_lower = share(sorted.partition_point(|&value| value <= -margin));
    let p_upper = share(sorted.len() - sorted.partition_point(|&value| value < margin));
    let interval = percentile_interval(sorted, 1.0 - 2.0 * alpha);
    let standard_error = Summary::of(sorted)?.standard_deviation;
    Ok(Equivalence::new((difference, standard_error), margin, (p_lower, p_upper), interval, alpha))
}
