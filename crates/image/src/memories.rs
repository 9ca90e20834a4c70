//! The memories of a core, declared once.
//!
//! Whatever there is per memory (what an image occupies, the macros that build it, the bits it costs) is a [`Memories`];
//! a memory that is added here does not compile until each of them has an entry for it.

use std::ops::Index;

/// The largest memory, in bytes.
pub const MAX_MEMORY_BYTES: u64 = 1 << 36;

macro_rules! memories {
    ($($(#[doc = $doc:literal])+ $variant:ident / $field:ident: $name:literal;)+) => {
        /// One of the memories of a core.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Memory {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Memory {
            /// Every memory, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The memory's name in listings of words.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        /// One value per memory: a map indexed by [`Memory`].
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Memories<T> {
            $($(#[doc = $doc])+ pub $field: T,)+
        }

        impl<T> Memories<T> {
            /// The values that `f` gives for each memory.
            pub fn from_fn(mut f: impl FnMut(Memory) -> T) -> Self {
                Self { $($field: f(Memory::$variant),)+ }
            }

            /// Each memory with its value, in the order of [`Memory::ALL`].
            pub fn iter(&self) -> impl Iterator<Item = (Memory, &T)> {
                [$((Memory::$variant, &self.$field),)+].into_iter()
            }
        }

        impl<T> Index<Memory> for Memories<T> {
            type Output = T;
            fn index(&self, memory: Memory) -> &T {
                match memory { $(Memory::$variant => &self.$field,)+ }
            }
        }
    };
}

memories! {
    /// Stored patterns by column: a word is one bit of L patterns.
    Columns / columns: "columns";
    /// Stored patterns by row: a word is L bits of one pattern.
    Rows / rows: "rows";
    /// Quantized dual variables.
    Weights / weights: "weights";
    /// Hamming distances from the state to every pattern.
    Counters / counters: "counters";
    /// Kernel words over distance.
    Table / table: "table";
}

impl Memory {
    /// The name of the capacity that the memory is built from. Columns and rows are both pattern memory: where there are
    /// both, they share one capacity.
    #[must_use]
    pub const fn capacity(self) -> &'static str {
        match self {
            Self::Columns | Self::Rows => "pattern",
            Self::Weights => "weight",
            Self::Counters => "counter",
            Self::Table => "table",
        }
    }

    /// The field of [`crate::GeometrySpec`] with that capacity.
    #[must_use]
    pub const fn capacity_field(self) -> &'static str {
        match self {
            Self::Columns | Self::Rows => "pattern_bytes",
            Self::Weights => "weight_bytes",
            Self::Counters => "counter_bytes",
            Self::Table => "table_bytes",
        }
    }
}

impl<T> Memories<T> {
    /// The values that `f` makes of these.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Memories<U> {
        Memories::from_fn(|memory| f(&self[memory]))
    }
}

impl Memories<u64> {
    /// The sum over all memories.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, value)| value).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_memory_has_a_value_of_its_own() {
        let numbers = Memories::from_fn(|memory| memory as u64);
        for (at, &memory) in Memory::ALL.iter().enumerate() {
            assert_eq!(numbers[memory], at as u64, "{}", memory.name());
        }
        assert!(numbers.iter().map(|(memory, _)| memory).eq(Memory::ALL.iter().copied()), "in order");
        assert_eq!(numbers.map(|n| n * n).total(), 1 + 4 + 9 + 16, "squares of 0 to 4");
    }
}
