//! What becomes of the stored patterns of an image: worked out once, since it is a fact of the image.

use std::sync::OnceLock;

/// What becomes of the stored patterns when each is the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternCertificate {
    /// Patterns that a core keeps: no `s_i h_i` is negative, and a field of 0 leaves its neuron as it is.
    pub kept: u64,
    /// Patterns at which every `s_i h_i` is positive.
    pub fixed: u64,
    /// The smallest `s_i h_i` over all neurons and patterns.
    pub min_margin: i64,
}

/// What becomes of some of the stored patterns when each is the state: a sample, which says of the others what a sample can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternSample {
    /// How many were looked at.
    pub patterns: u64,
    /// How many of these a core keeps: no `s_i h_i` is negative.
    pub kept: u64,
    /// How many of these have every `s_i h_i` positive.
    pub fixed: u64,
    /// The smallest `s_i h_i` of these; that of all patterns is no larger.
    pub min_margin_at_most: i64,
}

/// A certificate that is worked out when somebody asks. Images are equal whether or not anybody has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Certified(OnceLock<PatternCertificate>);

impl Certified {
    pub(crate) fn get_or_find(&self, find: impl FnOnce() -> PatternCertificate) -> PatternCertificate {
        *self.0.get_or_init(find)
    }
}

impl PartialEq for Certified {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Certified {}
