//! Why a sweep cannot be, or cannot go on.

use klr_experiments::plan::{Place, PlanError};
use klr_units::file::FileError;
use klr_units::text;
use std::path::PathBuf;

/// A request that cannot be met. What is wrong with one point alone is no error: it is a row.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The plan that all points have in common.
    #[error(transparent)]
    Plan(Box<PlanError>),
    /// The plan, or a file that it names.
    #[error(transparent)]
    Experiment(Box<klr_experiments::Error>),
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A value of `[sweep]` that is none of those allowed.
    #[error("{place}: sweep.{key} is {found}; {allowed}")]
    Value {
        /// Where it stands.
        place: Place,
        /// The key, as it stands in the table.
        key: String,
        /// What was found.
        found: String,
        /// What is allowed, as a sentence.
        allowed: String,
    },
    /// Lists of different lengths that are to be read side by side.
    #[error(
        "{place}: sweep.{key} has {found} values, and sweep.{first} has {expected}; with mode = \"zip\" all have as many"
    )]
    Lengths {
        /// Where the shorter or longer one stands.
        place: Place,
        /// Its key.
        key: String,
        /// Its values.
        found: usize,
        /// The key it is read beside.
        first: String,
        /// The values of that.
        expected: usize,
    },
    /// Nothing that is swept.
    #[error("{0}: [sweep] names no key of the plan, and no file of points")]
    Nothing(String),
    /// More points than anybody waits for.
    #[error("{file}: {found} points; allowed are {most}")]
    TooMany {
        /// The file.
        file: String,
        /// Points found, as far as they were counted.
        found: u64,
        /// The most there may be.
        most: u64,
    },
    /// A file of points that cannot be read as one.
    #[error("{}:{line}: {reason}", text::path(path))]
    Points {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong, and what is expected.
        reason: String,
    },
    /// A key that is swept and set as well.
    #[error("--set: {key} is swept ({place}): leave one of the two out")]
    SetAndSwept {
        /// The key.
        key: String,
        /// Where it is swept.
        place: Place,
    },
    /// A share of the points that cannot be.
    #[error("--shard {0}: allowed is K/N, with K from 1 to N and N at most 65,536")]
    Shard(String),
    /// A folder that holds points of another sweep.
    #[error("{}: {what} is {there} in this folder and {here} now; choose another folder", text::path(path))]
    Differs {
        /// The file that says what the folder holds.
        path: PathBuf,
        /// The key, or what else differs.
        what: String,
        /// Its value there.
        there: String,
        /// Its value now.
        here: String,
    },
    /// A folder that says nothing of what it holds.
    #[error("{}: not the description of a sweep: {reason}", text::path(path))]
    Description {
        /// The file that should say it.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A folder without a sweep.
    #[error("{}: no sweep was run into this folder", text::path(.0))]
    NoSweep(PathBuf),
    /// Points that nobody has run.
    #[error(
        "{missing} of {points} points are in none of the folders, the first of them {first}: run them, then merge"
    )]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        points: usize,
        /// The first of them, in words.
        first: String,
    },
    /// A table that cannot be written as Parquet.
    #[error("sweep.parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A table that cannot be written as comma-separated values.
    #[error("sweep.csv: {0}")]
    Csv(#[from] csv::Error),
}

impl From<PlanError> for SweepError {
    fn from(error: PlanError) -> Self {
        Self::Plan(Box::new(error))
    }
}

impl From<klr_experiments::Error> for SweepError {
    fn from(error: klr_experiments::Error) -> Self {
        Self::Experiment(Box::new(error))
    }
}
