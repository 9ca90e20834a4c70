//! Streams and updates from the candidate list: no counter memory, and pattern bits of the candidates only.

use super::candidates::{Candidate, CandidateList};
use super::counters::{counter_max, entry_bits};
use super::next::Next;
use super::rows::{RowUse, read_row, sign_column};
use super::sender::{Sender, change, kernel_word};
use crate::context::Context;
use crate::dataflow::Needs;
use crate::message::{KernelStream, Packet, Spike, Target};
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::{Cycle, Cycles, PatternIdx};
use std::collections::{BTreeSet, VecDeque};

/// Rows of pattern memory for the blocks that hold a candidate, all of one neuron.
#[derive(Debug)]
struct ListRows {
    row: RowUse,
    /// Blocks whose row is still to be read.
    left: VecDeque<usize>,
    /// The cycle in which the last row read arrives.
    arrives: Option<Cycle>,
}

impl ListRows {
    fn new(row: RowUse, list: &CandidateList, lanes: usize) -> Self {
        let blocks: BTreeSet<usize> = list.entries().map(|(_, c)| c.pattern / lanes).collect();
        Self { row, left: blocks.into_iter().collect(), arrives: None }
    }

    /// One cycle of reading, one row per slice: a block is served by the slice it is dealt to. Returns when to go on:
    /// with the next rows, or when the last arrive; nothing if all rows are there.
    fn step<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> Option<Next> {
        if self.left.is_empty() {
            return self.arrives.filter(|&at| at > ctx.now).map(Next::Wake);
        }
        let slices = ctx.config.distance_slices as usize;
        let mut used = vec![false; slices];
        let mut later = VecDeque::new();
        for block in self.left.drain(..) {
            if std::mem::replace(&mut used[block % slices], true) {
                later.push_back(block);
                continue;
            }
            read_row(block, self.row, ctx);
        }
        self.left = later;
        self.arrives = Some(ctx.now + Cycles::new(ctx.config.sram_latency.into()));
        let next = if self.left.is_empty() { self.arrives } else { Some(ctx.now + Cycles::ONE) };
        Some(Next::at([next, None, None]))
    }
}

/// The kernel words of the list on their way to the MAC array.
#[derive(Debug)]
pub(crate) struct ListStream {
    stream: KernelStream,
    /// The signs of the weights, where a stream needs them: they are read first.
    signs: Option<ListRows>,
    group: usize,
    /// The candidates inside the window, each with its register: marked in the cycle of the command.
    marked: Option<Vec<(usize, Candidate)>>,
    /// How many of them have been sent to this group.
    sent: usize,
    clear: bool,
}

impl ListStream {
    pub(crate) fn new(
        stream: KernelStream,
        clear: bool,
        list: &CandidateList,
        needs: Needs,
        image: &CoreImage,
    ) -> Self {
        let lanes = image.geometry().distance_lanes();
        let signs =
            sign_column(stream, needs, image).map(|neuron| ListRows::new(RowUse::Signs(neuron), list, lanes));
        Self { stream, signs, group: 0, marked: None, sent: 0, clear }
    }

    /// One cycle: the candidates inside the window are marked, rows of signs are read, or one packet is looked up, if table
    /// and activation queue have room for it.
    pub(crate) fn step<S: Sink>(
        &mut self,
        list: &CandidateList,
        sender: &mut Sender,
        ctx: &mut Context<'_, S>,
    ) -> Next {
        let marks = self.marked.is_none();
        if marks {
            self.marked = Some(inside(list, ctx));
        }
        if let Some(progress) = self.signs.as_mut().and_then(|rows| rows.step(ctx)) {
            ctx.activity.distance_busy_cycles += 1;
            return progress;
        }
        if marks {
            ctx.activity.distance_busy_cycles += 1;
            return Next::Wake(ctx.now + Cycles::ONE);
        }
        if sender.is_free(ctx) {
            ctx.activity.distance_busy_cycles += 1;
            if self.send(list, sender, ctx) {
                return Next::Done;
            }
        }
        Next::at([sender.next_try(ctx.now), None, None])
    }

    /// Sends one packet, the marked candidates of a chunk of registers; returns whether it was the last of the last sum.
    fn send<S: Sink>(&mut self, list: &CandidateList, sender: &mut Sender, ctx: &mut Context<'_, S>) -> bool {
        let target = self.stream.target(self.group);
        let width = target.packet_words(ctx.image.geometry().mac_lanes());
        let mut words = ctx.pool.pop().unwrap_or_default();
        let origin = ctx.image.table().origin(list.d_min());
        let left = self.marked.as_deref().and_then(|marked| marked.get(self.sent..)).unwrap_or_default();
        let first = left.first().map(|(_, c)| PatternIdx::from_usize(c.pattern));
        let chunk = left.first().map(|(register, _)| register / width);
        for (_, candidate) in left.iter().take_while(|(register, _)| Some(register / width) == chunk) {
            let word = kernel_word(ctx, candidate.distance - origin);
            words.push((PatternIdx::from_usize(candidate.pattern), word));
        }
        let last = words.len() == left.len();
        self.sent += words.len();
        let lookups = words.len() as u64;
        ctx.activity.candidate_bits_read += lookups * u64::from(entry_bits(ctx.image));
        let clear = std::mem::take(&mut self.clear);
        sender.send(Packet { target, words, last, clear, lost: false }, first, lookups, ctx);
        if !last {
            return false;
        }
        self.group += 1;
        self.sent = 0;
        self.group == self.stream.sums()
    }
}

