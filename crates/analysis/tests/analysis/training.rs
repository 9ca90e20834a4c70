//! Curvature, and the paths of gradient and natural gradient.

use super::{ONE, close, random_patterns, threads};
use klr_analysis::curvature::{Hessian, curvature};
use klr_analysis::path::{Method, Metric, PathConfig, paths, stays_below};
use klr_model::kernel::gram;
use klr_model::{Kernel, KlrModel, PatternSet, Precision, Stream, Streams, TrainConfig, train};
use nalgebra::DMatrix;
use rand::RngExt;

/// `K D K + lambda K`, formed.
fn dense_hessian(patterns: &PatternSet, kernel: &Kernel, weights: &[f64], lambda: f64) -> DMatrix<f64> {
    let p = patterns.p();
    let k = DMatrix::from_row_slice(p, p, &gram(patterns, &kernel.table(patterns.n())));
    &k * DMatrix::from_diagonal(&weights.to_vec().into()) * &k + k * lambda
}

#[test]
fn curvature_is_that_of_the_dense_hessian() {
    for (n, p, gamma) in [(20, 1, 0.1), (20, 2, 0.1), (30, 40, 0.02), (12, 60, 0.3)] {
        let patterns = random_patterns(n, p, 3);
        let kernel = Kernel::rbf(gamma).unwrap();
        let hessian = Hessian::new(&patterns, &kernel, 0.01).unwrap();
        let mut rng = Streams::new(4).stream(Stream::Cues);
        let fields: Vec<f64> = (0..p).map(|_| rng.random_range(-4.0..4.0)).collect();
        let variances: Vec<f64> = fields
            .iter()
            .map(|h: &f64| {
                let probability = 1.0 / (1.0 + (-h).exp());
                probability * (1.0 - probability)
            })
            .collect();
        let cases = [
            (hessian.at_zero(), vec![0.25; p], "at zero"),
            (hessian.at_fields(&fields), variances, "elsewhere"),
        ];
        for (got, weights, place) in cases {
            let what = format!("N = {n}, P = {p}, gamma = {gamma}, {place}");
            let dense = dense_hessian(&patterns, &kernel, &weights, 0.01);
            let fisher = dense_hessian(&patterns, &kernel, &weights, 0.0);
            close(got.trace, dense.trace(), 1e-12, &what);
            close(got.lambda_max, dense.symmetric_eigenvalues().max(), 1e-10, &what);
            close(got.lambda_max_fisher, fisher.symmetric_eigenvalues().max(), 1e-10, &what);
        }
    }
}

#[test]
fn curvature_in_closed_form_and_of_a_model() {
    // Two patterns at distance d: K has the eigenvalues 1 + k and 1 - k, k = exp(-4 gamma d), and so has every
    // function of it.
    let patterns = PatternSet::from_signs(4, &[1, 1, 1, 1, 1, 1, -1, -1]).unwrap();
    let kernel = Kernel::rbf(0.1).unwrap();
    let k = (-0.8_f64).exp();
    let (large, small) = (1.0 + k, 1.0 - k);
    let got = Hessian::new(&patterns, &kernel, 0.5).unwrap().at_zero();
    close(got.lambda_max, 0.25 * large * large + 0.5 * large, 1e-12, "H");
    close(got.lambda_max_fisher, 0.25 * large * large, 1e-12, "G");
    close(got.trace, 0.25 * (large * large + small * small) + 1.0, 1e-12, "trace");
    close(got.concentration(), got.lambda_max / got.trace, 1e-15, "concentration");

    let zero = KlrModel::from_duals(patterns, kernel, &[0.0; 8]).unwrap();
    let (each, mean) = curvature(&zero, &[0, 3], 0.5, threads(2)).unwrap();
    assert_eq!((each[0], each[1]), (got, got), "all neurons are alike at zero");
    close(mean.lambda_max, got.lambda_max, 1e-15, "and so is their mean");
    let message = curvature(&zero, &[4], 0.5, ONE).unwrap_err().to_string();
    assert_eq!(message, "there is no neuron 4: the neurons are 0 to 3");
}

#[test]
fn the_published_curvature_at_the_start_of_training() {
    // arXiv:2609.16827: above 50 at N = 50, P/N = 2, gamma = 0.02.
    let patterns = random_patterns(50, 100, 0);
    let got = Hessian::new(&patterns, &Kernel::rbf(0.02).unwrap(), 0.01).unwrap().at_zero();
    assert!((54.0..57.0).contains(&got.lambda_max), "{got:?}");
}

