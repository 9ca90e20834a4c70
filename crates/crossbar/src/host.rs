//! The input port: the host's events, and the four-phase handshake in which it hands them over one at a time.
//!
//! The host raises its request, the core acknowledges it, the host answers with the fall of the request, the core lets
//! its acknowledge fall. The request reaches the controller through a synchronizer.

use crate::CrossbarContext;
use crate::controller::EventJob;
use crate::trace::{CrossbarSink, CrossbarTrace};
use klr_units::{Cycle, Cycles};
use std::collections::VecDeque;

/// Cycles from an edge of the host's request to the cycle in which the controller sees it: two flip-flops.
const SYNCHRONIZER: Cycles = Cycles::new(2);

/// The edges that the host makes.
#[derive(Clone, Copy, Debug)]
enum HostEdge {
    RequestUp,
    RequestDown,
}

#[derive(Debug)]
pub(crate) struct HostPort {
    /// What the host has not handed over yet.
    jobs: VecDeque<EventJob>,
    /// The host's next edge, if one will come.
    edge: Option<(Cycle, HostEdge)>,
    /// From when on the controller sees the request for the first of the jobs.
    visible: Option<Cycle>,
}

impl HostPort {
    /// A host with these events, which raises its first request in cycle 0.
    pub(crate) fn new(jobs: VecDeque<EventJob>) -> Self {
        let mut port = Self { jobs, edge: None, visible: None };
        port.raise(Cycle::ZERO);
        port
    }

    fn raise(&mut self, at: Cycle) {
        if !self.jobs.is_empty() {
            self.edge = Some((at, HostEdge::RequestUp));
            self.visible = Some(at + SYNCHRONIZER);
        }
    }

    /// The next cycle in which the host moves its request.
    pub(crate) fn next(&self) -> Option<Cycle> {
        self.edge.map(|(at, _)| at)
    }

    /// Whether every event has been handed over.
    pub(crate) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// When the controller sees the request for the next event, once the last one's acknowledge has fallen.
    pub(crate) const fn visible(&self) -> Option<Cycle> {
        self.visible
    }

    /// The event whose request the controller sees, if it does so in cycle `now`.
    pub(crate) fn take(&mut self, now: Cycle) -> Option<EventJob> {
        self.visible.filter(|&at| at <= now)?;
        self.visible = None;
        self.jobs.pop_front()
    }

    /// The acknowledge rises; returns the cycle in which the controller has seen the request fall, and leaves.
    pub(crate) fn acknowledge<S: CrossbarSink>(&mut self, ctx: &mut CrossbarContext<'_, S>) -> Cycle {
        ctx.trace(CrossbarTrace::HostAckUp);
        let falls = ctx.now + Cycles::new(ctx.config.host_cycles.into());
        self.edge = Some((falls, HostEdge::RequestDown));
        falls + SYNCHRONIZER + Cycles::ONE
    }

    /// The acknowledge falls, and the host may ask again.
    pub(crate) fn release<S: CrossbarSink>(&mut self, ctx: &mut CrossbarContext<'_, S>) {
        ctx.trace(CrossbarTrace::HostAckDown);
        self.raise(ctx.now + Cycles::new(ctx.config.host_cycles.into()));
    }

    /// What the host does in this cycle. It comes last: a host that reacts in no cycle answers what the core has just done.
    pub(crate) fn arrive<S: CrossbarSink>(&mut self, ctx: &mut CrossbarContext<'_, S>) {
        if let Some((at, edge)) = self.edge
            && at == ctx.now
        {
            self.edge = None;
            ctx.trace(match edge {
                HostEdge::RequestUp => CrossbarTrace::HostRequestUp,
                HostEdge::RequestDown => CrossbarTrace::HostRequestDown,
            });
        }
    }
}
