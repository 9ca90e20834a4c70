//! The core, cycle by cycle.

pub mod activity;
pub mod hardware;

pub use activity::{Activity, Counter, CounterUnit};
pub use hardware::{Hardware, MemoryMacro};
