//! Mutants of the levers of the distance unit.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "P3",
        "candidates.sv",
        "SLICE_STAGES + ((LIST_STAGES > 0) ? LIST_STAGES : 1)",
        "SLICE_STAGES + ((LIST_STAGES > 1) ? LIST_STAGES - 1 : 1)",
        "near",
    ),
    mutant("P3", "candidate_list.sv", "SEARCH_BITS'(STAGES);", "SEARCH_BITS'(STAGES - 1);", "listed"),
    mutant("K1", "candidate_list.sv", ">= limit_taken", "> limit_taken", "listed"),
    mutant("K1", "candidate_intake.sv", "< limit;", "<= limit;", "listed"),
    mutant("K1", "candidates.sv", "no_row      = takes || searches", "no_row      = takes", "listed"),
    mutant(
        "K1",
        "candidates.sv",
        "(completing && !completes && !gives_up) || (holds && !ends)",
        "1'b0",
        "listed",
    ),
    mutant("K2", "candidate_list.sv", ">= window_end(nearest)", "> window_end(nearest)", "listed"),
    mutant("K2", "candidate_list.sv", "if (left_out && left", "if (1'b0 && left", "near"),
    mutant("K3", "candidate_words.sv", "valid[c] && {1'b0, index} < window;", "valid[c];", "listed"),
    mutant(
        "K3",
        "candidate_words.sv",
        ".agrees, .by_chunk, .is_update",
        ".agrees, .by_chunk(1'b0), .is_update",
        "listed",
    ),
    mutant("K4", "candidate_list.sv", "moving_up ? bit_of : ~bit_of", "bit_of", "listed"),
    mutant("K4", "candidate_rows.sv", "reads != '0 && rest == '0", "reads != '0", "listed"),
    mutant("K4", "candidate_list.sv", "(settles && far_counted != '0)", "1'b0", "listed"),
    mutant(
        "K5",
        "distance_unit.sv",
        "serves_spike && keeps_fields) job_next",
        "serves_spike && 1'b0) job_next",
        "near",
    ),
    mutant("K5", "distance_unit.sv", "clears_fields = reloads || to_clear", "clears_fields = 1'b0", "near"),
    mutant("K5", "distance_unit.sv", "compares_copy ? copy : state", "state", "near"),
    mutant("S2", "flip_offers.sv", "left == '0 && open_now == '0", "left == '0", "moved"),
    mutant("S2", "flip_offers.sv", "state[i] ^ begins", "state[i]", "moved"),
    mutant(
        "S5",
        "sequencer.sv",
        "offers      = (flips || spike_offered || flip_waits) && (credits_now != '0 || DROPS != 0)",
        "offers      = flips || spike_offered || flip_waits",
        "moved",
    ),
];
