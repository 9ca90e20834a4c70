//! Gram matrices of patterns.

use super::Kernel;
use crate::pattern::PatternSet;
use std::ops::Range;

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

/// The whole Gram matrix in whatever number type the table has, or `None` if there is no memory for it.
///
/// # Panics
/// If `table` has fewer than N+1 entries.
#[must_use]
pub fn try_gram<T: Copy>(patterns: &PatternSet, table: &[T]) -> Option<Vec<T>> {
    let p = patterns.p();
    let mut out = Vec::new();
    out.try_reserve_exact(p.checked_mul(p)?).ok()?;
    append_gram_rows(patterns, table, 0..p, &mut out);
    Some(out)
}

/// Appends what [`gram_rows`] returns.
pub(crate) fn append_gram_rows<T: Copy>(
    patterns: &PatternSet,
    table: &[T],
    rows: Range<usize>,
    out: &mut Vec<T>,
) {
    append_gram_block(patterns, table, rows, 0..patterns.p(), out);
}

/// Appends rows `rows` of columns `columns` of the Gram matrix, column-major.
pub(crate) fn append_gram_block<T: Copy>(
    patterns: &PatternSet,
    table: &[T],
    rows: Range<usize>,
    columns: Range<usize>,
    out: &mut Vec<T>,
) {
    assert!(table.len() > patterns.n(), "a table of {} entries for N = {}", table.len(), patterns.n());
    for nu in columns {
        out.extend(patterns.distances_from(nu, rows.clone()).map(|d| table[d as usize]));
    }
}

/// The largest eigenvalue of the Gram matrix of the patterns, by power iteration to a relative change below 1e-10 (at
/// most 1,000 products). It takes memory for one P x P matrix in double precision. For a table that is not positive
/// semidefinite it is the largest magnitude of an eigenvalue.
///
/// Gradient descent from zero starts with a curvature of about a quarter of its square
/// (arXiv:2609.16827: the Hessian is `K D K + lambda K`, and D = 1/4 at zero), and oscillates if the step size is
/// above 2 over that.
#[must_use]
pub fn largest_eigenvalue(patterns: &PatternSet, kernel: &Kernel) -> f64 {
    let p = patterns.p();
    let table = kernel.table(patterns.n());
    let k = gram(patterns, &table);
    let mut v = start(p, table.iter().all(|&value| value >= 0.0));
    let mut lambda = 0.0;
    for _ in 0..1000 {
        let w: Vec<f64> = k.chunks_exact(p).map(|row| row.iter().zip(&v).map(|(a, b)| a * b).sum()).collect();
        let norm = w.iter().map(|x: &f64| x * x).sum::<f64>().sqrt();
        let settled = (norm - lambda).abs() <= 1e-10 * norm;
        lambda = norm;
        if settled || norm == 0.0 {
            break;
        }
        v = w.into_iter().map(|x| x / norm).collect();
    }
    lambda
}

/// A unit vector for power iteration to start from.
///
/// The leading eigenvector of a matrix without negative entries has none either (Perron-Frobenius), and is not orthogonal
/// to a constant. That of another may be: the linear kernel of a pattern and its negative has (1, -1). The multiples of
/// the golden ratio modulo 1 are as irregular as any, and no such vector is known to them.
fn start(p: usize, non_negative: bool) -> Vec<f64> {
    if non_negative {
        return vec![1.0 / (p as f64).sqrt(); p];
    }
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let v: Vec<f64> = (1..=p).map(|mu| (mu as f64 * golden).fract() - 0.5).collect();
    let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    v.into_iter().map(|x| x / norm).collect()
}
