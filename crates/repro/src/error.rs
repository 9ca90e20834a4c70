//! What can go wrong, from the caller's side: every message names the file, the row or the unit of work.

use klr_figure::DrawError;
use klr_units::file::FileError;
use klr_units::folder::FolderError;

/// A request that cannot be met.
#[derive(Debug, thiserror::Error)]
pub enum ReproError {
    /// A row that does not exist, or a unit of work that the mathematics refuses.
    #[error("{0}")]
    Reproduction(String),
    /// A stored result that is not what was written.
    #[error(
        "{}: a damaged result: {reason}; delete it to have it computed again",
        klr_units::text::path(path)
    )]
    Damaged {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A table whose rows were to be kept, and that this program did not write.
    #[error(
        "{}: a table whose rows cannot be kept: {reason}; write to another folder, or leave `--keep` out",
        klr_units::text::path(path)
    )]
    Table {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Rows that were to hold.
    #[error("{} not hold: row {}", if .0.len() == 1 { "one row does" } else { "some rows do" }, list(.0))]
    Rows(Vec<u8>),
    /// A figure that cannot be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// A folder that cannot take the files of a run.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

fn list(rows: &[u8]) -> String {
    rows.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}
