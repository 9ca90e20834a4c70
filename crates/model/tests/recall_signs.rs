//! A retrieval that tells most signs in whole numbers makes every flip of a plain walk in double precision.

use klr_model::dynamics::{Retrieval, RetrievalConfig, RetrievalOutcome, UpdateRule, VisitOrder, retrieve};
use klr_model::noise::corrupt;
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, State, Stream, Streams};
use rand::{Rng, RngExt};

const SWEEPS: u32 = 12;

/// Neurons in sequence, each field from the definition, in double precision. `field` adds up as the model does, so that
/// a tie here is a tie there.
fn plain_walk(model: &KlrModel, cue: &State) -> Retrieval {
    let (mut state, mut flips, mut evaluations, mut ties) = (cue.clone(), 0, 0, 0);
    for steps in 1..=SWEEPS {
        let before = flips;
        for i in 0..model.n() {
            let field = model.field(i, &state);
            evaluations += 1;
            ties += u64::from(field == 0.0);
            if field * f64::from(state.sign(i)) < 0.0 {
                state.flip(i);
                flips += 1;
            }
        }
        if flips == before {
            return Retrieval {
                state,
                outcome: RetrievalOutcome::Converged,
                steps,
                flips,
                evaluations,
                ties,
            };
        }
    }
    Retrieval { state, outcome: RetrievalOutcome::StepLimit, steps: SWEEPS, flips, evaluations, ties }
}

/// Retrieves `cues` cues both ways; the evaluations and ties of all.
fn compare(name: &str, model: &KlrModel, cues: usize) -> (u64, u64) {
    let config =
        RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Sequential), max_steps: SWEEPS };
    let streams = Streams::new(3);
    let (mut evaluations, mut ties) = (0, 0);
    for index in 0..cues {
        let mut rng = streams.indexed(Stream::Noise, index as u64);
        let stored = model.patterns().state(index % model.p());
        let noise = [0.0, 0.1, 0.25, 0.5][index % 4];
        let cue = corrupt(&stored, noise, NoiseModel::Bernoulli, &mut rng);
        let got = retrieve(model, &cue, config, &mut rng).unwrap();
        assert_eq!(got, plain_walk(model, &cue), "{name}, N = {}, P = {}, cue {index}", model.n(), model.p());
        evaluations += got.evaluations;
        ties += got.ties;
    }
    (evaluations, ties)
}

fn patterns(n: usize, p: usize) -> PatternSet {
    let mut rng = Streams::new(1).indexed(Stream::Patterns, (1000 * p + n) as u64);
    // Small networks repeat patterns.
    let signs: Vec<i8> = (0..n * p).map(|_| if rng.random() { 1 } else { -1 }).collect();
    PatternSet::from_signs(n, &signs).unwrap()
}

fn numbers(count: usize, rng: &mut impl Rng, draw: impl Fn(&mut dyn Rng) -> f64) -> Vec<f64> {
    (0..count).map(|_| draw(rng)).collect()
}

#[test]
fn every_size_and_every_kernel_of_a_formula() {
    for n in [1, 2, 63, 64, 65, 255, 256, 300] {
        for p in [1, 17, 40] {
            let mut rng = Streams::new(2).stream(Stream::Patterns);
            let noise = numbers(n * p, &mut rng, |rng| rng.random_range(-0.3..0.3));
            let set = patterns(n, p);
            let signs = (0..p).flat_map(|mu| set.state(mu).signs().map(f64::from).collect::<Vec<_>>());
            let duals: Vec<f64> = signs.zip(noise).map(|(s, noise)| s + noise).collect();
            let kernels = [
                ("rbf", Kernel::rbf(2.0 / n as f64).unwrap()),
                ("narrow rbf", Kernel::rbf(3.0).unwrap()),
                ("flat rbf", Kernel::rbf(1e-4).unwrap()),
                ("odd polynomial", Kernel::polynomial(3, 0.0).unwrap()),
                ("linear", Kernel::linear()),
            ];
            for (name, kernel) in kernels {
                let model = KlrModel::from_duals(set.clone(), kernel, &duals).unwrap();
                compare(name, &model, 8);
            }
        }
    }
}

#[test]
fn tables_of_any_magnitude_and_sign() {
    let mut rng = Streams::new(4).stream(Stream::Patterns);
    for round in 0..60 {
        let (n, p) = ([5, 64, 256][round % 3], [1, 8, 70][round / 3 % 3]);
        for (name, table_scale, dual_scale) in [
            ("ordinary", 1.0, 1.0),
            ("huge", 1e306, 1e306),
            ("huge by tiny", 1e300, 1e-300),
            ("tiny", 1e-200, 1e-200),
            ("below the normal numbers", 1e-315, 1e-3),
            ("duals below the normal numbers", 1.0, 1e-315),
            ("zero table", 0.0, 1.0),
            ("zero duals", 1.0, 0.0),
        ] {
            // Magnitudes over six decades, some values 0.
            let draw = |rng: &mut dyn Rng| {
                let size = 10f64.powi(rng.random_range(-6..=0)) * rng.random_range(-1.0..1.0);
                if rng.random_range(0..5) == 0 { 0.0 } else { size }
            };
            let table = numbers(n + 1, &mut rng, draw).into_iter().map(|x| x * table_scale).collect();
            let duals: Vec<f64> =
                numbers(n * p, &mut rng, draw).into_iter().map(|x| x * dual_scale).collect();
            let kernel = Kernel::from_table(table).unwrap();
            compare(name, &KlrModel::from_duals(patterns(n, p), kernel, &duals).unwrap(), 4);
        }
    }
}

#[test]
fn fields_that_cancel_and_ties() {
    // Few whole numbers: sums are exact and often 0, or one part in a million of their terms.
    let mut rng = Streams::new(5).stream(Stream::Patterns);
    let (mut evaluations, mut ties) = (0, 0);
    for round in 0..150 {
        let (n, p) = ([20, 64, 260][round % 3], [2, 9, 64][round / 3 % 3]);
        let spread = [1, 3, 1_000_000][round % 3];
        let near = |rng: &mut dyn Rng| {
            f64::from(rng.random_range(-1..=1) * spread + i32::from(spread > 3) * rng.random_range(-1..=1))
        };
        let duals = numbers(n * p, &mut rng, near);
        let table = numbers(n + 1, &mut rng, |rng| f64::from(rng.random_range(-1..=1)));
        let kernel = Kernel::from_table(table).unwrap();
        let found =
            compare("whole numbers", &KlrModel::from_duals(patterns(n, p), kernel, &duals).unwrap(), 4);
        evaluations += found.0;
        ties += found.1;
    }
    assert!(ties > evaluations / 100, "{ties} ties of {evaluations}: they must happen");
    assert!(ties < evaluations / 2, "{ties} ties of {evaluations}: and signs as well");
}
