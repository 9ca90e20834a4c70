//! Why a retrieval has no files.

use klr_image::reference::CueSizeError;

/// A retrieval that cannot be traced.
#[derive(Debug, thiserror::Error)]
pub enum WaveError {
    /// A cue of another size than the image.
    #[error(transparent)]
    Cue(#[from] CueSizeError),
    /// The writer of waveforms refuses a value, which would be a bug of either.
    #[error("fst: failed to write: {0}")]
    Waveform(String),
}
