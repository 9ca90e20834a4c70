//! Hamming distances of packed rows, many at a time, with whatever instructions the processor has for them.
//!
//! ```
//! use klr_units::hamming::{Near, PackedRows};
//! use std::num::NonZeroUsize;
//!
//! let rows = PackedRows::new(&[0b0000, 0b0001, 0b1111], 1);
//! let near = rows.near(1, 10, NonZeroUsize::MIN).expect("fewer than ten pairs");
//! assert_eq!(near.of(0), [Near { row: 0, distance: 0 }, Near { row: 1, distance: 1 }]);
//! assert_eq!(near.of(2), [Near { row: 2, distance: 0 }]);
//! ```

use crate::threads::map_in_order;
use pulp::Arch;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows of a job: their bits stay in the first cache while others pass.
const ROWS: usize = 64;
/// Rows that pass at a time.
const PASSING: usize = 1024;

/// Rows of bits, one after the other, each of the same number of words.
#[derive(Clone, Copy, Debug)]
pub struct PackedRows<'a> {
    words: &'a [u64],
    width: usize,
}

/// A row that is near another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// Which one.
    pub row: u32,
    /// In how many bits they differ.
    pub distance: u32,
}

/// For each row the rows within a reach of it.
#[derive(Clone, Debug)]
pub struct NearRows {
    starts: Vec<usize>,
    near: Vec<Near>,
}

impl NearRows {
    /// Those of rows that were looked up one by one, one list for each.
    #[must_use]
    pub fn of_lists(lists: &[Vec<Near>]) -> Self {
        let ends = lists.iter().scan(0, |end, list| {
            *end += list.len();
            Some(*end)
        });
        Self { starts: std::iter::once(0).chain(ends).collect(), near: lists.concat() }
    }

    /// The rows near row `at`, itself among them, ascending.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn of(&self, at: usize) -> &[Near] {
        &self.near[self.starts[at]..self.starts[at + 1]]
    }

    /// All entries: ordered pairs of rows, each row with itself among them.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.near.len()
    }
}

impl<'a> PackedRows<'a> {
    /// Rows of `width` words each.
    ///
    /// # Panics
    /// If there are no words in a row, the words do not fill rows, or there are more than 2^32 rows.
    #[must_use]
    pub fn new(words: &'a [u64], width: usize) -> Self {
        assert!(width > 0 && words.len().is_multiple_of(width), "{} words in rows of {width}", words.len());
        assert!(u32::try_from(words.len() / width).is_ok(), "rows are numbered in 32 bits");
        Self { words, width }
    }

    /// How many rows there are.
    #[must_use]
    pub fn count(self) -> usize {
        self.words.len() / self.width
    }

