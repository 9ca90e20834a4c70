//! The output port: a queue of spikes, and the four-phase handshake that sends them one at a time.
//!
//! The queue's oldest spike keeps its entry while it is in the handshake, so a queue of one entry is a register: nothing
//! can be handed over before the last spike is gone.

use crate::CrossbarContext;
use crate::trace::{CrossbarSink, CrossbarTrace};
use klr_sim::{FaultKind, QueuePolicy};
use klr_units::{Cycle, Cycles, NeuronIdx};
use std::collections::VecDeque;

/// The edges of a handshake, in order, and its end.
#[derive(Clone, Copy, Debug)]
enum Edge {
    RequestUp,
    AckUp,
    RequestDown,
    AckDown,
    Free,
}

#[derive(Debug, Default)]
pub(crate) struct OutputPort {
    queue: VecDeque<NeuronIdx>,
    /// A spike on its way from the controller, and when it arrives.
    arriving: Option<(Cycle, NeuronIdx)>,
    /// The next edge of the handshake, if one will come.
    edge: Option<(Cycle, Edge)>,
    /// The receiver no longer answers.
    stuck: bool,
}

impl OutputPort {
    /// A spike of the controller; it arrives in the next cycle.
    pub(crate) fn send(&mut self, neuron: NeuronIdx, now: Cycle) {
        debug_assert!(
            self.arriving.is_none(),
            "the controller writes a neuron in every second cycle at most"
        );
        self.arriving = Some((now + Cycles::ONE, neuron));
    }

    /// The next cycle in which something happens here.
    pub(crate) fn next(&self) -> Option<Cycle> {
        let arrival = self.arriving.map(|(at, _)| at);
        arrival.into_iter().chain(self.edge.map(|(at, _)| at)).min()
    }

    /// Whether another spike has room: a wire to the controller, valid once this cycle's arrivals are in.
    pub(crate) fn has_room(&self, depth: u32) -> bool {
        self.queue.len() < depth as usize
    }

    /// Whether every spike has left, valid once this cycle's arrivals are in.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// What happens in this cycle: edges first, so that an entry that becomes free can be taken by what arrives, whose
    /// request may rise at once.
    pub(crate) fn arrive<S: CrossbarSink>(&mut self, ctx: &mut CrossbarContext<'_, S>) {
        self.pass_edges(ctx);
        if let Some((at, neuron)) = self.arriving
            && at == ctx.now
        {
            self.arriving = None;
            self.enter(neuron, ctx);
            self.pass_edges(ctx);
        }
    }

    fn pass_edges<S: CrossbarSink>(&mut self, ctx: &mut CrossbarContext<'_, S>) {
        while let Some((at, edge)) = self.edge
            && at == ctx.now
        {
            self.edge = self.pass(edge, ctx);
        }
    }

    fn enter<S: CrossbarSink>(&mut self, neuron: NeuronIdx, ctx: &mut CrossbarContext<'_, S>) {
        let config = ctx.config;
        if config.output_policy == QueuePolicy::Drop && !self.has_room(config.output_queue) {
            ctx.activity.outputs_dropped += 1;
            return ctx.fault(FaultKind::QueueOverflow { queue: "output", depth: config.output_queue });
        }
        self.queue.push_back(neuron);
        ctx.trace(CrossbarTrace::Enter { neuron, depth: self.queue.len() });
        if self.queue.len() == 1 {
            self.edge = self.request(ctx);
        }
    }

    fn request<S>(&self, ctx: &CrossbarContext<'_, S>) -> Option<(Cycle, Edge)> {
        let at = ctx.now + Cycles::new(ctx.config.request_cycles.into());
        (!self.queue.is_empty()).then_some((at, Edge::RequestUp))
    }

    /// One edge happens; returns the next.
    fn pass<S: CrossbarSink>(
        &mut self,
        edge: Edge,
        ctx: &mut CrossbarContext<'_, S>,
    ) -> Option<(Cycle, Edge)> {
        let config = ctx.config;
        let after = |cycles: u32, edge| Some((ctx.now + Cycles::new(cycles.into()), edge));
        let (traced, next) = match edge {
            Edge::RequestUp => {
                self.stuck = config.receiver_sticks_after == Some(ctx.activity.outputs_sent);
                let next = if self.stuck { None } else { after(config.ack_cycles, Edge::AckUp) };
                (CrossbarTrace::RequestUp { neuron: self.oldest() }, next)
            }
            Edge::AckUp => {
                (CrossbarTrace::AckUp, after(config.sync_cycles + config.request_cycles, Edge::RequestDown))
            }
            Edge::RequestDown => (CrossbarTrace::RequestDown, after(config.ack_cycles, Edge::AckDown)),
            Edge::AckDown => (CrossbarTrace::AckDown, after(config.sync_cycles, Edge::Free)),
            Edge::Free => {
                self.queue.pop_front();
                ctx.activity.outputs_sent += 1;
                (CrossbarTrace::Free { depth: self.queue.len() }, self.request(ctx))
            }
        };
        ctx.trace(traced);
        next
    }

    /// The spike in the handshake; the first neuron stands for none.
    fn oldest(&self) -> NeuronIdx {
        self.queue.front().copied().unwrap_or_default()
    }

    /// What the port waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        if self.stuck {
            format!("output port: the receiver to acknowledge neuron {}", self.oldest())
        } else {
            "output port: nothing".to_owned()
        }
    }
}
