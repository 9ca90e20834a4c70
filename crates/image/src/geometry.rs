//! The memories and datapath widths of one core, and where an image's bits go in them.
//!
//! N neurons, P patterns, L distance lanes, B MAC lanes. An image is placed by the plain cut of `docs/placement.md`:
//!
//! | memory | word | rows used |
//! |---|---|---|
//! | columns | L bits: one bit of L consecutive patterns | ceil(P/L) x N |
//! | rows | L bits of one pattern | P x ceil(N/L) |
//! | weights | one weight per bank, B banks | P x ceil(N/B) per bank |
//! | counters | L counters of ceil(log2(N+1)) bits | ceil(P/L) |
//! | table | one kernel word | one per entry |
//!
//! Patterns lie by column, by row, or both ways, each with rows of its own in the one capacity ([`Storage`]). With the
//! signs in the patterns a weight word is one bit narrower; of weights of one bit nothing is left, and there is no weight
//! memory. What stands where, bit by bit, is [`crate::placement`].
//!
//! The weight memory is skewed: B weights of one pattern for consecutive neurons, and B weights of one neuron for
//! consecutive patterns, both lie in B different banks, so one image serves every dataflow without conflicts
//! (the storage scheme of array memories: Budnik & Kuck, IEEE Trans. Computers C-20(12):1566-1569, 1971).

use crate::memories::MAX_MEMORY_BYTES;
use crate::occupancy::{Layout, Occupancy};
use crate::storage::{PatternOrder, Storage};
use klr_units::fixed::unsigned_width;
use klr_units::{Bits, OutOfRange, WholeField};
use serde::{Deserialize, Serialize};

/// Sizes and widths as written in a plan; [`Geometry::new`] checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeometrySpec {
    /// Capacity of the pattern memory, in bytes.
    pub pattern_bytes: u64,
    /// Capacity of the weight memory, all banks together, in bytes.
    pub weight_bytes: u64,
    /// Capacity of the counter memory, in bytes.
    pub counter_bytes: u64,
    /// Capacity of the kernel table, in bytes.
    pub table_bytes: u64,
    /// Patterns whose distances are handled at once: bits of a pattern word, counters of a counter word.
    pub distance_lanes: u32,
    /// Multiply-accumulate lanes, each with a weight bank of its own.
    pub mac_lanes: u32,
    /// Bits of a field accumulator (two's complement).
    pub accumulator_bits: u32,
}

/// The sizes of an image, on which the room that it takes depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageSizes {
    /// Neurons N.
    pub n: u32,
    /// Patterns P.
    pub p: u32,
    /// Bits of a weight, its sign included.
    pub weight_bits: Bits,
    /// Kernel words that are stored.
    pub entries: u64,
    /// Bits of a kernel word.
    pub kernel_bits: Bits,
}

/// A checked [`GeometrySpec`], and the layout of bits in its memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    spec: GeometrySpec,
    storage: Storage,
}

/// A size or width that a core cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeometryError {
    /// A field of [`GeometrySpec`] is outside its range.
    #[error(transparent)]
    Range(#[from] OutOfRange),
    /// A weight memory that cannot be cut into equal banks.
    #[error(
        "weight_bytes is {weight_bytes}; it must be a multiple of mac_lanes = {mac_lanes}, so that every lane has its bank"
    )]
    Banks {
        /// Capacity of the weight memory, in bytes.
        weight_bytes: u64,
        /// Multiply-accumulate lanes.
        mac_lanes: u32,
    },
}

/// The largest number of neurons: the widest maximal-length shift register in [`crate::order`] has 20 bits.
pub const MAX_NEURONS: u32 = (1 << 20) - 1;

/// The capacity of a memory.
const fn capacity(
    name: &'static str,
    of: fn(&mut GeometrySpec) -> &mut u64,
) -> WholeField<GeometrySpec, u64> {
    WholeField { name, low: 1, high: MAX_MEMORY_BYTES, of }
}

impl GeometrySpec {
    /// The capacities, with their ranges.
    pub const CAPACITIES: [WholeField<Self, u64>; 4] = [
        capacity("pattern_bytes", |spec| &mut spec.pattern_bytes),
        capacity("weight_bytes", |spec| &mut spec.weight_bytes),
        capacity("counter_bytes", |spec| &mut spec.counter_bytes),
        capacity("table_bytes", |spec| &mut spec.table_bytes),
    ];

    /// The widths, with their ranges.
    pub const WIDTHS: [WholeField<Self, u32>; 3] = [
        // A pattern word is one 64-bit word of the host: its bits are handled with one instruction.
        WholeField { name: "distance_lanes", low: 1, high: 64, of: |spec| &mut spec.distance_lanes },
        WholeField { name: "mac_lanes", low: 1, high: 1024, of: |spec| &mut spec.mac_lanes },
        WholeField { name: "accumulator_bits", low: 2, high: 63, of: |spec| &mut spec.accumulator_bits },
    ];
}

impl Geometry {
    /// Checks sizes and widths.
    ///
    /// # Errors
    /// [`GeometryError`] with the first field that is out of range.
    pub fn new(spec: GeometrySpec) -> Result<Self, GeometryError> {
        GeometrySpec::CAPACITIES.iter().try_for_each(|field| field.check(&spec))?;
        GeometrySpec::WIDTHS.iter().try_for_each(|field| field.check(&spec))?;
        let GeometrySpec { weight_bytes, mac_lanes, .. } = spec;
        if !weight_bytes.is_multiple_of(u64::from(mac_lanes)) {
            return Err(GeometryError::Banks { weight_bytes, mac_lanes });
        }
        Ok(Self { spec, storage: Storage::default() })
    }

