//! Does the core in SystemVerilog do what the simulator does, cycle by cycle and count by count?
//!
//! `cargo xtask rtl --quick` and `--full` are the ignored tests of this file.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a run by hand is read as it goes")]

use klr_rtl::families::{FAMILIES, Family, family};
use klr_rtl::lockstep::{Summary, cases};
use klr_rtl::model::{Model, ModelError, Optimise, has_verilator};
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("rtl")
}

/// The core of `family`, built once for all runs of this file.
fn build(family: &Family) -> Result<Model, ModelError> {
    Model::build(&family.shape, &folder().join(family.name), Optimise::Short)
}

/// Builds the core of `family` and compares the cases of `seeds`.
fn compare(family: &Family, seeds: std::ops::Range<u64>, summary: &mut Summary) -> Result<(), ModelError> {
    let model = build(family)?;
    summary.compare(&model, &cases(family, seeds), &folder().join("differences"))
}

/// Says how it went, and fails if anything differs.
fn conclude(summary: &Summary) {
    if let Some((told, folder)) = &summary.first {
        eprintln!("first difference: {told}\nkept in {}", folder.display());
    }
    println!("{summary}");
    assert_eq!(summary.mismatches, 0, "the RTL and the simulator differ");
}

/// A few retrievals on the smallest core. Without Verilator it says so, in one line that a run of the tests shows.
#[test]
fn a_small_core_agrees_with_the_simulator() {
    if !has_verilator() {
        let line = format!("\nnot tested: {}\n", ModelError::NoVerilator);
        // Captured output would hide it.
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("stderr is there");
        return;
    }
    let mut summary = Summary::default();
    compare(&FAMILIES[0], 0..8, &mut summary).unwrap();
    conclude(&summary);
}

/// The families side by side, one on each core of this machine; a line for each as it ends.
fn run(families: &[Family], seeds: impl Fn(&Family) -> u64 + Sync) -> Summary {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let parts = map_in_order(families.iter().collect(), threads, |family: &Family| {
        let mut part = Summary::default();
        compare(family, 0..seeds(family), &mut part)
            .unwrap_or_else(|error| panic!("{}: {error}", family.name));
        println!(
            "{:<8} {} of {} differ, {} cycles",
            family.name, part.mismatches, part.retrievals, part.cycles
        );
        part
    });
    let mut summary = Summary::default();
    parts.into_iter().for_each(|part| summary.add(part));
    for (cover, hits) in summary.hits.iter() {
        println!("{:<4} {:<70} {hits}", cover.rule, cover.what);
    }
    summary
}

/// 240 retrievals on two cores.
#[test]
#[ignore = "started by cargo xtask rtl --quick"]
fn quick() {
    conclude(&run(&FAMILIES[..2], |_| 40));
}

/// Every family, with as many seeds as it says, or as many as `KLR_RTL` says; every cover is hit.
#[test]
#[ignore = "started by cargo xtask rtl --full"]
fn full() {
    let seeds =
        std::env::var("KLR_RTL").ok().map(|seeds| seeds.parse().expect("KLR_RTL is a number of seeds"));
    let summary = run(&FAMILIES, |family| seeds.unwrap_or(family.seeds));
    let missed: Vec<_> = summary.hits.iter().filter(|(_, hits)| *hits == 0).map(|(cover, _)| cover).collect();
    assert!(missed.is_empty(), "never seen: {missed:?}");
    conclude(&summary);
}

/// One family, `KLR_RTL=family` or, with so many seeds, `KLR_RTL=family:seeds`.
#[test]
#[ignore = "started by cargo xtask rtl --family"]
fn one_family() {
    let name = std::env::var("KLR_RTL").expect("KLR_RTL names a family, such as tiny");
    let (of, seeds) = name.split_once(':').unwrap_or((&name, ""));
    let family = family(of).unwrap_or_else(|| panic!("there is no family {of}"));
    let seeds = if seeds.is_empty() { family.seeds } else { seeds.parse().expect("seeds are a number") };
    conclude(&run(std::slice::from_ref(family), |_| seeds));
}

/// One retrieval, `KLR_RTL=family:seed:dataflow`.
#[test]
#[ignore = "started by cargo xtask rtl --replay"]
fn replay() {
    let name = std::env::var("KLR_RTL").expect("KLR_RTL names a case, such as tiny:3:delta");
    let parts: Vec<&str> = name.split(':').collect();
    let [of, seed, _] = parts.as_slice() else { panic!("KLR_RTL is {name}; it names family:seed:dataflow") };
    let family = family(of).unwrap_or_else(|| panic!("there is no family {of}"));
    let seed: u64 = seed.parse().unwrap_or_else(|_| panic!("{seed} is no seed"));
    let model = build(family).unwrap();
    let chosen: Vec<_> =
        cases(family, seed..seed + 1).into_iter().filter(|named| named.name == name).collect();
    assert_eq!(chosen.len(), 1, "there is no case {name}");
    let mut summary = Summary::default();
    summary.compare(&model, &chosen, &folder().join("differences")).unwrap();
    conclude(&summary);
}
