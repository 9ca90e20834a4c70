//! The best synchronous core: the weight memory in the shape that costs least, everything else as the plan has it.
//!
//! A baseline in a poor shape is a straw man. B lanes are fed by `banks` banks of words of w weights, and by rule M2 of
//! `docs/timing.md` a group takes `ceil(B / (w banks))` cycles in `synchronous`: shapes of one product `w banks` have the
//! same counts and cycles, and differ in the price of an access alone. So one run gives the exact cost of all of them.

use crate::error::Error;
use crate::pipeline::hardware::retrieve;
use crate::pipeline::{HardwareRun, NoProgress, TrainedMemory};
use crate::plan::HardwarePlan;
use klr_energy::{Cost, Ledger, price};
use klr_image::Sizing;
use klr_sim::{Activity, ConfigSpec, CoreConfig, Dataflow, Hardware, Memory};
use klr_units::Yoctojoules;
use std::num::NonZeroUsize;

/// A synchronous core with the levers, lanes and latencies of a plan, and a weight memory no larger than the plan's.
#[derive(Clone, Debug)]
pub struct BestSynchronous {
    /// Weights in a word.
    pub weight_word: u32,
    /// Banks of weight memory.
    pub weight_banks: u32,
    /// Whether this is the shape of the plan.
    pub is_own: bool,
    /// Cycles of all retrievals together.
    pub cycles: u64,
    /// The cost of all retrievals together.
    pub ledger: Ledger,
}

impl BestSynchronous {
    /// Its shape in words.
    #[must_use]
    pub fn shape(&self) -> String {
        format!("weight_word = {}, weight_banks = {}", self.weight_word, self.weight_banks)
    }
}

/// The cheapest shape of the synchronous core of `plan`, whose runs of `memory` are `runs`: nominally, and of several that
/// cost the same the plan's own, then the one with the narrowest word. `None` if the plan has no synchronous run, or its
/// total is not known.
///
/// The shapes are those that feed as many lanes in a cycle as the plan's, and, if that leaves lanes waiting, those that
/// feed all. Shapes that cannot be built, do not keep up with the clock, or take more bytes are no candidates.
pub(super) fn best_synchronous(
    plan: &HardwarePlan,
    memory: &TrainedMemory,
    runs: &[HardwareRun],
    threads: NonZeroUsize,
) -> Result<Option<BestSynchronous>, Error> {
    let Some(own) = runs.iter().find(|run| run.dataflow == Dataflow::BASELINE) else { return Ok(None) };
    let spec = plan.config.spec();
    let (lanes, word) = (lanes(plan), spec.weight_word);
    let banks = spec.banking(plan.sizing.mac_lanes()).weight_banks;
    let Some(own_energy) = nominal(&own.ledger) else { return Ok(None) };
    let mut best = (own_energy, shaped(word, banks, true, &own.activity, own.ledger.clone()));
    let budget = weight_bytes(plan, memory)?;
    let mut classes = vec![(word * banks, own.activity)];
    if word * banks < lanes {
        classes.extend(fed(plan, memory, threads)?.map(|activity| (lanes, activity)));
    }
    for (product, activity) in classes {
        for (word, banks) in shapes(product, lanes) {
            let Some(plan) = with_shape(plan, word, banks) else { continue };
            let Some(ledger) = reprice(&plan, memory, &activity, budget) else { continue };
            if let Some(energy) = nominal(&ledger).filter(|energy| *energy < best.0) {
                best = (energy, shaped(word, banks, false, &activity, ledger));
            }
        }
    }
    Ok(Some(best.1))
}

/// Words and banks that feed `product` of `lanes` lanes in a cycle, from the narrowest word on.
fn shapes(product: u32, lanes: u32) -> impl Iterator<Item = (u32, u32)> {
    // Words beyond what a core can have are refused when the core is made.
    (1..=product)
        .filter(move |word| product.is_multiple_of(*word) && lanes.is_multiple_of(*word))
        .map(move |word| (word, product / word))
}

fn shaped(
    weight_word: u32,
    weight_banks: u32,
    is_own: bool,
    activity: &Activity,
    ledger: Ledger,
) -> BestSynchronous {
    BestSynchronous { weight_word, weight_banks, is_own, cycles: activity.cycles, ledger }
}

fn lanes(plan: &HardwarePlan) -> u32 {
    u32::try_from(plan.sizing.mac_lanes()).unwrap_or(u32::MAX)
}

/// The synchronous core of `plan` with another shape; `None` if there is no such core.
fn with_shape(plan: &HardwarePlan, weight_word: u32, weight_banks: u32) -> Option<HardwarePlan> {
    let config = CoreConfig::new(ConfigSpec { weight_word, weight_banks, ..*plan.config.spec() }).ok()?;
    let sizing = with_open_weights(plan.sizing)?;
    let plan = HardwarePlan { sizing, config, dataflows: vec![Dataflow::BASELINE], ..plan.clone() };
    plan.check().is_ok().then_some(plan)
}

/// The memories with a weight memory that sizes itself: a capacity that is given is a limit, and nothing to fill.
fn with_open_weights(sizing: Sizing) -> Option<Sizing> {
    let is_open = |memory: Memory| memory == Memory::Weights || sizing.given(memory).is_none();
    let open: Vec<&str> =
        Memory::ALL.iter().filter(|memory| is_open(**memory)).map(|memory| memory.capacity_field()).collect();
    Some(Sizing::new(sizing.spec(), &open).ok()?.storing(sizing.storage()))
}

/// The counts of the synchronous core of `plan` whose lanes never wait for a bank; `None` if there is no such core.
fn fed(
    plan: &HardwarePlan,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
) -> Result<Option<Activity>, Error> {
    let Some(plan) = with_shape(plan, 1, lanes(plan)) else { return Ok(None) };
    let Ok(image) = memory.image.on(plan.core()) else { return Ok(None) };
    let Ok(clock) = plan.clock_with(&image) else { return Ok(None) };
    let runs = retrieve(&plan, &image, clock, memory, threads, &NoProgress)?;
    Ok(runs.into_iter().next().map(|run| run.activity))
}

/// What `activity` costs on the core of `plan`; `None` if it cannot be built within `budget` bytes of weight memory, or
/// does not keep up with the clock.
fn reprice(plan: &HardwarePlan, memory: &TrainedMemory, activity: &Activity, budget: u64) -> Option<Ledger> {
    let image = memory.image.on(plan.core()).ok()?;
    let clock = plan.clock_with(&image).ok()?;
    let hardware = Hardware::of(&image, &plan.config);
    (bytes(&hardware) <= budget).then(|| price(&plan.prices, activity, &hardware, clock))
}

fn weight_bytes(plan: &HardwarePlan, memory: &TrainedMemory) -> Result<u64, Error> {
    let image = memory.image.on(plan.core()).map_err(klr_quantize::QuantizeError::from)?;
    Ok(bytes(&Hardware::of(&image, &plan.config)))
}

fn bytes(hardware: &Hardware) -> u64 {
    let weights = hardware.memories.weights;
    weights.bank_bytes.saturating_mul(weights.banks.into())
}

fn nominal(ledger: &Ledger) -> Option<Yoctojoules> {
    match ledger.total() {
        Cost::Known(band) => Some(band.nominal()),
        Cost::AtLeast(_) | Cost::Unknown => None,
    }
}
