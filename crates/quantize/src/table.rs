//! The kernel over distance, as unsigned integers.

use klr_image::{KernelTable, TableError, TableForm};
use klr_units::{Bits, UnsignedFormat};

/// Kernel values over Hamming distance, scaled so that the value at distance 0 becomes the largest word, rounded to
/// nearest with ties to even.
///
/// The same words serve both forms: for `K(d) = exp(-4 gamma d)` the ratio `K(d) / K(d_min)` is `K(d - d_min)`, and
/// scaling all kernel values of a state at once changes the sign of no field.
pub(crate) fn kernel_table(values: &[f64], bits: Bits, form: TableForm) -> Result<KernelTable, TableError> {
    let max = f64::from(UnsignedFormat::new(bits).max());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the clamp leaves at most 16 bits"
    )]
    let word = |k: f64| (k / values[0] * max).round_ties_even().clamp(0.0, max) as u16;
    let words: Vec<u16> = values.iter().map(|&k| word(k)).collect();
    KernelTable::new(form, bits, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_kernel_down_to_zero() {
        // exp(-0.4 d) for d = 0..=8, 4 bits: 15 x 1, .670, .449, .301, .202, .135, .091, .061, .041.
        let values: Vec<f64> = (0..=8).map(|d| (-0.4 * f64::from(d)).exp()).collect();
        let table = kernel_table(&values, Bits::new(4).unwrap(), TableForm::NearestRelative).unwrap();
        assert_eq!(table.entries(), [15, 10, 7, 5, 3, 2, 1, 1, 1], "worked by hand");
        let one_bit = kernel_table(&values, Bits::new(1).unwrap(), TableForm::Absolute).unwrap();
        assert_eq!(one_bit.entries(), [1, 1], "0.67 rounds up, 0.449 down");
    }
}
