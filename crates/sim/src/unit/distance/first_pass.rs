//! The first pass: distances counted from the pattern bits, one row of every slice per cycle.
//!
//! Blocks are dealt to the slices, which run in lockstep: a *span* is one block per slice. A pass is *whole* (every
//! column of every span) or, to eliminate patterns by partial distance, in two parts: the first columns of every span,
//! then the rest, nearest span first, given up as soon as every lane is ruled out.
//!
//! Where patterns lie by row, the rows of a block are the words of its patterns, one pattern after the other (D17).

use super::candidates::{Candidate, CandidateList};
use super::count::{counter_words_read, counter_words_written, distances_complete, pattern_rows_read};
use super::counters::entry_bits;
use super::sliced::{SlicedCounters, first_lanes};
use crate::context::Context;
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::{Cycle, Cycles, NeuronIdx, PatternIdx, State};
use std::collections::VecDeque;

/// What a first pass does with the distances it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Writes them to counter memory.
    Counters,
    /// Keeps the near ones in the candidate list.
    Candidates,
    /// The same, and stops counting patterns that are ruled out. The columns before this one are counted for all.
    Elimination(usize),
}

#[derive(Debug)]
pub(crate) struct FirstPass {
    purpose: Purpose,
    /// Counters of every block; those of the spans at hand are in registers, the others in counter memory or not yet
    /// begun.
    counters: SlicedCounters,
    slices: usize,
    cursor: Cursor,
    in_flight: VecDeque<Read>,
    /// A span that is ruled out, and the cycle in which that is known: rows of it that arrive from then on are not counted.
    ruled_out: Option<(Cycle, usize)>,
    abandoned: Option<usize>,
    /// Lanes of the complete span that the list has neither taken in nor left out, and the cycle from which on it does.
    lanes: VecDeque<Candidate>,
    lanes_from: Cycle,
    /// The span whose last row is under way. That of the next waits for it, and for the lanes left of it.
    completing: Option<usize>,
    /// The first cycle in which a row can be read or a candidate be taken in: a full list looks for its farthest entry.
    free_at: Cycle,
    /// The nearest span of the first part, by its smallest partial distance.
    nearest: (u32, usize),
    /// The cycle in which the last partial distance so far was written.
    put_aside_at: Cycle,
    d_min: u32,
    /// The cycle in which what the pass has found is known, once all of it is counted.
    known_at: Option<Cycle>,
}

/// Cycles from the arrival of a row to the verdict on its span, beside those of the stages between the slices (E3).
const VERDICT_AFTER: Cycles = Cycles::ONE;

/// Cycles from the write of the last partial distance to the first read of the second part (E2).
const SECOND_PART_AFTER: Cycles = Cycles::new(2);

#[derive(Clone, Copy, Debug)]
struct Read {
    ready: Cycle,
    span: usize,
    /// The column; where patterns lie by row, the number of the word in its block.
    column: usize,
}

/// Which rows are read next.
#[derive(Debug)]
struct Cursor {
    /// Spans left, the next one first, each with the end of its rows.
    spans: VecDeque<(usize, usize)>,
    column: usize,
    from: usize,
}

impl Cursor {
    fn peek(&self) -> Option<(usize, usize)> {
        self.spans.front().map(|&(span, _)| (span, self.column))
    }

    fn next(&mut self) -> Option<(usize, usize)> {
        let (span, to) = *self.spans.front()?;
        let column = self.column;
        self.column += 1;
        if self.column == to {
            self.leave(span);
        }
        Some((span, column))
    }

    /// Goes on to the next span, if `span` is the one at hand.
    fn leave(&mut self, span: usize) {
        if self.spans.front().is_some_and(|next| next.0 == span) {
            self.spans.pop_front();
            self.column = self.from;
        }
    }
}

impl FirstPass {
    pub(crate) fn new(image: &CoreImage, purpose: Purpose, slices: usize) -> Self {
        let end = |span: usize| match purpose {
            Purpose::Elimination(columns) => columns,
            _ => rows_of_block(span * slices, image),
        };
        let spans = (0..image.blocks().div_ceil(slices)).map(|span| (span, end(span))).collect();
        Self {
            purpose,
            counters: SlicedCounters::new(image),
            slices,
            cursor: Cursor { spans, column: 0, from: 0 },
            in_flight: VecDeque::new(),
            ruled_out: None,
            abandoned: None,
            lanes: VecDeque::new(),
            lanes_from: Cycle::ZERO,
            completing: None,
            free_at: Cycle::ZERO,
            nearest: (u32::MAX, 0),
            put_aside_at: Cycle::ZERO,
            d_min: u32::MAX,
            known_at: None,
        }
    }

