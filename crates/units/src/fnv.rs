//! The 64-bit hash FNV-1a (Fowler, Noll & Vo): short, and the same on every machine. Build scripts use this file too, for a
//! hash of the code that a stored result depends on.

use std::io;
use std::path::{Path, PathBuf};

/// The hash of no bytes.
pub const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;

/// The hash of what `hash` stands for with `bytes` after it.
#[must_use]
pub fn absorb(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// The hash of what `hash` stands for with the names and contents of all files below `place` after it, in the order of their
/// names.
///
/// # Errors
/// What the operating system says to reading one of them.
pub fn absorb_files(hash: u64, place: &Path) -> io::Result<u64> {
    let mut hash = hash;
    for file in files(place)? {
        let name = file.to_string_lossy().replace('\\', "/");
        for bytes in [name.as_bytes(), &std::fs::read(&file)?] {
            // With an end mark.
            hash = absorb(absorb(hash, bytes), &[0]);
        }
    }
    Ok(hash)
}

/// All files below `place`, in the order of their names.
fn files(place: &Path) -> io::Result<Vec<PathBuf>> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let mut names =
        std::fs::read_dir(place)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    let below = names.iter().map(|name| files(name)).collect::<io::Result<Vec<_>>>()?;
    Ok(below.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_published_table() {
        assert_eq!(absorb(OFFSET, b""), 0xCBF2_9CE4_8422_2325, "no bytes");
        assert_eq!(absorb(OFFSET, b"a"), 0xAF63_DC4C_8601_EC8C, "of the authors' test suite");
        assert_eq!(absorb(OFFSET, b"foobar"), 0x8594_4171_F739_67E8, "of the authors' test suite");
    }

    #[test]
    fn files_count_with_their_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = || absorb_files(OFFSET, folder.path()).expect("readable");
        std::fs::write(folder.path().join("a"), "1").expect("writable");
        let one = of();
        std::fs::rename(folder.path().join("a"), folder.path().join("b")).expect("writable");
        assert_ne!(of(), one, "another name");
        assert!(absorb_files(OFFSET, &folder.path().join("c")).is_err(), "no such file");
    }
}
