//! Dense synchronous digital hardware at the prices of the plan.

use super::Given;
use super::kernel::area_of;
use super::row::{Basis, Measured, Row, counts, unpriced};
use crate::error::Error;
use crate::pipeline::{DenseRun, on_dense_hardware};
use klr_energy::Cost;
use klr_machines::DenseCounter;

pub(super) fn row(given: &Given<'_>) -> Result<Row, Error> {
    let prices = &given.plan.hardware.prices;
    let DenseRun { hits, activity, hardware, clock, ledger } =
        on_dense_hardware(&given.plan.hardware, given.memory, given.clock, given.threads, given.progress)?;
    let mut remarks = vec!["the area is that of the memories, without logic".to_owned()];
    if clock != given.clock {
        remarks.push(format!("clock {} MHz: as fast as its memories", clock.mhz()));
    }
    let found = Measured {
        hits,
        energy: ledger.total(),
        microseconds: Cost::Known(activity.cycles as f64 / f64::from(clock.mhz())),
        cores: Cost::Known(1),
        area_mm2: area_of(prices, hardware.memories.iter().map(|(_, memory)| *memory)),
        basis: Basis::of(prices, &ledger),
        unpriced: unpriced(&ledger),
        counts: counts!(DenseCounter, activity),
        remarks,
    };
    Ok(Row {
        machine: "dense digital".to_owned(),
        mapping: "every product of every step, a pattern per cycle",
        found: Ok(found),
    })
}