/// The candidates whose kernel word is not zero; all are compared with the window at once.
fn inside<S>(list: &CandidateList, ctx: &mut Context<'_, S>) -> Vec<(usize, Candidate)> {
    let entries = list.len() as u64;
    ctx.activity.distance_comparisons += entries;
    ctx.activity.candidate_bits_read += entries * u64::from(ctx.image.counter_bits());
    let origin = ctx.image.table().origin(list.d_min());
    let window = ctx.image.table().window();
    list.entries().filter(|(_, c)| ((c.distance - origin) as usize) < window).collect()
}

/// One spike's way through the list.
#[derive(Debug)]
pub(crate) struct ListUpdate {
    spike: Spike,
    rows: ListRows,
    /// The cycle in which the distances have moved and their smallest is known.
    moves_at: Option<Cycle>,
    applied: bool,
    /// Candidates whose kernel word may have changed: pattern, index before, index after.
    changed: VecDeque<(usize, u32, u32)>,
}

/// What became of a spike in the list.
pub(crate) enum ListProgress {
    /// There is more to do.
    Going(Next),
    /// The list may miss a pattern inside the window: everything has to be counted anew.
    NotExact,
}

impl ListUpdate {
    pub(crate) fn new(spike: Spike, list: &CandidateList, lanes: usize) -> Self {
        let rows = ListRows::new(RowUse::Bits(spike.neuron), list, lanes);
        Self { spike, rows, moves_at: None, applied: false, changed: VecDeque::new() }
    }

    /// One cycle: reads the rows of one span; once all have arrived and the smallest distance has come through the stages of
    /// the list (P3), sends what changed.
    pub(crate) fn step<S: Sink>(
        &mut self,
        delta: bool,
        list: &mut CandidateList,
        sender: &mut Sender,
        ctx: &mut Context<'_, S>,
    ) -> ListProgress {
        if let Some(progress) = self.rows.step(ctx) {
            ctx.activity.distance_busy_cycles += 1;
            return ListProgress::Going(progress);
        }
        let moves = !self.applied;
        if moves {
            let stages = ctx.stages.list;
            let at = *self.moves_at.get_or_insert(ctx.now + Cycles::new(stages));
            if at > ctx.now {
                ctx.activity.distance_busy_cycles += stages;
                return ListProgress::Going(Next::Wake(at));
            }
            ctx.activity.distance_busy_cycles += 1;
            self.apply(delta, list, ctx);
            if !list.is_exact() {
                ctx.trace(TraceEvent::Refresh);
                return ListProgress::NotExact;
            }
            if !delta {
                return ListProgress::Going(Next::Done);
            }
        }
        let sends = sender.is_free(ctx);
        ctx.activity.distance_busy_cycles += u64::from(sends && !moves);
        if sends && self.send(sender, ctx) {
            return ListProgress::Going(Next::Done);
        }
        ListProgress::Going(Next::at([sender.next_try(ctx.now), None, None]))
    }

    fn apply<S: Sink>(&mut self, delta: bool, list: &mut CandidateList, ctx: &mut Context<'_, S>) {
        self.applied = true;
        let table = ctx.image.table();
        let before: Vec<(usize, u32)> = list.entries().map(|(_, c)| (c.pattern, c.distance)).collect();
        let origin_before = table.origin(list.d_min());
        let (spike, lanes) = (self.spike, ctx.image.geometry().distance_lanes());
        list.flip(counter_max(ctx.image), |pattern| {
            let row = ctx.image.column(pattern / lanes, spike.neuron);
            (row >> (pattern % lanes) & 1 == 1) == spike.up
        });
        let entries = list.len() as u64;
        let bits = entries * u64::from(ctx.image.counter_bits());
        ctx.activity.distance_updates += entries;
        // Every entry is compared with the smallest distance and with the window.
        ctx.activity.distance_comparisons += 2 * entries;
        ctx.activity.candidate_bits_read += bits;
        ctx.activity.candidate_bits_written += bits;
        ctx.trace(TraceEvent::ListUpdate { entries: list.len(), d_min: list.d_min() });
        if !delta || list.len() == 0 {
            return;
        }
        let origin = table.origin(list.d_min());
        let window = table.window();
        let moved = before.iter().zip(list.entries()).map(|(&(pattern, old), (_, new))| {
            (pattern, old - origin_before, new.distance.saturating_sub(origin))
        });
        self.changed =
            moved.filter(|&(_, old, new)| old != new && (old.min(new) as usize) < window).collect();
    }

    /// Looks up one word that may have changed; returns whether the sum is complete with it.
    fn send<S: Sink>(&mut self, sender: &mut Sender, ctx: &mut Context<'_, S>) -> bool {
        let mut words = ctx.pool.pop().unwrap_or_default();
        let next = self.changed.pop_front();
        let last = self.changed.is_empty();
        let mut lookups = 0;
        let first = next.map(|(pattern, _, _)| PatternIdx::from_usize(pattern));
        if let Some((pattern, old, new)) = next {
            let (word, taken) = change(ctx, old, new);
            lookups = taken;
            if word != 0 {
                words.push((PatternIdx::from_usize(pattern), word));
            }
        }
        let packet = Packet { target: Target::AllFields, words, last, clear: false, lost: false };
        sender.send(packet, first, lookups, ctx);
        last
    }
}
