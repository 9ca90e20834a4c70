//! What a core makes of the cues of a trained memory, and what it costs.

use crate::error::Error;
use crate::pipeline::{Progress, TrainedMemory, Trial, count};
use crate::plan::HardwarePlan;
use klr_energy::{Ledger, floor, price};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Outcome};
use klr_quantize::QuantizeError;
use klr_sim::{Activity, Core, CoreRun, Dataflow, Fault, NoTrace, Schedule};
use klr_units::threads::map_in_order_watched;
use std::num::NonZeroUsize;

/// Faults of a run that a report lists.
pub(super) const FAULTS_LISTED: usize = 8;

/// What the hardware did under one dataflow, all cues together.
#[derive(Debug)]
pub struct HardwareRun {
    /// The dataflow.
    pub dataflow: Dataflow,
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

/// A core that was tried with a memory.
#[derive(Debug)]
pub struct TriedCore {
    /// The memory's image, placed in the memories of this core.
    pub image: CoreImage,
    /// What it did, one entry per dataflow of its plan.
    pub runs: Vec<HardwareRun>,
    /// The least a retrieval can cost.
    pub floor: Ledger,
}

struct OneRetrieval {
    hit: bool,
    agrees: bool,
    run: CoreRun,
}

/// Runs the retrievals of `memory` on the core of `plan`; its image is placed anew in the memories of that core.
///
/// # Errors
/// [`Error::Quantize`] if the image does not fit the core, [`Error::Core`] if the core cannot run the dataflows.
pub fn run_hardware(
    plan: &HardwarePlan,
    memory: &TrainedMemory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<TriedCore, Error> {
    let image = memory.image.on(plan.geometry).map_err(QuantizeError::from)?;
    plan.check_image(&image)?;
    let runs = retrieve(plan, &image, memory, count(threads), progress)?;
    let floor = energy_floor(plan, &image, &runs, memory.cues());
    Ok(TriedCore { image, runs, floor })
}

/// The least that a retrieval on the core of `plan` can cost.
pub(super) fn energy_floor(
    plan: &HardwarePlan,
    image: &CoreImage,
    runs: &[HardwareRun],
    cues: u64,
) -> Ledger {
    let flips = runs.iter().map(|run| run.activity.flips).min().unwrap_or(0);
    floor(&plan.prices, &klr_sim::Hardware::of(image, &plan.config), cues, flips)
}

/// The retrievals of `memory`, whose `image` is that of the core of `plan`.
pub(super) fn retrieve(
    plan: &HardwarePlan,
    image: &CoreImage,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<HardwareRun>, Error> {
    let reference = Reference::new(image);
    let core = Core::new(image, plan.config);
    progress.stage("retrieving", memory.cues());
    let mut done = 0;
    let job = |index: usize| {
        let (trial, order) = (&memory.trials[index], memory.order(index));
        let one = |&dataflow: &Dataflow| {
            one_retrieval(plan, &core, &reference, memory, trial, Schedule { dataflow, order })
        };
        plan.dataflows.iter().map(one).collect::<Result<Vec<_>, Error>>()
    };
    let results = map_in_order_watched((0..memory.trials.len()).collect(), threads, job, || {
        done += 1;
        progress.step(done);
    });
    let mut per_dataflow: Vec<Vec<OneRetrieval>> = plan.dataflows.iter().map(|_| Vec::new()).collect();
    for result in results {
        for (all, one) in per_dataflow.iter_mut().zip(result?) {
            all.push(one);
        }
    }
    let dataflows = plan.dataflows.iter().copied();
    Ok(dataflows.zip(per_dataflow).map(|(dataflow, all)| summarise(plan, image, dataflow, &all)).collect())
}

fn one_retrieval(
    plan: &HardwarePlan,
    core: &Core<'_>,
    reference: &Reference<'_>,
    memory: &TrainedMemory,
    trial: &Trial,
    schedule: Schedule,
) -> Result<OneRetrieval, Error> {
    let run = core.retrieve(&trial.cue, schedule, &mut NoTrace)?;
    let spec = plan.config.spec();
    let (max_steps, reference) = (spec.max_steps, reference.knowing(spec.fixed_point_test(schedule)));
    let meant = reference.retrieve(&trial.cue, schedule.update(), max_steps.into())?;
    let agrees = run.state == meant.state
        && run.outcome == Some(meant.outcome)
        && run.flips.iter().map(|flip| flip.1).eq(meant.flips.iter().copied());
    Ok(OneRetrieval { hit: trial.targets.contain(&memory.patterns, &run.state), agrees, run })
}

fn summarise(
    plan: &HardwarePlan,
    image: &CoreImage,
    dataflow: Dataflow,
    all: &[OneRetrieval],
) -> HardwareRun {
    let total = all.iter().fold(Activity::default(), |sum, one| sum.plus(&one.run.activity));
    let faults = all
        .iter()
        .enumerate()
        .flat_map(|(cue, one)| one.run.faults.iter().map(move |fault| (cue, fault.clone())));
    let ended = |outcome: Option<Outcome>| all.iter().filter(|o| o.run.outcome == outcome).count() as u64;
    let outcomes = [Outcome::Converged, Outcome::TwoCycle, Outcome::StepLimit, Outcome::DeadField];
    let mut counted: Vec<(&'static str, u64)> = outcomes.map(|o| (o.name(), ended(Some(o)))).to_vec();
    counted.push(("stuck", ended(None)));
    HardwareRun {
        dataflow,
        hits: all.iter().filter(|one| one.hit).count() as u64,
        agrees: all.iter().filter(|one| one.agrees).count() as u64,
        dead_fields: ended(Some(Outcome::DeadField)),
        outcomes: counted,
        faults: faults.take(FAULTS_LISTED).collect(),
        fault_count: all.iter().map(|one| one.run.fault_count).sum(),
        activity: total,
        cycles_max: all.iter().map(|one| one.run.activity.cycles).max().unwrap_or(0),
        ledger: price(&plan.prices, &total, &klr_sim::Hardware::of(image, &plan.config), plan.clock),
    }
}
