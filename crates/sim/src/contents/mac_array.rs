//! The flip-flops of the MAC array (`crates/rtl/hdl/mac_array.sv`).

use super::{Group, Held, Size, Widths, bits_for, index_bits, nodes, plain, queue_pointers};
use crate::config::{ConfigSpec, QueuePolicy};
use crate::stages::tree_stages;

pub(super) fn registers(size: &Size, spec: &ConfigSpec, widths: &Widths) -> Vec<Group> {
    let lanes = u64::from(size.mac_lanes);
    let accumulator = u64::from(size.accumulator_bits);
    let padded_n = u64::from(size.n).next_multiple_of(lanes);
    let queue = u64::from(spec.activation_queue);
    let stages = u64::from(spec.mac_latency) - 1;
    let report = widths.latency + u64::from(spec.mac_latency);
    let turns = turns(size, spec);
    let turn = bits_for(turns + 1);
    let mut groups = plain(&[
        ("queue pointers", queue_pointers(queue)),
        // The packet at hand, what is left of it, its group and turn, and three flags.
        ("packet at hand", widths.packet() + widths.places + widths.neuron + turn + 3),
        ("operands on their way", widths.latency * (1 + operands(size, spec, widths))),
        ("products on their way", stages * (4 + lanes + widths.neuron + lanes * product_bits(size))),
        ("adder tree", adder_tree(size, spec)),
        ("accumulators", lanes * accumulator),
        ("field registers", padded_n * accumulator),
        ("report on its way", report * (1 + widths.neuron)),
        ("bitmap", if spec.bitmap { padded_n } else { 0 }),
        ("comparator tree", comparator_tree(size, spec, widths)),
        ("ends beside the queue", ends_beside(size, spec, widths, turns)),
        ("signs", if size.shares_signs { signs(size, widths, turn) } else { 0 }),
    ]);
    groups.push(("activation queue", Held::QueueEntries, queue * widths.packet()));
    groups
}

/// Bits of a product: of the weight, two at least, and of the kernel word with its sign.
fn product_bits(size: &Size) -> u64 {
    u64::from(size.value_bits.max(2)) + u64::from(size.kernel_bits) + 1
}

/// What goes with a read of weights: flags, lanes, kernel words, group, bank of the first weight.
fn operands(size: &Size, spec: &ConfigSpec, widths: &Widths) -> u64 {
    let lanes = u64::from(size.mac_lanes);
    let banked = if widths.names > 1 { lanes } else { 1 };
    let bank = bits_for(size.weight_banks.into());
    let slot = bits_for(spec.weight_word.into());
    3 + lanes + widths.places * widths.word + widths.neuron + banked * bank + slot
}

/// Ends of sums whose packet was lost, how many and which (M6).
fn ends_beside(size: &Size, spec: &ConfigSpec, widths: &Widths, turns: u64) -> u64 {
    if spec.queue_policy == QueuePolicy::Stall {
        return 0;
    }
    let groups = u64::from(size.n.div_ceil(size.mac_lanes));
    bits_for(u64::from(spec.activation_queue) * groups * turns + groups + 2) + widths.neuron
}

/// Turns in which a group's weights, and its signs, are read, at most.
fn turns(size: &Size, spec: &ConfigSpec) -> u64 {
    let stored = size.weight_bits - u32::from(size.shares_signs);
    let neurons = if stored > 0 { spec.weight_word * size.weight_banks } else { size.mac_lanes };
    let of_banks = size.mac_lanes.div_ceil(neurons);
    let of_signs = if size.shares_signs { (size.mac_lanes + size.lanes - 2) / size.lanes + 1 } else { 1 };
    of_banks.max(of_signs).into()
}

/// Levels of the tree with their registers, and what waits before the first where there are more stages than levels (P4).
fn adder_tree(size: &Size, spec: &ConfigSpec) -> u64 {
    let (stages, levels) = (spec.mac_latency - 1, tree_stages(size.mac_lanes));
    let input = u64::from(size.mac_lanes) * product_bits(size);
    let waits = u64::from(stages.saturating_sub(levels + 1)) * input;
    let sums = (1..=levels).filter(|&level| level < stages).map(|level| nodes(size.mac_lanes, level));
    let first = if stages > 0 { input } else { 0 };
    waits + first + sums.map(|nodes| u64::from(nodes) * u64::from(size.accumulator_bits)).sum::<u64>()
}

/// The tree over all fields (S11).
fn comparator_tree(size: &Size, spec: &ConfigSpec, widths: &Widths) -> u64 {
    let (stages, levels) = (spec.tree_latency, tree_stages(size.n));
    if stages == 0 {
        return 0;
    }
    let node = u64::from(size.accumulator_bits) + 1 + widths.neuron;
    let of_levels = (1..=levels.min(stages)).map(|level| u64::from(nodes(size.n, level)) * node);
    let waits = u64::from(stages.saturating_sub(levels)) * (1 + widths.neuron);
    u64::from(stages) + of_levels.sum::<u64>() + waits
}

/// The word of signs that is held, where it stands, what is on its way, and the weights that wait for theirs (M5).
fn signs(size: &Size, widths: &Widths, turn: u64) -> u64 {
    let (lanes, mac_lanes) = (u64::from(size.lanes), u64::from(size.mac_lanes));
    let stored = u64::from(size.weight_bits) - 1;
    let sum = index_bits((1 << widths.neuron) + lanes + mac_lanes + (mac_lanes << turn) + 1);
    lanes + 1 + widths.pattern + 2 * sum + widths.latency * (1 + 2 * mac_lanes + sum) + mac_lanes * stored
}
