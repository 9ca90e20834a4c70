//! Measured figures with 95 % intervals that know which trials share a set of patterns.

use crate::error::ReproError;
use klr_figure::DataPoint;
use klr_model::{Stream, Streams};
use klr_statistics::special::{normal_cdf, normal_quantile, t_quantile};
use klr_statistics::{
    BootstrapConfig, BootstrapMethod, Cluster, ClusteredShare, StatisticsError, cluster_bootstrap, wilson,
};
use serde::{Deserialize, Deserializer, Serialize};

/// Resamples of a bootstrap.
pub(super) const RESAMPLES: u32 = 2_000;

/// The confidence of all intervals.
pub(super) const CONFIDENCE: f64 = 0.95;

/// A figure with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure; not a number, and `null` in JSON, where a curve does not come to what was looked for.
    #[serde(deserialize_with = "number_or_none")]
    pub value: f64,
    /// The lower end of its 95 % interval; the figure itself where nothing was sampled.
    #[serde(deserialize_with = "number_or_none")]
    pub low: f64,
    /// The upper end.
    #[serde(deserialize_with = "number_or_none")]
    pub high: f64,
    /// Its standard error, 0 where nothing was sampled: what a quick run may be off by.
    #[serde(deserialize_with = "number_or_none")]
    pub standard_error: f64,
    /// How many trials, of how many sets: `2000 cues, 20 sets`.
    pub sample: String,
}

/// A number, or none as JSON says it.
fn number_or_none<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(source)?.unwrap_or(f64::NAN))
}

impl From<StatisticsError> for ReproError {
    fn from(error: StatisticsError) -> Self {
        Self::Reproduction(error.to_string())
    }
}

impl Estimate {
    /// A figure that was computed, not sampled.
    #[must_use]
    pub fn exact(value: f64, sample: &str) -> Self {
        Self { value, low: value, high: value, standard_error: 0.0, sample: sample.to_owned() }
    }

    /// A figure with a 95 % interval whose width says how large the standard error is.
    pub(super) fn with_interval(value: f64, (low, high): (f64, f64), sample: String) -> Self {
        Self { value, low, high, standard_error: standard_error(low, high), sample }
    }

    /// As a point of a curve.
    pub(super) const fn at(&self, x: f64) -> DataPoint {
        DataPoint { x, y: self.value, low: self.low, high: self.high }
    }

    /// The share of successes, one cluster per set of patterns: Wilson's interval at the effective number of trials.
    pub(super) fn share(sets: &[Cluster], unit: &str) -> Result<Self, ReproError> {
        let clusters: Vec<Cluster> = sets.iter().copied().filter(|set| set.trials > 0).collect();
        let sample = sample(&clusters.iter().map(|c| c.trials).sum::<u64>(), unit, clusters.len());
        if let [only] = clusters[..] {
            let interval = wilson(only.successes, only.trials, CONFIDENCE)?;
            let value = only.successes as f64 / only.trials as f64;
            return Ok(Self::with_interval(value, (interval.low, interval.high), sample));
        }
        let share = ClusteredShare::new(&clusters, CONFIDENCE)?;
        Ok(Self::with_interval(share.value(), (share.interval.low, share.interval.high), sample))
    }

    /// The mean over all values, one list per set of patterns: the bootstrap over sets, at the [`expanded`] confidence.
    pub(super) fn mean(sets: &[Vec<f64>], unit: &str, seed: u64) -> Result<Self, ReproError> {
        let totals: Vec<(f64, f64)> = sets
            .iter()
            .filter(|set| !set.is_empty())
            .map(|set| (set.iter().sum::<f64>(), set.len() as f64))
            .collect();
        let trials: usize = sets.iter().map(Vec::len).sum();
        let sample = sample(&trials, unit, totals.len());
        let mean = |chosen: &[usize]| {
            let (sum, count) =
                chosen.iter().map(|&set| totals[set]).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
            sum / count
        };
        let all: Vec<usize> = (0..totals.len()).collect();
        let value = mean(&all);
        let first = totals.first().map_or(f64::NAN, |t| t.0 / t.1);
        // Sets that all agree leave nothing to resample; a set alone says nothing about others.
        if totals.len() < 2 || totals.iter().all(|t| t.0 / t.1 == first) {
            return Ok(Self { value, low: value, high: value, standard_error: 0.0, sample });
        }
        let interval = |confidence: f64| {
            let config = BootstrapConfig { resamples: RESAMPLES, confidence, method: BootstrapMethod::Bca };
            let mut rng = Streams::new(seed).stream(Stream::Bootstrap);
            Ok::<_, ReproError>(cluster_bootstrap(totals.len(), mean, config, &mut rng)?.interval)
        };
        let (plain, wide) = (interval(CONFIDENCE)?, interval(expanded(totals.len()))?);
        let standard_error = standard_error(plain.low, plain.high);
        Ok(Self { value, low: wide.low, high: wide.high, standard_error, sample })
    }
}

