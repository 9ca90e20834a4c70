//! What a core makes of the cues of a trained memory, and what it costs.

use crate::error::Error;
use crate::pipeline::shapes::{BestShape, Tried, best_shapes};
use crate::pipeline::tally::{Judged, Tally};
use crate::pipeline::{Progress, TrainedMemory, count};
use crate::plan::{HardwarePlan, OpenShape};
use klr_energy::{Ledger, one_look, price};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Outcome};
use klr_model::Targets;
use klr_model::measure::Cues;
use klr_quantize::QuantizeError;
use klr_sim::{
    Activity, ConfigSpec, Core, CoreConfig, Dataflow, Fault, NoTrace, Schedule, Unconfirmed, unconfirmed,
};
use klr_units::threads::fold_in_order_watched;
use klr_units::{ClockMhz, State};
use std::num::NonZeroUsize;

/// What the hardware did under one dataflow, all cues together.
#[derive(Clone, Debug)]
pub struct HardwareRun {
    /// The dataflow.
    pub dataflow: Dataflow,
    /// The knobs of its core: those of the plan, or what was chosen where the plan leaves them open.
    pub config: CoreConfig,
    /// What it uses that no RTL confirms.
    pub unconfirmed: Vec<&'static Unconfirmed>,
    /// Cues that ended exactly in their pattern.
    pub hits: u64,
    /// Cues whose state, outcome and order of flips equal those of the untimed integer reference.
    pub agrees: u64,
    /// Cues that ended in a dead field.
    pub dead_fields: u64,
    /// How the retrievals ended, by name of outcome.
    pub outcomes: Vec<(&'static str, u64)>,
    /// The first faults, with the cue they belong to.
    pub faults: Vec<(usize, Fault)>,
    /// All faults.
    pub fault_count: u64,
    /// Counts of all retrievals together.
    pub activity: Activity,
    /// The longest retrieval, in cycles.
    pub cycles_max: u64,
    /// The cost of all retrievals together.
    pub ledger: Ledger,
}

impl HardwareRun {
    /// The knobs of `open` with the numbers that were chosen for them.
    pub fn chosen(&self, open: OpenShape) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        let mut spec = *self.config.spec();
        open.names().filter_map(move |name| {
            let field = ConfigSpec::NUMBERS.iter().find(|field| field.name == name)?;
            Some((name, *(field.of)(&mut spec)))
        })
    }
}

/// A core that was tried with a memory.
#[derive(Debug)]
pub struct TriedCore {
    /// The memory's image, placed in the memories of this core.
    pub image: CoreImage,
    /// What it did, one entry per dataflow of its plan.
    pub runs: Vec<HardwareRun>,
    /// Each dataflow in the shape that costs least, if its cost is known.
    pub best: Vec<BestShape>,
    /// Every pattern bit read once in this core's memory.
    pub one_look: Ledger,
}

