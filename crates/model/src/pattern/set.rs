//! Stored patterns and states, packed one bit per neuron: bit 1 is +1, bit 0 is -1.

use klr_units::State;
use klr_units::hamming::PackedRows;
use rand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How many repeated rows [`PatternError::Duplicates`] lists before it only counts.
const DUPLICATES_LISTED: usize = 5;

/// The values a pattern given as signs may have, as written in messages.
const SIGNS: &str = "-1 and +1";

/// Why patterns or states cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// There is no row or no column.
    #[error("at least one row and one column are needed, found {rows} x {columns}")]
    Empty {
        /// Rows found.
        rows: usize,
        /// Columns found.
        columns: usize,
    },
    /// The values do not fill whole rows.
    #[error("{found} values do not fill rows of {columns}")]
    Ragged {
        /// Values given.
        found: usize,
        /// Values in a row.
        columns: usize,
    },
    /// A value is not one of those allowed.
    #[error("row {row}, column {column}: found {found}, allowed are {allowed}")]
    Value {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value found.
        found: i64,
        /// The values allowed.
        allowed: &'static str,
    },
    /// Rows repeat earlier ones.
    #[error("{count} of {rows} rows repeat an earlier one: {}", list_duplicates(first, *count))]
    Duplicates {
        /// The first few pairs: the later row, and the first row it repeats.
        first: Vec<(usize, usize)>,
        /// How many rows repeat an earlier one.
        count: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// A state has another number of neurons than the patterns.
    #[error("a {what} of {found} neurons does not fit patterns of {expected}")]
    Dimension {
        /// What was given, such as `cue`.
        what: &'static str,
        /// Its number of neurons.
        found: usize,
        /// The patterns' number of neurons.
        expected: usize,
    },
    /// A dimension does not fit 32 bits.
    #[error("{found} {what} are too many: the limit is {}", u32::MAX)]
    TooLarge {
        /// `rows` or `columns`.
        what: &'static str,
        /// How many were asked for.
        found: usize,
    },
    /// More distinct patterns were asked for than there are states.
    #[error("{p} distinct patterns of {n} neurons do not exist: there are 2^{n} states")]
    TooMany {
        /// Patterns asked for.
        p: usize,
        /// Neurons.
        n: usize,
    },
    /// Packed words have bits set past the last neuron, or there are too few or too many of them.
    #[error("{words} words do not pack {n} neurons with the unused high bits zero")]
    Packing {
        /// Words given.
        words: usize,
        /// Neurons.
        n: usize,
    },
}

fn list_duplicates(first: &[(usize, usize)], count: usize) -> String {
    let pairs: Vec<String> =
        first.iter().map(|(later, earlier)| format!("row {later} repeats row {earlier}")).collect();
    let more = if count > first.len() { ", ..." } else { "" };
    pairs.join(", ") + more
}

/// Words that hold `n` bits.
const fn words_for(n: usize) -> usize {
    n.div_ceil(64)
}

/// A word with its lowest `n mod 64` bits set (all of them if `n` is a multiple of 64): the used bits of a last word.
const fn last_mask(n: usize) -> u64 {
    match n % 64 {
        0 => u64::MAX,
        used => (1 << used) - 1,
    }
}

fn get_bit(words: &[u64], i: usize) -> bool {
    words[i / 64] >> (i % 64) & 1 == 1
}

const fn sign_of(bit: bool) -> i8 {
    if bit { 1 } else { -1 }
}

/// Hamming distance of two rows of equal length.
fn popcount_distance(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(x, y)| (x ^ y).count_ones()).sum()
}

/// Packs one row of signs; `row` is only for the message.
fn pack_signs(signs: &[i8], row: usize, words: &mut [u64]) -> Result<(), PatternError> {
    for (column, &sign) in signs.iter().enumerate() {
        match sign {
            1 => words[column / 64] |= 1 << (column % 64),
            -1 => {}
            _ => return Err(PatternError::Value { row, column, found: sign.into(), allowed: SIGNS }),
        }
    }
    Ok(())
}

