//! Work whose course is known beforehand, done in one go when nobody watches.
//!
//! A first pass that writes counters never waits, a stream of all patterns flows without a gap if every queue, port and
//! register is large enough, and an update that changes no kernel word takes the same course whatever the distances
//! are. Then the cycle of its end and every count are closed forms, and only the sums have to be computed.
//!
//! This is the only place that states a count a second time: how often something is done is a closed form here, what each
//! time counts is asked of the unit that would have done it. Under a watching sink the same work goes event by event;
//! `crates/sim/tests/order.rs` compares the two.

use super::units::Units;
use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::dataflow::Needs;
use crate::message::{Fields, KernelStream, Message, Spike, Target, UnitId};
use crate::stages::Stages;
use crate::trace::Sink;
use crate::unit::distance::count;
use crate::unit::distance::counters::{CounterMemory, agreeing, counter_max, moved};
use crate::unit::distance::dense::LANE_REGISTERS;
use crate::unit::distance::first_pass::rows_of_block;
use crate::unit::distance::rows::sign_column;
use crate::unit::operands::Operands;
use klr_image::CoreImage;
use klr_units::{NeuronIdx, PatternIdx, State};
use std::collections::VecDeque;

/// What is known of one core's work before it begins, and the sums that are computed instead of simulated.
#[derive(Debug)]
pub(super) struct Shortcut {
    needs: Needs,
    /// A stream flows without a gap: to groups of neurons, and to one neuron.
    flows: [bool; 2],
    /// Spikes take the same course, as long as no kernel word changes.
    spikes: bool,
    /// Their course, once there was one.
    course: Option<PassCourse>,
    /// Distances after a spike, before it is known whether they are taken over.
    scratch: Vec<u32>,
    /// Patterns whose kernel word is not zero, and the revision of the distances of which that holds.
    live: Vec<(PatternIdx, i64)>,
    live_since: Option<u64>,
}

impl Shortcut {
    /// `may_overflow`: a sum can leave its accumulator, so sums have to be made in order.
    pub(super) fn new(
        image: &CoreImage,
        needs: Needs,
        config: &ConfigSpec,
        operands: &Operands,
        may_overflow: bool,
    ) -> Self {
        let streams = !config.zero_skip && !may_overflow;
        let flows = [false, true]
            .map(|one_neuron| streams && flows_without_a_gap(one_neuron, image, operands, config));
        // A sum that ends needs an entry of the queue, which a queue that drops may not have. A pipelined sequencer may end
        // the retrieval before the spike is done, and what would follow is not to be counted.
        let drops = needs.keeps_fields && config.queue_policy == QueuePolicy::Drop;
        Self {
            needs,
            flows,
            spikes: !drops && !config.pipelined,
            course: None,
            scratch: Vec::new(),
            live: Vec::new(),
            live_since: None,
        }
    }

    /// Does the work that `message` commands, if its course is known.
    pub(super) fn command<S: Sink>(
        &mut self,
        message: &Message,
        units: &mut Units<S>,
        ctx: &mut Context<'_, S>,
    ) -> bool {
        match message {
            Message::FirstPass => first_pass(units, ctx),
            Message::Stream(stream) => self.stream(*stream, units, ctx),
            _ => false,
        }
    }

    // ----- streams ---------------------------------------------------------------------------------------------------

    /// A stream of all patterns: a packet per cycle from the arrival of the first word to the last.
    fn stream<S: Sink>(
        &mut self,
        stream: KernelStream,
        units: &mut Units<S>,
        ctx: &mut Context<'_, S>,
    ) -> bool {
        let flows = match stream {
            KernelStream::Groups(_) => self.flows[0],
            KernelStream::Neuron(_) => self.flows[1],
            KernelStream::AllFields => false,
        };
        let Some(counters) = units.distance.counters().filter(|_| flows && units.distance.is_idle()) else {
            return false;
        };
        self.refresh_live(counters, units.distance.revision(), ctx.image);
        self.count_stream(stream, units, ctx);
        let (r, t, m) = (ctx.config.sram_latency, ctx.config.table_latency, ctx.config.mac_latency);
        let pipeline = u64::from(2 * r + t + m);
        let packets = packets_per_sum(stream.target(0), ctx.image);
        for sum in 0..stream.sums() {
            let fields = match stream {
                KernelStream::Neuron(neuron) => Fields::Neuron(neuron, self.field(neuron, ctx.image)),
                _ => Fields::Group(sum, self.group_fields(sum, ctx.image)),
            };
            // The first packet is looked up R cycles after the command has arrived, the last of this sum
            // (sum + 1) x packets - 1 cycles later.
            let latency = pipeline + (sum as u64 + 1) * packets - 1;
            ctx.queue.send(UnitId::Sequencer, latency, Message::Fields(fields));
        }
        true
    }

