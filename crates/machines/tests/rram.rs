//! Are the counts of memristor crossbars those of a hand, do they end where the integer reference does as long as no converter
//! clips, and is a memory that is too large refused?

mod common;
mod drawn;

use common::{bits, small, state};
use drawn::{ends_where_the_reference_does, memory};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, GeometrySpec, KernelTable, Update};
use klr_machines::{Rram, RramActivity};
use klr_units::State;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// A core that holds some hundred patterns of some hundred neurons.
fn large() -> Geometry {
    let spec = GeometrySpec {
        pattern_bytes: 1 << 16,
        weight_bytes: 1 << 18,
        counter_bytes: 1 << 10,
        table_bytes: 1 << 10,
        distance_lanes: 64,
        mac_lanes: 2,
        accumulator_bits: 40,
    };
    Geometry::new(spec).expect("within range")
}

#[test]
fn the_counts_of_two_steps_are_those_of_a_hand() {
    let image = small(KernelTable::nearest_relative(bits(2), &[3, 1]).expect("a table"));
    let machine = Rram::new(&image).expect("it fits");
    let run = machine.retrieve(&state(&[1, 1, 1, -1]), 30).expect("four neurons");
    // As on the dense machine: one step turns the last neuron over, one sees that all is well.
    assert_eq!(run.state, state(&[1, 1, 1, 1]));
    // Weights of three bits have a magnitude of two, one cell, and two columns: eight in all.
    let expected = RramActivity {
        // Two steps of two bits of a word and five cycles around them.
        cycles: 2 * (2 + 5),
        bit_comparisons: 2 * 3 * 4,
        // Four bits of the state to the patterns; three rows, twice, to the weights.
        row_drives: 2 * (4 + 2 * 3),
        cell_reads: 2 * 2 * 3 * 8,
        distance_conversions: 2 * 3,
        distance_sums: 0,
        // Distances up to 4 take 3 bits.
        distance_bits_written: 2 * 3 * 3,
        distance_bits_read: 2 * 3 * 3,
        distance_comparisons: 2 * 3,
        kernel_lookups: 2 * 3,
        table_bits_read: 2 * 3 * 2,
        weight_conversions: 2 * 2 * 8,
        field_sums: 0,
        evaluations: 2 * 4,
        state_comparisons: 2 * 4,
        state_bits_written: 4 + 2 * (4 + 4),
        host_bits: 2 * 4,
        blocks_read: 2,
        clipped: 0,
        flips: 1,
        steps: 2,
    };
    assert_eq!(run.activity, expected);
    assert_eq!(run.activity.nanoseconds(), 1400);
    assert_eq!((machine.map().crossbars(), machine.map().milli_um2()), (2, 2 * 1_281_250));
}

#[test]
fn random_memories_end_where_the_reference_ends() {
    let mut random = Pcg64::seed_from_u64(11);
    let mut outcomes = std::collections::BTreeSet::new();
    for _ in 0..300 {
        let (image, cue) = memory(&mut random, 3, None);
        let run = Rram::new(&image).expect("it fits").retrieve(&cue, 8).expect("the same size");
        let counted = (run.activity.steps, run.activity.flips);
        assert_eq!(run.activity.clipped, 0, "six rows of two bits");
        outcomes.insert(ends_where_the_reference_does(&image, &cue, &run, counted));
    }
    assert!(outcomes.len() >= 2, "converged and two-cycles: {outcomes:?}");
}

/// More neurons and more patterns than a crossbar has rows: 130 neurons of 7-bit weights are 130 x 2 x 3 = 780 columns in 7
/// crossbars, 300 patterns 3 blocks.
#[test]
fn memories_of_many_crossbars_end_where_the_reference_ends() {
    let mut random = Pcg64::seed_from_u64(12);
    let (n, p, kernel_bits) = (130_usize, 300_usize, 4);
    let patterns: Vec<State> = (0..p)
        .map(|_| state(&(0..n).map(|_| if random.random_bool(0.5) { 1 } else { -1 }).collect::<Vec<i8>>()))
        .collect();
    let weights = (0..n * p).map(|_| random.random_range(-63..=63)).collect();
    let words: Vec<u16> = (0..70).map(|d| 15 - d / 5).collect();
    let table = KernelTable::absolute(bits(kernel_bits), &words).expect("a table");
    let image = CoreImage::new(large(), &patterns, bits(7), weights, table).expect("it fits");
    let machine = Rram::new(&image).expect("it fits");
    assert_eq!(machine.map().crossbars(), 3 * (7 + 2));
    for cue in &patterns[..20] {
        let run = machine.retrieve(cue, 8).expect("the same size");
        let counts = run.activity;
        ends_where_the_reference_does(&image, cue, &run, (counts.steps, counts.flips));
        let (n, p, steps, reads) = (n as u64, p as u64, counts.steps, u64::from(kernel_bits));
        assert_eq!(counts.clipped, 0);
        assert_eq!((counts.distance_conversions, counts.distance_sums), (steps * p * 2, steps * p));
        // Every block has a word in every step.
        assert_eq!((counts.blocks_read, counts.field_sums), (3 * steps, 2 * n * steps));
        assert_eq!(counts.weight_conversions, steps * 3 * reads * 780);
        assert_eq!(counts.cell_reads, steps * p * reads * 780);
        assert_eq!(counts.row_drives, steps * (3 * n + p * reads * 7));
        assert_eq!([counts.distance_bits_written, counts.distance_comparisons], [0, 0], "an absolute table");
    }
}

