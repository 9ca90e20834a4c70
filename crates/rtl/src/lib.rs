//! The core as SystemVerilog, and the lockstep that holds it against the simulator.
//!
//! `crates/rtl/hdl` is the design: one module per unit, named as in `docs/timing.md`. This crate builds it with Verilator,
//! runs retrievals on it and on [`klr_sim`], and compares them cycle by cycle, then state, fields, distances, cycles,
//! outcome and every counter (`docs/rtl.md`).
//!
//! ```
//! use klr_rtl::families::{FAMILIES, draw};
//! use klr_rtl::simulated;
//! use klr_sim::Dataflow;
//!
//! let case = draw(&FAMILIES[0], 7, Dataflow::Delta);
//! assert_eq!(FAMILIES[0].shape.check(&case), Ok(()), "the design can run what is drawn for it");
//! let run = simulated::run(&case);
//! assert!(run.outcome.is_some() && !run.records.is_empty());
//! ```

pub mod case;
pub mod compare;
pub mod covers;
pub mod export;
pub mod families;
pub mod gates;
pub mod levers;
pub mod lockstep;
pub mod model;
pub mod prove;
mod results;
pub mod shape;
pub mod simulated;
pub mod sources;
pub mod speed;
pub mod synthesis;

pub use case::Case;
pub use model::{Model, ModelError};
pub use results::{Run, RunError};
pub use shape::{NotInRtl, Shape};
