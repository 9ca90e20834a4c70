//! Do other names for the neurons change nothing, if the schedule is renamed with them?

mod harness;

use harness::{Case, memory_case, random_case};
use klr_image::order::RandomOrder;
use klr_image::{CoreImage, Order};
use klr_sim::config::ConfigSpec;
use klr_sim::{Activity, CoreConfig, CoreRun, Dataflow, NoTrace};
use klr_units::State;

/// The neurons in the order in which `order` visits them.
fn visited(n: u32, order: Order) -> Vec<usize> {
    let Order::Random(seed) = order else { return (0..n as usize).collect() };
    let mut register = RandomOrder::new(n, seed);
    let mut neurons = Vec::new();
    while neurons.len() < n as usize {
        neurons.extend(register.shift().map(|neuron| neuron as usize));
    }
    neurons
}

/// `case` under the order `to`, with the neuron that `from` visits k-th in the place of the one that `to` visits k-th;
/// and the new name of each neuron.
fn renamed(case: &Case, from: Order, to: Order) -> (Case, Vec<usize>) {
    let n = case.image.n();
    let mut names = vec![0; n as usize];
    for (old, new) in visited(n, from).into_iter().zip(visited(n, to)) {
        names[old] = new;
    }
    let moved = |state: &State| {
        let mut signs = vec![1; n as usize];
        (0..n as usize).for_each(|i| signs[names[i]] = state.sign(i));
        State::from_signs(&signs).expect("signs")
    };
    let image = &case.image;
    let patterns: Vec<State> = image.patterns().iter().map(moved).collect();
    let mut weights = image.weights().to_vec();
    for (row, old) in weights.chunks_mut(n as usize).zip(image.weights().chunks(n as usize)) {
        (0..n as usize).for_each(|i| row[names[i]] = old[i]);
    }
    let bits = image.weight_format().bits();
    let image = CoreImage::new(*image.geometry(), &patterns, bits, weights, image.table().clone());
    let case = Case {
        image: image.expect("it fits as before"),
        order: to,
        cue: moved(&case.cue),
        config: case.config,
    };
    (case, names)
}

/// What was done, whenever it was done. In which bank a weight lies and how long a register shifts depends on the names.
fn work(a: &Activity) -> [u64; 12] {
    [
        a.flips,
        a.steps,
        a.evaluations,
        a.macs,
        a.kernel_lookups,
        a.distance_updates,
        a.distance_comparisons,
        a.bit_comparisons,
        a.pattern_bits_read,
        a.counter_bits_read,
        a.activation_words,
        a.spikes_taken,
    ]
}

/// Compares a run in the order `from` with that of the renamed case in the order `to`; returns the flips.
fn compare(seed: u64, case: &Case, from: Order, to: Order) -> usize {
    let one = Case { order: from, ..case.clone() };
    let (other, names) = renamed(&one, from, to);
    let mut flips = 0;
    for dataflow in Dataflow::ALL {
        let runs: [CoreRun; 2] = [&one, &other].map(|case| case.run(dataflow, &mut NoTrace));
        let at = format!("case {seed}, {}, {from:?} to {to:?}", dataflow.name());
        let mut order = runs[0].flips.iter().map(|flip| names[flip.1.get()]).collect::<Vec<_>>();
        let mut same = runs[1].flips.iter().map(|flip| flip.1.get()).collect::<Vec<_>>();
        if dataflow == Dataflow::Synchronous {
            // Flips of a step happen together, and are told in the order of the names.
            order.sort_unstable();
            same.sort_unstable();
        }
        assert_eq!(order, same, "{at}: flips");
        assert_eq!(runs[0].outcome, runs[1].outcome, "{at}: outcome");
        assert_eq!(work(&runs[0].activity), work(&runs[1].activity), "{at}: work");
        flips += order.len();
    }
    flips
}

/// Cases whose knobs do not depend on names: which columns are probed does, and so does when a list that is told of the flips
/// of a step one by one, in the order of their names, has to be refreshed.
fn cases() -> impl Iterator<Item = (u64, Case)> {
    let hostile = (0..2_000).map(|seed| (seed, random_case(seed)));
    let memories = (0..200).map(|seed| (seed, memory_case(seed)));
    hostile.chain(memories).map(|(seed, case)| {
        let spec = ConfigSpec {
            partial_distance: false,
            incremental: case.config.spec().incremental && case.config.spec().candidates == 0,
            ..*case.config.spec()
        };
        (seed, Case { config: CoreConfig::new(spec).expect("within range"), ..case })
    })
}

/// A random order starts every sweep one value of its register later, and only where each value names a neuron, for
/// N = 2^m - 1, two seeds differ by names alone.
#[test]
fn random_orders_differ_by_the_names_of_neurons() {
    let (mut flips, mut cases_compared) = (0, 0);
    for (seed, case) in cases().filter(|(_, case)| (case.image.n() + 1).is_power_of_two()) {
        flips += compare(seed, &case, Order::Random(seed), Order::Random(7 * seed + 3));
        cases_compared += 1;
    }
    assert!(flips > 1_000 && cases_compared > 200, "{flips} flips in {cases_compared} cases");
}

/// In one sweep every order is the sequential one under other names.
#[test]
fn a_sweep_in_random_order_is_a_sequential_one_under_other_names() {
    let mut flips = 0;
    for (seed, case) in cases().step_by(3) {
        let spec = ConfigSpec { max_steps: 1, ..*case.config.spec() };
        let case = Case { config: CoreConfig::new(spec).expect("within range"), ..case };
        flips += compare(seed, &case, Order::Sequential, Order::Random(seed));
        flips += compare(seed, &case, Order::Random(seed), Order::Sequential);
    }
    assert!(flips > 5_000, "{flips} flips");
}
