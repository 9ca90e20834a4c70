//! Mutants of patterns by row.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "D17",
        "span_cursor.sv",
        "SUM_BITS'(lane) + 1'b1 >= SUM_BITS'(p)",
        "SUM_BITS'(lane) >= SUM_BITS'(p)",
        "rows",
    ),
    mutant("D17", "row_distances.sv", "< NUMBER_BITS'(n)", "<= NUMBER_BITS'(n)", "rows"),
    mutant("D17", "row_distances.sv", "(word == '0) ? count", "1'b0 ? count", "rows"),
    mutant("D17", "distance_unit.sv", "+ SUM_BITS'(cursor_lane) < SUM_BITS'(p)", "< SUM_BITS'(p)", "rows"),
];
