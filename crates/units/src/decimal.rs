//! Decimal text as an exact integer: a price is what its table says, not the binary fraction nearest to it.

/// A number as its digits say it: `digits * 10^exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) negative: bool,
    /// Without leading zeros; empty for zero.
    digits: String,
    exponent: i64,
}

/// An exponent so far out that no more digits matter, and sums with it do not overflow.
const BEYOND: i64 = i64::MAX / 4;

impl Decimal {
    /// The number that `text` writes, as TOML writes numbers; `None` if it is none, or not finite.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digit = |c: &char| *c != '_';
        let all: String = whole.chars().chain(fraction.chars()).filter(digit).collect();
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let places = fraction.chars().filter(digit).count();
        let exponent = exponent - i64::try_from(places).unwrap_or(BEYOND);
        Some(Self { negative, digits: all.trim_start_matches('0').to_owned(), exponent })
    }

    /// Whether it is zero, with whatever sign.
    pub(crate) const fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The magnitude times `10^power`, to the nearest whole number (half up); `None` if that needs more than 128 bits.
    pub(crate) fn scaled(&self, power: i64) -> Option<u128> {
        if self.is_zero() {
            return Some(0);
        }
        let shift = self.exponent.saturating_add(power);
        let length = i64::try_from(self.digits.len()).unwrap_or(BEYOND);
        // 128 bits hold 38 digits and part of those with 39.
        let kept = usize::try_from(length.saturating_add(shift).clamp(-1, 40)).ok();
        match kept {
            None => Some(0),
            Some(kept) if shift >= 0 => {
                (kept < 40).then(|| format!("{:0<kept$}", self.digits).parse().ok()).flatten()
            }
            Some(40) => None,
            Some(kept) => {
                let (head, tail) = self.digits.split_at(kept);
                let whole: u128 = if head.is_empty() { 0 } else { head.parse().ok()? };
                whole.checked_add(u128::from(tail.as_bytes().first().is_some_and(|&digit| digit >= b'5')))
            }
        }
    }
}

fn read_exponent(text: &str) -> Option<i64> {
    let text: String = text.chars().filter(|c| *c != '_').collect();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let beyond = if text.starts_with('-') { -BEYOND } else { BEYOND };
    Some(text.parse().map_or(beyond, |exponent: i64| exponent.clamp(-BEYOND, BEYOND)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_moved_and_never_divided() {
        let cases = [
            ("0.1", 18, Some(100_000_000_000_000_000)),
            ("3.786", 3, Some(3786)),
            ("+1_000.5", 1, Some(10_005)),
            ("1e-7", 18, Some(100_000_000_000)),
            ("12.5E+2", 0, Some(1250)),
            ("1.49", 0, Some(1)),
            ("1.5", 0, Some(2)),
            ("0.5", 0, Some(1)),
            ("0.49", 0, Some(0)),
            ("0.05", 0, Some(0)),
            ("9.99", 1, Some(100)),
            ("0e999999999999999999999", 18, Some(0)),
            ("1e-999999999999999999999", 18, Some(0)),
            ("1e999999999999999999999", 18, None),
            ("1e38", 0, Some(100_000_000_000_000_000_000_000_000_000_000_000_000)),
            ("9e38", 0, None),
            ("340282366920938463463374607431768211455", 0, Some(u128::MAX)),
            ("340282366920938463463374607431768211455.5", 0, None),
        ];
        for (text, power, expected) in cases {
            let decimal = Decimal::parse(text).unwrap_or_else(|| panic!("{text} is a number"));
            assert_eq!(decimal.scaled(power), expected, "{text} x 10^{power}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "nan", "inf", "-inf", "1e", "1e+", "0x10", "1.2.3", "1e1.5", "\u{661}"] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
        assert!(
            Decimal::parse("-0.0").is_some_and(|zero| zero.is_zero() && zero.negative),
            "zero has a sign"
        );
    }
}
