//! A stream that flows, told cycle by cycle to whoever watches.
//!
//! When a packet is looked up, enters the activation queue and is taken follows from its place in the stream, so nothing
//! goes through the queue of events. What an access counts is asked of the unit that makes it, in the cycle in which it does.

use crate::context::Context;
use crate::dataflow::Needs;
use crate::engine::units::Units;
use crate::message::{Fields, KernelStream, Message, Target, UnitId};
use crate::trace::{Sink, TraceEvent};
use crate::unit::distance::count;
use crate::unit::distance::dense::{LANE_REGISTERS, read_block};
use crate::unit::distance::rows::{RowUse, sign_column};
use crate::unit::mac::{MacArray, count_sums_of};
use klr_image::CoreImage;
use klr_units::{Cycle, Cycles, PatternIdx};

/// A stream of all patterns that sends a packet in every cycle from the arrival of the first word on.
#[derive(Debug)]
pub(super) struct Flow {
    stream: KernelStream,
    row: Option<RowUse>,
    /// Counter words that are read, for all sums together.
    words: usize,
    /// Packets of one sum.
    packets: u64,
    /// The cycle of the command.
    command: Cycle,
    /// Cycles from a read to the arrival of the word.
    arrival: u64,
    /// Cycles from a look-up to the activation queue, from where the array takes the packet at once.
    to_mac: u64,
    /// Cycles from the array to the end of a sum.
    pipeline: u64,
}

impl Flow {
    /// The stream that is commanded in this cycle, with `packets` packets to a sum.
    pub(super) fn new<S>(stream: KernelStream, needs: Needs, packets: u64, ctx: &Context<'_, S>) -> Self {
        let arrival = u64::from(ctx.config.sram_latency);
        Self {
            stream,
            row: sign_column(stream, needs, ctx.image).map(RowUse::Signs),
            words: stream.sums() * ctx.image.blocks(),
            packets,
            command: ctx.now,
            arrival,
            to_mac: ctx.config.table_latency.into(),
            pipeline: arrival + u64::from(ctx.config.mac_latency),
        }
    }

    /// Tells all of it, up to the cycle in which the credit of the last packet is back; the counts at the end of that one
    /// are left to the caller. `sum_of` gives the fields of a sum.
    pub(super) fn tell<S: Sink>(
        &self,
        sum_of: impl Fn(usize) -> Fields,
        units: &mut Units<S>,
        ctx: &mut Context<'_, S>,
    ) {
        let mut read = self.read_ahead(ctx);
        let all = self.packets * self.stream.sums() as u64;
        let (mut looked_up, mut taken) =
            (Places::new(self.stream, ctx.image), Places::new(self.stream, ctx.image));
        let mut retired = 0;
        let last = all + self.to_mac;
        for at in 0..=last {
            ctx.pass_to(self.command + Cycles::new(self.arrival + at));
            let takes = at >= self.to_mac && at < last;
            if takes {
                ctx.trace(TraceEvent::ActivationEnters { depth: 1 });
            }
            let retires = at == self.retires_at(retired);
            if retires {
                retire(sum_of(retired), units, ctx);
                retired += 1;
            }
            if at < all {
                let place = looked_up.next(ctx.image);
                look_up(&place, ctx);
                // Its register is free since the word before has sent its last packet.
                if place.opens_word && read < (place.word + LANE_REGISTERS).min(self.words) {
                    read_block(read % ctx.image.blocks(), self.row, ctx);
                    read += 1;
                }
            }
            if takes {
                take(&taken.next(ctx.image), self.stream, &units.mac, ctx);
            }
            if at < last && (at < all || at >= self.to_mac || retires) {
                ctx.sink.counted(ctx.now, &ctx.activity);
            }
        }
        for sum in retired..self.stream.sums() {
            let latency = self.retires_at(sum) - last;
            ctx.queue.send(UnitId::Sequencer, latency, Message::Fields(sum_of(sum)));
        }
    }

