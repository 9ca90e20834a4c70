//! A trained memory, and retrieval from it and from any other.

mod coarse;
pub mod codec;
pub mod cue;
mod distances;
pub mod dynamics;
pub mod measure;
pub mod memory;
pub mod model;
mod track;

pub use track::KernelTrack;
