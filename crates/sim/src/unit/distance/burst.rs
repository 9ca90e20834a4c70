//! Work whose course is known beforehand, done in one go when nobody watches.
//!
//! A first pass that writes counters never waits, a stream of all patterns flows without a gap if every queue, port and
//! register is large enough, and an update that changes no kernel word takes the same course whatever the distances
//! are. Then the cycle of its end and every count are closed forms, and only the sums have to be computed. Under a watching sink the same work goes event by event; `crates/sim/tests/order.rs` compares the two.

use super::dense::LANE_REGISTERS;
use super::first_pass::rows_of_block;
use super::{DistanceUnit, agreeing, counter_max, moved, needs_minimum, sign_column};
use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::dataflow::Dataflow;
use crate::message::{Fields, Message, Packet, Spike, Stream, Target, UnitId};
use crate::trace::Sink;
use crate::unit::mac::word_bits;
use crate::unit::operands::Operands;
use klr_image::{CoreImage, TableForm};
use klr_units::{Cycles, NeuronIdx, PatternIdx};
use std::collections::VecDeque;

impl DistanceUnit<'_> {
    /// A first pass that writes counters: one row per cycle and slice, from the cycle of the command on (D1 to D3).
    pub(super) fn burst_first_pass<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> bool {
        if S::ENABLED || self.list.is_some() {
            return false;
        }
        let (n, p) = (u64::from(ctx.image.n()), u64::from(ctx.image.p()));
        let by_column = ctx.image.geometry().storage().patterns.has_columns();
        let row_bits = (ctx.image.row_words() * ctx.image.geometry().distance_lanes()) as u64;
        let latency = u64::from(ctx.config.sram_latency);
        let rows = rows_of_first_pass(ctx.image, ctx.config);
        let mut d_min = u32::MAX;
        for (distance, pattern) in self.distances.iter_mut().zip(self.patterns) {
            *distance = u32::try_from(pattern.hamming(&self.seen)).expect("at most 2^20 neurons");
            d_min = d_min.min(*distance);
        }
        self.d_min = d_min;
        let a = &mut ctx.activity;
        // Reads take the first cycles, arrivals as many, R later.
        a.distance_busy_cycles += rows + latency.min(rows);
        a.pattern_bits_read += if by_column { n * p } else { p * row_bits };
        a.bit_comparisons += n * p;
        a.counter_bits_written += p * u64::from(ctx.image.counter_bits());
        if needs_minimum(ctx.image, ctx.config) {
            a.distance_comparisons += p;
        }
        let report = Message::DistancesReady { nearest: self.d_min };
        ctx.queue.send(UnitId::Sequencer, rows - 1 + latency + 1, report);
        true
    }

    /// A stream of all patterns: a packet per cycle from the arrival of the first word to the last.
    pub(super) fn burst_stream<S: Sink>(&mut self, stream: Stream, ctx: &mut Context<'_, S>) -> bool {
        let plain = !S::ENABLED && self.list.is_none() && !ctx.config.zero_skip && !self.may_overflow;
        if !plain || !self.flows_without_a_gap(stream, ctx.image, ctx.config) {
            return false;
        }
        let groups = match stream {
            Stream::Groups(groups) => groups,
            Stream::Neuron(_) => 1,
            Stream::AllFields => return false,
        };
        self.count_stream(stream, groups as u64, ctx);
        self.refresh_live(ctx.image);
        let (r, t, m) = (ctx.config.sram_latency, ctx.config.table_latency, ctx.config.mac_latency);
        let pipeline = u64::from(2 * r + t + m);
        let packets = packets_per_sum(stream, ctx.image);
        for group in 0..groups {
            let fields = match stream {
                Stream::Neuron(neuron) => Fields::Neuron(neuron, self.field(neuron, ctx.image)),
                _ => Fields::Group(group, self.group_fields(group, ctx.image)),
            };
            // The first packet is looked up R cycles after the command has arrived, the last of this sum
            // (group + 1) x packets - 1 cycles later.
            let latency = pipeline + (group as u64 + 1) * packets - 1;
            ctx.queue.send(UnitId::Sequencer, latency, Message::Fields(fields));
        }
        true
    }

    fn count_stream<S>(&self, stream: Stream, groups: u64, ctx: &mut Context<'_, S>) {
        let image = ctx.image;
        let words = groups * u64::from(image.p());
        let packets = groups * packets_per_sum(stream, image);
        let neurons = if matches!(stream, Stream::Neuron(_)) { 1 } else { u64::from(image.n()) };
        let p = u64::from(image.p());
        let macs = neurons * p;
        let operands = Operands::new(image, self.dataflow, ctx.config);
        let one_neuron = matches!(stream, Stream::Neuron(_));
        let weight_bits = if one_neuron { operands.word_bits } else { operands.row_weight_bits() };
        let sign_words: u64 = (0..image.groups()).map(|group| operands.sign_words(group).len() as u64).sum();
        let counter_words = groups * image.blocks() as u64;
        let latency = u64::from(ctx.config.sram_latency);
        let a = &mut ctx.activity;
        // Two words can be read before the first has arrived; from then on every cycle sends a packet.
        a.distance_busy_cycles += packets + latency.min(2).min(counter_words);
        a.mac_busy_cycles += packets;
        a.counter_bits_read += words * u64::from(image.counter_bits());
        a.kernel_lookups += words;
        a.table_bits_read += words * u64::from(image.table().format().bits().get());
        a.activations_sent += packets;
        a.activations_taken += packets;
        a.activation_words += words;
        a.activation_bits += words * word_bits(image, self.dataflow, ctx.config.candidates > 0);
        a.macs += macs;
        a.weight_bits_read += p * weight_bits;
        a.sign_bits_read += p * operands.sign_bits(sign_words);
        a.pattern_bits_read += if sign_column(stream, image).is_some() { p } else { 0 };
    }

    /// Kernel words that are not zero, since the last time a distance changed: the others add nothing to any sum.
    fn refresh_live(&mut self, image: &CoreImage) {
        if self.live_is_fresh {
            return;
        }
        let table = image.table();
        let origin = table.origin(self.d_min);
        let entries = table.entries();
        self.live.clear();
        for (mu, &d) in self.distances.iter().enumerate() {
            if let Some(&k) = entries.get((d - origin) as usize) {
                self.live.push((PatternIdx::from_usize(mu), k.into()));
            }
        }
        self.live_is_fresh = true;
    }

    fn field(&self, neuron: NeuronIdx, image: &CoreImage) -> i64 {
        let weight = |pattern: PatternIdx| i64::from(image.weight_row(pattern)[neuron.get()]);
        self.live.iter().map(|&(pattern, k)| weight(pattern) * k).sum()
    }

    fn group_fields(&self, group: usize, image: &CoreImage) -> Vec<i64> {
        let lanes = image.geometry().mac_lanes();
        let first = group * lanes;
        let neurons = lanes.min(image.n() as usize - first);
        let mut sums = vec![0; neurons];
        for &(pattern, k) in &self.live {
            let weights = &image.weight_row(pattern)[first..first + neurons];
            for (sum, &w) in sums.iter_mut().zip(weights) {
                *sum += i64::from(w) * k;
            }
        }
        sums
    }
}

