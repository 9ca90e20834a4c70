//! The hardware blocks, one file each, and the messages between them.
//!
//! A unit owns its state. It hears of the others only through messages, and has no clock: the engine tells it the time.

pub(crate) mod distance;
pub(crate) mod mac;
pub(crate) mod operands;
pub(crate) mod sequencer;

use crate::activity::Activity;
use crate::config::ConfigSpec;
use crate::event::EventQueue;
use crate::fault::{Fault, FaultKind};
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::{Cycle, NeuronIdx, PatternIdx, State};

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
    Stream(Stream),
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
pub(crate) enum Stream {
    /// `synchronous`: one stream for each of this many groups of neurons.
    Groups(usize),
    /// `sweep`: one neuron.
    Neuron(NeuronIdx),
    /// `delta`: all fields, from zero.
    AllFields,
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

/// Fields of the retrieval that several units reach: the state register, the field registers, the counts, the clock.
pub(crate) struct Context<'a, S> {
    pub(crate) now: Cycle,
    pub(crate) image: &'a CoreImage,
    pub(crate) config: &'a ConfigSpec,
    pub(crate) activity: Activity,
    pub(crate) faults: FaultLog,
    pub(crate) queue: EventQueue,
    pub(crate) sink: &'a mut S,
    /// The state register: written by the sequencer, read by the distance unit in a first pass.
    pub(crate) state: State,
    /// The field registers of `delta`: written by the MAC array, read by the sequencer once a sum has retired.
    pub(crate) fields: Vec<i64>,
    /// Emptied packets, kept for their allocation.
    pub(crate) pool: Vec<Vec<(PatternIdx, i32)>>,
}

/// Faults kept per retrieval; further ones are counted only.
const FAULTS_KEPT: usize = 8;

/// The first faults of a retrieval, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaultLog {
    pub(crate) kept: Vec<Fault>,
    pub(crate) total: u64,
}

impl<S: Sink> Context<'_, S> {
    pub(crate) fn trace(&mut self, event: TraceEvent) {
        if S::ENABLED {
            self.sink.event(self.now, &event);
        }
    }

    pub(crate) fn fault(&mut self, kind: FaultKind) {
        self.trace(TraceEvent::Fault { name: kind.name() });
        self.faults.total += 1;
        if self.faults.kept.len() < FAULTS_KEPT {
            self.faults.kept.push(Fault { cycle: self.now, kind });
        }
    }

    /// `value`, held at the ends of the accumulator's range; leaving the range is a fault.
    pub(crate) fn saturate(&mut self, neuron: NeuronIdx, value: i64) -> i64 {
        let max = self.image.geometry().accumulator_max();
        if value.abs() > max {
            self.fault(FaultKind::AccumulatorOverflow { neuron, value });
        }
        value.clamp(-max, max)
    }
}
