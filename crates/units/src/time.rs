//! Simulated time: points ([`Cycle`]), spans ([`Cycles`]), and what a clock makes of them ([`Picoseconds`]).

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// A point in simulated time, counted in clock cycles from the start of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cycle(u64);

/// A span of simulated time in clock cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cycles(u64);

impl Cycle {
    /// The first cycle of a run.
    pub const ZERO: Self = Self(0);

    /// The point `cycles` after the start of the run.
    #[must_use]
    pub const fn new(cycles: u64) -> Self {
        Self(cycles)
    }

    /// Cycles since the start of the run.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Cycles {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One clock period.
    pub const ONE: Self = Self(1);

    /// A span of `cycles` clock periods.
    #[must_use]
    pub const fn new(cycles: u64) -> Self {
        Self(cycles)
    }

    /// The number of clock periods.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Add<Cycles> for Cycle {
    type Output = Self;
    #[inline]
    fn add(self, span: Cycles) -> Self {
        Self(self.0 + span.0)
    }
}

impl AddAssign<Cycles> for Cycle {
    fn add_assign(&mut self, span: Cycles) {
        self.0 += span.0;
    }
}

/// The span between two points. The right side must not be later: a negative span is a bug of the caller.
impl Sub for Cycle {
    type Output = Cycles;
    #[inline]
    fn sub(self, earlier: Self) -> Cycles {
        Cycles(self.0.checked_sub(earlier.0).expect("a span ends no earlier than it starts"))
    }
}

impl Add for Cycles {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Cycles {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Mul<u64> for Cycles {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0 * times)
    }
}

/// Six digits, padded with zeros, so that traces line up and sort as text.
impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Display for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Physical time in picoseconds, an integer so that ledgers are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Picoseconds(u64);

impl Picoseconds {
    /// A span of `ps` picoseconds.
    #[must_use]
    pub const fn new(ps: u64) -> Self {
        Self(ps)
    }

    /// The number of picoseconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The span in nanoseconds, for reports.
    #[must_use]
    pub fn as_nanoseconds(self) -> f64 {
        self.0 as f64 / 1e3
    }
}

/// A clock frequency in whole megahertz, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockMhz(u32);

impl ClockMhz {
    /// The highest frequency accepted, in MHz: one period is then one picosecond.
    pub const MAX: u32 = 1_000_000;
    /// A clock of that frequency.
    pub const FASTEST: Self = Self(Self::MAX);

    /// A clock of `mhz` megahertz; `None` outside 1 to [`Self::MAX`].
    #[must_use]
    pub const fn new(mhz: u32) -> Option<Self> {
        if mhz >= 1 && mhz <= Self::MAX { Some(Self(mhz)) } else { None }
    }

    /// The frequency in megahertz.
    #[must_use]
    pub const fn mhz(self) -> u32 {
        self.0
    }

    /// How long `span` lasts, rounded to the nearest picosecond (half up).
    #[must_use]
    pub fn duration(self, span: Cycles) -> Picoseconds {
        let mhz = u128::from(self.0);
        let ps = (u128::from(span.0) * 1_000_000 + mhz / 2) / mhz;
        Picoseconds(u64::try_from(ps).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_points_combine_only_where_it_makes_sense() {
        let t = Cycle::new(5) + Cycles::new(7) * 2;
        assert_eq!(t, Cycle::new(19), "5 + 2 x 7");
        assert_eq!(t - Cycle::new(9), Cycles::new(10), "19 - 9");
        assert_eq!(t.to_string(), "000019", "padded for traces");
    }

    #[test]
    #[should_panic(expected = "no earlier")]
    fn a_negative_span_is_a_bug() {
        let _ = Cycle::ZERO - Cycle::new(1);
    }

    #[test]
    fn a_clock_turns_cycles_into_picoseconds() {
        let clock = ClockMhz::new(500).unwrap();
        assert_eq!(clock.duration(Cycles::new(3)), Picoseconds::new(6_000), "3 periods of 2 ns");
        let odd = ClockMhz::new(3).unwrap();
        assert_eq!(odd.duration(Cycles::new(1)), Picoseconds::new(333_333), "1/3 us, rounded");
        assert!(ClockMhz::new(0).is_none(), "a clock that stands still has no period");
    }
}