    fn count_stream<S: Sink>(&self, stream: KernelStream, units: &Units<S>, ctx: &mut Context<'_, S>) {
        let (image, sums, p) = (ctx.image, stream.sums() as u64, u64::from(ctx.image.p()));
        let words = sums * p;
        let packets = sums * packets_per_sum(stream.target(0), image);
        // All groups together are all neurons, and meet each pattern once.
        let (target, sign_words) = match stream {
            KernelStream::Neuron(neuron) => (Target::Neuron(neuron), 0),
            _ => (Target::AllFields, p * sign_words_per_pattern(units.mac.operands(), image)),
        };
        let counter_words = sums * image.blocks() as u64;
        count::counter_words_read(counter_words, ctx);
        count::looked_up(words, ctx);
        units.mac.count_packets(packets, words, ctx);
        units.mac.count_service(packets, sign_words, ctx);
        units.mac.count_products(p, target, ctx);
        // Two words can be read before the first has arrived; from then on every cycle sends a packet.
        ctx.activity.distance_busy_cycles +=
            packets + u64::from(ctx.config.sram_latency).min(2).min(counter_words);
        ctx.activity.activations_sent += packets;
        if sign_column(stream, self.needs, image).is_some() {
            count::pattern_rows_read(counter_words, ctx);
        }
    }

