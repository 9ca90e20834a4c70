//! The distance unit: pattern memory, distance counters and kernel table, behind the spike queue.
//!
//! One job at a time. A *first pass* recounts all distances from the pattern bits; a *stream* sends the kernel words of
//! all patterns to the MAC array; a *spike* changes every distance by one, in `delta` with the kernel words that change.

use super::{Context, Message, Packet, Spike, Stream, Target, UnitId};
use crate::config::{Dataflow, QueuePolicy};
use crate::fault::FaultKind;
use crate::trace::{Sink, TraceEvent};
use klr_image::{KernelTable, TableForm};
use klr_units::{Cycle, Cycles, NeuronIdx, PatternIdx};
use std::collections::VecDeque;

/// Counter words that can be between a read and their release.
const LANE_REGISTERS: usize = 2;

#[derive(Debug)]
pub(crate) struct DistanceUnit {
    dataflow: Dataflow,
    /// Content of the counter memory: the distance to every pattern.
    distances: Vec<u32>,
    d_min: u32,
    job: Option<Job>,
    spikes: VecDeque<Spike>,
    /// Words of the current pass, oldest first.
    lanes: VecDeque<LaneRegister>,
    /// Free entries of the activation queue, as far as this unit knows.
    credits: u32,
    stalled_since: Option<Cycle>,
}

#[derive(Debug)]
enum Job {
    /// Rows of pattern memory are read one by one; `planes` holds the counts of the block at hand, bit-sliced.
    FirstPass {
        next_row: usize,
        arrived: usize,
        first_read: Cycle,
        planes: Vec<u64>,
        d_min: u32,
    },
    Stream {
        stream: Stream,
        group: usize,
        next_block: usize,
    },
    /// `delta` with a nearest-relative table: looks ahead for the smallest distance after the spike.
    Scan {
        spike: Spike,
        next_block: usize,
        arrived: usize,
        first_read: Cycle,
        d_min: u32,
    },
    /// `origin_before`: the distance that index 0 stood for before the spike.
    Update {
        spike: Spike,
        next_block: usize,
        origin_before: u32,
        d_min: u32,
    },
}

/// One word of the counter memory, read and not yet released.
#[derive(Debug)]
struct LaneRegister {
    block: usize,
    ready: Cycle,
    /// The word has to be written back.
    dirty: bool,
    /// The lanes have been compared and, in an update, changed.
    examined: bool,
    /// Lanes whose kernel word is still to be sent.
    pending: u64,
    target: Target,
    /// The last word of a sum: its last packet completes the sum.
    last: bool,
}

impl DistanceUnit {
    pub(crate) fn new(image: &klr_image::CoreImage, dataflow: Dataflow, activation_queue: u32) -> Self {
        Self {
            dataflow,
            distances: vec![0; image.p() as usize],
            d_min: 0,
            job: None,
            spikes: VecDeque::new(),
            lanes: VecDeque::with_capacity(LANE_REGISTERS),
            credits: activation_queue,
            stalled_since: None,
        }
    }

    pub(crate) fn first_pass<S>(&mut self, ctx: &mut Context<'_, S>) {
        let planes = vec![0; ctx.image.counter_bits() as usize];
        let first_read = ctx.now;
        self.start(Job::FirstPass { next_row: 0, arrived: 0, first_read, planes, d_min: u32::MAX }, ctx);
    }

    pub(crate) fn stream<S>(&mut self, stream: Stream, ctx: &mut Context<'_, S>) {
        self.start(Job::Stream { stream, group: 0, next_block: 0 }, ctx);
    }

    fn start<S>(&mut self, job: Job, ctx: &mut Context<'_, S>) {
        debug_assert!(
            self.job.is_none(),
            "the sequencer waits for the report on one job before it sends the next"
        );
        self.job = Some(job);
        ctx.queue.wake(UnitId::Distance, ctx.now);
    }

