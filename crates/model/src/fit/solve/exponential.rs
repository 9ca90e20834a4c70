//! The exponential of many numbers at once, and the logistic function.

/// The exponent below which `exp` is smaller than the smallest normal number, and that above which it overflows, each a
/// little inside.
const SMALLEST: f32 = -87.0;
const LARGEST: f32 = 88.0;

/// 1.5 x 2^23: adding it rounds a number below 2^22 to an integer, which then stands in the low bits.
const ROUNDER: f32 = 12_582_912.0;

/// log 2 in two parts; the first has few bits, so that its product with an exponent is exact (Cody & Waite, "Software
/// Manual for the Elementary Functions", 1980).
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// `exp(x)` to a relative error of 3e-7, with `x` limited to -87 to 88; not a number stays that. It has neither branches
/// nor calls, so that loops over it become vector instructions.
#[inline]
pub(super) fn exp(x: f32) -> f32 {
    let x = if x < SMALLEST { SMALLEST } else { x };
    let x = if x > LARGEST { LARGEST } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = rounded - ROUNDER;
    // |r| <= log(2) / 2: the Taylor series to degree 7 is off by less than 1e-8.
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let even = 1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)));
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * even)));
    // The integer n is the difference of the bits of `rounded` and ROUNDER; shifted it is the exponent of 2^n.
    let exponent = rounded.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(127);
    series * f32::from_bits(exponent << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_within_its_bound_over_the_whole_range() {
        let mut worst = 0.0f64;
        let mut x = -87.0f32;
        while x < 88.0 {
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) - exact).abs() / exact);
            x += 1.37e-3;
        }
        assert!(worst < 3e-7, "relative error {worst:e}");
    }

    #[test]
    fn the_ends_are_limits_and_not_a_number_stays() {
        assert_eq!(exp(0.0), 1.0, "exactly");
        assert_eq!(exp(-1e30), exp(SMALLEST), "below");
        assert_eq!(exp(f32::INFINITY), exp(LARGEST), "above");
        assert!(exp(SMALLEST) >= f32::MIN_POSITIVE && exp(LARGEST).is_finite(), "both normal numbers");
        assert!(exp(f32::NAN).is_nan(), "not a number");
    }
}
