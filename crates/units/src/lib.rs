//! The words every crate uses: time, energy, typed indices, fixed-point formats, and the frame around saved files.
//!
//! Each type carries only the arithmetic that makes sense for it, so that a cycle cannot be added to a joule:
//!
//! ```
//! use klr_units::{Attojoules, Cycle, Cycles};
//!
//! let start = Cycle::ZERO;
//! let end = start + Cycles::new(12);
//! assert_eq!(end - start, Cycles::new(12));
//! assert_eq!(Attojoules::from_picojoules(0.2).unwrap() * 10, Attojoules::new(2_000_000));
//! ```

pub mod energy;
pub mod file;
pub mod fixed;
pub mod frame;
pub mod index;
pub mod progress;
pub mod range;
pub mod state;
pub mod text;
pub mod threads;
pub mod time;
pub mod words;

pub use energy::{Attojoules, Picowatts};
pub use fixed::{Bits, SignedFormat, UnsignedFormat};
pub use index::{NeuronIdx, PatternIdx};
pub use range::OutOfRange;
pub use state::State;
pub use time::{ClockMhz, Cycle, Cycles, Picoseconds};
pub use words::{TableForm, WeightRounding};
