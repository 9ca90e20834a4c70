//! Does every bit stand where `docs/placement.md` says, and nothing else with it?

mod harness;

use harness::{Parts, Widths, bits, random_banking, rng, state};
use klr_image::placement::{Address, Datum};
use klr_image::{
    Banking, CoreImage, Geometry, GeometrySpec, KernelTable, Memories, Memory, PatternOrder, Placement,
    Signs, Storage,
};
use klr_units::{NeuronIdx, PatternIdx, State};
use std::collections::BTreeMap;

/// Seven patterns of five neurons in lanes of 3, so three blocks, the last of one pattern. Weights have three bits and the
/// signs of their bits, so that the patterns may hold the signs.
const PATTERNS: [[i8; 5]; 7] = [
    [1, 1, -1, -1, 1],
    [1, -1, 1, -1, 1],
    [-1, 1, 1, -1, -1],
    [1, 1, 1, 1, 1],
    [-1, -1, -1, -1, -1],
    [1, -1, -1, 1, 1],
    [-1, 1, -1, 1, -1],
];
const WEIGHTS: [[i16; 5]; 7] = [
    [3, 2, -3, -2, 3],
    [1, -1, 2, -3, 1],
    [-1, 3, 1, -2, -3],
    [1, 1, 1, 1, 1],
    [-3, -3, -3, -3, -3],
    [2, -2, -1, 3, 1],
    [-2, 1, -1, 2, -3],
];

fn seven(signs: Signs, patterns: PatternOrder) -> CoreImage {
    let spec = GeometrySpec { distance_lanes: 3, mac_lanes: 4, ..Geometry::tiny().spec() };
    let geometry = Geometry::new(spec).expect("within range").storing(Storage { signs, patterns });
    let table = KernelTable::nearest_relative(bits(4), &[15, 6, 1]).expect("a table that works");
    let states = PATTERNS.map(|signs| state(&signs));
    CoreImage::new(geometry, &states, bits(3), WEIGHTS.concat(), table).expect("it fits")
}

/// The words of `memory`, a line per row: bank after bank, each with its highest bit first.
fn words(placement: &Placement<'_>, memory: Memory) -> Vec<String> {
    let array = &placement.arrays()[memory];
    let bits = |bank, row| {
        let word = placement.word(memory, bank, row).expect("within the memory");
        (0..word.bits()).rev().map(|bit| if word.bit(bit) { '1' } else { '0' }).collect::<String>()
    };
    let line = |row| (0..array.banks).map(|bank| bits(bank, row)).collect::<Vec<_>>().join(" ");
    (0..array.rows_used).map(line).collect()
}

const fn weight(pattern: u32, neuron: u32) -> Datum {
    Datum::Weight(PatternIdx::new(pattern), NeuronIdx::new(neuron))
}

const fn column(pattern: u32, neuron: u32) -> Datum {
    Datum::ColumnBit(PatternIdx::new(pattern), NeuronIdx::new(neuron))
}

const fn row(pattern: u32, neuron: u32) -> Datum {
    Datum::RowBit(PatternIdx::new(pattern), NeuronIdx::new(neuron))
}

const fn counter(pattern: u32) -> Datum {
    Datum::Counter(PatternIdx::new(pattern))
}

/// Compares addresses with (memory, bank, row, lowest bit, bits).
fn assert_addresses(placement: &Placement<'_>, expected: &[(Datum, Memory, [u32; 4])]) {
    for &(datum, memory, [bank, row, bit, width]) in expected {
        let address = Address { memory, bank, row: row.into(), bit, width };
        assert_eq!(placement.address(datum), Some(address), "{datum:?}");
    }
}

