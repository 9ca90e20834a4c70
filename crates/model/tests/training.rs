//! Does training minimise what it says it minimises, and say so honestly?

use klr_model::objective::Problem;
use klr_model::train::{TrainConfig, train};
use klr_model::{
    FitOutcome, FitReport, Kernel, KlrModel, PatternSet, Penalty, Precision, Stream, Streams, TrainError,
};
use rand::RngExt;
use std::num::NonZeroUsize;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn random(n: usize, p: usize, seed: u64) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).unwrap()
}

/// Distinct patterns that are one prototype with few bits flipped: far from orthogonal.
fn correlated(n: usize, p: usize) -> PatternSet {
    let mut rng = Streams::new(5).stream(Stream::Patterns);
    let signs: Vec<i8> = (0..4 * p * n).map(|_| if rng.random_bool(0.2) { 1 } else { -1 }).collect();
    let all = PatternSet::from_signs(n, &signs).unwrap().without_duplicates();
    let words = (0..p).flat_map(|mu| all.row_words(mu).to_vec()).collect();
    PatternSet::from_words(n, p, words).unwrap()
}

fn fit(patterns: &PatternSet, gamma: f64, config: TrainConfig) -> (KlrModel, FitReport) {
    train(patterns, Kernel::rbf(gamma).unwrap(), &config, &mut |_| {}).unwrap()
}

fn double() -> TrainConfig {
    TrainConfig { precision: Precision::Double, ..TrainConfig::literature() }
}

#[test]
fn the_gradient_agrees_with_central_differences_of_the_objective() {
    let patterns = random(9, 14, 1);
    let mut rng = Streams::new(2).stream(Stream::Cues);
    let duals: Vec<f64> = (0..9 * 14).map(|_| rng.random_range(-2.0..2.0)).collect();
    let kernel = Kernel::rbf(0.05).unwrap();
    for penalty in [Penalty::KernelNorm, Penalty::L2] {
        // A large lambda, so that a penalty left out would show.
        let problem = Problem::storing(&patterns, &kernel, penalty, 0.3);
        let gradient = problem.evaluate(&duals, ONE).gradient;
        let at = |place: usize, step: f64| {
            let mut moved = duals.clone();
            moved[place] += step;
            problem.evaluate(&moved, ONE).objective
        };
        // The error of a central difference is of order step^2, that of rounding 1e-16 * 1e2 / step.
        let step = 1e-4;
        let error: f64 = (0..duals.len())
            .map(|place| ((at(place, step) - at(place, -step)) / (2.0 * step) - gradient[place]).powi(2))
            .sum();
        let norm: f64 = gradient.iter().map(|g| g * g).sum();
        let relative = (error / norm).sqrt();
        assert!(relative < 1e-6, "{penalty:?}: relative error {relative:e}");
    }
}

#[test]
fn at_the_optimum_every_dual_variable_has_the_sign_of_its_bit() {
    let patterns = correlated(12, 14);
    let early = fit(&patterns, 0.02, TrainConfig { iterations: 20, ..double() }).1;
    assert!(early.sign_agreement < 1.0, "the problem is not trivial: {early:?}");
    let config = TrainConfig { iterations: 1_000_000, tolerance: 1e-9, lambda: 0.1, ..double() };
    let (model, report) = fit(&patterns, 0.02, config);
    assert_eq!(report.outcome, FitOutcome::Converged, "{report:?}");
    assert_eq!(report.sign_agreement, 1.0, "{report:?}");
    // alpha = (y - sigma(h)) / lambda is where the gradient K(sigma(h) - y + lambda alpha) vanishes, K being regular.
    for mu in 0..patterns.p() {
        for (i, h) in model.fields(&patterns.state(mu)).into_iter().enumerate() {
            let y = if patterns.bit(mu, i) { 1.0 } else { 0.0 };
            let expected = (y - 1.0 / (1.0 + (-h).exp())) / 0.1;
            assert!((model.alpha(mu, i) - expected).abs() < 1e-3, "pattern {mu}, neuron {i}: {expected}");
        }
    }
}

#[test]
fn plain_weight_decay_may_end_on_the_other_sign() {
    let config = TrainConfig { penalty: Penalty::L2, iterations: 100_000, tolerance: 1e-9, ..double() };
    let (_, report) = fit(&correlated(12, 14), 0.02, config);
    assert_eq!(report.outcome, FitOutcome::Converged, "{report:?}");
    assert!(report.sign_agreement < 1.0, "so signs cannot be left out with this penalty: {report:?}");
}

