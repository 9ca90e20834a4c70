//! Does a core read from faulty memories what the memories give, bit by bit? The placement is the second account: it says
//! where every bit of an image stands, whatever the image is.

mod harness;

use harness::{Parts, Widths, bits, random_banking, rng, state};
use klr_image::placement::Datum;
use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, KernelTable, Memory, PatternOrder, Placement, Signs, Storage};
use klr_units::{NeuronIdx, PatternIdx};
use rand::RngExt;
use std::collections::BTreeMap;

const CASES: u64 = 300;

fn random(seed: u64) -> (Parts, CoreImage) {
    let mut rng = rng(seed);
    let widths = Widths::random(&mut rng);
    let parts = Parts::random(20, 30, widths, &mut rng);
    let image = parts.image();
    (parts, image)
}

/// Every datum of `image` that is written before a retrieval, in the order in which it is asked for.
fn data(image: &CoreImage) -> impl Iterator<Item = Datum> + use<> {
    let (p, n) = (image.p() as usize, image.n() as usize);
    let all = (0..p)
        .flat_map(move |mu| (0..n).map(move |i| (PatternIdx::from_usize(mu), NeuronIdx::from_usize(i))));
    let bits = all.clone().flat_map(|(mu, i)| [Datum::ColumnBit(mu, i), Datum::RowBit(mu, i)]);
    let words = (0..image.table().window()).map(|at| Datum::KernelWord(u32::try_from(at).expect("small")));
    bits.chain(all.map(|(mu, i)| Datum::Weight(mu, i))).chain(words)
}

#[test]
fn every_bit_that_is_read_stands_where_it_was_written() {
    let (mut weights, mut bits_read) = (0, 0);
    for seed in 0..CASES {
        let (parts, image) = random(seed);
        let mut noise = rng(seed ^ 1 << 40);
        let mut given: BTreeMap<Memory, Vec<u16>> = BTreeMap::new();
        let both = parts.storage.patterns == PatternOrder::Both;
        let read = image.as_read(|memory, stored, width| {
            let is_copy = both && matches!(memory, Memory::Columns | Memory::Rows);
            let mask = if is_copy { 0 } else { noise.random::<u16>() & noise.random::<u16>() };
            let found = stored ^ mask;
            given.entry(memory).or_default().push(found & (u16::MAX >> (16 - width)));
            found
        });
        let read = read.expect("copies were left alone");
        let banking = random_banking(&parts, &mut rng(seed));
        let placement = Placement::new(&read, banking);
        assert_eq!(placement.arrays(), Placement::new(&image, banking).arrays(), "{seed}: the same memories");
        let mut given: BTreeMap<_, _> =
            given.into_iter().map(|(memory, all)| (memory, all.into_iter())).collect();
        for datum in data(&image) {
            let Some(at) = placement.address(datum) else { continue };
            let word = placement.word(at.memory, at.bank, at.row).expect("a row that is used");
            let expected = given.get_mut(&at.memory).and_then(Iterator::next).expect("it was asked for");
            assert_eq!(word.field(at.bit, at.width), u64::from(expected), "{seed}: {datum:?}");
            weights += u32::from(at.memory == Memory::Weights);
            bits_read += u32::from(at.memory != Memory::Weights);
        }
        assert!(given.values_mut().all(|rest| rest.next().is_none()), "{seed}: nothing else was asked for");
        for (mu, pattern) in read.patterns().iter().enumerate() {
            for i in 0..parts.n {
                let column = read.column(mu / parts.distance_lanes as usize, NeuronIdx::from_usize(i));
                let by_column = column >> (mu % parts.distance_lanes as usize) & 1 == 1;
                assert_eq!(by_column, pattern.get(i), "{seed}: rows and columns are one");
            }
            for i in 0..parts.n {
                let (mu, i) = (PatternIdx::from_usize(mu), NeuronIdx::from_usize(i));
                let weight = i64::from(read.weight_row(mu)[i.get()]);
                assert_eq!(
                    read.weight_as_read(mu, i),
                    weight,
                    "{seed}: the reference and the core read the same"
                );
            }
        }
    }
    assert!(weights > 10_000 && bits_read > 10_000, "the cases hold something: {weights}, {bits_read}");
}

#[test]
fn memories_that_give_back_what_was_written_hold_the_same_image() {
    for seed in 0..CASES {
        let image = random(seed).1;
        assert_eq!(image.as_read(|_, stored, _| stored), Ok(image), "{seed}");
    }
}

