//! Chips that were built for other networks, at their own prices.

use super::Given;
use super::row::{Basis, Measured, Row, Unpriced, counts, unpriced};
use crate::error::Error;
use crate::pipeline::{on_all_cues, run_classical};
use crate::plan::Plan;
use klr_crossbar::{CrossbarCounter, CrossbarHardware, CrossbarPreset};
use klr_energy::{Cost, PriceTable, price_crossbar, price_loihi, price_truenorth};
use klr_machines::{
    Loihi, LoihiActivity, LoihiCounter, Refusal, TrueNorth, TrueNorthActivity, TrueNorthCounter,
};
use klr_model::{CueKind, Kernel};
use klr_units::ClockMhz;
use klr_units::text::number;

/// Area of ODIN's core in square millimetres (Frenkel et al., 2019).
const ODIN_MM2: f64 = 0.086;
/// ODIN's clock at the point its prices were measured at, in megahertz (the same).
const ODIN_MHZ: u32 = 75;

/// Area of a core of TrueNorth in square millimetres: 240 by 390 um (Akopyan et al., TCAD 34(10):1537, 2015, Fig. 1).
const TRUENORTH_CORE_MM2: f64 = 0.0936;
/// The whole chip's energy over its synaptic events at 20 Hz and 128 active synapses, in picojoules (Merolla et al., Science
/// 345:668, 2014, main text and Fig. 4C).
const PUBLISHED_EVENT_PJ: f64 = 26.0;

/// What a decay of 12 bits keeps of everything (Davies et al., IEEE Micro 38(1):82-99, 2018).
const UNITY: f64 = 4096.0;

pub(super) fn loihi(given: &Given<'_>) -> Result<Row, Error> {
    let row = |found| Row {
        machine: "Loihi-like".to_owned(),
        mapping: "a compartment per pattern whose spike comes the later the nearer it is, three per neuron",
        found,
    };
    let image = given.memory.image();
    let Some(kept) = kept(given.memory.model().kernel()) else {
        let limit = "distances over which a decaying compartment can follow a kernel that is not geometric";
        return Ok(row(Err(vec![Refusal { limit, required: image.n().into(), available: 1 }])));
    };
    let scan = scan(given.plan, image.n());
    let machine = match Loihi::new(image, kept, scan) {
        Ok(machine) => machine,
        Err(refusal) => return Ok(row(Err(vec![refusal]))),
    };
    let max_rounds = given.plan.hardware.config.spec().max_steps;
    let retrieve = |cue: &_| Ok(machine.retrieve(cue, max_rounds)?);
    let tally = on_all_cues(given.memory, given.threads, given.progress, retrieve, LoihiActivity::plus)?;
    let (table, map) = (PriceTable::preset("loihi")?, machine.map());
    let cost = price_loihi(&table, &tally.activity, map);
    let mut missing = unpriced(&cost.ledger);
    missing.extend(cost.unpublished.iter().map(|&(term, count, reason)| Unpriced {
        term,
        count,
        reason: reason.to_owned(),
    }));
    let remarks = vec![
        format!("kernel kept at {kept} of 4096 per distance, scan from distance {scan}"),
        format!("{} cores of patterns, {} of neurons, at least", map.pattern_cores, map.neuron_cores),
        format!(
            "{} of {} currents held at their end",
            tally.activity.saturations, tally.activity.synaptic_operations
        ),
        "the chip has no clock; its time is that of the busiest core and of the barriers".to_owned(),
    ];
    let microseconds = tally.activity.picoseconds(map) as f64 / 1e6;
    Ok(row(Ok(Measured {
        hits: tally.hits,
        energy: cost.total(),
        microseconds: if map.tiles() > 32 { Cost::AtLeast(microseconds) } else { Cost::Known(microseconds) },
        cores: Cost::AtLeast(map.cores()),
        area_mm2: Cost::Unknown,
        basis: Basis::of(&table, &cost.ledger),
        unpriced: missing,
        counts: counts!(LoihiCounter, tally.activity),
        remarks,
    })))
}

/// What a current keeps of itself from one distance to the next, in 1/4096: `exp(-4 gamma)` of an rbf or exponential kernel;
/// nothing for a kernel that is not geometric.
fn kept(kernel: &Kernel) -> Option<u16> {
    let ratio = (-4.0 * kernel.gamma()?).exp() * UNITY;
    (0..=4096).rev().find(|&kept: &u16| f64::from(kept) - 0.5 <= ratio)
}

