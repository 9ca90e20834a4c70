//! A price table: what every term costs, and what each figure rests on.

use crate::area::SquareNanometres;
use crate::band::Band;
use crate::cells::Cells;
use crate::evidence::{Evidence, Scope};
use crate::source::Sources;
use crate::sram::{Bank, Grid, Macros, NoMacro, Sram};
use crate::term::Term;
use klr_sim::{Memory, MemoryMacro};
use klr_units::{EnergyPerCount, Yoctowatts};
use std::sync::Arc;

/// The price of one count of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Energy per count, at the width `at_bits`, exactly as the table has it.
    pub band: Band<EnergyPerCount>,
    /// The width the figure was published for; the price is proportional to the width. `None`: one price for every width.
    pub at_bits: Option<u64>,
    /// What the figure leaves out, so that it is a lower bound; `None` for a price of all that the term is.
    pub leaves_out: Option<String>,
    /// What the figure pays for.
    pub scope: Scope,
    /// Where it comes from.
    pub evidence: Arc<Evidence>,
}

/// A power drawn all the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Power {
    /// Power of the core, exactly as the table has it.
    pub band: Band<Yoctowatts>,
    /// What the figure pays for.
    pub scope: Scope,
    /// Where it comes from.
    pub evidence: Arc<Evidence>,
}

/// What a price table says of one term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// A price per count.
    Priced(Price),
    /// A power over time.
    Drawn(Power),
    /// The price of the table's memory macros for a bank of the geometry of the memory.
    Ladder,
    /// Nothing is paid, and this is why.
    Free(String),
    /// Paid with other terms: charging it again would count it twice.
    Included {
        /// The terms whose prices contain it.
        within: Vec<Term>,
        /// Why they do.
        why: String,
    },
    /// Not known, and this is why. It is never zero: a ledger that needs it is incomplete.
    Unpriced(String),
}

/// What every term costs.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceTable {
    /// What it calls itself.
    pub(crate) own_name: String,
    /// What everybody else calls it.
    pub(crate) name: String,
    /// Where it was read from, unless it comes with the crate.
    pub(crate) file: Option<String>,
    pub(crate) about: String,
    /// The version of its figures, if it says one.
    pub(crate) version: Option<u64>,
    pub(crate) sram: Option<Sram>,
    pub(crate) cells: Option<Cells>,
    pub(crate) sources: Arc<Sources>,
    /// One entry per term, in the order of [`Term::ALL`].
    pub(crate) treatments: Vec<Treatment>,
    pub(crate) text: Arc<str>,
}

impl PriceTable {
    /// The table's name in reports: that of a table which comes with the crate, or `file PATH`. Whatever a file calls
    /// itself, it is not taken for another table.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the table calls itself.
    #[must_use]
    pub fn own_name(&self) -> &str {
        &self.own_name
    }

    /// The file it was read from; `None` for a table that comes with the crate.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The TOML that it was read from, to the byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the table describes, in a sentence or two.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The version of its figures: it rises whenever one of them changes. `None` if the table says none.
    #[must_use]
    pub const fn version(&self) -> Option<u64> {
        self.version
    }

    /// The memory macros the table knows, if any.
    #[must_use]
    pub const fn sram(&self) -> Option<&Sram> {
        self.sram.as_ref()
    }

    /// How large its gates and flip-flops are, if it says so.
    #[must_use]
    pub const fn cells(&self) -> Option<&Cells> {
        self.cells.as_ref()
    }

    /// Which of its prices are wrong together.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What the table says of `term`.
    #[must_use]
    pub fn treatment(&self, term: Term) -> &Treatment {
        &self.treatments[term as usize]
    }
}

/// What a bank of a memory is priced as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PricedAs {
    /// As it is built.
    Built(Box<Bank>),
    /// The table has no macro for it, so that its price is not known.
    NoMacro(NoMacro),
    /// Whatever its geometry: the table takes no price of the memory from its macros.
    AnySize,
}

impl PriceTable {
    /// What a bank of `memory` of the kernel core, which is built of `macros`, is priced as: its accesses and its leakage.
    #[must_use]
    pub fn priced_as(&self, memory: Memory, macros: MemoryMacro) -> PricedAs {
        // Patterns by row pay what those by column do.
        let accessed = if memory == Memory::Rows { Memory::Columns } else { memory };
        let is_paid = |term: Term| {
            term == Term::MemoryLeakage || term.access().is_some_and(|(memory, _)| memory == accessed)
        };
        let mut terms = Term::ALL.iter().filter(|&&term| is_paid(term));
        match self.sram() {
            Some(sram) if terms.any(|&term| *self.treatment(term) == Treatment::Ladder) => {
                sram.bank(macros).map_or_else(PricedAs::NoMacro, |bank| PricedAs::Built(Box::new(bank)))
            }
            _ => PricedAs::AnySize,
        }
    }

    /// The area of all banks of `memory` of the kernel core, which is built of `macros`, where it is known. Macros of the
    /// grid have the band that its interpolation has, see [`Grid::AREA_FACTOR`]; those of a list are as the list says.
    #[must_use]
    pub fn memory_area(&self, memory: Memory, macros: MemoryMacro) -> Option<Band<SquareNanometres>> {
        let PricedAs::Built(bank) = self.priced_as(memory, macros) else { return None };
        let banks = SquareNanometres::from_whole_um2(bank.area_um2?).times(macros.banks.into());
        Some(match self.sram()?.macros() {
            Macros::Grid(_) => banks.within(Grid::AREA_FACTOR),
            Macros::Rungs(_) => Band::flat(banks),
        })
    }
}
