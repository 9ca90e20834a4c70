//! A value outside its range: one error for every crate, so that whoever knows where the value was written can say so.

use std::fmt::Display;

/// A field holds a value that is not allowed.
///
/// The crate that owns the range fills in all three parts and knows nothing of files; the caller that read the value
/// from a file maps [`Self::field`] to the key and line it stood in.
///
/// ```
/// use klr_units::OutOfRange;
///
/// let error = OutOfRange::new("gamma", -0.1, "finite and above 0");
/// assert_eq!(error.to_string(), "gamma is -0.1; it must be finite and above 0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {found}; it must be {allowed}")]
pub struct OutOfRange {
    /// The field, as the crate that owns it calls it.
    pub field: &'static str,
    /// The value that was found.
    pub found: String,
    /// The values allowed, in words that follow "it must be".
    pub allowed: String,
}

impl OutOfRange {
    /// `field` is `found`, where only `allowed` is.
    #[must_use]
    pub fn new(field: &'static str, found: impl Display, allowed: impl Into<String>) -> Self {
        Self { field, found: found.to_string(), allowed: allowed.into() }
    }
}
