//! The counter memory, and what a spike does to a distance.

use super::sliced::{Planes, SlicedCounters, first_lanes, lanes_of};
use crate::config::ConfigSpec;
use crate::message::Spike;
use klr_image::{CoreImage, KernelTable, TableForm};
use klr_units::PatternIdx;
use klr_units::fixed::unsigned_width;

/// What the counter memory holds, unless a candidate list is in use.
#[derive(Clone, Debug)]
pub(crate) struct CounterMemory {
    /// The distance to every pattern.
    pub(crate) distances: SlicedCounters,
    /// The smallest of them.
    pub(crate) d_min: u32,
    /// The distances of one block as they will be after a spike.
    ahead: Planes<Vec<u64>>,
}

impl CounterMemory {
    pub(crate) fn new(image: &CoreImage) -> Self {
        let ahead = Planes::zero(image.counter_bits());
        Self { distances: SlicedCounters::new(image), d_min: 0, ahead }
    }

    /// The smallest distance of `block` as it will be when those of the lanes `down` are one less, the others one more.
    pub(crate) fn look_ahead(&mut self, block: usize, down: u64, lanes: usize) -> u32 {
        self.ahead.copy(self.distances.block(block));
        self.ahead.step(down);
        self.ahead.minimum(first_lanes(lanes))
    }

    /// The patterns whose distance is below `end`, with their distances.
    pub(crate) fn below<'a>(
        &'a self,
        end: u32,
        image: &'a CoreImage,
    ) -> impl Iterator<Item = (PatternIdx, u32)> + 'a {
        let width = image.geometry().distance_lanes();
        (0..image.blocks()).flat_map(move |block| {
            let distances = self.distances.block(block);
            let lanes = distances.below(end) & first_lanes(image.lanes(block));
            lanes_of(lanes)
                .map(move |lane| (PatternIdx::from_usize(block * width + lane), distances.get(lane)))
        })
    }
}

/// The first distance beyond the window of the kernel table when the smallest distance is `d_min`.
pub(crate) fn window_end(table: &KernelTable, d_min: u32) -> u32 {
    table.origin(d_min).saturating_add(u32::try_from(table.window()).unwrap_or(u32::MAX))
}

/// What a spike does to the window of the kernel table, and so to the words that the fields hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowShift {
    /// The first distance beyond the window before the spike.
    pub(crate) end_before: u32,
    /// And after it.
    pub(crate) end_after: u32,
    /// The distance that index 0 stands for grows by so much.
    origin_grows: i64,
    /// The largest value of a counter.
    max: u32,
}

impl WindowShift {
    /// The smallest distance goes from `before` to `after`.
    pub(crate) fn new(before: u32, after: u32, image: &CoreImage) -> Self {
        let table = image.table();
        Self {
            end_before: window_end(table, before),
            end_after: window_end(table, after),
            origin_grows: i64::from(table.origin(after)) - i64::from(table.origin(before)),
            max: counter_max(image),
        }
    }

    /// The lanes whose kernel word may change, of those that were `inside` the window before or are now: the index into the
    /// table differs. Distances in lanes `down` have become one less, the others one more; those in `wrapped` have wrapped.
    pub(crate) fn changes(&self, inside: u64, down: u64, wrapped: u64) -> u64 {
        let max = i64::from(self.max);
        let moves =
            [(!down & !wrapped, 1), (down & !wrapped, -1), (!down & wrapped, -max), (down & wrapped, max)];
        let stays = |(lanes, by): (u64, i64)| if by == self.origin_grows { lanes } else { 0 };
        inside & !moves.into_iter().map(stays).fold(0, |all, lanes| all | lanes)
    }
}

/// The largest value of a distance counter.
pub(crate) fn counter_max(image: &CoreImage) -> u32 {
    (1 << image.counter_bits()) - 1
}

/// The distance to a pattern after a flip: one less if the pattern agrees with the neuron's new value, else one more.
/// A counter that lost spikes can be wrong, and then wraps at `max` as the register does.
pub(crate) const fn moved(d: u32, agrees: bool, max: u32) -> u32 {
    (d + 1).wrapping_sub(2 * agrees as u32) & max
}

/// The lanes of `block` whose pattern agrees with the new value of a neuron that flipped.
pub(crate) fn agreeing(block: usize, spike: Spike, image: &CoreImage) -> u64 {
    let row = image.column(block, spike.neuron);
    if spike.up { row } else { !row }
}

/// Whether somebody uses the smallest distance, so that the counters are compared for it: a nearest-relative table, or a
/// sequencer that stops at a stored pattern.
pub(crate) fn needs_minimum(image: &CoreImage, config: &ConfigSpec) -> bool {
    image.table().form() == TableForm::NearestRelative || config.early_stop
}

/// Bits of an entry of the candidate list: the pattern's index and its distance.
pub(crate) fn entry_bits(image: &CoreImage) -> u32 {
    unsigned_width(u64::from(image.p() - 1)) + image.counter_bits()
}
