//! `sweep`: one neuron after the other; its field is summed when its turn comes.

use super::control::{Control, Routine, SequencerStage};
use super::visits::Visits;
use crate::context::Context;
use crate::message::{Fields, KernelStream, UnitId};
use crate::trace::{Sink, TraceEvent};
use klr_image::{CoreImage, Order, Outcome};
use klr_units::Cycles;

#[derive(Debug)]
pub(super) struct Sweep {
    visits: Visits,
    /// The field of the neuron visited is on its way.
    asked: bool,
}

impl Sweep {
    pub(super) fn new(image: &CoreImage, order: Order) -> Self {
        Self { visits: Visits::new(image, order), asked: false }
    }

    /// One step of the order per cycle, until it names a neuron: its field is asked for.
    fn visit<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        control.stage = SequencerStage::Routine;
        if control.is_home() {
            return control.end(Outcome::Converged, ctx);
        }
        if let Some(neuron) = self.visits.step() {
            self.asked = true;
            control.stream(KernelStream::Neuron(neuron), ctx);
        } else {
            ctx.trace(TraceEvent::Skip);
            ctx.queue.wake(UnitId::Sequencer, ctx.now + Cycles::ONE);
        }
    }

    /// A field has retired: compare it, and go on in the same cycle if nothing changes.
    fn compare<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        let Some(Fields::Neuron(neuron, field)) = control.take_fields() else { return };
        self.asked = false;
        self.visits.compare(neuron, field, control, ctx);
        if control.stage == SequencerStage::Routine {
            self.visit(control, ctx);
        }
    }
}

impl<S: Sink> Routine<S> for Sweep {
    fn begin(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        self.visit(control, ctx);
    }

    fn act(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        if self.asked {
            self.compare(control, ctx);
        } else {
            self.visit(control, ctx);
        }
    }

    fn resume(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        control.stage = SequencerStage::Routine;
        self.visits.end_of_sweep(control, ctx);
        if control.stage == SequencerStage::Routine {
            self.visit(control, ctx);
        }
    }

    fn waits_for(&self) -> &'static str {
        if self.asked { "a field" } else { "its turn" }
    }
}
