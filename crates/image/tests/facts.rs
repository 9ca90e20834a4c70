//! Are the figures that an image and its core give of themselves those that their integers give on plain numbers?

mod harness;

use harness::{Parts, Widths, bits, rng};
use klr_image::geometry::GeometrySpec;
use klr_image::{CoreImage, Geometry, KernelTable, Memory, PatternOrder, Signs};
use klr_units::{NeuronIdx, PatternIdx, State};

/// Random images.
const CASES: u64 = 300;

fn cases() -> impl Iterator<Item = (u64, Parts, CoreImage)> {
    (0..CASES).map(|seed| {
        let mut rng = rng(seed);
        let widths = Widths::random(&mut rng);
        let parts = Parts::random(40, 90, widths, &mut rng);
        let image = parts.image();
        (seed, parts, image)
    })
}

#[test]
fn an_accumulator_holds_what_twos_complement_of_its_width_holds() {
    for accumulator_bits in 2..=63 {
        let spec = GeometrySpec { accumulator_bits, ..Geometry::tiny().spec() };
        let geometry = Geometry::new(spec).expect("within range");
        // Of 2^bits codes one half is negative, and zero takes one of the others.
        let codes = 1i128 << accumulator_bits;
        assert_eq!(i128::from(geometry.accumulator_max()), codes / 2 - 1, "{accumulator_bits} bits");
        assert_eq!(geometry.accumulator_bits(), accumulator_bits);
    }
    assert_eq!(Geometry::tiny().accumulator_max(), 8_388_607, "24 bits");
}

#[test]
fn blocks_groups_and_words_are_the_pieces_that_patterns_and_neurons_are_cut_into() {
    for (seed, parts, image) in cases() {
        let [l, b] = [parts.distance_lanes, parts.mac_lanes].map(|lanes| lanes as usize);
        let blocks: Vec<&[Vec<i8>]> = parts.patterns.chunks(l).collect();
        assert_eq!(image.blocks(), blocks.len(), "case {seed}: blocks");
        assert_eq!(image.columns().len(), blocks.len() * parts.n, "case {seed}: a word per block and neuron");
        for (at, block) in blocks.into_iter().enumerate() {
            assert_eq!(image.lanes(at), block.len(), "case {seed}: lanes of block {at}");
            for i in 0..parts.n {
                let set = block.iter().enumerate().filter(|(_, pattern)| pattern[i] > 0);
                let word =
                    set.fold(0u64, |word, (lane, _)| word + 2u64.pow(u32::try_from(lane).expect("few")));
                assert_eq!(image.column(at, NeuronIdx::from_usize(i)), word, "case {seed}: {at}, neuron {i}");
            }
        }
        assert_eq!(image.groups(), (0..parts.n).step_by(b).count(), "case {seed}: groups of {b}");
        assert_eq!(image.row_words(), (0..parts.n).step_by(l).count(), "case {seed}: words of {l}");
        assert_eq!(image.patterns().len(), parts.p(), "case {seed}: patterns");
    }
}

/// Every bit that the table in `crates/image/src/geometry.rs` counts, memory by memory.
#[test]
fn an_image_occupies_its_bits_and_their_padding() {
    for (seed, parts, image) in cases() {
        let [l, b, n, p] =
            [u64::from(parts.distance_lanes), u64::from(parts.mac_lanes), parts.n as u64, parts.p() as u64];
        let shared = u64::from(parts.storage.signs == Signs::InPatterns);
        let by_column = p.div_ceil(l) * l * n;
        let by_row = p * n.div_ceil(l) * l;
        let (columns, rows) = match parts.storage.patterns {
            PatternOrder::Column => (by_column, 0),
            PatternOrder::Row => (0, by_row),
            PatternOrder::Both => (by_column, by_row),
        };
        let weights = p * n.div_ceil(b) * b * (u64::from(parts.weight_bits) - shared);
        // As many bits as write N.
        let counter_bits = format!("{n:b}").len() as u64;
        let counters = p.div_ceil(l) * l * counter_bits;
        let stored = parts.table.iter().rposition(|&word| word > 0).expect("a word above zero") as u64 + 1;
        let table = stored * u64::from(parts.kernel_bits);
        let found = image.sram_bits();
        let expected = [columns, rows, weights, counters, table];
        assert_eq!(
            Memory::ALL.iter().map(|&memory| found[memory]).collect::<Vec<_>>(),
            expected,
            "case {seed}"
        );
        assert_eq!(found.total(), expected.iter().sum::<u64>(), "case {seed}: all of them");
        assert_eq!(u64::from(image.counter_bits()), counter_bits, "case {seed}: 0 to {n}");
        assert_eq!(image.table().entries().len() as u64, stored, "case {seed}: words of the table");
        for (memory, occupancy) in image.layout().iter() {
            assert_eq!(occupancy.is_built(), occupancy.bits_used() > 0, "case {seed}: {}", memory.name());
        }
    }
}

