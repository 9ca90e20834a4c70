//! The three units of a running core, and whose message is whose.

use crate::context::Context;
use crate::message::{Message, UnitId};
use crate::trace::Sink;
use crate::unit::distance::DistanceUnit;
use crate::unit::mac::MacArray;
use crate::unit::sequencer::Sequencer;

pub(super) struct Units<S> {
    pub(super) sequencer: Sequencer<S>,
    pub(super) distance: DistanceUnit,
    pub(super) mac: MacArray,
}

impl<S: Sink> Units<S> {
    #[inline]
    pub(super) fn deliver(&mut self, unit: UnitId, message: Message, ctx: &mut Context<'_, S>) {
        match (unit, message) {
            (UnitId::Distance, Message::FirstPass) => self.distance.first_pass(ctx),
            (UnitId::Distance, Message::Stream(stream)) => self.distance.stream(stream, ctx),
            (UnitId::Distance, Message::Spike(spike)) => self.distance.spike(spike, ctx),
            (UnitId::Distance, Message::ActivationCredit) => self.distance.credit(ctx),
            (UnitId::Mac, Message::Packet(packet)) => self.mac.enter(packet, ctx),
            (UnitId::Sequencer, message) => self.sequencer.hear(message, ctx),
            (unit, message) => unreachable!("{message:?} is not for {unit:?}"),
        }
    }

    pub(super) fn act(&mut self, unit: UnitId, ctx: &mut Context<'_, S>) {
        match unit {
            UnitId::Sequencer => self.sequencer.act(ctx),
            UnitId::Distance => self.distance.act(ctx),
            UnitId::Mac => self.mac.act(ctx),
        }
    }

    /// What each unit waits for, for the report on a stuck core.
    pub(super) fn waiting(&self) -> Vec<String> {
        vec![self.sequencer.waits_for(), self.distance.waits_for(), self.mac.waits_for()]
    }
}
