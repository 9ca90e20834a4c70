//! How long a run of many patterns takes and how much memory: `cargo xtask bench scale`.
//!
//! What is measured and how to read it stands in `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "a benchmark is read on a terminal")]

#[path = "common/clock.rs"]
#[expect(dead_code, reason = "CPU time by thread is for the simulator, which has one")]
mod clock;
#[path = "common/machine.rs"]
mod machine;

use clap::Parser;
use clock::wall_seconds;
use klr_experiments::effort::Effort;
use klr_experiments::pipeline::{self, NoProgress};
use klr_experiments::plan::{self, Plan, PlanSource};
use klr_model::{Fit, Kernel, KlrModel, PatternSet, Stream, Streams};
use klr_units::threads::map_in_order;
use serde_json::{Value, json};
use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::process::Command;

/// Neurons.
const N: usize = 256;
/// Patterns of the runs, and the targets: seconds, and bytes of memory.
const RUNS: [(usize, Option<f64>, Option<f64>); 4] =
    [(10_000, None, None), (30_000, None, None), (100_000, Some(20.0), None), (1_000_000, None, Some(8e9))];
/// Patterns that the yardstick sums with all: few, and then as many times as there are.
const SUMMED: usize = 32;

/// Time and memory of runs of many patterns.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask bench scale")]
struct Arguments {
    /// Only this many patterns
    #[arg(long)]
    p: Option<usize>,
    /// What cargo adds when it runs a benchmark, and leaves out when it runs tests
    #[arg(long, hide = true)]
    bench: bool,
    /// The child process of one run: patterns
    #[arg(long, hide = true)]
    measure: Option<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if let Some(p) = arguments.measure {
        println!("{}", measure_here(p)?);
        return Ok(());
    }
    if !arguments.bench {
        println!("not measured: `cargo xtask bench scale` does");
        return Ok(());
    }
    println!("{}; {}; load {}", machine::describe(), machine::toolchain(), load());
    println!("N = {N}, untrained, gamma 0.1, 4 cues, sweep; wall time on {} threads", machine::cpus());
    println!("      P   seconds  estimate  all pairs    x less   peak GB  estimate  fit");
    for (p, seconds, bytes) in RUNS.into_iter().filter(|run| arguments.p.is_none_or(|p| p == run.0)) {
        print_row(p, &measure(p)?, (seconds, bytes))?;
    }
    println!("load at the end {}", load());
    Ok(())
}

fn load() -> String {
    machine::load().map_or_else(|| "unknown".to_owned(), |load| format!("{load:.2}"))
}

fn plan_of(p: usize) -> Result<Plan, Box<dyn Error>> {
    let mut source = PlanSource::default_plan();
    let size = [format!("patterns.n={N}"), format!("patterns.p={p}")];
    let rest = ["model.training=none", "retrieval.cues=4", "retrieval.dataflows=[\"sweep\"]"];
    // The field of a million untrained patterns can need 35 bits.
    // Memories of this size keep up with no fast clock.
    let wide = ["core.accumulator_bits=40", "core.clock_mhz=50"];
    for setting in size.iter().map(String::as_str).chain(rest).chain(wide) {
        source.set(setting)?;
    }
    Ok(plan::resolve(&source)?)
}

fn threads() -> NonZeroUsize {
    NonZeroUsize::new(machine::cpus()).unwrap_or(NonZeroUsize::MIN)
}

/// Starts this program once more, to do nothing but one run, so that the peak is its own.
fn measure(p: usize) -> Result<Value, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).args(["--measure", &p.to_string()]).output()?;
    if !output.status.success() {
        return Err(format!("P = {p}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The child process: one run, then the yardstick, whose memory no longer counts.
fn measure_here(p: usize) -> Result<Value, Box<dyn Error>> {
    let plan = plan_of(p)?;
    let mut run = None;
    let seconds = wall_seconds(|| run = Some(pipeline::run(&plan, machine::cpus(), &NoProgress)));
    let run = run.ok_or("the run did not begin")??;
    let peak = peak_bytes();
    let fit = match &run.fit {
        Fit::Whole(_) => "all pairs summed",
        Fit::Near { .. } => "near pairs summed",
        Fit::Sampled(_) => "sample",
    };
    let agree = run.hardware.iter().all(|h| h.agrees == 4);
    drop(run);
    let pairs = all_pairs(p);
    Ok(json!({ "seconds": seconds, "peak": peak, "fit": fit, "agree": agree, "all_pairs": pairs }))
}

/// What summing all pairs of patterns would take for the margins alone, from a few of them: half of what the figures of a
/// fit need, which have a gradient too.
fn all_pairs(p: usize) -> f64 {
    let patterns = PatternSet::random(N, p, &mut Streams::new(1).stream(Stream::Patterns));
    let patterns = patterns.expect("there are more states than patterns");
    let model = KlrModel::untrained(patterns, Kernel::rbf(0.1).expect("a width"));
    let rows: Vec<usize> = (0..SUMMED).map(|at| at * p / SUMMED).collect();
    let seconds = wall_seconds(|| {
        let margins = map_in_order(rows, threads(), |mu| model.margins(&model.patterns().state(mu)));
        black_box(margins);
    });
    seconds * p as f64 / SUMMED as f64
}

/// The peak of the resident set, where the system tells it.
fn peak_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0)
}

fn print_row(p: usize, found: &Value, targets: (Option<f64>, Option<f64>)) -> Result<(), Box<dyn Error>> {
    let figure = |key: &str| found[key].as_f64();
    let seconds = figure("seconds").ok_or("the child process reported no time")?;
    let pairs = figure("all_pairs").ok_or("the child process reported no yardstick")?;
    let effort = Effort::of(&plan_of(p)?, threads());
    let shown = |value: Option<f64>, decimals: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
    };
    println!(
        "{p:>7} {seconds:>9.1} {:>9} {pairs:>10.0} {:>9.1} {:>9} {:>9}  {}{}{}{}",
        shown(effort.map(|effort| effort.seconds), 0),
        pairs / seconds,
        shown(figure("peak").map(|bytes| bytes / 1e9), 2),
        shown(effort.map(|effort| effort.bytes / 1e9), 2),
        found["fit"].as_str().unwrap_or("-"),
        verdict("time", Some(seconds), targets.0),
        verdict("memory", figure("peak"), targets.1),
        if found["agree"] == true { "" } else { "; NOT ALL RETRIEVALS EQUAL THE REFERENCE" },
    );
    Ok(())
}

fn verdict(what: &str, found: Option<f64>, target: Option<f64>) -> String {
    match (found, target) {
        (_, None) => String::new(),
        (Some(found), Some(target)) if found < target => format!("; {what} pass"),
        (Some(_), Some(_)) => format!("; {what} MISS"),
        (None, Some(_)) => format!("; {what} not measured"),
    }
}
