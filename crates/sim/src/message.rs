//! What the units tell each other. A message takes at least one cycle, so its sender never sees what comes of it at once.

use klr_units::{NeuronIdx, PatternIdx};

/// A unit of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitId {
    Sequencer,
    Distance,
    Mac,
}

impl UnitId {
    pub(crate) const ALL: [Self; 3] = [Self::Sequencer, Self::Distance, Self::Mac];

    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What one unit tells another.
#[derive(Debug)]
pub(crate) enum Message {
    /// Sequencer to distance unit: recount all distances.
    FirstPass,
    /// Sequencer to distance unit: send the kernel words of all patterns.
    Stream(KernelStream),
    /// Sequencer to spike queue: a neuron has flipped.
    Spike(Spike),
    /// Distance unit to sequencer: the first pass is over. `nearest` is the smallest distance.
    DistancesReady { nearest: u32 },
    /// Spike queue to sequencer: an entry is free again.
    SpikeCredit,
    /// Distance unit to sequencer: the updates of one spike are written, or the spike was lost at a full queue.
    SpikeDone { nearest: u32, lost: bool },
    /// Distance unit to activation queue.
    Packet(Packet),
    /// Activation queue to distance unit: an entry is free again.
    ActivationCredit,
    /// MAC array to sequencer: a sum has retired.
    Fields(Fields),
}

/// Who receives the kernel words of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KernelStream {
    /// `synchronous`: one stream for each of this many groups of neurons.
    Groups(usize),
    /// `sweep`: one neuron.
    Neuron(NeuronIdx),
    /// `delta`: all fields, from zero.
    AllFields,
}

impl KernelStream {
    /// Sums that the stream makes, one after the other.
    pub(crate) const fn sums(self) -> usize {
        match self {
            Self::Groups(groups) => groups,
            Self::Neuron(_) | Self::AllFields => 1,
        }
    }

    /// Where the products of sum number `sum` go.
    pub(crate) const fn target(self, sum: usize) -> Target {
        match self {
            Self::Groups(_) => Target::Group(sum),
            Self::Neuron(neuron) => Target::Neuron(neuron),
            Self::AllFields => Target::AllFields,
        }
    }
}

/// A neuron that has flipped, with its new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spike {
    pub(crate) neuron: NeuronIdx,
    pub(crate) up: bool,
}

/// Where the products of a packet are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// One accumulator per neuron of this group.
    Group(usize),
    /// One accumulator, through the adder tree.
    Neuron(NeuronIdx),
    /// The field registers.
    AllFields,
}

impl Target {
    /// Kernel words that a packet holds at most, for an array of `mac_lanes` lanes.
    pub(crate) const fn packet_words(self, mac_lanes: usize) -> usize {
        match self {
            Self::Neuron(_) => mac_lanes,
            Self::Group(_) | Self::AllFields => 1,
        }
    }
}

/// Kernel words on their way to the MAC array: one word where it is broadcast to neurons, up to B words where B patterns
/// meet one neuron. In `delta` a word is the change of a kernel value.
#[derive(Debug)]
pub(crate) struct Packet {
    pub(crate) target: Target,
    pub(crate) words: Vec<(PatternIdx, i32)>,
    /// The sum is complete with this packet.
    pub(crate) last: bool,
    /// The field registers start from zero with this packet.
    pub(crate) clear: bool,
    /// Its words were lost at a full queue: what is left is the end of a sum, which waited beside the queue (M6).
    pub(crate) lost: bool,
}

/// What the MAC array reports when a sum has retired.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fields {
    /// The fields of a group of neurons.
    Group(usize, Vec<i64>),
    /// The field of one neuron.
    Neuron(NeuronIdx, i64),
    /// The field registers are up to date.
    All,
}
