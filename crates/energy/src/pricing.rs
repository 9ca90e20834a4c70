//! Counts times prices.

use crate::band::Band;
use crate::charge::{Charge, Charges, access, charges};
use crate::component::Component;
use crate::evidence::{Evidence, Scope};
use crate::ladder::Ladder;
use crate::ledger::{Basis, Ledger, Line, Uncharged};
use crate::table::{PriceTable, Treatment};
use crate::term::{Access, Quantity, Term};
use klr_sim::{Activity, Counter, Hardware, Memories, Memory, MemoryMacro};
use klr_units::{Attojoules, ClockMhz, Cycles, Picoseconds, Picowatts};
use std::sync::Arc;

/// What `activity` cost on `hardware`, its cycles lasting as long as `clock` says.
///
/// Counted energies are exact: pricing the sum of two activities gives the sum of their ledgers, attojoule for attojoule.
/// Static energy is rounded once per line (and the span once, to a picosecond), so there the two may differ by rounding.
#[must_use]
pub fn price(table: &PriceTable, activity: &Activity, hardware: &Hardware, clock: ClockMhz) -> Ledger {
    price_over(table, activity, hardware, clock.duration(Cycles::new(activity.cycles)))
}

/// What `activity` cost on `hardware` when it took `span`: for clocks that are no whole number of megahertz, and for
/// measurements that give a time.
#[must_use]
pub fn price_over(table: &PriceTable, activity: &Activity, hardware: &Hardware, span: Picoseconds) -> Ledger {
    let mut pricer = Pricer { table, activity, hardware, span, ledger: empty(table) };
    for &counter in Counter::ALL {
        if let Charges::Paid(charges) = charges(counter) {
            charges.iter().for_each(|&charge| pricer.charge_count(counter, charge));
        }
    }
    for &term in Term::ALL.iter().filter(|term| term.quantity() == Quantity::Time) {
        pricer.charge_time(term);
    }
    pricer.finish()
}

fn empty(table: &PriceTable) -> Ledger {
    Ledger { table: table.name().to_owned(), lines: Vec::new(), settled: Vec::new(), unpriced: Vec::new() }
}

struct Pricer<'a> {
    table: &'a PriceTable,
    activity: &'a Activity,
    hardware: &'a Hardware,
    span: Picoseconds,
    ledger: Ledger,
}

impl Pricer<'_> {
    fn finish(mut self) -> Ledger {
        // Stable: within a component, lines stay in the order of the counters.
        self.ledger.lines.sort_by_key(|line| line.component);
        self.ledger.settled.sort_by_key(|item| item.component);
        self.ledger.unpriced.sort_by_key(|item| item.component);
        self.ledger
    }

    fn charge_count(&mut self, counter: Counter, charge: Charge) {
        let count = self.activity.get(counter);
        if count == 0 {
            return;
        }
        let Charge { component, term } = charge;
        let access = access(counter, term, self.hardware);
        match unit_price(self.table, term, access, self.hardware) {
            UnitPrice::Energy { band, scope, evidence } => {
                let basis = Basis::Counted { counter, count, unit: band };
                self.ledger.lines.push(Line { component, term, basis, scope, evidence });
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
            Treatment::Ladder => Memory::ALL.iter().for_each(|&memory| self.leak(charge, memory)),
            other => {
                let settlement = Settlement::of(other);
                self.settle(charge, None, self.span.get(), settlement);
            }
        }
    }

    fn leak(&mut self, charge: Charge, memory: Memory) {
        let macros = self.hardware.memories[memory];
        if macros.banks == 0 || macros.bank_bytes == 0 {
            return;
        }
        let Some(ladder) = self.table.ladder() else { return };
        match ladder.rung_for(macros).and_then(|rung| rung.leakage) {
            Some(leakage) => {
                let banks = u64::from(macros.banks);
                let power = leakage.map(|power| Picowatts::new(power.get().saturating_mul(banks)));
                self.draw(charge.term, Some(memory), power, Scope::PerTerm, Arc::clone(&ladder.evidence));
            }
            None => {
                let settlement = Settlement::Unpriced(too_large(memory, self.hardware, ladder));
                self.settle(charge, None, self.span.get(), settlement);
            }
        }
    }

    fn draw(
        &mut self,
        term: Term,
        memory: Option<Memory>,
        power: Band<Picowatts>,
        scope: Scope,
        evidence: Arc<Evidence>,
    ) {
        let basis = Basis::Drawn { memory, power, span: self.span };
        self.ledger.lines.push(Line { component: Component::Static, term, basis, scope, evidence });
    }

    fn settle(&mut self, charge: Charge, counter: Option<Counter>, count: u64, settlement: Settlement) {
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

    /// Whether this activity pays `term` at least once.
    fn is_paid(&self, term: Term) -> bool {
        let counted = |&counter: &Counter| {
            let pays = matches!(charges(counter), Charges::Paid(list) if list.iter().any(|c| c.term == term));
            pays && self.activity.get(counter) > 0
        };
        match term.quantity() {
            Quantity::Count => Counter::ALL.iter().any(counted),
            Quantity::Time => self.span.get() > 0,
        }
    }
}

/// What one count of a term costs on one core.
enum UnitPrice {
    Energy { band: Band<Attojoules>, scope: Scope, evidence: Arc<Evidence> },
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

fn unit_price(
    table: &PriceTable,
    term: Term,
    access: Option<(Memory, Access)>,
    hardware: &Hardware,
) -> UnitPrice {
    match (table.treatment(term), table.ladder(), access) {
        (Treatment::Priced(price), _, _) => {
            let band = match (price.at_bits, term.width().of(hardware)) {
                (Some(at_bits), Some(bits)) => price.band.map(|energy| energy.scaled(bits, at_bits)),
                _ => price.band,
            };
            UnitPrice::Energy { band, scope: price.scope, evidence: Arc::clone(&price.evidence) }
        }
        (Treatment::Ladder, Some(ladder), Some((memory, access))) => {
            let macros = hardware.memories[memory];
            match ladder.rung_for(macros) {
                Some(rung) => UnitPrice::Energy {
                    band: rung.per_bit(access),
                    scope: Scope::PerTerm,
                    evidence: Arc::clone(&ladder.evidence),
                },
                None => UnitPrice::None(Settlement::Unpriced(too_large(memory, hardware, ladder))),
            }
        }
        (other, _, _) => UnitPrice::None(Settlement::of(other)),
    }
}

fn too_large(memory: Memory, hardware: &Hardware, ladder: &Ladder) -> String {
    format!(
        "a bank of the {} holds {} bytes and the largest macro of the table {}; a larger one would be a guess",
        name(memory, &hardware.memories),
        hardware.memories[memory].bank_bytes,
        ladder.largest_bytes()
    )
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
