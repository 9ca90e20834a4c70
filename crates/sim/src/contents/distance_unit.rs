//! The flip-flops of the distance unit (`crates/rtl/hdl/distance_unit.sv`).

use super::{
    Group, Held, Size, Widths, bits_for, credits, elimination, index_bits, plain, queue_pointers, tree,
};
use crate::config::{ConfigSpec, QueuePolicy};
use crate::stages::tree_stages;

pub(super) fn registers(size: &Size, spec: &ConfigSpec, widths: &Widths) -> Vec<Group> {
    let (neuron, pattern, span) = (widths.neuron, widths.pattern, widths.span);
    let (span_bits, row) = (widths.span_index, widths.row);
    let stages = u64::from(tree_stages(spec.distance_slices));
    let spike_queue = u64::from(spec.spike_queue);
    let group_end = bits_for((1 << neuron) + u64::from(size.mac_lanes) + 1);
    // Of patterns by row, the one of its block that is read, and those on their way (D17).
    let lane = if size.by_row { index_bits(size.lanes.into()) } else { 0 };
    let place = 2 * neuron + 3 + pattern + span_bits + lane;
    let lane_word = span * neuron + span + pattern + neuron;
    let mut groups = plain(&[
        ("control", control(spec, neuron, stages)),
        ("queue pointers", queue_pointers(spike_queue)),
        ("cursor", span_bits + pattern + row + 2 * neuron + group_end + 1 + lane),
        ("reads on their way", widths.latency * (2 + place)),
        ("sums of the lanes", span * neuron),
        ("smallest distance", 3 * neuron + tree(spec.distance_slices, neuron)),
        ("lane registers", 2 * (1 + lane_word + span + 1 + stages)),
        ("look-ups", look_ups(size, spec, widths)),
        ("candidate list", list(size, spec, widths)),
        ("elimination", elimination::registers(spec, widths)),
    ]);
    groups.push(("spike queue", Held::QueueEntries, spike_queue * (neuron + 1)));
    groups
}

/// Job, what a spike has left to do (K5), the neurons at hand, lane registers in use, what settles (P2), and messages (C2).
const fn control(spec: &ConfigSpec, neuron: u64, stages: u64) -> u64 {
    let settling = if stages > 0 { bits_for(stages + 2) } else { 0 };
    // A stream that waits (S13), a spike that is lost (S5).
    let waits = spec.pipelined as u64;
    let lost = matches!(spec.queue_policy, QueuePolicy::Drop) as u64;
    3 + 3 + 2 * neuron + 1 + 2 + settling + 3 + waits + lost
}

/// The way through the kernel table: credits, what waits for a port (D16), what is found, and what is on its way (D7).
fn look_ups(size: &Size, spec: &ConfigSpec, widths: &Widths) -> u64 {
    let (slots, ports) = (widths.slots, widths.ports);
    let signs = if size.shares_signs { widths.places } else { 0 };
    let head = 1 + widths.places + signs + 2 + widths.names * widths.pattern + widths.neuron;
    let (waits, ways) = if ports < slots {
        // Port k takes the first look-up that is left, so never one of the first k.
        (slots * (widths.neuron + 1) + slots - ports, ports * slots - ports * (ports - 1) / 2)
    } else {
        (0, slots)
    };
    let credits = credits(spec.queue_policy, spec.activation_queue);
    // Only a difference, which is the first word, has a sign of its own.
    let packet = widths.packet() - if size.shares_signs { 0 } else { widths.places - 1 };
    let kept = slots * u64::from(size.kernel_bits);
    credits + waits + ways + head + 1 + kept + (u64::from(spec.table_latency) - 1) * (2 + packet)
}

/// The candidate list with its trees (P3), the span that it takes in, rows to be read and words to be sent (K1 to K5).
fn list(size: &Size, spec: &ConfigSpec, widths: &Widths) -> u64 {
    let entries = u64::from(spec.candidates);
    if entries == 0 {
        return 0;
    }
    let (neuron, slices, span) = (widths.neuron, u64::from(spec.distance_slices), widths.span_index);
    let lane = index_bits(widths.span);
    let stages = u64::from(tree_stages(spec.candidates));
    let slice_stages = u64::from(tree_stages(spec.distance_slices));
    let group_end = bits_for((1 << neuron) + u64::from(size.mac_lanes) + 1);
    let of_entries = entries * (4 + span + lane + neuron);
    let distances = 3 * neuron + 1 + bits_for(stages + 2);
    let trees = tree(spec.candidates, neuron + index_bits(entries)) + tree(spec.candidates, neuron);
    let arriving = stages * (span + lane + neuron + 1);
    let intake = widths.span * (neuron + 1) + span + 2 + bits_for(slice_stages + 2);
    let rows = slices * widths.spans + widths.latency * (slices + 1 + slices * span);
    let words = 1 + neuron + group_end;
    let copy = u64::from(size.n) + 2 + bits_for(widths.latency + 1);
    let known = 1 + bits_for(slice_stages + stages.max(1) + 1);
    of_entries
        + distances
        + trees
        + arriving
        + intake
        + tree(spec.distance_slices, neuron)
        + rows
        + words
        + copy
        + known
}
