//! Saved models: magic `KLRMODEL`, version 1, in the frame of [`klr_units::frame`].
//!
//! The payload is gamma (f64), N (u64), P (u64), the packed pattern rows (u64 count, then u64 words) and the dual
//! variables (u64 count, then f64, P x N row-major), all little-endian.

use crate::kernel::{Kernel, KernelError};
use crate::model::{KlrModel, ModelError};
use crate::pattern::{PatternError, PatternSet};
use klr_units::file::{self, FileError};
use klr_units::frame::{self, FileKind, FrameError};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The kind of file a model is saved as.
pub const MODEL_FILE: FileKind = FileKind { magic: *b"KLRMODEL", oldest: 1, version: 1, name: "KLR model" };

#[derive(Serialize, Deserialize)]
struct Saved {
    gamma: f64,
    n: u64,
    p: u64,
    words: Vec<u64>,
    duals: Vec<f64>,
}

/// Why the content of a saved model is not a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CodecError {
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
    #[error("{}: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CodecError,
    },
}

/// The bytes of a saved model; the same model gives the same bytes.
///
/// # Errors
/// [`CodecError::Frame`] if the serializer refuses, which it does for no model.
pub fn encode(model: &KlrModel) -> Result<Vec<u8>, CodecError> {
    let patterns = model.patterns();
    let saved = Saved {
        gamma: model.kernel().gamma().unwrap_or(f64::NAN),
        n: patterns.n() as u64,
        p: patterns.p() as u64,
        words: patterns.words().to_vec(),
        duals: model.duals().to_vec(),
    };
    Ok(frame::encode(MODEL_FILE, &saved)?)
}

/// The model in `bytes`, checked: the dimensions agree, gamma is above 0, and all dual variables are finite.
///
/// # Errors
/// [`CodecError`] if the bytes are damaged, or do not hold such a model.
pub fn decode(bytes: &[u8]) -> Result<KlrModel, CodecError> {
    let Saved { gamma, n, p, words, duals } = frame::decode(MODEL_FILE, bytes)?;
    let (Ok(rows), Ok(columns)) = (usize::try_from(p), usize::try_from(n)) else {
        return Err(CodecError::Dimensions { n, p });
    };
    let patterns = PatternSet::from_words(columns, rows, words)?;
    Ok(KlrModel::from_duals(patterns, Kernel::rbf(gamma)?, duals)?)
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
