//! The MAC array: B lanes, each with a bank of weight memory, behind the activation queue.

use super::{Context, Fields, Message, Packet, Target, UnitId};
use crate::config::{ConfigSpec, Dataflow, QueuePolicy};
use crate::fault::FaultKind;
use crate::trace::{Sink, TraceEvent};
use klr_image::CoreImage;
use klr_units::fixed::unsigned_width;
use klr_units::{Cycle, Cycles, NeuronIdx, PatternIdx};
use std::collections::VecDeque;

#[derive(Debug)]
pub(crate) struct MacArray {
    queue: VecDeque<Packet>,
    /// The first cycle in which the lanes are free.
    free_at: Cycle,
    /// One accumulator per lane; lane 0 is the adder tree's where one neuron is served.
    sums: Vec<i64>,
    /// Whether a sum can leave the accumulator at all, from the image's worst case.
    may_overflow: bool,
    /// Bits of a word in the queue.
    word_bits: u64,
    /// Cycles in which the banks deliver one weight for every lane.
    cycles_per_group: u64,
    /// Words per bank of the packet at hand.
    bank_load: Vec<u32>,
}

/// Bits of a word in the activation queue. Where no pattern is left out the order says which pattern a word belongs to;
/// elsewhere the index goes with it, and in `delta` a sign, because a word is a difference.
pub(crate) fn word_bits(image: &CoreImage, dataflow: Dataflow, leaves_out: bool) -> u64 {
    let kernel = u64::from(image.table().format().bits().get());
    let index = u64::from(unsigned_width(u64::from(image.p() - 1)));
    match dataflow {
        Dataflow::Delta => kernel + index + 1,
        _ if leaves_out => kernel + index,
        _ => kernel,
    }
}

impl MacArray {
    pub(crate) fn new(
        image: &CoreImage,
        dataflow: Dataflow,
        config: &ConfigSpec,
        may_overflow: bool,
    ) -> Self {
        let lanes = image.geometry().mac_lanes();
        let banks = lanes.min(config.weight_banks as usize);
        let leaves_out = config.zero_skip || config.candidates > 0;
        Self {
            queue: VecDeque::new(),
            free_at: Cycle::ZERO,
            sums: vec![0; lanes],
            may_overflow,
            word_bits: word_bits(image, dataflow, leaves_out),
            cycles_per_group: lanes.div_ceil(banks) as u64,
            bank_load: vec![0; banks],
        }
    }

    /// A packet reaches the activation queue.
    pub(crate) fn enter<S: Sink>(&mut self, packet: Packet, ctx: &mut Context<'_, S>) {
        let depth = ctx.config.activation_queue;
        let full = self.queue.len() >= depth as usize;
        if full && ctx.config.queue_policy == QueuePolicy::Drop && !packet.words.is_empty() {
            ctx.activity.activations_dropped += 1;
            ctx.fault(FaultKind::QueueOverflow { queue: "activation", depth });
            if !packet.last {
                return;
            }
            // The end of a sum is a wire beside the queue: it arrives even where the words are lost.
            self.queue.push_back(Packet { words: Vec::new(), ..packet });
        } else {
            self.queue.push_back(packet);
        }
        ctx.trace(TraceEvent::ActivationEnters { depth: self.queue.len() });
        let at = self.free_at.max(ctx.now);
        ctx.queue.wake(UnitId::Mac, at);
    }

