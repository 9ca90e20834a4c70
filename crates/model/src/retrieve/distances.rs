//! How far a state is from every pattern, kept up to date flip by flip.

use crate::pattern::PatternSet;
use klr_units::State;

/// The Hamming distances of a state from all patterns, in bytes where they fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Distances {
    /// N of 255 or less.
    Bytes(Vec<u8>),
    /// Any N.
    Words(Vec<u32>),
}

impl Distances {
    #[expect(clippy::cast_possible_truncation, reason = "a distance is at most N, and N at most 255")]
    pub(super) fn new(patterns: &PatternSet, state: &State) -> Self {
        let distances = patterns.distances(state);
        if patterns.n() <= usize::from(u8::MAX) {
            return Self::Bytes(distances.into_iter().map(|d| d as u8).collect());
        }
        Self::Words(distances)
    }

    /// A neuron has just been turned to +1 (`up`) or -1: one less for the patterns that have the new bit, one more for
    /// the others.
    pub(super) fn follow(&mut self, up: bool, signs: &[i8]) {
        match (self, up) {
            (Self::Bytes(all), true) => {
                all.iter_mut().zip(signs).for_each(|(d, &s)| *d = d.wrapping_sub_signed(s));
            }
            (Self::Bytes(all), false) => {
                all.iter_mut().zip(signs).for_each(|(d, &s)| *d = d.wrapping_add_signed(s));
            }
            (Self::Words(all), up) => {
                let step = if up { -1 } else { 1 };
                let change = |(d, &s): (&mut u32, &i8)| *d = d.wrapping_add_signed(step * i32::from(s));
                all.iter_mut().zip(signs).for_each(change);
            }
        }
    }

    /// The entry of `table` at each distance. There are at least 256 and at least N+1.
    pub(super) fn read(&self, table: &[i16], values: &mut [i16]) {
        match self {
            Self::Bytes(all) => {
                // An array of 256 needs no check of a byte.
                let table: &[i16; 256] = table.first_chunk().expect("at least 256 entries");
                all.iter().zip(values).for_each(|(&d, value)| *value = table[usize::from(d)]);
            }
            Self::Words(all) => all.iter().zip(values).for_each(|(&d, value)| *value = table[d as usize]),
        }
    }

    /// The entry of `table`, N+1 kernel values, at each distance.
    pub(super) fn values(&self, table: &[f64], values: &mut Vec<f64>) {
        values.clear();
        match self {
            Self::Bytes(all) => values.extend(all.iter().map(|&d| table[usize::from(d)])),
            Self::Words(all) => values.extend(all.iter().map(|&d| table[d as usize])),
        }
    }

    /// The largest magnitude of the kernel values, and the sum of their magnitudes, about.
    pub(super) fn magnitudes(&self, table: &[f64]) -> (f64, f64) {
        let mut patterns_at = vec![0u32; table.len()];
        match self {
            Self::Bytes(all) => all.iter().for_each(|&d| patterns_at[usize::from(d)] += 1),
            Self::Words(all) => all.iter().for_each(|&d| patterns_at[d as usize] += 1),
        }
        let found = table.iter().zip(patterns_at).filter(|&(_, count)| count > 0);
        found.fold((0.0, 0.0), |(largest, total): (f64, f64), (value, count)| {
            (largest.max(value.abs()), total + f64::from(count) * value.abs())
        })
    }
}
