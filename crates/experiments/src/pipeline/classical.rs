//! The classical Hopfield network beside the memory: the same patterns and cues, on crossbar cores, at the same prices and
//! clock. Its weights are Hebbian sums, held at the end of the core's format where they do not fit.

use super::TrainedMemory;
use super::tally::{Judged, Tally};
use crate::error::Error;
use crate::plan::Plan;
use klr_crossbar::{
    CrossbarActivity, CrossbarConfig, CrossbarCore, CrossbarHardware, CrossbarImage, CrossbarPreset,
    CrossbarSpec, reference,
};
use klr_energy::{CrossbarLedger, PriceTable, price_crossbar};
use klr_image::Outcome;
use klr_model::baselines::Pairwise;
use klr_model::measure::Cues;
use klr_model::{PatternSet, RetrievalConfig, Stream, Streams, Targets, UpdateRule, retrieve};
use klr_sim::{Fault, NoTrace};
use klr_units::progress::Progress;
use klr_units::threads::fold_in_order_watched;
use klr_units::{Bits, ClockMhz, State};
use std::num::NonZeroUsize;

/// What the classical network did on one crossbar core, all cues together.
#[derive(Debug)]
pub struct ClassicalRun {
    /// The core.
    pub core: CrossbarPreset,
    /// Width of a weight.
    pub weight_bits: Bits,
    /// Weights held at the end of their format, of N (N - 1) off the diagonal.
    pub clipped_weights: u64,
    /// Share of the stored patterns in which no neuron is against its field on the core.
    pub stored_patterns_fixed: f64,
    /// Cues that ended exactly in their pattern.
    pub hits: u64,
    /// Cues that do so with weights of full precision, in floating point and in the plan's order.
    pub float_hits: u64,
    /// Cues whose state, outcome and order of flips equal those of the untimed integer reference.
    pub agrees: u64,
    /// How the retrievals ended, by name of outcome.
    pub outcomes: Vec<(&'static str, u64)>,
    /// The first faults, with the cue they belong to.
    pub faults: Vec<(usize, Fault)>,
    /// All faults.
    pub fault_count: u64,
    /// Counts of all retrievals together.
    pub activity: CrossbarActivity,
    /// The longest retrieval, in cycles.
    pub cycles_max: u64,
    /// The cost of all retrievals together.
    pub ledger: CrossbarLedger,
}

/// A core with its network.
struct LoadedCore {
    preset: CrossbarPreset,
    image: CrossbarImage,
    config: CrossbarConfig,
}

/// What the classical network made of one cue.
struct ClassicalCue {
    float_hit: bool,
    /// One entry per core.
    cores: Vec<Judged<CrossbarActivity>>,
}

/// The plan with a crossbar core among its baselines: as it is if it names one, else with that of tinyODIN's sizes and cycles.
#[must_use]
pub fn beside_a_crossbar(mut plan: Plan) -> Plan {
    if plan.retrieval.crossbars.is_empty() {
        plan.retrieval.crossbars.push(CrossbarPreset::TinyOdin);
    }
    plan
}

/// Runs the classical network on every crossbar core of the plan, on the cues of `memory`.
pub(crate) fn run(
    plan: &Plan,
    clock: ClockMhz,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<ClassicalRun>, Error> {
    if plan.retrieval.crossbars.is_empty() {
        return Ok(Vec::new());
    }
    let stored: Vec<State> = (0..memory.patterns.p()).map(|mu| memory.patterns.state(mu)).collect();
    let load = |preset: &CrossbarPreset| LoadedCore::new(plan, *preset, &stored);
    let cores = plan.retrieval.crossbars.iter().map(load).collect::<Result<Vec<_>, Error>>()?;
    let network = Pairwise::hebbian(&memory.patterns);
    let streams = Streams::new(plan.seed);
    progress.stage("classical network", memory.cues());
    let mut done = 0;
    let job = |index| one_cue(plan, memory, &network, &cores, &streams, index);
    let tallies = (0, cores.iter().map(|_| Tally::new(CrossbarActivity::plus)).collect::<Vec<_>>());
    let fold =
        |(float_hits, tallies): &mut (u64, Vec<Tally<CrossbarActivity>>), cue: usize, one: ClassicalCue| {
            *float_hits += u64::from(one.float_hit);
            tallies.iter_mut().zip(one.cores).for_each(|(tally, one)| tally.add(cue, one));
        };
    let (float_hits, tallies) = fold_in_order_watched(memory.count(), threads, job, tallies, fold, || {
        done += 1;
        progress.step(done);
    })?;
    let priced = |(core, tally): (&LoadedCore, Tally<_>)| {
        core.priced(tally, (&plan.hardware.prices, clock), &stored, float_hits)
    };
    Ok(cores.iter().zip(tallies).map(priced).collect())
}

impl LoadedCore {
    fn new(plan: &Plan, preset: CrossbarPreset, stored: &[State]) -> Result<Self, Error> {
        let spec = *preset.config().spec();
        let image = CrossbarImage::hebbian(stored, spec.weight_bits)?;
        // A sweep gives every neuron one chance to flip.
        let max_events = u64::from(plan.retrieval.max_steps) * u64::from(image.n());
        let config = CrossbarConfig::new(CrossbarSpec { max_events, ..spec })?;
        Ok(Self { preset, image, config })
    }

    fn retrieve(
        &self,
        cue: &State,
        targets: &Targets,
        patterns: &PatternSet,
    ) -> Result<Judged<CrossbarActivity>, Error> {
        let spec = self.config.spec();
        let retrieval = CrossbarCore::new(&self.image, self.config)?.retrieve(cue, &mut NoTrace)?;
        let meant = reference::retrieve(&self.image, cue, spec.flips, spec.max_events)?;
        let outcome = if meant.quiescent { Outcome::Converged } else { Outcome::StepLimit };
        let agrees = retrieval.state == meant.state
            && retrieval.outcome == Some(outcome)
            && retrieval.flips.iter().map(|flip| flip.1).eq(meant.flips.iter().copied());
        Ok(Judged {
            hit: targets.contain(patterns, &retrieval.state),
            agrees,
            outcome: retrieval.outcome,
            faults: retrieval.faults,
            fault_count: retrieval.fault_count,
            cycles: retrieval.activity.cycles,
            activity: retrieval.activity,
        })
    }

    fn priced(
        &self,
        tally: Tally<CrossbarActivity>,
        (prices, clock): (&PriceTable, ClockMhz),
        stored: &[State],
        float_hits: u64,
    ) -> ClassicalRun {
        let fixed = stored.iter().filter(|pattern| self.is_fixed(pattern)).count();
        let hardware = CrossbarHardware::of(&self.config);
        ClassicalRun {
            core: self.preset,
            weight_bits: self.image.format().bits(),
            clipped_weights: self.image.clipped(),
            stored_patterns_fixed: fixed as f64 / stored.len() as f64,
            hits: tally.hits,
            float_hits,
            agrees: tally.agrees,
            // It updates one neuron at a time from fields that are never dead.
            outcomes: tally.outcomes(|outcome| matches!(outcome, Outcome::Converged | Outcome::StepLimit)),
            faults: tally.faults,
            fault_count: tally.fault_count,
            ledger: price_crossbar(prices, &tally.activity, &hardware, clock),
            activity: tally.activity,
            cycles_max: tally.cycles_max,
        }
    }

    /// Whether no neuron of `state` is against its field.
    fn is_fixed(&self, state: &State) -> bool {
        (0..state.n()).all(|i| reference::field(&self.image, state, i) * i64::from(state.sign(i)) >= 0)
    }
}

fn one_cue(
    plan: &Plan,
    memory: &TrainedMemory,
    network: &Pairwise,
    cores: &[LoadedCore],
    streams: &Streams,
    index: usize,
) -> Result<ClassicalCue, Error> {
    let (cue, targets) = memory.cue(index);
    let update = UpdateRule::Asynchronous(plan.retrieval.order);
    let config = RetrievalConfig { update, max_steps: plan.retrieval.max_steps };
    let float = retrieve(network, &cue, config, &mut streams.indexed(Stream::Order, index as u64))
        .map_err(|source| Error::Patterns { origin: format!("cue {index}"), source })?;
    let one = |core: &LoadedCore| core.retrieve(&cue, &targets, &memory.patterns);
    let cores = cores.iter().map(one).collect::<Result<_, _>>()?;
    Ok(ClassicalCue { float_hit: targets.contain(&memory.patterns, &float.state), cores })
}
