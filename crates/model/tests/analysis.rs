//! Do the analyses find what can be counted by hand, or computed densely, on small memories?

use klr_model::analysis::basin::{BasinConfig, basins, pooled_success};
use klr_model::analysis::capacity::{Capacity, CapacityConfig, Decision, capacity};
use klr_model::analysis::curvature::{Hessian, curvature};
use klr_model::analysis::landscape::{energy_report, energy_walk, margins, two_cycles};
use klr_model::analysis::morph::{MorphConfig, morph};
use klr_model::analysis::overlap::{compare_overlaps, overlap_pairs};
use klr_model::analysis::path::{Method, Metric, PathConfig, paths, stays_below};
use klr_model::analysis::phase::{PhaseConfig, phase_diagram};
use klr_model::analysis::sharpness::{Extension, forces, pseudo_energy, sharpness};
use klr_model::analysis::snr::{crosstalk_bias, crosstalk_snr, field_statistics};
use klr_model::analysis::weights::{bit_accuracy, dual_report, min_max_quantized, pruned};
use klr_model::analysis::{AnalysisError, CueConfig};
use klr_model::kernel::gram;
use klr_model::noise::corrupt;
use klr_model::statistics::special::{normal_cdf, normal_quantile};
use klr_model::statistics::{BootstrapConfig, Cluster, Summary, Verdict};
use klr_model::{
    Kernel, KlrModel, NoiseModel, Order, PatternSet, Precision, RetrievalConfig, Stream, Streams,
    TrainConfig, Update, retrieve, train,
};
use nalgebra::DMatrix;
use rand::RngExt;
use std::num::NonZeroUsize;

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const SYNCHRONOUS: RetrievalConfig = RetrievalConfig { update: Update::Synchronous, max_steps: 30 };
const RANDOM_ORDER: RetrievalConfig =
    RetrievalConfig { update: Update::Asynchronous(Order::Random), max_steps: 30 };

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn random_patterns(n: usize, p: usize, seed: u64) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).unwrap()
}

/// A memory with dual variables drawn at random: no structure to hide behind.
fn random_model(n: usize, p: usize, gamma: f64) -> KlrModel {
    let mut rng = Streams::new(9).stream(Stream::Faults);
    let duals = (0..p * n).map(|_| rng.random_range(-2.0..2.0)).collect();
    KlrModel::from_duals(random_patterns(n, p, 9), Kernel::rbf(gamma).unwrap(), duals).unwrap()
}

fn untrained(n: usize, p: usize, gamma: f64) -> KlrModel {
    KlrModel::untrained(random_patterns(n, p, 4), Kernel::rbf(gamma).unwrap())
}

/// Two stored patterns, all +1 and all -1, untrained: the field of every neuron is `K(d) - K(N - d)` with d the distance
/// from all +1, so that a cue goes to the nearer pattern in one step, and a cue halfway stays where it is.
fn two_memories(n: usize) -> KlrModel {
    let signs: Vec<i8> = [1, -1].into_iter().flat_map(|sign| std::iter::repeat_n(sign, n)).collect();
    KlrModel::untrained(PatternSet::from_signs(n, &signs).unwrap(), Kernel::rbf(0.1).unwrap())
}

fn close(got: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (got - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-12), "{what}: got {got}, expected {expected}");
}

