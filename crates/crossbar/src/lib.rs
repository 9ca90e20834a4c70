//! A second core beside that of `klr-sim`: the crossbar core, for the classical Hopfield network.
//!
//! Signed weights N x N, a spike reads one row. One datapath serves the neurons in turn, two cycles each, and events come
//! and spikes leave through four-phase handshakes. `docs/crossbar.md` numbers its timing rules and derives them from published counts.
//!
//! ```
//! use klr_crossbar::{CrossbarConfig, CrossbarCore, CrossbarImage, CrossbarText};
//! use klr_units::{Bits, State};
//!
//! let stored = State::from_signs(&[1, -1, 1, -1, 1, 1]).unwrap();
//! let image = CrossbarImage::hebbian(&[stored.clone()], Bits::new(4).unwrap()).unwrap();
//! let mut cue = stored.clone();
//! cue.flip(4);
//! let mut trace = CrossbarText::default();
//! let run = CrossbarCore::new(&image, CrossbarConfig::tiny_odin()).unwrap().retrieve(&cue, &mut trace).unwrap();
//! assert_eq!((run.state, run.flips.len()), (stored, 1));
//! assert!(trace.text().starts_with("000000 host  request-up\n000003 xbar  push\n"));
//! ```

#![deny(clippy::float_arithmetic)]

mod activity;
mod config;
mod controller;
mod error;
mod hardware;
mod host;
mod image;
mod port;
pub mod reference;
mod trace;

pub use activity::{CrossbarActivity, CrossbarCounter};
pub use config::{CrossbarConfig, CrossbarPreset, CrossbarSpec, FlipPolicy};
pub use error::CrossbarError;
pub use hardware::{CrossbarHardware, CrossbarMemory};
pub use image::CrossbarImage;
pub use trace::{CrossbarSink, CrossbarText, CrossbarTrace};

use controller::{Controller, EventJob, EventRoute, MembraneUpdate, Soma};
use host::HostPort;
use klr_image::Outcome;
use klr_sim::{Fault, FaultKind};
use klr_units::{Cycle, Cycles, NeuronIdx, State};
use port::OutputPort;
use std::collections::VecDeque;

/// One core: a network and the knobs of the hardware it runs on.
#[derive(Clone, Copy, Debug)]
pub struct CrossbarCore<'a> {
    image: &'a CrossbarImage,
    config: CrossbarConfig,
}

/// An event that the host sends to integrate-and-fire neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossbarEvent {
    /// A neuron has spiked: its row of weights is added to all membranes.
    Spike(NeuronIdx),
    /// All membranes leak.
    LeakAll,
    /// One membrane leaks.
    LeakOne(NeuronIdx),
    /// A weight that the event carries, other than zero, is added to one membrane.
    Virtual(NeuronIdx, i16),
}

/// What events did to integrate-and-fire neurons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossbarRun {
    /// The membranes at the end.
    pub membranes: Vec<i64>,
    /// Every spike with the cycle of the write in which its neuron fired, in order.
    pub spikes: Vec<(Cycle, NeuronIdx)>,
    /// Whether every event was worked off and every spike has left. If not, the core is stuck, which is among the faults,
    /// or `max_events` spikes have come back as events.
    pub finished: bool,
    /// What was counted.
    pub activity: CrossbarActivity,
    /// The first faults, in order of time.
    pub faults: Vec<Fault>,
    /// All faults, those that were not kept included.
    pub fault_count: u64,
}

/// One retrieval of a Hopfield network, as the hardware did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossbarRetrieval {
    /// The state at the end.
    pub state: State,
    /// The fields at the end, as far as flips have been delivered.
    pub membranes: Vec<i64>,
    /// How it ended; `None` if the core got stuck, which is among the faults.
    pub outcome: Option<Outcome>,
    /// Every flip with its cycle, in order.
    pub flips: Vec<(Cycle, NeuronIdx)>,
    /// What was counted.
    pub activity: CrossbarActivity,
    /// The first faults, in order of time.
    pub faults: Vec<Fault>,
    /// All faults, those that were not kept included.
    pub fault_count: u64,
}

