//! What a stored result depends on besides its parameters: the code that computed it, and the compiler.

#[path = "src/fnv.rs"]
mod fnv;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders and files whose content decides what a unit of work of `klr repro` computes.
const COMPUTING: [&str; 8] = [
    "../model/src",
    "../analysis/src",
    "../statistics/src",
    "../units/src",
    "src/work.rs",
    "src/work",
    "../../fixtures/digits64/digits64.npy",
    "../../Cargo.lock",
];

fn main() {
    let mut hash = fnv::OFFSET;
    for place in COMPUTING {
        println!("cargo::rerun-if-changed={place}");
        for file in files(Path::new(place)) {
            hash = absorb(hash, file.to_string_lossy().replace('\\', "/").as_bytes());
            hash = absorb(hash, &std::fs::read(&file).expect("a source file can be read"));
        }
    }
    println!("cargo::rustc-env=KLR_COMPUTING_CODE={hash:016x}");
    let compiler = std::env::var_os("RUSTC").expect("cargo names the compiler");
    let version = Command::new(compiler).arg("--version").output().expect("the compiler runs");
    let version = String::from_utf8(version.stdout).expect("a version is text");
    println!("cargo::rustc-env=KLR_COMPILER={}", version.trim());
}

/// All files below `place`, in the order of their names.
fn files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let entries = std::fs::read_dir(place).expect("a source folder can be read");
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    names.iter().flat_map(|name| files(name)).collect()
}

/// The hash with `bytes` and an end mark after it.
fn absorb(hash: u64, bytes: &[u8]) -> u64 {
    fnv::absorb(fnv::absorb(hash, bytes), &[0])
}
