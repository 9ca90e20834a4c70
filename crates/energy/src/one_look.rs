//! One look at every pattern bit, in this core's memory: a yardstick to set beside what a retrieval did cost, and no bound.

use crate::ledger::Ledger;
use crate::pricing::price_over;
use crate::table::{PriceTable, Treatment};
use crate::term::Term;
use klr_sim::{Activity, Hardware};
use klr_units::Picoseconds;

/// What `retrievals` retrievals that flipped `flips` state bits together would cost if each read every pattern bit once and
/// did nothing else but write the flips.
///
/// A retrieval can cost less: elimination by partial distance leaves bits unread. And it moves with the words and banks of
/// the pattern memory. What no geometry moves is [`InformationBound`](crate::InformationBound).
///
/// No time passes, so nothing is drawn statically and no clock runs. Where the table has no price for a bit alone (it is
/// included in the price of comparing it), each bit is compared once: the cheapest that machine can look at it.
/// A count beyond 64 bits stays at the largest one.
#[must_use]
pub fn one_look(table: &PriceTable, hardware: &Hardware, retrievals: u64, flips: u64) -> Ledger {
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
