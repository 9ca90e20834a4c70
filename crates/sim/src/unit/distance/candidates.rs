//! The candidate list: the few patterns near enough to matter, with their distances, in registers.
//!
//! A flip changes a distance by at most one. So a pattern that was at least `far` away when it was last counted is at
//! least `far - f` away after `f` flips (triangle inequality), and as long as that is outside the kernel window its
//! kernel word is zero and its counter may stay stale. The list is exact while that holds, and says when it no longer
//! does.

use super::counters::moved;

/// A pattern near enough to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) pattern: usize,
    pub(crate) distance: u32,
}

/// What makes a kernel word differ from zero: the window of the table, from its origin on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Entries of the table.
    pub(crate) entries: u32,
    /// The table is indexed by the distance minus the smallest distance.
    pub(crate) relative: bool,
}

impl Window {
    /// The first distance whose kernel word is zero, when the smallest distance is `d_min`.
    pub(crate) const fn end(self, d_min: u32) -> u32 {
        if self.relative { d_min.saturating_add(self.entries) } else { self.entries }
    }
}

/// The list: a register for each entry, which keeps its place as long as it is occupied.
#[derive(Clone, Debug)]
pub(crate) struct CandidateList {
    slots: Vec<Option<Candidate>>,
    /// Distances beyond the window that are kept all the same, so that a few wrong flips cost no refresh.
    margin: u32,
    window: Window,
    /// A lower bound on the distance of every pattern that is not in the list, when it was last counted.
    far: u32,
    /// Flips since then.
    flips: u32,
    d_min: u32,
}

/// What became of a candidate that the list took in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Insertion {
    /// Entries of the list afterwards.
    pub(crate) entries: usize,
    /// The list was full, and its farthest entry had to be found.
    pub(crate) was_full: bool,
}

impl CandidateList {
    pub(crate) fn new(capacity: usize, margin: u32, window: Window) -> Self {
        Self { slots: vec![None; capacity], margin, window, far: u32::MAX, flips: 0, d_min: u32::MAX }
    }

    /// Forgets everything, for a new first pass.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(None);
        self.far = u32::MAX;
        self.flips = 0;
        self.d_min = u32::MAX;
    }

    /// The first distance that rules a pattern out, as far as is known by now.
    pub(crate) const fn limit(&self) -> u32 {
        self.window.end(self.d_min).saturating_add(self.margin)
    }

    /// A pattern at `distance` or more is left out.
    pub(crate) fn leave_out(&mut self, distance: u32) {
        self.far = self.far.min(distance);
    }

    /// Takes in a pattern whose distance is below the limit, in the first free register. A nearer one pushes out what its
    /// limit excludes; where none is free, the farthest goes.
    pub(crate) fn insert(&mut self, candidate: Candidate) -> Insertion {
        let was_full = self.slots.iter().all(Option::is_some);
        self.d_min = self.d_min.min(candidate.distance);
        let limit = self.limit();
        for slot in &mut self.slots {
            if let Some(entry) = slot.take_if(|entry| entry.distance >= limit) {
                self.far = self.far.min(entry.distance);
            }
        }
        match self.slots.iter().position(Option::is_none) {
            Some(free) => self.slots[free] = Some(candidate),
            None => self.replace_farthest(candidate),
        }
        Insertion { entries: self.len(), was_full }
    }

    /// The candidate takes the place of the farthest entry (the last of equals), unless it is as far itself.
    fn replace_farthest(&mut self, candidate: Candidate) {
        let farthest = self.slots.iter_mut().flatten().max_by_key(|entry| entry.distance);
        let out = match farthest {
            Some(entry) if entry.distance > candidate.distance => std::mem::replace(entry, candidate),
            _ => candidate,
        };
        self.leave_out(out.distance);
    }

    /// Moves every distance by one, in registers that hold up to `max`: down where the pattern's bit agrees with the
    /// neuron's new value.
    pub(crate) fn flip(&mut self, max: u32, agrees: impl Fn(usize) -> bool) {
        for entry in self.slots.iter_mut().flatten() {
            entry.distance = moved(entry.distance, agrees(entry.pattern), max);
        }
        self.flips += 1;
        self.d_min = self.entries().map(|(_, entry)| entry.distance).min().unwrap_or(u32::MAX);
    }

    /// Whether every pattern outside the list has a kernel word of zero, and, where the table needs it, the smallest
    /// distance is in the list.
    pub(crate) fn is_exact(&self) -> bool {
        let least = self.far.saturating_sub(self.flips);
        let known = !self.window.relative || self.len() > 0;
        known && least >= self.window.end(self.d_min)
    }

    /// The entries, each with the number of its register.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, Candidate)> + '_ {
        self.slots.iter().enumerate().filter_map(|(slot, entry)| entry.map(|entry| (slot, entry)))
    }

    /// Entries.
    pub(crate) fn len(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// The smallest distance to any pattern in the list.
    pub(crate) const fn d_min(&self) -> u32 {
        self.d_min
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { entries: 3, relative: true };

    fn list(capacity: usize, distances: &[u32]) -> CandidateList {
        let mut list = CandidateList::new(capacity, 1, WINDOW);
        for (pattern, &distance) in distances.iter().enumerate() {
            if distance < list.limit() {
                list.insert(Candidate { pattern, distance });
            } else {
                list.leave_out(distance);
            }
        }
        list
    }

    #[test]
    fn a_nearer_pattern_moves_the_limit_and_drops_what_is_beyond() {
        let list = list(8, &[10, 13, 12, 8, 20]);
        let kept: Vec<u32> = list.entries().map(|(_, c)| c.distance).collect();
        assert_eq!(kept, [10, 8], "8 + 3 + 1 = 12 rules out 12 and 13");
        assert_eq!(list.far, 12, "the nearest that was left out");
        assert!(list.is_exact(), "12 is outside the window 8 to 10");
    }

    #[test]
    fn flips_wear_the_guarantee_down() {
        let mut list = list(8, &[8, 12]);
        list.flip(15, |_| true);
        assert!(list.is_exact(), "7 + 3 = 10, and the other is at 11 at least");
        list.flip(15, |_| false);
        assert!(!list.is_exact(), "8 + 3 = 11, and the other may be at 10");
    }

    /// Where a full queue drops spikes, distances can be wrong, and leave their range.
    #[test]
    fn a_distance_that_lost_a_spike_wraps_as_its_register_does() {
        let mut list = list(8, &[0, 1]);
        list.flip(15, |_| true);
        let distances: Vec<u32> = list.entries().map(|(_, c)| c.distance).collect();
        assert_eq!(distances, [15, 0], "four bits");
    }

    #[test]
    fn an_entry_keeps_its_register_and_a_free_one_is_taken() {
        let list = list(3, &[9, 12, 10, 8, 9]);
        let kept: Vec<_> = list.entries().map(|(slot, c)| (slot, c.pattern, c.distance)).collect();
        let expected = [(0, 0, 9), (1, 3, 8), (2, 4, 9)];
        assert_eq!(
            kept, expected,
            "8 + 3 + 1 = 12 rules out 12, whose register 3 takes; 4 pushes the farthest out"
        );
        assert_eq!(list.far, 10, "that is 10");
    }

    #[test]
    fn a_list_that_is_too_short_knows_it() {
        let list = list(2, &[8, 9, 10]);
        assert_eq!(list.len(), 2, "two fit");
        assert!(!list.is_exact(), "10 was pushed out and lies in the window");
    }
}
