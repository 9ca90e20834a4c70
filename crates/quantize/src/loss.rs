//! What quantization lost, and what the image costs in memory.

use klr_image::CoreImage;
use klr_image::reference::Reference;

/// Bits of memory an image occupies, padding of partly filled words included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SramBits {
    /// Pattern memory: the columns, or the rows where there are no columns.
    pub patterns: u64,
    /// The rows of the patterns beside their columns; 0 where the bits are stored once.
    pub pattern_copy: u64,
    /// Weight memory.
    pub weights: u64,
    /// Counter memory.
    pub counters: u64,
    /// Kernel table.
    pub table: u64,
}

impl SramBits {
    /// What `image` occupies.
    #[must_use]
    pub fn of(image: &CoreImage) -> Self {
        let layout = image.layout();
        Self {
            patterns: layout.patterns.bits_used(),
            pattern_copy: layout.pattern_copy.map_or(0, |region| region.bits_used()),
            weights: layout.weights.bits_used(),
            counters: layout.counters.bits_used(),
            table: layout.table.bits_used(),
        }
    }

    /// All together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.patterns + self.pattern_copy + self.weights + self.counters + self.table
    }
}

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
    /// Memory occupied.
    pub sram_bits: SramBits,
}

pub(crate) fn report(image: &CoreImage, saturated_weights: u64, weight_error: f64) -> LossReport {
    let stored = Reference::new(image).stored();
    LossReport {
        stored_patterns_fixed: stored.fixed as f64 / f64::from(image.p()),
        min_margin: stored.min_margin,
        saturated_weights,
        weight_error,
        required_accumulator_bits: image.required_accumulator_bits(),
        sram_bits: SramBits::of(image),
    }
}
