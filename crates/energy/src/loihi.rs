//! What a run on Loihi costs by the table of that chip, and what of it nobody has published.

use crate::charge::{Charge, Charges, paid};
use crate::chip::{Chip, ChipCounts};
use crate::component::Component;
use crate::cost::Cost;
use crate::ledger::Ledger;
use crate::pricing::bill;
use crate::table::PriceTable;
use crate::term::Term;
use klr_machines::{LoihiActivity, LoihiCounter, LoihiMap};
use klr_sim::Memory;
use klr_units::Picoseconds;

const TIME_ONLY: Charges = Charges::NotPaidFor("it is part of another counter, and decides the time alone");
const CAUSE: Charges =
    Charges::NotPaidFor("paid as what it causes: messages, synaptic operations and active updates");

/// The cost of a run on Loihi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoihiCost {
    /// What the table prices.
    pub ledger: Ledger<LoihiCounter, Memory>,
    /// What no table prices, since nobody has published it: what it is, how many, and why.
    pub unpublished: Vec<(&'static str, u64, &'static str)>,
}

impl LoihiCost {
    /// The sum, a lower bound while anything that was counted is unpublished.
    pub fn total(&self) -> Cost {
        let missing = self.unpublished.iter().map(|_| Cost::Unknown);
        self.ledger.total() + missing.sum::<Cost>()
    }
}

/// What one count of `counter` is charged with. An active update is an update and what it costs beyond an inactive one, as
/// the chip's table has them.
///
/// The match has no wildcard, as that of [`charges`](crate::charges()).
#[must_use]
pub const fn loihi_charges(counter: LoihiCounter) -> Charges {
    match counter {
        LoihiCounter::SynapticOperations => paid!(Mac: SynapticOperation),
        LoihiCounter::CompartmentUpdates => paid!(Threshold: NeuronEvaluation),
        LoihiCounter::ActiveUpdates => paid!(Threshold: KernelLookup),
        LoihiCounter::Messages => paid!(Queues: Spike),
        LoihiCounter::Barriers => Charges::NotPaidFor(
            "no energy of a barrier was ever published: the total is a lower bound for it",
        ),
        LoihiCounter::BusiestUpdates | LoihiCounter::BusiestActive | LoihiCounter::BusiestOperations => {
            TIME_ONLY
        }
        LoihiCounter::PatternSpikes | LoihiCounter::CueSpikes | LoihiCounter::Flips => CAUSE,
        LoihiCounter::Rounds => Charges::NotPaidFor("a round is paid as its time steps"),
        LoihiCounter::Saturations => {
            Charges::NotPaidFor("a current that ends at its limit is an update like any")
        }
    }
}

/// What `activity` cost on the cores of `map`, each of which leaks all the time.
#[must_use]
pub fn price_loihi(table: &PriceTable, activity: &LoihiActivity, map: &LoihiMap) -> LoihiCost {
    let core_time = activity.picoseconds(map).saturating_mul(map.cores());
    let ledger = bill(table, &Chip { activity }, Picoseconds::new(core_time));
    let unpublished = [
        ("barrier", activity.barriers, "the time of a barrier was published, its energy was not"),
        (
            "mesh_hop",
            activity.messages,
            "hops depend on where the cores lie; a message is paid as within its tile",
        ),
    ];
    LoihiCost { ledger, unpublished: unpublished.into_iter().filter(|item| item.1 > 0).collect() }
}

impl ChipCounts for LoihiActivity {
    type Counter = LoihiCounter;
    const COUNTERS: &'static [LoihiCounter] = LoihiCounter::ALL;

    fn count(&self, counter: LoihiCounter) -> u64 {
        self.get(counter)
    }

    fn charges(counter: LoihiCounter) -> Charges {
        loihi_charges(counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::band::Band;
    use crate::charge::tests::assert_not_silently_free;
    use klr_units::Yoctojoules;

    #[test]
    fn no_counter_is_silently_free() {
        for &counter in LoihiCounter::ALL {
            assert_not_silently_free(counter.name(), loihi_charges(counter));
        }
    }

    #[test]
    fn a_run_pays_the_published_figures_and_is_a_lower_bound() {
        let table = PriceTable::preset("loihi").expect("a preset");
        let map = LoihiMap::of(100, 3000, 8).expect("it fits");
        let activity = LoihiActivity {
            synaptic_operations: 1000,
            compartment_updates: 100,
            active_updates: 10,
            messages: 7,
            barriers: 1,
            ..LoihiActivity::default()
        };
        let cost = price_loihi(&table, &activity, &map);
        // 23.6, 52, 29 and 1.7 pJ; a barrier over two tiles takes 113 + 352 / 31 ns, in which six cores draw 815.625 uW each.
        let picoseconds = 113_000 + 352_000 / 31;
        let expected =
            1000.0 * 23.6 + 100.0 * 52.0 + 10.0 * 29.0 + 7.0 * 1.7 + 6.0 * 815.625e-6 * picoseconds as f64;
        let Cost::AtLeast(total) = cost.total() else { panic!("barriers have no price: {:?}", cost.total()) };
        let nominal: fn(Band<Yoctojoules>) -> Yoctojoules = Band::nominal;
        let found = nominal(total).as_picojoules();
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} and {expected}");
    }
}
