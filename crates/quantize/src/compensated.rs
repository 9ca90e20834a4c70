//! Error-compensated rounding: what rounding one weight does to the fields at the stored patterns is made good by the weights
//! that are rounded after it.
//!
//! With the kernel words `k(e)` of the core at pattern `e`, scale `s` and dual variables `alpha` of a neuron, rounded weights
//! `w` change the fields by `sum_e (k(e)'(alpha - s w))^2 = (alpha - s w)' H (alpha - s w)`, `H = sum_e k(e) k(e)'` over the
//! stored patterns. One weight after the other takes the level that leaves least of it, the others being free (OBQ,
//! arXiv:2208.11580; GPTQ, arXiv:2210.17323, whose damping, a hundredth of the mean of the diagonal, and whose order, the
//! largest of the diagonal first, are taken too). With `H = L L'` that is Babai's nearest plane (arXiv:2507.18553): from the
//! last weight to the first, weight `j` becomes the level nearest to `alpha_j + sum_(k>j) L_kj (alpha_k - s w_k) / L_jj`.

use crate::descent::Lane;
use crate::examples::Examples;
use klr_model::factor::{Factor, FactorError};
use nalgebra::DMatrix;
use pulp::{Arch, Simd, WithSimd};
use std::num::NonZeroUsize;
use std::ops::Range;

/// The share of the mean of the diagonal that is added to it (arXiv:2210.17323, Section 3.3, step 3).
const DAMPING: f64 = 0.01;

/// Patterns, at most: two matrices of so many rows and a half are held in memory.
pub(crate) const PATTERNS: usize = 4096;

/// The factor of the Gram matrix of kernel words, by which errors are passed on.
pub(crate) struct Compensation {
    /// The pattern of each row: the first that is rounded is the last.
    order: Vec<usize>,
    /// Row after row of L, each up to its diagonal.
    rows: Vec<f64>,
}

impl Compensation {
    /// That of `stored`, whose states are the stored patterns, at most [`PATTERNS`]. The result does not depend on `threads`.
    ///
    /// # Errors
    /// [`FactorError::TooLarge`] if there are more patterns, or not enough memory.
    pub(crate) fn of(stored: &Examples, threads: NonZeroUsize) -> Result<Self, FactorError> {
        let p = stored.centres();
        if p > PATTERNS {
            return Err(FactorError::TooLarge);
        }
        let square = |mu: &usize| stored.of(*mu).iter().map(|word| f64::from(word.word).powi(2)).sum::<f64>();
        let diagonal: Vec<f64> = (0..p).map(|mu| square(&mu)).collect();
        let mut order: Vec<usize> = (0..p).collect();
        order.sort_by(|&a, &b| diagonal[a].total_cmp(&diagonal[b]).then(b.cmp(&a)));
        // Sums of products of words are whole numbers below 2^53, so that the order of adding does not matter.
        let mut words = DMatrix::<f64>::zeros(stored.count(), p);
        for (mut column, &mu) in words.column_iter_mut().zip(&order) {
            stored.of(mu).iter().for_each(|word| column[word.state as usize] = word.word.into());
        }
        let damping = DAMPING * diagonal.iter().sum::<f64>() / p as f64;
        let block = |rows: Range<usize>, columns: Range<usize>| {
            let own = words.columns_range(rows.clone()).transpose();
            let mut values = own * words.columns_range(columns);
            rows.clone().for_each(|row| values[(row - rows.start, row)] += damping);
            Some(values)
        };
        let factor = Factor::of(p, block, threads)?;
        let (mut rows, mut row) = (Vec::with_capacity(p * (p + 1) / 2), vec![]);
        for at in 0..p {
            factor.row(at, &mut row);
            rows.extend_from_slice(&row);
        }
        Ok(Self { order, rows })
    }

    /// `duals`, pattern by pattern in units of a weight of 1, as levels: `nearest` gives the level of a pattern and lane that is
    /// nearest to a number.
    pub(crate) fn round(
        &self,
        duals: &[Lane<f64>],
        nearest: impl Fn(usize, usize, f64) -> i16,
    ) -> Vec<Lane<i16>> {
        let mut weights = vec![Lane::default(); duals.len()];
        // What the errors so far ask of each weight, times the diagonal of L.
        let mut asked = vec![Lane::<f64>::default(); duals.len()];
        for (k, &mu) in self.order.iter().enumerate().rev() {
            let (row, own) = self.row(k);
            let mut error = Lane::<f64>::default();
            for (l, error) in error.iter_mut().enumerate() {
                let weight = nearest(mu, l, duals[mu][l] + asked[k][l] / own);
                weights[mu][l] = weight;
                *error = duals[mu][l] - f64::from(weight);
            }
            Arch::new().dispatch(Ask { asked: &mut asked, row, error: &error });
        }
        weights
    }