    /// One cycle: rows that arrive are compared with `state` and counted, then a row is read. Returns the next cycle with
    /// something to do; none at the end of the pass, when the smallest distance is known.
    pub(crate) fn step<S: Sink>(
        &mut self,
        state: &State,
        list: &mut Option<CandidateList>,
        ctx: &mut Context<'_, S>,
    ) -> Option<Cycle> {
        if self.known_at.is_some() {
            return None;
        }
        ctx.activity.distance_busy_cycles += 1;
        self.give_up(list, ctx);
        if self.in_flight.front().is_some_and(|read| read.ready == ctx.now) {
            let read = self.in_flight.pop_front()?;
            self.arrive(read, state, list.as_ref(), ctx);
        }
        if ctx.now >= self.free_at {
            self.take_in_or_read(list, ctx);
        }
        let soon = ctx.now + Cycles::ONE;
        let verdict = self.ruled_out.map(|(at, _)| at);
        let arrival =
            self.in_flight.front().map(|read| read.ready.max(soon)).into_iter().chain(verdict).min();
        let searches = self.free_at > soon;
        if !self.lanes.is_empty() || !self.cursor.spans.is_empty() || searches {
            Some(soon)
        } else if self.is_second_part_due(ctx.image) {
            Some(self.second_part_at(ctx).max(soon))
        } else if arrival.is_some() {
            arrival
        } else {
            self.end(ctx)
        }
    }

    /// The next candidate is taken in, or the next row read.
    fn take_in_or_read<S: Sink>(&mut self, list: &mut Option<CandidateList>, ctx: &mut Context<'_, S>) {
        if let Some(list) = list.as_mut().filter(|_| ctx.now >= self.lanes_from) {
            self.leave_out(list);
            if let Some(candidate) = self.lanes.pop_front() {
                self.take_in(candidate, list, ctx);
                return;
            }
        }
        if let Some((span, column)) = self.next_row(ctx) {
            self.read(span, column, ctx);
        }
    }

    /// Leaves out lanes up to the first that is below the limit.
    fn leave_out(&mut self, list: &mut CandidateList) {
        while let Some(lane) = self.lanes.pop_front_if(|lane| lane.distance >= list.limit()) {
            list.leave_out(lane.distance);
        }
    }

    fn take_in<S: Sink>(&mut self, candidate: Candidate, list: &mut CandidateList, ctx: &mut Context<'_, S>) {
        let insertion = list.insert(candidate);
        self.leave_out(list);
        ctx.activity.candidate_bits_written += u64::from(entry_bits(ctx.image));
        ctx.trace(TraceEvent::Insert { entries: insertion.entries });
        let search = if insertion.was_full { ctx.stages.list } else { 0 };
        self.free_at = ctx.now + Cycles::new(search + 1);
    }

    /// All is counted; the smallest distance is known when it has come through the stages between the slices (P2), and what
    /// a list has left out when it has come through those of the list (P3).
    fn end<S>(&mut self, ctx: &mut Context<'_, S>) -> Option<Cycle> {
        let stages = match self.purpose {
            Purpose::Counters => ctx.stages.slices,
            Purpose::Candidates | Purpose::Elimination(_) => ctx.stages.slices + ctx.stages.list.max(1),
        };
        if stages == 0 {
            return None;
        }
        // The list takes its last candidate in up to the cycle before it is free again.
        let known_at = self.free_at.max(ctx.now + Cycles::ONE) + Cycles::new(stages - 1);
        ctx.activity.distance_busy_cycles += (known_at - ctx.now).get();
        self.known_at = Some(known_at);
        self.known_at
    }

    /// The smallest distance counted, for a pass that writes counters.
    pub(crate) const fn d_min(&self) -> u32 {
        self.d_min
    }

    /// The distances that a pass which writes counters has counted.
    pub(crate) fn into_distances(self) -> SlicedCounters {
        self.counters
    }

    fn blocks(&self, span: usize) -> std::ops::Range<usize> {
        span * self.slices..((span + 1) * self.slices).min(self.counters.blocks())
    }