/// A field is largest if every weight of one sign meets the largest kernel word and no other meets any.
#[test]
fn the_worst_field_and_its_accumulator_are_those_of_the_weights() {
    for (seed, parts, image) in cases() {
        let side = |i: usize, sign: i64| -> i64 {
            parts.weights.iter().map(|row| (i64::from(row[i]) * sign).max(0)).sum()
        };
        let largest = (0..parts.n).flat_map(|i| [side(i, 1), side(i, -1)]).max().expect("a neuron");
        let kernel = i64::from(*parts.table.iter().max().expect("a word"));
        let worst = u64::try_from(largest * kernel).expect("not negative");
        assert_eq!(image.worst_case_field(), worst, "case {seed}");
        let required = (2..).find(|&width| u128::from(worst) < 1u128 << (width - 1)).expect("some width");
        assert_eq!(image.required_accumulator_bits(), required, "case {seed}: {worst} with a sign");
    }
}

#[test]
fn weights_are_read_as_they_were_given_and_stored_in_their_bits() {
    let mut shared = 0;
    for (seed, parts, image) in cases() {
        let signs_apart = parts.storage.signs == Signs::InPatterns;
        shared += u32::from(signs_apart);
        let stored = u32::from(parts.weight_bits) - u32::from(signs_apart);
        assert_eq!(image.stored_weight_bits(), stored, "case {seed}: bits of a word");
        for (mu, row) in parts.weights.iter().enumerate() {
            assert_eq!(image.weight_row(PatternIdx::from_usize(mu)), row, "case {seed}: row {mu}");
            for (i, &weight) in row.iter().enumerate() {
                let (mu, i) = (PatternIdx::from_usize(mu), NeuronIdx::from_usize(i));
                assert_eq!(image.weight_as_read(mu, i), i64::from(weight), "case {seed}: {mu}, {i}");
                let code = i32::from(image.weight_code(mu, i));
                // A sign that lies in the patterns leaves a magnitude of 1, which no memory holds.
                assert!(
                    code < 1 << stored || (stored, code) == (0, 1),
                    "case {seed}: {code} in {stored} bits"
                );
                // Read back by hand: a magnitude, a sign alone, or two's complement.
                let read = match (signs_apart, parts.weight_bits) {
                    (true, _) if parts.patterns[mu.get()][i.get()] < 0 => -code,
                    (true, _) => code,
                    (false, 1) => 2 * code - 1,
                    (false, width) if code >= 1 << (width - 1) => code - (1 << width),
                    (false, _) => code,
                };
                assert_eq!(read, i32::from(weight), "case {seed}: code {code}");
            }
        }
    }
    assert!(shared > 10, "some leave their signs to the patterns: {shared}");
}

/// Skewed storage: whoever takes the weights of one pattern, or those of one neuron, finds each in a bank of its own.
#[test]
fn consecutive_words_of_a_row_and_of_a_column_lie_in_different_banks() {
    for banks in 1..=9 {
        for word in 1..=3 {
            let bank = |mu: usize, i: usize| {
                CoreImage::weight_bank(PatternIdx::from_usize(mu), NeuronIdx::from_usize(i), word, banks)
            };
            for start in 0..2 * banks {
                let all: Vec<usize> = (0..banks).collect();
                let sorted = |mut found: Vec<usize>| {
                    found.sort_unstable();
                    found
                };
                let of_row = (0..banks).map(|at| bank(start, (start + at) * word)).collect();
                let of_column = (0..banks).map(|at| bank(start + at, start * word)).collect();
                assert_eq!(sorted(of_row), all, "{banks} banks, words of {word}: a row");
                assert_eq!(sorted(of_column), all, "{banks} banks, words of {word}: a column");
                let one_word =
                    (0..word).all(|at| bank(start, start * word + at) == bank(start, start * word));
                assert!(one_word, "{banks} banks: {word} weights of one word lie in one bank");
            }
        }
    }
}

/// Trailing zeros of a table look nothing up, and take no room.
#[test]
fn a_table_says_its_form_its_width_and_where_it_begins() {
    for (entries, window) in [(&[7u16, 0, 3, 0, 0][..], 3), (&[7], 1), (&[7, 1], 2)] {
        let absolute = KernelTable::absolute(bits(3), entries).expect("words of 3 bits");
        let relative = KernelTable::nearest_relative(bits(3), entries).expect("words of 3 bits");
        assert_eq!((absolute.window(), relative.window()), (window, window));
        assert_eq!((absolute.origin(5), relative.origin(5)), (0, 5), "the distance that index 0 stands for");
        assert_eq!(absolute.format().bits(), bits(3));
        for d in 0..8 {
            let word = entries.get(d as usize).copied().unwrap_or(0);
            assert_eq!((absolute.lookup(d, 0), relative.lookup(d + 5, 5)), (word, word), "distance {d}");
        }
    }
}

/// The same integers on a core of another size are the same memory.
#[test]
fn an_image_on_another_core_keeps_its_integers() {
    let (_, parts, image) = cases().next().expect("a case");
    let spec =
        GeometrySpec { distance_lanes: 7, mac_lanes: 3, weight_bytes: 3 << 16, ..parts.geometry().spec() };
    let other = image.on(Geometry::new(spec).expect("within range")).expect("room enough");
    assert_eq!((other.n(), other.p()), (image.n(), image.p()));
    assert_eq!((other.patterns(), other.weights()), (image.patterns(), image.weights()));
    assert_eq!((other.table(), other.weight_format()), (image.table(), image.weight_format()));
    assert_eq!(other.blocks(), parts.p().div_ceil(7), "cut anew");
    let states: Vec<State> = parts.patterns.iter().map(|signs| harness::state(signs)).collect();
    assert_eq!(other.patterns(), states);
}
