//! Which rules of `docs/timing.md` no RTL confirms, and which cores use them: the one list.
//!
//! The RTL refuses a case that uses one of them, screens, reports and traces say so of a core that does, and a test holds
//! the page against the list. What moves into the RTL loses its entry here, and the rest follows.

use crate::config::ConfigSpec;
use crate::dataflow::{Dataflow, Needs};
use klr_image::CoreImage;
use std::fmt;

/// What is said of a rule that no RTL confirms.
pub const NOT_CONFIRMED: &str = "specified, not confirmed by RTL";

/// A setting of the core with rules, or parts of rules, that are specified and not confirmed by RTL.
pub struct Unconfirmed {
    /// The setting, in the words of a plan's section `[core]`.
    pub setting: &'static str,
    /// Rules that no RTL follows.
    pub rules: &'static [&'static str],
    /// Rules that the RTL follows but for a part, and the part.
    pub parts: &'static [(&'static str, &'static str)],
    matters: fn(Needs) -> bool,
    is_set: fn(&CoreImage, &ConfigSpec) -> bool,
}

const ALWAYS: fn(Needs) -> bool = |_| true;

/// Everything that the RTL does not have; a setting that changes counts and no cycle is here as well.
pub const UNCONFIRMED: &[Unconfirmed] = &[
    Unconfirmed {
        setting: "pattern_order = row with sign_sharing",
        rules: &[],
        parts: &[("M5", "signs from the rows that a first pass reads")],
        matters: ALWAYS,
        is_set: |image, _| {
            let storage = image.geometry().storage();
            storage.shares_signs() && !storage.patterns.has_columns()
        },
    },
    Unconfirmed {
        setting: "accumulator_bits below what the image needs",
        rules: &[],
        parts: &[("M4", "an accumulator that leaves its range")],
        matters: ALWAYS,
        is_set: |image, _| image.required_accumulator_bits() > image.geometry().accumulator_bits(),
    },
];

/// What retrievals of `image` under `dataflow`, on a core of `spec`, use that no RTL confirms: in the order of
/// [`UNCONFIRMED`], and none if every rule at work is confirmed.
#[must_use]
pub fn unconfirmed(image: &CoreImage, spec: &ConfigSpec, dataflow: Dataflow) -> Vec<&'static Unconfirmed> {
    let uses = |one: &&Unconfirmed| (one.matters)(dataflow.needs()) && (one.is_set)(image, spec);
    UNCONFIRMED.iter().filter(uses).collect()
}

impl Unconfirmed {
    /// The dataflows under which the setting matters, in the order of reports.
    pub fn dataflows(&self) -> impl Iterator<Item = Dataflow> + '_ {
        Dataflow::ALL.into_iter().filter(|dataflow| (self.matters)(dataflow.needs()))
    }
}

/// The setting, and in brackets its rules; one of which the RTL lacks a part is so called.
impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.rules.iter().map(|rule| (*rule).to_owned());
        let parts = self.parts.iter().map(|(rule, _)| format!("a part of {rule}"));
        write!(f, "{} ({})", self.setting, whole.chain(parts).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Debug for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
