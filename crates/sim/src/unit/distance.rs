//! The distance unit: pattern memory, distance counters, candidate list and kernel table, behind the spike queue.
//!
//! One job at a time. A *first pass* recounts all distances from the pattern bits; a *stream* sends kernel words to the
//! MAC array; a *spike* moves distances by one, in `delta` with the kernel words that change. Streams and spikes work
//! on the counter memory (`dense`) or, where the near patterns fit it, on the candidate list (`listed`).

mod burst;
mod candidates;
mod dense;
mod first_pass;
mod listed;
mod sender;
mod sliced;

use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::dataflow::Dataflow;
use crate::fault::FaultKind;
use crate::message::{Message, Spike, Stream, Target, UnitId};
use crate::trace::{Sink, TraceEvent};
use candidates::{CandidateList, Window};
use dense::{Dense, Pass, Task};
use first_pass::{FirstPass, Purpose};
use klr_image::{CoreImage, KernelTable, TableForm};
use klr_units::fixed::unsigned_width;
use klr_units::{Cycle, Cycles, NeuronIdx, PatternIdx, State};
use listed::{ListProgress, ListStream, ListUpdate};
use sender::Sender;
use std::collections::VecDeque;

#[derive(Debug)]
pub(crate) struct DistanceUnit<'p> {
    /// The stored patterns row by row, for first passes in one go.
    patterns: &'p [State],
    dataflow: Dataflow,
    /// Content of the counter memory: the distance to every pattern, unless the list is in use.
    distances: Vec<u32>,
    /// Smallest distance, where the counter memory is in use.
    d_min: u32,
    /// The candidate list, while it is in use.
    list: Option<CandidateList>,
    /// The state as far as the spikes taken so far tell: what a recount compares the patterns with. The state register
    /// may be ahead, by spikes that still wait.
    seen: State,
    job: Option<Job>,
    spikes: VecDeque<Spike>,
    /// A stream that was commanded while a spike was being served.
    waiting: Option<Stream>,
    sender: Sender,
    /// The first cycle after a spike that was served in one go.
    resting_until: Cycle,
    /// Distances after a spike, before it is known whether they are taken over.
    scratch: Vec<u32>,
    /// Patterns whose kernel word is not zero, for streams in one go.
    live: Vec<(PatternIdx, i64)>,
    live_is_fresh: bool,
    /// A sum can leave its accumulator, so sums have to be made in order.
    may_overflow: bool,
}

#[derive(Debug)]
enum Job {
    FirstPass(FirstPass, After),
    Dense(Pass),
    ListStream(ListStream, After),
    ListUpdate(ListUpdate, Spike),
}

/// What follows a first pass or a reload of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The report to the sequencer that asked for it.
    Report,
    /// The report on the spike that caused it; in `delta` the fields are reloaded first.
    SpikeDone,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Goes on in this cycle.
    Wake(Cycle),
    /// Goes on when a credit arrives.
    Sleep,
    /// Is over.
    Done,
}

impl Progress {
    /// Goes on at the earliest of `times`; sleeps if there is none.
    fn at(times: [Option<Cycle>; 3]) -> Self {
        times.into_iter().flatten().min().map_or(Self::Sleep, Self::Wake)
    }
}

impl<'p> DistanceUnit<'p> {
    pub(crate) fn new(
        image: &CoreImage,
        patterns: &'p [State],
        dataflow: Dataflow,
        config: &ConfigSpec,
        may_overflow: bool,
    ) -> Self {
        let table = image.table();
        let window = Window {
            entries: u32::try_from(table.window()).unwrap_or(u32::MAX),
            relative: table.form() == TableForm::NearestRelative,
        };
        let list = (config.candidates > 0)
            .then(|| CandidateList::new(config.candidates as usize, config.candidate_margin, window));
        Self {
            patterns,
            dataflow,
            distances: vec![0; image.p() as usize],
            d_min: 0,
            list,
            seen: State::all_minus(image.n() as usize),
            job: None,
            spikes: VecDeque::new(),
            waiting: None,
            sender: Sender::new(config.activation_queue),
            resting_until: Cycle::ZERO,
            scratch: Vec::new(),
            live: Vec::new(),
            live_is_fresh: false,
            may_overflow,
        }
    }

    // ----- messages --------------------------------------------------------------------------------------------------

