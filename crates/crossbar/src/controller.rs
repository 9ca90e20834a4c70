//! The controller: waits for an event, scans the neurons it concerns, and hands on the spikes.
//!
//! One datapath serves all neurons in turn: a cycle reads a neuron (and the word of weight memory its weight lies in),
//! the next writes it back. The neuron counter holds still while a read waits for room in the output queue, and the
//! memory enables are decoded from it: what is being read is read again in every cycle of the wait.

use crate::CrossbarContext;
use crate::config::FlipPolicy;
use crate::host::HostPort;
use crate::port::OutputPort;
use crate::trace::{CrossbarSink, CrossbarTrace};
use klr_image::Outcome;
use klr_sim::{FaultKind, QueuePolicy};
use klr_units::{Cycle, Cycles, NeuronIdx};
use std::collections::VecDeque;

/// What an event does to the neurons it concerns.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MembraneUpdate {
    /// Adds `factor` times a row of weights.
    Row { row: NeuronIdx, factor: i32 },
    /// Adds a weight that the event carries.
    Add(i16),
    /// Leaks.
    Leak,
}

/// How an event comes to be worked off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventRoute {
    /// The host's, pushed into the event queue and acknowledged before it is worked off.
    Pushed,
    /// The host's, worked off at the input port and acknowledged afterwards.
    Direct,
    /// A spike of the core's own, from the event queue.
    Looped(NeuronIdx),
}

/// An event at work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventJob {
    pub(crate) update: MembraneUpdate,
    /// The first and the last neuron concerned.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// Neurons are compared with their threshold and may spike.
    pub(crate) judges: bool,
    pub(crate) route: EventRoute,
}

impl EventJob {
    /// The row of weights, if the event uses one; such events end in a pop state.
    const fn row(&self) -> Option<NeuronIdx> {
        match self.update {
            MembraneUpdate::Row { row, .. } => Some(row),
            MembraneUpdate::Add(_) | MembraneUpdate::Leak => None,
        }
    }
}

/// How neurons turn their membrane into spikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Soma {
    /// At the threshold the neuron fires, and its membrane returns to zero.
    IntegrateAndFire,
    /// The membrane is the field; a neuron against it flips.
    Sign,
}

#[derive(Clone, Copy, Debug)]
enum ControllerStage {
    /// Memories off: for an event, and for the output port to be quiet.
    Wait,
    Push(EventJob),
    /// The acknowledge of the input port rises in this cycle.
    Acknowledge,
    /// The acknowledge falls in this cycle, which is one of [`Self::Wait`].
    Release,
    Read(EventJob, usize),
    Write(EventJob, usize),
    /// A spike waits for room in the event queue, which only the end of its own scan could make.
    Jammed(usize),
    Pop,
    Ended,
}

#[derive(Debug)]
pub(crate) struct Controller {
    soma: Soma,
    /// Spikes come back as events.
    loops: bool,
    /// The event queue; the event at work keeps its entry until it is done.
    queue: VecDeque<EventJob>,
    stage: ControllerStage,
    wake: Option<Cycle>,
    stalled_since: Option<Cycle>,
    flipped_in_scan: bool,
    outcome: Option<Outcome>,
    pub(crate) spikes: Vec<(Cycle, NeuronIdx)>,
}

impl Controller {
    /// A controller that waits in cycle 0, or has ended if there is nothing to do.
    pub(crate) fn new(soma: Soma, loops: bool, idle: bool) -> Self {
        Self {
            soma,
            loops,
            queue: VecDeque::new(),
            stage: if idle { ControllerStage::Ended } else { ControllerStage::Wait },
            wake: (!idle).then_some(Cycle::ZERO),
            stalled_since: None,
            flipped_in_scan: false,
            outcome: idle.then_some(Outcome::Converged),
            spikes: Vec::new(),
        }
    }

    /// The next cycle in which the controller acts by itself; a stall ends when the output port says so.
    pub(crate) const fn next(&self) -> Option<Cycle> {
        self.wake
    }

    /// Whether there is something to do in this cycle, or to look whether a stall has ended.
    pub(crate) fn is_due(&self, now: Cycle) -> bool {
        self.wake == Some(now) || self.stalled_since.is_some()
    }

