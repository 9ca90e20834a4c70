//! Memory prices: of which macros a bank is built, and what one access to it costs.
//!
//! A bank is capacity x word x ports, and its price is that of this geometry: never a part of the price of another width.
//! A table has either a list of macros to build banks from ([`Rung`]), or a part of the grid of macros that comes with
//! the crate ([`Grid`]), which is interpolated.

mod facts;
mod grid;
mod read;
mod rungs;

use crate::band::Band;
use crate::evidence::Evidence;
use crate::term::Access;
use klr_sim::{MemoryMacro, Ports};
use klr_units::{EnergyPerCount, Picoseconds, Yoctowatts};
use std::fmt;
use std::sync::Arc;

pub use grid::{Device, Grid};
pub use rungs::Rung;

/// The ports of one macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MacroPorts {
    /// `1rw`: one port that reads or writes.
    Single,
    /// `1r1w`: a port that reads and one that writes.
    Dual,
}

impl MacroPorts {
    /// Both, the smaller first.
    pub const ALL: [Self; 2] = [Self::Single, Self::Dual];

    /// The word in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "1rw",
            Self::Dual => "1r1w",
        }
    }

    /// What a bank with `ports` is built of: the ports of each macro, and equal copies. Reads in one cycle beyond the first
    /// are served by copies, each of which holds everything: CACTI gives sixteen copies of 1 KB in words of 8 bits
    /// 16 times the area and one time the energy of a read; one array of sixteen read ports 74 times and 4.6 times.
    #[must_use]
    pub const fn of(ports: Ports) -> (Self, u32) {
        match ports {
            Ports::One => (Self::Single, 1),
            Ports::ReadAndWrite => (Self::Dual, 1),
            Ports::Reads(0) => (Self::Single, 1),
            Ports::Reads(copies) => (Self::Single, copies),
        }
    }
}

/// One bank as it is built, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// Macros side by side that make up one word.
    pub beside: u32,
    /// Copies of all of them, for more reads in a cycle.
    pub copies: u32,
    /// Capacity of one macro, in bytes.
    pub bytes: u64,
    /// Bits of a word of one macro.
    pub word_bits: u64,
    /// One read of one word of the bank, however much of it is used.
    pub read: Band<EnergyPerCount>,
    /// One write of one word.
    pub write: Band<EnergyPerCount>,
    /// What the bank leaks with all its copies, where that is known.
    pub leakage: Option<Band<Yoctowatts>>,
    /// Area with all copies, in square micrometres, where it is known.
    pub area_um2: Option<u64>,
    /// From an address to its data, where it is known.
    pub access: Option<Picoseconds>,
    /// From one access to the next, where it is known.
    pub cycle: Option<Picoseconds>,
}

impl Bank {
    /// Energy of one access.
    #[must_use]
    pub const fn energy(&self, access: Access) -> Band<EnergyPerCount> {
        match access {
            Access::Read => self.read,
            Access::Write => self.write,
        }
    }
}

/// Why a bank has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMacro {
    /// The memory is not built.
    NotBuilt,
    /// No macro of the table is as large.
    TooLarge {
        /// Bytes of the bank.
        bytes: u64,
        /// What the largest macros of the table hold, as many side by side as make up the word.
        largest: u64,
    },
    /// No macro of the table has such ports.
    Ports(MacroPorts),
}

impl fmt::Display for NoMacro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBuilt => f.write_str("is not built"),
            Self::TooLarge { bytes, largest } => write!(
                f,
                "holds {bytes} bytes and the largest macro of the table {largest}; a larger one would be a guess"
            ),
            Self::Ports(ports) => write!(f, "needs ports {}, which no macro of the table has", ports.name()),
        }
    }
}

/// Where the macros of a table come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Macros {
    /// A list of macros, and banks are built of these.
    Rungs(Vec<Rung>),
    /// The grid of macros of the crate, for a node and a kind of device.
    Grid(Grid),
}

/// The memory macros of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Sram {
    pub(crate) macros: Macros,
    pub(crate) evidence: Arc<Evidence>,
}

impl Sram {
    /// The macros.
    #[must_use]
    pub const fn macros(&self) -> &Macros {
        &self.macros
    }

    /// Where the figures come from.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// One bank of `memory` as it is built.
    ///
    /// # Errors
    /// [`NoMacro`] if the table has no macro for it: beyond its macros, a price would be invented.
    pub fn bank(&self, memory: MemoryMacro) -> Result<Bank, NoMacro> {
        if memory.banks == 0 || memory.bank_bytes == 0 || memory.word_bits == 0 {
            return Err(NoMacro::NotBuilt);
        }
        let (ports, copies) = MacroPorts::of(memory.ports);
        let bank = match &self.macros {
            Macros::Rungs(rungs) => rungs::bank(rungs, memory, ports)?,
            Macros::Grid(grid) => grid.bank(memory.bank_bytes, memory.word_bits, ports)?,
        };
        Ok(bank.times(copies))
    }

    /// Whether every bank has a leakage.
    pub(crate) fn leaks(&self) -> bool {
        match &self.macros {
            Macros::Rungs(rungs) => rungs.iter().all(|rung| rung.leakage.is_some()),
            Macros::Grid(_) => true,
        }
    }
}

impl Bank {
    /// The bank with `copies` of all its macros: an access goes to one of them.
    fn times(self, copies: u32) -> Self {
        Self {
            copies,
            leakage: self.leakage.map(|leakage| leakage.map(|power| power.times(copies))),
            area_um2: self.area_um2.map(|area| area.saturating_mul(u64::from(copies))),
            ..self
        }
    }
}
