//! The flip-flops of elimination by partial distance (`crates/rtl/hdl/elimination.sv`), which are part of the distance unit.

use super::{Widths, tree};
use crate::config::ConfigSpec;
use crate::stages::tree_stages;

/// The cursor of a first pass in two parts (E1), the verdict on a span (E3), and its smallest distance (E2); none without a
/// list.
pub(super) fn registers(spec: &ConfigSpec, widths: &Widths) -> u64 {
    if !spec.partial_distance || spec.candidates == 0 {
        return 0;
    }
    let (neuron, span) = (widths.neuron, widths.span_index);
    let slices = spec.distance_slices;
    let stages = u64::from(tree_stages(slices));
    // A span, its first pattern, and the row of its first column.
    let place = span + widths.pattern + widths.row;
    let cursor = place + neuron + 4;
    // The part, and where in its span, of a read on its way, and its row.
    let under_way = widths.latency * (3 + widths.row);
    // Of the slices compared last, whether all are ruled out; the span that was given up, and the one that is complete.
    let verdict = 1 + u64::from(slices) + span + tree(slices, 1) + stages * span + 2 * (1 + span);
    // The lanes that are compared, the tree, what it is of, the last span and the nearest so far, the pause between parts.
    let smallest = widths.span + tree(slices, neuron) + stages * (1 + place);
    let nearest = 2 * (neuron + place + 1) + stages + 1;
    cursor + under_way + verdict + smallest + nearest
}
