//! How large the memories of a core are: as somebody says, or as an image needs.
//!
//! A memory whose capacity is left open sizes itself. Its bare need is the smallest capacity that holds the image, in the
//! plain cut and in the banks of the core. Each bank is then as large as the macro that a bank of the bare need takes
//! ([`klr_units::macros`]), so that what is paid for is there to be used; with a bank beyond the largest macro, the memory
//! is as large as the bare need.
//!
//! ```
//! use klr_image::{Geometry, GeometrySpec, ImageSizes, Sizing};
//! use klr_units::Bits;
//!
//! let bits = Bits::new(8).unwrap();
//! let sizes = ImageSizes { n: 100, p: 3000, weight_bits: bits, entries: 16, kernel_bits: bits };
//! let sizing = Sizing::new(Geometry::tiny().spec(), &["weight_bytes", "pattern_bytes"]).unwrap();
//! // Counters and table are as the tiny core has them, and the counters are far too small.
//! assert_eq!(
//!     sizing.place(&sizes).unwrap_err().to_string(),
//!     "the counter memory has 64 bytes and needs 2625: counter_bytes=2625 would do"
//! );
//! ```

use crate::cut::Banking;
use crate::geometry::{Geometry, GeometryError, GeometrySpec, ImageSizes};
use crate::memories::{MAX_MEMORY_BYTES, Memories, Memory};
use crate::occupancy::{Lack, Layout, Occupancy, PlacementError};
use crate::storage::Storage;
use klr_units::{WholeField, macros};

/// The largest memory that sizes itself, in bytes: a larger one is built if somebody says so.
pub const MAX_OPEN_BYTES: u64 = 1 << 30;

/// The field of [`GeometrySpec`] that has the width of the accumulators, among those that can be open.
pub const ACCUMULATORS: &str = "accumulator_bits";

/// The widest accumulators, in bits ([`GeometrySpec::WIDTHS`]).
const WIDEST_ACCUMULATOR: u32 = 63;

/// The memories and accumulators of a core before its image is known: sizes that are given, sizes that are left open, and the
/// banks that memories are cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizing {
    /// Open capacities stand at a byte per lane.
    geometry: Geometry,
    /// Which of [`GeometrySpec::CAPACITIES`] are open.
    open: [bool; GeometrySpec::CAPACITIES.len()],
    /// Accumulators are as wide as the image needs; until it is known they stand at the widest.
    open_accumulators: bool,
    banking: Banking,
}

/// Every capacity is given, and the cut is the plain one.
impl From<Geometry> for Sizing {
    fn from(geometry: Geometry) -> Self {
        let open = GeometrySpec::CAPACITIES.map(|_| false);
        Self { geometry, open, open_accumulators: false, banking: Banking::plain(&geometry) }
    }
}

impl Sizing {
    /// A core of `spec` in the plain cut, but for the fields that `open` names, whose numbers are not looked at: capacities, or
    /// [`ACCUMULATORS`].
    ///
    /// # Errors
    /// [`GeometryError`] as [`Geometry::new`].
    pub fn new(spec: GeometrySpec, open: &[&str]) -> Result<Self, GeometryError> {
        let capacities = GeometrySpec::CAPACITIES.map(|field| open.contains(&field.name));
        Self::with(spec, capacities, open.contains(&ACCUMULATORS))
    }

    fn with(
        mut spec: GeometrySpec,
        open: [bool; GeometrySpec::CAPACITIES.len()],
        open_accumulators: bool,
    ) -> Result<Self, GeometryError> {
        let byte_per_lane = u64::from(spec.mac_lanes.max(1));
        for (field, _) in GeometrySpec::CAPACITIES.iter().zip(open).filter(|(_, open)| *open) {
            *(field.of)(&mut spec) = byte_per_lane;
        }
        if open_accumulators {
            spec.accumulator_bits = WIDEST_ACCUMULATOR;
        }
        Ok(Self { open, open_accumulators, ..Geometry::new(spec)?.into() })
    }

