//! Shares of successes, of independent trials and of trials grouped by pattern set.

use super::{Interval, StatisticsError, check_confidence};
use crate::special::{normal_quantile, t_quantile};

/// Wilson's score interval for a share (Wilson, J. Am. Stat. Assoc. 22, 1927): unlike the share plus or minus its
/// standard error it stays within 0 and 1 and has a width where every trial succeeds. The trials are taken as
/// independent.
///
/// # Errors
/// [`StatisticsError`] if there is no trial, there are more successes than trials, or `confidence` is not between 0
/// and 1.
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Result<Interval, StatisticsError> {
    check_confidence(confidence)?;
    check_share(successes, trials)?;
    let z = normal_quantile(0.5 + 0.5 * confidence);
    Ok(score_interval(successes as f64 / trials as f64, trials as f64, z))
}

fn check_share(successes: u64, trials: u64) -> Result<(), StatisticsError> {
    match trials {
        0 => Err(StatisticsError::TooFew { what: "trials", found: 0, needed: 1 }),
        _ if successes > trials => Err(StatisticsError::Share { successes, trials }),
        _ => Ok(()),
    }
}

/// Wilson's interval for `share` of `trials`, a number that need not be whole, at the quantile `z`.
fn score_interval(share: f64, trials: f64, z: f64) -> Interval {
    let square = z * z / trials;
    let centre = (share + 0.5 * square) / (1.0 + square);
    let reach = (square * (share * (1.0 - share) + 0.25 * square)).sqrt() / (1.0 + square);
    // At a share of 0 or 1 the end is exactly 0 or 1; rounding must not move it.
    let low = if share == 0.0 { 0.0 } else { (centre - reach).max(0.0) };
    let high = if share == 1.0 { 1.0 } else { (centre + reach).min(1.0) };
    Interval { low, high }
}

/// A share with its Wilson interval, of trials that are independent, or of one pattern set taken as given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Successes.
    pub successes: u64,
    /// Trials.
    pub trials: u64,
    /// Wilson's interval.
    pub interval: Interval,
}

impl Share {
    /// The share of `successes` in `trials`, with Wilson's interval.
    ///
    /// # Errors
    /// [`StatisticsError`] as for [`wilson`].
    pub fn new(successes: u64, trials: u64, confidence: f64) -> Result<Self, StatisticsError> {
        Ok(Self { successes, trials, interval: wilson(successes, trials, confidence)? })
    }

    /// Successes over trials.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.successes as f64 / self.trials as f64
    }

    /// The counts alone, as one cluster among others.
    #[must_use]
    pub const fn cluster(&self) -> Cluster {
        Cluster { successes: self.successes, trials: self.trials }
    }
}

/// The trials of one pattern set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Successes.
    pub successes: u64,
    /// Trials, at least 1.
    pub trials: u64,
}

/// A share of trials that are grouped, with an interval that knows it.
///
/// The interval is Wilson's at the effective number of trials, `trials / design_effect`, with the quantile of
/// Student's t at one degree of freedom fewer than clusters instead of the normal one: the score interval with
/// design-based degrees of freedom (Dean & Pagano, J. Surv. Stat. Methodol. 3, 2015). It keeps a width where every
/// trial succeeds, which no bootstrap does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteredShare {
    /// Successes, all clusters.
    pub successes: u64,
    /// Trials, all clusters.
    pub trials: u64,
    /// Clusters.
    pub clusters: usize,
    /// The intraclass correlation: how much alike two trials of one cluster are, by the one-way analysis of variance,
    /// `(MSB - MSW) / (MSB + (m0 - 1) MSW)` with `m0 = (n - sum m^2 / n) / (k - 1)`; it may be slightly negative.
    /// 0 where the trials do not differ at all, or no cluster has two.
    pub intraclass_correlation: f64,
    /// By how much clustering multiplies the variance of the share, `1 + (sum m^2 / n - 1) rho`
    /// (Kish, "Survey Sampling", 1965), at least 1: luck below 1 is not evidence.
    pub design_effect: f64,
    /// The interval.
    pub interval: Interval,
}

impl ClusteredShare {
    /// The share over all `clusters`.
    ///
    /// # Errors
    /// [`StatisticsError`] if there are fewer than two clusters, one has no trials or more successes than trials, or
    /// `confidence` is not between 0 and 1.
    pub fn new(clusters: &[Cluster], confidence: f64) -> Result<Self, StatisticsError> {
        check_confidence(confidence)?;
        check_clusters(clusters)?;
        let successes: u64 = clusters.iter().map(|c| c.successes).sum();
        let trials: u64 = clusters.iter().map(|c| c.trials).sum();
        let share = successes as f64 / trials as f64;
        let intraclass_correlation = intraclass_correlation(clusters, share, trials as f64);
        let squares: f64 = clusters.iter().map(|c| (c.trials as f64).powi(2)).sum();
        let design_effect = (1.0 + (squares / trials as f64 - 1.0) * intraclass_correlation).max(1.0);
        let quantile = t_quantile(0.5 + 0.5 * confidence, (clusters.len() - 1) as f64);
        let interval = score_interval(share, trials as f64 / design_effect, quantile);
        let clusters = clusters.len();
        Ok(Self { successes, trials, clusters, intraclass_correlation, design_effect, interval })
    }

    /// Successes over trials.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.successes as f64 / self.trials as f64
    }
}

pub(super) fn check_clusters(clusters: &[Cluster]) -> Result<(), StatisticsError> {
    if clusters.len() < 2 {
        return Err(StatisticsError::TooFew { what: "clusters", found: clusters.len(), needed: 2 });
    }
    clusters.iter().try_for_each(|c| check_share(c.successes, c.trials))
}

fn intraclass_correlation(clusters: &[Cluster], share: f64, n: f64) -> f64 {
    let k = clusters.len() as f64;
    if n <= k {
        return 0.0;
    }
    let (mut between, mut within, mut squares) = (0.0, 0.0, 0.0);
    for cluster in clusters {
        let m = cluster.trials as f64;
        let own = cluster.successes as f64 / m;
        between += m * (own - share) * (own - share);
        within += m * own * (1.0 - own);
        squares += m * m;
    }
    let (between, within) = (between / (k - 1.0), within / (n - k));
    let m0 = (n - squares / n) / (k - 1.0);
    let total = between + (m0 - 1.0) * within;
    if total > 0.0 { (between - within) / total } else { 0.0 }
}
