//! Whether the Gram matrix is positive semidefinite. The radial basis function, the exponential of the overlap, and
//! powers of the overlap with offsets of at least 0 always give one that is (products and sums with coefficients of at
//! least 0 of the linear kernel; Schölkopf & Smola, "Learning with Kernels", 2002, ch. 13). A table need not.

use super::panel::block_rows;
use crate::fit::objective::Problem;
use crate::fit::report::TrainError;
use crate::kernel::gram_rows;
use crate::kernel::product::{GramRows, multiply};
use klr_units::threads::map_in_order;
use nalgebra::{DMatrix, SymmetricEigen};
use std::num::NonZeroUsize;

/// Most steps of the Lanczos method.
const STEPS: usize = 60;

/// Rounding errors of products of P terms of the size of the largest kernel value, as a share of P times that value.
const ROUNDING: f64 = 1e-13;

/// Refuses a Gram matrix with a negative eigenvalue; kernels that never give one are not looked at.
///
/// It is looked for by the Lanczos method with full reorthogonalisation, [`STEPS`] steps in double precision. For P up
/// to [`STEPS`] that finds any; above it finds the extreme ones, and a negative Rayleigh quotient is proof.
pub(crate) fn require(problem: &Problem<'_>, threads: NonZeroUsize) -> Result<(), TrainError> {
    let n = problem.patterns.n();
    if !problem.kernel.is_table() {
        return Ok(());
    }
    let table = problem.kernel.table(n);
    let largest = table.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    let smallest = smallest_ritz_value(problem, &table, threads);
    if smallest < -ROUNDING * problem.patterns.p() as f64 * largest {
        return Err(TrainError::NotPositive { quotient: smallest });
    }
    Ok(())
}

fn smallest_ritz_value(problem: &Problem<'_>, table: &[f64], threads: NonZeroUsize) -> f64 {
    let p = problem.patterns.p();
    // The start needs a share of every eigenvector; numbers without pattern have one.
    let mut hash = 0x9E37_79B9_7F4A_7C15_u64;
    let start = (0..p).map(|_| {
        hash = hash.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (hash >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    });
    let mut v: Vec<f64> = start.collect();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    let mut length = dot(&v, &v).sqrt();
    while basis.len() < STEPS.min(p) {
        v.iter_mut().for_each(|x| *x /= length);
        let mut w = product(problem, table, &v, threads);
        diagonal.push(dot(&v, &w));
        basis.push(std::mem::take(&mut v));
        let size = dot(&w, &w).sqrt();
        // Twice is enough (Parlett, "The Symmetric Eigenvalue Problem", 1980).
        for _ in 0..2 {
            for q in &basis {
                let share = dot(q, &w);
                w.iter_mut().zip(q).for_each(|(w, q)| *w -= share * q);
            }
        }
        length = dot(&w, &w).sqrt();
        v = w;
        if length <= 1e-12 * size {
            break;
        }
        beside.push(length);
    }
    let m = diagonal.len();
    let tridiagonal = DMatrix::from_fn(m, m, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside[i.min(j)],
        _ => 0.0,
    });
    SymmetricEigen::new(tridiagonal).eigenvalues.iter().copied().fold(f64::INFINITY, f64::min)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn product(problem: &Problem<'_>, table: &[f64], v: &[f64], threads: NonZeroUsize) -> Vec<f64> {
    let p = v.len();
    let rows = block_rows(p);
    let starts = (0..p).step_by(rows).collect();
    let blocks = map_in_order(starts, threads, |from| {
        let rows = rows.min(p - from);
        let k = gram_rows(problem.patterns, table, from..from + rows);
        let mut out = vec![0.0; rows];
        multiply(GramRows::alone(&k, rows), v, 1, &mut out);
        out
    });
    blocks.concat()
}
