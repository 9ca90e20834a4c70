//! Passes over the counter memory: words go through the lane registers, two per slice.

use super::count::{
    compared_with_window, counter_words_read, counter_words_written, distances_moved, looked_ahead, looked_up,
};
use super::counters::{CounterMemory, WindowShift, agreeing, counter_max, moved, window_end};
use super::next::Next;
use super::rows::{RowUse, read_row, sign_column};
use super::sender::{Sender, change};
use super::sliced::{first_lanes, lanes_of};
use crate::context::Context;
use crate::dataflow::Needs;
use crate::message::{KernelStream, Packet, Spike, Target};
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::{Cycle, Cycles, PatternIdx};
use std::collections::VecDeque;

/// Counter words per slice that can be between a read and their release.
pub(crate) const LANE_REGISTERS: usize = 2;

/// What a pass does with the words.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task {
    /// Sends the kernel words of all patterns, once per group of neurons.
    Stream { stream: KernelStream, group: usize },
    /// Looks ahead for the smallest distance after the spike; writes nothing.
    Scan { spike: Spike, d_min: u32 },
    /// Changes every distance by one and, where fields are kept, sends the words that change. `d_min_before`: the smallest
    /// distance before the spike.
    Update { spike: Spike, d_min_before: u32, d_min: u32 },
}

/// A pass under way.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) task: Task,
    next_block: usize,
    lanes: VecDeque<LaneRegister>,
    /// Spans of which a register is held.
    spans: usize,
    /// The first packet of a reload clears the field registers.
    clear: bool,
    /// The fields of `delta` are loaded anew after a spike, rather than at the start.
    pub(crate) reload: bool,
    /// The cycle in which the smallest distance is known, once the last register is released.
    known_at: Option<Cycle>,
}

/// One word of the counter memory, read and not yet released.
#[derive(Debug)]
struct LaneRegister {
    block: usize,
    /// The last word of its span: with it the span's registers are free again (D15).
    ends_span: bool,
    ready: Cycle,
    /// The word has to be written back.
    dirty: bool,
    /// The lanes have been compared and, in an update, changed.
    examined: bool,
    /// Lanes whose kernel word is still to be sent.
    pending: u64,
    /// Lanes inside the window of the kernel table, in a stream: the words of the others are zero.
    inside: u64,
    target: Target,
    /// The last word of a sum: its last packet completes the sum.
    last: bool,
}

/// What a pass works on: the counter memory and the way out.
pub(crate) struct Dense<'u> {
    pub(crate) needs: Needs,
    pub(crate) counters: &'u mut CounterMemory,
    pub(crate) sender: &'u mut Sender,
}

impl Pass {
    pub(crate) const fn new(task: Task, reload: bool) -> Self {
        Self { task, next_block: 0, lanes: VecDeque::new(), spans: 0, clear: reload, reload, known_at: None }
    }

    /// One cycle of the pass.
    pub(crate) fn step<S: Sink>(&mut self, unit: &mut Dense<'_>, ctx: &mut Context<'_, S>) -> Next {
        if self.known_at.is_some() {
            return Next::Done;
        }
        let slices = ctx.config.distance_slices as usize;
        let room = self.has_room();
        self.examine(unit, ctx);
        let wrote = self.write_back(slices, ctx);
        let sent = self.send(unit, ctx);
        let port_is_free = !wrote || ctx.config.counter_ports == 2;
        let wants_read = room && self.has_block_left(ctx.image);
        if wants_read && port_is_free {
            self.read_span(slices, unit.needs, ctx);
        } else if wants_read {
            ctx.activity.port_conflict_cycles += 1;
            ctx.trace(TraceEvent::PortConflict);
        }
        if wrote || sent || wants_read {
            ctx.activity.distance_busy_cycles += 1;
        }
        self.release();
        self.progress(unit, ctx)
    }