#[test]
fn the_basin_of_two_opposite_memories_ends_halfway() {
    let config = BasinConfig {
        memories: vec![0, 1],
        distances: (0..=10).collect(),
        cues: 7,
        retrieval: SYNCHRONOUS,
        confidence: 0.95,
        threads: ONE,
    };
    let got = basins(&two_memories(10), &config, Streams::new(1)).unwrap();
    for basin in &got {
        for point in &basin.points {
            let d = point.distance;
            let recalled = if d < 5 { 7 } else { 0 };
            assert_eq!(point.success.successes, recalled, "memory {}, distance {d}", basin.mu);
            // Recalled cues flip d neurons, cues beyond halfway the other N - d, and the cue halfway none: a spurious state.
            let events = if d == 5 { 0 } else { d.min(10 - d) };
            assert_eq!(point.events.mean, events as f64, "memory {}, distance {d}", basin.mu);
            assert_eq!(
                point.events_of_successes.map(|s| s.mean),
                (d < 5).then_some(d as f64),
                "distance {d}"
            );
            assert_eq!(point.spurious, if d == 5 { 7 } else { 0 }, "distance {d}");
            assert_eq!(
                point.stored,
                if d > 5 { vec![7] } else { vec![] },
                "distance {d}: the nearest, rank 0"
            );
            assert_eq!(point.two_cycles + point.step_limit, 0, "distance {d}");
        }
        assert_eq!(basin.radius, Some(4.5), "1 at distance 4, 0 at 5");
    }
    let pooled = pooled_success(&got, 0.95).unwrap();
    assert_eq!(pooled.len(), 11, "one per distance");
    assert_eq!((pooled[3].0, pooled[3].1.value(), pooled[7].1.value()), (3, 1.0, 0.0));
    let threaded = BasinConfig { threads: threads(3), ..config };
    assert_eq!(basins(&two_memories(10), &threaded, Streams::new(1)).unwrap(), got, "any number of threads");
}

#[test]
fn an_ending_at_a_farther_memory_has_its_rank() {
    // Dual variables of pattern 2 only: every cue ends there, whatever is nearer.
    let patterns = PatternSet::from_signs(4, &[1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]).unwrap();
    let duals = [vec![0.0; 8], vec![-1.0; 4]].concat();
    let model = KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), duals).unwrap();
    let config = BasinConfig {
        memories: vec![0],
        distances: vec![0],
        cues: 3,
        retrieval: RANDOM_ORDER,
        confidence: 0.9,
        threads: ONE,
    };
    let got = basins(&model, &config, Streams::new(1)).unwrap();
    assert_eq!(got[0].points[0].stored, [0, 0, 3], "patterns 0 and 1 are strictly nearer");
    assert_eq!(got[0].radius, None, "it starts below one half");
}

#[test]
fn overlaps_start_at_the_cue_and_stay_at_their_end() {
    let cues = CueConfig { count: 40, noise: 0.25, model: NoiseModel::Exact };
    let sets: Vec<_> = (0..3)
        .map(|seed| overlap_pairs(&untrained(20, 4, 0.1), &cues, 8, Streams::new(seed), ONE).unwrap())
        .collect();
    for pair in sets.iter().flatten() {
        assert_eq!((pair.synchronous.len(), pair.asynchronous.len()), (9, 9), "the cue and 8 steps");
        assert_eq!((pair.synchronous[0], pair.asynchronous[0]), (0.5, 0.5), "5 of 20 bits flipped");
    }
    // Padding: the last value is the overlap of the final state of a plain retrieval.
    let model = untrained(20, 4, 0.1);
    let streams = Streams::new(0);
    let target = streams.indexed(Stream::Cues, 6).random_range(0..4);
    let pattern = model.patterns().state(target);
    let cue = corrupt(&pattern, 0.25, NoiseModel::Exact, &mut streams.indexed(Stream::Noise, 6));
    let config = RetrievalConfig { max_steps: 8, ..RANDOM_ORDER };
    let end = retrieve(&model, &cue, config, &mut streams.indexed(Stream::Order, 6)).unwrap();
    assert_eq!(sets[0][6].asynchronous[8], klr_model::measure::overlap(&end.state, &pattern));

    let mut rng = streams.stream(Stream::Bootstrap);
    let config = BootstrapConfig { resamples: 500, ..BootstrapConfig::standard() };
    let got = compare_overlaps(&sets, 0.05, 0.05, config, &mut rng).unwrap();
    assert_eq!(got.len(), 9);
    let cue = &got[0];
    assert_eq!((cue.paired.verdict, cue.smirnov.statistic), (Verdict::Equivalent, 0.0), "the same cues");
    let plain: f64 = sets.iter().flatten().map(|pair| pair.synchronous[2]).sum::<f64>() / 120.0;
    close(got[2].synchronous.mean, plain, 1e-14, "mean overlap after two steps");
    close(got[2].clustered.unwrap().difference, got[2].paired.difference, 1e-9, "equal sets, one mean");
}

