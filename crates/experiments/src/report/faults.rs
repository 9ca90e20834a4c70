//! The section of stuck bits, which is there if the plan has any.

use crate::pipeline::{FaultRun, FaultyRecall, Run};
use crate::plan::Plan;
use klr_image::Memory;
use serde_json::{Map, Value, json};

/// What cores with stuck bits recall, beside the sound core of `run`.
pub(super) fn section(plan: &Plan, run: &Run, found: &FaultRun) -> Value {
    let written = found.bits.iter().filter(|(_, bits)| bits.written > 0);
    let bits: Map<String, Value> = written
        .map(|(memory, bits)| {
            let rate = plan.faults.rate(memory);
            let (written, stuck, changed) = (bits.written, bits.stuck, bits.changed);
            let entry = json!({ "rate": rate, "written": written, "stuck": stuck, "changed": changed });
            (name(memory).to_owned(), entry)
        })
        .collect();
    let sound = |faulty: &FaultyRecall| run.hardware.iter().find(|h| h.dataflow == faulty.dataflow);
    let dataflows: Map<String, Value> = found
        .dataflows
        .iter()
        .map(|faulty| {
            let sound = sound(faulty).map(|h| h.hits as f64 / run.recall.cues as f64);
            (faulty.dataflow.name().to_owned(), one(faulty, sound))
        })
        .collect();
    json!({
        "cores": plan.faults.cores,
        "stuck_at": plan.faults.stuck_at.name(),
        "bits": bits,
        "dataflows": dataflows,
    })
}

/// The capacity that a memory is built from: patterns, whichever way they lie.
pub(crate) const fn name(memory: Memory) -> &'static str {
    match memory {
        Memory::Columns | Memory::Rows => "patterns",
        Memory::Weights => "weights",
        Memory::Counters => "counters",
        Memory::Table => "table",
    }
}

fn one(faulty: &FaultyRecall, sound: Option<f64>) -> Value {
    let interval = faulty.interval();
    json!({
        "recall": faulty.recall(),
        "low": interval.map(|interval| interval.low),
        "high": interval.map(|interval| interval.high),
        "sound_recall": sound,
        "recall_by_core": faulty.cores.iter().map(|core| core.successes as f64 / core.trials as f64).collect::<Vec<_>>(),
        "agrees_with_reference": faulty.agrees as f64 / faulty.retrievals() as f64,
        "overflows": faulty.overflows,
    })
}