    /// The same core with the numbers of `spec`; what is open stays open.
    ///
    /// # Errors
    /// [`GeometryError`] as [`Geometry::new`].
    pub fn resized(self, spec: GeometrySpec) -> Result<Self, GeometryError> {
        let resized = Self::with(spec, self.open, self.open_accumulators)?;
        Ok(Self { banking: self.banking, ..resized }.storing(self.storage()))
    }

    /// The same memories with another layout of their bits.
    #[must_use]
    pub const fn storing(self, storage: Storage) -> Self {
        Self { geometry: self.geometry.storing(storage), ..self }
    }

    /// The same memories in other banks.
    #[must_use]
    pub const fn banked(self, banking: Banking) -> Self {
        Self { banking, ..self }
    }

    /// Sizes and widths as they are given; what is open stands at a byte per MAC lane.
    #[must_use]
    pub const fn spec(&self) -> GeometrySpec {
        self.geometry.spec()
    }

    /// The layout of bits in pattern and weight memory.
    #[must_use]
    pub const fn storage(&self) -> Storage {
        self.geometry.storage()
    }

    /// MAC lanes B.
    #[must_use]
    pub const fn mac_lanes(&self) -> usize {
        self.geometry.mac_lanes()
    }

    /// Bits of a field accumulator; the most there can be where the image decides.
    #[must_use]
    pub const fn accumulator_bits(&self) -> u32 {
        self.geometry.accumulator_bits()
    }

    /// `geometry` with the accumulators that an image has which needs `required` bits.
    pub(crate) fn with_accumulators(&self, geometry: Geometry, required: u32) -> Geometry {
        let bits =
            if self.open_accumulators { required.min(WIDEST_ACCUMULATOR) } else { self.accumulator_bits() };
        geometry.with_accumulators(bits)
    }

    /// The capacity that `memory` is given, in bytes, with all that shares it; `None` if it sizes itself.
    #[must_use]
    pub fn given(&self, memory: Memory) -> Option<u64> {
        let mut spec = self.spec();
        let mut capacities = GeometrySpec::CAPACITIES.iter().zip(self.open);
        let (field, open) = capacities.find(|(field, _)| field.name == memory.capacity_field())?;
        (!open).then(|| *(field.of)(&mut spec))
    }

    /// The core that an image of `sizes` stands in, every capacity a number, and what it occupies there.
    ///
    /// # Errors
    /// [`PlacementError`] with every memory that is too small, and the capacities that would do.
    pub fn place(&self, sizes: &ImageSizes) -> Result<(Geometry, Layout), PlacementError> {
        let (mut geometry, mut lacking) = (self.geometry, Vec::new());
        for (field, open) in GeometrySpec::CAPACITIES.iter().zip(self.open) {
            let demand = Demand { sizing: self, sizes, field };
            let given = *(field.of)(&mut self.spec());
            if !open && demand.is_met_by(given) {
                continue;
            }
            let needed_bytes = demand.bare();
            if open && needed_bytes <= MAX_OPEN_BYTES {
                geometry = geometry.with(field, demand.rounded_up(needed_bytes));
            } else {
                let bytes = if open { MAX_OPEN_BYTES } else { given };
                lacking.extend(demand.lack(bytes, !open, needed_bytes));
            }
        }
        if lacking.is_empty() {
            Ok((geometry, geometry.layout(sizes)))
        } else {
            Err(PlacementError { lacking })
        }
    }

    /// The banks that an image of `sizes` stands in: those of [`crate::Placement::arrays`].
    ///
    /// # Errors
    /// [`PlacementError`] as [`Self::place`].
    pub fn arrays(&self, sizes: &ImageSizes) -> Result<Memories<Occupancy>, PlacementError> {
        let (geometry, layout) = self.place(sizes)?;
        Ok(crate::cut::Cut::new(&geometry, sizes, &self.banking).arrays(&layout))
    }

    /// The banks that the memories are cut into.
    #[must_use]
    pub const fn banking(&self) -> &Banking {
        &self.banking
    }
}

