//! Does the solver find the minimum, and does its certificate hold?

use klr_model::objective::Problem;
use klr_model::{
    FitOutcome, FitReport, GramStorage, Kernel, KlrModel, PatternSet, Penalty, Precision, SolveConfig,
    Stream, Streams, TrainConfig, TrainError, solve, solve_towards, train,
};
use nalgebra::{DMatrix, DVector};
use std::num::NonZeroUsize;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn random(n: usize, p: usize, seed: u64) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).unwrap()
}

fn rbf(gamma: f64) -> Kernel {
    Kernel::rbf(gamma).unwrap()
}

/// To the last digits that double precision has.
fn tight() -> SolveConfig {
    SolveConfig { precision: Precision::Double, tolerance: 1e-13, ..SolveConfig::literature() }
}

fn fit(patterns: &PatternSet, kernel: Kernel, config: SolveConfig) -> (KlrModel, FitReport) {
    solve(patterns, kernel, &config, &mut |_| {}).unwrap()
}

/// Each pattern's target is the next one, the last one's the first.
fn next(patterns: &PatternSet) -> PatternSet {
    let p = patterns.p();
    let words = (0..p).flat_map(|mu| patterns.row_words((mu + 1) % p).to_vec()).collect();
    PatternSet::from_words(patterns.n(), p, words).unwrap()
}

fn objective(problem: &Problem<'_>, duals: &[f64]) -> f64 {
    problem.evaluate(duals, ONE).objective
}

/// The minimum of one neuron after the other by plain Newton steps with dense matrices, halved until the objective falls:
/// another method, from the definition of the objective.
fn dense_newton(patterns: &PatternSet, targets: &PatternSet, kernel: &Kernel, lambda: f64) -> Vec<f64> {
    let (p, n) = (patterns.p(), patterns.n());
    let table = kernel.table(n);
    let k = DMatrix::from_fn(p, p, |mu, nu| table[patterns.hamming(&patterns.state(mu), nu)]);
    let mut duals = vec![0.0; p * n];
    for i in 0..n {
        let t = DVector::from_fn(p, |mu, _| f64::from(targets.sign(mu, i)));
        let value = |alpha: &DVector<f64>| {
            let h = &k * alpha;
            let loss: f64 = t.iter().zip(&h).map(|(t, h)| (-t * h).exp().ln_1p()).sum();
            loss + 0.5 * lambda * alpha.dot(&h)
        };
        let mut alpha = DVector::zeros(p);
        for _ in 0..100 {
            let h = &k * &alpha;
            let q = DVector::from_fn(p, |mu, _| 1.0 / (1.0 + (t[mu] * h[mu]).exp()));
            let gradient = &k * (&alpha * lambda - t.component_mul(&q));
            let weights = DMatrix::from_diagonal(&q.map(|q| q * (1.0 - q)));
            let hessian = &k * weights * &k + &k * lambda;
            let step = hessian.lu().solve(&gradient).expect("a regular Gram matrix");
            let mut length = 1.0;
            while value(&(&alpha - &step * length)) > value(&alpha) && length > 1e-10 {
                length /= 2.0;
            }
            alpha -= step * length;
        }
        (0..p).for_each(|mu| duals[mu * n + i] = alpha[mu]);
    }
    duals
}

#[test]
fn the_optimum_is_that_of_newton_steps_with_dense_matrices() {
    let patterns = random(8, 14, 1);
    for (targets, gamma, lambda) in [(patterns.clone(), 0.1, 0.01), (next(&patterns), 0.05, 0.2)] {
        let expected = dense_newton(&patterns, &targets, &rbf(gamma), lambda);
        let config = SolveConfig { lambda, ..tight() };
        let (model, report) = solve_towards(&patterns, &targets, rbf(gamma), &config, &mut |_| {}).unwrap();
        assert_eq!(report.outcome, FitOutcome::Converged, "{report:?}");
        let worst = model.duals().iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // A gap of 1e-13 leaves an error of its root.
        assert!(worst < 1e-5, "gamma {gamma}: a dual variable is off by {worst:e}");
        let kernel = rbf(gamma);
        let problem = Problem {
            patterns: &patterns,
            targets: &targets,
            kernel: &kernel,
            penalty: Penalty::KernelNorm,
            lambda,
        };
        let best = objective(&problem, &expected);
        assert!((report.objective - best).abs() < 1e-12 * best, "{} against {best}", report.objective);
    }
}

