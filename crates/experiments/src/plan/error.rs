//! Why a plan is refused: what was found, where it was written, and what is allowed.

use klr_energy::{TooSlow, UnknownSpeed};
use klr_image::sizing::MAX_OPEN_BYTES;
use klr_image::{GeometryError, PlacementError};
use klr_sim::StageError;
use klr_sim::config::StorageError;
use klr_units::OutOfRange;
use std::fmt;

/// Where a value of a plan was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the default plan.
    Default,
    /// In the core that `core.preset` names.
    Preset(String),
    /// In a file, or in a plan that comes with the program.
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// On the command line, with this option.
    Option(&'static str),
    /// In a row of the study of levers.
    Lever(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default plan"),
            Self::Preset(name) => write!(f, "core.preset = {name}"),
            Self::Line { file, line } => write!(f, "{file}:{line}"),
            Self::Option(option) => f.write_str(option),
            Self::Lever(name) => write!(f, "the levers \"{name}\""),
        }
    }
}

/// A key that was set and has no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {key} = {found} has no effect with {by} = {by_found}{}; it needs {needed}", beside(.by_place))]
pub struct Void {
    /// Where it stands.
    pub place: Place,
    /// The key.
    pub key: String,
    /// Its value.
    pub found: String,
    /// The key that leaves it without effect.
    pub by: String,
    /// Its value.
    pub by_found: String,
    /// Where that stands.
    pub by_place: Place,
    /// What the key needs for an effect.
    pub needed: String,
}

/// A place beside a value, unless it is that of a value which nobody has set.
fn beside(place: &Place) -> String {
    if *place == Place::Default { String::new() } else { format!(" ({place})") }
}

/// Why a plan is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A setting without `=`.
    #[error("--set {0}: expected KEY=VALUE")]
    Setting(String),
    /// No plan comes with the program under this name, and there is no such file.
    #[error(
        "--plan {name}: there is no such file, and the plans that come with klr are {}", known.join(", ")
    )]
    NoPlan {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
    /// A file without a table that is asked for.
    #[error("{file}: no table [{table}]")]
    NoTable {
        /// The file.
        file: String,
        /// The name of the table.
        table: String,
    },
    /// A file that is not text.
    #[error("{0}: not a text file")]
    NotText(String),
    /// A text that is not TOML.
    #[error("{file}:{line}: not TOML: {reason}")]
    NotToml {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// A key that no plan has.
    #[error(
        "{place}: there is no key {key}{}", nearest.as_ref().map_or(String::new(), |near| format!("; the nearest is {near}"))
    )]
    UnknownKey {
        /// Where it stands.
        place: Place,
        /// The key.
        key: String,
        /// The key that may have been meant.
        nearest: Option<String>,
    },
    /// A value of another type.
    #[error("{place}: {key} is {value}, {found}; expected {expected}")]
    Type {
        /// Where it stands.
        place: Place,
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A value that is not allowed.
    #[error("{place}: {key} is {found}; {allowed}")]
    Value {
        /// Where it stands.
        place: Place,
        /// The key.
        key: String,
        /// The value.
        found: String,
        /// What is allowed, and why, as a sentence.
        allowed: String,
    },
    /// A key that was set and has no effect.
    #[error(transparent)]
    Void(Box<Void>),
    /// Memories that are too small for the image.
    #[error(
        "{}{}{}",
        .misfit.in_words("core."),
        alternative(.misfit),
        if *.table_comes_later { "; what the table needs is known once gamma is chosen" } else { "" }
    )]
    Room {
        /// What they lack.
        misfit: PlacementError,
        /// Whether a table of given size cannot be judged yet.
        table_comes_later: bool,
    },
    /// Memories that are too slow for the clock.
    #[error("{}; core.clock_mhz=auto takes the fastest that they all keep up with", .0.in_words("core."))]
    Slow(TooSlow),
    /// Accumulators that are too narrow for the image.
    #[error(
        "a field can reach {worst} and needs an accumulator of {required} bits; core.accumulator_bits is {available}"
    )]
    Accumulator {
        /// The largest magnitude a field can reach.
        worst: u64,
        /// Bits that hold it.
        required: u32,
        /// Bits the core has.
        available: u32,
    },
    /// A weight against its stored bit, where the patterns hold the signs.
    #[error(
        "weight (pattern {pattern}, neuron {neuron}) is {found}, its stored bit is {}: with core.sign_sharing = true a \
         weight has the sign of its bit; set core.sign_sharing = false, or train until model.sign_agreement is 1",
        if *bit { "+1" } else { "-1" }
    )]
    Sign {
        /// The pattern.
        pattern: usize,
        /// The neuron.
        neuron: usize,
        /// The weight.
        found: i16,
        /// The stored bit; true for +1.
        bit: bool,
    },
}

/// That the memories may size themselves instead, where all that is wrong with them is a number.
fn alternative(misfit: &PlacementError) -> &'static str {
    let lacking = &misfit.lacking;
    match lacking.iter().all(|lack| lack.is_given && lack.needed_bytes <= MAX_OPEN_BYTES) {
        true if lacking.len() == 1 => ", and so would auto",
        true => ", and so would auto for each",
        false => "",
    }
}

/// Why there is no core as somebody describes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// A size or a width.
    #[error(transparent)]
    Geometry(#[from] GeometryError),
    /// A latency, a port, a queue or a lever.
    #[error(transparent)]
    Knob(#[from] OutOfRange),
    /// A dataflow that cannot work with the layout of the bits.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A latency that is too short for the size of its unit.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// Memories that do not keep up with the clock.
    #[error(transparent)]
    Slow(#[from] TooSlow),
    /// A clock that is left open, and prices that do not say how fast it could be.
    #[error(transparent)]
    UnknownSpeed(#[from] UnknownSpeed),
    /// A shape that is chosen by price, where one core is looked at.
    #[error("{field} is left open, and one core is looked at")]
    Open {
        /// The field of [`klr_sim::ConfigSpec`].
        field: &'static str,
    },
    /// A shape that is to be chosen by price, where not everything has one.
    #[error("{field} is left open, and what a retrieval costs is not known")]
    NoPrice {
        /// The field of [`klr_sim::ConfigSpec`].
        field: &'static str,
    },
}
