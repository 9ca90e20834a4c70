//! What the figures are held against. A miss is reported, and fails nothing: a slow machine is no error.

use super::memory::HostMemory;
use super::sanafe::Comparison;
use super::speed::{How, Row};
use klr_sim::Dataflow;
use serde_json::{Value, json};

pub(crate) const OPERATIONS_PER_SECOND: f64 = 2e8;
pub(crate) const TIMES_SANAFE: f64 = 10.0;
pub(crate) const TIMES_REFERENCE: f64 = 3.0;
pub(crate) const BYTES_PER_WEIGHT: f64 = 3.0;

/// One target with every figure it applies to.
#[derive(Debug)]
pub(crate) struct Goal {
    pub(crate) text: &'static str,
    pub(crate) at_least: bool,
    pub(crate) limit: f64,
    /// Where, and what was found there.
    pub(crate) figures: Vec<(String, f64)>,
}

impl Goal {
    pub(crate) fn met(&self) -> usize {
        self.figures.iter().filter(|(_, found)| self.is_met_by(*found)).count()
    }

    pub(crate) fn worst(&self) -> Option<&(String, f64)> {
        let by_figure = |a: &&(String, f64), b: &&(String, f64)| a.1.total_cmp(&b.1);
        if self.at_least {
            self.figures.iter().min_by(by_figure)
        } else {
            self.figures.iter().max_by(by_figure)
        }
    }

    fn is_met_by(&self, found: f64) -> bool {
        if self.at_least { found >= self.limit } else { found <= self.limit }
    }

    pub(crate) fn to_json(&self) -> Value {
        let figures = self.figures.iter();
        json!({
            "target": self.text,
            "limit": self.limit,
            "figures": figures.clone().count(),
            "met": self.met(),
            "found": figures.map(|(at, found)| json!({ "at": at, "found": found })).collect::<Vec<_>>(),
        })
    }
}

/// Whether the targets beside the reference are for a row: watching is for traces, and costs what it costs.
pub(crate) fn applies(how: How) -> bool {
    !matches!(how, How::Watched | How::Stepped)
}

/// Whether the target beside SANA-FE is for a line: stepping is for those who read the core between its cycles.
pub(crate) fn is_beside_sanafe(how: How) -> bool {
    how != How::Stepped
}

/// Whether the target on synaptic operations is for this row: `delta` is fast because it does few.
pub(crate) fn counts_operations(row: &Row) -> bool {
    applies(row.how) && row.dataflow != Dataflow::Delta
}

/// Every target. That of a comparison that was left out has no figures.
pub(crate) fn all(rows: &[Row], memories: &[HostMemory], comparison: Option<&Comparison>) -> Vec<Goal> {
    let place = |row: &Row| format!("{} {}", row.size, row.name());
    let operations = rows.iter().filter(|row| counts_operations(row));
    let sides = comparison.into_iter().flat_map(|c| c.ours.iter().map(move |side| (c, side)));
    let sides = sides.filter(|(_, side)| is_beside_sanafe(side.how));
    vec![
        Goal {
            text: ">= 2e8 syn ops per CPU second, synchronous and sweep",
            at_least: true,
            limit: OPERATIONS_PER_SECOND,
            figures: operations.map(|row| (place(row), row.operations_per_second())).collect(),
        },
        Goal {
            text: ">= 10 x the events of SANA-FE per CPU second",
            at_least: true,
            limit: TIMES_SANAFE,
            figures: sides.map(|(c, side)| (side.name(), c.ratio(side))).collect(),
        },
        Goal {
            text: "<= 3 x the time of the untimed reference",
            at_least: false,
            limit: TIMES_REFERENCE,
            figures: rows
                .iter()
                .filter(|row| applies(row.how))
                .map(|row| (place(row), row.slowdown()))
                .collect(),
        },
        Goal {
            text: "<= 3 bytes per weight",
            at_least: false,
            limit: BYTES_PER_WEIGHT,
            figures: memories.iter().map(|m| (m.size.to_string(), m.bytes_per_weight())).collect(),
        },
    ]
}