    pub(crate) fn act<S: CrossbarSink>(
        &mut self,
        host: &mut HostPort,
        port: &mut OutputPort,
        ctx: &mut CrossbarContext<'_, S>,
    ) {
        self.wake = None;
        match self.stage {
            ControllerStage::Wait => self.wait(host, port, ctx),
            ControllerStage::Push(job) => self.push(job, ctx),
            ControllerStage::Acknowledge => {
                self.stage = ControllerStage::Release;
                let leaves = host.acknowledge(ctx);
                ctx.activity.acknowledge_cycles += (leaves - ctx.now).get();
                self.wake = Some(leaves);
            }
            ControllerStage::Release => {
                host.release(ctx);
                if !self.ends(host, ctx) {
                    self.stage = ControllerStage::Wait;
                    self.wait(host, port, ctx);
                }
            }
            ControllerStage::Read(job, neuron) => self.read(job, neuron, port, ctx),
            ControllerStage::Write(job, neuron) => self.write(job, neuron, host, port, ctx),
            ControllerStage::Pop => self.pop(host, port, ctx),
            ControllerStage::Jammed(_) | ControllerStage::Ended => {}
        }
    }

    /// Begins an event in the next cycle if there is one and the output port is quiet. What waits in the event queue comes
    /// before what the host asks for.
    fn wait<S: CrossbarSink>(
        &mut self,
        host: &mut HostPort,
        port: &OutputPort,
        ctx: &mut CrossbarContext<'_, S>,
    ) {
        if ctx.config.output_policy == QueuePolicy::Stall && !port.is_empty() {
            return self.stall(CrossbarTrace::WaitQuiet, ctx);
        }
        self.stalled_since = None;
        self.flipped_in_scan = false;
        if let Some(&job) = self.queue.front() {
            if let EventRoute::Looped(neuron) = job.route {
                ctx.activity.looped_events += 1;
                ctx.trace(CrossbarTrace::Take { neuron });
            }
            self.go(ControllerStage::Read(job, job.first), ctx);
        } else if let Some(job) = host.take(ctx.now) {
            ctx.activity.host_events += 1;
            let pushed = job.route == EventRoute::Pushed;
            let next =
                if pushed { ControllerStage::Push(job) } else { ControllerStage::Read(job, job.first) };
            self.go(next, ctx);
        } else {
            self.wake = host.visible();
        }
    }

    fn push<S: CrossbarSink>(&mut self, job: EventJob, ctx: &mut CrossbarContext<'_, S>) {
        ctx.activity.push_cycles += 1;
        ctx.trace(CrossbarTrace::Push);
        self.queue.push_back(job);
        self.go(ControllerStage::Acknowledge, ctx);
    }

    fn read<S: CrossbarSink>(
        &mut self,
        job: EventJob,
        neuron: usize,
        port: &OutputPort,
        ctx: &mut CrossbarContext<'_, S>,
    ) {
        let stalls = ctx.config.output_policy == QueuePolicy::Stall;
        if stalls && job.judges && !port.has_room(ctx.config.output_queue) {
            return self.stall(CrossbarTrace::StallOutput, ctx);
        }
        self.end_stall(ctx.now, ctx);
        let per_word = ctx.config.weights_per_word as usize;
        if let Some(row) = job.row()
            && neuron.is_multiple_of(per_word)
        {
            ctx.activity.weight_words += 1;
            ctx.activity.weight_select_cycles += 1;
            ctx.trace(CrossbarTrace::ReadRow { row, word: neuron / per_word });
        }
        ctx.activity.neuron_read_cycles += 1;
        ctx.activity.scan_cycles += 1;
        ctx.trace(CrossbarTrace::Read { neuron: NeuronIdx::from_usize(neuron) });
        self.go(ControllerStage::Write(job, neuron), ctx);
    }

