//! The trace as a number: equal traces have equal digests, whatever their length.

use super::{Sink, TraceEvent, encode};
use klr_units::Cycle;

/// FNV-1a, 64 bits, over cycle and content of every event (offset basis and prime from draft-eastlake-fnv).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    hash: u64,
    events: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, events: 0 }
    }
}

impl Digest {
    /// The hash of what was seen.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// How many events were seen.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Sink for Digest {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        let (code, a, b, c) = encode(event);
        self.events += 1;
        self.feed(&cycle.get().to_le_bytes());
        self.feed(&[code]);
        self.feed(&a.to_le_bytes());
        self.feed(&b.to_le_bytes());
        self.feed(&c.to_le_bytes());
    }
}
