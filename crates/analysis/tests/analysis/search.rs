//! Capacity by bisection, and phase diagrams.

use super::{ONE, SYNCHRONOUS, close, threads};
use klr_analysis::capacity::{Capacity, CapacityConfig, Decision, capacity};
use klr_analysis::phase::{PhaseConfig, phase_diagram};
use klr_analysis::{AnalysisError, CueConfig};
use klr_model::{KlrModel, NoiseModel, PatternSet, Stream, Streams, TrainConfig, train};
use klr_statistics::Cluster;
use klr_statistics::special::{normal_cdf, normal_quantile};
use rand::RngExt;

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
