//! The one total order of events: by cycle, then phase, then sequence.
//!
//! A cycle has two phases. In *arrive*, messages whose latency has passed reach their unit, in the order in which they
//! were sent. In *act*, every unit that was woken acts once, on its own state. A message takes at least one cycle, so
//! what a unit does in a cycle cannot be seen by another in the same cycle: the order of units within *act* has no effect.

use crate::message::{Message, UnitId};
use klr_units::{Cycle, Cycles};

/// Slots of the ring: more than the longest latency of any message, three latencies of
/// [`crate::config::MAX_LATENCY`] and one packet's service.
const SLOTS: usize = 64;

/// What happens in one cycle.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// Messages in the order in which they were sent.
    pub(crate) arrivals: Vec<(UnitId, Message)>,
    /// Units that act, as a set of bits.
    pub(crate) woken: u8,
}

/// Events to come, in a ring of the next 64 cycles; the few that lie further ahead wait in a list.
#[derive(Debug)]
pub(crate) struct EventQueue {
    slots: Vec<Slot>,
    /// Bit `s`: slot `s` is not empty.
    occupied: u64,
    later: Vec<(Cycle, UnitId, Option<Message>)>,
    now: Cycle,
}

impl EventQueue {
    pub(crate) fn new() -> Self {
        let slots = std::iter::repeat_with(Slot::default).take(SLOTS).collect();
        Self { slots, occupied: 0, later: Vec::new(), now: Cycle::ZERO }
    }

    /// Delivers `message` to `unit` in the arrive phase `latency` cycles from now.
    #[inline]
    pub(crate) fn send(&mut self, unit: UnitId, latency: u64, message: Message) {
        debug_assert!(latency > 0, "a message takes at least one cycle");
        let at = self.now + Cycles::new(latency);
        match self.slot(at) {
            Some(slot) => slot.arrivals.push((unit, message)),
            None => self.later.push((at, unit, Some(message))),
        }
    }

    /// Lets `unit` act at `at`, which may be the cycle whose arrivals are being delivered.
    #[inline]
    pub(crate) fn wake(&mut self, unit: UnitId, at: Cycle) {
        match self.slot(at) {
            Some(slot) => slot.woken |= unit.bit(),
            None => self.later.push((at, unit, None)),
        }
    }

    /// The next cycle in which something happens.
    #[inline]
    pub(crate) fn next(&self) -> Option<Cycle> {
        let here = self.position(self.now);
        let in_ring = (self.occupied != 0)
            .then(|| self.now + Cycles::new(u64::from(self.occupied.rotate_right(here).trailing_zeros())));
        let in_list = self.later.iter().map(|entry| entry.0).min();
        in_ring.into_iter().chain(in_list).min()
    }

    /// Jumps to it.
    #[inline]
    pub(crate) fn advance(&mut self) -> Option<Cycle> {
        self.now = self.next()?;
        self.pull();
        Some(self.now)
    }

    /// Goes on to `at`, before which nothing happens that the queue knows of, nor in it.
    #[inline]
    pub(crate) fn pass_to(&mut self, at: Cycle) {
        debug_assert!(self.next().is_none_or(|next| next > at), "an event would be passed over");
        self.now = at;
    }

    /// Takes what happens now, in exchange for an empty slot.
    #[inline]
    pub(crate) fn take(&mut self, slot: &mut Slot) {
        let here = self.position(self.now);
        self.occupied &= !(1 << here);
        std::mem::swap(&mut self.slots[here as usize], slot);
    }

    /// Takes the units woken by what arrived in this cycle.
    #[inline]
    pub(crate) fn take_woken(&mut self) -> u8 {
        let here = self.position(self.now);
        self.occupied &= !(1 << here);
        std::mem::take(&mut self.slots[here as usize].woken)
    }

    /// Moves from the list what has come within reach of the ring.
    #[inline]
    fn pull(&mut self) {
        let mut i = 0;
        while i < self.later.len() {
            if (self.later[i].0 - self.now).get() < SLOTS as u64 {
                // `remove` keeps the order in which the rest was sent.
                let (at, unit, message) = self.later.remove(i);
                let slot = self.slot(at).expect("it was just found to be within reach");
                match message {
                    Some(message) => slot.arrivals.push((unit, message)),
                    None => slot.woken |= unit.bit(),
                }
            } else {
                i += 1;
            }
        }
    }

    #[inline]
    fn slot(&mut self, at: Cycle) -> Option<&mut Slot> {
        if (at - self.now).get() >= SLOTS as u64 {
            return None;
        }
        let position = self.position(at);
        self.occupied |= 1 << position;
        Some(&mut self.slots[position as usize])
    }

    #[inline]
    fn position(&self, at: Cycle) -> u32 {
        u32::try_from(at.get() % SLOTS as u64).expect("a remainder of 64")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_jumps_from_event_to_event_near_and_far() {
        let mut queue = EventQueue::new();
        for at in [3, 70, 63, 500] {
            queue.wake(UnitId::Mac, Cycle::new(at));
        }
        queue.send(UnitId::Distance, 70, Message::ActivationCredit);
        let mut seen = Vec::new();
        while let Some(now) = queue.advance() {
            let mut slot = Slot::default();
            queue.take(&mut slot);
            seen.push((now.get(), slot.arrivals.len(), slot.woken.count_ones()));
        }
        assert_eq!(seen, [(3, 0, 1), (63, 0, 1), (70, 1, 1), (500, 0, 1)], "cycle, arrivals, units woken");
    }
}
