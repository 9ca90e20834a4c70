//! What each lever saves: one memory, many cores, a table.
//!
//! Every row runs the same cues on the same image; only keys of `[core]` differ. The table gives each row against the
//! plain synchronous baseline, against the best synchronous row (a weak baseline convinces nobody), and against the floor
//! of its own core.

use crate::error::Error;
use crate::pipeline::{HardwareRun, Memory, Progress, run_hardware, train_and_quantize};
use crate::plan::PlanSource;
use klr_energy::Component;
use klr_sim::Dataflow;
use std::fmt::{self, Write};

/// A row: its name, and the keys it sets.
type Row = (&'static str, &'static [&'static str]);

const LIST: &str = "core.candidates=256";
const ELIMINATION: &str = "core.partial_distance=true";
const SKIP: &str = "core.zero_skip=true";
const INCREMENTAL: &str = "core.incremental=true";
const BITMAP: &str = "core.bitmap=true";
const STOP: &str = "core.early_stop=true";

const ROWS: [Row; 11] = [
    ("plain", &[]),
    ("zero words skipped", &[SKIP]),
    ("incremental distances", &[INCREMENTAL]),
    ("candidate list", &[LIST]),
    ("list and elimination", &[LIST, ELIMINATION]),
    ("violated-neuron bitmap", &[BITMAP]),
    ("early stop", &[STOP]),
    ("all", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP]),
    ("all but elimination", &[SKIP, INCREMENTAL, LIST, BITMAP, STOP]),
    ("all, 4 slices", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, "core.distance_slices=4"]),
    ("all, 8 slices", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, "core.distance_slices=8"]),
];

/// What one row gave.
#[derive(Debug)]
struct Outcome {
    name: &'static str,
    hardware: Vec<HardwareRun>,
    floor_pj: f64,
}

/// Runs every row on the memory of `plan` and returns the table as Markdown.
///
/// # Errors
/// [`Error`] as for a run of the plan.
pub fn study(plan: &PlanSource, threads: usize, progress: &dyn Progress) -> Result<String, Error> {
    let memory = train_and_quantize(&plan.resolve()?, threads, progress)?;
    let rows = ROWS.iter().map(|row| outcome(plan, row, &memory, threads, progress));
    let rows: Vec<Outcome> = rows.collect::<Result<_, Error>>()?;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_study(&rows, memory.cues(), &mut out);
    Ok(out)
}

fn outcome(
    plan: &PlanSource,
    (name, settings): &Row,
    memory: &Memory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Outcome, Error> {
    let mut plan = plan.clone();
    settings.iter().try_for_each(|setting| plan.set(setting))?;
    let (hardware, floor) = run_hardware(&plan.resolve()?, memory, threads, progress)?;
    Ok(Outcome { name, hardware, floor_pj: floor.total().nominal().as_picojoules() / memory.cues() as f64 })
}

fn nominal(run: &HardwareRun, cues: u64) -> f64 {
    run.ledger.total().nominal().as_picojoules() / cues as f64
}

fn synchronous(row: &Outcome, cues: u64) -> Option<f64> {
    row.hardware.iter().find(|h| h.dataflow == Dataflow::Synchronous).map(|h| nominal(h, cues))
}

fn write_study(rows: &[Outcome], cues: u64, out: &mut String) -> fmt::Result {
    let plain = rows.first().and_then(|row| synchronous(row, cues));
    let best = rows.iter().filter_map(|row| synchronous(row, cues)).min_by(f64::total_cmp);
    writeln!(
        out,
        "| dataflow | levers | nJ | x less than plain synchronous | x less than best synchronous | x floor | cycles | \
         MACs | SRAM bits read | largest component | agrees |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")?;
    let dataflows: Vec<Dataflow> =
        rows.first().map_or(Vec::new(), |r| r.hardware.iter().map(|h| h.dataflow).collect());
    for dataflow in dataflows {
        for row in rows {
            let Some(run) = row.hardware.iter().find(|h| h.dataflow == dataflow) else { continue };
            write_row(row, run, plain, best, cues, out)?;
        }
    }
    Ok(())
}

fn write_row(
    row: &Outcome,
    run: &HardwareRun,
    plain: Option<f64>,
    best: Option<f64>,
    cues: u64,
    out: &mut String,
) -> fmt::Result {
    let energy = nominal(run, cues);
    let mean = |count: u64| count as f64 / cues as f64;
    let ratio = |baseline: Option<f64>| baseline.map_or("-".to_owned(), |b| format!("{:.2}", b / energy));
    let (component, share) = largest(run);
    writeln!(
        out,
        "| {} | {} | {:.1} | {} | {} | {:.2} | {:.0} | {:.0} | {:.0} | {component} {:.0} % | {:.3} |",
        run.dataflow.name(),
        row.name,
        energy / 1e3,
        ratio(plain),
        ratio(best),
        energy / row.floor_pj,
        mean(run.activity.cycles),
        mean(run.activity.macs),
        mean(run.activity.sram_bits_read()),
        share * 100.0,
        mean(run.agrees)
    )
}

/// The component that dominates, and its share of the nominal energy.
fn largest(run: &HardwareRun) -> (&'static str, f64) {
    let total = run.ledger.total().nominal().as_picojoules();
    let energy = |c: &Component| run.ledger.component(*c).nominal();
    let largest = Component::ALL.into_iter().max_by_key(energy).unwrap_or(Component::Patterns);
    (largest.name(), energy(&largest).as_picojoules() / total)
}
