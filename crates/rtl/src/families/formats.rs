//! Cores whose weights are coded in other ways than two's complement (`docs/formats.md`), on awkward shapes.

use super::Family;
use crate::levers::Levers;
use crate::shape::Shape;
use klr_units::WeightCoding;

/// What the families here differ from.
const PLAIN: Shape = Shape {
    lanes: 3,
    slices: 1,
    mac_lanes: 5,
    weight_banks: 3,
    max_n: 23,
    max_p: 18,
    weight_bits: 3,
    kernel_bits: 5,
    accumulator_bits: 24,
    sram_latency: 1,
    table_latency: 1,
    mac_latency: 3,
    counter_ports: 2,
    table_ports: 2,
    spike_queue: 2,
    activation_queue: 2,
    levers: Levers::NONE,
};

const fn family(name: &'static str, shape: Shape) -> Family {
    Family { name, shape, min_n: 1, min_p: 1, seeds: 100 }
}

pub(super) const FAMILIES: [Family; 6] = [
    family("odd", Shape { levers: Levers { weight_coding: WeightCoding::Odd, ..Levers::NONE }, ..PLAIN }),
    // The widest odd weights that there are.
    family(
        "odd-wide",
        Shape {
            weight_bits: 15,
            kernel_bits: 16,
            accumulator_bits: 40,
            mac_lanes: 2,
            weight_banks: 1,
            levers: Levers { weight_coding: WeightCoding::Odd, ..Levers::NONE },
            ..PLAIN
        },
    ),
    // A magnitude of one bit, 1 or 3, whose sign is its pattern's.
    family(
        "odd-shared",
        Shape {
            weight_bits: 2,
            mac_latency: 4,
            mac_lanes: 7,
            levers: Levers { weight_coding: WeightCoding::Odd, sign_sharing: true, ..Levers::NONE },
            ..PLAIN
        },
    ),
    // A sign alone, without a memory, under the name of odd weights.
    family(
        "odd-sign",
        Shape {
            weight_bits: 1,
            kernel_bits: 4,
            levers: Levers { weight_coding: WeightCoding::Odd, sign_sharing: true, ..Levers::NONE },
            ..PLAIN
        },
    ),
    // Words of two weights, in turns.
    family(
        "magnitude",
        Shape {
            weight_bits: 5,
            mac_lanes: 6,
            weight_banks: 2,
            sram_latency: 2,
            levers: Levers {
                weight_coding: WeightCoding::SignMagnitude,
                weight_word: 2,
                bitmap: true,
                ..Levers::NONE
            },
            ..PLAIN
        },
    ),
    family(
        "ternary",
        Shape {
            weight_bits: 2,
            levers: Levers { weight_coding: WeightCoding::Ternary, candidates: 5, ..Levers::NONE },
            ..PLAIN
        },
    ),
];
