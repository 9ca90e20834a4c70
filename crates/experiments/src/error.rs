//! What can go wrong, from the caller's side. With [`crate::plan::locate`] every message names the file or the key.

use crate::plan::{CoreError, PlanError, SoundOnly};
use klr_analysis::flow::FlowError;
use klr_analysis::sequence::SequenceError;
use klr_crossbar::{CrossbarError, CrossbarPreset};
use klr_energy::TableError;
use klr_image::CopiesDiffer;
use klr_image::codec::ImageFileError;
use klr_image::geometry::MAX_NEURONS;
use klr_image::reference::CueSizeError;
use klr_model::Kernel;
use klr_model::codec::ModelFileError;
use klr_model::cue::CueError;
use klr_model::generate::GenerateError;
use klr_model::kernel::KernelError;
use klr_model::model::ModelError;
use klr_model::npy::NpyError;
use klr_model::tune::TuneError;
use klr_model::{PatternError, TrainError};
use klr_quantize::QuantizeError;
use klr_units::file::FileError;
use klr_units::folder::FolderError;
use std::path::PathBuf;

/// A request that cannot be met.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in a plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Faults that what is asked for would leave out.
    #[error(transparent)]
    SoundOnly(#[from] SoundOnly),
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
    /// Patterns of more neurons than a core has.
    #[error("{origin}: {found} neurons; a core has at most {MAX_NEURONS}")]
    TooManyNeurons {
        /// The file.
        origin: String,
        /// Neurons found.
        found: usize,
    },
    /// Patterns that cannot be drawn.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A kernel that does not fit the patterns.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// Cues that cannot be made of the patterns.
    #[error(transparent)]
    CueKind(#[from] CueError),
    /// Targets that are not one per cue.
    #[error("{}: {found} targets; there are {cues} cues, and each has one", klr_units::text::path(path))]
    TargetCount {
        /// The file of targets.
        path: PathBuf,
        /// Targets found.
        found: usize,
        /// Cues.
        cues: usize,
    },
    /// A target that is no row of the patterns.
    #[error(
        "{}: entry {entry} is {found}; allowed are 0 to {last}, the rows of the patterns",
        klr_units::text::path(path)
    )]
    Target {
        /// The file of targets.
        path: PathBuf,
        /// The entry, from 0.
        entry: usize,
        /// The value found.
        found: i128,
        /// The last row of the patterns.
        last: usize,
    },
    /// A cue that the plan does not have.
    #[error("cue {index}: the plan has the cues 0 to {last}")]
    NoCue {
        /// The cue asked for.
        index: usize,
        /// The last there is.
        last: usize,
    },
    /// Dual variables of other patterns.
    #[error("{}: {} x {} dual variables do not fit {} patterns of {} neurons", klr_units::text::path(path), found.0, found.1,
        expected.0, expected.1)]
    Duals {
        /// The file.
        path: PathBuf,
        /// P and N of the dual variables.
        found: (usize, usize),
        /// P and N of the patterns.
        expected: (usize, usize),
    },
    /// Dual variables that make no model.
    #[error("{}: {source}", klr_units::text::path(path))]
    DualValues {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ModelError,
    },
    /// A saved model that cannot be read.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// A saved model of other sizes.
    #[error("{}: a model of {} patterns of {} neurons; the plan has {} of {}", klr_units::text::path(path), found.0, found.1,
        expected.0, expected.1)]
    SavedSize {
        /// The file.
        path: PathBuf,
        /// P and N of the model.
        found: (usize, usize),
        /// P and N of the plan.
        expected: (usize, usize),
    },
    /// A saved model of other patterns.
    #[error("{}: a model of other patterns: the plan has another in row {row}", klr_units::text::path(path))]
    SavedPatterns {
        /// The file.
        path: PathBuf,
        /// The first row that differs.
        row: usize,
    },
    /// A saved model with another kernel.
    #[error("{}: a model with the kernel {found}; the plan has {expected}", klr_units::text::path(path))]
    SavedKernel {
        /// The file.
        path: PathBuf,
        /// The kernel of the model.
        found: Kernel,
        /// That of the plan, in words.
        expected: String,
    },
    /// Training could not start.
    #[error(transparent)]
    Train(TrainError),
    /// No gamma could be chosen.
    #[error(transparent)]
    Gamma(TuneError),
    /// The model has no image.
    #[error(transparent)]
    Quantize(#[from] QuantizeError),
    /// Stuck bits in patterns that are stored twice.
    #[error(transparent)]
    Copies(#[from] CopiesDiffer),
    /// No core is as it should be.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// More neurons than a crossbar core of the plan has room for.
    #[error("{} has room for 1 to {} neurons, the patterns have {n}", core.name(), core.config().most_neurons())]
    CrossbarRoom {
        /// The core.
        core: CrossbarPreset,
        /// Neurons of the patterns.
        n: u32,
    },
    /// A network that no crossbar core can run.
    #[error(transparent)]
    Crossbar(#[from] CrossbarError),
    /// A cue of another size.
    #[error(transparent)]
    Cue(#[from] CueSizeError),
    /// A retrieval in continuous time that cannot be.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// Patterns that make no sequence.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
    /// A price table.
    #[error(transparent)]
    Prices(#[from] TableError),
    /// An image that cannot be written.
    #[error(transparent)]
    Image(#[from] ImageFileError),
    /// A folder that cannot take the files of a run.
    #[error(transparent)]
    Folder(#[from] FolderError),
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

impl From<TuneError> for Error {
    fn from(error: TuneError) -> Self {
        match error {
            TuneError::Words(source) => Self::Quantize(source.into()),
            other => Self::Gamma(other),
        }
    }
}
