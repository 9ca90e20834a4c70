//! The table `[sweep]`: which keys of a plan take which values, and how these are combined.

use crate::error::SweepError;
use crate::range::{self, Range};
use klr_experiments::plan::{Place, PlanSource, Written, show};
use klr_units::file;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Value;

/// The most points of a sweep.
const MOST_POINTS: u64 = 1_000_000;

/// A key of the plan, and the values it takes.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) key: String,
    pub(crate) place: Place,
    values: Vec<Value>,
}

/// How the values of several keys are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Each with each; the last key changes fastest.
    Grid,
    /// The first of all, then the second of all.
    Zip,
    /// The lines of a file of points, which have been read side by side.
    Lines,
}

/// The keys that are swept, and the points.
#[derive(Clone, Debug)]
pub(crate) struct Axes {
    axes: Vec<Axis>,
    mode: Mode,
}

/// What has been read of one key of the table.
enum Entry {
    List(Value),
    Range(Box<Range>),
}

impl Axes {
    /// Reads the keys of the table, which stand in the plan file `file`; `base` is the plan without it.
    pub(crate) fn read(file: &str, table: Vec<Written>, base: &PlanSource) -> Result<Self, SweepError> {
        let mut mode = None;
        let mut points = None;
        let mut entries: Vec<(String, usize, Entry)> = Vec::new();
        for Written { key, value, line } in table {
            let place = || Place::Line { file: file.to_owned(), line };
            match key.as_str() {
                "mode" => mode = Some(read_mode(&value, place())?),
                "file" => points = Some((read_path(file, &value, place())?, place())),
                _ => add(&mut entries, key, value, line, file)?,
            }
        }
        if let Some((path, place)) = points {
            if let Some((key, ..)) = entries.first() {
                let allowed = format!("a file of points stands alone: leave sweep.{key} out, or the file");
                let found = show(&Value::String(path));
                return Err(SweepError::Value { place, key: "file".to_owned(), found, allowed });
            }
            return Self { axes: read_points(Path::new(&path), base)?, mode: Mode::Lines }
                .checked(file, base);
        }
        let axes = entries.into_iter().map(|(key, line, entry)| axis(file, key, line, entry, base));
        let axes = axes.collect::<Result<Vec<_>, _>>()?;
        Self { axes, mode: mode.unwrap_or(Mode::Grid) }.checked(file, base)
    }

    /// That there are points, not too many, and that every value may stand for its key.
    fn checked(self, file: &str, base: &PlanSource) -> Result<Self, SweepError> {
        if self.axes.is_empty() {
            return Err(SweepError::Nothing(file.to_owned()));
        }
        if self.mode == Mode::Zip {
            let first = &self.axes[0];
            if let Some(other) = self.axes.iter().find(|axis| axis.values.len() != first.values.len()) {
                return Err(SweepError::Lengths {
                    place: other.place.clone(),
                    key: other.key.clone(),
                    found: other.values.len(),
                    first: first.key.clone(),
                    expected: first.values.len(),
                });
            }
        }
        let mut tried = base.clone();
        for axis in &self.axes {
            axis.values
                .iter()
                .try_for_each(|value| tried.put(&axis.key, value.clone(), axis.place.clone()))?;
        }
        let found = self.count();
        match found > MOST_POINTS {
            true => Err(SweepError::TooMany { file: file.to_owned(), found, most: MOST_POINTS }),
            false => Ok(self),
        }
    }

    /// The keys, in the order in which they stand.
    pub(crate) fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Points, as far as they can be counted.
    pub(crate) fn count(&self) -> u64 {
        let lengths = self.axes.iter().map(|axis| axis.values.len() as u64);
        match self.mode {
            Mode::Grid => lengths.fold(1, u64::saturating_mul),
            Mode::Zip | Mode::Lines => self.axes.first().map_or(0, |axis| axis.values.len() as u64),
        }
    }

    /// The value of each key at point `index`.
    pub(crate) fn at(&self, index: u64) -> Vec<&Value> {
        let mut rest = index;
        let mut values: Vec<&Value> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            let length = axis.values.len() as u64;
            let at = if self.mode == Mode::Grid { rest % length } else { index };
            rest /= length;
            values.push(&axis.values[usize::try_from(at).expect("an index into a list")]);
        }
        values.reverse();
        values
    }
}

fn read_mode(value: &Value, place: Place) -> Result<Mode, SweepError> {
    match value.as_str() {
        Some("grid") => Ok(Mode::Grid),
        Some("zip") => Ok(Mode::Zip),
        _ => Err(SweepError::Value {
            place,
            key: "mode".to_owned(),
            found: show(value),
            allowed: "allowed are grid, zip".to_owned(),
        }),
    }
}

