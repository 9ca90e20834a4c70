//! What an image occupies of the memories of a core, and what they lack where they are too small.

use crate::memories::{Memories, Memory};

/// An image that does not fit its memories.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", in_words(lacking))]
pub struct PlacementError {
    /// Every memory that is too small, in the order of [`Memory::ALL`]; at least one.
    pub lacking: Vec<Lack>,
}

/// A memory that is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {0} memory is {1} rows too small: the image needs {rows_needed} rows of {word_bits} bits{2}, \
     {0}_bytes = {bytes} gives {rows_available}; {needed_bytes} bytes would do",
    memory.capacity(), rows_needed - rows_available,
    if *banks > 1 { format!(" in each of {banks} banks") } else { String::new() }
)]
pub struct Lack {
    /// The memory that is too small; the columns for columns and rows in one capacity.
    pub memory: Memory,
    /// Rows the image needs.
    pub rows_needed: u64,
    /// Rows the memory has.
    pub rows_available: u64,
    /// Bits of a word.
    pub word_bits: u32,
    /// Banks of the memory.
    pub banks: u32,
    /// The memory's capacity.
    pub bytes: u64,
    /// The smallest capacity that holds the image.
    pub needed_bytes: u64,
}

fn in_words(lacking: &[Lack]) -> String {
    lacking.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What an image occupies of one memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Capacity of the memory, all banks together, in bytes.
    pub bytes: u64,
    /// Number of banks; 0 for a memory that is not built, whose other figures are 0 as well.
    pub banks: u32,
    /// Bits of one word of one bank.
    pub word_bits: u32,
    /// Rows used in each bank.
    pub rows_used: u64,
    /// Rows each bank has.
    pub rows_available: u64,
}

impl Occupancy {
    /// `rows_used` rows of a memory of `bytes` in `banks` banks, whether or not there are so many.
    pub(crate) fn new(bytes: u64, banks: u32, word_bits: u32, rows_used: u64) -> Self {
        let row_bits = u64::from(banks) * u64::from(word_bits);
        Self { bytes, banks, word_bits, rows_used, rows_available: bytes * 8 / row_bits }
    }

    /// This memory cut into `banks` banks, with `words` of its words in one of theirs and `rows_used` rows in use.
    pub(crate) fn cut(self, banks: u32, words: u32, rows_used: u64) -> Self {
        let all_words = u128::from(self.rows_available) * u128::from(self.banks);
        let rows = all_words / (u128::from(banks) * u128::from(words)).max(1);
        Self {
            banks,
            word_bits: self.word_bits * words,
            rows_used,
            rows_available: u64::try_from(rows).unwrap_or(u64::MAX),
            ..self
        }
    }

    /// This memory in two: one of `rows` used rows and one of the rest. The rows that are left over are shared in
    /// proportion. A memory of one bank, whose rows are all used by the two; one that is too small has none left over.
    pub(crate) fn split(self, rows: u64) -> (Self, Self) {
        let left_over = self.rows_available.saturating_sub(self.rows_used);
        let spare = u128::from(left_over) * u128::from(rows);
        let share = u64::try_from(spare / u128::from(self.rows_used.max(1))).unwrap_or(u64::MAX);
        let part = |rows_used: u64, spare: u64| {
            let rows_available = rows_used + spare;
            Self { bytes: bytes_for(rows_available, 1, self.word_bits), rows_used, rows_available, ..self }
        };
        (part(rows, share), part(self.rows_used - rows, left_over - share))
    }

    /// Whether an image has anything to put there.
    #[must_use]
    pub const fn is_built(&self) -> bool {
        self.banks > 0
    }

    /// Bits the image occupies, padding included.
    #[must_use]
    pub const fn bits_used(&self) -> u64 {
        self.rows_used * self.banks as u64 * self.word_bits as u64
    }

    /// What the memory lacks, if it is too small.
    pub(crate) fn lack(&self, memory: Memory) -> Option<Lack> {
        let Self { bytes, banks, word_bits, rows_used, rows_available } = *self;
        (rows_used > rows_available).then(|| Lack {
            memory,
            rows_needed: rows_used,
            rows_available,
            word_bits,
            banks,
            bytes,
            needed_bytes: bytes_for(rows_used, banks, word_bits),
        })
    }
}

/// The smallest capacity of `rows` rows in every bank. Banks are equal and whole bytes, as [`Geometry::new`] wants them.
/// Saturates: an image beyond any memory asks for [`u64::MAX`] bytes, and must not overflow on the way to its refusal.
fn bytes_for(rows: u64, banks: u32, word_bits: u32) -> u64 {
    let bank_bytes = (u128::from(rows) * u128::from(word_bits)).div_ceil(8);
    u64::try_from(bank_bytes * u128::from(banks)).unwrap_or(u64::MAX)
}

/// What an image occupies of each memory: of pattern memory that lies both ways, each a part of the one capacity.
pub type Layout = Memories<Occupancy>;
