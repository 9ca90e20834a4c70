//! Energy over time: the core's own counts, priced as the ledger prices the run.
//!
//! The core tells its counts at the end of every cycle in which something happens, so a sum is exact at the end of every
//! cycle, and the last of a recording is the ledger of the run, yoctojoule for yoctojoule. What the ledger does not know of
//! a sum is not known of its course: a component of which a price is missing has a lower bound at every time.

use klr_energy::{Basis, Component, Cost, Ledger, Line, Uncharged};
use klr_sim::{Activity, Counter};
use klr_units::{ClockMhz, Cycles, Picoseconds, Yoctojoules};

/// Cycles between two samples of energy and power.
const INTERVAL: u64 = 64;

/// What a sum of energies has come to at the end of a cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergySample {
    /// The sum includes this cycle.
    pub cycle: u64,
    /// Everything, nominal, as far as it is known.
    pub total: Cost<Yoctojoules>,
    /// By component, in the order of [`Component::ALL`], nominal, as far as each is known.
    pub components: Vec<Cost<Yoctojoules>>,
    /// What was counted so far of each item of [`EnergyCourse::unpriced`].
    pub unpriced: Vec<u64>,
    /// Mean power since the last sample of the grid, if this is one; samples between are taken at flips and steps.
    pub power: Option<PowerSample>,
}

/// Mean power over some time, in femtojoules per picosecond (milliwatts).
#[derive(Clone, Debug, PartialEq)]
pub struct PowerSample {
    /// The first cycle of the time.
    pub start: u64,
    /// Of everything.
    pub total: Cost<f64>,
    /// By component, in the order of [`Component::ALL`].
    pub components: Vec<Cost<f64>>,
}

/// Energy over time.
#[derive(Clone, Debug, Default)]
pub struct EnergyCourse {
    /// In order of time; the last is the ledger of the run.
    pub samples: Vec<EnergySample>,
    /// What is counted and has no price: while there is any, the total is a lower bound, or unknown.
    pub unpriced: Vec<Uncharged>,
}

impl EnergyCourse {
    /// What is known of the total of the whole run, with its nominal figure.
    pub fn total(&self) -> Cost<Yoctojoules> {
        self.samples.last().map_or(Cost::Unknown, |sample| sample.total)
    }

    /// What is known of each component of the whole run, in the order of [`Component::ALL`].
    pub(crate) fn components(&self) -> Vec<(Component, Cost<Yoctojoules>)> {
        let last = self.samples.last().map_or(&[][..], |sample| &sample.components);
        Component::ALL.into_iter().zip(last.iter().copied()).collect()
    }
}

/// The counts so far, with samples of them.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) counted: Activity,
    samples: Vec<CountsAt>,
    wanted: bool,
}

/// What was counted by the end of a cycle.
#[derive(Debug)]
struct CountsAt {
    cycle: u64,
    on_grid: bool,
    counted: Activity,
}

impl Meter {
    /// The end of this cycle is of interest.
    pub(crate) const fn want_sample(&mut self) {
        self.wanted = true;
    }

    /// The cycle is over.
    pub(crate) fn close(&mut self, cycle: u64, last: bool) {
        let on_grid = last || (cycle + 1).is_multiple_of(INTERVAL);
        if std::mem::take(&mut self.wanted) || on_grid {
            self.samples.push(CountsAt { cycle, on_grid, counted: self.counted });
        }
    }

    /// Prices the samples as `ledger` prices the run.
    pub(crate) fn finish(self, ledger: &Ledger, clock: ClockMhz) -> EnergyCourse {
        let known = Component::ALL.map(|component| ledger.component(component));
        let pricing = Pricing { ledger, clock, total: ledger.total(), known };
        let mut grid = GridPoint::default();
        let price = |sample: &CountsAt| pricing.sample(sample, &mut grid);
        EnergyCourse { samples: self.samples.iter().map(price).collect(), unpriced: ledger.unpriced.clone() }
    }
}

/// What prices a sample, and what the run as a whole knows of each sum.
struct Pricing<'a> {
    ledger: &'a Ledger,
    clock: ClockMhz,
    total: Cost,
    known: [Cost; Component::ALL.len()],
}

/// Where the last interval of power ended, and the sums there.
#[derive(Default)]
struct GridPoint {
    start: u64,
    sums: [Yoctojoules; Component::ALL.len()],
}

impl Pricing<'_> {
    fn sample(&self, sample: &CountsAt, grid: &mut GridPoint) -> EnergySample {
        let sums = Component::ALL.map(|component| self.charged(component, sample));
        let total = sums.iter().copied().sum();
        let power = sample.on_grid.then(|| self.power(&sums, sample.cycle + 1, grid));
        EnergySample {
            cycle: sample.cycle,
            total: self.total.map(|_| total),
            components: self.known.iter().zip(sums).map(|(known, sum)| known.map(|_| sum)).collect(),
            unpriced: self.ledger.unpriced.iter().map(|item| self.unpaid(item, sample)).collect(),
            power,
        }
    }

    /// What the lines of a component have come to.
    fn charged(&self, component: Component, sample: &CountsAt) -> Yoctojoules {
        let lines = self.ledger.lines.iter().filter(|line| line.component == component);
        lines.map(|line| self.so_far(line, sample)).sum()
    }

    /// What a line of the ledger has come to.
    fn so_far(&self, line: &Line, sample: &CountsAt) -> Yoctojoules {
        match line.basis {
            Basis::Counted { counter, unit, .. } => unit.nominal().times(counted(counter, sample)),
            Basis::Drawn { power, .. } => power.nominal().over(self.time(sample.cycle + 1)),
        }
    }

    /// What was counted so far of something without a price: counts, or picoseconds.
    fn unpaid(&self, item: &Uncharged, sample: &CountsAt) -> u64 {
        item.counter.map_or_else(|| self.time(sample.cycle + 1).get(), |counter| counted(counter, sample))
    }

    fn time(&self, cycles: u64) -> Picoseconds {
        self.clock.duration(Cycles::new(cycles))
    }

    /// Mean power from the last point of the grid to the end of the cycle before `end`, which is the next point.
    fn power(
        &self,
        sums: &[Yoctojoules; Component::ALL.len()],
        end: u64,
        grid: &mut GridPoint,
    ) -> PowerSample {
        let picoseconds = self.time(end).get() - self.time(grid.start).get();
        let last = std::mem::replace(grid, GridPoint { start: end, sums: *sums });
        let spent: Vec<u128> =
            sums.iter().zip(last.sums).map(|(now, before)| now.get() - before.get()).collect();
        let milliwatts = |yj: u128| significant(yj as f64 * 1e-9 / picoseconds as f64);
        PowerSample {
            start: last.start,
            total: self.total.map(|_| milliwatts(spent.iter().sum())),
            components: self
                .known
                .iter()
                .zip(&spent)
                .map(|(cost, yj)| cost.map(|_| milliwatts(*yj)))
                .collect(),
        }
    }
}

fn counted(counter: Counter, sample: &CountsAt) -> u64 {
    match counter {
        Counter::Cycles => sample.cycle + 1,
        other => sample.counted.get(other),
    }
}

/// A power to nine significant digits: further ones are those of a division.
fn significant(milliwatts: f64) -> f64 {
    format!("{milliwatts:.8e}").parse().unwrap_or(milliwatts)
}
