//! What each lever saves: one memory, many cores, a table.
//!
//! Every row runs the same cues on the same image; only keys of `[core]` differ. The table gives each row against the
//! plain synchronous baseline, against the best synchronous row (a weak baseline convinces nobody), and against the floor
//! of its own core.

mod table;

use crate::error::Error;
use crate::pipeline::{HardwareRun, Progress, TrainedMemory, TriedCore, run_hardware, train_and_quantize};
use crate::plan::{CoreError, HardwarePlan, Place, Plan, PlanError, in_keys};
use crate::screen::{missing, ratio, unpriced};
use klr_energy::{Band, Component, Cost, Ledger};
use klr_image::{Geometry, GeometrySpec, PatternOrder, Signs, Storage};
use klr_sim::{ConfigSpec, CoreConfig, Dataflow, SignPath};
use klr_units::text::{UNKNOWN, fixed, joules, percent, share};
use klr_units::{Bits, Yoctojoules};
use table::Row;

pub use table::Study;

use Sharing::{Both, Columns, Off};

/// What a lever changes of a core.
type Lever = fn(&mut ConfigSpec);

/// A row: its name, its levers, and where it takes the signs of weights from.
type LeverRow = (&'static str, &'static [Lever], Sharing);

/// Whether a row takes the signs from the patterns, and in which order these lie.
#[derive(Clone, Copy, Debug)]
enum Sharing {
    /// The weights have their signs.
    Off,
    /// By column: enough for the dataflows that take them from there, the only ones of such a row.
    Columns,
    /// By column and by row.
    Both,
}

const LIST: Lever = |core| core.candidates = 256;
const ELIMINATION: Lever = |core| core.partial_distance = true;
const SKIP: Lever = |core| core.zero_skip = true;
const INCREMENTAL: Lever = |core| core.incremental = true;
const BITMAP: Lever = |core| core.bitmap = true;
const STOP: Lever = |core| core.early_stop = true;
const SLICES_4: Lever = |core| core.distance_slices = 4;
const SLICES_8: Lever = |core| core.distance_slices = 8;

const ROWS: [LeverRow; 16] = [
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
    ("all, 4 slices", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, SLICES_4], Off),
    ("all, 8 slices", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, SLICES_8], Off),
    ("all, sign sharing", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP], Both),
    ("all, sign sharing, columns alone", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP], Columns),
    ("all, 8 slices, sign sharing", &[SKIP, INCREMENTAL, LIST, ELIMINATION, BITMAP, STOP, SLICES_8], Both),
];

/// What one row gave.
#[derive(Debug)]
struct LeverResult {
    name: &'static str,
    hardware: Vec<HardwareRun>,
    floor: Ledger,
    /// Bits of memory the image occupies.
    sram_bits: u64,
}

impl Sharing {
    /// The core of a row, with memories as large as its bits need in proportion to those of `plan`: the pattern memory
    /// twice where the bits are stored twice, the weight memory without the signs. One-bit weights leave none, and its
    /// capacity is that of nothing.
    fn apply(self, plan: HardwarePlan, weight_bits: Bits) -> Result<HardwarePlan, CoreError> {
        let (patterns, copies) = match self {
            Self::Off => return Ok(plan),
            Self::Columns => (PatternOrder::Column, 1),
            Self::Both => (PatternOrder::Both, 2),
        };
        let spec = plan.geometry.spec();
        let (bits, lanes) = (u64::from(weight_bits.get()), u64::from(spec.mac_lanes));
        let weight_bytes = (spec.weight_bytes / lanes * (bits - 1)).div_ceil(bits).max(1) * lanes;
        let spec = GeometrySpec { weight_bytes, pattern_bytes: copies * spec.pattern_bytes, ..spec };
        let geometry = Geometry::new(spec)?.storing(Storage { signs: Signs::InPatterns, patterns });
        let dataflows = match self {
            Self::Columns => {
                Dataflow::ALL.into_iter().filter(|flow| flow.needs().signs == SignPath::Column).collect()
            }
            _ => plan.dataflows,
        };
        Ok(HardwarePlan { geometry, dataflows, ..plan })
    }
}

/// The core of a row.
fn core((_, levers, sharing): &LeverRow, plan: &Plan) -> Result<HardwarePlan, CoreError> {
    let mut spec = *plan.hardware.config.spec();
    levers.iter().for_each(|lever| lever(&mut spec));
    let config = CoreConfig::new(spec)?;
    sharing.apply(HardwarePlan { config, ..plan.hardware.clone() }, plan.quantize.weight_bits())
}

