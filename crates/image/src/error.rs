//! Why parts make no image.

use crate::geometry::MAX_NEURONS;
use crate::occupancy::PlacementError;
use crate::table::KernelTableError;

/// Parts that do not make an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// N or P is zero or too large.
    #[error("an image has 1 to {MAX_NEURONS} neurons and 1 to {} patterns; found {n} and {p}", u32::MAX)]
    Size {
        /// Neurons found.
        n: u64,
        /// Patterns found.
        p: u64,
    },
    /// Patterns of different lengths.
    #[error("pattern {pattern} has {found} bits, pattern 0 has {expected}")]
    Ragged {
        /// The pattern.
        pattern: usize,
        /// Its length.
        found: usize,
        /// The length of the first.
        expected: usize,
    },
    /// A memory that should have a word per row has another number of words.
    #[error("{what}: found {found} words, expected {expected}")]
    Words {
        /// Which words.
        what: &'static str,
        /// Words found.
        found: u64,
        /// Words expected.
        expected: u64,
    },
    /// A bit set beyond the last pattern of a column.
    #[error("pattern row {column} has a bit beyond the last pattern: {found:#x}")]
    StrayBit {
        /// The word of the columns.
        column: usize,
        /// Its content.
        found: u64,
    },
    /// A weight outside its format.
    #[error("weight (pattern {pattern}, neuron {neuron}) is {found}; {bits} bits hold {range}")]
    Weight {
        /// The pattern.
        pattern: usize,
        /// The neuron.
        neuron: usize,
        /// The weight.
        found: i16,
        /// Bits of the format.
        bits: u8,
        /// What the format holds, in words.
        range: String,
    },
    /// A weight whose sign is not that of its stored bit, where the patterns hold the signs.
    #[error(
        "weight (pattern {pattern}, neuron {neuron}) is {found}, its stored bit is {}: where the patterns hold the signs, \
         a weight has the sign of its bit",
        if *bit { "+1" } else { "-1" }
    )]
    Sign {
        /// The pattern.
        pattern: usize,
        /// The neuron.
        neuron: usize,
        /// The weight.
        found: i16,
        /// The stored bit; true for +1.
        bit: bool,
    },
    /// The table cannot work.
    #[error(transparent)]
    Table(#[from] KernelTableError),
    /// A memory is too small, or several are.
    #[error(transparent)]
    Placement(#[from] PlacementError),
}