fn check_dimension(what: &'static str, found: usize) -> Result<(), PatternError> {
    match u32::try_from(found) {
        Ok(_) => Ok(()),
        Err(_) => Err(PatternError::TooLarge { what, found }),
    }
}

/// P stored patterns of N neurons, one packed row each; P and N are at least 1 and fit 32 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternSet {
    n: usize,
    p: usize,
    words: Vec<u64>,
}

/// The patterns nearest to a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// Their Hamming distance from it, 0 for a stored pattern.
    pub distance: u32,
    /// Their rows, ascending, at least one.
    pub rows: Vec<usize>,
}

impl PatternSet {
    /// Patterns of `n` neurons from row-major signs, each -1 or +1.
    ///
    /// # Errors
    /// [`PatternError`] if there is no row or column, a row is cut short, or a value is another number.
    pub fn from_signs(n: usize, signs: &[i8]) -> Result<Self, PatternError> {
        if n == 0 || signs.is_empty() {
            return Err(PatternError::Empty { rows: signs.len().checked_div(n).unwrap_or(0), columns: n });
        }
        if !signs.len().is_multiple_of(n) {
            return Err(PatternError::Ragged { found: signs.len(), columns: n });
        }
        let p = signs.len() / n;
        let mut words = vec![0; p * words_for(n)];
        for (row, (signs, words)) in signs.chunks(n).zip(words.chunks_mut(words_for(n))).enumerate() {
            pack_signs(signs, row, words)?;
        }
        Self::from_words(n, p, words)
    }

    /// Patterns of `n` neurons packed as [`Self::row_words`] returns them, row after row.
    ///
    /// # Errors
    /// [`PatternError`] if a dimension is 0 or above 32 bits, or the words do not pack `p` rows of `n` bits.
    pub fn from_words(n: usize, p: usize, words: Vec<u64>) -> Result<Self, PatternError> {
        if n == 0 || p == 0 {
            return Err(PatternError::Empty { rows: p, columns: n });
        }
        check_dimension("columns", n)?;
        check_dimension("rows", p)?;
        let width = words_for(n);
        let stray = |row: &[u64]| row[width - 1] & !last_mask(n) != 0;
        if p.checked_mul(width) != Some(words.len()) || words.chunks_exact(width).any(stray) {
            return Err(PatternError::Packing { words: words.len(), n });
        }
        Ok(Self { n, p, words })
    }

    /// `p` distinct patterns of `n` neurons, every bit drawn with probability 1/2; a repeated row is drawn again.
    ///
    /// # Errors
    /// [`PatternError`] if a dimension is 0 or above 32 bits, or there are fewer than `p` states.
    pub fn random(n: usize, p: usize, rng: &mut (impl Rng + ?Sized)) -> Result<Self, PatternError> {
        if n == 0 || p == 0 {
            return Err(PatternError::Empty { rows: p, columns: n });
        }
        check_dimension("columns", n)?;
        check_dimension("rows", p)?;
        if n < 32 && p > 1 << n {
            return Err(PatternError::TooMany { p, n });
        }
        let rows = draw_distinct(n, p, rng);
        Self::from_words(n, p, rows.concat())
    }

    /// N, the number of neurons.
    #[must_use]
    pub const fn n(&self) -> usize {
        self.n
    }

    /// P, the number of patterns.
    #[must_use]
    pub const fn p(&self) -> usize {
        self.p
    }

    /// The load P/N.
    #[must_use]
    pub fn load(&self) -> f64 {
        self.p as f64 / self.n as f64
    }

    /// The packed bits of pattern `mu`.
    ///
    /// # Panics
    /// If `mu` is not below P.
    #[must_use]
    pub fn row_words(&self, mu: usize) -> &[u64] {
        let width = words_for(self.n);
        &self.words[mu * width..][..width]
    }