    /// Data that have arrived are compared with the window and, in an update, changed by one.
    fn examine<S: Sink>(&mut self, unit: &mut Dense<'_>, ctx: &mut Context<'_, S>) {
        for i in 0..self.lanes.len() {
            if self.lanes[i].examined || self.lanes[i].ready > ctx.now {
                continue;
            }
            let register = &mut self.lanes[i];
            register.examined = true;
            match &mut self.task {
                Task::Stream { .. } => {
                    (register.pending, register.inside) = lanes_to_stream(register.block, unit, ctx);
                }
                Task::Scan { spike, d_min } => {
                    *d_min = (*d_min).min(look_ahead(register.block, *spike, unit, ctx));
                }
                Task::Update { spike, d_min_before, d_min } => {
                    let (changed, smallest) = update_block(register.block, *spike, *d_min_before, unit, ctx);
                    register.pending = changed;
                    *d_min = (*d_min).min(smallest);
                }
            }
        }
    }

    /// Writes back the oldest words that have been changed, one per slice; a write has the port before a read.
    fn write_back<S: Sink>(&mut self, slices: usize, ctx: &mut Context<'_, S>) -> bool {
        let mut wrote = false;
        for register in self.lanes.iter_mut().filter(|r| r.dirty && r.examined).take(slices) {
            register.dirty = false;
            wrote = true;
            counter_words_written(1, ctx);
            ctx.trace(TraceEvent::CounterWrite { block: register.block });
        }
        wrote
    }

    /// Looks up one packet of the oldest word, if table and activation queue have room for it.
    fn send<S: Sink>(&mut self, unit: &mut Dense<'_>, ctx: &mut Context<'_, S>) -> bool {
        let Some(front) = self.lanes.front() else { return false };
        let at_table = front.at_table(ctx) <= ctx.now;
        if !front.examined || !at_table || (front.pending == 0 && !front.last) || !unit.sender.is_free(ctx) {
            return false;
        }
        let (packet, first, lookups) = self.look_up(unit, ctx);
        unit.sender.send(packet, first, lookups, ctx);
        true
    }

    /// Takes lanes from the oldest word and turns them into kernel words.
    fn look_up<S: Sink>(
        &mut self,
        unit: &Dense<'_>,
        ctx: &mut Context<'_, S>,
    ) -> (Packet, Option<PatternIdx>, u64) {
        let mut words = ctx.pool.pop().unwrap_or_default();
        let front = &mut self.lanes[0];
        let target = front.target;
        let width = target.packet_words(ctx.image.geometry().mac_lanes());
        // A packet takes lanes that lie side by side, so that each has its place in it: the first chunk with any (D5).
        let chunk = chunk_of(front.pending, width);
        let taken = front.pending & chunk;
        front.pending &= !chunk;
        let first = front.block * ctx.image.geometry().distance_lanes();
        let from = (taken != 0).then(|| PatternIdx::from_usize(first + taken.trailing_zeros() as usize));
        let lookups = match self.task {
            Task::Update { spike, d_min_before, .. } => {
                changed_words(taken, front.block, spike, d_min_before, &mut words, unit, ctx)
            }
            _ => stream_words(taken, front, &mut words, unit, ctx),
        };
        // Once its last packet has gone nothing keeps the register; until then `last` holds it, even with no lane left to
        // send, so that an empty packet can end the sum (D8).
        let last = front.last && front.pending == 0;
        front.last &= !last;
        let clear = std::mem::take(&mut self.clear);
        (Packet { target, words, last, clear, lost: false }, from, lookups)
    }

    #[inline]
    fn has_block_left(&self, image: &CoreImage) -> bool {
        let more_sums = matches!(self.task, Task::Stream { stream, group } if group + 1 < stream.sums());
        self.next_block < image.blocks() || more_sums
    }

    /// Whether a register of every slice is free for the next span; a look-ahead takes none (D4, D13, D15).
    #[inline]
    fn has_room(&self) -> bool {
        self.spans < LANE_REGISTERS || matches!(self.task, Task::Scan { .. })
    }

