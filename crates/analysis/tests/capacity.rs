//! Do memories hold what the published laws say? Statistics on fixed seeds, with margins of several standard deviations.

use klr_analysis::laws::{Laboratory, LawConfig, dense_error_free, hebbian_error_free, large_n};
use klr_analysis::separable::cover_probability;
use klr_model::baselines::{DenseMemory, Diagonal, Interaction, Pairwise};
use klr_model::{AssociativeMemory, PatternSet};
use klr_statistics::first_fall;
use std::num::NonZeroUsize;

fn laboratory(sets: u64) -> Laboratory {
    Laboratory::new(LawConfig { seed: 1, sets, threads: NonZeroUsize::MIN })
}

/// The share of stored bits whose field has the other sign.
fn bit_error<M: AssociativeMemory>(
    n: usize,
    p: usize,
    sets: u64,
    build: impl Fn(&PatternSet) -> M + Sync,
) -> f64 {
    laboratory(sets).mean(n, p, |_, patterns| {
        let memory = build(patterns);
        let wrong = |mu: usize| {
            let xi = patterns.state(mu);
            memory.fields_of(&xi).into_iter().zip(xi.signs()).filter(|(h, s)| h * f64::from(*s) < 0.0).count()
        };
        (0..p).map(wrong).sum::<usize>() as f64 / (n * p) as f64
    })
}

#[test]
fn hebbian_bits_are_wrong_as_often_as_gaussian_crosstalk_says() {
    // Signal N-1 against crosstalk of variance (N-1)(P-1): the error is Q(sqrt((N-1)/(P-1))) = Q(2.5) = 0.00621 here.
    let found = bit_error(501, 81, 6, Pairwise::hebbian);
    assert!(
        (found - 0.00621).abs() < 0.0012,
        "{found}: about 1,500 errors expected, correlated within a set"
    );
}

#[test]
fn hebbian_memory_breaks_down_near_0_138() {
    // Small networks break down later and more slowly: at 0.21 for N = 100 and about 0.18 for N = 300. Patterns of one set
    // fall together, so it takes many sets to know a point to 0.005; the line doubles that.
    let half = |n: usize, sets, percents: [usize; 4]| {
        let point =
            |percent: usize| (percent as f64 / 100.0, laboratory(sets).hebbian_known(n, n * percent / 100));
        let points: Vec<(f64, f64)> = percents.map(point).to_vec();
        (
            n,
            first_fall(&points, 0.5)
                .unwrap_or_else(|| panic!("no middle of the fall at N = {n}: {points:?}")),
        )
    };
    let found = [half(100, 60, [18, 20, 22, 24]), half(300, 16, [16, 18, 20, 22])];
    assert!(found[1].1 < found[0].1 && found[1].1 > 0.138, "from above: {found:?}");
    let limit = large_n(&found).expect("two sizes");
    assert!((0.12..=0.16).contains(&limit), "half of the patterns are lost at P/N = {limit}: {found:?}");
}

#[test]
fn hebbian_memory_is_free_of_errors_up_to_its_law() {
    let n = 200;
    assert!((hebbian_error_free(n) - 18.87).abs() < 0.01, "200 / (2 ln 200)");
    // (1 - Q(sqrt((N-1)/(P-1))))^N, bits as if independent: Q = 4.42e-4 at P = 19 and 1.02e-2 at twice that.
    let stable = |p| laboratory(20).stable(n, p, Pairwise::hebbian);
    let (all, most, few) = (stable(9), stable(19), stable(38));
    assert!((most.patterns - 0.915).abs() < 0.06, "at N / (2 ln N) most patterns: {most:?}");
    assert!(most.sets < 0.5, "but not all of them: {most:?}");
    assert!(all.sets > 0.9, "at half of that all: {all:?}");
    assert!((few.patterns - 0.129).abs() < 0.06, "at twice of it few: {few:?}");
}

