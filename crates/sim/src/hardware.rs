//! What a price depends on besides counts: the sizes of the memories and the widths of the datapaths.

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
