//! Are the counts of the dense machine those of a hand, and does it end where the integer reference does?

mod common;

use common::{bits, small, state};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, KernelTable, Outcome, Update};
use klr_machines::{Dense, DenseActivity};
use klr_units::State;
use rand::{RngExt, SeedableRng};
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
    for case in 0..300 {
        let (n, p) = (random.random_range(1..=12usize), random.random_range(1..=6usize));
        let mut sign = || if random.random_bool(0.5) { 1 } else { -1 };
        let mut drawn = || state(&(0..n).map(|_| sign()).collect::<Vec<i8>>());
        let patterns: Vec<State> = (0..p).map(|_| drawn()).collect();
        let cue = drawn();
        let weights: Vec<i16> = (0..n * p).map(|_| random.random_range(-3..=3)).collect();
        let words = [3, random.random_range(0..=3), random.random_range(0..=2)];
        let table = if random.random_bool(0.5) {
            KernelTable::nearest_relative(bits(2), &words)
        } else {
            KernelTable::absolute(bits(2), &words)
        };
        let image = CoreImage::new(Geometry::tiny(), &patterns, bits(3), weights, table.expect("a table"))
            .expect("it fits");
        let run = Dense::new(&image).retrieve(&cue, 8).expect("the same size");
        let meant = Reference::new(&image).retrieve(&cue, Update::Synchronous, 8).expect("the same size");
        assert_eq!(run.state, meant.state, "case {case}");
        // The reference tells a fixed point without any kernel word from one with some.
        let outcome = if meant.outcome == Outcome::DeadField { Outcome::Converged } else { meant.outcome };
        assert_eq!(run.outcome, outcome, "case {case}");
        let counts = run.activity;
        assert_eq!((counts.steps, counts.flips), (meant.steps, meant.flips.len() as u64), "case {case}");
        outcomes.insert(outcome.name());
    }
    assert!(outcomes.len() >= 2, "converged and two-cycles: {outcomes:?}");
}