#[test]
fn the_report_is_that_of_the_model_returned() {
    let patterns = random(30, 60, 3);
    let (model, report) = fit(&patterns, 0.08, TrainConfig::literature());
    let margins: Vec<f64> = (0..60).flat_map(|mu| model.margins(&patterns.state(mu))).collect();
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12 * b.abs().max(1.0);
    assert!(close(report.min_margin, margins.iter().copied().fold(f64::INFINITY, f64::min)), "{report:?}");
    assert!(close(report.mean_margin, margins.iter().sum::<f64>() / 1800.0), "{report:?}");
    assert!(
        close(report.mean_abs_alpha, model.duals().iter().map(|a| a.abs()).sum::<f64>() / 1800.0),
        "{report:?}"
    );
    assert_eq!((report.iterations, report.outcome), (500, FitOutcome::IterationLimit), "{report:?}");
}

#[test]
fn a_step_size_too_large_is_called_divergence() {
    // Eta 0.1 at P/N = 18 and a wide kernel; an eta far too large; one so large that numbers overflow; and one a little
    // above 2 / curvature, where the objective stays low but the dual variables oscillate for ever.
    let literature = TrainConfig::literature();
    let cases = [
        ("wide kernel", 20, 360, 0.02, literature),
        ("eta 100", 50, 150, 0.1, TrainConfig { eta: 100.0, ..literature }),
        ("overflow", 10, 20, 0.1, TrainConfig { eta: 1e37, penalty: Penalty::L2, ..literature }),
        ("oscillation", 50, 150, 0.1, TrainConfig { eta: 80.0, ..literature }),
    ];
    for (name, n, p, gamma, config) in cases {
        let (model, report) = fit(&random(n, p, 4), gamma, config);
        assert_eq!(report.outcome, FitOutcome::Diverged, "{name}: {report:?}");
        assert!(model.duals().iter().all(|a| a.is_finite()), "{name}: the dual variables kept are finite");
    }
}

#[test]
fn what_did_not_diverge_is_not_called_so() {
    let literature = TrainConfig::literature();
    // Steps too short to change the objective by more than rounding, in either precision and with either penalty.
    for precision in [Precision::Single, Precision::Double] {
        for (eta, penalty) in
            [(1e-20, Penalty::KernelNorm), (1e-300, Penalty::KernelNorm), (1e-17, Penalty::L2)]
        {
            let config = TrainConfig { eta, penalty, precision, iterations: 20, ..literature };
            let (_, report) = fit(&random(50, 150, 4), 0.1, config);
            assert_eq!(report.outcome, FitOutcome::IterationLimit, "{eta:e}: {report:?}");
        }
    }
    // One pattern: each neuron has a curvature of 0.04 at its optimum, 3.2, so steps of 40 overshoot it by two thirds of
    // the distance and close in on it.
    let config = TrainConfig { eta: 40.0, iterations: 20, precision: Precision::Double, ..literature };
    let (_, report) = fit(&random(8, 1, 4), 0.1, config);
    assert!(report.relative_gradient < 0.01, "it closes in: {report:?}");
    assert_eq!(report.outcome, FitOutcome::IterationLimit, "{report:?}");
}

#[test]
fn the_same_problem_with_a_smaller_step_is_solved() {
    let (_, report) = fit(&random(20, 360, 4), 0.02, TrainConfig { eta: 0.001, ..TrainConfig::literature() });
    assert_ne!(report.outcome, FitOutcome::Diverged, "{report:?}");
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    // More rows than one block of the product, so that threads have something to share.
    let patterns = random(40, 900, 6);
    for precision in [Precision::Single, Precision::Double] {
        let run = |threads| {
            let threads = NonZeroUsize::new(threads).unwrap();
            fit(
                &patterns,
                0.1,
                TrainConfig { threads, precision, iterations: 40, ..TrainConfig::literature() },
            )
        };
        let one = run(1);
        for threads in [2, 3, 7] {
            assert!(one == run(threads), "{precision:?} on {threads} threads differs from 1");
        }
    }
}

