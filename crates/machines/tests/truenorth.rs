//! Are the counts of a retrieval on TrueNorth those of a hand, does it end where the integer reference does, and does a memory
//! that does not fit hear which limits are in the way?

mod common;
mod drawn;

use common::{bits, small, state};
use drawn::{ends_where_the_reference_does, memory};
use klr_image::{CoreImage, Geometry, KernelTable};
use klr_machines::{TrueNorth, TrueNorthActivity, TrueNorthMap};
use klr_units::State;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use std::collections::BTreeSet;

/// A kernel that is 1 up to a distance below `window`.
fn threshold(window: usize) -> KernelTable {
    KernelTable::absolute(bits(1), &vec![1; window]).expect("a table")
}

#[test]
fn the_counts_of_two_steps_are_those_of_a_hand() {
    let image = small(threshold(3));
    let machine = TrueNorth::new(&image).expect("it fits");
    // Weights of three bits are three axons; one core of each kind, so a pattern is three neurons and a bit five: for +1 to
    // the patterns, to its own axon and to the host, for -1 the first two.
    let map = *machine.map();
    assert_eq!((map.axons_per_pattern, map.cores(), map.copies_of_a_pattern()), (3, 2, 3));
    assert_eq!(
        (map.neurons_of_a_sign(true), map.neurons_of_a_sign(false), map.neurons_of_a_bit()),
        (3, 2, 5)
    );
    let run = machine.retrieve(&state(&[1, 1, 1, -1]), 30).expect("four neurons");
    // Distances 1, 3, 2: patterns 0 and 2 spike, fields 6, 0, 0, 0; the last three keep their bits. Nothing turns over.
    assert_eq!(run.state, state(&[1, 1, 1, -1]));
    // +3 is 011, two crosspoints, and -3 is 101, two as well: two patterns, four neurons.
    let weights = 2 * 4 * 2 * 5;
    let expected = TrueNorthActivity {
        synaptic_events: (3 + 1 + 2) * 3 + weights + (3 * 3 + 2),
        neuron_updates: 2 * 2 * 256,
        // Two patterns of three neurons, and each bit to the patterns and to its own axon.
        spikes: 2 * 3 + 4 * 2,
        // The cue, and three bits that are +1.
        host_spikes: 4 * 2 + 3,
        ticks: 2,
        pattern_spikes: 2,
        flips: 0,
        steps: 1,
    };
    assert_eq!(run.activity, expected);
    assert_eq!(run.activity.microseconds(), 2000);

    let nearest = small(threshold(2));
    let machine = TrueNorth::new(&nearest).expect("it fits");
    let run = machine.retrieve(&state(&[1, 1, 1, -1]), 30).expect("four neurons");
    // Within a distance of 1 there is pattern 0 alone, to which the last neuron turns over.
    assert_eq!((run.state, run.activity.steps, run.activity.flips), (state(&[1, 1, 1, 1]), 2, 1));
}

#[test]
fn random_memories_end_where_the_reference_ends() {
    let mut random = Pcg64::seed_from_u64(13);
    let mut outcomes = BTreeSet::new();
    for _ in 0..300 {
        let (weight_bits, window) = (random.random_range(2..=3), random.random_range(1..=6));
        let (image, cue) = memory(&mut random, weight_bits, Some(threshold(window)));
        let run = TrueNorth::new(&image).expect("it fits").retrieve(&cue, 8).expect("the same size");
        let counted = (run.activity.steps, run.activity.flips);
        outcomes.insert(ends_where_the_reference_does(&image, &cue, &run, counted));
    }
    assert!(outcomes.len() >= 2, "converged and two-cycles: {outcomes:?}");
}

