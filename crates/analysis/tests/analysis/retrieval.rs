//! Basins, overlaps, boundaries between memories, and fields.

use super::{ONE, RANDOM_ORDER, SYNCHRONOUS, close, random_patterns, threads, two_memories, untrained};
use klr_analysis::CueConfig;
use klr_analysis::basin::{BasinConfig, basins, pooled_success};
use klr_analysis::morph::{MorphConfig, morph};
use klr_analysis::overlap::{compare_overlaps, overlap_pairs};
use klr_analysis::snr::{crosstalk_bias, crosstalk_snr, field_statistics};
use klr_model::noise::corrupt;
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, RetrievalConfig, Stream, Streams, retrieve};
use klr_statistics::special::normal_cdf;
use klr_statistics::{BootstrapConfig, Summary, Verdict};
use rand::RngExt;

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
            // Recalled cues flip d neurons, cues beyond halfway the other N - d, and the cue halfway none: a spurious
            // state.
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
    let model = KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), &duals).unwrap();
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

    let config = BootstrapConfig { resamples: 500, ..BootstrapConfig::standard() };
    let got = compare_overlaps(&sets, 0.05, 0.05, config, streams).unwrap();
    assert_eq!(got.len(), 9);
    let cue = &got[0];
    assert_eq!((cue.paired.verdict, cue.smirnov.statistic), (Verdict::Equivalent, 0.0), "the same cues");
    let plain: f64 = sets.iter().flatten().map(|pair| pair.synchronous[2]).sum::<f64>() / 120.0;
    close(got[2].synchronous.mean, plain, 1e-14, "mean overlap after two steps");
    close(got[2].clustered.unwrap().difference, got[2].paired.difference, 1e-9, "equal sets, one mean");
    close(got[2].by_sets.unwrap().difference, got[2].paired.difference, 1e-9, "equal sets, one mean");
    let alone = compare_overlaps(&sets[..1], 0.05, 0.05, config, streams).unwrap();
    assert_eq!((alone[2].by_sets, alone[2].clustered), (None, None), "one set says nothing of others");
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

    // Measured on untrained memories wide enough for the crosstalk to be a sum of many. The spread of a field is 3.7,
    // so 3,600 fields to flip know their mean to 0.06 if independent; fields of one memory are not, hence 5 memories
    // and 0.35.
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
