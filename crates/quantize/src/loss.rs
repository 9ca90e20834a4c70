//! What quantization lost, and what the image costs in memory.

use klr_image::reference::Reference;
use klr_image::{CoreImage, Memories};

/// What became of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossReport {
    /// Share (0 to 1) of stored patterns at which every integer field has the sign of its neuron.
    pub stored_patterns_fixed: f64,
    /// The smallest `s_i h_i` over neurons and stored patterns, in units of the integer field.
    pub min_margin: i64,
    /// Weights held at the end of their format.
    pub saturated_weights: u64,
    /// Error of the dual variables: root of the summed squared error over root of the summed squares.
    pub weight_error: f64,
    /// Bits an accumulator needs so that no field can overflow, proved from the weights and the table.
    pub required_accumulator_bits: u32,
    /// Bits of memory that the image occupies, padding of partly filled words included.
    pub sram_bits: Memories<u64>,
}

pub(crate) fn report(image: &CoreImage, saturated_weights: u64, weight_error: f64) -> LossReport {
    let stored = Reference::new(image).stored();
    LossReport {
        stored_patterns_fixed: stored.fixed as f64 / f64::from(image.p()),
        min_margin: stored.min_margin,
        saturated_weights,
        weight_error,
        required_accumulator_bits: image.required_accumulator_bits(),
        sram_bits: image.sram_bits(),
    }
}
