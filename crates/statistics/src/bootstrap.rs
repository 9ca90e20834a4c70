//! The cluster bootstrap: whole pattern sets are drawn with replacement, their trials with them.
//!
//! Which interval? Three were weighed. Studentised intervals divide by the standard error of each resample, which is 0
//! whenever only perfect pattern sets are drawn, the common case of a recall near 1. Percentile intervals are simple
//! and keep within 0 and 1, but are off to first order where the distribution is skewed, as shares near 1 are. `BCa`
//! intervals (bias-corrected and accelerated: Efron, J. Am. Stat. Assoc. 82, 1987) keep within the range too and are
//! right to second order, for the price of one leave-one-out estimate per cluster: they are the default choice. With
//! fewer than about ten clusters every bootstrap is too narrow; [`super::ClusteredShare`] uses Student's quantiles and
//! is the better one there.

use super::special::{normal_cdf, normal_quantile};
use super::summary::sorted_quantile;
use super::{Interval, StatisticsError, check_confidence, check_values};
use rand::{Rng, RngExt};

/// How an interval follows from the resampled estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootstrapMethod {
    /// The quantiles of the resampled estimates.
    Percentile,
    /// Quantiles shifted for bias and skew.
    Bca,
}

/// How to bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapConfig {
    /// Resamples, at least 100.
    pub resamples: u32,
    /// The confidence of the interval, between 0 and 1.
    pub confidence: f64,
    /// The kind of interval.
    pub method: BootstrapMethod,
}

impl BootstrapConfig {
    /// 95 % `BCa` intervals from 9,999 resamples: Monte Carlo error moves an end by about 1 % of the interval's width.
    #[must_use]
    pub const fn standard() -> Self {
        Self { resamples: 9_999, confidence: 0.95, method: BootstrapMethod::Bca }
    }

    pub(super) fn check(&self) -> Result<(), StatisticsError> {
        check_confidence(self.confidence)?;
        if self.resamples >= 100 {
            return Ok(());
        }
        Err(StatisticsError::Parameter {
            name: "resamples",
            value: self.resamples.into(),
            allowed: "at least 100",
        })
    }
}

/// An estimate and what the bootstrap says about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapInterval {
    /// The statistic of the clusters as they are.
    pub estimate: f64,
    /// The standard deviation of the resampled estimates.
    pub standard_error: f64,
    /// The confidence interval.
    pub interval: Interval,
}

/// Bootstraps `statistic` over `clusters` clusters. It is called with lists of cluster indices: each once, in order,
/// for the estimate; as many drawn with replacement for each resample; all but one for the acceleration of `BCa`. Two
/// runs with the same `rng` give the same interval.
///
/// ```
/// use klr_statistics::{BootstrapConfig, Cluster, cluster_bootstrap};
/// use rand::SeedableRng;
/// use rand_pcg::Pcg64Mcg;
///
/// let sets = [(20, 20), (17, 20), (19, 20), (12, 20), (20, 20)];
/// let share = |chosen: &[usize]| {
///     let (successes, trials) = chosen.iter().fold((0, 0), |(s, t), &c| (s + sets[c].0, t + sets[c].1));
///     f64::from(successes) / f64::from(trials)
/// };
/// let mut rng = Pcg64Mcg::seed_from_u64(1);
/// let got = cluster_bootstrap(sets.len(), share, BootstrapConfig::standard(), &mut rng)?;
/// assert_eq!(got.estimate, 0.88);
/// assert!(got.interval.low < 0.8 && got.interval.high < 1.0);
/// # Ok::<(), klr_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// [`StatisticsError`] if there are fewer than two clusters, the configuration is out of range, or the statistic is not
/// finite somewhere.
pub fn cluster_bootstrap(
    clusters: usize,
    mut statistic: impl FnMut(&[usize]) -> f64,
    config: BootstrapConfig,
    rng: &mut (impl Rng + ?Sized),
) -> Result<BootstrapInterval, StatisticsError> {
    config.check()?;
    if clusters < 2 {
        return Err(StatisticsError::TooFew { what: "clusters", found: clusters, needed: 2 });
    }
    let all: Vec<usize> = (0..clusters).collect();
    let estimate = statistic(&all);
    check_values("estimate", &[estimate], 1)?;
    let replicates = resample(clusters, &mut statistic, config.resamples, rng)?;
    let standard_error = super::Summary::of(&replicates)?.standard_deviation;
    let interval = match config.method {
        BootstrapMethod::Percentile => percentile_interval(&replicates, config.confidence),
        BootstrapMethod::Bca => {
            let without = |c: usize| all.iter().copied().filter(|&other| other != c).collect::<Vec<_>>();
            let jackknife: Vec<f64> = all.iter().map(|&c| statistic(&without(c))).collect();
            check_values("leave-one-out estimates", &jackknife, 2)?;
            bca_interval(&replicates, estimate, &jackknife, config.confidence)
        }
    };
    Ok(BootstrapInterval { estimate, standard_error, interval })
}