    /// The first part has arrived, so that the nearest span can be found and the second part follow.
    fn is_second_part_due(&self, image: &CoreImage) -> bool {
        matches!(self.purpose, Purpose::Elimination(columns) if columns < image.n() as usize)
            && self.cursor.spans.is_empty()
            && self.cursor.from == 0
            && self.in_flight.is_empty()
    }

    /// The first cycle of the second part: after the last write, whose minimum is registered, and the comparison of the
    /// spans (E2).
    fn second_part_at<S>(&self, ctx: &Context<'_, S>) -> Cycle {
        self.put_aside_at + SECOND_PART_AFTER + Cycles::new(ctx.stages.slices)
    }

    fn begin_second_part(&mut self, image: &CoreImage) {
        let Purpose::Elimination(columns) = self.purpose else { return };
        let n = image.n() as usize;
        let nearest = self.nearest.1;
        let others = (0..self.counters.blocks().div_ceil(self.slices)).filter(|&span| span != nearest);
        let spans = std::iter::once(nearest).chain(others).map(|span| (span, n)).collect();
        self.cursor = Cursor { spans, column: columns, from: columns };
    }

    fn next_row<S>(&mut self, ctx: &Context<'_, S>) -> Option<(usize, usize)> {
        if self.is_second_part_due(ctx.image) && ctx.now >= self.second_part_at(ctx) {
            self.begin_second_part(ctx.image);
        }
        let listed = self.purpose != Purpose::Counters;
        let completes = |span: usize, row: usize| row + 1 == rows_of_block(span * self.slices, ctx.image);
        let waits = listed && (self.completing.is_some() || !self.lanes.is_empty());
        if waits && self.cursor.peek().is_some_and(|(span, row)| completes(span, row)) {
            return None;
        }
        let (span, row) = self.cursor.next()?;
        if listed && completes(span, row) {
            self.completing = Some(span);
        }
        Some((span, row))
    }

    fn read<S: Sink>(&mut self, span: usize, column: usize, ctx: &mut Context<'_, S>) {
        let by_column = ctx.image.geometry().storage().patterns.has_columns();
        let neuron = NeuronIdx::from_usize(column);
        for block in self.blocks(span) {
            if !by_column {
                read_word(block, column, ctx);
                continue;
            }
            pattern_rows_read(1, ctx);
            ctx.trace(TraceEvent::PatternRead { block, neuron });
            // The partial counts come back with the first row of the second part.
            if self.cursor.from > 0 && column == self.cursor.from {
                counter_words_read(1, ctx);
                ctx.trace(TraceEvent::CounterRead { block });
            }
        }
        let ready = ctx.now + Cycles::new(ctx.config.sram_latency.into());
        self.in_flight.push_back(Read { ready, span, column });
    }

    fn arrive<S: Sink>(
        &mut self,
        read: Read,
        state: &State,
        list: Option<&CandidateList>,
        ctx: &mut Context<'_, S>,
    ) {
        if self.abandoned == Some(read.span) {
            return;
        }
        if ctx.image.geometry().storage().patterns.has_columns() {
            let up = state.get(read.column);
            for block in self.blocks(read.span) {
                let row = ctx.image.column(block, NeuronIdx::from_usize(read.column));
                self.counters.block_mut(block).count(if up { !row } else { row });
                ctx.activity.bit_comparisons += ctx.image.lanes(block) as u64;
            }
        } else {
            for block in self.blocks(read.span) {
                self.count_word(block, read.column, state, ctx);
            }
        }
        if read.column + 1 == rows_of_block(read.span * self.slices, ctx.image) {
            self.complete(read.span, ctx);
            return;
        }
        if let Purpose::Elimination(columns) = self.purpose {
            if read.column + 1 == columns {
                self.put_aside(read.span, ctx);
            } else if read.column + 1 > columns {
                self.rule_out(read.span, list, ctx);
            }
        }
    }

    /// A word of one pattern has arrived: where it differs from the state its pattern is one further away.
    fn count_word<S>(&mut self, block: usize, row: usize, state: &State, ctx: &mut Context<'_, S>) {
        let Some((pattern, word)) = word_of_block(block, row, ctx.image) else { return };
        let l = ctx.image.geometry().distance_lanes();
        let neurons = word * l..(word * l + l).min(ctx.image.n() as usize);
        ctx.activity.bit_comparisons += neurons.len() as u64;
        for i in neurons {
            let differs = ctx.image.bit(pattern, NeuronIdx::from_usize(i)) != state.get(i);
            self.counters.block_mut(block).count(u64::from(differs) << (pattern.get() % l));
        }
    }