const PATH: PathConfig = PathConfig {
    method: Method::Gradient,
    eta: 0.1,
    lambda: 0.01,
    epochs: 60,
    curvature: false,
    threads: ONE,
};

#[test]
fn observed_descent_is_the_descent_of_training() {
    let patterns = random_patterns(16, 24, 6);
    let kernel = Kernel::rbf(0.05).unwrap();
    let config = TrainConfig {
        iterations: 60,
        precision: Precision::Double,
        tolerance: 0.0,
        ..TrainConfig::literature()
    };
    let (model, fit) = train(&patterns, kernel.clone(), &config, &mut |_| {}).unwrap();
    let neurons: Vec<usize> = (0..16).collect();
    let got = paths(&patterns, &kernel, &neurons, &PathConfig { curvature: true, ..PATH }).unwrap();
    for path in &got {
        for (mu, dual) in path.duals.iter().enumerate() {
            close(*dual, model.alpha(mu, path.neuron), 1e-10, "a dual variable");
        }
        assert_eq!((path.objective.len(), path.curvature.len()), (61, 61), "the start and 60 epochs");
        assert!(path.dual_ratio() >= 1.0 && path.field_ratio() >= 1.0, "no way is shorter than straight");
    }
    let objective: f64 = got.iter().map(|path| path.objective[60]).sum();
    close(objective, fit.objective, 1e-10, "objective");
    let (each, _) = curvature(&model, &neurons, 0.01, ONE).unwrap();
    close(got[7].curvature[60].lambda_max, each[7].lambda_max, 1e-8, "curvature at the end");
    let threaded = PathConfig { threads: threads(5), curvature: true, ..PATH };
    assert_eq!(paths(&patterns, &kernel, &neurons, &threaded).unwrap(), got, "any number of threads");
}

#[test]
fn natural_descent_of_one_pattern_follows_its_own_formula() {
    // P = 1: K = 1, so with damping c the step is (sigma(a) - y + lambda a) / (p (1 - p) + c), in every metric but for
    // the place of the damping and lambda.
    let patterns = PatternSet::from_signs(1, &[1]).unwrap();
    let kernel = Kernel::rbf(0.1).unwrap();
    let step = |a: f64, metric: Metric| {
        let p = 1.0 / (1.0 + (-a).exp());
        let (gradient, d, c) = (p - 1.0 + 0.01 * a, p * (1.0 - p), 1e-3);
        match metric {
            Metric::Dual => gradient / (d + c),
            Metric::DualWithPenalty => gradient / (d + 0.01 + c),
            Metric::Function => gradient / (d + c) / (1.0 + c),
        }
    };
    for metric in [Metric::Dual, Metric::DualWithPenalty, Metric::Function] {
        let config = PathConfig { method: Method::Natural { metric, damping: 1e-3 }, epochs: 40, ..PATH };
        let got = &paths(&patterns, &kernel, &[0], &config).unwrap()[0];
        let mut a = 0.0;
        (0..40).for_each(|_| a -= 0.1 * step(a, metric));
        close(got.duals[0], a, 1e-12, &format!("{metric:?}"));
        close(got.dual_ratio(), 1.0, 1e-12, "one number that only grows goes straight");
    }
}

#[test]
fn natural_descent_goes_straighter_than_descent_at_the_edge() {
    let patterns = random_patterns(50, 100, 1);
    let kernel = Kernel::rbf(0.02).unwrap();
    let gradient = paths(&patterns, &kernel, &[0, 1], &PATH).unwrap();
    let method = Method::Natural { metric: Metric::Dual, damping: 1e-3 };
    let natural = paths(&patterns, &kernel, &[0, 1], &PathConfig { method, ..PATH }).unwrap();
    for (gradient, natural) in gradient.iter().zip(&natural) {
        assert!(gradient.dual_ratio() > 4.0, "it oscillates: {}", gradient.dual_ratio());
        assert!(natural.dual_ratio() < 1.2, "it does not: {}", natural.dual_ratio());
    }
}

#[test]
fn a_sequence_stays_below_from_its_last_excess_on() {
    assert_eq!(stays_below(&[5.0, 1.0, 3.0, 1.0, 1.0], 2.0), Some(3));
    assert_eq!(stays_below(&[1.0, 1.0], 2.0), Some(0));
    assert_eq!(stays_below(&[1.0, 2.0], 2.0), None, "the last is not below");
    assert_eq!(stays_below(&[1.0, f64::NAN], 2.0), None, "nor is what is no number");
}
