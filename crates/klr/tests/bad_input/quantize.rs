//! Quantization: widths, the clip, and kernels that no table holds.

use super::{check, plain};

#[test]
fn numbers_out_of_range() {
    check(&[
        plain(
            "bits 0",
            &["--set", "quantize.weight_bits=0"],
            "klr: --set: quantize.weight_bits is 0; allowed are 1 to 16",
        ),
        plain(
            "bits 17",
            &["--set", "quantize.kernel_bits=17"],
            "klr: --set: quantize.kernel_bits is 17; allowed are 1 to 16",
        ),
        plain(
            "bits -1",
            &["--set", "quantize.weight_bits=-1"],
            "quantize.weight_bits is -1; allowed are 1 to 16",
        ),
        plain(
            "clip 0",
            &["--set", "quantize.weight_clip=0"],
            "klr: --set: quantize.weight_clip is 0; allowed is a number above 0, at most 1",
        ),
        plain("clip nan", &["--set", "quantize.weight_clip=nan"], "quantize.weight_clip is NaN; "),
    ]);
}

#[test]
fn kernels_that_the_table_cannot_hold() {
    check(&[
        plain(
            "a polynomial relative to the nearest pattern",
            &["--set", "model.kernel=polynomial"],
            "quantize.kernel_table",
        ),
        plain(
            "a kernel below zero",
            &["--set", "model.kernel=linear", "--set", "quantize.kernel_table=absolute"],
            "and kernel words have no sign: allowed are kernels that are nowhere negative",
        ),
        plain(
            "a kernel below zero, for training that sees its words",
            &[
                "--set",
                "model.kernel=linear",
                "--set",
                "quantize.kernel_table=absolute",
                "--set",
                "model.training=noise-aware",
            ],
            "klr: --set: model.kernel is linear; it is -0.125 at distance 9, and kernel words have no sign: allowed are \
             kernels that are nowhere negative, as a polynomial with an offset of 1 or more",
        ),
        plain(
            "a polynomial relative to the nearest pattern, for training that sees its words",
            &["--set", "model.kernel=polynomial", "--set", "model.training=noise-aware"],
            "klr: the default plan: quantize.kernel_table is nearest-relative; allowed with model.kernel = polynomial, which \
             is no exponential of the distance, is absolute",
        ),
    ]);
}
