//! The flow of the README's picture, in its order: patterns, model, quantize, image, sim, energy.

mod beyond;
mod choice;
mod classical;
mod dense;
mod draw;
mod faults;
mod hardware;
mod inputs;
mod learn;
mod machines;
mod recall;
mod shapes;
mod tally;
mod upsets;

use crate::error::Error;
use crate::plan::{Plan, RetrievalPlan, Training};
use draw::draw;
use learn::{Untested, learn};
use shapes::Tried;

pub use beyond::SequenceRun;
pub(crate) use classical::run as run_classical;
pub use classical::{ClassicalRun, beside_a_crossbar};
pub use dense::DenseRun;
pub(crate) use dense::on_dense_hardware;
pub use draw::{PlanCues, patterns};
pub use faults::{FaultRun, FaultyRecall, StuckBits, over_cores, stuck_core};
pub use hardware::{HardwareRun, Retrieved, TriedCore, retrieve_on, run_hardware};
pub use inputs::Inputs;
pub use klr_units::progress::{NoProgress, Progress};
pub use learn::{Learned, train_model};
pub(crate) use machines::on_all_cues;
pub use recall::Recall;
pub use shapes::BestShape;
pub use upsets::{Upsets, retrieve_with_upsets};

use klr_analysis::flow::FlowRecall;
use klr_energy::Ledger;
use klr_image::proof::Certificates;
use klr_image::{CoreImage, Update};
use klr_model::baselines::TunedBaseline;
use klr_model::measure::Cues;
use klr_model::tune::GammaChoice;
use klr_model::{Fit, Kernel, KlrModel, PatternSet, Stream, Streams, Targets, VisitOrder};
use klr_quantize::proof::certify;
use klr_quantize::{Advice, Conditions, LossReport, Workshop, advise, quantize_in};
use klr_sim::Dataflow;
use klr_units::{ClockMhz, State};
use rand::Rng;
use std::num::NonZeroUsize;

/// Everything a run found.
#[derive(Debug)]
pub struct Run {
    /// The stored patterns.
    pub patterns: PatternSet,
    /// How training went; for a model that was not trained, how well it fits.
    pub fit: Fit,
    /// How gamma was chosen, if the plan left it open.
    pub choice: Option<GammaChoice>,
    /// The float model.
    pub model: KlrModel,
    /// What was loaded into the core.
    pub image: CoreImage,
    /// What quantization lost.
    pub loss: LossReport,
    /// What would keep more patterns, where it lost some.
    pub advice: Option<Advice>,
    /// What the retrievals gave, hardware apart.
    pub recall: Recall,
    /// What the baselines of the plan made of the same cues.
    pub baselines: Vec<TunedBaseline>,
    /// What retrieval in continuous time made of them, if the plan asks for it.
    pub flow: Option<FlowRecall>,
    /// What a walk along the patterns gave, if the plan asks for one.
    pub sequence: Option<SequenceRun>,
    /// What the classical network did with them, one entry per crossbar core of the plan.
    pub classical: Vec<ClassicalRun>,
    /// What cores with stuck bits recall, if the plan has any.
    pub faults: Option<FaultRun>,
    /// What is proved of the image, if somebody has asked ([`Run::certify`]).
    pub certificates: Option<Certificates>,
    /// The clock of the core.
    pub clock: ClockMhz,
    /// What the hardware did, one entry per dataflow of the plan.
    pub hardware: Vec<HardwareRun>,
    /// Each dataflow in the shape of weight memory that costs least, if its cost is known.
    pub best: Vec<BestShape>,
    /// The same cues on dense hardware that reads whole rows, if the plan runs the synchronous dataflow.
    pub dense: Option<DenseRun>,
    /// Every pattern bit read once in this core's memory.
    pub one_look: Ledger,
    /// The cues, each made when it is asked for.
    pub cues: PlanCues,
    /// The order in which the retrieval from the first cue visited neurons.
    pub first_order: klr_image::Order,
}

impl Run {
    /// The state that retrieval `index` started from.
    ///
    /// # Panics
    /// If there is no such cue ([`PlanCues::count`]).
    #[must_use]
    pub fn cue(&self, index: usize) -> State {
        self.cues.cue(&self.patterns, index).0
    }

