//! Everything together: a plan goes in, a report comes out.
//!
//! [`pipeline`] draws the patterns, calls the other crates in the order of the picture in the README, and compares the
//! hardware with the float reference; [`plan`] says what to run, [`report`] what came of it.
//!
//! ```
//! use klr_experiments::pipeline::{self, NoProgress};
//! use klr_experiments::plan::{self, PlanSource};
//!
//! let mut source = PlanSource::default_plan();
//! for setting in ["patterns.n=32", "patterns.p=20", "retrieval.cues=5", "model.gamma=0.2"] {
//!     source.set(setting)?;
//! }
//! let run = pipeline::run(&plan::resolve(&source)?, 1, &NoProgress)?;
//! assert!(run.hardware.iter().all(|h| h.agrees == 5), "every retrieval agrees with the reference");
//! # Ok::<(), klr_experiments::Error>(())
//! ```

mod advice;
mod certified;
pub mod codesign;
pub mod compare;
mod confirmed;
pub mod contents;
pub mod effort;
pub mod error;
pub mod levers;
pub mod memories;
pub mod output;
pub mod pipeline;
pub mod plan;
pub mod quantizers;
pub mod report;
pub mod screen;
pub mod sureness;

pub use error::Error;
