//! The MAC array: B lanes, each with a bank of weight memory, behind the activation queue.

use super::operands::{Operands, SignRegister};
use crate::config::{ConfigSpec, QueuePolicy};
use crate::context::{Arriving, Context};
use crate::dataflow::{Needs, SignPath};
use crate::fault::FaultKind;
use crate::message::{Fields, Message, Packet, Target, UnitId};
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::fixed::unsigned_width;
use klr_units::{Cycle, Cycles, NeuronIdx, PatternIdx};
use std::collections::VecDeque;

#[derive(Debug)]
pub(crate) struct MacArray {
    queue: VecDeque<Packet>,
    /// Ends of sums that found the queue full and wait beside it (M6).
    ends: VecDeque<Target>,
    /// The first cycle in which the lanes are free.
    free_at: Cycle,
    /// One accumulator per lane; lane 0 is the adder tree's where one neuron is served.
    sums: Vec<i64>,
    /// Whether a sum can leave the accumulator at all, from the image's worst case.
    may_overflow: bool,
    /// Bits of a word in the queue.
    word_bits: u64,
    operands: Operands,
    signs: SignRegister,
    /// For each neuron the cycle of the packet at hand in which its lane multiplies, where the fields are read meanwhile.
    turns: Vec<u64>,
    /// Words per bank of the packet at hand.
    bank_load: Vec<u32>,
}

/// What a packet takes.
#[derive(Clone, Copy, Debug)]
struct Service {
    /// Cycles for which it occupies the lanes.
    cycles: u64,
    /// Words of signs read for it.
    sign_words: u64,
}

/// Bits of a word in the activation queue. Where no pattern is left out the order says which pattern a word belongs to;
/// elsewhere the index goes with it, and where fields are kept a sign, because a word is a difference. Signs that come from
/// the neuron's column go with it too.
fn word_bits(image: &CoreImage, needs: Needs, config: &ConfigSpec) -> u64 {
    let kernel = u64::from(image.table().format().bits().get());
    let index = u64::from(unsigned_width(u64::from(image.p() - 1)));
    let leaves_out = needs.keeps_fields || config.zero_skip || config.candidates > 0;
    let weight_sign = needs.signs == SignPath::Column && image.geometry().storage().shares_signs();
    let signs = u64::from(needs.keeps_fields) + u64::from(weight_sign);
    kernel + signs + if leaves_out { index } else { 0 }
}

impl MacArray {
    pub(crate) fn new(image: &CoreImage, needs: Needs, config: &ConfigSpec, may_overflow: bool) -> Self {
        let lanes = image.geometry().mac_lanes();
        let operands = Operands::new(image, needs, config);
        Self {
            queue: VecDeque::new(),
            ends: VecDeque::new(),
            free_at: Cycle::ZERO,
            sums: vec![0; lanes],
            may_overflow,
            word_bits: word_bits(image, needs, config),
            operands,
            signs: SignRegister::default(),
            turns: Vec::new(),
            bank_load: vec![0; operands.banks],
        }
    }

    /// A packet reaches the activation queue.
    pub(crate) fn enter<S: Sink>(&mut self, packet: Packet, ctx: &mut Context<'_, S>) {
        let depth = ctx.config.activation_queue;
        // An end that waits closes the queue: what entered would be of a later sum (M6).
        let closed = self.queue.len() >= depth as usize || !self.ends.is_empty();
        if closed && ctx.config.queue_policy == QueuePolicy::Drop {
            ctx.activity.activations_dropped += 1;
            ctx.fault(FaultKind::QueueOverflow { queue: "activation", depth });
            if packet.last {
                self.ends.push_back(packet.target);
            }
        } else {
            self.queue.push_back(packet);
            ctx.trace(TraceEvent::ActivationEnters { depth: self.queue.len() });
        }
        let at = self.free_at.max(ctx.now);
        ctx.queue.wake(UnitId::Mac, at);
    }