/// What an image asks of one capacity.
struct Demand<'a> {
    sizing: &'a Sizing,
    sizes: &'a ImageSizes,
    field: &'a WholeField<GeometrySpec, u64>,
}

impl Demand<'_> {
    /// What the image occupies if the capacity is `bytes`: in the plain cut, and in the banks of the core.
    fn occupied(&self, bytes: u64) -> (Layout, Memories<Occupancy>) {
        let geometry = self.sizing.geometry.with(self.field, bytes);
        let layout = geometry.layout(self.sizes);
        (layout, crate::cut::Cut::new(&geometry, self.sizes, &self.sizing.banking).arrays(&layout))
    }

    /// The memories that share the capacity and that the image has anything for.
    fn memories(&self, layout: &Layout) -> impl Iterator<Item = Memory> {
        let layout = *layout;
        Memory::ALL
            .iter()
            .copied()
            .filter(move |&memory| memory.capacity_field() == self.field.name && layout[memory].is_built())
    }

    /// Whether a capacity of `bytes` holds what the image has for it. So does every larger one.
    fn is_met_by(&self, bytes: u64) -> bool {
        let (layout, arrays) = self.occupied(bytes);
        self.memories(&layout).all(|memory| layout[memory].holds() && arrays[memory].holds())
    }

    /// A capacity is a whole number of these bytes: weight memory has as many for every lane ([`GeometryError::Banks`]).
    fn grain(&self) -> u64 {
        let is_of_lanes = self.field.name == Memory::Weights.capacity_field();
        if is_of_lanes { self.sizing.mac_lanes() as u64 } else { 1 }
    }

    /// The smallest capacity that holds the image; saturated, if it is beyond any number.
    fn bare(&self) -> u64 {
        let grain = self.grain();
        first(1, u64::MAX / grain, |grains| self.is_met_by(grains * grain)) * grain
    }

    /// The largest capacity of which every bank takes the macro that it takes at `bare` bytes, if there is one for each.
    fn rounded_up(&self, bare: u64) -> u64 {
        let macros = |bytes| -> Vec<Option<u64>> {
            let (layout, arrays) = self.occupied(bytes);
            self.memories(&layout).map(|memory| macros::smallest_for(arrays[memory].bank_bytes())).collect()
        };
        let wanted = macros(bare);
        if wanted.is_empty() || wanted.contains(&None) {
            return bare;
        }
        let grain = self.grain();
        let beyond =
            first(bare / grain + 1, MAX_MEMORY_BYTES / grain, |grains| macros(grains * grain) != wanted);
        (beyond - 1) * grain
    }

    /// That the capacity is `bytes` and would have to be `needed_bytes`; `None` if the image has nothing for it.
    fn lack(&self, bytes: u64, is_given: bool, needed_bytes: u64) -> Option<Lack> {
        let (layout, arrays) = self.occupied(bytes);
        let memory = self.memories(&layout).next()?;
        Some(Lack { memory, banks: arrays[memory].banks, bytes, is_given, needed_bytes })
    }
}

