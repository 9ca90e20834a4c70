//! One core, cycle by cycle: an image goes in, a state, a trace and counts come out. Integers only.
//!
//! ```
//! use klr_image::{CoreImage, Geometry, KernelTable, Order};
//! use klr_sim::{Core, CoreConfig, Dataflow, Schedule, TextTrace};
//! use klr_units::{Bits, State};
//!
//! let patterns = [State::from_signs(&[1, 1, -1, -1]).unwrap(), State::from_signs(&[-1, 1, 1, -1]).unwrap()];
//! let table = KernelTable::nearest_relative(Bits::new(4).unwrap(), &[15, 4, 1]).unwrap();
//! let weights: Vec<i16> = patterns.iter().flat_map(|s| (0..4).map(|i| i16::from(s.sign(i)))).collect();
//! let image = CoreImage::new(Geometry::tiny(), &patterns, Bits::new(1).unwrap(), weights, table).unwrap();
//!
//! let mut cue = patterns[0].clone();
//! cue.flip(1);
//! let mut trace = TextTrace::default();
//! let schedule = Schedule { dataflow: Dataflow::Delta, order: Order::Sequential };
//! let run = Core::new(&image, CoreConfig::tiny()).retrieve(&cue, schedule, &mut trace).unwrap();
//! assert_eq!((run.state, run.activity.flips), (patterns[0].clone(), 1));
//! assert!(trace.text().starts_with("000000 seq   cue n=4\n"));
//! ```

#![deny(clippy::float_arithmetic)]

pub mod activity;
pub mod config;
pub mod confirmed;
pub mod contents;
mod context;
pub mod dataflow;
pub mod engine;
mod event;
pub mod fault;
pub mod hardware;
mod message;
pub mod stages;
pub mod trace;
mod unit;
mod weight_words;

pub use activity::{Activity, Counter, CounterUnit};
pub use config::{ConfigSpec, CoreConfig, QueuePolicy, StorageError};
pub use confirmed::{Unconfirmed, unconfirmed};
pub use contents::Contents;
pub use dataflow::{Dataflow, Needs, Schedule, SignPath};
pub use engine::{Core, CoreRun, Machine};
pub use fault::{Fault, FaultCode, FaultKind};
pub use hardware::{Hardware, MemoryMacro, Ports};
pub use klr_image::{Memories, Memory};
pub use stages::StageError;
pub use trace::{BinaryTrace, NoTrace, Sink, TextTrace, TraceEvent};
pub use weight_words::in_words;
