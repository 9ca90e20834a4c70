use super::near::{Neighbourhood, Neighbours, figures};
use super::*;
use crate::fit::objective::Penalty;
use crate::kernel::Kernel;
use crate::pattern::PatternSet;
use crate::random::Stream;
use rand::RngExt;
use std::num::NonZeroUsize;

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn config(penalty: Penalty) -> TrainConfig {
    TrainConfig { penalty, ..TrainConfig::literature() }
}

/// Patterns in clusters, so that some are near others and most are far.
fn clustered(n: usize, p: usize, seed: u64) -> PatternSet {
    let mut rng = Streams::new(seed).stream(Stream::Patterns);
    crate::generate::clusters(n, p / 5, 5, 0.1, &mut rng).unwrap()
}

/// Every kernel there is, wide and narrow, some of them nowhere 0, some negative, one 0 from a distance on.
fn kernels(n: usize) -> Vec<Kernel> {
    let compact = (0..=n).map(|d| if d < 12 { 1.0 / (1.0 + d as f64) } else { 0.0 }).collect();
    vec![
        Kernel::rbf(0.02).unwrap(),
        Kernel::rbf(0.1).unwrap(),
        Kernel::exponential(0.5).unwrap(),
        Kernel::polynomial(20, 1.0).unwrap(),
        Kernel::polynomial(3, 0.0).unwrap(),
        Kernel::linear(),
        Kernel::from_table(compact).unwrap(),
    ]
}

/// Untrained, and with dual variables of both signs.
fn models(patterns: &PatternSet, kernel: &Kernel) -> [KlrModel; 2] {
    let mut rng = Streams::new(3).stream(Stream::Noise);
    let duals: Vec<f64> = (0..patterns.p() * patterns.n())
        .map(|at| {
            let sign = f64::from(patterns.sign(at / patterns.n(), at % patterns.n()));
            sign * rng.random_range(-0.2..2.0)
        })
        .collect();
    [
        KlrModel::untrained(patterns.clone(), kernel.clone()),
        KlrModel::from_duals(patterns.clone(), kernel.clone(), &duals).unwrap(),
    ]
}

/// That `found` is `expected` to within `off`, and rounding.
fn within(found: f64, expected: f64, off: f64, what: &str) {
    let room = off + 1e-12 * (1.0 + expected.abs());
    assert!((found - expected).abs() <= room, "{what}: {found} and {expected}, at most {off:e} apart");
}

#[test]
fn figures_of_near_pairs_are_those_of_all_pairs_within_their_bounds() {
    let patterns = clustered(70, 150, 1);
    let (mut narrow, mut compact) = (0, 0);
    for kernel in kernels(70) {
        for model in models(&patterns, &kernel) {
            for penalty in [Penalty::KernelNorm, Penalty::L2] {
                let config = config(penalty);
                let whole = evaluate(&model, &config).unwrap();
                let reaches = [0, 5, 20, 70].map(Neighbourhood::counted);
                let chosen = Neighbourhood::of(&model);
                narrow += u32::from(chosen.is_some());
                for near in reaches.into_iter().chain(chosen) {
                    let neighbours = Neighbours::of_all(&model, &near, threads(2)).unwrap();
                    let (report, off) = figures(&model, &neighbours, near.reach, &config).unwrap();
                    let what = format!("{kernel}, {penalty:?}, reach {}", near.reach);
                    within(report.objective, whole.objective, off.objective, &what);
                    within(report.min_margin, whole.min_margin, off.margin, &what);
                    within(report.mean_margin, whole.mean_margin, off.mean_margin, &what);
                    within(report.gradient_norm, whole.gradient_norm, off.gradient_norm, &what);
                    within(report.relative_gradient, whole.relative_gradient, off.relative_gradient, &what);
                    within(report.mean_abs_alpha, whole.mean_abs_alpha, 0.0, &what);
                    assert_eq!(report.sign_agreement, whole.sign_agreement, "{what}");
                    assert_eq!(report.stored_patterns_fixed, whole.stored_patterns_fixed, "{what}: exact");
                    if near.reach == 70 {
                        assert_eq!((off.summed, off.margin), (150 * 150, 0.0), "{what}: nothing is left out");
                    }
                    compact += u32::from(near.reach == 20 && off.margin == 0.0);
                }
            }
        }
    }
    assert!(narrow >= 8, "{narrow}: a narrow kernel has a reach");
    assert_eq!(compact, 4, "beyond 12 the last kernel is 0, and so is the bound");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let patterns = clustered(70, 600, 2);
    for kernel in [Kernel::rbf(0.1).unwrap(), Kernel::polynomial(40, 1.0).unwrap()] {
        for model in models(&patterns, &kernel) {
            let near = Neighbourhood::counted(18);
            let of = |count| {
                let neighbours = Neighbours::of_all(&model, &near, threads(count)).unwrap();
                let config = TrainConfig { threads: threads(count), ..config(Penalty::KernelNorm) };
                let rows = sampled_rows(600, 90, &Streams::new(4));
                let sampled = SampledFit::of(&model, Some(&near), &rows, threads(count));
                (figures(&model, &neighbours, 18, &config).unwrap(), sampled)
            };
            let one = of(1);
            assert!([2, 3, 7].map(of).iter().all(|several| *several == one), "{kernel}");
        }
    }
}

