//! The event trace: product data, one event after the other in the total order (not to be confused with diagnostics).
//!
//! A [`Sink`] is a type parameter of the simulator, so that [`NoTrace`] costs nothing.

mod binary;
mod digest;
mod text;

pub use binary::{BinaryTrace, RECORD_BYTES, Record, decode};
pub use digest::Digest;
pub use text::TextTrace;

use crate::activity::Activity;
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
        /// Look-ups in the table; not in the text.
        look_ups: u64,
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
        /// The field registers start from zero with it; not in the text.
        clear: bool,
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
        /// Its name.
        name: &'static str,
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
            Self::Lookup { first, words, last: l, .. } => {
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
            Self::Fault { name } => write!(f, "core  fault {name}"),
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

/// An event as four numbers: code, two small operands, one large. The digest and the binary trace are made of these.
pub(crate) fn encode(event: &TraceEvent) -> (u8, u32, u32, i64) {
    let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
    let flag_and_count = |flag: bool, count: u64| {
        u32::from(flag) | u32::try_from(count).unwrap_or(u32::MAX).min(u32::MAX >> 1) << 1
    };
    let target = |target: Target| match target {
        Target::Group(group) => i64::from(small(group)) * 4,
        Target::Neuron(neuron) => i64::from(small(neuron.get())) * 4 + 1,
        Target::AllFields => 2,
    };
    match *event {
        TraceEvent::Cue { n } => (0, n, 0, 0),
        TraceEvent::Step { number } => (1, 0, 0, i64::try_from(number).unwrap_or(i64::MAX)),
        TraceEvent::PatternRead { block, neuron } => (2, small(block), small(neuron.get()), 0),
        TraceEvent::CounterRead { block } => (3, small(block), 0, 0),
        TraceEvent::CounterWrite { block } => (4, small(block), 0, 0),
        TraceEvent::PortConflict => (5, 0, 0, 0),
        TraceEvent::Lookup { first, words, last, look_ups } => (
            6,
            small(words),
            flag_and_count(last, look_ups),
            first.map_or(-1, |mu| i64::from(small(mu.get()))),
        ),
        TraceEvent::ActivationStall => (7, 0, 0, 0),
        TraceEvent::ActivationEnters { depth } => (8, small(depth), 0, 0),
        TraceEvent::MacTakes { words, target: t, last, cycles, clear } => {
            (9, small(words), flag_and_count(last, cycles), target(t) + i64::from(clear))
        }
        TraceEvent::Field { neuron, field } => (10, small(neuron.get()), 0, field),
        TraceEvent::Skip => (11, 0, 0, 0),
        TraceEvent::Flip { neuron, up } => (12, small(neuron.get()), u32::from(up), 0),
        TraceEvent::SpikeStall => (13, 0, 0, 0),
        TraceEvent::SpikeEnters { neuron, depth } => (14, small(neuron.get()), small(depth), 0),
        TraceEvent::SpikeTaken { neuron } => (15, small(neuron.get()), 0, 0),
        TraceEvent::Fault { name } => (16, small(name.len()), 0, 0),
        TraceEvent::End { outcome } => (17, outcome as u32, 0, 0),
        TraceEvent::Insert { entries } => (18, small(entries), 0, 0),
        TraceEvent::Eliminated { block } => (19, small(block), 0, 0),
        TraceEvent::ListUpdate { entries, d_min } => (20, small(entries), d_min, 0),
        TraceEvent::Refresh => (21, 0, 0, 0),
        TraceEvent::ListOverflow => (22, 0, 0, 0),
        TraceEvent::RowRead { pattern, word } => (23, small(pattern.get()), small(word), 0),
        TraceEvent::RowSigns { pattern, words } => {
            (24, small(pattern.get()), u32::try_from(words).unwrap_or(u32::MAX), 0)
        }
        TraceEvent::ColumnSigns { block, neuron } => (25, small(block), small(neuron.get()), 0),
    }
}
