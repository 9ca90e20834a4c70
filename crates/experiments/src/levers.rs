//! What each lever saves: one memory, many cores, a table.
//!
//! Every row runs the same cues on the same image; only keys of `[core]` differ. The table gives each row against the
//! plain synchronous baseline, against the best synchronous row (a weak baseline convinces nobody), and against the floor
//! of its own core.

use crate::error::Error;
use crate::pipeline::{HardwareRun, Memory, Progress, run_hardware, train_and_quantize};
use crate::plan::{Plan, PlanSource};
use klr_energy::Component;
use klr_image::ImageError;
use klr_quantize::QuantizeError;
use klr_sim::Dataflow;
use std::fmt::{self, Write};

use Sharing::{Both, Columns, Off};

/// A row: its name, the keys it sets, and where it takes the signs of weights from.
type Row = (&'static str, &'static [&'static str], Sharing);

/// Whether a row takes the signs from the patterns, and in which order these lie.
#[derive(Clone, Copy, Debug)]
enum Sharing {
    /// The weights have their signs.
    Off,
    /// By column: enough for `sweep`, the only dataflow of such a row.
    Columns,
    /// By column and by row.
    Both,
}

const LIST: &str = "core.candidates=256";
const ELIMINATION: &str = "core.partial_distance=true";
const SKIP: &str = "core.zero_skip=true";
const INCREMENTAL: &str = "core.incremental=true";
const BITMAP: &str = "core.bitmap=true";
const STOP: &str = "core.early_stop=true";

const ROWS: [Row; 16] = [
    ("plain", &[], Off),
    ("zero words skipped", &[SKIP], Off),
    ("incremental distances", &[INCREMENTAL], Off),
    ("candidate list", &[LIST], Off),
    ("list and elimination", &[LIST, ELIMINATION], Off),
    ("violated-neuron bitmap", &[BITMAP], Off),
    ("early stop", &[STOP], Off),
    ("sign sharing", &[], Both),
    ("sign sharing, columns alone", &[], Columns),
    ("all", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP], Off),
    ("all but elimination", &[SKIP, INCREMENTAL, LIST, BITMAP, STOP], Off),
    ("all, 4 slices", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, "core.distance_slices=4"], Off),
    ("all, 8 slices", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, "core.distance_slices=8"], Off),
    ("all, sign sharing", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP], Both),
    ("all, sign sharing, columns alone", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP], Columns),
    (
        "all, 8 slices, sign sharing",
        &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, "core.distance_slices=8"],
        Both,
    ),
];

/// What one row gave.
#[derive(Debug)]
struct Outcome {
    name: &'static str,
    hardware: Vec<HardwareRun>,
    floor_pj: f64,
    /// Bits of memory the image occupies.
    sram_bits: u64,
}

impl Sharing {
    /// The keys of a row, with memories as large as its bits need in proportion to those of `plan`: the pattern memory
    /// twice where the bits are stored twice, the weight memory without the signs. One-bit weights leave none, and its
    /// capacity is that of nothing.
    fn settings(self, plan: &Plan) -> Vec<String> {
        let order = match self {
            Self::Off => return Vec::new(),
            Self::Columns => "column",
            Self::Both => "both",
        };
        let spec = plan.geometry.spec();
        let (bits, lanes) = (u64::from(plan.quantize.weight_bits().get()), u64::from(spec.mac_lanes));
        let weight_bytes = (spec.weight_bytes / lanes * (bits - 1)).div_ceil(bits).max(1) * lanes;
        let mut settings = vec![
            "core.sign_sharing=true".to_owned(),
            format!("core.pattern_order={order}"),
            format!("core.weight_bytes={weight_bytes}"),
        ];
        settings.push(match self {
            Self::Both => format!("core.pattern_bytes={}", 2 * spec.pattern_bytes),
            _ => format!("retrieval.dataflows=['{}']", Dataflow::Sweep.name()),
        });
        settings
    }
}

/// Runs every row on the memory of `plan` and returns the table as Markdown.
///
/// # Errors
/// [`Error`] as for a run of the plan.
pub fn study(plan: &PlanSource, threads: usize, progress: &dyn Progress) -> Result<String, Error> {
    let memory = train_and_quantize(&plan.resolve()?, threads, progress)?;
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for row in &ROWS {
        match outcome(plan, row, &memory, threads, progress) {
            // A memory may have weights against their bits; then the other levers are still of interest.
            Err(Error::Quantize(QuantizeError::Image(error @ ImageError::Sign { .. }))) => {
                left_out.push((row.0, error));
            }
            other => rows.push(other?),
        }
    }
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_study(&rows, memory.cues(), &mut out);
    for (name, error) in left_out {
        let _ = write!(out, "\nLeft out: {name}: {error}\n");
    }
    Ok(out)
}

fn outcome(
    plan: &PlanSource,
    (name, settings, sharing): &Row,
    memory: &Memory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Outcome, Error> {
    let mut plan = plan.clone();
    settings.iter().try_for_each(|setting| plan.set(setting))?;
    let shared = sharing.settings(&plan.resolve()?);
    shared.iter().try_for_each(|setting| plan.set(setting))?;
    let plan = plan.resolve()?;
    let (hardware, floor) = run_hardware(&plan, memory, threads, progress)?;
    let image = memory.image().on(plan.geometry).map_err(|error| Error::Quantize(error.into()))?;
    let sram_bits = image.sram_bits().total();
    Ok(Outcome {
        name,
        hardware,
        sram_bits,
        floor_pj: floor.total().nominal().as_picojoules() / memory.cues() as f64,
    })
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
         MACs | SRAM bits read | SRAM bits stored | largest component | agrees |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
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
        "| {} | {} | {:.1} | {} | {} | {:.2} | {:.0} | {:.0} | {:.0} | {} | {component} {:.0} % | {:.3} |",
        run.dataflow.name(),
        row.name,
        energy / 1e3,
        ratio(plain),
        ratio(best),
        energy / row.floor_pj,
        mean(run.activity.cycles),
        mean(run.activity.macs),
        mean(run.activity.sram_bits_read()),
        row.sram_bits,
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