/// Where a bound leaves open whether a pattern is fixed, all its pairs are summed.
#[test]
fn whether_a_sampled_pattern_is_fixed_is_exact() {
    let patterns = clustered(40, 200, 5);
    let rows: Vec<usize> = (0..200).collect();
    for kernel in kernels(40) {
        for model in models(&patterns, &kernel) {
            let whole = evaluate(&model, &config(Penalty::KernelNorm)).unwrap();
            for near in [None, Some(Neighbourhood::counted(0)), Some(Neighbourhood::counted(11))] {
                let all = SampledFit::of(&model, near.as_ref(), &rows, threads(2));
                assert_eq!(all.fixed.value(), whole.stored_patterns_fixed, "{kernel}: all of them, drawn");
                assert!(all.min_margin_at_most >= whole.min_margin - 1e-12, "{kernel}: an upper bound");
                assert!(all.mean_margin.contains(whole.mean_margin), "{kernel}: the interval of the mean");
            }
        }
    }
}

#[test]
fn the_interval_of_a_sample_covers_the_share_of_all() {
    let patterns = clustered(40, 1000, 6);
    let model = KlrModel::untrained(patterns, Kernel::rbf(0.06).unwrap());
    let whole = evaluate(&model, &config(Penalty::KernelNorm)).unwrap();
    let share = whole.stored_patterns_fixed;
    assert!((0.2..0.9).contains(&share), "{share} says something");
    let (mut covered, mut means) = (0, 0);
    for seed in 0..200 {
        let rows = sampled_rows(1000, 100, &Streams::new(seed));
        assert!(rows.is_sorted_by(|a, b| a < b) && rows.len() == 100, "100 different rows");
        let sampled = SampledFit::of(&model, None, &rows, threads(2));
        assert!(sampled.min_margin_at_most >= whole.min_margin - 1e-12, "the smallest of some");
        covered += u32::from(sampled.fixed.interval.contains(share));
        means += u32::from(sampled.mean_margin.contains(whole.mean_margin));
    }
    // 95 in a hundred, and more since a tenth of all is drawn; 180 of 200 are 4 standard deviations less.
    assert!(covered >= 180, "{covered} of 200 intervals hold the share");
    assert!(means >= 180, "{means} of 200 intervals hold the mean margin");
}

#[test]
fn sizes_decide_how_patterns_are_looked_at() {
    let looks = [(256, 10_000), (256, 23_000), (256, 100_000), (256, 131_072), (256, 1_000_000)];
    let looks = looks.map(|(n, p)| Look::at(n, p));
    assert_eq!(looks, [Look::Whole, Look::Whole, Look::Compare, Look::Compare, Look::Sample]);
    assert_eq!(sample_size(256, 1_000_000, false), 2500, "half an interval is two hundredths");
    assert_eq!(sample_size(256, 1_000_000, true), 268, "each is summed with a million");
    assert_eq!(sample_size(100, 150, true), 150, "no more than there are");
}

#[test]
fn a_small_model_is_summed_whole() {
    let model = KlrModel::untrained(clustered(20, 30, 7), Kernel::rbf(0.1).unwrap());
    let fit = fit_of(&model, &config(Penalty::KernelNorm), &Streams::new(1)).unwrap();
    assert_eq!(fit, Fit::Whole(evaluate(&model, &config(Penalty::KernelNorm)).unwrap()));
    assert_eq!((fit.outcome(), fit.gap()), (FitOutcome::Untrained, None));
    let wrong = TrainConfig { lambda: f64::NAN, ..config(Penalty::L2) };
    assert!(fit_of(&model, &wrong, &Streams::new(1)).is_err(), "the settings are checked");
}
