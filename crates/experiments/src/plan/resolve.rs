//! A plan resolved: every key checked, every text a choice, nothing left to interpret.

use crate::error::Error;
use crate::plan::keys::Keys;
use crate::plan::model::{self, ModelPlan};
use crate::plan::patterns::{self, MAX_ROWS, PatternSource};
use crate::plan::source::PlanSource;
use klr_energy::PriceTable;
use klr_image::geometry::{GeometrySpec, MAX_NEURONS};
use klr_image::{Geometry, ImageError, PatternOrder, Signs, Storage, TableForm};
use klr_model::baselines::Baseline;
use klr_model::cue::CueError;
use klr_model::{CueKind, NoiseModel, VisitOrder};
use klr_quantize::{QuantizeConfig, QuantizeError};
use klr_sim::config::{ConfigSpec, MAX_LATENCY, MAX_QUEUE};
use klr_sim::{CoreConfig, Dataflow, QueuePolicy};
use klr_units::ClockMhz;
use klr_units::file;
use std::path::{Path, PathBuf};
use toml::Value;

/// A plan that can be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of every random stream.
    pub seed: u64,
    /// Where the patterns come from.
    pub patterns: PatternSource,
    /// Whether repeated rows of a pattern file are dropped; otherwise they are refused.
    pub drop_duplicates: bool,
    /// How the model is trained.
    pub model: ModelPlan,
    /// How it becomes integers.
    pub quantize: QuantizeConfig,
    /// The memories and widths of the core.
    pub geometry: Geometry,
    /// The latencies, ports and queues of the core.
    pub core: CoreConfig,
    /// The clock.
    pub clock: ClockMhz,
    /// What is retrieved.
    pub retrieval: RetrievalPlan,
    /// What it costs.
    pub energy: EnergyPlan,
    /// The plan as written, every key included.
    pub source: PlanSource,
}

impl Plan {
    /// Nothing, if a core of this plan holds `p` patterns of `n` neurons, kernel table apart. It is asked before
    /// anything is drawn or trained, so that sizes nobody can meet take neither memory nor time.
    ///
    /// # Errors
    /// The error that [`klr_quantize::quantize`] would give in the end.
    pub fn require_room(&self, n: usize, p: usize) -> Result<(), Error> {
        let image = |error: ImageError| Error::Quantize(error.into());
        let rows = u32::try_from(p).map_err(|_| image(ImageError::Size { n: n as u64, p: p as u64 }))?;
        let neurons = u32::try_from(n).ok().filter(|&n| n <= MAX_NEURONS);
        let neurons = neurons.ok_or(QuantizeError::TooManyNeurons(n))?;
        let (weight_bits, kernel_bits) = (self.quantize.weight_bits(), self.quantize.kernel_bits());
        let placed = self.geometry.place(neurons, rows, weight_bits, 1, kernel_bits);
        placed.map(|_| ()).map_err(|misfit| image(misfit.into()))
    }
}

/// What is retrieved.
#[derive(Clone, Debug)]
pub struct RetrievalPlan {
    /// The dataflows to run, in order.
    pub dataflows: Vec<Dataflow>,
    /// The order in which asynchronous dataflows visit neurons.
    pub order: VisitOrder,
    /// The share of bits flipped in a cue.
    pub noise: f64,
    /// Which bits are flipped.
    pub noise_model: NoiseModel,
    /// How a pattern becomes a cue.
    pub cue: CueKind,
    /// The memories to compare with, on the same cues.
    pub baselines: Vec<Baseline>,
    /// Retrievals.
    pub cues: u32,
    /// Cues of one's own, instead of noisy patterns.
    pub cue_file: Option<PathBuf>,
    /// Steps or sweeps before a retrieval is stopped.
    pub max_steps: u32,
}

/// What it costs.
#[derive(Clone, Debug)]
pub struct EnergyPlan {
    /// The prices.
    pub table: PriceTable,
}

pub(super) fn resolve(source: &PlanSource) -> Result<Plan, Error> {
    let keys = Keys(source);
    let plan = Plan {
        seed: keys.whole("seed", "allowed is a whole number, 0 or above")?,
        patterns: patterns::patterns(&keys)?,
        drop_duplicates: keys.choice("patterns.duplicates", &[("refuse", false), ("drop", true)])?,
        model: model::model(&keys)?,
        quantize: quantize(&keys)?,
        geometry: geometry(&keys)?,
        core: core(&keys)?,
        clock: clock(&keys)?,
        retrieval: retrieval(&keys)?,
        energy: EnergyPlan { table: prices(&keys)? },
        source: source.clone(),
    };
    for &dataflow in &plan.retrieval.dataflows {
        plan.core.check_storage(&plan.geometry, dataflow).map_err(|e| source.located(&e.to_string()))?;
    }
    Ok(plan)
}