    /// Takes the next packet, if the lanes are free.
    pub(crate) fn act<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if ctx.now < self.free_at {
            return;
        }
        let end = |target| Packet { target, words: Vec::new(), last: true, clear: false, lost: true };
        let next = self.queue.pop_front().or_else(|| self.ends.pop_front().map(end));
        let Some(packet) = next else { return };
        if ctx.config.queue_policy == QueuePolicy::Stall {
            ctx.queue.send(UnitId::Distance, 1, Message::ActivationCredit);
        }
        let service = self.serve(&packet, ctx);
        self.free_at = ctx.now + Cycles::new(service);
        if packet.last {
            let fields = self.complete(packet.target, ctx.image);
            self.retire_later(fields, service - 1, ctx);
        }
        ctx.recycle(packet.words);
        if !self.queue.is_empty() || !self.ends.is_empty() {
            ctx.queue.wake(UnitId::Mac, self.free_at);
        }
    }

    /// Multiplies and sums what the packet brings; returns the cycles for which it occupies the lanes.
    pub(crate) fn serve<S: Sink>(&mut self, packet: &Packet, ctx: &mut Context<'_, S>) -> u64 {
        if !packet.lost {
            self.count_packets(1, packet.words.len() as u64, ctx);
        }
        let service = self.service(packet, ctx);
        self.trace_take(packet, service, ctx);
        self.accumulate(packet, ctx);
        service.cycles
    }

    fn trace_take<S: Sink>(&self, packet: &Packet, service: Service, ctx: &mut Context<'_, S>) {
        ctx.trace(TraceEvent::MacTakes {
            words: packet.words.len(),
            target: packet.target,
            last: packet.last,
            cycles: service.cycles,
        });
        if let (Some(&(pattern, _)), 1..) = (packet.words.first(), service.sign_words) {
            ctx.trace(TraceEvent::RowSigns { pattern, words: service.sign_words });
        }
    }

    /// What the packet takes of lanes, banks and signs.
    fn service<S>(&mut self, packet: &Packet, ctx: &mut Context<'_, S>) -> Service {
        let Some(&(pattern, _)) = packet.words.first() else { return Service { cycles: 1, sign_words: 0 } };
        let groups = match packet.target {
            Target::Group(group) => group..group + 1,
            Target::AllFields => 0..ctx.image.groups(),
            Target::Neuron(neuron) => {
                let cycles = self.fullest_bank(packet, neuron);
                ctx.activity.bank_conflict_cycles += cycles - 1;
                self.count_service(cycles, 0, ctx);
                // The adder tree sums what the banks give in a cycle.
                count_sums(cycles, ctx);
                return Service { cycles, sign_words: 0 };
            }
        };
        let weight_cycles = groups.len() as u64 * self.operands.weight_cycles();
        ctx.activity.bank_conflict_cycles += weight_cycles - groups.len() as u64;
        let mut service = Service { cycles: 0, sign_words: 0 };
        self.turns.clear();
        for group in groups {
            let words = self.signs.read(pattern, self.operands.sign_words(group));
            if ctx.config.pipelined {
                let turns = self.operands.lane_turns(group, words);
                self.turns.extend(turns.map(|turn| service.cycles + turn));
            }
            service.cycles += self.operands.group_cycles(words);
            service.sign_words += words;
        }
        ctx.activity.sign_wait_cycles += service.cycles - weight_cycles;
        self.count_service(service.cycles, service.sign_words, ctx);
        service
    }

    /// Weight words of one neuron that the fullest bank has of a packet; one cycle without a weight memory.
    fn fullest_bank(&mut self, packet: &Packet, neuron: NeuronIdx) -> u64 {
        let banks = self.operands.banks;
        let patterns = || packet.words.iter().map(|word| word.0.get());
        let (Some(first), Some(last)) = (patterns().min(), patterns().max()) else { return 1 };
        // Patterns that lie no further apart than there are banks have one each.
        if banks == 0 || last - first < banks {
            return 1;
        }
        self.bank_load.fill(0);
        for &(pattern, _) in &packet.words {
            self.bank_load[CoreImage::weight_bank(pattern, neuron, self.operands.word, banks)] += 1;
        }
        u64::from(self.bank_load.iter().copied().max().unwrap_or(1))
    }

    fn accumulate<S: Sink>(&mut self, packet: &Packet, ctx: &mut Context<'_, S>) {
        let lanes = self.sums.len();
        let shares_signs = ctx.image.geometry().storage().shares_signs();
        // Products with a word of zero add nothing, and what stands in an accumulator is in its range.
        let words = packet.words.iter().filter(|word| word.1 != 0);
        match packet.target {
            Target::Group(group) => {
                let first = group * lanes;
                let neurons = lanes.min(ctx.image.n() as usize - first);
                for &(pattern, k) in words {
                    let sums = &mut self.sums[..neurons];
                    if shares_signs {
                        add_products(sums, weights_as_read(ctx.image, pattern, first), k);
                    } else {
                        let weights = &ctx.image.weight_row(pattern)[first..first + neurons];
                        add_products(sums, weights.iter().map(|&w| w.into()), k);
                    }
                    self.saturate_sums(first, neurons, ctx);
                }
                count_sums(packet.words.len() as u64 * neurons as u64, ctx);
            }
            Target::Neuron(neuron) => {
                for &(pattern, k) in words {
                    let weight = if shares_signs {
                        ctx.image.weight_as_read(pattern, neuron)
                    } else {
                        ctx.image.weight_row(pattern)[neuron.get()].into()
                    };
                    self.sums[0] += weight * i64::from(k);
                }
                if self.may_overflow {
                    self.sums[0] = ctx.saturate(neuron, self.sums[0]);
                }
            }
            Target::AllFields => {
                if packet.clear {
                    clear_fields(ctx);
                }
                if ctx.config.pipelined {
                    self.add_later(packet, ctx);
                    count_fields(packet.words.len() * ctx.fields.len(), ctx);
                    return self.count_products(packet.words.len() as u64, packet.target, ctx);
                }
                for &(pattern, change) in words {
                    if shares_signs {
                        add_products(&mut ctx.fields, weights_as_read(ctx.image, pattern, 0), change);
                    } else {
                        let weights = ctx.image.weight_row(pattern).iter().map(|&w| w.into());
                        add_products(&mut ctx.fields, weights, change);
                    }
                    self.saturate_fields(ctx);
                }
                count_fields(packet.words.len() * ctx.fields.len(), ctx);
            }
        }
        self.count_products(packet.words.len() as u64, packet.target, ctx);
    }

    /// A pipelined sequencer reads field registers while sums are under way, so each changes in its own cycle: R + M after
    /// its lane has had weight and sign read (S13).
    fn add_later<S>(&mut self, packet: &Packet, ctx: &mut Context<'_, S>) {
        let arrive = |ctx: &mut Context<'_, S>, i, turn, product, clears| {
            let (at, neuron) = (ctx.now + Cycles::new(turn + pipeline(ctx)), NeuronIdx::from_usize(i));
            ctx.arriving.push(Arriving { at, neuron, product, clears });
        };
        if packet.clear {
            (0..ctx.fields.len()).for_each(|i| arrive(ctx, i, 0, 0, true));
        }
        let Some(&(pattern, change)) = packet.words.first() else { return };
        for (i, turn) in self.turns.iter().enumerate() {
            let weight = ctx.image.weight_as_read(pattern, NeuronIdx::from_usize(i));
            arrive(ctx, i, *turn, weight * i64::from(change), false);
        }
    }

    // ----- counts: whoever does the work says how much of it there is ------------------------------------------------

    /// So many packets are taken, with so many kernel words in all.
    pub(crate) const fn count_packets<S>(&self, packets: u64, words: u64, ctx: &mut Context<'_, S>) {
        ctx.activity.activations_taken += packets;
        ctx.activity.activation_words += words;
        ctx.activity.activation_bits += words * self.word_bits;
    }

    /// The lanes are occupied for so many cycles, in which so many words of signs are read.
    pub(crate) fn count_service<S>(&self, cycles: u64, sign_words: u64, ctx: &mut Context<'_, S>) {
        ctx.activity.mac_busy_cycles += cycles;
        ctx.activity.sign_bits_read += self.operands.sign_bits(sign_words);
    }

    /// So many kernel words meet the neurons of `target`.
    pub(crate) fn count_products<S>(&self, words: u64, target: Target, ctx: &mut Context<'_, S>) {
        let (products, weight_bits) = self.operands.per_word(target);
        ctx.activity.macs += words * products;
        ctx.activity.weight_bits_read += words * weight_bits;
    }

    fn saturate_sums<S: Sink>(&mut self, first: usize, neurons: usize, ctx: &mut Context<'_, S>) {
        if self.may_overflow {
            for lane in 0..neurons {
                self.sums[lane] = ctx.saturate(NeuronIdx::from_usize(first + lane), self.sums[lane]);
            }
        }
    }

    fn saturate_fields<S: Sink>(&self, ctx: &mut Context<'_, S>) {
        if self.may_overflow {
            for i in 0..ctx.fields.len() {
                ctx.fields[i] = ctx.saturate(NeuronIdx::from_usize(i), ctx.fields[i]);
            }
        }
    }

    /// The sum that has become complete; the next one starts from zero.
    fn complete(&mut self, target: Target, image: &CoreImage) -> Fields {
        let fields = match target {
            Target::Group(group) => {
                let neurons = self.sums.len().min(image.n() as usize - group * self.sums.len());
                Fields::Group(group, self.sums[..neurons].to_vec())
            }
            Target::Neuron(neuron) => Fields::Neuron(neuron, self.sums[0]),
            Target::AllFields => Fields::All,
        };
        self.sums.fill(0);
        fields
    }

    /// Reports a complete sum, whose last products are in the lanes `cycles` from now, when they have come through the
    /// pipeline.
    pub(crate) fn retire_later<S>(&self, fields: Fields, cycles: u64, ctx: &mut Context<'_, S>) {
        ctx.queue.send(UnitId::Sequencer, cycles + pipeline(ctx), Message::Fields(fields));
    }

    /// Packets in the activation queue.
    pub(crate) fn queue_depth(&self) -> usize {
        self.queue.len()
    }

    /// The operands of the array.
    pub(crate) const fn operands(&self) -> &Operands {
        &self.operands
    }

    /// What the array waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        format!("MAC array: a packet ({} in the activation queue)", self.queue.len())
    }
}

