//! Memory prices by macro size: the energy of a bit depends on how far it travels.

use crate::band::Band;
use crate::evidence::Evidence;
use crate::term::Access;
use klr_sim::MemoryMacro;
use klr_units::{EnergyPerCount, Yoctowatts};
use std::sync::Arc;

/// One memory macro of known size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Capacity in bytes.
    pub bytes: u64,
    /// Bits of the word one access moves.
    pub word_bits: u64,
    /// Energy of one read access.
    pub read: Band<EnergyPerCount>,
    /// Energy of one write access.
    pub write: Band<EnergyPerCount>,
    /// Leakage of the whole macro, where the source gives it.
    pub leakage: Option<Band<Yoctowatts>>,
}

impl Rung {
    /// Energy of one bit of one access: the access divided by its word.
    #[must_use]
    pub fn per_bit(&self, access: Access) -> Band<EnergyPerCount> {
        let whole = match access {
            Access::Read => self.read,
            Access::Write => self.write,
        };
        whole.map(|energy| energy.scaled(1, self.word_bits))
    }
}

/// Macros of rising size, of one technology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// The macros, smallest first; there is at least one.
    pub(crate) rungs: Vec<Rung>,
    /// Where they come from.
    pub(crate) evidence: Arc<Evidence>,
}

impl Ladder {
    /// The macros, smallest first.
    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// Where the figures come from.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The smallest macro that holds one bank of `memory`, whose price is an upper bound for that bank; `None` if the bank
    /// is larger than every macro, since beyond the last one a price would be invented.
    #[must_use]
    pub fn rung_for(&self, memory: MemoryMacro) -> Option<&Rung> {
        self.rungs.iter().find(|rung| rung.bytes >= memory.bank_bytes)
    }

    /// Capacity of the largest macro, in bytes.
    #[must_use]
    pub fn largest_bytes(&self) -> u64 {
        self.rungs.last().map_or(0, |rung| rung.bytes)
    }
}