    /// Row `k` of L before its diagonal, and the diagonal.
    fn row(&self, k: usize) -> (&[f64], f64) {
        let row = &self.rows[k * (k + 1) / 2..][..=k];
        (&row[..k], row[k])
    }
}

/// Asks of each weight what the `error` of a later one leaves it.
struct Ask<'a> {
    asked: &'a mut [Lane<f64>],
    row: &'a [f64],
    error: &'a Lane<f64>,
}

impl WithSimd for Ask<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let error = *self.error;
        for (asked, &entry) in self.asked.iter_mut().zip(self.row) {
            let mut sum = *asked;
            for (sum, &error) in sum.iter_mut().zip(&error) {
                *sum += entry * error;
            }
            *asked = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_image::KernelTable;
    use klr_units::{Bits, State};

    /// Against the definition: of each weight in turn the level that leaves least, all later ones being free real numbers. Their
    /// best values solve the normal equations, so what is left is a Schur complement, taken here without any factor.
    #[test]
    fn each_weight_takes_the_level_that_leaves_least_when_the_rest_is_free() {
        let mut seed = 88_172_645_463_325_252u64;
        let mut draw = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for case in 0..20 {
            let p = 7;
            let patterns: Vec<State> =
                (0..p).map(|_| State::from_words(12, vec![draw() & 0xFFF]).unwrap()).collect();
            let table = KernelTable::absolute(Bits::new(4).unwrap(), &[15, 12, 9, 7, 5, 4, 3, 2, 1]).unwrap();
            let one = NonZeroUsize::MIN;
            let examples = Examples::new(&patterns, &patterns, (0..7).collect(), &table, 1000, one).unwrap();
            let compensation = Compensation::of(&examples, one).unwrap();
            let word = |a: usize, b: usize| {
                f64::from(table.lookup(u32::try_from(patterns[a].hamming(&patterns[b])).unwrap(), 0))
            };
            let gram = |a: usize, b: usize| (0..p).map(|e| word(a, e) * word(b, e)).sum::<f64>();
            let mean = (0..p).map(|mu| gram(mu, mu)).sum::<f64>() / p as f64;
            let h = DMatrix::from_fn(p, p, |a, b| gram(a, b) + if a == b { 0.01 * mean } else { 0.0 });
            let duals: Vec<Lane<f64>> =
                (0..p).map(|_| std::array::from_fn(|_| (draw() % 4000) as f64 / 1000.0 - 2.0)).collect();
            #[expect(clippy::cast_possible_truncation, reason = "small")]
            let found = compensation.round(&duals, |_, _, x| x.round().clamp(-2.0, 2.0) as i16);
            for l in [0, 7, 15] {
                let (mut fixed, mut errors) = (vec![], vec![]);
                for &mu in compensation.order.iter().rev() {
                    let left = |level: i16| {
                        let (mut at, mut by) = (fixed.clone(), errors.clone());
                        at.push(mu);
                        by.push(duals[mu][l] - f64::from(level));
                        let free: Vec<usize> = (0..p).filter(|nu| !at.contains(nu)).collect();
                        let part = |a: &[usize], b: &[usize]| {
                            DMatrix::from_fn(a.len(), b.len(), |i, j| h[(a[i], b[j])])
                        };
                        let by = DMatrix::from_column_slice(by.len(), 1, &by);
                        let own = part(&at, &at);
                        let inner = if free.is_empty() {
                            own
                        } else {
                            let inverse = part(&free, &free).try_inverse().expect("definite");
                            own - part(&at, &free) * inverse * part(&free, &at)
                        };
                        (by.transpose() * inner * by)[(0, 0)]
                    };
                    let taken = found[mu][l];
                    for level in -2..=2 {
                        assert!(
                            left(taken) <= left(level) * (1.0 + 1e-9),
                            "case {case}, lane {l}, pattern {mu}: {taken} and not {level}"
                        );
                    }
                    fixed.push(mu);
                    errors.push(duals[mu][l] - f64::from(taken));
                }
            }
        }
    }
}