/// Runs the retrievals of `memory` on the core of `plan`; its image is placed anew in the memories of that core.
///
/// # Errors
/// [`Error::Quantize`] if the image does not fit the core, [`Error::Core`] if the core cannot run the dataflows or its
/// memories do not keep up with its clock.
pub fn run_hardware(
    plan: &HardwarePlan,
    memory: &TrainedMemory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<TriedCore, Error> {
    let Retrieved { image, clock, runs } = retrieve_on(plan, memory, threads, progress)?;
    let core = Tried { plan, memory, clock, threads: count(threads) };
    let one_look = one_look_at_every_bit(plan, &image, &runs, memory.cues());
    let best = best_shapes(&core, &runs)?;
    Ok(TriedCore { image, runs, best, one_look })
}

/// A memory on a core, and what that made of its cues.
#[derive(Debug)]
pub struct Retrieved {
    /// The memory's image, placed in the memories of this core.
    pub image: CoreImage,
    /// The clock of the core.
    pub clock: ClockMhz,
    /// What the core did, one entry per dataflow of its plan.
    pub runs: Vec<HardwareRun>,
}

/// [`run_hardware`] without anything that the core is compared with.
///
/// # Errors
/// As [`run_hardware`].
pub fn retrieve_on(
    plan: &HardwarePlan,
    memory: &TrainedMemory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Retrieved, Error> {
    plan.check()?;
    let image = memory.image.on(plan.core()).map_err(QuantizeError::from)?;
    let clock = plan.clock_with(&image)?;
    let runs = Tried { plan, memory, clock, threads: count(threads) }.retrieve(&image, progress)?;
    Ok(Retrieved { image, clock, runs })
}

/// Every pattern bit read once in the memories of the core of `plan`, and the flips written: no bound.
pub(super) fn one_look_at_every_bit(
    plan: &HardwarePlan,
    image: &CoreImage,
    runs: &[HardwareRun],
    cues: u64,
) -> Ledger {
    let flips = runs.iter().map(|run| run.activity.flips).min().unwrap_or(0);
    one_look(&plan.prices, &klr_sim::Hardware::of(image, &plan.config), cues, flips)
}

/// The retrievals of `memory`, whose `image` is that of the core of `plan`.
pub(super) fn retrieve(
    plan: &HardwarePlan,
    image: &CoreImage,
    clock: ClockMhz,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<HardwareRun>, Error> {
    let reference = Reference::new(image);
    let core = Core::new(image, plan.config);
    progress.stage("retrieving", memory.cues());
    let mut done = 0;
    let job = |index: usize| {
        let (cue, order) = (memory.cue(index), memory.order(index));
        let one = |&dataflow: &Dataflow| {
            one_retrieval(plan, &core, &reference, memory, &cue, Schedule { dataflow, order })
        };
        plan.dataflows.iter().map(one).collect::<Result<Vec<_>, Error>>()
    };
    let fold = |tallies: &mut Vec<Tally<Activity>>, cue: usize, all: Vec<Judged<Activity>>| {
        tallies.iter_mut().zip(all).for_each(|(tally, one)| tally.add(cue, one));
    };
    let tallies = plan.dataflows.iter().map(|_| Tally::new(Activity::plus)).collect();
    let tallies = fold_in_order_watched(memory.count(), threads, job, tallies, fold, || {
        done += 1;
        progress.step(done);
    })?;
    let dataflows = plan.dataflows.iter().copied();
    Ok(dataflows.zip(tallies).map(|(dataflow, tally)| priced(tally, plan, image, clock, dataflow)).collect())
}

fn one_retrieval(
    plan: &HardwarePlan,
    core: &Core<'_>,
    reference: &Reference<'_>,
    memory: &TrainedMemory,
    (cue, targets): &(State, Targets),
    schedule: Schedule,
) -> Result<Judged<Activity>, Error> {
    let run = core.retrieve(cue, schedule, &mut NoTrace)?;
    let spec = plan.config.spec();
    let (max_steps, reference) = (spec.max_steps, reference.knowing(spec.fixed_point_test(schedule)));
    let meant = reference.retrieve(cue, schedule.update(), max_steps.into())?;
    let agrees = run.state == meant.state
        && run.outcome == Some(meant.outcome)
        && run.flips.iter().map(|flip| flip.1).eq(meant.flips.iter().copied());
    Ok(Judged {
        hit: targets.contain(&memory.patterns, &run.state),
        agrees,
        outcome: run.outcome,
        faults: run.faults,
        fault_count: run.fault_count,
        cycles: run.activity.cycles,
        activity: run.activity,
    })
}

fn priced(
    tally: Tally<Activity>,
    plan: &HardwarePlan,
    image: &CoreImage,
    clock: ClockMhz,
    dataflow: Dataflow,
) -> HardwareRun {
    let hardware = klr_sim::Hardware::of(image, &plan.config);
    HardwareRun {
        dataflow,
        config: plan.config,
        unconfirmed: unconfirmed(image, plan.config.spec(), dataflow),
        hits: tally.hits,
        agrees: tally.agrees,
        dead_fields: tally.ended_in(Outcome::DeadField),
        outcomes: tally.outcomes(|_| true),
        faults: tally.faults,
        fault_count: tally.fault_count,
        ledger: price(&plan.prices, &tally.activity, &hardware, clock),
        activity: tally.activity,
        cycles_max: tally.cycles_max,
    }
}
