//! Energy over time: the core's own counts, priced as the ledger prices the run.
//!
//! The core tells its counts at the end of every cycle in which something happens, so a sum is exact at the end of every
//! cycle, and the last of a recording is the ledger of the run, attojoule for attojoule.

use klr_energy::{Basis, Component, Ledger, Line};
use klr_sim::{Activity, Counter};
use klr_units::{Attojoules, ClockMhz, Cycles};

/// Cycles between two samples of energy and power.
const INTERVAL: u64 = 64;

/// What a sum of energies has come to at the end of a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnergySample {
    /// The sum includes this cycle.
    pub cycle: u64,
    /// Everything.
    pub total: Attojoules,
    /// By component, in the order of [`Component::ALL`].
    pub components: Vec<Attojoules>,
    /// Whether power is measured from the last such sample to this one; samples between are taken at flips and steps.
    pub on_grid: bool,
}

/// Energy over time.
#[derive(Clone, Debug, Default)]
pub struct EnergyCourse {
    /// In order of time; the last is the ledger of the run.
    pub samples: Vec<EnergySample>,
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
        EnergyCourse { samples: self.samples.iter().map(|sample| price(sample, ledger, clock)).collect() }
    }
}

fn price(sample: &CountsAt, ledger: &Ledger, clock: ClockMhz) -> EnergySample {
    let sum = |component: Component| -> Attojoules {
        let lines = ledger.lines.iter().filter(|line| line.component == component);
        lines.map(|line| so_far(line, sample, clock)).sum()
    };
    let components: Vec<Attojoules> = Component::ALL.into_iter().map(sum).collect();
    let total = components.iter().copied().sum();
    EnergySample { cycle: sample.cycle, total, components, on_grid: sample.on_grid }
}

/// What a line of the ledger has come to.
fn so_far(line: &Line, sample: &CountsAt, clock: ClockMhz) -> Attojoules {
    let cycles = sample.cycle + 1;
    match line.basis {
        Basis::Counted { counter: Counter::Cycles, unit, .. } => unit.nominal() * cycles,
        Basis::Counted { counter, unit, .. } => unit.nominal() * sample.counted.get(counter),
        Basis::Drawn { power, .. } => power.nominal().over(clock.duration(Cycles::new(cycles))),
    }
}
