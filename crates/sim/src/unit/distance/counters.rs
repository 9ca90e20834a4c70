//! The counter memory, and what a spike does to a distance.

use crate::config::ConfigSpec;
use crate::message::Spike;
use klr_image::{CoreImage, TableForm};
use klr_units::fixed::unsigned_width;

/// What the counter memory holds, unless a candidate list is in use.
#[derive(Clone, Debug)]
pub(crate) struct CounterMemory {
    /// The distance to every pattern.
    pub(crate) distances: Vec<u32>,
    /// The smallest of them.
    pub(crate) d_min: u32,
}

impl CounterMemory {
    pub(crate) fn new(image: &CoreImage) -> Self {
        Self { distances: vec![0; image.p() as usize], d_min: 0 }
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
