//! What a core has beyond the plain one. A lever that is off costs no logic.

use klr_image::{CoreImage, PatternOrder, Signs, Storage};
use klr_sim::QueuePolicy;
use klr_sim::config::ConfigSpec;
use klr_units::WeightCoding;

/// The levers that a core is built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levers {
    /// Entries of the candidate list; 0 for none (K1 to K6).
    pub candidates: u32,
    /// The first pass of a list gives up what is ruled out (E1 to E3).
    pub elimination: bool,
    /// A bitmap of violated neurons (S10).
    pub bitmap: bool,
    /// `synchronous` moves its distances by the flips of a step (S2).
    pub incremental: bool,
    /// Cycles of a comparator tree over all fields; 0 for none (S11).
    pub tree_latency: u32,
    /// A stored pattern ends the retrieval, if every one is a fixed point (S12).
    pub early_stop: bool,
    /// What finds a queue full is lost (D6, S5, M6).
    pub drops: bool,
    /// Neurons are compared while updates are under way (S13).
    pub pipelined: bool,
    /// Patterns lie by row, for `synchronous` alone (D17).
    pub by_row: bool,
    /// Weight words are magnitudes, and the patterns, by column and by row, hold the signs (M5, D18).
    pub sign_sharing: bool,
    /// Weights of consecutive neurons in a word of a weight bank (M2).
    pub weight_word: u32,
    /// How a code of weight memory stands for a weight.
    pub weight_coding: WeightCoding,
}

impl Levers {
    /// The plain core.
    pub const NONE: Self = Self {
        candidates: 0,
        elimination: false,
        bitmap: false,
        incremental: false,
        tree_latency: 0,
        early_stop: false,
        drops: false,
        pipelined: false,
        by_row: false,
        sign_sharing: false,
        weight_word: 1,
        weight_coding: WeightCoding::TwosComplement,
    };

    /// Those that `image` and `spec` ask for.
    #[must_use]
    pub fn of(image: &CoreImage, spec: &ConfigSpec) -> Self {
        Self {
            candidates: spec.candidates,
            elimination: spec.partial_distance && spec.candidates > 0,
            bitmap: spec.bitmap,
            incremental: spec.incremental,
            tree_latency: spec.tree_latency,
            early_stop: spec.early_stop,
            drops: matches!(spec.queue_policy, QueuePolicy::Drop),
            pipelined: spec.pipelined,
            by_row: !image.geometry().storage().patterns.has_columns(),
            sign_sharing: image.geometry().storage().shares_signs(),
            weight_word: spec.weight_word,
            weight_coding: image.weight_format().coding(),
        }
    }

    /// Names and values of the parameters, as the design has them.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, u32)> {
        vec![
            ("CANDIDATES", self.candidates),
            ("ELIMINATION", self.elimination.into()),
            ("BITMAP", self.bitmap.into()),
            ("INCREMENTAL", self.incremental.into()),
            ("TREE_LATENCY", self.tree_latency),
            ("EARLY_STOP", self.early_stop.into()),
            ("DROPS", self.drops.into()),
            ("PIPELINED", self.pipelined.into()),
            ("BY_ROW", self.by_row.into()),
            ("SIGN_SHARING", self.sign_sharing.into()),
            ("WEIGHT_WORD", self.weight_word),
            ("WEIGHT_CODING", self.coding_number()),
        ]
    }

    /// The number of the coding in the design, which decodes ternary weights as sign and magnitude.
    pub(crate) const fn coding_number(&self) -> u32 {
        match self.weight_coding {
            WeightCoding::TwosComplement => 0,
            WeightCoding::SignMagnitude | WeightCoding::Ternary => 1,
            WeightCoding::Odd => 2,
        }
    }

    /// The knobs of a core without levers, with those of this one.
    #[must_use]
    pub const fn set(&self, spec: ConfigSpec) -> ConfigSpec {
        ConfigSpec {
            candidates: self.candidates,
            partial_distance: self.elimination,
            bitmap: self.bitmap,
            incremental: self.incremental,
            tree_latency: self.tree_latency,
            early_stop: self.early_stop,
            weight_word: self.weight_word,
            queue_policy: if self.drops { QueuePolicy::Drop } else { QueuePolicy::Stall },
            pipelined: self.pipelined,
            ..spec
        }
    }

    /// Where the bits of patterns and weights stand.
    #[must_use]
    pub const fn storage(&self) -> Storage {
        if self.sign_sharing {
            Storage { signs: Signs::InPatterns, patterns: PatternOrder::Both }
        } else {
            let patterns = if self.by_row { PatternOrder::Row } else { PatternOrder::Column };
            Storage { signs: Signs::InWeights, patterns }
        }
    }
}
