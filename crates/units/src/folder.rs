//! The files of a run in a folder: whoever looks there finds one whole run, the earlier or the new, whenever the
//! program ends.
//!
//! Several files cannot be renamed at once, but one symbolic link can be turned. So that all names change in one
//! moment, [`RunFolder::commit`]
//!
//! 1. writes the new files to `.klr-run/new`, and syncs them;
//! 2. gives the earlier files second names in `.klr-run/old`, and lets `.klr-run/now` lead to `old`;
//! 3. turns each name of the folder into a link through `.klr-run/now`: every one still reads as it did;
//! 4. turns `.klr-run/now` to `new`: the whole folder reads as the new run;
//! 5. renames each new file over its link, and removes `.klr-run`.
//!
//! A run that is killed in step 3 leaves the earlier run behind links, in step 5 the new one; the next run undoes the
//! former, finishes the latter, and clears away what is left. Where a file system has no links, the files are renamed
//! one after another, the last one staged last, and a list of what is to be done lets the next run finish it.
//!
//! Which files are klr's, and of which run, is recorded in [`RECORD`]. No other file is replaced or removed.

mod record;

pub use record::{Earlier, RECORD, RecordError};

use crate::file::{self, FileError};
use crate::run::{Digest, RunId};
use record::{RunRecord, StagedFile, is_plain};
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What is being written, and what it replaces.
const WORK: &str = ".klr-run";
const NEW: &str = "new";
const OLD: &str = "old";
/// Leads to `new` or `old`; a list of names, where there are no links.
const NOW: &str = "now";
/// What becomes `now`, or a name of the folder, by a rename.
const NEXT: &str = "next";
/// Locked where a folder itself cannot be.
const LOCK: &str = ".klr-lock";

/// Why the files of a run could not be written; the message names the folder or the file.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system refuses.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody else is about to write there.
    #[error("{}: another run of klr is writing into this folder; let it end, or choose another folder",
        crate::text::path(.0))]
    Busy(PathBuf),
    /// A file that klr did not write.
    #[error(
        "{}: it is in the way, and {RECORD} does not know it as a file of an earlier run: move it, or choose another \
         folder", crate::text::path(.0)
    )]
    Foreign(PathBuf),
    /// A record that is not one, or cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// A folder that this process alone writes a run into.
#[derive(Debug)]
pub struct RunFolder {
    folder: PathBuf,
    /// Whether it was made for this run, and goes again if nothing comes of it.
    created: bool,
    /// The files of the run, in order.
    staged: Vec<StagedFile>,
    /// Held until the run ends; the system releases it however that happens.
    _lock: File,
}

impl RunFolder {
    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Takes `folder` for a run, before any work is done: creates it if need be, locks it, finishes or undoes what a
    /// killed run left, and makes sure that files can be written there.
    ///
    /// # Errors
    /// [`FolderError`] if another process holds the folder, or it cannot be created, locked or written into.
    pub fn open(folder: &Path) -> Result<Self, FolderError> {
        let created = !folder.exists();
        std::fs::create_dir_all(folder).map_err(FileError::of(folder, "create"))?;
        let lock = lock(folder)?;
        recover(folder)?;
        file::remove_leftovers(folder);
        let new = folder.join(WORK).join(NEW);
        let opened = Self { folder: folder.to_owned(), created, staged: Vec::new(), _lock: lock };
        std::fs::create_dir_all(&new).map_err(FileError::of(folder, "write into"))?;
        Ok(opened)
    }

    /// Writes a file of the run beside the earlier one.
    ///
    /// # Errors
    /// [`FolderError::File`] if the disk is full, or another reason not to write it.
    pub fn stage(&mut self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.write(name, bytes)?;
        self.staged.push(StagedFile { name: name.to_owned(), digest: Some(Digest::of(bytes)), run: None });
        Ok(())
    }

    /// Lets an earlier file stay, as a file of the run that the record says it is of; where there is no record of it, of
    /// `otherwise`.
    ///
    /// # Errors
    /// [`FolderError`] if it is not there, or the disk is full.
    pub fn keep(&mut self, name: &str, otherwise: &RunId) -> Result<(), FolderError> {
        let bytes = file::read(&self.folder.join(name))?;
        self.write(name, &bytes)?;
        let recorded = RunRecord::read(&self.folder)?.and_then(|record| record.run_of(name).cloned());
        let run = Some(recorded.unwrap_or_else(|| otherwise.clone()));
        self.staged.push(StagedFile { name: name.to_owned(), digest: Some(Digest::of(&bytes)), run });
        Ok(())
    }

