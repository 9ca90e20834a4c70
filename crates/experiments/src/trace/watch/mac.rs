//! What the MAC array does, as an observer sees it.

use super::{Due, Unit, Watch, Wire};
use klr_sim::Dataflow;
use klr_sim::trace::Target;
use klr_units::fixed::unsigned_width;

impl Watch<'_> {
    fn leaves_out(&self) -> bool {
        self.config.zero_skip || self.config.candidates > 0
    }

    pub(super) fn packet_enters(&mut self, depth: usize) {
        self.board.number(Wire::ActivationQueue, depth as u64);
    }

    pub(super) fn mac_takes(&mut self, words: usize, target: Target, last: bool, cycles: u64) {
        self.lower(Wire::ActivationQueue);
        self.board.number(Wire::MacBusy, 1);
        self.board.number(Wire::Words, words as u64);
        self.board.text(Wire::Target, target.to_string());
        if !std::mem::replace(&mut self.sum_open, !last) {
            self.begin(Unit::Mac, 0, format!("sum {target}"));
        }
        if target == Target::AllFields {
            self.begin(Unit::Mac, 1, format!("packet words={words}"));
        }
        self.mac_free_at = self.now + cycles;
        self.later(cycles, Due::MacIdle);
    }

    /// Words of a pattern are read for the signs of the packet's weights.
    pub(super) fn row_signs(&mut self, words: u64) {
        self.meter.booked.sign_bits_read += words * self.image.geometry().distance_lanes() as u64;
    }

    /// What the array moves and multiplies for a packet.
    pub(super) fn book_packet(&mut self, words: u64, target: Target, clear: bool) {
        let lanes = self.image.geometry().mac_lanes();
        let n = self.image.n() as usize;
        let neurons = match target {
            Target::Group(group) => lanes.min(n.saturating_sub(group * lanes)),
            Target::Neuron(_) => 1,
            Target::AllFields => n,
        } as u64;
        let macs = words * neurons;
        let word_bits = self.word_bits();
        // A bank word is read whole, whether one of its weights is wanted or all.
        let in_word = u64::from(self.config.weight_word);
        let weights = words * neurons.div_ceil(in_word) * in_word;
        let booked = &mut self.meter.booked;
        booked.activations_taken += u64::from(words > 0);
        booked.activation_words += words;
        booked.activation_bits += words * word_bits;
        booked.macs += macs;
        booked.weight_bits_read += weights * u64::from(self.image.stored_weight_bits());
        if target == Target::AllFields {
            if self.config.bitmap || self.config.tree_latency > 0 {
                booked.violation_checks += macs;
            }
            let bits = macs * u64::from(self.image.geometry().accumulator_bits());
            let cleared = u64::from(clear) * n as u64 * u64::from(self.image.geometry().accumulator_bits());
            booked.field_bits_read += bits;
            booked.field_bits_written += bits + cleared;
        }
    }

    /// Bits of a word in the activation queue: the index goes with it where patterns are left out, in `delta` a sign too,
    /// and in `sweep` the weight's sign where it comes from the patterns.
    fn word_bits(&self) -> u64 {
        let kernel = u64::from(self.image.table().format().bits().get());
        let index = u64::from(unsigned_width(u64::from(self.image.p() - 1)));
        let shared = self.dataflow == Dataflow::Sweep && self.image.geometry().storage().shares_signs();
        match self.dataflow {
            Dataflow::Delta => kernel + index + 1,
            _ if self.leaves_out() => kernel + index + u64::from(shared),
            _ => kernel + u64::from(shared),
        }
    }

    /// The last cycle of a packet has passed, unless another was taken before.
    pub(super) fn mac_idle(&mut self) {
        if self.now < self.mac_free_at {
            return;
        }
        self.board.number(Wire::MacBusy, 0);
        self.board.text(Wire::Target, "idle");
        let level = usize::from(self.sum_open);
        self.tracks[Unit::Mac as usize].end(level, self.now);
    }
}