    /// Takes the next packet, if the lanes are free.
    pub(crate) fn act<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if ctx.now < self.free_at {
            return;
        }
        let Some(packet) = self.queue.pop_front() else { return };
        if !packet.words.is_empty() {
            ctx.activity.activations_taken += 1;
            ctx.activity.activation_words += packet.words.len() as u64;
            ctx.activity.activation_bits += packet.words.len() as u64 * self.word_bits;
        }
        if ctx.config.queue_policy == QueuePolicy::Stall {
            ctx.queue.send(UnitId::Distance, 1, Message::ActivationCredit);
        }
        ctx.trace(TraceEvent::MacTakes {
            words: packet.words.len(),
            target: packet.target,
            last: packet.last,
        });
        let service = self.service(&packet, ctx);
        self.free_at = ctx.now + Cycles::new(service);
        self.accumulate(&packet, ctx);
        if packet.last {
            self.retire(packet.target, service, ctx);
        }
        let mut words = packet.words;
        words.clear();
        ctx.pool.push(words);
        if !self.queue.is_empty() {
            ctx.queue.wake(UnitId::Mac, self.free_at);
        }
    }

    /// Cycles for which the packet occupies the lanes.
    fn service<S>(&mut self, packet: &Packet, ctx: &mut Context<'_, S>) -> u64 {
        if packet.words.is_empty() {
            return 1;
        }
        let service = match packet.target {
            Target::Group(_) => self.cycles_per_group,
            Target::AllFields => ctx.image.groups() as u64 * self.cycles_per_group,
            Target::Neuron(neuron) => {
                self.bank_load.fill(0);
                for &(pattern, _) in &packet.words {
                    let bank = CoreImage::weight_bank(pattern, neuron, self.bank_load.len());
                    self.bank_load[bank] += 1;
                }
                u64::from(self.bank_load.iter().copied().max().unwrap_or(1))
            }
        };
        let unhindered = if packet.target == Target::AllFields { ctx.image.groups() as u64 } else { 1 };
        ctx.activity.bank_conflict_cycles += service - unhindered;
        ctx.activity.mac_busy_cycles += service;
        service
    }

    fn accumulate<S: Sink>(&mut self, packet: &Packet, ctx: &mut Context<'_, S>) {
        let lanes = self.sums.len();
        let macs = match packet.target {
            Target::Group(group) => {
                let first = group * lanes;
                let neurons = lanes.min(ctx.image.n() as usize - first);
                for &(pattern, k) in &packet.words {
                    let weights = &ctx.image.weight_row(pattern)[first..first + neurons];
                    for (sum, &w) in self.sums.iter_mut().zip(weights) {
                        *sum += i64::from(w) * i64::from(k);
                    }
                    self.saturate_sums(first, neurons, ctx);
                }
                packet.words.len() * neurons
            }
            Target::Neuron(neuron) => {
                for &(pattern, k) in &packet.words {
                    self.sums[0] += weight(ctx.image, pattern, neuron) * i64::from(k);
                }
                if self.may_overflow {
                    self.sums[0] = ctx.saturate(neuron, self.sums[0]);
                }
                packet.words.len()
            }
            Target::AllFields => {
                if packet.clear {
                    ctx.fields.fill(0);
                    ctx.activity.field_bits_written +=
                        ctx.fields.len() as u64 * u64::from(ctx.image.geometry().accumulator_bits());
                }
                for &(pattern, change) in &packet.words {
                    for (field, &w) in ctx.fields.iter_mut().zip(ctx.image.weight_row(pattern)) {
                        *field += i64::from(w) * i64::from(change);
                    }
                    self.saturate_fields(ctx);
                }
                let macs = packet.words.len() * ctx.fields.len();
                if ctx.config.bitmap || ctx.config.tree_latency > 0 {
                    ctx.activity.violation_checks += macs as u64;
                }
                let bits = macs as u64 * u64::from(ctx.image.geometry().accumulator_bits());
                ctx.activity.field_bits_read += bits;
                ctx.activity.field_bits_written += bits;
                macs
            }
        } as u64;
        ctx.activity.macs += macs;
        ctx.activity.weight_bits_read += macs * u64::from(ctx.image.weight_format().bits().get());
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

    /// Reports a complete sum once the last products have come through the pipeline.
    fn retire<S>(&mut self, target: Target, service: u64, ctx: &mut Context<'_, S>) {
        let pipeline = u64::from(ctx.config.sram_latency) + u64::from(ctx.config.mac_latency);
        let fields = match target {
            Target::Group(group) => {
                let neurons = self.sums.len().min(ctx.image.n() as usize - group * self.sums.len());
                Fields::Group(group, self.sums[..neurons].to_vec())
            }
            Target::Neuron(neuron) => Fields::Neuron(neuron, self.sums[0]),
            Target::AllFields => Fields::All,
        };
        self.sums.fill(0);
        ctx.queue.send(UnitId::Sequencer, service - 1 + pipeline, Message::Fields(fields));
    }

    /// What the array waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        format!("MAC array: a packet ({} in the activation queue)", self.queue.len())
    }
}

fn weight(image: &CoreImage, pattern: PatternIdx, neuron: NeuronIdx) -> i64 {
    image.weight_row(pattern)[neuron.get()].into()
}