#[test]
fn every_dual_variable_is_that_of_the_stationary_point() {
    let patterns = random(30, 300, 2);
    let (model, report) = fit(&patterns, rbf(0.03), tight());
    assert_eq!(report.outcome, FitOutcome::Converged, "{report:?}");
    assert_eq!(report.sign_agreement, 1.0, "{report:?}");
    for mu in 0..300 {
        for (i, margin) in model.margins(&patterns.state(mu)).into_iter().enumerate() {
            let expected = f64::from(patterns.sign(mu, i)) / (1.0 + margin.exp()) / 0.01;
            let found = model.alpha(mu, i);
            assert!((found - expected).abs() < 1e-4, "pattern {mu}, neuron {i}: {found} against {expected}");
        }
    }
}

#[test]
fn the_gap_is_never_less_than_what_is_left_to_gain() {
    for (seed, n, p, gamma) in [(3, 12, 60, 0.05), (4, 40, 120, 0.02), (5, 20, 10, 0.1)] {
        let patterns = random(n, p, seed);
        let best = fit(&patterns, rbf(gamma), tight()).1.objective;
        for iterations in 0..6 {
            let config = SolveConfig { iterations, tolerance: 1e-12, ..SolveConfig::literature() };
            let (_, report) = fit(&patterns, rbf(gamma), config);
            let (gap, excess) = (report.gap.unwrap(), (report.objective - best) / report.objective);
            assert!(gap >= excess - 1e-12, "{iterations} steps: gap {gap:e}, excess {excess:e}");
            assert!(gap > 0.0, "{iterations} steps: rounding is allowed for");
        }
    }
}

#[test]
fn stopping_early_is_said() {
    let patterns = random(30, 200, 6);
    let config = SolveConfig { iterations: 2, tolerance: 1e-9, ..SolveConfig::literature() };
    let (_, report) = fit(&patterns, rbf(0.03), config);
    assert_eq!((report.outcome, report.iterations), (FitOutcome::IterationLimit, 2), "{report:?}");
    assert!(report.gap.unwrap() > 1e-9, "{report:?}");
    let config = SolveConfig { tolerance: 1e-17, ..SolveConfig::literature() };
    let (_, report) = fit(&patterns, rbf(0.03), config);
    assert_eq!(report.outcome, FitOutcome::Stalled, "no number type reaches 1e-17: {report:?}");
    assert!(report.gap.unwrap() < 1e-8, "but single precision comes near: {report:?}");
}

#[test]
fn the_objective_falls_from_step_to_step() {
    let patterns = random(40, 400, 7);
    let mut gaps = Vec::new();
    let mut last = f64::INFINITY;
    for iterations in 0..12 {
        let config = SolveConfig { iterations, ..tight() };
        let (_, report) = solve(&patterns, rbf(0.02), &config, &mut |at| {
            if at.iteration == iterations {
                gaps.push(at.gap.expect("the solver says it"));
            }
        })
        .unwrap();
        assert!(
            report.objective <= last * (1.0 + 1e-12),
            "step {iterations}: {} after {last}",
            report.objective
        );
        last = report.objective;
    }
    assert!(gaps.last().unwrap() < &1e-3 && gaps[0] > 0.5, "{gaps:?}");
}

#[test]
fn it_ends_below_gradient_descent() {
    let patterns = random(20, 100, 8);
    let descended = train(&patterns, rbf(0.05), &TrainConfig::literature(), &mut |_| {}).unwrap().1;
    let (_, report) = fit(&patterns, rbf(0.05), SolveConfig::literature());
    assert!(report.objective <= descended.objective * (1.0 + 1e-6), "{report:?} against {descended:?}");
    assert_eq!(descended.gap, None, "gradient descent certifies nothing");
    let gradients = (
        report.gradient_norm / report.relative_gradient,
        descended.gradient_norm / descended.relative_gradient,
    );
    assert!((gradients.0 / gradients.1 - 1.0).abs() < 1e-5, "the same gradient at zero: {gradients:?}");
}

#[test]
fn threads_and_storage_change_no_byte() {
    let patterns = random(30, 1100, 9);
    let run = |threads, storage, precision| {
        let config = SolveConfig {
            threads: NonZeroUsize::new(threads).unwrap(),
            storage,
            precision,
            tolerance: 1e-5,
            ..SolveConfig::literature()
        };
        fit(&patterns, rbf(0.05), config)
    };
    for precision in [Precision::Single, Precision::Double] {
        let one = run(1, GramStorage::Whole, precision);
        for threads in [2, 3, 7] {
            assert!(run(threads, GramStorage::Whole, precision) == one, "{precision:?}, {threads} threads");
        }
        assert!(run(2, GramStorage::Blocks, precision) == one, "{precision:?}, blocks");
        assert!(run(2, GramStorage::WithinBytes(0), precision) == one, "{precision:?}, too little memory");
    }
}