    /// Reads the next word of every slice.
    fn read_span<S: Sink>(&mut self, slices: usize, needs: Needs, ctx: &mut Context<'_, S>) {
        let blocks = ctx.image.blocks();
        if self.next_block == blocks {
            self.next_block = 0;
            if let Task::Stream { group, .. } = &mut self.task {
                *group += 1;
            }
        }
        let (target, row, ends) = match self.task {
            Task::Stream { stream, group } => {
                let signs = sign_column(stream, needs, ctx.image).map(RowUse::Signs);
                (stream.target(group), signs, true)
            }
            Task::Scan { spike, .. } => (Target::AllFields, Some(RowUse::Bits(spike.neuron)), false),
            Task::Update { spike, .. } => {
                (Target::AllFields, Some(RowUse::Bits(spike.neuron)), needs.keeps_fields)
            }
        };
        let end = (self.next_block + slices).min(blocks);
        for block in self.next_block..end {
            read_block(block, row, ctx);
            self.lanes.push_back(LaneRegister {
                block,
                ends_span: block + 1 == end,
                ready: ctx.now + Cycles::new(ctx.config.sram_latency.into()),
                dirty: matches!(self.task, Task::Update { .. }),
                examined: false,
                pending: 0,
                inside: 0,
                target,
                last: ends && block + 1 == blocks,
            });
        }
        self.next_block = end;
        self.spans += 1;
    }

    /// A register is free again once its word is written back and its last packet looked up.
    #[inline]
    fn release(&mut self) {
        while let Some(register) = self.lanes.front()
            && register.is_done()
        {
            self.spans -= usize::from(register.ends_span);
            self.lanes.pop_front();
        }
    }

    fn progress<S>(&mut self, unit: &Dense<'_>, ctx: &mut Context<'_, S>) -> Next {
        let left = self.has_block_left(ctx.image);
        if !left && self.lanes.is_empty() {
            return self.end(ctx);
        }
        let soon = ctx.now + Cycles::ONE;
        let sends = self.lanes.front().is_some_and(|r| r.examined && (r.pending != 0 || r.last));
        let writes = self.lanes.iter().any(|r| r.examined && r.dirty);
        let room = self.has_room();
        let next_send = if sends { unit.sender.next_try(ctx.now) } else { None };
        let next_send = next_send.map(|at| at.max(self.lanes[0].at_table(ctx)));
        let arrival = self.lanes.iter().filter(|r| !r.examined).map(|r| r.ready.max(soon)).min();
        let at_once = (writes || (left && room)).then_some(soon);
        Next::at([next_send, arrival, at_once])
    }

    /// All words are released. The smallest distance after a spike is known when it has come through the stages between
    /// the slices (P2).
    fn end<S>(&mut self, ctx: &mut Context<'_, S>) -> Next {
        let stages = ctx.stages.slices;
        if stages == 0 || matches!(self.task, Task::Stream { .. }) {
            return Next::Done;
        }
        ctx.activity.distance_busy_cycles += stages;
        let at = ctx.now + Cycles::new(stages);
        self.known_at = Some(at);
        Next::Wake(at)
    }
}

impl LaneRegister {
    /// Its word is written back and its last packet looked up.
    const fn is_done(&self) -> bool {
        self.examined && !self.dirty && self.pending == 0 && !self.last
    }

    /// The first cycle in which lanes of the word can be looked up: those in which it comes through the stages between the
    /// slices follow its arrival (P2).
    fn at_table<S>(&self, ctx: &Context<'_, S>) -> Cycle {
        self.ready + Cycles::new(ctx.stages.slices)
    }
}

/// The chunk of `width` lanes, from a multiple of it on, that holds the lowest of `lanes`; none for no lane.
#[inline]
const fn chunk_of(lanes: u64, width: usize) -> u64 {
    if lanes == 0 || width == 1 {
        return lanes & lanes.wrapping_neg();
    }
    let first = lanes.trailing_zeros() as usize / width * width;
    let from = u64::MAX << first;
    if first + width >= 64 { from } else { from & !(u64::MAX << (first + width)) }
}

/// The lanes of `block` whose kernel word is sent, and those inside the window.
fn lanes_to_stream<S>(block: usize, unit: &Dense<'_>, ctx: &mut Context<'_, S>) -> (u64, u64) {
    let lanes = ctx.image.lanes(block);
    let end = window_end(ctx.image.table(), unit.counters.d_min);
    let inside = unit.counters.distances.block(block).below(end) & first_lanes(lanes);
    if !ctx.config.zero_skip && !unit.needs.keeps_fields {
        return (first_lanes(lanes), inside);
    }
    compared_with_window(lanes as u64, ctx);
    (inside, inside)
}

