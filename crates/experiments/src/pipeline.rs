//! The flow of the README's picture, in its order: patterns, model, quantize, image, sim, energy.

mod classical;
mod draw;
mod learn;

use crate::error::Error;
use crate::plan::{Plan, Training};
use draw::{Cue, draw};
use learn::{Learned, learn};

pub use classical::{ClassicalRun, beside_a_crossbar};
pub use draw::patterns;
use klr_energy::{Ledger, floor, price};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Outcome};
use klr_model::baselines::{BaselineOptions, BaselineResult, compare};
use klr_model::tune::GammaChoice;
use klr_model::{
    FitReport, Kernel, KlrModel, PatternSet, RetrievalConfig, Stream, Streams, UpdateRule, VisitOrder,
    retrieve,
};
use klr_quantize::{LossReport, quantize};
use klr_sim::{Activity, Core, CoreRun, Dataflow, Fault, Hardware, NoTrace, Schedule};
use klr_units::State;
pub use klr_units::progress::{NoProgress, Progress};
use klr_units::threads::map_in_order_watched;
use rand::Rng;
use std::num::NonZeroUsize;

/// Faults of a run that a report lists.
const FAULTS_LISTED: usize = 8;

/// Everything a run found.
#[derive(Debug)]
pub struct Run {
    /// The stored patterns.
    pub patterns: PatternSet,
    /// How training went; none for an untrained model.
    pub fit: FitReport,
    /// How gamma was chosen, if the plan left it open.
    pub choice: Option<GammaChoice>,
    /// The float model.
    pub model: KlrModel,
    /// What was loaded into the core.
    pub image: CoreImage,
    /// What quantization lost.
    pub loss: LossReport,
    /// What the retrievals gave, hardware apart.
    pub recall: Recall,
    /// What the baselines of the plan made of the same cues.
    pub baselines: Vec<BaselineResult>,
    /// What the classical network did with them, one entry per crossbar core of the plan.
    pub classical: Vec<ClassicalRun>,
    /// What the hardware did, one entry per dataflow of the plan.
    pub hardware: Vec<HardwareRun>,
    /// The least a retrieval can cost.
    pub floor: Ledger,
    /// The first cue, for traces.
    pub first_cue: State,
    /// The order in which its retrieval visited neurons.
    pub first_order: klr_image::Order,
}

/// Shares of cues that end exactly in their pattern.
#[derive(Clone, Copy, Debug)]
pub struct Recall {
    /// Cues.
    pub cues: u64,
    /// Mean Hamming distance from cue to pattern.
    pub cue_flips_mean: f64,
    /// Hits of the nearest-pattern oracle: no memory that knows the cue alone does better on uniform noise.
    pub oracle: u64,
    /// Hits of the float model, all neurons at once.
    pub float_sync: u64,
    /// Hits of the float model, one neuron at a time.
    pub float_async: u64,
    /// Hits of the untrained model `alpha = xi`, one neuron at a time.
    pub untrained: u64,
}

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

/// What one cue gave.
struct CueResult {
    /// Without it the float models were of no interest.
    float: Option<FloatResult>,
    hardware: Vec<OneRetrieval>,
}

/// What one cue gave without hardware.
struct FloatResult {
    flips: usize,
    oracle: bool,
    float_sync: bool,
    float_async: bool,
    untrained: bool,
}

struct OneRetrieval {
    hit: bool,
    agrees: bool,
    retrieval: CoreRun,
}

