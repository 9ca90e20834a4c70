//! The report as JSON: a contract, described in `docs/report.md`.
//!
//! The same plan and seed give the same bytes at any number of threads; nothing in it depends on the clock on the wall.

mod baselines;
mod beyond;
mod certificates;
mod classical;
mod contents;
mod faults;
mod fit;
mod memories;

use crate::advice;
use crate::certified::Certified;
use crate::confirmed;
use crate::error::Error;
use crate::pipeline::{BestShape, DenseRun, HardwareRun, Inputs, Run};
use crate::plan::{Plan, PlanSource, TargetRule};
use crate::sureness::{Sure, Sureness};
use klr_energy::{
    Basis, CAM_FIGURES, CamFigure, Component, Cost, InformationBound, KELVIN, Ledger, Line, Ratio, Swing,
    cam_picojoules,
};
use klr_image::{Memories, PatternOrder};
use klr_model::CueKind;
use klr_model::baselines::BaselineError;
use klr_model::tune::{CurvePoint, GammaChoice};
use klr_quantize::{Choice, StoredPatterns, Trial};
use klr_sim::{Counter, Fault};
use serde_json::{Map, Value, json};

pub use contents::area;
pub(crate) use faults::name as memory_name;
pub use fit::fit_outcome;

/// The version of the report's layout.
pub const SCHEMA: &str = "klr-report-3";

/// The report of `run`, which is of `plan`, which was written as `source`: JSON with keys in a fixed order.
///
/// # Errors
/// As [`Run::inputs`].
pub fn report(source: &PlanSource, plan: &Plan, run: &Run) -> Result<Value, Error> {
    Ok(report_with(source, plan, run, &run.inputs(plan)?))
}

/// [`report`], with the inputs of `run`.
pub(crate) fn report_with(source: &PlanSource, plan: &Plan, run: &Run, inputs: &Inputs) -> Value {
    let sure = Sureness::of(run);
    let mut report = json!({
        "schema": SCHEMA,
        "run": inputs.run_id(source, plan),
        "inputs": digests(inputs),
        "plan": plan_json(source),
        "patterns": patterns(plan, run),
        "model": fit::section(&run.fit),
        "gamma": run.choice.as_ref().map(gamma),
        "quantized": quantized(run),
        "memories": memories_of_all(plan, run),
        "contents": contents::section(&plan.hardware, &run.image),
        "recall": recall(plan, run),
        "hardware": by_dataflow(run, |h| hardware(plan, run, h)),
        "energy": energy(plan, run, &sure),
    });
    if let Some(found) = run.best_synchronous() {
        report["best_synchronous"] = best(found, run.recall.cues);
    }
    report["best_shapes"] = best_shapes(run, &sure);
    if let (Some(found), Some(sure)) = (&run.dense, &sure.dense)
        && found.ledger.complete()
    {
        report["dense"] = dense(found, sure, run.recall.cues);
    }
    if let Some(flow) = &run.flow {
        report["continuous"] = beyond::flow(plan, flow);
    }
    if let Some(sequence) = &run.sequence {
        report["sequence"] = beyond::sequence(sequence);
    }
    if !run.classical.is_empty() {
        report["classical"] = classical::section(run);
    }
    report["advice"] = advice::lines(plan, run).into();
    if let Some(certified) = Certified::of(plan, run) {
        report["certificates"] = certificates::section(run, &certified);
    }
    if let Some(found) = &run.faults {
        report["faults"] = faults::section(plan, run, found);
    }
    report
}

/// The memories that all dataflows share; null where the plan leaves shapes open, and each has its own.
fn memories_of_all(plan: &Plan, run: &Run) -> Value {
    if plan.hardware.open.is_any() {
        return Value::Null;
    }
    memories::section(plan, &run.image, &plan.hardware.config)
}

/// The report as text, ended by a newline.
#[must_use]
pub fn to_text(report: &Value) -> String {
    format!("{report:#}\n")
}

