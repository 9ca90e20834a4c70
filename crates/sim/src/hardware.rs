//! What a price depends on besides counts: the sizes of the memories and the widths of the datapaths.

use crate::config::CoreConfig;
use klr_image::{CoreImage, Region};

/// One memory as a price table sees it: `banks` equal macros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryMacro {
    /// Capacity of one bank, in bytes.
    pub bank_bytes: u64,
    /// Number of banks.
    pub banks: u32,
    /// Bits of one word of one bank.
    pub word_bits: u32,
}

impl MemoryMacro {
    /// A memory that is not built.
    pub const NONE: Self = Self { bank_bytes: 0, banks: 0, word_bits: 0 };
}

/// The sizes and widths of one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// Pattern memory: the columns, or the rows where there are no columns.
    pub patterns: MemoryMacro,
    /// The rows of the patterns beside the columns: [`MemoryMacro::NONE`] where the bits are stored once.
    pub pattern_rows: MemoryMacro,
    /// Weight memory: [`MemoryMacro::NONE`] where no bit of a weight is stored.
    pub weights: MemoryMacro,
    /// Distance counters.
    pub counters: MemoryMacro,
    /// Kernel table.
    pub table: MemoryMacro,
    /// Neurons.
    pub n: u32,
    /// Stored patterns.
    pub p: u32,
    /// Bits of a weight as the multiplier takes it: the magnitude where the sign comes from the patterns, and one at least.
    pub weight_bits: u32,
    /// Bits of a kernel word.
    pub kernel_bits: u32,
    /// Bits of a distance counter.
    pub counter_bits: u32,
    /// Bits of a field accumulator.
    pub accumulator_bits: u32,
}

impl Hardware {
    /// The sizes and widths of the core that `image` is for, with the banks that `config` cuts its memories into.
    #[must_use]
    pub fn of(image: &CoreImage, config: &CoreConfig) -> Self {
        let layout = image.layout();
        let slices = config.spec().distance_slices;
        // Rounded up: a rung of a price ladder must hold the bank.
        let memory = |region: Region, banks: u32| MemoryMacro {
            bank_bytes: region.bytes.div_ceil(u64::from(banks)),
            banks,
            word_bits: region.word_bits,
        };
        let mut weights = MemoryMacro::NONE;
        if layout.weights.banks > 0 {
            let banks = config.spec().banks(image.geometry().mac_lanes());
            weights = memory(layout.weights, u32::try_from(banks).unwrap_or(u32::MAX));
            weights.word_bits *= config.spec().weight_word;
        }
        Self {
            patterns: memory(layout.patterns, slices),
            pattern_rows: layout.pattern_copy.map_or(MemoryMacro::NONE, |region| memory(region, 1)),
            weights,
            counters: memory(layout.counters, slices),
            table: memory(layout.table, 1),
            n: image.n(),
            p: image.p(),
            weight_bits: image.stored_weight_bits().max(1),
            kernel_bits: image.table().format().bits().get().into(),
            counter_bits: image.counter_bits(),
            accumulator_bits: image.geometry().accumulator_bits(),
        }
    }
}
