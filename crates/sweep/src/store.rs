//! A folder of finished points: one file each, which is there whole or not at all.

use crate::error::SweepError;
use crate::sweep::{Files, PointId, Sweep};
use klr_experiments::plan::show;
use klr_units::{Digest, VERSION, file};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Says what the folder holds.
const DESCRIPTION: &str = "sweep.json";
/// The finished points.
const POINTS: &str = "points";
/// The version of the layout of the description, and of a point.
const SCHEMA: &str = "klr-sweep-1";
const POINT_SCHEMA: &str = "klr-point-1";
/// In the place of a value of the plan: it is swept, and stands in each point.
const SWEPT: &str = "swept";
/// The digest of a point's file without this line.
const CHECK: &str = "sha256";

/// The columns of a row, by name.
pub(crate) type Row = Map<String, Value>;

/// What a point gave.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// One row for each dataflow.
    Done(Vec<Row>),
    /// Why there is none.
    Failed(String),
}

/// A folder of finished points.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The folder for the points of `sweep`, which is created if need be. Others may write into it at the same time.
    ///
    /// # Errors
    /// [`SweepError::Differs`] if it holds points of another plan, another price table or another version of klr, with what
    /// differs; [`SweepError::File`] if it cannot be written into.
    pub fn open(folder: &Path, sweep: &Sweep) -> Result<Self, SweepError> {
        let store = Self { folder: folder.to_owned() };
        file::prepare(folder)?;
        file::prepare(&store.folder.join(POINTS))?;
        let path = folder.join(DESCRIPTION);
        if path.exists() {
            store.check(sweep)?;
        } else {
            file::write_atomically(&path, text(&description(sweep)).as_bytes())?;
        }
        Ok(store)
    }

    /// The folder of a part of `sweep`, as it is.
    ///
    /// # Errors
    /// As [`Self::open`], and [`SweepError::NoSweep`] if it holds none.
    pub fn existing(folder: &Path, sweep: &Sweep) -> Result<Self, SweepError> {
        let store = Self { folder: folder.to_owned() };
        if !folder.join(DESCRIPTION).exists() {
            return Err(SweepError::NoSweep(folder.to_owned()));
        }
        store.check(sweep)?;
        Ok(store)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// That the folder holds points of the same plan, but for what is swept.
    fn check(&self, sweep: &Sweep) -> Result<(), SweepError> {
        let path = self.folder.join(DESCRIPTION);
        let wrong = |reason: String| SweepError::Description { path: path.clone(), reason };
        let there: Value =
            serde_json::from_slice(&file::read(&path)?).map_err(|error| wrong(error.to_string()))?;
        let here = description(sweep);
        let differs = |what: &str, there: &Value, here: &Value| SweepError::Differs {
            path: path.clone(),
            what: what.to_owned(),
            there: said(there),
            here: said(here),
        };
        for what in ["schema", "klr"] {
            if there[what] != here[what] {
                return Err(differs(what, &there[what], &here[what]));
            }
        }
        for section in ["plan", "prices"] {
            let Some(known) = there[section].as_object() else {
                return Err(wrong(format!("it has no {section}")));
            };
            let now = here[section].as_object().expect("a description has both");
            let keys = now.keys().chain(known.keys().filter(|key| !now.contains_key(*key)));
            // Price tables that only one of the two uses are no difference.
            let keys =
                keys.filter(|key| section == "plan" || (known.contains_key(*key) && now.contains_key(*key)));
            for key in keys {
                let (there, here) = (&there[section][key], &here[section][key]);
                if there != here {
                    let what = if section == "plan" { key.clone() } else { format!("the price table {key}") };
                    return Err(differs(&what, there, here));
                }
            }
        }
        Ok(())
    }

    fn file(&self, id: PointId) -> PathBuf {
        self.folder.join(POINTS).join(format!("{id}.json"))
    }

    /// What the point `id` gave; `None` if nobody has run it, or its file is not whole.
    pub(crate) fn read(&self, id: PointId) -> Option<Outcome> {
        parse(&std::fs::read(self.file(id)).ok()?, id)
    }

    /// Keeps what the point `id` gave.
    pub(crate) fn write(&self, id: PointId, outcome: &Outcome) -> Result<(), SweepError> {
        Ok(file::write_atomically(&self.file(id), render(id, outcome).as_bytes())?)
    }

    /// Writes the file `name` beside the points.
    ///
    /// # Errors
    /// [`SweepError::File`] if the disk is full, or another reason not to write it.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, SweepError> {
        let path = self.folder.join(name);
        file::write_atomically(&path, bytes)?;
        Ok(path)
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => "not there".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What the points of `sweep` have in common.
fn description(sweep: &Sweep) -> Value {
    let mut files = Files::default();
    let named = files.named(sweep.base());
    let swept: Vec<&str> = sweep.keys().collect();
    let plan: Map<String, Value> = named
        .entries()
        .map(|(key, value)| {
            let value = if swept.contains(&key) { SWEPT.to_owned() } else { show(value) };
            (key.to_owned(), value.into())
        })
        .collect();
    let presets = sweep.points().iter().map(|point| sweep.source(point)).filter_map(Result::ok);
    let mut prices = Map::new();
    for source in presets {
        let preset = source.entries().find(|(key, _)| *key == "energy.preset");
        if let Some(preset) = preset.and_then(|(_, value)| value.as_str()) {
            prices.entry(preset).or_insert_with(|| files.prices(preset).into());
        }
    }
    json!({ "schema": SCHEMA, "klr": VERSION, "plan": plan, "prices": prices })
}

fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

fn render(id: PointId, outcome: &Outcome) -> String {
    let mut point = match outcome {
        Outcome::Done(rows) => {
            json!({ "schema": POINT_SCHEMA, "point": id.to_string(), "status": "done", "rows": rows })
        }
        Outcome::Failed(error) => {
            json!({ "schema": POINT_SCHEMA, "point": id.to_string(), "status": "failed", "error": error })
        }
    };
    let digest = Digest::of(text(&point).as_bytes());
    point[CHECK] = digest.to_string().into();
    text(&point)
}

/// What is in the file of the point `id`, if it is whole.
fn parse(bytes: &[u8], id: PointId) -> Option<Outcome> {
    let mut point: Value = serde_json::from_slice(bytes).ok()?;
    let check = point.as_object_mut()?.remove(CHECK)?;
    let is_whole = check.as_str() == Some(&Digest::of(text(&point).as_bytes()).to_string());
    if !is_whole || point["point"].as_str() != Some(&id.to_string()) || point["schema"] != POINT_SCHEMA {
        return None;
    }
    match point["status"].as_str()? {
        "failed" => Some(Outcome::Failed(point["error"].as_str()?.to_owned())),
        "done" => {
            let rows = point["rows"].as_array()?.iter().map(|row| row.as_object().cloned());
            rows.collect::<Option<_>>().map(Outcome::Done)
        }
        _ => None,
    }
}