/// The digests of what the run was derived from, by the names of its files without their endings.
fn digests(inputs: &Inputs) -> Map<String, Value> {
    let stem = |name: &str| name.split_once('.').map_or(name, |parts| parts.0).to_owned();
    inputs.digests().map(|(name, digest)| (stem(name), digest.to_string().into())).collect()
}

pub(crate) fn plan_json(source: &PlanSource) -> Value {
    let mut plan = Map::new();
    for (key, value) in source.entries() {
        // What it is does not matter, and a reader might think that it does.
        let value = if source.has_effect(key) { to_json(value) } else { Value::Null };
        match key.split_once('.') {
            None => {
                plan.insert(key.to_owned(), value);
            }
            Some((section, name)) => {
                let section = plan.entry(section).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(section) = section {
                    section.insert(name.to_owned(), value);
                }
            }
        }
    }
    Value::Object(plan)
}

/// A key and its value as JSON.
fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(i) => (*i).into(),
        toml::Value::Float(x) => (*x).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.iter().map(to_json).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect(),
    }
}

fn patterns(plan: &Plan, run: &Run) -> Value {
    json!({
        "n": run.patterns.n(),
        "p": run.patterns.p(),
        "load": run.patterns.load(),
        "source": plan.patterns.name(),
    })
}

fn gamma(choice: &GammaChoice) -> Value {
    let point = |point: &CurvePoint| {
        let (low, high) = point.recall.interval();
        json!({ "gamma": point.gamma, "recall": point.recall.value(), "low": low, "high": high, "dead": point.dead })
    };
    json!({
        "chosen": choice.gamma,
        "recall": choice.recall.value(),
        "oracle": choice.oracle.value(),
        "flat_from": choice.flat_from,
        "flat_to": choice.flat_to,
        "verdict": choice.verdict.name(),
        "curve": choice.curve.iter().map(point).collect::<Vec<_>>(),
        "surrogate": choice.surrogate.iter().map(point).collect::<Vec<_>>(),
    })
}

fn quantized(run: &Run) -> Value {
    let (image, loss) = (&run.image, &run.loss);
    let mut section = json!({
        "weight_bits": image.weight_format().bits().get(),
        "weight_format": image.weight_format().coding().name(),
        "kernel_bits": image.table().format().bits().get(),
        "kernel_table": image.table().form().name(),
        "kernel_window": image.table().window(),
        "method": loss.choice.method.name(),
        "trials": trials(&loss.choice),
        "stored_patterns_kept": loss.stored_patterns_kept(),
        "stored_patterns_fixed": loss.stored_patterns_fixed(),
        "min_margin": loss.min_margin(),
        "saturated_weights": loss.saturated_weights,
        "weight_error": loss.weight_error,
        "accumulator_bits": image.geometry().accumulator_bits(),
        "accumulator_bits_required": loss.required_accumulator_bits,
        "sram_bits": sram_bits(&loss.sram_bits, image.geometry().storage().patterns),
    });
    if let StoredPatterns::Sample(sample) = &loss.stored {
        section["sample"] = fit::integers(sample);
    }
    section
}

/// The weights that were tried, and which of them were taken.
fn trials(choice: &Choice) -> Vec<Value> {
    let entry = |(at, trial): (usize, &Trial)| {
        json!({
            "method": trial.method.name(),
            "margin": trial.target,
            "stored_patterns_kept": trial.verdict.kept,
            "cues_recalled": trial.verdict.hits,
            "cues": trial.verdict.cues,
            "taken": choice.taken == Some(at),
        })
    };
    choice.trials.iter().enumerate().map(entry).collect()
}

fn sram_bits(bits: &Memories<u64>, order: PatternOrder) -> Value {
    let mut sram_bits = memories::by_name(*bits, order);
    sram_bits["total"] = bits.total().into();
    sram_bits
}

