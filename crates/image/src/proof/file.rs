//! Certificates as bytes; `docs/image-format.md` draws the layout.

use super::Certificates;
use klr_units::file::{self, FileError};
use klr_units::frame::{self, FileKind, FrameError};
use std::path::{Path, PathBuf};

/// The frame of a file of certificates.
pub const KIND: FileKind = FileKind { magic: *b"KLRPROOF", oldest: 1, version: 1, name: "certificates" };

/// Why there are no certificates to be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum ProofFileError {
    /// The frame is wrong, or the payload.
    #[error("{}: {error}", klr_units::text::path(path))]
    Frame {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: FrameError,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The bytes of `certificates`.
///
/// # Errors
/// [`FrameError`] if they cannot be encoded.
pub fn encode(certificates: &Certificates) -> Result<Vec<u8>, FrameError> {
    frame::encode(KIND, certificates)
}

/// The certificates in `bytes`, which nobody has checked yet.
///
/// # Errors
/// [`FrameError`] for a wrong frame or payload.
pub fn decode(bytes: &[u8]) -> Result<Certificates, FrameError> {
    frame::decode(KIND, bytes)
}

/// Reads the certificates in `path`, which nobody has checked yet.
///
/// # Errors
/// [`ProofFileError`], which names the file.
pub fn load(path: &Path) -> Result<Certificates, ProofFileError> {
    let bytes = file::read(path)?;
    decode(&bytes).map_err(|error| ProofFileError::Frame { path: path.to_owned(), error })
}

/// Where the certificates of the image in `image` stand: beside it, `image.klr` and `image.certificates`.
#[must_use]
pub fn beside(image: &Path) -> PathBuf {
    image.with_extension("certificates")
}
