//! Capacity: the largest number of patterns that still meets a criterion, by bisection on a noisy share.

use super::AnalysisError;
use klr_statistics::{Cluster, ClusteredShare, Interval, falling_fit, first_fall};
use klr_units::OutOfRange;

/// What to look for, and how hard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CapacityConfig {
    /// The criterion: the share of successes must be at least this, above 0 and below 1.
    pub threshold: f64,
    /// The number of patterns to try first.
    pub start: usize,
    /// The fewest patterns to try, at least 1.
    pub min: usize,
    /// The most patterns to try.
    pub max: usize,
    /// Stop where the bracket is narrower than this share of its lower end, or one pattern.
    pub resolution: f64,
    /// The confidence with which each comparison is decided. It is looked at again after every batch, so that a close
    /// comparison goes wrong somewhat more often than this says: take 0.99 for an interval of about 0.95.
    pub confidence: f64,
    /// Batches before the first decision, at least 2: the spread between pattern sets is part of the interval.
    pub min_batches: u32,
    /// Batches after which a comparison stays undecided.
    pub max_batches: u32,
}

/// How a number of patterns compares with the criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The interval lies at or above the threshold.
    Holds,
    /// The interval lies below.
    Fails,
    /// It still holds the threshold after the last batch allowed.
    Undecided,
}

/// One number of patterns that was tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CapacityPoint {
    /// P.
    pub p: usize,
    /// The share of successes, each batch a cluster.
    pub share: ClusteredShare,
    /// The comparison.
    pub decision: Decision,
}

/// A capacity with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Capacity {
    /// Where the share crosses the threshold: by interpolation in log P on the falling curve nearest to all points.
    /// `None` if the capacity lies outside the range tried.
    pub estimate: Option<f64>,
    /// From the most patterns that hold below all that fail or stay undecided, to the fewest that fail above; an end
    /// is the limit of the range (0 below it, infinite above it) where nothing was decided. It holds the capacity with
    /// the confidence of one comparison, if the share falls with P.
    pub interval: Interval,
    /// All points, by P.
    pub points: Vec<CapacityPoint>,
    /// Whether every point that holds lies below every point that fails.
    pub monotone: bool,
}

/// The largest P whose share of successes is at least the threshold.
///
/// `batch(p, index)` builds memories of `p` patterns and tests them: one pattern set and its cues per call, with the
/// randomness of `(p, index)` alone, so that the same seed gives the same capacity. From `start` P is doubled or halved
/// until the criterion changes, then bisected by the geometric mean. A P that stays undecided is not a side of the
/// bracket: the search goes on below it for one that holds and above it for one that fails.
///
/// # Errors
/// What `batch` returns, or [`AnalysisError`] if a setting is out of range or a batch has no trials.
pub fn capacity<E: From<AnalysisError>>(
    config: &CapacityConfig,
    batch: impl FnMut(usize, u64) -> Result<Cluster, E>,
) -> Result<Capacity, E> {
    check(config)?;
    let mut search = Search { config, batch, points: Vec::new() };
    // The bracket: `low` is known to hold and `high` to fail; `middle` are those undecided between them.
    let mut next = Some(config.start);
    while let Some(p) = next {
        search.decide(p)?;
        next = search.next();
    }
    Ok(search.finish())
}

fn check(config: &CapacityConfig) -> Result<(), AnalysisError> {
    let wrong = |name, value, allowed| Err(AnalysisError::Parameter(OutOfRange::new(name, value, allowed)));
    if !(config.threshold > 0.0 && config.threshold < 1.0) {
        wrong("threshold", config.threshold, "above 0 and below 1")
    } else if config.min == 0 {
        wrong("the fewest patterns", 0.0, "at least 1")
    } else if !(config.min..=config.max).contains(&config.start) {
        wrong("the number of patterns to start from", config.start as f64, "between the fewest and the most")
    } else if !(config.resolution.is_finite() && config.resolution >= 0.0) {
        wrong("resolution", config.resolution, "finite and at least 0")
    } else if config.min_batches < 2 {
        wrong("the fewest batches", config.min_batches.into(), "at least 2")
    } else if config.max_batches < config.min_batches {
        wrong("the most batches", config.max_batches.into(), "at least the fewest")
    } else if !(config.confidence > 0.0 && config.confidence < 1.0) {
        wrong("confidence", config.confidence, "above 0 and below 1")
    } else {
        Ok(())
    }
}

