//! Texts as people read them: numbers with the digits that count, names of the outside world with nothing that a terminal
//! would obey, and lines of at most [`WIDTH`] columns.
//!
//! A number that is not zero never looks like zero, and a share that is not one never looks like one: where the usual
//! decimals would say so, more are shown, or a smaller unit. What is not a number is [`UNKNOWN`].

use std::fmt::{Display, Write};
use std::path::Path;

/// Columns of everything printed.
pub const WIDTH: usize = 100;

/// Digits of a whole number of 64 bits: no value that is longer shows more by it.
const LONGEST: usize = 20;

/// What stands for a number that is not known.
pub const UNKNOWN: &str = "-";

/// Decimals beyond which an exponent is easier to read.
const MOST_DECIMALS: usize = 17;

/// Units of energy by their picojoules, each with the number below which it is used.
const ENERGIES: [(f64, f64, &str); 10] = [
    (1e-9, 1e-12, "yJ"),
    (1e-6, 1e-9, "zJ"),
    (1e-3, 1e-6, "aJ"),
    (1.0, 1e-3, "fJ"),
    (1e3, 1.0, "pJ"),
    (1e6, 1e3, "nJ"),
    (1e9, 1e6, "uJ"),
    (1e12, 1e9, "mJ"),
    (1e15, 1e12, "J"),
    (f64::INFINITY, 1e15, "kJ"),
];

/// An energy with three significant digits and a unit.
#[must_use]
pub fn joules(picojoules: f64) -> String {
    if picojoules == 0.0 {
        return "0 pJ".to_owned();
    }
    in_units(picojoules, &ENERGIES, |value| {
        let value = significant(value, 3);
        let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        if (0.1..1e6).contains(&value) { format!("{value:.digits$}") } else { number(value, 3) }
    })
}

/// A time with two decimals in microseconds, or in the unit that fits one which is shorter or much longer.
#[must_use]
pub fn duration(microseconds: f64) -> String {
    const UNITS: [(f64, f64, &str); 6] = [
        (1e-6, 1e-9, "fs"),
        (1e-3, 1e-6, "ps"),
        (1.0, 1e-3, "ns"),
        (1e5, 1.0, "us"),
        (1e8, 1e3, "ms"),
        (f64::INFINITY, 1e6, "s"),
    ];
    if microseconds == 0.0 {
        return "0 us".to_owned();
    }
    in_units(microseconds, &UNITS, |value| fixed(value, 2))
}

/// `x` in the first of `units` that is for numbers above it.
fn in_units(x: f64, units: &[(f64, f64, &str)], show: impl Fn(f64) -> String) -> String {
    if !x.is_finite() {
        return UNKNOWN.to_owned();
    }
    // Rounding comes first: 999.95 nJ has three significant digits in microjoules, not four in nanojoules.
    let rounded = significant(x, 3);
    let unit = units.iter().find(|unit| rounded < unit.0).or_else(|| units.last());
    unit.map_or_else(|| number(x, 3), |(_, size, unit)| format!("{} {unit}", show(x / size)))
}

/// `x` as short as `digits` significant digits allow, with an exponent where zeros would be counted.
#[must_use]
pub fn number(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return UNKNOWN.to_owned();
    }
    let x = significant(x, digits);
    if x == 0.0 || (1e-4..1e6).contains(&x.abs()) { format!("{x}") } else { format!("{x:e}") }
}

/// `x` with `decimals` decimals, or with two significant digits where those are more. Zero alone is shown as zero.
#[must_use]
pub fn fixed(x: f64, decimals: usize) -> String {
    let two = significant(x, 2);
    let is_finer = two != 0.0 && two.abs() < 10.0 && {
        // The exponent of the first digit: 0.082 is 8.2e-2 and has its second one in the third decimal.
        let exponent: i32 =
            format!("{two:e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or_default();
        usize::try_from(1 - exponent).is_ok_and(|needed| needed > decimals)
    };
    if is_finer || !x.is_finite() { number(x, 2) } else { format!("{x:.decimals$}") }
}

/// A share of one with `decimals` decimals, or as many more as tell it from 0 and from 1: 0.0004, 0.9996.
#[must_use]
pub fn share(x: f64, decimals: usize) -> String {
    between(x, 1.0, decimals)
}

/// A share as percent, as [`share`], without the sign.
#[must_use]
pub fn percent(share: f64, decimals: usize) -> String {
    between(share * 100.0, 100.0, decimals)
}

/// `x` with `decimals` decimals, or as many more as tell it from 0 and from `whole`.
fn between(x: f64, whole: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return UNKNOWN.to_owned();
    }
    let says = |text: &str, end: f64| x != end && text.parse() == Ok(end);
    let texts = (decimals..=MOST_DECIMALS.max(decimals)).map(|decimals| format!("{x:.decimals$}"));
    let mut honest = texts.filter(|text| !says(text, 0.0) && !says(text, -0.0) && !says(text, whole));
    honest.next().unwrap_or_else(|| number(x, 2))
}

