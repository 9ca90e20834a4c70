//! Which neurons lie on which core, and what does not fit.

use crate::refusal::Refusal;
use klr_image::{CoreImage, TableForm};

/// Axons of a core (Merolla 2014, as all constants here).
const AXONS: u64 = 256;
/// Neurons of a core.
pub(super) const NEURONS: u64 = 256;
/// Types of axon, each with a weight of its own per neuron.
const AXON_TYPES: u64 = 4;
/// Cores of a chip.
const CORES: u64 = 4096;

/// The cores of a memory: patterns on some, the bits of the state on others.
///
/// A field is a sum over all patterns in one core, since a partial sum could leave its core only as a spike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrueNorthMap {
    /// Bits of a weight.
    pub weight_bits: u32,
    /// Axons of a field core for one pattern: one for each bit of a weight, or one for each sign of weights of one bit.
    pub axons_per_pattern: u32,
    /// Cores with pattern neurons.
    pub pattern_cores: u32,
    /// Cores with the neurons of the state.
    pub field_cores: u32,
}

impl TrueNorthMap {
    /// The least cores for `image`.
    ///
    /// # Errors
    /// Every [`Refusal`] of a limit that it does not keep.
    pub fn of(image: &CoreImage) -> Result<Self, Vec<Refusal>> {
        let weight_bits = image.weight_format().value_bits();
        let axons_per_pattern = weight_bits.max(2);
        let refusals = refusals(image, axons_per_pattern.into());
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let (n, p) = (u64::from(image.n()), u64::from(image.p()));
        let axons = p * u64::from(axons_per_pattern);
        // More field cores take more copies of the patterns, and more pattern cores more copies of the bits: both numbers only
        // rise.
        let (mut pattern_cores, mut field_cores) = (1, 1);
        loop {
            let bits = (NEURONS / neurons_of_a_bit(pattern_cores)).min((AXONS - axons) / 2);
            if bits == 0 {
                let limit = "neurons for a bit of the state, two for each core of patterns";
                let required = neurons_of_a_bit(pattern_cores);
                return Err(vec![Refusal { limit, required, available: NEURONS }]);
            }
            let more_fields = u64::max(field_cores, n.div_ceil(bits));
            let more_patterns = u64::max(pattern_cores, (axons * more_fields).div_ceil(NEURONS));
            if (more_fields, more_patterns) == (field_cores, pattern_cores) {
                break;
            }
            (field_cores, pattern_cores) = (more_fields, more_patterns);
        }
        if let Some(refusal) = Refusal::unless("cores of a chip", pattern_cores + field_cores, CORES) {
            return Err(vec![refusal]);
        }
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let (pattern_cores, field_cores) = (narrow(pattern_cores), narrow(field_cores));
        Ok(Self { weight_bits, axons_per_pattern, pattern_cores, field_cores })
    }

    /// All cores.
    #[must_use]
    pub const fn cores(&self) -> u64 {
        self.pattern_cores as u64 + self.field_cores as u64
    }

    /// Neurons of one pattern: a copy for each of its axons in each field core.
    #[must_use]
    pub const fn copies_of_a_pattern(&self) -> u64 {
        self.axons_per_pattern as u64 * self.field_cores as u64
    }

    /// Neurons of one bit of the state.
    #[must_use]
    pub const fn neurons_of_a_bit(&self) -> u64 {
        neurons_of_a_bit(self.pattern_cores as u64)
    }

    /// Those of them that say +1, or -1: one for each pattern core, one for its own axon, and of those that say +1 one for the
    /// host.
    #[must_use]
    pub const fn neurons_of_a_sign(&self, is_positive: bool) -> u64 {
        self.pattern_cores as u64 + 1 + is_positive as u64
    }

    /// What a spike on `axon` of a pattern adds to a neuron that says +1 whose weight is `weight`; nothing if the crosspoint is
    /// not set.
    pub(super) fn worth(&self, weight: i16, axon: u32) -> Option<i64> {
        let (is_set, worth) = match (self.weight_bits, axon) {
            (1, 0) => (weight > 0, 1),
            (1, _) => (weight < 0, -1),
            (bits, axon) if axon + 1 == bits => (weight >> axon & 1 == 1, -(1 << axon)),
            (_, axon) => (weight >> axon & 1 == 1, 1 << axon),
        };
        is_set.then_some(2 * worth)
    }
}

/// Neurons of one bit of the state beside so many pattern cores.
const fn neurons_of_a_bit(pattern_cores: u64) -> u64 {
    2 * (pattern_cores + 1) + 1
}

/// The limits that the memory of `image` does not keep, however many cores there are.
fn refusals(image: &CoreImage, axons_per_pattern: u64) -> Vec<Refusal> {
    let (n, p) = (u64::from(image.n()), u64::from(image.p()));
    let is_relative = image.table().form() == TableForm::NearestRelative;
    let gaps = image.table().entries().iter().filter(|&&word| word == 0).count() as u64;
    [
        Refusal::unless("axons of a pattern core, two for each bit of the state", 2 * n, AXONS),
        Refusal::unless(
            "distances that a neuron compares, for a table relative to the nearest",
            if is_relative { p } else { 1 },
            1,
        ),
        Refusal::unless("bits of a kernel word in a spike", image.table().format().bits().get().into(), 1),
        Refusal::unless("distances without a word below one with a word, for a threshold", gaps, 0),
        Refusal::unless(
            "types of axon, one for each bit of a weight and one for the neuron's own state",
            axons_per_pattern + 1,
            AXON_TYPES,
        ),
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
