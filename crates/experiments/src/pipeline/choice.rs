//! The shapes that a plan leaves open, chosen by price for each dataflow.
//!
//! Every shape that the open knobs allow is a candidate: words of weights that divide the lanes, banks that divide what is
//! left of them, one or two ports of the counter memory, and 1, 2, 4 and so on ports of the kernel table. Ports change the
//! counts, so the cues are run for each of them; of the shapes of weight memory one run serves all that are alike
//! ([`klr_sim::in_words`]). The cheapest nominally is taken; of several that cost the same the one with the fewest banks, then
//! with the fewest ports.

use crate::error::Error;
use crate::pipeline::hardware::retrieve;
use crate::pipeline::shapes::{Shape, Tried, lanes, nominal, priced_on, weight_bytes};
use crate::pipeline::{HardwareRun, NoProgress, Progress};
use crate::plan::{CoreError, HardwarePlan};
use klr_image::CoreImage;
use klr_sim::config::MAX_WEIGHT_WORD;
use klr_sim::{ConfigSpec, CoreConfig, Dataflow, unconfirmed};
use klr_units::Yoctojoules;
use std::collections::BTreeSet;

impl Tried<'_> {
    /// The runs of the core of the plan, whose image is `image`; each in its cheapest shape, where the plan leaves it open.
    pub(super) fn retrieve(
        &self,
        image: &CoreImage,
        progress: &dyn Progress,
    ) -> Result<Vec<HardwareRun>, Error> {
        let runs = retrieve(self.plan, image, self.clock, self.memory, self.threads, progress)?;
        let Some(field) = self.plan.open.names().next() else { return Ok(runs) };
        if runs.iter().any(|run| nominal(&run.ledger).is_none()) {
            return Err(CoreError::NoPrice { field }.into());
        }
        cheapest(self, &runs, progress)
    }
}

/// What is best, and then what is smallest: energy, banks, ports of the table and of the counters.
type Rank = (Yoctojoules, u32, u32, u32);

/// The cheapest shape of each dataflow of `start`, which are the runs in the shape that the plan begins with.
fn cheapest(
    core: &Tried<'_>,
    start: &[HardwareRun],
    progress: &dyn Progress,
) -> Result<Vec<HardwareRun>, Error> {
    let (shapes, ports) = (weight_shapes(core.plan), ports(core.plan));
    let mut alike = BTreeSet::new();
    for run in start {
        alike.extend(shapes.iter().map(|&shape| counts_like(shape, run.dataflow)));
    }
    let budget = weight_bytes(core)?;
    let mut best: Vec<Option<(Rank, HardwareRun)>> = start.iter().map(|_| None).collect();
    progress.stage("choosing shapes", (ports.len() * alike.len()) as u64);
    let mut done = 0;
    for &(counter_ports, table_ports) in &ports {
        for &banks in &alike {
            let spec = ConfigSpec { counter_ports, table_ports, ..*core.plan.config.spec() };
            let runs = with_banks(core, start, &ConfigSpec { weight_word: 1, weight_banks: banks, ..spec })?;
            for (best, run) in best.iter_mut().zip(&runs) {
                let of_run = shapes.iter().filter(|shape| counts_like(**shape, run.dataflow) == banks);
                for &(weight_word, weight_banks) in of_run {
                    let found =
                        candidate(core, run, ConfigSpec { weight_word, weight_banks, ..spec }, budget);
                    if let Some(found) = found
                        && best.as_ref().is_none_or(|best| found.0 < best.0)
                    {
                        *best = Some(found);
                    }
                }
            }
            done += 1;
            progress.step(done);
        }
    }
    // The shape that the search begins with is a candidate.
    Ok(best.into_iter().zip(start).map(|(best, start)| best.map_or_else(|| start.clone(), |b| b.1)).collect())
}

/// The banks of single weights with which `dataflow` has the counts of `shape`.
const fn counts_like((word, banks): Shape, dataflow: Dataflow) -> u32 {
    match dataflow {
        Dataflow::Sweep => banks,
        Dataflow::Synchronous | Dataflow::Delta => word * banks,
    }
}

/// The runs on a core of `spec`, for their counts; its prices are not looked at.
fn with_banks(core: &Tried<'_>, start: &[HardwareRun], spec: &ConfigSpec) -> Result<Vec<HardwareRun>, Error> {
    if core.plan.config.spec() == spec {
        return Ok(start.to_vec());
    }
    let config = CoreConfig::new(*spec).map_err(CoreError::from)?;
    let plan = HardwarePlan { config, ..core.plan.clone() };
    retrieve(&plan, &core.memory.image, core.clock, core.memory, core.threads, &NoProgress)
}

/// `run`, which has the counts of a core of `spec`, on that core; `None` if it cannot be built within `budget` bytes of weight
/// memory, does not keep up with the clock, or has no known price.
fn candidate(
    core: &Tried<'_>,
    run: &HardwareRun,
    spec: ConfigSpec,
    budget: u64,
) -> Option<(Rank, HardwareRun)> {
    let plan = HardwarePlan { config: CoreConfig::new(spec).ok()?, ..core.plan.clone() };
    let (activity, ledger) = priced_on(&plan, core, run, budget)?;
    let rank = (nominal(&ledger)?, spec.weight_banks, spec.table_ports, spec.counter_ports);
    let unconfirmed = unconfirmed(&core.memory.image, &spec, run.dataflow);
    Some((rank, HardwareRun { config: plan.config, activity, ledger, unconfirmed, ..run.clone() }))
}

/// The words and banks of weight memory that the plan allows.
fn weight_shapes(plan: &HardwarePlan) -> Vec<Shape> {
    let (spec, lanes) = (plan.config.spec(), lanes(plan));
    let divisors = |of: u32| (1..=of).filter(move |divisor| of.is_multiple_of(*divisor));
    let words: Vec<u32> = if plan.open.weight_word {
        divisors(lanes).filter(|word| *word <= MAX_WEIGHT_WORD).collect()
    } else {
        vec![spec.weight_word]
    };
    let shape = |word: u32| -> Vec<Shape> {
        let most = (lanes / word).max(1);
        if plan.open.weight_banks {
            divisors(most).map(|banks| (word, banks)).collect()
        } else {
            vec![(word, spec.weight_banks.min(most))]
        }
    };
    words.into_iter().flat_map(shape).collect()
}

/// The ports of counter memory and kernel table that the plan allows.
fn ports(plan: &HardwarePlan) -> Vec<(u32, u32)> {
    let spec = plan.config.spec();
    let counter = if plan.open.counter_ports { vec![1, 2] } else { vec![spec.counter_ports] };
    let table: Vec<u32> = if plan.open.table_ports {
        // What the search begins with is the most that are of use.
        let powers = (0..u32::BITS).map(|power| 1_u32 << power);
        powers.take_while(|ports| *ports < spec.table_ports).chain([spec.table_ports]).collect()
    } else {
        vec![spec.table_ports]
    };
    counter
        .into_iter()
        .flat_map(|counter| table.iter().map(move |&table| (counter, table)).collect::<Vec<_>>())
        .collect()
}