fn recall(plan: &Plan, run: &Run) -> Value {
    let r = &run.recall;
    let share = |hits: u64| hits as f64 / r.cues as f64;
    let target = plan.retrieval.target_rule();
    let noise = match plan.retrieval.cue {
        CueKind::Flips { noise, .. } if target == TargetRule::Source => Some(noise),
        _ => None,
    };
    json!({
        "cues": r.cues,
        "noise": noise,
        "target": target.name(),
        "cue_flips_mean": r.cue_flips_mean,
        "oracle": r.oracle.map(share),
        "oracle_refused": r.oracle.is_none().then(|| BaselineError::NoTargets.to_string()),
        "ties": share(r.ties),
        "float_sync": share(r.float_sync),
        "float_async": share(r.float_async),
        "untrained": share(r.untrained),
        "own_width": own_width(run),
        "baselines": run.baselines.iter().map(|result| baselines::entry(run, result)).collect::<Vec<_>>(),
    })
}

/// What stands beside the tuned baselines: the gamma of the plan's own kernel, if it has one, and whether it was chosen.
fn own_width(run: &Run) -> Value {
    run.model.kernel().gamma().map_or(
        Value::Null,
        |gamma| json!({ "gamma": gamma, "origin": if run.choice.is_some() { "tuned" } else { "given" } }),
    )
}

fn by_dataflow(run: &Run, entry: impl Fn(&HardwareRun) -> Value) -> Map<String, Value> {
    run.hardware.iter().map(|h| (h.dataflow.name().to_owned(), entry(h))).collect()
}

fn hardware(plan: &Plan, run: &Run, h: &HardwareRun) -> Value {
    let cues = run.recall.cues as f64;
    let mean = |count: u64| count as f64 / cues;
    let a = &h.activity;
    let counters: Map<String, Value> =
        Counter::ALL.iter().map(|&c| (c.name().to_owned(), a.get(c).into())).collect();
    let mut entry = json!({
        "recall": mean(h.hits),
        "agrees_with_reference": mean(h.agrees),
        "not_confirmed_by_rtl": confirmed::list(&h.unconfirmed),
        "flips_mean": mean(a.flips),
        "evaluations_mean": mean(a.evaluations),
        "macs_mean": mean(a.macs),
        "distance_updates_mean": mean(a.distance_updates),
        "sram_bits_read_mean": mean(a.sram_bits_read()),
        "cycles_mean": mean(a.cycles),
        "cycles_max": h.cycles_max,
        "dead_fields": h.dead_fields,
        "outcomes": outcomes(&h.outcomes),
        "faults": core_faults(h.fault_count, &h.faults),
        "counters_total": counters,
    });
    let open = plan.hardware.open;
    if open.is_any() {
        let chosen = h.chosen(open).map(|(name, number)| (name.to_owned(), number.into()));
        entry["chosen"] = Value::Object(chosen.collect());
        entry["memories"] = memories::section(plan, &run.image, &h.config);
    }
    entry
}

