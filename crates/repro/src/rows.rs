//! The rows of the table, by theme.

mod baselines;
mod capacity;
mod crosstalk;
mod path;
mod phase;
mod retrieval;
mod sequences;
mod stability;
mod structured;
mod training;
mod weights;
mod widths;

use super::check::{Bounds, Check, CheckVerdict};
use super::estimate::Estimate;
use super::work::{PendingUnit, Results};
use super::{Config, Scale};
use crate::error::ReproError;
use klr_figure::Figure;
use klr_statistics::{Cluster, first_fall};

/// A share that is published as 1.0: what rounds to 1.000.
const EVERY_ONE: Bounds = Bounds::at_least(0.9995);

/// A published result.
#[derive(Debug)]
pub struct ResultRow {
    /// Its number in `docs/reproduction.md`.
    pub number: u8,
    /// What it is.
    pub what: &'static str,
    /// Who published it, and where.
    pub source: &'static str,
    /// The units of work it needs.
    pub(super) work: fn(&Config) -> Vec<PendingUnit>,
    /// What they show.
    pub(super) judge: fn(&Config, &Results) -> Result<Judged, ReproError>,
}

/// What the work of a row shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The figures that decide.
    pub checks: Vec<Check>,
    /// Drawings.
    pub figures: Vec<Figure>,
    /// What a reader has to know.
    pub remarks: Vec<String>,
}

impl Judged {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        Self { checks, ..Self::default() }
    }

    pub(super) fn with_figure(mut self, figure: Figure) -> Self {
        self.figures.push(figure);
        self
    }

    pub(super) fn remark(mut self, text: impl Into<String>) -> Self {
        self.remarks.push(text.into());
        self
    }

    /// The worst verdict of the checks.
    #[must_use]
    pub fn verdict(&self) -> CheckVerdict {
        CheckVerdict::worst(&self.checks)
    }
}

/// All rows in the order of their numbers.
#[must_use]
pub fn rows() -> Vec<ResultRow> {
    let mut rows = Vec::new();
    rows.extend(training::rows());
    rows.extend(retrieval::rows());
    rows.extend(capacity::rows());
    rows.extend(stability::rows());
    rows.extend(sequences::rows());
    rows.extend(path::rows());
    rows.extend(weights::rows());
    rows.extend(phase::rows());
    rows.extend(baselines::rows());
    rows.extend(structured::rows());
    rows.extend(crosstalk::rows());
    rows.extend(widths::rows());
    rows.sort_by_key(|row| row.number);
    rows
}

/// The flags of one set that are set, among all.
fn cluster(flags: impl Iterator<Item = bool>) -> Cluster {
    flags.fold(Cluster { successes: 0, trials: 0 }, |cluster, set| Cluster {
        successes: cluster.successes + u64::from(set),
        trials: cluster.trials + 1,
    })
}

/// The mean of one value per set of patterns.
fn mean_of_sets(values: &[f64], unit: &str, config: &Config) -> Result<Estimate, ReproError> {
    let sets: Vec<Vec<f64>> = values.iter().map(|&value| vec![value]).collect();
    Estimate::mean(&sets, unit, config.seed)
}

/// Where a falling curve crosses one half: of the curve itself, and of the ends of its intervals.
fn half_way(points: &[(f64, Estimate)], sample: &str) -> Estimate {
    let of = |end: fn(&Estimate) -> f64| {
        let curve: Vec<(f64, f64)> = points.iter().map(|(x, e)| (*x, end(e))).collect();
        first_fall(&curve, 0.5)
    };
    let (first, last) = (points.first().map_or(f64::NAN, |p| p.0), points.last().map_or(f64::NAN, |p| p.0));
    // A curve of ends that does not cross inside the loads tried says no more than the first or last of them.
    let ends = (of(|e| e.low).unwrap_or(first), of(|e| e.high).unwrap_or(last));
    Estimate::with_interval(of(|e| e.value).unwrap_or(f64::NAN), ends, sample.to_owned())
}

/// The words for the sizes of a run.
fn scale_words(scale: Scale) -> &'static str {
    scale.pick(" Quick run: a small sample.", "")
}
