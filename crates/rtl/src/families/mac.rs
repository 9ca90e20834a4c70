//! Cores with levers of the sequencer and of the MAC array, on awkward shapes.

use super::Family;
use crate::levers::Levers;
use crate::shape::Shape;

pub(super) const FAMILIES: [Family; 1] = [
    // A bitmap over groups that divide nothing, with fewer banks than lanes.
    Family {
        name: "bitmap",
        shape: Shape {
            lanes: 4,
            slices: 1,
            mac_lanes: 3,
            weight_banks: 2,
            max_n: 23,
            max_p: 18,
            weight_bits: 4,
            kernel_bits: 5,
            accumulator_bits: 24,
            sram_latency: 2,
            table_latency: 1,
            mac_latency: 3,
            counter_ports: 2,
            table_ports: 2,
            spike_queue: 2,
            activation_queue: 2,
            levers: Levers { bitmap: true, ..Levers::NONE },
        },
        min_n: 1,
        min_p: 1,
        seeds: 150,
    },
];