/// The path of a file of points, which is relative to the folder of the plan.
fn read_path(file: &str, value: &Value, place: Place) -> Result<String, SweepError> {
    let path = value.as_str().filter(|path| !path.is_empty()).map(|path| {
        let beside = Path::new(file).parent().map_or_else(|| path.into(), |folder| folder.join(path));
        beside.to_str().unwrap_or(path).to_owned()
    });
    path.ok_or_else(|| SweepError::Value {
        place,
        key: "file".to_owned(),
        found: show(value),
        allowed: "allowed is the path of a file of comma-separated values".to_owned(),
    })
}

/// Adds what stands under `key`: a list, or a part of a range.
fn add(
    entries: &mut Vec<(String, usize, Entry)>,
    key: String,
    value: Value,
    line: usize,
    file: &str,
) -> Result<(), SweepError> {
    let part = key.rsplit_once('.').and_then(|(stem, last)| {
        let index = range::KEYS.iter().position(|known| *known == last)?;
        Some((stem.to_owned(), index))
    });
    let known = part.as_ref().map_or(&key, |(stem, _)| stem);
    let found = entries.iter_mut().find(|(other, ..)| other == known);
    match (part, found) {
        (Some((_, index)), Some((_, _, Entry::Range(range)))) => range.set(index, value),
        (Some((stem, index)), None) => {
            let mut range = Box::<Range>::default();
            range.set(index, value);
            entries.push((stem, line, Entry::Range(range)));
        }
        (None, None) => entries.push((key, line, Entry::List(value))),
        (_, Some((key, first, _))) => {
            let place = Place::Line { file: file.to_owned(), line };
            let allowed = format!("it has its values from line {first}");
            return Err(SweepError::Value { place, key: key.clone(), found: show(&value), allowed });
        }
    }
    Ok(())
}

fn axis(file: &str, key: String, line: usize, entry: Entry, base: &PlanSource) -> Result<Axis, SweepError> {
    let place = Place::Line { file: file.to_owned(), line };
    let refuse = |found: String, allowed: String| SweepError::Value {
        place: place.clone(),
        key: key.clone(),
        found,
        allowed,
    };
    let values = match entry {
        Entry::Range(range) => range.values().map_err(|allowed| refuse(range.shown(), allowed))?,
        Entry::List(Value::Array(items)) if !items.is_empty() => items,
        Entry::List(other) => {
            let allowed = "allowed is a list of values, or a range such as { from = 1, to = 8 }";
            return Err(refuse(show(&other), allowed.to_owned()));
        }
    };
    let is_list = takes_lists(base, &key);
    let fit = |value: Value| {
        let value = if is_list && !value.is_array() { Value::Array(vec![value]) } else { value };
        PlanSource::value_in(file, &key, value)
    };
    let values = values.into_iter().map(fit).collect();
    Ok(Axis { place, key, values })
}

/// Whether the values of `key` are lists, so that a single one stands for a list of one.
fn takes_lists(base: &PlanSource, key: &str) -> bool {
    base.entries().any(|(known, value)| known == key && value.is_array())
}

/// The file of points: the keys in its first line, one point in each other. Values are those of `--set`.
fn read_points(path: &Path, base: &PlanSource) -> Result<Vec<Axis>, SweepError> {
    let bytes = file::read(path)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&bytes[..]);
    let wrong = |line: u64, reason: String| SweepError::Points { path: path.to_owned(), line, reason };
    let bad = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        wrong(line, format!("not comma-separated values: {}", error.to_string().replace('\n', " ")))
    };
    let keys = reader.headers().map_err(|error| bad(&error))?.clone();
    let mut seen = BTreeMap::new();
    for (column, key) in keys.iter().enumerate() {
        if seen.insert(key.to_owned(), column).is_some() {
            return Err(wrong(1, format!("the key {key} stands there twice")));
        }
    }
    let place = Place::Line { file: path.display().to_string(), line: 1 };
    let name = path.to_string_lossy();
    let mut axes: Vec<Axis> = keys
        .iter()
        .map(|key| Axis { key: key.to_owned(), place: place.clone(), values: Vec::new() })
        .collect();
    for record in reader.records() {
        let record = record.map_err(|error| bad(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        for (axis, cell) in axes.iter_mut().zip(&record) {
            let mut plan = base.clone();
            let set = plan.set(&format!("{}={cell}", axis.key));
            set.map_err(|error| wrong(line, error.to_string().trim_start_matches("--set: ").to_owned()))?;
            let value = plan.entries().find(|(key, _)| *key == axis.key).map(|(_, value)| value.clone());
            let value = value.ok_or_else(|| wrong(1, format!("there is no key {}", axis.key)))?;
            axis.values.push(PlanSource::value_in(&name, &axis.key, value));
        }
    }
    match axes.iter().any(|axis| axis.values.is_empty()) {
        true => Err(wrong(1, "there is no line with a point".to_owned())),
        false => Ok(axes),
    }
}
