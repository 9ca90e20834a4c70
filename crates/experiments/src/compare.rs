//! One memory on many machines: the same patterns, cues and targets, each machine with its own counts, priced by its own
//! table (`docs/compare.md`).

mod chips;
mod dense;
mod kernel;
mod row;
mod rram;
mod table;

use crate::error::Error;
use crate::pipeline::{Progress, TrainedMemory, train_and_quantize};
use crate::plan::{Plan, PlanSource};
use crate::report;
use klr_units::ClockMhz;
use row::Row;
use serde_json::{Value, json};
use std::num::NonZeroUsize;

/// The version of the layout of [`Machines::report`].
const SCHEMA: &str = "klr-compare-1";

/// The machines, each with what it made of the cues of a plan.
#[derive(Debug)]
pub struct Machines {
    rows: Vec<Row>,
    cues: u64,
    clock: ClockMhz,
    /// What the plan stores: neurons and patterns.
    size: (u32, u32),
}

/// What all machines are given.
struct Given<'a> {
    plan: &'a Plan,
    memory: &'a TrainedMemory,
    clock: ClockMhz,
    threads: NonZeroUsize,
    progress: &'a dyn Progress,
}

/// Runs the cues of `plan` on every machine.
///
/// # Errors
/// [`Error`] as for a run of the plan. A machine that cannot hold the memory is no error: its row says why.
pub fn compare(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Machines, Error> {
    plan.faults.require_sound()?;
    let memory = train_and_quantize(plan, threads, progress)?;
    let clock = plan.hardware.clock_with(memory.image())?;
    let count = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
    let given = Given { plan, memory: &memory, clock, threads: count, progress };
    let mut rows = kernel::rows(&given)?;
    rows.push(dense::row(&given)?);
    rows.push(rram::row(&given)?);
    rows.push(chips::loihi(&given)?);
    rows.push(chips::truenorth(&given)?);
    rows.push(chips::crossbar(&given)?);
    let size = (memory.image().n(), memory.image().p());
    Ok(Machines { rows, cues: memory.cues(), clock, size })
}

impl Machines {
    /// The table for the screen.
    #[must_use]
    pub fn text(&self) -> String {
        table::text(self)
    }

    /// The table as comma-separated values: a head, and a line for each machine.
    #[must_use]
    pub fn csv(&self) -> String {
        table::csv(self)
    }

    /// The table as JSON; `source` is the plan as it was written. `docs/compare.md` describes it.
    #[must_use]
    pub fn report(&self, source: &PlanSource) -> Value {
        json!({
            "schema": SCHEMA,
            "plan": report::plan_json(source),
            "cues": self.cues,
            "machines": self.rows.iter().map(|row| row.json(self.cues)).collect::<Vec<_>>(),
        })
    }
}
