//! Bit-sliced counters: one bit plane per binary digit, one lane per bit of a word, 64 lanes a word.
//!
//! Counting one pattern row is a ripple-carry over the planes, so 64 distances grow in a few instructions.

/// Counters of one block of patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlicedCounters {
    planes: Vec<u64>,
}

impl SlicedCounters {
    /// Counters of `bits` bits at zero.
    pub(crate) fn new(bits: u32) -> Self {
        Self { planes: vec![0; bits as usize] }
    }

    /// Adds one to every lane whose bit in `ones` is set.
    pub(crate) fn count(&mut self, ones: u64) {
        let mut carry = ones;
        for plane in &mut self.planes {
            (*plane, carry) = (*plane ^ carry, *plane & carry);
            if carry == 0 {
                return;
            }
        }
    }

    /// The count of one lane.
    pub(crate) fn get(&self, lane: usize) -> u32 {
        self.planes.iter().rev().fold(0, |count, plane| count << 1 | u32::from(plane >> lane & 1 == 1))
    }

    /// The lanes whose count is below `limit`.
    pub(crate) fn below(&self, limit: u32) -> u64 {
        if u64::from(limit) >> self.planes.len() != 0 {
            return u64::MAX;
        }
        // From the highest digit down: a lane is below as soon as it has a 0 where the limit has a 1.
        let (mut below, mut equal) = (0, u64::MAX);
        for (digit, plane) in self.planes.iter().enumerate().rev() {
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
        for (digit, plane) in self.planes.iter().enumerate().rev() {
            match left & !plane {
                0 => minimum |= 1 << digit,
                zeros => left = zeros,
            }
        }
        minimum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliced_counters_count_like_plain_ones() {
        let mut sliced = SlicedCounters::new(5);
        let mut plain = [0u32; 64];
        let mut word = 0x9E37_79B9_7F4A_7C15u64;
        for _ in 0..30 {
            word = word.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(1);
            sliced.count(word);
            for (lane, count) in plain.iter_mut().enumerate() {
                *count += u32::from(word >> lane & 1 == 1);
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
}
