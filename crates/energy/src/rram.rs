//! What a run on memristor crossbars costs: their own counters, by the table of crossbars.

use crate::charge::{Charge, Charges, paid};
use crate::component::Component;
use crate::ledger::Ledger;
use crate::pricing::{Counted, bill};
use crate::table::PriceTable;
use crate::term::{Access, Term, Width};
use klr_machines::{RramActivity, RramCounter, RramMap};
use klr_sim::{Memory, MemoryMacro};
use klr_units::Picoseconds;

/// The cost of a run on memristor crossbars.
pub type RramLedger = Ledger<RramCounter, Memory>;

/// What one count of `counter` is charged with.
///
/// The match has no wildcard, as that of [`charges`](crate::charges()).
#[must_use]
pub const fn rram_charges(counter: RramCounter) -> Charges {
    match counter {
        RramCounter::Cycles => paid!(Clock: ClockCycle),
        RramCounter::BitComparisons => paid!(Patterns: BitCompare),
        RramCounter::RowDrives => paid!(Queues: QueueBit, Queues: RowDrive),
        RramCounter::CellReads => paid!(Weights: CellRead),
        RramCounter::DistanceConversions => paid!(Distance: Conversion),
        RramCounter::DistanceSums => paid!(Distance: DistanceAdd),
        RramCounter::DistanceBitsWritten => paid!(Counters: CounterWrite),
        RramCounter::DistanceBitsRead => paid!(Counters: CounterRead),
        RramCounter::DistanceComparisons => paid!(Distance: DistanceCompare),
        RramCounter::KernelLookups => paid!(KernelTable: KernelLookup),
        RramCounter::TableBitsRead => paid!(KernelTable: TableRead),
        RramCounter::WeightConversions => paid!(Mac: Conversion, Mac: ShiftAdd),
        RramCounter::FieldSums => paid!(Mac: Add),
        RramCounter::Evaluations => paid!(Threshold: NeuronEvaluation),
        RramCounter::StateComparisons => paid!(Registers: BitCompare),
        RramCounter::StateBitsWritten => paid!(Registers: RegisterWrite),
        RramCounter::HostBits => paid!(Queues: QueueBit),
        RramCounter::BlocksRead => Charges::NotPaidFor("a block is paid as its rows, cells and columns"),
        RramCounter::Clipped => {
            Charges::NotPaidFor("a conversion that ends at its limit is a conversion like any")
        }
        RramCounter::Flips => Charges::NotPaidFor("the state is written whole in every step"),
        RramCounter::Steps => Charges::NotPaidFor("a step is paid as its cycles and what they do"),
    }
}

/// What `activity` cost on the crossbars of `map`.
#[must_use]
pub fn price_rram(table: &PriceTable, activity: &RramActivity, map: &RramMap) -> RramLedger {
    let span = Picoseconds::new(activity.nanoseconds().saturating_mul(1000));
    bill(table, &RramCounts { activity, map }, span)
}

/// The counts of a run, and the crossbars.
struct RramCounts<'a> {
    activity: &'a RramActivity,
    map: &'a RramMap,
}

impl Counted for RramCounts<'_> {
    type Counter = RramCounter;
    type Memory = Memory;
    const COUNTERS: &'static [RramCounter] = RramCounter::ALL;
    const MEMORIES: &'static [Memory] = &[Memory::Counters, Memory::Table];

    fn count(&self, counter: RramCounter) -> u64 {
        self.activity.get(counter)
    }

    fn charges(counter: RramCounter) -> Charges {
        rram_charges(counter)
    }

    fn access(&self, _: RramCounter, term: Term) -> Option<(Memory, Access)> {
        term.access().filter(|(memory, _)| Self::MEMORIES.contains(memory))
    }

    fn width(&self, width: Width) -> Option<u64> {
        match width {
            Width::Accumulator => Some(self.map.accumulator_bits.into()),
            Width::Counter => Some(self.map.distance_bits.into()),
            Width::Fixed | Width::Product | Width::FlipFlops => None,
        }
    }

    fn macros(&self, memory: Memory) -> MemoryMacro {
        self.map.memories[memory]
    }

    fn memory_name(&self, memory: Memory) -> &'static str {
        match memory {
            Memory::Columns | Memory::Rows => "patterns",
            Memory::Weights => "weights",
            Memory::Counters => "distance memory",
            Memory::Table => "kernel table",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::Band;
    use crate::charge::tests::assert_not_silently_free;
    use crate::cost::Cost;
    use klr_sim::Memories;
    use klr_units::Yoctojoules;

    #[test]
    fn no_counter_is_silently_free() {
        for &counter in RramCounter::ALL {
            assert_not_silently_free(counter.name(), rram_charges(counter));
        }
    }

    #[test]
    fn a_run_pays_the_published_figures_and_is_a_lower_bound() {
        let table = PriceTable::preset("rram").expect("a preset");
        let none = Memories {
            columns: MemoryMacro::NONE,
            rows: MemoryMacro::NONE,
            weights: MemoryMacro::NONE,
            counters: MemoryMacro::NONE,
            table: MemoryMacro::NONE,
        };
        let map = RramMap {
            neurons: 100,
            patterns: 3000,
            cells_per_magnitude: 4,
            kernel_bits: 8,
            distance_bits: 7,
            accumulator_bits: 16,
            memories: none,
        };
        let activity = RramActivity {
            cycles: 13,
            bit_comparisons: 1000,
            row_drives: 100,
            cell_reads: 5000,
            distance_conversions: 10,
            weight_conversions: 20,
            evaluations: 2,
            ..RramActivity::default()
        };
        let ledger = price_rram(&table, &activity, &map);
        let expected = 1000.0 * 0.017
            + 100.0 * (0.3906 + 0.1211)
            + 5000.0 * 0.001_831
            + 30.0 * 1.5635
            + 20.0 * 0.042
            + 2.0 * 0.0641 / 2.0;
        let Cost::AtLeast(total) = ledger.total() else {
            panic!("the clock is unpriced: {:?}", ledger.total())
        };
        let nominal: fn(Band<Yoctojoules>) -> Yoctojoules = Band::nominal;
        let found = nominal(total).as_picojoules();
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} and {expected}");
        let unpriced: Vec<_> = ledger.unpriced.iter().map(|item| item.term).collect();
        assert_eq!(unpriced, [Term::ClockCycle, Term::StaticPower]);
    }
}