fn quantize(keys: &Keys<'_>) -> Result<QuantizeConfig, Error> {
    QuantizeConfig::new(
        keys.bits("quantize.weight_bits")?,
        keys.bits("quantize.kernel_bits")?,
        keys.choice("quantize.kernel_table", &TableForm::ALL.map(|form| (form.name(), form)))?,
        keys.number("quantize.weight_clip"),
    )
    .map_err(|e| keys.0.located(&e.to_string()))
}

fn geometry(keys: &Keys<'_>) -> Result<Geometry, Error> {
    let bytes = |key| keys.whole(key, "allowed is a whole number of bytes, 1 or above");
    let lanes = |key, allowed| keys.whole(key, allowed);
    let storage = Storage {
        signs: if keys.flag("core.sign_sharing") { Signs::InPatterns } else { Signs::InWeights },
        patterns: keys.choice("core.pattern_order", &PatternOrder::ALL.map(|order| (order.name(), order)))?,
    };
    Geometry::new(GeometrySpec {
        pattern_bytes: bytes("core.pattern_bytes")?,
        weight_bytes: bytes("core.weight_bytes")?,
        counter_bytes: bytes("core.counter_bytes")?,
        table_bytes: bytes("core.table_bytes")?,
        distance_lanes: lanes("core.distance_lanes", "allowed are 1 to 64")?,
        mac_lanes: lanes("core.mac_lanes", "allowed are 1 to 1024")?,
        accumulator_bits: lanes("core.accumulator_bits", "allowed are 2 to 63")?,
    })
    .map(|geometry| geometry.storing(storage))
    .map_err(|e| keys.0.located(&e.to_string()))
}

fn core(keys: &Keys<'_>) -> Result<CoreConfig, Error> {
    let latency = |key| keys.whole(key, &format!("allowed are 1 to {MAX_LATENCY}"));
    let queue = |key| keys.whole(key, &format!("allowed are 1 to {MAX_QUEUE}"));
    let knob = |key| keys.whole(key, "allowed is a whole number, 1 or above");
    let count = |key| keys.whole(key, "allowed is a whole number, 0 or above");
    if keys.flag("core.partial_distance") && count("core.candidates")? == 0 {
        return Err(keys
            .0
            .wrong("core.partial_distance", "it needs a candidate list, core.candidates above 0"));
    }
    CoreConfig::new(ConfigSpec {
        sram_latency: latency("core.sram_latency")?,
        table_latency: latency("core.table_latency")?,
        mac_latency: latency("core.mac_latency")?,
        counter_ports: keys.whole("core.counter_ports", "allowed are 1 to 2")?,
        spike_queue: queue("core.spike_queue")?,
        activation_queue: queue("core.activation_queue")?,
        queue_policy: keys
            .choice("core.queue_policy", &[("stall", QueuePolicy::Stall), ("drop", QueuePolicy::Drop)])?,
        distance_slices: knob("core.distance_slices")?,
        table_ports: knob("core.table_ports")?,
        weight_banks: knob("core.weight_banks")?,
        weight_word: knob("core.weight_word")?,
        pipelined: keys.choice("core.overlap", &[("strict", false), ("pipelined", true)])?,
        zero_skip: keys.flag("core.zero_skip"),
        incremental: keys.flag("core.incremental"),
        candidates: count("core.candidates")?,
        candidate_margin: count("core.candidate_margin")?,
        partial_distance: keys.flag("core.partial_distance"),
        probe_columns: count("core.probe_columns")?,
        bitmap: keys.flag("core.bitmap"),
        tree_latency: count("core.tree_latency")?,
        early_stop: keys.flag("core.early_stop"),
        max_steps: max_steps(keys)?,
    })
    .map_err(|e| keys.0.located(&e.to_string()))
}

fn clock(keys: &Keys<'_>) -> Result<ClockMhz, Error> {
    let allowed = format!("allowed are 1 to {}", ClockMhz::MAX);
    let mhz = keys.whole("core.clock_mhz", &allowed)?;
    ClockMhz::new(mhz).ok_or_else(|| keys.0.wrong("core.clock_mhz", &allowed))
}