/// Packets of one sum when no pattern is left out: a packet never spans two counter words.
fn packets_per_sum(stream: Stream, image: &CoreImage) -> u64 {
    let width = if matches!(stream, Stream::Neuron(_)) { image.geometry().mac_lanes() } else { 1 };
    let last = image.blocks() - 1;
    (last * image.lanes(0).div_ceil(width) + image.lanes(last).div_ceil(width)) as u64
}

impl DistanceUnit<'_> {
    /// Whether a stream of all patterns sends a packet in every cycle once its first word has arrived.
    ///
    /// It does if one packet is looked up and multiplied per cycle, credits come back in time (an entry
    /// is occupied for T cycles of look-up and one of the credit's way back), and the word after next arrives before it is
    /// needed: it is read when a lane register is released, while the next word still has at least R packets to send.
    fn flows_without_a_gap(&self, stream: Stream, image: &CoreImage, config: &ConfigSpec) -> bool {
        let one_neuron = matches!(stream, Stream::Neuron(_));
        let width = if one_neuron { image.geometry().mac_lanes() } else { 1 };
        let widest = width.min(image.lanes(0));
        let fewest = image.lanes(image.blocks() - 1).div_ceil(width).min(image.lanes(0).div_ceil(width));
        let operands = Operands::new(image, self.dataflow, config);
        let multiplied_at_once = if one_neuron {
            operands.banks == 0 || operands.banks >= widest
        } else {
            (0..image.groups())
                .all(|group| operands.group_cycles(operands.sign_words(group).len() as u64) == 1)
                && self.signs_are_never_held(image, config)
        };
        config.distance_slices == 1
            && config.queue_policy == QueuePolicy::Stall
            && !config.pipelined
            && multiplied_at_once
            && config.table_ports as usize >= widest
            && config.activation_queue > config.table_latency
            && fewest >= config.sram_latency as usize
    }

    /// Whether the first word of signs of a packet is never in the register: packets that follow each other are of
    /// different patterns, which those from a list, or of a single pattern, need not be.
    const fn signs_are_never_held(&self, image: &CoreImage, config: &ConfigSpec) -> bool {
        !image.geometry().storage().shares_signs() || (image.p() > 1 && config.candidates == 0)
    }
}

