//! Why a price table was refused.

/// A price table that could not be used. Every message says what was found and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// No table of this name comes with the crate.
    #[error("no price table is called \"{found}\"{}; there are {}", meant(nearest.as_deref()), known.join(", "))]
    UnknownPreset {
        /// The name asked for.
        found: String,
        /// The nearest name there is, if any is near.
        nearest: Option<String>,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// The text is not a price table.
    #[error("{file}:{line}: {key}: {problem}")]
    Refused {
        /// The file, as the caller named it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The key, with its section: `multiply.pj`.
        key: String,
        /// What was found there, and what is allowed.
        problem: String,
    },
}

/// The question after an unknown name.
pub(crate) fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean \"{name}\"?)"))
}
