//! The two-sample Kolmogorov-Smirnov test, exact with ties.

use super::special::kolmogorov_sf;
use super::{StatisticsError, check_values};

/// The result of a two-sample, two-sided Kolmogorov-Smirnov test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KolmogorovSmirnov {
    /// The largest distance between the two empirical distribution functions, 0 to 1.
    pub statistic: f64,
    /// The p-value of Kolmogorov's limit at `sqrt(m n / (m + n))` times the statistic. It assumes a continuous
    /// distribution: with ties it is too large.
    pub p_asymptotic: f64,
    /// The exact p-value for continuous distributions, which have no ties; with ties it is too large.
    pub p_exact: f64,
    /// The exact permutation p-value given the ties that there are: the share of all splits of the pooled values whose
    /// statistic is at least as large. Equal to [`Self::p_exact`] without ties.
    pub p_permutation: f64,
}

/// Compares the distributions of two independent samples.
///
/// Splits of the pooled values are lattice paths; those that reach the observed distance are counted by their share,
/// cell by cell, which adds only positive numbers (Hodges, Ark. Mat. 3, 1958). Where values tie, the distribution
/// functions are compared only after the last of them (Schroeer & Trenkler, Comput. Stat. Data Anal. 20, 1995). It
/// takes m x n steps.
///
/// # Errors
/// [`StatisticsError`] if a sample is empty or has a value that is not finite.
pub fn kolmogorov_smirnov(first: &[f64], second: &[f64]) -> Result<KolmogorovSmirnov, StatisticsError> {
    check_values("values of the first sample", first, 1)?;
    check_values("values of the second sample", second, 1)?;
    let (m, n) = (first.len(), second.len());
    let pooled = Pooled::new(first, second);
    let distance = pooled.distance();
    let size = m as f64 * n as f64 / (m + n) as f64;
    let statistic = distance as f64 / (m as f64 * n as f64);
    Ok(KolmogorovSmirnov {
        statistic,
        p_asymptotic: kolmogorov_sf(size.sqrt() * statistic),
        p_exact: share_reaching(m, n, distance, |_| true),
        p_permutation: share_reaching(m, n, distance, |taken| pooled.ends_tie[taken - 1]),
    })
}

/// Two samples as one, sorted.
struct Pooled {
    m: usize,
    n: usize,
    /// Whether each value is of the first sample.
    from_first: Vec<bool>,
    /// Whether the next value is another.
    ends_tie: Vec<bool>,
}

impl Pooled {
    fn new(first: &[f64], second: &[f64]) -> Self {
        let (m, n) = (first.len(), second.len());
        let value = |k: usize| if k < m { first[k] } else { second[k - m] };
        let mut index: Vec<usize> = (0..m + n).collect();
        index.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
        let from_first = index.iter().map(|&k| k < m).collect();
        // Compared as numbers, so that 0 and -0 tie.
        let ends_tie = (0..m + n).map(|k| k + 1 == m + n || value(index[k]) != value(index[k + 1])).collect();
        Self { m, n, from_first, ends_tie }
    }

    /// The largest `|i n - j m|` at the end of a tie, i and j the values so far of either sample: m n times the
    /// statistic.
    fn distance(&self) -> usize {
        let (mut i, mut j, mut largest) = (0usize, 0usize, 0);
        for k in 0..self.m + self.n {
            if self.from_first[k] {
                i += 1;
            } else {
                j += 1;
            }
            if self.ends_tie[k] {
                largest = largest.max((i * self.n).abs_diff(j * self.m));
            }
        }
        largest
    }
}

/// The share of the paths from (0, 0) to (m, n) that have `|i n - j m| >= distance` at some cell with `looked(i + j)`.
fn share_reaching(m: usize, n: usize, distance: usize, looked: impl Fn(usize) -> bool) -> f64 {
    if distance == 0 {
        return 1.0;
    }
    // row[j] is the share of the paths from (0, 0) to (i, j); of those, i / (i + j) come from (i - 1, j).
    let mut row = vec![0.0; n + 1];
    for i in 0..=m {
        for j in 0..=n {
            let taken = i + j;
            if taken == 0 {
                continue;
            }
            let left = if j > 0 { row[j - 1] * j as f64 } else { 0.0 };
            let up = if i > 0 { row[j] * i as f64 } else { 0.0 };
            let reached = looked(taken) && (i * n).abs_diff(j * m) >= distance;
            row[j] = if reached { 1.0 } else { (left + up) / taken as f64 };
        }
    }
    row[n]
}
