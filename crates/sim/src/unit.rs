//! The hardware blocks, one file each.
//!
//! A unit owns its state and has no clock: the engine tells it the time. It hears of the others through messages alone, but
//! for two registers in the shared context: the state register, which the sequencer writes and a first pass reads, and the
//! field registers, which the MAC array writes and the sequencer reads.

pub(crate) mod distance;
pub(crate) mod mac;
pub(crate) mod operands;
pub(crate) mod sequencer;
