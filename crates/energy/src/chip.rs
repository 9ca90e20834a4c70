//! A published chip as the prices see it: its memories are in the prices of its operations and in the power of a core, so no
//! access of its own is priced, and nothing grows with a width.

use crate::charge::Charges;
use crate::pricing::Counted;
use crate::term::{Access, Term, Width};
use klr_sim::{Memory, MemoryMacro};

/// Counts of a run on a chip, and what each is charged with.
pub(crate) trait ChipCounts {
    type Counter: Copy + 'static;
    const COUNTERS: &'static [Self::Counter];

    fn count(&self, counter: Self::Counter) -> u64;

    fn charges(counter: Self::Counter) -> Charges;
}

/// A run on a chip.
pub(crate) struct Chip<'a, A> {
    pub(crate) activity: &'a A,
}

impl<A: ChipCounts> Counted for Chip<'_, A> {
    type Counter = A::Counter;
    type Memory = Memory;
    const COUNTERS: &'static [A::Counter] = A::COUNTERS;
    const MEMORIES: &'static [Memory] = &[];

    fn count(&self, counter: A::Counter) -> u64 {
        self.activity.count(counter)
    }

    fn charges(counter: A::Counter) -> Charges {
        A::charges(counter)
    }

    fn access(&self, _: A::Counter, _: Term) -> Option<(Memory, Access)> {
        None
    }

    fn width(&self, _: Width) -> Option<u64> {
        None
    }

    fn macros(&self, _: Memory) -> MemoryMacro {
        MemoryMacro::NONE
    }

    fn memory_name(&self, _: Memory) -> &'static str {
        "memory"
    }
}
