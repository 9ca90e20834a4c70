//! The gates of the sequencer (`crates/rtl/hdl/sequencer.sv`).

use crate::config::ConfigSpec;
use crate::contents::{Size, Widths, bits_for};

/// Stages, steps and ends (S9): a counter of 32 bits and comparisons of neuron numbers.
const CONTROL: u64 = 280;
/// A bit of a field in both thresholds: negated, compared with zero and with the most violated one (S8).
const THRESHOLD: u64 = 38;
/// A bit of a sum in a group that is compared at once (S1): with zero, and its sign.
const GROUP: u64 = 1;
/// A bit of the state: what is decided of it (S1), flipped (S2), compared with the state before (S9), chosen by the number of
/// its neuron in three places, loaded and read by the host (C4).
const STATE: u64 = 40;
/// A bit of the bitmap: the first from a position on, or else of all (S10).
const BITMAP: u64 = 17;
/// A bit of the flips that are still to be offered: the first of them (S2).
const OFFER: u64 = 10;

pub(super) fn blocks(size: &Size, spec: &ConfigSpec) -> Vec<(&'static str, u64)> {
    let (n, lanes) = (u64::from(size.n), u64::from(size.mac_lanes));
    let accumulator = u64::from(size.accumulator_bits);
    vec![
        ("control", CONTROL),
        ("thresholds", THRESHOLD * accumulator),
        ("a group against its neurons", GROUP * lanes * accumulator),
        ("state and its copies", STATE * n),
        ("next violated neuron", BITMAP * n * u64::from(spec.bitmap)),
        ("next flip", OFFER * n * u64::from(spec.incremental)),
    ]
}

/// From the number of a neuron through the choice of its state, both comparisons of its field and the end of a sweep, to the
/// state register, where a flip is decoded again: five levels for each bit of the number, two for each doubling of the field,
/// and three for each other way in which a neuron is named.
pub(super) fn path(size: &Size, spec: &ConfigSpec, widths: &Widths) -> (&'static str, u64) {
    let ways = u64::from(spec.bitmap) + u64::from(spec.incremental);
    let gates = 16 + 5 * widths.neuron + 2 * bits_for(size.accumulator_bits.into()) + 3 * ways;
    ("from a neuron's number through its comparison to the state", gates)
}
