//! Statistics for recall experiments: shares, means, equivalence and distributions, with intervals.
//!
//! ```
//! use klr_statistics::{Cluster, ClusteredShare, wilson};
//!
//! let alone = wilson(88, 100, 0.95)?;
//! let sets = [20, 17, 19, 12, 20].map(|successes| Cluster { successes, trials: 20 });
//! let grouped = ClusteredShare::new(&sets, 0.95)?;
//! assert!(grouped.interval.width() > 2.0 * alone.width(), "few sets, and they differ");
//! # Ok::<(), klr_statistics::StatisticsError>(())
//! ```
//!
//! Trials of one pattern set share its luck, so they are not independent: [`share`] and [`bootstrap`] take the pattern
//! set (the cluster) into account, and everything else says where it does not.
//!
//! | question | answer |
//! |---|---|
//! | how sure is a share, trials independent? | [`wilson`] |
//! | the same for trials grouped by pattern set | [`ClusteredShare`], a Wilson interval widened by the design effect |
//! | any figure of grouped trials | [`cluster_bootstrap`] |
//! | are two means the same, to within a margin? | [`paired_equivalence`]; grouped: [`clustered_equivalence`] |
//! | are two distributions the same? | [`KolmogorovSmirnov`] |
//! | where does a curve fall below a level? | [`first_fall`], of values that scatter after [`falling_fit`] |
//!
//! The distribution functions in [`special`] are our own: what is needed is the incomplete beta and gamma functions
//! and the normal distribution, some 200 lines that `SciPy` checks to 1e-10, and the usual crate would bring a second
//! linear algebra stack. Reference values and the script that made them are in `fixtures/statistics`.

pub mod bootstrap;
pub mod curve;
pub mod equivalence;
#[cfg(test)]
mod fixture;
pub mod share;
pub mod smirnov;
pub mod special;
pub mod summary;

pub use bootstrap::{BootstrapConfig, BootstrapInterval, BootstrapMethod, cluster_bootstrap};
pub use curve::{falling_fit, first_fall};
pub use equivalence::{Equivalence, Verdict, clustered_equivalence, paired_equivalence};
pub use share::{Cluster, ClusteredShare, Share, wilson};
pub use smirnov::{KolmogorovSmirnov, kolmogorov_smirnov};
pub use summary::{Summary, gini, pearson, quantile};

/// Why a figure cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// There is too little data.
    #[error("{found} {what} are too few: at least {needed} are needed")]
    TooFew {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A value is infinite or not a number.
    #[error("{what} {index} is {value}; it must be finite")]
    NotFinite {
        /// What the value is.
        what: &'static str,
        /// Its place, from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// A parameter is out of its range.
    #[error("{name} is {value}; it must be {allowed}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// The value given.
        value: f64,
        /// The values allowed.
        allowed: &'static str,
    },
    /// Two lists that belong together have different lengths.
    #[error("{left} and {right} values do not pair")]
    Unpaired {
        /// Values of the first list.
        left: usize,
        /// Values of the second.
        right: usize,
    },
    /// All values of a list are the same where they must differ.
    #[error("all {what} are the same; they must differ")]
    Constant {
        /// What the values are.
        what: &'static str,
    },
    /// More successes than trials.
    #[error("{successes} successes of {trials} trials do not exist")]
    Share {
        /// Successes given.
        successes: u64,
        /// Trials given.
        trials: u64,
    },
}

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies inside or at an end.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// From end to end.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// The confidence if it lies strictly between 0 and 1.
fn check_confidence(confidence: f64) -> Result<f64, StatisticsError> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok(confidence)
    } else {
        Err(StatisticsError::Parameter {
            name: "confidence",
            value: confidence,
            allowed: "above 0 and below 1",
        })
    }
}

/// Refuses fewer than `needed` values, and any that is not finite.
fn check_values(what: &'static str, values: &[f64], needed: usize) -> Result<(), StatisticsError> {
    if values.len() < needed {
        return Err(StatisticsError::TooFew { what, found: values.len(), needed });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(StatisticsError::NotFinite { what, index, value: values[index] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
