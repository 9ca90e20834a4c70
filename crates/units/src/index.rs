//! Indices that cannot be mixed up: a neuron is not a pattern.

use std::fmt;

macro_rules! index {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The index `i`.
            #[must_use]
            #[inline]
            pub const fn new(i: u32) -> Self {
                Self(i)
            }

            /// The index `i`, which must fit 32 bits.
            ///
            /// # Panics
            /// If `i` is 2^32 or more: dimensions are checked against that bound where they enter.
            #[must_use]
            #[inline]
            pub fn from_usize(i: usize) -> Self {
                Self(u32::try_from(i).expect("dimensions are checked to fit 32 bits where they enter"))
            }

            /// The index as a `usize`, to reach into a slice.
            #[must_use]
            #[inline]
            pub const fn get(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

index! {
    /// A neuron, 0 to N-1: one bit of the state, one column of the dual variables.
    NeuronIdx
}
index! {
    /// A stored pattern, 0 to P-1: one row of the pattern memory, one row of the dual variables.
    PatternIdx
}
