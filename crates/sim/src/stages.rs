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

/// A latency below what its unit needs for its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{knob} is {given}; {inputs} {what} take {least} cycles at least")]
pub struct StageError {
    /// The field of [`ConfigSpec`].
    pub knob: &'static str,
    /// Its value.
    pub given: u32,
    /// How many of them come together.
    pub inputs: usize,
    /// What comes together, in words.
    pub what: &'static str,
    /// The least value that can be built.
    pub least: u32,
}

/// Cycles of the MAC array at least: a multiplication, the adder tree over the lanes, and the accumulator (P4).
#[must_use]
pub fn least_mac_latency(mac_lanes: usize) -> u32 {
    2 + tree_stages(u32::try_from(mac_lanes).unwrap_or(u32::MAX))
}

/// Cycles of the comparator tree over `n` fields at least (S11).
#[must_use]
pub fn least_tree_latency(n: u32) -> u32 {
    tree_stages(n).max(1)
}

impl StageError {
    fn check(
        knob: &'static str,
        given: u32,
        least: u32,
        inputs: usize,
        what: &'static str,
    ) -> Result<(), Self> {
        if given >= least { Ok(()) } else { Err(Self { knob, given, inputs, what, least }) }
    }
}

impl ConfigSpec {
    /// Checks that the MAC array of `mac_lanes` lanes fits its latency.
    ///
    /// # Errors
    /// [`StageError`] with the least latency that can be built.
    pub fn check_mac_stages(&self, mac_lanes: usize) -> Result<(), StageError> {
        let least = least_mac_latency(mac_lanes);
        StageError::check("mac_latency", self.mac_latency, least, mac_lanes, "MAC lanes")
    }

    /// Checks that the comparator tree over `n` fields, if there is one, fits its latency.
    ///
    /// # Errors
    /// [`StageError`] with the least latency that can be built.
    pub fn check_tree_stages(&self, n: u32) -> Result<(), StageError> {
        if self.tree_latency == 0 {
            return Ok(());
        }
        StageError::check(
            "tree_latency",
            self.tree_latency,
            least_tree_latency(n),
            n as usize,
            "field registers",
        )
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

    #[test]
    fn a_latency_below_its_stages_is_refused_with_the_least_that_will_do() {
        let spec = ConfigSpec { mac_latency: 3, tree_latency: 3, ..*crate::CoreConfig::tiny().spec() };
        assert_eq!([1, 2, 4, 16, 17].map(least_mac_latency), [2, 3, 3, 4, 5]);
        assert_eq!(spec.check_mac_stages(4), Ok(()));
        let error = spec.check_mac_stages(16).unwrap_err();
        assert_eq!(error.to_string(), "mac_latency is 3; 16 MAC lanes take 4 cycles at least");
        assert_eq!(spec.check_tree_stages(64), Ok(()));
        let error = spec.check_tree_stages(65).unwrap_err();
        assert_eq!(
            (error.least, error.to_string().as_str()),
            (4, "tree_latency is 3; 65 field registers take 4 cycles at least")
        );
        let without = ConfigSpec { tree_latency: 0, ..spec };
        assert_eq!(without.check_tree_stages(1 << 20), Ok(()), "no tree");
        assert_eq!(least_tree_latency(1), 1, "a tree takes a cycle");
    }
}
