//! The course of a pass over the counter memory: when its words are read, written back and looked up, and when the MAC array
//! takes what is sent. It depends on which blocks have something to send, and on nothing else.

use crate::config::ConfigSpec;
use crate::stages::Stages;
use crate::unit::distance::dense::LANE_REGISTERS;
use klr_image::CoreImage;
use std::collections::VecDeque;

/// A packet that a pass looks up, in the order of patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    /// The block of patterns that it comes from.
    pub(super) block: usize,
    /// Cycles for which its look-up occupies the ports of the table.
    pub(super) look_up: u64,
    /// Cycles for which it occupies the MAC array; none if its words turn out not to change and it is not sent.
    pub(super) service: Option<u64>,
}

/// When things happen in a pass, in cycles from its first read on, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PassCourse {
    /// The last act of the pass.
    pub(super) end: u64,
    /// The last packet is through the lanes of the MAC array; what it ends retires when it is through the pipeline.
    pub(super) summed: u64,
    /// Cycles in which the distance unit is busy.
    pub(super) busy: u64,
    /// Reads that wait for a write.
    pub(super) conflicts: u64,
    /// Cycles in which the unit waits for room in the activation queue.
    pub(super) stalls: u64,
}

/// What the course of a pass depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct PassTiming {
    blocks: usize,
    slices: usize,
    /// Words are written back.
    writes: bool,
    /// From a read to its word, R.
    latency: u64,
    /// From a word to the table.
    stages: u64,
    /// From a look-up to its arrival, T.
    table_latency: u64,
    /// Ports of the counter memory.
    ports: u32,
    /// Entries of the activation queue.
    queue: usize,
}

/// A word in a lane register.
struct Register {
    block: usize,
    ends_span: bool,
    ready: u64,
    dirty: bool,
}

impl PassTiming {
    /// `writes`: of a pass that changes the words, rather than one that only sends them.
    pub(super) fn of(image: &CoreImage, config: &ConfigSpec, writes: bool) -> Self {
        Self {
            blocks: image.blocks(),
            slices: config.distance_slices as usize,
            writes,
            latency: config.sram_latency.into(),
            stages: Stages::of(image, config).slices,
            table_latency: config.table_latency.into(),
            ports: config.counter_ports,
            queue: config.activation_queue as usize,
        }
    }

    /// Follows the lane registers, cycle by cycle: a read needs a register and, with one port, a cycle without a write (D4, D9,
    /// D10); a look-up needs the oldest word and a credit (D5, D6).
    pub(super) fn follow(&self, packets: &[Sending]) -> PassCourse {
        let mut registers: VecDeque<Register> = VecDeque::with_capacity(LANE_REGISTERS * self.slices);
        let mut way = Way { timing: self, free_at: 0, array_free_at: 0, credits: Vec::new(), stalled: None };
        let mut packets = packets.iter().copied().peekable();
        let (mut now, mut read) = (0, 0);
        let mut course = PassCourse::default();
        loop {
            // A register that is released in this cycle can be read into from the next one on.
            let room = registers.iter().filter(|r| r.ends_span).count() < LANE_REGISTERS;
            let mut wrote = false;
            for register in registers.iter_mut().filter(|r| r.dirty && r.ready <= now).take(self.slices) {
                register.dirty = false;
                wrote = true;
            }
            let at_table = registers.front().filter(|r| r.ready + self.stages <= now).map(|r| r.block);
            let packet = packets.next_if(|p| Some(p.block) == at_table && way.is_free(now, &mut course));
            if let Some(packet) = packet {
                way.send(packet, now, &mut course);
            }
            let wants_read = room && read < self.blocks;
            if wants_read && (!wrote || self.ports == 2) {
                let end = (read + self.slices).min(self.blocks);
                let ready = now + self.latency;
                let register =
                    |block| Register { block, ends_span: block + 1 == end, ready, dirty: self.writes };
                registers.extend((read..end).map(register));
                read = end;
            } else {
                // The write had the port: the read is tried again in the next cycle.
                course.conflicts += u64::from(wants_read);
            }
            course.busy += u64::from(wrote || packet.is_some() || wants_read);
            let next = packets.peek().map(|packet| packet.block);
            while registers.front().is_some_and(|r| r.ready <= now && !r.dirty && next != Some(r.block)) {
                registers.pop_front();
            }
            if read == self.blocks && registers.is_empty() {
                course.end = now;
                return course;
            }
            now += 1;
        }
    }
}

/// The way from the table through the activation queue to the MAC array.
struct Way<'a> {
    timing: &'a PassTiming,
    /// The first cycle in which the ports of the table are free.
    free_at: u64,
    /// The first cycle in which the array is free.
    array_free_at: u64,
    /// When the entries that were taken are free again, as the distance unit learns it.
    credits: Vec<u64>,
    stalled: Option<u64>,
}

impl Way<'_> {
    /// Whether a packet can be looked up in this cycle. Without a credit the unit stalls from here on.
    fn is_free(&mut self, now: u64, course: &mut PassCourse) -> bool {
        if now < self.free_at {
            return false;
        }
        if self.credits.len() >= self.timing.queue {
            self.credits.retain(|&at| at > now);
        }
        if self.credits.len() >= self.timing.queue {
            self.stalled.get_or_insert(now);
            return false;
        }
        course.stalls += self.stalled.take().map_or(0, |since| now - since);
        true
    }

    fn send(&mut self, packet: Sending, now: u64, course: &mut PassCourse) {
        self.free_at = now + packet.look_up;
        let arrives = now + packet.look_up - 1 + self.timing.table_latency;
        let Some(service) = packet.service else {
            self.credits.push(arrives);
            return;
        };
        let taken = arrives.max(self.array_free_at);
        self.credits.push(taken + 1);
        self.array_free_at = taken + service;
        course.summed = self.array_free_at - 1;
    }
}
