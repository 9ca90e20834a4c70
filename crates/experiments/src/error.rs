//! What can go wrong, from the caller's side: every message names the file or the key.

use klr_energy::TableError;
use klr_image::codec::ImageFileError;
use klr_image::reference::CueSizeError;
use klr_model::PatternError;
use klr_model::TrainError;
use klr_model::npy::NpyError;
use klr_quantize::QuantizeError;
use klr_units::file::FileError;

/// A request that cannot be met. The program ends with exit code 2 and this one message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in a plan.
    #[error("{0}")]
    Plan(String),
    /// A pattern or cue file.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// Patterns that cannot be stored.
    #[error("{origin}: {source}")]
    Patterns {
        /// The file, or the keys of the plan.
        origin: String,
        /// What is wrong.
        source: PatternError,
    },
    /// Training could not start.
    #[error("model.{0}")]
    Train(TrainError),
    /// The model has no image.
    #[error(transparent)]
    Quantize(#[from] QuantizeError),
    /// A cue of another size.
    #[error(transparent)]
    Cue(#[from] CueSizeError),
    /// A price table.
    #[error(transparent)]
    Prices(#[from] TableError),
    /// An image file.
    #[error(transparent)]
    Image(#[from] ImageFileError),
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A kernel that training finds to have no words is refused as the quantizer would refuse it.
impl From<TrainError> for Error {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Words(source) => Self::Quantize(source.into()),
            other => Self::Train(other),
        }
    }
}
