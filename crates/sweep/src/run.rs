//! Running the points that are missing, each part of the work once: what a width does not change is trained once, what a
//! core does not change is quantized once.

use crate::columns::{COLUMNS, Subject};
use crate::error::SweepError;
use crate::store::{Outcome, Row, Store};
use crate::sweep::{Files, Point, Shard, Sweep};
use klr_experiments::Error;
use klr_experiments::pipeline::{FloatMemory, NoProgress, Progress, Recall, TrainedMemory, retrieve_on};
use klr_experiments::plan::{self, Plan, PlanSource, locate};
use serde_json::Value;
use std::collections::BTreeMap;

/// Which points are run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// None that has a row.
    Nothing,
    /// Those that failed.
    Failed,
}

/// How far a sweep has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// All points.
    pub points: usize,
    /// Those of this part.
    pub own: usize,
    /// Those of this part that were run now.
    pub run: usize,
    /// Points of the whole sweep that nobody has run.
    pub missing: usize,
    /// Why points of this part failed, and how many.
    pub failed: BTreeMap<String, usize>,
}

/// Runs the points of `shard` that `store` does not have, on `threads` threads. What comes out does not depend on their
/// number, nor on what was run before.
///
/// # Errors
/// [`SweepError`] if what a point gave cannot be kept. What is wrong with a point is kept as its outcome.
pub fn run(
    sweep: &Sweep,
    store: &Store,
    shard: Shard,
    retry: Retry,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Summary, SweepError> {
    let own: Vec<&Point> = sweep.points().iter().filter(|point| shard.has(point)).collect();
    let is_open = |point: &&&Point| match store.read(point.id()) {
        None => true,
        Some(Outcome::Failed(_)) => retry == Retry::Failed,
        Some(Outcome::Done(_)) => false,
    };
    let open: Vec<&Point> = own.iter().filter(is_open).copied().collect();
    progress.stage("points", open.len() as u64);
    let mut done = 0;
    let mut files = Files::default();
    for group in grouped(sweep, &open, &mut files)? {
        let mut work = Work::default();
        for point in group {
            let outcome = work.outcome(sweep, point, &mut files, threads)?;
            store.write(point.id(), &outcome)?;
            done += 1;
            progress.step(done);
        }
    }
    let mut failed = BTreeMap::new();
    for point in &own {
        if let Some(Outcome::Failed(why)) = store.read(point.id()) {
            *failed.entry(why).or_insert(0) += 1;
        }
    }
    let missing = sweep.points().iter().filter(|point| store.read(point.id()).is_none()).count();
    Ok(Summary { points: sweep.points().len(), own: own.len(), run: open.len(), missing, failed })
}

/// The points that share a float memory, and among these those that share its integers, one after the other.
fn grouped<'a>(
    sweep: &Sweep,
    points: &[&'a Point],
    files: &mut Files,
) -> Result<Vec<Vec<&'a Point>>, SweepError> {
    let mut groups: BTreeMap<String, (usize, BTreeMap<String, Vec<&Point>>)> = BTreeMap::new();
    for (at, point) in points.iter().enumerate() {
        let source = files.named(&sweep.source(point)?);
        let (_, group) = groups.entry(float_key(&source)).or_insert_with(|| (at, BTreeMap::new()));
        group.entry(integer_key(&source)).or_default().push(point);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|(first, _)| *first);
    Ok(groups.into_iter().map(|(_, group)| group.into_values().flatten().collect()).collect())
}

/// Everything that patterns, model and cues depend on.
fn float_key(source: &PlanSource) -> String {
    let is_auto = source.entries().any(|(key, value)| key == "model.gamma" && value.as_str() == Some("auto"));
    keys(source, |key| {
        // The choice of gamma sees the widths.
        let is_width = is_auto && key.starts_with("quantize.");
        let is_float = ["patterns.", "model.", "retrieval."].iter().any(|section| key.starts_with(section));
        is_width || key == "seed" || (is_float && key != DATAFLOWS)
    })
}

/// What the integers depend on beside that: all but what the same integers run on and are priced with.
fn integer_key(source: &PlanSource) -> String {
    const OF_IMAGE: [&str; 2] = ["core.sign_sharing", "core.accumulator_bits"];
    keys(source, |key| key.starts_with("quantize.") || key == DATAFLOWS || OF_IMAGE.contains(&key))
}

const DATAFLOWS: &str = "retrieval.dataflows";

fn keys(source: &PlanSource, is_wanted: impl Fn(&str) -> bool) -> String {
    let entries = source.entries().filter(|(key, _)| is_wanted(key));
    entries.map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// What points that share a float memory have in common, as far as it has been worked out.
#[derive(Default)]
struct Work {
    float: Option<(FloatMemory, Option<Recall>)>,
    integers: Option<(String, TrainedMemory)>,
}

impl Work {
    fn outcome(
        &mut self,
        sweep: &Sweep,
        point: &Point,
        files: &mut Files,
        threads: usize,
    ) -> Result<Outcome, SweepError> {
        let source = sweep.source(point)?;
        let key = integer_key(&files.named(&source));
        Ok(match self.rows(&source, key, threads) {
            Ok(rows) => Outcome::Done(rows),
            Err(error) => Outcome::Failed(locate(&source, error).to_string()),
        })
    }

    fn rows(&mut self, source: &PlanSource, key: String, threads: usize) -> Result<Vec<Row>, Error> {
        let plan = plan::resolve(source)?;
        if self.float.is_none() {
            self.float = Some((FloatMemory::trained(&plan, threads, &NoProgress)?, None));
        }
        let (float, recall) = self.float.as_mut().expect("it was trained above");
        if self.integers.as_ref().is_none_or(|(known, _)| *known != key) {
            self.integers = Some((key, float.clone().quantized(&plan, threads, &NoProgress)?));
        }
        let (_, memory) = self.integers.as_ref().expect("they were found above");
        let core = retrieve_on(&plan.hardware, memory, threads, &NoProgress)?;
        let recall = match recall {
            Some(known) => known,
            None => recall.insert(memory.recall(&plan, threads, &NoProgress)?),
        };
        let digests = digests(&plan, memory)?;
        let row = |run| {
            let subject = Subject { plan: &plan, memory, recall, core: &core, run };
            let figures = COLUMNS.iter().map(|column| (column.name.to_owned(), (column.of)(&subject)));
            figures.chain(digests.iter().cloned()).collect()
        };
        Ok(core.runs.iter().map(row).collect())
    }
}

/// What a point was derived from, by columns.
fn digests(plan: &Plan, memory: &TrainedMemory) -> Result<Vec<(String, Value)>, Error> {
    let inputs = memory.inputs(plan)?;
    let digests = inputs.digests().filter_map(|(name, digest)| {
        let (_, column) = DIGESTS.iter().find(|(file, _)| *file == name)?;
        Some(((*column).to_owned(), digest.to_string().into()))
    });
    let prices = &plan.hardware.prices;
    let table =
        [("prices".to_owned(), prices.name().into()), ("prices_version".to_owned(), prices.version().into())];
    Ok(table.into_iter().chain(digests).collect())
}

/// The files whose digests are in each row, as `klr sim --out` calls them, and their columns.
pub(crate) const DIGESTS: [(&str, &str); 5] = [
    ("patterns.npy", "patterns_sha256"),
    ("alpha.npy", "alpha_sha256"),
    ("cues.npy", "cues_sha256"),
    ("targets.npy", "targets_sha256"),
    ("prices.toml", "prices_sha256"),
];
