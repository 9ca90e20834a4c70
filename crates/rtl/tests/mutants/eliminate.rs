//! Mutants of elimination by partial distance.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "E1",
        "elimination.sv",
        "!second && column + 1'b1 == probe",
        "!second && column == probe",
        "partial",
    ),
    mutant("E1", "distance_unit.sv", "!listed) || puts_aside ||", "!listed) ||", "partial"),
    mutant("E1", "distance_lanes.sv", "resumes ? counter_word", "1'b0 ? counter_word", "partial"),
    mutant("E2", "elimination.sv", "of_last < of_nearest", "of_last <= of_nearest", "parts"),
    mutant(
        "E2",
        "elimination.sv",
        ".STAGES(STAGES + 1)) second_delay",
        ".STAGES(STAGES)) second_delay",
        "parts",
    ),
    mutant(
        "E2",
        "elimination.sv",
        "to_next    = at_nearest && nearest_span == '0",
        "to_next    = 1'b0",
        "partial",
    ),
    mutant(
        "E2",
        "elimination.sv",
        "second && !at_nearest && at_span + 1'b1 == nearest_span",
        "1'b0",
        "parts",
    ),
    mutant("E3", "elimination.sv", ") < limit) none_below", ") <= limit) none_below", "partial"),
    mutant(
        "E3",
        "elimination.sv",
        "abandoned == arriving_span) || (gives_up && given_up == arriving_span)",
        "abandoned == arriving_span)",
        "parts",
    ),
    mutant("E3", "elimination.sv", "gives_up && !done && given_up == at_span;", "1'b0;", "partial"),
    mutant("E3", "elimination.sv", "\n      && !(completed_valid && completed == given_up);", ";", "parts"),
    mutant("E3", "candidates.sv", "left_out || rules_out;", "left_out;", "parts"),
    mutant(
        "E3",
        "candidates.sv",
        "else if (completes || gives_up) completing",
        "else if (completes) completing",
        "partial",
    ),
];
