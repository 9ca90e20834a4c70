//! Curves that fall: where one crosses a level, and the falling curve nearest to values that scatter.

/// Where a curve through `(x, y)`, x ascending, first falls from at least `level` to below it, by linear interpolation;
/// `None` if it never does.
#[must_use]
pub fn first_fall(points: &[(f64, f64)], level: f64) -> Option<f64> {
    let pair = points.windows(2).find(|pair| pair[0].1 >= level && pair[1].1 < level)?;
    let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
    Some(x0 + (x1 - x0) * (y0 - level) / (y0 - y1))
}

/// The non-increasing sequence nearest to `values` in weighted squares (pool adjacent violators: Ayer et al., Ann.
/// Math. Stat. 26, 1955).
#[must_use]
pub fn falling_fit(values: &[f64], weights: &[f64]) -> Vec<f64> {
    // Blocks of (weighted mean, weight, length), merged while one stands above the block before it.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (&value, &weight) in values.iter().zip(weights) {
        let mut block = (value, weight, 1);
        while let Some(&(mean, total, length)) = blocks.last().filter(|before| before.0 < block.0) {
            let sum = total + block.1;
            block = ((mean * total + block.0 * block.1) / sum, sum, length + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(mean, _, length)| std::iter::repeat_n(mean, length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crossing_is_interpolated_where_the_curve_first_falls() {
        let curve = [(0.0, 1.0), (1.0, 0.9), (2.0, 0.4), (3.0, 0.6), (4.0, 0.0)];
        assert_eq!(first_fall(&curve, 0.5), Some(1.8), "0.9 to 0.4 between 1 and 2");
        assert_eq!(first_fall(&curve[..2], 0.5), None, "it never falls so far");
        assert_eq!(
            first_fall(&[(1.0, 1.0), (2.0, 0.75), (3.0, 0.25), (4.0, 0.0)], 0.5),
            Some(2.5),
            "between 2 and 3"
        );
        assert_eq!(first_fall(&[(1.0, 1.0), (2.0, 0.5)], 0.5), None, "it has not passed");
        assert_eq!(first_fall(&[(1.0, 0.4), (2.0, 0.1)], 0.5), None, "it had passed before");
    }

    #[test]
    fn violators_are_pooled_by_weight() {
        assert_eq!(falling_fit(&[3.0, 1.0, 2.0, 0.0], &[1.0; 4]), [3.0, 1.5, 1.5, 0.0]);
        assert_eq!(falling_fit(&[1.0, 2.0, 3.0], &[1.0, 1.0, 2.0]), [2.25; 3], "all rise: one mean");
        assert_eq!(falling_fit(&[3.0, 2.0], &[1.0; 2]), [3.0, 2.0], "nothing to do");
    }
}
