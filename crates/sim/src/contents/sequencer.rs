//! The sequencer's flip-flops (`crates/rtl/hdl/sequencer.sv`).

use super::{Group, Size, Widths, bits_for, plain};
use crate::config::ConfigSpec;
use crate::stages::HOST_BITS;

pub(super) fn registers(size: &Size, spec: &ConfigSpec, widths: &Widths) -> Vec<Group> {
    let (n, neuron) = (u64::from(size.n), widths.neuron);
    let incremental = u64::from(spec.incremental);
    plain(&[
        ("state", n),
        // `synchronous`: what is decided of a step (S2), and the state before it (S9), with a bit that says it is there.
        ("copies of the state", 2 * n + 1),
        // What it does, how it ended, which 64 bits cross the port, steps left, neurons visited and the one at hand.
        ("control", 3 + 2 + bits_for(u64::from(size.n.div_ceil(HOST_BITS))) + 32 + 1 + 2 * neuron),
        ("order", 2 * neuron + 1),
        ("most violated neuron", u64::from(size.accumulator_bits) + neuron + 1),
        // Commands and a spike with their neurons, what is under way, and the free entries of the spike queue.
        ("messages", 6 + 2 * neuron + 1 + bits_for(u64::from(spec.spike_queue) + 1)),
        ("flips to offer", incremental * (n + neuron)),
    ])
}