    /// Pattern `mu` as a state.
    ///
    /// # Panics
    /// If `mu` is not below P.
    #[must_use]
    pub fn state(&self, mu: usize) -> State {
        State::from_words(self.n, self.row_words(mu).to_vec()).expect("a row has the words of N neurons")
    }

    /// Whether neuron `i` of pattern `mu` is +1.
    ///
    /// # Panics
    /// If `mu` is not below P or `i` not below N.
    #[must_use]
    pub fn bit(&self, mu: usize, i: usize) -> bool {
        assert!(i < self.n, "neuron {i} of {}", self.n);
        get_bit(self.row_words(mu), i)
    }

    /// -1 or +1.
    ///
    /// # Panics
    /// If `mu` is not below P or `i` not below N.
    #[must_use]
    pub fn sign(&self, mu: usize, i: usize) -> i8 {
        sign_of(self.bit(mu, i))
    }

    /// The N bits of pattern `mu` as -1 and +1.
    ///
    /// # Panics
    /// If `mu` is not below P.
    pub fn signs(&self, mu: usize) -> impl Iterator<Item = i8> + '_ {
        let words = self.row_words(mu);
        (0..self.n).map(|i| sign_of(get_bit(words, i)))
    }

    /// The number of neurons in which `state` differs from pattern `mu`.
    ///
    /// # Panics
    /// If the numbers of neurons differ or `mu` is not below P.
    #[must_use]
    pub fn hamming(&self, state: &State, mu: usize) -> usize {
        assert_eq!(state.n(), self.n, "a state and the patterns of one network have one length");
        popcount_distance(state.words(), self.row_words(mu)) as usize
    }

    /// The Hamming distance of `state` from every pattern, P values.
    ///
    /// # Panics
    /// If the numbers of neurons differ.
    #[must_use]
    pub fn distances(&self, state: &State) -> Vec<u32> {
        assert_eq!(state.n(), self.n, "a state and the patterns of one network have one length");
        let mut distances = Vec::new();
        self.packed().distances(state.words(), &mut distances);
        distances
    }

    /// The Hamming distance of pattern `mu` from each of the patterns `others`.
    ///
    /// # Panics
    /// If `mu` or one of `others` is not below P.
    pub fn distances_from(&self, mu: usize, others: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        let (from, width) = (self.row_words(mu), words_for(self.n));
        let rows = self.words[others.start * width..others.end * width].chunks_exact(width);
        rows.map(move |row| popcount_distance(from, row))
    }

    /// The patterns nearest to `state`, all of them where several are equally near: which row comes first says nothing.
    ///
    /// # Panics
    /// If the numbers of neurons differ.
    #[must_use]
    pub fn nearest(&self, state: &State) -> Nearest {
        let distances = self.distances(state);
        let distance = distances.iter().copied().min().expect("a pattern set has at least one row");
        Nearest { distance, rows: (0..self.p).filter(|&mu| distances[mu] == distance).collect() }
    }

    /// The rows that repeat an earlier one: pairs of the later row and the first row it repeats, later rows ascending.
    #[must_use]
    pub fn duplicates(&self) -> Vec<(usize, usize)> {
        let mut first = BTreeMap::new();
        let repeat = |(mu, row)| match *first.entry(row).or_insert(mu) {
            earlier if earlier == mu => None,
            earlier => Some((mu, earlier)),
        };
        self.rows().enumerate().filter_map(repeat).collect()
    }

    /// The same patterns, each only once, in the order of their first appearance.
    #[must_use]
    pub fn without_duplicates(&self) -> Self {
        let mut repeated = self.duplicates().into_iter().map(|(later, _)| later).peekable();
        let kept: Vec<&[u64]> = self
            .rows()
            .enumerate()
            .filter(|(mu, _)| repeated.next_if_eq(mu).is_none())
            .map(|(_, row)| row)
            .collect();
        Self { n: self.n, p: kept.len(), words: kept.concat() }
    }

    /// Where each row stands in [`Self::without_duplicates`]: a row that repeats an earlier one stands where that one does.
    #[must_use]
    pub fn distinct_rows(&self) -> Vec<usize> {
        let mut place = BTreeMap::new();
        let stands = |row| {
            let next = place.len();
            *place.entry(row).or_insert(next)
        };
        self.rows().map(stands).collect()
    }

    /// Refuses rows that repeat.
    ///
    /// # Errors
    /// [`PatternError::Duplicates`] naming the first few rows that repeat an earlier one.
    pub fn require_distinct(&self) -> Result<(), PatternError> {
        let mut first = self.duplicates();
        if first.is_empty() {
            return Ok(());
        }
        let count = first.len();
        first.truncate(DUPLICATES_LISTED);
        Err(PatternError::Duplicates { first, count, rows: self.p })
    }

    /// Refuses a state with another number of neurons than the patterns; `what` names it in the message.
    ///
    /// # Errors
    /// [`PatternError::Dimension`] if the numbers differ.
    pub fn require_fits(&self, state: &State, what: &'static str) -> Result<(), PatternError> {
        if state.n() == self.n {
            Ok(())
        } else {
            Err(PatternError::Dimension { what, found: state.n(), expected: self.n })
        }
    }

    /// The packed bits of all rows, one after the other.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// The rows, to be compared with each other.
    pub(crate) fn packed(&self) -> PackedRows<'_> {
        PackedRows::new(&self.words, words_for(self.n))
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, u64> {
        self.words.chunks_exact(words_for(self.n))
    }
}