    /// The synchronous dataflow in the shape that costs least: what the others are compared with. `None` if the plan does not
    /// run it, or its cost is not known.
    #[must_use]
    pub fn best_synchronous(&self) -> Option<&BestShape> {
        BestShape::synchronous(&self.best)
    }

    /// Has it proved what can be of the image; screen and report show it from now on.
    ///
    /// # Errors
    /// [`Error`] if the image has no file, whose digest the certificates carry.
    pub fn certify(&mut self, threads: NonZeroUsize) -> Result<&Certificates, Error> {
        Ok(self.certificates.insert(certify(&self.image, threads)?))
    }

    /// What the retrievals of this run, which is of `plan`, were derived from, encoded and digested: whoever writes no report
    /// need not ask.
    ///
    /// # Errors
    /// [`Error`] if a serializer refuses, which it does for no run.
    pub fn inputs(&self, plan: &Plan) -> Result<Inputs, Error> {
        Inputs::of(plan, &self.model, &self.cues)
    }
}

/// Runs `plan` on `threads` threads. The result does not depend on their number.
///
/// # Errors
/// [`Error`] if the patterns, the cues or the sizes of the core do not allow it.
pub fn run(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Run, Error> {
    let (patterns, cues) = draw(plan)?;
    let Untested { model, trained, choice } = learn(plan, &patterns, count(threads), progress)?;
    let memory = FloatMemory::new(plan, patterns, model, cues).quantized(plan, threads, progress)?;
    // Summing the figures of a large model takes long: what refuses it comes first.
    let fit = learn::fit(trained, &memory.model, plan, count(threads))?;
    let clock = plan.hardware.clock_with(&memory.image)?;
    let recall = memory.recall(plan, threads, progress)?;
    let core = Tried { plan: &plan.hardware, memory: &memory, clock, threads: count(threads) };
    let hardware = core.retrieve(&memory.image, progress)?;
    let best = shapes::best_shapes(&core, &hardware)?;
    let is_synchronous = plan.hardware.dataflows.contains(&Dataflow::BASELINE);
    let dense = || on_dense_hardware(&plan.hardware, &memory, clock, count(threads), progress);
    let dense = is_synchronous.then(dense).transpose()?;
    let baselines = recall::baselines(plan, &memory, &recall, count(threads), progress)?;
    let flow = beyond::flow(plan, &memory, count(threads), progress)?;
    let sequence = beyond::sequence(plan, &memory, count(threads), progress)?;
    let classical = classical::run(plan, clock, &memory, count(threads), progress)?;
    let faults = faults::run(plan, clock, &memory, count(threads), progress)?;
    let one_look = hardware::one_look_at_every_bit(&plan.hardware, &memory.image, &hardware, memory.cues());
    let first_order = memory.order(0);
    let (core, conditions) = (plan.hardware.core(), conditions(plan, count(threads)));
    let advice = advise(&memory.model, &memory.image, core, &plan.quantize, &conditions);
    let TrainedMemory { patterns, model, image, loss, cues, .. } = memory;
    Ok(Run {
        patterns,
        fit,
        choice,
        model,
        image,
        loss,
        advice,
        recall,
        baselines,
        flow,
        sequence,
        classical,
        faults,
        certificates: None,
        clock,
        hardware,
        best,
        dense,
        one_look,
        cues,
        first_order,
    })
}

/// A memory in floating point with the cues of its plan: everything that no width changes.
#[derive(Clone, Debug)]
pub struct FloatMemory {
    patterns: PatternSet,
    model: KlrModel,
    cues: PlanCues,
    order: VisitOrder,
    streams: Streams,
}

impl FloatMemory {
    fn new(plan: &Plan, patterns: PatternSet, model: KlrModel, cues: PlanCues) -> Self {
        Self { patterns, model, cues, order: plan.retrieval.order, streams: Streams::new(plan.seed) }
    }

    /// The patterns, the model and the cues of `plan`.
    ///
    /// # Errors
    /// [`Error`] if the patterns cannot be stored or trained on, or there are no such cues.
    pub fn trained(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Self, Error> {
        let (patterns, cues) = draw(plan)?;
        let model = learn(plan, &patterns, count(threads), progress)?.model;
        Ok(Self::new(plan, patterns, model, cues))
    }

    /// The same as integers, which are found as `plan` says, in the memories of its core.
    ///
    /// # Errors
    /// [`Error`] if the core of the plan cannot hold the model as integers.
    pub fn quantized(
        self,
        plan: &Plan,
        threads: usize,
        progress: &dyn Progress,
    ) -> Result<TrainedMemory, Error> {
        let (image, loss) = integers(plan, &self.model, count(threads), progress)?;
        let Self { patterns, model, cues, order, streams } = self;
        Ok(TrainedMemory { patterns, model, image, loss, cues, order, streams })
    }
}

/// A trained and quantized memory with the cues of its plan: everything a core does not change.
#[derive(Debug)]
pub struct TrainedMemory {
    patterns: PatternSet,
    model: KlrModel,
    image: CoreImage,
    loss: LossReport,
    cues: PlanCues,
    order: VisitOrder,
    streams: Streams,
}

impl TrainedMemory {
    /// What quantization lost.
    #[must_use]
    pub const fn loss(&self) -> &LossReport {
        &self.loss
    }

    /// What the oracle and the float models make of the cues of `plan`, which this memory is of.
    ///
    /// # Errors
    /// [`Error`] naming a cue of another size than the patterns.
    pub fn recall(&self, plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Recall, Error> {
        recall::recall(plan, self, count(threads), progress)
    }

    /// What is loaded into the core.
    #[must_use]
    pub const fn image(&self) -> &CoreImage {
        &self.image
    }

    /// The float model.
    #[must_use]
    pub const fn model(&self) -> &KlrModel {
        &self.model
    }

    /// Retrievals.
    #[must_use]
    pub fn cues(&self) -> u64 {
        self.cues.count() as u64
    }

    /// The state that retrieval `index` starts from, and the order in which it visits neurons.
    ///
    /// # Panics
    /// If there is no such cue ([`Self::cues`]).
    #[must_use]
    pub fn start(&self, index: usize) -> (State, klr_image::Order) {
        (self.cue(index).0, self.order(index))
    }

    /// What the retrievals of `plan`, which this memory is of, are derived from.
    ///
    /// # Errors
    /// [`Error`] if a serializer refuses, which it does for no model.
    pub fn inputs(&self, plan: &Plan) -> Result<Inputs, Error> {
        Inputs::of(plan, &self.model, &self.cues)
    }

    /// The hardware's order for cue `index`: a shift register stands in for the model's uniform permutation.
    fn order(&self, index: usize) -> klr_image::Order {
        on_hardware(self.order, || self.streams.indexed(Stream::Order, index as u64).next_u64())
    }
}

impl Cues for TrainedMemory {
    fn count(&self) -> usize {
        self.cues.count()
    }

    fn cue(&self, index: usize) -> (State, Targets) {
        self.cues.cue(&self.patterns, index)
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
/// variables or its model from a file.
///
/// # Errors
/// [`Error`] if training cannot start.
pub fn train_on(
    plan: &Plan,
    patterns: &PatternSet,
    kernel: Kernel,
    threads: NonZeroUsize,
) -> Result<Option<KlrModel>, Error> {
    if matches!(plan.model.training, Training::File(_) | Training::Saved(_)) {
        return Ok(None);
    }
    learn::model(plan, patterns, kernel, threads, &NoProgress).map(|(model, _)| Some(model))
}

/// Patterns, model and image of `plan`.
///
/// # Errors
/// As [`run`].
pub fn train_and_quantize(
    plan: &Plan,
    threads: usize,
    progress: &dyn Progress,
) -> Result<TrainedMemory, Error> {
    FloatMemory::trained(plan, threads, progress)?.quantized(plan, threads, progress)
}

/// The image of a trained `model` of `plan`.
///
/// # Errors
/// [`Error`] if the core of the plan cannot hold the model as integers.
pub fn image_of(plan: &Plan, model: &KlrModel, threads: NonZeroUsize) -> Result<CoreImage, Error> {
    integers(plan, model, threads, &NoProgress).map(|(image, _)| image)
}

fn integers(
    plan: &Plan,
    model: &KlrModel,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<(CoreImage, LossReport), Error> {
    let workshop = Workshop { progress, folder: None };
    Ok(quantize_in(&workshop, model, plan.hardware.core(), &plan.quantize, &conditions(plan, threads))?)
}

/// The float model of `plan`, and what its weights are made for.
///
/// # Errors
/// As [`train_model`].
pub(crate) fn quantizing(
    plan: &Plan,
    threads: usize,
    progress: &dyn Progress,
) -> Result<(KlrModel, Conditions), Error> {
    let learned = learn(plan, &patterns_of(plan)?, count(threads), progress)?;
    Ok((learned.model, conditions(plan, count(threads))))
}

/// The patterns that `plan` stores.
///
/// # Errors
/// [`Error`] if they cannot be had.
pub(crate) fn patterns_of(plan: &Plan) -> Result<PatternSet, Error> {
    Ok(draw::stored(plan, &Streams::new(plan.seed))?.patterns)
}

/// The model of `plan` with another kernel.
///
/// # Errors
/// As [`train_model`].
pub(crate) fn model_at(
    plan: &Plan,
    patterns: &PatternSet,
    kernel: Kernel,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<KlrModel, Error> {
    Ok(learn::model(plan, patterns, kernel, threads, progress)?.0)
}

/// What the weights of `plan` are made for: its cues, and the order in which its core visits neurons.
pub(crate) fn conditions(plan: &Plan, threads: NonZeroUsize) -> Conditions {
    let RetrievalPlan { cue, order, max_steps, .. } = plan.retrieval;
    let together = plan.hardware.dataflows.iter().all(|dataflow| dataflow.needs().together);
    // Where the order is random, all cues have the same.
    let one_by_one = Update::Asynchronous(on_hardware(order, || plan.seed));
    let update = if together { Update::Synchronous } else { one_by_one };
    Conditions { threads, streams: Streams::new(plan.seed), cue, update, max_steps: max_steps.into() }
}

/// An order of the model as a core has it, whose random one starts from a `seed`.
fn on_hardware(order: VisitOrder, seed: impl FnOnce() -> u64) -> klr_image::Order {
    match order {
        VisitOrder::Sequential => klr_image::Order::Sequential,
        VisitOrder::Random => klr_image::Order::Random(seed()),
        VisitOrder::MostViolated => klr_image::Order::MostViolated,
    }
}

/// One retrieval of a plan, before it is run.
#[derive(Debug)]
pub struct Subject {
    /// Which cue of the plan it starts from, counted from 0.
    pub index: usize,
    /// What the plan's retrievals are derived from, as far as the plan names it.
    pub inputs: Inputs,
    /// What is loaded into the core.
    pub image: CoreImage,
    /// The cue.
    pub cue: State,
    /// The order in which neurons are visited.
    pub order: klr_image::Order,
    /// The clock of the core.
    pub clock: ClockMhz,
}

/// The image of `plan` and its cue number `index`, as [`run`] has them.
///
/// # Errors
/// [`Error`] if the plan has no such cue, which is found before anything is trained; else as [`run`].
pub fn subject(plan: &Plan, index: usize, threads: usize, progress: &dyn Progress) -> Result<Subject, Error> {
    plan.hardware.require_one_core()?;
    plan.faults.require_sound()?;
    let (patterns, cues) = draw(plan)?;
    if index >= cues.count() {
        return Err(Error::NoCue { index, last: cues.count().saturating_sub(1) });
    }
    let model = learn(plan, &patterns, count(threads), progress)?.model;
    let memory = FloatMemory::new(plan, patterns, model, cues).quantized(plan, threads, progress)?;
    let (cue, order) = memory.start(index);
    let inputs = Inputs::named(plan, &memory.model, &memory.cues)?;
    let clock = plan.hardware.clock_with(&memory.image)?;
    Ok(Subject { index, inputs, cue, image: memory.image, order, clock })
}

fn count(threads: usize) -> NonZeroUsize {
    NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN)
}
