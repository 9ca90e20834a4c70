//! The sequencer: which neuron is next, the threshold comparison, the state register, and when a retrieval ends.

mod visits;

use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::dataflow::{Dataflow, Schedule};
use crate::message::{Fields, Message, Spike, Stream, UnitId};
use crate::trace::{Sink, TraceEvent};
use klr_image::{CoreImage, Order, Outcome};
use klr_units::{Cycle, Cycles, NeuronIdx, State};
use std::collections::VecDeque;
use visits::Visits;

#[derive(Debug)]
pub(crate) struct Sequencer {
    schedule: Schedule,
    stage: Stage,
    visits: Visits,
    /// Steps or sweeps that may still begin.
    steps_left: u64,
    flips_in_step: u64,
    /// The state before the last synchronous step, to see two-cycles.
    previous: Option<State>,
    /// Flips decided in the synchronous step at hand.
    decided: Vec<NeuronIdx>,
    /// The most violated neuron of the search at hand.
    worst: Option<(i64, NeuronIdx)>,
    /// Spikes that wait for a free entry of the spike queue.
    offered: VecDeque<Spike>,
    stalled_since: Option<Cycle>,
    /// Free entries of the spike queue, as far as this unit knows.
    credits: u32,
    /// Spikes sent whose updates are not yet reported as written.
    outstanding: u32,
    /// Sums for the field registers that are on their way.
    fields_pending: u32,
    /// The smallest distance to any pattern, as last reported.
    nearest: u32,
    /// A spike was lost, so the distances are wrong.
    lost: bool,
    /// Every stored pattern is known to be a fixed point.
    certified: bool,
    /// Updates were under way when the sweep at hand began, so a sweep without a flip proves nothing.
    unsettled: bool,
    inbox: VecDeque<Fields>,
    flips: Vec<(Cycle, NeuronIdx)>,
    outcome: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The cue is in the state register.
    Start,
    /// Waits for the end of a first pass.
    Distances,
    /// Waits for the fields of each group of neurons.
    Groups,
    /// Waits for the field of the neuron visited.
    Field,
    /// Waits until every spike is in the queue and every update it causes is done.
    Settle,
    /// Visits the next neuron.
    Visit,
    /// Waits for the comparator tree until this cycle.
    Search(Cycle),
    Ended,
}

impl Sequencer {
    pub(crate) fn new(image: &CoreImage, schedule: Schedule, config: &ConfigSpec, certified: bool) -> Self {
        let searches = schedule.order == Order::MostViolated && schedule.dataflow != Dataflow::Synchronous;
        let per_step = if searches { u64::from(image.n()) } else { 1 };
        Self {
            schedule,
            stage: Stage::Start,
            visits: Visits::new(image, schedule.order),
            steps_left: u64::from(config.max_steps) * per_step,
            flips_in_step: 0,
            previous: None,
            decided: Vec::new(),
            worst: None,
            offered: VecDeque::new(),
            stalled_since: None,
            credits: config.spike_queue,
            outstanding: 0,
            fields_pending: 0,
            nearest: u32::MAX,
            lost: false,
            certified,
            unsettled: false,
            inbox: VecDeque::new(),
            flips: Vec::new(),
            outcome: None,
        }
    }

    /// Takes a report of another unit; the sequencer acts on it in the same cycle.
    pub(crate) fn hear<S>(&mut self, message: Message, ctx: &mut Context<'_, S>) {
        match message {
            Message::DistancesReady { nearest } => self.nearest = nearest,
            Message::SpikeCredit => {
                self.credits += 1;
                if let Some(since) = self.stalled_since.take() {
                    ctx.activity.spike_stall_cycles += (ctx.now - since).get();
                }
            }
            Message::SpikeDone { nearest, lost } => {
                self.outstanding -= 1;
                self.nearest = nearest;
                self.lost |= lost;
                if lost && self.schedule.dataflow == Dataflow::Delta {
                    // No sum comes of a lost spike.
                    self.fields_pending -= 1;
                }
            }
            Message::Fields(Fields::All) => self.fields_pending -= 1,
            Message::Fields(fields) => self.inbox.push_back(fields),
            other => unreachable!("{other:?} is not for the sequencer"),
        }
        ctx.queue.wake(UnitId::Sequencer, ctx.now);
    }