/// A value as a message shows it: whatever it displays, but a number of more than 20 characters with an exponent, in as
/// many digits as it takes to read the same number back.
///
/// ```
/// use klr_units::text::value;
///
/// assert_eq!(value(0.1), "0.1");
/// assert_eq!(value(1e300), "1e300", "not three hundred zeros");
/// assert_eq!(value("a text"), "a text");
/// ```
#[must_use]
pub fn value(found: impl Display) -> String {
    let text = found.to_string();
    match text.parse::<f64>() {
        Ok(x) if text.len() > LONGEST => format!("{x:e}"),
        _ => text,
    }
}

/// `text` without a character that a terminal would obey: control characters, line breaks and marks of direction are
/// shown as JSON and TOML write them, `\n` or `\u001b`.
///
/// For everything that comes from outside: names of files, of tables, of keys.
///
/// ```
/// use klr_units::text::escaped;
///
/// assert_eq!(escaped("red\u{1b}[31m\nline"), "red\\u001b[31m\\nline");
/// assert_eq!(escaped("größe.npy"), "größe.npy", "what is only foreign stays");
/// ```
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| escape_into(c, &mut out));
    out
}

/// `text` as [`escaped`], but with its line breaks: for whole pages, in which a name may have been overlooked.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' { out.push(c) } else { escape_into(c, &mut out) }
    }
    out
}

/// A path, [`escaped`].
#[must_use]
pub fn path(path: &Path) -> String {
    escaped(&path.display().to_string())
}

fn escape_into(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_obeyed(c) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Whether a terminal or a viewer does something at `c` instead of showing it: the control characters, those that turn
/// the direction of the text around, and those that have no width.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A name of the outside world in at most `most` columns: escaped, and of a long one the end, which says more than its
/// start.
#[must_use]
pub fn shorten(text: &str, most: usize) -> String {
    let text = escaped(text);
    let length = text.chars().count();
    if length <= most {
        text
    } else {
        format!("..{}", text.chars().skip(length + 2 - most).collect::<String>())
    }
}

/// `text` in lines of at most [`WIDTH`] columns, the first behind `first`, the others behind `indent` spaces. A word that
/// is longer than a line goes on in the next.
#[must_use]
pub fn wrap(first: &str, indent: usize, text: &str) -> String {
    let mut out = first.to_owned();
    let mut columns = first.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        let gap = usize::from(!fresh);
        if columns + gap + width > WIDTH && columns > indent {
            new_line(&mut out, indent);
            columns = indent;
        } else if !fresh {
            out.push(' ');
            columns += 1;
        }
        for c in word.chars() {
            if columns == WIDTH {
                new_line(&mut out, indent);
                columns = indent;
            }
            out.push(c);
            columns += 1;
        }
        fresh = false;
    }
    out.push('\n');
    out
}

