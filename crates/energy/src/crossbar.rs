//! What a run of a crossbar core costs: its own counters, priced by the same tables.
//!
//! Nothing is multiplied in that core: a row enters with a factor of 1 or 2 and a sign, so a synaptic operation is an
//! addition. Its two memories are priced by the words that cross their ports, in every cycle in which they are selected.

use crate::charge::{Charge, Charges, DROPPED, WAITING, paid};
use crate::component::Component;
use crate::ledger::CrossbarLedger;
use crate::pricing::{Counted, bill};
use crate::table::PriceTable;
use crate::term::{Access, ODIN_FLIP_FLOPS, Term, Width};
use klr_crossbar::{CrossbarActivity, CrossbarCounter, CrossbarHardware, CrossbarMemory};
use klr_sim::MemoryMacro;
use klr_units::{ClockMhz, Cycles, Picoseconds};

/// What one count of `counter` is charged with.
///
/// The match has no wildcard, as that of [`charges`](crate::charges()).
#[must_use]
pub const fn crossbar_charges(counter: CrossbarCounter) -> Charges {
    match counter {
        CrossbarCounter::Cycles => paid!(Clock: ClockCycle),
        CrossbarCounter::WaitCycles
        | CrossbarCounter::PushCycles
        | CrossbarCounter::AcknowledgeCycles
        | CrossbarCounter::ScanCycles
        | CrossbarCounter::PopCycles
        | CrossbarCounter::OutputStallCycles => WAITING,
        CrossbarCounter::WeightSelectCycles
        | CrossbarCounter::NeuronReadCycles
        | CrossbarCounter::NeuronWriteCycles => {
            Charges::NotPaidFor("an access is paid by the bits of its word")
        }
        CrossbarCounter::WeightWords => {
            Charges::NotPaidFor("a word is paid in each cycle in which it is selected, by its bits")
        }
        CrossbarCounter::WeightBitsRead => paid!(Weights: WeightRead),
        CrossbarCounter::NeuronBitsRead => paid!(Neurons: NeuronRead),
        CrossbarCounter::NeuronBitsWritten => paid!(Neurons: NeuronWrite),
        CrossbarCounter::SynapticOperations => paid!(Mac: SynapticOperation, Mac: Add),
        CrossbarCounter::Leaks => paid!(Mac: Leak),
        CrossbarCounter::Evaluations => paid!(Threshold: NeuronEvaluation),
        CrossbarCounter::Spikes => Charges::NotPaidFor(
            "a spike is paid as what it causes: an entry of the output queue, and of the event queue if it comes back",
        ),
        CrossbarCounter::HostEvents | CrossbarCounter::LoopedEvents | CrossbarCounter::OutputsSent => {
            paid!(Queues: Spike)
        }
        CrossbarCounter::LoopedDropped | CrossbarCounter::OutputsDropped => DROPPED,
    }
}

/// What `activity` cost on the crossbar core `hardware`, its cycles lasting as long as `clock` says.
#[must_use]
pub fn price_crossbar(
    table: &PriceTable,
    activity: &CrossbarActivity,
    hardware: &CrossbarHardware,
    clock: ClockMhz,
) -> CrossbarLedger {
    price_crossbar_over(table, activity, hardware, clock.duration(Cycles::new(activity.cycles)))
}

/// What `activity` cost on the crossbar core `hardware` when it took `span`.
#[must_use]
pub fn price_crossbar_over(
    table: &PriceTable,
    activity: &CrossbarActivity,
    hardware: &CrossbarHardware,
    span: Picoseconds,
) -> CrossbarLedger {
    bill(table, &CrossbarCounts { activity, hardware }, span)
}

/// The counts of a crossbar core, and the core.
struct CrossbarCounts<'a> {
    activity: &'a CrossbarActivity,
    hardware: &'a CrossbarHardware,
}

impl Counted for CrossbarCounts<'_> {
    type Counter = CrossbarCounter;
    type Memory = CrossbarMemory;
    const COUNTERS: &'static [CrossbarCounter] = CrossbarCounter::ALL;
    const MEMORIES: &'static [CrossbarMemory] = &CrossbarMemory::ALL;

    fn count(&self, counter: CrossbarCounter) -> u64 {
        self.activity.get(counter)
    }

    fn charges(counter: CrossbarCounter) -> Charges {
        crossbar_charges(counter)
    }

    fn access(&self, _: CrossbarCounter, term: Term) -> Option<(CrossbarMemory, Access)> {
        match term {
            Term::WeightRead => Some((CrossbarMemory::Weights, Access::Read)),
            Term::NeuronRead => Some((CrossbarMemory::Neurons, Access::Read)),
            Term::NeuronWrite => Some((CrossbarMemory::Neurons, Access::Write)),
            _ => None,
        }
    }

    fn width(&self, width: Width) -> Option<u64> {
        match width {
            Width::Accumulator => Some(self.hardware.membrane_bits.into()),
            Width::FlipFlops => Some(ODIN_FLIP_FLOPS),
            Width::Fixed | Width::Product | Width::Counter => None,
        }
    }

    fn macros(&self, memory: CrossbarMemory) -> MemoryMacro {
        self.hardware.memory(memory)
    }

    fn memory_name(&self, memory: CrossbarMemory) -> &'static str {
        memory.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charge::tests::assert_not_silently_free;

    #[test]
    fn no_counter_is_silently_free() {
        for &counter in CrossbarCounter::ALL {
            assert_not_silently_free(counter.name(), crossbar_charges(counter));
        }
    }

    /// A price that grows with a width the core lacks would be charged as if the core were as wide as its source.
    #[test]
    fn every_term_paid_grows_with_a_width_that_the_core_has() {
        for &counter in CrossbarCounter::ALL {
            let Charges::Paid(charges) = crossbar_charges(counter) else { continue };
            for charge in charges {
                let width = charge.term.width();
                assert!(
                    matches!(width, Width::Fixed | Width::Accumulator | Width::FlipFlops),
                    "{}",
                    charge.term.key()
                );
                assert!(Component::CROSSBAR.contains(&charge.component), "{}", counter.name());
            }
        }
    }
}
