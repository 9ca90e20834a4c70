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

use crate::memories::Memory;
use crate::occupancy::{Lack, Layout, Occupancy, PlacementError};
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
/// The largest memory, in bytes.
pub const MAX_MEMORY_BYTES: u64 = 1 << 36;

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

    /// Places an image of `n` neurons, `p` patterns, weights of `weight_bits` and a table of `entries` words of
    /// `kernel_bits`.
    ///
    /// # Errors
    /// [`PlacementError`] with every memory that is too small, and the number of rows that are missing.
    pub fn place(
        &self,
        n: u32,
        p: u32,
        weight_bits: Bits,
        entries: u64,
        kernel_bits: Bits,
    ) -> Result<Layout, PlacementError> {
        let GeometrySpec { distance_lanes, counter_bytes, table_bytes, .. } = self.spec;
        let blocks = u64::from(p.div_ceil(distance_lanes));
        let counter_word = distance_lanes * counter_bits(n);
        let (columns, rows, patterns) = self.place_patterns(n, p);
        let layout = Layout {
            columns,
            rows,
            weights: self.place_weights(n, p, weight_bits),
            counters: Occupancy::new(counter_bytes, 1, counter_word, blocks),
            table: Occupancy::new(table_bytes, 1, kernel_bits.get().into(), entries),
        };
        let lack = |(memory, occupancy): (Memory, &Occupancy)| match memory {
            // One capacity: asked once, for both together.
            Memory::Columns => patterns,
            Memory::Rows => None,
            _ => occupancy.lack(memory),
        };
        let lacking: Vec<Lack> = layout.iter().filter_map(lack).collect();
        if lacking.is_empty() { Ok(layout) } else { Err(PlacementError { lacking }) }
    }

    /// Columns, rows, and what the pattern memory lacks for both together.
    fn place_patterns(&self, n: u32, p: u32) -> (Occupancy, Occupancy, Option<Lack>) {
        let GeometrySpec { distance_lanes: lanes, pattern_bytes, .. } = self.spec;
        let columns = u64::from(p.div_ceil(lanes)) * u64::from(n);
        let rows = u64::from(p) * u64::from(n.div_ceil(lanes));
        let place = |used| Occupancy::new(pattern_bytes, 1, lanes, used);
        let none = Occupancy::default();
        match self.storage.patterns {
            PatternOrder::Column => (place(columns), none, place(columns).lack(Memory::Columns)),
            PatternOrder::Row => (none, place(rows), place(rows).lack(Memory::Rows)),
            PatternOrder::Both => {
                let whole = place(columns.saturating_add(rows));
                let (columns, rows) = whole.split(columns);
                (columns, rows, whole.lack(Memory::Columns))
            }
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

    const EIGHT: Bits = Bits::new(8).unwrap();

    fn spec() -> GeometrySpec {
        GeometrySpec {
            pattern_bytes: 65_536,
            weight_bytes: 524_288,
            counter_bytes: 8_192,
            table_bytes: 1_024,
            distance_lanes: 64,
            mac_lanes: 16,
            accumulator_bits: 32,
        }
    }

    #[test]
    fn the_default_problem_takes_the_rows_of_the_table_above() {
        let layout = Geometry::new(spec()).unwrap().place(100, 3000, EIGHT, 16, EIGHT).unwrap();
        assert_eq!(layout.columns.rows_used, 47 * 100, "47 blocks of 64 patterns, 100 columns");
        assert_eq!(layout.weights.rows_used, 3000 * 7, "7 groups of 16 neurons per pattern");
        assert_eq!(layout.counters.word_bits, 64 * 7, "64 counters of 7 bits");
        assert_eq!(layout.weights.bits_used(), 21_000 * 16 * 8, "padding of the last group included");
    }

    #[test]
    fn both_orders_count_every_bit_twice_in_one_capacity() {
        let both = Storage { patterns: PatternOrder::Both, ..Storage::default() };
        let place = |pattern_bytes| {
            let spec = GeometrySpec { pattern_bytes, ..spec() };
            Geometry::new(spec).unwrap().storing(both).place(100, 3000, EIGHT, 16, EIGHT)
        };
        let layout = place(131_072).unwrap();
        let Layout { columns, rows, .. } = layout;
        assert_eq!(columns.rows_used, 47 * 100, "columns");
        assert_eq!(rows.rows_used, 3000 * 2, "two words of 64 bits hold 100");
        assert_eq!(columns.rows_available + rows.rows_available, 16_384, "one capacity");
        assert_eq!(columns.bytes + rows.bytes, 131_072, "in bytes too");
        assert_eq!(
            place(65_536).unwrap_err().to_string(),
            "the pattern memory is 2508 rows too small: the image needs 10700 rows of 64 bits, \
             pattern_bytes = 65536 gives 8192; 85600 bytes would do",
            "message"
        );
        let exact = place(85_600).unwrap();
        assert_eq!(exact.columns.rows_available, exact.columns.rows_used, "nothing is left over");
    }

    #[test]
    fn signs_in_the_patterns_take_a_bit_from_every_weight() {
        let shared = Storage { signs: crate::Signs::InPatterns, ..Storage::default() };
        let place = |bits| {
            let geometry =
                Geometry::new(GeometrySpec { weight_bytes: 16 * 21_000 * 7 / 8, ..spec() }).unwrap();
            geometry.storing(shared).place(100, 3000, Bits::new(bits).unwrap(), 16, EIGHT)
        };
        assert_eq!(place(8).unwrap().weights.bits_used(), 21_000 * 16 * 7, "seven of eight bits");
        assert!(place(9).is_err(), "eight of nine do not fit");
        let none = place(1).unwrap().weights;
        assert_eq!((none.bits_used(), none.banks), (0, 0), "a sign has no magnitude: no memory");
    }

    #[test]
    fn a_misfit_says_by_how_many_rows() {
        let small = Geometry::new(GeometrySpec { weight_bytes: 320_000, ..spec() }).unwrap();
        let message = small.place(100, 3000, EIGHT, 16, EIGHT).unwrap_err().to_string();
        assert_eq!(
            message,
            "the weight memory is 1000 rows too small: the image needs 21000 rows of 8 bits in each of 16 banks, \
             weight_bytes = 320000 gives 20000; 336000 bytes would do",
            "message"
        );
    }

    #[test]
    fn sizes_beyond_any_memory_are_refused_without_overflow() {
        let widest = Geometry::new(GeometrySpec { distance_lanes: 1, mac_lanes: 1, ..spec() }).unwrap();
        let error = widest.place(u32::MAX, u32::MAX, EIGHT, u64::MAX, EIGHT).unwrap_err();
        assert_eq!(error.lacking[0].memory, Memory::Columns, "the first that is too small");
        let rows = u64::from(u32::MAX) * u64::from(u32::MAX);
        assert_eq!(error.lacking[0].needed_bytes, rows.div_ceil(8), "one bit per row");
        let all: Vec<Memory> = error.lacking.iter().map(|lack| lack.memory).collect();
        assert_eq!(
            all,
            [Memory::Columns, Memory::Weights, Memory::Counters, Memory::Table],
            "all that are too small"
        );
        let all = Geometry::new(spec()).unwrap();
        let error = all.place(1, 1, EIGHT, u64::MAX, Bits::new(16).unwrap()).unwrap_err();
        let [Lack { memory, needed_bytes, .. }] = error.lacking[..] else { panic!("one memory: {error}") };
        assert_eq!((memory, needed_bytes), (Memory::Table, u64::MAX), "saturated");
    }

    #[test]
    fn fields_out_of_range_are_named() {
        let refused = |spec| Geometry::new(spec).unwrap_err().to_string();
        assert_eq!(
            refused(GeometrySpec { distance_lanes: 65, ..spec() }),
            "distance_lanes is 65; it must be 1 to 64",
            "lanes"
        );
        assert_eq!(
            refused(GeometrySpec { weight_bytes: 100, ..spec() }),
            "weight_bytes is 100; it must be a multiple of mac_lanes = 16, so that every lane has its bank",
            "banks"
        );
    }
}