    pub(crate) fn first_pass<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        self.seen.clone_from(&ctx.state);
        self.live_is_fresh = false;
        if self.burst_first_pass(ctx) {
            return;
        }
        if self.list.is_some() {
            ctx.activity.state_bits_written += u64::from(ctx.image.n());
        }
        let job = self.new_first_pass(After::Report, ctx);
        self.start(job, ctx);
    }

    pub(crate) fn stream<S: Sink>(&mut self, stream: Stream, ctx: &mut Context<'_, S>) {
        if self.job.is_none() && self.spikes.is_empty() && self.burst_stream(stream, ctx) {
            return;
        }
        if self.job.is_some() || !self.spikes.is_empty() {
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
        let n = ctx.image.n();
        let purpose = match &mut self.list {
            None => Purpose::Counters,
            Some(list) => {
                list.clear();
                let columns = if ctx.config.probe_columns == 0 { n / 2 } else { ctx.config.probe_columns };
                let by_column = ctx.image.geometry().storage().patterns.has_columns();
                if ctx.config.partial_distance && by_column && columns > 0 && columns < n {
                    Purpose::Elimination(columns as usize)
                } else {
                    Purpose::Candidates
                }
            }
        };
        Job::FirstPass(FirstPass::new(ctx.image, purpose, ctx.config.distance_slices as usize), after)
    }

    fn new_stream(&self, stream: Stream, clear: bool, after: After, image: &CoreImage) -> Job {
        match &self.list {
            Some(list) => Job::ListStream(ListStream::new(stream, clear, list, image), after),
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
        match self.job.take() {
            None => {}
            Some(Job::FirstPass(pass, after)) => self.act_first_pass(pass, after, ctx),
            Some(Job::Dense(pass)) => self.act_dense(pass, ctx),
            Some(Job::ListStream(stream, after)) => self.act_list_stream(stream, after, ctx),
            Some(Job::ListUpdate(update, spike)) => self.act_list_update(update, spike, ctx),
        }
    }

    /// The next spike, or the stream that waited for the last one.
    fn take_next<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if let Some(spike) = self.spikes.pop_front() {
            self.take_spike(spike, ctx);
        } else if let Some(stream) = self.waiting.take() {
            self.job = Some(self.new_stream(stream, false, After::Report, ctx.image));
        }
    }

    fn take_spike<S: Sink>(&mut self, spike: Spike, ctx: &mut Context<'_, S>) {
        ctx.activity.spikes_taken += 1;
        ctx.trace(TraceEvent::SpikeTaken { neuron: spike.neuron });
        if ctx.config.queue_policy == QueuePolicy::Stall {
            ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeCredit);
        }
        self.seen.flip(spike.neuron.get());
        self.live_is_fresh = false;
        if let Some(list) = &self.list {
            ctx.activity.state_bits_written += 1;
            let update = ListUpdate::new(spike, list, ctx.image.geometry().distance_lanes());
            self.job = Some(Job::ListUpdate(update, spike));
            return;
        }
        if self.burst_spike(spike, ctx) {
            return;
        }
        let table = ctx.image.table();
        let task = if self.dataflow == Dataflow::Delta && table.form() == TableForm::NearestRelative {
            Task::Scan { spike, d_min: u32::MAX }
        } else {
            Task::Update { spike, origin_before: table.origin(self.d_min), d_min: u32::MAX }
        };
        self.job = Some(Job::Dense(Pass::new(task, false)));
    }

    fn act_first_pass<S: Sink>(&mut self, mut pass: FirstPass, after: After, ctx: &mut Context<'_, S>) {
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
                pass.store(ctx.image, &mut self.distances);
                self.d_min = pass.d_min();
            }
        }
        match (after, self.dataflow) {
            (After::Report, _) => {
                ctx.queue.send(UnitId::Sequencer, 1, Message::DistancesReady { nearest: self.nearest() });
                self.idle(ctx);
            }
            (After::SpikeDone, Dataflow::Delta) => {
                // What the fields hold belongs to the old list: they are loaded anew.
                self.job = Some(self.new_stream(Stream::AllFields, true, After::SpikeDone, ctx.image));
                ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
            }
            (After::SpikeDone, _) => self.spike_done(ctx),
        }
    }

    fn act_dense<S: Sink>(&mut self, mut pass: Pass, ctx: &mut Context<'_, S>) {
        let mut unit = Dense {
            dataflow: self.dataflow,
            distances: &mut self.distances,
            d_min: &mut self.d_min,
            sender: &mut self.sender,
        };
        let progress = pass.step(&mut unit, ctx);
        if progress != Progress::Done {
            self.keep(Job::Dense(pass), progress, ctx);
            return;
        }
        match pass.task {
            Task::Stream { .. } if pass.reload => self.spike_done(ctx),
            Task::Stream { .. } => self.idle(ctx),
            Task::Scan { spike, d_min } => {
                // The pass that writes starts in the next cycle, with the origin known before and after.
                let origin_before = ctx.image.table().origin(self.d_min);
                self.d_min = d_min;
                let update = Task::Update { spike, origin_before, d_min: u32::MAX };
                self.job = Some(Job::Dense(Pass::new(update, false)));
                ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
            }
            Task::Update { d_min, .. } => {
                self.d_min = d_min;
                self.spike_done(ctx);
            }
        }
    }

    fn act_list_stream<S: Sink>(&mut self, mut stream: ListStream, after: After, ctx: &mut Context<'_, S>) {
        let Some(list) = &self.list else { return };
        let progress = stream.step(list, &mut self.sender, ctx);
        if progress != Progress::Done {
            self.keep(Job::ListStream(stream, after), progress, ctx);
        } else if after == After::SpikeDone {
            self.spike_done(ctx);
        } else {
            self.idle(ctx);
        }
    }

    fn act_list_update<S: Sink>(&mut self, mut update: ListUpdate, spike: Spike, ctx: &mut Context<'_, S>) {
        let Some(list) = &mut self.list else { return };
        match update.step(self.dataflow == Dataflow::Delta, list, &mut self.sender, ctx) {
            ListProgress::NotExact => {
                ctx.activity.list_refreshes += 1;
                self.job = Some(self.new_first_pass(After::SpikeDone, ctx));
                ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
            }
            ListProgress::Going(Progress::Done) => self.spike_done(ctx),
            ListProgress::Going(progress) => self.keep(Job::ListUpdate(update, spike), progress, ctx),
        }
    }

    fn keep<S>(&mut self, job: Job, progress: Progress, ctx: &mut Context<'_, S>) {
        self.job = Some(job);
        if let Progress::Wake(at) = progress {
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
        self.list.as_ref().map_or(self.d_min, CandidateList::d_min)
    }

    // ----- observation -----------------------------------------------------------------------------------------------

    /// The smallest distance to any pattern and whether every kernel word is zero: what an observer sees, at no cost.
    pub(crate) fn observe(&self, table: &KernelTable) -> (u32, bool) {
        let distances: Vec<u32> = match &self.list {
            Some(list) => list.entries().iter().map(|candidate| candidate.distance).collect(),
            None => self.distances.clone(),
        };
        let d_min = distances.iter().copied().min().unwrap_or(0);
        (d_min, distances.into_iter().all(|d| table.lookup(d, d_min) == 0))
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

/// Bits of an entry of the candidate list: the pattern's index and its distance.
fn entry_bits(image: &CoreImage) -> u32 {
    unsigned_width(u64::from(image.p() - 1)) + image.counter_bits()
}

const fn target_of(stream: Stream, group: usize) -> Target {
    match stream {
        Stream::Groups(_) => Target::Group(group),
        Stream::Neuron(neuron) => Target::Neuron(neuron),
        Stream::AllFields => Target::AllFields,
    }
}

/// A row of pattern memory outside a first pass: one neuron's bits of a block, and what they are for.
#[derive(Clone, Copy, Debug)]
enum Row {
    /// The neuron has flipped, and every distance moves by one.
    Bits(NeuronIdx),
    /// The neuron's weights need their signs.
    Signs(NeuronIdx),
}

fn read_row<S: Sink>(block: usize, row: Row, ctx: &mut Context<'_, S>) {
    ctx.activity.pattern_bits_read += ctx.image.lanes(block) as u64;
    ctx.trace(match row {
        Row::Bits(neuron) => TraceEvent::PatternRead { block, neuron },
        Row::Signs(neuron) => TraceEvent::ColumnSigns { block, neuron },
    });
}

/// The neuron whose column of the patterns is read along with a stream: its bits are the signs of the weights in `sweep`
/// (D18). The MAC array reads the signs for other streams itself.
const fn sign_column(stream: Stream, image: &CoreImage) -> Option<NeuronIdx> {
    match stream {
        Stream::Neuron(neuron) if image.geometry().storage().shares_signs() => Some(neuron),
        _ => None,
    }
}

/// Whether somebody uses the smallest distance, so that the counters are compared for it: a nearest-relative table, or a
/// sequencer that stops at a stored pattern.
fn needs_minimum(image: &CoreImage, config: &ConfigSpec) -> bool {
    image.table().form() == TableForm::NearestRelative || config.early_stop
}

/// The largest value of a distance counter.
fn counter_max(image: &CoreImage) -> u32 {
    (1 << image.counter_bits()) - 1
}

/// The distance to a pattern after a flip: one less if the pattern agrees with the neuron's new value, else one more.
/// A counter that lost spikes can be wrong, and then wraps at `max` as the register does.
const fn moved(d: u32, agrees: bool, max: u32) -> u32 {
    (d + 1).wrapping_sub(2 * agrees as u32) & max
}

/// The lanes of `block` whose pattern agrees with the new value of a neuron that flipped.
fn agreeing(block: usize, spike: Spike, image: &CoreImage) -> u64 {
    let row = image.column(block, spike.neuron);
    if spike.up { row } else { !row }
}
