//! Bit-sliced counters: one bit plane per binary digit, one lane per bit of a word.
//!
//! What is done to one counter in an adder is done here to the counters of a whole block, 64 in a few instructions:
//! counting a pattern row is a ripple-carry over the planes, moving every distance by one is a half of it, and a comparison
//! goes down the digits.

use klr_image::CoreImage;

/// The counters of every block of patterns, those of one block side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlicedCounters {
    planes: Vec<u64>,
    digits: usize,
}

impl SlicedCounters {
    /// Counters at zero, for every pattern of `image`.
    pub(crate) fn new(image: &CoreImage) -> Self {
        let digits = image.counter_bits() as usize;
        Self { planes: vec![0; image.blocks() * digits], digits }
    }

    /// Blocks of patterns.
    pub(crate) fn blocks(&self) -> usize {
        self.planes.len() / self.digits
    }

    /// The counters of `block`.
    #[inline]
    pub(crate) fn block(&self, block: usize) -> Planes<&[u64]> {
        Planes(&self.planes[block * self.digits..][..self.digits])
    }

    /// The counters of `block`, to be changed.
    #[inline]
    pub(crate) fn block_mut(&mut self, block: usize) -> Planes<&mut [u64]> {
        Planes(&mut self.planes[block * self.digits..][..self.digits])
    }

    /// The smallest of all counters.
    pub(crate) fn smallest(&self, image: &CoreImage) -> u32 {
        let of_block = |block| self.block(block).minimum(first_lanes(image.lanes(block)));
        (0..image.blocks()).map(of_block).min().unwrap_or(0)
    }

    /// The counters of every block, to be changed.
    pub(crate) fn blocks_mut(&mut self) -> impl Iterator<Item = Planes<&mut [u64]>> {
        self.planes.chunks_exact_mut(self.digits).map(Planes)
    }
}

/// The counters of one block: its bit planes, the lowest digit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planes<W>(W);

/// Rows that are added to the planes together: as many as three digits can count.
const ROWS_AT_ONCE: usize = 7;

impl Planes<Vec<u64>> {
    /// Counters of `bits` bits at zero, for one block.
    pub(crate) fn zero(bits: u32) -> Self {
        Self(vec![0; bits as usize])
    }
}

impl<W: AsRef<[u64]>> Planes<W> {
    /// The count of one lane.
    pub(crate) fn get(&self, lane: usize) -> u32 {
        self.0.as_ref().iter().rev().fold(0, |count, plane| count << 1 | u32::from(plane >> lane & 1 == 1))
    }

    /// The lanes whose count is below `limit`.
    pub(crate) fn below(&self, limit: u32) -> u64 {
        let planes = self.0.as_ref();
        if u64::from(limit) >> planes.len() != 0 {
            return u64::MAX;
        }
        // From the highest digit down: a lane is below as soon as it has a 0 where the limit has a 1.
        let (mut below, mut equal) = (0, u64::MAX);
        for (digit, plane) in planes.iter().enumerate().rev() {
            if limit >> digit & 1 == 1 {
                below |= equal & !plane;
                equal &= plane;
            } else {
                equal &= !plane;
            }
        }
        below
    }

    /// The smallest count among `lanes`, which must not be empty.
    pub(crate) fn minimum(&self, lanes: u64) -> u32 {
        debug_assert_ne!(lanes, 0, "a minimum needs a lane");
        let mut left = lanes;
        let mut minimum = 0;
        for (digit, plane) in self.0.as_ref().iter().enumerate().rev() {
            match left & !plane {
                0 => minimum |= 1 << digit,
                zeros => left = zeros,
            }
        }
        minimum
    }
}

impl<W: AsMut<[u64]>> Planes<W> {
    /// Sets every lane to zero.
    pub(crate) fn clear(&mut self) {
        self.0.as_mut().fill(0);
    }

    /// Adds one to every lane whose bit in `ones` is set.
    pub(crate) fn count(&mut self, ones: u64) {
        self.carry(0, ones);
    }

    /// Adds one to every lane for each of `rows` in which its bit is set.
    pub(crate) fn count_rows(&mut self, mut rows: impl ExactSizeIterator<Item = u64>) {
        while rows.len() >= ROWS_AT_ONCE {
            let mut row = || rows.next().unwrap_or(0);
            let (a, twos_a) = full_adder(row(), row(), row());
            let (b, twos_b) = full_adder(row(), row(), row());
            let (ones, twos_c) = full_adder(a, b, row());
            let (twos, fours) = full_adder(twos_a, twos_b, twos_c);
            self.add([ones, twos, fours]);
        }
        rows.for_each(|row| self.count(row));
    }

