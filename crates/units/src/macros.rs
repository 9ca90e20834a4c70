//! Capacities that a memory which sizes itself takes for its banks.

/// The capacities that macros come in, in bytes, smallest first: powers of two.
///
/// A memory that sizes itself takes banks of these sizes, all of which the price tables that come with the program have
/// prices for. A larger bank is built as large as it has to be.
pub const MACRO_BYTES: [u64; 7] = [1 << 10, 1 << 13, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 20];

/// The capacity of the smallest macro that holds `bytes`; `None` if none is as large.
///
/// ```
/// use klr_units::macros::smallest_for;
///
/// assert_eq!(smallest_for(37_600), Some(65_536));
/// assert_eq!(smallest_for(65_536), Some(65_536));
/// assert_eq!(smallest_for(2_000_000), None);
/// ```
#[must_use]
pub fn smallest_for(bytes: u64) -> Option<u64> {
    MACRO_BYTES.into_iter().find(|&capacity| capacity >= bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_rise_in_powers_of_two() {
        assert!(MACRO_BYTES.iter().all(|bytes| bytes.is_power_of_two()), "{MACRO_BYTES:?}");
        assert!(MACRO_BYTES.windows(2).all(|pair| pair[0] < pair[1]), "{MACRO_BYTES:?}");
    }

    #[test]
    fn the_smallest_macro_holds_and_the_one_below_does_not() {
        assert_eq!(smallest_for(0), Some(1024), "nothing");
        for pair in MACRO_BYTES.windows(2) {
            assert_eq!(smallest_for(pair[0]), Some(pair[0]), "just full");
            assert_eq!(smallest_for(pair[0] + 1), Some(pair[1]), "a byte more");
        }
        assert_eq!(smallest_for((1 << 20) + 1), None, "none so large");
    }
}
