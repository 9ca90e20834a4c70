//! What a stored result depends on besides its parameters: the code that computed it, and the compiler.

#[path = "../units/src/fnv.rs"]
pub mod fnv;

use std::path::Path;
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
        hash = fnv::absorb_files(hash, Path::new(place)).expect("a source file can be read");
    }
    println!("cargo::rustc-env=KLR_COMPUTING_CODE={hash:016x}");
    let compiler = std::env::var_os("RUSTC").expect("cargo names the compiler");
    let version = Command::new(compiler).arg("--version").output().expect("the compiler runs");
    let version = String::from_utf8(version.stdout).expect("a version is text");
    println!("cargo::rustc-env=KLR_COMPILER={}", version.trim());
}