    /// As [`Self::stage`], for a file that differs between two runs of the same plan: it is recorded without a digest.
    ///
    /// # Errors
    /// As [`Self::stage`].
    pub fn stage_varying(&mut self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.write(name, bytes)?;
        self.staged.push(StagedFile { name: name.to_owned(), digest: None, run: None });
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.new_file(name);
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        // The name it is to have says more than the one it has until then.
        written.map_err(FileError::of(&self.folder.join(name), "write"))
    }

    fn new_file(&self, name: &str) -> PathBuf {
        self.folder.join(WORK).join(NEW).join(name)
    }

    /// Makes the staged files those of `command` in this folder, all at once. Its files of another run go, and so do
    /// the traces of one; of this run too, if `earlier` says so.
    ///
    /// # Errors
    /// [`FolderError`] if a file that is not klr's is in the way, or the disk is full; the folder is then as it was.
    pub fn commit(mut self, command: &str, run: &RunId, earlier: Earlier) -> Result<(), FolderError> {
        let recorded = RunRecord::read(&self.folder)?;
        let is_unrecorded = recorded.is_none() && record::has_report(&self.folder);
        let mut record = recorded.unwrap_or_default();
        self.keep_foreign(|name| is_unrecorded || record.run_of(name).is_some())?;
        let mut gone = record.leave(command, run, earlier);
        record.enter(&self.staged, command, run);
        self.write(RECORD, record.to_text().as_bytes())?;
        // What says what came out is staged last, and renamed last.
        let mut names: Vec<String> = self.staged.iter().map(|file| file.name.clone()).collect();
        names.insert(0, RECORD.to_owned());
        gone.retain(|name| !names.contains(name) && is_file(&self.folder.join(name)));
        sync(&self.folder.join(WORK).join(NEW));
        Ok(replace(&self.folder, &names, &gone)?)
    }

    /// That no staged file would replace one that is not klr's. One that is there already, byte for byte, stays as it
    /// is, and stays its owner's.
    fn keep_foreign(&mut self, is_owned: impl Fn(&str) -> bool) -> Result<(), FolderError> {
        let mut kept = Vec::new();
        for StagedFile { name, .. } in &self.staged {
            let path = self.folder.join(name);
            let is_free = path.symlink_metadata().is_err() || (is_owned(name) && is_file(&path));
            if is_free {
                continue;
            }
            if !path.is_file() || file::read(&path)? != file::read(&self.new_file(name))? {
                return Err(FolderError::Foreign(path));
            }
            kept.push(name.clone());
        }
        for name in &kept {
            std::fs::remove_file(self.new_file(name)).map_err(FileError::of(&self.folder, "write into"))?;
        }
        self.staged.retain(|file| !kept.contains(&file.name));
        Ok(())
    }
}

