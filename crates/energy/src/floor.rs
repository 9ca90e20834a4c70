//! The least a retrieval can cost, to report beside what it did cost.

use crate::ledger::Ledger;
use crate::pricing::price_over;
use crate::table::{PriceTable, Treatment};
use crate::term::Term;
use klr_sim::{Activity, Hardware};
use klr_units::Picoseconds;

/// The energy floor of `retrievals` retrievals that flipped `flips` state bits together: every pattern bit read once per
/// retrieval, since P patterns cannot be ranked on less without an index, and every flip written to the state register.
///
/// No time passes, so nothing is drawn statically and no clock runs. Where the table has no price for a bit alone (it is
/// included in the price of comparing it), each bit is compared once: the cheapest that machine can look at it.
/// A count beyond 64 bits stays at the largest one.
#[must_use]
pub fn floor(table: &PriceTable, hardware: &Hardware, retrievals: u64, flips: u64) -> Ledger {
    let bits = (u64::from(hardware.n) * u64::from(hardware.p)).saturating_mul(retrievals);
    let compares = match table.treatment(Term::PatternRead) {
        Treatment::Included { within, .. } if within.contains(&Term::BitCompare) => bits,
        _ => 0,
    };
    let activity = Activity {
        pattern_bits_read: bits,
        bit_comparisons: compares,
        state_bits_written: flips,
        ..Activity::default()
    };
    price_over(table, &activity, hardware, Picoseconds::default())
}
