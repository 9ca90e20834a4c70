//! Why a machine cannot hold a memory.

use std::fmt;

/// A limit that a memory does not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What there is not enough of.
    pub limit: &'static str,
    /// How much the memory needs.
    pub required: u64,
    /// How much the machine has.
    pub available: u64,
}

impl Refusal {
    /// The limit, if `required` is more than `available`.
    #[must_use]
    pub const fn unless(limit: &'static str, required: u64, available: u64) -> Option<Self> {
        if required > available { Some(Self { limit, required, available }) } else { None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: required {}, available {}", self.limit, self.required, self.available)
    }
}
