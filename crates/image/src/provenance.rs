//! What an image was made with, for whoever finds it later; a core is not loaded with it.

use klr_units::text::escaped;

/// The most entries.
pub const MOST_ENTRIES: usize = 32;

/// The most bytes of a key and of a value.
pub const MOST_BYTES: (usize, usize) = (40, 1000);

/// What an image was made with: keys and what they say, in the order in which they are told. Empty if nobody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance(Vec<(String, String)>);

/// Why entries are no provenance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// Too many entries.
    #[error("provenance has {0} entries; allowed are at most {MOST_ENTRIES}")]
    Entries(usize),
    /// A key is none.
    #[error(
        "key {entry} of the provenance is \"{}\"; allowed are 1 to {} lower-case letters, digits and underscores",
        escaped(key),
        MOST_BYTES.0
    )]
    Key {
        /// Which entry, counted from 0.
        entry: usize,
        /// The key.
        key: String,
    },
    /// A value is too long, or more than a line.
    #[error("\"{key}\" of the provenance has {bytes} bytes; allowed are one line of at most {} bytes", MOST_BYTES.1)]
    Value {
        /// Its key.
        key: String,
        /// The bytes of the value.
        bytes: usize,
    },
}

impl Provenance {
    /// These entries, key and value.
    ///
    /// # Errors
    /// [`ProvenanceError`] if there are too many, or one of them is no key with a line of text.
    pub fn new(entries: Vec<(String, String)>) -> Result<Self, ProvenanceError> {
        if entries.len() > MOST_ENTRIES {
            return Err(ProvenanceError::Entries(entries.len()));
        }
        for (entry, (key, value)) in entries.iter().enumerate() {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if key.is_empty() || key.len() > MOST_BYTES.0 || !key.bytes().all(is_plain) {
                return Err(ProvenanceError::Key { entry, key: key.clone() });
            }
            if value.len() > MOST_BYTES.1 || value.contains(char::is_control) {
                return Err(ProvenanceError::Value { key: key.clone(), bytes: value.len() });
            }
        }
        Ok(Self(entries))
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_short_lines_with_plain_keys() {
        let made = |key: &str, value: &str| Provenance::new(vec![(key.to_owned(), value.to_owned())]);
        assert_eq!(made("method", "margins, 0.5").expect("an entry").entries().len(), 1);
        for key in ["", "A", "a b", &"a".repeat(41)] {
            let expected = format!(
                "key 0 of the provenance is \"{key}\"; allowed are 1 to 40 lower-case letters, digits and underscores"
            );
            assert_eq!(made(key, "x").expect_err("no key").to_string(), expected);
        }
        for value in ["two\nlines", &"x".repeat(1001)] {
            let message = made("plan", value).expect_err("no line").to_string();
            assert!(message.contains("allowed are one line of at most 1000 bytes"), "{message}");
        }
        let many = vec![("a".to_owned(), String::new()); 33];
        assert_eq!(Provenance::new(many), Err(ProvenanceError::Entries(33)));
    }
}