    /// The words of row `at`.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(self, at: usize) -> &'a [u64] {
        &self.words[at * self.width..][..self.width]
    }

    /// The Hamming distance of every row from `from`, in the place of what `distances` holds.
    ///
    /// # Panics
    /// If `from` has another number of words than a row.
    pub fn distances(self, from: &[u64], distances: &mut Vec<u32>) {
        assert_eq!(from.len(), self.width, "rows of one length");
        distances.clear();
        distances.resize(self.count(), 0);
        Arch::new().dispatch(
            #[inline(always)]
            || fill(from, self.words, distances),
        );
    }

    /// The rows within `reach` of `from`, ascending.
    ///
    /// # Panics
    /// If `from` has another number of words than a row.
    #[must_use]
    pub fn within(self, from: &[u64], reach: u32) -> Vec<Near> {
        assert_eq!(from.len(), self.width, "rows of one length");
        let mut found = Vec::new();
        Arch::new().dispatch(
            #[inline(always)]
            || find(from, self.words, reach, &mut found),
        );
        let near = |at: usize| Near { row: number(at), distance: differing(from, self.row(at)) };
        found.into_iter().map(near).collect()
    }

    /// For each row those within `reach` of it, found by comparing every two rows; `None` if there are more than `most`
    /// entries. The result does not depend on `threads`.
    #[must_use]
    pub fn near(self, reach: u32, most: usize, threads: NonZeroUsize) -> Option<NearRows> {
        let heads = self.heads(reach);
        let head = heads.as_ref().map_or(self, |(words, width)| PackedRows::new(words, *width));
        let jobs = (0..self.count()).step_by(ROWS).collect();
        // Each pair is two entries, and each row one with itself.
        let most = most.checked_sub(self.count())? / 2;
        let found = AtomicUsize::new(0);
        let pairs =
            map_in_order(jobs, threads, |from| self.pairs_of_block(head, from, reach, (&found, most)));
        Some(listed(self.count(), &pairs.into_iter().collect::<Option<Vec<_>>>()?))
    }

    /// The first words of every row, if they tell most rows apart: as many as differ in more than `reach` bits of two rows
    /// drawn at random, by three standard deviations (half the bits, and half the root of their number): one in a
    /// thousand is then looked at whole.
    fn heads(self, reach: u32) -> Option<(Vec<u64>, usize)> {
        let tells = |&width: &usize| {
            let bits = 64.0 * width as f64;
            f64::from(reach) < bits / 2.0 - 1.5 * bits.sqrt()
        };
        let width = (1..self.width).find(tells)?;
        Some((self.words.chunks_exact(self.width).flat_map(|row| &row[..width]).copied().collect(), width))
    }

    /// The pairs of the rows from `from` on, [`ROWS`] of them, with later ones; `None` once all threads together have found more
    /// than the most. Whether they will does not depend on who is first.
    fn pairs_of_block(
        self,
        head: PackedRows<'_>,
        from: usize,
        reach: u32,
        (found, most): (&AtomicUsize, usize),
    ) -> Option<Vec<Pair>> {
        let (count, arch) = (self.count(), Arch::new());
        let (mut candidates, mut pairs) = (Vec::new(), Vec::new());
        for start in (from..count).step_by(PASSING) {
            let end = count.min(start + PASSING);
            let before = pairs.len();
            for mu in from..count.min(from + ROWS) {
                let first = start.max(mu + 1);
                if first >= end {
                    continue;
                }
                candidates.clear();
                let passing = &head.words[first * head.width..end * head.width];
                arch.dispatch(
                    #[inline(always)]
                    || find(head.row(mu), passing, reach, &mut candidates),
                );
                pairs.extend(candidates.iter().filter_map(|&at| self.pair(mu, first + at, reach)));
            }
            let new = pairs.len() - before;
            if found.fetch_add(new, Ordering::Relaxed) + new > most {
                return None;
            }
        }
        Some(pairs)
    }

    fn pair(self, mu: usize, nu: usize, reach: u32) -> Option<Pair> {
        let distance = differing(self.row(mu), self.row(nu));
        (distance <= reach).then(|| Pair { rows: [mu, nu].map(number), distance })
    }
}

/// Two rows that are near each other, the first one first.
struct Pair {
    rows: [u32; 2],
    distance: u32,
}

fn number(row: usize) -> u32 {
    u32::try_from(row).expect("rows are numbered in 32 bits")
}

/// `pairs` both ways round, row by row, and every row with itself.
fn listed(count: usize, pairs: &[Vec<Pair>]) -> NearRows {
    let mut starts = vec![0; count + 1];
    starts.iter_mut().skip(1).for_each(|entries| *entries = 1);
    for pair in pairs.iter().flatten() {
        pair.rows.iter().for_each(|&row| starts[row as usize + 1] += 1);
    }
    for row in 0..count {
        starts[row + 1] += starts[row];
    }
    let mut near = vec![Near { row: 0, distance: 0 }; starts[count]];
    let mut next = starts.clone();
    let mut put = |at: usize, entry: Near| {
        near[next[at]] = entry;
        next[at] += 1;
    };
    (0..count).for_each(|row| put(row, Near { row: number(row), distance: 0 }));
    for &Pair { rows: [mu, nu], distance } in pairs.iter().flatten() {
        put(mu as usize, Near { row: nu, distance });
        put(nu as usize, Near { row: mu, distance });
    }
    starts.windows(2).for_each(|ends| near[ends[0]..ends[1]].sort_unstable_by_key(|near| near.row));
    NearRows { starts, near }
}

/// In how many bits two rows differ.
#[inline(always)]
fn differing(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(x, y)| (x ^ y).count_ones()).sum()
}

/// The distances of `rows` from `from`, one after the other.
#[inline(always)]
fn fill(from: &[u64], rows: &[u64], distances: &mut [u32]) {
    /// Of a number of words that is known beforehand, so that nothing is counted in a loop.
    #[inline(always)]
    fn known<const WIDTH: usize>(from: &[u64], rows: &[u64], distances: &mut [u32]) {
        let from: &[u64; WIDTH] = from.try_into().expect("asked for by its length");
        let each = rows.as_chunks::<WIDTH>().0.iter();
        each.zip(distances).for_each(|(row, distance)| *distance = differing(from, row));
    }
    match from.len() {
        1 => known::<1>(from, rows, distances),
        2 => known::<2>(from, rows, distances),
        3 => known::<3>(from, rows, distances),
        4 => known::<4>(from, rows, distances),
        5 => known::<5>(from, rows, distances),
        6 => known::<6>(from, rows, distances),
        8 => known::<8>(from, rows, distances),
        width => {
            let each = rows.chunks_exact(width);
            each.zip(distances).for_each(|(row, distance)| *distance = differing(from, row));
        }
    }
}

