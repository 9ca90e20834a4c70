//! The published quantiser of dual variables (arXiv:2604.20333): one uniform grid over all of them, from the least to the
//! greatest.

use klr_statistics::quantile;
use klr_units::OutOfRange;

/// `duals` rounded to `bits` bits by the uniform quantiser of arXiv:2604.20333 over all of them:
/// `min + D round((alpha - min) / D)` with `D = (max - min) / (2^bits - 1)` and halves to even, as NumPy rounds. With one
/// bit, where it would leave only the extremes, the sign of the distance from the median, times the mean magnitude.
///
/// # Errors
/// [`OutOfRange`] if `bits` is not 1 to 32.
///
/// # Panics
/// If one of `duals` is not finite.
pub fn min_max(duals: &[f64], bits: u32) -> Result<Vec<f64>, OutOfRange> {
    if !(1..=32).contains(&bits) {
        return Err(OutOfRange::new("bits", bits, "1 to 32"));
    }
    if duals.is_empty() {
        return Ok(vec![]);
    }
    if bits == 1 {
        let median = quantile(duals, 0.5).expect("finite numbers, at least one");
        let size = duals.iter().map(|a| a.abs()).sum::<f64>() / duals.len() as f64;
        return Ok(duals.iter().map(|&a| if a < median { -size } else { size }).collect());
    }
    let low = duals.iter().copied().fold(f64::INFINITY, f64::min);
    let high = duals.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let step = (high - low) / (f64::from(bits).exp2() - 1.0);
    if step == 0.0 {
        return Ok(duals.to_vec());
    }
    Ok(duals.iter().map(|&a| low + step * ((a - low) / step).round_ties_even()).collect())
}
