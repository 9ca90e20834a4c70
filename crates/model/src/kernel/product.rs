//! Products of the Gram matrix with a P x N panel, in fixed blocks of rows.
//!
//! The blocks depend on P alone and each is computed by one thread from start to end, so the bytes that come out do not
//! depend on the number of threads.

use nalgebra::{DMatrixView, DMatrixViewMut};

/// The number type of a product: `f32` or `f64`.
pub(crate) trait Real: nalgebra::RealField + Copy + Send + Sync {
    fn narrow(value: f64) -> Self;
    fn widen(self) -> f64;
}

impl Real for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "single precision is what the caller chose")]
    fn narrow(value: f64) -> Self {
        value as Self
    }
    fn widen(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn narrow(value: f64) -> Self {
        value
    }
    fn widen(self) -> f64 {
        self
    }
}

/// Rows of a block before rounding: packing the panel anew for each block no longer shows from 376 rows on (190 to 205
/// billion operations per second on two cores, 150 to 160 at 250 rows), and eight threads have work at P = 3,000.
const BLOCK_ROWS: usize = 384;

/// Rows per block for a matrix of `p` rows: an even split, in multiples of the 8 rows a product kernel works on.
pub(crate) fn block_rows(p: usize) -> usize {
    let blocks = p.div_ceil(BLOCK_ROWS);
    p.div_ceil(blocks).next_multiple_of(8)
}

/// Some rows of the Gram matrix, column-major. The product packs columns 40 % faster than rows, and nalgebra's path for
/// small matrices is sound only where the entries of a column are adjacent.
#[derive(Clone, Copy)]
pub(crate) struct GramRows<'a, T> {
    values: &'a [T],
    column_stride: usize,
}

impl<'a, T> GramRows<'a, T> {
    /// `rows` rows stored on their own, column after column.
    pub(crate) const fn alone(values: &'a [T], rows: usize) -> Self {
        Self { values, column_stride: rows }
    }

    /// The rows from row `from` on of the whole P x P matrix; it is symmetric, so its storage order is either.
    pub(crate) fn of_whole(matrix: &'a [T], p: usize, from: usize) -> Self {
        Self { values: &matrix[from..], column_stride: p }
    }
}

/// `out = k * panel`: `panel` is P x N and `out` rows x N, all column-major; P and rows follow from their lengths.
pub(crate) fn multiply<T: Real>(k: GramRows<'_, T>, panel: &[T], n: usize, out: &mut [T]) {
    let (rows, p) = (out.len() / n, panel.len() / n);
    let k = DMatrixView::from_slice_with_strides(k.values, rows, p, 1, k.column_stride);
    let panel = DMatrixView::from_slice(panel, p, n);
    DMatrixViewMut::from_slice(out, rows, n).gemm(T::one(), &k, &panel, T::zero());
}

/// `values`, row-major with rows of `width`, as column-major; or the other way round, with columns of `width`.
pub(crate) fn transpose<T: Copy>(values: &[T], width: usize) -> Vec<T> {
    (0..width).flat_map(|at| values.iter().skip(at).step_by(width).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_all_rows_evenly() {
        assert_eq!(block_rows(3000), 376, "8 blocks of 3,000 rows");
        assert_eq!(block_rows(1), 8, "one short block");
        assert_eq!(block_rows(385), 200, "two halves, not 384 and 1");
    }

    #[test]
    fn a_block_of_rows_is_that_part_of_the_product() {
        // Small and large: the product takes another path below 6 rows or columns.
        for (p, n, from, rows) in [(11, 3, 5, 4), (40, 12, 8, 16), (1, 1, 0, 1), (9, 20, 8, 1)] {
            let k: Vec<f64> = (0..p * p).map(|at| ((at / p) * (at % p)) as f64).collect();
            let block: Vec<f64> = (0..rows * p).map(|at| k[(from + at % rows) * p + at / rows]).collect();
            let panel: Vec<f64> = (0..p * n).map(|at| at as f64 - 7.0).collect();
            let plain = |row, i| (0..p).map(|mu| k[(from + row) * p + mu] * panel[i * p + mu]).sum::<f64>();
            for k in [GramRows::alone(&block, rows), GramRows::of_whole(&k, p, from)] {
                let mut out = vec![f64::NAN; rows * n];
                multiply(k, &panel, n, &mut out);
                for (at, value) in out.into_iter().enumerate() {
                    assert_eq!(value, plain(at % rows, at / rows), "entry {at}: small integers are exact");
                }
            }
        }
    }

    #[test]
    fn transposing_twice_changes_nothing() {
        let rows = [1, 2, 3, 4, 5, 6];
        assert_eq!(transpose(&rows, 3), [1, 4, 2, 5, 3, 6], "2 x 3 row-major as column-major");
        assert_eq!(transpose(&transpose(&rows, 3), 2), rows, "and back");
    }
}
