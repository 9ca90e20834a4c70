//! Where weights are found: who is told how far it has come, and where neurons that are done are kept.

use klr_units::file::{self, FileError};
use klr_units::fnv;
use klr_units::frame::{self, FileKind};
use klr_units::progress::{NoProgress, Progress};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Neurons that are done (`docs/image-format.md`).
pub const NEURONS: FileKind =
    FileKind { magic: *b"KLRNEURO", oldest: 1, version: 1, name: "block of finished neurons" };

/// A hash of the code that finds weights, and the compiler (`crates/quantize/build.rs`).
const CODE: &str = env!("KLR_QUANTIZING_CODE");

/// Why a block of neurons cannot be kept, or cannot be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is not what was written.
    #[error("{}: {reason}; delete it, and it is worked out again", klr_units::text::path(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Who is told how far it has come, and the folder in which neurons that are done are kept, if any: a run that was stopped
/// goes on from them and ends with the same bytes.
#[derive(Clone, Copy)]
pub struct Workshop<'a> {
    /// Who is told how far it has come.
    pub progress: &'a dyn Progress,
    /// Where neurons that are done are kept.
    pub folder: Option<&'a Path>,
}

impl Workshop<'_> {
    /// Steps of progress that the finding of weights has: efforts are counted in shares of all.
    pub const STEPS: u64 = 1000;

    /// Nobody is told, and nothing is kept.
    pub const ALONE: Workshop<'static> = Workshop { progress: &NoProgress, folder: None };
}

impl std::fmt::Debug for Workshop<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workshop").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The finding of one model's weights.
pub(crate) struct Shift<'a> {
    workshop: Workshop<'a>,
    /// What all that is found depends on, in short.
    identity: u64,
    /// Effort so far, and of all.
    done: AtomicU64,
    total: u64,
}

/// One of its jobs, done block of neurons by block.
pub(crate) struct Bench<'a> {
    shift: &'a Shift<'a>,
    job: String,
    effort: u64,
}

impl<'a> Shift<'a> {
    /// A stage of `total` effort; `inputs` are what all that is found depends on.
    pub(crate) fn new(workshop: Workshop<'a>, inputs: &[&[u8]], total: u64) -> Self {
        workshop.progress.stage("quantizing", Workshop::STEPS);
        let identity = inputs.iter().fold(fnv::absorb(fnv::OFFSET, CODE.as_bytes()), |hash, input| {
            fnv::absorb(fnv::absorb(hash, &(input.len() as u64).to_le_bytes()), input)
        });
        Self { workshop, identity, done: AtomicU64::new(0), total: total.max(1) }
    }

    /// A job each of whose blocks takes `effort`.
    pub(crate) fn bench(&'a self, job: String, effort: u64) -> Bench<'a> {
        Bench { shift: self, job, effort }
    }
}

/// A block of neurons as it is kept: what it is, and the weights that were found, pattern by pattern.
type Kept<W> = (String, W);

impl Bench<'_> {
    /// What was kept of block `at`.
    ///
    /// # Errors
    /// [`KeepError`] if there is a file that cannot be read, or is not what was written.
    pub(crate) fn load<W: DeserializeOwned>(&self, at: usize) -> Result<Option<W>, KeepError> {
        let Some(path) = self.path(at) else { return Ok(None) };
        let bytes = match file::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.source.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let damaged = |reason: String| KeepError::Damaged { path: path.clone(), reason };
        let (key, weights): Kept<W> =
            frame::decode(NEURONS, &bytes).map_err(|error| damaged(error.to_string()))?;
        if key != self.key(at) {
            return Err(damaged(format!("it holds \"{key}\", expected \"{}\"", self.key(at))));
        }
        Ok(Some(weights))
    }

    /// Keeps what was found of block `at`, if there is a folder.
    ///
    /// # Errors
    /// [`KeepError`] if the file cannot be written.
    pub(crate) fn keep<W: Serialize>(&self, at: usize, weights: &W) -> Result<(), KeepError> {
        let Some(path) = self.path(at) else { return Ok(()) };
        let damaged =
            |error: frame::FrameError| KeepError::Damaged { path: path.clone(), reason: error.to_string() };
        let bytes = frame::encode(NEURONS, &(self.key(at), weights)).map_err(damaged)?;
        Ok(file::write_atomically(&path, &bytes)?)
    }

    /// A block is done.
    pub(crate) fn done(&self) {
        let shift = self.shift;
        let done = shift.done.fetch_add(self.effort, Ordering::Relaxed) + self.effort;
        let share = u128::from(done) * u128::from(Workshop::STEPS) / u128::from(shift.total);
        shift.workshop.progress.step(u64::try_from(share).unwrap_or(Workshop::STEPS));
    }

    fn key(&self, at: usize) -> String {
        format!("{:016x} {} block {at}", self.shift.identity, self.job)
    }

    fn path(&self, at: usize) -> Option<PathBuf> {
        let name = fnv::absorb(fnv::OFFSET, self.key(at).as_bytes());
        self.shift.workshop.folder.map(|folder| folder.join(format!("neurons-{name:016x}.bin")))
    }
}
