//! TrueNorth: cores of 256 axons by 256 neurons with one bit per crosspoint, four types of axon, and for each neuron one
//! signed 9-bit weight per type (Merolla et al., Science 345:668, 2014; Akopyan et al., TCAD 34(10):1537, 2015).
//!
//! The mapping: two axons for each bit of the state, one of which spikes, lead to pattern neurons that count the bits that
//! agree; each pattern neuron leads to axons of the field cores, where a weight of w bits is spread over w axons of weights
//! 1, 2, 4, .. and minus the last, one type each. A spike carries nothing but its time.

use crate::refusal::Refusal;
use klr_image::{CoreImage, TableForm};

/// Axons of a core.
const AXONS: u64 = 256;
/// Types of axon, each with a weight of its own per neuron.
const AXON_TYPES: u64 = 4;

/// The limits of TrueNorth that the memory of `image` does not keep under this mapping; empty if it keeps them all.
///
/// A field is a sum over all patterns in one core, since a partial sum could leave its core only as a spike.
#[must_use]
pub fn truenorth_refusals(image: &CoreImage) -> Vec<Refusal> {
    let (n, p) = (u64::from(image.n()), u64::from(image.p()));
    let weight_bits = u64::from(image.weight_format().bits().get());
    let kernel_bits = u64::from(image.table().format().bits().get());
    // A weight of one bit is -1 or +1: an axon for each sign.
    let axons_per_pattern = weight_bits.max(2);
    let compared = if image.table().form() == TableForm::NearestRelative { p } else { 1 };
    [
        Refusal::unless("axons of a pattern core, two for each bit of the state", 2 * n, AXONS),
        Refusal::unless("distances that a neuron compares, for a table relative to the nearest", compared, 1),
        Refusal::unless("bits of a kernel word in a spike", kernel_bits, 1),
        Refusal::unless("types of axon, one for each bit of a weight", weight_bits, AXON_TYPES),
        Refusal::unless(
            "axons of a field core, those of all patterns and two for each bit of its neurons' state",
            p * axons_per_pattern + 2,
            AXONS,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
