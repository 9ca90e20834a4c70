//! The inverse of a symmetric positive definite matrix, by halves, so that nearly all of the work is matrix products.

use nalgebra::{Cholesky, DMatrix};

/// Matrices up to this size are inverted by Cholesky's method: below it, products are too small to be faster.
const SMALL: usize = 64;

/// The inverse of `matrix`, or `None` if it is not positive definite to working precision.
///
/// With `M = [A B; B' D]` and the Schur complement `S = D - B' A^-1 B`, the inverse is
/// `[A^-1 + W S W', -W S; -S W', S]` for `S` inverted and `W = A^-1 B` (Golub & Van Loan, Matrix Computations, 4th
/// edition, section 2.1.4). Both A and S are positive definite if M is.
pub(crate) fn inverse(matrix: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let size = matrix.nrows();
    if size <= SMALL {
        let inverse = symmetric(Cholesky::new(matrix.clone())?.inverse());
        return inverse.iter().all(|x| x.is_finite()).then_some(inverse);
    }
    let (top, bottom) = (size / 2, size - size / 2);
    let a = inverse(&matrix.view((0, 0), (top, top)).clone_owned())?;
    let b = matrix.view((0, top), (top, bottom)).clone_owned();
    let w = &a * &b;
    let schur = matrix.view((top, top), (bottom, bottom)) - b.transpose() * &w;
    let s = inverse(&symmetric(schur))?;
    let ws = &w * &s;
    let mut out = DMatrix::zeros(size, size);
    out.view_mut((0, 0), (top, top)).copy_from(&symmetric(a + &ws * w.transpose()));
    out.view_mut((0, top), (top, bottom)).copy_from(&(-&ws));
    out.view_mut((top, 0), (bottom, top)).copy_from(&(-ws.transpose()));
    out.view_mut((top, top), (bottom, bottom)).copy_from(&s);
    Some(out)
}

/// The symmetric part: products round differently above and below the diagonal.
fn symmetric(matrix: DMatrix<f64>) -> DMatrix<f64> {
    let transposed = matrix.transpose();
    (matrix + transposed) * 0.5
}

/// The inverse of `matrix + jitter I`, the jitter raised tenfold from 1e-6 of the mean diagonal until there is one.
///
/// For a preconditioner any positive definite neighbour of the matrix will do; at a jitter far above every eigenvalue
/// the sum is positive definite, so this ends.
pub(crate) fn inverse_with_jitter(mut matrix: DMatrix<f64>) -> DMatrix<f64> {
    let size = matrix.nrows();
    let mean = matrix.diagonal().iter().map(|x| x.abs()).sum::<f64>() / size as f64;
    let mut jitter = 1e-6 * mean.max(f64::MIN_POSITIVE.sqrt());
    loop {
        (0..size).for_each(|at| matrix[(at, at)] += jitter);
        if let Some(inverse) = inverse(&matrix) {
            return inverse;
        }
        jitter *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Kernel, gram};
    use crate::pattern::PatternSet;
    use crate::random::{Stream, Streams};

    #[test]
    fn a_matrix_times_its_inverse_is_the_identity() {
        // One Cholesky, one halving, and odd halves several levels deep.
        for p in [1, 64, 65, 301] {
            let patterns = PatternSet::random(20, p, &mut Streams::new(1).stream(Stream::Patterns)).unwrap();
            let k = DMatrix::from_vec(p, p, gram(&patterns, &Kernel::rbf(0.05).unwrap().table(20)));
            let m = &k + DMatrix::identity(p, p) * 0.1;
            let error = (&m * inverse(&m).unwrap() - DMatrix::identity(p, p)).amax();
            assert!(error < 1e-11, "P = {p}: {error:e}");
        }
    }

    #[test]
    fn an_indefinite_matrix_has_none_and_jitter_mends_a_singular_one() {
        let mut m = DMatrix::identity(100, 100);
        m[(99, 99)] = -1.0;
        assert_eq!(inverse(&m), None, "one negative eigenvalue, in the last corner");
        let ones = DMatrix::from_element(80, 80, 1.0);
        let mended = inverse_with_jitter(ones);
        assert!(mended.iter().all(|x| x.is_finite()), "rank 1 and a jitter");
        assert!((mended.transpose() - &mended).amax() == 0.0, "symmetric to the last bit");
    }
}
