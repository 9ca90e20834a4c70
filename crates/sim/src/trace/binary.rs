//! The trace as bytes, for runs too long for text: 25 bytes per event, little-endian.
//!
//! ```text
//! offset  size  content
//!      0     8  cycle, u64
//!      8     1  code of the event
//!      9     4  first operand, u32
//!     13     4  second operand, u32
//!     17     8  third operand, i64
//! ```
//!
//! Codes and operands are listed in `docs/timing.md`, and a check of `xtask` holds the list against the code.

use super::code::Coded;
use super::{Sink, TraceEvent};
use klr_units::Cycle;

/// Bytes of one event.
pub const RECORD_BYTES: usize = 25;

/// Collects records.
#[derive(Clone, Debug, Default)]
pub struct BinaryTrace {
    bytes: Vec<u8>,
}

impl BinaryTrace {
    /// The records so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Sink for BinaryTrace {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        let Coded { code, a, b, c } = event.into();
        self.bytes.extend_from_slice(&cycle.get().to_le_bytes());
        self.bytes.push(code);
        self.bytes.extend_from_slice(&a.to_le_bytes());
        self.bytes.extend_from_slice(&b.to_le_bytes());
        self.bytes.extend_from_slice(&c.to_le_bytes());
    }
}

/// The events in `bytes`, each with its cycle; `None` if they are not a whole number of records, or if one is of no event.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<(Cycle, TraceEvent)>> {
    let records = bytes.chunks_exact(RECORD_BYTES);
    if !records.remainder().is_empty() {
        return None;
    }
    let event = |r: &[u8]| {
        let cycle = Cycle::new(u64::from_le_bytes(r[..8].try_into().ok()?));
        let coded = Coded {
            code: r[8],
            a: u32::from_le_bytes(r[9..13].try_into().ok()?),
            b: u32::from_le_bytes(r[13..17].try_into().ok()?),
            c: i64::from_le_bytes(r[17..25].try_into().ok()?),
        };
        Some((cycle, coded.event()?))
    };
    records.map(event).collect()
}
