//! Whole files in, whole files out: nothing is ever half-written.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How the names of files begin that are being written: this, and six letters or digits.
const TEMPORARY: &str = ".klr-";

/// How often a file is written again whose temporary name somebody has cleared away.
const TRIALS: u32 = 3;

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

impl FileError {
    /// Makes an error of what the operating system says to `action` on `path`.
    pub(crate) fn of(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self { path, action, source }
    }
}

/// The whole content of `path`.
///
/// # Errors
/// [`FileError`] if the file cannot be opened or read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(FileError::of(path, "read"))
}

/// Writes `bytes` to a temporary file beside `path`, then renames it over `path`: a reader sees the old content or the
/// new one, never a part.
///
/// # Errors
/// [`FileError`] if the folder is missing or not writable, or the disk is full; `path` is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let fail = || FileError::of(path, "write");
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut trial = 1;
    loop {
        let mut file = temporary(folder).map_err(fail())?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(fail())?;
        match file.persist(path) {
            Ok(_) => return Ok(()),
            // Between its creation and its lock, the file looked like one that a killed run has left.
            Err(e) if e.error.kind() == std::io::ErrorKind::NotFound && trial < TRIALS => trial += 1,
            Err(e) => return Err(fail()(e.error)),
        }
    }
}

/// A new file in `folder` under a name of its own, which goes unless it is renamed. Its lock says that it is in use.
fn temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    // A result is meant to be shared: give it the mode any other new file has, before the umask.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    // Where there are no locks, nobody can hold one, and nothing is cleared away.
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// Creates `folder` if need be and makes sure that files can be written there, before any work is done. What killed
/// runs left there is removed.
///
/// # Errors
/// [`FileError`] naming the folder, or the file that could not be written into it.
pub fn prepare(folder: &Path) -> Result<(), FileError> {
    std::fs::create_dir_all(folder).map_err(FileError::of(folder, "create"))?;
    remove_leftovers(folder);
    temporary(folder).map(drop).map_err(FileError::of(folder, "write into"))
}

/// Removes the temporary files of runs that were killed from `folder`: those that nobody has locked. What cannot be
/// removed is in nobody's way.
pub(crate) fn remove_leftovers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY));
        let is_ours = random.is_some_and(|r| r.len() == 6 && r.bytes().all(|b| b.is_ascii_alphanumeric()));
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let unused = File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
            if unused {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
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
    fn what_a_killed_run_left_goes_and_what_is_in_use_or_somebody_elses_stays() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| std::fs::write(folder.path().join(name), b"half").unwrap();
        [".klr-a1B2c3", ".klr-notes", ".klr-toolong", "mine"].iter().for_each(|name| put(name));
        let used = temporary(folder.path()).unwrap();
        prepare(folder.path()).unwrap();
        let mut found: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut expected = vec![".klr-notes".to_owned(), ".klr-toolong".to_owned(), "mine".to_owned()];
        expected.push(used.path().file_name().unwrap().to_str().unwrap().to_owned());
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "the one leftover is gone");
    }

    #[test]
    fn the_error_names_the_path() {
        let message = write_atomically(Path::new("/nowhere/at/all"), b"").unwrap_err().to_string();
        assert!(message.starts_with("/nowhere/at/all: failed to write: "), "got {message}");
    }
}