/// The first number of `low..high` of which `is` is true, as of every one above it; `high` if there is none.
fn first(mut low: u64, mut high: u64, is: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low + (high - low) / 2;
        if is(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{PatternOrder, Signs};
    use klr_units::Bits;

    const EIGHT: Bits = Bits::new(8).unwrap();
    const SIZES: ImageSizes =
        ImageSizes { n: 100, p: 3000, weight_bits: EIGHT, entries: 16, kernel_bits: EIGHT };
    const ALL: [&str; 4] = ["pattern_bytes", "weight_bytes", "counter_bytes", "table_bytes"];

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

    fn place(sizing: impl Into<Sizing>, sizes: &ImageSizes) -> Result<Layout, PlacementError> {
        sizing.into().place(sizes).map(|placed| placed.1)
    }

    #[test]
    fn open_accumulators_are_as_wide_as_the_image_needs() {
        let patterns = [klr_units::State::from_signs(&[1, -1]).unwrap()];
        let table = crate::KernelTable::absolute(Bits::new(2).unwrap(), &[3, 1]).unwrap();
        let image = |open: &[&str]| {
            let sizing = Sizing::new(Geometry::tiny().spec(), open).unwrap();
            crate::CoreImage::new(sizing, &patterns, Bits::new(2).unwrap(), vec![1, -1], table.clone())
                .unwrap()
        };
        let open = image(&[ACCUMULATORS]);
        assert_eq!((open.geometry().accumulator_bits(), open.required_accumulator_bits()), (3, 3), "-3 to 3");
        assert_eq!(image(&[]).geometry().accumulator_bits(), 24, "as given");
    }

    fn given(spec: GeometrySpec) -> Sizing {
        Geometry::new(spec).unwrap().into()
    }

    /// Capacities in the order of [`GeometrySpec::CAPACITIES`].
    fn capacities(sizing: Sizing, sizes: &ImageSizes) -> [u64; 4] {
        let mut spec = sizing.place(sizes).unwrap().0.spec();
        GeometrySpec::CAPACITIES.map(|field| *(field.of)(&mut spec))
    }

    #[test]
    fn the_default_problem_takes_the_rows_of_the_table_of_a_geometry() {
        let layout = place(given(spec()), &SIZES).unwrap();
        assert_eq!(layout.columns.rows_used, 47 * 100, "47 blocks of 64 patterns, 100 columns");
        assert_eq!(layout.weights.rows_used, 3000 * 7, "7 groups of 16 neurons per pattern");
        assert_eq!(layout.counters.word_bits, 64 * 7, "64 counters of 7 bits");
        assert_eq!(layout.weights.bits_used(), 21_000 * 16 * 8, "padding of the last group included");
        assert_eq!(layout.weights.bytes_used(), 336_000, "in bytes");
    }

    #[test]
    fn memories_that_size_themselves_fill_the_macro_that_their_need_takes() {
        let open = Sizing::new(spec(), &ALL).unwrap();
        // 37,600 bytes of columns, 21,000 of weights in each of 16 banks, 2,632 of counters, 16 of table.
        assert_eq!(capacities(open, &SIZES), [65_536, 16 * 32_768, 8_192, 1_024], "the default problem");
        // One neuron of one pattern: every bank in the smallest macro.
        let one = ImageSizes { n: 1, p: 1, ..SIZES };
        assert_eq!(capacities(open, &one), [1_024, 16 * 1_024, 1_024, 1_024], "nothing smaller");
        // 64 blocks of 128 columns of 8 bytes fill 65,536 bytes; one more pattern takes a block of 1,024 bytes more.
        let full = ImageSizes { n: 128, p: 64 * 64, ..SIZES };
        assert_eq!(capacities(open, &full)[0], 65_536, "just full");
        let more = ImageSizes { p: full.p + 1, ..full };
        assert_eq!(capacities(open, &more)[0], 131_072, "a pattern more");
    }

    #[test]
    fn beyond_the_largest_macro_a_memory_is_as_large_as_its_need() {
        let open = Sizing::new(spec(), &ALL).unwrap();
        // 1,000 blocks of 1,000 columns of 8 bytes; 63 groups of a byte in each bank for each of 64,000 patterns.
        let sizes = ImageSizes { n: 1_000, p: 64_000, ..SIZES };
        let [patterns, weights, ..] = capacities(open, &sizes);
        assert_eq!((patterns, weights), (8_000_000, 16 * 63 * 64_000), "no macro, no rounding");
        // 16 slices make 500,000 bytes of it each, which the macro of 2^20 bytes holds.
        let sliced = open.banked(Banking { slices: 16, ..Banking::plain(&open.geometry) });
        assert_eq!(
            capacities(sliced, &sizes)[0],
            16 << 20,
            "a macro for 63 blocks of 8,000 bytes in each slice"
        );
    }

    #[test]
    fn every_slice_has_room_for_the_blocks_of_the_fullest() {
        let sliced = |slices| {
            let open = Sizing::new(spec(), &ALL).unwrap();
            open.banked(Banking { slices, ..Banking::plain(&open.geometry) })
        };
        // 47 blocks: 12 in the fullest of four slices, 9,600 bytes of columns and 672 of counters; 6 in each of eight.
        assert_eq!(capacities(sliced(4), &SIZES)[..3], [4 * 32_768, 16 * 32_768, 4 * 1_024], "four");
        assert_eq!(capacities(sliced(8), &SIZES)[..3], [8 * 8_192, 16 * 32_768, 8 * 1_024], "eight");
    }

    #[test]
    fn a_capacity_is_a_whole_number_of_lanes_whatever_the_banks() {
        // 24 lanes on 16 banks: 16 x 32,768 bytes are no whole number of 24; the largest below is.
        let open = Sizing::new(GeometrySpec { mac_lanes: 24, ..spec() }, &ALL).unwrap();
        let banked = open.banked(Banking { weight_banks: 16, ..Banking::plain(&open.geometry) });
        let weights = capacities(banked, &SIZES)[1];
        assert_eq!(weights, 16 * 32_768 / 24 * 24, "{weights}");
        assert!(given(GeometrySpec { weight_bytes: weights, mac_lanes: 24, ..spec() }).place(&SIZES).is_ok());
    }

    #[test]
    fn both_orders_share_a_capacity_of_which_each_part_stays_within_its_macro() {
        let both = Storage { patterns: PatternOrder::Both, ..Storage::default() };
        let open = Sizing::new(spec(), &ALL).unwrap().storing(both);
        // Columns of 37,600 bytes and rows of 48,000, each in a macro of 65,536: the rows fill theirs first.
        let (geometry, layout) = open.place(&SIZES).unwrap();
        assert_eq!(layout.rows.bytes, 65_536, "rows");
        assert!(
            (37_600..65_536).contains(&layout.columns.bytes),
            "{} bytes of columns",
            layout.columns.bytes
        );
        let more = GeometrySpec { pattern_bytes: geometry.spec().pattern_bytes + 16, ..spec() };
        assert!(place(given(more).storing(both), &SIZES).unwrap().rows.bytes > 65_536, "two words more");
    }

    #[test]
    fn both_orders_count_every_bit_twice_in_one_capacity() {
        let both = Storage { patterns: PatternOrder::Both, ..Storage::default() };
        let place =
            |pattern_bytes| place(given(GeometrySpec { pattern_bytes, ..spec() }).storing(both), &SIZES);
        let layout = place(131_072).unwrap();
        let Layout { columns, rows, .. } = layout;
        assert_eq!(columns.rows_used, 47 * 100, "columns");
        assert_eq!(rows.rows_used, 3000 * 2, "two words of 64 bits hold 100");
        assert_eq!(columns.rows_available + rows.rows_available, 16_384, "one capacity");
        assert_eq!(columns.bytes + rows.bytes, 131_072, "in bytes too");
        assert_eq!(
            place(65_536).unwrap_err().to_string(),
            "the pattern memory has 65536 bytes and needs 85600: pattern_bytes=85600 would do",
            "message"
        );
        let exact = place(85_600).unwrap();
        assert_eq!(exact.columns.rows_available, exact.columns.rows_used, "nothing is left over");
    }

    #[test]
    fn signs_in_the_patterns_take_a_bit_from_every_weight() {
        let shared = Storage { signs: Signs::InPatterns, ..Storage::default() };
        let place = |bits| {
            let sizing = given(GeometrySpec { weight_bytes: 16 * 21_000 * 7 / 8, ..spec() }).storing(shared);
            place(sizing, &ImageSizes { weight_bits: Bits::new(bits).unwrap(), ..SIZES })
        };
        assert_eq!(place(8).unwrap().weights.bits_used(), 21_000 * 16 * 7, "seven of eight bits");
        assert!(place(9).is_err(), "eight of nine do not fit");
        let none = place(1).unwrap().weights;
        assert_eq!((none.bits_used(), none.banks), (0, 0), "a sign has no magnitude: no memory");
        let open = Sizing::new(spec(), &ALL).unwrap().storing(shared);
        let one_bit = ImageSizes { weight_bits: Bits::new(1).unwrap(), ..SIZES };
        assert_eq!(capacities(open, &one_bit)[1], 16, "a byte for each lane, which is nothing to pay for");
    }

    #[test]
    fn all_that_is_too_small_is_said_at_once_with_what_would_do() {
        let small = GeometrySpec { weight_bytes: 320_000, table_bytes: 10, pattern_bytes: 40_000, ..spec() };
        let banked = |spec| {
            let sizing = given(spec);
            sizing.banked(Banking { slices: 8, ..sizing.banking })
        };
        // 37,600 bytes of columns would do in one bank; 8 slices of 6 blocks are 48 of 47 blocks.
        assert_eq!(
            place(banked(GeometrySpec { pattern_bytes: 37_600, ..small }), &SIZES).unwrap_err().to_string(),
            "the pattern memory has 37600 bytes and needs 38400 in 8 banks: pattern_bytes=38400 would do; \
             the weight memory has 320000 bytes and needs 336000 in 16 banks: weight_bytes=336000 would do; \
             the table memory has 10 bytes and needs 16: table_bytes=16 would do",
            "message"
        );
        let all = GeometrySpec { pattern_bytes: 38_400, weight_bytes: 336_000, table_bytes: 16, ..small };
        assert!(place(banked(all), &SIZES).is_ok(), "they do");
    }

    #[test]
    fn a_memory_that_sizes_itself_is_not_larger_than_anybody_would_want() {
        let open = Sizing::new(spec(), &["weight_bytes"]).unwrap();
        let sizes = ImageSizes { n: 10_000, p: 200_000, ..SIZES };
        let error = place(open, &sizes).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains(
                "the weight memory needs 2000000000 bytes in 16 banks and one that sizes itself takes at most \
                 1073741824: weight_bytes=2000000000 would do"
            ),
            "{said}"
        );
        let largest = open.resized(GeometrySpec { pattern_bytes: 1 << 36, counter_bytes: 1 << 36, ..spec() });
        let [lack] = place(largest.unwrap(), &sizes).unwrap_err().lacking[..] else { panic!("{said}") };
        assert_eq!((lack.memory, lack.is_given), (Memory::Weights, false), "the open one");
    }

    #[test]
    fn sizes_beyond_any_memory_are_refused_without_overflow() {
        let widest = given(GeometrySpec { distance_lanes: 1, mac_lanes: 1, ..spec() });
        let beyond = ImageSizes { n: u32::MAX, p: u32::MAX, entries: u64::MAX, ..SIZES };
        let error = place(widest, &beyond).unwrap_err();
        assert_eq!(error.lacking[0].memory, Memory::Columns, "the first that is too small");
        let rows = u64::from(u32::MAX) * u64::from(u32::MAX);
        assert_eq!(error.lacking[0].needed_bytes, rows.div_ceil(8), "one bit per row");
        let all: Vec<Memory> = error.lacking.iter().map(|lack| lack.memory).collect();
        assert_eq!(
            all,
            [Memory::Columns, Memory::Weights, Memory::Counters, Memory::Table],
            "all that are too small"
        );
        assert!(error.to_string().contains(" bytes and the largest has 68719476736"), "{error}");
        let table =
            ImageSizes { n: 1, p: 1, entries: u64::MAX, kernel_bits: Bits::new(16).unwrap(), ..SIZES };
        for sizing in [given(spec()), Sizing::new(spec(), &ALL).unwrap()] {
            let error = place(sizing, &table).unwrap_err();
            let [Lack { memory, needed_bytes, .. }] = error.lacking[..] else {
                panic!("one memory: {error}")
            };
            assert_eq!((memory, needed_bytes), (Memory::Table, u64::MAX), "saturated");
        }
    }
}
