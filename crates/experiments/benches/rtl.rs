//! How fast the simulator is beside its own RTL, compiled by Verilator: `cargo xtask bench rtl`.
//!
//! What is measured and how to read it stands in `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "a benchmark is read on a terminal")]

#[path = "common/case.rs"]
#[expect(dead_code, reason = "the levers are not in the RTL, and one size is enough")]
mod case;
#[path = "common/clock.rs"]
#[expect(dead_code, reason = "both sides have CPU time by thread")]
mod clock;
#[path = "common/machine.rs"]
mod machine;

use case::{Case, Size};
use clap::Parser;
use clock::{Clock, Samples};
use klr_rtl::speed::Speed;
use klr_rtl::{ModelError, Shape};
use klr_sim::{Core, Dataflow, NoTrace, Sink, TraceEvent};
use klr_units::Cycle;
use serde_json::{Value, json};
use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Speed of the simulator beside Verilator.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask bench rtl")]
struct Arguments {
    /// Repeats of every measurement; figures are medians
    #[arg(long, default_value = "7")]
    repeats: NonZeroU32,
    /// Neurons and patterns
    #[arg(long, value_name = "NxP", default_value = "100x3000")]
    size: Size,
    /// Write every sample to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What cargo adds when it runs a benchmark, and leaves out when it runs tests
    #[arg(long, hide = true)]
    bench: bool,
}

/// A sample is at least this long on either side.
const SAMPLE_SECONDS: f64 = 0.2;

/// One dataflow on both sides; samples are seconds of all cues together.
#[derive(Debug)]
struct Row {
    dataflow: Dataflow,
    cycles: u64,
    verilator: Samples,
    watched: Samples,
    alone: Samples,
}

/// What the simulator is held against, in times of Verilator.
const WATCHED: f64 = 5.0;

