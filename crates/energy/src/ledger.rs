//! What a run cost: lines that can be checked one by one, and sums of them.

use crate::band::Band;
use crate::component::Component;
use crate::cost::Cost;
use crate::evidence::{Evidence, Grade, Scope};
use crate::source::Sources;
use crate::term::Term;
use klr_crossbar::{CrossbarCounter, CrossbarMemory};
use klr_sim::{Counter, Memory};
use klr_units::{EnergyPerCount, Picoseconds, Yoctojoules, Yoctowatts};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a line multiplies: a counter `C` of the core, or the power of one of its memories `M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis<C = Counter, M = Memory> {
    /// A count times a price.
    Counted {
        /// The counter.
        counter: C,
        /// What it counted.
        count: u64,
        /// Energy per count, for the widths and sizes of the core.
        unit: Band<EnergyPerCount>,
    },
    /// A power times a span of time.
    Drawn {
        /// The memory whose macros draw it; `None` for the rest of the core.
        memory: Option<M>,
        /// The power.
        power: Band<Yoctowatts>,
        /// The time.
        span: Picoseconds,
    },
}

/// One line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<C = Counter, M = Memory> {
    /// Where the energy was spent.
    pub component: Component,
    /// What was paid.
    pub term: Term,
    /// The two factors.
    pub basis: Basis<C, M>,
    /// What the figure pays for.
    pub scope: Scope,
    /// What the price or power rests on.
    pub evidence: Arc<Evidence>,
}

impl<C, M> Line<C, M> {
    /// The product of the two factors, rounded once, to the nearest yoctojoule.
    #[must_use]
    pub fn energy(&self) -> Band<Yoctojoules> {
        match &self.basis {
            Basis::Counted { count, unit, .. } => unit.map(|unit| unit.times(*count)),
            Basis::Drawn { power, span, .. } => power.map(|power| power.over(*span)),
        }
    }
}

/// What was counted but not charged, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncharged<C = Counter> {
    /// Where the energy would be booked.
    pub component: Component,
    /// What would be paid.
    pub term: Term,
    /// What was counted; `None` for a term that is paid by time.
    pub counter: Option<C>,
    /// How many counts, or how many picoseconds.
    pub count: u64,
    /// Why nothing is charged.
    pub reason: String,
}

/// The cost of a run, or of a window of one.
///
/// Totals are computed from the lines whenever they are asked for: there is no second sum that could disagree.
/// The counters `C` and the memories `M` are those of the core: of the kernel core, or of a [`CrossbarLedger`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger<C = Counter, M = Memory> {
    /// The name of the price table.
    pub table: String,
    /// Which of its prices are wrong together.
    pub sources: Arc<Sources>,
    /// What was charged: by component, then by counter.
    pub lines: Vec<Line<C, M>>,
    /// What is free or paid within another line.
    pub settled: Vec<Uncharged<C>>,
    /// What costs something nobody has published. While there is any, the total is a lower bound, or unknown.
    pub unpriced: Vec<Uncharged<C>>,
}

/// The cost of a run of a crossbar core.
pub type CrossbarLedger = Ledger<CrossbarCounter, CrossbarMemory>;

impl Ledger {
    /// Every component with the sum of its lines, in the order of [`Component::ALL`].
    #[must_use]
    pub fn by_component(&self) -> Vec<(Component, Cost)> {
        self.sums(&Component::ALL)
    }
}

impl CrossbarLedger {
    /// Every component with the sum of its lines, in the order of [`Component::CROSSBAR`].
    #[must_use]
    pub fn by_component(&self) -> Vec<(Component, Cost)> {
        self.sums(&Component::CROSSBAR)
    }
}

impl<C, M> Ledger<C, M> {
    /// The sum of all lines, as far as it is known.
    pub fn total(&self) -> Cost {
        self.sum_of(|_| true)
    }

    /// The sum of the lines of one component, as far as it is known.
    pub fn component(&self, component: Component) -> Cost {
        self.sum_of(|booked| booked == component)
    }

    fn sum_of(&self, is_in: impl Fn(Component) -> bool) -> Cost {
        let lines = self.lines.iter().filter(|line| is_in(line.component)).map(Line::energy);
        let is_missing = self.unpriced.iter().any(|item| is_in(item.component));
        Cost::of(lines.fold(Band::default(), Band::plus), is_missing)
    }

    fn sums(&self, components: &[Component]) -> Vec<(Component, Cost)> {
        components.iter().map(|&component| (component, self.component(component))).collect()
    }

    /// Whether every cost was charged. If not, [`Self::total`] is a lower bound or unknown.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.unpriced.is_empty()
    }

    /// The keys of the terms without a price, each once, in alphabetical order; empty if the ledger is complete.
    #[must_use]
    pub fn unpriced_terms(&self) -> String {
        let terms: BTreeSet<&str> = self.unpriced.iter().map(|item| item.term.key()).collect();
        terms.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// The weakest grade among the lines; `None` if nothing was charged.
    #[must_use]
    pub fn weakest_grade(&self) -> Option<Grade> {
        self.lines.iter().map(|line| line.evidence.grade).max()
    }

    /// Whether any line rests on a figure read through a secondary source.
    #[must_use]
    pub fn secondary(&self) -> bool {
        self.lines.iter().any(|line| line.evidence.secondary)
    }
}
