//! Do images fit exactly the memories that the table in `crates/image/src/geometry.rs` says they need?

mod harness;

use harness::{Parts, Widths, bits, random_banking, rng};
use klr_image::{
    Banking, Geometry, GeometrySpec, ImageSizes, Layout, Memory, PatternOrder, Placement, PlacementError,
    Signs, Sizing, Storage,
};
use klr_units::WholeField;
use rand::RngExt;

/// The smallest capacities that hold the image, worked out from the table, in whole bytes per bank.
fn smallest(parts: &Parts) -> GeometrySpec {
    let (l, b) = (u64::from(parts.distance_lanes), u64::from(parts.mac_lanes));
    let (n, p) = (parts.n as u64, parts.p() as u64);
    // A counter holds 0 to N: the smallest width whose number of codes is above N.
    let counter_bits = (1..).find(|&width| 1 << width > n).unwrap_or(64);
    let weights_per_bank = p * n.div_ceil(b);
    let shared = u64::from(parts.storage.signs == Signs::InPatterns);
    let (columns, rows) = (p.div_ceil(l) * n * l, p * n.div_ceil(l) * l);
    let pattern_bits = match parts.storage.patterns {
        PatternOrder::Column => columns,
        PatternOrder::Row => rows,
        PatternOrder::Both => columns + rows,
    };
    GeometrySpec {
        pattern_bytes: pattern_bits.div_ceil(8),
        weight_bytes: b * (weights_per_bank * (u64::from(parts.weight_bits) - shared)).div_ceil(8).max(1),
        counter_bytes: (p.div_ceil(l) * l * counter_bits).div_ceil(8),
        table_bytes: (parts.table.len() as u64 * u64::from(parts.kernel_bits)).div_ceil(8),
        distance_lanes: parts.distance_lanes,
        mac_lanes: parts.mac_lanes,
        accumulator_bits: 48,
    }
}

fn place(parts: &Parts, spec: GeometrySpec) -> Result<Layout, PlacementError> {
    let geometry = Geometry::new(spec).expect("within range").storing(parts.storage);
    Sizing::from(geometry).place(&sizes(parts)).map(|placed| placed.1)
}

fn sizes(parts: &Parts) -> ImageSizes {
    let [n, p] = [parts.n, parts.p()].map(|size| u32::try_from(size).expect("a small image"));
    let [weight_bits, kernel_bits] = [parts.weight_bits, parts.kernel_bits].map(bits);
    ImageSizes { n, p, weight_bits, entries: parts.table.len() as u64, kernel_bits }
}

/// The same core with one byte (a byte per bank) less of each memory that has one to spare; `patterns` is the memory that
/// a lack of pattern memory is reported as.
fn one_less(spec: GeometrySpec, patterns: Memory) -> Vec<(Memory, u64, GeometrySpec)> {
    let b = u64::from(spec.mac_lanes);
    let less = [
        (patterns, spec.pattern_bytes, GeometrySpec { pattern_bytes: spec.pattern_bytes - 1, ..spec }),
        (Memory::Weights, spec.weight_bytes, GeometrySpec { weight_bytes: spec.weight_bytes - b, ..spec }),
        (
            Memory::Counters,
            spec.counter_bytes,
            GeometrySpec { counter_bytes: spec.counter_bytes - 1, ..spec },
        ),
        (Memory::Table, spec.table_bytes, GeometrySpec { table_bytes: spec.table_bytes - 1, ..spec }),
    ];
    less.into_iter().filter(|(_, _, spec)| Geometry::new(*spec).is_ok()).collect()
}

#[test]
fn the_smallest_core_holds_the_image_and_a_byte_less_does_not() {
    let mut refused = 0;
    for seed in 0..300 {
        let mut rng = rng(seed);
        let widths = Widths::random(&mut rng);
        let parts = Parts::random(130, 200, widths, &mut rng);
        let spec = smallest(&parts);
        let layout = place(&parts, spec).unwrap_or_else(|error| panic!("case {seed}: {error}"));
        let used = layout.weights.bits_used();
        assert!(used <= spec.weight_bytes * 8, "case {seed}: {used} bits in {} bytes", spec.weight_bytes);
        let patterns = if parts.storage.patterns.has_columns() { Memory::Columns } else { Memory::Rows };
        for (memory, needed, less) in one_less(spec, patterns) {
            let error = place(&parts, less).expect_err("a byte less");
            let lacking: Vec<_> = error.lacking.iter().map(|lack| (lack.memory, lack.needed_bytes)).collect();
            assert_eq!(lacking, [(memory, needed)], "case {seed}: {error}");
            refused += 1;
        }
    }
    assert!(refused > 1000, "only {refused} memories had a byte to spare");
}

