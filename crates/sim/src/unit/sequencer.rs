//! The sequencer: which neuron is next, the threshold comparison, the state register, and when a retrieval ends.
//!
//! What every dataflow does alike is here and in `control`; what each does in its own way is a [`Routine`], in a file of
//! its own. What else it asks of the hardware is in `crate::dataflow`.

mod control;
mod delta;
mod sweep;
mod synchronous;
mod visits;

use crate::config::ConfigSpec;
use crate::context::Context;
use crate::dataflow::{Dataflow, Schedule};
use crate::message::Message;
use crate::trace::{Sink, TraceEvent};
use control::{Control, Routine, SequencerStage};
use delta::Delta;
use klr_image::{CoreImage, Outcome};
use klr_units::{Cycle, NeuronIdx};
use sweep::Sweep;
use synchronous::Synchronous;

pub(crate) struct Sequencer<S> {
    control: Control,
    routine: Box<dyn Routine<S>>,
}

impl<S: Sink> Sequencer<S> {
    pub(crate) fn new(image: &CoreImage, schedule: Schedule, config: &ConfigSpec, certified: bool) -> Self {
        let routine: Box<dyn Routine<S>> = match schedule.dataflow {
            Dataflow::Synchronous => Box::new(Synchronous::default()),
            Dataflow::Sweep => Box::new(Sweep::new(image, schedule.order)),
            Dataflow::Delta => Box::new(Delta::new(image, schedule.order, config)),
        };
        Self { control: Control::new(image, schedule, config, certified), routine }
    }

    /// Takes a report of another unit; the sequencer acts on it in the same cycle.
    pub(crate) fn hear(&mut self, message: Message, ctx: &mut Context<'_, S>) {
        self.control.hear(message, ctx);
    }

    pub(crate) fn act(&mut self, ctx: &mut Context<'_, S>) {
        ctx.update_fields();
        match self.control.stage {
            SequencerStage::Start => self.load_cue(ctx),
            SequencerStage::Distances => self.use_distances(ctx),
            SequencerStage::Settle => self.settle(ctx),
            SequencerStage::Routine => self.routine.act(&mut self.control, ctx),
            SequencerStage::Ended => {}
        }
    }

    fn load_cue(&mut self, ctx: &mut Context<'_, S>) {
        ctx.activity.host_bits += u64::from(ctx.image.n());
        ctx.activity.state_bits_written += u64::from(ctx.image.n());
        ctx.trace(TraceEvent::Cue { n: ctx.image.n() });
        self.control.begin_step(ctx);
        self.control.recount(ctx);
    }

    /// Every dataflow starts from the distances; from here on they differ.
    fn use_distances(&mut self, ctx: &mut Context<'_, S>) {
        if self.control.is_home() {
            return self.control.end(Outcome::Converged, ctx);
        }
        self.routine.begin(&mut self.control, ctx);
    }

    /// Offers one spike per cycle; once all are taken in and every update is done, the retrieval goes on.
    fn settle(&mut self, ctx: &mut Context<'_, S>) {
        if self.control.has_offers() {
            self.control.offer(ctx);
        } else if self.control.is_last_step_over() {
            self.control.end_at_limit(ctx);
        } else if self.control.is_pipelined() || !self.control.has_updates_under_way() {
            self.routine.resume(&mut self.control, ctx);
        }
    }

    /// How the retrieval ended, once it has.
    pub(crate) const fn outcome(&self) -> Option<Outcome> {
        self.control.outcome()
    }

    /// Every flip so far, with its cycle.
    pub(crate) fn flips(&self) -> &[(Cycle, NeuronIdx)] {
        self.control.flips()
    }

    /// Every flip, with its cycle.
    pub(crate) fn into_flips(self) -> Vec<(Cycle, NeuronIdx)> {
        self.control.into_flips()
    }

    /// What the unit waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        let what = match self.control.stage {
            SequencerStage::Start => "its turn".to_owned(),
            SequencerStage::Distances => "the end of a first pass".to_owned(),
            SequencerStage::Settle => self.control.unsettled(),
            SequencerStage::Routine => self.routine.waits_for().to_owned(),
            SequencerStage::Ended => "nothing".to_owned(),
        };
        format!("sequencer: {what}")
    }
}