    fn write<S: CrossbarSink>(
        &mut self,
        job: EventJob,
        neuron: usize,
        host: &HostPort,
        port: &mut OutputPort,
        ctx: &mut CrossbarContext<'_, S>,
    ) {
        let index = NeuronIdx::from_usize(neuron);
        let membrane = updated(job.update, neuron, ctx);
        let spikes = job.judges && self.judge(neuron, membrane, ctx);
        if spikes && self.jams(ctx) {
            self.stage = ControllerStage::Jammed(neuron);
            return self.stall(CrossbarTrace::StallEvent, ctx);
        }
        let fires = spikes && self.soma == Soma::IntegrateAndFire;
        let membrane = if fires { 0 } else { membrane };
        ctx.membranes[neuron] = membrane;
        if job.row().is_some() && neuron.is_multiple_of(ctx.config.weights_per_word as usize) {
            ctx.activity.weight_select_cycles += 1;
        }
        ctx.activity.neuron_write_cycles += 1;
        ctx.activity.scan_cycles += 1;
        ctx.trace(CrossbarTrace::Write { neuron: index, membrane });
        if spikes {
            self.spike(index, ctx);
            port.send(index, ctx.now);
        }
        match (neuron < job.last, job.update) {
            (true, _) => self.go(ControllerStage::Read(job, neuron + 1), ctx),
            (false, MembraneUpdate::Row { .. }) => self.go(ControllerStage::Pop, ctx),
            (false, MembraneUpdate::Leak) => self.go(ControllerStage::Acknowledge, ctx),
            (false, MembraneUpdate::Add(_)) => self.finish(host, ctx),
        }
    }

    /// Whether the neuron spikes; with a negative threshold none fires.
    fn judge<S>(&self, neuron: usize, membrane: i64, ctx: &mut CrossbarContext<'_, S>) -> bool {
        ctx.activity.evaluations += 1;
        match self.soma {
            Soma::IntegrateAndFire => {
                let threshold = i64::from(ctx.config.threshold);
                threshold >= 0 && membrane >= threshold
            }
            Soma::Sign => {
                let may = ctx.config.flips == FlipPolicy::All || !self.flipped_in_scan;
                may && membrane * i64::from(ctx.state.sign(neuron)) < 0
            }
        }
    }

    fn has_room<S>(&self, ctx: &CrossbarContext<'_, S>) -> bool {
        self.queue.len() < ctx.config.event_queue as usize
    }

    fn jams<S>(&self, ctx: &CrossbarContext<'_, S>) -> bool {
        self.loops && ctx.config.event_policy == QueuePolicy::Stall && !self.has_room(ctx)
    }

    fn spike<S: CrossbarSink>(&mut self, neuron: NeuronIdx, ctx: &mut CrossbarContext<'_, S>) {
        ctx.activity.spikes += 1;
        self.spikes.push((ctx.now, neuron));
        let factor = match self.soma {
            Soma::IntegrateAndFire => {
                ctx.trace(CrossbarTrace::Fire { neuron });
                1
            }
            Soma::Sign => {
                ctx.state.flip(neuron.get());
                let up = ctx.state.get(neuron.get());
                ctx.trace(CrossbarTrace::Flip { neuron, up });
                self.flipped_in_scan = true;
                // The state moves by two: a shift of the weight, not a multiplication.
                if up { 2 } else { -2 }
            }
        };
        if self.loops && self.has_room(ctx) {
            let update = MembraneUpdate::Row { row: neuron, factor };
            let last = ctx.image.n() as usize - 1;
            let route = EventRoute::Looped(neuron);
            self.queue.push_back(EventJob { update, first: 0, last, judges: true, route });
        } else if self.loops {
            ctx.activity.looped_dropped += 1;
            ctx.fault(FaultKind::QueueOverflow { queue: "event", depth: ctx.config.event_queue });
        }
    }

    fn pop<S: CrossbarSink>(&mut self, host: &HostPort, port: &OutputPort, ctx: &mut CrossbarContext<'_, S>) {
        if ctx.config.output_policy == QueuePolicy::Stall && !port.is_empty() {
            return self.stall(CrossbarTrace::WaitOutput, ctx);
        }
        self.end_stall(ctx.now, ctx);
        ctx.activity.pop_cycles += 1;
        ctx.trace(CrossbarTrace::Pop);
        self.finish(host, ctx);
    }

    /// The event is done and its entry of the event queue free; a cycle of [`ControllerStage::Wait`] comes next.
    fn finish<S>(&mut self, host: &HostPort, ctx: &mut CrossbarContext<'_, S>) {
        self.queue.pop_front();
        if !self.ends(host, ctx) {
            self.go(ControllerStage::Wait, ctx);
        }
    }

