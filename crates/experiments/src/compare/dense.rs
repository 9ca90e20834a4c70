//! Dense synchronous digital hardware at the prices of the plan.

use super::Given;
use super::kernel::area_of;
use super::row::{Basis, Measured, Row, counts, unpriced};
use crate::error::Error;
use crate::pipeline::on_all_cues;
use klr_energy::{Cost, PriceTable, price_dense};
use klr_machines::{Dense, DenseActivity, DenseCounter, DenseHardware};
use klr_units::{ClockMhz, Picoseconds};

pub(super) fn row(given: &Given<'_>) -> Result<Row, Error> {
    let machine = Dense::new(given.memory.image());
    let max_steps = given.plan.hardware.config.spec().max_steps;
    let retrieve = |cue: &_| Ok(machine.retrieve(cue, max_steps)?);
    let tally = on_all_cues(given.memory, given.threads, given.progress, retrieve, DenseActivity::plus)?;
    let (prices, hardware) = (&given.plan.hardware.prices, machine.hardware());
    let clock = clock(prices, hardware, given.clock);
    let ledger = price_dense(prices, &tally.activity, hardware, clock);
    let mut remarks = vec!["the area is that of the memories, without logic".to_owned()];
    if clock != given.clock {
        remarks.push(format!("clock {} MHz: as fast as its memories", clock.mhz()));
    }
    let found = Measured {
        hits: tally.hits,
        energy: ledger.total(),
        microseconds: Cost::Known(tally.activity.cycles as f64 / f64::from(clock.mhz())),
        cores: Cost::Known(1),
        area_mm2: area_of(prices, hardware.memories.iter().map(|(_, memory)| *memory)),
        basis: Basis::of(prices, &ledger),
        unpriced: unpriced(&ledger),
        counts: counts!(DenseCounter, tally.activity),
        remarks,
    };
    Ok(Row {
        machine: "dense digital".to_owned(),
        mapping: "every product of every step, a pattern per cycle",
        found: Ok(found),
    })
}

/// The clock of the plan, or the fastest whole number of megahertz that the memories of the machine keep up with, if that is
/// slower. Where the table does not know their times, nothing is in the way.
fn clock(prices: &PriceTable, hardware: &DenseHardware, plan: ClockMhz) -> ClockMhz {
    let times = hardware.memories.iter().filter_map(|(_, memory)| {
        let bank = prices.sram()?.bank(*memory).ok()?;
        bank.access.max(bank.cycle)
    });
    let slowest = times.map(Picoseconds::get).max().unwrap_or(0).max(1);
    let fastest = u32::try_from(1_000_000 / slowest).unwrap_or(u32::MAX).max(1);
    ClockMhz::new(fastest.min(plan.mhz())).unwrap_or(plan)
}
