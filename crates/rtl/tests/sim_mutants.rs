//! Would the lockstep see a wrong simulator? Every mutant breaks one rule in one expression of the simulator; each must
//! differ from the RTL in at least three of 60 retrievals.
//!
//! All mutants are compiled into one build of a copy of the workspace, and chosen by their number. What they are compared
//! with are the records, states and counts of the RTL.

#[path = "sim_mutants/list.rs"]
mod list;

use list::{MUTANTS, Mutant};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Retrievals in which a mutant has to differ.
const KILLS: u64 = 3;

/// The crates that a copy needs.
const CRATES: [&str; 4] = ["units", "image", "sim", "rtl"];

/// How a mutant is chosen, appended to the simulator of the copy.
const CHOICE: &str = "
#[allow(missing_docs)]
pub mod mutant {
    static CHOSEN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    pub fn choose(number: u32) {
        CHOSEN.store(number, std::sync::atomic::Ordering::Relaxed);
    }
    pub fn is(number: u32) -> bool {
        CHOSEN.load(std::sync::atomic::Ordering::Relaxed) == number
    }
}
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source(mutant: &Mutant) -> PathBuf {
    Path::new("crates/sim/src").join(mutant.file)
}

#[test]
fn every_mutant_of_the_simulator_still_applies() {
    for mutant in MUTANTS {
        let text = fs::read_to_string(root().join(source(mutant))).unwrap();
        assert_eq!(text.matches(mutant.from).count(), 1, "{} {}: {}", mutant.rule, mutant.file, mutant.from);
        assert!(klr_rtl::families::family(mutant.family).is_some(), "{} has no family", mutant.rule);
    }
    let rules: BTreeSet<&str> = MUTANTS.iter().map(|mutant| mutant.rule).collect();
    assert!(rules.len() >= 20, "a mutant for each of {} rules", rules.len());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else if fs::read(&target).ok() != Some(fs::read(&path).unwrap()) {
            // What has not changed is not built again.
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn change(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{}: {from}", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}

/// A copy of the workspace in which every mutant is an alternative to what it replaces.
fn mutated(folder: &Path) {
    for name in CRATES {
        copy(&root().join("crates").join(name), &folder.join("crates").join(name));
    }
    for name in ["Cargo.lock", "rust-toolchain.toml"] {
        fs::copy(root().join(name), folder.join(name)).unwrap();
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest = manifest.replace("\"crates/*\", \"xtask\"", "\"crates/*\"");
    fs::write(folder.join("Cargo.toml"), manifest.replace("default-members", "# default-members")).unwrap();
    for (number, mutant) in (1..).zip(MUTANTS) {
        let Mutant { from, to, .. } = mutant;
        let both = format!("(if crate::mutant::is({number}) {{ {to} }} else {{ {from} }})");
        change(&folder.join(source(mutant)), from, &both);
    }
    let library = folder.join("crates/sim/src/lib.rs");
    let text = fs::read_to_string(&library).unwrap();
    fs::write(&library, text + CHOICE).unwrap();
    // A mutant may have lost the end of a retrieval.
    change(
        &folder.join("crates/rtl/src/simulated.rs"),
        "while machine.step().is_some() {}",
        "for _ in 0..30_000 { if machine.step().is_none() { break; } }",
    );
    let examples = folder.join("crates/rtl/examples");
    fs::create_dir_all(&examples).unwrap();
    fs::copy(root().join("crates/rtl/tests/sim_mutants/program.rs"), examples.join("mutants.rs")).unwrap();
}

/// Every mutant is run; `KLR_RTL` names the rule of those to try.
#[test]
#[ignore = "started by cargo xtask rtl --sim-mutants"]
#[allow(clippy::print_stdout, reason = "a run by hand is read as it goes")]
fn sim_mutants() {
    if !klr_rtl::model::has_verilator() {
        let line = format!("\nnot tested: {}\n", klr_rtl::ModelError::NoVerilator);
        std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
        return;
    }
    let only = std::env::var("KLR_RTL").ok();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sim-mutants");
    mutated(&folder);
    let chosen = |mutant: &Mutant| only.as_deref().is_none_or(|rule| rule == mutant.rule);
    let numbered = (1u32..).zip(MUTANTS).filter(|(_, mutant)| chosen(mutant));
    let words = numbered.map(|(number, mutant)| format!("{number}:{}", mutant.family));
    let output = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet", "--package", "klr-rtl", "--example", "mutants", "--"])
        .arg(folder.join("models"))
        .args(words)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTFLAGS", "--cap-lints=warn")
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let mut wrong = Vec::new();
    for line in said.lines() {
        let numbers: Vec<u64> = line.split(' ').map(|word| word.parse().expect("a number")).collect();
        let [number, kills, of] = numbers[..] else { panic!("{line}") };
        let Mutant { rule, file, to, .. } = &MUTANTS[usize::try_from(number - 1).expect("an index")];
        let to = to.lines().next().unwrap_or_default();
        println!("{rule:<4} {file:<34} {kills:>2} of {of} differ: {to}");
        if kills < KILLS {
            wrong.push((rule, to, kills));
        }
    }
    assert!(wrong.is_empty(), "seen too seldom: {wrong:?}");
}
