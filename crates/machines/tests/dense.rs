//! Are the counts of the dense machine those of a hand, and does it end where the integer reference does?

mod common;
mod drawn;

use common::{bits, small, state};
use drawn::{ends_where_the_reference_does, memory};
use klr_image::{KernelTable, Outcome};
use klr_machines::{Dense, DenseActivity};
use rand::SeedableRng;
use rand_pcg::Pcg64;

#[test]
fn the_counts_of_two_steps_are_those_of_a_hand() {
    let image = small(KernelTable::nearest_relative(bits(2), &[3, 1]).expect("a table"));
    let run = Dense::new(&image).retrieve(&state(&[1, 1, 1, -1]), 30).expect("four neurons");
    // Distances 1, 3, 2: fields 3 w_0 + 1 w_2 = 12, 6, 6, 6. One step turns the last neuron over, one sees that all is well.
    assert_eq!((&run.state, run.outcome), (&state(&[1, 1, 1, 1]), Outcome::Converged));
    let expected = DenseActivity {
        // Twice two passes of 3 patterns and 4 cycles to drain, one for the cue and one for the result.
        cycles: 2 * (2 * 3 + 4) + 2,
        pattern_bits_read: 2 * 3 * 4,
        // Distances up to 4 take 3 bits.
        distance_bits_written: 2 * 3 * 3,
        distance_bits_read: 2 * 3 * 3,
        table_bits_read: 2 * 3 * 2,
        weight_bits_read: 2 * 3 * 4 * 3,
        // The largest field is 3 patterns x weight 3 x word 3 = 27 at most, of one sign: 6 bits.
        accumulator_bits_read: 2 * 3 * 4 * 6,
        accumulator_bits_written: 2 * 3 * 4 * 6,
        // A distance of 3 bits, a word of 2 and four products of 5 for each pattern.
        pipeline_bits_written: 2 * 3 * (3 + 2 + 4 * 5),
        state_bits_written: 4 + 2 * (4 + 4),
        host_bits: 2 * 4,
        bit_comparisons: 2 * 3 * 4,
        state_comparisons: 2 * 4,
        distance_comparisons: 2 * 3,
        kernel_lookups: 2 * 3,
        macs: 2 * 3 * 4,
        evaluations: 2 * 4,
        flips: 1,
        steps: 2,
    };
    assert_eq!(run.activity, expected);
}

#[test]
fn the_clock_drives_the_registers_that_the_machine_has() {
    let image = small(KernelTable::nearest_relative(bits(2), &[3, 1]).expect("a table"));
    let state = 2 * 4;
    let distances = 2 * 3;
    let word_and_products = 2 + 4 * (3 + 2);
    let accumulators = 4 * 6;
    // Three rows, 16 bits of steps, six things to do.
    let control = 2 + 16 + 3;
    let expected = state + distances + word_and_products + accumulators + control;
    assert_eq!(Dense::new(&image).hardware().flip_flops, expected);
}

#[test]
fn an_absolute_table_needs_one_pass_and_no_distances() {
    let image = small(KernelTable::absolute(bits(2), &[3, 1]).expect("a table"));
    let run = Dense::new(&image).retrieve(&state(&[1, 1, 1, 1]), 30).expect("four neurons");
    let counts = run.activity;
    assert_eq!((counts.steps, counts.cycles), (1, (3 + 4) + 2), "nothing changes in the first step");
    let distances = [counts.distance_bits_written, counts.distance_bits_read, counts.distance_comparisons];
    assert_eq!(distances, [0, 0, 0]);
}

#[test]
fn random_memories_end_where_the_reference_ends() {
    let mut random = Pcg64::seed_from_u64(7);
    let mut outcomes = std::collections::BTreeSet::new();
    for _ in 0..300 {
        let (image, cue) = memory(&mut random, 3, None);
        let run = Dense::new(&image).retrieve(&cue, 8).expect("the same size");
        let counted = (run.activity.steps, run.activity.flips);
        outcomes.insert(ends_where_the_reference_does(&image, &cue, &run, counted));
    }
    assert!(outcomes.len() >= 2, "converged and two-cycles: {outcomes:?}");
}