    /// A spike reaches the spike queue.
    pub(crate) fn spike<S: Sink>(&mut self, spike: Spike, ctx: &mut Context<'_, S>) {
        let depth = ctx.config.spike_queue;
        if self.spikes.len() >= depth as usize && ctx.config.queue_policy == QueuePolicy::Drop {
            ctx.activity.spikes_dropped += 1;
            ctx.fault(FaultKind::QueueOverflow { queue: "spike", depth });
            ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeDone);
            return;
        }
        self.spikes.push_back(spike);
        ctx.trace(TraceEvent::SpikeEnters { neuron: spike.neuron, depth: self.spikes.len() });
        if self.job.is_none() {
            ctx.queue.wake(UnitId::Distance, ctx.now);
        }
    }

    /// An entry of the activation queue is free again.
    pub(crate) fn credit<S>(&mut self, ctx: &mut Context<'_, S>) {
        self.credits += 1;
        if let Some(since) = self.stalled_since.take() {
            ctx.activity.activation_stall_cycles += (ctx.now - since).get();
            ctx.queue.wake(UnitId::Distance, ctx.now);
        }
    }

    pub(crate) fn act<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        if self.job.is_none() {
            self.take_spike(ctx);
        }
        match self.job {
            None => {}
            Some(Job::FirstPass { .. }) => self.act_first_pass(ctx),
            Some(Job::Scan { .. }) => self.act_scan(ctx),
            Some(Job::Stream { .. } | Job::Update { .. }) => self.act_pass(ctx),
        }
    }

    fn take_spike<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let Some(spike) = self.spikes.pop_front() else { return };
        ctx.activity.spikes_taken += 1;
        ctx.trace(TraceEvent::SpikeTaken { neuron: spike.neuron });
        if ctx.config.queue_policy == QueuePolicy::Stall {
            ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeCredit);
        }
        let look_ahead =
            self.dataflow == Dataflow::Delta && ctx.image.table().form() == TableForm::NearestRelative;
        self.job = Some(if look_ahead {
            Job::Scan { spike, next_block: 0, arrived: 0, first_read: ctx.now, d_min: u32::MAX }
        } else {
            let origin_before = ctx.image.table().origin(self.d_min);
            Job::Update { spike, next_block: 0, origin_before, d_min: u32::MAX }
        });
    }

    // ----- first pass ------------------------------------------------------------------------------------------------

    /// One row read per cycle; a row that has arrived is compared with its state bit and counted.
    fn act_first_pass<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let Some(Job::FirstPass { mut next_row, mut arrived, first_read, mut planes, d_min }) =
            self.job.take()
        else {
            return;
        };
        let n = ctx.image.n() as usize;
        let rows = ctx.image.blocks() * n;
        let mut d_min = d_min;
        ctx.activity.distance_busy_cycles += 1;
        if ctx.now >= first_read + Cycles::new(u64::from(ctx.config.sram_latency) + arrived as u64) {
            let (block, neuron) = (arrived / n, NeuronIdx::from_usize(arrived % n));
            let row = ctx.image.pattern_row(block, neuron);
            let differs = if ctx.state.get(neuron.get()) { !row } else { row };
            count_bits(&mut planes, differs);
            ctx.activity.bit_comparisons += ctx.image.lanes(block) as u64;
            arrived += 1;
            if neuron.get() + 1 == n {
                d_min = d_min.min(self.write_block(block, &mut planes, ctx));
            }
        }
        if next_row < rows {
            let (block, neuron) = (next_row / n, NeuronIdx::from_usize(next_row % n));
            ctx.activity.pattern_bits_read += ctx.image.lanes(block) as u64;
            ctx.trace(TraceEvent::PatternRead { block, neuron });
            next_row += 1;
        }
        if arrived == rows {
            self.d_min = d_min;
            ctx.queue.send(UnitId::Sequencer, 1, Message::DistancesReady);
            return;
        }
        self.job = Some(Job::FirstPass { next_row, arrived, first_read, planes, d_min });
        let next = if next_row < rows { 1 } else { self.next_arrival(first_read, arrived, ctx) };
        ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::new(next));
    }

    /// Cycles until word number `arrived` of a pass of one read per cycle arrives, at least one.
    fn next_arrival<S>(&self, first_read: Cycle, arrived: usize, ctx: &Context<'_, S>) -> u64 {
        let at = first_read + Cycles::new(u64::from(ctx.config.sram_latency) + arrived as u64);
        if at > ctx.now { (at - ctx.now).get() } else { 1 }
    }

    /// Writes the counts of `block`, and returns the smallest of them.
    fn write_block<S: Sink>(&mut self, block: usize, planes: &mut [u64], ctx: &mut Context<'_, S>) -> u32 {
        let lanes = ctx.image.lanes(block);
        let first = block * ctx.image.geometry().distance_lanes();
        for lane in 0..lanes {
            let bits = planes.iter().enumerate().map(|(b, plane)| (plane >> lane & 1) << b).sum::<u64>();
            self.distances[first + lane] = u32::try_from(bits).expect("a distance has at most 20 bits");
        }
        planes.fill(0);
        ctx.activity.counter_bits_written += lanes as u64 * u64::from(ctx.image.counter_bits());
        ctx.trace(TraceEvent::CounterWrite { block });
        self.compare_minimum(block, lanes, ctx)
    }

    /// The smallest distance of a block; a comparison that only a nearest-relative table needs, and pays for.
    fn compare_minimum<S>(&self, block: usize, lanes: usize, ctx: &mut Context<'_, S>) -> u32 {
        if ctx.image.table().form() == TableForm::NearestRelative {
            ctx.activity.distance_comparisons += lanes as u64;
        }
        let first = block * ctx.image.geometry().distance_lanes();
        self.distances[first..first + lanes].iter().copied().min().unwrap_or(u32::MAX)
    }

    // ----- look-ahead ------------------------------------------------------------------------------------------------

    /// One block read per cycle, none written: the smallest distance as it will be after the spike.
    fn act_scan<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let Some(Job::Scan { spike, mut next_block, mut arrived, first_read, mut d_min }) = self.job.take()
        else {
            return;
        };
        ctx.activity.distance_busy_cycles += 1;
        if ctx.now >= first_read + Cycles::new(u64::from(ctx.config.sram_latency) + arrived as u64) {
            let (lanes, max) = (ctx.image.lanes(arrived), counter_max(ctx.image));
            ctx.activity.distance_comparisons += lanes as u64;
            let row = ctx.image.pattern_row(arrived, spike.neuron);
            let first = arrived * ctx.image.geometry().distance_lanes();
            for (lane, &d) in self.distances[first..first + lanes].iter().enumerate() {
                d_min = d_min.min(moved(d, row >> lane & 1 == 1, spike.up, max));
            }
            arrived += 1;
        }
        if next_block < ctx.image.blocks() {
            read_block(next_block, Some(spike), ctx);
            next_block += 1;
        }
        if arrived == ctx.image.blocks() {
            // The pass that writes starts in the next cycle, with the origin known before and after.
            let origin_before = self.d_min;
            self.d_min = d_min;
            self.job = Some(Job::Update { spike, next_block: 0, origin_before, d_min: u32::MAX });
            ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
            return;
        }
        let next =
            if next_block < ctx.image.blocks() { 1 } else { self.next_arrival(first_read, arrived, ctx) };
        self.job = Some(Job::Scan { spike, next_block, arrived, first_read, d_min });
        ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::new(next));
    }

    // ----- streams and updates: words go through the lane registers ---------------------------------------------------

    fn act_pass<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let occupied = self.lanes.len();
        self.examine(ctx);
        let wrote = self.write_back(ctx);
        let sent = self.send(ctx);
        let port_is_free = !wrote || ctx.config.counter_ports == 2;
        let wants_read = occupied < LANE_REGISTERS && self.has_block_left(ctx);
        if wants_read && port_is_free {
            self.read_next(ctx);
        } else if wants_read {
            ctx.activity.port_conflict_cycles += 1;
            ctx.trace(TraceEvent::PortConflict);
        }
        if wrote || sent || (wants_read && port_is_free) {
            ctx.activity.distance_busy_cycles += 1;
        }
        self.release();
        self.finish_or_wake(ctx);
    }

    /// Data that have arrived are compared with the window and, in an update, changed by one.
    fn examine<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let now = ctx.now;
        for i in 0..self.lanes.len() {
            if self.lanes[i].examined || self.lanes[i].ready > now {
                continue;
            }
            self.lanes[i].examined = true;
            let block = self.lanes[i].block;
            self.lanes[i].pending = match self.job {
                Some(Job::Update { spike, origin_before, .. }) => {
                    self.update_block(block, spike, origin_before, ctx)
                }
                _ => self.lanes_to_stream(block, ctx),
            };
        }
    }

    fn lanes_to_stream<S>(&self, block: usize, ctx: &mut Context<'_, S>) -> u64 {
        let lanes = ctx.image.lanes(block);
        if !ctx.config.zero_skip && self.dataflow != Dataflow::Delta {
            return u64::MAX >> (64 - lanes);
        }
        ctx.activity.distance_comparisons += lanes as u64;
        let table = ctx.image.table();
        let first = block * ctx.image.geometry().distance_lanes();
        let inside = |d: u32| (d - table.origin(self.d_min)) < window(table);
        mask(self.distances[first..first + lanes].iter().map(|&d| inside(d)))
    }

    /// Changes the distances of `block` by one; returns the lanes whose kernel word may change, in `delta`.
    fn update_block<S: Sink>(
        &mut self,
        block: usize,
        spike: Spike,
        origin_before: u32,
        ctx: &mut Context<'_, S>,
    ) -> u64 {
        let lanes = ctx.image.lanes(block);
        let row = ctx.image.pattern_row(block, spike.neuron);
        let first = block * ctx.image.geometry().distance_lanes();
        let table = ctx.image.table();
        let origin = table.origin(self.d_min);
        let max = counter_max(ctx.image);
        ctx.activity.distance_updates += lanes as u64;
        let mut candidates = 0;
        for (lane, d) in self.distances[first..first + lanes].iter_mut().enumerate() {
            let before = *d;
            *d = moved(before, row >> lane & 1 == 1, spike.up, max);
            if self.dataflow == Dataflow::Delta {
                let (old, new) = (before - origin_before, *d - origin);
                let changes = old != new && old.min(new) < window(table);
                candidates |= u64::from(changes) << lane;
            }
        }
        if self.dataflow == Dataflow::Delta {
            ctx.activity.distance_comparisons += 2 * lanes as u64;
        } else {
            let d_min = self.compare_minimum(block, lanes, ctx);
            if let Some(Job::Update { d_min: smallest, .. }) = &mut self.job {
                *smallest = (*smallest).min(d_min);
            }
        }
        candidates
    }

    /// Writes back the oldest word that has been changed; a write has the port before a read.
    fn write_back<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> bool {
        let Some(register) = self.lanes.iter_mut().find(|r| r.dirty && r.examined) else { return false };
        register.dirty = false;
        let block = register.block;
        ctx.activity.counter_bits_written +=
            ctx.image.lanes(block) as u64 * u64::from(ctx.image.counter_bits());
        ctx.trace(TraceEvent::CounterWrite { block });
        true
    }

    /// Looks up one packet of the oldest word, if the activation queue has room for it.
    fn send<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> bool {
        let Some(front) = self.lanes.front() else { return false };
        if !front.examined || (front.pending == 0 && !front.last) {
            return false;
        }
        if ctx.config.queue_policy == QueuePolicy::Stall && self.credits == 0 {
            if self.stalled_since.is_none() {
                self.stalled_since = Some(ctx.now);
                ctx.trace(TraceEvent::ActivationStall);
            }
            return false;
        }
        let packet = self.look_up(ctx);
        let latency = u64::from(ctx.config.table_latency);
        if ctx.config.queue_policy == QueuePolicy::Stall {
            self.credits -= 1;
        }
        if packet.words.is_empty() && !packet.last {
            // The kernel word turned out not to change: nothing is sent, and the entry is given back.
            ctx.pool.push(packet.words);
            if ctx.config.queue_policy == QueuePolicy::Stall {
                ctx.queue.send(UnitId::Distance, latency, Message::ActivationCredit);
            }
            return true;
        }
        if !packet.words.is_empty() {
            ctx.activity.activations_sent += 1;
        }
        ctx.queue.send(UnitId::Mac, latency, Message::Packet(packet));
        true
    }

    /// Takes lanes from the oldest word and turns them into kernel words.
    fn look_up<S: Sink>(&mut self, ctx: &mut Context<'_, S>) -> Packet {
        let mut words = ctx.pool.pop().unwrap_or_default();
        let front = &mut self.lanes[0];
        let (block, target) = (front.block, front.target);
        let width = if matches!(target, Target::Neuron(_)) { ctx.image.geometry().mac_lanes() } else { 1 };
        let first = block * ctx.image.geometry().distance_lanes();
        let mut looked_up = None;
        for _ in 0..width {
            if front.pending == 0 {
                break;
            }
            let lane = front.pending.trailing_zeros() as usize;
            front.pending &= front.pending - 1;
            looked_up = looked_up.or(Some(PatternIdx::from_usize(first + lane)));
            let d = self.distances[first + lane];
            let word = match self.job {
                Some(Job::Update { spike, origin_before, .. }) => {
                    let rises = ctx.image.pattern_row(block, spike.neuron) >> lane & 1 == 1;
                    // The way back: a pattern that agrees with the neuron's new value was one further away.
                    let before = moved(d, rises, !spike.up, counter_max(ctx.image));
                    change(ctx, before - origin_before, d - ctx.image.table().origin(self.d_min))
                }
                _ => kernel_word(ctx, d - ctx.image.table().origin(self.d_min)),
            };
            if word != 0 || !matches!(self.job, Some(Job::Update { .. })) {
                words.push((PatternIdx::from_usize(first + lane), word));
            }
        }
        let last = front.last && front.pending == 0;
        front.last &= !last;
        ctx.trace(TraceEvent::Lookup { first: looked_up, words: words.len(), last });
        Packet { target, words, last }
    }

    fn has_block_left<S>(&self, ctx: &Context<'_, S>) -> bool {
        match self.job {
            Some(Job::Stream { next_block, stream, group }) => {
                next_block < ctx.image.blocks() || group + 1 < groups(stream)
            }
            Some(Job::Update { next_block, .. }) => next_block < ctx.image.blocks(),
            _ => false,
        }
    }

    fn read_next<S: Sink>(&mut self, ctx: &mut Context<'_, S>) {
        let blocks = ctx.image.blocks();
        let delta = self.dataflow == Dataflow::Delta;
        let (block, target, spike, ends) = match &mut self.job {
            Some(Job::Stream { stream, group, next_block }) => {
                if *next_block == blocks {
                    *next_block = 0;
                    *group += 1;
                }
                let target = match *stream {
                    Stream::Groups(_) => Target::Group(*group),
                    Stream::Neuron(neuron) => Target::Neuron(neuron),
                    Stream::AllFields => Target::AllFields,
                };
                *next_block += 1;
                (*next_block - 1, target, None, *next_block == blocks)
            }
            Some(Job::Update { spike, next_block, .. }) => {
                *next_block += 1;
                (*next_block - 1, Target::AllFields, Some(*spike), delta && *next_block == blocks)
            }
            _ => return,
        };
        read_block(block, spike, ctx);
        self.lanes.push_back(LaneRegister {
            block,
            ready: ctx.now + Cycles::new(ctx.config.sram_latency.into()),
            dirty: spike.is_some(),
            examined: false,
            pending: 0,
            target,
            last: ends,
        });
    }

    /// A register is free again once its word is written back and its last packet looked up.
    fn release(&mut self) {
        while self.lanes.front().is_some_and(|r| r.examined && !r.dirty && r.pending == 0 && !r.last) {
            self.lanes.pop_front();
        }
    }

    fn finish_or_wake<S>(&mut self, ctx: &mut Context<'_, S>) {
        let left = self.has_block_left(ctx);
        if !left && self.lanes.is_empty() {
            self.finish(ctx);
            return;
        }
        let now = ctx.now;
        let front_sends = self
            .lanes
            .front()
            .is_some_and(|r| r.examined && (r.pending != 0 || r.last) && self.stalled_since.is_none());
        let writes = self.lanes.iter().any(|r| r.examined && r.dirty);
        if front_sends || writes || (left && self.lanes.len() < LANE_REGISTERS) {
            ctx.queue.wake(UnitId::Distance, now + Cycles::ONE);
        }
        if let Some(ready) = self.lanes.iter().filter(|r| !r.examined).map(|r| r.ready).min() {
            ctx.queue.wake(UnitId::Distance, ready.max(now + Cycles::ONE));
        }
    }

    fn finish<S>(&mut self, ctx: &mut Context<'_, S>) {
        if let Some(Job::Update { d_min, .. }) = self.job.take() {
            // In `delta` a nearest-relative table has the minimum from the look-ahead, and an absolute one needs none.
            if self.dataflow != Dataflow::Delta {
                self.d_min = d_min;
            }
            ctx.queue.send(UnitId::Sequencer, 1, Message::SpikeDone);
        }
        if !self.spikes.is_empty() {
            ctx.queue.wake(UnitId::Distance, ctx.now + Cycles::ONE);
        }
    }

    /// The smallest distance to any pattern and whether every kernel word is zero: what an observer sees, at no cost.
    pub(crate) fn observe(&self, table: &KernelTable) -> (u32, bool) {
        let d_min = self.distances.iter().copied().min().unwrap_or(0);
        (d_min, self.distances.iter().all(|&d| table.lookup(d, d_min) == 0))
    }

    /// What the unit waits for, for the report on a stuck core.
    pub(crate) fn waits_for(&self) -> String {
        let spikes = self.spikes.len();
        match (&self.job, self.stalled_since) {
            (Some(_), Some(since)) => format!(
                "distance unit: room in the activation queue, since cycle {} ({spikes} in the spike queue)",
                since.get()
            ),
            (Some(_), None) => format!("distance unit: data ({spikes} in the spike queue)"),
            (None, _) => format!("distance unit: a command ({spikes} in the spike queue)"),
        }
    }
}

