//! What each lever saves: one memory, many cores, a table.
//!
//! Every row runs the same cues on the same image; only keys of `[core]` differ. The table gives each row against the
//! plain synchronous baseline, against the best synchronous row (a weak baseline convinces nobody), and against one look
//! of its own core.

mod table;

use crate::confirmed;
use crate::error::Error;
use crate::pipeline::{
    BestShape, HardwareRun, Progress, TrainedMemory, TriedCore, run_hardware, train_and_quantize,
};
use crate::plan::{CoreError, HardwarePlan, Place, Plan, PlanError, PlanSource, in_keys};
use crate::report;
use crate::screen::{missing, ratio, unpriced};
use klr_energy::{Band, Cost, Drawn, Ledger, Ratio};
use klr_image::{GeometrySpec, PatternOrder, Signs, Storage};
use klr_sim::confirmed::UNCONFIRMED;
use klr_sim::{ConfigSpec, CoreConfig, Dataflow, SignPath};
use klr_units::text::{UNKNOWN, fixed, joules, percent, share, wrap};
use klr_units::{Bits, Yoctojoules};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use table::{MARK, Row, Table};

use Sharing::{Both, Columns, Off};

/// The version of the layout of [`Study::report`].
const SCHEMA: &str = "klr-levers-3";

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
    /// Each of its dataflows in the shape that costs least.
    best: Vec<BestShape>,
    one_look: Ledger,
    /// Bits of memory the image occupies.
    sram_bits: u64,
}

impl Sharing {
    /// The core of a row. Memories that size themselves do so; capacities that are given are as large as the bits need in
    /// proportion to those of `plan`: the pattern memory twice where the bits are stored twice, the weight memory without
    /// the signs. One-bit weights leave none, and its capacity is that of nothing.
    fn apply(self, plan: HardwarePlan, weight_bits: Bits) -> Result<HardwarePlan, CoreError> {
        let (patterns, copies) = match self {
            Self::Off => return Ok(plan),
            Self::Columns => (PatternOrder::Column, 1),
            Self::Both => (PatternOrder::Both, 2),
        };
        let spec = plan.sizing.spec();
        let (bits, lanes) = (u64::from(weight_bits.get()), u64::from(spec.mac_lanes));
        let weight_bytes = (spec.weight_bytes / lanes * (bits - 1)).div_ceil(bits).max(1) * lanes;
        let spec = GeometrySpec { weight_bytes, pattern_bytes: copies * spec.pattern_bytes, ..spec };
        let sizing = plan.sizing.resized(spec)?.storing(Storage { signs: Signs::InPatterns, patterns });
        let dataflows = match self {
            Self::Columns => {
                Dataflow::ALL.into_iter().filter(|flow| flow.needs().signs == SignPath::Column).collect()
            }
            _ => plan.dataflows,
        };
        Ok(HardwarePlan { sizing, dataflows, ..plan })
    }
}

/// The core of a row.
fn core((_, levers, sharing): &LeverRow, plan: &Plan) -> Result<HardwarePlan, CoreError> {
    let mut spec = *plan.hardware.config.spec();
    levers.iter().for_each(|lever| lever(&mut spec));
    let config = CoreConfig::new(spec)?;
    sharing.apply(HardwarePlan { config, ..plan.hardware.clone() }, plan.quantize.weight_bits())
}

/// What the rows gave.
#[derive(Debug)]
pub struct Study {
    rows: Vec<LeverResult>,
    /// Rows that this memory, or a capacity that was given, does not allow, and why.
    left_out: Vec<(&'static str, PlanError)>,
    cues: u64,
}

/// A row under one dataflow, and its energy against others.
struct Compared<'a> {
    row: &'a LeverResult,
    run: &'a HardwareRun,
    less_than_plain: Option<Ratio>,
    less_than_best: Option<Ratio>,
    times_one_look: Option<Ratio>,
}

/// Runs every row on the memory of `plan`.
///
/// # Errors
/// [`Error`] as for a run of the plan.
pub fn study(plan: &Plan, threads: usize, progress: &dyn Progress) -> Result<Study, Error> {
    plan.faults.require_sound()?;
    let memory = train_and_quantize(plan, threads, progress)?;
    let mut study = Study { rows: Vec::new(), left_out: Vec::new(), cues: memory.cues() };
    for row in &ROWS {
        let place = |_: &str| Place::Lever(row.0.to_owned());
        match result(plan, row, &memory, threads, progress).map_err(|error| in_keys(error, &place)) {
            // A memory may have weights against their bits, or a capacity that was given may be too small for more slices;
            // then the other levers are still of interest.
            Err(Error::Plan(error @ (PlanError::Sign { .. } | PlanError::Room { .. }))) => {
                study.left_out.push((row.0, error));
            }
            other => study.rows.push(other?),
        }
    }
    Ok(study)
}

impl Study {
    /// The table for the screen.
    #[must_use]
    pub fn text(&self) -> String {
        self.table().text()
    }

