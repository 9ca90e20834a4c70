//! Saved models: magic `KLRMODEL`, in the frame of [`klr_units::frame`]. Version 2 is written, versions 1 and 2 are read.
//!
//! The payload of version 2 is the kernel (its number as u32, then its parameters), N (u64), P (u64), the packed pattern
//! rows (u64 count, then u64 words) and the dual variables (u64 count, then f64, P x N row-major), all little-endian.
//!
//! | number | kernel | parameters |
//! |---|---|---|
//! | 0 | [`Kernel::rbf`] | gamma (f64) |
//! | 1 | [`Kernel::exponential`] | beta (f64) |
//! | 2 | [`Kernel::polynomial`] | degree (u16), offset (f64) |
//! | 3 | [`Kernel::linear`] | - |
//! | 4 | [`Kernel::from_table`] | the values at distance 0 to N (u64 count, then f64) |
//!
//! Version 1 knew only the first, and has gamma (f64) in place of the kernel.

use crate::kernel::{Kernel, KernelError, KernelFamily};
use crate::pattern::{PatternError, PatternSet};
use crate::retrieve::model::{KlrModel, ModelError};
use klr_units::file::{self, FileError};
use klr_units::frame::{self, FileKind, FrameError};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The kind of file a model is saved as.
pub const MODEL_FILE: FileKind = FileKind { magic: *b"KLRMODEL", oldest: 1, version: 2, name: "KLR model" };

/// The kernel of a file of version 2; the order of the variants is that of their numbers.
#[derive(Serialize, Deserialize)]
enum SavedKernel {
    Rbf { gamma: f64 },
    Exponential { beta: f64 },
    Polynomial { degree: u16, offset: f64 },
    Linear,
    Table(Vec<f64>),
}

impl SavedKernel {
    fn of(kernel: &Kernel) -> Self {
        match kernel.shape() {
            KernelFamily::Rbf { gamma } => Self::Rbf { gamma: *gamma },
            KernelFamily::Exponential { beta } => Self::Exponential { beta: *beta },
            KernelFamily::Polynomial { degree, offset } => {
                Self::Polynomial { degree: *degree, offset: *offset }
            }
            KernelFamily::Linear => Self::Linear,
            KernelFamily::Table(values) => Self::Table(values.to_vec()),
        }
    }

    fn checked(self) -> Result<Kernel, KernelError> {
        match self {
            Self::Rbf { gamma } => Kernel::rbf(gamma),
            Self::Exponential { beta } => Kernel::exponential(beta),
            Self::Polynomial { degree, offset } => Kernel::polynomial(degree, offset),
            Self::Linear => Ok(Kernel::linear()),
            Self::Table(values) => Kernel::from_table(values),
        }
    }
}

/// The payload of version 2; that of version 1 has gamma as `K`.
#[derive(Serialize, Deserialize)]
struct Saved<K> {
    kernel: K,
    n: u64,
    p: u64,
    words: Vec<u64>,
    duals: Vec<f64>,
}

/// Why the content of a saved model is not a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SavedModelError {
    /// The bytes are not those of a saved model.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A dimension does not fit this machine.
    #[error("a KLR model of {p} patterns of {n} neurons does not fit this machine")]
    Dimensions {
        /// N.
        n: u64,
        /// P.
        p: u64,
    },
    /// The kernel is not one.
    #[error("KLR model: {0}")]
    Kernel(#[from] KernelError),
    /// The patterns are not patterns.
    #[error("KLR model: {0}")]
    Patterns(#[from] PatternError),
    /// The dual variables do not fit, or are not finite.
    #[error("KLR model: {0}")]
    Duals(#[from] ModelError),
}

/// Why a model could not be saved or loaded; the message names the file.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not a saved model.
    #[error("{}: {source}", klr_units::text::path(path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: SavedModelError,
    },
}

/// The bytes of a saved model; the same model gives the same bytes.
///
/// # Errors
/// [`SavedModelError::Frame`] if the serializer refuses, which it does for no model.
pub fn encode(model: &KlrModel) -> Result<Vec<u8>, SavedModelError> {
    let patterns = model.patterns();
    let saved = Saved {
        kernel: SavedKernel::of(model.kernel()),
        n: patterns.n() as u64,
        p: patterns.p() as u64,
        words: patterns.words().to_vec(),
        duals: model.duals(),
    };
    Ok(frame::encode(MODEL_FILE, &saved)?)
}

/// The model in `bytes`, of any version there has been, checked: the dimensions agree, the kernel is one and fits, and all
/// dual variables are finite.
///
/// # Errors
/// [`SavedModelError`] if the bytes are damaged, or do not hold such a model.
pub fn decode(bytes: &[u8]) -> Result<KlrModel, SavedModelError> {
    let framed = frame::open(MODEL_FILE, bytes)?;
    if framed.version == 1 {
        let saved: Saved<f64> = framed.payload()?;
        let kernel = Kernel::rbf(saved.kernel)?;
        return model_of(kernel, saved);
    }
    let Saved { kernel, n, p, words, duals } = framed.payload::<Saved<SavedKernel>>()?;
    model_of(kernel.checked()?, Saved { kernel: (), n, p, words, duals })
}

fn model_of<K>(kernel: Kernel, saved: Saved<K>) -> Result<KlrModel, SavedModelError> {
    let Saved { n, p, words, duals, .. } = saved;
    let (Ok(rows), Ok(columns)) = (usize::try_from(p), usize::try_from(n)) else {
        return Err(SavedModelError::Dimensions { n, p });
    };
    let patterns = PatternSet::from_words(columns, rows, words)?;
    Ok(KlrModel::from_duals(patterns, kernel, &duals)?)
}

/// Writes `model` to `path`, whole or not at all.
///
/// # Errors
/// [`ModelFileError`] if the file cannot be written.
pub fn save(model: &KlrModel, path: &Path) -> Result<(), ModelFileError> {
    let bytes = encode(model).map_err(|source| ModelFileError::Content { path: path.to_owned(), source })?;
    Ok(file::write_atomically(path, &bytes)?)
}

/// The model saved at `path`.
///
/// # Errors
/// [`ModelFileError`] if the file cannot be read, is damaged, or holds no valid model.
pub fn load(path: &Path) -> Result<KlrModel, ModelFileError> {
    let bytes = file::read(path)?;
    decode(&bytes).map_err(|source| ModelFileError::Content { path: path.to_owned(), source })
}
