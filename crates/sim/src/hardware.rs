//! What a price depends on besides counts: the sizes of the memories and the widths of the datapaths.

use crate::config::CoreConfig;
use crate::contents::Contents;
use klr_image::{Banking, CoreImage, Memories, Memory, Occupancy, Placement, PlacementError, Sizing};

/// What accesses a bank serves in one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// One, a read or a write.
    One,
    /// A read and a write.
    ReadAndWrite,
    /// So many reads; what is stored is written before the first.
    Reads(u32),
}

impl Ports {
    /// The ports of `memory` in a core with these banks.
    const fn of(memory: Memory, banking: &Banking) -> Self {
        match memory {
            Memory::Counters if banking.counter_ports > 1 => Self::ReadAndWrite,
            Memory::Table if banking.table_ports > 1 => Self::Reads(banking.table_ports),
            Memory::Columns | Memory::Rows | Memory::Weights | Memory::Counters | Memory::Table => Self::One,
        }
    }
}

/// One memory as a price table sees it: `banks` equal arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryMacro {
    /// Capacity of one bank, in bytes.
    pub bank_bytes: u64,
    /// Number of banks.
    pub banks: u32,
    /// Bits of one word of one bank: what one access moves.
    pub word_bits: u32,
    /// Ports of one bank.
    pub ports: Ports,
}

impl MemoryMacro {
    /// A memory that is not built.
    pub const NONE: Self = Self { bank_bytes: 0, banks: 0, word_bits: 0, ports: Ports::One };

    /// `banks` arrays of `bank_bytes` bytes in words of `word_bits`, of one port each.
    #[must_use]
    pub const fn of_one_port(bank_bytes: u64, banks: u32, word_bits: u32) -> Self {
        Self { bank_bytes, banks, word_bits, ports: Ports::One }
    }

    /// The memories whose banks are `arrays`, cut and ported as `banking` says.
    #[must_use]
    pub fn all(arrays: &Memories<Occupancy>, banking: &Banking) -> Memories<Self> {
        Memories::from_fn(|memory| {
            let array = &arrays[memory];
            if !array.is_built() {
                return Self::NONE;
            }
            Self {
                bank_bytes: array.bank_bytes(),
                banks: array.banks,
                word_bits: array.word_bits,
                ports: Ports::of(memory, banking),
            }
        })
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
    /// Bits of a weight as the multiplier takes it: the magnitude where the sign comes from the patterns, and one at least;
    /// one more than is stored where all weights are odd.
    pub weight_bits: u32,
    /// Bits of a kernel word.
    pub kernel_bits: u32,
    /// Bits of a distance counter.
    pub counter_bits: u32,
    /// Bits of a field accumulator.
    pub accumulator_bits: u32,
    /// Flip-flops of all units.
    pub flip_flops: u64,
}

impl Hardware {
    /// The sizes and widths of the core that `image` is for, with the banks that `config` cuts its memories into.
    #[must_use]
    pub fn of(image: &CoreImage, config: &CoreConfig) -> Self {
        let banking = config.spec().banking(image.geometry().mac_lanes());
        Self {
            memories: MemoryMacro::all(Placement::new(image, banking).arrays(), &banking),
            n: image.n(),
            p: image.p(),
            weight_bits: multiplied_bits(image),
            kernel_bits: image.table().format().bits().get().into(),
            counter_bits: image.counter_bits(),
            accumulator_bits: image.geometry().accumulator_bits(),
            flip_flops: Contents::of(image, config).flip_flops(),
        }
    }

    /// The same for a core that `image` is not placed in: one with the lanes, widths and storage of its own, and with other
    /// capacities or banks. Nothing is placed; only sizes are asked for.
    ///
    /// # Errors
    /// [`PlacementError`] if the image does not fit the memories of `core` in the banks of `config`.
    pub fn on(core: &Sizing, image: &CoreImage, config: &CoreConfig) -> Result<Self, PlacementError> {
        let core = core.banked(config.spec().banking(core.mac_lanes()));
        let memories = MemoryMacro::all(&core.arrays(&image.sizes())?, core.banking());
        Ok(Self { memories, ..Self::of(image, config) })
    }
}

/// Bits of a weight as the multiplier takes it.
fn multiplied_bits(image: &CoreImage) -> u32 {
    let of_sign = u32::from(image.geometry().storage().shares_signs());
    (image.weight_format().value_bits() - of_sign).max(1)
}