    /// Fills the lane registers until the first word arrives; returns how many words are read.
    fn read_ahead<S: Sink>(&self, ctx: &mut Context<'_, S>) -> usize {
        let cycles = usize::try_from(self.arrival).unwrap_or(LANE_REGISTERS);
        let ahead = LANE_REGISTERS.min(cycles).min(self.words);
        for word in 0..ahead {
            if word > 0 {
                ctx.pass_to(ctx.now + Cycles::ONE);
            }
            read_block(word % ctx.image.blocks(), self.row, ctx);
            ctx.activity.distance_busy_cycles += 1;
            ctx.sink.counted(ctx.now, &ctx.activity);
        }
        ahead
    }

    /// When sum number `sum` retires, from the first look-up on.
    const fn retires_at(&self, sum: usize) -> u64 {
        (sum as u64 + 1) * self.packets - 1 + self.to_mac + self.pipeline
    }
}

/// The sequencer hears of a sum whose stream goes on.
fn retire<S: Sink>(fields: Fields, units: &mut Units<S>, ctx: &mut Context<'_, S>) {
    units.sequencer.hear(Message::Fields(fields), ctx);
    ctx.queue.take_woken();
    units.act(UnitId::Sequencer, ctx);
}

/// The distance unit looks a packet up and sends it.
fn look_up<S: Sink>(place: &Place, ctx: &mut Context<'_, S>) {
    count::looked_up(place.patterns as u64, ctx);
    ctx.activity.activations_sent += 1;
    ctx.activity.distance_busy_cycles += 1;
    let first = Some(PatternIdx::from_usize(place.first));
    ctx.trace(TraceEvent::Lookup { first, words: place.patterns, last: place.last });
}

/// The MAC array takes a packet.
fn take<S: Sink>(place: &Place, stream: KernelStream, mac: &MacArray, ctx: &mut Context<'_, S>) {
    let (words, target) = (place.patterns as u64, stream.target(place.sum));
    let sign_words = match target {
        Target::Group(group) => mac.operands().sign_words(group).len() as u64,
        _ => 0,
    };
    mac.count_packets(1, words, ctx);
    mac.count_service(1, sign_words, ctx);
    mac.count_products(words, target, ctx);
    count_sums_of(target, 1, words * mac.operands().per_word(target).0, ctx);
    ctx.trace(TraceEvent::MacTakes { words: place.patterns, target, last: place.last, cycles: 1 });
    if sign_words > 0 {
        let pattern = PatternIdx::from_usize(place.first);
        ctx.trace(TraceEvent::RowSigns { pattern, words: sign_words });
    }
}

/// A packet of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    sum: usize,
    /// Its counter word, counted over all sums.
    word: usize,
    /// It is the first of its counter word.
    opens_word: bool,
    first: usize,
    patterns: usize,
    /// It ends its sum.
    last: bool,
}

/// The packets of a stream, one after the other: a packet never spans two counter words.
#[derive(Clone, Debug)]
struct Places {
    width: usize,
    sum: usize,
    word: usize,
    block: usize,
    lane: usize,
    /// Lanes of the block.
    lanes: usize,
}

impl Places {
    fn new(stream: KernelStream, image: &CoreImage) -> Self {
        let width = stream.target(0).packet_words(image.geometry().mac_lanes());
        Self { width, sum: 0, word: 0, block: 0, lane: 0, lanes: image.lanes(0) }
    }

    #[inline]
    fn next(&mut self, image: &CoreImage) -> Place {
        let end = self.lanes.min(self.lane + self.width);
        let closes_word = end == self.lanes;
        let last = closes_word && self.block + 1 == image.blocks();
        let place = Place {
            sum: self.sum,
            word: self.word,
            opens_word: self.lane == 0,
            first: self.block * image.geometry().distance_lanes() + self.lane,
            patterns: end - self.lane,
            last,
        };
        self.lane = end;
        if closes_word {
            self.lane = 0;
            self.word += 1;
            self.sum += usize::from(last);
            self.block = if last { 0 } else { self.block + 1 };
            self.lanes = image.lanes(self.block);
        }
        place
    }
}
