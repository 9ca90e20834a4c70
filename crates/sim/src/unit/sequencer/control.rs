//! What every dataflow does alike: flips and the spikes they cause, waiting for updates, steps, and the end.

use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::dataflow::Schedule;
use crate::message::{Fields, KernelStream, Message, Spike, UnitId};
use crate::trace::{Sink, TraceEvent};
use klr_image::{CoreImage, Order, Outcome};
use klr_units::{Cycle, Cycles, NeuronIdx};
use std::collections::VecDeque;

/// What a dataflow does in its own way. It leaves its mark through [`Control`]: it commands, compares and flips.
pub(super) trait Routine<S> {
    /// The distances stand: at the start of a retrieval, and after every recount.
    fn begin(&mut self, control: &mut Control, ctx: &mut Context<'_, S>);

    /// The sequencer is woken while the stage is the dataflow's own: fields have come, or it has asked for this cycle.
    fn act(&mut self, control: &mut Control, ctx: &mut Context<'_, S>);

    /// The spikes are sent and, unless the sequencer is pipelined, all updates that they cause are done.
    fn resume(&mut self, control: &mut Control, ctx: &mut Context<'_, S>);

    /// What it waits for while the stage is its own.
    fn waits_for(&self) -> &'static str;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SequencerStage {
    /// The cue is in the state register.
    Start,
    /// Waits for the end of a first pass.
    Distances,
    /// The dataflow knows.
    Routine,
    /// Waits until every spike is in the queue and every update it causes is done.
    Settle,
    Ended,
}

#[derive(Debug)]
pub(super) struct Control {
    pub(super) stage: SequencerStage,
    /// Steps or sweeps that may still begin.
    steps_left: u64,
    flips_in_step: u64,
    /// Spikes that wait for a free entry of the spike queue.
    offered: VecDeque<Spike>,
    stalled_since: Option<Cycle>,
    /// Free entries of the spike queue, as far as this unit knows.
    credits: u32,
    /// Spikes sent whose updates are not yet reported as written.
    outstanding: u32,
    /// Sums for the field registers that are on their way.
    fields_pending: u32,
    /// Each spike causes a sum for the field registers.
    keeps_fields: bool,
    /// The smallest distance to any pattern, as last reported.
    nearest: u32,
    /// A spike was lost, so the distances are wrong.
    lost: bool,
    /// Every stored pattern is known to be a fixed point.
    certified: bool,
    /// The last step allowed is over, and the retrieval ends when the updates under way are done.
    last_step_over: bool,
    /// The next neuron is examined without waiting for the updates of the last flip.
    pipelined: bool,
    inbox: VecDeque<Fields>,
    flips: Vec<(Cycle, NeuronIdx)>,
    outcome: Option<Outcome>,
}

impl Control {
    pub(super) fn new(image: &CoreImage, schedule: Schedule, config: &ConfigSpec, certified: bool) -> Self {
        let needs = schedule.dataflow.needs();
        let searches = schedule.order == Order::MostViolated && !needs.together;
        let per_step = if searches { u64::from(image.n()) } else { 1 };
        Self {
            stage: SequencerStage::Start,
            steps_left: u64::from(config.max_steps) * per_step,
            flips_in_step: 0,
            offered: VecDeque::new(),
            stalled_since: None,
            credits: config.spike_queue,
            outstanding: 0,
            fields_pending: 0,
            keeps_fields: needs.keeps_fields,
            nearest: u32::MAX,
            lost: false,
            certified,
            last_step_over: false,
            pipelined: config.pipelined && !needs.together,
            inbox: VecDeque::new(),
            flips: Vec::new(),
            outcome: None,
        }
    }

    // ----- reports of other units ------------------------------------------------------------------------------------

    pub(super) fn hear<S>(&mut self, message: Message, ctx: &mut Context<'_, S>) {
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
                // No sum comes of a lost spike.
                self.fields_pending -= u32::from(lost && self.keeps_fields);
            }
            Message::Fields(Fields::All) => self.fields_pending -= 1,
            Message::Fields(fields) => self.inbox.push_back(fields),
            other => unreachable!("{other:?} is not for the sequencer"),
        }
        ctx.queue.wake(UnitId::Sequencer, ctx.now);
    }

    /// The next sum that has retired, other than into the field registers.
    pub(super) fn take_fields(&mut self) -> Option<Fields> {
        self.inbox.pop_front()
    }

    // ----- commands --------------------------------------------------------------------------------------------------

    pub(super) fn recount<S>(&mut self, ctx: &mut Context<'_, S>) {
        ctx.queue.send(UnitId::Distance, 1, Message::FirstPass);
        self.stage = SequencerStage::Distances;
    }

    /// Commands a stream, whose fields the dataflow will wait for.
    pub(super) fn stream<S>(&mut self, stream: KernelStream, ctx: &mut Context<'_, S>) {
        ctx.queue.send(UnitId::Distance, 1, Message::Stream(stream));
        self.stage = SequencerStage::Routine;
    }

    /// Commands a stream into the field registers, and waits for it as for an update.
    pub(super) fn load_fields<S>(&mut self, ctx: &mut Context<'_, S>) {
        self.fields_pending += 1;
        ctx.queue.send(UnitId::Distance, 1, Message::Stream(KernelStream::AllFields));
        self.stage = SequencerStage::Settle;
    }

    // ----- steps and flips -------------------------------------------------------------------------------------------

    pub(super) fn begin_step<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        self.steps_left -= 1;
        self.flips_in_step = 0;
        ctx.activity.steps += 1;
        ctx.trace(TraceEvent::Step { number: ctx.activity.steps });
    }

