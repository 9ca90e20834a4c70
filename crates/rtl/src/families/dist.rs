//! Cores with levers of the distance unit, on awkward shapes.

use super::Family;
use crate::levers::Levers;
use crate::shape::Shape;

pub(super) const FAMILIES: [Family; 3] = [
    // A list of two stages, rows that arrive while candidates are taken in, and spans of fewer rows than that takes.
    Family {
        name: "listed",
        shape: Shape {
            lanes: 4,
            slices: 1,
            mac_lanes: 3,
            weight_banks: 2,
            max_n: 15,
            max_p: 40,
            weight_bits: 5,
            kernel_bits: 6,
            accumulator_bits: 24,
            sram_latency: 3,
            table_latency: 2,
            mac_latency: 2,
            counter_ports: 1,
            table_ports: 2,
            spike_queue: 2,
            activation_queue: 2,
            levers: Levers { candidates: 7, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 250,
    },
    // Slices that share a list of more entries than there are MAC lanes.
    Family {
        name: "near",
        shape: Shape {
            lanes: 3,
            slices: 5,
            mac_lanes: 4,
            weight_banks: 4,
            max_n: 30,
            max_p: 80,
            weight_bits: 8,
            kernel_bits: 8,
            accumulator_bits: 32,
            sram_latency: 2,
            table_latency: 1,
            mac_latency: 3,
            counter_ports: 2,
            table_ports: 3,
            spike_queue: 1,
            activation_queue: 3,
            levers: Levers { candidates: 18, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 150,
    },
    // A list of one entry, and one lane of each kind.
    Family {
        name: "nearest",
        shape: Shape {
            lanes: 1,
            slices: 1,
            mac_lanes: 1,
            weight_banks: 1,
            max_n: 12,
            max_p: 14,
            weight_bits: 3,
            kernel_bits: 4,
            accumulator_bits: 20,
            sram_latency: 1,
            table_latency: 3,
            mac_latency: 2,
            counter_ports: 1,
            table_ports: 1,
            spike_queue: 1,
            activation_queue: 1,
            levers: Levers { candidates: 1, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 250,
    },
];
