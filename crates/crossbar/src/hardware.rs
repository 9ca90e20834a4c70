//! What the prices of a crossbar core depend on besides counts: the sizes of its memories and the width of its adder.

use crate::CrossbarConfig;
use klr_sim::MemoryMacro;

/// One of the memories of a crossbar core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrossbarMemory {
    /// The weights.
    Weights,
    /// The neurons.
    Neurons,
}

impl CrossbarMemory {
    /// Both memories, in the order of reports.
    pub const ALL: [Self; 2] = [Self::Weights, Self::Neurons];

    /// The memory's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weights => "weight memory",
            Self::Neurons => "neuron memory",
        }
    }
}

/// The sizes and the width of one crossbar core, whatever network is loaded into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossbarHardware {
    /// Weight memory, one bank.
    pub weights: MemoryMacro,
    /// Neuron memory, one bank: a word is the membrane and the sign of one neuron.
    pub neurons: MemoryMacro,
    /// Bits of a membrane.
    pub membrane_bits: u32,
}

impl CrossbarHardware {
    /// The sizes of the core with these knobs.
    #[must_use]
    pub fn of(config: &CrossbarConfig) -> Self {
        let spec = config.spec();
        let neuron_bits = spec.membrane_bits + 1;
        let memory = |bank_bytes, word_bits| MemoryMacro::of_one_port(bank_bytes, 1, word_bits);
        Self {
            weights: memory(spec.weight_bytes, spec.weights_per_word * u32::from(spec.weight_bits.get())),
            neurons: memory((u64::from(spec.neurons) * u64::from(neuron_bits)).div_ceil(8), neuron_bits),
            membrane_bits: spec.membrane_bits,
        }
    }

    /// The macro that builds `memory`.
    #[must_use]
    pub const fn memory(&self, memory: CrossbarMemory) -> MemoryMacro {
        match memory {
            CrossbarMemory::Weights => self.weights,
            CrossbarMemory::Neurons => self.neurons,
        }
    }
}
