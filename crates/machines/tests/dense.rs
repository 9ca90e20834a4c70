//! Are the counts of the dense machine those of a hand, and does it end where the integer reference does?

mod common;

use common::{bits, drawn, ends_where_the_reference_does, small, state};
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
        let (image, cue) = drawn(&mut random);
        let run = Dense::new(&image).retrieve(&cue, 8).expect("the same size");
        let counted = (run.activity.steps, run.activity.flips);
        outcomes.insert(ends_where_the_reference_does(&image, &cue, &run, counted));
    }
    assert!(outcomes.len() >= 2, "converged and two-cycles: {outcomes:?}");
}
