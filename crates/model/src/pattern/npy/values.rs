//! Elements of an array as numbers or text, and what can be said of all of them together.

use super::dtype::{Kind, Scalar};

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// The element in `bytes`; a truth value is 0 or 1, of a complex number it is the real part. `None` where the type
    /// holds no numbers, or numbers of more than 64 bits.
    pub(super) fn read(scalar: Scalar, bytes: &[u8]) -> Option<Self> {
        let mut word = [0; 8];
        let part = match scalar.kind {
            Kind::Complex => bytes.get(..bytes.len() / 2)?,
            _ => bytes,
        };
        let room = word.get_mut(..part.len())?;
        room.copy_from_slice(part);
        if scalar.big_endian {
            room.reverse();
        }
        let bits = u64::from_le_bytes(word);
        // The sign stands in the highest bit of the element.
        let unused = 64 - 8 * u32::try_from(part.len()).ok()?;
        match (scalar.kind, part.len()) {
            (_, 0) => None,
            (Kind::Bool | Kind::Uint, _) => Some(Self::Whole(bits.into())),
            (Kind::Int, _) => Some(Self::Whole((bits.cast_signed() << unused >> unused).into())),
            (Kind::Float, 2) => Some(Self::Real(half(bits))),
            (Kind::Float | Kind::Complex, 4) => {
                Some(Self::Real(f32::from_bits(u32::try_from(bits).ok()?).into()))
            }
            (Kind::Float | Kind::Complex, 8) => Some(Self::Real(f64::from_bits(bits))),
            _ => None,
        }
    }

    pub(super) fn real(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Real(value) => value,
        }
    }
}

/// The number in the 16 bits of a `float16` (IEEE 754 binary16).
fn half(bits: u64) -> f64 {
    let (sign, exponent, fraction) = (bits >> 15 & 1, bits >> 10 & 0x1f, (bits & 0x3ff) as f64);
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(i32::try_from(exponent).unwrap_or(0) - 25),
    };
    if sign == 1 { -magnitude } else { magnitude }
}

/// The text in `bytes`, without the zeros behind it; `None` if it is not printable ASCII.
pub(super) fn text(scalar: Scalar, bytes: &[u8]) -> Option<String> {
    let codes: Vec<u32> = match scalar.kind {
        Kind::Bytes => bytes.iter().copied().map(u32::from).collect(),
        _ => {
            let code =
                |c: &[u8; 4]| if scalar.big_endian { u32::from_be_bytes(*c) } else { u32::from_le_bytes(*c) };
            bytes.as_chunks::<4>().0.iter().map(code).collect()
        }
    };
    let end = codes.iter().rposition(|&code| code != 0).map_or(0, |last| last + 1);
    let plain =
        |&code: &u32| char::from_u32(code).filter(|c| matches!(c, ' '..='~') && !matches!(c, '\'' | '\\'));
    codes[..end].iter().map(plain).collect()
}

/// What the numbers of an array are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// The smallest and the largest, NaN left out; the largest below the smallest if there is none.
    pub(super) min: f64,
    pub(super) max: f64,
    /// The smallest one that is finite.
    min_finite: f64,
    /// The same of whole numbers, exactly; `None` if any is not whole by its type.
    whole: Option<(i128, i128)>,
    pub(super) nan: bool,
    minus_one: bool,
    zero: bool,
    /// Any but -1, 0 and 1.
    other: bool,
}

impl Survey {
    pub(super) const fn new() -> Self {
        Self {
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            min_finite: f64::INFINITY,
            whole: Some((i128::MAX, i128::MIN)),
            nan: false,
            minus_one: false,
            zero: false,
            other: false,
        }
    }

    pub(super) fn see(&mut self, number: Number) {
        self.whole = match (self.whole, number) {
            (Some((min, max)), Number::Whole(value)) => Some((min.min(value), max.max(value))),
            _ => None,
        };
        let real = number.real();
        self.nan |= real.is_nan();
        self.min = self.min.min(real);
        self.max = self.max.max(real);
        if real.is_finite() {
            self.min_finite = self.min_finite.min(real);
        }
        self.minus_one |= real == -1.0;
        self.zero |= real == 0.0;
        self.other |= real != -1.0 && real != 0.0 && real != 1.0;
    }

    /// Whether they are -1 and +1, or 0 and 1.
    pub(super) const fn are_signs_or_bits(&self) -> bool {
        !(self.other || self.minus_one && self.zero)
    }

