//! Formats and methods of one model's integers side by side: what each keeps and recalls, and the bits it takes
//! (`docs/plan.md`, "Methods of quantization").

mod table;

use crate::codesign::needed_order;
use crate::error::Error;
use crate::pipeline::{Progress, quantizing};
use crate::plan::{Plan, PlanSource};
use crate::report;
use crate::sureness::share_of;
use klr_image::{PatternOrder, Signs, Storage};
use klr_model::KlrModel;
use klr_model::form::{FormModel, KernelForm, recall, recall_nearest};
use klr_quantize::{Conditions, Method, QuantizeError, Verdict, Workshop, held_out, quantize_in};
use klr_statistics::Interval;
use klr_units::{Bits, SignedFormat, file};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The version of the layout of [`Study::report`].
const SCHEMA: &str = "klr-quantizers-1";

/// The formats that are searched: every combination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bits of a weight, its sign included.
    pub weight_bits: Vec<Bits>,
    /// Bits of a kernel word.
    pub kernel_bits: Vec<Bits>,
    /// Which memory holds the signs.
    pub signs: &'static [Signs],
}

impl Space {
    /// The format of `plan` alone.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let signs: &[Signs] = match plan.hardware.core().storage().signs {
            Signs::InPatterns => &[Signs::InPatterns],
            Signs::InWeights => &[Signs::InWeights],
        };
        Self {
            weight_bits: vec![plan.quantize.weight_bits()],
            kernel_bits: vec![plan.quantize.kernel_bits()],
            signs,
        }
    }
}

/// What one format gives.
#[derive(Debug)]
struct Row {
    weight_bits: Bits,
    signs: Signs,
    kernel_bits: Bits,
    outcome: Result<Tried, String>,
}

/// What the methods made of a format.
#[derive(Debug)]
struct Tried {
    /// Bits of weight memory and kernel table.
    sram_bits: u64,
    /// Bits of weight memory alone that a weight takes.
    stored_weight_bits: u32,
    /// The best of each method, in the order of [`Method::ALL`].
    by_method: Vec<(Method, Verdict)>,
    taken: Method,
}

/// Formats and methods side by side.
#[derive(Debug)]
pub struct Study {
    rows: Vec<Row>,
    /// Neurons and patterns.
    size: (usize, usize),
    gamma: Option<f64>,
    /// Recall of the model in double precision, and of the nearest pattern, on the held-out cues.
    float: u64,
    nearest: u64,
    cues: u64,
    /// The order of the patterns that has to be said with the signs in the patterns.
    order: Option<PatternOrder>,
}

/// Trains the model of `plan` once, and finds the integers of every format of `space` by every method.
///
/// Neurons that are done are kept in `folder`, if there is one: a run that was stopped goes on from them, and its study is the
/// same.
///
/// # Errors
/// [`Error`] as for a run of the plan. A format that is impossible is no error: its row says why.
pub fn study(
    plan: &Plan,
    space: &Space,
    threads: usize,
    progress: &dyn Progress,
    folder: Option<&Path>,
) -> Result<Study, Error> {
    if let Some(folder) = folder {
        file::prepare(folder).map_err(|error| QuantizeError::Keep(error.to_string()))?;
    }
    let (model, conditions) = quantizing(plan, threads, progress)?;
    let model = &model;
    let formats: Vec<_> = space
        .signs
        .iter()
        .flat_map(|&signs| space.weight_bits.iter().map(move |&bits| (signs, bits)))
        .flat_map(|(signs, bits)| space.kernel_bits.iter().map(move |&kernel| (signs, bits, kernel)))
        .collect();
    let parts = formats.len() as u64;
    progress.stage("quantizing", parts * Part::STEPS);
    let mut rows = Vec::with_capacity(formats.len());
    for (signs, weight_bits, kernel_bits) in formats {
        let part = Part { whole: progress, before: rows.len() as u64 * Part::STEPS };
        let workshop = Workshop { progress: &part, folder };
        let outcome = one(plan, model, (signs, weight_bits, kernel_bits), &conditions, &workshop)?;
        rows.push(Row { weight_bits, signs, kernel_bits, outcome });
        progress.step(rows.len() as u64 * Part::STEPS);
    }
    let (targets, cues): (Vec<usize>, Vec<_>) = held_out(model.patterns(), &conditions)?.into_iter().unzip();
    let threads = conditions.threads;
    let float = FormModel::new(model, KernelForm::Float, None).expect("a float table has no words");
    let steps = plan.retrieval.max_steps;
    let hits = recall(&float, &cues, &targets, steps, threads).iter().filter(|cue| cue.exact).count();
    let nearest = recall_nearest(model.patterns(), &cues, &targets, threads);
    Ok(Study {
        rows,
        size: (model.n(), model.p()),
        gamma: model.kernel().gamma(),
        float: hits as u64,
        nearest: nearest.iter().filter(|&&hit| hit).count() as u64,
        cues: cues.len() as u64,
        order: needed_order(plan),
    })
}

/// One of several parts of a stage, each of as many steps.
struct Part<'a> {
    whole: &'a dyn Progress,
    before: u64,
}

