//! What a caller can get wrong: a knob, a network that does not fit, a cue or an event for another network.

use crate::CrossbarImage;
use klr_units::{Bits, NeuronIdx, State};

/// Why a crossbar core cannot be built or run as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrossbarError {
    /// A knob outside its range.
    #[error("crossbar.{key} is {found}; allowed are {low} to {high}")]
    Knob {
        /// The key.
        key: &'static str,
        /// What was found.
        found: u32,
        /// The smallest value allowed.
        low: u32,
        /// The largest value allowed.
        high: u32,
    },
    /// A network without neurons.
    #[error("a network needs at least one neuron")]
    NoNeurons,
    /// A network of more neurons than there is room for.
    #[error("the network has {found} neurons, and there is room for {limit}")]
    TooManyNeurons {
        /// Neurons of the network.
        found: usize,
        /// Neurons allowed.
        limit: u32,
    },
    /// A number of weights other than the square of the number of neurons.
    #[error("{found} weights, where {n} neurons need {n} x {n}")]
    WeightCount {
        /// Weights given.
        found: usize,
        /// Neurons.
        n: u32,
    },
    /// A weight outside its format.
    #[error("weight {index} is {found}; its format holds -{max} to {max} (and no zero in 1 bit)")]
    WeightRange {
        /// Where it stands.
        index: usize,
        /// What was found.
        found: i16,
        /// The largest value allowed.
        max: i32,
    },
    /// Patterns of different sizes.
    #[error("pattern {index} has another number of neurons than pattern 0")]
    PatternSize {
        /// The first pattern that differs.
        index: usize,
    },
    /// Weights wider than the fields of the weight memory.
    #[error("weights of {found} bits do not fit fields of {limit}")]
    WeightWidth {
        /// Width of the weights.
        found: Bits,
        /// Width of a field.
        limit: Bits,
    },
    /// More weights than the weight memory holds.
    #[error("the weights take {needed} bytes, the weight memory has {available}")]
    WeightMemory {
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        available: u64,
    },
    /// A cue of another size than the network.
    #[error("the cue has {found} neurons, the network has {expected}")]
    CueSize {
        /// Neurons of the cue.
        found: usize,
        /// Neurons of the network.
        expected: u32,
    },
    /// A virtual event that carries no weight.
    #[error(
        "event {index} is a virtual event of weight 0, which the core works off as a whole row: allowed are spikes for \
         rows, and virtual events of other weights"
    )]
    VirtualWeight {
        /// Which event.
        index: usize,
    },
    /// An event for a neuron that the network does not have.
    #[error("event {index} names neuron {neuron}; the network has {n}")]
    NoSuchNeuron {
        /// Which event.
        index: usize,
        /// The neuron it names.
        neuron: NeuronIdx,
        /// Neurons of the network.
        n: u32,
    },
}

impl CrossbarError {
    /// Compares the size of `cue` with that of `image`.
    pub(crate) fn check_cue(cue: &State, image: &CrossbarImage) -> Result<(), Self> {
        let (found, expected) = (cue.n(), image.n());
        if found == expected as usize { Ok(()) } else { Err(Self::CueSize { found, expected }) }
    }
}
