//! The controller: takes events, scans the neurons they concern, and hands on the spikes.
//!
//! One datapath serves all neurons in turn: a cycle reads a neuron (and the word of weight memory its weight lies in),
//! the next writes it back. The neuron counter holds still while a read waits for room in the output queue, and the
//! memory enables are decoded from it: what is being read is read again in every cycle of the wait.

use crate::CrossbarContext;
use crate::config::FlipPolicy;
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

/// An event at work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventJob {
    pub(crate) update: MembraneUpdate,
    /// The first and the last neuron concerned.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// Neurons are compared with their threshold and may spike.
    pub(crate) judges: bool,
    /// The host's events pass a push state on their way in; leaks do not.
    pub(crate) pushes: bool,
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
    /// The membrane is the field; a neuron against it flips, and its flip comes back as an event.
    Sign,
}

#[derive(Clone, Copy, Debug)]
enum ControllerStage {
    /// The next event is taken in this cycle.
    Next,
    Push(EventJob),
    Read(EventJob, usize),
    Write(EventJob, usize),
    /// A flip waits for room in the event queue, which only the end of its own scan could make.
    Jammed(usize),
    Pop,
    Ended,
}

#[derive(Debug)]
pub(crate) struct Controller {
    soma: Soma,
    host: VecDeque<EventJob>,
    /// The event queue: flips to be delivered, with the factor of their row.
    looped: VecDeque<(NeuronIdx, i32)>,
    stage: ControllerStage,
    wake: Option<Cycle>,
    stalled_since: Option<Cycle>,
    flipped_in_scan: bool,
    outcome: Option<Outcome>,
    pub(crate) spikes: Vec<(Cycle, NeuronIdx)>,
}

