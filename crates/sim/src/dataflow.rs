//! The dataflows: which work a core does, in which order, to update its neurons.

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

impl Dataflow {
    /// All three, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Synchronous, Self::Sweep, Self::Delta];

    /// The dataflow's name in plans, traces and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Synchronous => "synchronous",
            Self::Sweep => "sweep",
            Self::Delta => "delta",
        }
    }
}

/// One retrieval to run: the dataflow, and the order in which `sweep` and `delta` visit neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Which work is done.
    pub dataflow: Dataflow,
    /// The order of visits; `synchronous` has none.
    pub order: Order,
}

impl Schedule {
    /// The update rule of the reference that this schedule has to agree with.
    #[must_use]
    pub const fn update(&self) -> Update {
        match self.dataflow {
            Dataflow::Synchronous => Update::Synchronous,
            Dataflow::Sweep | Dataflow::Delta => Update::Asynchronous(self.order),
        }
    }
}
