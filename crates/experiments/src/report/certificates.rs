//! What is proved of the image, in figures.

use crate::certified::{Certified, MemoryBudget};
use crate::pipeline::Run;
use crate::report::memory_name;
use klr_image::proof::Budget;
use serde_json::{Map, Value, json};

/// The section of `certified`, which is of `run`.
pub(super) fn section(run: &Run, certified: &Certified<'_>) -> Value {
    let certificates = certified.certificates;
    let (overflow, counts) = (&certificates.overflow, certificates.radius_counts());
    let faults: Map<String, Value> = certified
        .budgets
        .iter()
        .map(|budget| (memory_name(budget.memory).to_owned(), memory(budget)))
        .collect();
    let [least, median, most] = certified.falsified.map_or([None; 3], |flips| flips.map(Some));
    json!({
        "overflow": {
            "at_most": overflow.at_most,
            "accumulator_bits": overflow.accumulator_bits,
            "reached": overflow.reached,
            "reached_bits": certified.reached_bits,
            "counter_bits": overflow.counter_bits,
        },
        "radius": {
            "not_kept": counts[0],
            "patterns_by_radius": counts[1..],
            "exact": certified.exact,
            "falsified_least": least,
            "falsified_median": median,
            "falsified_most": most,
            "cues_within": certified.cues_within as f64 / run.recall.cues as f64,
        },
        "faults": faults,
    })
}

fn memory(of: &MemoryBudget<'_>) -> Value {
    let Budget { harmless, .. } = of.budget;
    json!({
        "harmless": harmless,
        "unfixes": of.budget.unfixes(),
        "code": of.word.map(|word| json!({
            "word_bits": word.bits,
            "check_bits": word.check_bits,
            "extra_bits": word.extra_bits,
            "harmless": word.harmless,
            "unfixes": word.unfixes,
        })),
    })
}
