//! The grid of macros as it is stored: what a public model printed for each, figure by figure.

use super::MacroPorts;
use super::grid::Device;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The figures of a macro, or their logarithms: one value for each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Access time in nanoseconds.
    pub(super) access: f64,
    /// Cycle time in nanoseconds.
    pub(super) cycle: f64,
    /// Energy of a read in picojoules.
    pub(super) read: f64,
    /// Energy of a write in picojoules.
    pub(super) write: f64,
    /// Subthreshold leakage in microwatts.
    pub(super) subthreshold: f64,
    /// Gate leakage in microwatts.
    pub(super) gate: f64,
    /// Area in square micrometres.
    pub(super) area: f64,
}

impl Figures {
    /// Each figure passed through `f`.
    pub(super) fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            access: f(self.access),
            cycle: f(self.cycle),
            read: f(self.read),
            write: f(self.write),
            subthreshold: f(self.subthreshold),
            gate: f(self.gate),
            area: f(self.area),
        }
    }

    /// `self + weight * other`, figure by figure.
    pub(super) fn plus(self, weight: f64, other: Self) -> Self {
        Self {
            access: self.access + weight * other.access,
            cycle: self.cycle + weight * other.cycle,
            read: self.read + weight * other.read,
            write: self.write + weight * other.write,
            subthreshold: self.subthreshold + weight * other.subthreshold,
            gate: self.gate + weight * other.gate,
            area: self.area + weight * other.area,
        }
    }
}

/// The macros of one node, device and kind of port.
#[derive(Debug, Default)]
pub(super) struct Slab {
    /// Logarithms of the figures, by capacity in bytes and bits of a word.
    points: BTreeMap<(u64, u32), Figures>,
    /// The capacities, rising.
    bytes: Vec<u64>,
    /// The words, rising.
    words: Vec<u32>,
}

/// Which slab.
pub(super) type Key = (u32, Device, MacroPorts);

const TEXT: &str = include_str!("../../grids/sram.csv");

/// Every slab there is.
static SLABS: LazyLock<BTreeMap<Key, Slab>> = LazyLock::new(|| parse(TEXT));

/// The macros of `key`, if the grid has any.
pub(super) fn slab(key: Key) -> Option<&'static Slab> {
    SLABS.get(&key)
}

/// The grid in `text`; a line that is no macro is not part of it, and a test finds that every line is one.
fn parse(text: &str) -> BTreeMap<Key, Slab> {
    let mut slabs: BTreeMap<Key, Slab> = BTreeMap::new();
    for (key, at, figures) in text.lines().filter_map(macro_of) {
        slabs.entry(key).or_default().points.insert(at, figures.map(f64::ln));
    }
    for slab in slabs.values_mut() {
        slab.bytes = slab.points.keys().map(|at| at.0).collect();
        slab.bytes.dedup();
        slab.words = slab.points.keys().map(|at| at.1).collect();
        slab.words.sort_unstable();
        slab.words.dedup();
    }
    slabs
}

/// The macro of one line.
fn macro_of(line: &str) -> Option<(Key, (u64, u32), Figures)> {
    let fields: Vec<&str> = line.split(',').collect();
    let [node, device, ports, bytes, word, access, cycle, read, write, subthreshold, gate, area] = fields[..]
    else {
        return None;
    };
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| *number > 0.0);
    let key = (
        node.parse().ok()?,
        Device::ALL.into_iter().find(|one| one.name() == device)?,
        MacroPorts::ALL.into_iter().find(|one| one.name() == ports)?,
    );
    let figures = Figures {
        access: number(access)?,
        cycle: number(cycle)?,
        read: number(read)?,
        write: number(write)?,
        subthreshold: number(subthreshold)?,
        gate: number(gate)?,
        area: number(area)?,
    };
    Some((key, (bytes.parse().ok()?, word.parse().ok()?), figures))
}

impl Slab {
    /// The widest word.
    pub(super) fn widest(&self) -> u32 {
        self.words.last().copied().unwrap_or(0)
    }

    /// The narrowest word.
    pub(super) fn narrowest(&self) -> u32 {
        self.words.first().copied().unwrap_or(0)
    }

    /// The largest capacity, in bytes.
    pub(super) fn largest(&self) -> u64 {
        self.bytes.last().copied().unwrap_or(0)
    }

    /// The smallest capacity with a macro of words of `word` bits, and with the next wider words of the grid.
    pub(super) fn least_bytes(&self, word: u32) -> Option<u64> {
        let above = self.words.iter().copied().find(|&wider| wider >= word)?;
        self.bytes.iter().copied().find(|&bytes| self.points.contains_key(&(bytes, above)))
    }

    /// The logarithms of the figures of a macro of `bytes` in words of `word` bits: linear between those of the nearest
    /// capacities and words of the grid on either side, so that a macro of the grid has its own. `None` beyond the grid.
    pub(super) fn logarithms(&self, bytes: u64, word: u32) -> Option<Figures> {
        let rows = bracket(&self.bytes, bytes)?;
        let columns = bracket(&self.words, word)?;
        let mut sum = Figures::default();
        for (bytes, share) in rows {
            for (word, part) in columns.iter().filter(|column| column.1 * share > 0.0) {
                sum = sum.plus(share * part, *self.points.get(&(bytes, *word))?);
            }
        }
        Some(sum)
    }
}

/// The neighbours of `at` on an axis, with what each counts for: by the ratio of `at` to them, so linear in logarithms.
fn bracket<T: Copy + Ord + Into<u64>>(axis: &[T], at: T) -> Option<[(T, f64); 2]> {
    let low = axis.iter().copied().rev().find(|&one| one <= at)?;
    let high = axis.iter().copied().find(|&one| one >= at)?;
    let logarithm = |one: T| (one.into() as f64).ln();
    let span = logarithm(high) - logarithm(low);
    let share = if low == high { 0.0 } else { (logarithm(at) - logarithm(low)) / span };
    Some([(low, 1.0 - share), (high, share)])
}
