//! What is stored: patterns and where they come from.

pub mod generate;
pub mod noise;
pub mod npy;
mod set;

pub use set::{Nearest, PatternError, PatternSet};
