//! One machine of the table.

use crate::report;
use klr_energy::{Cost, Ledger, PriceTable, Scope};
use klr_machines::Refusal;
use klr_sim::activity::CounterUnit;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A machine, and what became of the memory on it.
#[derive(Debug)]
pub(super) struct Row {
    /// What the machine is called.
    pub(super) machine: String,
    /// How the memory is laid out on it, in a few words.
    pub(super) mapping: &'static str,
    /// What it made of the cues, or the limits that the memory does not keep.
    pub(super) found: Result<Measured, Vec<Refusal>>,
}

/// What a machine made of all cues together.
#[derive(Debug)]
pub(super) struct Measured {
    /// Cues that ended exactly in their pattern.
    pub(super) hits: u64,
    /// The cost of all retrievals together.
    pub(super) energy: Cost,
    /// Microseconds of all retrievals together.
    pub(super) microseconds: Cost<f64>,
    /// Cores that hold the memory.
    pub(super) cores: Cost<u64>,
    /// Their area in square millimetres.
    pub(super) area_mm2: Cost<f64>,
    /// What was paid, and by which table.
    pub(super) basis: Basis,
    /// What was counted and has no price.
    pub(super) unpriced: Vec<Unpriced>,
    /// Every counter of the machine.
    pub(super) counts: Vec<Count>,
    /// What a reader of the row should know, in whole sentences.
    pub(super) remarks: Vec<String>,
}

/// What kind of prices a total is made of. Totals of different kinds do not compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    /// The price table, with its version.
    pub(super) table: String,
    /// What the table describes.
    pub(super) about: String,
    /// Whether operations are priced alone, with everything around them, or both.
    pub(super) scope: &'static str,
    /// The weakest evidence among them.
    pub(super) weakest: String,
}

/// Something that was counted and has no price.
#[derive(Clone, Debug)]
pub(super) struct Unpriced {
    pub(super) term: &'static str,
    pub(super) count: u64,
    pub(super) reason: String,
}

/// One counter of a machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub(super) name: &'static str,
    pub(super) unit: CounterUnit,
    pub(super) description: &'static str,
    pub(super) total: u64,
}

/// The counts of an activity, one entry for each counter.
macro_rules! counts {
    ($counter:ty, $activity:expr) => {
        <$counter>::ALL
            .iter()
            .map(|&counter| $crate::compare::row::Count {
                name: counter.name(),
                unit: counter.unit(),
                description: counter.description(),
                total: $activity.get(counter),
            })
            .collect()
    };
}
pub(super) use counts;

impl Basis {
    /// The kind of prices that `ledger` was made with `table` of.
    pub(super) fn of<C, M>(table: &PriceTable, ledger: &Ledger<C, M>) -> Self {
        let paid = |scope| ledger.lines.iter().any(|line| line.scope == scope);
        let scope = match (paid(Scope::PerTerm), paid(Scope::AllIn)) {
            (true, true) => "per-term and all-in",
            (false, true) => Scope::AllIn.name(),
            (true, false) => Scope::PerTerm.name(),
            (false, false) => "nothing paid",
        };
        let version = table.version().map_or_else(String::new, |version| format!(" (version {version})"));
        let secondary = if ledger.secondary() { ", read through a secondary source" } else { "" };
        let weakest = ledger
            .weakest_grade()
            .map_or_else(|| "nothing".to_owned(), |grade| format!("{grade}, {}{secondary}", grade.meaning()));
        let about = table.about().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { table: format!("{}{version}", table.name()), about, scope, weakest }
    }
}

/// What `ledger` has no price for.
pub(super) fn unpriced<C, M>(ledger: &Ledger<C, M>) -> Vec<Unpriced> {
    let one = |item: &klr_energy::Uncharged<C>| Unpriced {
        term: item.term.key(),
        count: item.count,
        reason: item.reason.clone(),
    };
    ledger.unpriced.iter().map(one).collect()
}

impl Row {
    /// The row in JSON, means over `cues`.
    pub(super) fn json(&self, cues: u64) -> Value {
        let found = match &self.found {
            Ok(found) => found,
            Err(refusals) => {
                let refused = refusals.iter().map(|refusal| {
                    json!({
                        "limit": refusal.limit, "required": refusal.required, "available": refusal.available,
                    })
                });
                return json!({
                    "machine": self.machine, "mapping": self.mapping, "refused": refused.collect::<Vec<_>>(),
                });
            }
        };
        json!({
            "machine": self.machine,
            "mapping": self.mapping,
            "recall": found.hits as f64 / cues as f64,
            "energy": report::cost(found.energy, cues),
            "latency_us": figure(found.microseconds.map(|time| time / cues as f64)),
            "cores": figure(found.cores),
            "area_mm2": figure(found.area_mm2),
            "prices": {
                "table": found.basis.table,
                "about": found.basis.about,
                "scope": found.basis.scope,
                "weakest_grade": found.basis.weakest,
            },
            "unpriced": found.unpriced.iter().map(|item| json!({
                "term": item.term, "count": item.count, "reason": item.reason,
            })).collect::<Vec<_>>(),
            "remarks": found.remarks,
            "counters_total": found.counts.iter().map(|count| json!({
                "name": count.name, "unit": count.unit.name(), "description": count.description, "total": count.total,
            })).collect::<Vec<_>>(),
        })
    }

    /// The terms without a price, each once, in alphabetical order.
    pub(super) fn unpriced_terms(&self) -> Vec<&'static str> {
        let unpriced = self.found.iter().flat_map(|found| &found.unpriced);
        let terms: BTreeSet<&str> = unpriced.map(|item| item.term).collect();
        terms.into_iter().collect()
    }
}

/// A figure with what is known of it; null if nothing is.
fn figure<T: Into<Value>>(figure: Cost<T>) -> Value {
    let status = figure.status();
    let value = match figure {
        Cost::Known(figure) | Cost::AtLeast(figure) => figure.into(),
        Cost::Unknown => Value::Null,
    };
    json!({ "status": status, "value": value })
}
