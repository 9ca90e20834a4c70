//! The same cues on dense synchronous hardware that reads whole rows (`docs/compare.md`): a synchronous machine that a best
//! synchronous core must not hide.

use crate::error::Error;
use crate::pipeline::machines::{MachineTally, on_all_cues};
use crate::pipeline::{Progress, TrainedMemory};
use crate::plan::HardwarePlan;
use klr_energy::{DenseLedger, PriceTable, price_dense};
use klr_machines::{Dense, DenseActivity, DenseHardware};
use klr_units::{ClockMhz, Picoseconds};
use std::num::NonZeroUsize;

/// What dense hardware made of all cues together.
#[derive(Clone, Debug)]
pub struct DenseRun {
    /// Cues that ended exactly in their pattern.
    pub hits: u64,
    /// Its counts.
    pub activity: DenseActivity,
    /// Its memories and widths.
    pub hardware: DenseHardware,
    /// Its clock: that of the core, or the fastest that its memories keep up with, if that is slower.
    pub clock: ClockMhz,
    /// What the retrievals cost at the prices of the core.
    pub ledger: DenseLedger,
}

impl DenseRun {
    /// Bytes of all its memories.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        let bytes = self.hardware.memories.map(|memory| memory.bank_bytes * u64::from(memory.banks));
        bytes.total()
    }
}

/// The cues of `memory` on the dense machine, at the prices and steps of `plan` and at most at `clock`.
pub(crate) fn on_dense_hardware(
    plan: &HardwarePlan,
    memory: &TrainedMemory,
    clock: ClockMhz,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<DenseRun, Error> {
    let machine = Dense::new(&memory.image);
    let max_steps = plan.config.spec().max_steps;
    let retrieve = |cue: &_| Ok(machine.retrieve(cue, max_steps)?);
    let MachineTally { hits, activity } =
        on_all_cues(memory, threads, progress, retrieve, DenseActivity::plus)?;
    let hardware = *machine.hardware();
    let clock = clock_of(&plan.prices, &hardware, clock);
    let ledger = price_dense(&plan.prices, &activity, &hardware, clock);
    Ok(DenseRun { hits, activity, hardware, clock, ledger })
}

/// The clock of the core, or the fastest whole number of megahertz that the memories of the machine keep up with, if that is
/// slower. Where the table does not know their times, nothing is in the way.
fn clock_of(prices: &PriceTable, hardware: &DenseHardware, core: ClockMhz) -> ClockMhz {
    let times = hardware.memories.iter().filter_map(|(_, memory)| {
        let bank = prices.sram()?.bank(*memory).ok()?;
        bank.access.max(bank.cycle)
    });
    let slowest = times.map(Picoseconds::get).max().unwrap_or(0).max(1);
    let fastest = u32::try_from(1_000_000 / slowest).unwrap_or(u32::MAX).max(1);
    ClockMhz::new(fastest.min(core.mhz())).unwrap_or(core)
}