/// The standard error of a figure whose 95 % interval is so wide.
fn standard_error(low: f64, high: f64) -> f64 {
    (high - low) / (2.0 * normal_quantile(0.5 + 0.5 * CONFIDENCE))
}

/// The nominal confidence that brings a bootstrap over few clusters nearer to [`CONFIDENCE`]; with five it still falls
/// short, as no resample leaves the range of the clusters. A bootstrap divides by n where a variance has n - 1, and takes normal quantiles where the spread itself was estimated: its tails
/// are those of `sqrt(n / (n - 1))` times Student's quantile (Hesterberg, Am. Stat. 69, 2015, "expanded percentiles").
fn expanded(clusters: usize) -> f64 {
    let degrees = clusters as f64 - 1.0;
    let quantile = t_quantile(0.5 + 0.5 * CONFIDENCE, degrees) * (clusters as f64 / degrees).sqrt();
    // Two clusters ask for more than a double can say below 1: the extremes of all resamples.
    (2.0 * normal_cdf(quantile) - 1.0).min(1.0 - f64::EPSILON)
}

fn sample(count: &impl std::fmt::Display, unit: &str, sets: usize) -> String {
    format!("{count} {unit}, {sets} {}", if sets == 1 { "set" } else { "sets" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn a_share_without_failures_still_has_an_interval() {
        let set = Cluster { successes: 40, trials: 40 };
        let share = Estimate::share(&[set, set, set], "cues").expect("three sets");
        assert_eq!((share.value, share.high), (1.0, 1.0));
        assert!((0.8..0.97).contains(&share.low), "120 successes of 120: {}", share.low);
        assert_eq!(share.sample, "120 cues, 3 sets");
    }

    #[test]
    fn sets_that_disagree_widen_the_interval() {
        let [one, none, mixed] = [50, 0, 25].map(|successes| Cluster { successes, trials: 50 });
        let apart = Estimate::share(&[one, none, one, none], "cues").expect("four sets");
        let alike = Estimate::share(&[mixed; 4], "cues").expect("four sets");
        assert_eq!(apart.value, alike.value);
        assert!(
            apart.high - apart.low > 3.0 * (alike.high - alike.low),
            "{} against {}",
            apart.high - apart.low,
            alike.high - alike.low
        );
    }

    #[test]
    fn a_mean_weighs_values_not_sets() {
        let sets = [vec![1.0], vec![3.0, 3.0, 3.0]];
        let mean = Estimate::mean(&sets, "values", 1).expect("two sets");
        assert_eq!(mean.value, 2.5);
        assert!(mean.low < 2.5 && mean.high > 2.5, "{mean:?}");
        let same = Estimate::mean(&[vec![2.0, 2.0], vec![2.0]], "values", 1).expect("two sets");
        assert_eq!((same.low, same.high), (2.0, 2.0));
    }

    #[test]
    fn widened_intervals_of_five_sets_cover_the_truth_more_often_than_plain_ones() {
        // Values uniform about 0, the true mean. Neither reaches 0.95: a bootstrap cannot leave the range of its sets.
        let mut rng = Streams::new(7).stream(Stream::Noise);
        let (mut widened, mut plain, repetitions) = (0, 0, 400);
        for seed in 0..repetitions {
            let sets: Vec<Vec<f64>> = (0..5).map(|_| vec![rng.random::<f64>() - 0.5]).collect();
            let values: Vec<f64> = sets.concat();
            let of = |chosen: &[usize]| chosen.iter().map(|&c| values[c]).sum::<f64>() / chosen.len() as f64;
            let config = BootstrapConfig {
                resamples: RESAMPLES,
                confidence: CONFIDENCE,
                method: BootstrapMethod::Bca,
            };
            let mut resampling = Streams::new(seed).stream(Stream::Bootstrap);
            let interval = cluster_bootstrap(5, of, config, &mut resampling).expect("five sets").interval;
            let mean = Estimate::mean(&sets, "values", seed).expect("five sets");
            widened += u32::from(mean.low <= 0.0 && 0.0 <= mean.high);
            plain += u32::from(interval.low <= 0.0 && 0.0 <= interval.high);
        }
        let share = |covered: u32| f64::from(covered) / repetitions as f64;
        let (widened, plain) = (share(widened), share(plain));
        assert!(widened > plain, "widened intervals cover {widened}, plain ones {plain}");
    }
}
