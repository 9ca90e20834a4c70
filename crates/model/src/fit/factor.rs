//! Cholesky's factor of a symmetric matrix, in blocks of rows on several threads.

use klr_units::threads::map_in_order;
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};
use std::num::NonZeroUsize;
use std::ops::Range;

/// Rows and columns of a block of the factor: small enough that its part outside the products does not show.
const BLOCK: usize = 128;

/// Why a matrix has no factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactorError {
    /// It does not fit memory.
    #[error("the matrix does not fit memory")]
    TooLarge,
    /// It is not positive definite, as far as double precision tells.
    #[error("the matrix is not positive definite")]
    NotDefinite,
}

/// The lower triangle L with `L L' = A` of a symmetric, positive definite A.
#[derive(Debug)]
pub struct Factor {
    rows: Vec<FactorRows>,
}

/// Rows of the factor from its first column to the diagonal block, column-major.
#[derive(Debug)]
struct FactorRows {
    from: usize,
    values: DMatrix<f64>,
}

impl Factor {
    /// The factor of a matrix of `size` rows; `block` gives some of its rows from column 0 to the diagonal block, or `None` if
    /// there is no memory for them. It takes memory for `size (size + 128) / 2` numbers of 8 bytes, and about `size^3 / 3`
    /// multiply-adds. The result does not depend on `threads`.
    ///
    /// Block column after block column, left-looking: each is made from those before it by one product per block of rows.
    ///
    /// # Errors
    /// [`FactorError`] if the matrix does not fit memory or is not positive definite.
    pub fn of(
        size: usize,
        block: impl Fn(Range<usize>, Range<usize>) -> Option<DMatrix<f64>> + Sync,
        threads: NonZeroUsize,
    ) -> Result<Self, FactorError> {
        let starts = (0..size).step_by(BLOCK).collect();
        let blocks = map_in_order(starts, threads, |from| {
            let to = (from + BLOCK).min(size);
            Some(FactorRows { from, values: block(from..to, 0..to)? })
        });
        let mut rows = blocks.into_iter().collect::<Option<Vec<_>>>().ok_or(FactorError::TooLarge)?;
        for column in 0..rows.len() {
            let (done, below) = rows.split_at_mut(column + 1);
            let own = &mut done[column];
            let (from, size) = (own.from, own.values.nrows());
            let before = own.values.columns(0, from).transpose();
            let update = |rows: &mut FactorRows| {
                let (left, mut right) = rows.values.columns_range_pair_mut(0..from, from..from + size);
                right.gemm(-1.0, &left, &before, 1.0);
            };
            update(own);
            let corner = own.values.columns(from, size).into_owned();
            let Some(corner) = corner.cholesky().map(nalgebra::Cholesky::unpack) else {
                return Err(FactorError::NotDefinite);
            };
            own.values.columns_mut(from, size).copy_from(&corner);
            map_in_order(below.iter_mut().collect(), threads, |rows: &mut FactorRows| {
                update(rows);
                divide(rows.values.columns_mut(from, size), &corner);
            });
        }
        Ok(Self { rows })
    }

    /// Replaces the right-hand sides by the solutions.
    ///
    /// # Panics
    /// If `sides` has not as many rows as the matrix.
    pub fn solve(&self, sides: &mut DMatrix<f64>) {
        for rows in &self.rows {
            let size = rows.values.nrows();
            let (done, mut rest) = sides.rows_range_pair_mut(0..rows.from, rows.from..rows.from + size);
            rest.gemm(-1.0, &rows.values.columns(0, rows.from), &done, 1.0);
            rows.corner().solve_lower_triangular_mut(&mut rest);
        }
        for rows in self.rows.iter().rev() {
            let size = rows.values.nrows();
            let (mut rest, mut done) = sides.rows_range_pair_mut(0..rows.from, rows.from..rows.from + size);
            rows.corner().tr_solve_lower_triangular_mut(&mut done);
            rest.gemm(-1.0, &rows.values.columns(0, rows.from).transpose(), &done, 1.0);
        }
    }

    /// Row `row` of L from column 0 to the diagonal, written over `out`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize, out: &mut Vec<f64>) {
        let rows = &self.rows[row / BLOCK];
        out.clear();
        out.extend(rows.values.row(row - rows.from).iter().take(row + 1));
    }
}

impl FactorRows {
    fn corner(&self) -> DMatrixView<'_, f64> {
        self.values.columns(self.from, self.values.nrows())
    }
}

/// `x L'^-1` in place, L a lower triangle.
fn divide(mut x: DMatrixViewMut<'_, f64>, lower: &DMatrix<f64>) {
    for column in 0..lower.nrows() {
        let (done, mut rest) = x.columns_range_pair_mut(0..column, column);
        for (k, before) in done.column_iter().enumerate() {
            rest.axpy(-lower[(column, k)], &before, 1.0);
        }
        rest /= lower[(column, column)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 300 rows: two full blocks and a short one.
    #[test]
    fn the_rows_of_the_factor_multiply_to_the_matrix() {
        let size = 300;
        let value = |a: usize, b: usize| {
            let near = 1.0 / (1.0 + a.abs_diff(b) as f64);
            if a == b { 3.0 + (a % 5) as f64 } else { near }
        };
        let block = |rows: Range<usize>, columns: Range<usize>| {
            Some(DMatrix::from_fn(rows.len(), columns.len(), |a, b| value(rows.start + a, columns.start + b)))
        };
        let two = NonZeroUsize::new(2).unwrap();
        let factor = Factor::of(size, block, two).unwrap();
        let (mut left, mut right) = (vec![], vec![]);
        for a in [0, 1, 127, 128, 200, 255, 256, 299] {
            factor.row(a, &mut left);
            assert_eq!(left.len(), a + 1, "to the diagonal");
            for b in (0..=a).step_by(13).chain([a]) {
                factor.row(b, &mut right);
                let product: f64 = left.iter().zip(&right).map(|(x, y)| x * y).sum();
                assert!((product - value(a, b)).abs() < 1e-12, "{a}, {b}: {product}");
            }
        }
        let indefinite = |rows: Range<usize>, columns: Range<usize>| {
            Some(DMatrix::from_element(rows.len(), columns.len(), -1.0))
        };
        assert_eq!(Factor::of(3, indefinite, two).unwrap_err(), FactorError::NotDefinite);
        assert_eq!(Factor::of(3, |_, _| None, two).unwrap_err(), FactorError::TooLarge);
    }
}