    /// Kernel words that are not zero, since the last time a distance changed: the others add nothing to any sum.
    fn refresh_live(&mut self, counters: &CounterMemory, revision: u64, image: &CoreImage) {
        if self.live_since.replace(revision) == Some(revision) {
            return;
        }
        let table = image.table();
        let origin = table.origin(counters.d_min);
        let entries = table.entries();
        self.live.clear();
        for (mu, &d) in counters.distances.iter().enumerate() {
            if let Some(&k) = entries.get((d - origin) as usize) {
                self.live.push((PatternIdx::from_usize(mu), k.into()));
            }
        }
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

    // ----- spikes ----------------------------------------------------------------------------------------------------

    /// One spike on the counter memory: the look-ahead, where one is needed, and the pass that writes. Both take the same
    /// course whatever the distances are, as long as no kernel word is sent on the way.
    pub(super) fn spike<S: Sink>(&mut self, units: &mut Units<S>, ctx: &mut Context<'_, S>) -> bool {
        if !self.spikes {
            return false;
        }
        let distance = &mut units.distance;
        let (Some(counters), Some(spike)) = (distance.counters(), distance.next_spike(ctx.now)) else {
            return false;
        };
        let Some(d_min) = self.move_distances(counters, spike, ctx.image) else { return false };
        distance.take_spike(ctx);
        distance.exchange(&mut self.scratch, d_min);
        let (image, config) = (ctx.image, ctx.config);
        let course = *self.course.get_or_insert_with(|| PassCourse::of(image, self.needs, config));
        self.count_spike(&course, ctx);
        if self.needs.keeps_fields {
            distance.end_sum_later(course.start + course.last_look_up, ctx);
        }
        distance.rest(course.start + course.end, ctx);
        true
    }

    /// Moves every distance by one and returns the smallest; nothing if a kernel word that the fields hold would change.
    fn move_distances(&mut self, counters: &CounterMemory, spike: Spike, image: &CoreImage) -> Option<u32> {
        let max = counter_max(image);
        let lanes = image.geometry().distance_lanes();
        self.scratch.clear();
        for (block, distances) in counters.distances.chunks(lanes).enumerate() {
            let agrees = agreeing(block, spike, image);
            let after = distances.iter().enumerate().map(|(lane, &d)| moved(d, agrees >> lane & 1 == 1, max));
            self.scratch.extend(after);
        }
        let d_min = self.scratch.iter().copied().min().unwrap_or(u32::MAX);
        if self.needs.keeps_fields {
            let table = image.table();
            let (before, origin) = (table.origin(counters.d_min), table.origin(d_min));
            let window = u32::try_from(table.window()).unwrap_or(u32::MAX);
            let changes = |(&old, &new): (&u32, &u32)| {
                let (old, new) = (old - before, new - origin);
                old != new && old.min(new) < window
            };
            if counters.distances.iter().zip(&self.scratch).any(changes) {
                return None;
            }
        }
        Some(d_min)
    }

    fn count_spike<S>(&self, course: &PassCourse, ctx: &mut Context<'_, S>) {
        let p = u64::from(ctx.image.p());
        let looks_ahead = count::looks_ahead(self.needs, ctx.image);
        // A look-ahead reads what the pass that writes reads.
        let passes = 1 + u64::from(looks_ahead);
        let blocks = ctx.image.blocks() as u64;
        count::pattern_rows_read(passes * blocks, ctx);
        count::counter_words_read(passes * blocks, ctx);
        if looks_ahead {
            count::looked_ahead(p, ctx);
        }
        count::distances_moved(p, self.needs, ctx);
        count::counter_words_written(blocks, ctx);
        ctx.activity.distance_busy_cycles += course.busy;
        ctx.activity.port_conflict_cycles += course.conflicts;
    }
}

/// A first pass that writes counters: one row per cycle and slice, from the cycle of the command on (D1 to D3).
fn first_pass<S: Sink>(units: &mut Units<S>, ctx: &mut Context<'_, S>) -> bool {
    if units.distance.counters().is_none() {
        return false;
    }
    let image = ctx.image;
    let hamming = |pattern: &State| u32::try_from(pattern.hamming(&ctx.state)).expect("at most 2^20 neurons");
    let nearest = units.distance.load(&ctx.state, image.patterns().iter().map(hamming));
    let (n, p) = (u64::from(image.n()), u64::from(image.p()));
    let by_column = image.geometry().storage().patterns.has_columns();
    let blocks = image.blocks() as u64;
    let latency = u64::from(ctx.config.sram_latency);
    let rows = rows_of_first_pass(image, ctx.config);
    // Reads take the first cycles, arrivals as many, R later.
    let stages = ctx.stages.slices;
    ctx.activity.distance_busy_cycles += rows + latency.min(rows) + stages;
    count::pattern_rows_read(if by_column { n * blocks } else { p * image.row_words() as u64 }, ctx);
    ctx.activity.bit_comparisons += n * p;
    count::counter_words_written(blocks, ctx);
    count::distances_complete(p, ctx);
    ctx.queue.send(UnitId::Sequencer, rows - 1 + latency + stages + 1, Message::DistancesReady { nearest });
    true
}

/// Cycles in which a first pass reads rows: a span has as many as its first block, which is its fullest (D1, D17).
fn rows_of_first_pass(image: &CoreImage, config: &ConfigSpec) -> u64 {
    let spans = (0..image.blocks()).step_by(config.distance_slices as usize);
    spans.map(|block| rows_of_block(block, image) as u64).sum()
}

/// Packets of one sum when no pattern is left out: a packet never spans two counter words.
fn packets_per_sum(target: Target, image: &CoreImage) -> u64 {
    let width = target.packet_words(image.geometry().mac_lanes());
    let last = image.blocks() - 1;
    (last * image.lanes(0).div_ceil(width) + image.lanes(last).div_ceil(width)) as u64
}

/// Words of signs that the MAC array reads of each pattern for all groups of neurons.
fn sign_words_per_pattern(operands: &Operands, image: &CoreImage) -> u64 {
    (0..image.groups()).map(|group| operands.sign_words(group).len() as u64).sum()
}

/// Whether a stream of all patterns sends a packet in every cycle once its first word has arrived.
fn flows_without_a_gap(
    one_neuron: bool,
    image: &CoreImage,
    operands: &Operands,
    config: &ConfigSpec,
) -> bool {
    let width = if one_neuron { image.geometry().mac_lanes() } else { 1 };
    let widest = width.min(image.lanes(0));
    let fewest = image.lanes(image.blocks() - 1).div_ceil(width).min(image.lanes(0).div_ceil(width));
    // The array must take a packet per cycle, or the queue fills up: each of a packet's weights in a bank of its own, each
    // group's weights and signs in one cycle.
    let multiplied_at_once = if one_neuron {
        operands.banks == 0 || operands.banks >= widest
    } else {
        (0..image.groups()).all(|group| operands.group_cycles(operands.sign_words(group).len() as u64) == 1)
            && signs_are_never_held(image, config)
    };
    // Several slices read a span at once, so the last packets of a span would not follow this simple count.
    config.distance_slices == 1
        && config.queue_policy == QueuePolicy::Stall
        && !config.pipelined
        && multiplied_at_once
        && config.table_ports as usize >= widest
        // An entry is occupied for T cycles of look-up and one of the credit's way back: with more entries than that a
        // credit is there when it is needed.
        && config.activation_queue > config.table_latency
        // The word after next is read when a lane register is released; the next word still has at least this many packets
        // to send, and R cycles later the word after next has arrived.
        && fewest >= config.sram_latency as usize
}

/// Whether the first word of signs of a packet is never in the register: packets that follow each other are of
/// different patterns, which those from a list, or of a single pattern, need not be.
const fn signs_are_never_held(image: &CoreImage, config: &ConfigSpec) -> bool {
    !image.geometry().storage().shares_signs() || (image.p() > 1 && config.candidates == 0)
}

/// The course of a spike that sends nothing on the way, with a look-ahead if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PassCourse {
    /// Cycles of the look-ahead, after which the pass that writes begins.
    start: u64,
    /// The last act of the pass, in cycles from its first read.
    end: u64,
    /// When the packet that ends a sum is looked up, for a pass that has one.
    last_look_up: u64,
    /// Cycles in which the unit is busy, those of the look-ahead included.
    busy: u64,
    conflicts: u64,
}

