//! Which compartments lie on which core.

use crate::refusal::Refusal;

/// Compartments of a core (Davies 2018, p. 89).
const COMPARTMENTS: u64 = 1024;
/// Axons that lead into a core, and axons that lead out of it (the same).
const AXONS: u64 = 4096;
/// Bits of synaptic memory of a core: 128 KB (the same).
const SYNAPTIC_BITS: u64 = 128 * 1024 * 8;
/// The widest weight (Davies 2018, p. 87).
const WEIGHT_BITS: u64 = 9;
/// Cores of a tile, and of a chip.
const CORES_PER_TILE: u64 = 4;
/// Compartments of a neuron: its field, its flip up, its flip down.
const PER_NEURON: u64 = 3;
/// Bits of a synapse of weight -1 or +1.
const SIGN_BITS: u64 = 2;

/// The cores of a memory: patterns on some, neurons on others, spread evenly.
///
/// Synaptic memory is taken to hold weights and nothing else, since the bits that the chip keeps beside them were not
/// published: the number of cores is the least there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoihiMap {
    /// Neurons N.
    pub neurons: u32,
    /// Stored patterns P.
    pub patterns: u32,
    /// Cores with pattern compartments.
    pub pattern_cores: u32,
    /// Cores with the compartments of neurons.
    pub neuron_cores: u32,
    /// Patterns on the fullest core.
    pub patterns_per_core: u32,
    /// Neurons on the fullest core.
    pub neurons_per_core: u32,
}

impl LoihiMap {
    /// The least cores for `n` neurons and `p` patterns with weights of `weight_bits`.
    ///
    /// # Errors
    /// The first [`Refusal`].
    pub fn of(n: u32, p: u32, weight_bits: u32) -> Result<Self, Refusal> {
        let (neurons, patterns, bits) = (u64::from(n), u64::from(p), u64::from(weight_bits));
        let limits = [
            ("bits of a weight", bits, WEIGHT_BITS),
            ("axons into a pattern core, two for each neuron", 2 * neurons, AXONS),
            ("axons into a core of neurons, one for each pattern", patterns, AXONS),
            ("bits of synaptic memory for the weights of one neuron", patterns * bits, SYNAPTIC_BITS),
        ];
        for (limit, required, available) in limits {
            Refusal::unless(limit, required, available).map_or(Ok(()), Err)?;
        }
        let most_neurons = (COMPARTMENTS / PER_NEURON).min(SYNAPTIC_BITS / (patterns * bits));
        let most_patterns = COMPARTMENTS.min(SYNAPTIC_BITS / (2 * neurons * SIGN_BITS));
        // Fewer neurons to a core take more axons out of each pattern core, and the other way round: both numbers only rise.
        let (mut neuron_cores, mut pattern_cores) = (neurons.div_ceil(most_neurons), 1);
        loop {
            let room = most_patterns.min(AXONS / neuron_cores);
            let more_patterns = pattern_cores.max(patterns.div_ceil(room.max(1)));
            let room = most_neurons.min(AXONS / (2 * more_patterns));
            if room == 0 || AXONS / neuron_cores == 0 {
                return Err(Refusal {
                    limit: "axons out of a core, one for each core reached",
                    required: 2 * more_patterns,
                    available: AXONS,
                });
            }
            let more_neurons = neuron_cores.max(neurons.div_ceil(room));
            if (more_neurons, more_patterns) == (neuron_cores, pattern_cores) {
                break;
            }
            (neuron_cores, pattern_cores) = (more_neurons, more_patterns);
        }
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Self {
            neurons: n,
            patterns: p,
            pattern_cores: narrow(pattern_cores),
            neuron_cores: narrow(neuron_cores),
            patterns_per_core: narrow(patterns.div_ceil(pattern_cores)),
            neurons_per_core: narrow(neurons.div_ceil(neuron_cores)),
        })
    }

    /// All cores.
    #[must_use]
    pub const fn cores(&self) -> u64 {
        self.pattern_cores as u64 + self.neuron_cores as u64
    }

    /// Tiles of four cores.
    #[must_use]
    pub const fn tiles(&self) -> u64 {
        self.cores().div_ceil(CORES_PER_TILE)
    }

    /// All compartments.
    #[must_use]
    pub const fn compartments(&self) -> u64 {
        self.patterns as u64 + PER_NEURON * self.neurons as u64
    }

    /// Compartments of the fullest core.
    #[must_use]
    pub fn busiest_compartments(&self) -> u64 {
        u64::from(self.patterns_per_core).max(PER_NEURON * u64::from(self.neurons_per_core))
    }
}