    /// The table as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        self.table().markdown()
    }

    fn table(&self) -> Table {
        let left_out = |(name, error): &(&str, PlanError)| format!("Left out: {name}: {error}");
        Table {
            rows: self.compared().iter().map(|one| self.row(one)).collect(),
            best: self.best_named(),
            ties: self.ties(),
            missing: self.missing_prices(),
            unconfirmed: self.unconfirmed(),
            left_out: self.left_out.iter().map(left_out).collect(),
        }
    }

    /// Which prices the totals lack; empty if they lack none.
    fn missing_prices(&self) -> String {
        let ledgers = self
            .rows
            .iter()
            .flat_map(|row| row.hardware.iter().map(|run| &run.ledger).chain([&row.one_look]));
        let sums: Vec<_> = ledgers.map(|ledger| (ledger.total(), unpriced(ledger))).collect();
        let mut out = String::new();
        if sums.iter().any(|(sum, _)| !sum.is_known()) {
            missing("totals", sums, &mut out);
        }
        out
    }

    /// What the rows with a mark use that no RTL confirms; empty if there is no such row.
    fn unconfirmed(&self) -> String {
        let used = self.rows.iter().flat_map(|row| &row.hardware).flat_map(|run| &run.unconfirmed);
        let settings: BTreeSet<String> = used.map(ToString::to_string).collect();
        let in_order = UNCONFIRMED.iter().filter(|one| settings.contains(&one.to_string()));
        confirmed::remark(&format!("{MARK} "), &in_order.collect::<Vec<_>>())
    }

    /// The table as JSON; `source` is the plan as it was written. `docs/report.md` describes it.
    #[must_use]
    pub fn report(&self, source: &PlanSource) -> Value {
        let left_out =
            |(name, error): &(&str, PlanError)| json!({ "levers": name, "reason": error.to_string() });
        json!({
            "schema": SCHEMA,
            "plan": report::plan_json(source),
            "cues": self.cues,
            "best_synchronous": self.best_synchronous().map(|(name, best)| {
                let mut entry = report::best(best, self.cues);
                entry["levers"] = name.into();
                entry
            }),
            "rows": self.compared().iter().map(|one| self.row_json(one)).collect::<Vec<_>>(),
            "left_out": self.left_out.iter().map(left_out).collect::<Vec<_>>(),
        })
    }

    /// Every row under every dataflow that it runs, dataflow by dataflow.
    fn compared(&self) -> Vec<Compared<'_>> {
        let plain = self.rows.first().and_then(synchronous).map(Ledger::drawn);
        let best = self.best_synchronous().map(|(_, best)| best.ledger.drawn());
        let (plain, best) = (plain.as_ref(), best.as_ref());
        let one_looks: Vec<Drawn> = self.rows.iter().map(|row| row.one_look.drawn()).collect();
        let compared = |dataflow: Dataflow| {
            self.rows.iter().zip(&one_looks).filter_map(move |(row, one_look)| {
                let run = row.hardware.iter().find(|h| h.dataflow == dataflow)?;
                let drawn = run.ledger.drawn();
                let less = |than: Option<&Drawn>| than.and_then(|than| than.ratio(&drawn));
                Some(Compared {
                    row,
                    run,
                    less_than_plain: less(plain),
                    less_than_best: less(best),
                    times_one_look: drawn.ratio(one_look),
                })
            })
        };
        let dataflows = self.rows.first().into_iter().flat_map(|row| row.hardware.iter().map(|h| h.dataflow));
        dataflows.flat_map(compared).collect()
    }

    /// The synchronous row that costs least, each in its best shape; `None` unless all of them are known.
    fn best_synchronous(&self) -> Option<(&'static str, &BestShape)> {
        let mut known: Vec<(Yoctojoules, &'static str, &BestShape)> = Vec::new();
        for row in self.rows.iter().filter(|row| synchronous(row).is_some()) {
            let best = BestShape::synchronous(&row.best)?;
            match best.ledger.total() {
                Cost::Known(band) => known.push((band.nominal(), row.name, best)),
                Cost::AtLeast(_) | Cost::Unknown => return None,
            }
        }
        known.into_iter().min_by_key(|(nominal, ..)| *nominal).map(|(_, name, best)| (name, best))
    }

    /// Which core is the best synchronous one; empty if that is not known.
    fn best_named(&self) -> String {
        self.best_synchronous().map_or_else(String::new, |(name, best)| {
            let energy =
                best.ledger.total().shown(|band| joules(band.nominal().as_picojoules() / self.cues as f64));
            let text = format!("The best synchronous core: {name}, {}, {energy}", best.shape());
            wrap("", 2, &text)
        })
    }

    /// Rows in which the synchronous core and another dataflow cost the same, as far as these prices can tell.
    fn ties(&self) -> String {
        let tie = |row: &LeverResult| {
            let base = synchronous(row)?;
            let drawn = base.drawn();
            let others = row.hardware.iter().filter(|run| run.dataflow != Dataflow::BASELINE);
            let tied = others.filter(|run| {
                drawn
                    .ratio(&run.ledger.drawn())
                    .is_some_and(|times| times.likely.0 <= 1.0 && times.likely.1 >= 1.0)
            });
            let shown = |ledger: &Ledger| {
                ledger.total().shown(|band| joules(band.nominal().as_picojoules() / self.cues as f64))
            };
            let names: Vec<String> =
                tied.map(|run| format!("{} ({})", run.dataflow.name(), shown(&run.ledger))).collect();
            (!names.is_empty()).then(|| {
                format!("{}: synchronous ({}) ties with {}", row.name, shown(base), names.join(", "))
            })
        };
        let ties: Vec<String> = self.rows.iter().filter_map(tie).collect();
        if ties.is_empty() {
            return String::new();
        }
        wrap("", 2, &format!("No difference that these prices can tell: {}", ties.join("; ")))
    }

    fn mean(&self, count: u64) -> f64 {
        count as f64 / self.cues as f64
    }

    fn row(&self, one: &Compared<'_>) -> Row {
        let Compared { row, run, .. } = one;
        let total = run.ledger.total();
        let picojoules = |band: Band<Yoctojoules>| band.nominal().as_picojoules() / self.cues as f64;
        let largest = largest(run).map(|(name, share)| format!("{name} {} %", percent(share, 0)));
        Row {
            dataflow: run.dataflow,
            levers: row.name,
            mark: if run.unconfirmed.is_empty() { ' ' } else { MARK },
            energy: total.shown(|band| joules(picojoules(band))),
            nanojoules: total.shown(|band| fixed(picojoules(band) / 1e3, 1)),
            less_than_plain: ratio(one.less_than_plain.map(in_interval)),
            less_than_best: ratio(one.less_than_best.map(in_interval)),
            of_one_look: ratio(one.times_one_look.map(in_interval)),
            cycles: fixed(self.mean(run.activity.cycles), 0),
            macs: fixed(self.mean(run.activity.macs), 0),
            bits_read: fixed(self.mean(run.activity.sram_bits_read()), 0),
            bits_stored: row.sram_bits.to_string(),
            largest: largest.unwrap_or_else(|| UNKNOWN.to_owned()),
            agrees: share(self.mean(run.agrees), 3),
        }
    }

    fn row_json(&self, one: &Compared<'_>) -> Value {
        let Compared { row, run, .. } = one;
        let largest = largest(run).map(|(name, share)| json!({ "component": name, "share": share }));
        json!({
            "dataflow": run.dataflow.name(),
            "levers": row.name,
            "energy": report::cost(run.ledger.total(), self.cues),
            "one_look": report::cost(row.one_look.total(), self.cues),
            "unpriced": unpriced(&run.ledger),
            "x_less_than_plain_synchronous": report::ratio(one.less_than_plain),
            "x_less_than_best_synchronous": report::ratio(one.less_than_best),
            "x_one_look": report::ratio(one.times_one_look),
            "likely_pj": report::likely(&run.ledger, self.cues),
            "cycles_mean": self.mean(run.activity.cycles),
            "macs_mean": self.mean(run.activity.macs),
            "sram_bits_read_mean": self.mean(run.activity.sram_bits_read()),
            "sram_bits_stored": row.sram_bits,
            "largest_component": largest,
            "agrees_with_reference": self.mean(run.agrees),
            "not_confirmed_by_rtl": confirmed::list(&run.unconfirmed),
        })
    }
}

