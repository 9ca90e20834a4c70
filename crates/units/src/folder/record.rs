//! Which files of a folder klr wrote, and of which runs they are: `run.json`.

use crate::file::{self, FileError};
use crate::run::{Digest, RunId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The record of a folder: the files that klr wrote there, with their digests, by the run they are of.
pub const RECORD: &str = "run.json";

/// The layout of [`RECORD`].
const SCHEMA: &str = "klr-run-1";

/// Reports by which a folder is known that was written before there was a record.
const REPORTS: [&str; 3] = ["report.json", "analysis.json", "table.json"];

/// The command whose files belong to a plan, and go with the report of another.
pub(super) const TRACE: &str = "trace";

/// Why a record is of no use; the message names the file.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not one.
    #[error(
        "{}: not the record of a run ({reason}): move it, or choose another folder",
        crate::text::path(path)
    )]
    Content {
        /// The record.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// What becomes of earlier files of the same command and the same run that are not written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// They are removed: the command writes all its files at once.
    Removed,
    /// They stay: each call adds some.
    Kept,
}

/// A file that is to stand in the folder.
#[derive(Debug)]
pub(super) struct StagedFile {
    pub(super) name: String,
    /// None if it differs between two runs of the same plan.
    pub(super) digest: Option<Digest>,
    /// The run that it is of, if that is another.
    pub(super) run: Option<RunId>,
}

/// What [`RECORD`] says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RunRecord {
    schema: String,
    runs: Vec<RecordedRun>,
}

/// The files of one command.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct RecordedRun {
    command: String,
    #[serde(flatten)]
    run: RunId,
    files: BTreeMap<String, Option<String>>,
}

/// No files.
impl Default for RunRecord {
    fn default() -> Self {
        Self { schema: SCHEMA.to_owned(), runs: Vec::new() }
    }
}

impl RunRecord {
    /// The record of `folder`, if there is one.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, RecordError> {
        let path = folder.join(RECORD);
        let bytes = match file::read(&path) {
            Err(error) if error.source.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let wrong = |reason: String| RecordError::Content { path: path.clone(), reason };
        let record: Self = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if record.schema != SCHEMA {
            return Err(wrong(format!("schema {:?}, expected {SCHEMA:?}", record.schema)));
        }
        // A record decides what is removed: it may speak of its own folder only.
        let foreign = record.runs.iter().flat_map(|run| run.files.keys()).find(|name| !is_plain(name));
        match foreign {
            Some(name) => Err(wrong(format!("{name:?} is not a file of this folder"))),
            None => Ok(Some(record)),
        }
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("a record is texts and numbers") + "\n"
    }

    /// The run that the file `name` is of, if klr wrote it.
    pub(super) fn run_of(&self, name: &str) -> Option<&RunId> {
        self.runs.iter().find(|run| run.files.contains_key(name)).map(|found| &found.run)
    }

    /// Takes out what `command` replaces; the names of those files.
    pub(super) fn leave(&mut self, command: &str, run: &RunId, earlier: Earlier) -> Vec<String> {
        let stays = |other: &RecordedRun| {
            let same = other.run == *run;
            if other.command == command {
                same && earlier == Earlier::Kept
            } else {
                same || other.command != TRACE
            }
        };
        let gone = self.runs.iter().filter(|other| !stays(other));
        let gone = gone.flat_map(|other| other.files.keys().cloned()).collect();
        self.runs.retain(stays);
        gone
    }

    /// Puts `staged` among the files of `command`, and of no other.
    pub(super) fn enter(&mut self, staged: &[StagedFile], command: &str, run: &RunId) {
        for other in &mut self.runs {
            other.files.retain(|name, _| !staged.iter().any(|file| file.name == *name));
        }
        self.runs.retain(|other| !other.files.is_empty());
        for StagedFile { name, digest, run: of } in staged {
            let run = of.as_ref().unwrap_or(run);
            let file = (name.clone(), digest.map(|digest| digest.to_string()));
            match self.runs.iter_mut().find(|other| other.command == command && other.run == *run) {
                Some(same) => same.files.extend([file]),
                None => {
                    let (command, run) = (command.to_owned(), run.clone());
                    self.runs.push(RecordedRun { command, run, files: BTreeMap::from([file]) });
                }
            }
        }
        self.runs.sort_by(|a, b| (&a.command, a.run.plan()).cmp(&(&b.command, b.run.plan())));
    }
}

/// Whether `name` is that of a file in a folder, and not one that is in use while a run is written.
pub(super) fn is_plain(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!(components.next(), Some(Component::Normal(only)) if only == name)
        && components.next().is_none()
        && !name.starts_with(".klr-")
}

/// Whether there is a report of klr in `folder`.
pub(super) fn has_report(folder: &Path) -> bool {
    let says_klr = |name: &str| {
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes[..bytes.len().min(100)]).contains("\"schema\": \"klr-")
    };
    REPORTS.iter().any(|name| says_klr(name))
}
