//! The dataflows of a plan in the shape of weight memory that costs each of them least, everything else as the plan has it.
//!
//! A baseline in a poor shape is a straw man, and so is a comparison in which only one side may choose. B lanes are fed by
//! `banks` banks of words of w weights, and by rule M2 of `docs/timing.md` the counts of `synchronous` and `delta` depend on
//! the product `w banks` alone, and those of `sweep` on the banks, but for the bits of the words
//! ([`klr_sim::in_words`]). So one run gives the exact cost of all shapes of a class.

use crate::error::Error;
use crate::pipeline::hardware::retrieve;
use crate::pipeline::{HardwareRun, NoProgress, TrainedMemory};
use crate::plan::HardwarePlan;
use klr_energy::{Cost, Ledger, price};
use klr_image::Sizing;
use klr_quantize::QuantizeError;
use klr_sim::{Activity, ConfigSpec, CoreConfig, Dataflow, Hardware, Memory, in_words};
use klr_units::{ClockMhz, Yoctojoules};
use std::num::NonZeroUsize;

/// A dataflow on a core with the levers, lanes, ports and latencies of a plan, and a weight memory no larger than the plan's
/// in the shape that costs least.
#[derive(Clone, Debug)]
pub struct BestShape {
    /// The dataflow.
    pub dataflow: Dataflow,
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

impl BestShape {
    /// The shape in words.
    #[must_use]
    pub fn shape(&self) -> String {
        format!("weight_word = {}, weight_banks = {}", self.weight_word, self.weight_banks)
    }

    /// That of the synchronous dataflow, if it is among `shapes`.
    #[must_use]
    pub fn synchronous(shapes: &[Self]) -> Option<&Self> {
        shapes.iter().find(|shape| shape.dataflow == Dataflow::BASELINE)
    }
}

/// A core that runs the cues of a memory.
#[derive(Clone, Copy)]
pub(super) struct Tried<'a> {
    pub(super) plan: &'a HardwarePlan,
    pub(super) memory: &'a TrainedMemory,
    pub(super) clock: ClockMhz,
    pub(super) threads: NonZeroUsize,
}

/// A word and a number of banks.
pub(super) type Shape = (u32, u32);

/// The cheapest shape of each dataflow of `core`, which made `runs`: nominally, at the clock of the core, and of several that
/// cost the same the core's own, then the one with the fewest banks. A dataflow whose total is not known has none.
///
/// The shapes are those with the counts of the plan's own and, if it leaves lanes waiting, those that leave none. Shapes that
/// cannot be built, do not keep up with the clock, or take more bytes are no candidates.
pub(super) fn best_shapes(core: &Tried<'_>, runs: &[HardwareRun]) -> Result<Vec<BestShape>, Error> {
    let budget = weight_bytes(core)?;
    let mut found = Vec::new();
    // The dataflows of a plan that leaves shapes open have cores of their own.
    for group in runs.chunk_by(|run, next| run.config == next.config) {
        let Some(HardwareRun { config, .. }) = group.first() else { continue };
        let dataflows = group.iter().map(|run| run.dataflow).collect();
        let plan = HardwarePlan { config: *config, dataflows, ..core.plan.clone() };
        let core = Tried { plan: &plan, ..*core };
        let fed = fed(&core)?;
        let best = |run: &HardwareRun| {
            let fed = fed.iter().find(|fed| fed.dataflow == run.dataflow);
            best_shape(&core, run, own_shape(&plan), fed, budget)
        };
        found.extend(group.iter().filter_map(best));
    }
    Ok(found)
}

fn best_shape(
    core: &Tried<'_>,
    own: &HardwareRun,
    (word, banks): Shape,
    fed: Option<&HardwareRun>,
    budget: u64,
) -> Option<BestShape> {
    let dataflow = own.dataflow;
    let shaped = |(weight_word, weight_banks), is_own, activity: &Activity, ledger| BestShape {
        dataflow,
        weight_word,
        weight_banks,
        is_own,
        cycles: activity.cycles,
        ledger,
    };
    let mut best = (nominal(&own.ledger)?, shaped((word, banks), true, &own.activity, own.ledger.clone()));
    let lanes = lanes(core.plan);
    let classes = [(Some(own), (word, banks)), (fed, (1, lanes))];
    for (run, of) in classes {
        let Some(run) = run else { continue };
        for shape in shapes_like(of, lanes, dataflow) {
            let Some((activity, ledger)) = reprice(core, run, shape, budget) else { continue };
            if let Some(energy) = nominal(&ledger).filter(|energy| *energy < best.0) {
                best = (energy, shaped(shape, false, &activity, ledger));
            }
        }
    }
    Some(best.1)
}

