//! Is each table what its formula says, and what the theory of the kernel says?

use super::*;
use crate::pattern::PatternSet;
use crate::random::{Stream, Streams};

type Formula = fn(&[f64], &[f64]) -> f64;

/// Kernels of every kind that has a formula, with that formula on signs, neuron by neuron.
fn kernels() -> Vec<(Kernel, Formula)> {
    fn dot(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(a, b)| a * b).sum()
    }
    fn distance(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
    }
    vec![
        (Kernel::rbf(0.02).unwrap(), |x, y| (-0.02 * distance(x, y)).exp()),
        (Kernel::rbf(0.3).unwrap(), |x, y| (-0.3 * distance(x, y)).exp()),
        (Kernel::exponential(0.1).unwrap(), |x, y| (0.1 * (dot(x, y) - x.len() as f64)).exp()),
        (Kernel::polynomial(1, 0.0).unwrap(), |x, y| dot(x, y) / x.len() as f64),
        (Kernel::polynomial(3, 0.0).unwrap(), |x, y| (dot(x, y) / x.len() as f64).powi(3)),
        (Kernel::polynomial(4, 1.0).unwrap(), |x, y| ((dot(x, y) / x.len() as f64 + 1.0) / 2.0).powi(4)),
        (Kernel::polynomial(2, 0.5).unwrap(), |x, y| ((dot(x, y) / x.len() as f64 + 0.5) / 1.5).powi(2)),
        (Kernel::linear(), |x, y| dot(x, y) / x.len() as f64),
    ]
}

fn signs(patterns: &PatternSet, mu: usize) -> Vec<f64> {
    patterns.state(mu).signs().map(f64::from).collect()
}

#[test]
fn counting_bits_gives_the_gram_matrix_of_the_definition() {
    // One word, one full word, more than one word, and a last word of one bit.
    for (n, p) in [(5, 7), (64, 6), (100, 9), (129, 4)] {
        let patterns = PatternSet::random(n, p, &mut Streams::new(3).stream(Stream::Patterns)).unwrap();
        for (kernel, plain) in kernels() {
            let k = gram(&patterns, &kernel.table(n));
            for (at, value) in k.into_iter().enumerate() {
                let expected = plain(&signs(&patterns, at / p), &signs(&patterns, at % p));
                // 1 - 2d/N may be off by one unit of 1 where the overlap itself is small.
                let error = (value - expected).abs();
                assert!(error <= 1e-14 * expected.abs() + 1e-15, "{kernel}, N = {n}, entry {at}: {value}");
            }
        }
    }
}

#[test]
fn every_kernel_is_one_at_distance_zero() {
    for (kernel, _) in kernels() {
        assert_eq!(kernel.table(10)[0], 1.0, "{kernel}");
    }
}

/// All 2^n states.
fn cube(n: usize) -> PatternSet {
    PatternSet::from_words(n, 1 << n, (0..1 << n).collect()).unwrap()
}

fn eigenvalues(patterns: &PatternSet, kernel: &Kernel) -> Vec<f64> {
    let (p, k) = (patterns.p(), gram(patterns, &kernel.table(patterns.n())));
    let mut values = nalgebra::DMatrix::from_vec(p, p, k).symmetric_eigenvalues().as_slice().to_vec();
    values.sort_by(f64::total_cmp);
    values
}

fn binomial(n: usize, k: usize) -> f64 {
    (0..k).map(|j| (n - j) as f64 / (j + 1) as f64).product()
}

