//! Counts times prices.

use crate::band::Band;
use crate::charge::{Charge, Charges, access, charges};
use crate::component::Component;
use crate::evidence::{Evidence, Scope};
use crate::ledger::{Basis, Ledger, Line, Uncharged};
use crate::sram::NoMacro;
use crate::table::{PriceTable, Treatment};
use crate::term::{Access, Quantity, Term, Width};
use klr_sim::{Activity, Counter, Hardware, Memories, Memory, MemoryMacro};
use klr_units::{ClockMhz, Cycles, EnergyPerCount, Picoseconds, Yoctowatts};
use std::sync::Arc;

/// What `activity` cost on `hardware`, its cycles lasting as long as `clock` says.
///
/// Prices are exact and lines are rounded once, to a yoctojoule: pricing the sum of two activities gives the sum of their
/// ledgers, but for a yoctojoule per line.
/// The span of static energy is rounded to a picosecond, so there the two may differ by the power times that.
#[must_use]
pub fn price(table: &PriceTable, activity: &Activity, hardware: &Hardware, clock: ClockMhz) -> Ledger {
    price_over(table, activity, hardware, clock.duration(Cycles::new(activity.cycles)))
}

/// What `activity` cost on `hardware` when it took `span`: for clocks that are no whole number of megahertz, and for
/// measurements that give a time.
#[must_use]
pub fn price_over(table: &PriceTable, activity: &Activity, hardware: &Hardware, span: Picoseconds) -> Ledger {
    bill(table, &KernelRun { activity, hardware }, span)
}

/// A run of some core as the prices see it: what was counted, what each count is charged with, and on which hardware.
pub(crate) trait Counted {
    type Counter: Copy + 'static;
    type Memory: Copy + 'static;
    const COUNTERS: &'static [Self::Counter];
    const MEMORIES: &'static [Self::Memory];

    fn count(&self, counter: Self::Counter) -> u64;

    fn charges(counter: Self::Counter) -> Charges;

    /// The memory and the access that `counter` pays for with `term`; `None` for a term that is not such an access.
    fn access(&self, counter: Self::Counter, term: Term) -> Option<(Self::Memory, Access)>;

    /// The bits that a price grows with; `None` if it grows with none that this core has.
    fn width(&self, width: Width) -> Option<u64>;

    fn macros(&self, memory: Self::Memory) -> MemoryMacro;

    /// What the memory is called in reports.
    fn memory_name(&self, memory: Self::Memory) -> &'static str;

    /// The knob that cuts the memory into more banks, if there is one.
    fn knob_of_banks(&self, _: Self::Memory) -> Option<&'static str> {
        None
    }
}

/// A run of the kernel core.
struct KernelRun<'a> {
    activity: &'a Activity,
    hardware: &'a Hardware,
}

impl Counted for KernelRun<'_> {
    type Counter = Counter;
    type Memory = Memory;
    const COUNTERS: &'static [Counter] = Counter::ALL;
    const MEMORIES: &'static [Memory] = Memory::ALL;

    fn count(&self, counter: Counter) -> u64 {
        self.activity.get(counter)
    }

    fn charges(counter: Counter) -> Charges {
        charges(counter)
    }

    fn access(&self, counter: Counter, term: Term) -> Option<(Memory, Access)> {
        access(counter, term, self.hardware)
    }

    fn width(&self, width: Width) -> Option<u64> {
        width.of(self.hardware)
    }

    fn macros(&self, memory: Memory) -> MemoryMacro {
        self.hardware.memories[memory]
    }

    fn memory_name(&self, memory: Memory) -> &'static str {
        name(memory, &self.hardware.memories)
    }

    fn knob_of_banks(&self, memory: Memory) -> Option<&'static str> {
        knob_of_banks(memory, &self.hardware.memories)
    }
}

/// What the run cost when it took `span`.
pub(crate) fn bill<R: Counted>(
    table: &PriceTable,
    run: &R,
    span: Picoseconds,
) -> Ledger<R::Counter, R::Memory> {
    let mut pricer = Pricer { table, run, span, ledger: empty(table) };
    for &counter in R::COUNTERS {
        if let Charges::Paid(charges) = R::charges(counter) {
            charges.iter().for_each(|&charge| pricer.charge_count(counter, charge));
        }
    }
    for &term in Term::ALL.iter().filter(|term| term.quantity() == Quantity::Time) {
        pricer.charge_time(term);
    }
    pricer.finish()
}

