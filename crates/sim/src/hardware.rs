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

/// The sizes and widths of one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// Pattern memory.
    pub patterns: MemoryMacro,
    /// Weight memory.
    pub weights: MemoryMacro,
    /// Distance counters.
    pub counters: MemoryMacro,
    /// Kernel table.
    pub table: MemoryMacro,
    /// Neurons.
    pub n: u32,
    /// Stored patterns.
    pub p: u32,
    /// Bits of a weight.
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
        let weight_banks = config.spec().weight_banks.min(layout.weights.banks);
        // Rounded up: a rung of a price ladder must hold the bank.
        let memory = |region: Region, banks: u32| MemoryMacro {
            bank_bytes: region.bytes.div_ceil(u64::from(banks)),
            banks,
            word_bits: region.word_bits,
        };
        Self {
            patterns: memory(layout.patterns, slices),
            weights: memory(layout.weights, weight_banks),
            counters: memory(layout.counters, slices),
            table: memory(layout.table, 1),
            n: image.n(),
            p: image.p(),
            weight_bits: image.weight_format().bits().get().into(),
            kernel_bits: image.table().format().bits().get().into(),
            counter_bits: image.counter_bits(),
            accumulator_bits: image.geometry().accumulator_bits(),
        }
    }
}
