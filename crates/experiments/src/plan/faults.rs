//! The section `[faults]` of a plan: bits of memory that are stuck.

use crate::plan::error::PlanError;
use crate::plan::keys::Keys;
use klr_image::{Memory, PatternOrder};

/// What a stuck bit reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StuckAt {
    /// 0 or 1, each as likely, always the same.
    Random,
    /// 0.
    Zero,
    /// 1.
    One,
}

impl StuckAt {
    const ALL: [Self; 3] = [Self::Random, Self::Zero, Self::One];

    /// The word for it in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Zero => "zero",
            Self::One => "one",
        }
    }
}

/// Which bits of a core's memories are stuck. Every bit that a core is loaded with is stuck with the rate of its memory, on
/// its own; padding and the counters, which a retrieval writes, are sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultPlan {
    /// The probability that a bit of weight memory is stuck.
    pub weights: f64,
    /// The same of pattern memory.
    pub patterns: f64,
    /// The same of the kernel table.
    pub table: f64,
    /// What a stuck bit reads.
    pub stuck_at: StuckAt,
    /// Cores, each with stuck bits of its own.
    pub cores: u32,
}

/// Faults that are asked of what runs a sound core alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this command runs a core whose memories read what was written, and would leave the faults out: 0 would do; cores with \
     faults are run by klr sim and by klr analyse --only faults"
)]
pub struct SoundOnly {
    /// The key of a rate that is above 0.
    pub key: &'static str,
}

impl FaultPlan {
    /// The probability that a bit of `memory` is stuck.
    #[must_use]
    pub const fn rate(&self, memory: Memory) -> f64 {
        match memory {
            Memory::Columns | Memory::Rows => self.patterns,
            Memory::Weights => self.weights,
            Memory::Table => self.table,
            Memory::Counters => 0.0,
        }
    }

    /// That no bit may be stuck: for what runs a core that reads what was written.
    ///
    /// # Errors
    /// [`SoundOnly`], which names a key that is above 0.
    pub fn require_sound(&self) -> Result<(), SoundOnly> {
        let rates = [
            ("faults.weights", self.weights),
            ("faults.patterns", self.patterns),
            ("faults.table", self.table),
        ];
        let found = rates.into_iter().find(|&(_, rate)| rate > 0.0);
        found.map_or(Ok(()), |(key, _)| Err(SoundOnly { key }))
    }

    /// Whether some bit may be stuck.
    #[must_use]
    pub fn is_any(&self) -> bool {
        Memory::ALL.iter().any(|&memory| self.rate(memory) > 0.0)
    }
}

/// `order` is the way in which the patterns lie.
pub(super) fn faults(keys: Keys<'_>, order: PatternOrder) -> Result<FaultPlan, PlanError> {
    const PATTERNS: &str = "faults.patterns";
    let patterns = keys.share(PATTERNS)?;
    if patterns > 0.0 && order == PatternOrder::Both {
        let reason = "with core.pattern_order = both two copies of a bit fail apart, and an image has one: it needs \
                      core.pattern_order = column or row";
        return Err(keys.wrong(PATTERNS, reason));
    }
    Ok(FaultPlan {
        weights: keys.share("faults.weights")?,
        patterns,
        table: keys.share("faults.table")?,
        stuck_at: keys.choice("faults.stuck_at", &StuckAt::ALL.map(|at| (at.name(), at)))?,
        cores: keys.whole("faults.cores", 1..=1000)?,
    })
}
