//! One neuron after the other: which is next, what the comparisons of a sweep have shown, and when a sweep ends.

use super::control::Control;
use crate::context::Context;
use crate::trace::Sink;
use klr_image::order::RandomOrder;
use klr_image::{CoreImage, Order, Outcome};
use klr_units::NeuronIdx;

/// The neurons of a sweep, one after the other.
#[derive(Debug)]
pub(super) struct Visits {
    register: Option<RandomOrder>,
    /// A sweep is a search for the most violated neuron, which flips at its end.
    searches: bool,
    n: u32,
    /// Neurons of the sweep at hand that have been visited.
    visited: u32,
    /// The most violated neuron of the search at hand.
    worst: Option<(i64, NeuronIdx)>,
    /// Updates were under way when the sweep at hand began, so a sweep without a flip proves nothing.
    unsettled: bool,
}

impl Visits {
    pub(super) fn new(image: &CoreImage, order: Order) -> Self {
        let register = match order {
            Order::Random(seed) => Some(RandomOrder::new(image.n(), seed)),
            Order::Sequential | Order::MostViolated => None,
        };
        let searches = order == Order::MostViolated;
        Self { register, searches, n: image.n(), visited: 0, worst: None, unsettled: false }
    }

    /// One step of the counter or shift register; `None` where the register's value names no neuron.
    pub(super) fn step(&mut self) -> Option<NeuronIdx> {
        let neuron = match &mut self.register {
            Some(register) => register.shift()?,
            None => self.visited,
        };
        self.visited += 1;
        Some(NeuronIdx::new(neuron))
    }

    /// Neurons of the sweep at hand that have been visited or passed over.
    pub(super) const fn position(&self) -> u32 {
        self.visited
    }

    /// Passes over neurons of the sweep at hand.
    pub(super) const fn jump(&mut self, position: u32) {
        self.visited = position;
    }

    /// Compares one field with its neuron, and flips the neuron, or remembers it for the end of the search.
    pub(super) fn compare<S: Sink>(
        &mut self,
        neuron: NeuronIdx,
        field: i64,
        control: &mut Control,
        ctx: &mut Context<'_, S>,
    ) {
        ctx.activity.threshold_busy_cycles += 1;
        // A tie is no violation: it keeps the state, so that retrieval cannot wander between equal states.
        let violation = control.violation(neuron, field, ctx);
        let mut flips = (violation > 0).then_some(neuron);
        if self.searches {
            self.remember(neuron, violation);
            // Only the last comparison of a search tells which neuron is the worst.
            flips = if self.visited == self.n { self.worst.map(|worst| worst.1) } else { None };
        }
        self.flip_or_go_on(flips, control, ctx);
    }

    /// Compares all fields at once: a whole search in one cycle.
    pub(super) fn compare_all<S: Sink>(
        &mut self,
        fields: &[i64],
        control: &mut Control,
        ctx: &mut Context<'_, S>,
    ) {
        for (i, &field) in fields.iter().enumerate() {
            let neuron = NeuronIdx::from_usize(i);
            let violation = control.violation(neuron, field, ctx);
            self.remember(neuron, violation);
        }
        ctx.activity.threshold_busy_cycles += 1;
        self.visited = self.n;
        self.flip_or_go_on(self.worst.map(|worst| worst.1), control, ctx);
    }

    /// The first of equals stays the worst.
    fn remember(&mut self, neuron: NeuronIdx, violation: i64) {
        if violation > 0 && self.worst.is_none_or(|(most, _)| violation > most) {
            self.worst = Some((violation, neuron));
        }
    }

    fn flip_or_go_on<S: Sink>(
        &mut self,
        flips: Option<NeuronIdx>,
        control: &mut Control,
        ctx: &mut Context<'_, S>,
    ) {
        match flips {
            Some(neuron) => control.flip_and_offer(neuron, ctx),
            None => self.end_of_sweep(control, ctx),
        }
    }

    pub(super) fn begin_sweep<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        self.unsettled = control.has_updates_under_way();
        self.worst = None;
        control.begin_step(ctx);
    }

    /// After the last visit of a sweep: the next sweep begins, or the retrieval ends.
    pub(super) fn end_of_sweep<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        if self.visited != self.n {
            return;
        }
        self.visited = 0;
        if !control.has_flipped_in_step() && self.unsettled {
            // It proves nothing, so it is repeated, and not counted.
            self.unsettled = control.has_updates_under_way();
        } else if !control.has_flipped_in_step() {
            control.end(Outcome::Converged, ctx);
        } else if !control.may_begin_step() {
            control.end_at_limit(ctx);
        } else {
            self.begin_sweep(control, ctx);
        }
    }
}
