//! The event trace: product data, one event after the other in the total order (not to be confused with diagnostics).
//!
//! A [`Sink`] is a type parameter of the simulator, so that [`NoTrace`] costs nothing.

mod binary;
mod code;
mod file;
mod rules;
mod text;

pub use binary::{BinaryTrace, RECORD_BYTES, decode};
pub use file::{GoldenError, GoldenTrace, TextHeader, TraceDifference};
pub use rules::rules;
pub use text::TextTrace;

use crate::activity::Activity;
use crate::fault::FaultCode;
use klr_image::Outcome;
use klr_units::{Cycle, NeuronIdx, PatternIdx};
use std::fmt;

pub use crate::message::Target;

/// Whoever watches a retrieval. An observer cannot change the run.
pub trait Sink {
    /// Whether events are built at all.
    const ENABLED: bool = true;

    /// Something happened in cycle `cycle`; events come in the total order.
    fn event(&mut self, cycle: Cycle, event: &TraceEvent);

    /// Cycle `cycle` is over, and `activity` is what the core has counted so far; its clock cycles are counted at the end
    /// of the run. Only cycles in which something happens are told: in between no count grows.
    fn counted(&mut self, _cycle: Cycle, _activity: &Activity) {}
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTrace;

impl Sink for NoTrace {
    const ENABLED: bool = false;

    fn event(&mut self, _: Cycle, _: &TraceEvent) {}
}

/// A borrowed observer.
impl<S: Sink + ?Sized> Sink for &mut S {
    const ENABLED: bool = S::ENABLED;

    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        (**self).event(cycle, event);
    }

    fn counted(&mut self, cycle: Cycle, activity: &Activity) {
        (**self).counted(cycle, activity);
    }
}

/// Two observers at once.
impl<A: Sink, B: Sink> Sink for (A, B) {
    const ENABLED: bool = A::ENABLED || B::ENABLED;

    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.0.event(cycle, event);
        self.1.event(cycle, event);
    }

    fn counted(&mut self, cycle: Cycle, activity: &Activity) {
        self.0.counted(cycle, activity);
        self.1.counted(cycle, activity);
    }
}

/// One event; its text form is defined by [`fmt::Display`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEvent {
    /// The cue is in the state register.
    Cue {
        /// Neurons.
        n: u32,
    },
    /// A synchronous step, a sweep or a search begins.
    Step {
        /// Counted from 1.
        number: u64,
    },
    /// A row of pattern memory is read.
    PatternRead {
        /// Block of patterns.
        block: usize,
        /// Column.
        neuron: NeuronIdx,
    },
    /// A word of one pattern is read in a first pass, where patterns lie by row.
    RowRead {
        /// The pattern.
        pattern: PatternIdx,
        /// The word: neurons from `word L` on.
        word: usize,
    },
    /// A row of pattern memory is read for the signs of a neuron's weights, in `sweep`.
    ColumnSigns {
        /// Block of patterns.
        block: usize,
        /// Column.
        neuron: NeuronIdx,
    },
    /// A counter word is read.
    CounterRead {
        /// Block of patterns.
        block: usize,
    },
    /// A counter word is written.
    CounterWrite {
        /// Block of patterns.
        block: usize,
    },
    /// A read waits because a write has the port.
    PortConflict,
    /// Kernel words are looked up.
    Lookup {
        /// The first pattern looked up; none for a packet that only ends a sum.
        first: Option<PatternIdx>,
        /// Words that will be sent.
        words: usize,
        /// The packet ends a sum.
        last: bool,
    },
    /// The candidate list takes in a pattern; no row is read in this cycle.
    Insert {
        /// Candidates afterwards: a nearer one pushes others out; not in the text.
        entries: usize,
    },
    /// A block is given up: every pattern of it is ruled out.
    Eliminated {
        /// Block of patterns.
        block: usize,
    },
    /// The distances of the candidate list move by one.
    ListUpdate {
        /// Candidates.
        entries: usize,
        /// The smallest distance afterwards.
        d_min: u32,
    },
    /// The candidate list can no longer vouch for the patterns outside it: everything is counted anew.
    Refresh,
    /// The near patterns do not fit the candidate list: the counter memory serves the rest of the retrieval.
    ListOverflow,
    /// The distance unit waits for room in the activation queue.
    ActivationStall,
    /// A packet enters the activation queue.
    ActivationEnters {
        /// Packets in the queue, this one included.
        depth: usize,
    },
    /// The MAC array takes a packet.
    MacTakes {
        /// Kernel words in it.
        words: usize,
        /// Where its products go.
        target: Target,
        /// The packet ends a sum.
        last: bool,
        /// Cycles for which it occupies the lanes; not in the text.
        cycles: u64,
    },
    /// Words of a pattern are read for the signs of the packet's weights.
    RowSigns {
        /// The pattern.
        pattern: PatternIdx,
        /// Words.
        words: u64,
    },
    /// A field is compared with its neuron.
    Field {
        /// The neuron.
        neuron: NeuronIdx,
        /// Its field.
        field: i64,
    },
    /// The shift register of the random order names no neuron.
    Skip,
    /// A neuron changes.
    Flip {
        /// The neuron.
        neuron: NeuronIdx,
        /// Its new value is +1.
        up: bool,
    },
    /// The sequencer waits for room in the spike queue.
    SpikeStall,
    /// A spike enters the spike queue.
    SpikeEnters {
        /// The neuron that flipped.
        neuron: NeuronIdx,
        /// Spikes in the queue, this one included.
        depth: usize,
    },
    /// The distance unit takes a spike.
    SpikeTaken {
        /// The neuron that flipped.
        neuron: NeuronIdx,
    },
    /// A fault of the modelled hardware.
    Fault {
        /// Which.
        code: FaultCode,
    },
    /// The retrieval has ended.
    End {
        /// How; a dead field is told apart from convergence by the fault that follows.
        outcome: Outcome,
    },
}

