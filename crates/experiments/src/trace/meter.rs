//! Energy over time: counts booked event by event, and fitted to the counts of the run once it is over.
//!
//! An observer sees events, not counters. What every event costs is booked when it is seen, and at the end the booked
//! counts are compared with those of the run. A counter whose booked count is the run's is exact at every moment. One that
//! differs keeps its course and is scaled to end at the run's count; one that no event tells of is spread evenly. The last
//! sum of a recording therefore is the ledger of the run, attojoule for attojoule.

use klr_energy::{Basis, Charges, Component, Ledger, Line, charges};
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
    /// Counters that cost something and whose course is scaled to the run's count.
    pub scaled: Vec<Counter>,
    /// Counters that cost something, of which no event tells: spread evenly over the run.
    pub spread: Vec<Counter>,
}

/// The counts booked so far, with samples of them.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) booked: Activity,
    samples: Vec<Sample>,
    wanted: bool,
}

/// What was booked at the end of a cycle.
#[derive(Debug)]
struct Sample {
    cycle: u64,
    on_grid: bool,
    booked: Activity,
}

impl Meter {
    /// The end of this cycle is of interest.
    pub(super) const fn want_sample(&mut self) {
        self.wanted = true;
    }

    /// The cycle is over.
    pub(super) fn close(&mut self, cycle: u64, last: bool) {
        let on_grid = last || (cycle + 1).is_multiple_of(INTERVAL);
        if std::mem::take(&mut self.wanted) || on_grid {
            self.samples.push(Sample { cycle, on_grid, booked: self.booked });
        }
    }

    /// Prices the samples by the `ledger` of the `run`.
    pub(super) fn finish(self, run: &Activity, ledger: &Ledger, clock: ClockMhz) -> EnergyCourse {
        let fit = Fit { booked: &self.booked, run, clock };
        EnergyCourse {
            samples: self.samples.iter().map(|sample| fit.price(sample, ledger)).collect(),
            scaled: fit.off(|booked| booked > 0),
            spread: fit.off(|booked| booked == 0),
        }
    }
}

/// What was booked in all, beside what the run counted.
struct Fit<'a> {
    booked: &'a Activity,
    run: &'a Activity,
    clock: ClockMhz,
}

impl Fit<'_> {
    fn price(&self, sample: &Sample, ledger: &Ledger) -> EnergySample {
        let sum = |component: Component| -> Attojoules {
            let lines = ledger.lines.iter().filter(|line| line.component == component);
            lines.map(|line| self.so_far(line, sample)).sum()
        };
        let components: Vec<Attojoules> = Component::ALL.into_iter().map(sum).collect();
        let total = components.iter().copied().sum();
        EnergySample { cycle: sample.cycle, total, components, on_grid: sample.on_grid }
    }

    /// What a line of the ledger has come to.
    fn so_far(&self, line: &Line, sample: &Sample) -> Attojoules {
        match line.basis {
            Basis::Counted { counter, unit, .. } => unit.nominal() * self.count(counter, sample),
            Basis::Drawn { power, .. } => {
                power.nominal().over(self.clock.duration(Cycles::new(sample.cycle + 1)))
            }
        }
    }

    /// The count of a counter so far: the course of what was booked, led to what the run counted.
    fn count(&self, counter: Counter, sample: &Sample) -> u64 {
        let elapsed = sample.cycle + 1;
        let (part, whole) = match self.booked.get(counter) {
            _ if counter == Counter::Cycles => return elapsed,
            0 => (elapsed, self.run.cycles),
            whole => (sample.booked.get(counter), whole),
        };
        let count = u128::from(self.run.get(counter)) * u128::from(part) / u128::from(whole.max(1));
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// Counters that cost something, whose booked count is not the run's and passes `test`.
    fn off(&self, test: fn(u64) -> bool) -> Vec<Counter> {
        let is_off = |&counter: &Counter| {
            let booked = self.booked.get(counter);
            let paid = counter != Counter::Cycles && matches!(charges(counter), Charges::Paid(_));
            paid && booked != self.run.get(counter) && test(booked)
        };
        Counter::ALL.iter().copied().filter(is_off).collect()
    }
}