fn new_line(out: &mut String, indent: usize) {
    let kept = out.trim_end_matches(' ').len();
    out.truncate(kept);
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
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
            (0.0, "0 pJ"),
            (1e-30, "1e-18 yJ"),
            (5e-13, "0.50 yJ"),
            (1e-12, "1.00 yJ"),
            (9.5e-8, "95.0 zJ"),
            (1e-6, "1.00 aJ"),
            (0.000_999_6, "1.00 fJ"),
            (0.994, "994 fJ"),
            (0.9996, "1.00 pJ"),
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
            (1e15, "1.00 kJ"),
            (1e25, "1e10 kJ"),
            (f64::NAN, "-"),
            (f64::INFINITY, "-"),
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

    #[test]
    fn times_keep_their_microseconds_and_never_vanish() {
        let cases = [
            (0.0, "0 us"),
            (1e-9, "1.00 fs"),
            (2e-6, "2.00 ps"),
            (0.004, "4.00 ns"),
            (0.9996, "1.00 us"),
            (16.356, "16.36 us"),
            (104.12, "104.12 us"),
            (99_949.0, "99949.00 us"),
            (99_999.0, "100.00 ms"),
            (1e9, "1000.00 s"),
            (f64::NAN, "-"),
        ];
        for (microseconds, expected) in cases {
            assert_eq!(duration(microseconds), expected, "{microseconds} us");
        }
    }

    #[test]
    fn decimals_are_as_many_as_asked_for_or_show_two_digits() {
        let cases = [
            (0.0, 2, "0.00"),
            (5.514, 2, "5.51"),
            (0.82, 2, "0.82"),
            (0.0821, 2, "0.082"),
            (0.0012, 2, "0.0012"),
            (1.2e-9, 2, "1.2e-9"),
            (19.68, 1, "19.7"),
            (0.25, 1, "0.25"),
            (0.05, 1, "0.05"),
            (0.005, 1, "0.005"),
            (7334.4, 0, "7334"),
            (7.3, 0, "7.3"),
            (4.0, 0, "4"),
            (9.96, 0, "10"),
            (0.3, 0, "0.3"),
            (-0.004, 2, "-0.004"),
            (1e-300, 2, "1e-300"),
            (f64::NAN, 2, "-"),
            (f64::NEG_INFINITY, 2, "-"),
        ];
        for (x, decimals, expected) in cases {
            assert_eq!(fixed(x, decimals), expected, "{x} to {decimals} decimals");
        }
    }

    #[test]
    fn a_share_that_is_not_zero_or_one_does_not_look_so() {
        let cases = [
            (0.0, "0.000"),
            (1.0, "1.000"),
            (0.535, "0.535"),
            (0.0004, "0.0004"),
            (0.0006, "0.001"),
            (0.9994, "0.999"),
            (0.9996, "0.9996"),
            (0.999_999_6, "0.9999996"),
            (1.0 - f64::EPSILON / 2.0, "0.9999999999999999"),
            (1e-300, "1e-300"),
            (f64::NAN, "-"),
        ];
        for (x, expected) in cases {
            assert_eq!(share(x, 3), expected, "{x:e}");
        }
        assert_eq!(percent(0.535, 0), "54", "percent");
        assert_eq!(percent(0.9996, 1), "99.96", "not all");
        assert_eq!((percent(0.004, 0), percent(0.0, 0)), ("0.4".to_owned(), "0".to_owned()), "not none");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let all: String = (0..=0x10_ffff_u32).filter_map(char::from_u32).collect();
        let shown = escaped(&all);
        assert!(!shown.chars().any(char::is_control), "no control character");
        for turned in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}", "\u{9b}", "\u{7f}"] {
            assert!(all.contains(turned) && !shown.contains(turned), "{turned:?}");
        }
        assert!(shown.contains("ä") && shown.contains('😀'), "letters stay");
        assert_eq!(printable("a\nb\u{1b}\r"), "a\nb\\u001b\\r", "a page keeps its lines");
        assert_eq!(path(Path::new("a\u{7}.npy")), "a\\u0007.npy");
    }

    #[test]
    fn an_escaped_text_is_read_back_from_json_and_toml_alike() {
        // The form of the escapes is what both have in common.
        assert_eq!(escaped("\u{1b}\u{9b}\u{2028}\t"), "\\u001b\\u009b\\u2028\\t");
    }

    #[test]
    fn values_are_short_and_exact() {
        for x in [1e300, -1e300, 5e-324, f64::MAX, 0.1 + 0.2, 1.234_567_890_123_456_7e-5, -0.0, 123_456.75] {
            let shown = value(x);
            assert!(shown.len() <= 24, "{shown}");
            assert_eq!(shown.parse::<f64>().map(f64::to_bits), Ok(x.to_bits()), "{shown}");
        }
        assert_eq!(value(u64::MAX), u64::MAX.to_string(), "whole numbers keep their digits");
    }

    #[test]
    fn long_texts_keep_their_end() {
        assert_eq!(shorten("patterns.npy", 12), "patterns.npy", "it fits");
        assert_eq!(shorten("/a/patterns.npy", 12), "..tterns.npy", "its end says more than its start");
        assert_eq!(shorten("äöüäöüäö", 4), "..äö", "columns are characters, not bytes");
        assert_eq!(shorten("\u{1b}", 6), "\\u001b", "a name is escaped before it is measured");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let text = "word ".repeat(60);
        let wrapped = wrap("title: ", 4, &text);
        assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH), "{wrapped}");
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("    word")), "{wrapped}");
        assert_eq!(wrapped.matches("word").count(), 60, "{wrapped}");
        assert_eq!(wrapped.lines().count(), 4, "lines are filled: {wrapped}");
    }

    #[test]
    fn a_word_longer_than_a_line_goes_on_in_the_next() {
        let word = "x".repeat(250);
        let wrapped = wrap("file ", 2, &format!("{word} end"));
        assert!(
            wrapped.lines().all(|line| line.chars().count() <= WIDTH && line == line.trim_end()),
            "{wrapped}"
        );
        assert_eq!(wrapped.matches('x').count(), 250, "{wrapped}");
        assert!(wrapped.ends_with(" end\n"), "{wrapped}");
    }
}