/// The largest difference of two sets of dual variables.
fn distance(a: &KlrModel, b: &KlrModel) -> f64 {
    a.duals().iter().zip(b.duals()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn single_precision_is_enough_where_descent_is_smooth() {
    // Single precision resolves 6e-8 of a value; the dual variables are about 3 and their errors shrink with each update.
    let cases = [
        (0.1, 0.1, Penalty::KernelNorm),
        (0.05, 0.1, Penalty::KernelNorm),
        (0.02, 0.01, Penalty::KernelNorm),
        (0.02, 0.01, Penalty::L2),
    ];
    for (gamma, eta, penalty) in cases {
        let patterns = random(50, 150, 7);
        let config = TrainConfig { eta, penalty, ..TrainConfig::literature() };
        let (single, in_single) = fit(&patterns, gamma, config);
        let (exact, in_double) =
            fit(&patterns, gamma, TrainConfig { precision: Precision::Double, ..config });
        let worst = distance(&single, &exact);
        assert!(worst < 2e-5, "gamma {gamma}, {penalty:?}: a dual variable is off by {worst:e}");
        let objective = (in_single.objective - in_double.objective).abs() / in_double.objective;
        assert!(objective < 1e-7, "gamma {gamma}, {penalty:?}: objective off by {objective:e}");
        assert_eq!(in_single.sign_agreement, in_double.sign_agreement, "gamma {gamma}, {penalty:?}");
    }
}

#[test]
fn at_the_edge_of_stability_no_precision_reproduces_another() {
    // Gamma 0.02 at eta 0.1: the curvature at zero is 123, six times 2 / eta, and the oscillation before descent settles
    // amplifies any difference. A relative change of eta by 1e-9 moves dual variables by more than 1e-5 in double
    // precision, so the last digits of single precision are not what limits the result; the objective still agrees.
    let patterns = random(50, 150, 7);
    let (exact, in_double) = fit(&patterns, 0.02, double());
    let (nudged, _) = fit(&patterns, 0.02, TrainConfig { eta: 0.1 * (1.0 + 1e-9), ..double() });
    let amplified = distance(&exact, &nudged);
    assert!(amplified > 1e-5, "a change of 1e-9 moves dual variables by {amplified:e}");
    let (_, in_single) = fit(&patterns, 0.02, TrainConfig::literature());
    let objective = (in_single.objective - in_double.objective).abs() / in_double.objective;
    assert!(objective < 1e-3, "objective off by {objective:e}");
    assert_eq!(in_single.stored_patterns_fixed, 1.0, "{in_single:?}");
}

#[test]
fn progress_is_told_after_every_update_and_ends_at_convergence() {
    let patterns = random(20, 30, 8);
    let mut seen = Vec::new();
    let config = TrainConfig { eta: 1.0, iterations: 5000, ..TrainConfig::literature() };
    let (_, report) =
        train(&patterns, Kernel::rbf(0.1).unwrap(), &config, &mut |now| seen.push(now)).unwrap();
    assert_eq!(report.outcome, FitOutcome::Converged, "{report:?}");
    assert_eq!(seen.len(), report.iterations as usize, "one call each");
    assert_eq!(seen[0].relative_gradient, 1.0, "the first gradient is the measure");
    let last = seen[seen.len() - 1];
    assert!(last.relative_gradient < config.tolerance && last.iteration == report.iterations, "{last:?}");
}

#[test]
fn numbers_out_of_range_are_refused_by_name() {
    let literature = TrainConfig::literature();
    let cases = [
        ("lambda", TrainConfig { lambda: -0.1, ..literature }),
        ("lambda", TrainConfig { lambda: f64::NAN, ..literature }),
        ("eta", TrainConfig { eta: 0.0, ..literature }),
        ("eta", TrainConfig { eta: f64::INFINITY, ..literature }),
        ("tolerance", TrainConfig { tolerance: -1.0, ..literature }),
    ];
    for (expected, config) in cases {
        let result = train(&random(3, 2, 9), Kernel::rbf(0.1).unwrap(), &config, &mut |_| {});
        match result {
            Err(TrainError::Setting(error)) => assert_eq!(error.field, expected, "{config:?}"),
            other => panic!("{config:?} gave {other:?}"),
        }
    }
    for gamma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Kernel::rbf(gamma).is_err(), "gamma {gamma}");
    }
}
