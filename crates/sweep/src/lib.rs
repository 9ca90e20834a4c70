//! Many plans at once: a table of lists or ranges over the keys of a plan, one row per point and dataflow.
//!
//! A point is one plan, known by a digest of everything it is derived from ([`Sweep`]). What it gave is one file of a
//! [`Store`], written whole or not at all, so that a sweep that is stopped goes on where it was, and parts of it may run
//! anywhere ([`Shard`]). The [`Table`] of all points is a function of the points alone: it does not matter where, in which
//! order or in how many parts they were run.
//!
//! ```
//! use klr_sweep::Shard;
//!
//! let part: Shard = "2/8".parse()?;
//! assert!(!part.is_whole());
//! assert!("9/8".parse::<Shard>().is_err(), "there are eight parts");
//! # Ok::<(), klr_sweep::SweepError>(())
//! ```

mod axes;
mod columns;
mod error;
mod range;
mod run;
mod store;
mod sweep;
mod table;

pub use error::SweepError;
pub use run::{Retry, Summary, run};
pub use store::Store;
pub use sweep::{Point, PointId, Shard, Sweep};
pub use table::{Table, table};
