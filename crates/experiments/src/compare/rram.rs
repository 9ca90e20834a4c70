//! Memristor crossbars at the prices of a design that was modelled.

use super::Given;
use super::row::{Basis, Measured, Row, counts, unpriced};
use crate::error::Error;
use crate::pipeline::on_all_cues;
use klr_energy::{Cost, PriceTable, price_rram};
use klr_machines::{Rram, RramActivity, RramCounter, RramMap};

pub(super) fn row(given: &Given<'_>) -> Result<Row, Error> {
    let row = |found| Row {
        machine: "memristor crossbars".to_owned(),
        mapping: "distances by XOR in place, weights as pairs of cell groups, a bit of every word at a time",
        found,
    };
    let machine = match Rram::new(given.memory.image()) {
        Ok(machine) => machine,
        Err(refusals) => return Ok(row(Err(refusals))),
    };
    let max_steps = given.plan.hardware.config.spec().max_steps;
    let retrieve = |cue: &_| Ok(machine.retrieve(cue, max_steps)?);
    let tally = on_all_cues(given.memory, given.threads, given.progress, retrieve, RramActivity::plus)?;
    let (table, map) = (PriceTable::preset("rram")?, machine.map());
    let ledger = price_rram(&table, &tally.activity, map);
    Ok(row(Ok(Measured {
        hits: tally.hits,
        energy: ledger.total(),
        microseconds: Cost::Known(tally.activity.nanoseconds() as f64 / 1e3),
        cores: Cost::Known(map.crossbars()),
        area_mm2: Cost::AtLeast(map.milli_um2() as f64 / 1e9),
        basis: Basis::of(&table, &ledger),
        unpriced: unpriced(&ledger),
        counts: counts!(RramCounter, tally.activity),
        remarks: remarks(map, &tally.activity),
    })))
}

fn remarks(map: &RramMap, activity: &RramActivity) -> Vec<String> {
    vec![
        format!(
            "cores are crossbars of 128 x 128: {} for each 128 patterns' weights, {} for their bits",
            map.weight_crossbars_per_block(),
            map.parts_of_a_distance()
        ),
        format!(
            "{} of {} blocks of 128 patterns had a word and were read",
            activity.blocks_read,
            activity.steps * map.blocks()
        ),
        format!(
            "converters of 8 bits, {} of {} conversions clipped",
            activity.clipped, activity.weight_conversions
        ),
        "cells without noise, drift or faults, so recall is that of exact arithmetic where nothing clips"
            .to_owned(),
        "the area is that of the crossbars with their converters and drivers".to_owned(),
    ]
}