#[test]
fn morphing_between_opposite_memories_turns_over_halfway() {
    let config =
        MorphConfig { from: 0, to: 1, orders: 6, retrieval: SYNCHRONOUS, confidence: 0.95, threads: ONE };
    let got = morph(&two_memories(10), &config, Streams::new(1)).unwrap();
    assert_eq!((got.distance, got.points.len()), (10, 11));
    for point in &got.points {
        let ends = [(4, (6, 0, 0)), (5, (0, 0, 6)), (10, (0, 6, 0))];
        let expected = ends.into_iter().find(|(upto, _)| point.switched <= *upto).unwrap().1;
        let seen = (point.to_first.successes, point.to_second.successes, point.spurious);
        assert_eq!(seen, expected, "{} switched", point.switched);
        let steps = if [0, 5, 10].contains(&point.switched) { 1.0 } else { 2.0 };
        assert_eq!(point.steps.mean, steps, "{} switched: one to move, one to confirm", point.switched);
    }
    close(got.boundary.unwrap(), 0.45, 1e-12, "between 4 and 5 of 10");
    close(got.width.unwrap(), 0.08, 1e-12, "0.8 of one bit of 10");
    assert_eq!(got.slowing, 2.0, "2 steps on the way, 1 at the ends");
    let threaded = MorphConfig { threads: threads(4), ..config };
    assert_eq!(morph(&two_memories(10), &threaded, Streams::new(1)).unwrap(), got, "any number of threads");
    let same = MorphConfig { to: 0, ..config };
    let message = morph(&two_memories(10), &same, Streams::new(1)).unwrap_err().to_string();
    assert_eq!(message, "the distance of the memories is 0; it must be at least 1");
}