/// The plain cut: one slice, four weight banks of single weights, patterns by column, signs in the weights.
#[test]
fn the_plain_cut_is_the_table_written_by_hand() {
    let image = seven(Signs::InWeights, PatternOrder::Column);
    let placement = Placement::new(&image, Banking::plain(image.geometry()));
    // Row 5 b + i: bit i of patterns 3 b + 2, 3 b + 1, 3 b.
    let columns = [
        "011", "101", "110", "000", "011", "101", "001", "001", "101", "101", "000", "001", "000", "001",
        "000",
    ];
    assert_eq!(words(&placement, Memory::Columns), columns, "columns");
    // Row 2 mu + i / 4 of bank (mu + i) mod 4, in two's complement: 3 is 011, -3 is 101, -2 is 110, -1 is 111.
    let weights = [
        "011 010 101 110",
        "011 000 000 000",
        "101 001 111 010",
        "000 001 000 000",
        "001 110 111 011",
        "000 000 101 000",
        "001 001 001 001",
        "000 000 000 001",
        "101 101 101 101",
        "101 000 000 000",
        "011 010 110 111",
        "000 001 000 000",
        "111 010 110 001",
        "000 000 101 000",
    ];
    assert_eq!(words(&placement, Memory::Weights), weights, "weights");
    assert_eq!(words(&placement, Memory::Table), ["1111", "0110", "0001"], "15, 6, 1");
    assert_eq!(words(&placement, Memory::Counters), ["000000000"; 3], "three counters of three bits");
    assert_eq!(words(&placement, Memory::Rows), [""; 0], "no rows");
    assert_addresses(
        &placement,
        &[
            (column(4, 3), Memory::Columns, [0, 8, 1, 1]),
            (weight(5, 2), Memory::Weights, [3, 10, 0, 3]),
            (weight(2, 4), Memory::Weights, [2, 5, 0, 3]),
            (counter(4), Memory::Counters, [0, 1, 3, 3]),
            (Datum::KernelWord(2), Memory::Table, [0, 2, 0, 4]),
        ],
    );
    for nowhere in [row(0, 0), column(7, 0), weight(0, 5), counter(7), Datum::KernelWord(3)] {
        assert_eq!(placement.address(nowhere), None, "{nowhere:?}");
    }
}

/// Two slices, two weight banks of two weights, patterns both ways, magnitudes in the weights, two ports.
#[test]
fn slices_wide_words_and_shared_signs_are_the_table_written_by_hand() {
    let image = seven(Signs::InPatterns, PatternOrder::Both);
    let banking = Banking { slices: 2, weight_banks: 2, weight_word: 2, counter_ports: 2, table_ports: 3 };
    let placement = Placement::new(&image, banking);
    // Blocks 0 and 2 in the first slice, block 1 in the second.
    let columns = [
        "011 101", "101 001", "110 001", "000 101", "011 101", "000 000", "001 000", "000 000", "001 000",
        "000 000",
    ];
    assert_eq!(words(&placement, Memory::Columns), columns, "columns");
    // Two words per pattern: neurons 2, 1, 0, then 4, 3. Rows beside columns are in one piece.
    let rows =
        ["011", "010", "101", "010", "110", "000", "111", "011", "000", "000", "001", "011", "010", "001"];
    assert_eq!(words(&placement, Memory::Rows), rows, "rows");
    // Words of neurons (1, 0), (3, 2), (4): word j of pattern mu in row 2 mu + j / 2 of bank (mu + j) mod 2.
    let weights = [
        "1011 1011",
        "0011 0000",
        "1110 0101",
        "0000 0001",
        "1101 1001",
        "0011 0000",
        "0101 0101",
        "0000 0001",
        "1111 1111",
        "0011 0000",
        "1101 1010",
        "0000 0001",
        "0110 1001",
        "0011 0000",
    ];
    assert_eq!(words(&placement, Memory::Weights), weights, "magnitudes of two bits");
    assert_eq!(words(&placement, Memory::Counters), ["000000000 000000000"; 2], "two slices");
    assert_addresses(
        &placement,
        &[
            (column(6, 1), Memory::Columns, [0, 6, 0, 1]),
            (column(5, 3), Memory::Columns, [1, 3, 2, 1]),
            (row(3, 4), Memory::Rows, [0, 7, 1, 1]),
            (weight(5, 3), Memory::Weights, [0, 10, 2, 2]),
            (weight(1, 4), Memory::Weights, [1, 3, 0, 2]),
            (counter(6), Memory::Counters, [0, 1, 0, 3]),
            (counter(5), Memory::Counters, [1, 0, 6, 3]),
        ],
    );
    let ports = Memories::from_fn(|memory| placement.ports(memory));
    assert_eq!(ports, Memories { columns: 1, rows: 1, weights: 1, counters: 2, table: 3 }, "ports");
}

/// Patterns by row alone are dealt to the slices by block, as the columns are.
#[test]
fn rows_alone_are_dealt_to_the_slices() {
    let image = seven(Signs::InWeights, PatternOrder::Row);
    let banking = Banking { slices: 2, ..Banking::plain(image.geometry()) };
    let placement = Placement::new(&image, banking);
    // Patterns 0, 1, 2, 6 in the first slice and 3, 4, 5 in the second.
    let rows = ["011 111", "010 011", "101 000", "010 000", "110 001", "000 011", "010 000", "001 000"];
    assert_eq!(words(&placement, Memory::Rows), rows, "rows");
    assert_eq!(placement.address(column(0, 0)), None, "no columns");
    assert_addresses(
        &placement,
        &[(row(6, 3), Memory::Rows, [0, 7, 0, 1]), (row(5, 1), Memory::Rows, [1, 4, 1, 1])],
    );
}