/// Faults kept per run; further ones are counted only.
const FAULTS_KEPT: usize = 8;

/// What the units share: the clock, the counts, the neuron memory.
struct CrossbarContext<'a, S> {
    now: Cycle,
    image: &'a CrossbarImage,
    config: &'a CrossbarSpec,
    hardware: CrossbarHardware,
    membrane_range: (i64, i64),
    membranes: Vec<i64>,
    /// The sign of each neuron; without meaning for integrate-and-fire neurons.
    state: State,
    activity: CrossbarActivity,
    faults: Vec<Fault>,
    fault_count: u64,
    sink: &'a mut S,
}

impl<S: CrossbarSink> CrossbarContext<'_, S> {
    fn trace(&mut self, event: CrossbarTrace) {
        if S::ENABLED {
            self.sink.event(self.now, &event);
        }
    }

    fn fault(&mut self, kind: FaultKind) {
        self.trace(CrossbarTrace::Fault { name: kind.name() });
        self.fault_count += 1;
        if self.faults.len() < FAULTS_KEPT {
            self.faults.push(Fault { cycle: self.now, kind });
        }
    }
}

impl<'a> CrossbarCore<'a> {
    /// A core with `image` loaded.
    ///
    /// # Errors
    /// [`CrossbarError`] if the network has more neurons, wider weights or more words than the core.
    pub fn new(image: &'a CrossbarImage, config: CrossbarConfig) -> Result<Self, CrossbarError> {
        let spec = config.spec();
        if image.n() > spec.neurons {
            return Err(CrossbarError::TooManyNeurons { found: image.n() as usize, limit: spec.neurons });
        }
        let (found, limit) = (image.format().bits(), spec.weight_bits);
        if found > limit {
            return Err(CrossbarError::WeightWidth { found, limit });
        }
        let needed = config.bytes_needed(image.n());
        if needed > spec.weight_bytes {
            return Err(CrossbarError::WeightMemory { needed, available: spec.weight_bytes });
        }
        Ok(Self { image, config })
    }

    /// Runs `events` on integrate-and-fire neurons that start from zero, and tells `sink` what happens.
    ///
    /// # Errors
    /// [`CrossbarError::NoSuchNeuron`] if an event names a neuron that the network does not have,
    /// [`CrossbarError::VirtualWeight`] if a virtual event has a weight of zero.
    pub fn run<S: CrossbarSink>(
        &self,
        events: &[CrossbarEvent],
        sink: &mut S,
    ) -> Result<CrossbarRun, CrossbarError> {
        let jobs = events.iter().enumerate().map(|(index, event)| self.job(index, *event));
        let jobs = jobs.collect::<Result<VecDeque<EventJob>, CrossbarError>>()?;
        let mut ctx = self.context(State::all_minus(self.image.n() as usize), sink);
        let loops = self.config.spec().closed_loop;
        let (spikes, outcome) = simulate(Soma::IntegrateAndFire, loops, jobs, &mut ctx);
        Ok(CrossbarRun {
            membranes: ctx.membranes,
            finished: outcome == Some(Outcome::Converged),
            spikes,
            activity: ctx.activity,
            faults: ctx.faults,
            fault_count: ctx.fault_count,
        })
    }

    /// Retrieves from `cue`, and tells `sink` what happens.
    ///
    /// The cue is loaded as one row event per neuron, with its sign; no neuron is judged before the last of them. From
    /// then on every neuron found against its field flips (as [`FlipPolicy`] allows), and its flip is a row event of its
    /// own, until a scan finds none.
    ///
    /// # Errors
    /// [`CrossbarError::CueSize`] if the cue has another number of neurons than the network.
    pub fn retrieve<S: CrossbarSink>(
        &self,
        cue: &State,
        sink: &mut S,
    ) -> Result<CrossbarRetrieval, CrossbarError> {
        CrossbarError::check_cue(cue, self.image)?;
        let last = cue.n() - 1;
        let load = |row: usize| EventJob {
            update: MembraneUpdate::Row { row: NeuronIdx::from_usize(row), factor: cue.sign(row).into() },
            first: 0,
            last,
            judges: row == last,
            route: EventRoute::Pushed,
        };
        let mut ctx = self.context(cue.clone(), sink);
        let (flips, outcome) = simulate(Soma::Sign, true, (0..=last).map(load).collect(), &mut ctx);
        Ok(CrossbarRetrieval {
            state: ctx.state,
            membranes: ctx.membranes,
            outcome,
            flips,
            activity: ctx.activity,
            faults: ctx.faults,
            fault_count: ctx.fault_count,
        })
    }

