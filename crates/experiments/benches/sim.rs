//! How fast the simulator is, how much memory it holds, and how it compares: `cargo xtask bench sim`.
//!
//! What is measured and how to read it stands in `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "a benchmark is read on a terminal")]

mod common;

use clap::Parser;
use common::batch::Batch;
use common::case::{self, Case, Size};
use common::clock::Clock;
use common::memory::{self, HostMemory};
use common::sanafe::{self, Comparison};
use common::speed::{self, Row};
use common::{machine, report, targets};
use serde_json::json;
use std::error::Error;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Speed and memory of the simulator.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask bench sim")]
struct Arguments {
    /// Repeats of every measurement; figures are medians
    #[arg(long, default_value = "7")]
    repeats: NonZeroU32,
    /// Only the size with this many neurons
    #[arg(long)]
    n: Option<u32>,
    /// Write every sample to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The script that runs SANA-FE; by default that of the shared folder beside the repository
    #[arg(long, value_name = "FILE")]
    sanafe: Option<PathBuf>,
    /// The Python that has SANA-FE installed
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Leave the comparison with SANA-FE out
    #[arg(long)]
    no_sanafe: bool,
    /// What cargo adds when it runs a benchmark, and leaves out when it runs tests
    #[arg(long, hide = true)]
    bench: bool,
    /// The child process of the memory measurement
    #[arg(long, hide = true, value_name = "NxP")]
    measure_memory: Option<Size>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if let Some(size) = arguments.measure_memory {
        println!("{}", memory::measure_here(size));
        return Ok(());
    }
    if !arguments.bench {
        // `cargo test --benches` builds and starts this too; minutes of measuring are no test.
        println!("not measured: `cargo xtask bench sim` does");
        return Ok(());
    }
    run(&arguments)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let clock = Clock::choose();
    let repeats = arguments.repeats.get();
    let sizes: Vec<Size> =
        case::SIZES.into_iter().filter(|size| arguments.n.is_none_or(|n| n == size.n)).collect();
    let load = machine::load();
    print!("{}", report::header(&clock, repeats, load));

    print!("{}", report::speed_header());
    let mut rows: Vec<Row> = Vec::new();
    for &size in &sizes {
        let case = Case::new(size);
        let measured = speed::measure(&case, &clock, repeats);
        print!("{}", report::speed_rows(&measured));
        rows.extend(measured);
    }

    print!("{}", report::memory_header());
    let mut memories: Vec<HostMemory> = Vec::new();
    for &size in &sizes {
        let measured = memory::measure(size)?;
        print!("{}", report::memory_row(&measured));
        memories.push(measured);
    }

    let batch = Batch::measure(repeats);
    print!("{}", report::batch(&batch));

    let comparison = compare(arguments, &clock);
    print!("{}", report::comparison(&comparison));

    let targets = targets::all(&rows, &memories, comparison.as_ref().ok());
    print!("{}", report::targets(&targets));
    print!("{}", report::footer(machine::load()));

    if let Some(file) = &arguments.json {
        let all = json!({
            "schema": "klr-bench-sim-1",
            "machine": machine::describe(),
            "toolchain": machine::toolchain(),
            "clock": clock.name(),
            "repeats": repeats,
            "load_before": load,
            "load_after": machine::load(),
            "speed": rows.iter().map(Row::to_json).collect::<Vec<_>>(),
            "memory": memories.iter().map(HostMemory::to_json).collect::<Vec<_>>(),
            "batch": batch.to_json(),
            "sanafe": match &comparison {
                Ok(comparison) => comparison.to_json(),
                Err(reason) => json!({ "left_out": reason }),
            },
            "targets": targets.iter().map(targets::Goal::to_json).collect::<Vec<_>>(),
        });
        klr_units::file::write_atomically(&from_callers_folder(file), format!("{all:#}\n").as_bytes())
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn compare(arguments: &Arguments, clock: &Clock) -> Result<Comparison, String> {
    if arguments.no_sanafe {
        return Err("left out, as asked".to_owned());
    }
    let script = match &arguments.sanafe {
        Some(script) => from_callers_folder(script),
        None => sanafe::default_script(),
    };
    // A bare name is looked up in PATH; anything longer is a path from where the command was given.
    let is_bare = arguments.python.components().count() == 1;
    let python = if is_bare { arguments.python.clone() } else { from_callers_folder(&arguments.python) };
    sanafe::compare(&python, &script, clock, arguments.repeats.get())
}

/// Cargo starts a benchmark in the folder of its package; paths are meant from where the command was given, which
/// `cargo xtask bench` hands on.
fn from_callers_folder(path: &Path) -> PathBuf {
    std::env::var_os("KLR_BENCH_DIR").map_or_else(|| path.to_owned(), |folder| Path::new(&folder).join(path))
}