/// Of 300 patterns one is near: two blocks of three have no word, and are not read.
#[test]
fn a_block_without_a_word_is_not_read() {
    let mut patterns = vec![state(&[-1; 16]); 300];
    patterns[200] = state(&[1; 16]);
    let weights = patterns.iter().flat_map(State::signs).map(i16::from).collect();
    let table = KernelTable::nearest_relative(bits(3), &[7]).expect("a table");
    let image = CoreImage::new(large(), &patterns, bits(2), weights, table).expect("it fits");
    let run = Rram::new(&image).expect("it fits").retrieve(&patterns[200], 8).expect("the same size");
    let counts = run.activity;
    assert_eq!((counts.steps, counts.blocks_read, counts.field_sums), (1, 1, 0));
    assert_eq!(counts.weight_conversions, 3 * 2 * 16);
}

/// 128 rows of cells with all three steps are a current of 384; the converter ends at 255.
#[test]
fn a_current_beyond_the_converter_is_clipped_and_counted() {
    let patterns = vec![state(&[1, -1]); 129];
    // The last pattern, a block of its own, is against the others: 129 x 3 of it, were there so many.
    let mut weights = [3, -3].repeat(128);
    weights.extend([-127, 127]);
    let table = KernelTable::absolute(bits(1), &[1]).expect("a table");
    let image = CoreImage::new(large(), &patterns, bits(8), weights, table).expect("it fits");
    let run = Rram::new(&image).expect("it fits").retrieve(&patterns[0], 1).expect("the same size");
    assert_eq!(run.activity.clipped, 2, "a column of each neuron");
    // Fields are 384 - 127 and its negative; 255 - 127 has the same sign.
    assert_eq!(run.state, patterns[0]);

    let mut weights = [3, -3].repeat(128);
    weights.extend([-300, 300]);
    let table = KernelTable::absolute(bits(1), &[1]).expect("a table");
    let image = CoreImage::new(large(), &patterns, bits(10), weights, table).expect("it fits");
    let run = Rram::new(&image).expect("it fits").retrieve(&patterns[0], 1).expect("the same size");
    let meant = Reference::new(&image).retrieve(&patterns[0], Update::Synchronous, 1).expect("the same size");
    assert_eq!(meant.state, patterns[0], "384 - 300 keeps the neuron");
    assert_eq!(run.state, state(&[-1, 1]), "255 - 300 turns it over");
}

#[test]
fn more_crossbars_than_a_chip_has_are_refused() {
    // 16 bits: a magnitude of 15 in eight cells, 16 columns for each neuron.
    let (n, p) = (1 << 14, 128 * 8);
    let spec = GeometrySpec {
        pattern_bytes: 1 << 24,
        weight_bytes: 1 << 26,
        counter_bytes: 1 << 16,
        table_bytes: 64,
        distance_lanes: 64,
        mac_lanes: 1,
        accumulator_bits: 63,
    };
    let patterns = vec![state(&vec![1; n]); p];
    let table = KernelTable::absolute(bits(1), &[1]).expect("a table");
    let geometry = Geometry::new(spec).expect("within range");
    let image = CoreImage::new(geometry, &patterns, bits(16), vec![1; n * p], table).expect("it fits");
    let refusals = Rram::new(&image).expect_err("it does not fit");
    let found: Vec<_> = refusals.iter().map(|one| (one.limit, one.required, one.available)).collect();
    // Eight blocks of 2,048 crossbars of weights and 128 of patterns.
    assert_eq!(found, [("crossbars of 128 x 128 cells", 8 * (2048 + 128), 16_128)]);
}
