//! Numbers as people read them: with the digits that count, and a unit that fits.

/// An energy with three significant digits and a unit.
#[must_use]
pub fn joules(picojoules: f64) -> String {
    // Rounding comes first: 999.95 nJ has three significant digits in microjoules, not four in nanojoules.
    let rounded = significant(picojoules, 3);
    let units = [(1e3, 1.0, "pJ"), (1e6, 1e3, "nJ"), (1e9, 1e6, "uJ"), (1e12, 1e9, "mJ")];
    let (_, size, unit) = units.into_iter().find(|unit| rounded < unit.0).unwrap_or((f64::MAX, 1e12, "J"));
    let value = rounded / size;
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// `x` as short as `digits` significant digits allow, with an exponent where zeros would be counted.
#[must_use]
pub fn number(x: f64, digits: usize) -> String {
    let x = significant(x, digits);
    if x == 0.0 || (1e-4..1e6).contains(&x.abs()) { format!("{x}") } else { format!("{x:e}") }
}

/// `x` rounded to `digits` significant digits.
fn significant(x: f64, digits: usize) -> f64 {
    // The text of a number is rounded exactly; a power of ten and a division are not.
    format!("{x:.*e}", digits.saturating_sub(1)).parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_keep_three_digits_across_the_units() {
        let cases = [
            (0.0, "0.00 pJ"),
            (0.994, "0.99 pJ"),
            (9.994, "9.99 pJ"),
            (9.996, "10.0 pJ"),
            (99.94, "99.9 pJ"),
            (99.96, "100 pJ"),
            (999.4, "999 pJ"),
            (999.95, "1.00 nJ"),
            (999_499.0, "999 nJ"),
            (999_950.0, "1.00 uJ"),
            (999_950_000.0, "1.00 mJ"),
            (999.95e9, "1.00 J"),
        ];
        for (picojoules, expected) in cases {
            assert_eq!(joules(picojoules), expected, "{picojoules} pJ");
        }
    }

    #[test]
    fn numbers_do_not_show_their_binary_tails() {
        let cases =
            [(0.07 * 100.0, "7"), (12.5, "12.5"), (0.1, "0.1"), (0.0, "0"), (1e-300, "1e-300"), (2e9, "2e9")];
        for (x, expected) in cases {
            assert_eq!(number(x, 6), expected, "{x:e}");
        }
        assert_eq!(number(0.123_456_789_012, 6), "0.123457", "rounded to six digits");
    }
}
