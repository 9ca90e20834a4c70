//! The repository as paths and bytes, so that the checks are functions over something a test can make up.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Command;

/// File contents by path; paths are relative to the root and use `/`.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

/// Folders at the root that hold only what programs wrote.
const NOT_SOURCES: &[&str] = &[".git", "out", "target"];

impl Tree {
    /// Reads what git tracks or would track, and the pending snapshots that git is told to ignore.
    pub(crate) fn read(root: &Path) -> io::Result<Self> {
        let mut on_disk = Vec::new();
        walk(root, "", &mut on_disk)?;
        let mut paths = git_files(root).unwrap_or_else(|| on_disk.clone());
        paths.extend(on_disk.into_iter().filter(|path| is_pending_snapshot(path)));

        let mut tree = Self::default();
        for path in paths {
            let on_disk = root.join(&path);
            // Git still lists a file that was deleted but not yet committed.
            if on_disk.is_file() {
                tree.files.insert(path, std::fs::read(on_disk)?);
            }
        }
        Ok(tree)
    }

    pub(crate) fn bytes(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The files with an extension, as text.
    pub(crate) fn texts(&self, extension: &str) -> impl Iterator<Item = (&str, String)> {
        let ending = format!(".{extension}");
        self.bytes()
            .filter(move |(path, _)| path.ends_with(&ending))
            .map(|(path, bytes)| (path, String::from_utf8_lossy(bytes).into_owned()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Whether a file or a folder has this path; a folder is there when a file is in it, as for git.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.files.contains_key(path) || self.paths().any(|file| file.starts_with(&folder))
    }

    /// The names of the folders directly under `crates/` that hold a manifest.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &str> {
        self.paths().filter_map(|path| {
            let name = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            (!name.contains('/')).then_some(name)
        })
    }
}

#[cfg(test)]
impl Tree {
    /// A made-up repository.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect(),
        }
    }
}

/// A snapshot that a failed test proposes.
pub(crate) fn is_pending_snapshot(path: &str) -> bool {
    path.ends_with(".snap.new") || path.ends_with(".pending-snap")
}

/// What git tracks or would add, or `None` without git, or in an unpacked archive.
fn git_files(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "-co", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let listed = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = listed.split_terminator('\0').map(str::to_owned).collect();
    // An empty answer means that the root lies inside some other repository, which ignores it.
    (output.status.success() && !paths.is_empty()).then_some(paths)
}

/// Collects every file below a folder, outside what programs wrote.
fn walk(root: &Path, folder: &str, found: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_dir() {
            if !NOT_SOURCES.contains(&path.as_str()) {
                walk(root, &path, found)?;
            }
        } else {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_when_a_file_is_in_it() {
        let tree = Tree::of(&[("docs/timing.md", "")]);
        assert!(tree.has("docs/timing.md") && tree.has("docs") && tree.has("docs/"));
        assert!(!tree.has("docs/tim") && !tree.has("doc"));
    }

    #[test]
    fn a_crate_is_a_folder_with_a_manifest() {
        let tree = Tree::of(&[
            ("crates/sim/Cargo.toml", ""),
            ("crates/sim/x/Cargo.toml", ""),
            ("crates/a/b.rs", ""),
        ]);
        assert_eq!(tree.crates().collect::<Vec<_>>(), ["sim"]);
    }

    #[test]
    fn the_walk_sees_what_git_sees_and_stays_out_of_build_output() {
        let root = crate::process::root();
        let mut walked = Vec::new();
        walk(&root, "", &mut walked).unwrap();
        assert!(walked.iter().any(|path| path == "xtask/src/tree.rs"));
        assert!(!walked.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
        for path in Tree::read(&root).unwrap().paths().filter(|path| path.starts_with("xtask/")) {
            assert!(walked.iter().any(|seen| seen == path), "git lists {path}, the walk does not");
        }
    }
}
