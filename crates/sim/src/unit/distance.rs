//! The distance unit: pattern memory, distance counters, candidate list and kernel table, behind the spike queue.
//!
//! One job at a time. A *first pass* recounts all distances from the pattern bits; a *stream* sends kernel words to the
//! MAC array; a *spike* moves distances by one and, where fields are kept, sends the kernel
//! words that change. Streams and spikes work
//! on the counter memory (`dense`) or, where the near patterns fit it, on the candidate list (`listed`).

mod candidates;
pub(crate) mod count;
pub(crate) mod counters;
pub(crate) mod dense;
pub(crate) mod first_pass;
mod listed;
mod next;
pub(crate) mod rows;
pub(crate) mod sender;
pub(crate) mod sliced;

use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::dataflow::Needs;
use crate::fault::FaultKind;
use crate::message::{KernelStream, Message, Spike, UnitId};
use crate::trace::{Sink, TraceEvent};
use candidates::{CandidateList, Window};
use count::looks_ahead;
use counters::{CounterMemory, window_end};
use dense::{Dense, Pass, Task};
use first_pass::{FirstPass, Purpose};
use klr_image::{CoreImage, TableForm};
use klr_units::{Cycle, Cycles, State};
use listed::{ListProgress, ListStream, ListUpdate};
use next::Next;
use sender::Sender;
use sliced::SlicedCounters;
use std::collections::VecDeque;

#[derive(Debug)]
pub(crate) struct DistanceUnit {
    needs: Needs,
    counters: CounterMemory,
    /// The candidate list, while it is in use.
    list: Option<CandidateList>,
    /// The state as far as the spikes taken so far tell: what a recount compares the patterns with. The state register
    /// may be ahead, by spikes that still wait.
    seen: State,
    job: Option<Job>,
    spikes: VecDeque<Spike>,
    /// A stream that was commanded while a spike was being served.
    waiting: Option<KernelStream>,
    sender: Sender,
    /// The first cycle after a spike that was served in one go.
    resting_until: Cycle,
    /// How often the distances have changed.
    revision: u64,
}

#[derive(Debug)]
enum Job {
    FirstPass(Box<FirstPass>, After),
    Dense(Pass),
    ListStream(ListStream, After),
    ListUpdate(ListUpdate, Spike),
}

/// What follows a first pass or a reload of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The report to the sequencer that asked for it.
    Report,
    /// The report on the spike that caused it; fields that are kept are reloaded first.
    SpikeDone,
}

impl DistanceUnit {
    pub(crate) fn new(image: &CoreImage, needs: Needs, config: &ConfigSpec) -> Self {
        let table = image.table();
        let window = Window {
            entries: u32::try_from(table.window()).unwrap_or(u32::MAX),
            relative: table.form() == TableForm::NearestRelative,
        };
        let list = (config.candidates > 0)
            .then(|| CandidateList::new(config.candidates as usize, config.candidate_margin, window));
        Self {
            needs,
            counters: CounterMemory::new(image),
            list,
            seen: State::all_minus(image.n() as usize),
            job: None,
            spikes: VecDeque::new(),
            waiting: None,
            sender: Sender::new(config.activation_queue),
            resting_until: Cycle::ZERO,
            revision: 0,
        }
    }

    // ----- messages --------------------------------------------------------------------------------------------------