/// Half the states or more: drawing again and again for the last free one would take long, so enumerate them instead.
fn is_crowded(n: usize, p: usize) -> bool {
    n < 32 && p > (1 << n) / 2
}

fn draw_distinct(n: usize, p: usize, rng: &mut (impl Rng + ?Sized)) -> Vec<Vec<u64>> {
    if is_crowded(n, p) {
        return draw_crowded(n, p, rng);
    }
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(p);
    while rows.len() < p {
        let mut row: Vec<u64> = (0..words_for(n)).map(|_| rng.next_u64()).collect();
        *row.last_mut().expect("n is at least 1") &= last_mask(n);
        if seen.insert(row.clone()) {
            rows.push(row);
        }
    }
    rows
}

/// The first `p` of all 2^n states in random order.
fn draw_crowded(n: usize, p: usize, rng: &mut (impl Rng + ?Sized)) -> Vec<Vec<u64>> {
    use rand::seq::SliceRandom;
    let mut states: Vec<u64> = (0..1 << n).collect();
    states.shuffle(rng);
    states.into_iter().take(p).map(|word| vec![word]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};

    fn random(n: usize, p: usize) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(1).stream(Stream::Patterns)).unwrap()
    }

    #[test]
    fn signs_go_in_and_come_out() {
        for n in [1, 63, 64, 65, 130] {
            let signs: Vec<i8> = (0..n).map(|i| if i % 3 == 0 { 1 } else { -1 }).collect();
            let state = State::from_signs(&signs).unwrap();
            assert_eq!(state.signs().collect::<Vec<_>>(), signs, "N = {n}");
            assert_eq!(State::from_words(n, state.words().to_vec()), Some(state), "N = {n}, packed");
        }
    }

    #[test]
    fn distances_count_differing_signs() {
        let patterns = random(70, 5);
        let state = patterns.state(3);
        for (mu, distance) in patterns.distances(&state).into_iter().enumerate() {
            let plain = (0..70).filter(|&i| patterns.sign(mu, i) != state.sign(i)).count();
            assert_eq!(patterns.hamming(&state, mu), plain, "pattern {mu}");
            assert_eq!(distance as usize, plain, "pattern {mu}, all at once");
            assert_eq!(patterns.state(mu).hamming(&state), plain, "pattern {mu}, as a state");
        }
        assert_eq!(
            patterns.nearest(&state),
            Nearest { distance: 0, rows: vec![3] },
            "a pattern is nearest to itself"
        );
    }

    #[test]
    fn all_patterns_that_are_equally_near_are_the_nearest() {
        let patterns = PatternSet::from_signs(2, &[-1, -1, 1, -1, -1, 1]).unwrap();
        let nearest = patterns.nearest(&State::from_signs(&[1, 1]).unwrap());
        assert_eq!(nearest, Nearest { distance: 1, rows: vec![1, 2] }, "rows 1 and 2 are at distance 1");
    }

    #[test]
    fn duplicates_are_found_and_dropped() {
        let patterns = PatternSet::from_signs(2, &[1, 1, 1, -1, 1, 1, 1, -1, 1, 1]).unwrap();
        assert_eq!(patterns.duplicates(), [(2, 0), (3, 1), (4, 0)], "the later row, then the first like it");
        let distinct = patterns.without_duplicates();
        assert_eq!(distinct, PatternSet::from_signs(2, &[1, 1, 1, -1]).unwrap(), "in order of appearance");
        assert_eq!(distinct.require_distinct(), Ok(()));
        assert_eq!(patterns.distinct_rows(), [0, 1, 0, 1, 0], "where each of the five is found again");
    }

    #[test]
    fn a_long_list_of_duplicates_is_cut() {
        let message = PatternSet::from_signs(1, &[1; 9]).unwrap().require_distinct().unwrap_err().to_string();
        assert!(
            message.starts_with("8 of 9 rows repeat an earlier one: row 1 repeats row 0, row 2"),
            "{message}"
        );
        assert!(message.ends_with("row 5 repeats row 0, ..."), "{message}");
    }

    #[test]
    fn random_patterns_are_distinct_even_if_they_are_all_there_are() {
        for (n, p) in [(3, 8), (3, 5), (10, 700), (64, 50), (200, 20)] {
            let patterns = random(n, p);
            assert_eq!((patterns.n(), patterns.p()), (n, p));
            assert_eq!(patterns.require_distinct(), Ok(()), "N = {n}, P = {p}");
        }
        let nine = PatternSet::random(3, 9, &mut Streams::new(1).stream(Stream::Patterns));
        assert_eq!(nine, Err(PatternError::TooMany { p: 9, n: 3 }), "8 states do not give 9 patterns");
    }

    #[test]
    fn half_of_all_random_bits_are_set() {
        // 200 x 500 bits: standard deviation 158; 5 of them allowed.
        let patterns = random(200, 500);
        let set = (0..500).map(|mu| patterns.state(mu).signs().filter(|&s| s > 0).count()).sum::<usize>();
        assert!(set.abs_diff(50_000) < 790, "{set} of 100,000");
    }

    #[test]
    fn bad_dimensions_and_values_are_refused() {
        use PatternError as E;
        let cases = [
            (0, vec![], E::Empty { rows: 0, columns: 0 }),
            (3, vec![], E::Empty { rows: 0, columns: 3 }),
            (2, vec![1, 1, 1], E::Ragged { found: 3, columns: 2 }),
            (2, vec![1, 1, -1, 0], E::Value { row: 1, column: 1, found: 0, allowed: SIGNS }),
        ];
        for (n, signs, expected) in cases {
            assert_eq!(PatternSet::from_signs(n, &signs), Err(expected), "{n} columns of {signs:?}");
        }
        assert_eq!(PatternSet::from_words(3, 1, vec![8]), Err(E::Packing { words: 1, n: 3 }), "a stray bit");
        assert_eq!(
            PatternSet::from_words(65, 2, vec![0; 3]),
            Err(E::Packing { words: 3, n: 65 }),
            "a word short"
        );
        let cue = State::from_signs(&[1, 1]).unwrap();
        let message = random(3, 2).require_fits(&cue, "cue").unwrap_err().to_string();
        assert_eq!(message, "a cue of 2 neurons does not fit patterns of 3");
    }
}
