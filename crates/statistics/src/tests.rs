//! Does it compute what `SciPy` computes? Stored values, made once; see `fixtures/statistics/README.md`.

use super::fixture::{assert_close, generator, only, rows};
use super::*;

macro_rules! stored {
    ($name:literal) => {
        rows(include_str!(concat!("../../../fixtures/statistics/", $name, ".txt")))
    };
}

#[test]
fn distribution_functions_are_scipy_s() {
    for (name, numbers) in stored!("distributions") {
        let (expected, arguments) = numbers.split_last().unwrap();
        let got = match (name, arguments) {
            ("ln_gamma", &[x]) => special::ln_gamma(x),
            ("gamma_p", &[a, x]) => special::incomplete_gamma(a, x).0,
            ("gamma_q", &[a, x]) => special::incomplete_gamma(a, x).1,
            ("beta", &[a, b, x]) => special::incomplete_beta(a, b, x, 1.0 - x),
            ("normal_cdf", &[z]) => special::normal_cdf(z),
            ("normal_quantile", &[p]) => special::normal_quantile(p),
            ("t_cdf", &[t, df]) => special::t_cdf(t, df),
            ("t_sf", &[t, df]) => special::t_sf(t, df),
            ("t_quantile", &[p, df]) => special::t_quantile(p, df),
            ("kolmogorov_sf", &[x]) => special::kolmogorov_sf(x),
            other => panic!("an unknown line {other:?}"),
        };
        assert_close(got, *expected, 1e-10, &format!("{name} {arguments:?}"));
    }
}