struct Search<'a, F> {
    config: &'a CapacityConfig,
    batch: F,
    /// Sorted by P.
    points: Vec<CapacityPoint>,
}

impl<E: From<AnalysisError>, F: FnMut(usize, u64) -> Result<Cluster, E>> Search<'_, F> {
    fn decide(&mut self, p: usize) -> Result<(), E> {
        let mut clusters = Vec::new();
        let (share, decision) = loop {
            clusters.push((self.batch)(p, clusters.len() as u64)?);
            if clusters.len() < self.config.min_batches as usize {
                continue;
            }
            let share =
                ClusteredShare::new(&clusters, self.config.confidence).map_err(AnalysisError::from)?;
            let decision = if share.interval.low >= self.config.threshold {
                Decision::Holds
            } else if share.interval.high < self.config.threshold {
                Decision::Fails
            } else {
                Decision::Undecided
            };
            if decision != Decision::Undecided || clusters.len() >= self.config.max_batches as usize {
                break (share, decision);
            }
        };
        let at = self.points.partition_point(|point| point.p < p);
        self.points.insert(at, CapacityPoint { p, share, decision });
        Ok(())
    }

    /// The most patterns that hold with nothing but such below.
    fn low(&self) -> Option<usize> {
        self.points.iter().take_while(|point| point.decision == Decision::Holds).last().map(|point| point.p)
    }

    /// The fewest patterns that fail with nothing but such above.
    fn high(&self) -> Option<usize> {
        let failing = self.points.iter().rev().take_while(|point| point.decision == Decision::Fails);
        failing.last().map(|point| point.p)
    }

    /// The next P to try: outwards until both sides are known, then between the low side and the lowest point in
    /// doubt, then between the highest in doubt and the high side.
    fn next(&self) -> Option<usize> {
        let (first, last) = (self.points.first()?.p, self.points.last()?.p);
        let (low, high) = (self.low(), self.high());
        if low.is_none() && first > self.config.min {
            return Some((first / 2).max(self.config.min));
        }
        if high.is_none() && last < self.config.max {
            return Some(last.saturating_mul(2).min(self.config.max));
        }
        let above_low = low.and_then(|low| self.points.iter().map(|point| point.p).find(|&p| p > low));
        let below_high =
            high.and_then(|high| self.points.iter().rev().map(|point| point.p).find(|&p| p < high));
        low.zip(above_low)
            .and_then(|(low, above)| self.between(low, above))
            .or_else(|| high.zip(below_high).and_then(|(high, below)| self.between(below, high)))
    }

    /// The geometric mean of two P, if they are further apart than the resolution.
    fn between(&self, low: usize, high: usize) -> Option<usize> {
        if high - low <= 1 || (high - low) as f64 <= self.config.resolution * low as f64 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two usize")]
        let middle = (low as f64 * high as f64).sqrt().round() as usize;
        Some(middle.clamp(low + 1, high - 1))
    }

    fn finish(self) -> Capacity {
        let low = self.low().map_or(0.0, |p| p as f64);
        let high = self.high().map_or(f64::INFINITY, |p| p as f64);
        let values: Vec<f64> = self.points.iter().map(|point| point.share.value()).collect();
        let weights: Vec<f64> = self.points.iter().map(|point| point.share.trials as f64).collect();
        let logs = self.points.iter().map(|point| (point.p as f64).ln());
        let curve: Vec<(f64, f64)> = logs.zip(falling_fit(&values, &weights)).collect();
        let is = |decision| move |point: &&CapacityPoint| point.decision == decision;
        let last_holding = self.points.iter().rfind(is(Decision::Holds)).map(|point| point.p);
        let first_failing = self.points.iter().find(is(Decision::Fails)).map(|point| point.p);
        Capacity {
            estimate: first_fall(&curve, self.config.threshold).map(f64::exp),
            interval: Interval { low, high },
            monotone: last_holding.zip(first_failing).is_none_or(|(holds, fails)| holds < fails),
            points: self.points,
        }
    }
}