/// The same where nobody watches: `delta` has few closed forms, the dense dataflows little else.
const fn alone_target(dataflow: Dataflow) -> f64 {
    match dataflow {
        Dataflow::Delta => 20.0,
        Dataflow::Synchronous | Dataflow::Sweep => 100.0,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if !arguments.bench {
        // `cargo test --benches` builds and starts this too; minutes of measuring are no test.
        println!("not measured: `cargo xtask bench rtl` does");
        return Ok(());
    }
    run(&arguments)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (repeats, load) = (arguments.repeats.get(), machine::load());
    let case = Case::new(arguments.size);
    let mut peer = Peer::start(&case)?;
    println!(
        "{}; {}; {}; load {}",
        machine::describe(),
        machine::toolchain(),
        verilator_version(),
        show_load(load)
    );
    println!("medians of {repeats} repeats by turns, after one warm-up; seconds are CPU time of one thread");
    println!(
        "Verilator: the core alone, no waveforms, assertions or observation, all of it compiled with -O3\n\
         watched: every event is simulated on its own and told to a sink that drops it\n\n\
         {:>5} {:>5}  {:<12} {:>8} {:>13} {:>13} {:>7} {:>13} {:>7}  spread",
        "N", "P", "dataflow", "cycles", "Verilator c/s", "watched c/s", "x", "alone c/s", "x"
    );
    let clock = Clock::choose();
    let mut rows = Vec::new();
    for dataflow in Dataflow::ALL {
        let row = measure(&case, &mut peer, dataflow, &clock, repeats)?;
        println!("{}", show(arguments.size, &row));
        rows.push(row);
    }
    println!("\ntargets");
    for (text, met, worst) in targets(&rows) {
        println!("  {text:<52} {}; worst {worst:.1}", if met { "pass" } else { "MISS" });
    }
    println!("\nload at the end {}; this program alone gives about 1", show_load(machine::load()));
    if let Some(file) = &arguments.json {
        let all = json!({
            "schema": "klr-bench-rtl-1",
            "machine": machine::describe(),
            "toolchain": machine::toolchain(),
            "verilator": verilator_version(),
            "repeats": repeats,
            "load_before": load,
            "load_after": machine::load(),
            "rows": rows.iter().map(|row| to_json(arguments.size, row)).collect::<Vec<_>>(),
        });
        klr_units::file::write_atomically(&from_callers_folder(file), format!("{all:#}\n").as_bytes())
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The design, with the retrievals of every dataflow.
struct Peer {
    program: Speed,
    cues: usize,
}

impl Peer {
    fn start(case: &Case) -> Result<Self, ModelError> {
        let cues = case.cues.len();
        let image = Arc::new(case.image.clone());
        let retrievals: Vec<klr_rtl::Case> = Dataflow::ALL
            .into_iter()
            .flat_map(|dataflow| case.cues.iter().map(move |cue| (dataflow, cue)))
            .map(|(dataflow, cue)| klr_rtl::Case {
                image: Arc::clone(&image),
                config: case::plain(),
                schedule: case::schedule(dataflow),
                cue: cue.clone(),
            })
            .collect();
        let shape = Shape::of(&case.image, &case::plain());
        let limited: Vec<_> = retrievals.iter().map(|case| (case, u64::MAX)).collect();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed").join(case.size.to_string());
        Ok(Self { program: Speed::start(&shape, &folder, &limited)?, cues })
    }

    /// Seconds of one round of all cues, and their cycles.
    fn run(&mut self, dataflow: Dataflow, times: u32) -> Result<(f64, u64), ModelError> {
        let first = dataflow as usize * self.cues;
        let took = self.program.run(first..first + self.cues, times)?;
        Ok((took.seconds / f64::from(times), took.cycles))
    }
}

/// Hears every event and keeps none.
struct Watcher;

impl Sink for Watcher {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        black_box((cycle, event));
    }
}

/// The cycles of all cues.
fn simulate<S: Sink>(case: &Case, core: &Core<'_>, dataflow: Dataflow, sink: &mut S) -> u64 {
    let cycles = |cue| {
        let run =
            core.retrieve(cue, case::schedule(dataflow), sink).expect("the cues have the size of the image");
        black_box(run).activity.cycles
    };
    case.cues.iter().map(cycles).sum()
}

fn measure(
    case: &Case,
    peer: &mut Peer,
    dataflow: Dataflow,
    clock: &Clock,
    repeats: u32,
) -> Result<Row, Box<dyn Error>> {
    let core = Core::new(&case.image, case::plain());
    let (mut found, mut watched_found) = (0, 0);
    let alone = |times: u32, found: &mut u64| {
        clock.seconds(|| (0..times).for_each(|_| *found = simulate(case, &core, dataflow, &mut NoTrace)))
            / f64::from(times)
    };
    let watched = |times: u32, found: &mut u64| {
        clock.seconds(|| (0..times).for_each(|_| *found = simulate(case, &core, dataflow, &mut Watcher)))
            / f64::from(times)
    };
    // One round of each warms up, and tells how many make a sample.
    let (seconds, cycles) = peer.run(dataflow, 1)?;
    let times = [seconds, watched(1, &mut watched_found), alone(1, &mut found)].map(rounds);
    if found != cycles || watched_found != cycles {
        return Err(format!("{}: {found} cycles, {cycles} in the RTL", dataflow.name()).into());
    }
    let mut row = Row {
        dataflow,
        cycles,
        verilator: Samples::default(),
        watched: Samples::default(),
        alone: Samples::default(),
    };
    for _ in 0..repeats {
        row.verilator.0.push(peer.run(dataflow, times[0])?.0);
        row.watched.0.push(watched(times[1], &mut watched_found));
        row.alone.0.push(alone(times[2], &mut found));
    }
    Ok(row)
}

/// Rounds that make a sample of the length wanted, where one takes `seconds`.
fn rounds(seconds: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1, and saturated")]
    let rounds = (SAMPLE_SECONDS / seconds.max(1e-9)).ceil().max(1.0) as u32;
    rounds
}

fn show(size: Size, row: &Row) -> String {
    let per_second = |samples: &Samples| row.cycles as f64 / samples.median();
    let spread = row.verilator.spread().max(row.watched.spread()).max(row.alone.spread());
    format!(
        "{:>5} {:>5}  {:<12} {:>8} {:>13.2e} {:>13.2e} {:>7.1} {:>13.2e} {:>7.1}  {:>4.0} %",
        size.n,
        size.p,
        row.dataflow.name(),
        row.cycles,
        per_second(&row.verilator),
        per_second(&row.watched),
        row.verilator.over(&row.watched),
        per_second(&row.alone),
        row.verilator.over(&row.alone),
        spread * 100.0
    )
}

/// Each target: whether it is met, and the figure that is farthest below it or least above.
fn targets(rows: &[Row]) -> [(&'static str, bool, f64); 3] {
    let worst = |figures: Vec<f64>| figures.into_iter().fold(f64::MAX, f64::min);
    let watched = worst(rows.iter().map(|row| row.verilator.over(&row.watched)).collect());
    let alone = |delta: bool| {
        let of = rows.iter().filter(|row| (row.dataflow == Dataflow::Delta) == delta);
        worst(of.map(|row| row.verilator.over(&row.alone)).collect())
    };
    let (delta, dense) = (alone(true), alone(false));
    [
        (">= 5 x Verilator, watched", watched >= WATCHED, watched),
        (">= 20 x Verilator, delta, not watched", delta >= alone_target(Dataflow::Delta), delta),
        (
            ">= 100 x Verilator, synchronous and sweep, not watched",
            dense >= alone_target(Dataflow::Sweep),
            dense,
        ),
    ]
}

fn to_json(size: Size, row: &Row) -> Value {
    json!({
        "n": size.n,
        "p": size.p,
        "dataflow": row.dataflow.name(),
        "cycles": row.cycles,
        "times_verilator_watched": row.verilator.over(&row.watched),
        "times_verilator": row.verilator.over(&row.alone),
        "verilator_seconds": row.verilator.0,
        "watched_seconds": row.watched.0,
        "seconds": row.alone.0,
    })
}

fn verilator_version() -> String {
    let output = Command::new("verilator").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn show_load(load: Option<f64>) -> String {
    load.map_or_else(|| "unknown".to_owned(), |load| format!("{load:.2}"))
}

/// Cargo starts a benchmark in the folder of its package; paths are meant from where the command was given.
fn from_callers_folder(path: &Path) -> PathBuf {
    std::env::var_os("KLR_BENCH_DIR").map_or_else(|| path.to_owned(), |folder| Path::new(&folder).join(path))
}
