//! Patterns turned over: from rows to columns and back. An image keeps both, so nobody else does it.

use crate::error::ImageError;
use klr_units::State;

/// The patterns by column: word `b N + i` holds bit `i` of the patterns of block `b`, lane 0 in bit 0.
pub(crate) fn columns_of(patterns: &[State], n: usize, lanes: usize) -> Vec<u64> {
    let mut columns = vec![0; patterns.len().div_ceil(lanes) * n];
    for (mu, pattern) in patterns.iter().enumerate() {
        let (block, lane) = (mu / lanes, mu % lanes);
        for (i, column) in columns[block * n..][..n].iter_mut().enumerate() {
            *column |= u64::from(pattern.get(i)) << lane;
        }
    }
    columns
}

/// The patterns of columns that hold `p` of `n` neurons.
pub(crate) fn rows_of(columns: &[u64], n: usize, p: usize, lanes: usize) -> Vec<State> {
    let mut patterns = vec![State::all_minus(n); p];
    for (block, patterns) in patterns.chunks_mut(lanes).enumerate() {
        for (i, &column) in columns[block * n..][..n].iter().enumerate() {
            let set = patterns.iter_mut().enumerate().filter(|(lane, _)| column >> lane & 1 == 1);
            set.for_each(|(_, pattern)| pattern.flip(i));
        }
    }
    patterns
}

/// Checks that no bit is set beyond the last pattern.
pub(crate) fn check_stray_bits(columns: &[u64], n: usize, p: usize, lanes: usize) -> Result<(), ImageError> {
    for (column, &found) in columns.iter().enumerate() {
        let used = lanes.min(p - column / n * lanes);
        if used < 64 && found >> used != 0 {
            return Err(ImageError::StrayBit { column, found });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_turn_back_into_rows() {
        let patterns: Vec<State> = (0..6u32)
            .map(|mu| {
                let sign = |i| if (mu * 7 + i * 3) % 4 < 2 { 1 } else { -1 };
                State::from_signs(&(0..5u32).map(sign).collect::<Vec<_>>()).unwrap()
            })
            .collect();
        let columns = columns_of(&patterns, 5, 4);
        assert_eq!(rows_of(&columns, 5, 6, 4), patterns, "6 patterns in lanes of 4");
        for (mu, pattern) in patterns.iter().enumerate() {
            for i in 0..5 {
                let column = columns[mu / 4 * 5 + i];
                assert_eq!(column >> (mu % 4) & 1 == 1, pattern.get(i), "bit {i} of pattern {mu}");
            }
        }
        assert!(check_stray_bits(&columns, 5, 6, 4).is_ok(), "none");
        assert!(check_stray_bits(&columns, 5, 5, 4).is_err(), "the sixth pattern");
    }
}