/// Wide kernels, singular Gram matrices, few patterns, and patterns one bit apart.
#[test]
fn hard_problems_are_solved() {
    let mut close = vec![1i8; 40 * 40];
    (0..40).for_each(|mu| close[mu * 41] = -1);
    let close = PatternSet::from_signs(40, &close).unwrap();
    let cases = [
        ("sequence", random(50, 700, 10), rbf(0.02)),
        ("P/N = 30", random(20, 600, 11), rbf(0.02)),
        ("P below N", random(100, 30, 12), rbf(0.01)),
        ("one pattern", random(10, 1, 13), rbf(0.1)),
        ("two bits apart", close.clone(), rbf(0.001)),
        ("linear, rank N", random(10, 200, 14), Kernel::linear()),
        ("quadratic", random(10, 300, 15), Kernel::polynomial(2, 0.0).unwrap()),
        ("cubic", random(10, 300, 15), Kernel::polynomial(3, 1.0).unwrap()),
        ("all alike", close, Kernel::from_table(vec![1.0; 41]).unwrap()),
        ("nothing", random(10, 20, 16), Kernel::from_table(vec![0.0; 11]).unwrap()),
    ];
    for (name, patterns, kernel) in cases {
        let targets = if name == "sequence" { next(&patterns) } else { patterns.clone() };
        let (_, report) =
            solve_towards(&patterns, &targets, kernel, &SolveConfig::literature(), &mut |_| {}).unwrap();
        assert_eq!(report.outcome, FitOutcome::Converged, "{name}: {report:?}");
        assert!(report.gap.unwrap() <= 1e-6, "{name}: {report:?}");
        assert_eq!(report.sign_agreement, 1.0, "{name}: {report:?}");
    }
}

#[test]
fn a_matrix_that_is_not_positive_is_refused() {
    // exp(-d) at even distances, its negative at odd ones: as positive as exp(-d). Zero at distance 0: never.
    let table = |value: &dyn Fn(u32) -> f64| Kernel::from_table((0..=20).map(value).collect()).unwrap();
    let patterns = random(20, 150, 17);
    let alternating = table(&|d| (-f64::from(d)).exp() * if d % 2 == 0 { 1.0 } else { -1.0 });
    let (_, report) = fit(&patterns, alternating, SolveConfig::literature());
    assert_eq!(report.outcome, FitOutcome::Converged, "{report:?}");
    for (name, kernel) in [
        ("nothing at distance 0", table(&|d| f64::from(d.min(1)))),
        ("negative", table(&|d| -(-f64::from(d)).exp())),
        ("rising", table(&|d| f64::from(d))),
        ("a step too wide", table(&|d| if d < 9 { 1.0 } else { 0.0 })),
    ] {
        let error = solve(&patterns, kernel, &SolveConfig::literature(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, TrainError::NotPositive { quotient } if quotient < 0.0), "{name}: {error}");
        assert!(error.to_string().contains("not positive semidefinite"), "{name}: {error}");
    }
}

#[test]
fn what_it_cannot_do_is_refused_by_name() {
    let patterns = random(4, 5, 18);
    let refuse = |config| solve(&patterns, rbf(0.1), &config, &mut |_| {}).unwrap_err().to_string();
    let good = SolveConfig::literature();
    let message = "lambda is 0; it must be above 0: without a penalty no finite dual variables are the best";
    assert_eq!(refuse(SolveConfig { lambda: 0.0, ..good }), message);
    for (lambda, found) in [(-0.1, "-0.1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf"), (1e-40, "1e-40")] {
        assert_eq!(
            refuse(SolveConfig { lambda, ..good }),
            format!("lambda is {found}; it must be 1e-30 to 1e30")
        );
    }
    for tolerance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let message = format!("tolerance is {tolerance}; it must be finite and above 0");
        assert_eq!(refuse(SolveConfig { tolerance, ..good }), message);
    }
    let message = refuse(SolveConfig { penalty: Penalty::L2, ..good });
    assert!(message.contains("plain L2 penalty is allowed for gradient descent"), "{message}");
    let large = Kernel::from_table(vec![1e20, 0.0, 0.0, 0.0, 0.0]).unwrap();
    let message = solve(&patterns, large, &good, &mut |_| {}).unwrap_err().to_string();
    assert!(message.starts_with("a kernel value is 1e20; it must be"), "{message}");
    let error = solve_towards(&patterns, &random(4, 6, 19), rbf(0.1), &good, &mut |_| {}).unwrap_err();
    assert_eq!(error, TrainError::Targets { found_p: 6, found_n: 4, p: 5, n: 4 });
    let short = Kernel::from_table(vec![1.0; 3]).unwrap();
    let error = solve(&patterns, short, &good, &mut |_| {}).unwrap_err();
    assert!(matches!(error, TrainError::Kernel(_)), "{error}");
}