/// The kernel words of the lanes `taken`, one look-up each; returns how many.
fn stream_words<S>(
    taken: u64,
    register: &LaneRegister,
    words: &mut Vec<(PatternIdx, i32)>,
    unit: &Dense<'_>,
    ctx: &mut Context<'_, S>,
) -> u64 {
    let table = ctx.image.table();
    let origin = table.origin(unit.counters.d_min);
    let first = register.block * ctx.image.geometry().distance_lanes();
    let distances = unit.counters.distances.block(register.block);
    words.extend(lanes_of(taken).map(|lane| {
        let inside = register.inside >> lane & 1 == 1;
        let word = if inside { table.entries()[(distances.get(lane) - origin) as usize] } else { 0 };
        (PatternIdx::from_usize(first + lane), word.into())
    }));
    let lookups = taken.count_ones().into();
    looked_up(lookups, ctx);
    lookups
}

/// The changes of the kernel words of the lanes `taken` after a spike, those that turn out to be zero left out; returns the
/// look-ups that they took.
fn changed_words<S>(
    taken: u64,
    block: usize,
    spike: Spike,
    d_min_before: u32,
    words: &mut Vec<(PatternIdx, i32)>,
    unit: &Dense<'_>,
    ctx: &mut Context<'_, S>,
) -> u64 {
    let table = ctx.image.table();
    let (origin_before, origin) = (table.origin(d_min_before), table.origin(unit.counters.d_min));
    let first = block * ctx.image.geometry().distance_lanes();
    let (agrees, max) = (agreeing(block, spike, ctx.image), counter_max(ctx.image));
    let mut lookups = 0;
    for lane in lanes_of(taken) {
        let after = unit.counters.distances.block(block).get(lane);
        // The way back: a pattern that agrees with the neuron's new value was one further away.
        let before = moved(after, agrees >> lane & 1 == 0, max);
        let (word, took) = change(ctx, before - origin_before, after - origin);
        lookups += took;
        if word != 0 {
            words.push((PatternIdx::from_usize(first + lane), word));
        }
    }
    lookups
}

/// The smallest distance of `block` as it will be after the spike.
fn look_ahead<S>(block: usize, spike: Spike, unit: &mut Dense<'_>, ctx: &mut Context<'_, S>) -> u32 {
    let lanes = ctx.image.lanes(block);
    looked_ahead(lanes as u64, ctx);
    unit.counters.look_ahead(block, agreeing(block, spike, ctx.image), lanes)
}

/// Changes the distances of `block` by one; returns the lanes whose kernel word may change, where fields are kept, and the
/// smallest distance. The smallest one before the spike was `d_min_before`.
fn update_block<S>(
    block: usize,
    spike: Spike,
    d_min_before: u32,
    unit: &mut Dense<'_>,
    ctx: &mut Context<'_, S>,
) -> (u64, u32) {
    let lanes = ctx.image.lanes(block);
    distances_moved(lanes as u64, unit.needs, ctx);
    let down = agreeing(block, spike, ctx.image);
    let shift = WindowShift::new(d_min_before, unit.counters.d_min, ctx.image);
    let mut distances = unit.counters.distances.block_mut(block);
    let lanes = first_lanes(lanes);
    if !unit.needs.keeps_fields {
        distances.step(down);
        return (0, distances.minimum(lanes));
    }
    let before = distances.below(shift.end_before);
    let wrapped = distances.step(down);
    let inside = (before | distances.below(shift.end_after)) & lanes;
    (shift.changes(inside, down, wrapped), distances.minimum(lanes))
}

/// Reads the counter word of `block`, and a row of pattern memory in the same cycle.
pub(crate) fn read_block<S: Sink>(block: usize, row: Option<RowUse>, ctx: &mut Context<'_, S>) {
    if let Some(row) = row {
        read_row(block, row, ctx);
    }
    counter_words_read(1, ctx);
    ctx.trace(TraceEvent::CounterRead { block });
}
