//! Measured figures with 95 % intervals that know which trials share a set of patterns.

use crate::error::ReproError;
use klr_figure::DataPoint;
use klr_model::{Stream, Streams};
use klr_statistics::{
    BootstrapConfig, BootstrapMethod, Cluster, ClusteredShare, StatisticsError, cluster_bootstrap, special,
    wilson,
};

/// Resamples of a bootstrap.
pub(super) const RESAMPLES: u32 = 2_000;

/// The confidence of all intervals.
pub(super) const CONFIDENCE: f64 = 0.95;

/// A figure with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The lower end of its 95 % interval; the figure itself where nothing was sampled.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many trials, of how many sets: `2000 cues, 20 sets`.
    pub sample: String,
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
        Self { value, low: value, high: value, sample: sample.to_owned() }
    }

    /// As a point of a curve.
    pub(super) const fn at(&self, x: f64) -> DataPoint {
        DataPoint { x, y: self.value, low: self.low, high: self.high }
    }

    /// The standard error that the interval stands for.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        (self.high - self.low) / (2.0 * special::normal_quantile(0.5 + 0.5 * CONFIDENCE))
    }

    /// The share of successes, one cluster per set of patterns: Wilson's interval at the effective number of trials.
    pub(super) fn share(sets: &[Cluster], unit: &str) -> Result<Self, ReproError> {
        let clusters: Vec<Cluster> = sets.iter().copied().filter(|set| set.trials > 0).collect();
        let sample = sample(&clusters.iter().map(|c| c.trials).sum::<u64>(), unit, clusters.len());
        if let [only] = clusters[..] {
            let interval = wilson(only.successes, only.trials, CONFIDENCE)?;
            let value = only.successes as f64 / only.trials as f64;
            return Ok(Self { value, low: interval.low, high: interval.high, sample });
        }
        let share = ClusteredShare::new(&clusters, CONFIDENCE)?;
        Ok(Self { value: share.value(), low: share.interval.low, high: share.interval.high, sample })
    }

    /// The mean over all values, one list per set of patterns: the bootstrap over sets.
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
            return Ok(Self { value, low: value, high: value, sample });
        }
        let config =
            BootstrapConfig { resamples: RESAMPLES, confidence: CONFIDENCE, method: BootstrapMethod::Bca };
        let mut rng = Streams::new(seed).stream(Stream::Bootstrap);
        let interval = cluster_bootstrap(totals.len(), mean, config, &mut rng)?.interval;
        Ok(Self { value, low: interval.low, high: interval.high, sample })
    }
}

fn sample(count: &impl std::fmt::Display, unit: &str, sets: usize) -> String {
    format!("{count} {unit}, {sets} {}", if sets == 1 { "set" } else { "sets" })
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
