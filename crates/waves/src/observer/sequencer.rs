//! What the sequencer does, as an observer sees it.

use super::{CoreUnit, Due, Observer, SignalValue, Wire, state_word, word_of};
use klr_image::Outcome;
use klr_sim::Dataflow;
use klr_units::NeuronIdx;

impl Observer<'_> {
    pub(super) fn step(&mut self, number: u64) {
        self.meter.want_sample();
        self.board.number(Wire::Step, number);
        self.begin(CoreUnit::Sequencer, 0, format!("step {number}"));
        let recounts = self.dataflow == Dataflow::Synchronous && !self.config.incremental;
        self.counted &= number != 1 && !recounts;
        let stage = match self.dataflow {
            _ if number == 1 || recounts => "distances",
            Dataflow::Synchronous => "groups",
            Dataflow::Sweep => "field",
            Dataflow::Delta => "visit",
        };
        self.stage(stage);
    }

    /// The sequencer's stage, with a span of its own.
    pub(super) fn stage(&mut self, name: &'static str) {
        let is_new = *self.board.get(Wire::Stage) != SignalValue::Text(name.into());
        if is_new || !self.track(CoreUnit::Sequencer).is_open(1) {
            self.board.text(Wire::Stage, name);
            self.begin(CoreUnit::Sequencer, 1, name);
        }
    }

    /// The distances are there: what the sequencer waits for next.
    pub(super) const fn stage_after_distances(&self) -> &'static str {
        match self.dataflow {
            Dataflow::Synchronous => "groups",
            Dataflow::Sweep => "field",
            Dataflow::Delta => "settle",
        }
    }

    pub(super) fn field(&mut self, neuron: NeuronIdx, field: i64) {
        match self.dataflow {
            Dataflow::Synchronous => {}
            Dataflow::Sweep => self.stage("field"),
            Dataflow::Delta => self.stage("visit"),
        }
        self.board.number(Wire::Neuron, neuron.get() as u64);
        self.board.number(Wire::Field, field.cast_unsigned());
    }

    pub(super) fn skip(&mut self) {
        self.stage("visit");
        if self.dataflow == Dataflow::Sweep {
            // Unless the next value is skipped too, the next cycle asks for a field.
            self.later(1, Due::Stage("field"));
        }
    }

    pub(super) fn flip(&mut self, neuron: NeuronIdx) {
        self.landscape.flip(neuron);
        self.flips += 1;
        self.meter.want_sample();
        let (index, word) = word_of(self.landscape.state(), neuron);
        self.board.put(state_word(index), SignalValue::Number(word));
        self.board.number(Wire::FlipNeuron, neuron.get() as u64);
        self.board.number(Wire::Flips, self.flips);
        self.pulse(Wire::Flip);
        let sign = if self.landscape.state().get(neuron.get()) { '+' } else { '-' };
        self.mark(Some(CoreUnit::Sequencer), format!("flip neuron={neuron} to={sign}1"));
        if self.dataflow == Dataflow::Synchronous || !self.config.pipelined {
            self.stage("settle");
        }
    }

    pub(super) fn spike_stall(&mut self) {
        self.board.number(Wire::SpikeStall, 1);
        self.begin(CoreUnit::Sequencer, 2, "stall spike-queue");
    }

    /// The credit of a spike that was taken reaches the sequencer one cycle later.
    pub(super) fn spike_credit(&mut self) {
        if *self.board.get(Wire::SpikeStall) == SignalValue::Number(1) {
            self.later(1, Due::SpikeStallEnds);
        }
    }

    pub(super) fn spike_stall_ends(&mut self) {
        self.board.number(Wire::SpikeStall, 0);
        let now = self.now;
        self.track(CoreUnit::Sequencer).end(2, now);
    }

    pub(super) fn end(&mut self, outcome: Outcome) {
        self.board.text(Wire::Outcome, outcome.name());
        self.stage("ended");
    }
}
