//! A value outside its range: one error for every crate, so that whoever knows where the value was written can say so;
//! and fields that know their range, so that it is stated once.

use crate::text::value;
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

/// A field of `S` that holds a whole number: its name, what is allowed in it, and where it is.
///
/// A struct that lists its fields is checked, and filled from a file, without naming them again.
///
/// ```
/// use klr_units::WholeField;
///
/// #[derive(Clone, Copy)]
/// struct Ports {
///     count: u32,
/// }
/// let count = WholeField { name: "count", low: 1, high: 2, of: |ports: &mut Ports| &mut ports.count };
/// assert_eq!(count.check(&Ports { count: 2 }), Ok(()));
/// let error = count.check(&Ports { count: 3 }).unwrap_err();
/// assert_eq!(error.to_string(), "count is 3; it must be 1 to 2");
/// ```
#[derive(Debug)]
pub struct WholeField<S, T> {
    /// The name, as the crate that owns the struct calls it.
    pub name: &'static str,
    /// The smallest value allowed.
    pub low: T,
    /// The largest value allowed.
    pub high: T,
    /// The field itself.
    pub of: fn(&mut S) -> &mut T,
}

impl<S: Copy, T: Copy + PartialOrd + Display> WholeField<S, T> {
    /// Nothing is wrong with the field of `filled`.
    ///
    /// # Errors
    /// [`OutOfRange`] if its value is below the smallest or above the largest.
    pub fn check(&self, filled: &S) -> Result<(), OutOfRange> {
        let mut filled = *filled;
        let found = *(self.of)(&mut filled);
        if (self.low..=self.high).contains(&found) {
            return Ok(());
        }
        Err(OutOfRange::new(self.name, found, self.allowed()))
    }

    /// The range in words.
    #[must_use]
    pub fn allowed(&self) -> String {
        format!("{} to {}", self.low, self.high)
    }
}

impl OutOfRange {
    /// `field` is `found`, where only `allowed` is.
    #[must_use]
    pub fn new(field: &'static str, found: impl Display, allowed: impl Into<String>) -> Self {
        Self { field, found: value(found), allowed: allowed.into() }
    }
}