    pub(super) const fn may_begin_step(&self) -> bool {
        self.steps_left > 0
    }

    pub(super) const fn has_flipped_in_step(&self) -> bool {
        self.flips_in_step > 0
    }

    /// `-s_i h_i`: positive if the field is against the neuron; zero, a tie, keeps the state.
    pub(super) fn violation<S: Sink>(&self, neuron: NeuronIdx, field: i64, ctx: &mut Context<'_, S>) -> i64 {
        ctx.activity.evaluations += 1;
        ctx.trace(TraceEvent::Field { neuron, field });
        -field * i64::from(ctx.state.sign(neuron.get()))
    }

    pub(super) fn flip<S: Sink>(&mut self, neuron: NeuronIdx, ctx: &mut Context<'_, S>) -> Spike {
        ctx.state.flip(neuron.get());
        ctx.activity.flips += 1;
        ctx.activity.state_bits_written += 1;
        self.flips_in_step += 1;
        self.flips.push((ctx.now, neuron));
        let up = ctx.state.get(neuron.get());
        ctx.trace(TraceEvent::Flip { neuron, up });
        Spike { neuron, up }
    }

    // ----- spikes ----------------------------------------------------------------------------------------------------

    /// Flips `neuron`, offers its spike, and waits.
    pub(super) fn flip_and_offer<S: Sink>(&mut self, neuron: NeuronIdx, ctx: &mut Context<'_, S>) {
        let spike = self.flip(neuron, ctx);
        self.fields_pending += u32::from(self.keeps_fields);
        self.offer_all([spike], ctx);
    }

    /// Offers `spikes`, the first in this cycle, and waits for their updates.
    pub(super) fn offer_all<S: Sink>(
        &mut self,
        spikes: impl IntoIterator<Item = Spike>,
        ctx: &mut Context<'_, S>,
    ) {
        self.offered.extend(spikes);
        self.stage = SequencerStage::Settle;
        self.offer(ctx);
    }

    pub(super) fn has_offers(&self) -> bool {
        !self.offered.is_empty()
    }

    /// Offers the next spike, if the spike queue has room as far as this unit knows.
    pub(super) fn offer<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let Some(&spike) = self.offered.front() else { return };
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
        if !self.offered.is_empty() || self.pipelined {
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }
    }

    pub(super) const fn is_pipelined(&self) -> bool {
        self.pipelined
    }

    pub(super) fn has_updates_under_way(&self) -> bool {
        self.outstanding > 0 || self.fields_pending > 0 || !self.offered.is_empty()
    }

    // ----- the end ---------------------------------------------------------------------------------------------------

    /// Whether the state is a stored pattern that is known to be a fixed point: nothing can change any more.
    pub(super) fn is_home(&self) -> bool {
        self.certified && self.nearest == 0 && !self.lost && !self.has_updates_under_way()
    }

    /// The last step allowed is over; the retrieval ends when no update is under way.
    pub(super) fn end_at_limit<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        self.last_step_over = self.has_updates_under_way();
        if self.last_step_over {
            self.stage = SequencerStage::Settle;
        } else {
            self.end(if self.is_home() { Outcome::Converged } else { Outcome::StepLimit }, ctx);
        }
    }

    /// Whether nothing but the updates under way keeps the retrieval from its end.
    pub(super) const fn is_last_step_over(&self) -> bool {
        self.last_step_over
    }

    pub(super) fn end<S: Sink>(&mut self, outcome: Outcome, ctx: &mut Context<'_, S>) {
        self.stage = SequencerStage::Ended;
        self.outcome = Some(outcome);
        // The result goes out from the next cycle on.
        ctx.activity.host_bits += u64::from(ctx.image.n());
        ctx.trace(TraceEvent::End { outcome });
    }

    // ----- observation -----------------------------------------------------------------------------------------------

    pub(super) const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    pub(super) fn flips(&self) -> &[(Cycle, NeuronIdx)] {
        &self.flips
    }

    pub(super) fn into_flips(self) -> Vec<(Cycle, NeuronIdx)> {
        self.flips
    }

    /// What keeps the sequencer from going on after a flip, in words.
    pub(super) fn unsettled(&self) -> String {
        format!(
            "{} spikes to enter the queue, {} to be done{}",
            self.offered.len(),
            self.outstanding,
            if self.fields_pending > 0 { ", and the field registers" } else { "" }
        )
    }
}
