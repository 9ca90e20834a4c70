//! Whether the macros of a core keep up with its clock.
//!
//! A memory is read R cycles before its data are used, the kernel table T cycles (`docs/timing.md`): what its macros take
//! from an address to the data has to fit in these. They serve an access in every cycle, so the time from one access to the
//! next has to fit in one. A table that does not know these times has nothing to say of the clock.

use crate::sram::Bank;
use crate::table::{PriceTable, PricedAs};
use klr_sim::{ConfigSpec, Memories, Memory, MemoryMacro, config};
use klr_units::{ClockMhz, Picoseconds};

/// Picoseconds in a cycle of one megahertz.
const PS_MHZ: u64 = 1_000_000;

/// A memory whose macros are too slow for its latency and the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowMemory {
    /// Which one.
    pub memory: Memory,
    /// A bank of it.
    pub macros: MemoryMacro,
    /// From an address to its data, if that is too long.
    pub access: Option<Picoseconds>,
    /// From one access to the next, if that is too long.
    pub cycle: Option<Picoseconds>,
    /// The field of [`ConfigSpec`] with the latency.
    pub knob: &'static str,
    /// Its value.
    pub latency: u32,
    /// The least latency that would do at this clock, if one would.
    pub latency_needed: Option<u32>,
    /// The fastest clock with this latency.
    pub clock_needed: Option<ClockMhz>,
}

/// Memories that do not keep up with a clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.in_words(""))]
pub struct TooSlow {
    /// The clock.
    pub clock: ClockMhz,
    /// Each of them.
    pub memories: Vec<SlowMemory>,
}

/// That a table does not say how fast a core could be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the price table {table} does not say how long an access to the {} memory takes", .memory.capacity())]
pub struct UnknownSpeed {
    /// The name of the table.
    pub table: String,
    /// The first memory that it gives no access time for.
    pub memory: Memory,
}

/// The knob of a memory's latency, and its value.
const fn latency(memory: Memory, spec: &ConfigSpec) -> (&'static str, u32) {
    match memory {
        Memory::Table => ("table_latency", spec.table_latency),
        Memory::Columns | Memory::Rows | Memory::Weights | Memory::Counters => {
            ("sram_latency", spec.sram_latency)
        }
    }
}

/// Whether what takes `time` fits in `cycles` of `clock`.
const fn fits(time: Picoseconds, cycles: u32, clock: ClockMhz) -> bool {
    time.get().saturating_mul(clock.mhz() as u64) <= cycles as u64 * PS_MHZ
}

/// The fastest clock of which `cycles` take no less than `time`; `None` below a megahertz.
fn fastest(time: Picoseconds, cycles: u32) -> Option<ClockMhz> {
    let mhz = (u64::from(cycles) * PS_MHZ).checked_div(time.get()).unwrap_or(u64::MAX);
    ClockMhz::new(u32::try_from(mhz).unwrap_or(u32::MAX).min(ClockMhz::MAX))
}

/// The fastest clock of a bank with this latency, as far as its times are known.
fn fastest_of(bank: &Bank, latency: u32) -> Option<ClockMhz> {
    let limits = [(bank.access, latency), (bank.cycle, 1)];
    let limits = limits.into_iter().filter_map(|(time, cycles)| Some((time?, cycles)));
    limits.map(|(time, cycles)| fastest(time, cycles)).min()?
}

/// The memories of a core as they are built.
fn banks(
    table: &PriceTable,
    memories: &Memories<MemoryMacro>,
) -> impl Iterator<Item = (Memory, MemoryMacro, PricedAs)> {
    let built = memories.iter().filter(|(_, macros)| macros.banks > 0);
    built.map(|(memory, &macros)| (memory, macros, table.priced_as(memory, macros)))
}

