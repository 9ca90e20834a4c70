//! The radial basis function kernel on packed states, and its Gram matrix.

use crate::pattern::PatternSet;
use std::ops::Range;

/// Why a kernel cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("gamma is {gamma}; it must be finite and above 0")]
pub struct KernelError {
    /// The value given.
    pub gamma: f64,
}

/// The kernel `K(x, y) = exp(-gamma ||x - y||^2)` (arXiv:2605.05978), gamma absolute: not divided by N.
///
/// On states of -1 and +1 the squared distance is four times the Hamming distance d, so `K = exp(-4 gamma d)`: a table
/// indexed by an integer. A larger gamma is a narrower kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kernel {
    gamma: f64,
}

impl Kernel {
    /// The kernel of inverse squared width `gamma`.
    ///
    /// # Errors
    /// [`KernelError`] if `gamma` or the exponent `4 gamma` is not finite, or `gamma` is not above 0.
    pub fn rbf(gamma: f64) -> Result<Self, KernelError> {
        if (4.0 * gamma).is_finite() && gamma > 0.0 { Ok(Self { gamma }) } else { Err(KernelError { gamma }) }
    }

    /// The inverse squared width.
    #[must_use]
    pub const fn gamma(self) -> f64 {
        self.gamma
    }

    /// The kernel value at each Hamming distance 0 to `n`: N+1 entries, the first 1, falling.
    #[must_use]
    pub fn table(self, n: usize) -> Vec<f64> {
        (0..=n).map(|d| (-4.0 * self.gamma * d as f64).exp()).collect()
    }
}

/// The Gram matrix `K[mu][nu] = table[hamming(mu, nu)]` of the patterns, P x P row-major, symmetric.
///
/// # Panics
/// If `table` has fewer than N+1 entries.
#[must_use]
pub fn gram(patterns: &PatternSet, table: &[f64]) -> Vec<f64> {
    gram_rows(patterns, table, 0..patterns.p())
}

/// Rows `rows` of the Gram matrix, column-major, in whatever number type the table has.
pub(crate) fn gram_rows<T: Copy>(patterns: &PatternSet, table: &[T], rows: Range<usize>) -> Vec<T> {
    let mut out = Vec::with_capacity(rows.len() * patterns.p());
    append_gram_rows(patterns, table, rows, &mut out);
    out
}

/// The whole Gram matrix, or `None` if there is no memory for it.
pub(crate) fn try_gram<T: Copy>(patterns: &PatternSet, table: &[T]) -> Option<Vec<T>> {
    let p = patterns.p();
    let mut out = Vec::new();
    out.try_reserve_exact(p.checked_mul(p)?).ok()?;
    append_gram_rows(patterns, table, 0..p, &mut out);
    Some(out)
}

fn append_gram_rows<T: Copy>(patterns: &PatternSet, table: &[T], rows: Range<usize>, out: &mut Vec<T>) {
    assert!(table.len() > patterns.n(), "a table of {} entries for N = {}", table.len(), patterns.n());
    for nu in 0..patterns.p() {
        out.extend(patterns.distances_from(nu, rows.clone()).map(|d| table[d as usize]));
    }
}

/// The largest eigenvalue of the Gram matrix of the patterns, by power iteration to a relative change below 1e-10 (at
/// most 1,000 products). It takes memory for one P x P matrix in double precision.
///
/// Gradient descent from zero starts with a curvature of about a quarter of its square
/// (arXiv:2609.16827: the Hessian is `K D K + lambda K`, and D = 1/4 at zero), and oscillates if the step size is
/// above 2 over that.
#[must_use]
pub fn largest_eigenvalue(patterns: &PatternSet, kernel: Kernel) -> f64 {
    let p = patterns.p();
    let k = gram(patterns, &kernel.table(patterns.n()));
    // All entries of K are positive, so the leading eigenvector has no negative entry (Perron-Frobenius) and a
    // constant start is never orthogonal to it.
    let mut v = vec![1.0 / (p as f64).sqrt(); p];
    let mut lambda = 0.0;
    for _ in 0..1000 {
        let w: Vec<f64> = k.chunks_exact(p).map(|row| row.iter().zip(&v).map(|(a, b)| a * b).sum()).collect();
        let norm = w.iter().map(|x: &f64| x * x).sum::<f64>().sqrt();
        let settled = (norm - lambda).abs() <= 1e-10 * norm;
        lambda = norm;
        v = w.into_iter().map(|x| x / norm).collect();
        if settled {
            break;
        }
    }
    lambda
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};

    /// `exp(-gamma ||x - y||^2)`, by its definition, neuron by neuron.
    fn plain(patterns: &PatternSet, gamma: f64, mu: usize, nu: usize) -> f64 {
        let difference = |i| f64::from(patterns.sign(mu, i)) - f64::from(patterns.sign(nu, i));
        (-gamma * (0..patterns.n()).map(|i| difference(i) * difference(i)).sum::<f64>()).exp()
    }

    #[test]
    fn counting_bits_gives_the_gram_matrix_of_the_definition() {
        // One word, one full word, more than one word, and a last word of one bit.
        for (n, p, gamma) in [(5, 7, 0.3), (64, 6, 0.05), (100, 9, 0.02), (129, 4, 0.01)] {
            let patterns = PatternSet::random(n, p, &mut Streams::new(3).stream(Stream::Patterns)).unwrap();
            let k = gram(&patterns, &Kernel::rbf(gamma).unwrap().table(n));
            for (at, value) in k.into_iter().enumerate() {
                let expected = plain(&patterns, gamma, at / p, at % p);
                assert!((value - expected).abs() <= 1e-14 * expected, "N = {n}, entry {at}: {value}");
            }
        }
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
        assert!((largest_eigenvalue(&patterns, kernel) - expected).abs() < 1e-9, "K = [[1, k], [k, 1]]");
    }
}