impl Controller {
    pub(crate) fn new(soma: Soma, host: VecDeque<EventJob>) -> Self {
        let idle = host.is_empty();
        Self {
            soma,
            host,
            looped: VecDeque::new(),
            stage: if idle { ControllerStage::Ended } else { ControllerStage::Next },
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

    pub(crate) fn act<S: CrossbarSink>(&mut self, port: &mut OutputPort, ctx: &mut CrossbarContext<'_, S>) {
        self.wake = None;
        if matches!(self.stage, ControllerStage::Next) {
            self.take(ctx);
        }
        match self.stage {
            ControllerStage::Push(job) => self.push(job, ctx),
            ControllerStage::Read(job, neuron) => self.read(job, neuron, port, ctx),
            ControllerStage::Write(job, neuron) => self.write(job, neuron, port, ctx),
            ControllerStage::Pop => self.pop(port, ctx),
            ControllerStage::Next | ControllerStage::Jammed(_) | ControllerStage::Ended => {}
        }
    }

    /// Neurons flip in the host's last event at the earliest, so a flip and an event of the host never wait together.
    fn take<S: CrossbarSink>(&mut self, ctx: &mut CrossbarContext<'_, S>) {
        self.flipped_in_scan = false;
        if let Some((neuron, factor)) = self.looped.pop_front() {
            ctx.activity.looped_events += 1;
            ctx.trace(CrossbarTrace::Take { neuron });
            let update = MembraneUpdate::Row { row: neuron, factor };
            let last = ctx.image.n() as usize - 1;
            self.stage =
                ControllerStage::Read(EventJob { update, first: 0, last, judges: true, pushes: false }, 0);
        } else if let Some(job) = self.host.pop_front() {
            ctx.activity.host_events += 1;
            self.stage =
                if job.pushes { ControllerStage::Push(job) } else { ControllerStage::Read(job, job.first) };
        }
    }

    fn push<S: CrossbarSink>(&mut self, job: EventJob, ctx: &mut CrossbarContext<'_, S>) {
        ctx.activity.push_cycles += 1;
        ctx.trace(CrossbarTrace::Push);
        self.go(ControllerStage::Read(job, job.first), ctx);
    }

    fn read<S: CrossbarSink>(
        &mut self,
        job: EventJob,
        neuron: usize,
        port: &OutputPort,
        ctx: &mut CrossbarContext<'_, S>,
    ) {
        let stalls = ctx.config.queue_policy == QueuePolicy::Stall;
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
        port: &mut OutputPort,
        ctx: &mut CrossbarContext<'_, S>,
    ) {
        let index = NeuronIdx::from_usize(neuron);
        let membrane = updated(job.update, neuron, ctx);
        let spikes = job.judges && self.judge(neuron, membrane, ctx);
        if spikes && self.jams(ctx) {
            self.stage = ControllerStage::Jammed(neuron);
            return ctx.trace(CrossbarTrace::StallEvent);
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
        match (neuron < job.last, job.row()) {
            (true, _) => self.go(ControllerStage::Read(job, neuron + 1), ctx),
            (false, Some(_)) => self.go(ControllerStage::Pop, ctx),
            (false, None) => self.finish(ctx),
        }
    }

    /// Whether the neuron spikes.
    fn judge<S>(&self, neuron: usize, membrane: i64, ctx: &mut CrossbarContext<'_, S>) -> bool {
        ctx.activity.evaluations += 1;
        match self.soma {
            Soma::IntegrateAndFire => membrane >= ctx.config.threshold.into(),
            Soma::Sign => {
                let may = ctx.config.flips == FlipPolicy::All || !self.flipped_in_scan;
                may && membrane * i64::from(ctx.state.sign(neuron)) < 0
            }
        }
    }

    fn jams<S>(&self, ctx: &CrossbarContext<'_, S>) -> bool {
        self.soma == Soma::Sign
            && ctx.config.queue_policy == QueuePolicy::Stall
            && self.looped.len() >= ctx.config.event_queue as usize
    }

    fn spike<S: CrossbarSink>(&mut self, neuron: NeuronIdx, ctx: &mut CrossbarContext<'_, S>) {
        ctx.activity.spikes += 1;
        self.spikes.push((ctx.now, neuron));
        if self.soma == Soma::IntegrateAndFire {
            return ctx.trace(CrossbarTrace::Fire { neuron });
        }
        ctx.state.flip(neuron.get());
        let up = ctx.state.get(neuron.get());
        ctx.trace(CrossbarTrace::Flip { neuron, up });
        self.flipped_in_scan = true;
        if self.looped.len() < ctx.config.event_queue as usize {
            // The state moves by two: a shift of the weight, not a multiplication.
            self.looped.push_back((neuron, if up { 2 } else { -2 }));
        } else {
            ctx.activity.looped_dropped += 1;
            ctx.fault(FaultKind::QueueOverflow { queue: "event", depth: ctx.config.event_queue });
        }
    }

    fn pop<S: CrossbarSink>(&mut self, port: &OutputPort, ctx: &mut CrossbarContext<'_, S>) {
        if ctx.config.queue_policy == QueuePolicy::Stall && !port.is_empty() {
            return self.stall(CrossbarTrace::WaitOutput, ctx);
        }
        self.end_stall(ctx.now, ctx);
        ctx.activity.pop_cycles += 1;
        ctx.trace(CrossbarTrace::Pop);
        self.finish(ctx);
    }

    /// The event is done: the next one begins in the next cycle, without a cycle in between.
    fn finish<S>(&mut self, ctx: &CrossbarContext<'_, S>) {
        if !self.looped.is_empty() && ctx.activity.looped_events >= ctx.config.max_events {
            self.stage = ControllerStage::Ended;
            self.outcome = Some(Outcome::StepLimit);
        } else if self.looped.is_empty() && self.host.is_empty() {
            self.stage = ControllerStage::Ended;
            self.outcome = Some(Outcome::Converged);
        } else {
            self.go(ControllerStage::Next, ctx);
        }
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
            _ => ctx.activity.pop_cycles += waited,
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
            (Some(_), Soma::IntegrateAndFire) => "done",
            (Some(outcome), Soma::Sign) => outcome.name(),
        }
    }

    /// What the controller waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        match self.stage {
            ControllerStage::Read(_, neuron) => {
                format!("controller: room in the output queue, to read neuron {neuron}")
            }
            ControllerStage::Jammed(neuron) => {
                format!("controller: room in the event queue, for the flip of neuron {neuron}")
            }
            ControllerStage::Pop => "controller: the output queue to empty".to_owned(),
            ControllerStage::Next | ControllerStage::Push(_) | ControllerStage::Write(..) => {
                "controller: its turn".to_owned()
            }
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
