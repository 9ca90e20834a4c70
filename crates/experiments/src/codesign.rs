//! Kernel, weights and gamma chosen together: every kernel table that does for the noise of a plan, with every format of
//! weights, against the nearest pattern (`docs/command-line.md`, "The fewest bits").

mod table;
mod tables;

use crate::error::Error;
use crate::pipeline::{Progress, conditions, patterns_of};
use crate::plan::{Plan, PlanSource};
use crate::report;
use crate::sureness::share_of;
use klr_image::{CoreImage, PatternOrder, Signs, Storage, TableForm};
use klr_model::form::recall_nearest;
use klr_model::{KlrModel, PatternSet};
use klr_quantize::proof::radii;
use klr_quantize::{Conditions, Method, held_out, quantize_and_check, recalled};
use klr_statistics::{Interval, paired_equivalence};
use klr_units::{Bits, SignedFormat, State, WeightCoding};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use tables::{LeftOut, Table};

/// The version of the layout of [`Search::report`].
const SCHEMA: &str = "klr-codesign-1";

/// Patterns, evenly spaced, whose radii are certified; all where there are no more.
const RADII: usize = 100;

/// The gammas that are searched.
#[derive(Clone, Debug, PartialEq)]
pub enum Gammas {
    /// Nine on a logarithmic scale around the best for random patterns, and that of the plan.
    Auto,
    /// That of the plan.
    Plan,
    /// These.
    Given(Vec<f64>),
}

/// What is searched: every combination.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// The gammas.
    pub gammas: Gammas,
    /// What indexes the kernel table.
    pub forms: Vec<TableForm>,
    /// Bits of a kernel word.
    pub kernel_bits: Vec<Bits>,
    /// Bits of a weight, its sign included.
    pub weight_bits: Vec<Bits>,
    /// How these stand for an integer; of one bit all are the same.
    pub codings: Vec<WeightCoding>,
    /// Which memory holds the signs.
    pub signs: Vec<Signs>,
}

/// A memory that was tried.
#[derive(Debug)]
struct Row {
    /// Which of the tables.
    table: usize,
    format: Format,
    outcome: Result<Tried, String>,
}

/// A format of weights.
#[derive(Clone, Copy, Debug)]
struct Format {
    bits: Bits,
    coding: WeightCoding,
    signs: Signs,
}

/// What became of it.
#[derive(Debug)]
struct Tried {
    /// Bits of weight memory and kernel table.
    sram_bits: u64,
    /// Bits of weight memory alone that a weight takes.
    stored_weight_bits: u32,
    method: Method,
    /// Stored patterns that the core keeps.
    kept: u64,
    /// Whether each held-out cue was recalled.
    hits: Vec<bool>,
    /// The certified radius of half of the patterns that were looked at is no smaller; `None` if half are not kept.
    median_radius: Option<u32>,
    /// How many of these have at least the radius of the plan's noise.
    certified: usize,
}

/// What was found.
#[derive(Debug)]
pub struct Search {
    space: Space,
    gammas: Vec<Option<f64>>,
    tables: Vec<Table>,
    left_out: Vec<LeftOut>,
    rows: Vec<Row>,
    /// Neurons and patterns.
    size: (usize, usize),
    cues: usize,
    /// Bits of a cue that are wrong, to the nearest whole number.
    flips: u32,
    /// Cues nearer to no other pattern than to their own, a tie counted as one.
    nearest: usize,
    /// The same, with ties drawn by lot.
    by_lot: f64,
    /// The most cues that the model recalls in double precision, and at which gamma.
    float: (usize, Option<f64>),
    /// Patterns whose radii were looked at.
    radii: usize,
    /// The order of the patterns in memory that the dataflows of the plan need with signs in the patterns, if it is not the
    /// plan's own.
    order: Option<PatternOrder>,
}

/// Trains the model of `plan` at every gamma of `space`, and finds the integers of every table and format by every method.
///
/// # Errors
/// [`Error`] as for a run of the plan. A format that is impossible is no error: its row says why.
pub fn search(plan: &Plan, space: &Space, threads: usize, progress: &dyn Progress) -> Result<Search, Error> {
    let conditions = conditions(plan, NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN));
    let patterns = patterns_of(plan)?;
    let (targets, cues): (Vec<usize>, Vec<State>) = held_out(&patterns, &conditions)?.into_iter().unzip();
    let found = tables::find(plan, &patterns, space, (&cues, &targets), &conditions, progress)?;
    let nearest = recall_nearest(&patterns, &cues, &targets, conditions.threads);
    let formats = formats(space);
    let memories =
        (0..found.tables.len()).flat_map(|table| formats.iter().map(move |&format| (table, format)));
    progress.stage("quantizing", (found.tables.len() * formats.len()) as u64);
    let sampled = evenly(patterns.p());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most N, which is 16 bits"
    )]
    let flips = (plan.retrieval.noise * patterns.n() as f64).round() as u32;
    let mut rows = Vec::new();
    for (table, format) in memories {
        let one =
            One { plan, conditions: &conditions, cues: &cues, targets: &targets, sampled: &sampled, flips };
        let outcome = one.tried(&found.tables[table], format)?;
        rows.push(Row { table, format, outcome });
        progress.step(rows.len() as u64);
    }
    Ok(Search {
        space: space.clone(),
        gammas: found.gammas,
        tables: found.tables,
        left_out: found.left_out,
        rows,
        size: (patterns.n(), patterns.p()),
        cues: cues.len(),
        flips,
        nearest: nearest.iter().filter(|&&hit| hit).count(),
        by_lot: by_lot(&patterns, &cues, &targets),
        float: found.float,
        radii: sampled.len(),
        order: needed_order(plan),
    })
}