/// The shapes whose counts under `dataflow` are those of `of`, but for the bits of weights: the fewest banks first.
fn shapes_like(of: Shape, lanes: u32, dataflow: Dataflow) -> Vec<Shape> {
    let (word, banks) = of;
    // Words beyond what a core can have are refused when the core is made.
    let words = (1..=lanes).rev().filter(|word| lanes.is_multiple_of(*word));
    match dataflow {
        Dataflow::Sweep => words.filter(|word| word * banks <= lanes).map(|word| (word, banks)).collect(),
        Dataflow::Synchronous | Dataflow::Delta => {
            let product = word * banks;
            words.filter(|word| product.is_multiple_of(*word)).map(|word| (word, product / word)).collect()
        }
    }
}

pub(super) fn lanes(plan: &HardwarePlan) -> u32 {
    u32::try_from(plan.sizing.mac_lanes()).unwrap_or(u32::MAX)
}

fn own_shape(plan: &HardwarePlan) -> Shape {
    let spec = plan.config.spec();
    (spec.weight_word, spec.banking(plan.sizing.mac_lanes()).weight_banks)
}

/// The core of `plan` with another shape, and a weight memory that sizes itself: a capacity that is given is a limit, and
/// nothing to fill. `None` if there is no such core.
fn with_shape(plan: &HardwarePlan, (weight_word, weight_banks): Shape) -> Option<HardwarePlan> {
    let config = CoreConfig::new(ConfigSpec { weight_word, weight_banks, ..*plan.config.spec() }).ok()?;
    let plan = HardwarePlan { sizing: with_open_weights(plan.sizing)?, config, ..plan.clone() };
    plan.check().is_ok().then_some(plan)
}

fn with_open_weights(sizing: Sizing) -> Option<Sizing> {
    let is_open = |memory: Memory| memory == Memory::Weights || sizing.given(memory).is_none();
    let open: Vec<&str> =
        Memory::ALL.iter().filter(|memory| is_open(**memory)).map(|memory| memory.capacity_field()).collect();
    Some(Sizing::new(sizing.spec(), &open).ok()?.storing(sizing.storage()))
}

/// The runs of the core of `plan` with a bank of single weights for every lane, whose lanes wait least; none if that is its
/// own shape, or feeds its lanes no better, or there is no such core.
fn fed(core: &Tried<'_>) -> Result<Vec<HardwareRun>, Error> {
    let (word, banks) = own_shape(core.plan);
    let lanes = lanes(core.plan);
    let flows = core.plan.dataflows.iter().copied();
    let waiting: Vec<Dataflow> = flows
        .filter(|flow| match flow {
            Dataflow::Sweep => banks < lanes,
            Dataflow::Synchronous | Dataflow::Delta => word * banks < lanes,
        })
        .collect();
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let Some(plan) = with_shape(core.plan, (1, lanes)) else { return Ok(Vec::new()) };
    let plan = HardwarePlan { dataflows: waiting, ..plan };
    // Nothing of a capacity is counted, and a shape that does not hold the image is none when it is priced.
    retrieve(&plan, &core.memory.image, core.clock, core.memory, core.threads, &NoProgress)
}

/// The counts of `run` on the core with the weights in `shape`, and what they cost; `None` if it cannot be built within
/// `budget` bytes of weight memory, or does not keep up with the clock.
fn reprice(core: &Tried<'_>, run: &HardwareRun, shape: Shape, budget: u64) -> Option<(Activity, Ledger)> {
    priced_on(&with_shape(core.plan, shape)?, core, run, budget)
}

/// The counts of `run` on the core of `plan`, which differs from that of `core` in its shape, and what they cost; `None` as
/// [`reprice`].
pub(super) fn priced_on(
    plan: &HardwarePlan,
    core: &Tried<'_>,
    run: &HardwareRun,
    budget: u64,
) -> Option<(Activity, Ledger)> {
    let image = &core.memory.image;
    let hardware = Hardware::on(&plan.sizing, image, &plan.config).ok()?;
    plan.check_speed_at(&hardware.memories, core.clock).ok()?;
    let activity = in_words(&run.activity, image, run.dataflow, &plan.config);
    let ledger = || price(&plan.prices, &activity, &hardware, core.clock);
    (bytes(&hardware) <= budget).then(|| (activity, ledger()))
}

pub(super) fn weight_bytes(core: &Tried<'_>) -> Result<u64, Error> {
    let hardware = Hardware::on(&core.plan.sizing, &core.memory.image, &core.plan.config);
    Ok(bytes(&hardware.map_err(|misfit| QuantizeError::Image(misfit.into()))?))
}

fn bytes(hardware: &Hardware) -> u64 {
    let weights = hardware.memories.weights;
    weights.bank_bytes.saturating_mul(weights.banks.into())
}

pub(super) fn nominal(ledger: &Ledger) -> Option<Yoctojoules> {
    match ledger.total() {
        Cost::Known(band) => Some(band.nominal()),
        Cost::AtLeast(_) | Cost::Unknown => None,
    }
}
