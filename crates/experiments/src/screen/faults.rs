//! What cores with stuck bits recall.

use crate::pipeline::Run;
use crate::plan::Plan;
use crate::report::memory_name;
use klr_units::text::{UNKNOWN, share, wrap};

/// Lines below the recall of the sound core; none if the plan has no stuck bits.
pub(super) fn lines(plan: &Plan, run: &Run, out: &mut String) {
    let Some(found) = &run.faults else { return };
    let stuck: Vec<String> = found
        .bits
        .iter()
        .filter(|(memory, _)| plan.faults.rate(*memory) > 0.0)
        .filter(|(_, bits)| bits.written > 0)
        .map(|(memory, bits)| format!("{} of {} bits of {}", bits.stuck, bits.written, memory_name(memory)))
        .collect();
    let recall: Vec<String> = found
        .dataflows
        .iter()
        .map(|faulty| {
            let interval = faulty.interval().map_or(UNKNOWN.to_owned(), |interval| {
                format!("{} to {}", share(interval.low, 3), share(interval.high, 3))
            });
            let agrees = faulty.agrees as f64 / faulty.retrievals() as f64;
            let name = faulty.dataflow.name();
            format!(
                "{name} {} ({interval}), {} as the reference",
                share(faulty.recall(), 3),
                share(agrees, 3)
            )
        })
        .collect();
    let stuck = if stuck.is_empty() { "no bit is there to be stuck".to_owned() } else { stuck.join(", ") };
    let line = format!(
        "stuck bits on {} cores, {stuck} at {}: {}",
        plan.faults.cores,
        plan.faults.stuck_at.name(),
        recall.join("; ")
    );
    out.push_str(&wrap("  ", 4, &line));
}
