//! The same memory on other machines: how a kernel associative memory maps onto each, what becomes of a cue there, and what
//! that counts. Integers only; every machine counts from its own dataflow (`docs/compare.md`).
//!
//! A machine that cannot hold a memory says which of its limits is in the way ([`Refusal`]).
//!
//! ```
//! use klr_image::{CoreImage, Geometry, KernelTable};
//! use klr_machines::Dense;
//! use klr_units::{Bits, State};
//!
//! let patterns = [State::from_signs(&[1, 1, 1, 1])?, State::from_signs(&[-1, -1, 1, 1])?];
//! let bits = Bits::new(2).unwrap();
//! let table = KernelTable::nearest_relative(bits, &[3, 1])?;
//! let image = CoreImage::new(Geometry::tiny(), &patterns, bits, vec![1, 1, 1, 1, -1, -1, 1, 1], table)?;
//!
//! let run = Dense::new(&image).retrieve(&State::from_signs(&[1, 1, 1, -1])?, 30)?;
//! assert_eq!(run.state, patterns[0]);
//! // Two steps, one to correct and one to see that nothing changes, each with all 2 x 4 products.
//! assert_eq!((run.activity.steps, run.activity.macs), (2, 16));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dense;
mod loihi;
mod refusal;
mod rram;
mod run;
mod truenorth;

pub use dense::{Dense, DenseActivity, DenseCounter, DenseHardware};
pub use loihi::{Loihi, LoihiActivity, LoihiCounter, LoihiMap};
pub use refusal::Refusal;
pub use rram::{Rram, RramActivity, RramCounter, RramMap};
pub use run::MachineRun;
pub use truenorth::{TrueNorth, TrueNorthActivity, TrueNorthCounter, TrueNorthMap};
