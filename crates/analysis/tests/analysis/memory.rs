//! Forces, energies, margins and weights of a memory.

use super::{ONE, RANDOM_ORDER, close, random_model, random_patterns, threads, two_memories, untrained};
use klr_analysis::CueConfig;
use klr_analysis::landscape::{energy_report, energy_walk, margins, two_cycles};
use klr_analysis::sharpness::{Continuation, forces, pseudo_energy, sharpness};
use klr_analysis::weights::{bit_accuracy, dual_report, min_max_quantized, pruned};
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams, retrieve};
use rand::RngExt;

#[test]
fn forces_are_the_slope_of_the_energy() {
    let model = random_model(9, 7, 0.06);
    let mut rng = Streams::new(5).stream(Stream::Cues);
    let inside: Vec<f64> = (0..9).map(|_| rng.random_range(-1.0..1.0)).collect();
    let corner: Vec<f64> = model.patterns().state(2).signs().map(f64::from).collect();
    for extension in [Continuation::Distance, Continuation::Overlap] {
        for state in [&inside, &corner] {
            let gradient = forces(&model, state, extension).unwrap().gradient();
            for (j, &slope) in gradient.iter().enumerate() {
                let at = |shift: f64| {
                    let mut moved = state.clone();
                    moved[j] += shift;
                    pseudo_energy(&model, &moved, extension).unwrap()
                };
                let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((slope - difference).abs() < 1e-7, "{extension:?}, {j}: {slope} {difference}");
            }
        }
        let at_corner = pseudo_energy(&model, &corner, extension).unwrap();
        close(at_corner, model.pseudo_energy(&model.patterns().state(2)), 1e-12, "one energy at the corners");
        let got = sharpness(&model, &[2, 5], extension, threads(2)).unwrap();
        let force = forces(&model, &corner, extension).unwrap();
        let square: f64 = force.gradient().iter().map(|f| f * f).sum();
        close(got[0].sharpness, square, 1e-13, "sharpness");
        let product: f64 = force.direct.iter().zip(&force.indirect).map(|(d, i)| d * i).sum();
        close(got[0].direct + got[0].indirect + 2.0 * product, square, 1e-10, "its parts");
    }
    let linear = KlrModel::untrained(random_patterns(4, 2, 1), Kernel::linear());
    let message = sharpness(&linear, &[0], Continuation::Distance, ONE).unwrap_err().to_string();
    assert!(message.contains("not for a linear kernel"), "{message}");
}

#[test]
fn a_single_memory_has_its_forces_in_closed_form() {
    // P = 1, alpha = xi: h = xi at the memory, the distance extension has no indirect force there, and the other one
    // -2 gamma N xi.
    let model = untrained(8, 1, 0.05);
    let got = sharpness(&model, &[0], Continuation::Distance, ONE).unwrap()[0];
    close(got.sharpness, 8.0, 1e-13, "||-xi||^2");
    assert_eq!(got.indirect, 0.0, "the top of the kernel is flat");
    assert_eq!(got.correlation, None, "no indirect force, no correlation");
    let got = sharpness(&model, &[0], Continuation::Overlap, ONE).unwrap()[0];
    close(got.sharpness, 8.0 * (1.0 + 0.8_f64).powi(2), 1e-13, "||-(1 + 2 gamma N) xi||^2");
    close(got.correlation.unwrap(), 1.0, 1e-12, "both along -xi");
}

#[test]
fn energies_along_a_walk_are_recomputed_ones_and_the_walk_is_a_retrieval() {
    let model = random_model(14, 20, 0.1);
    let mut seen_rise = false;
    for mu in 0..20 {
        let cue = model.patterns().state(mu);
        let rng = || Streams::new(3).indexed(Stream::Order, mu as u64);
        let (flips, end) = energy_walk(&model, &cue, 30, &mut rng()).unwrap();
        let plain = retrieve(&model, &cue, RANDOM_ORDER, &mut rng()).unwrap();
        assert_eq!((&end, flips.len() as u64), (&plain.state, plain.flips), "cue {mu}");
        let mut state = cue.clone();
        for flip in &flips {
            let before = model.pseudo_energy(&state);
            state.flip(flip.neuron);
            assert_eq!(flip.change, model.pseudo_energy(&state) - before, "cue {mu}");
            assert_eq!(flip.before, before, "cue {mu}");
            seen_rise |= flip.rises();
        }
        assert_eq!(state, end, "cue {mu}");
    }
    assert!(seen_rise, "random weights are not symmetric: the pseudo-energy is no Lyapunov function");
    let cues = CueConfig { count: 60, noise: 0.2, model: NoiseModel::Bernoulli };
    let report = energy_report(&model, &cues, 30, 0.95, Streams::new(1), threads(2)).unwrap();
    let rising = report.rising.unwrap();
    assert!(rising.successes > 0 && report.largest_change.unwrap() > 0.0, "{report:?}");
    assert_eq!(energy_report(&model, &cues, 30, 0.95, Streams::new(1), ONE).unwrap(), report, "any threads");
}

