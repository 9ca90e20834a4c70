//! Banks built from a list of macros.

use super::{Bank, MacroPorts, NoMacro};
use crate::band::Band;
use klr_sim::MemoryMacro;
use klr_units::{EnergyPerCount, Picoseconds, Yoctowatts};

/// One memory macro that a table has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Capacity in bytes.
    pub bytes: u64,
    /// Bits of the word one access moves.
    pub word_bits: u64,
    /// Its ports.
    pub ports: MacroPorts,
    /// Energy of one read access.
    pub read: Band<EnergyPerCount>,
    /// Energy of one write access.
    pub write: Band<EnergyPerCount>,
    /// Leakage of the whole macro, where the source gives it.
    pub leakage: Option<Band<Yoctowatts>>,
    /// Area in square micrometres, where the source gives it.
    pub area_um2: Option<u64>,
    /// Access time, where the source gives it.
    pub access: Option<Picoseconds>,
    /// Cycle time, where the source gives it.
    pub cycle: Option<Picoseconds>,
}

/// One bank of `memory` in macros with `ports`: as many of one kind side by side as make up a word, of the kind that takes
/// the fewest bytes, and among these the one whose read is the cheapest. An access moves whole words of each of them.
pub(super) fn bank(rungs: &[Rung], memory: MemoryMacro, ports: MacroPorts) -> Result<Bank, NoMacro> {
    let fitting = || rungs.iter().filter(|rung| rung.ports == ports).map(|rung| Built::new(rung, memory));
    let holds = |built: &Built<'_>| built.bytes() >= memory.bank_bytes;
    let built = fitting().filter(holds).min_by_key(|built| (built.bytes(), built.read().nominal()));
    let largest = || fitting().map(|built| built.bytes()).max();
    built.map(|built| built.bank()).ok_or_else(|| match largest() {
        Some(largest) => NoMacro::TooLarge { bytes: memory.bank_bytes, largest },
        None => NoMacro::Ports(ports),
    })
}

/// A bank in macros of one kind.
struct Built<'a> {
    rung: &'a Rung,
    beside: u32,
}

impl<'a> Built<'a> {
    fn new(rung: &'a Rung, memory: MemoryMacro) -> Self {
        let beside = u64::from(memory.word_bits).div_ceil(rung.word_bits);
        // No more than there are bits in a word.
        Self { rung, beside: u32::try_from(beside).unwrap_or(u32::MAX) }
    }

    const fn bytes(&self) -> u64 {
        self.rung.bytes.saturating_mul(self.beside as u64)
    }

    fn read(&self) -> Band<EnergyPerCount> {
        self.rung.read.map(|energy| energy.scaled(self.beside.into(), 1))
    }

    fn bank(&self) -> Bank {
        let Self { rung, beside } = *self;
        Bank {
            beside,
            copies: 1,
            bytes: rung.bytes,
            word_bits: rung.word_bits,
            read: self.read(),
            write: rung.write.map(|energy| energy.scaled(beside.into(), 1)),
            leakage: rung.leakage.map(|leakage| leakage.map(|power| power.times(beside))),
            area_um2: rung.area_um2.map(|area| area.saturating_mul(beside.into())),
            access: rung.access,
            cycle: rung.cycle,
        }
    }
}
