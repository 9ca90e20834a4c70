//! What the sequencer does, as an observer sees it.

use super::{CoreUnit, Due, Observer, SignalValue, Wire, state_word, word_of};
use klr_image::Outcome;
use klr_units::NeuronIdx;

impl Observer<'_> {
    pub(super) fn step(&mut self, number: u64) {
        self.meter.want_sample();
        self.board.number(Wire::Step, number);
        self.begin(CoreUnit::Sequencer, 0, format!("step {number}"));
        let recounts = !self.needs.moves_distances && !self.config.incremental;
        self.counted &= number != 1 && !recounts;
        self.stage(if number == 1 || recounts { "distances" } else { self.comparing() });
    }

    /// The sequencer's stage, with a span of its own.
    pub(super) fn stage(&mut self, name: &'static str) {
        let is_new = *self.board.get(Wire::Stage) != SignalValue::Text(name.into());
        if is_new || !self.track(CoreUnit::Sequencer).is_open(1) {
            self.board.text(Wire::Stage, name);
            self.begin(CoreUnit::Sequencer, 1, name);
        }
    }

    /// The stage in which neurons are compared with their fields.
    pub(super) const fn comparing(&self) -> &'static str {
        if self.needs.together {
            "groups"
        } else if self.needs.keeps_fields {
            "visit"
        } else {
            "field"
        }
    }

    /// The distances are there: what the sequencer waits for next.
    pub(super) const fn stage_after_distances(&self) -> &'static str {
        if self.needs.keeps_fields { "settle" } else { self.comparing() }
    }

    pub(super) fn field(&mut self, neuron: NeuronIdx, field: i64) {
        if !self.needs.together {
            self.stage(self.comparing());
        }
        self.board.number(Wire::Neuron, neuron.get() as u64);
        self.board.number(Wire::Field, field.cast_unsigned());
    }

    pub(super) fn skip(&mut self) {
        self.stage("visit");
        if !self.needs.keeps_fields {
            // Unless the next value is skipped too, the next cycle asks for a field.
            self.later(1, Due::Stage(self.comparing()));
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
        if self.needs.together || !self.config.pipelined {
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
