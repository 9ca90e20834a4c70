//! What each counter is charged with: the one place where a count meets a term.

use crate::component::Component;
use crate::term::{Access, Term};
use klr_sim::{Counter, Hardware, Memory};

/// One charge: a term of the price table, booked on a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Where the energy is spent.
    pub component: Component,
    /// What is paid.
    pub term: Term,
}

/// What a counter is charged with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charges {
    /// Each count pays every one of these terms once.
    Paid(&'static [Charge]),
    /// The counter is reported, not paid for, and this is why.
    NotPaidFor(&'static str),
}

macro_rules! paid {
    ($($component:ident: $term:ident),+) => {
        Charges::Paid(&[$(Charge { component: Component::$component, term: Term::$term },)+])
    };
}

pub(crate) use paid;

pub(crate) const WAITING: Charges =
    Charges::NotPaidFor("a cycle, busy or waiting, is paid once: as a clock cycle and as static power");
const OFFERED: Charges =
    Charges::NotPaidFor("a queue entry is paid when it is taken, once for both its ends");
pub(crate) const DROPPED: Charges = Charges::NotPaidFor("what is dropped never enters the queue");

/// What one count of `counter` is charged with.
///
/// The match has no wildcard: a counter added to the simulator does not compile here (E0004) until someone prices it or
/// writes down why it is not paid for.
#[must_use]
pub const fn charges(counter: Counter) -> Charges {
    match counter {
        Counter::Cycles => paid!(Clock: ClockCycle),
        Counter::DistanceBusyCycles
        | Counter::MacBusyCycles
        | Counter::ThresholdBusyCycles
        | Counter::ActivationStallCycles
        | Counter::SpikeStallCycles
        | Counter::PortConflictCycles
        | Counter::BankConflictCycles
        | Counter::SignWaitCycles => WAITING,
        Counter::PatternBitsRead | Counter::SignBitsRead => paid!(Patterns: PatternRead),
        Counter::WeightBitsRead => paid!(Weights: WeightRead, Weights: WeightTurn),
        // A word that is read goes into a lane register.
        Counter::CounterBitsRead => paid!(Counters: CounterRead, Counters: RegisterWrite),
        Counter::CounterBitsWritten => paid!(Counters: CounterWrite),
        Counter::TableBitsRead => paid!(KernelTable: TableRead),
        Counter::FieldBitsRead | Counter::CandidateBitsRead => paid!(Registers: RegisterRead),
        Counter::FieldBitsWritten | Counter::CandidateBitsWritten | Counter::StateBitsWritten => {
            paid!(Registers: RegisterWrite)
        }
        Counter::SumBitsWritten => paid!(Registers: SumWrite),
        Counter::HostBits => paid!(Queues: QueueBit),
        Counter::BitComparisons => paid!(Distance: BitCompare),
        Counter::StateComparisons => paid!(Registers: BitCompare),
        Counter::DistanceUpdates => paid!(Distance: DistanceAdd),
        Counter::DistanceComparisons => paid!(Distance: DistanceCompare),
        Counter::KernelLookups => paid!(KernelTable: KernelLookup),
        Counter::Macs => paid!(Mac: SynapticOperation, Mac: Multiply, Mac: Add),
        Counter::Evaluations | Counter::ViolationChecks => paid!(Threshold: NeuronEvaluation),
        Counter::FieldComparisons => paid!(Threshold: Add),
        Counter::Flips => Charges::NotPaidFor(
            "a flip is paid as what it causes: a state bit written, a spike, distance updates",
        ),
        Counter::Steps => Charges::NotPaidFor("the control that begins a step is part of the clock cycle"),
        Counter::ListRefreshes | Counter::ListOverflows => {
            Charges::NotPaidFor("a recount is paid as what it causes: pattern bits read and compared")
        }
        Counter::SpikesSent | Counter::ActivationsSent => OFFERED,
        Counter::SpikesDropped | Counter::ActivationsDropped => DROPPED,
        Counter::SpikesTaken => paid!(Queues: Spike),
        Counter::ActivationsTaken => Charges::NotPaidFor("a packet is paid by its words or their bits"),
        Counter::ActivationWords => paid!(Queues: Activation),
        Counter::ActivationBits => paid!(Queues: QueueBit),
    }
}

/// The memory and the access that `counter` pays for with `term`; `None` for a term that is not an access to a memory.
/// Signs are read from the rows of the patterns and everything else from their columns, where there are both; else all
/// bits from what there is.
#[must_use]
pub(crate) fn access(counter: Counter, term: Term, hardware: &Hardware) -> Option<(Memory, Access)> {
    let (memory, access) = term.access()?;
    let built = |memory: Memory| hardware.memories[memory].banks > 0;
    let memory = match (counter, memory) {
        (Counter::SignBitsRead, Memory::Columns) if built(Memory::Rows) => Memory::Rows,
        (_, Memory::Columns) if !built(Memory::Columns) && built(Memory::Rows) => Memory::Rows,
        _ => memory,
    };
    Some((memory, access))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::crossbar::crossbar_charges;
    use crate::rram::rram_charges;
    use crate::term::Quantity;
    use klr_crossbar::CrossbarCounter;
    use klr_machines::RramCounter;

    fn paid_terms() -> Vec<Term> {
        let mut terms = Vec::new();
        let kernel = Counter::ALL.iter().map(|&counter| charges(counter));
        let crossbar = CrossbarCounter::ALL.iter().map(|&counter| crossbar_charges(counter));
        let memristors = RramCounter::ALL.iter().map(|&counter| rram_charges(counter));
        for charges in kernel.chain(crossbar).chain(memristors) {
            if let Charges::Paid(charges) = charges {
                terms.extend(charges.iter().map(|charge| charge.term));
            }
        }
        terms
    }

    #[test]
    fn every_term_per_count_is_charged_by_some_counter() {
        let paid = paid_terms();
        for &term in Term::ALL {
            let by_count = term.quantity() == Quantity::Count;
            assert_eq!(paid.contains(&term), by_count, "{} has a price that nothing pays", term.key());
        }
    }

    /// The counter `name` pays something, or says why it does not.
    pub(crate) fn assert_not_silently_free(name: &str, charges: Charges) {
        match charges {
            Charges::Paid(charges) => assert!(!charges.is_empty(), "{name} pays nothing"),
            Charges::NotPaidFor(why) => assert!(why.len() > 10, "{name} gives no reason"),
        }
    }

    #[test]
    fn no_counter_is_silently_free() {
        for &counter in Counter::ALL {
            assert_not_silently_free(counter.name(), charges(counter));
        }
    }
}