/// A register of a slice: when its word arrives, and what is still to be done with it.
struct Lane {
    ready: u64,
    dirty: bool,
    last: bool,
}

impl PassCourse {
    fn of(image: &CoreImage, needs: Needs, config: &ConfigSpec) -> Self {
        let slices = config.distance_slices as usize;
        let spans = image.blocks().div_ceil(slices);
        let latency = u64::from(config.sram_latency);
        // The last block shares its span with others.
        let behind = image.blocks() - (spans - 1) * slices > 1;
        let stages = Stages::of(image, config).slices;
        let pass = Pass {
            spans: spans as u64,
            latency,
            stages,
            ports: config.counter_ports,
            ends_a_sum: needs.keeps_fields,
            behind,
        };
        let mut course = pass.follow();
        // The smallest distance is known when it has come through the stages between the slices.
        course.end += stages;
        course.busy += stages;
        if count::looks_ahead(needs, image) {
            course.start = spans as u64 - 1 + latency + stages + 1;
            course.busy += spans as u64 + stages;
        }
        course
    }
}

/// A pass that writes, as far as its course depends on it.
struct Pass {
    /// Words per slice.
    spans: u64,
    /// From a read to its word, R.
    latency: u64,
    /// From a word to the table.
    stages: u64,
    /// Ports of the counter memory.
    ports: u32,
    ends_a_sum: bool,
    /// The last block shares its span with others, which are released in the cycle of their write, so its packet follows in
    /// the next one.
    behind: bool,
}

impl Pass {
    /// Follows the lane registers, without the words: a read needs a register and, with one port, a cycle without a write
    /// (D4, D9, D10).
    fn follow(&self) -> PassCourse {
        let Self { spans, latency, stages, ports, ends_a_sum, behind } = *self;
        let mut registers: VecDeque<Lane> = VecDeque::with_capacity(LANE_REGISTERS);
        let (mut now, mut read) = (0, 0);
        let mut course = PassCourse { start: 0, end: 0, last_look_up: 0, busy: 0, conflicts: 0 };
        loop {
            // A register that is released in this cycle can be read into from the next one on.
            let occupied = registers.len();
            // What was written in this cycle still stands before the last block, if it shares their span.
            let waits = behind && registers.front().is_some_and(|r| r.dirty);
            let write = registers.iter_mut().find(|r| r.dirty && r.ready <= now);
            let wrote = write.is_some();
            if let Some(register) = write {
                register.dirty = false;
            }
            let sends = !waits && registers.front().is_some_and(|r| r.last && r.ready + stages <= now);
            if sends {
                course.last_look_up = now;
                registers[0].last = false;
            }
            let wants_read = occupied < LANE_REGISTERS && read < spans;
            if wants_read && (!wrote || ports == 2) {
                read += 1;
                let last = ends_a_sum && read == spans;
                registers.push_back(Lane { ready: now + latency, dirty: true, last });
            } else {
                // The write had the port: the read is tried again in the next cycle.
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
}