#[test]
fn the_crosstalk_estimate_is_that_of_its_sum_and_predicts_fields() {
    // The variance of the crosstalk, summed over the distances of random patterns one by one.
    let (n, p, gamma) = (12, 30, 0.07);
    let binomial = |d: i32| (0..d).fold(1.0, |c, k| c * f64::from(12 - k) / f64::from(k + 1)) / 4096.0;
    let variance: f64 = (0..=12).map(|d| binomial(d) * (-8.0 * gamma * f64::from(d)).exp()).sum();
    let direct = (-4.0 * gamma * 0.25 * 12.0_f64).exp() / (30.0 * variance).sqrt();
    close(crosstalk_snr(n, p, gamma, 0.25), direct, 1e-12, "closed form");
    // The figure published beside the formula: SNR 4.7 at 20 % noise, 0.63 at 30 %, of N = 50, P = 150.
    close(crosstalk_snr(50, 150, 0.1, 0.2), 4.7, 0.02, "20 %");
    close(crosstalk_snr(50, 150, 0.1, 0.3), 0.63, 0.02, "30 %");

    // Measured on untrained memories wide enough for the crosstalk to be a sum of many. The spread of a field is 3.7, so
    // 3,600 fields to flip know their mean to 0.06 if independent; fields of one memory are not, hence 5 memories and 0.35.
    let cues = CueConfig { count: 300, noise: 0.1, model: NoiseModel::Exact };
    let (signal, bias) = ((-0.32_f64).exp(), crosstalk_bias(40, 300, 0.02));
    let spread = signal / crosstalk_snr(40, 300, 0.02, 0.1);
    let (mut held, mut flipped, mut spreads) = (0.0, 0.0, 0.0);
    for seed in 0..5 {
        let model = KlrModel::untrained(random_patterns(40, 300, seed), Kernel::rbf(0.02).unwrap());
        let got = field_statistics(&model, &cues, 0.95, Streams::new(seed), ONE).unwrap();
        held += got.held.unwrap().mean / 5.0;
        flipped += got.flipped.unwrap().mean / 5.0;
        spreads += got.held.unwrap().standard_deviation / 5.0;
        assert_eq!(
            (got.held.unwrap().count, got.flipped.unwrap().count),
            (300 * 36, 300 * 4),
            "4 of 40 wrong"
        );
    }
    assert!((held - signal - bias).abs() < 0.35, "right bits gain the bias: {held} {signal} {bias}");
    assert!((flipped - signal + bias).abs() < 0.35, "wrong bits lose it: {flipped} {signal} {bias}");
    close(spreads, spread, 0.05, "the crosstalk");

    // A narrow kernel, where the bias is less than half the signal.
    let model = untrained(50, 150, 0.1);
    let cues = CueConfig { count: 300, noise: 0.24, model: NoiseModel::Exact };
    let got = field_statistics(&model, &cues, 0.95, Streams::new(2), threads(2)).unwrap();
    assert_eq!(field_statistics(&model, &cues, 0.95, Streams::new(2), ONE).unwrap(), got, "any threads");
    assert_eq!(got.fields.count, 300 * 50);
    close(got.snr, got.estimate.unwrap(), 0.05, "measured against estimated");
    let normal = |part: Summary| part.count as f64 * normal_cdf(part.mean / part.standard_deviation);
    let share = (normal(got.held.unwrap()) + normal(got.flipped.unwrap())) / 15_000.0;
    assert!((got.right.value() - share).abs() < 0.01, "fields are nearly normal: {share} {got:?}");
    assert!(got.predicted_recall < got.recalled_at_once.interval.low, "but not independent: {got:?}");
    let linear = KlrModel::untrained(random_patterns(10, 3, 1), Kernel::linear());
    assert_eq!(field_statistics(&linear, &cues, 0.95, Streams::new(2), ONE).unwrap().estimate, None);
}

/// A synthetic memory: recall is `Phi((log 300 - log P + set) / 0.3)`, with a random effect of the pattern set.
fn synthetic(config: &CapacityConfig, cues: u32, seed: u64) -> Capacity {
    capacity::<AnalysisError>(config, |p, batch| {
        let mut rng = Streams::new(seed).indexed(Stream::Cues, p as u64 * 1000 + batch);
        let set = 0.05 * normal_quantile(rng.random_range(0.01..0.99));
        let recall = normal_cdf(((300.0 / p as f64).ln() + set) / 0.3);
        let successes = (0..cues).filter(|_| rng.random::<f64>() < recall).count() as u64;
        Ok(Cluster { successes, trials: cues.into() })
    })
    .unwrap()
}

const CAPACITY: CapacityConfig = CapacityConfig {
    threshold: 0.5,
    start: 20,
    min: 1,
    max: 100_000,
    resolution: 0.02,
    confidence: 0.95,
    min_batches: 4,
    max_batches: 40,
};

#[test]
fn bisection_finds_a_known_threshold() {
    let mut held = 0;
    for seed in 0..20 {
        let got = synthetic(&CAPACITY, 50, seed);
        let estimate = got.estimate.unwrap();
        assert!((estimate / 300.0 - 1.0).abs() < 0.08, "seed {seed}: {estimate}");
        assert!(got.interval.low < got.interval.high, "seed {seed}: {:?}", got.interval);
        assert!(got.interval.high / got.interval.low < 1.35, "seed {seed}: {:?}", got.interval);
        held += u32::from(got.interval.contains(300.0));
        assert!(got.points.is_sorted_by_key(|point| point.p), "by P");
        let easy = got.points.iter().filter(|point| point.p < 150 || point.p > 600);
        for point in easy {
            let right = if point.p < 300 { Decision::Holds } else { Decision::Fails };
            assert_eq!(point.decision, right, "seed {seed}, P = {}", point.p);
            assert_eq!(point.share.clusters, 4, "a clear case needs no more than the fewest batches");
        }
    }
    assert!(held >= 16, "{held} of 20 intervals hold the capacity");
    assert_eq!(synthetic(&CAPACITY, 50, 3), synthetic(&CAPACITY, 50, 3), "same seed, same capacity");
}