/// A weight of one bit is its sign, and none at all where the patterns hold the signs.
#[test]
fn weights_of_one_bit_are_signs() {
    let build = |signs| {
        let storage = Storage { signs, patterns: PatternOrder::Column };
        let states = PATTERNS.map(|signs| state(&signs));
        let weights = PATTERNS.concat().into_iter().map(i16::from).collect();
        let table = KernelTable::nearest_relative(bits(4), &[15]).expect("a table that works");
        CoreImage::new(Geometry::tiny().storing(storage), &states, bits(1), weights, table).expect("it fits")
    };
    let image = build(Signs::InWeights);
    let placement = Placement::new(&image, Banking::plain(image.geometry()));
    // Pattern 0 is ++--+, in rows of two banks.
    assert_eq!(words(&placement, Memory::Weights)[..3], ["1 1", "0 0", "1 0"], "1 for +1");
    let image = build(Signs::InPatterns);
    let placement = Placement::new(&image, Banking::plain(image.geometry()));
    assert_eq!((placement.address(weight(0, 0)), placement.arrays().weights.banks), (None, 0), "no memory");
}

/// Every datum of an image that is stored.
fn data(image: &CoreImage) -> Vec<Datum> {
    let storage = image.geometry().storage();
    let mut data: Vec<Datum> =
        (0..u32::try_from(image.table().window()).expect("a short table")).map(Datum::KernelWord).collect();
    for mu in 0..image.p() {
        data.push(counter(mu));
        for i in 0..image.n() {
            data.extend(storage.patterns.has_columns().then(|| column(mu, i)));
            data.extend(storage.patterns.has_rows().then(|| row(mu, i)));
            data.extend((image.stored_weight_bits() > 0).then(|| weight(mu, i)));
        }
    }
    data
}

