//! Mutants of how weights are decoded, by the rules of `docs/formats.md`.

use super::{Mutant, mutant};

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "F1",
        "weight_value.sv",
        "(SIGN_SHARING != 0) ? up : code[0]",
        "(SIGN_SHARING != 0) ? !up : code[0]",
        "odd-sign",
    ),
    mutant(
        "F1",
        "weight_value.sv",
        "{{(VALUE_BITS - 1) {~positive}}, 1'b1}",
        "{{(VALUE_BITS - 1) {~positive}}, positive}",
        "odd-sign",
    ),
    mutant("F2", "weight_value.sv", "VALUE_BITS'({code, 1'b1})", "VALUE_BITS'({code, 1'b0})", "odd-shared"),
    mutant(
        "F2",
        "weight_value.sv",
        "= up ? magnitude : -magnitude;",
        "= up ? -magnitude : magnitude;",
        "odd-shared",
    ),
    mutant(
        "F3",
        "weight_value.sv",
        "code[WEIGHT_BITS-1] ? -magnitude : magnitude",
        "code[WEIGHT_BITS-1] ? ~magnitude : magnitude",
        "magnitude",
    ),
    mutant(
        "F3",
        "weight_value.sv",
        "magnitude = VALUE_BITS'(code[WEIGHT_BITS-2:0]);",
        "magnitude = VALUE_BITS'(code);",
        "ternary",
    ),
    mutant(
        "F4",
        "weight_value.sv",
        "{~code[WEIGHT_BITS-1], code[WEIGHT_BITS-2:0], 1'b1}",
        "{~code[WEIGHT_BITS-1], code[WEIGHT_BITS-2:0], 1'b0}",
        "odd",
    ),
    mutant("F4", "weight_value.sv", "{~code[WEIGHT_BITS-1],", "{code[WEIGHT_BITS-1],", "odd-wide"),
];