#[test]
fn a_step_is_found_exactly_and_limits_are_said() {
    let step = |limit: usize| {
        move |p: usize, _| -> Result<Cluster, AnalysisError> {
            Ok(Cluster { successes: if p <= limit { 30 } else { 0 }, trials: 30 })
        }
    };
    let config = CapacityConfig { resolution: 0.0, ..CAPACITY };
    for limit in [1, 19, 20, 21, 777] {
        let got = capacity(&config, step(limit)).unwrap();
        assert_eq!(
            (got.interval.low, got.interval.high),
            (limit as f64, limit as f64 + 1.0),
            "limit {limit}"
        );
        assert!(got.monotone && got.points.len() < 30, "limit {limit}: {} points", got.points.len());
    }
    let above = capacity(&CapacityConfig { max: 500, ..config }, step(777)).unwrap();
    assert_eq!((above.interval.low, above.interval.high), (500.0, f64::INFINITY), "not within the range");
    assert_eq!(above.estimate, None, "never crossed");
    let below = capacity(&CapacityConfig { min: 10, ..config }, step(5)).unwrap();
    assert_eq!((below.interval.low, below.interval.high), (0.0, 10.0), "even the fewest fail");
    let refused = capacity(&CapacityConfig { threshold: 1.0, ..config }, step(5)).unwrap_err();
    assert_eq!(refused.to_string(), "threshold is 1; it must be above 0 and below 1");
}

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
        let mut rng = Streams::new(4).stream(Stream::Faults);
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
    // Two patterns at distance d: K has the eigenvalues 1 + k and 1 - k, k = exp(-4 gamma d), and so has every function of it.
    let patterns = PatternSet::from_signs(4, &[1, 1, 1, 1, 1, 1, -1, -1]).unwrap();
    let kernel = Kernel::rbf(0.1).unwrap();
    let k = (-0.8_f64).exp();
    let (large, small) = (1.0 + k, 1.0 - k);
    let got = Hessian::new(&patterns, &kernel, 0.5).unwrap().at_zero();
    close(got.lambda_max, 0.25 * large * large + 0.5 * large, 1e-12, "H");
    close(got.lambda_max_fisher, 0.25 * large * large, 1e-12, "G");
    close(got.trace, 0.25 * (large * large + small * small) + 1.0, 1e-12, "trace");
    close(got.concentration(), got.lambda_max / got.trace, 1e-15, "concentration");

    let zero = KlrModel::from_duals(patterns, kernel, vec![0.0; 8]).unwrap();
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
    // P = 1: K = 1, so with damping c the step is (sigma(a) - y + lambda a) / (p (1 - p) + c), in every metric but for the
    // place of the damping and lambda.
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