/// Cycles from the lanes to what their products have changed (M4).
fn pipeline<S>(ctx: &Context<'_, S>) -> u64 {
    u64::from(ctx.config.sram_latency) + u64::from(ctx.config.mac_latency)
}

fn clear_fields<S>(ctx: &mut Context<'_, S>) {
    if !ctx.config.pipelined {
        ctx.fields.fill(0);
    }
    ctx.activity.field_bits_written +=
        ctx.fields.len() as u64 * u64::from(ctx.image.geometry().accumulator_bits());
}

/// Products are added to field registers, which are read and written for each; where somebody looks for violated neurons
/// among them, each is compared as well.
fn count_fields<S>(products: usize, ctx: &mut Context<'_, S>) {
    if ctx.config.bitmap || ctx.config.tree_latency > 0 {
        ctx.activity.violation_checks += products as u64;
    }
    let bits = products as u64 * u64::from(ctx.image.geometry().accumulator_bits());
    ctx.activity.field_bits_read += bits;
    ctx.activity.field_bits_written += bits;
}

/// What packets without a bank conflict write to accumulators: one sum of the products of a packet for a neuron, one for each
/// product elsewhere.
pub(crate) fn count_sums_of<S>(target: Target, packets: u64, products: u64, ctx: &mut Context<'_, S>) {
    let sums = if matches!(target, Target::Neuron(_)) { packets } else { products };
    count_sums(sums, ctx);
}

/// So many sums are written to accumulators that are no field registers.
fn count_sums<S>(sums: u64, ctx: &mut Context<'_, S>) {
    ctx.activity.sum_bits_written += sums * u64::from(ctx.image.geometry().accumulator_bits());
}

/// The weights of `pattern` from neuron `first` on, magnitudes with the signs of their stored bits.
fn weights_as_read(image: &CoreImage, pattern: PatternIdx, first: usize) -> impl Iterator<Item = i64> + '_ {
    (first..image.n() as usize).map(move |i| image.weight_as_read(pattern, NeuronIdx::from_usize(i)))
}

fn add_products(sums: &mut [i64], weights: impl Iterator<Item = i64>, k: i32) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += weight * i64::from(k);
    }
}
