//! What the modelled hardware can do wrong. A fault is a result with a cycle and a place, not an error of the program.

use klr_units::{Cycle, NeuronIdx};
use std::fmt;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// When it happened.
    pub cycle: Cycle,
    /// What happened, and where.
    pub kind: FaultKind,
}

/// What happened, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A field left the range of its accumulator and was held at its end.
    AccumulatorOverflow {
        /// The neuron whose field it was.
        neuron: NeuronIdx,
        /// The value that did not fit.
        value: i64,
    },
    /// Something arrived at a full queue that may drop.
    QueueOverflow {
        /// `spike` or `activation`; in a crossbar core `output` or `event`.
        queue: &'static str,
        /// Entries of the queue.
        depth: u32,
    },
    /// The retrieval stood still because every kernel word is zero.
    DeadField {
        /// The smallest distance to any pattern.
        d_min: u32,
        /// Entries of the kernel table.
        window: usize,
    },
    /// Nothing was left to happen although the retrieval had not ended.
    Stuck {
        /// What each unit waited for.
        waiting: Vec<String>,
    },
}

/// What happened, without the place: the number of a fault in binary traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// [`FaultKind::AccumulatorOverflow`].
    AccumulatorOverflow = 0,
    /// [`FaultKind::QueueOverflow`].
    QueueOverflow = 1,
    /// [`FaultKind::DeadField`].
    DeadField = 2,
    /// [`FaultKind::Stuck`].
    Stuck = 3,
}

impl FaultCode {
    /// Every code, in order.
    pub const ALL: [Self; 4] = [Self::AccumulatorOverflow, Self::QueueOverflow, Self::DeadField, Self::Stuck];

    /// The fault's name in traces and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccumulatorOverflow => "accumulator-overflow",
            Self::QueueOverflow => "queue-overflow",
            Self::DeadField => "dead-field",
            Self::Stuck => "stuck",
        }
    }
}

impl FaultKind {
    /// The fault's number.
    #[must_use]
    pub const fn code(&self) -> FaultCode {
        match self {
            Self::AccumulatorOverflow { .. } => FaultCode::AccumulatorOverflow,
            Self::QueueOverflow { .. } => FaultCode::QueueOverflow,
            Self::DeadField { .. } => FaultCode::DeadField,
            Self::Stuck { .. } => FaultCode::Stuck,
        }
    }

    /// The fault's name in traces and reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.code().name()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cycle {}: {}", self.cycle.get(), self.kind.name())?;
        match &self.kind {
            FaultKind::AccumulatorOverflow { neuron, value } => {
                write!(f, ": field {neuron} reached {value}")
            }
            FaultKind::QueueOverflow { queue, depth } => write!(f, ": {queue} queue of {depth} entries"),
            FaultKind::DeadField { d_min, window } => {
                write!(f, ": nearest pattern at distance {d_min}, kernel table of {window} entries")
            }
            FaultKind::Stuck { waiting } => write!(f, ": {}", waiting.join("; ")),
        }
    }
}