    /// A core whose trace fits a page: 4 distance lanes, 2 MAC lanes, memories of 64 bytes to 1 KiB.
    ///
    /// # Panics
    /// Never: the sizes are constants within range.
    #[must_use]
    pub fn tiny() -> Self {
        Self::new(GeometrySpec {
            pattern_bytes: 256,
            weight_bytes: 1024,
            counter_bytes: 64,
            table_bytes: 64,
            distance_lanes: 4,
            mac_lanes: 2,
            accumulator_bits: 24,
        })
        .expect("the sizes are constants within range")
    }

    /// The same core with another capacity in `field`, which is not checked.
    pub(crate) fn with(self, field: &WholeField<GeometrySpec, u64>, bytes: u64) -> Self {
        let mut spec = self.spec;
        *(field.of)(&mut spec) = bytes;
        Self { spec, ..self }
    }

    /// The same core with accumulators of `bits`, which is not checked.
    pub(crate) const fn with_accumulators(self, bits: u32) -> Self {
        Self { spec: GeometrySpec { accumulator_bits: bits, ..self.spec }, ..self }
    }

    /// The sizes and widths.
    #[must_use]
    pub const fn spec(&self) -> GeometrySpec {
        self.spec
    }

    /// The same memories with another layout of their bits.
    #[must_use]
    pub const fn storing(self, storage: Storage) -> Self {
        Self { storage, ..self }
    }

    /// The layout of bits in pattern and weight memory; signs in the weights and patterns by column unless
    /// [`Self::storing`] has set another.
    #[must_use]
    pub const fn storage(&self) -> Storage {
        self.storage
    }

    /// Distance lanes L.
    #[must_use]
    pub const fn distance_lanes(&self) -> usize {
        self.spec.distance_lanes as usize
    }

    /// MAC lanes B, which is also the largest number of weight banks.
    #[must_use]
    pub const fn mac_lanes(&self) -> usize {
        self.spec.mac_lanes as usize
    }

    /// Bits of a field accumulator.
    #[must_use]
    pub const fn accumulator_bits(&self) -> u32 {
        self.spec.accumulator_bits
    }

    /// The largest magnitude a field accumulator holds: `2^(bits-1) - 1`.
    #[must_use]
    pub const fn accumulator_max(&self) -> i64 {
        (1 << (self.spec.accumulator_bits - 1)) - 1
    }

    /// What an image of `sizes` occupies of the memories in the plain cut, whether or not it fits them.
    pub(crate) fn layout(&self, sizes: &ImageSizes) -> Layout {
        let GeometrySpec { distance_lanes, counter_bytes, table_bytes, .. } = self.spec;
        let ImageSizes { n, p, weight_bits, entries, kernel_bits } = *sizes;
        let blocks = u64::from(p.div_ceil(distance_lanes));
        let counter_word = distance_lanes * counter_bits(n);
        let (columns, rows) = self.place_patterns(n, p);
        Layout {
            columns,
            rows,
            weights: self.place_weights(n, p, weight_bits),
            counters: Occupancy::new(counter_bytes, 1, counter_word, blocks),
            table: Occupancy::new(table_bytes, 1, kernel_bits.get().into(), entries),
        }
    }

    fn place_patterns(&self, n: u32, p: u32) -> (Occupancy, Occupancy) {
        let GeometrySpec { distance_lanes: lanes, pattern_bytes, .. } = self.spec;
        let columns = u64::from(p.div_ceil(lanes)) * u64::from(n);
        let rows = u64::from(p) * u64::from(n.div_ceil(lanes));
        let place = |used| Occupancy::new(pattern_bytes, 1, lanes, used);
        let none = Occupancy::default();
        match self.storage.patterns {
            PatternOrder::Column => (place(columns), none),
            PatternOrder::Row => (none, place(rows)),
            PatternOrder::Both => place(columns.saturating_add(rows)).split(columns),
        }
    }

    fn place_weights(&self, n: u32, p: u32, weight_bits: Bits) -> Occupancy {
        let GeometrySpec { mac_lanes, weight_bytes, .. } = self.spec;
        let stored = self.stored_weight_bits(weight_bits);
        if stored == 0 {
            return Occupancy::default();
        }
        let rows = u64::from(p) * u64::from(n.div_ceil(mac_lanes));
        Occupancy::new(weight_bytes, mac_lanes, stored, rows)
    }

    /// Bits that weight memory holds of a weight of `weight_bits`: the magnitude alone where the patterns hold the sign.
    #[must_use]
    pub fn stored_weight_bits(&self, weight_bits: Bits) -> u32 {
        u32::from(weight_bits.get()) - u32::from(self.storage.shares_signs())
    }
}

/// Bits of a distance counter for `n` neurons: it counts from 0 to `n`.
#[must_use]
pub fn counter_bits(n: u32) -> u32 {
    unsigned_width(u64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_out_of_range_are_named() {
        let tiny = Geometry::tiny().spec();
        let refused = |spec| Geometry::new(spec).unwrap_err().to_string();
        assert_eq!(
            refused(GeometrySpec { distance_lanes: 65, ..tiny }),
            "distance_lanes is 65; it must be 1 to 64",
            "lanes"
        );
        assert_eq!(
            refused(GeometrySpec { weight_bytes: 100, mac_lanes: 16, ..tiny }),
            "weight_bytes is 100; it must be a multiple of mac_lanes = 16, so that every lane has its bank",
            "banks"
        );
    }
}
