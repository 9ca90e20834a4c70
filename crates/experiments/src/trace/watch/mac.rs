//! What the MAC array does, as an observer sees it.

use super::{Due, Packet, Unit, Watch, Wire};
use klr_sim::Dataflow;
use klr_sim::trace::Target;
use klr_units::PatternIdx;
use klr_units::fixed::unsigned_width;

impl Watch<'_> {
    /// Cycles for which a packet of `words` words from `first` on will occupy the lanes.
    pub(super) fn service(&self, first: Option<PatternIdx>, words: usize) -> u64 {
        let Some(first) = first.filter(|_| words > 0) else { return 1 };
        let cycles_per_group = self.image.geometry().mac_lanes().div_ceil(self.banks()) as u64;
        match self.dataflow {
            Dataflow::Synchronous => cycles_per_group,
            Dataflow::Delta => self.image.groups() as u64 * cycles_per_group,
            Dataflow::Sweep => self.fullest_bank(first, words),
        }
    }

    fn banks(&self) -> usize {
        self.image.geometry().mac_lanes().min(self.config.weight_banks as usize)
    }

    fn leaves_out(&self) -> bool {
        self.config.zero_skip || self.config.candidates > 0
    }

    /// Weights of one neuron that the fullest bank has of a packet.
    fn fullest_bank(&self, first: PatternIdx, words: usize) -> u64 {
        let mut load = vec![0; self.banks()];
        let looked_up = |pattern: &usize| !self.leaves_out() || self.landscape.in_window(*pattern);
        for pattern in (first.get()..self.image.p() as usize).filter(looked_up).take(words) {
            let bank = pattern % load.len();
            load[bank] += 1;
        }
        load.into_iter().max().unwrap_or(1)
    }

    pub(super) fn packet_enters(&mut self, depth: usize) {
        self.queued.extend(self.flying.pop_front());
        self.board.number(Wire::ActivationQueue, depth as u64);
    }

    /// Words were lost at the full activation queue; the end of a sum arrives all the same.
    pub(super) fn packet_lost(&mut self) {
        if self.dataflow != Dataflow::Sweep {
            return;
        }
        match self.flying.front_mut() {
            Some(packet) if packet.last => packet.service = 1,
            _ => drop(self.flying.pop_front()),
        }
    }

    pub(super) fn mac_takes(&mut self, words: usize, target: Target, last: bool) {
        let service = self.queued.pop_front().map_or(1, |packet: Packet| packet.service);
        let service = if words == 0 { 1 } else { service };
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
        self.mac_free_at = self.now + service;
        self.later(service, Due::MacIdle);
        self.book_packet(words as u64, target);
    }

    fn book_packet(&mut self, words: u64, target: Target) {
        let lanes = self.image.geometry().mac_lanes();
        let n = self.image.n() as usize;
        let neurons = match target {
            Target::Group(group) => lanes.min(n.saturating_sub(group * lanes)),
            Target::Neuron(_) => 1,
            Target::AllFields => n,
        } as u64;
        let macs = words * neurons;
        let word_bits = self.word_bits();
        let booked = &mut self.meter.booked;
        booked.activations_taken += u64::from(words > 0);
        booked.activation_words += words;
        booked.activation_bits += words * word_bits;
        booked.macs += macs;
        booked.weight_bits_read += macs * u64::from(self.image.weight_format().bits().get());
        if target == Target::AllFields {
            if self.config.bitmap || self.config.tree_latency > 0 {
                booked.violation_checks += macs;
            }
            let bits = macs * u64::from(self.image.geometry().accumulator_bits());
            booked.field_bits_read += bits;
            booked.field_bits_written += bits;
        }
    }

    /// Bits of a word in the activation queue: the index goes with it where patterns are left out, in `delta` a sign too.
    fn word_bits(&self) -> u64 {
        let kernel = u64::from(self.image.table().format().bits().get());
        let index = u64::from(unsigned_width(u64::from(self.image.p() - 1)));
        match self.dataflow {
            Dataflow::Delta => kernel + index + 1,
            _ if self.leaves_out() => kernel + index,
            _ => kernel,
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
