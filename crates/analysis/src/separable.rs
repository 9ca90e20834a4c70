//! Whether a hyperplane through the origin separates points, decided with a certificate either way.

use klr_model::PatternSet;
use nalgebra::{DMatrix, DVector};

/// Below this share of its length at the start a residual is 0: the smallest distances that occur in a few dozen
/// dimensions of signs are some thousand times larger.
const ZERO: f64 = 1e-9;

/// Whether some weights from the other neurons give neuron `i` its bit in every pattern: whether a plane through the
/// origin separates the patterns with +1 there from those with -1, as a network without self-coupling needs.
///
/// # Panics
/// If `i` is not below N.
#[must_use]
pub fn neuron_is_separable(patterns: &PatternSet, i: usize) -> bool {
    assert!(i < patterns.n(), "neuron {i} of {}", patterns.n());
    // Row mu is xi_i xi_j for the other neurons j: separable if some w has a positive product with all rows.
    let point = |mu: usize, j: usize| {
        let other = if j < i { j } else { j + 1 };
        f64::from(patterns.sign(mu, i) * patterns.sign(mu, other))
    };
    is_separable(&DMatrix::from_fn(patterns.p(), patterns.n() - 1, point))
}

/// Whether there is a w with `w . z > 0` for every point z, a row of `points`.
///
/// By Gordan's theorem either there is one, or the points have a convex combination at the origin. Both are asked at once:
/// minimise `|A beta - b|` over `beta >= 0` with a column `(z, 1)` of A per point and `b = (0, 1)`. The least residual is
/// 0 exactly if a convex combination vanishes; otherwise the residual itself holds such a w. The minimum is found by the
/// active-set algorithm of Lawson & Hanson, "Solving Least Squares Problems", 1974, chapter 23.
///
/// # Panics
/// If `points` has no row, or the algorithm does not end within 30 changes of its active set per point (its authors saw
/// half a change).
fn is_separable(points: &DMatrix<f64>) -> bool {
    let (p, n) = points.shape();
    assert!(p > 0, "at least one point");
    let a = DMatrix::from_fn(n + 1, p, |row, mu| if row < n { points[(mu, row)] } else { 1.0 });
    let b = DVector::from_fn(n + 1, |row, _| if row < n { 0.0 } else { 1.0 });
    let mut beta = DVector::<f64>::zeros(p);
    let mut passive: Vec<usize> = Vec::new();
    for _ in 0..30 * p {
        let residual = &b - &a * &beta;
        let gain = a.tr_mul(&residual);
        let free = (0..p).filter(|mu| !passive.contains(mu));
        let Some(enter) = free.max_by(|&x, &y| gain[x].total_cmp(&gain[y])) else {
            return residual.norm() > ZERO;
        };
        // Without a gain left the residual is the least. A residual of length 0 gains nothing but rounding.
        if residual.norm() <= ZERO || gain[enter] <= ZERO * residual.norm() {
            return residual.norm() > ZERO;
        }
        passive.push(enter);
        loop {
            let target = least_squares(&a, &passive, &b);
            if target.iter().all(|&value| value > 0.0) {
                passive.iter().zip(&target).for_each(|(&mu, &value)| beta[mu] = value);
                break;
            }
            // As far towards the target as no entry becomes negative; those that become 0 leave.
            let reach = |(&mu, &to): (&usize, &f64)| if to <= 0.0 { beta[mu] / (beta[mu] - to) } else { 1.0 };
            let share = passive.iter().zip(&target).map(reach).fold(1.0, f64::min);
            for (&mu, &to) in passive.iter().zip(&target) {
                beta[mu] += share * (to - beta[mu]);
            }
            let before = passive.len();
            passive.retain(|&mu| beta[mu] > 1e-14);
            assert!(passive.len() < before, "the entry that limits the step becomes 0");
            (0..p).filter(|mu| !passive.contains(mu)).for_each(|mu| beta[mu] = 0.0);
        }
    }
    panic!("the active set of {p} points did not settle");
}

/// The coefficients of the columns `passive` of `a` that come nearest to `b`.
fn least_squares(a: &DMatrix<f64>, passive: &[usize], b: &DVector<f64>) -> Vec<f64> {
    let columns = a.select_columns(passive);
    let solved = columns.svd(true, true).solve(b, 1e-12);
    solved.expect("both sides of the decomposition were asked for").as_slice().to_vec()
}

/// The probability that P points in general position in `dimensions` dimensions, each with a sign of its own drawn at
/// random, are separated by a hyperplane through the origin: `2^(1-P) sum_{k < dimensions} C(P-1, k)` (Cover, "Geometrical
/// and statistical properties of systems of linear inequalities", IEEE Transactions on Electronic Computers 14, 326, 1965,
/// Eq. 5). It is 1/2 at twice as many points as dimensions.
#[must_use]
pub fn cover_probability(points: usize, dimensions: usize) -> f64 {
    if points <= dimensions {
        return 1.0;
    }
    // In logarithms: the power of two is below every double from P = 1,076 on.
    let mut log_term = (1.0 - points as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for k in 0..dimensions {
        sum += log_term.exp();
        log_term += ((points - 1 - k) as f64 / (k + 1) as f64).ln();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[[f64; 2]]) -> DMatrix<f64> {
        DMatrix::from_fn(rows.len(), 2, |row, column| rows[row][column])
    }

    #[test]
    fn in_the_plane_one_can_see_it() {
        assert!(is_separable(&matrix(&[[1.0, 0.0]])), "one point");
        assert!(is_separable(&matrix(&[[1.0, 0.1], [-1.0, 0.1]])), "just within a half plane");
        assert!(!is_separable(&matrix(&[[1.0, 0.0], [-1.0, 0.0]])), "opposite points");
        assert!(!is_separable(&matrix(&[[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]])), "around the origin");
        assert!(is_separable(&matrix(&[[1.0, 0.0], [0.5, 0.9], [0.5, -0.9]])), "on one side");
    }

    /// Every assignment of targets to all of a few sign vectors: as many are separable as the theory of threshold
    /// functions counts.
    #[test]
    fn threshold_functions_are_counted_right() {
        // The threshold functions of 2 and 3 variables: 14 of 16 and 104 of 256 (Muroga 1971), with a constant as the
        // last coordinate.
        for (variables, expected) in [(2usize, 14), (3, 104)] {
            let corners = 1usize << variables;
            let coordinate = |corner: usize, j: usize| {
                if j == variables || corner >> j & 1 == 1 { 1.0 } else { -1.0 }
            };
            let separable = (0..1usize << corners).filter(|function| {
                let sign = |corner: usize| if function >> corner & 1 == 1 { 1.0 } else { -1.0 };
                is_separable(&DMatrix::from_fn(corners, variables + 1, |c, j| sign(c) * coordinate(c, j)))
            });
            assert_eq!(separable.count(), expected, "{variables} variables");
        }
    }

    #[test]
    fn covers_formula_has_its_known_values() {
        assert_eq!(cover_probability(10, 10), 1.0, "as many points as dimensions");
        assert!((cover_probability(20, 10) - 0.5).abs() < 1e-12, "1/2 at twice the dimensions");
        assert!((cover_probability(3, 2) - 0.75).abs() < 1e-15, "three points in the plane: 6 of 8");
        assert!((cover_probability(2000, 1000) - 0.5).abs() < 1e-9, "2^-1999 is below every double");
    }
}
