//! Cycles that follow from the size of a core: what does not fit one cycle is cut into stages (P1 to P4).

use crate::config::ConfigSpec;
use klr_image::CoreImage;

/// Inputs of a tree that one stage takes together (P1).
const FAN_IN_BITS: u32 = 2;

/// Bits of a state that cross the port to the host in a cycle (C4).
pub const HOST_BITS: u32 = 64;

/// Stages of a tree over `inputs`, each of which makes one of four: ceil(log4 inputs), none for a single input (P1).
#[must_use]
pub const fn tree_stages(inputs: u32) -> u32 {
    match inputs.checked_next_power_of_two() {
        Some(power) => power.trailing_zeros().div_ceil(FAN_IN_BITS),
        None => u32::BITS.div_ceil(FAN_IN_BITS),
    }
}

/// The stages of one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stages {
    /// From the slices to what they share: the smallest distance, and the way to the kernel table (P2).
    pub(crate) slices: u64,
    /// Over the entries of the candidate list: its smallest and its farthest distance (P3).
    pub(crate) list: u64,
    /// Cycles in which a cue comes in, and as many in which a state goes out (C4).
    pub(crate) host: u64,
}

impl Stages {
    pub(crate) fn of(image: &CoreImage, config: &ConfigSpec) -> Self {
        Self {
            slices: tree_stages(config.distance_slices).into(),
            list: if config.candidates == 0 { 0 } else { tree_stages(config.candidates).into() },
            host: image.n().div_ceil(HOST_BITS).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_takes_four_inputs() {
        let stages: Vec<_> = [1, 2, 4, 5, 16, 17, 64, 65, 4096].map(tree_stages).to_vec();
        assert_eq!(stages, [0, 1, 1, 2, 2, 3, 3, 4, 6]);
        assert_eq!(tree_stages(u32::MAX), 16);
    }
}
