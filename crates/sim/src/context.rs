//! What the units share: the clock, the queue of events, the counts, the faults, and the two registers that one unit writes
//! and another reads.

use crate::activity::Activity;
use crate::config::ConfigSpec;
use crate::event::EventQueue;
use crate::fault::{Fault, FaultKind};
use crate::stages::Stages;
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::{Cycle, NeuronIdx, PatternIdx, State};

/// Fields of the retrieval that several units reach: the state register, the field registers, the counts, the clock.
pub(crate) struct Context<'a, S> {
    pub(crate) now: Cycle,
    pub(crate) image: &'a CoreImage,
    pub(crate) config: &'a ConfigSpec,
    pub(crate) stages: Stages,
    pub(crate) activity: Activity,
    pub(crate) faults: FaultLog,
    pub(crate) queue: EventQueue,
    pub(crate) sink: S,
    /// The state register: written by the sequencer, read by the distance unit in a first pass.
    pub(crate) state: State,
    /// The field registers of `delta`: written by the MAC array, read by the sequencer once a sum has retired.
    pub(crate) fields: Vec<i64>,
    /// Products on their way to the field registers, in the order of packets.
    pub(crate) arriving: Vec<Arriving>,
    /// Emptied packets, kept for their allocation.
    pub(crate) pool: Vec<Vec<(PatternIdx, i32)>>,
}

/// A product that will be added to a field register, and is there from cycle `at` on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arriving {
    pub(crate) at: Cycle,
    pub(crate) neuron: NeuronIdx,
    pub(crate) product: i64,
    /// The register starts from zero with it.
    pub(crate) clears: bool,
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

    /// Goes on to a later cycle, before which nothing happens that the queue of events knows of, nor in it.
    pub(crate) fn pass_to(&mut self, at: Cycle) {
        self.queue.pass_to(at);
        self.now = at;
    }

    /// Keeps the allocation of a packet that has been taken.
    pub(crate) fn recycle(&mut self, mut words: Vec<(PatternIdx, i32)>) {
        words.clear();
        self.pool.push(words);
    }

    /// Adds the products that have reached the field registers by now.
    pub(crate) fn update_fields(&mut self) {
        let now = self.now;
        let mut arriving = std::mem::take(&mut self.arriving);
        arriving.retain(|one| {
            let later = one.at > now;
            if !later {
                let before = if one.clears { 0 } else { self.fields[one.neuron.get()] };
                let field = before + one.product;
                self.fields[one.neuron.get()] = self.saturate(one.neuron, field);
            }
            later
        });
        self.arriving = arriving;
    }

    /// Cycles so far: at the end of cycle t these are the cycles 0 to t.
    pub(crate) const fn cycles(&self) -> u64 {
        self.now.get() + 1
    }

    pub(crate) fn fault(&mut self, kind: FaultKind) {
        self.trace(TraceEvent::Fault { code: kind.code() });
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