/// Runs `plan` on `threads` threads. The result does not depend on their number.
///
/// # Errors
/// [`Error`] if the patterns, the cues or the sizes of the core do not allow it.
pub fn run(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Run, Error> {
    let memory = train_and_quantize(plan, threads, progress)?;
    let streams = Streams::new(plan.seed);
    let results =
        retrievals(plan, &memory, &memory.image, &streams, Work::Everything, count(threads), progress)?;
    let recall = recall(&results);
    let baselines = baselines(plan, &memory, count(threads), progress);
    let classical = classical::run(plan, &memory, count(threads), progress)?;
    let hardware = hardware(plan, &memory.image, results);
    let floor = energy_floor(plan, &memory.image, &hardware, recall.cues);
    let first_cue = memory.cues[0].state.clone();
    let first_order = hardware_order(plan, &streams, 0);
    let Memory { patterns, model, fit, choice, image, loss, .. } = memory;
    Ok(Run {
        patterns,
        fit,
        choice,
        model,
        image,
        loss,
        recall,
        baselines,
        classical,
        hardware,
        floor,
        first_cue,
        first_order,
    })
}

/// A trained and quantized memory with the cues of its plan: everything a core does not change.
#[derive(Debug)]
pub struct Memory {
    patterns: PatternSet,
    model: KlrModel,
    fit: FitReport,
    choice: Option<GammaChoice>,
    image: CoreImage,
    loss: LossReport,
    cues: Vec<Cue>,
}

impl Memory {
    /// What is loaded into the core.
    #[must_use]
    pub const fn image(&self) -> &CoreImage {
        &self.image
    }

    /// Retrievals.
    #[must_use]
    pub fn cues(&self) -> u64 {
        self.cues.len() as u64
    }
}

/// The float model of `plan`, without cues, image or core.
///
/// # Errors
/// [`Error`] if the patterns cannot be stored or trained on.
pub fn float_model(plan: &Plan, threads: NonZeroUsize, progress: &dyn Progress) -> Result<KlrModel, Error> {
    let patterns = patterns(plan, &Streams::new(plan.seed))?;
    Ok(learn(plan, &patterns, threads, progress)?.model)
}

/// A float model of other patterns, trained as `plan` says but with this kernel; `None` if the plan reads its dual
/// variables from a file.
///
/// # Errors
/// [`Error`] if training cannot start.
pub fn train_on(
    plan: &Plan,
    patterns: &PatternSet,
    kernel: Kernel,
    threads: NonZeroUsize,
) -> Result<Option<KlrModel>, Error> {
    if matches!(plan.model.training, Training::File(_)) {
        return Ok(None);
    }
    learn::model(plan, patterns, kernel, threads, &NoProgress).map(|(model, _)| Some(model))
}

/// Patterns, model and image of `plan`.
///
/// # Errors
/// As [`run`].
pub fn train_and_quantize(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Memory, Error> {
    let (patterns, cues) = draw(plan)?;
    memory_of(plan, patterns, cues, threads, progress)
}

fn memory_of(
    plan: &Plan,
    patterns: PatternSet,
    cues: Vec<Cue>,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Memory, Error> {
    let Learned { model, fit, choice } = learn(plan, &patterns, count(threads), progress)?;
    let (image, loss) = quantize(&model, plan.geometry, &plan.quantize)?;
    plan.core.check_slices(&image).map_err(|e| plan.source.located(&e.to_string()))?;
    Ok(Memory { patterns, model, fit, choice, image, loss, cues })
}

/// Runs the retrievals of `memory` on the core of `plan`, and returns what the hardware did and the least it can cost.
/// The plan may differ from that of the memory in its core and its prices only; the image is placed anew in its memories.
///
/// # Errors
/// As [`run`].
pub fn run_hardware(
    plan: &Plan,
    memory: &Memory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<(Vec<HardwareRun>, Ledger), Error> {
    let image = memory.image.on(plan.geometry).map_err(|error| Error::Quantize(error.into()))?;
    plan.core.check_slices(&image).map_err(|e| plan.source.located(&e.to_string()))?;
    let streams = Streams::new(plan.seed);
    let results = retrievals(plan, memory, &image, &streams, Work::Hardware, count(threads), progress)?;
    let hardware = hardware(plan, &image, results);
    let floor = energy_floor(plan, &image, &hardware, memory.cues());
    Ok((hardware, floor))
}

/// What the other memories of the plan make of the cues of `memory`.
fn baselines(
    plan: &Plan,
    memory: &Memory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Vec<BaselineResult> {
    let list = &plan.retrieval.baselines;
    progress.stage("baselines", list.len() as u64);
    let update = UpdateRule::Asynchronous(plan.retrieval.order);
    let retrieval = RetrievalConfig { update, max_steps: plan.retrieval.max_steps };
    let options = BaselineOptions::beside(memory.model.kernel().clone(), retrieval, plan.seed);
    let cues: Vec<(State, State)> =
        memory.cues.iter().map(|cue| (cue.state.clone(), cue.target.clone())).collect();
    let mut results = Vec::new();
    for (done, baseline) in (1..).zip(list) {
        results.extend(compare(&memory.patterns, &cues, std::slice::from_ref(baseline), &options, threads));
        progress.step(done);
    }
    results
}

fn count(threads: usize) -> NonZeroUsize {
    NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN)
}

fn energy_floor(plan: &Plan, image: &CoreImage, hardware: &[HardwareRun], cues: u64) -> Ledger {
    let flips = hardware.iter().map(|h| h.activity.flips).min().unwrap_or(0);
    floor(&plan.energy.table, &Hardware::of(image, &plan.core), cues, flips)
}

/// How much of a retrieval is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// The float models and the hardware.
    Everything,
    /// The hardware alone.
    Hardware,
}

/// One retrieval of a plan, before it is run.
#[derive(Debug)]
pub struct Subject {
    /// Which cue of the plan it starts from, counted from 0.
    pub index: usize,
    /// What is loaded into the core.
    pub image: CoreImage,
    /// The cue.
    pub cue: State,
    /// The order in which neurons are visited.
    pub order: klr_image::Order,
}

/// The image of `plan` and its cue number `index`, as [`run`] has them.
///
/// # Errors
/// [`Error`] if the plan has no such cue, which is found before anything is trained; else as [`run`].
pub fn subject(plan: &Plan, index: usize, threads: usize, progress: &dyn Progress) -> Result<Subject, Error> {
    let (patterns, cues) = draw(plan)?;
    if index >= cues.len() {
        let last = cues.len().saturating_sub(1);
        return Err(Error::Plan(format!("cue {index}: the plan has the cues 0 to {last}")));
    }
    let Memory { image, mut cues, .. } = memory_of(plan, patterns, cues, threads, progress)?;
    let cue = cues.swap_remove(index).state;
    Ok(Subject { index, image, cue, order: hardware_order(plan, &Streams::new(plan.seed), index as u64) })
}

fn retrievals(
    plan: &Plan,
    memory: &Memory,
    image: &CoreImage,
    streams: &Streams,
    work: Work,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<CueResult>, Error> {
    let untrained = (work == Work::Everything)
        .then(|| KlrModel::untrained(memory.patterns.clone(), memory.model.kernel().clone()));
    let reference = Reference::new(image);
    let core = Core::new(image, plan.core);
    progress.stage("retrieving", memory.cues());
    let mut done = 0;
    let job = |index: usize| {
        let cue = &memory.cues[index];
        let order = hardware_order(plan, streams, index as u64);
        let hardware = plan.retrieval.dataflows.iter().map(|&dataflow| {
            let schedule = Schedule { dataflow, order };
            one_retrieval(plan, &core, &reference, cue, schedule)
        });
        let float =
            untrained.as_ref().map(|untrained| float_retrievals(plan, memory, untrained, streams, index));
        let float = float.transpose()?;
        Ok(CueResult { float, hardware: hardware.collect::<Result<_, Error>>()? })
    };
    let results = map_in_order_watched((0..memory.cues.len()).collect(), threads, job, || {
        done += 1;
        progress.step(done);
    });
    results.into_iter().collect()
}

/// What the oracle and the float models make of cue `index`.
fn float_retrievals(
    plan: &Plan,
    memory: &Memory,
    untrained: &KlrModel,
    streams: &Streams,
    index: usize,
) -> Result<FloatResult, Error> {
    let cue = &memory.cues[index];
    let hits = |model: &KlrModel, update| {
        let config = RetrievalConfig { update, max_steps: plan.retrieval.max_steps };
        let run = retrieve(model, &cue.state, config, &mut streams.indexed(Stream::Order, index as u64));
        run.map(|run| run.state == cue.target)
            .map_err(|source| Error::Patterns { origin: format!("cue {index}"), source })
    };
    let asynchronous = UpdateRule::Asynchronous(plan.retrieval.order);
    let patterns = &memory.patterns;
    Ok(FloatResult {
        flips: cue.state.hamming(&cue.target),
        oracle: patterns.state(patterns.nearest(&cue.state)) == cue.target,
        float_sync: hits(&memory.model, UpdateRule::Synchronous)?,
        float_async: hits(&memory.model, asynchronous)?,
        untrained: hits(untrained, asynchronous)?,
    })
}

/// The hardware's order for cue `index`: a shift register stands in for the model's uniform permutation.
fn hardware_order(plan: &Plan, streams: &Streams, index: u64) -> klr_image::Order {
    match plan.retrieval.order {
        VisitOrder::Sequential => klr_image::Order::Sequential,
        VisitOrder::Random => klr_image::Order::Random(streams.indexed(Stream::Order, index).next_u64()),
        VisitOrder::MostViolated => klr_image::Order::MostViolated,
    }
}

fn one_retrieval(
    plan: &Plan,
    core: &Core<'_>,
    reference: &Reference<'_>,
    cue: &Cue,
    schedule: Schedule,
) -> Result<OneRetrieval, Error> {
    let retrieval = core.retrieve(&cue.state, schedule, &mut NoTrace)?;
    let meant = reference.retrieve(&cue.state, schedule.update(), plan.retrieval.max_steps.into())?;
    let agrees = retrieval.state == meant.state
        && retrieval.outcome == Some(meant.outcome)
        && retrieval.flips.iter().map(|flip| flip.1).eq(meant.flips.iter().copied());
    Ok(OneRetrieval { hit: retrieval.state == cue.target, agrees, retrieval })
}

fn recall(results: &[CueResult]) -> Recall {
    let float = || results.iter().filter_map(|result| result.float.as_ref());
    let count = |hit: fn(&FloatResult) -> bool| float().filter(|r| hit(r)).count() as u64;
    let flips: usize = float().map(|r| r.flips).sum();
    Recall {
        cues: results.len() as u64,
        cue_flips_mean: flips as f64 / results.len() as f64,
        oracle: count(|r| r.oracle),
        float_sync: count(|r| r.float_sync),
        float_async: count(|r| r.float_async),
        untrained: count(|r| r.untrained),
    }
}

fn hardware(plan: &Plan, image: &CoreImage, results: Vec<CueResult>) -> Vec<HardwareRun> {
    let mut per_dataflow: Vec<Vec<OneRetrieval>> =
        plan.retrieval.dataflows.iter().map(|_| Vec::new()).collect();
    for result in results {
        for (all, one) in per_dataflow.iter_mut().zip(result.hardware) {
            all.push(one);
        }
    }
    let dataflows = plan.retrieval.dataflows.iter().copied();
    dataflows.zip(per_dataflow).map(|(dataflow, all)| summarise(plan, image, dataflow, &all)).collect()
}

fn summarise(plan: &Plan, image: &CoreImage, dataflow: Dataflow, all: &[OneRetrieval]) -> HardwareRun {
    let total = all.iter().fold(Activity::default(), |sum, one| sum.plus(&one.retrieval.activity));
    let faults = all
        .iter()
        .enumerate()
        .flat_map(|(cue, one)| one.retrieval.faults.iter().map(move |fault| (cue, fault.clone())));
    let ended =
        |outcome: Option<Outcome>| all.iter().filter(|o| o.retrieval.outcome == outcome).count() as u64;
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
        fault_count: all.iter().map(|one| one.retrieval.fault_count).sum(),
        activity: total,
        cycles_max: all.iter().map(|one| one.retrieval.activity.cycles).max().unwrap_or(0),
        ledger: price(&plan.energy.table, &total, &Hardware::of(image, &plan.core), plan.clock),
    }
}
