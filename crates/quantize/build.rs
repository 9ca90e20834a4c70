//! What finished neurons depend on besides their inputs: the code that finds them, and the compiler.

#[path = "../units/src/fnv.rs"]
pub mod fnv;

use std::path::Path;
use std::process::Command;

/// Folders and files whose content decides which weights are found.
const QUANTIZING: [&str; 5] = ["src", "../image/src", "../model/src", "../units/src", "../../Cargo.lock"];

fn main() {
    let mut hash = fnv::OFFSET;
    for place in QUANTIZING {
        println!("cargo::rerun-if-changed={place}");
        hash = fnv::absorb_files(hash, Path::new(place)).expect("a source file can be read");
    }
    let compiler = std::env::var_os("RUSTC").expect("cargo names the compiler");
    let version = Command::new(compiler).arg("--version").output().expect("the compiler runs").stdout;
    println!("cargo::rustc-env=KLR_QUANTIZING_CODE={:016x}", fnv::absorb(hash, &version));
}