    pub(crate) fn first_pass<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        self.seen.clone_from(&ctx.state);
        self.revision += 1;
        if self.list.is_some() {
            ctx.activity.state_bits_written += u64::from(ctx.image.n());
        }
        let job = self.new_first_pass(After::Report, ctx);
        self.start(job, ctx);
    }

    pub(crate) fn stream<S: Sink>(&mut self, stream: KernelStream, ctx: &mut Context<'_, S>) {
        if !self.is_idle() {
            // Only a pipelined sequencer asks while a spike is being served; the spike goes first.
            debug_assert!(self.waiting.is_none(), "one stream at a time");
            self.waiting = Some(stream);
            return;
        }
        let job = self.new_stream(stream, false, After::Report, ctx.image);
        self.start(job, ctx);
    }

    fn start<S>(&mut self, job: Job, ctx: &mut Context<'_, S>) {
        self.job = Some(job);
        ctx.queue.wake(UnitId::Distance, ctx.now);
    }

    /// A spike reaches the spike queue.
    pub(crate) fn spike<S: Sink>(&mut self, spike: Spike, ctx: &mut Context<'_, S>) {
        let depth = ctx.config.spike_queue;
        if self.spikes.len() >= depth as usize && ctx.config.queue_policy == QueuePolicy::Drop {
            ctx.activity.spikes_dropped += 1;
            ctx.fault(FaultKind::QueueOverflow { queue: "spike", depth });
            // The report comes all the same, so that the sequencer does not wait for ever.
            ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeDone { nearest: u32::MAX, lost: true });
            return;
        }
        self.spikes.push_back(spike);
        ctx.trace(TraceEvent::SpikeEnters { neuron: spike.neuron, depth: self.spikes.len() });
        if self.job.is_none() {
            ctx.queue.wake(UnitId::Distance, ctx.now);
        }
    }

    /// An entry of the activation queue is free again.
    pub(crate) fn credit<S>(&mut self, ctx: &mut Context<'_, S>) {
        if self.sender.credit(ctx) {
            ctx.queue.wake(UnitId::Distance, ctx.now);
        }
    }

    // ----- jobs ------------------------------------------------------------------------------------------------------

    fn new_first_pass<S>(&mut self, after: After, ctx: &Context<'_, S>) -> Job {
        let purpose = match &mut self.list {
            None => Purpose::Counters,
            Some(list) => {
                list.clear();
                match ctx.config.probed_columns(ctx.image) {
                    0 => Purpose::Candidates,
                    columns => Purpose::Elimination(columns as usize),
                }
            }
        };
        let slices = ctx.config.distance_slices as usize;
        Job::FirstPass(Box::new(FirstPass::new(ctx.image, purpose, slices)), after)
    }

    fn new_stream(&self, stream: KernelStream, clear: bool, after: After, image: &CoreImage) -> Job {
        match &self.list {
            Some(list) => Job::ListStream(ListStream::new(stream, clear, list, self.needs, image), after),
            None => Job::Dense(Pass::new(Task::Stream { stream, group: 0 }, clear)),
        }
    }

    pub(crate) fn act<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if ctx.now < self.resting_until {
            return;
        }
        if self.job.is_none() {
            self.take_next(ctx);
        }
        if let Some(Job::Dense(pass)) = &mut self.job {
            // In its place: it goes on in nearly every cycle.
            let mut unit =
                Dense { needs: self.needs, counters: &mut self.counters, sender: &mut self.sender };
            match pass.step(&mut unit, ctx) {
                Next::Wake(at) => ctx.queue.wake(UnitId::Distance, at),
                Next::Sleep => {}
                Next::Done => self.end_dense(ctx),
            }
            return;
        }
        match self.job.take() {
            None | Some(Job::Dense(_)) => {}
            Some(Job::FirstPass(pass, after)) => self.act_first_pass(pass, after, ctx),
            Some(Job::ListStream(stream, after)) => self.act_list_stream(stream, after, ctx),
            Some(Job::ListUpdate(update, spike)) => self.act_list_update(update, spike, ctx),
        }
    }

    /// The next spike, or the stream that waited for the last one.
    fn take_next<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if let Some(spike) = self.take_spike(ctx) {
            self.serve_spike(spike, ctx);
        } else if let Some(stream) = self.waiting.take() {
            self.job = Some(self.new_stream(stream, false, After::Report, ctx.image));
        }
    }

    /// Takes the next spike from its queue.
    pub(crate) fn take_spike<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> Option<Spike> {
        let spike = self.spikes.pop_front()?;
        ctx.activity.spikes_taken += 1;
        ctx.trace(TraceEvent::SpikeTaken { neuron: spike.neuron });
        if ctx.config.queue_policy == QueuePolicy::Stall {
            ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeCredit);
        }
        // The spike names the new value (S5): after one that was lost it can be the value that is there.
        let neuron = spike.neuron.get();
        if self.seen.get(neuron) != spike.up {
            self.seen.flip(neuron);
        }
        self.revision += 1;
        Some(spike)
    }

    fn serve_spike<S: Sink>(&mut self, spike: Spike, ctx: &mut Context<'_, S>) {
        if let Some(list) = &self.list {
            ctx.activity.state_bits_written += 1;
            let update = ListUpdate::new(spike, list, ctx.image.geometry().distance_lanes());
            self.job = Some(Job::ListUpdate(update, spike));
            return;
        }
        let task = if looks_ahead(self.needs, ctx.image) {
            Task::Scan { spike, d_min: u32::MAX }
        } else {
            Task::Update { spike, d_min_before: self.counters.d_min, d_min: u32::MAX }
        };
        self.job = Some(Job::Dense(Pass::new(task, false)));
    }

    fn act_first_pass<S: Sink>(&mut self, mut pass: Box<FirstPass>, after: After, ctx: &mut Context<'_, S>) {
        if let Some(next) = pass.step(&self.seen, &mut self.list, ctx) {
            self.job = Some(Job::FirstPass(pass, after));
            ctx.queue.wake(UnitId::Distance, next);
            return;
        }
        match &self.list {
            Some(list) if !list.is_exact() => {
                // The near patterns do not fit the list: the counter memory serves the rest of the retrieval.
                self.list = None;
                ctx.activity.list_overflows += 1;
                ctx.trace(TraceEvent::ListOverflow);
                self.job = Some(self.new_first_pass(after, ctx));
                ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
                return;
            }
            Some(_) => {}
            None => {
                self.counters.d_min = pass.d_min();
                self.counters.distances = pass.into_distances();
            }
        }
        match after {
            After::Report => {
                ctx.queue.send(UnitId::Sequencer, 1, Message::DistancesReady { nearest: self.nearest() });
                self.idle(ctx);
            }
            After::SpikeDone if self.needs.keeps_fields => {
                // What the fields hold belongs to the old list: they are loaded anew.
                self.job = Some(self.new_stream(KernelStream::AllFields, true, After::SpikeDone, ctx.image));
                ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
            }
            After::SpikeDone => self.spike_done(ctx),
        }
    }

    fn end_dense<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let Some(Job::Dense(pass)) = self.job.take() else { return };
        match pass.task {
            Task::Stream { .. } if pass.reload => self.spike_done(ctx),
            Task::Stream { .. } => self.idle(ctx),
            Task::Scan { spike, d_min } => {
                // The pass that writes starts in the next cycle, with the smallest distance known before and after.
                let d_min_before = std::mem::replace(&mut self.counters.d_min, d_min);
                let update = Task::Update { spike, d_min_before, d_min: u32::MAX };
                self.job = Some(Job::Dense(Pass::new(update, false)));
                ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
            }
            Task::Update { d_min, .. } => {
                self.counters.d_min = d_min;
                self.spike_done(ctx);
            }
        }
    }

    fn act_list_stream<S: Sink>(&mut self, mut stream: ListStream, after: After, ctx: &mut Context<'_, S>) {
        let Some(list) = &self.list else { return };
        let next = stream.step(list, &mut self.sender, ctx);
        if next != Next::Done {
            self.keep(Job::ListStream(stream, after), next, ctx);
        } else if after == After::SpikeDone {
            self.spike_done(ctx);
        } else {
            self.idle(ctx);
        }
    }

    fn act_list_update<S: Sink>(&mut self, mut update: ListUpdate, spike: Spike, ctx: &mut Context<'_, S>) {
        let Some(list) = &mut self.list else { return };
        match update.step(self.needs.keeps_fields, list, &mut self.sender, ctx) {
            ListProgress::NotExact => {
                ctx.activity.list_refreshes += 1;
                self.job = Some(self.new_first_pass(After::SpikeDone, ctx));
                ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
            }
            ListProgress::Going(Next::Done) => self.spike_done(ctx),
            ListProgress::Going(next) => self.keep(Job::ListUpdate(update, spike), next, ctx),
        }
    }

    fn keep<S>(&mut self, job: Job, next: Next, ctx: &mut Context<'_, S>) {
        self.job = Some(job);
        if let Next::Wake(at) = next {
            ctx.queue.wake(UnitId::Distance, at);
        }
    }

    fn spike_done<S>(&mut self, ctx: &mut Context<'_, S>) {
        let nearest = self.nearest();
        ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeDone { nearest, lost: false });
        self.idle(ctx);
    }

    /// The unit has nothing to do; what waits is taken in the next cycle.
    fn idle<S>(&mut self, ctx: &mut Context<'_, S>) {
        if !self.spikes.is_empty() || self.waiting.is_some() {
            ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
        }
    }

    fn nearest(&self) -> u32 {
        self.list.as_ref().map_or(self.counters.d_min, CandidateList::d_min)
    }

    // ----- work that the engine does in one go -----------------------------------------------------------------------

    /// Nothing is under way and nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.job.is_none() && self.spikes.is_empty()
    }

    /// The counter memory, unless a candidate list is in use.
    pub(crate) fn counters(&self) -> Option<&CounterMemory> {
        self.list.is_none().then_some(&self.counters)
    }

    /// How often the distances have changed: what was derived from them holds as long as this stays.
    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    /// The spike that the unit takes when it acts in cycle `now`.
    pub(crate) fn next_spike(&self, now: Cycle) -> Option<Spike> {
        if now < self.resting_until || self.job.is_some() { None } else { self.spikes.front().copied() }
    }

    /// Counts the distances of `state` in one go, and returns the smallest.
    pub(crate) fn load(&mut self, state: &State, image: &CoreImage) -> u32 {
        self.seen.clone_from(state);
        self.revision += 1;
        // A pattern is one further away where its bit differs.
        let up: Vec<u64> = (0..state.n()).map(|i| if state.get(i) { u64::MAX } else { 0 }).collect();
        let columns = image.columns().chunks_exact(up.len());
        for (mut distances, columns) in self.counters.distances.blocks_mut().zip(columns) {
            distances.clear();
            distances.count_rows(columns.iter().zip(&up).map(|(column, up)| column ^ up));
        }
        self.counters.d_min = self.counters.distances.smallest(image);
        self.counters.d_min
    }

    /// The spike that was taken last has moved the distances: `moved` are exchanged for those before.
    pub(crate) fn exchange(&mut self, moved: &mut SlicedCounters, d_min: u32) {
        std::mem::swap(&mut self.counters.distances, moved);
        self.counters.d_min = d_min;
    }

    /// The spike that was taken in this cycle is done `cycles` from now; the next is taken in the cycle after.
    pub(crate) fn rest<S>(&mut self, cycles: u64, ctx: &mut Context<'_, S>) {
        let done = Message::SpikeDone { nearest: self.nearest(), lost: false };
        ctx.queue.send(UnitId::Sequencer, cycles + 1, done);
        self.resting_until = ctx.now + Cycles::new(cycles + 1);
        ctx.queue.wake(UnitId::Distance, self.resting_until);
    }

    // ----- observation -----------------------------------------------------------------------------------------------

    /// Spikes in the spike queue.
    pub(crate) fn queue_depth(&self) -> usize {
        self.spikes.len()
    }

    /// The smallest distance to any pattern and whether every kernel word is zero: what an observer sees, at no cost.
    pub(crate) fn observe(&self, image: &CoreImage) -> (u32, bool) {
        let table = image.table();
        match &self.list {
            Some(list) => {
                let distances = || list.entries().map(|(_, candidate)| candidate.distance);
                let d_min = distances().min().unwrap_or(0);
                (d_min, distances().all(|d| table.lookup(d, d_min) == 0))
            }
            None => {
                let d_min = self.counters.distances.smallest(image);
                let mut inside = self.counters.below(window_end(table, d_min), image);
                (d_min, inside.all(|(_, d)| table.lookup(d, d_min) == 0))
            }
        }
    }

    /// What the unit waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        let spikes = self.spikes.len();
        match (&self.job, self.sender.stalled_since()) {
            (Some(_), Some(since)) => format!(
                "distance unit: room in the activation queue, since cycle {} ({spikes} in the spike queue)",
                since.get()
            ),
            (Some(_), None) => format!("distance unit: data ({spikes} in the spike queue)"),
            (None, _) => format!("distance unit: a command ({spikes} in the spike queue)"),
        }
    }
}
