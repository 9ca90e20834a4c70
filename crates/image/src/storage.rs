//! How the pattern and weight bits of an image are laid out: which memory holds the signs, and which way patterns lie.

use std::fmt;

/// Which memory holds the signs of the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signs {
    /// The weight memory: a weight word is the weight.
    #[default]
    InWeights,
    /// The pattern memory: a weight has the sign of its stored bit, and a weight word is its magnitude, one bit narrower.
    InPatterns,
}

/// Which bits of the patterns stand in one word of pattern memory, L bits wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PatternOrder {
    /// One bit of L patterns: what a first pass counts at once and what a flip needs.
    #[default]
    Column,
    /// L bits of one pattern: what the signs of its weights are read from.
    Row,
    /// Both, with every bit stored twice.
    Both,
}

impl Signs {
    /// Both places, in the order of their numbers in files.
    pub const ALL: [Self; 2] = [Self::InWeights, Self::InPatterns];

    /// The memory's name in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InWeights => "weights",
            Self::InPatterns => "patterns",
        }
    }
}

impl PatternOrder {
    /// All orders, in the order of their numbers in files.
    pub const ALL: [Self; 3] = [Self::Column, Self::Row, Self::Both];

    /// The order's name in plans and listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Column => "column",
            Self::Row => "row",
            Self::Both => "both",
        }
    }

    /// Whether one bit of L patterns can be read at once.
    #[must_use]
    pub const fn has_columns(self) -> bool {
        matches!(self, Self::Column | Self::Both)
    }

    /// Whether L bits of one pattern can be read at once.
    #[must_use]
    pub const fn has_rows(self) -> bool {
        matches!(self, Self::Row | Self::Both)
    }
}

/// The layout of an image's bits in pattern and weight memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Which memory holds the signs of the weights.
    pub signs: Signs,
    /// Which way the patterns lie.
    pub patterns: PatternOrder,
}

impl Storage {
    /// Whether weight words are magnitudes.
    #[must_use]
    pub const fn shares_signs(self) -> bool {
        matches!(self.signs, Signs::InPatterns)
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signs in {}, pattern order {}", self.signs.name(), self.patterns.name())
    }
}
