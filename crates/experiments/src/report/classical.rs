//! The section of the classical network, which is there if the plan names a crossbar core.

use super::{core_faults, ledger, outcomes};
use crate::pipeline::{ClassicalRun, Run};
use klr_crossbar::CrossbarCounter;
use serde_json::{Map, Value, json};

/// One entry per crossbar core.
pub(super) fn section(run: &Run) -> Value {
    run.classical.iter().map(|c| (c.core.name().to_owned(), core(run, c))).collect::<Map<_, _>>().into()
}

fn core(run: &Run, c: &ClassicalRun) -> Value {
    let mean = |count: u64| count as f64 / run.recall.cues as f64;
    let a = &c.activity;
    let counters =
        CrossbarCounter::ALL.iter().map(|&counter| (counter.name().to_owned(), a.get(counter).into()));
    json!({
        "weight_bits": c.weight_bits.get(),
        "clipped_weights": c.clipped_weights,
        "stored_patterns_fixed": c.stored_patterns_fixed,
        "recall": mean(c.hits),
        "float_async": mean(c.float_hits),
        "agrees_with_reference": mean(c.agrees),
        "flips_mean": mean(a.spikes),
        "evaluations_mean": mean(a.evaluations),
        "synaptic_operations_mean": mean(a.synaptic_operations),
        "sram_bits_read_mean": mean(a.sram_bits_read()),
        "cycles_mean": mean(a.cycles),
        "cycles_max": c.cycles_max,
        "outcomes": outcomes(&c.outcomes),
        "faults": core_faults(c.fault_count, &c.faults),
        "counters_total": counters.collect::<Map<String, Value>>(),
        "energy": ledger(&c.ledger, c.ledger.by_component(), CrossbarCounter::name, run),
    })
}