/// That the macros of `memories` keep up with `clock`, as far as `table` knows how fast they are.
///
/// # Errors
/// [`TooSlow`] with every memory that does not, and what would do.
pub fn check_speed(
    table: &PriceTable,
    memories: &Memories<MemoryMacro>,
    spec: &ConfigSpec,
    clock: ClockMhz,
) -> Result<(), TooSlow> {
    let slow = |(memory, macros, priced): (Memory, MemoryMacro, PricedAs)| {
        let PricedAs::Built(bank) = priced else { return None };
        let (knob, latency) = latency(memory, spec);
        let access = bank.access.filter(|&time| !fits(time, latency, clock));
        let cycle = bank.cycle.filter(|&time| !fits(time, 1, clock));
        if access.is_none() && cycle.is_none() {
            return None;
        }
        let enough = |&latency: &u32| bank.access.is_none_or(|time| fits(time, latency, clock));
        let latency_needed =
            if cycle.is_some() { None } else { (latency..=config::MAX_LATENCY).find(enough) };
        let clock_needed = fastest_of(&bank, latency);
        Some(SlowMemory { memory, macros, access, cycle, knob, latency, latency_needed, clock_needed })
    };
    let slow: Vec<SlowMemory> = banks(table, memories).filter_map(slow).collect();
    if slow.is_empty() { Ok(()) } else { Err(TooSlow { clock, memories: slow }) }
}

/// The fastest clock, in whole megahertz, that the macros of `memories` keep up with.
///
/// # Errors
/// [`UnknownSpeed`] if `table` does not say how fast one of them is.
pub fn fastest_clock(
    table: &PriceTable,
    memories: &Memories<MemoryMacro>,
    spec: &ConfigSpec,
) -> Result<ClockMhz, UnknownSpeed> {
    let one = |(memory, _, priced): (Memory, MemoryMacro, PricedAs)| {
        let unknown = || UnknownSpeed { table: table.name().to_owned(), memory };
        let PricedAs::Built(bank) = priced else { return Err(unknown()) };
        let known = bank.access.and(bank.cycle).and_then(|_| fastest_of(&bank, latency(memory, spec).1));
        known.ok_or_else(unknown)
    };
    banks(table, memories).map(one).try_fold(ClockMhz::FASTEST, |clock, one| Ok(clock.min(one?)))
}

impl TooSlow {
    /// Every memory with what would do, in a sentence; `prefix` stands before the name of a knob.
    #[must_use]
    pub fn in_words(&self, prefix: &str) -> String {
        let clock = self.clock;
        self.memories.iter().map(|slow| slow.in_words(prefix, clock)).collect::<Vec<_>>().join("; ")
    }
}

impl SlowMemory {
    fn in_words(&self, prefix: &str, clock: ClockMhz) -> String {
        let Self { memory, macros, knob, latency, .. } = self;
        let (name, bytes, word) = (memory.capacity(), macros.bank_bytes, macros.word_bits);
        let (mhz, period) = (clock.mhz(), 1e3 / f64::from(clock.mhz()));
        let ns = |time: Picoseconds| klr_units::text::number(time.as_nanoseconds(), 4);
        let span = |cycles: u32| klr_units::text::number(period * f64::from(cycles), 4);
        let mut words = Vec::new();
        if let Some(time) = self.access {
            words.push(format!(
                "has its data after {} ns, and {prefix}{knob} = {latency} at {mhz} MHz is {} ns",
                ns(time),
                span(*latency)
            ));
        }
        if let Some(time) = self.cycle {
            words.push(format!(
                "takes an access every {} ns, and a cycle at {mhz} MHz is {} ns",
                ns(time),
                span(1)
            ));
        }
        let latency = self.latency_needed.map(|needed| format!("{prefix}{knob}={needed}"));
        let clock = self.clock_needed.map(|needed| format!("{prefix}clock_mhz={}", needed.mhz()));
        let would_do: Vec<_> = latency.into_iter().chain(clock).collect();
        let would_do = match &would_do[..] {
            [] => "smaller banks would do".to_owned(),
            some => format!("{} would do", some.join(" or ")),
        };
        let what = words.join(", and ");
        format!("a bank of the {name} memory ({bytes} bytes in words of {word} bits) {what}: {would_do}")
    }
}
