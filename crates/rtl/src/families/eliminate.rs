//! Cores whose first pass gives up what is ruled out by its partial distance, on awkward shapes.

use super::Family;
use crate::levers::Levers;
use crate::shape::Shape;

pub(super) const FAMILIES: [Family; 3] = [
    // Verdicts that come while later rows are under way, and a list that is soon full.
    Family {
        name: "partial",
        shape: Shape {
            lanes: 4,
            slices: 1,
            mac_lanes: 3,
            weight_banks: 2,
            max_n: 24,
            max_p: 60,
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
            levers: Levers { candidates: 7, elimination: true, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 200,
    },
    // Slices through two stages, passes after spikes, the last span seldom full.
    Family {
        name: "parts",
        shape: Shape {
            lanes: 3,
            slices: 5,
            mac_lanes: 4,
            weight_banks: 4,
            max_n: 40,
            max_p: 100,
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
            levers: Levers {
                candidates: 12,
                elimination: true,
                incremental: true,
                bitmap: true,
                ..Levers::NONE
            },
        },
        min_n: 1,
        min_p: 1,
        seeds: 120,
    },
    // A list of one entry, one lane of each kind, memories that answer in the next cycle.
    Family {
        name: "probed",
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
            levers: Levers { candidates: 1, elimination: true, tree_latency: 3, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 200,
    },
];
