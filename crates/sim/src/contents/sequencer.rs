//! The sequencer's flip-flops (`crates/rtl/hdl/sequencer.sv`).

use super::{Group, Size, Widths, bits_for, credits, plain};
use crate::config::{ConfigSpec, QueuePolicy};
use crate::stages::HOST_BITS;

pub(super) fn registers(size: &Size, spec: &ConfigSpec, widths: &Widths) -> Vec<Group> {
    let (n, neuron) = (u64::from(size.n), widths.neuron);
    let incremental = u64::from(spec.incremental);
    let drops = spec.queue_policy == QueuePolicy::Drop;
    // Spikes, and sums that they cause, that can be under way (S5, S6, S13).
    let updates = bits_for(u64::from(updates(size.n, spec)) + 1);
    // That the fields are loaded, and that updates were under way when a sweep began (S13); that a spike was lost (S12).
    let overlap = 2 * u64::from(spec.pipelined);
    let lost = u64::from(drops && spec.early_stop);
    plain(&[
        ("state", n),
        // `synchronous`: what is decided of a step (S2), and the state before it (S9), with a bit that says it is there.
        ("copies of the state", 2 * n + 1),
        // What it does, how it ended, which 64 bits cross the port, steps left, neurons visited and the one at hand.
        ("control", 3 + 2 + bits_for(u64::from(size.n.div_ceil(HOST_BITS))) + 32 + 1 + 2 * neuron),
        ("order", 2 * neuron + 1),
        ("most violated neuron", u64::from(size.accumulator_bits) + neuron + 1),
        // Commands and a spike with their neurons.
        ("messages", 4 + 2 * neuron + 1),
        ("credits of the spike queue", credits(spec.queue_policy, spec.spike_queue)),
        ("updates under way", 2 * updates + overlap + lost),
        ("flips to offer", incremental * (n + neuron)),
    ])
}

/// Updates that can be under way at once, as `crates/rtl/hdl/core.sv` has it: one; with incremental distances a flip of every
/// neuron; with overlap what all queues and stages hold, and where queues drop so many that no count is lost.
#[must_use]
pub const fn updates(n: u32, spec: &ConfigSpec) -> u32 {
    match (spec.pipelined, spec.queue_policy) {
        (true, QueuePolicy::Drop) => 65_535,
        (true, QueuePolicy::Stall) => {
            let queues = spec.spike_queue + spec.activation_queue;
            queues + spec.sram_latency + spec.table_latency + spec.mac_latency + 8
        }
        (false, _) if spec.incremental => n,
        (false, _) => 1,
    }
}
