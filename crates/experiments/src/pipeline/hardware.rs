//! What a core makes of the cues of a trained memory, and what it costs.

use crate::error::Error;
use crate::pipeline::{Progress, TrainedMemory, Trial, count};
use crate::plan::HardwarePlan;
use klr_energy::{Ledger, floor, price};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Outcome};
use klr_quantize::QuantizeError;
use klr_sim::{Activity, Core, CoreRun, Dataflow, Fault, NoTrace, Schedule};
use klr_units::threads::fold_in_order_watched;
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
    let fold = |sums: &mut Vec<Sums>, cue: usize, all: Vec<OneRetrieval>| {
        sums.iter_mut().zip(all).for_each(|(sums, one)| sums.add(cue, one));
    };
    let sums = plan.dataflows.iter().map(|_| Sums::default()).collect();
    let sums = fold_in_order_watched(memory.trials.len(), threads, job, sums, fold, || {
        done += 1;
        progress.step(done);
    })?;
    let dataflows = plan.dataflows.iter().copied();
    Ok(dataflows.zip(sums).map(|(dataflow, sums)| sums.priced(plan, image, dataflow)).collect())
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

/// How a retrieval may end, in the order of reports.
const OUTCOMES: [Outcome; 4] =
    [Outcome::Converged, Outcome::TwoCycle, Outcome::StepLimit, Outcome::DeadField];

/// The retrievals of one dataflow so far.
#[derive(Default)]
struct Sums {
    hits: u64,
    agrees: u64,
    /// By outcome, as [`OUTCOMES`] has them.
    ended: [u64; OUTCOMES.len()],
    /// Those that ended in none.
    stuck: u64,
    faults: Vec<(usize, Fault)>,
    fault_count: u64,
    activity: Activity,
    cycles_max: u64,
}

impl Sums {
    fn add(&mut self, cue: usize, one: OneRetrieval) {
        let OneRetrieval { hit, agrees, run } = one;
        self.hits += u64::from(hit);
        self.agrees += u64::from(agrees);
        match OUTCOMES.iter().position(|&outcome| run.outcome == Some(outcome)) {
            Some(outcome) => self.ended[outcome] += 1,
            None => self.stuck += 1,
        }
        let room = FAULTS_LISTED.saturating_sub(self.faults.len());
        self.faults.extend(run.faults.into_iter().take(room).map(|fault| (cue, fault)));
        self.fault_count += run.fault_count;
        self.cycles_max = self.cycles_max.max(run.activity.cycles);
        self.activity = self.activity.plus(&run.activity);
    }

    fn priced(self, plan: &HardwarePlan, image: &CoreImage, dataflow: Dataflow) -> HardwareRun {
        let counted = OUTCOMES.iter().zip(self.ended);
        let dead = counted.clone().find(|(outcome, _)| **outcome == Outcome::DeadField);
        let mut outcomes: Vec<(&'static str, u64)> = counted.map(|(o, count)| (o.name(), count)).collect();
        outcomes.push(("stuck", self.stuck));
        let hardware = klr_sim::Hardware::of(image, &plan.config);
        HardwareRun {
            dataflow,
            hits: self.hits,
            agrees: self.agrees,
            dead_fields: dead.map_or(0, |(_, count)| count),
            outcomes,
            faults: self.faults,
            fault_count: self.fault_count,
            ledger: price(&plan.prices, &self.activity, &hardware, plan.clock),
            activity: self.activity,
            cycles_max: self.cycles_max,
        }
    }
}