#[test]
fn quantiles_invert_and_end_at_infinity() {
    for p in [1e-12, 0.2, 0.5, 0.8, 0.999] {
        assert_close(special::normal_cdf(special::normal_quantile(p)), p, 1e-12, "normal");
        assert_close(special::t_cdf(special::t_quantile(p, 3.0), 3.0), p, 1e-12, "t");
    }
    assert_eq!(special::normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(special::t_quantile(1.0, 5.0), f64::INFINITY);
    assert!(special::normal_quantile(1.1).is_nan(), "no probability");
    assert!(special::incomplete_beta(0.0, 1.0, 0.5, 0.5).is_nan(), "no shape");
    assert_eq!(special::t_cdf(f64::NEG_INFINITY, 4.0), 0.0, "the limit");
}

#[test]
fn intervals_of_shares_are_scipy_s() {
    for (name, numbers) in stored!("shares") {
        if name == "wilson" {
            let &[successes, trials, confidence, low, high] = numbers.as_slice() else {
                panic!("{numbers:?}")
            };
            let (successes, trials) = (count(successes), count(trials));
            let got = wilson(successes, trials, confidence).unwrap();
            let what = format!("{successes} of {trials} at {confidence}");
            assert!((got.low - low).abs() < 1e-12, "{what}: {got:?}");
            assert!((got.high - high).abs() < 1e-12, "{what}: {got:?}");
            continue;
        }
        let (counts, expected) = numbers.split_at(numbers.len() - 4);
        let (successes, trials) = counts.split_at(counts.len() / 2);
        let cluster = |(&s, &t): (&f64, &f64)| Cluster { successes: count(s), trials: count(t) };
        let clusters: Vec<Cluster> = successes.iter().zip(trials).map(cluster).collect();
        let got = ClusteredShare::new(&clusters, 0.95).unwrap();
        assert_close(got.intraclass_correlation, expected[0], 1e-10, "intraclass correlation");
        assert_close(got.design_effect, expected[1], 1e-10, "design effect");
        assert_close(got.interval.low, expected[2], 1e-9, "low");
        assert_close(got.interval.high, expected[3], 1e-9, "high");
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small counts, stored as numbers"
)]
fn count(number: f64) -> u64 {
    number as u64
}

#[test]
fn clusters_that_agree_within_widen_the_interval() {
    let apart = [Cluster { successes: 20, trials: 20 }, Cluster { successes: 0, trials: 20 }].repeat(5);
    let got = ClusteredShare::new(&apart, 0.95).unwrap();
    assert_close(got.intraclass_correlation, 1.0, 1e-12, "trials of a cluster are one trial");
    assert_close(got.design_effect, 20.0, 1e-12, "200 trials are worth 10");
    let even = [Cluster { successes: 10, trials: 20 }].repeat(10);
    let got = ClusteredShare::new(&even, 0.95).unwrap();
    assert!(got.intraclass_correlation < 0.0, "more alike between than within");
    assert_eq!(got.design_effect, 1.0, "which is not taken as evidence");
    let perfect = [Cluster { successes: 20, trials: 20 }].repeat(10);
    let got = ClusteredShare::new(&perfect, 0.95).unwrap();
    assert_eq!((got.value(), got.interval.high), (1.0, 1.0));
    assert!(got.interval.low < 0.98, "200 successes do not make a certainty: {got:?}");
}

#[test]
fn one_sided_tests_are_scipy_s() {
    let rows = stored!("equivalence");
    for case in 0..3 {
        let part = |suffix: &str| only(&rows, &format!("paired{case}{suffix}"));
        let expected = part("");
        let got = paired_equivalence(part(".x"), part(".y"), expected[0], 0.05).unwrap();
        let figures = [got.margin, got.p_lower, got.p_upper, got.interval.low, got.interval.high];
        for (figure, expected) in figures.into_iter().zip(expected) {
            assert_close(figure, *expected, 1e-10, &format!("case {case}"));
        }
        let inside = -got.margin < got.interval.low && got.interval.high < got.margin;
        assert_eq!(got.verdict == Verdict::Equivalent, inside, "case {case}: interval and p agree");
        assert_eq!(got.p() < 0.05, inside, "case {case}: interval and p agree");
    }
}

#[test]
fn pairs_that_never_differ_are_equivalent_and_a_constant_shift_is_not() {
    let x = [0.2, 0.4, 0.9];
    let same = paired_equivalence(&x, &x, 0.01, 0.05).unwrap();
    assert_eq!((same.p(), same.verdict), (0.0, Verdict::Equivalent));
    let shifted = x.map(|value| value - 0.5);
    let apart = paired_equivalence(&x, &shifted, 0.25, 0.05).unwrap();
    assert_eq!(apart.verdict, Verdict::Different, "{apart:?}");
    assert!(apart.p() > 0.99, "{apart:?}");
}

#[test]
fn resampled_equivalence_agrees_with_student_where_he_applies() {
    // Clusters of one normal-ish difference each are independent pairs: 60 of them, so that percentiles and Student
    // agree to a few percent of the standard error.
    let differences: Vec<f64> =
        (0..60).map(|k| 0.03 + 0.1 * special::normal_quantile((f64::from(k) + 0.5) / 60.0)).collect();
    let zeros = [0.0; 60];
    let student = paired_equivalence(&differences, &zeros, 0.05, 0.05).unwrap();
    let clusters: Vec<Vec<f64>> = differences.iter().map(|&d| vec![d]).collect();
    let mut rng = generator(5);
    let config = BootstrapConfig::standard();
    let grouped = clustered_equivalence(&clusters, 0.05, 0.05, config, &mut rng).unwrap();
    assert_close(grouped.difference, student.difference, 1e-12, "difference");
    assert!((grouped.standard_error / student.standard_error - 1.0).abs() < 0.04, "{grouped:?} {student:?}");
    assert!((grouped.p_upper - student.p_upper).abs() < 0.015, "{grouped:?} {student:?}");
    assert!(
        (grouped.interval.low - student.interval.low).abs() < 0.1 * student.standard_error,
        "{grouped:?}"
    );
    // The same differences in ten clusters of six neighbours are far from independent.
    let grouped: Vec<Vec<f64>> = differences.chunks(6).map(<[f64]>::to_vec).collect();
    let grouped = clustered_equivalence(&grouped, 0.05, 0.05, config, &mut rng).unwrap();
    assert!(grouped.standard_error > 1.8 * student.standard_error, "{grouped:?}");
}

#[test]
fn smirnov_tests_are_scipy_s() {
    let rows = stored!("smirnov");
    for case in 0..5 {
        let part = |suffix: &str| only(&rows, &format!("case{case}{suffix}"));
        let got = kolmogorov_smirnov(part(".x"), part(".y")).unwrap();
        let figures = [got.statistic, got.p_asymptotic, got.p_exact, got.p_permutation];
        for (figure, expected) in figures.into_iter().zip(part("")) {
            assert_close(figure, *expected, 1e-10, &format!("case {case}: {got:?}"));
        }
    }
}

#[test]
fn samples_that_are_the_same_reach_nothing_and_all_ties_mean_no_evidence() {
    let got = kolmogorov_smirnov(&[1.0, 2.0, 2.0], &[2.0, 1.0, 2.0]).unwrap();
    let all_one = [got.p_asymptotic, got.p_exact, got.p_permutation];
    assert_eq!((got.statistic, all_one), (0.0, [1.0; 3]));
    // Two values only, wholly apart: of all splits, this one and its mirror image.
    let apart = kolmogorov_smirnov(&[0.0; 6], &[1.0; 6]).unwrap();
    assert_close(apart.p_permutation, 2.0 / 924.0, 1e-12, "two of C(12, 6) splits");
}

#[test]
fn figures_of_lists_are_scipy_s() {
    let rows = stored!("summaries");
    let (x, y) = (only(&rows, "x"), only(&rows, "y"));
    let summary = Summary::of(x).unwrap();
    let interval = summary.interval(0.9).unwrap();
    let quantiles = [0.0, 0.05, 0.25, 0.5, 0.77, 1.0].map(|q| quantile(x, q).unwrap());
    let cases: [(&str, Vec<f64>); 4] = [
        (
            "summary",
            vec![
                summary.mean,
                summary.standard_deviation,
                summary.standard_error(),
                interval.low,
                interval.high,
            ],
        ),
        ("quantiles", quantiles.to_vec()),
        ("gini", vec![gini(x).unwrap()]),
        ("pearson", vec![pearson(x, y).unwrap()]),
    ];
    for (name, got) in cases {
        for (got, expected) in got.into_iter().zip(only(&rows, name)) {
            assert_close(got, *expected, 1e-10, name);
        }
    }
}

#[test]
fn simple_lists_have_the_figures_anyone_can_count() {
    assert_eq!(gini(&[2.0; 5]), Ok(0.0), "all equal");
    assert_close(gini(&[0.0, 0.0, 0.0, 8.0]).unwrap(), 0.75, 1e-15, "one has everything: 1 - 1/4");
    assert_close(pearson(&[1.0, 2.0, 3.0], &[6.0, 4.0, 2.0]).unwrap(), -1.0, 1e-15, "a falling line");
}

#[test]
fn bad_input_is_refused_with_what_was_found() {
    let messages = [
        (wilson(3, 2, 0.95).unwrap_err(), "3 successes of 2 trials do not exist"),
        (wilson(0, 0, 0.95).unwrap_err(), "0 trials are too few: at least 1 are needed"),
        (wilson(1, 2, 95.0).unwrap_err(), "confidence is 95; it must be above 0 and below 1"),
        (
            ClusteredShare::new(&[Cluster { successes: 1, trials: 1 }], 0.9).unwrap_err(),
            "1 clusters are too few: at least 2 are needed",
        ),
        (paired_equivalence(&[1.0], &[], 0.1, 0.05).unwrap_err(), "1 and 0 values do not pair"),
        (
            paired_equivalence(&[1.0, 2.0], &[1.0, 2.0], 0.0, 0.05).unwrap_err(),
            "margin is 0; it must be finite and above 0",
        ),
        (
            kolmogorov_smirnov(&[1.0, f64::NAN], &[1.0, 2.0]).unwrap_err(),
            "values of the first sample 1 is NaN; it must be finite",
        ),
        (
            kolmogorov_smirnov(&[], &[1.0]).unwrap_err(),
            "0 values of the first sample are too few: at least 1 are needed",
        ),
        (quantile(&[1.0], -0.5).unwrap_err(), "quantile is -0.5; it must be from 0 to 1"),
        (gini(&[1.0, -2.0]).unwrap_err(), "a value is -2; it must be at least 0"),
        (
            pearson(&[1.0, 1.0], &[1.0, 2.0]).unwrap_err(),
            "all values of a list are the same; they must differ",
        ),
    ];
    for (error, message) in messages {
        assert_eq!(error.to_string(), message);
    }
}
