//! What the MAC array does, as an observer sees it.

use super::{CoreUnit, Due, Observer, Wire};
use klr_sim::trace::Target;

impl Observer<'_> {
    pub(super) fn packet_enters(&mut self, depth: usize) {
        self.board.number(Wire::ActivationQueue, depth as u64);
    }

    pub(super) fn mac_takes(&mut self, words: usize, target: Target, last: bool, cycles: u64) {
        self.lower(Wire::ActivationQueue);
        self.board.number(Wire::MacBusy, 1);
        self.board.number(Wire::Words, words as u64);
        self.board.text(Wire::Target, target.to_string());
        if !std::mem::replace(&mut self.sum_open, !last) {
            self.begin(CoreUnit::Mac, 0, format!("sum {target}"));
        }
        if target == Target::AllFields {
            self.begin(CoreUnit::Mac, 1, format!("packet words={words}"));
        }
        self.mac_free_at = self.now + cycles;
        self.later(cycles, Due::MacIdle);
    }

    /// The last cycle of a packet has passed, unless another was taken before.
    pub(super) fn mac_idle(&mut self) {
        if self.now < self.mac_free_at {
            return;
        }
        self.board.number(Wire::MacBusy, 0);
        self.board.text(Wire::Target, "idle");
        let level = usize::from(self.sum_open);
        self.tracks[CoreUnit::Mac as usize].end(level, self.now);
    }
}