/// The advice in the message is one that a plan can follow: a multiple of the banks.
#[test]
fn the_capacity_that_would_do_does() {
    let spec = GeometrySpec { weight_bytes: 3, mac_lanes: 3, ..Geometry::tiny().spec() };
    // Three patterns of nine neurons: 9 rows of one bit in each of three banks.
    let sizes = ImageSizes { n: 9, p: 3, weight_bits: bits(1), entries: 3, kernel_bits: bits(4) };
    let place = |spec| Sizing::from(Geometry::new(spec).expect("within range")).place(&sizes);
    let error = place(spec).expect_err("8 rows are not 9");
    assert_eq!(
        error.to_string(),
        "the weight memory has 3 bytes and needs 6 in 3 banks: weight_bytes=6 would do",
        "two whole bytes in each bank"
    );
    assert!(place(GeometrySpec { weight_bytes: 6, ..spec }).is_ok(), "6 bytes do");
}

/// The capacities, all left open.
const OPEN: [&str; 4] = ["pattern_bytes", "weight_bytes", "counter_bytes", "table_bytes"];

fn field(name: &str) -> &'static WholeField<GeometrySpec, u64> {
    const CAPACITIES: &[WholeField<GeometrySpec, u64>] = &GeometrySpec::CAPACITIES;
    CAPACITIES.iter().find(|field| field.name == name).expect("a capacity")
}

fn with(mut spec: GeometrySpec, name: &str, bytes: u64) -> GeometrySpec {
    *(field(name).of)(&mut spec) = bytes;
    spec
}

fn capacity(mut spec: GeometrySpec, name: &str) -> u64 {
    *(field(name).of)(&mut spec)
}

fn macro_of(bytes: u64) -> u64 {
    let ladder = [1 << 10, 1 << 13, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 20];
    ladder.into_iter().find(|&capacity| capacity >= bytes).expect("small images")
}

/// In the plain cut the rule is a closed form: as many macros as there are banks, each the smallest that holds a bank of
/// the smallest core.
#[test]
fn a_memory_that_sizes_itself_has_the_macros_of_the_smallest_core() {
    for seed in 0..300 {
        let mut rng = rng(seed);
        let widths = Widths::random(&mut rng);
        let parts = Parts::random(130, 200, widths, &mut rng);
        let (spec, b) = (smallest(&parts), u64::from(parts.mac_lanes));
        let open = Sizing::new(spec, &OPEN).expect("within range").storing(parts.storage);
        let (geometry, layout) = open.place(&sizes(&parts)).expect("it sizes itself");
        let found = geometry.spec();
        let weights = if layout.weights.is_built() { b * macro_of(spec.weight_bytes / b) } else { b };
        assert_eq!(found.weight_bytes, weights, "case {seed}: weights");
        assert_eq!(found.counter_bytes, macro_of(spec.counter_bytes), "case {seed}: counters");
        assert_eq!(found.table_bytes, macro_of(spec.table_bytes), "case {seed}: table");
        if parts.storage.patterns != PatternOrder::Both {
            assert_eq!(found.pattern_bytes, macro_of(spec.pattern_bytes), "case {seed}: patterns");
        }
    }
}

/// Of each bank of the memory, or of both memories, with the capacity `name`: the macro that holds it.
fn macros(parts: &Parts, spec: GeometrySpec, banking: Banking, name: &str) -> Vec<u64> {
    let geometry = Geometry::new(spec).expect("within range").storing(parts.storage);
    let image = parts.image().on(Sizing::from(geometry).banked(banking)).expect("it fits");
    let placement = Placement::new(&image, banking);
    let arrays = placement.arrays().iter();
    let of_name = arrays.filter(|(memory, array)| memory.capacity_field() == name && array.is_built());
    of_name.map(|(_, array)| macro_of(array.bank_bytes())).collect()
}