    /// Whether nothing is left to do, or enough has been done.
    fn ends<S>(&mut self, host: &HostPort, ctx: &CrossbarContext<'_, S>) -> bool {
        let enough = ctx.activity.looped_events >= ctx.config.max_events;
        self.outcome = match self.queue.front().map(|job| job.route) {
            Some(EventRoute::Looped(_)) if enough => Some(Outcome::StepLimit),
            None if host.is_empty() => Some(Outcome::Converged),
            _ => None,
        };
        if self.outcome.is_some() {
            self.stage = ControllerStage::Ended;
        }
        self.outcome.is_some()
    }

    fn go<S>(&mut self, stage: ControllerStage, ctx: &CrossbarContext<'_, S>) {
        self.stage = stage;
        self.wake = Some(ctx.now + Cycles::ONE);
    }

    fn stall<S: CrossbarSink>(&mut self, why: CrossbarTrace, ctx: &mut CrossbarContext<'_, S>) {
        if self.stalled_since.is_none() {
            self.stalled_since = Some(ctx.now);
            ctx.trace(why);
        }
    }

    /// Charges a wait that lasted until `end`, if there was one.
    pub(crate) fn end_stall<S>(&mut self, end: Cycle, ctx: &mut CrossbarContext<'_, S>) {
        let Some(since) = self.stalled_since.take() else { return };
        let waited = (end - since).get();
        match self.stage {
            ControllerStage::Read(job, neuron) => {
                ctx.activity.scan_cycles += waited;
                ctx.activity.output_stall_cycles += waited;
                ctx.activity.neuron_read_cycles += waited;
                let selects = neuron.is_multiple_of(ctx.config.weights_per_word as usize);
                if job.row().is_some() && selects {
                    ctx.activity.weight_select_cycles += waited;
                }
            }
            ControllerStage::Jammed(_) => ctx.activity.scan_cycles += waited,
            ControllerStage::Pop => ctx.activity.pop_cycles += waited,
            _ => {}
        }
    }

    /// How the events ended, once they have.
    pub(crate) const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The word for the end of the run: events of the host are done, a retrieval has an outcome.
    pub(crate) fn ending(&self, outcome: Option<Outcome>) -> &'static str {
        match (outcome, self.soma) {
            (None, _) => "stuck",
            (Some(Outcome::Converged), Soma::IntegrateAndFire) => "done",
            (Some(outcome), _) => outcome.name(),
        }
    }

    /// What the controller waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        match self.stage {
            ControllerStage::Read(_, neuron) => {
                format!("controller: room in the output queue, to read neuron {neuron}")
            }
            ControllerStage::Jammed(neuron) => {
                format!("controller: room in the event queue, for the spike of neuron {neuron}")
            }
            ControllerStage::Pop => "controller: the output queue to empty".to_owned(),
            ControllerStage::Wait => "controller: the output port to be quiet, for the next event".to_owned(),
            ControllerStage::Push(_)
            | ControllerStage::Acknowledge
            | ControllerStage::Release
            | ControllerStage::Write(..) => "controller: its turn".to_owned(),
            ControllerStage::Ended => "controller: nothing".to_owned(),
        }
    }
}

/// The membrane of `neuron` after the update, held within its width.
fn updated<S: CrossbarSink>(update: MembraneUpdate, neuron: usize, ctx: &mut CrossbarContext<'_, S>) -> i64 {
    let before = ctx.membranes[neuron];
    let after = match update {
        MembraneUpdate::Row { row, factor } => {
            ctx.activity.synaptic_operations += 1;
            before + i64::from(ctx.image.row(row.get())[neuron]) * i64::from(factor)
        }
        MembraneUpdate::Add(weight) => {
            ctx.activity.synaptic_operations += 1;
            before + i64::from(weight)
        }
        MembraneUpdate::Leak => {
            ctx.activity.leaks += 1;
            before - before.signum() * before.abs().min(ctx.config.leak.into())
        }
    };
    let (min, max) = ctx.membrane_range;
    if after < min || after > max {
        let neuron = NeuronIdx::from_usize(neuron);
        ctx.fault(FaultKind::AccumulatorOverflow { neuron, value: after });
    }
    after.clamp(min, max)
}