    fn context<'c, S>(&'c self, state: State, sink: &'c mut S) -> CrossbarContext<'c, S> {
        CrossbarContext {
            now: Cycle::ZERO,
            image: self.image,
            config: self.config.spec(),
            hardware: CrossbarHardware::of(&self.config),
            membrane_range: self.config.membrane_range(),
            membranes: vec![0; self.image.n() as usize],
            state,
            activity: CrossbarActivity::default(),
            faults: Vec::new(),
            fault_count: 0,
            sink,
        }
    }

    fn job(&self, index: usize, event: CrossbarEvent) -> Result<EventJob, CrossbarError> {
        let last = self.image.n() as usize - 1;
        let (update, neuron) = match event {
            CrossbarEvent::Spike(row) => (MembraneUpdate::Row { row, factor: 1 }, Some(row)),
            CrossbarEvent::LeakAll => (MembraneUpdate::Leak, None),
            CrossbarEvent::LeakOne(neuron) => (MembraneUpdate::Leak, Some(neuron)),
            CrossbarEvent::Virtual(_, 0) => return Err(CrossbarError::VirtualWeight { index }),
            CrossbarEvent::Virtual(neuron, weight) => (MembraneUpdate::Add(weight), Some(neuron)),
        };
        if let Some(neuron) = neuron
            && neuron.get() > last
        {
            return Err(CrossbarError::NoSuchNeuron { index, neuron, n: self.image.n() });
        }
        let is_leak = matches!(update, MembraneUpdate::Leak);
        let is_row = matches!(update, MembraneUpdate::Row { .. });
        let (first, last) = neuron.filter(|_| !is_row).map_or((0, last), |one| (one.get(), one.get()));
        let route = if is_leak { EventRoute::Direct } else { EventRoute::Pushed };
        Ok(EventJob { update, first, last, judges: true, route })
    }
}

/// Every spike with its cycle, and how the events ended, if they have.
type SpikesAndOutcome = (Vec<(Cycle, NeuronIdx)>, Option<Outcome>);

/// Steps from cycle to cycle until nothing is left to happen. In a cycle the output port goes first: whether it has room
/// is a wire that the controller sees at once, and what the controller sends reaches it in the next cycle. The host goes
/// last: it sees the acknowledge at once, and the controller sees its request later.
fn simulate<S: CrossbarSink>(
    soma: Soma,
    loops: bool,
    jobs: VecDeque<EventJob>,
    ctx: &mut CrossbarContext<'_, S>,
) -> SpikesAndOutcome {
    let mut controller = Controller::new(soma, loops, jobs.is_empty());
    let (mut host, mut port) = (HostPort::new(jobs), OutputPort::default());
    let mut begun = false;
    while let Some(now) = [controller.next(), port.next(), host.next()].into_iter().flatten().min() {
        begun = true;
        ctx.now = now;
        port.arrive(ctx);
        if controller.is_due(now) {
            controller.act(&mut host, &mut port, ctx);
        }
        host.arrive(ctx);
    }
    let end = ctx.now + Cycles::ONE;
    controller.end_stall(end, ctx);
    ctx.activity.book_bits(&ctx.hardware);
    ctx.activity.book_cycles(if begun { (end - Cycle::ZERO).get() } else { 0 });
    let outcome = controller.outcome().filter(|_| port.is_empty());
    if outcome.is_none() {
        ctx.fault(FaultKind::Stuck { waiting: vec![controller.waits_for(), port.waits_for()] });
    }
    ctx.trace(CrossbarTrace::End { how: controller.ending(outcome) });
    (controller.spikes, outcome)
}