#[test]
fn whatever_the_banks_a_memory_that_sizes_itself_fits_and_a_byte_more_would_cost_a_larger_macro() {
    let mut tried = 0;
    for seed in 0..200 {
        let mut rng = rng(1000 + seed);
        let widths = Widths::random(&mut rng);
        let parts = Parts::random(130, 200, widths, &mut rng);
        let (sizes, banking) = (sizes(&parts), random_banking(&parts, &mut rng));
        let open = Sizing::new(smallest(&parts), &OPEN).expect("within range").storing(parts.storage);
        let placed = open.banked(banking).place(&sizes).expect("it sizes itself");
        let spec = placed.0.spec();
        let given = |spec| {
            let geometry = Geometry::new(spec).expect("within range").storing(parts.storage);
            Sizing::from(geometry).banked(banking).place(&sizes)
        };
        assert_eq!(given(spec), Ok(placed), "case {seed}: the same capacities, as numbers");
        for name in OPEN {
            let grain = if name == "weight_bytes" { u64::from(parts.mac_lanes) } else { 1 };
            let Err(error) = given(with(spec, name, grain)) else { continue };
            let [lack] = error.lacking[..] else { panic!("case {seed}: one memory: {error}") };
            let bare = lack.needed_bytes;
            let what = format!("case {seed}, {name}: {bare} bytes, {}", capacity(spec, name));
            assert!(given(with(spec, name, bare)).is_ok(), "{what}: what would do does");
            assert!(given(with(spec, name, bare - grain)).is_err(), "{what}: and nothing less");
            let at = |bytes| macros(&parts, with(spec, name, bytes), banking, name);
            assert_eq!(at(capacity(spec, name)), at(bare), "{what}: nothing dearer than the need");
            assert_ne!(at(capacity(spec, name) + grain), at(bare), "{what}: nothing given away");
            tried += 1;
        }
    }
    assert!(tried > 500, "only {tried} capacities were tried");
}

#[test]
fn whatever_is_too_small_all_that_would_do_does_at_once() {
    let mut lacking = 0;
    for seed in 0..300 {
        let mut rng = rng(2000 + seed);
        let widths = Widths::random(&mut rng);
        let parts = Parts::random(130, 200, widths, &mut rng);
        let (sizes, banking) = (sizes(&parts), random_banking(&parts, &mut rng));
        let mut spec = smallest(&parts);
        let lanes = u64::from(parts.mac_lanes);
        for name in OPEN {
            let grain = if name == "weight_bytes" { lanes } else { 1 };
            let grains = capacity(spec, name) / grain * rng.random_range(1..=12) / 10;
            spec = with(spec, name, grains.max(1) * grain);
        }
        let given = |spec| {
            let geometry = Geometry::new(spec).expect("within range").storing(parts.storage);
            Sizing::from(geometry).banked(banking).place(&sizes)
        };
        let Err(error) = given(spec) else { continue };
        let mended = error
            .lacking
            .iter()
            .fold(spec, |spec, lack| with(spec, lack.memory.capacity_field(), lack.needed_bytes));
        assert!(given(mended).is_ok(), "case {seed}: {error}");
        lacking += error.lacking.len();
    }
    assert!(lacking > 500, "only {lacking} memories were too small");
}

#[test]
fn a_core_says_which_capacities_are_given_and_keeps_its_banks_when_its_numbers_change() {
    let spec = Geometry::tiny().spec();
    let banking = Banking { slices: 3, ..Banking::plain(&Geometry::tiny()) };
    let of =
        |spec| Sizing::new(spec, &["weight_bytes", "table_bytes"]).expect("within range").banked(banking);
    let (columns, counters) = (Some(spec.pattern_bytes), Some(spec.counter_bytes));
    let given = Memory::ALL.iter().map(|&memory| of(spec).given(memory)).collect::<Vec<_>>();
    assert_eq!(given, [columns, columns, None, counters, None], "columns and rows share a capacity");
    assert_eq!(of(spec).accumulator_bits(), 24, "of the tiny core");
    let other = GeometrySpec { pattern_bytes: 77, accumulator_bits: 31, mac_lanes: 5, ..spec };
    assert_eq!(of(spec).resized(other), Ok(of(other)), "other numbers in the same banks");
    let storage = Storage { signs: Signs::InPatterns, patterns: PatternOrder::Row };
    assert_eq!(of(spec).storing(storage).resized(other), Ok(of(other).storing(storage)), "stored alike");
}
