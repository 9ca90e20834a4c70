//! Work whose course is known beforehand, done in one go when nobody watches.
//!
//! A first pass that writes counters never waits, and a stream of all patterns flows without a gap if every queue, port and
//! register is large enough. Then the cycle of its end and every count are closed forms, and only the sums have to be
//! computed. The course of a spike depends on which blocks have a word that changes: it is followed without the words
//! (`course`), and once for all spikes that change none.
//!
//! This is the only place that states a count a second time: how often something is done is a closed form here, what each
//! time counts is asked of the unit that would have done it. Under a watching sink streams are told cycle by cycle (`flow`)
//! and the rest goes event by event; `crates/sim/tests/order.rs` compares both with a run that goes event by event alone.

mod course;
mod flow;

use super::units::Units;
use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::Context;
use crate::dataflow::Needs;
use crate::message::{Fields, KernelStream, Message, Packet, Spike, Target, UnitId};
use crate::trace::Sink;
use crate::unit::distance::count;
use crate::unit::distance::counters::{CounterMemory, WindowShift, agreeing, window_end};
use crate::unit::distance::first_pass::rows_of_block;
use crate::unit::distance::rows::sign_column;
use crate::unit::distance::sender::{change, look_up_cycles};
use crate::unit::distance::sliced::{SlicedCounters, first_lanes, lanes_of};
use crate::unit::mac::{MacArray, count_sums_of};
use crate::unit::operands::Operands;
use course::{PassCourse, PassTiming, Sending};
use flow::Flow;
use klr_image::CoreImage;
use klr_units::{NeuronIdx, PatternIdx};

/// What is known of one core's work before it begins, and the sums that are computed instead of simulated.
#[derive(Debug)]
pub(super) struct Shortcut {
    needs: Needs,
    /// A stream flows without a gap: to groups of neurons, and to one neuron.
    flows: [bool; 2],
    /// The course of a spike depends on nothing but what it changes.
    spikes: bool,
    /// Kernel words are sent to the field registers in one go: no sum can leave its accumulator.
    sends: bool,
    /// The course of a spike that changes no kernel word, once there was one.
    still: Option<PassCourse>,
    /// Distances after a spike, before it is known whether they are taken over.
    scratch: SlicedCounters,
    /// Blocks with a pattern inside the window before or after a spike.
    near: Vec<usize>,
    /// What a pass may change, and what it sends of it.
    changes: Vec<Change>,
    sendings: Vec<Sending>,
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
        let spikes = !drops && !config.pipelined;
        Self {
            needs,
            flows,
            spikes,
            sends: spikes && !may_overflow,
            still: None,
            scratch: SlicedCounters::new(image),
            near: Vec::new(),
            changes: Vec::new(),
            sendings: Vec::new(),
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
            Message::FirstPass => !S::ENABLED && first_pass(units, ctx),
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
            KernelStream::AllFields => return !S::ENABLED && self.load_fields(units, ctx),
        };
        let Some(counters) = units.distance.counters().filter(|_| flows && units.distance.is_idle()) else {
            return false;
        };
        self.refresh_live(counters, units.distance.revision(), ctx.image);
        let packets = packets_per_sum(stream.target(0), ctx.image);
        if S::ENABLED {
            let image = ctx.image;
            let flow = Flow::new(stream, self.needs, packets, ctx);
            flow.tell(|sum| self.sum_of(stream, sum, image), units, ctx);
            return true;
        }
        self.count_stream(stream, units, ctx);
        let (r, t, m) = (ctx.config.sram_latency, ctx.config.table_latency, ctx.config.mac_latency);
        let pipeline = u64::from(2 * r + t + m);
        for sum in 0..stream.sums() {
            let fields = self.sum_of(stream, sum, ctx.image);
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
        count_sums_of(target, packets, p * u64::from(image.n()), ctx);
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
        let inside = counters.below(window_end(table, counters.d_min), image);
        self.live.clear();
        self.live.extend(inside.map(|(pattern, d)| (pattern, entries[(d - origin) as usize].into())));
    }

