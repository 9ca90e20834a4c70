//! Work whose course is known beforehand, done in one go when nobody watches.
//!
//! A first pass that writes counters never waits, and a stream of all patterns flows without a gap if every queue, port
//! and register is large enough. Then the cycle of its end and every count are closed forms, and only the sums have to be
//! computed. Under a watching sink the same work goes event by event; `crates/sim/tests/order.rs` compares the two.

use super::DistanceUnit;
use super::first_pass::count_distances;
use crate::config::{ConfigSpec, QueuePolicy};
use crate::trace::Sink;
use crate::unit::mac::word_bits;
use crate::unit::{Context, Fields, Message, Stream, UnitId};
use klr_image::{CoreImage, TableForm};
use klr_units::{NeuronIdx, PatternIdx};

impl DistanceUnit {
    /// A first pass that writes counters: one row per cycle and slice, from the cycle of the command on (D1 to D3).
    pub(super) fn burst_first_pass<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> bool {
        if S::ENABLED || self.list.is_some() {
            return false;
        }
        let (n, p) = (u64::from(ctx.image.n()), u64::from(ctx.image.p()));
        let latency = u64::from(ctx.config.sram_latency);
        let rows = ctx.image.blocks().div_ceil(ctx.config.distance_slices as usize) as u64 * n;
        self.d_min = count_distances(ctx.image, &self.seen, &mut self.distances);
        let a = &mut ctx.activity;
        // Reads take the first cycles, arrivals as many, R later.
        a.distance_busy_cycles += rows + latency.min(rows);
        a.pattern_bits_read += n * p;
        a.bit_comparisons += n * p;
        a.counter_bits_written += p * u64::from(ctx.image.counter_bits());
        if ctx.image.table().form() == TableForm::NearestRelative {
            a.distance_comparisons += p;
        }
        let report = Message::DistancesReady { nearest: self.d_min };
        ctx.queue.send(UnitId::Sequencer, rows - 1 + latency + 1, report);
        true
    }

    /// A stream of all patterns: a packet per cycle from the arrival of the first word to the last.
    pub(super) fn burst_stream<S: Sink>(&mut self, stream: Stream, ctx: &mut Context<'_, S>) -> bool {
        let plain = !S::ENABLED && self.list.is_none() && !ctx.config.zero_skip && !self.may_overflow;
        if !plain || !flows_without_a_gap(stream, ctx.image, ctx.config) {
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
        let macs = neurons * u64::from(image.p());
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
        a.weight_bits_read += macs * u64::from(image.weight_format().bits().get());
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
    (0..image.blocks()).map(|block| image.lanes(block).div_ceil(width) as u64).sum()
}

/// Whether a stream of all patterns sends a packet in every cycle once its first word has arrived.
///
/// It does if one packet is looked up and multiplied per cycle, credits come back in time (an entry
/// is occupied for T cycles of look-up and one of the credit's way back), and the word after next arrives before it is
/// needed: it is read when a lane register is released, while the next word still has at least R packets to send.
fn flows_without_a_gap(stream: Stream, image: &CoreImage, config: &ConfigSpec) -> bool {
    let lanes = image.geometry().mac_lanes();
    let width = if matches!(stream, Stream::Neuron(_)) { lanes } else { 1 };
    let widest = width.min(image.lanes(0));
    let fewest = image.lanes(image.blocks() - 1).div_ceil(width).min(image.lanes(0).div_ceil(width));
    config.distance_slices == 1
        && config.queue_policy == QueuePolicy::Stall
        && !config.pipelined
        && config.weight_banks as usize >= lanes
        && config.table_ports as usize >= widest
        && config.activation_queue > config.table_latency
        && fewest >= config.sram_latency as usize
}
