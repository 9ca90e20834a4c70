//! Reading the reference values of `fixtures/statistics`: one case per line, a name and numbers; and generators to resample with.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// The name and numbers of each line that is no comment.
pub(crate) fn rows(text: &'static str) -> Vec<(&'static str, Vec<f64>)> {
    let row = |line: &'static str| {
        let mut words = line.split_whitespace();
        let name = words.next().expect("a line is not empty");
        (name, words.map(|word| word.parse().expect("a number")).collect())
    };
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(row).collect()
}

/// The numbers of the line called `name`.
pub(crate) fn only<'a>(rows: &'a [(&str, Vec<f64>)], name: &str) -> &'a [f64] {
    let mut found = rows.iter().filter(|(other, _)| *other == name);
    let (_, numbers) = found.next().unwrap_or_else(|| panic!("no line {name}"));
    assert!(found.next().is_none(), "two lines {name}");
    numbers
}

/// Panics unless `got` is `expected` to a relative `tolerance`, absolute below 1e-300.
pub(crate) fn assert_close(got: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (got - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-300), "{what}: got {got:e}, expected {expected:e}");
}

/// A generator of random numbers, another for each seed.
pub(crate) fn generator(seed: u64) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(seed)
}