    /// What sum number `sum` of a stream gives.
    fn sum_of(&self, stream: KernelStream, sum: usize, image: &CoreImage) -> Fields {
        match stream {
            KernelStream::Neuron(neuron) => Fields::Neuron(neuron, self.field(neuron, image)),
            _ => Fields::Group(sum, self.group_fields(sum, image)),
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

    // ----- passes that send what changes -----------------------------------------------------------------------------

    /// The field registers are loaded with the words inside the window: a change from nothing.
    fn load_fields<S: Sink>(&mut self, units: &mut Units<S>, ctx: &mut Context<'_, S>) -> bool {
        let Units { distance, mac, .. } = units;
        let Some(counters) = distance.counters().filter(|_| self.sends && distance.is_idle()) else {
            return false;
        };
        let (image, table) = (ctx.image, ctx.image.table());
        let origin = table.origin(counters.d_min);
        let inside = counters.below(window_end(table, counters.d_min), image);
        self.changes.clear();
        self.changes.extend(inside.map(|(pattern, d)| Change {
            pattern,
            before: u32::MAX,
            after: d - origin,
        }));
        self.send_changes(true, mac, ctx);
        count::counter_words_read(image.blocks() as u64, ctx);
        count::compared_with_window(image.p().into(), ctx);
        let course = PassTiming::of(image, ctx.config, false).follow(&self.sendings);
        count_course(&course, ctx);
        mac.retire_later(Fields::All, course.summed, ctx);
        true
    }

    /// One spike on the counter memory: the look-ahead, where one is needed, and the pass that writes, with the changes that
    /// it sends to the field registers.
    pub(super) fn spike<S: Sink>(&mut self, units: &mut Units<S>, ctx: &mut Context<'_, S>) -> bool {
        let Units { distance, mac, .. } = units;
        let (Some(counters), Some(spike)) = (distance.counters(), distance.next_spike(ctx.now)) else {
            return false;
        };
        if S::ENABLED || !self.spikes {
            return false;
        }
        let d_min = self.move_distances(counters, spike, ctx.image);
        self.find_changes(counters, spike, d_min, ctx.image);
        if !self.sends && !self.changes.is_empty() {
            return false;
        }
        distance.take_spike(ctx);
        distance.exchange(&mut self.scratch, d_min);
        let ahead = self.count_spike(ctx);
        if self.needs.keeps_fields {
            self.send_changes(false, mac, ctx);
        }
        let course = self.course_of_spike(ctx.image, ctx.config);
        count_course(&course, ctx);
        if self.needs.keeps_fields {
            mac.retire_later(Fields::All, ahead + course.summed, ctx);
        }
        // The smallest distance is known when it has come through the stages between the slices.
        distance.rest(ahead + course.end + ctx.stages.slices, ctx);
        true
    }

    /// Moves every distance by one, into `scratch`, and returns the smallest. Leaves in `near` the blocks that have a pattern
    /// inside the window before or after.
    fn move_distances(&mut self, counters: &CounterMemory, spike: Spike, image: &CoreImage) -> u32 {
        // The smallest distance grows by one at most, and with it the end of the window.
        let end = window_end(image.table(), counters.d_min).saturating_add(1);
        let mut d_min = u32::MAX;
        self.near.clear();
        self.scratch.clone_from(&counters.distances);
        for (block, mut distances) in self.scratch.blocks_mut().enumerate() {
            distances.step(agreeing(block, spike, image));
            let near = distances.below(end) & first_lanes(image.lanes(block));
            if near != 0 {
                self.near.push(block);
                d_min = d_min.min(distances.minimum(near));
            }
        }
        if self.near.is_empty() { self.scratch.smallest(image) } else { d_min }
    }

    /// The patterns whose kernel word may change, where fields are kept. No spike is lost there, so no distance wraps.
    fn find_changes(&mut self, counters: &CounterMemory, spike: Spike, d_min: u32, image: &CoreImage) {
        self.changes.clear();
        if !self.needs.keeps_fields {
            return;
        }
        let (table, lanes) = (image.table(), image.geometry().distance_lanes());
        let (origin_before, origin) = (table.origin(counters.d_min), table.origin(d_min));
        let shift = WindowShift::new(counters.d_min, d_min, image);
        for &block in &self.near {
            let (before, after) = (counters.distances.block(block), self.scratch.block(block));
            let inside = before.below(shift.end_before) | after.below(shift.end_after);
            let inside = inside & first_lanes(image.lanes(block));
            let changed = shift.changes(inside, agreeing(block, spike, image), 0);
            self.changes.extend(lanes_of(changed).map(|lane| Change {
                pattern: PatternIdx::from_usize(block * lanes + lane),
                before: before.get(lane) - origin_before,
                after: after.get(lane) - origin,
            }));
        }
    }

    /// Looks up what may change and sends it to the field registers, and a change of zero only if `zeros` are sent; the last
    /// packet of the last block ends the sum (D8).
    fn send_changes<S: Sink>(&mut self, zeros: bool, mac: &mut MacArray, ctx: &mut Context<'_, S>) {
        let lanes = ctx.image.geometry().distance_lanes();
        let last_block = ctx.image.blocks() - 1;
        self.sendings.clear();
        for (i, &Change { pattern, before, after }) in self.changes.iter().enumerate() {
            let block = pattern.get() / lanes;
            let last = block == last_block && i + 1 == self.changes.len();
            let (word, lookups) = change(ctx, before, after);
            let word = (zeros || word != 0).then_some((pattern, word));
            let service = (word.is_some() || last).then(|| take_at_once(word, last, mac, ctx));
            self.sendings.push(Sending { block, look_up: look_up_cycles(lookups, ctx.config), service });
        }
        if self.sendings.last().is_none_or(|sending| sending.block != last_block) {
            let service = Some(take_at_once(None, true, mac, ctx));
            self.sendings.push(Sending {
                block: last_block,
                look_up: look_up_cycles(0, ctx.config),
                service,
            });
        }
    }

    /// The course of the pass that writes; as long as no word changes it is always the same.
    fn course_of_spike(&mut self, image: &CoreImage, config: &ConfigSpec) -> PassCourse {
        let timing = || PassTiming::of(image, config, true);
        if self.changes.is_empty() {
            let sendings: &[Sending] = if self.needs.keeps_fields { &self.sendings } else { &[] };
            *self.still.get_or_insert_with(|| timing().follow(sendings))
        } else {
            timing().follow(&self.sendings)
        }
    }

    /// Counts what a spike does whatever it changes; returns the cycles of the look-ahead.
    fn count_spike<S>(&self, ctx: &mut Context<'_, S>) -> u64 {
        let p = u64::from(ctx.image.p());
        let looks_ahead = count::looks_ahead(self.needs, ctx.image);
        // A look-ahead reads what the pass that writes reads.
        let passes = 1 + u64::from(looks_ahead);
        let blocks = ctx.image.blocks() as u64;
        count::pattern_rows_read(passes * blocks, ctx);
        count::counter_words_read(passes * blocks, ctx);
        count::distances_moved(p, self.needs, ctx);
        count::counter_words_written(blocks, ctx);
        ctx.activity.distance_busy_cycles += ctx.stages.slices;
        if !looks_ahead {
            return 0;
        }
        count::looked_ahead(p, ctx);
        let spans = blocks.div_ceil(ctx.config.distance_slices.into());
        ctx.activity.distance_busy_cycles += spans + ctx.stages.slices;
        spans - 1 + u64::from(ctx.config.sram_latency) + ctx.stages.slices + 1
    }
}

/// A pattern whose kernel word may change: its index into the table before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    pattern: PatternIdx,
    before: u32,
    after: u32,
}

/// The MAC array takes a packet for the field registers; returns the cycles for which it is occupied.
fn take_at_once<S: Sink>(
    word: Option<(PatternIdx, i32)>,
    last: bool,
    mac: &mut MacArray,
    ctx: &mut Context<'_, S>,
) -> u64 {
    ctx.activity.activations_sent += 1;
    let mut words = ctx.pool.pop().unwrap_or_default();
    words.extend(word);
    let packet = Packet { target: Target::AllFields, words, last, clear: false, lost: false };
    let service = mac.serve(&packet, ctx);
    ctx.recycle(packet.words);
    service
}

const fn count_course<S>(course: &PassCourse, ctx: &mut Context<'_, S>) {
    ctx.activity.distance_busy_cycles += course.busy;
    ctx.activity.port_conflict_cycles += course.conflicts;
    ctx.activity.activation_stall_cycles += course.stalls;
}

/// A first pass that writes counters: one row per cycle and slice, from the cycle of the command on (D1 to D3).
fn first_pass<S: Sink>(units: &mut Units<S>, ctx: &mut Context<'_, S>) -> bool {
    if units.distance.counters().is_none() {
        return false;
    }
    let image = ctx.image;
    let nearest = units.distance.load(&ctx.state, image);
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