fn empty<C, M>(table: &PriceTable) -> Ledger<C, M> {
    Ledger {
        table: table.name().to_owned(),
        sources: Arc::clone(&table.sources),
        lines: Vec::new(),
        settled: Vec::new(),
        unpriced: Vec::new(),
    }
}

struct Pricer<'a, R: Counted> {
    table: &'a PriceTable,
    run: &'a R,
    span: Picoseconds,
    ledger: Ledger<R::Counter, R::Memory>,
}

impl<R: Counted> Pricer<'_, R> {
    fn finish(mut self) -> Ledger<R::Counter, R::Memory> {
        // Stable: within a component, lines stay in the order of the counters.
        self.ledger.lines.sort_by_key(|line| line.component);
        self.ledger.settled.sort_by_key(|item| item.component);
        self.ledger.unpriced.sort_by_key(|item| item.component);
        self.ledger
    }

    fn charge_count(&mut self, counter: R::Counter, charge: Charge) {
        let count = self.run.count(counter);
        if count == 0 {
            return;
        }
        let Charge { component, term } = charge;
        match self.unit_price(counter, term) {
            UnitPrice::Energy { band, leaves_out, scope, evidence } => {
                let basis = Basis::Counted { counter, count, unit: band };
                self.ledger.lines.push(Line { component, term, basis, scope, evidence });
                // A price that is a lower bound is charged, and makes one of the total.
                if let Some(what) = leaves_out {
                    let reason = format!("charged but for {what}");
                    self.settle(charge, Some(counter), count, Settlement::Unpriced(reason));
                }
            }
            UnitPrice::None(settlement) => self.settle(charge, Some(counter), count, settlement),
        }
    }

    fn charge_time(&mut self, term: Term) {
        if self.span.get() == 0 {
            return;
        }
        let charge = Charge { component: Component::Static, term };
        match self.table.treatment(term) {
            Treatment::Drawn(power) => {
                let evidence = Arc::clone(&power.evidence);
                self.draw(term, None, power.band, power.scope, evidence);
            }
            Treatment::Ladder => R::MEMORIES.iter().for_each(|&memory| self.leak(charge, memory)),
            other => {
                let settlement = Settlement::of(other);
                self.settle(charge, None, self.span.get(), settlement);
            }
        }
    }

    fn leak(&mut self, charge: Charge, memory: R::Memory) {
        let macros = self.run.macros(memory);
        if macros.banks == 0 || macros.bank_bytes == 0 {
            return;
        }
        let Some(sram) = self.table.sram() else { return };
        let reason = match sram.bank(macros).map(|bank| bank.leakage) {
            Ok(Some(leakage)) => {
                let power = leakage.map(|power| power.times(macros.banks));
                return self.draw(
                    charge.term,
                    Some(memory),
                    power,
                    Scope::PerTerm,
                    Arc::clone(&sram.evidence),
                );
            }
            Ok(None) => "a macro of the table has no leakage_uw".to_owned(),
            Err(reason) => self.no_macro(memory, reason),
        };
        self.settle(charge, None, self.span.get(), Settlement::Unpriced(reason));
    }

    /// Why `memory` has no price, and what would give it one.
    fn no_macro(&self, memory: R::Memory, reason: NoMacro) -> String {
        let more = match (reason, self.run.knob_of_banks(memory)) {
            (NoMacro::TooLarge { .. }, Some(knob)) => format!(": more {knob} make its banks smaller"),
            _ => String::new(),
        };
        format!("a bank of the {} {reason}{more}", self.run.memory_name(memory))
    }

    fn draw(
        &mut self,
        term: Term,
        memory: Option<R::Memory>,
        power: Band<Yoctowatts>,
        scope: Scope,
        evidence: Arc<Evidence>,
    ) {
        let basis = Basis::Drawn { memory, power, span: self.span };
        self.ledger.lines.push(Line { component: Component::Static, term, basis, scope, evidence });
    }

    fn settle(&mut self, charge: Charge, counter: Option<R::Counter>, count: u64, settlement: Settlement) {
        let Charge { component, term } = charge;
        let item = |reason| Uncharged { component, term, counter, count, reason };
        match settlement {
            Settlement::Free(reason) => self.ledger.settled.push(item(format!("free: {reason}"))),
            Settlement::Unpriced(reason) => self.ledger.unpriced.push(item(reason)),
            Settlement::Included { within, why } => {
                let names = within.iter().map(|term| term.key()).collect::<Vec<_>>().join(" or ");
                if within.iter().any(|&term| self.is_paid(term)) {
                    self.ledger.settled.push(item(format!("included in {names}: {why}")));
                } else {
                    // Nothing was charged that could contain it, so leaving it out would make it free by accident.
                    let reason = format!("included in {names}, which this activity does not contain");
                    self.ledger.unpriced.push(item(reason));
                }
            }
        }
    }

    fn unit_price(&self, counter: R::Counter, term: Term) -> UnitPrice {
        let (table, run) = (self.table, self.run);
        match (table.treatment(term), table.sram(), run.access(counter, term)) {
            (Treatment::Priced(price), _, _) => {
                let band = match (price.at_bits, run.width(term.width())) {
                    (Some(at_bits), Some(bits)) => price.band.map(|energy| energy.scaled(bits, at_bits)),
                    _ => price.band,
                };
                let (leaves_out, evidence) = (price.leaves_out.clone(), Arc::clone(&price.evidence));
                UnitPrice::Energy { band, leaves_out, scope: price.scope, evidence }
            }
            (Treatment::Ladder, Some(sram), Some((memory, access))) => {
                let macros = run.macros(memory);
                match sram.bank(macros) {
                    // What is counted is every bit of a word, so an access is as many counts as a word has bits.
                    Ok(bank) => UnitPrice::Energy {
                        band: bank.energy(access).map(|energy| energy.scaled(1, macros.word_bits.into())),
                        leaves_out: None,
                        scope: Scope::PerTerm,
                        evidence: Arc::clone(&sram.evidence),
                    },
                    Err(reason) => UnitPrice::None(Settlement::Unpriced(self.no_macro(memory, reason))),
                }
            }
            (other, _, _) => UnitPrice::None(Settlement::of(other)),
        }
    }

    /// Whether this activity pays `term` at least once.
    fn is_paid(&self, term: Term) -> bool {
        let counted = |&counter: &R::Counter| {
            let pays =
                matches!(R::charges(counter), Charges::Paid(list) if list.iter().any(|c| c.term == term));
            pays && self.run.count(counter) > 0
        };
        match term.quantity() {
            Quantity::Count => R::COUNTERS.iter().any(counted),
            Quantity::Time => self.span.get() > 0,
        }
    }
}

