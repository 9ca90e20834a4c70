//! The trace of the crossbar core: text, one line per event, in the total order.

use klr_sim::NoTrace;
use klr_units::{Cycle, NeuronIdx};
use std::fmt::{self, Write};

/// Whoever watches a crossbar core. An observer cannot change the run.
pub trait CrossbarSink {
    /// Whether lines are built at all.
    const ENABLED: bool = true;

    /// Something happened in cycle `cycle`; events come in the total order.
    fn event(&mut self, cycle: Cycle, event: &CrossbarTrace);
}

impl CrossbarSink for NoTrace {
    const ENABLED: bool = false;

    fn event(&mut self, _: Cycle, _: &CrossbarTrace) {}
}

/// Collects lines.
#[derive(Clone, Debug, Default)]
pub struct CrossbarText {
    text: String,
}

impl CrossbarText {
    /// The lines so far, each ended by a newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl CrossbarSink for CrossbarText {
    fn event(&mut self, cycle: Cycle, event: &CrossbarTrace) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{cycle} {event}");
    }
}

/// One event; its text form is defined by [`fmt::Display`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossbarTrace {
    /// The host's request rises.
    HostRequestUp,
    /// The core acknowledges it.
    HostAckUp,
    /// The host's request falls.
    HostRequestDown,
    /// The acknowledge falls.
    HostAckDown,
    /// An event of the host is put into the event queue.
    Push,
    /// A spike is taken from the event queue.
    Take {
        /// The neuron that fired or flipped.
        neuron: NeuronIdx,
    },
    /// A word of weight memory is selected.
    ReadRow {
        /// The row.
        row: NeuronIdx,
        /// The word within the row.
        word: usize,
    },
    /// A neuron's state is read.
    Read {
        /// The neuron.
        neuron: NeuronIdx,
    },
    /// A neuron's state is written.
    Write {
        /// The neuron.
        neuron: NeuronIdx,
        /// Its membrane.
        membrane: i64,
    },
    /// An integrate-and-fire neuron fires.
    Fire {
        /// The neuron.
        neuron: NeuronIdx,
    },
    /// A sign neuron changes.
    Flip {
        /// The neuron.
        neuron: NeuronIdx,
        /// Its new value is +1.
        up: bool,
    },
    /// A read waits for room in the output queue.
    StallOutput,
    /// A spike waits for room in the event queue.
    StallEvent,
    /// The next event waits for the output port to be quiet.
    WaitQuiet,
    /// The end of a row update waits for the output queue to empty.
    WaitOutput,
    /// A row update ends.
    Pop,
    /// A spike enters the output queue.
    Enter {
        /// The neuron.
        neuron: NeuronIdx,
        /// Spikes in the queue, this one included.
        depth: usize,
    },
    /// The request wire rises with an address.
    RequestUp {
        /// The address.
        neuron: NeuronIdx,
    },
    /// The receiver has seen the request.
    AckUp,
    /// The request wire falls.
    RequestDown,
    /// The receiver has seen the request fall.
    AckDown,
    /// The spike's entry is free.
    Free {
        /// Spikes left in the queue.
        depth: usize,
    },
    /// A fault of the modelled hardware.
    Fault {
        /// Its name.
        name: &'static str,
    },
    /// The run has ended.
    End {
        /// How.
        how: &'static str,
    },
}

/// Unit, event, and what it is about: fixed words, as in `docs/crossbar.md`.
impl fmt::Display for CrossbarTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::HostRequestUp => write!(f, "host  request-up"),
            Self::HostAckUp => write!(f, "host  ack-up"),
            Self::HostRequestDown => write!(f, "host  request-down"),
            Self::HostAckDown => write!(f, "host  ack-down"),
            Self::Push => write!(f, "xbar  push"),
            Self::Take { neuron } => write!(f, "xbar  take neuron={neuron}"),
            Self::ReadRow { row, word } => write!(f, "xbar  read-row row={row} word={word}"),
            Self::Read { neuron } => write!(f, "xbar  read neuron={neuron}"),
            Self::Write { neuron, membrane } => write!(f, "xbar  write neuron={neuron} v={membrane}"),
            Self::Fire { neuron } => write!(f, "xbar  fire neuron={neuron}"),
            Self::Flip { neuron, up } => {
                write!(f, "xbar  flip neuron={neuron} to={}1", if up { '+' } else { '-' })
            }
            Self::StallOutput => write!(f, "xbar  stall output-queue"),
            Self::StallEvent => write!(f, "xbar  stall event-queue"),
            Self::WaitQuiet => write!(f, "xbar  wait quiet"),
            Self::WaitOutput => write!(f, "xbar  wait output-queue"),
            Self::Pop => write!(f, "xbar  pop"),
            Self::Enter { neuron, depth } => write!(f, "aer   enter neuron={neuron} depth={depth}"),
            Self::RequestUp { neuron } => write!(f, "aer   request-up neuron={neuron}"),
            Self::AckUp => write!(f, "aer   ack-up"),
            Self::RequestDown => write!(f, "aer   request-down"),
            Self::AckDown => write!(f, "aer   ack-down"),
            Self::Free { depth } => write!(f, "aer   free depth={depth}"),
            Self::Fault { name } => write!(f, "core  fault {name}"),
            Self::End { how } => write!(f, "core  end {how}"),
        }
    }
}