#[test]
fn basins_of_the_projection_vanish_as_the_load_goes_to_one() {
    let n = 60;
    for diagonal in [Diagonal::Zero, Diagonal::Kept] {
        let build = |patterns: &PatternSet| Pairwise::pseudo_inverse(patterns, diagonal);
        let recalled = |p, noise| laboratory(4).recalled(n, p, noise, build);
        assert_eq!(laboratory(3).stable(n, n - 1, build).patterns, 1.0, "{diagonal:?}: stored up to N - 1");
        assert!(recalled(12, 0.15) > 0.9, "{diagonal:?}: wide basins at P/N = 0.2");
        assert!(recalled(57, 0.05) < 0.1, "{diagonal:?}: none to speak of at 0.95");
    }
    let at_half = |diagonal| {
        laboratory(4).recalled(n, 30, 0.1, |patterns| Pairwise::pseudo_inverse(patterns, diagonal))
    };
    let (zero, kept) = (at_half(Diagonal::Zero), at_half(Diagonal::Kept));
    assert!(zero > kept + 0.2, "without the diagonal basins are wider at P/N = 0.5: {zero} against {kept}");
}

#[test]
fn separability_follows_cover() {
    // 21 neurons of 6 sets each: 126 answers, those of one set not independent.
    for p in [32, 40, 48] {
        let (found, expected) = (laboratory(6).separable(21, p), cover_probability(p, 20));
        assert!((found - expected).abs() < 0.15, "P = {p} in 20 dimensions: {found} against {expected}");
    }
    assert_eq!(laboratory(2).separable(21, 20), 1.0, "as many patterns as dimensions");
}

#[test]
fn dense_bits_are_wrong_as_often_as_gaussian_crosstalk_says() {
    // Signal G(0) against P-1 terms of random sign and second moment E[G^2], d binomial over the N-1 other neurons. At a
    // ratio of 2 the error is Q(2) = 0.02275.
    for (n, degree) in [(50, 3u16), (20, 4)] {
        let interaction = Interaction::Polynomial { degree };
        let one = PatternSet::from_signs(n, &vec![1; n]).unwrap();
        let steps = DenseMemory::new(one, interaction).unwrap().kernel().to_vec();
        let (mut probability, mut moment) = (0.5f64.powi(i32::try_from(n).unwrap() - 1), 0.0);
        for (d, g) in steps.iter().enumerate() {
            moment += probability * g * g;
            probability *= (n - 1 - d) as f64 / (d + 1) as f64;
        }
        let terms = steps[0] * steps[0] / (4.0 * moment);
        let p = (1..).find(|&p| p as f64 > terms).unwrap();
        let found = bit_error(n, p, 12, |patterns| DenseMemory::new(patterns.clone(), interaction).unwrap());
        assert!((found - 0.02275).abs() < 0.004, "N = {n}, degree {degree}, P = {p}: {found}");
        // The second moment at large N is the law's: P = N^(n-1) / (2 (2n-3)!! ln N) has a ratio of sqrt(2 ln N).
        let ratio = (steps[0] * steps[0] / moment / dense_error_free(n, degree)).sqrt();
        let expected = (2.0 * (n as f64).ln()).sqrt();
        assert!((ratio / expected - 1.0).abs() < 0.3, "N = {n}, degree {degree}: {ratio} against {expected}");
    }
}

#[test]
fn the_exponential_memory_holds_more_than_its_bound_and_not_everything() {
    for n in [12usize, 16] {
        let stable = |p: usize| {
            laboratory(4).stable(n, p, |patterns| {
                DenseMemory::new(patterns.clone(), Interaction::Exponential { beta: 1.0 }).unwrap()
            })
        };
        let bound = stable(1 << (n / 2));
        assert!(bound.patterns > 0.85, "N = {n}, P = 2^(N/2): {bound:?}");
    }
    // With half of all states stored, each neuron has a chance of 1/2 that the pattern with it turned over is stored too
    // and pulls as hard; then the rest decides like a coin. About (3/4)^12 = 0.03 stay, neurons as if independent.
    let full = laboratory(2).stable(12, 1 << 11, |patterns| {
        DenseMemory::new(patterns.clone(), Interaction::Exponential { beta: 1.0 }).unwrap()
    });
    assert!(full.patterns < 0.1, "half of all states: {full:?}");
}

#[test]
fn the_middle_of_a_fall_is_found() {
    assert!((large_n(&[(100, 0.2), (400, 0.15)]).unwrap() - 0.1).abs() < 1e-15, "0.1 + 1/sqrt(N)");
    assert_eq!(large_n(&[(100, 0.2)]), None, "no line through one point");
}