/// Unit, event, and what it is about: fixed words, as in `docs/timing.md`.
impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = |last: bool| if last { " last" } else { "" };
        match *self {
            Self::Cue { n } => write!(f, "seq   cue n={n}"),
            Self::Step { number } => write!(f, "seq   step {number}"),
            Self::PatternRead { block, neuron } => {
                write!(f, "dist  read-pattern block={block} neuron={neuron}")
            }
            Self::RowRead { pattern, word } => {
                write!(f, "dist  read-pattern-row pattern={pattern} word={word}")
            }
            Self::ColumnSigns { block, neuron } => {
                write!(f, "dist  read-signs block={block} neuron={neuron}")
            }
            Self::CounterRead { block } => write!(f, "dist  read-counters block={block}"),
            Self::CounterWrite { block } => write!(f, "dist  write-counters block={block}"),
            Self::PortConflict => write!(f, "dist  port-conflict"),
            Self::Lookup { first, words, last: l } => {
                write!(f, "dist  look-up")?;
                first.map_or(Ok(()), |first| write!(f, " from={first}"))?;
                write!(f, " words={words}{}", last(l))
            }
            Self::Insert { .. } => write!(f, "dist  insert"),
            Self::Eliminated { block } => write!(f, "dist  eliminate block={block}"),
            Self::ListUpdate { entries, d_min } => {
                write!(f, "dist  update-list entries={entries}")?;
                if entries == 0 { Ok(()) } else { write!(f, " d-min={d_min}") }
            }
            Self::Refresh => write!(f, "dist  refresh"),
            Self::ListOverflow => write!(f, "dist  list-overflow"),
            Self::ActivationStall => write!(f, "dist  stall activation-queue"),
            Self::ActivationEnters { depth } => write!(f, "mac   enter depth={depth}"),
            Self::MacTakes { words, target, last: l, .. } => {
                write!(f, "mac   take words={words} for={target}{}", last(l))
            }
            Self::RowSigns { pattern, words } => {
                write!(f, "mac   read-signs pattern={pattern} words={words}")
            }
            Self::Field { neuron, field } => write!(f, "seq   field neuron={neuron} h={field}"),
            Self::Skip => write!(f, "seq   skip"),
            Self::Flip { neuron, up } => {
                write!(f, "seq   flip neuron={neuron} to={}1", if up { '+' } else { '-' })
            }
            Self::SpikeStall => write!(f, "seq   stall spike-queue"),
            Self::SpikeEnters { neuron, depth } => write!(f, "dist  enter neuron={neuron} depth={depth}"),
            Self::SpikeTaken { neuron } => write!(f, "dist  take-spike neuron={neuron}"),
            Self::Fault { code } => write!(f, "core  fault {}", code.name()),
            Self::End { outcome } => write!(f, "seq   end {}", outcome.name()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => write!(f, "group:{group}"),
            Self::Neuron(neuron) => write!(f, "neuron:{neuron}"),
            Self::AllFields => write!(f, "all"),
        }
    }
}