/// Runs `check` on random images with random cuts: every order of patterns, signs here and there, all widths.
fn for_random_placements(check: impl Fn(&Parts, &Placement<'_>)) {
    for seed in 0..150 {
        let mut rng = rng(seed);
        let widths = Widths::random(&mut rng);
        let parts = Parts::random(70, 90, widths, &mut rng);
        let image = parts.image();
        let placement = Placement::new(&image, random_banking(&parts, &mut rng));
        check(&parts, &placement);
    }
}

#[test]
fn every_stored_bit_has_one_place_and_no_place_holds_two() {
    for_random_placements(|parts, placement| {
        let image = parts.image();
        let mut taken: BTreeMap<(Memory, u32, u64, u32), Datum> = BTreeMap::new();
        for datum in data(&image) {
            let Some(Address { memory, bank, row, bit, width }) = placement.address(datum) else {
                panic!("{datum:?} has no place in {placement:?}")
            };
            let array = &placement.arrays()[memory];
            assert!(bank < array.banks && row < array.rows_used, "{datum:?} lies in the memory");
            assert!(bit + width <= array.word_bits && width > 0, "{datum:?} lies in its word");
            assert_eq!(placement.datum(memory, bank, row, bit / width), Some(datum), "there and back");
            for bit in bit..bit + width {
                let other = taken.insert((memory, bank, row, bit), datum);
                assert_eq!(other, None, "{datum:?} stands on it");
            }
        }
        assert_eq!(taken.len() as u64, bits_held(placement), "nothing else is in the memories");
    });
}

/// Bits of all words that hold something.
fn bits_held(placement: &Placement<'_>) -> u64 {
    let mut held = 0;
    for (memory, array) in placement.arrays().iter() {
        for (bank, row) in (0..array.banks).flat_map(|bank| (0..array.rows_used).map(move |row| (bank, row)))
        {
            let data = (0..array.word_bits).filter_map(|slot| placement.datum(memory, bank, row, slot));
            held +=
                data.filter_map(|datum| placement.address(datum)).map(|at| u64::from(at.width)).sum::<u64>();
        }
    }
    held
}

#[test]
fn nothing_stands_beyond_a_memory() {
    for_random_placements(|_, placement| {
        for (memory, array) in placement.arrays().iter() {
            let (banks, rows) = (array.banks, array.rows_used);
            for (bank, row) in [(banks, 0), (0, rows), (banks, rows), (u32::MAX, 0), (0, u64::MAX)] {
                let found = (placement.datum(memory, bank, row, 0), placement.word(memory, bank, row));
                assert_eq!(found, (None, None), "{memory:?}: bank {bank} of {banks}, row {row} of {rows}");
            }
            for slot in [array.word_bits, u32::MAX] {
                assert_eq!(placement.datum(memory, 0, 0, slot), None, "{memory:?}: slot {slot}");
            }
        }
    });
}

#[test]
fn the_words_read_back_are_the_image() {
    for_random_placements(|parts, placement| {
        let image = parts.image();
        let read = |datum| {
            let Address { memory, bank, row, bit, width } = placement.address(datum)?;
            Some(placement.word(memory, bank, row)?.field(bit, width))
        };
        let order = image.geometry().storage().patterns;
        for by_column in
            [true, false].into_iter().filter(|&c| if c { order.has_columns() } else { order.has_rows() })
        {
            let bit = |mu, i| {
                let stored = read(if by_column { column(mu, i) } else { row(mu, i) });
                if stored.expect("it is stored") == 1 { 1 } else { -1 }
            };
            let signs = |mu| (0..image.n()).map(|i| bit(mu, i)).collect::<Vec<i8>>();
            let patterns: Vec<Vec<i8>> = (0..image.p()).map(signs).collect();
            let states: Vec<State> = patterns.iter().map(|signs| state(signs)).collect();
            let value =
                |mu: u32, i: u32| decoded(parts, read(weight(mu, i)), patterns[mu as usize][i as usize]);
            let weights = (0..image.p()).flat_map(|mu| (0..image.n()).map(move |i| (mu, i)));
            let weights: Vec<i16> = weights.map(|(mu, i)| value(mu, i)).collect();
            let entries = (0..).map_while(|index| read(Datum::KernelWord(index)));
            let entries: Vec<u16> = entries.map(|word| u16::try_from(word).expect("16 bits")).collect();
            let table =
                KernelTable::new(parts.form, bits(parts.kernel_bits), &entries).expect("the same table");
            let again = CoreImage::new(*image.geometry(), &states, bits(parts.weight_bits), weights, table);
            assert_eq!(again.expect("it fits as before"), image, "{placement:?}");
        }
    });
}

/// A weight from its stored bits and the sign of its pattern bit, by the words of `docs/placement.md`.
fn decoded(parts: &Parts, stored: Option<u64>, sign: i8) -> i16 {
    let shared = parts.storage.signs == Signs::InPatterns;
    let stored = i64::try_from(stored.unwrap_or(0)).expect("at most 16 bits");
    let value = match (shared, parts.weight_bits) {
        (true, 1) => i64::from(sign),
        (true, _) => stored * i64::from(sign),
        (false, 1) => 2 * stored - 1,
        (false, width) if stored >> (width - 1) == 1 => stored - (1 << width),
        (false, _) => stored,
    };
    i16::try_from(value).expect("at most 16 bits")
}

/// The plain cut is the layout that the image was placed by; another one of the same bits may need more rows.
#[test]
fn a_cut_that_does_not_divide_the_lanes_may_need_more_rows() {
    for_random_placements(|parts, _| {
        let image = parts.image();
        let plain = Placement::new(&image, Banking::plain(image.geometry()));
        assert_eq!(plain.arrays(), image.layout(), "the plain cut");
        assert!(plain.check().is_ok(), "it fits");
    });
    // Four neurons and four lanes with a byte per bank: two rows of three bits, one for each of two patterns. In three banks
    // a pattern takes two rows of each, and the eight words give two rows in place of four.
    let spec = GeometrySpec { weight_bytes: 4, mac_lanes: 4, ..Geometry::tiny().spec() };
    let states = [[1, 1, 1, 1], [-1, -1, 1, 1]].map(|signs| state(&signs));
    let table = KernelTable::nearest_relative(bits(4), &[15]).expect("a table that works");
    let geometry = Geometry::new(spec).expect("within range");
    let image = CoreImage::new(geometry, &states, bits(3), vec![1; 8], table).expect("it fits");
    let banking = Banking { weight_banks: 3, ..Banking::plain(&geometry) };
    let error = Placement::new(&image, banking).check().expect_err("four rows in each bank are not there");
    let [lack] = error.lacking[..] else { panic!("one memory: {error}") };
    // Four rows of three bits in each of three banks are 36 bits: five bytes, and eight are a whole number for each lane.
    assert_eq!((lack.memory, lack.banks, lack.bytes, lack.needed_bytes), (Memory::Weights, 3, 4, 8), "bytes");
}
