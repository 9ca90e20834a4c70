//! The contract between quantizer and simulator: which bits stand where, and what they mean.
//!
//! A [`CoreImage`] holds pattern bits, integer weights and a kernel table for one core of a given [`Geometry`];
//! [`reference::Reference`] says, without any notion of time, what a retrieval on those bits gives. The simulator has to
//! agree with it bit for bit.
//!
//! ```
//! use klr_image::{CoreImage, Geometry, KernelTable, Outcome, Order, Update};
//! use klr_image::reference::Reference;
//! use klr_units::{Bits, State};
//!
//! let patterns = [State::from_signs(&[1, 1, -1, -1]).unwrap(), State::from_signs(&[-1, 1, 1, -1]).unwrap()];
//! let table = KernelTable::nearest_relative(Bits::new(4).unwrap(), &[15, 4, 1]).unwrap();
//! // One bit per weight: the sign of the stored bit, the exponential correlation memory in integers.
//! let weights: Vec<i16> = patterns.iter().flat_map(|s| (0..4).map(|i| i16::from(s.sign(i)))).collect();
//! let image = CoreImage::new(Geometry::tiny(), &patterns, Bits::new(1).unwrap(), weights, table).unwrap();
//!
//! let mut cue = patterns[0].clone();
//! cue.flip(1);
//! let run = Reference::new(&image).retrieve(&cue, Update::Asynchronous(Order::Sequential), 30).unwrap();
//! assert_eq!((run.state, run.outcome), (patterns[0].clone(), Outcome::Converged));
//! ```

pub mod certificate;
mod code;
pub mod codec;
mod columns;
mod cut;
pub mod error;
mod faulty;
pub mod geometry;
pub mod image;
pub mod listing;
pub mod memories;
pub mod occupancy;
pub mod order;
pub mod placement;
pub mod proof;
pub mod provenance;
pub mod reading;
pub mod reference;
pub mod sizing;
pub mod storage;
mod stored;
pub mod table;

pub use certificate::{PatternCertificate, PatternSample};
pub use error::ImageError;
pub use faulty::CopiesDiffer;
pub use geometry::{Geometry, GeometryError, GeometrySpec, ImageSizes};
pub use image::CoreImage;
pub use klr_units::TableForm;
pub use memories::{Memories, Memory};
pub use occupancy::{Lack, Layout, Occupancy, PlacementError};
pub use order::{Order, Outcome, Update};
pub use placement::{Banking, Placement};
pub use provenance::{Provenance, ProvenanceError};
pub use sizing::{ACCUMULATORS, Sizing};
pub use storage::{PatternOrder, Signs, Storage};
pub use table::{KernelTable, KernelTableError};