/// The distance from which a falling threshold begins: that of a cue with flipped bits, with four standard deviations on
/// top. Of other cues nothing is known, and it begins from N.
fn scan(plan: &Plan, n: u32) -> u32 {
    match (plan.retrieval.cue_file.is_some(), plan.retrieval.cue) {
        (false, CueKind::Flips { noise, .. }) => {
            let mean = f64::from(n) * noise;
            let far = mean + 4.0 * (mean * (1.0 - noise)).sqrt();
            (1..n).find(|&distance| f64::from(distance) >= far).unwrap_or(n)
        }
        _ => n,
    }
}

pub(super) fn truenorth(given: &Given<'_>) -> Result<Row, Error> {
    let row = |found| Row {
        machine: "TrueNorth-like".to_owned(),
        mapping: "two axons per state bit to pattern neurons, an axon per weight bit to field neurons",
        found,
    };
    let machine = match TrueNorth::new(given.memory.image()) {
        Ok(machine) => machine,
        Err(refusals) => return Ok(row(Err(refusals))),
    };
    let max_steps = given.plan.hardware.config.spec().max_steps;
    let retrieve = |cue: &_| Ok(machine.retrieve(cue, max_steps)?);
    let tally = on_all_cues(given.memory, given.threads, given.progress, retrieve, TrueNorthActivity::plus)?;
    let (table, map) = (PriceTable::preset("truenorth")?, machine.map());
    let ledger = price_truenorth(&table, &tally.activity, map);
    let events_nj =
        tally.activity.synaptic_events as f64 / given.memory.cues() as f64 * PUBLISHED_EVENT_PJ / 1e3;
    Ok(row(Ok(Measured {
        hits: tally.hits,
        energy: ledger.total(),
        microseconds: Cost::Known(tally.activity.microseconds() as f64),
        cores: Cost::Known(map.cores()),
        area_mm2: Cost::Known(map.cores() as f64 * TRUENORTH_CORE_MM2),
        basis: Basis::of(&table, &ledger),
        unpriced: unpriced(&ledger),
        counts: counts!(TrueNorthCounter, tally.activity),
        remarks: vec![
            format!("cores: {} of patterns, {} of neurons", map.pattern_cores, map.field_cores),
            "ticks of 1 ms, at which its power was measured, so nearly all energy is static".to_owned(),
            format!(
                "by the often quoted {PUBLISHED_EVENT_PJ} pJ an event, which has the static power of a busy chip in it, {} nJ",
                number(events_nj, 3)
            ),
        ],
    })))
}

pub(super) fn crossbar(given: &Given<'_>) -> Result<Row, Error> {
    let row = |found| Row {
        machine: "ODIN-like crossbar".to_owned(),
        mapping: "the classical Hopfield network of the same patterns, 4-bit Hebbian weights",
        found,
    };
    let preset = CrossbarPreset::TinyOdin;
    let (required, available) = (given.memory.image().n().into(), preset.config().most_neurons().into());
    if let Some(refusal) = Refusal::unless("neurons of a crossbar with 4-bit weights", required, available) {
        return Ok(row(Err(vec![refusal])));
    }
    let mut plan = given.plan.clone();
    plan.retrieval.crossbars = vec![preset];
    let runs = run_classical(&plan, given.clock, given.memory, given.threads, given.progress)?;
    let table = PriceTable::preset("odin")?;
    let clock = ClockMhz::new(ODIN_MHZ).unwrap_or(given.clock);
    let [run] = &runs[..] else { return Ok(row(Err(Vec::new()))) };
    let ledger = price_crossbar(&table, &run.activity, &CrossbarHardware::of(&preset.config()), clock);
    let clipped = format!("{} weights held at the end of their range", run.clipped_weights);
    Ok(row(Ok(Measured {
        hits: run.hits,
        energy: ledger.total(),
        microseconds: Cost::Known(run.activity.cycles as f64 / f64::from(clock.mhz())),
        cores: Cost::Known(1),
        area_mm2: Cost::Known(ODIN_MM2),
        basis: Basis::of(&table, &ledger),
        unpriced: unpriced(&ledger),
        counts: counts!(CrossbarCounter, run.activity),
        remarks: vec![
            "another network, so another memory: a load above 0.14 is beyond it".to_owned(),
            clipped,
            format!("cycles of tinyODIN's RTL at {ODIN_MHZ} MHz, prices and area of ODIN's silicon"),
        ],
    })))
}