    /// A number such that some values are above it and others are not, as Python writes it: the middle of 0 to 1, of -1
    /// to 1 or of 0 to 255 where the values lie there, else that of the values. `None` if all are equal.
    pub(super) fn threshold(&self) -> Option<String> {
        if let Some((min, max)) = self.whole {
            let usual = match (min, max) {
                (-1.., ..=1) => Some(0),
                (0.., ..=255) => Some(127),
                _ => None,
            };
            let middle = min.checked_add(max).map_or(min, |sum| sum.div_euclid(2));
            let separates = |threshold: &i128| (min..max).contains(threshold);
            return usual.filter(separates).or(Some(middle)).filter(separates).map(|t| t.to_string());
        }
        let usual = match (self.min, self.max) {
            (0.0.., ..=1.0) => 0.5,
            (-1.0.., ..=1.0) => 0.0,
            (0.0.., ..=255.0) => 127.0,
            _ => f64::NAN,
        };
        let middle = f64::midpoint(self.min, self.max);
        // Rounded, unless the values lie so close that the shorter number might leave them.
        let close = self.max - self.min <= 0.1 * self.max.abs().max(self.min.abs());
        let middle = if close { self.min } else { three_digits(middle) };
        let separates = |t: &f64| t.is_finite() && self.min <= *t && *t < self.max;
        [usual, middle, 0.0, self.min_finite, f64::MIN].into_iter().find(separates).map(python)
    }

    /// The smallest and the largest number, in words.
    pub(super) fn extent(&self) -> (String, String) {
        match self.whole {
            Some((min, max)) => (min.to_string(), max.to_string()),
            None => (python(three_digits(self.min)), python(three_digits(self.max))),
        }
    }
}

fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// A number as Python reads it.
fn python(value: f64) -> String {
    let plain = value == 0.0 || !value.is_finite() || (1e-4..1e7).contains(&value.abs());
    if plain { value.to_string() } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(values: &[f64]) -> Survey {
        let mut survey = Survey::new();
        values.iter().for_each(|&value| survey.see(Number::Real(value)));
        survey
    }

    #[test]
    fn half_precision_is_that_of_the_standard() {
        let known = [
            (0x3c00, 1.0),
            (0xbc00, -1.0),
            (0x3800, 0.5),
            (0x7bff, 65504.0),
            (0x0001, 2f64.powi(-24)),
            (0x0400, 2f64.powi(-14)),
            (0xfc00, f64::NEG_INFINITY),
        ];
        for (bits, value) in known {
            assert_eq!(half(bits), value, "{bits:#x}");
        }
        assert!(half(0x7c01).is_nan());
    }

    #[test]
    fn a_threshold_always_leaves_values_on_both_sides() {
        let expected = [
            (vec![0.0, 0.2, 0.9], "0.5"),
            (vec![0.6, 0.9], "0.75"),
            (vec![-1.0, 0.3], "0"),
            (vec![0.0, 255.0], "127"),
            (vec![3.0, 4.0], "3.5"),
            (vec![-2.0, 5.0], "1.5"),
            (vec![1e300, 2e300], "1.5e300"),
            (vec![1.0, 1.0 + f64::EPSILON], "1"),
            (vec![f64::NEG_INFINITY, f64::INFINITY], "0"),
            (vec![3.0, 7.0, f64::INFINITY], "3"),
            (vec![f64::NEG_INFINITY, 0.0], "-1.7976931348623157e308"),
            (vec![0.1, 0.4, f64::NAN], "0.25"),
        ];
        for (values, threshold) in expected {
            assert_eq!(survey(&values).threshold().as_deref(), Some(threshold), "{values:?}");
        }
        for same in [vec![], vec![5.0, 5.0], vec![f64::NAN], vec![f64::INFINITY; 2]] {
            let found = survey(&same).threshold();
            assert_eq!(found, None, "{same:?}");
        }
    }

    #[test]
    fn whole_numbers_keep_every_digit() {
        let mut all = Survey::new();
        [i128::from(u64::MAX) - 1, u64::MAX.into()]
            .into_iter()
            .for_each(|value| all.see(Number::Whole(value)));
        assert_eq!(all.threshold().as_deref(), Some("18446744073709551614"));
        assert_eq!(all.extent().1, "18446744073709551615");
    }
}