/// Nothing is left of a run that did not come to its end.
impl Drop for RunFolder {
    fn drop(&mut self) {
        // A failure leaves what the next run clears away.
        let _ = recover(&self.folder);
        if self.created {
            // Refused by the system if there is a file in it.
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

/// The lock of `folder`: of the folder itself, or where the file system has no such thing, of a file in it.
fn lock(folder: &Path) -> Result<File, FolderError> {
    let busy = || FolderError::Busy(folder.to_owned());
    if let Ok(opened) = File::open(folder) {
        match opened.try_lock() {
            Ok(()) => return Ok(opened),
            Err(TryLockError::WouldBlock) => return Err(busy()),
            Err(TryLockError::Error(_)) => {}
        }
    }
    let path = folder.join(LOCK);
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let opened = opened.map_err(FileError::of(folder, "write into"))?;
    match opened.try_lock() {
        Ok(()) => Ok(opened),
        Err(TryLockError::WouldBlock) => Err(busy()),
        Err(TryLockError::Error(source)) => Err(FileError::of(folder, "lock")(source).into()),
    }
}

/// Whether there is a file or a link at `path`; a folder is never replaced.
fn is_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| !found.is_dir())
}

/// Puts the files `names` of `.klr-run/new` into `folder`, and takes away `gone`.
fn replace(folder: &Path, names: &[String], gone: &[String]) -> Result<(), FileError> {
    match turn(folder, names, gone) {
        Ok(()) => {}
        Err(Hindrance::NoLinks) => {
            undo(folder)?;
            list(folder, names, gone)?;
        }
        Err(Hindrance::File(error)) => {
            undo(folder)?;
            return Err(error);
        }
    }
    sync(folder);
    recover(folder)
}

/// Why links could not be turned.
enum Hindrance {
    /// The file system has none.
    NoLinks,
    File(FileError),
}

/// Steps 2 to 4: every name leads through `.klr-run/now`, which then turns to the new files.
fn turn(folder: &Path, names: &[String], gone: &[String]) -> Result<(), Hindrance> {
    let work = folder.join(WORK);
    let (old, next, now) = (work.join(OLD), work.join(NEXT), work.join(NOW));
    let fail = |name: &str| FileError::of(&folder.join(name), "replace");
    std::fs::create_dir(&old).map_err(|e| Hindrance::of(e, fail(".")))?;
    let is_there = |name: &&String| is_file(&folder.join(name));
    for name in names.iter().chain(gone).filter(is_there) {
        std::fs::hard_link(folder.join(name), old.join(name)).map_err(|e| Hindrance::of(e, fail(name)))?;
    }
    link(OLD, &now).map_err(|e| Hindrance::of(e, fail(".")))?;
    sync(&work);
    // Names of the new run alone come last, and are the first to lead somewhere.
    let (earlier, fresh): (Vec<_>, Vec<_>) = names.iter().chain(gone).partition(is_there);
    for name in earlier.into_iter().chain(fresh) {
        let target = Path::new(WORK).join(NOW).join(name);
        let linked = link(&target, &next).and_then(|()| std::fs::rename(&next, folder.join(name)));
        linked.map_err(|e| Hindrance::of(e, fail(name)))?;
    }
    sync(folder);
    let turned = link(NEW, &next).and_then(|()| std::fs::rename(&next, &now));
    turned.map_err(|e| Hindrance::of(e, fail(".")))?;
    sync(&work);
    Ok(())
}

impl Hindrance {
    fn of(source: std::io::Error, fail: impl FnOnce(std::io::Error) -> FileError) -> Self {
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::File(fail(source))
            }
            // File systems say in many ways that they have no links.
            _ => Self::NoLinks,
        }
    }
}