    /// Adds a number of three digits to every lane.
    fn add(&mut self, number: [u64; 3]) {
        let planes = self.0.as_mut();
        let mut carry = 0;
        for (plane, digit) in planes.iter_mut().zip(number) {
            (*plane, carry) = full_adder(*plane, digit, carry);
        }
        self.carry(number.len(), carry);
    }

    fn carry(&mut self, from: usize, mut carry: u64) {
        for plane in self.0.as_mut().iter_mut().skip(from) {
            (*plane, carry) = (*plane ^ carry, *plane & carry);
        }
    }

    /// Moves every lane by one: down where its bit in `down` is set, else up. Returns the lanes that have left their range and
    /// wrapped.
    pub(crate) fn step(&mut self, down: u64) -> u64 {
        let mut moving = u64::MAX;
        for plane in self.0.as_mut() {
            let before = *plane;
            *plane ^= moving;
            // Upwards a one carries, downwards a zero borrows.
            moving &= before ^ down;
        }
        moving
    }

    /// Sets every lane to the count of `other`.
    pub(crate) fn copy(&mut self, other: Planes<&[u64]>) {
        self.0.as_mut().copy_from_slice(other.0);
    }
}

/// The first `lanes` lanes of a word; one at least.
pub(crate) const fn first_lanes(lanes: usize) -> u64 {
    u64::MAX >> (64 - lanes)
}

/// The numbers of the lanes in `mask`, in order.
pub(crate) const fn lanes_of(mask: u64) -> LanesOf {
    LanesOf(mask)
}

/// Lanes that are left of a mask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LanesOf(u64);

impl Iterator for LanesOf {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let lane = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(lane)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.count_ones() as usize;
        (left, Some(left))
    }
}

/// The sum of three bits, in two digits.
const fn full_adder(a: u64, b: u64, c: u64) -> (u64, u64) {
    let either = a ^ b;
    (either ^ c, a & b | either & c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> impl Iterator<Item = u64> {
        let next = |word: &u64| Some(word.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(1));
        std::iter::successors(Some(0x9E37_79B9_7F4A_7C15), next)
    }

    fn bit(word: u64, lane: usize) -> u32 {
        u32::from(word >> lane & 1 == 1)
    }

    #[test]
    fn sliced_counters_count_like_plain_ones() {
        let mut sliced = Planes::zero(5);
        let mut plain = [0u32; 64];
        for word in words().take(30) {
            sliced.count(word);
            for (lane, count) in plain.iter_mut().enumerate() {
                *count += bit(word, lane);
            }
        }
        for (lane, &count) in plain.iter().enumerate() {
            assert_eq!(sliced.get(lane), count, "lane {lane}");
        }
        for limit in 0..40 {
            let expected = plain.iter().enumerate().fold(0, |m, (l, &c)| m | u64::from(c < limit) << l);
            assert_eq!(sliced.below(limit), expected, "below {limit}");
        }
        assert_eq!(sliced.minimum(u64::MAX), *plain.iter().min().unwrap(), "of all");
        assert_eq!(sliced.minimum(0xF0), *plain[4..8].iter().min().unwrap(), "of four lanes");
    }

    #[test]
    fn rows_together_count_like_rows_one_by_one() {
        for rows in 0..31 {
            for digits in 1..=6 {
                let (mut together, mut alone) = (Planes::zero(digits), Planes::zero(digits));
                let row = |i: usize| words().nth(i).unwrap();
                together.count_rows((0..rows).map(row));
                (0..rows).for_each(|i| alone.count(row(i)));
                assert_eq!(together, alone, "{rows} rows, {digits} digits: both wrap alike");
            }
        }
    }

    #[test]
    fn a_step_moves_every_lane_by_one_and_tells_which_wrapped() {
        for digits in 1..=4 {
            let mut sliced = Planes::zero(digits);
            let mut plain = [0i64; 64];
            for down in words().take(60) {
                let wrapped = sliced.step(down);
                for (lane, count) in plain.iter_mut().enumerate() {
                    let to = *count + 1 - 2 * i64::from(bit(down, lane));
                    *count = to.rem_euclid(1 << digits);
                    assert_eq!(bit(wrapped, lane) == 1, to != *count, "lane {lane}");
                    assert_eq!(i64::from(sliced.get(lane)), *count, "lane {lane}, {digits} digits");
                }
            }
        }
    }
}