/// Cycles in which a first pass reads rows: a span has as many as its first block, which is its fullest (D1, D17).
fn rows_of_first_pass(image: &CoreImage, config: &ConfigSpec) -> u64 {
    let spans = (0..image.blocks()).step_by(config.distance_slices as usize);
    spans.map(|block| rows_of_block(block, image) as u64).sum()
}

/// The course of an update pass that sends nothing on the way: cycles from its first read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Course {
    /// The last act of the pass.
    end: u64,
    /// When the packet that ends a sum is looked up, for a pass that has one.
    last_look_up: u64,
    busy: u64,
    conflicts: u64,
}

/// Follows the lane registers through a pass over `spans` words per slice, without the words: a read needs a register
/// and, with one port, a cycle without a write (D4, D9, D10). `behind`: the last block shares its span with others, which
/// are released in the cycle of their write, so its packet follows in the next one.
fn course(spans: u64, latency: u64, ports: u32, ends_a_sum: bool, behind: bool) -> Course {
    /// A register per slice: when its word arrives, and whether it is written back.
    struct Register {
        ready: u64,
        dirty: bool,
        last: bool,
    }
    let mut registers: VecDeque<Register> = VecDeque::with_capacity(LANE_REGISTERS);
    let (mut now, mut read) = (0, 0);
    let mut course = Course { end: 0, last_look_up: 0, busy: 0, conflicts: 0 };
    loop {
        let occupied = registers.len();
        // What was written in this cycle still stands before the last block, if it shares their span.
        let waits = behind && registers.front().is_some_and(|r| r.dirty);
        let write = registers.iter_mut().find(|r| r.dirty && r.ready <= now);
        let wrote = write.is_some();
        if let Some(register) = write {
            register.dirty = false;
        }
        let sends = !waits && registers.front().is_some_and(|r| r.last && r.ready <= now);
        if sends {
            course.last_look_up = now;
            registers[0].last = false;
        }
        let wants_read = occupied < LANE_REGISTERS && read < spans;
        if wants_read && (!wrote || ports == 2) {
            read += 1;
            let last = ends_a_sum && read == spans;
            registers.push_back(Register { ready: now + latency, dirty: true, last });
        } else {
            course.conflicts += u64::from(wants_read);
        }
        course.busy += u64::from(wrote || sends || wants_read);
        while registers.front().is_some_and(|r| r.ready <= now && !r.dirty && !r.last) {
            registers.pop_front();
        }
        if read == spans && registers.is_empty() {
            course.end = now;
            return course;
        }
        now += 1;
    }
}

