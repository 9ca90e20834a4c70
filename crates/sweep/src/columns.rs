//! The columns that a run fills: name with unit, kind, and where the figure comes from. They are declared here alone.

use klr_energy::Cost;
use klr_experiments::contents::BuiltCore;
use klr_experiments::pipeline::{HardwareRun, Recall, Retrieved, TrainedMemory};
use klr_experiments::plan::{HardwarePlan, Plan};
use klr_experiments::sureness::share_of;
use klr_units::ClockMhz;
use serde_json::Value;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Whole,
    Number,
}

/// A dataflow of a point, and all that is known of it.
pub(crate) struct Subject<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) memory: &'a TrainedMemory,
    pub(crate) recall: &'a Recall,
    pub(crate) core: &'a Retrieved,
    pub(crate) run: &'a HardwareRun,
}

pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) of: fn(&Subject<'_>) -> Value,
}

const fn text(name: &'static str, of: fn(&Subject<'_>) -> Value) -> Column {
    Column { name, kind: Kind::Text, of }
}

const fn whole(name: &'static str, of: fn(&Subject<'_>) -> Value) -> Column {
    Column { name, kind: Kind::Whole, of }
}

const fn number(name: &'static str, of: fn(&Subject<'_>) -> Value) -> Column {
    Column { name, kind: Kind::Number, of }
}

/// In the order of the table. `docs/sweeps.md` explains each, and a test holds the two together.
pub(crate) const COLUMNS: &[Column] = &[
    text("dataflow", |s| s.run.dataflow.name().into()),
    whole("neurons", |s| s.core.image.n().into()),
    whole("patterns", |s| s.core.image.p().into()),
    number("gamma", |s| s.memory.model().kernel().gamma().into()),
    whole("cues", |s| s.recall.cues.into()),
    number("recall", |s| s.share(s.run.hits)),
    number("recall_low_95", |s| s.interval(s.run.hits).map(|found| found.0).into()),
    number("recall_high_95", |s| s.interval(s.run.hits).map(|found| found.1).into()),
    number("recall_float_one_by_one", |s| s.share(s.recall.float_async)),
    number("recall_float_together", |s| s.share(s.recall.float_sync)),
    number("recall_untrained", |s| s.share(s.recall.untrained)),
    number("recall_nearest_pattern", |s| s.recall.oracle.map_or(Value::Null, |hits| s.share(hits))),
    number("agrees_with_reference", |s| s.share(s.run.agrees)),
    number("stored_patterns_kept", |s| s.memory.loss().stored_patterns_kept().into()),
    text("energy_status", |s| s.run.ledger.total().status().into()),
    number("energy_low_pj", |s| s.energy(0)),
    number("energy_nominal_pj", |s| s.energy(1)),
    number("energy_high_pj", |s| s.energy(2)),
    number("energy_likely_low_pj", |s| s.likely(0)),
    number("energy_likely_high_pj", |s| s.likely(1)),
    text("energy_unpriced", |s| s.run.ledger.unpriced_terms().into()),
    text("energy_weakest_grade", |s| s.run.ledger.weakest_grade().map(|grade| grade.to_string()).into()),
    whole("clock_mhz", |s| s.core.clock.mhz().into()),
    number("cycles_mean", |s| s.share(s.run.activity.cycles)),
    whole("cycles_max", |s| s.run.cycles_max.into()),
    number("latency_mean_us", |s| microseconds(s.core.clock, s.mean(s.run.activity.cycles)).into()),
    number("latency_max_us", |s| microseconds(s.core.clock, s.run.cycles_max as f64).into()),
    number("flips_mean", |s| s.share(s.run.activity.flips)),
    number("macs_mean", |s| s.share(s.run.activity.macs)),
    number("distance_updates_mean", |s| s.share(s.run.activity.distance_updates)),
    number("sram_read_bits_mean", |s| s.share(s.run.activity.sram_bits_read())),
    whole("sram_used_bytes", |s| s.bytes(|memory| memory.1).into()),
    whole("sram_capacity_bytes", |s| s.bytes(|memory| memory.0).into()),
    text("area_status", |s| s.area().status().into()),
    number("area_low_um2", |s| s.square_micrometres(0)),
    number("area_nominal_um2", |s| s.square_micrometres(1)),
    number("area_high_um2", |s| s.square_micrometres(2)),
    whole("dead_fields", |s| s.run.dead_fields.into()),
    whole("faults", |s| s.run.fault_count.into()),
    text("not_confirmed_by_rtl", |s| {
        s.run.unconfirmed.iter().map(|setting| setting.setting).collect::<Vec<_>>().join("; ").into()
    }),
];

impl Subject<'_> {
    /// A count of all cues together, per cue.
    fn mean(&self, count: u64) -> f64 {
        count as f64 / self.recall.cues as f64
    }

    fn share(&self, count: u64) -> Value {
        self.mean(count).into()
    }

    fn interval(&self, hits: u64) -> Option<(f64, f64)> {
        share_of(hits, self.recall.cues).map(|share| (share.interval.low, share.interval.high))
    }

    /// Low, nominal or high figure, in picojoules per retrieval; a lower bound where the status says so.
    fn energy(&self, index: usize) -> Value {
        match self.run.ledger.total() {
            Cost::Known(band) | Cost::AtLeast(band) => {
                let energy = [band.low(), band.nominal(), band.high()][index];
                (energy.as_picojoules() / self.recall.cues as f64).into()
            }
            Cost::Unknown => Value::Null,
        }
    }

    /// The end of the range that 90 of 100 draws of the prices fall into, in picojoules per retrieval.
    fn likely(&self, index: usize) -> Value {
        match self.run.ledger.likely() {
            Cost::Known(range) | Cost::AtLeast(range) => {
                let energy = [range.low, range.high][index];
                (energy.as_picojoules() / self.recall.cues as f64).into()
            }
            Cost::Unknown => Value::Null,
        }
    }

    /// The plan's core with the knobs that this dataflow was run with.
    fn hardware(&self) -> HardwarePlan {
        HardwarePlan { config: self.run.config, ..self.plan.hardware.clone() }
    }

    /// Bytes of all memories together: of each its capacity and what is used of it.
    fn bytes(&self, which: fn((u64, u64)) -> u64) -> u64 {
        let memories = klr_experiments::memories::bytes(&self.hardware(), &self.core.image, &self.run.config);
        memories.into_iter().map(which).sum()
    }

    fn area(&self) -> klr_experiments::contents::Area {
        BuiltCore::of(&self.hardware(), &self.core.image).total()
    }

    fn square_micrometres(&self, index: usize) -> Value {
        match self.area() {
            Cost::Known(band) | Cost::AtLeast(band) => {
                [band.low(), band.nominal(), band.high()][index].as_um2().into()
            }
            Cost::Unknown => Value::Null,
        }
    }
}

fn microseconds(clock: ClockMhz, cycles: f64) -> f64 {
    cycles / f64::from(clock.mhz())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::DIGESTS;

    #[test]
    fn the_page_explains_every_column() {
        let page = include_str!("../../../docs/sweeps.md");
        let digests = DIGESTS.map(|(_, column)| column);
        let names = COLUMNS.iter().map(|column| column.name).chain(digests);
        let missing: Vec<&str> = names.filter(|name| !page.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