/// The order of the patterns that has to be said with the signs in the patterns.
pub(crate) fn needed_order(plan: &Plan) -> Option<PatternOrder> {
    let own = plan.hardware.core().storage().patterns;
    plan.hardware.order_for(Signs::InPatterns).filter(|&order| order != own)
}

/// The formats of weights, each once.
fn formats(space: &Space) -> Vec<Format> {
    let mut formats = Vec::new();
    for &signs in &space.signs {
        for (at, &coding) in space.codings.iter().enumerate() {
            let new = space.weight_bits.iter().filter(|bits| at == 0 || bits.get() > 1);
            formats.extend(new.map(|&bits| Format { bits, coding, signs }));
        }
    }
    formats
}

/// Rows of `p` patterns, evenly spaced.
fn evenly(p: usize) -> Vec<usize> {
    let count = RADII.min(p);
    (0..count).map(|at| at * p / count).collect()
}

/// How many of the cues go to their own pattern, on the average, where one of those that are nearest is drawn by lot.
fn by_lot(patterns: &PatternSet, cues: &[State], targets: &[usize]) -> f64 {
    let share = |(cue, &target): (&State, &usize)| {
        let distances = patterns.distances(cue);
        let nearest = distances.iter().min().copied().unwrap_or(0);
        let ties = distances.iter().filter(|&&d| d == nearest).count();
        if distances[target] == nearest { 1.0 / ties as f64 } else { 0.0 }
    };
    cues.iter().zip(targets).map(share).sum()
}

/// What each memory is tried with.
struct One<'a> {
    plan: &'a Plan,
    conditions: &'a Conditions,
    cues: &'a [State],
    targets: &'a [usize],
    sampled: &'a [usize],
    flips: u32,
}

impl One<'_> {
    fn tried(&self, table: &Table, format: Format) -> Result<Result<Tried, String>, Error> {
        let signs = format.signs;
        let format = match SignedFormat::coded(format.bits, format.coding) {
            Ok(format) => format,
            Err(refused) => return Ok(Err(refused.to_string())),
        };
        let config =
            self.plan.quantize.with_formats(format, table.bits).with_table(table.form).by(Method::Auto);
        let core = self.plan.hardware.core();
        let core = core.storing(Storage { signs, ..core.storage() });
        let model: &KlrModel = &table.model;
        let (image, loss) = match quantize_and_check(model, core, &config, self.conditions) {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused.to_string())),
        };
        Ok(Ok(self.measured(
            &image,
            loss.choice.method,
            loss.choice.verdict().map_or(0, |verdict| verdict.kept),
        )))
    }

    fn measured(&self, image: &CoreImage, method: Method, kept: u64) -> Tried {
        let bits = image.sram_bits();
        let mut radii: Vec<Option<u32>> = radii(image, self.sampled, self.conditions.threads)
            .into_iter()
            .map(|radius| radius.certified)
            .collect();
        radii.sort_unstable();
        Tried {
            sram_bits: bits.weights + bits.table,
            stored_weight_bits: image.stored_weight_bits(),
            method,
            kept,
            hits: recalled(image, self.cues, self.targets, self.conditions),
            median_radius: radii[radii.len() / 2],
            certified: radii.iter().filter(|radius| radius.is_some_and(|r| r >= self.flips)).count(),
        }
    }
}

impl Tried {
    fn recalled(&self) -> usize {
        self.hits.iter().filter(|&&hit| hit).count()
    }

    /// Whether it is as good as `other` in bits, recall and radius, and better in one.
    fn beats(&self, other: &Self) -> bool {
        let (a, b) = (self.recalled(), other.recalled());
        let as_good =
            self.sram_bits <= other.sram_bits && a >= b && self.median_radius >= other.median_radius;
        as_good && self.place() != other.place()
    }

    /// What memories are compared by.
    fn place(&self) -> (u64, usize, Option<u32>) {
        (self.sram_bits, self.recalled(), self.median_radius)
    }
}

impl Search {
    fn tried(&self, at: usize) -> Option<&Tried> {
        self.rows[at].outcome.as_ref().ok()
    }

    fn all(&self) -> impl Iterator<Item = (usize, &Tried)> {
        (0..self.rows.len()).filter_map(|at| Some((at, self.tried(at)?)))
    }