/// Patterns ++ and +-, kernel words 3 and 1, weights of `width` bits.
fn small(width: u8, weights: [i16; 4], signs: Signs) -> CoreImage {
    let patterns = [state(&[1, 1]), state(&[1, -1])];
    let table = KernelTable::nearest_relative(bits(2), &[3, 1]).expect("a table");
    let geometry = Geometry::tiny().storing(Storage { signs, ..Storage::default() });
    CoreImage::new(geometry, &patterns, bits(width), weights.to_vec(), table).expect("it fits")
}

#[test]
fn memories_stuck_at_one_are_all_ones_and_at_zero_all_zeros() {
    let all = |image: &CoreImage, code: u16| image.as_read(|_, _, _| code).expect("one copy");
    let image = small(8, [3, -2, 5, 127], Signs::InWeights);
    let ones = all(&image, u16::MAX);
    assert_eq!(ones.weights(), [-1; 4], "eight ones in two's complement");
    assert_eq!((ones.table().entries(), ones.pattern(PatternIdx::new(1))), (&[3, 3][..], &state(&[1, 1])));
    let zeros = all(&image, 0);
    assert_eq!(
        (zeros.weights(), zeros.table().entries()),
        (&[0; 4][..], &[0, 0][..]),
        "no field leaves zero"
    );
    assert_eq!(zeros.table().window(), 2, "the window is what the core was built for");
    let end = Reference::new(&zeros).distances(&state(&[1, 1]));
    assert_eq!(end, [2, 2], "patterns of -1 alone");
    let signs = small(1, [1, -1, 1, -1], Signs::InWeights);
    assert_eq!(all(&signs, 0).weights(), [-1; 4], "a bit of 0 is the sign -1");
    assert_eq!(all(&signs, 1).weights(), [1; 4]);
}

#[test]
fn the_code_that_no_format_uses_is_read_as_twos_complement_has_it() {
    for (width, least) in [(2, -2), (8, -128), (16, i16::MIN)] {
        let image = small(width, [1, 1, 1, -1], Signs::InWeights);
        let sign_alone =
            |memory, stored, width| if memory == Memory::Weights { 1u16 << (width - 1) } else { stored };
        let read = image.as_read(sign_alone).expect("one copy");
        assert_eq!(read.weights(), [least; 4], "{width} bits");
        let fields = Reference::new(&read).fields(&state(&[1, 1]));
        assert_eq!(fields, [4 * i64::from(least); 2], "kernel words 3 and 1");
        assert_eq!(
            read.worst_case_field(),
            3 * 2 * u64::from(least.unsigned_abs()),
            "both weights, the larger word"
        );
    }
}

#[test]
fn a_shared_sign_is_that_of_the_pattern_bit_that_is_read() {
    let image = small(4, [3, 2, 5, -7], Signs::InPatterns);
    let turned = image.as_read(|memory, stored, _| stored ^ u16::from(memory == Memory::Columns));
    assert_eq!(turned.expect("one copy").weights(), [-3, -2, -5, 7], "magnitudes stay, signs turn");
    let alone = small(1, [1, 1, 1, -1], Signs::InPatterns).as_read(|memory, _, _| {
        assert_ne!(memory, Memory::Weights, "weight memory holds no bit");
        0
    });
    assert_eq!(alone.expect("one copy").weights(), [-1; 4]);
}

#[test]
fn copies_that_differ_are_no_image() {
    let patterns = [state(&[1, 1]), state(&[1, -1])];
    let table = KernelTable::nearest_relative(bits(2), &[3, 1]).expect("a table");
    let both = Storage { patterns: PatternOrder::Both, ..Storage::default() };
    let image = CoreImage::new(Geometry::tiny().storing(both), &patterns, bits(2), vec![1; 4], table);
    let image = image.expect("it fits");
    let error = image.as_read(|memory, stored, _| if memory == Memory::Rows { 1 } else { stored });
    let expected = "bit 1 of pattern 1 reads otherwise by column than by row; a core image has one";
    assert_eq!(error.map_err(|error| error.to_string()), Err(expected.to_owned()));
    let turned = image.as_read(|memory, stored, _| if memory == Memory::Weights { stored } else { 1 });
    assert_eq!(turned.expect("the copies agree").pattern(PatternIdx::new(1)), &state(&[1, 1]));
}
