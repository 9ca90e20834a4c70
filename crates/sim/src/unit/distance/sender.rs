//! The way from the kernel table to the activation queue: look-ups through the table's ports, one packet at a time, each
//! with a credit for a free entry.

use super::count::looked_up;
use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::message::{Message, Packet, UnitId};
use crate::trace::{Sink, TraceEvent};
use klr_units::{Cycle, Cycles, PatternIdx};

#[derive(Debug)]
pub(crate) struct Sender {
    /// Free entries of the activation queue, as far as the distance unit knows.
    credits: u32,
    stalled_since: Option<Cycle>,
    /// The first cycle in which the table's ports are free.
    free_at: Cycle,
}

impl Sender {
    pub(crate) const fn new(activation_queue: u32) -> Self {
        Self { credits: activation_queue, stalled_since: None, free_at: Cycle::ZERO }
    }

    /// An entry of the activation queue is free again. Returns whether somebody waited for it.
    pub(crate) fn credit<S>(&mut self, ctx: &mut Context<'_, S>) -> bool {
        self.credits += 1;
        let Some(since) = self.stalled_since.take() else { return false };
        ctx.activity.activation_stall_cycles += (ctx.now - since).get();
        true
    }

    /// Whether a packet can be looked up in this cycle. Without a credit the unit stalls from here on.
    pub(crate) fn is_free<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> bool {
        if ctx.now < self.free_at {
            return false;
        }
        if ctx.config.queue_policy == QueuePolicy::Stall && self.credits == 0 {
            if self.stalled_since.is_none() {
                self.stalled_since = Some(ctx.now);
                ctx.trace(TraceEvent::ActivationStall);
            }
            return false;
        }
        true
    }

    /// Sends `packet`, for which `lookups` words were looked up. One that is empty and ends nothing is not sent: its
    /// kernel word turned out not to change, and the entry is given back.
    pub(crate) fn send<S: Sink>(
        &mut self,
        packet: Packet,
        first: Option<PatternIdx>,
        lookups: u64,
        ctx: &mut Context<'_, S>,
    ) {
        ctx.trace(TraceEvent::Lookup { first, words: packet.words.len(), last: packet.last });
        let busy = look_up_cycles(lookups, ctx.config);
        self.free_at = ctx.now + Cycles::new(busy);
        let latency = busy - 1 + u64::from(ctx.config.table_latency);
        let credits = ctx.config.queue_policy == QueuePolicy::Stall;
        if credits {
            self.credits -= 1;
        }
        if packet.words.is_empty() && !packet.last {
            ctx.pool.push(packet.words);
            if credits {
                ctx.queue.send(UnitId::Distance, latency, Message::ActivationCredit);
            }
            return;
        }
        ctx.activity.activations_sent += 1;
        ctx.queue.send(UnitId::Mac, latency, Message::Packet(packet));
    }

    /// The next cycle in which a packet that waits can go; none while a credit is missing.
    #[inline]
    pub(crate) fn next_try(&self, now: Cycle) -> Option<Cycle> {
        self.stalled_since.is_none().then(|| self.free_at.max(now + Cycles::ONE))
    }

    pub(crate) const fn stalled_since(&self) -> Option<Cycle> {
        self.stalled_since
    }
}

/// Cycles for which so many look-ups occupy the ports of the table; a packet takes one at least.
#[inline]
pub(crate) fn look_up_cycles(lookups: u64, config: &ConfigSpec) -> u64 {
    let ports = u64::from(config.table_ports);
    // A division takes longer than all else that is done for a packet.
    if lookups <= ports { 1 } else { lookups.div_ceil(ports) }
}

/// One look-up: the kernel word at `index`, zero outside the window.
pub(crate) fn kernel_word<S>(ctx: &mut Context<'_, S>, index: u32) -> i32 {
    looked_up(1, ctx);
    ctx.image.table().entries().get(index as usize).copied().unwrap_or(0).into()
}

/// The change of a kernel word from index `old` to `new`, and the look-ups it took: an index outside the window is zero
/// without one.
pub(crate) fn change<S>(ctx: &mut Context<'_, S>, old: u32, new: u32) -> (i32, u64) {
    let window = ctx.image.table().window();
    let mut lookups = 0;
    let mut word = |index: u32| {
        if (index as usize) < window {
            lookups += 1;
            kernel_word(ctx, index)
        } else {
            0
        }
    };
    let before = word(old);
    let after = word(new);
    (after - before, lookups)
}