/// The statistic of `resamples` draws of clusters with replacement, sorted.
pub(super) fn resample(
    clusters: usize,
    statistic: &mut impl FnMut(&[usize]) -> f64,
    resamples: u32,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Vec<f64>, StatisticsError> {
    let mut chosen = vec![0; clusters];
    let mut replicates: Vec<f64> = (0..resamples)
        .map(|_| {
            chosen.iter_mut().for_each(|c| *c = rng.random_range(0..clusters));
            statistic(&chosen)
        })
        .collect();
    check_values("resampled estimates", &replicates, 1)?;
    replicates.sort_by(f64::total_cmp);
    Ok(replicates)
}

/// The central quantiles of sorted values.
pub(super) fn percentile_interval(sorted: &[f64], confidence: f64) -> Interval {
    let tail = 0.5 * (1.0 - confidence);
    Interval { low: sorted_quantile(sorted, tail), high: sorted_quantile(sorted, 1.0 - tail) }
}

/// The `BCa` interval from sorted resampled estimates, the estimate itself, and the estimates without one cluster each.
/// Where the bias cannot be told because no resample is on one side of the estimate, the percentile interval.
fn bca_interval(sorted: &[f64], estimate: f64, jackknife: &[f64], confidence: f64) -> Interval {
    let below = sorted.partition_point(|&value| value < estimate);
    let up_to = sorted.partition_point(|&value| value <= estimate);
    // Ties count half, as discrete statistics have many.
    let bias = normal_quantile((below + up_to) as f64 / (2 * sorted.len()) as f64);
    if !bias.is_finite() {
        return percentile_interval(sorted, confidence);
    }
    let acceleration = acceleration(jackknife);
    let end = |p: f64| {
        let z = bias + normal_quantile(p);
        // The acceleration is at most 1/6, so only an extreme confidence or bias comes to its pole: beyond is the end.
        let shrink = 1.0 - acceleration * z;
        let shifted = if shrink > 0.0 { normal_cdf(bias + z / shrink) } else { f64::from(u8::from(z > 0.0)) };
        sorted_quantile(sorted, shifted)
    };
    let tail = 0.5 * (1.0 - confidence);
    Interval { low: end(tail), high: end(1.0 - tail) }
}

/// A sixth of the skewness of the influence of each cluster; 0 if none has any.
fn acceleration(jackknife: &[f64]) -> f64 {
    let mean = jackknife.iter().sum::<f64>() / jackknife.len() as f64;
    let cubes: f64 = jackknife.iter().map(|value| (mean - value).powi(3)).sum();
    let squares: f64 = jackknife.iter().map(|value| (mean - value).powi(2)).sum();
    if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn intervals_from_scipy_s_own_resamples_are_scipy_s() {
        let rows = fixture::rows(include_str!("../../../fixtures/statistics/bootstrap.txt"));
        let part = |name: &str| fixture::only(&rows, name);
        let mut sorted = part("replicates").to_vec();
        sorted.sort_by(f64::total_cmp);
        let jackknife = part("jackknife");
        let cases = [
            ("percentile", percentile_interval(&sorted, 0.95)),
            ("bca", bca_interval(&sorted, part("estimate")[0], jackknife, 0.95)),
        ];
        for (name, got) in cases {
            fixture::assert_close(got.low, part(name)[0], 1e-12, name);
            fixture::assert_close(got.high, part(name)[1], 1e-12, name);
        }
    }

    #[test]
    fn the_standard_error_of_a_mean_is_its_closed_form() {
        let values: Vec<f64> = (0..20).map(|i| f64::from(i * i % 23)).collect();
        let mean = |chosen: &[usize]| chosen.iter().map(|&c| values[c]).sum::<f64>() / chosen.len() as f64;
        let mut rng = fixture::generator(3);
        let got = cluster_bootstrap(20, mean, BootstrapConfig::standard(), &mut rng).unwrap();
        // The bootstrap variance of a mean is the plug-in variance over n, exactly; 9,999 resamples know its root to
        // 0.7 %, 5 standard errors are 3.6 %.
        let variance = values.iter().map(|v| (v - got.estimate).powi(2)).sum::<f64>() / 20.0;
        let exact = (variance / 20.0).sqrt();
        assert!((got.standard_error / exact - 1.0).abs() < 0.036, "{} against {exact}", got.standard_error);
        assert!(got.interval.contains(got.estimate), "{got:?}");
    }

    #[test]
    fn the_same_stream_gives_the_same_interval() {
        let once = || {
            let mut rng = fixture::generator(4);
            let sum = |chosen: &[usize]| chosen.iter().sum::<usize>() as f64;
            cluster_bootstrap(9, sum, BootstrapConfig::standard(), &mut rng).unwrap()
        };
        assert_eq!(once(), once(), "same seed, same bytes");
    }

    #[test]
    fn ninety_five_percent_intervals_cover_about_that_often() {
        // Means of 30 skewed values (squares of uniforms, mean 1/3): coverage is asymptotic, so the band is wide:
        // 400 intervals know 0.95 to 0.011.
        let config = BootstrapConfig { resamples: 500, ..BootstrapConfig::standard() };
        let covered = (0..400).filter(|&trial| {
            let mut rng = fixture::generator(trial);
            let values: Vec<f64> = (0..30).map(|_| rng.random::<f64>().powi(2)).collect();
            let mean =
                |chosen: &[usize]| chosen.iter().map(|&c| values[c]).sum::<f64>() / chosen.len() as f64;
            cluster_bootstrap(30, mean, config, &mut rng).unwrap().interval.contains(1.0 / 3.0)
        });
        let covered = covered.count();
        assert!((360..=394).contains(&covered), "{covered} of 400");
    }

    #[test]
    fn bad_input_is_refused() {
        let mut rng = fixture::generator(0);
        let mut run = |clusters, config| cluster_bootstrap(clusters, |_| f64::NAN, config, &mut rng);
        let standard = BootstrapConfig::standard();
        let messages = [
            (run(1, standard), "1 clusters are too few: at least 2 are needed"),
            (run(3, standard), "estimate 0 is NaN; it must be finite"),
            (
                run(3, BootstrapConfig { resamples: 99, ..standard }),
                "resamples is 99; it must be at least 100",
            ),
            (
                run(3, BootstrapConfig { confidence: 1.0, ..standard }),
                "confidence is 1; it must be above 0 and below 1",
            ),
        ];
        for (got, message) in messages {
            assert_eq!(got.unwrap_err().to_string(), message);
        }
    }
}