    pub(crate) fn act<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        match self.stage {
            Stage::Start => self.load_cue(ctx),
            Stage::Distances => self.use_distances(ctx),
            Stage::Groups => self.compare_group(ctx),
            Stage::Field => self.compare_field(ctx),
            Stage::Settle => self.settle(ctx),
            Stage::Visit => self.visit(ctx),
            Stage::Search(until) if ctx.now >= until => self.flip_most_violated(ctx),
            Stage::Search(_) | Stage::Ended => {}
        }
    }

    fn load_cue<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        ctx.activity.state_bits_written += u64::from(ctx.image.n());
        ctx.trace(TraceEvent::Cue { n: ctx.image.n() });
        self.begin_step(ctx);
        self.recount(ctx);
    }

    fn begin_step<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        self.steps_left -= 1;
        self.flips_in_step = 0;
        self.unsettled = self.has_updates_under_way();
        self.worst = None;
        ctx.activity.steps += 1;
        ctx.trace(TraceEvent::Step { number: ctx.activity.steps });
    }

    fn recount<S>(&mut self, ctx: &mut Context<'_, S>) {
        ctx.queue.send(UnitId::Distance, 1, Message::FirstPass);
        self.stage = Stage::Distances;
    }

    /// Every dataflow starts from the distances; from here on they differ.
    fn use_distances<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if self.is_home() {
            return self.end(Outcome::Converged, ctx);
        }
        match self.schedule.dataflow {
            Dataflow::Synchronous => self.stream_groups(ctx),
            Dataflow::Sweep => self.visit(ctx),
            Dataflow::Delta => {
                self.fields_pending += 1;
                ctx.queue.send(UnitId::Distance, 1, Message::Stream(Stream::AllFields));
                self.stage = Stage::Settle;
            }
        }
    }

    // ----- synchronous -----------------------------------------------------------------------------------------------

    fn stream_groups<S>(&mut self, ctx: &mut Context<'_, S>) {
        let groups = Stream::Groups(ctx.image.groups());
        ctx.queue.send(UnitId::Distance, 1, Message::Stream(groups));
        self.stage = Stage::Groups;
    }

    /// All neurons of a group are compared in the cycle in which their fields retire.
    fn compare_group<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let Some(Fields::Group(group, fields)) = self.inbox.pop_front() else { return };
        ctx.activity.threshold_busy_cycles += 1;
        let first = group * ctx.image.geometry().mac_lanes();
        for (lane, &field) in fields.iter().enumerate() {
            let neuron = NeuronIdx::from_usize(first + lane);
            if self.violation(neuron, field, ctx) > 0 {
                self.decided.push(neuron);
            }
        }
        if group + 1 == ctx.image.groups() {
            self.commit(ctx);
        }
    }

    /// All decided flips happen together.
    fn commit<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let before = ctx.state.clone();
        let decided = std::mem::take(&mut self.decided);
        let spikes: Vec<Spike> = decided.into_iter().map(|neuron| self.flip(neuron, ctx)).collect();
        if spikes.is_empty() {
            return self.end(Outcome::Converged, ctx);
        }
        if self.previous.replace(before) == Some(ctx.state.clone()) {
            return self.end(Outcome::TwoCycle, ctx);
        }
        if self.steps_left == 0 {
            return self.end(Outcome::StepLimit, ctx);
        }
        if ctx.config.incremental {
            self.offered.extend(spikes);
            self.stage = Stage::Settle;
            self.settle(ctx);
        } else {
            self.begin_step(ctx);
            self.recount(ctx);
        }
    }

    // ----- sweep and delta -------------------------------------------------------------------------------------------

    /// One step of the order per cycle: `sweep` asks for the neuron's field, `delta` reads its register and compares.
    fn visit<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        self.stage = Stage::Visit;
        if self.is_home() {
            return self.end(Outcome::Converged, ctx);
        }
        if self.schedule.dataflow == Dataflow::Delta {
            if self.uses_bitmap(ctx.config) {
                return self.visit_violated(ctx);
            }
            if self.schedule.order == Order::MostViolated && ctx.config.tree_latency > 0 {
                return self.search(ctx);
            }
        }
        let Some(neuron) = self.visits.step() else {
            ctx.trace(TraceEvent::Skip);
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
            return;
        };
        if self.schedule.dataflow == Dataflow::Sweep {
            ctx.queue.send(UnitId::Distance, 1, Message::Stream(Stream::Neuron(neuron)));
            self.stage = Stage::Field;
            return;
        }
        ctx.activity.field_bits_read += u64::from(ctx.image.geometry().accumulator_bits());
        let field = ctx.fields[neuron.get()];
        self.threshold(neuron, field, ctx);
        if self.stage == Stage::Visit {
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }
    }

    /// A field has retired: compare it, and go on in the same cycle if nothing changes.
    fn compare_field<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let Some(Fields::Neuron(neuron, field)) = self.inbox.pop_front() else { return };
        self.stage = Stage::Visit;
        self.threshold(neuron, field, ctx);
        if self.stage == Stage::Visit {
            self.visit(ctx);
        }
    }

    /// Compares one field with its neuron, and flips the neuron, or remembers it for the end of the search.
    fn threshold<S: Sink>(&mut self, neuron: NeuronIdx, field: i64, ctx: &mut Context<'_, S>) {
        ctx.activity.threshold_busy_cycles += 1;
        let violation = self.violation(neuron, field, ctx);
        let mut flips = violation > 0;
        let mut flipped = neuron;
        if self.schedule.order == Order::MostViolated {
            if flips && self.worst.is_none_or(|(most, _)| violation > most) {
                self.worst = Some((violation, neuron));
            }
            flips = self.visits.visited == self.visits.n && self.worst.is_some();
            flipped = self.worst.map_or(neuron, |(_, worst)| worst);
        }
        if flips {
            self.flip_and_offer(flipped, ctx);
        } else {
            self.end_of_sweep(ctx);
        }
    }

    fn flip_and_offer<S: Sink>(&mut self, neuron: NeuronIdx, ctx: &mut Context<'_, S>) {
        let spike = self.flip(neuron, ctx);
        self.offered.push_back(spike);
        self.fields_pending += u32::from(self.schedule.dataflow == Dataflow::Delta);
        self.stage = Stage::Settle;
        self.settle(ctx);
    }

    /// The bitmap names the next violated neuron, in order, in one cycle; without one the retrieval is over.
    fn visit_violated<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let violated = |i: &u32| {
            let i = *i as usize;
            ctx.fields[i] * i64::from(ctx.state.sign(i)) < 0
        };
        let (n, position) = (ctx.image.n(), self.visits.visited);
        if let Some(i) = (position..n).find(violated) {
            self.visits.visited = i + 1;
            let neuron = NeuronIdx::new(i);
            let field = ctx.fields[neuron.get()];
            self.threshold(neuron, field, ctx);
        } else if (0..position).any(|i| violated(&i)) {
            self.visits.visited = 0;
            if self.steps_left == 0 {
                return self.end(Outcome::StepLimit, ctx);
            }
            self.begin_step(ctx);
            self.visit_violated(ctx);
        } else if !self.has_updates_under_way() {
            self.end(Outcome::Converged, ctx);
        }
        // With updates under way the bitmap may change: the report on them wakes the sequencer.
    }

    fn uses_bitmap(&self, config: &ConfigSpec) -> bool {
        config.bitmap && self.schedule.dataflow == Dataflow::Delta && self.schedule.order == Order::Sequential
    }

    /// Starts the comparator tree.
    fn search<S>(&mut self, ctx: &mut Context<'_, S>) {
        let until = ctx.now + Cycles::new(ctx.config.tree_latency.into());
        self.stage = Stage::Search(until);
        ctx.queue.wake(UnitId::Sequencer, until);
    }

    /// The comparator tree has found the most violated neuron, if there is any.
    fn flip_most_violated<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        self.stage = Stage::Visit;
        ctx.activity.field_bits_read +=
            ctx.fields.len() as u64 * u64::from(ctx.image.geometry().accumulator_bits());
        for i in 0..ctx.fields.len() {
            let (neuron, field) = (NeuronIdx::from_usize(i), ctx.fields[i]);
            let violation = self.violation(neuron, field, ctx);
            if violation > 0 && self.worst.is_none_or(|(most, _)| violation > most) {
                self.worst = Some((violation, neuron));
            }
        }
        ctx.activity.threshold_busy_cycles += 1;
        self.visits.visited = self.visits.n;
        match self.worst {
            Some((_, neuron)) => self.flip_and_offer(neuron, ctx),
            None => self.end_of_sweep(ctx),
        }
    }

    /// After the last visit of a sweep: the next sweep begins, or the retrieval ends.
    fn end_of_sweep<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if !self.visits.sweep_ends() {
            return;
        }
        if self.flips_in_step == 0 && self.unsettled {
            // It proves nothing, so it is repeated, and not counted.
            self.unsettled = self.has_updates_under_way();
        } else if self.flips_in_step == 0 {
            self.end(Outcome::Converged, ctx);
        } else if self.steps_left == 0 {
            self.end(Outcome::StepLimit, ctx);
        } else {
            self.begin_step(ctx);
        }
    }

    // ----- all dataflows ---------------------------------------------------------------------------------------------

    /// `-s_i h_i`: positive if the field is against the neuron; zero, a tie, keeps the state.
    fn violation<S: Sink>(&self, neuron: NeuronIdx, field: i64, ctx: &mut Context<'_, S>) -> i64 {
        ctx.activity.evaluations += 1;
        ctx.trace(TraceEvent::Field { neuron, field });
        -field * i64::from(ctx.state.sign(neuron.get()))
    }

    fn flip<S: Sink>(&mut self, neuron: NeuronIdx, ctx: &mut Context<'_, S>) -> Spike {
        ctx.state.flip(neuron.get());
        ctx.activity.flips += 1;
        ctx.activity.state_bits_written += 1;
        self.flips_in_step += 1;
        self.flips.push((ctx.now, neuron));
        let up = ctx.state.get(neuron.get());
        ctx.trace(TraceEvent::Flip { neuron, up });
        Spike { neuron, up }
    }

    /// Offers one spike per cycle; once all are taken in and every update is done, the retrieval goes on.
    fn settle<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if let Some(&spike) = self.offered.front() {
            self.offer(spike, ctx);
        } else if self.is_pipelined(ctx.config) || !self.has_updates_under_way() {
            self.resume(ctx);
        }
    }

    /// Whether the next neuron is examined without waiting for the updates of the last flip.
    const fn is_pipelined(&self, config: &ConfigSpec) -> bool {
        config.pipelined && !matches!(self.schedule.dataflow, Dataflow::Synchronous)
    }

    fn has_updates_under_way(&self) -> bool {
        self.outstanding > 0 || self.fields_pending > 0 || !self.offered.is_empty()
    }

    /// Whether the state is a stored pattern that is known to be a fixed point: nothing can change any more.
    fn is_home(&self) -> bool {
        self.certified && self.nearest == 0 && !self.lost && !self.has_updates_under_way()
    }

    fn offer<S: Sink>(&mut self, spike: Spike, ctx: &mut Context<'_, S>) {
        let stalls = ctx.config.queue_policy == QueuePolicy::Stall;
        if stalls && self.credits == 0 {
            if self.stalled_since.is_none() {
                self.stalled_since = Some(ctx.now);
                ctx.trace(TraceEvent::SpikeStall);
            }
            return;
        }
        if stalls {
            self.credits -= 1;
        }
        self.offered.pop_front();
        self.outstanding += 1;
        ctx.activity.spikes_sent += 1;
        ctx.queue.send(UnitId::Distance, 1, Message::Spike(spike));
        if !self.offered.is_empty() || self.is_pipelined(ctx.config) {
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }
    }

    fn resume<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if self.schedule.dataflow == Dataflow::Synchronous {
            if self.is_home() {
                return self.end(Outcome::Converged, ctx);
            }
            self.begin_step(ctx);
            return self.stream_groups(ctx);
        }
        self.stage = Stage::Visit;
        if !self.uses_bitmap(ctx.config) {
            self.end_of_sweep(ctx);
        }
        if self.stage == Stage::Visit {
            self.visit(ctx);
        }
    }

    fn end<S: Sink>(&mut self, outcome: Outcome, ctx: &mut Context<'_, S>) {
        self.stage = Stage::Ended;
        self.outcome = Some(outcome);
        ctx.trace(TraceEvent::End { outcome });
    }

    /// How the retrieval ended, once it has.
    pub(crate) const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Every flip, with its cycle.
    pub(crate) fn into_flips(self) -> Vec<(Cycle, NeuronIdx)> {
        self.flips
    }

    /// What the unit waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        let what = match self.stage {
            Stage::Start | Stage::Visit | Stage::Search(_) => "its turn".to_owned(),
            Stage::Distances => "the end of a first pass".to_owned(),
            Stage::Groups => "the fields of a group".to_owned(),
            Stage::Field => "a field".to_owned(),
            Stage::Settle => format!(
                "{} spikes to enter the queue, {} to be done{}",
                self.offered.len(),
                self.outstanding,
                if self.fields_pending > 0 { ", and the field registers" } else { "" }
            ),
            Stage::Ended => "nothing".to_owned(),
        };
        format!("sequencer: {what}")
    }
}
