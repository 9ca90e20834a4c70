//! The kernel core of the plan, in its dataflows.

use super::Given;
use super::row::{Basis, Measured, Row, counts, unpriced};
use crate::error::Error;
use crate::memories::built;
use crate::pipeline::{HardwareRun, TriedCore, run_hardware};
use klr_energy::{Cost, PriceTable};
use klr_sim::{Counter, Dataflow, MemoryMacro};

pub(super) fn rows(given: &Given<'_>) -> Result<Vec<Row>, Error> {
    let plan = &given.plan.hardware;
    let TriedCore { image, runs, .. } =
        run_hardware(plan, given.memory, given.threads.get(), given.progress)?;
    let area = |run: &HardwareRun| {
        let memories = built(plan, &image, &run.config);
        area_of(&plan.prices, memories.into_iter().map(|memory| memory.macros))
    };
    Ok(runs.iter().map(|run| row(given, run, area(run))).collect())
}

fn row(given: &Given<'_>, run: &HardwareRun, area_mm2: Cost<f64>) -> Row {
    let found = Measured {
        hits: run.hits,
        energy: run.ledger.total(),
        microseconds: Cost::Known(run.activity.cycles as f64 / f64::from(given.clock.mhz())),
        cores: Cost::Known(1),
        area_mm2,
        basis: Basis::of(&given.plan.hardware.prices, &run.ledger),
        unpriced: unpriced(&run.ledger),
        counts: counts!(Counter, run.activity),
        remarks: vec!["the area is that of the memories, without logic".to_owned()],
    };
    Row { machine: format!("klr {}", run.dataflow.name()), mapping: mapping(run.dataflow), found: Ok(found) }
}

const fn mapping(dataflow: Dataflow) -> &'static str {
    match dataflow {
        Dataflow::Synchronous => "all neurons at once, distances counted anew in each step",
        Dataflow::Sweep => "one neuron after the other, distances moved by flips",
        Dataflow::Delta => "distances and fields moved by flips",
    }
}

/// The area of `memories` in square millimetres, by the macros of `table`, without any logic.
pub(super) fn area_of(table: &PriceTable, memories: impl Iterator<Item = MemoryMacro>) -> Cost<f64> {
    let built = memories.filter(|memory| memory.banks > 0);
    let area = |memory: MemoryMacro| {
        let area = table.sram()?.bank(memory).ok()?.area_um2?;
        Some(area as f64 * f64::from(memory.banks))
    };
    built.map(area).sum::<Option<f64>>().map_or(Cost::Unknown, |um2| Cost::AtLeast(um2 / 1e6))
}
