//! `synchronous`: the fields of all neurons, then all flips together.

use super::control::{Control, Routine};
use crate::context::Context;
use crate::message::{Fields, KernelStream, Spike};
use crate::trace::Sink;
use klr_image::Outcome;
use klr_units::{NeuronIdx, State};

#[derive(Debug, Default)]
pub(super) struct Synchronous {
    /// The state before the last step, to see two-cycles.
    previous: Option<State>,
    /// Flips decided in the step at hand.
    decided: Vec<NeuronIdx>,
}

impl<S: Sink> Routine<S> for Synchronous {
    fn begin(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        stream_groups(control, ctx);
    }

    /// All neurons of a group are compared in the cycle in which their fields retire.
    fn act(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        let Some(Fields::Group(group, fields)) = control.take_fields() else { return };
        ctx.activity.threshold_busy_cycles += 1;
        let first = group * ctx.image.geometry().mac_lanes();
        // What is decided is kept until all groups are compared.
        ctx.activity.state_bits_written += fields.len() as u64;
        for (lane, &field) in fields.iter().enumerate() {
            let neuron = NeuronIdx::from_usize(first + lane);
            if control.violation(neuron, field, ctx) > 0 {
                self.decided.push(neuron);
            }
        }
        if group + 1 == ctx.image.groups() {
            self.commit(control, ctx);
        }
    }

    fn resume(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        if control.is_home() {
            return control.end(Outcome::Converged, ctx);
        }
        control.begin_step(ctx);
        stream_groups(control, ctx);
    }

    fn waits_for(&self) -> &'static str {
        "the fields of a group"
    }
}

impl Synchronous {
    /// All decided flips happen together.
    fn commit<S: Sink>(&mut self, control: &mut Control, ctx: &mut Context<'_, S>) {
        let before = ctx.state.clone();
        let decided = std::mem::take(&mut self.decided);
        let spikes: Vec<Spike> = decided.into_iter().map(|neuron| control.flip(neuron, ctx)).collect();
        if spikes.is_empty() {
            return control.end(Outcome::Converged, ctx);
        }
        let n = u64::from(ctx.image.n());
        ctx.activity.state_bits_written += n;
        ctx.activity.state_comparisons += n;
        if self.previous.replace(before) == Some(ctx.state.clone()) {
            return control.end(Outcome::TwoCycle, ctx);
        }
        if !control.may_begin_step() {
            return control.end(Outcome::StepLimit, ctx);
        }
        if ctx.config.incremental {
            control.offer_all(spikes, ctx);
        } else {
            control.begin_step(ctx);
            control.recount(ctx);
        }
    }
}

fn stream_groups<S>(control: &mut Control, ctx: &mut Context<'_, S>) {
    control.stream(KernelStream::Groups(ctx.image.groups()), ctx);
}