    /// All columns of a span are counted.
    fn complete<S: Sink>(&mut self, span: usize, ctx: &mut Context<'_, S>) {
        self.ruled_out = None;
        self.completing = None;
        self.lanes_from = ctx.now + Cycles::new(ctx.stages.slices);
        for block in self.blocks(span) {
            let lanes = ctx.image.lanes(block);
            match self.purpose {
                Purpose::Candidates | Purpose::Elimination(_) => {
                    ctx.activity.distance_comparisons += lanes as u64;
                    let (counters, first) =
                        (self.counters.block(block), block * ctx.image.geometry().distance_lanes());
                    let distances = (0..lanes).map(|lane| (first + lane, counters.get(lane)));
                    self.lanes.extend(distances.map(|(pattern, distance)| Candidate { pattern, distance }));
                }
                Purpose::Counters => {
                    self.d_min = self.d_min.min(self.counters.block(block).minimum(first_lanes(lanes)));
                    counter_words_written(1, ctx);
                    distances_complete(lanes as u64, ctx);
                    ctx.trace(TraceEvent::CounterWrite { block });
                }
            }
        }
    }

    /// The first part of a span is counted: its partial distances go to counter memory.
    fn put_aside<S: Sink>(&mut self, span: usize, ctx: &mut Context<'_, S>) {
        self.put_aside_at = ctx.now;
        for block in self.blocks(span) {
            let lanes = ctx.image.lanes(block);
            ctx.activity.distance_comparisons += lanes as u64;
            self.nearest = self.nearest.min((self.counters.block(block).minimum(first_lanes(lanes)), span));
            counter_words_written(1, ctx);
            ctx.trace(TraceEvent::CounterWrite { block });
        }
    }

    /// Compares every lane of a span with the limit; if none is below, that is registered, and known when it has come
    /// through the stages between the slices (E3, P2).
    fn rule_out<S>(&mut self, span: usize, list: Option<&CandidateList>, ctx: &mut Context<'_, S>) {
        let Some(list) = list else { return };
        let limit = list.limit();
        let mut near = false;
        for block in self.blocks(span) {
            let lanes = ctx.image.lanes(block);
            ctx.activity.distance_comparisons += lanes as u64;
            near |= self.counters.block(block).below(limit) & first_lanes(lanes) != 0;
        }
        if !near && self.ruled_out.is_none_or(|(_, other)| other != span) {
            self.ruled_out = Some((ctx.now + VERDICT_AFTER + Cycles::new(ctx.stages.slices), span));
        }
    }

    /// Gives up the span that is known to be ruled out by now.
    fn give_up<S: Sink>(&mut self, list: &mut Option<CandidateList>, ctx: &mut Context<'_, S>) {
        let Some(list) = list else { return };
        let Some((_, span)) = self.ruled_out.filter(|&(at, _)| at <= ctx.now) else { return };
        self.ruled_out = None;
        for block in self.blocks(span) {
            list.leave_out(self.counters.block(block).minimum(first_lanes(ctx.image.lanes(block))));
            ctx.trace(TraceEvent::Eliminated { block });
        }
        self.abandoned = Some(span);
        self.completing = self.completing.filter(|&other| other != span);
        self.cursor.leave(span);
    }
}

/// Rows of pattern memory that hold `block`: its columns, or the words of its patterns.
pub(crate) fn rows_of_block(block: usize, image: &CoreImage) -> usize {
    if image.geometry().storage().patterns.has_columns() {
        image.n() as usize
    } else {
        image.lanes(block) * image.row_words()
    }
}

/// The pattern and the word in it of row `row` of `block`, where patterns lie by row; none beyond a block's last pattern.
fn word_of_block(block: usize, row: usize, image: &CoreImage) -> Option<(PatternIdx, usize)> {
    let (lane, word) = (row / image.row_words(), row % image.row_words());
    let pattern = block * image.geometry().distance_lanes() + lane;
    (lane < image.lanes(block)).then(|| (PatternIdx::from_usize(pattern), word))
}

/// Reads row `row` of `block`, the padding of a pattern's last word included.
fn read_word<S: Sink>(block: usize, row: usize, ctx: &mut Context<'_, S>) {
    let Some((pattern, word)) = word_of_block(block, row, ctx.image) else { return };
    pattern_rows_read(1, ctx);
    ctx.trace(TraceEvent::RowRead { pattern, word });
}