/// Runs every row on the memory of `plan`.
///
/// # Errors
/// [`Error`] as for a run of the plan.
pub fn study(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Study, Error> {
    let memory = train_and_quantize(plan, threads, progress)?;
    let (mut results, mut left_out) = (Vec::new(), Vec::new());
    for row in &ROWS {
        let place = |_: &str| Place::Lever(row.0.to_owned());
        match result(plan, row, &memory, threads, progress).map_err(|error| in_keys(error, &place)) {
            // A memory may have weights against their bits; then the other levers are still of interest.
            Err(Error::Plan(error @ PlanError::Sign { .. })) => {
                left_out.push(format!("Left out: {}: {error}", row.0));
            }
            other => results.push(other?),
        }
    }
    Ok(Study { rows: rows(&results, memory.cues()), missing: missing_prices(&results), left_out })
}

fn result(
    plan: &Plan,
    row: &LeverRow,
    memory: &TrainedMemory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<LeverResult, Error> {
    let TriedCore { image, runs, floor } = run_hardware(&core(row, plan)?, memory, threads, progress)?;
    Ok(LeverResult { name: row.0, hardware: runs, sram_bits: image.sram_bits().total(), floor })
}

fn synchronous(row: &LeverResult) -> Option<Cost> {
    row.hardware.iter().find(|h| h.dataflow == Dataflow::BASELINE).map(|h| h.ledger.total())
}

/// The rows of the table, dataflow by dataflow.
fn rows(results: &[LeverResult], cues: u64) -> Vec<Row> {
    let plain = results.first().and_then(synchronous).unwrap_or(Cost::Unknown);
    let best = Cost::least(results.iter().filter_map(synchronous));
    let dataflows: Vec<Dataflow> =
        results.first().map_or(Vec::new(), |r| r.hardware.iter().map(|h| h.dataflow).collect());
    let of = |dataflow: Dataflow| {
        let runs = results.iter().filter_map(move |result| {
            result.hardware.iter().find(|run| run.dataflow == dataflow).map(|run| (result, run))
        });
        runs.map(|(result, run)| row(result, run, plain, best, cues))
    };
    dataflows.into_iter().flat_map(of).collect()
}

/// Which prices the totals lack, if they lack any.
fn missing_prices(results: &[LeverResult]) -> String {
    let ledgers =
        results.iter().flat_map(|row| row.hardware.iter().map(|run| &run.ledger).chain([&row.floor]));
    let sums: Vec<_> = ledgers.map(|ledger| (ledger.total(), unpriced(ledger))).collect();
    let mut out = String::new();
    if sums.iter().any(|(sum, _)| !sum.is_known()) {
        missing("totals", sums, &mut out);
    }
    out
}

fn row(result: &LeverResult, run: &HardwareRun, plain: Cost, best: Cost, cues: u64) -> Row {
    let total = run.ledger.total();
    let mean = |count: u64| count as f64 / cues as f64;
    let picojoules = |band: Band<Yoctojoules>| band.nominal().as_picojoules() / cues as f64;
    Row {
        dataflow: run.dataflow,
        levers: result.name,
        energy: total.shown(|band| joules(picojoules(band))),
        nanojoules: total.shown(|band| fixed(picojoules(band) / 1e3, 1)),
        less_than_plain: ratio(plain.ratio(total)),
        less_than_best: ratio(best.ratio(total)),
        of_floor: ratio(total.ratio(result.floor.total())),
        cycles: fixed(mean(run.activity.cycles), 0),
        macs: fixed(mean(run.activity.macs), 0),
        bits_read: fixed(mean(run.activity.sram_bits_read()), 0),
        bits_stored: result.sram_bits.to_string(),
        largest: largest(run),
        agrees: share(mean(run.agrees), 3),
    }
}

/// The component that dominates, and its share of the nominal energy, if both are known.
fn largest(run: &HardwareRun) -> String {
    let total = run.ledger.total();
    let parts = run.ledger.by_component().into_iter();
    let shares = parts.filter_map(|(component, energy)| Some((component, energy.ratio(total)?)));
    // Of several as large, the last: shares of one total are compared.
    let largest = shares.max_by(|(_, a), (_, b)| a.total_cmp(b));
    let text = |(component, share): (Component, f64)| format!("{} {} %", component.name(), percent(share, 0));
    largest.map_or_else(|| UNKNOWN.to_owned(), text)
}
