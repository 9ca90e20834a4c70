//! Are the counts of a retrieval on Loihi those of a hand, and do its limits stand where they were published?

mod common;

use common::{bits, small, state};
use klr_image::KernelTable;
use klr_machines::{Loihi, LoihiActivity, LoihiMap};

#[test]
fn loihi_counts_two_rounds_as_a_hand_does() {
    let image = small(KernelTable::absolute(bits(2), &[3, 1]).expect("a table"));
    // A pattern counts half of one that is one nearer; the threshold falls from 2, so distance 3 is out of reach.
    let machine = Loihi::new(&image, 2048, 2).expect("it fits");
    let run = machine.retrieve(&state(&[1, 1, 1, -1]), 30).expect("four neurons");
    // Distances 1, 3, 2: patterns 0 and 2 spike, fields 2 w_0 + w_2 follow the first. Then distances 0, 2, 3: 0 and 1 spike.
    assert_eq!(run.state, state(&[1, 1, 1, 1]));
    let time_steps = 2 * (1 + 3 + 1);
    let expected = LoihiActivity {
        // Three +1 bits of the cue, then a flip, each to three patterns and the two of its own; each round two patterns to
        // four neurons.
        synaptic_operations: 3 * 5 + 5 + 2 * 2 * 4,
        compartment_updates: time_steps * (3 + 3 * 4),
        // Each round: three patterns that flips reach, two that spike, and twice the four fields; and the flip.
        active_updates: 2 * (3 + 2 + 2 * 4) + 1,
        // One core of each kind.
        messages: 3 + 1 + 2 * 2,
        barriers: time_steps,
        busiest_updates: time_steps * 12,
        busiest_active: 2 * (3 + 2 + 2 * 4) + 1,
        busiest_operations: (3 + 1) * 3 + 2 * 2 * 4,
        pattern_spikes: 4,
        cue_spikes: 3,
        flips: 1,
        rounds: 2,
        saturations: 0,
    };
    assert_eq!(run.activity, expected);
    // Two cores in one tile: a barrier of 113 ns.
    let picoseconds = 10 * 12 * 5_300 + 27 * 3_100 + 28 * 3_500 + 10 * 113_000;
    assert_eq!(run.activity.picoseconds(machine.map()), picoseconds);
}

#[test]
fn the_cores_of_loihi_follow_its_limits() {
    let cores = |n, p, w| LoihiMap::of(n, p, w).map(|map| (map.pattern_cores, map.neuron_cores));
    // 1,024 compartments; 2^20 bits hold the weights of 43 neurons to 3,000 patterns.
    assert_eq!(cores(100, 3000, 8), Ok((3, 3)));
    assert_eq!(cores(100, 1024, 8), Ok((1, 1)));
    assert_eq!(cores(100, 1025, 8), Ok((2, 1)), "a compartment too many");
    let refused = |n, p, w| {
        let refusal = LoihiMap::of(n, p, w).expect_err("it does not fit");
        (refusal.limit, refusal.required, refusal.available)
    };
    assert_eq!(refused(100, 4097, 8), ("axons into a core of neurons, one for each pattern", 4097, 4096));
    assert_eq!(refused(2049, 10, 8), ("axons into a pattern core, two for each neuron", 4098, 4096));
    assert_eq!(refused(100, 10, 10), ("bits of a weight", 10, 9));
}
