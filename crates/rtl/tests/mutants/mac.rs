//! Mutants of the levers of the sequencer and of the MAC array.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    mutant("S10", "find_violated.sv", "violated & ({MAX_N{1'b1}} << position)", "violated", "bitmap"),
    mutant(
        "S10",
        "sequencer.sv",
        "named         = by_bitmap ? found && (!wraps || may_begin)",
        "named         = by_bitmap ? found",
        "bitmap",
    ),
    mutant(
        "S10",
        "mac_array.sv",
        "not_zero[adding_group*MAC_LANES+lane] <= new_sums[lane*ACCUMULATOR_BITS+:ACCUMULATOR_BITS] != '0;",
        "not_zero[adding_group*MAC_LANES+lane] <= 1'b1;",
        "bitmap",
    ),
];
