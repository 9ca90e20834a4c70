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
    mutant(
        "M5",
        "sign_reader.sv",
        "next_word_now * SUM_BITS'(LANES) < weights_end;",
        "next_word_now * SUM_BITS'(LANES) < group_end;",
        "shared",
    ),
    mutant(
        "M5",
        "sign_reader.sv",
        "held_valid && held_pattern == pattern && held_word == first_word",
        "held_valid && held_word == first_word",
        "unsigned",
    ),
    mutant(
        "M5",
        "mac_array.sv",
        "weights[lane*SLOT_BITS+:SLOT_BITS] = weight_arrives[lane]",
        "weights[lane*SLOT_BITS+:SLOT_BITS] = 1'b1",
        "shared",
    ),
    mutant(
        "D18",
        "distance_unit.sv",
        ".arriving_agrees((SIGN_SHARING != 0 && job == STREAM) ? pattern_word : agrees)",
        ".arriving_agrees(agrees)",
        "shared",
    ),
    mutant(
        "D18",
        "distance_unit.sv",
        "counts_row ? column : reads_signs ? target_now : moving_neuron",
        "counts_row ? column : moving_neuron",
        "unsigned",
    ),
    mutant("M2", "mac_array.sv", "slot == lane % WEIGHT_WORD)", "slot == (lane + 1) % WEIGHT_WORD)", "words"),
    mutant("M2", "mac_array.sv", "neuron_slot_arrived == WORD_SLOT'(slot)", "slot == 0", "words"),
    mutant(
        "M2",
        "mac_array.sv",
        "if (HAS_WEIGHTS != 0 && earlier < place",
        "if (earlier < place",
        "unsigned",
    ),
];