fn outcomes(outcomes: &[(&'static str, u64)]) -> Map<String, Value> {
    outcomes.iter().map(|&(name, n)| (name.to_owned(), n.into())).collect()
}

fn core_faults(count: u64, first: &[(usize, Fault)]) -> Value {
    let entry = |(cue, fault): &(usize, Fault)| {
        json!({
            "cue": cue,
            "cycle": fault.cycle.get(),
            "kind": fault.kind.name(),
            "message": fault.to_string(),
        })
    };
    json!({ "count": count, "first": first.iter().map(entry).collect::<Vec<_>>() })
}

/// Picojoules per retrieval, of `cues` of them: low, nominal and high, with what is known of them. They are null where
/// nothing is.
pub(crate) fn cost(cost: Cost, cues: u64) -> Map<String, Value> {
    let per_retrieval = cost.map(|band| {
        [band.low(), band.nominal(), band.high()].map(|energy| energy.as_picojoules() / cues as f64)
    });
    let figures = match per_retrieval {
        Cost::Known(figures) | Cost::AtLeast(figures) => figures.map(Value::from),
        Cost::Unknown => [Value::Null, Value::Null, Value::Null],
    };
    let figures = ["low_pj", "nominal_pj", "high_pj"].into_iter().zip(figures);
    [("status", Value::from(cost.status()))]
        .into_iter()
        .chain(figures)
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// What 90 of 100 draws of the prices give per retrieval; null if nothing is known.
pub(crate) fn likely<C, M>(ledger: &Ledger<C, M>, cues: u64) -> Value {
    match ledger.likely() {
        Cost::Known(range) | Cost::AtLeast(range) => {
            json!([range.low, range.high].map(|energy| energy.as_picojoules() / cues as f64))
        }
        Cost::Unknown => Value::Null,
    }
}

/// Every dataflow in the shape that costs least.
fn best_shapes(run: &Run, sure: &Sureness) -> Value {
    let entry = |(shape, sure): (&BestShape, &Sure)| {
        let mut entry = best(shape, run.recall.cues);
        entry["is_own"] = shape.is_own.into();
        known(&mut entry, "x_less_than_best_synchronous", sure.less_than_best);
        known(&mut entry, "x_less_than_dense", sure.less_than_dense);
        (shape.dataflow.name().to_owned(), entry)
    };
    Value::Object(run.best.iter().zip(&sure.best).map(entry).collect())
}

/// Puts a ratio into `entry`, if it is known.
fn known(entry: &mut Value, key: &str, times: Option<Ratio>) {
    if times.is_some() {
        entry[key] = ratio(times);
    }
}

/// Dense hardware that reads whole rows.
fn dense(found: &DenseRun, sure: &Sure, cues: u64) -> Value {
    let mut entry = json!({
        "recall": found.hits as f64 / cues as f64,
        "clock_mhz": found.clock.mhz(),
        "memory_bytes": found.memory_bytes(),
        "cycles_mean": found.activity.cycles as f64 / cues as f64,
        "cost": cost(found.ledger.total(), cues),
    });
    known(&mut entry, "x_less_than_best_synchronous", sure.less_than_best);
    entry
}

/// A dataflow in the shape that costs least.
pub(crate) fn best(best: &BestShape, cues: u64) -> Value {
    json!({
        "weight_word": best.weight_word,
        "weight_banks": best.weight_banks,
        "cycles_mean": best.cycles as f64 / cues as f64,
        "cost": cost(best.ledger.total(), cues),
    })
}

/// How far a source moves the total, and each of its terms.
fn swing(source: &Swing) -> Value {
    let term = |term: &Swing| json!({ "term": term.name, "low": term.low, "high": term.high });
    json!({
        "source": source.name,
        "low": source.low,
        "high": source.high,
        "shrinks": source.shrinks,
        "terms": source.terms.iter().map(term).collect::<Vec<_>>(),
    })
}

/// A ratio of two totals with its ranges; null unless it is known.
pub(crate) fn ratio(ratio: Option<Ratio>) -> Value {
    ratio.map_or(Value::Null, |ratio| {
        json!({
            "nominal": ratio.nominal,
            "interval": [ratio.interval.0, ratio.interval.1],
            "likely": [ratio.likely.0, ratio.likely.1],
        })
    })
}

fn energy(plan: &Plan, run: &Run, sure: &Sureness) -> Value {
    let entry = |(h, sure): (&HardwareRun, &Sure)| {
        let mut entry = kernel_ledger(&h.ledger, run);
        entry["x_less_than_synchronous"] = ratio(sure.less_than_own);
        entry["x_less_than_best_synchronous"] = ratio(sure.less_than_best);
        entry["x_less_than_dense"] = ratio(sure.less_than_dense);
        entry["x_one_look"] = ratio(sure.times_one_look);
        (h.dataflow.name().to_owned(), entry)
    };
    let mut energy: Map<String, Value> = run.hardware.iter().zip(&sure.own).map(entry).collect();
    energy.insert("prices".to_owned(), plan.hardware.prices.name().into());
    energy.insert("prices_version".to_owned(), plan.hardware.prices.version().into());
    let one_look = match run.one_look.total() {
        Cost::Known(band) => (band.nominal().as_picojoules() / run.recall.cues as f64).into(),
        Cost::AtLeast(_) | Cost::Unknown => Value::Null,
    };
    energy.insert("one_look_pj".to_owned(), one_look);
    energy.insert("one_look".to_owned(), kernel_ledger(&run.one_look, run));
    energy.insert("information_bound".to_owned(), information_bound(run));
    energy.insert("cam".to_owned(), cam(run));
    Value::Object(energy)
}

/// What must be erased to name a pattern and forget it.
fn information_bound(run: &Run) -> Value {
    let bound = InformationBound::of(run.image.p());
    json!({
        "status": "lower-bound",
        "bits": bound.bits(),
        "kelvin": KELVIN,
        "pj": bound.at_least_picojoules(),
    })
}

/// A search of the stored bits at the published figures of content-addressable memories.
fn cam(run: &Run) -> Value {
    let [least, most] = cam_picojoules(run.image.p(), run.image.n());
    let figure = |figure: &CamFigure| {
        json!({
            "name": figure.name,
            "fj_per_bit": figure.femtojoules_per_bit,
            "method": figure.method,
            "source": figure.source,
            "leaves_out": figure.leaves_out,
        })
    };
    json!({ "least_pj": least, "most_pj": most, "figures": CAM_FIGURES.iter().map(figure).collect::<Vec<_>>() })
}

fn kernel_ledger(ledger: &Ledger, run: &Run) -> Value {
    self::ledger(ledger, ledger.by_component(), Counter::name, run)
}

fn ledger<C: Copy, M>(
    ledger: &Ledger<C, M>,
    by_component: Vec<(Component, Cost)>,
    name: fn(C) -> &'static str,
    run: &Run,
) -> Value {
    let mut entry = cost(ledger.total(), run.recall.cues);
    let components: Map<String, Value> = by_component
        .into_iter()
        .map(|(component, energy)| {
            (component.name().to_owned(), Value::Object(cost(energy, run.recall.cues)))
        })
        .collect();
    entry.insert("by_component".to_owned(), Value::Object(components));
    entry.insert("likely_pj".to_owned(), likely(ledger, run.recall.cues));
    entry.insert("tornado".to_owned(), ledger.tornado().iter().map(swing).collect());
    entry.insert(
        "weakest_grade".to_owned(),
        ledger.weakest_grade().map_or(Value::Null, |g| g.to_string().into()),
    );
    entry.insert("secondary_sources".to_owned(), ledger.secondary().into());
    entry.insert("complete".to_owned(), ledger.complete().into());
    let unpriced: Vec<Value> = ledger
        .unpriced
        .iter()
        .map(|u| {
            json!({
                "term": u.term.key(),
                "counter": u.counter.map(name),
                "count": u.count,
                "reason": u.reason,
            })
        })
        .collect();
    entry.insert("unpriced".to_owned(), unpriced.into());
    entry.insert("prices_paid".to_owned(), prices_paid(ledger, name).into());
    Value::Object(entry)
}

/// The price of every count that was paid for, exactly as it was charged: for the widths and memories of the core.
fn prices_paid<C: Copy, M>(ledger: &Ledger<C, M>, name: fn(C) -> &'static str) -> Vec<Value> {
    let line = |line: &Line<C, M>| match &line.basis {
        Basis::Counted { counter, count, unit } => Some(json!({
            "term": line.term.key(),
            "counter": name(*counter),
            "count": count,
            "pj": [unit.low().as_picojoules(), unit.nominal().as_picojoules(), unit.high().as_picojoules()],
        })),
        Basis::Drawn { .. } => None,
    };
    ledger.lines.iter().filter_map(line).collect()
}