/// A ratio, and what it is at any prices within their bands.
const fn in_interval(ratio: Ratio) -> (f64, (f64, f64)) {
    (ratio.nominal, ratio.interval)
}

fn result(
    plan: &Plan,
    row: &LeverRow,
    memory: &TrainedMemory,
    threads: usize,
    progress: &dyn Progress,
) -> Result<LeverResult, Error> {
    let TriedCore { image, runs, best, one_look } =
        run_hardware(&core(row, plan)?, memory, threads, progress)?;
    Ok(LeverResult { name: row.0, hardware: runs, best, sram_bits: image.sram_bits().total(), one_look })
}

fn synchronous(row: &LeverResult) -> Option<&Ledger> {
    row.hardware.iter().find(|h| h.dataflow == Dataflow::BASELINE).map(|h| &h.ledger)
}

/// The component that dominates, and its share of the nominal energy, if both are known.
fn largest(run: &HardwareRun) -> Option<(&'static str, f64)> {
    let total = run.ledger.total();
    let parts = run.ledger.by_component().into_iter();
    let shares = parts.filter_map(|(component, energy)| Some((component.name(), energy.share_of(total)?)));
    // Of several as large, the last: shares of one total are compared.
    shares.max_by(|(_, a), (_, b)| a.total_cmp(b))
}
