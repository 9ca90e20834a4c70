//! What a run on TrueNorth costs by the table of that chip.

use crate::charge::{Charge, Charges, paid};
use crate::chip::{Chip, ChipCounts};
use crate::component::Component;
use crate::ledger::Ledger;
use crate::pricing::bill;
use crate::table::PriceTable;
use crate::term::Term;
use klr_machines::{TrueNorthActivity, TrueNorthCounter, TrueNorthMap};
use klr_sim::Memory;
use klr_units::Picoseconds;

/// The cost of a run on TrueNorth.
pub type TrueNorthLedger = Ledger<TrueNorthCounter, Memory>;

/// What one count of `counter` is charged with.
///
/// The match has no wildcard, as that of [`charges`](crate::charges()).
#[must_use]
pub const fn truenorth_charges(counter: TrueNorthCounter) -> Charges {
    match counter {
        TrueNorthCounter::SynapticEvents => paid!(Mac: SynapticOperation),
        TrueNorthCounter::Spikes => paid!(Queues: Spike),
        TrueNorthCounter::NeuronUpdates => Charges::NotPaidFor(
            "the static power of a core was fitted with one update of each of its neurons in each tick in it",
        ),
        TrueNorthCounter::HostSpikes => Charges::NotPaidFor("the host is in no row"),
        TrueNorthCounter::Ticks => Charges::NotPaidFor("a tick is paid as its time, by the static power"),
        TrueNorthCounter::PatternSpikes | TrueNorthCounter::Flips => {
            Charges::NotPaidFor("paid as what it causes: spikes and synaptic events")
        }
        TrueNorthCounter::Steps => Charges::NotPaidFor("a step is paid as its ticks and events"),
    }
}

/// What `activity` cost on the cores of `map`, each of which draws its static power in ticks of 1 kHz.
#[must_use]
pub fn price_truenorth(
    table: &PriceTable,
    activity: &TrueNorthActivity,
    map: &TrueNorthMap,
) -> TrueNorthLedger {
    let core_microseconds = activity.microseconds().saturating_mul(map.cores());
    bill(table, &Chip { activity }, Picoseconds::new(core_microseconds.saturating_mul(1_000_000)))
}

impl ChipCounts for TrueNorthActivity {
    type Counter = TrueNorthCounter;
    const COUNTERS: &'static [TrueNorthCounter] = TrueNorthCounter::ALL;

    fn count(&self, counter: TrueNorthCounter) -> u64 {
        self.get(counter)
    }

    fn charges(counter: TrueNorthCounter) -> Charges {
        truenorth_charges(counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::Band;
    use crate::charge::tests::assert_not_silently_free;
    use crate::cost::Cost;
    use klr_units::Yoctojoules;

    #[test]
    fn no_counter_is_silently_free() {
        for &counter in TrueNorthCounter::ALL {
            assert_not_silently_free(counter.name(), truenorth_charges(counter));
        }
    }

    #[test]
    fn a_run_pays_its_events_and_the_power_of_its_cores() {
        let table = PriceTable::preset("truenorth").expect("a preset");
        let map = TrueNorthMap { weight_bits: 1, axons_per_pattern: 2, pattern_cores: 1, field_cores: 2 };
        let activity =
            TrueNorthActivity { synaptic_events: 1000, spikes: 10, ticks: 4, ..TrueNorthActivity::default() };
        let ledger = price_truenorth(&table, &activity, &map);
        // 2.297 pJ, and three cores of 15.73 uW for 4 ms: 188.76 nJ.
        let Cost::Known(total) = ledger.total() else { panic!("all is priced: {:?}", ledger.unpriced) };
        let nominal: fn(Band<Yoctojoules>) -> Yoctojoules = Band::nominal;
        let (found, expected) = (nominal(total).as_picojoules(), 1000.0 * 2.297 + 3.0 * 4e3 * 15.73);
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} and {expected}");
    }
}