#[cfg(unix)]
fn link(target: impl AsRef<Path>, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

/// Elsewhere links take rights that a user may not have.
#[cfg(not(unix))]
fn link(_: impl AsRef<Path>, _: &Path) -> std::io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Takes the links of [`turn`] back, and keeps the new files.
fn undo(folder: &Path) -> Result<(), FileError> {
    let work = folder.join(WORK);
    resolve_links(folder, OLD)?;
    for name in [NOW, NEXT] {
        let path = work.join(name);
        if is_file(&path) {
            std::fs::remove_file(&path).map_err(FileError::of(&path, "remove"))?;
        }
    }
    let old = work.join(OLD);
    if old.exists() {
        std::fs::remove_dir_all(&old).map_err(FileError::of(&old, "remove"))?;
    }
    Ok(())
}

/// Writes down what is to be renamed and removed, for file systems without links.
fn list(folder: &Path, names: &[String], gone: &[String]) -> Result<(), FileError> {
    let work = folder.join(WORK);
    let text = serde_json::to_vec(&(names, gone)).expect("names are texts");
    let fail = || FileError::of(folder, "write into");
    let next = work.join(NEXT);
    File::create(&next)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .map_err(fail())?;
    std::fs::rename(&next, work.join(NOW)).map_err(fail())
}

/// Brings a folder that a run has been writing into to the state of one whole run, and clears away what is left:
/// step 5, or back before step 2.
fn recover(folder: &Path) -> Result<(), FileError> {
    let work = folder.join(WORK);
    let now = work.join(NOW);
    if let Ok(side) = std::fs::read_link(&now) {
        resolve_links(folder, if side == Path::new(NEW) { NEW } else { OLD })?;
    } else if let Ok(text) = std::fs::read(&now) {
        // A list is renamed into place, so there is none that is torn.
        let (names, gone): (Vec<String>, Vec<String>) = serde_json::from_slice(&text).unwrap_or_default();
        for name in names.iter().filter(|name| is_plain(name) && is_file(&work.join(NEW).join(name))) {
            let path = folder.join(name);
            std::fs::rename(work.join(NEW).join(name), &path).map_err(FileError::of(&path, "replace"))?;
        }
        for path in gone.iter().filter(|name| is_plain(name)).map(|name| folder.join(name)) {
            if is_file(&path) {
                std::fs::remove_file(&path).map_err(FileError::of(&path, "remove"))?;
            }
        }
    }
    sync(folder);
    if is_file(&now) {
        std::fs::remove_file(&now).map_err(FileError::of(&now, "remove"))?;
    }
    if work.is_dir() {
        std::fs::remove_dir_all(&work).map_err(FileError::of(&work, "remove"))?;
    }
    Ok(())
}

/// Replaces every name of `folder` that leads through `.klr-run/now` by its file on one side, or by nothing where that
/// side has none.
fn resolve_links(folder: &Path, side: &str) -> Result<(), FileError> {
    let files = folder.join(WORK).join(side);
    let through = Path::new(WORK).join(NOW);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(FileError::of(folder, "read"))?.flatten() {
        let leads = std::fs::read_link(entry.path()).is_ok_and(|target| target.starts_with(&through));
        if leads {
            names.push(entry.file_name());
        }
    }
    // First what leads nowhere: a name without a file is the one thing that could be noticed.
    names.sort_by_key(|name| is_file(&files.join(name)));
    for name in names {
        let (path, whole) = (folder.join(&name), files.join(&name));
        if is_file(&whole) {
            std::fs::rename(&whole, &path).map_err(FileError::of(&path, "replace"))?;
        } else {
            std::fs::remove_file(&path).map_err(FileError::of(&path, "remove"))?;
        }
    }
    Ok(())
}

/// Makes the names in `folder` outlast a loss of power, where the system can.
fn sync(folder: &Path) {
    if let Ok(opened) = File::open(folder) {
        // Not every file system does, and nothing follows from it while the power lasts.
        let _ = opened.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::record::TRACE;
    use super::*;

    fn run(name: &str) -> RunId {
        RunId::new(Digest::of(name.as_bytes()), 1)
    }

    fn write(folder: &Path, command: &str, id: &RunId, files: &[(&str, &str)]) -> Result<(), FolderError> {
        let mut opened = RunFolder::open(folder)?;
        for (name, text) in files {
            opened.stage(name, text.as_bytes())?;
        }
        opened.commit(command, id, if command == TRACE { Earlier::Kept } else { Earlier::Removed })
    }

    /// What reads as a file in `folder`, by name, the record apart.
    fn files(folder: &Path) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.path().is_file() && entry.file_name() != RECORD)
            .map(|entry| {
                let text = std::fs::read_to_string(entry.path()).expect("a text");
                (entry.file_name().into_string().expect("a name"), text)
            })
            .collect();
        found.sort();
        found
    }

    fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    const FIRST: [(&str, &str); 3] = [("a", "1"), ("b", "1"), ("report.json", "1")];
    const SECOND: [(&str, &str); 3] = [("a", "2"), ("c", "2"), ("report.json", "2")];

    #[test]
    fn a_run_takes_the_place_of_an_earlier_one_and_of_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        std::fs::write(at.join("mine"), "mine").expect("written");
        std::fs::create_dir(at.join("sub")).expect("made");
        write(at, "sim", &run("1"), &FIRST).expect("written");
        write(at, "sim", &run("2"), &SECOND).expect("written");
        assert_eq!(files(at), owned(&[("a", "2"), ("c", "2"), ("mine", "mine"), ("report.json", "2")]));
        assert!(at.join("sub").is_dir() && !at.join(WORK).exists(), "nothing else is left");
        assert!(at.join("a").symlink_metadata().expect("a file").is_file(), "no link is left");
    }

    #[test]
    fn traces_of_another_run_go_and_those_of_the_same_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        write(at, "sim", &run("1"), &[("report.json", "1")]).expect("written");
        write(at, TRACE, &run("1"), &[("trace.0", "1")]).expect("written");
        write(at, TRACE, &run("1"), &[("trace.1", "1")]).expect("written");
        write(at, "analyse", &run("1"), &[("analysis.json", "1")]).expect("written");
        let all = [("analysis.json", "1"), ("report.json", "1"), ("trace.0", "1"), ("trace.1", "1")];
        assert_eq!(files(at), owned(&all), "all of one run");
        write(at, "sim", &run("2"), &[("report.json", "2")]).expect("written");
        let all = [("analysis.json", "1"), ("report.json", "2")];
        assert_eq!(files(at), owned(&all), "what another command found is a run of its own");
    }

    #[test]
    fn an_earlier_file_that_is_kept_stays_of_the_run_it_was_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let renew = |number: &str, keep: &str| {
            let mut opened = RunFolder::open(at).expect("free");
            opened.stage("report.json", number.as_bytes()).expect("written");
            opened.keep(keep, &run("unrecorded")).expect("it is there");
            opened.commit("repro", &run(number), Earlier::Removed).expect("written");
        };
        // A folder of before there was a record.
        std::fs::write(at.join("a"), "0").expect("written");
        std::fs::write(at.join("report.json"), "{ \"schema\": \"klr-0\" }").expect("written");
        renew("1", "a");
        write(at, "other", &run("x"), &[("b", "x")]).expect("written");
        renew("2", "a");
        assert_eq!(files(at), owned(&[("a", "0"), ("b", "x"), ("report.json", "2")]));
        let record = RunRecord::read(at).expect("a record").expect("it is there");
        let of = |name: &str| record.run_of(name).cloned();
        assert_eq!(of("a"), Some(run("unrecorded")), "said when it was kept first, and ever since");
        assert_eq!(of("report.json"), Some(run("2")));
        let mut opened = RunFolder::open(at).expect("free");
        assert!(opened.keep("none", &run("2")).expect_err("no such file").to_string().contains("none"));
    }

    #[test]
    fn what_klr_did_not_write_is_in_the_way_and_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        write(at, "sim", &run("1"), &FIRST).expect("written");
        std::fs::write(at.join("c"), "mine").expect("written");
        let error = write(at, "sim", &run("2"), &SECOND).expect_err("in the way").to_string();
        assert!(error.contains("/c: it is in the way"), "{error}");
        let expected = [("a", "1"), ("b", "1"), ("c", "mine"), ("report.json", "1")];
        assert_eq!(files(at), owned(&expected), "as it was");
        // The same bytes are in nobody's way, and stay somebody else's.
        std::fs::write(at.join("c"), "2").expect("written");
        write(at, "sim", &run("2"), &SECOND).expect("written");
        write(at, "sim", &run("1"), &FIRST).expect("written");
        assert_eq!(files(at), owned(&[("a", "1"), ("b", "1"), ("c", "2"), ("report.json", "1")]));
    }

    #[test]
    fn a_record_speaks_of_its_own_folder_only() {
        for name in ["../a", "/etc/a", "sub/a", "..", "", ".klr-run", "a/"] {
            let folder = tempfile::tempdir().expect("a folder");
            let record = serde_json::json!({ "schema": "klr-run-1", "runs": [
                { "command": "sim", "klr": "0", "plan": "0", "seed": 1, "files": { name: null } }
            ] });
            std::fs::write(folder.path().join(RECORD), record.to_string()).expect("written");
            let error = write(folder.path(), "sim", &run("1"), &FIRST).expect_err("refused").to_string();
            assert!(error.contains("is not a file of this folder"), "{name}: {error}");
        }
    }

    #[test]
    fn two_at_once_are_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = RunFolder::open(folder.path()).expect("free");
        let error = RunFolder::open(folder.path()).expect_err("held").to_string();
        let expected = format!("{}: another run of klr is writing into this folder", folder.path().display());
        assert!(error.starts_with(&expected), "{error}");
        drop(held);
        RunFolder::open(folder.path()).expect("free again");
    }

    #[test]
    fn nothing_is_left_of_a_run_that_comes_to_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().join("r");
        let mut opened = RunFolder::open(&at).expect("free");
        opened.stage("a", b"1").expect("written");
        drop(opened);
        assert!(!at.exists(), "the folder was made for it");
    }

    #[test]
    fn links_that_were_turned_half_way_are_taken_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        write(at, "sim", &run("1"), &FIRST).expect("written");
        std::fs::create_dir_all(at.join(WORK).join(NEW)).expect("made");
        std::fs::write(at.join(WORK).join(NEW).join("a"), "2").expect("written");
        // A folder that comes in the way after all have looked: no link takes its place.
        std::fs::create_dir(at.join("d")).expect("made");
        let turned = turn(at, &["a".to_owned(), "d".to_owned()], &[]);
        assert!(matches!(turned, Err(Hindrance::NoLinks)));
        assert!(at.join("a").symlink_metadata().expect("there").is_symlink(), "the first is a link by then");
        undo(at).expect("as it was");
        assert!(at.join("a").symlink_metadata().expect("there").is_file(), "a file again");
        assert_eq!(files(at), owned(&FIRST), "the earlier run");
        let left: Vec<_> = std::fs::read_dir(at.join(WORK)).expect("there").flatten().collect();
        assert_eq!(left.iter().map(std::fs::DirEntry::file_name).collect::<Vec<_>>(), [NEW], "the new files");
    }

    #[test]
    fn a_full_disk_is_told_and_a_file_system_without_links_is_got_by_with() {
        let of = |kind: ErrorKind| Hindrance::of(kind.into(), FileError::of(Path::new("a"), "replace"));
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            let Hindrance::File(error) = of(kind) else { panic!("{kind:?} is no matter of links") };
            assert_eq!((error.path.as_path(), error.source.kind()), (Path::new("a"), kind));
        }
        for kind in [ErrorKind::Unsupported, ErrorKind::PermissionDenied, ErrorKind::AlreadyExists] {
            assert!(matches!(of(kind), Hindrance::NoLinks), "{kind:?}");
        }
    }

    /// Every place at which a commit can be cut off, by cutting it at every step: the folder reads as one run, and the
    /// next opening leaves plain files of that run.
    #[test]
    fn a_folder_left_anywhere_reads_as_one_run_and_is_mended_by_the_next() {
        // The steps of `replace` one by one, on a copy of a folder with FIRST in it, up to `steps` of them.
        let cut = |steps: usize, linked: bool| {
            let folder = tempfile::tempdir().expect("a folder");
            let at = folder.path();
            write(at, "sim", &run("1"), &FIRST).expect("written");
            let (work, names) = (at.join(WORK), ["a", "b", "c", "report.json"]);
            std::fs::create_dir_all(work.join(NEW)).expect("made");
            SECOND
                .iter()
                .for_each(|(name, text)| std::fs::write(work.join(NEW).join(name), text).expect("written"));
            let mut todo: Vec<Box<dyn Fn()>> = Vec::new();
            if linked {
                todo.push(Box::new(|| std::fs::create_dir(work.join(OLD)).expect("made")));
                for name in ["a", "b", "report.json"] {
                    let (from, to) = (at.join(name), work.join(OLD).join(name));
                    todo.push(Box::new(move || std::fs::hard_link(&from, &to).expect("linked")));
                }
                todo.push(Box::new(|| link(OLD, &work.join(NOW)).expect("linked")));
                for name in names {
                    let (next, to) = (work.join(NEXT), at.join(name));
                    todo.push(Box::new(move || {
                        link(Path::new(WORK).join(NOW).join(name), &next).expect("linked");
                        std::fs::rename(&next, &to).expect("renamed");
                    }));
                }
                todo.push(Box::new(|| {
                    link(NEW, &work.join(NEXT)).expect("linked");
                    std::fs::rename(work.join(NEXT), work.join(NOW)).expect("renamed");
                }));
                todo.push(Box::new(|| {
                    std::fs::rename(work.join(NEW).join("a"), at.join("a")).expect("renamed")
                }));
                todo.push(Box::new(|| std::fs::remove_file(at.join("b")).expect("removed")));
            } else {
                let listed = SECOND.map(|file| file.0.to_owned());
                todo.push(Box::new(move || list(at, &listed, &["b".to_owned()]).expect("written")));
                todo.push(Box::new(|| {
                    std::fs::rename(work.join(NEW).join("a"), at.join("a")).expect("renamed")
                }));
            }
            let total = todo.len();
            todo.iter().take(steps).for_each(|step| step());
            let reads = files(at);
            RunFolder::open(at).expect("free");
            let mended = files(at);
            let plain = |name: &str| at.join(name).symlink_metadata().is_ok_and(|found| found.is_file());
            assert!(
                mended.iter().all(|file| plain(&file.0)) && !at.join(WORK).exists(),
                "after {steps} steps"
            );
            (reads, mended, total)
        };
        let (one, other) = (owned(&FIRST), owned(&SECOND));
        let total = cut(0, true).2;
        let mut turned = 0;
        for steps in 0..=total {
            let (reads, mended, _) = cut(steps, true);
            assert!(reads == one || reads == other, "after {steps} steps: {reads:?}");
            assert_eq!(reads, mended, "after {steps} steps");
            turned += usize::from(reads == other);
        }
        assert_eq!(turned, 3, "all names turn in one step");
        for steps in 1..=2 {
            assert_eq!(cut(steps, false).1, other, "a list is finished");
        }
    }
}
