//! The dataflows: which work a core does, in which order, to update its neurons.
//!
//! What a dataflow asks of the hardware is a line of [`Dataflow::needs`]; its steps, in order, are a file of its own in
//! `unit/sequencer`. Units look at the needs, so that none has to know which dataflow it serves.

use klr_image::{Order, Update};

/// Which work the core does, in which order, to update its neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dataflow {
    /// Every step: all distances, all kernel words, all P x N products, then all neurons together.
    Synchronous,
    /// One neuron at a time: its P products; on a flip, P distance updates.
    Sweep,
    /// Fields are kept; a flip updates the distances, and each kernel word that changed updates N fields.
    Delta,
}

/// What a dataflow asks of the units and of the layout of the bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// All neurons are compared with the same state and flip together; otherwise each sees the flips before it.
    pub together: bool,
    /// A flip moves the distances by one, by the neuron's column of the patterns; otherwise they are counted anew (unless
    /// the core is `incremental`).
    pub moves_distances: bool,
    /// Every field stands in a register, and a flip sends the change of each kernel word to all of them.
    pub keeps_fields: bool,
    /// Where the signs of the weights come from, on a core that has them in the patterns.
    pub signs: SignPath,
}

/// Where the signs of the weights come from, if the patterns hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignPath {
    /// From the neuron's column: the distance unit sends each with its kernel word.
    Column,
    /// From the rows of the patterns: the MAC array reads them beside the weights.
    Rows,
}

impl Dataflow {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Synchronous, Self::Sweep, Self::Delta];

    /// The one that leaves nothing out, which the others are compared with.
    pub const BASELINE: Self = Self::Synchronous;

    /// The dataflow's name in plans, traces and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Synchronous => "synchronous",
            Self::Sweep => "sweep",
            Self::Delta => "delta",
        }
    }

    /// What it asks of the hardware.
    #[must_use]
    pub const fn needs(self) -> Needs {
        let (together, moves_distances, keeps_fields, signs) = match self {
            Self::Synchronous => (true, false, false, SignPath::Rows),
            Self::Sweep => (false, true, false, SignPath::Column),
            Self::Delta => (false, true, true, SignPath::Rows),
        };
        Needs { together, moves_distances, keeps_fields, signs }
    }
}

/// One retrieval to run: the dataflow, and the order in which it visits neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Which work is done.
    pub dataflow: Dataflow,
    /// The order of visits; a dataflow that updates all neurons together has none.
    pub order: Order,
}

impl Schedule {
    /// The update rule of the reference that this schedule has to agree with.
    #[must_use]
    pub const fn update(&self) -> Update {
        if self.dataflow.needs().together { Update::Synchronous } else { Update::Asynchronous(self.order) }
    }
}
