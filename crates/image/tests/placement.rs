//! Do images fit exactly the memories that the table in `crates/image/src/geometry.rs` says they need?

mod harness;

use harness::{Parts, Widths, bits, rng};
use klr_image::{Geometry, GeometrySpec, Layout, Memory, PatternOrder, PlacementError, Signs};

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
    let [n, p] = [parts.n, parts.p()].map(|size| u32::try_from(size).expect("a small image"));
    let geometry = Geometry::new(spec).expect("within range").storing(parts.storage);
    geometry.place(n, p, bits(parts.weight_bits), parts.table.len() as u64, bits(parts.kernel_bits))
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
    let place = |spec| Geometry::new(spec).expect("within range").place(9, 3, bits(1), 3, bits(4));
    let error = place(spec).expect_err("8 rows are not 9");
    assert_eq!(
        error.to_string(),
        "the weight memory is 1 rows too small: the image needs 9 rows of 1 bits in each of 3 banks, \
         weight_bytes = 3 gives 8; 6 bytes would do",
        "two whole bytes in each bank"
    );
    assert!(place(GeometrySpec { weight_bytes: 6, ..spec }).is_ok(), "6 bytes do");
}
