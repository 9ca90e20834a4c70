//! Cores whose patterns lie by row, on awkward shapes: `synchronous` alone runs on them.

use super::Family;
use crate::levers::Levers;
use crate::shape::Shape;

pub(super) const FAMILIES: [Family; 3] = [
    // Patterns of several words, slices of which the last has fewer patterns, or none.
    Family {
        name: "rows",
        shape: Shape {
            lanes: 4,
            slices: 3,
            mac_lanes: 3,
            weight_banks: 2,
            weight_bits: 5,
            kernel_bits: 6,
            accumulator_bits: 24,
            table_latency: 2,
            mac_latency: 2,
            spike_queue: 2,
            activation_queue: 2,
            max_n: 22,
            max_p: 40,
            sram_latency: 2,
            counter_ports: 1,
            table_ports: 2,
            levers: Levers { by_row: true, early_stop: true, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 300,
    },
    // A list that is filled while words of the next patterns arrive.
    Family {
        name: "rowlist",
        shape: Shape {
            lanes: 8,
            slices: 1,
            mac_lanes: 3,
            weight_banks: 2,
            weight_bits: 5,
            kernel_bits: 6,
            accumulator_bits: 24,
            table_latency: 2,
            mac_latency: 2,
            spike_queue: 2,
            activation_queue: 2,
            max_n: 40,
            max_p: 50,
            sram_latency: 3,
            counter_ports: 2,
            table_ports: 2,
            levers: Levers { by_row: true, candidates: 6, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 300,
    },
    // One lane: a word is a bit.
    Family {
        name: "bits",
        shape: Shape {
            lanes: 1,
            slices: 2,
            mac_lanes: 3,
            weight_banks: 2,
            weight_bits: 5,
            kernel_bits: 6,
            accumulator_bits: 24,
            table_latency: 2,
            mac_latency: 2,
            spike_queue: 2,
            activation_queue: 2,
            max_n: 12,
            max_p: 14,
            sram_latency: 1,
            counter_ports: 1,
            table_ports: 1,
            levers: Levers { by_row: true, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 300,
    },
];