impl DistanceUnit<'_> {
    /// One spike on the counter memory: the look-ahead, where `delta` needs one, and the pass that writes. Both take the
    /// same course whatever the distances are, as long as no kernel word changes.
    pub(super) fn burst_spike<S: Sink>(&mut self, spike: Spike, ctx: &mut Context<'_, S>) -> bool {
        let delta = self.dataflow == Dataflow::Delta;
        // A sum that ends needs an entry of the queue, which a queue that drops may not have. A pipelined sequencer may end
        // the retrieval before the spike is done, and what would follow is not to be counted.
        let uncertain = (delta && ctx.config.queue_policy == QueuePolicy::Drop) || ctx.config.pipelined;
        if S::ENABLED || self.list.is_some() || uncertain {
            return false;
        }
        let Some(d_min) = self.move_distances(spike, ctx) else { return false };
        let relative = ctx.image.table().form() == TableForm::NearestRelative;
        let (r, t) = (u64::from(ctx.config.sram_latency), u64::from(ctx.config.table_latency));
        let spans = ctx.image.blocks().div_ceil(ctx.config.distance_slices as usize) as u64;
        let looks_ahead = delta && relative;
        let start = if looks_ahead { spans - 1 + r + 1 } else { 0 };
        let slices = u64::from(ctx.config.distance_slices);
        let behind = ctx.image.blocks() as u64 - (spans - 1) * slices > 1;
        let pass = course(spans, r, ctx.config.counter_ports, delta, behind);
        self.count_spike(looks_ahead, spans, &pass, ctx);
        self.d_min = d_min;
        if delta {
            let packet = Packet { target: Target::AllFields, words: Vec::new(), last: true, clear: false };
            self.sender.send_later(start + pass.last_look_up, t, packet, ctx);
        }
        let done = Message::SpikeDone { nearest: self.nearest(), lost: false };
        ctx.queue.send(UnitId::Sequencer, start + pass.end + 1, done);
        self.resting_until = ctx.now + Cycles::new(start + pass.end + 1);
        ctx.queue.wake(UnitId::Distance, self.resting_until);
        true
    }

    /// Moves every distance by one and returns the smallest; changes nothing and returns nothing if a kernel word of
    /// `delta` would change.
    fn move_distances<S>(&mut self, spike: Spike, ctx: &Context<'_, S>) -> Option<u32> {
        let max = counter_max(ctx.image);
        let lanes = ctx.image.geometry().distance_lanes();
        self.scratch.clear();
        for (block, distances) in self.distances.chunks(lanes).enumerate() {
            let agrees = agreeing(block, spike, ctx.image);
            let after = distances.iter().enumerate().map(|(lane, &d)| moved(d, agrees >> lane & 1 == 1, max));
            self.scratch.extend(after);
        }
        let d_min = self.scratch.iter().copied().min().unwrap_or(u32::MAX);
        if self.dataflow == Dataflow::Delta {
            let table = ctx.image.table();
            let (before, origin) = (table.origin(self.d_min), table.origin(d_min));
            let window = u32::try_from(table.window()).unwrap_or(u32::MAX);
            let changes = |(&old, &new): (&u32, &u32)| {
                let (old, new) = (old - before, new - origin);
                old != new && old.min(new) < window
            };
            if self.distances.iter().zip(&self.scratch).any(changes) {
                return None;
            }
        }
        std::mem::swap(&mut self.distances, &mut self.scratch);
        Some(d_min)
    }

    fn count_spike<S>(&self, looks_ahead: bool, spans: u64, pass: &Course, ctx: &mut Context<'_, S>) {
        let delta = self.dataflow == Dataflow::Delta;
        let p = u64::from(ctx.image.p());
        let bits = p * u64::from(ctx.image.counter_bits());
        let passes = 1 + u64::from(looks_ahead);
        let minimum = u64::from(!looks_ahead && needs_minimum(ctx.image, ctx.config));
        let window = if delta { 2 } else { 0 };
        let a = &mut ctx.activity;
        a.pattern_bits_read += passes * p;
        a.counter_bits_read += passes * bits;
        a.counter_bits_written += bits;
        a.distance_updates += p;
        a.distance_comparisons += (u64::from(looks_ahead) + window + minimum) * p;
        a.distance_busy_cycles += u64::from(looks_ahead) * spans + pass.busy;
        a.port_conflict_cycles += pass.conflicts;
    }
}
