//! What an image occupies of the memories of a core, and what they lack where they are too small.

use crate::memories::{MAX_MEMORY_BYTES, Memories, Memory};

/// An image that does not fit its memories.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.in_words(""))]
pub struct PlacementError {
    /// Every memory that is too small, in the order of [`Memory::ALL`]; at least one.
    pub lacking: Vec<Lack>,
}

/// A memory that is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The memory that is too small; the columns for columns and rows in one capacity.
    pub memory: Memory,
    /// Banks that it is cut into.
    pub banks: u32,
    /// Its capacity, all banks together; for a memory that sizes itself the most it takes.
    pub bytes: u64,
    /// Whether the capacity is a number that somebody gave; otherwise the memory sizes itself.
    pub is_given: bool,
    /// The smallest capacity that holds the image in these banks.
    pub needed_bytes: u64,
}

impl PlacementError {
    /// All that is lacking, in one sentence, with the settings that would do; `prefix` stands before the name of each
    /// capacity.
    #[must_use]
    pub fn in_words(&self, prefix: &str) -> String {
        self.lacking.iter().map(|lack| lack.in_words(prefix)).collect::<Vec<_>>().join("; ")
    }
}

impl Lack {
    fn in_words(&self, prefix: &str) -> String {
        let Self { memory, banks, bytes, is_given, needed_bytes } = *self;
        let name = memory.capacity();
        let banks = if banks > 1 { format!(" in {banks} banks") } else { String::new() };
        let setting = format!("{prefix}{}={needed_bytes} would do", memory.capacity_field());
        if needed_bytes > MAX_MEMORY_BYTES {
            format!(
                "the {name} memory needs {needed_bytes} bytes{banks} and the largest has {MAX_MEMORY_BYTES}"
            )
        } else if is_given {
            format!("the {name} memory has {bytes} bytes and needs {needed_bytes}{banks}: {setting}")
        } else {
            format!(
                "the {name} memory needs {needed_bytes} bytes{banks} and one that sizes itself takes at most {bytes}: {setting}"
            )
        }
    }
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
        let row_bits = u128::from(banks) * u128::from(word_bits);
        let rows_available = saturated(u128::from(bytes) * 8 / row_bits);
        Self { bytes, banks, word_bits, rows_used, rows_available }
    }

    /// This memory cut into `banks` banks, with `words` of its words in one of theirs and `rows_used` rows in use.
    pub(crate) fn cut(self, banks: u32, words: u32, rows_used: u64) -> Self {
        let all_words = u128::from(self.rows_available) * u128::from(self.banks);
        let rows = all_words / (u128::from(banks) * u128::from(words)).max(1);
        Self { banks, word_bits: self.word_bits * words, rows_used, rows_available: saturated(rows), ..self }
    }

    /// This memory in two: one of `rows` used rows and one of the rest. The rows that are left over are shared in
    /// proportion; if the memory is too small, the second lacks rows first. A memory of one bank, whose rows are all used
    /// by the two.
    pub(crate) fn split(self, rows: u64) -> (Self, Self) {
        let spare = self.rows_available.saturating_sub(self.rows_used);
        let share = u128::from(spare) * u128::from(rows) / u128::from(self.rows_used.max(1));
        let first = self.rows_available.min(rows.saturating_add(saturated(share)));
        let part = |rows_used: u64, rows_available: u64| {
            let bytes = saturated((u128::from(rows_available) * u128::from(self.word_bits)).div_ceil(8));
            Self { bytes, rows_used, rows_available, ..self }
        };
        (part(rows, first), part(self.rows_used - rows, self.rows_available - first))
    }

    /// Whether there are as many rows as are used.
    pub(crate) const fn holds(&self) -> bool {
        self.rows_used <= self.rows_available
    }

    /// Bytes of one bank, rounded up: a macro has to hold it. 0 for a memory that is not built.
    #[must_use]
    pub const fn bank_bytes(&self) -> u64 {
        if self.banks == 0 { 0 } else { self.bytes.div_ceil(self.banks as u64) }
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

    /// Bytes the image occupies, padding included, of all banks together.
    #[must_use]
    pub const fn bytes_used(&self) -> u64 {
        self.bits_used().div_ceil(8)
    }
}

/// An image beyond any memory must not overflow on the way to its refusal.
fn saturated(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// What an image occupies of each memory: of pattern memory that lies both ways, each a part of the one capacity.
pub type Layout = Memories<Occupancy>;