/// Appends where in `rows` those within `reach` of `from` stand.
#[inline(always)]
fn find(from: &[u64], rows: &[u64], reach: u32, found: &mut Vec<usize>) {
    /// Rows of which one comparison tells that none is near.
    const CHUNK: usize = 16;
    let mut distances = [0; CHUNK];
    for (chunk, rows) in rows.chunks(CHUNK * from.len()).enumerate() {
        let distances = &mut distances[..rows.len() / from.len()];
        fill(from, rows, distances);
        if distances.iter().fold(false, |any, &d| any | (d <= reach)) {
            let near = distances.iter().enumerate().filter(|&(_, &d)| d <= reach);
            found.extend(near.map(|(at, _)| chunk * CHUNK + at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words without a pattern that matters, and some rows a few bits from an earlier one.
    fn words(count: usize, width: usize) -> Vec<u64> {
        let mut seed = 88_172_645_463_325_252u64;
        let mut word = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        let mut words: Vec<u64> = (0..count * width).map(|_| word()).collect();
        for at in (3..count).step_by(3) {
            let (earlier, later) = words.split_at_mut(at * width);
            later[..width].copy_from_slice(&earlier[(at / 2) * width..][..width]);
            later[at % width] ^= 0b1011 << (at % 60);
        }
        words
    }

    /// One bit at a time.
    fn plain(a: &[u64], b: &[u64]) -> u32 {
        let bit = |row: &[u64], i: usize| row[i / 64] >> (i % 64) & 1;
        (0..64 * a.len()).map(|i| u32::from(bit(a, i) != bit(b, i))).sum()
    }

    #[test]
    fn distances_are_those_counted_bit_by_bit() {
        for width in 1..10 {
            let words = words(37, width);
            let rows = PackedRows::new(&words, width);
            let mut distances = vec![7; 3];
            rows.distances(rows.row(5), &mut distances);
            let expected: Vec<u32> = (0..37).map(|nu| plain(rows.row(5), rows.row(nu))).collect();
            assert_eq!(distances, expected, "rows of {width} words");
            let near = |(nu, distance)| Near { row: number(nu), distance };
            let within =
                expected.into_iter().enumerate().filter(|&(_, d)| d <= 30).map(near).collect::<Vec<_>>();
            assert_eq!(rows.within(rows.row(5), 30), within, "rows of {width} words");
        }
    }

    #[test]
    fn near_rows_are_those_of_all_pairs_at_any_number_of_threads() {
        for (count, width) in [(1, 1), (5, 1), (ROWS + 3, 4), (300, 2), (PASSING + 70, 5)] {
            let words = words(count, width);
            let rows = PackedRows::new(&words, width);
            for reach in [0, 3, 20, 64 * u32::try_from(width).unwrap()] {
                let expected = |mu: usize| -> Vec<Near> {
                    let near =
                        |nu: usize| Near { row: number(nu), distance: plain(rows.row(mu), rows.row(nu)) };
                    (0..count).map(near).filter(|near| near.distance <= reach).collect()
                };
                for threads in [1, 3] {
                    let near = rows.near(reach, usize::MAX, NonZeroUsize::new(threads).unwrap()).unwrap();
                    let pairs: usize = (0..count).map(|mu| near.of(mu).len()).sum();
                    assert_eq!(near.pairs(), pairs, "{count} x {width}, reach {reach}");
                    for mu in (0..count).step_by(7) {
                        assert_eq!(near.of(mu), expected(mu), "{count} x {width}, reach {reach}, row {mu}");
                    }
                    assert!(rows.near(reach, pairs - 1, NonZeroUsize::MIN).is_none(), "one too many");
                    assert!(rows.near(reach, pairs, NonZeroUsize::MIN).is_some(), "as many as allowed");
                }
            }
        }
    }

    #[test]
    fn a_short_reach_is_told_by_the_first_words() {
        let words = words(90, 8);
        let rows = PackedRows::new(&words, 8);
        let width = |reach| rows.heads(reach).map(|(_, width)| width);
        let expected = [Some(1), Some(2), Some(2), Some(3), Some(7), None];
        assert_eq!([19, 20, 47, 48, 192, 193].map(width), expected, "below 32 w - 12 sqrt w");
    }
}