const fn groups(stream: Stream) -> usize {
    match stream {
        Stream::Groups(groups) => groups,
        Stream::Neuron(_) | Stream::AllFields => 1,
    }
}

fn window(table: &KernelTable) -> u32 {
    u32::try_from(table.window()).expect("a table has at most one entry per distance")
}

fn mask(bits: impl Iterator<Item = bool>) -> u64 {
    bits.enumerate().fold(0, |mask, (lane, bit)| mask | u64::from(bit) << lane)
}

/// The largest value of a distance counter.
fn counter_max(image: &klr_image::CoreImage) -> u32 {
    (1 << image.counter_bits()) - 1
}

/// The distance to a pattern whose bit is `bit` after the neuron took the value `up`: one less if the two agree now.
/// A counter that lost spikes can be wrong, and then wraps as the register does.
const fn moved(d: u32, bit: bool, up: bool, max: u32) -> u32 {
    (if bit == up { d.wrapping_sub(1) } else { d + 1 }) & max
}

/// Adds one to the bit-sliced counter of every lane whose bit in `ones` is set: a ripple-carry over the planes.
fn count_bits(planes: &mut [u64], ones: u64) {
    let mut carry = ones;
    for plane in planes {
        (*plane, carry) = (*plane ^ carry, *plane & carry);
        if carry == 0 {
            return;
        }
    }
}

fn read_block<S: Sink>(block: usize, spike: Option<Spike>, ctx: &mut Context<'_, S>) {
    let lanes = ctx.image.lanes(block) as u64;
    if let Some(spike) = spike {
        ctx.activity.pattern_bits_read += lanes;
        ctx.trace(TraceEvent::PatternRead { block, neuron: spike.neuron });
    }
    ctx.activity.counter_bits_read += lanes * u64::from(ctx.image.counter_bits());
    ctx.trace(TraceEvent::CounterRead { block });
}

/// One look-up: the kernel word at `index`.
fn kernel_word<S>(ctx: &mut Context<'_, S>, index: u32) -> i32 {
    ctx.activity.kernel_lookups += 1;
    ctx.activity.table_bits_read += u64::from(ctx.image.table().format().bits().get());
    ctx.image.table().entries().get(index as usize).copied().unwrap_or(0).into()
}

/// The change of a kernel word from index `old` to `new`; an index outside the window is zero without a look-up.
fn change<S>(ctx: &mut Context<'_, S>, old: u32, new: u32) -> i32 {
    let window = window(ctx.image.table());
    let mut word = |index: u32| if index < window { kernel_word(ctx, index) } else { 0 };
    let before = word(old);
    word(new) - before
}
