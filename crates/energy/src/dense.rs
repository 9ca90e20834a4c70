//! What a run of the dense machine costs: its own counters, priced by the same tables and the same macros as the kernel
//! core's.

use crate::charge::{Charge, Charges, paid};
use crate::component::Component;
use crate::ledger::Ledger;
use crate::pricing::{Counted, bill};
use crate::table::PriceTable;
use crate::term::{Access, Term, Width};
use klr_machines::{DenseActivity, DenseCounter, DenseHardware};
use klr_sim::{Memory, MemoryMacro};
use klr_units::{ClockMhz, Cycles};

/// The cost of a run of the dense machine.
pub type DenseLedger = Ledger<DenseCounter, Memory>;

/// What one count of `counter` is charged with.
///
/// The match has no wildcard, as that of [`charges`](crate::charges()).
#[must_use]
pub const fn dense_charges(counter: DenseCounter) -> Charges {
    match counter {
        DenseCounter::Cycles => paid!(Clock: ClockCycle),
        DenseCounter::PatternBitsRead => paid!(Patterns: PatternRead),
        DenseCounter::DistanceBitsWritten => paid!(Counters: CounterWrite),
        DenseCounter::DistanceBitsRead => paid!(Counters: CounterRead),
        DenseCounter::TableBitsRead => paid!(KernelTable: TableRead),
        DenseCounter::WeightBitsRead => paid!(Weights: WeightRead),
        DenseCounter::AccumulatorBitsRead => paid!(Registers: RegisterRead),
        DenseCounter::AccumulatorBitsWritten
        | DenseCounter::PipelineBitsWritten
        | DenseCounter::StateBitsWritten => paid!(Registers: RegisterWrite),
        DenseCounter::HostBits => paid!(Queues: QueueBit),
        DenseCounter::BitComparisons => paid!(Distance: BitCompare),
        DenseCounter::StateComparisons => paid!(Registers: BitCompare),
        DenseCounter::DistanceComparisons => paid!(Distance: DistanceCompare),
        DenseCounter::KernelLookups => paid!(KernelTable: KernelLookup),
        DenseCounter::Macs => paid!(Mac: SynapticOperation, Mac: Multiply, Mac: Add),
        DenseCounter::Evaluations => paid!(Threshold: NeuronEvaluation),
        DenseCounter::Flips => Charges::NotPaidFor("the state is written whole in every step"),
        DenseCounter::Steps => {
            Charges::NotPaidFor("the control that begins a step is part of the clock cycle")
        }
    }
}

/// What `activity` cost on the dense machine `hardware`, its cycles lasting as long as `clock` says.
#[must_use]
pub fn price_dense(
    table: &PriceTable,
    activity: &DenseActivity,
    hardware: &DenseHardware,
    clock: ClockMhz,
) -> DenseLedger {
    bill(table, &DenseCounts { activity, hardware }, clock.duration(Cycles::new(activity.cycles)))
}

/// The counts of a dense machine, and the machine.
struct DenseCounts<'a> {
    activity: &'a DenseActivity,
    hardware: &'a DenseHardware,
}

impl Counted for DenseCounts<'_> {
    type Counter = DenseCounter;
    type Memory = Memory;
    const COUNTERS: &'static [DenseCounter] = DenseCounter::ALL;
    const MEMORIES: &'static [Memory] = Memory::ALL;

    fn count(&self, counter: DenseCounter) -> u64 {
        self.activity.get(counter)
    }

    fn charges(counter: DenseCounter) -> Charges {
        dense_charges(counter)
    }

    /// Patterns lie by row.
    fn access(&self, _: DenseCounter, term: Term) -> Option<(Memory, Access)> {
        let (memory, access) = term.access()?;
        Some((if memory == Memory::Columns { Memory::Rows } else { memory }, access))
    }

    fn width(&self, width: Width) -> Option<u64> {
        let DenseHardware { value_bits, kernel_bits, distance_bits, accumulator_bits, .. } = *self.hardware;
        match width {
            Width::Fixed => None,
            Width::FlipFlops => Some(self.hardware.flip_flops),
            Width::Product => Some(u64::from(value_bits) * u64::from(kernel_bits)),
            Width::Accumulator => Some(accumulator_bits.into()),
            Width::Counter => Some(distance_bits.into()),
        }
    }

    fn macros(&self, memory: Memory) -> MemoryMacro {
        self.hardware.memories[memory]
    }

    fn memory_name(&self, memory: Memory) -> &'static str {
        match memory {
            Memory::Columns | Memory::Rows => "pattern memory",
            Memory::Weights => "weight memory",
            Memory::Counters => "distance memory",
            Memory::Table => "kernel table",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charge::tests::assert_not_silently_free;

    #[test]
    fn no_counter_is_silently_free() {
        for &counter in DenseCounter::ALL {
            assert_not_silently_free(counter.name(), dense_charges(counter));
        }
    }
}
