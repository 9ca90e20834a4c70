//! Cases on both sides, and what came of it.

use crate::case::Case;
use crate::compare::{describe, first_difference, text};
use crate::covers::{Hits, Seen};
use crate::families::{Family, draw};
use crate::model::{Model, ModelError};
use crate::results::Run;
use crate::simulated;
use klr_sim::Dataflow;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Retrievals that were compared.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Those that differ.
    pub mismatches: u64,
    /// All of them.
    pub retrievals: u64,
    /// Their cycles, as the simulator has them.
    pub cycles: u64,
    /// Their events.
    pub events: u64,
    /// Covers.
    pub hits: Hits,
    /// The first difference, in words, and the folder that replays it.
    pub first: Option<(String, PathBuf)>,
}

/// The last line of a lockstep.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mismatches, retrievals, cycles, .. } = self;
        write!(f, "mismatches: {mismatches} in {retrievals} retrievals, {cycles} cycles")
    }
}

/// A case, and what it is called where it has to be found again.
#[derive(Clone, Debug)]
pub struct Named {
    /// Of a case that is drawn: family, seed and dataflow, as a command takes them; else plan, cue and dataflow.
    pub name: String,
    /// The command that runs it again.
    pub replay: String,
    /// The case.
    pub case: Case,
}

/// The cases of `seeds` for a core of `family`, in every dataflow that it can run.
#[must_use]
pub fn cases(family: &Family, seeds: std::ops::Range<u64>) -> Vec<Named> {
    let name = |seed, dataflow: Dataflow| format!("{}:{seed}:{}", family.name, dataflow.name());
    seeds
        .flat_map(|seed| family.dataflows().iter().map(move |&dataflow| (seed, dataflow)))
        .map(|(seed, dataflow)| {
            let (name, case) = (name(seed, dataflow), draw(family, seed, dataflow));
            Named { replay: format!("cargo xtask rtl --replay {name}"), name, case }
        })
        .collect()
}

/// Cases that are handed to the model at once, unless their records are more: they are in memory together.
const BATCH: usize = 60;

/// Records of a batch, as soon as there are so many: 200 MB on each side.
const BATCH_RECORDS: usize = 8_000_000;

/// A core that takes so many times the simulator's cycles is stopped.
const PATIENCE: u64 = 3;

impl Summary {
    /// Adds retrievals that were compared elsewhere, after these.
    pub fn add(&mut self, other: Self) {
        self.mismatches += other.mismatches;
        self.retrievals += other.retrievals;
        self.cycles += other.cycles;
        self.events += other.events;
        self.hits.add_all(&other.hits);
        self.first = self.first.take().or(other.first);
    }

    /// Runs `cases` on `model` and on the simulator, and compares them. The first difference of all is described, and
    /// written to a folder in `differences`.
    ///
    /// # Errors
    /// [`ModelError`] if the model does not answer, or the folder cannot be written.
    ///
    /// # Panics
    /// If the model is of a shape that cannot run a case.
    pub fn compare(&mut self, model: &Model, cases: &[Named], differences: &Path) -> Result<(), ModelError> {
        let (mut batch, mut records) = (Vec::new(), 0);
        for named in cases {
            if let Err(refusal) = model.shape().check(&named.case) {
                panic!("{}: {refusal}", named.name);
            }
            let expected = simulated::run(&named.case);
            records += expected.records.len();
            batch.push((named, expected));
            if batch.len() == BATCH || records >= BATCH_RECORDS {
                self.compare_batch(model, &batch, differences)?;
                (batch, records) = (Vec::new(), 0);
            }
        }
        self.compare_batch(model, &batch, differences)
    }

    fn compare_batch(
        &mut self,
        model: &Model,
        batch: &[(&Named, Run)],
        differences: &Path,
    ) -> Result<(), ModelError> {
        let limit = |run: &Run| PATIENCE * run.activity.cycles;
        let limited: Vec<(&Case, u64)> = batch.iter().map(|(named, run)| (&named.case, limit(run))).collect();
        let found = model.run(&limited)?;
        for ((named, expected), found) in batch.iter().zip(found) {
            self.retrievals += 1;
            self.cycles += expected.activity.cycles;
            self.events += expected.records.len() as u64;
            self.hits.add(&Seen::new(&named.case, &found));
            let Some(difference) = first_difference(expected, &found) else { continue };
            self.mismatches += 1;
            if self.first.is_none() {
                let told = describe(&named.case, expected, &found, &difference);
                let folder = differences.join(named.name.replace(':', "-"));
                let files = [
                    ("difference.txt", format!("{}\n{told}", named.name)),
                    ("simulator.txt", text(expected)),
                    ("rtl.txt", text(&found)),
                    ("replay", format!("{}\n", named.replay)),
                ];
                let file =
                    |path: &Path, source| ModelError::File { path: path.display().to_string(), source };
                fs::create_dir_all(&folder).map_err(|source| file(&folder, source))?;
                for (name, text) in files {
                    let path = folder.join(name);
                    fs::write(&path, text).map_err(|source| file(&path, source))?;
                }
                self.first = Some((format!("{}: {told}", named.name), folder));
            }
        }
        Ok(())
    }
}
