//! What can go wrong on the command line: every message names the file, the key or the option.

use klr_analysis::AnalysisError;
use klr_energy::TableError;
use klr_experiments::plan::{PlanError, PlanSource, locate};
use klr_figure::DrawError;
use klr_image::codec::ImageFileError;
use klr_image::proof::file::ProofFileError;
use klr_model::codec::ModelFileError;
use klr_rtl::{ModelError, NotInRtl};
use klr_units::file::FileError;
use klr_units::folder::FolderError;
use klr_waves::WaveError;
use std::io;
use std::path::PathBuf;

/// A request that cannot be met. The program ends with exit code 2 and this one message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A setting of a plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A plan, or what it asks for.
    #[error(transparent)]
    Experiment(#[from] klr_experiments::Error),
    /// A sweep.
    #[error(transparent)]
    Sweep(Box<klr_sweep::SweepError>),
    /// A request of `klr repro`.
    #[error(transparent)]
    Reproduction(#[from] klr_repro::ReproError),
    /// A trace.
    #[error(transparent)]
    Wave(#[from] WaveError),
    /// The core in SystemVerilog could not be built, or did not answer.
    #[error(transparent)]
    Rtl(#[from] ModelError),
    /// Figures from gates.
    #[error(transparent)]
    Gates(#[from] klr_rtl::gates::GatesError),
    /// A core that there is no RTL of.
    #[error("the RTL of this core: {0}")]
    NotInRtl(NotInRtl),
    /// A price table.
    #[error(transparent)]
    Prices(#[from] TableError),
    /// A model file.
    #[error(transparent)]
    Model(#[from] ModelFileError),
    /// An image file.
    #[error(transparent)]
    Image(#[from] ImageFileError),
    /// A file of certificates.
    #[error(transparent)]
    Proof(#[from] ProofFileError),
    /// A folder that cannot take the files of a run.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A figure that cannot be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An analysis that this memory does not allow.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// An analysis that has to train memories of its own, of a plan that trains none.
    #[error(
        "{0}: it has to train memories of some of the patterns, and model.training of this plan trains none"
    )]
    CannotTrain(&'static str),
    /// A path that a plan, which is text, cannot hold.
    #[error("{option} {}: a path in a plan has to be valid UTF-8", klr_units::text::path(path))]
    Path {
        /// The option it was given with.
        option: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// A golden trace that cannot be compared with.
    #[error("{}: {source}", klr_units::text::path(path))]
    Golden {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: klr_sim::trace::GoldenError,
    },
    /// A file that is not text.
    #[error("{}: not a text file", klr_units::text::path(.0))]
    NotText(PathBuf),
    /// A file that nothing of its kind is as large as.
    #[error("{}: more than {limit} bytes, which no {what} has", klr_units::text::path(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// The most that is read.
        limit: u64,
    },
    /// A format or a comparison beside what standard output can carry.
    #[error(
        "--out -: standard output gets the text trace and nothing else; name a folder for other formats and for --check"
    )]
    OnlyText,
    /// `KLR_LOG` does not say which messages to log.
    #[error("KLR_LOG is \"{0}\"; allowed are filters such as info, or klr_model=debug,klr_sim=trace")]
    Log(String),
    /// Standard output does not take the result.
    #[error("standard output: failed to write: {0}")]
    Output(io::Error),
}

impl From<klr_sweep::SweepError> for CliError {
    fn from(error: klr_sweep::SweepError) -> Self {
        Self::Sweep(Box::new(error))
    }
}

impl CliError {
    /// With the key of `source` that it is about, if it is about one, and where that was written.
    pub(crate) fn located(self, source: &PlanSource) -> Self {
        match self {
            Self::Experiment(error) => Self::Experiment(locate(source, error)),
            other => other,
        }
    }
}