/// What one count of a term costs on one core.
enum UnitPrice {
    Energy { band: Band<EnergyPerCount>, leaves_out: Option<String>, scope: Scope, evidence: Arc<Evidence> },
    None(Settlement),
}

/// Why nothing is charged.
enum Settlement {
    Free(String),
    Included { within: Vec<Term>, why: String },
    Unpriced(String),
}

impl Settlement {
    fn of(treatment: &Treatment) -> Self {
        match treatment {
            Treatment::Free(reason) => Self::Free(reason.clone()),
            Treatment::Included { within, why } => {
                Self::Included { within: within.clone(), why: why.clone() }
            }
            Treatment::Unpriced(reason) => Self::Unpriced(reason.clone()),
            Treatment::Priced(_) | Treatment::Drawn(_) | Treatment::Ladder => {
                Self::Unpriced("priced in a way that does not fit the term".to_owned())
            }
        }
    }
}

/// What a memory is called in reports: pattern memory is by row only where that tells it from the columns.
fn name(memory: Memory, memories: &Memories<MemoryMacro>) -> &'static str {
    match memory {
        Memory::Rows if memories.columns.banks > 0 => "pattern memory by row",
        Memory::Columns | Memory::Rows => "pattern memory",
        Memory::Weights => "weight memory",
        Memory::Counters => "counter memory",
        Memory::Table => "kernel table",
    }
}

/// The knob of the core that cuts `memory` into more banks. Rows beside columns are not cut, nor is the table.
const fn knob_of_banks(memory: Memory, memories: &Memories<MemoryMacro>) -> Option<&'static str> {
    match memory {
        Memory::Columns | Memory::Counters => Some("distance_slices"),
        Memory::Rows if memories.columns.banks == 0 => Some("distance_slices"),
        Memory::Weights => Some("weight_banks"),
        Memory::Rows | Memory::Table => None,
    }
}