#[test]
fn alternating_states_are_counted() {
    // The field of each neuron has the sign of the other one: [+, -] and [-, +] alternate, and every cue without noise
    // does so.
    let patterns = PatternSet::from_signs(2, &[1, -1, -1, 1]).unwrap();
    let kernel = Kernel::rbf(0.1).unwrap();
    let model = KlrModel::from_duals(patterns, kernel, &[-1.0, 1.0, 1.0, -1.0]).unwrap();
    let cues = CueConfig { count: 11, noise: 0.0, model: NoiseModel::Exact };
    let all = two_cycles(&model, &cues, 30, 0.95, Streams::new(1), ONE).unwrap();
    assert_eq!((all.successes, all.trials), (11, 11));
    let none = two_cycles(&two_memories(6), &cues, 30, 0.95, Streams::new(1), ONE).unwrap();
    assert_eq!((none.successes, none.interval.low), (0, 0.0));
}

#[test]
fn margins_of_two_memories_in_closed_form() {
    // alpha = xi, patterns at distance N: every margin is 1 - exp(-4 gamma N).
    let margin = 1.0 - (-2.4_f64).exp();
    let got = margins(&two_memories(6), &[0.0, 0.5, 1.0], threads(2)).unwrap();
    assert_eq!((got.summary.count, got.min_of_pattern.len()), (12, 2));
    for value in got.quantiles.iter().chain(&got.min_of_pattern).chain([&got.min, &got.summary.mean]) {
        close(*value, margin, 1e-12, "every margin");
    }
}

#[test]
fn spread_pruning_and_rounding_of_known_weights() {
    let patterns = PatternSet::from_signs(4, &[1, 1, 1, 1, -1, -1, -1, -1]).unwrap();
    let model =
        |duals: [f64; 8]| KlrModel::from_duals(patterns.clone(), Kernel::rbf(0.5).unwrap(), &duals).unwrap();
    let two_points = dual_report(&model([3.0, 3.0, 3.0, 3.0, -3.0, -3.0, -3.0, -3.0]));
    assert_eq!((two_points.magnitude.mean, two_points.gini), (3.0, Some(0.0)));
    close(two_points.bimodality.unwrap(), 1.0, 1e-12, "two points");
    assert_eq!((two_points.near_mean, two_points.in_valley), (1.0, 0.0));

    let mixed = model([4.0, 1.0, -0.5, 2.0, -4.0, -1.5, 0.25, -2.0]);
    let report = dual_report(&mixed);
    assert_eq!(report.magnitude.mean, 15.25 / 8.0);
    assert_eq!((report.near_mean, report.in_valley), (0.25, 0.25), "2 and -2; -0.5 and 0.25");
    assert_eq!(
        pruned(&mixed, 0.375).unwrap().duals(),
        [4.0, 0.0, 0.0, 2.0, -4.0, -1.5, 0.0, -2.0],
        "the three smallest of eight"
    );
    // Two bits over [-4, 4]: levels -4, -4/3, 4/3, 4.
    let level = 4.0 / 3.0;
    let expected = [4.0, level, -level, level, -4.0, -level, level, -level];
    for (got, expected) in min_max_quantized(&mixed, 2).unwrap().duals().iter().zip(expected) {
        close(*got, expected, 1e-12, "two bits");
    }
    // The median is -0.125: above it +, below it -.
    let size = 15.25 / 8.0;
    let expected = [size, size, -size, size, -size, -size, size, -size];
    assert_eq!(min_max_quantized(&mixed, 1).unwrap().duals(), expected);
    for (got, was) in min_max_quantized(&mixed, 32).unwrap().duals().iter().zip(mixed.duals()) {
        assert!((got - was).abs() <= 8.0 / 2.0_f64.powi(32), "32 bits move nothing by more than half a step");
    }
    // Fields at either memory have the signs of its own dual variables: exp(-8) of the other one does not matter.
    // Wrong: -0.5 at the first, 0.25 at the second.
    let accuracy = bit_accuracy(&mixed, 0.95, threads(2)).unwrap();
    assert_eq!((accuracy.successes, accuracy.trials), (6, 8));
    let message = min_max_quantized(&mixed, 33).unwrap_err().to_string();
    assert_eq!(message, "bits is 33; it must be 1 to 32");
}
