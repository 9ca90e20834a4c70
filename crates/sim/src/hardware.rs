//! What a price depends on besides counts: the sizes of the memories and the widths of the datapaths.

use crate::config::CoreConfig;
use klr_image::{CoreImage, Memories, Occupancy, Placement};

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

    fn of(memory: &Occupancy) -> Self {
        if !memory.is_built() {
            return Self::NONE;
        }
        Self { bank_bytes: memory.bank_bytes(), banks: memory.banks, word_bits: memory.word_bits }
    }
}

/// The sizes and widths of one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// Its memories: [`MemoryMacro::NONE`] where an image stores nothing.
    pub memories: Memories<MemoryMacro>,
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
        let placement = Placement::new(image, config.spec().banking(image.geometry().mac_lanes()));
        Self {
            memories: placement.arrays().map(MemoryMacro::of),
            n: image.n(),
            p: image.p(),
            weight_bits: image.stored_weight_bits().max(1),
            kernel_bits: image.table().format().bits().get().into(),
            counter_bits: image.counter_bits(),
            accumulator_bits: image.geometry().accumulator_bits(),
        }
    }
}