impl Part<'_> {
    /// Steps of a part: those of the finding of weights; judging them ends it.
    const STEPS: u64 = Workshop::STEPS;
}

impl Progress for Part<'_> {
    fn stage(&self, _: &str, _: u64) {}

    fn step(&self, done: u64) {
        self.whole.step(self.before + done.min(Self::STEPS));
    }
}

/// What all methods make of one format.
fn one(
    plan: &Plan,
    model: &KlrModel,
    (signs, weight_bits, kernel_bits): (Signs, Bits, Bits),
    conditions: &Conditions,
    workshop: &Workshop<'_>,
) -> Result<Result<Tried, String>, Error> {
    let format = match SignedFormat::coded(weight_bits, plan.quantize.weight_format().coding()) {
        Ok(format) => format,
        Err(refused) => return Ok(Err(refused.to_string())),
    };
    let config = plan.quantize.with_formats(format, kernel_bits);
    let core = plan.hardware.core();
    let core = core.storing(Storage { signs, ..core.storage() });
    let (image, loss) = match quantize_in(workshop, model, core, &config.by(Method::Auto), conditions) {
        Ok(found) => found,
        Err(QuantizeError::Keep(refused)) => return Err(QuantizeError::Keep(refused).into()),
        Err(refused) => return Ok(Err(refused.to_string())),
    };
    let bits = image.sram_bits();
    let best = |method: Method| {
        let of_method = loss.choice.trials.iter().filter(|trial| trial.method == method);
        of_method.map(|trial| trial.verdict).max_by_key(|verdict| (verdict.hits, verdict.kept))
    };
    Ok(Ok(Tried {
        sram_bits: bits.weights + bits.table,
        stored_weight_bits: image.stored_weight_bits(),
        by_method: Method::ALL.into_iter().filter_map(|method| Some((method, best(method)?))).collect(),
        taken: loss.choice.method,
    }))
}

impl Tried {
    /// What the method that was taken did.
    fn verdict(&self) -> Verdict {
        let taken = self.by_method.iter().find(|(method, _)| *method == self.taken);
        taken.expect("it was tried").1
    }
}

impl Study {
    /// The rows that no other beats: none takes as few bits and recalls more, or fewer bits and as much.
    fn front(&self) -> Vec<usize> {
        let tried = |at: usize| self.rows[at].outcome.as_ref().ok();
        let beats = |a: &Tried, b: &Tried| {
            let (a, b) = ((a.sram_bits, a.verdict().hits), (b.sram_bits, b.verdict().hits));
            a.0 <= b.0 && a.1 >= b.1 && a != b
        };
        let all = || (0..self.rows.len()).filter_map(|at| Some((at, tried(at)?)));
        let first_of_equals = |at: usize, this: &Tried| {
            all().all(|(other, that)| {
                other >= at || (that.sram_bits, that.verdict().hits) != (this.sram_bits, this.verdict().hits)
            })
        };
        let mut front: Vec<usize> = all()
            .filter(|&(at, this)| all().all(|(_, that)| !beats(that, this)) && first_of_equals(at, this))
            .map(|(at, _)| at)
            .collect();
        front.sort_by_key(|&at| tried(at).map(|tried| tried.sram_bits));
        front
    }

    /// Wilson's interval of a recall.
    fn interval(&self, hits: u64) -> Option<Interval> {
        share_of(hits, self.cues).map(|share| share.interval)
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
        let verdict = |verdict: &Verdict| {
            let interval = self.interval(verdict.hits);
            json!({
                "stored_patterns_kept": verdict.kept,
                "cues_recalled": verdict.hits,
                "recall_low": interval.map(|interval| interval.low),
                "recall_high": interval.map(|interval| interval.high),
            })
        };
        let methods = |tried: &Tried| -> Map<_, _> {
            tried.by_method.iter().map(|(method, found)| (method.name().to_owned(), verdict(found))).collect()
        };
        let row = |(at, row): (usize, &Row)| {
            let tried = row.outcome.as_ref().ok();
            json!({
                "weight_bits": row.weight_bits.get(),
                "signs": signs(row.signs),
                "kernel_bits": row.kernel_bits.get(),
                "refused": row.outcome.as_ref().err(),
                "stored_weight_bits": tried.map(|tried| tried.stored_weight_bits),
                "sram_bits": tried.map(|tried| tried.sram_bits),
                "method": tried.map(|tried| tried.taken.name()),
                "methods": tried.map(methods),
                "front": front.contains(&at),
            })
        };
        json!({
            "schema": SCHEMA,
            "plan": report::plan_json(source),
            "neurons": self.size.0,
            "patterns": self.size.1,
            "gamma": self.gamma,
            "cues": self.cues,
            "float_recalled": self.float,
            "nearest_pattern_recalled": self.nearest,
            "rows": self.rows.iter().enumerate().map(row).collect::<Vec<_>>(),
        })
    }
}

/// Which memory holds the signs, by its name in a plan's terms.
const fn signs(signs: Signs) -> &'static str {
    match signs {
        Signs::InPatterns => "patterns",
        Signs::InWeights => "weights",
    }
}
