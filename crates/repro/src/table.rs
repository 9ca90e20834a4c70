//! The table as data: rows with where their figures come from. A record may hold rows of several runs.

use super::check::{Check, CheckVerdict, Published};
use super::error::ReproError;
use super::store::{CODE, COMPILER};
use super::{JudgedRow, Reproduction};
use klr_units::{Digest, RunId, file};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::Path;

/// The layout of `table.json`.
const SCHEMA: &str = "klr-reproduction-2";

/// What computed a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// `quick` or `full`.
    pub scale: String,
    /// The seed.
    pub seed: u64,
    /// The revision of the source, if the caller named one.
    pub commit: Option<String>,
    /// A hash of the code that computes.
    pub code: String,
    /// The compiler.
    pub toolchain: String,
}

impl Provenance {
    /// What computed the rows of `run`.
    pub(super) fn of(run: &Reproduction) -> Self {
        Self {
            scale: run.scale.name().to_owned(),
            seed: run.seed,
            commit: run.commit.clone(),
            code: CODE.to_owned(),
            toolchain: COMPILER.to_owned(),
        }
    }

    /// The run as files name it: its digest is that of these five, as JSON without blanks.
    #[must_use]
    pub fn run_id(&self) -> RunId {
        let text = serde_json::to_string(self).expect("texts and a number");
        RunId::new(Digest::of(text.as_bytes()), self.seed)
    }
}

/// The name of a figure's files without an ending, and its title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureName {
    /// The name.
    pub name: String,
    /// The title.
    pub title: String,
}

/// A row with all that is known of it; its verdict follows from its checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// Its number.
    pub row: u8,
    /// What it is.
    pub what: String,
    /// Who published it, and where.
    pub source: String,
    /// What computed it.
    pub provenance: Provenance,
    /// The figures that decide.
    pub checks: Vec<Check>,
    /// What a reader has to know.
    pub remarks: Vec<String>,
    /// Drawings.
    pub figures: Vec<FigureName>,
}

/// What the literature says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Publication {
    /// Nothing.
    Nothing,
    /// Words.
    Words,
    /// At least one number.
    Number,
}

impl Publication {
    /// As the table says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Words => "words",
            Self::Number => "a number",
        }
    }
}

impl TableRow {
    /// The worst verdict of the checks.
    #[must_use]
    pub fn verdict(&self) -> CheckVerdict {
        CheckVerdict::worst(&self.checks)
    }

    /// What the literature says of it: a number, if one of the checks has one.
    #[must_use]
    pub fn publication(&self) -> Publication {
        let of_check = |check: &Check| match check.published {
            Published::Nothing => Publication::Nothing,
            Published::Words { .. } => Publication::Words,
            Published::Number { .. } => Publication::Number,
        };
        self.checks.iter().map(of_check).max().unwrap_or(Publication::Nothing)
    }
}

/// Rows in the order of their numbers, of one run or of several.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The rows.
    pub rows: Vec<TableRow>,
}

/// The file as it is read; the verdicts in it are for readers, and follow from the rest.
#[derive(Deserialize)]
struct Stored {
    rows: Vec<TableRow>,
}

impl Table {
    /// The table of a run.
    pub(super) fn of(run: &Reproduction) -> Self {
        let provenance = Provenance::of(run);
        let row = |JudgedRow { row, judged }: &JudgedRow| TableRow {
            row: row.number,
            what: row.what.to_owned(),
            source: row.source.to_owned(),
            provenance: provenance.clone(),
            checks: judged.checks.clone(),
            remarks: judged.remarks.clone(),
            figures: judged
                .figures
                .iter()
                .map(|figure| FigureName { name: figure.name.to_owned(), title: figure.title.clone() })
                .collect(),
        };
        Self { rows: run.outcomes.iter().map(row).collect() }
    }

    /// The table in the file `table.json` of `folder`, or none if there is no such file.
    ///
    /// # Errors
    /// [`ReproError::File`] if it cannot be read, [`ReproError::Table`] if it is not one that this program writes.
    pub fn read(folder: &Path) -> Result<Option<Self>, ReproError> {
        let path = folder.join("table.json");
        let bytes = match file::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.source.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let refused = |reason: String| ReproError::Table { path: path.clone(), reason };
        let whole: Value = serde_json::from_slice(&bytes).map_err(|e| refused(format!("not JSON: {e}")))?;
        let schema = whole["schema"].as_str().unwrap_or("nothing");
        if schema != SCHEMA {
            return Err(refused(format!("`schema` is `{schema}`, expected `{SCHEMA}`")));
        }
        let Stored { rows } = Stored::deserialize(whole).map_err(|e| refused(e.to_string()))?;
        Ok(Some(Self { rows }))
    }

    /// This table with those rows of an `earlier` one that it does not have itself.
    #[must_use]
    pub fn over(mut self, earlier: Self) -> Self {
        let kept = earlier.rows.into_iter().filter(|old| self.rows.iter().all(|new| new.row != old.row));
        let kept: Vec<TableRow> = kept.collect();
        self.rows.extend(kept);
        self.rows.sort_by_key(|row| row.row);
        self
    }

    /// The table as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let row = |row: &TableRow| {
            let mut value = serde_json::to_value(row).expect("a row has no map with keys that are not text");
            value["verdict"] = json!(row.verdict().name());
            value["publication"] = json!(row.publication().name());
            for (stored, check) in value["checks"].as_array_mut().into_iter().flatten().zip(&row.checks) {
                stored["verdict"] = json!(check.verdict().name());
                stored["reason"] = json!(check.reason());
            }
            value
        };
        let whole = json!({ "schema": SCHEMA, "rows": self.rows.iter().map(row).collect::<Vec<_>>() });
        format!("{whole:#}\n")
    }

    /// How many published results there are, and how they end, in two sentences. The README says the same.
    #[must_use]
    pub fn counts(&self) -> String {
        let published: Vec<&TableRow> =
            self.rows.iter().filter(|row| row.publication() != Publication::Nothing).collect();
        let numbers = published.iter().filter(|row| row.publication() == Publication::Number).count();
        let ending = |verdict| published.iter().filter(|row| row.verdict() == verdict).count();
        let mut endings = vec![
            format!("{} hold", ending(CheckVerdict::Holds)),
            format!("{} hold at a setting chosen to fit", ending(CheckVerdict::HoldsAsChosen)),
            format!("{} differ from what was published", ending(CheckVerdict::Differs)),
        ];
        if ending(CheckVerdict::Reported) > 0 {
            endings.push(format!("{} are only reported", ending(CheckVerdict::Reported)));
        }
        format!(
            "Of {} published results that were derived again, {numbers} with a number and {} in words only, {}; {} are \
             outside their tolerance. {} more rows have no publication to be held against.",
            published.len(),
            published.len() - numbers,
            endings.join(", "),
            ending(CheckVerdict::Fails),
            self.rows.len() - published.len(),
        )
    }
}