/// On all states the characters of {-1, +1}^n are the eigenvectors, and a kernel of the distance has one eigenvalue
/// for each number w of neurons in the character: the sum of its values times the Krawtchouk polynomials.
fn krawtchouk_eigenvalues(n: usize, table: &[f64]) -> Vec<f64> {
    let polynomial = |d: usize, w: usize| -> f64 {
        let term = |j: usize| {
            let sign = if j.is_multiple_of(2) { 1.0 } else { -1.0 };
            sign * binomial(w, j) * if d - j <= n - w { binomial(n - w, d - j) } else { 0.0 }
        };
        (0..=d.min(w)).map(term).sum()
    };
    let mut values = Vec::new();
    for w in 0..=n {
        let value: f64 = table.iter().enumerate().map(|(d, k)| k * polynomial(d, w)).sum();
        values.extend(vec![value; (0..1usize << n).filter(|s| s.count_ones() as usize == w).count()]);
    }
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn on_all_states_every_formula_is_positive_semidefinite() {
    for n in 1..=6 {
        for (kernel, _) in kernels() {
            let (found, expected) =
                (eigenvalues(&cube(n), &kernel), krawtchouk_eigenvalues(n, &kernel.table(n)));
            for (a, b) in found.iter().zip(expected) {
                assert!((a - b).abs() < 1e-12 * 64.0, "{kernel}, N = {n}: {a} against {b}");
            }
            assert!(found[0] > -1e-12, "{kernel}, N = {n}: eigenvalue {}", found[0]);
        }
    }
}

#[test]
fn the_rank_on_all_states_says_what_a_kernel_can_tell_apart() {
    // The linear kernel has the N coordinates as features, the square of the overlap with offset the products of up to
    // two, and the exponential all 2^N.
    let rank = |kernel| eigenvalues(&cube(5), &kernel).into_iter().filter(|&x| x > 1e-9).count();
    assert_eq!(rank(Kernel::linear()), 5, "coordinates");
    assert_eq!(rank(Kernel::polynomial(2, 0.0).unwrap()), 11, "1 and the 10 pairs: x_i^2 = 1");
    assert_eq!(rank(Kernel::polynomial(2, 1.0).unwrap()), 16, "1, 5 coordinates and 10 pairs");
    assert_eq!(rank(Kernel::rbf(0.1).unwrap()), 32, "every function of the state");
}

#[test]
fn a_table_need_not_be_positive_semidefinite() {
    let table = Kernel::from_table(vec![1.0, 1.0, -1.0, 0.0]).unwrap();
    assert!(eigenvalues(&cube(3), &table)[0] < -1.0, "and nothing claims that it is");
}

#[test]
fn kernels_have_their_limits() {
    let n = 12;
    let close = |a: &[f64], b: &[f64], within: f64| a.iter().zip(b).all(|(x, y)| (x - y).abs() <= within);
    let table = |kernel: Kernel| kernel.table(n);
    assert_eq!(table(Kernel::polynomial(1, 0.0).unwrap()), table(Kernel::linear()), "degree 1");
    let family = (Kernel::exponential(0.14).unwrap(), Kernel::rbf(0.07).unwrap());
    assert_eq!(family.0.gamma(), family.1.gamma(), "beta = 2 gamma");
    assert!(close(&table(family.0), &table(family.1), 1e-15), "beta = 2 gamma");
    let flat = table(Kernel::rbf(1e-12).unwrap());
    assert!(close(&flat, &[1.0; 13], 1e-9), "no width: every pattern counts alike");
    let narrow = table(Kernel::rbf(300.0).unwrap());
    assert_eq!(narrow, [vec![1.0], vec![0.0; 12]].concat(), "all width: only the pattern itself");
    // (1 + (m - 1) / (1 + c))^(q) tends to exp(q (m - 1) / (1 + c)).
    let (degree, offset, beta) = (10_000, 999.0, 10.0 / 12.0);
    let polynomial = table(Kernel::polynomial(degree, offset).unwrap());
    assert!(close(&polynomial, &table(Kernel::exponential(beta).unwrap()), 3e-3), "a high degree");
}

#[test]
fn parameters_out_of_range_are_refused() {
    let message = |result: Result<Kernel, KernelError>| result.unwrap_err().to_string();
    let above = "it must be finite and above 0";
    assert_eq!(message(Kernel::rbf(0.0)), format!("gamma is 0; {above}"));
    assert_eq!(message(Kernel::rbf(f64::MAX)), format!("gamma is {:e}; {above}", f64::MAX), "4 gamma");
    assert_eq!(message(Kernel::exponential(f64::NAN)), format!("beta is NaN; {above}"));
    let range = "degree is 0; it must be 1 to 10000";
    assert_eq!(message(Kernel::polynomial(0, 1.0)), range);
    assert_eq!(message(Kernel::polynomial(3, -0.5)), "offset is -0.5; it must be finite and at least 0");
    let infinite = Kernel::from_table(vec![1.0, f64::INFINITY]);
    assert_eq!(message(infinite), "the kernel table is inf at distance 1; it must be finite");
    let short = Kernel::from_table(vec![1.0, 0.5]).unwrap();
    assert_eq!(short.require_fits(1), Ok(()), "one neuron has distances 0 and 1");
    assert_eq!(short.require_fits(4), Err(KernelError::Length { found: 2, n: 4 }));
}

#[test]
fn some_rows_are_those_of_the_whole_matrix() {
    let patterns = PatternSet::random(20, 6, &mut Streams::new(4).stream(Stream::Patterns)).unwrap();
    let table = Kernel::rbf(0.1).unwrap().table(20);
    let (whole, some) = (gram(&patterns, &table), gram_rows(&patterns, &table, 2..5));
    for (at, value) in some.into_iter().enumerate() {
        assert_eq!(value, whole[(2 + at % 3) * 6 + at / 3], "row {}, column {}", 2 + at % 3, at / 3);
    }
}

#[test]
fn the_largest_eigenvalue_of_two_patterns_is_one_plus_their_kernel() {
    let patterns = PatternSet::from_signs(4, &[1, 1, 1, 1, 1, 1, 1, -1]).unwrap();
    let kernel = Kernel::rbf(0.1).unwrap();
    let expected = 1.0 + (-0.4f64).exp();
    assert!((largest_eigenvalue(&patterns, &kernel) - expected).abs() < 1e-9, "K = [[1, k], [k, 1]]");
}

#[test]
fn the_largest_eigenvalue_is_that_of_the_full_decomposition() {
    // A pattern and its negative, under which a constant start would vanish, and a table that is not semidefinite.
    let opposite = PatternSet::from_signs(4, &[1, -1, 1, 1, -1, 1, -1, -1]).unwrap();
    assert!((largest_eigenvalue(&opposite, &Kernel::linear()) - 2.0).abs() < 1e-9, "[[1, -1], [-1, 1]]");
    let patterns = PatternSet::random(12, 20, &mut Streams::new(5).stream(Stream::Patterns)).unwrap();
    let table = Kernel::from_table((0..13).map(|d| f64::from(d) / 12.0 - 0.9).collect()).unwrap();
    for kernel in kernels().into_iter().map(|(kernel, _)| kernel).chain([table]) {
        let all = eigenvalues(&patterns, &kernel);
        let expected = all.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
        let found = largest_eigenvalue(&patterns, &kernel);
        assert!((found - expected).abs() < 1e-6 * expected, "{kernel}: {found} against {expected}");
    }
    let zero = Kernel::from_table(vec![0.0; 13]).unwrap();
    assert_eq!(largest_eigenvalue(&patterns, &zero), 0.0, "a kernel of zeros");
}
