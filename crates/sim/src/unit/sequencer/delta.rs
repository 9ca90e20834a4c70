//! `delta`: fields stand in registers, so that a visit is a read and a comparison; flips send what changes them.

use super::control::{Control, Routine, SequencerStage};
use super::visits::Visits;
use crate::config::ConfigSpec;
use crate::context::Context;
use crate::message::UnitId;
use crate::trace::{Sink, TraceEvent};
use klr_image::{CoreImage, Order, Outcome};
use klr_units::{Cycle, Cycles, NeuronIdx};

#[derive(Debug)]
pub(super) struct Delta {
    visits: Visits,
    finder: Finder,
    /// The cycle in which the comparator tree has its answer, while a search is under way.
    search_ends: Option<Cycle>,
    /// The fields as they were when the search began.
    searched: Vec<i64>,
}

/// How the next neuron to flip is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finder {
    /// Register after register.
    Visits,
    /// The bitmap of violated neurons.
    Bitmap,
    /// The comparator tree, which takes so many cycles.
    Tree(u32),
}

impl Finder {
    fn of(order: Order, config: &ConfigSpec) -> Self {
        match order {
            _ if config.finds_by_bitmap(order) => Self::Bitmap,
            Order::MostViolated if config.tree_latency > 0 => Self::Tree(config.tree_latency),
            _ => Self::Visits,
        }
    }
}

impl Delta {
    pub(super) fn new(image: &CoreImage, order: Order, config: &ConfigSpec) -> Self {
        let finder = Finder::of(order, config);
        Self { visits: Visits::new(image, order), finder, search_ends: None, searched: Vec::new() }
    }

    fn look<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        control.stage = SequencerStage::Routine;
        if control.is_home() {
            return control.end(Outcome::Converged, ctx);
        }
        match self.finder {
            Finder::Visits => self.visit(control, ctx),
            Finder::Bitmap => self.visit_violated(control, ctx),
            Finder::Tree(latency) => {
                let until = ctx.now + Cycles::new(latency.into());
                self.search_ends = Some(until);
                self.searched.clone_from(&ctx.fields);
                ctx.queue.wake(UnitId::Sequencer, until);
            }
        }
    }

    /// One step of the order per cycle; where it names a neuron, its register is read and compared.
    fn visit<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        if let Some(neuron) = self.visits.step() {
            ctx.activity.field_bits_read += u64::from(ctx.image.geometry().accumulator_bits());
            let field = ctx.fields[neuron.get()];
            self.visits.compare(neuron, field, control, ctx);
        } else {
            ctx.trace(TraceEvent::Skip);
        }
        if control.stage == SequencerStage::Routine {
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }
    }

    /// The bitmap names the next violated neuron, in order, in one cycle; without one the retrieval is over.
    fn visit_violated<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        let violated = |i: &u32| {
            let i = *i as usize;
            ctx.fields[i] * i64::from(ctx.state.sign(i)) < 0
        };
        let (n, position) = (ctx.image.n(), self.visits.position());
        if let Some(i) = (position..n).find(violated) {
            self.visits.jump(i + 1);
            let neuron = NeuronIdx::new(i);
            let field = ctx.fields[neuron.get()];
            self.visits.compare(neuron, field, control, ctx);
        } else if (0..position).any(|i| violated(&i)) {
            self.visits.jump(0);
            if !control.may_begin_step() {
                return control.end_at_limit(ctx);
            }
            self.visits.begin_sweep(control, ctx);
            self.visit_violated(control, ctx);
        } else if !control.has_updates_under_way() {
            control.end(Outcome::Converged, ctx);
        } else {
            // With updates under way the bitmap may change.
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }
    }

    /// The comparator tree has compared all fields.
    fn end_search<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        self.search_ends = None;
        ctx.activity.field_bits_read +=
            ctx.fields.len() as u64 * u64::from(ctx.image.geometry().accumulator_bits());
        ctx.activity.field_comparisons += ctx.fields.len() as u64 - 1;
        self.visits.compare_all(&self.searched, control, ctx);
        if control.stage == SequencerStage::Routine {
            // It proves nothing, because updates were under way: the next begins.
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }
    }
}

impl<S: Sink> Routine<S> for Delta {
    fn begin(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        control.load_fields(ctx);
    }

    fn act(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        match self.search_ends {
            None => self.look(control, ctx),
            Some(until) if ctx.now >= until => self.end_search(control, ctx),
            Some(_) => {}
        }
    }

    fn resume(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        control.stage = SequencerStage::Routine;
        if self.finder != Finder::Bitmap {
            self.visits.end_of_sweep(control, ctx);
        }
        if control.stage == SequencerStage::Routine {
            self.look(control, ctx);
        }
    }

    fn waits_for(&self) -> &'static str {
        "its turn"
    }
}