/// 100 neurons and 60 patterns with weights of one bit: several cores of each kind, and closed forms for what is counted.
#[test]
fn a_memory_over_several_cores_is_counted_by_closed_forms() {
    let mut random = Pcg64::seed_from_u64(14);
    let (n, p, window) = (100, 60, 30);
    let patterns: Vec<State> = (0..p)
        .map(|_| state(&(0..n).map(|_| if random.random_bool(0.5) { 1 } else { -1 }).collect::<Vec<i8>>()))
        .collect();
    let weights = patterns.iter().flat_map(State::signs).map(i16::from).collect();
    let geometry =
        klr_image::GeometrySpec { pattern_bytes: 4096, weight_bytes: 1 << 16, ..Geometry::tiny().spec() };
    let geometry = Geometry::new(geometry).expect("within range");
    let image = CoreImage::new(geometry, &patterns, bits(1), weights, threshold(window)).expect("it fits");
    let machine = TrueNorth::new(&image).expect("it fits");
    let map = *machine.map();
    // 120 axons of patterns; a bit takes two axons and, beside one pattern core, five neurons: 51 bits to a core, so two field
    // cores and 240 neurons of patterns.
    assert_eq!((map.pattern_cores, map.field_cores, map.axons_per_pattern), (1, 2, 2));
    for (mu, pattern) in patterns.iter().enumerate() {
        let mut cue = pattern.clone();
        (0..20).for_each(|i| cue.flip((mu + 3 * i) % n));
        let run = machine.retrieve(&cue, 8).expect("the same size");
        ends_where_the_reference_does(&image, &cue, &run, (run.activity.steps, run.activity.flips));
        assert_eq!(
            (&run.state, run.activity.steps),
            (pattern, 2),
            "one step to correct, one to see that all is well"
        );
        let agree = |state: &State| patterns.iter().map(|other| n - other.hamming(state)).sum::<usize>();
        let positive = |state: &State| state.signs().filter(|&sign| sign > 0).count();
        // One pattern spikes in each step: four neurons, each weight one crosspoint of five neurons.
        let events =
            4 * (agree(&cue) + agree(pattern)) + 2 * n * 5 + 2 * 2 * n + positive(&cue) + positive(pattern);
        assert_eq!(run.activity.synaptic_events, events as u64);
        assert_eq!(run.activity.spikes, 2 * (4 + 2 * n as u64));
        assert_eq!(run.activity.host_spikes, (2 * n + 2 * positive(pattern)) as u64);
        assert_eq!((run.activity.ticks, run.activity.neuron_updates), (4, 4 * 3 * 256));
    }
}

#[test]
fn a_memory_that_does_not_fit_hears_every_limit() {
    let refused = |image: &CoreImage| -> Vec<_> {
        let refusals = TrueNorth::new(image).expect_err("it does not fit");
        refusals
            .iter()
            .map(|one| (one.limit.split(',').next().expect("words"), one.required, one.available))
            .collect()
    };
    let relative = small(KernelTable::nearest_relative(bits(2), &[3, 1]).expect("a table"));
    let found = refused(&relative);
    assert_eq!(
        found,
        [("distances that a neuron compares", 3, 1), ("bits of a kernel word in a spike", 2, 1)]
    );
    let ring = small(KernelTable::absolute(bits(1), &[0, 1]).expect("a table"));
    assert_eq!(refused(&ring), [("distances without a word below one with a word", 1, 0)]);

    let patterns = vec![state(&[1; 4]); 64];
    let wide = |weight_bits, p: usize| {
        let weights = vec![1; 4 * p];
        CoreImage::new(Geometry::tiny(), &patterns[..p], bits(weight_bits), weights, threshold(1))
            .expect("it fits")
    };
    assert_eq!(refused(&wide(4, 3)), [("types of axon", 5, 4)]);
    // 64 patterns take 256 axons of weights of four bits; with two bits to a weight and 63 of them there is room for bits.
    assert_eq!(refused(&wide(4, 64)), [("types of axon", 5, 4), ("axons of a field core", 258, 256)]);
    let map = |p| TrueNorthMap::of(&wide(2, p)).map(|map| (map.pattern_cores, map.field_cores));
    assert_eq!(map(63), Ok((1, 1)));
}
