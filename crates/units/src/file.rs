//! Whole files in, whole files out: nothing is ever half-written.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Why a file could not be read or written; the message names the path.
#[derive(Debug, thiserror::Error)]
#[error("{}: failed to {action}: {source}", crate::text::path(path))]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// `read` or `write`.
    pub action: &'static str,
    /// What the operating system said.
    pub source: std::io::Error,
}

/// The whole content of `path`.
///
/// # Errors
/// [`FileError`] if the file cannot be opened or read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|source| FileError { path: path.to_owned(), action: "read", source })
}

/// Writes `bytes` to a temporary file beside `path`, then renames it over `path`: a reader sees the old content or the
/// new one, never a part.
///
/// # Errors
/// [`FileError`] if the folder is missing or not writable, or the disk is full; `path` is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let fail = |source| FileError { path: path.to_owned(), action: "write", source };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".klr-");
    // A result is meant to be shared: give it the mode any other new file has, before the umask.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

/// Creates `folder` if need be and makes sure that files can be written there, before any work is done.
///
/// # Errors
/// [`FileError`] naming the folder, or the file that could not be written into it.
pub fn prepare(folder: &Path) -> Result<(), FileError> {
    let fail = |path: &Path, action| {
        let path = path.to_owned();
        move |source| FileError { path, action, source }
    };
    std::fs::create_dir_all(folder).map_err(fail(folder, "create"))?;
    let probe = folder.join(".klr-probe");
    write_atomically(&probe, b"")?;
    std::fs::remove_file(&probe).map_err(fail(&probe, "write"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_whole_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_atomically(&path, b"one, long").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap(), b"two", "the second content, whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn the_error_names_the_path() {
        let message = write_atomically(Path::new("/nowhere/at/all"), b"").unwrap_err().to_string();
        assert!(message.starts_with("/nowhere/at/all: failed to write: "), "got {message}");
    }
}
