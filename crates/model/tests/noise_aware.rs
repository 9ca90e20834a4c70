//! Does training for noise minimise what it says, and does it widen basins where they can be widened?

use klr_model::form::{FormModel, Hits, KernelForm, recall};
use klr_model::noise::corrupt;
use klr_model::noise_aware::{NoiseAwareConfig, NoiseAwareReport, train_noise_aware};
use klr_model::{FitOutcome, Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams, TrainError};
use klr_units::State;
use rand::RngExt;
use std::num::NonZeroUsize;

const NOISE: f64 = 0.1;

/// Distinct patterns around four prototypes, every bit of a prototype turned over with probability 0.12: neighbours are
/// near, and the kernel mixes them up.
fn clustered(n: usize, p: usize) -> PatternSet {
    let mut rng = Streams::new(5).stream(Stream::Patterns);
    let prototypes: Vec<Vec<i8>> =
        (0..4).map(|_| (0..n).map(|_| if rng.random_bool(0.5) { 1 } else { -1 }).collect()).collect();
    let mut signs = Vec::new();
    for mu in 0..p {
        signs.extend(prototypes[mu % 4].iter().map(|s| if rng.random_bool(0.12) { -s } else { *s }));
    }
    PatternSet::from_signs(n, &signs).unwrap().without_duplicates()
}

fn config() -> NoiseAwareConfig {
    NoiseAwareConfig {
        cues_per_pattern: 8,
        validation_cues: 200,
        ..NoiseAwareConfig::new(NOISE, NoiseModel::Bernoulli, Streams::new(11))
    }
}

fn fit(patterns: &PatternSet, gamma: f64, config: &NoiseAwareConfig) -> (KlrModel, NoiseAwareReport) {
    train_noise_aware(patterns, Kernel::rbf(gamma).unwrap(), config, &mut |_| {}).unwrap()
}

/// Recall on 2,000 cues that no training has seen.
fn fresh_recall(model: &KlrModel) -> Hits {
    let streams = Streams::new(99);
    let targets: Vec<usize> = (0..2000).map(|cue| cue % model.p()).collect();
    let cue = |(at, &mu): (usize, &usize)| {
        let mut rng = streams.indexed(Stream::Noise, at as u64);
        corrupt(&model.patterns().state(mu), NOISE, NoiseModel::Bernoulli, &mut rng)
    };
    let cues: Vec<State> = targets.iter().enumerate().map(cue).collect();
    let ends = recall(
        &FormModel::new(model, KernelForm::Float, None).unwrap(),
        &cues,
        &targets,
        30,
        NonZeroUsize::MIN,
    );
    Hits::of(&ends.iter().map(|end| end.exact).collect::<Vec<_>>())
}

#[test]
fn without_copies_the_minimum_is_that_of_the_plain_problem() {
    let patterns = clustered(24, 60);
    let config = NoiseAwareConfig {
        cues_per_pattern: 0,
        iterations: 400,
        tolerance: 1e-5,
        lambda: 0.01,
        validation_cues: 0,
        ..config()
    };
    let (_, report) = fit(&patterns, 0.05, &config);
    assert_eq!(report.fit.outcome, FitOutcome::Converged);
    // The figures are those of `Problem`, in double precision: an independent account of the same gradient.
    assert!(
        report.fit.relative_gradient < 1e-4,
        "gradient of the plain problem: {:e}",
        report.fit.relative_gradient
    );
    assert_eq!(report.fit.sign_agreement, 1.0, "alpha = (y - sigma(h)) / lambda at the optimum");
    let ends = report.history.last().unwrap();
    assert!((ends.objective / report.fit.objective - 1.0).abs() < 1e-5, "the two objectives are one");
}

#[test]
fn basins_widen_where_neighbours_are_near() {
    let patterns = clustered(48, 400);
    let (model, report) = fit(&patterns, 0.04, &config());
    let without = NoiseAwareConfig { cues_per_pattern: 0, validation_cues: 0, ..config() };
    let (plain, _) = fit(&patterns, 0.04, &without);
    let (aware, plain) = (fresh_recall(&model), fresh_recall(&plain));
    assert!(
        aware.interval().0 > plain.interval().1 + 0.02,
        "{:?} after training for noise, {:?} without",
        aware.interval(),
        plain.interval()
    );
    assert!(report.history.len() > 2, "recall was measured on the way");
    let best = report.history.iter().filter_map(|seen| seen.validation).map(|share| share.hits).max();
    assert_eq!(report.history[report.kept].validation.map(|share| share.hits), best, "the best one is kept");
    assert!(report.weight_spread >= 1.0, "the largest is not below the mean");
    assert!((0.0..=1.0).contains(&report.relative_margin), "a cosine: {}", report.relative_margin);
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let patterns = clustered(20, 150);
    let on = |threads, seed| {
        let threads = NonZeroUsize::new(threads).unwrap();
        let config = NoiseAwareConfig { threads, iterations: 12, streams: Streams::new(seed), ..config() };
        fit(&patterns, 0.05, &config)
    };
    let one = on(1, 3);
    assert_eq!(on(2, 3), one, "two threads");
    assert_eq!(on(5, 3), one, "five threads");
    assert_ne!(on(1, 4).0, one.0, "another seed draws other cues");
}

#[test]
fn nonsense_is_refused_by_name() {
    let patterns = clustered(10, 20);
    let refuse = |config: NoiseAwareConfig, expected: &str| {
        let error =
            train_noise_aware(&patterns, Kernel::rbf(0.1).unwrap(), &config, &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    refuse(NoiseAwareConfig { noise: 0.6, ..config() }, "noise is 0.6; it must be 0 to 0.5");
    refuse(NoiseAwareConfig { noise: f64::NAN, ..config() }, "noise is NaN; it must be 0 to 0.5");
    refuse(NoiseAwareConfig { lambda: 0.0, ..config() }, "lambda is 0; it must be finite and above 0");
    refuse(
        NoiseAwareConfig { tolerance: -1.0, ..config() },
        "tolerance is -1; it must be finite and at least 0",
    );
    refuse(NoiseAwareConfig { check_every: 0, ..config() }, "check_every is 0; it must be 1 or more");
    let kernel = Kernel::from_table(vec![1.0, 0.5]).unwrap();
    let error = train_noise_aware(&patterns, kernel, &config(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, TrainError::Kernel(_)), "a table of two entries: {error}");
}