#[test]
fn forces_are_the_slope_of_the_energy() {
    let model = random_model(9, 7, 0.06);
    let mut rng = Streams::new(5).stream(Stream::Faults);
    let inside: Vec<f64> = (0..9).map(|_| rng.random_range(-1.0..1.0)).collect();
    let corner: Vec<f64> = model.patterns().state(2).signs().map(f64::from).collect();
    for extension in [Extension::Distance, Extension::Overlap] {
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
    let message = sharpness(&linear, &[0], Extension::Distance, ONE).unwrap_err().to_string();
    assert!(message.contains("not for a linear kernel"), "{message}");
}

#[test]
fn a_single_memory_has_its_forces_in_closed_form() {
    // P = 1, alpha = xi: h = xi at the memory, the distance extension has no indirect force there, and the other one
    // -2 gamma N xi.
    let model = untrained(8, 1, 0.05);
    let got = sharpness(&model, &[0], Extension::Distance, ONE).unwrap()[0];
    close(got.sharpness, 8.0, 1e-13, "||-xi||^2");
    assert_eq!(got.indirect, 0.0, "the top of the kernel is flat");
    assert_eq!(got.correlation, None, "no indirect force, no correlation");
    let got = sharpness(&model, &[0], Extension::Overlap, ONE).unwrap()[0];
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
            seen_rise |= flip.change > 0.0;
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
    let model = KlrModel::from_duals(patterns, kernel, vec![-1.0, 1.0, 1.0, -1.0]).unwrap();
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
    let model = |duals: [f64; 8]| {
        KlrModel::from_duals(patterns.clone(), Kernel::rbf(0.5).unwrap(), duals.to_vec()).unwrap()
    };
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
    for (got, &was) in min_max_quantized(&mixed, 32).unwrap().duals().iter().zip(mixed.duals()) {
        assert!((got - was).abs() <= 8.0 / 2.0_f64.powi(32), "32 bits move nothing by more than half a step");
    }
    // Fields at either memory have the signs of its own dual variables: exp(-8) of the other one does not matter.
    // Wrong: -0.5 at the first, 0.25 at the second.
    let accuracy = bit_accuracy(&mixed, 0.95, threads(2)).unwrap();
    assert_eq!((accuracy.successes, accuracy.trials), (6, 8));
    let message = min_max_quantized(&mixed, 33).unwrap_err().to_string();
    assert_eq!(message, "bits is 33; it must be 1 to 32");
}

#[test]
fn a_phase_diagram_can_be_cut_short_and_resumed() {
    let config = PhaseConfig {
        n: 12,
        gammas: vec![0.02, 0.1, 0.5],
        loads: vec![0.05, 1.0, 3.0],
        cues: CueConfig { count: 20, noise: 0.1, model: NoiseModel::Bernoulli },
        retrieval: SYNCHRONOUS,
        lambda: 0.01,
        curvature_neurons: 2,
        confidence: 0.95,
        threads: ONE,
    };
    let recipe = TrainConfig { iterations: 30, ..TrainConfig::literature() };
    let run = |config: &PhaseConfig, range: std::ops::Range<usize>| {
        let mut found = Vec::new();
        let teach = |patterns: &PatternSet, kernel| {
            let trained = train(patterns, kernel, &recipe, &mut |_| {});
            Ok::<_, AnalysisError>(trained.expect("the recipe is in range").0)
        };
        phase_diagram(config, &config.points()[range], Streams::new(2), teach, |point| found.push(point))
            .unwrap();
        found
    };
    let whole = run(&config, 0..9);
    assert_eq!(whole.len(), 9);
    assert_eq!((whole[0].p, whole[1].p, whole[2].p), (1, 12, 36), "at least one pattern");
    assert_eq!([run(&config, 0..4), run(&config, 4..9)].concat(), whole, "in two runs");
    assert_eq!(run(&PhaseConfig { threads: threads(4), ..config.clone() }, 0..9), whole, "on four threads");
    // One pattern: H is the number p(1-p) + lambda, all of its own trace; recall is certain.
    close(whole[0].concentration, 1.0, 1e-12, "one direction");
    assert_eq!((whole[0].recall.value(), whole[0].bit_accuracy.value()), (1.0, 1.0));
    assert!(whole[8].concentration < whole[2].concentration, "wide kernels concentrate curvature");
    let bad = PhaseConfig { loads: vec![0.0], ..config };
    let teach = |_: &PatternSet, _| -> Result<KlrModel, AnalysisError> { unreachable!("checked before") };
    let error = phase_diagram(&bad, &bad.points(), Streams::new(2), teach, |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "load is 0; it must be finite and above 0");
}