fn max_steps(keys: &Keys<'_>) -> Result<u32, Error> {
    let allowed = "allowed are 1 to 4294967295";
    let steps: u32 = keys.whole("retrieval.max_steps", allowed)?;
    if steps == 0 { Err(keys.0.wrong("retrieval.max_steps", allowed)) } else { Ok(steps) }
}

fn cues(keys: &Keys<'_>) -> Result<u32, Error> {
    let allowed = format!("allowed are 1 to {MAX_ROWS}");
    let cues: u32 = keys.whole("retrieval.cues", &allowed)?;
    if (1..=MAX_ROWS).contains(&cues.into()) {
        Ok(cues)
    } else {
        Err(keys.0.wrong("retrieval.cues", &allowed))
    }
}

fn retrieval(keys: &Keys<'_>) -> Result<RetrievalPlan, Error> {
    let cues = cues(keys)?;
    let noise = keys.share("retrieval.noise")?;
    let models = [("bernoulli", NoiseModel::Bernoulli), ("exact", NoiseModel::Exact)];
    let noise_model = keys.choice("retrieval.noise_model", &models)?;
    Ok(RetrievalPlan {
        dataflows: dataflows(keys)?,
        order: keys.choice(
            "retrieval.order",
            &[
                ("sequential", VisitOrder::Sequential),
                ("random", VisitOrder::Random),
                ("most-violated", VisitOrder::MostViolated),
            ],
        )?,
        noise,
        noise_model,
        cue: cue(keys, CueKind::Flips { noise, model: noise_model })?,
        baselines: baselines(keys)?,
        cues,
        cue_file: keys.path("retrieval.cue_file"),
        max_steps: max_steps(keys)?,
    })
}

/// How a pattern becomes a cue; `flips` stands for those of the keys beside it.
fn cue(keys: &Keys<'_>, flips: CueKind) -> Result<CueKind, Error> {
    const KEY: &str = "retrieval.cue";
    let text = keys.text(KEY);
    if text == "flips" {
        return Ok(flips);
    }
    let kind: CueKind = text.parse().map_err(|e: CueError| keys.0.wrong(KEY, &e.to_string()))?;
    if kind.is_excluded() {
        return Err(keys
            .0
            .wrong(KEY, "a core has no state for a missing bit: allowed fills are minus, plus, random"));
    }
    Ok(kind)
}

/// A list of names, each at most once.
fn names<T: Copy + PartialEq>(keys: &Keys<'_>, key: &str, choices: &[(&str, T)]) -> Result<Vec<T>, Error> {
    let all: Vec<&str> = choices.iter().map(|choice| choice.0).collect();
    let wrong = || keys.0.wrong(key, &format!("allowed is a list of {}, each at most once", all.join(", ")));
    let mut chosen = Vec::new();
    for value in keys.0.value(key).as_array().into_iter().flatten() {
        let name = value.as_str().unwrap_or_default();
        let (_, one) = choices.iter().find(|choice| choice.0 == name).ok_or_else(wrong)?;
        if chosen.contains(one) {
            return Err(wrong());
        }
        chosen.push(*one);
    }
    Ok(chosen)
}

fn baselines(keys: &Keys<'_>) -> Result<Vec<Baseline>, Error> {
    names(keys, "retrieval.baselines", &Baseline::ALL.map(|baseline| (baseline.name(), baseline)))
}

fn dataflows(keys: &Keys<'_>) -> Result<Vec<Dataflow>, Error> {
    const KEY: &str = "retrieval.dataflows";
    let choices = Dataflow::ALL.map(|dataflow| (dataflow.name(), dataflow));
    let chosen = names(keys, KEY, &choices)?;
    if chosen.is_empty() {
        let all = choices.map(|choice| choice.0).join(", ");
        return Err(keys.0.wrong(KEY, &format!("allowed is a list of {all}, each at most once")));
    }
    Ok(chosen)
}

fn prices(keys: &Keys<'_>) -> Result<PriceTable, Error> {
    let Some(path) = keys.path("energy.file") else {
        return PriceTable::preset(keys.text("energy.preset"))
            .map_err(|e| keys.0.wrong("energy.preset", &e.to_string()));
    };
    let bytes = file::read(Path::new(&path))?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| Error::Plan(format!("{name}: not a text file")))?;
    Ok(PriceTable::from_toml(&text, &name)?)
}

/// A key and its value as JSON, for the report.
pub(crate) fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Integer(i) => (*i).into(),
        Value::Float(x) => (*x).into(),
        Value::Boolean(flag) => (*flag).into(),
        Value::Datetime(date) => date.to_string().into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect(),
    }
}