    /// The rows that no other beats, the first of equals, by bits.
    fn front(&self) -> Vec<usize> {
        let is_first = |at: usize, this: &Tried| {
            self.all().all(|(other, that)| other >= at || that.place() != this.place())
        };
        let mut front: Vec<usize> = self
            .all()
            .filter(|&(at, this)| self.all().all(|(_, that)| !that.beats(this)) && is_first(at, this))
            .map(|(at, _)| at)
            .collect();
        front.sort_by_key(|&at| self.tried(at).map(Tried::place));
        front
    }

    /// The row that recalls most, with the fewest bits of these.
    fn best(&self) -> Option<usize> {
        let worth = |tried: &Tried| (tried.recalled(), std::cmp::Reverse(tried.sram_bits));
        let best = self.all().reduce(|best, next| if worth(next.1) > worth(best.1) { next } else { best });
        best.map(|(at, _)| at)
    }

    /// By how much the recall of `tried` is below that of the best, cue by cue, with its interval.
    fn below_best(&self, tried: &Tried) -> Option<(f64, Interval)> {
        let best = self.tried(self.best()?)?;
        let number = |hits: &[bool]| hits.iter().map(|&hit| f64::from(u8::from(hit))).collect::<Vec<_>>();
        // The two one-sided tests are not asked: only the difference and its interval of 95 %.
        let pairs = paired_equivalence(&number(&best.hits), &number(&tried.hits), 1.0, 0.025).ok()?;
        Some((pairs.difference, pairs.interval))
    }

    /// The fewest bits whose recall cannot be told from that of the best.
    fn smallest(&self) -> Option<usize> {
        let as_good = |at: &usize| {
            let below = self.tried(*at).and_then(|tried| self.below_best(tried));
            below.is_some_and(|(_, interval)| interval.low <= 0.0)
        };
        self.front().into_iter().find(as_good)
    }

    /// The table for the screen.
    #[must_use]
    pub fn text(&self) -> String {
        table::text(self)
    }

    /// The rows as JSON; `source` is the plan as it was written.
    #[must_use]
    pub fn report(&self, source: &PlanSource) -> Value {
        let front = self.front();
        let row = |(at, row): (usize, &Row)| {
            let (table, tried) = (&self.tables[row.table], row.outcome.as_ref().ok());
            let interval = tried.and_then(|tried| share_of(tried.recalled() as u64, self.cues as u64));
            let below = tried.and_then(|tried| self.below_best(tried));
            json!({
                "gamma": table.gamma(),
                "kernel_table": table.form.name(),
                "kernel_bits": table.bits.get(),
                "kernel_window": table.words.len(),
                "weight_bits": row.format.bits.get(),
                "weight_format": row.format.coding.name(),
                "signs": signs_name(row.format.signs),
                "refused": row.outcome.as_ref().err(),
                "stored_weight_bits": tried.map(|tried| tried.stored_weight_bits),
                "sram_bits": tried.map(|tried| tried.sram_bits),
                "bits_per_weight": tried.map(|tried| self.bits_per_weight(tried)),
                "method": tried.map(|tried| tried.method.name()),
                "stored_patterns_kept": tried.map(|tried| tried.kept),
                "cues_recalled": tried.map(Tried::recalled),
                "recall_low": interval.as_ref().map(|share| share.interval.low),
                "recall_high": interval.as_ref().map(|share| share.interval.high),
                "below_best": below.map(|below| below.0),
                "below_best_low": below.map(|below| below.1.low),
                "below_best_high": below.map(|below| below.1.high),
                "median_certified_radius": tried.and_then(|tried| tried.median_radius),
                "certified_at_noise": tried.map(|tried| tried.certified),
                "front": front.contains(&at),
            })
        };
        let left_out = |out: &LeftOut| {
            json!({
                "gamma": out.gamma,
                "kernel_table": out.form.name(),
                "kernel_bits": out.bits.get(),
                "cues_recalled": out.recalled.as_ref().ok(),
                "refused": out.recalled.as_ref().err(),
            })
        };
        json!({
            "schema": SCHEMA,
            "plan": report::plan_json(source),
            "neurons": self.size.0,
            "patterns": self.size.1,
            "gammas": self.gammas,
            "cues": self.cues,
            "flips": self.flips,
            "nearest_pattern_recalled": self.nearest,
            "nearest_pattern_by_lot": self.by_lot,
            "float_recalled": self.float.0,
            "float_gamma": self.float.1,
            "patterns_certified": self.radii,
            "left_out": self.left_out.iter().map(left_out).collect::<Vec<_>>(),
            "rows": self.rows.iter().enumerate().map(row).collect::<Vec<_>>(),
            "smallest": self.smallest(),
            "pattern_order": self.order.map(PatternOrder::name),
        })
    }

    fn bits_per_weight(&self, tried: &Tried) -> f64 {
        tried.sram_bits as f64 / (self.size.0 * self.size.1) as f64
    }
}

/// Which memory holds the signs, by its name in a plan's terms.
const fn signs_name(signs: Signs) -> &'static str {
    match signs {
        Signs::InPatterns => "patterns",
        Signs::InWeights => "weights",
    }
}
