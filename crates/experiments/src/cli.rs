//! Commands and options.

use crate::progress::Bars;
use crate::timing::Stopwatch;
use clap::{Args, Parser, Subcommand};
use klr_energy::PriceTable;
use klr_experiments::plan::PlanSource;
use klr_experiments::{Error, output, pipeline, screen};
use klr_image::{codec, listing};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// Event-driven kernel associative memory, from patterns to picojoules.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a plan: train, quantize, simulate, price, and compare with the float reference.
    Sim(Sim),
    /// Print a plan with every key resolved.
    Plan(PlanArgs),
    /// Print a core image in readable form.
    Listing {
        /// An image written by `klr sim --out`.
        image: PathBuf,
    },
    /// Print a price table, or the names of all.
    Prices {
        /// The name of a table.
        name: Option<String>,
    },
    /// Compare the price tables with published totals of real chips.
    Anchors,
}

#[derive(Debug, Args)]
struct Sim {
    #[command(flatten)]
    plan: PlanArgs,
    /// Write report, image, trace and plan to this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Debug, Args)]
struct PlanArgs {
    /// A plan file, or the name of a plan that comes with klr: default, digits.
    #[arg(long, value_name = "FILE|NAME", default_value = "default")]
    plan: String,
    /// Set one key of the plan, such as `quantize.weight_bits=4`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Patterns of your own: a .npy file, one pattern per row.
    #[arg(long, value_name = "FILE.npy")]
    patterns: Option<PathBuf>,
    /// Cues of your own: a .npy file, one cue per row.
    #[arg(long, value_name = "FILE.npy")]
    cues: Option<PathBuf>,
}

impl PlanArgs {
    fn load(&self) -> Result<PlanSource, Error> {
        let mut plan = PlanSource::load(&self.plan)?;
        let mut text = |key: &str, path: &PathBuf| {
            let path = toml::Value::String(path.display().to_string());
            plan.set(&format!("{key}={path}"))
        };
        if let Some(path) = &self.patterns {
            text("patterns.file", path)?;
            text("patterns.source", &PathBuf::from("file"))?;
        }
        if let Some(path) = &self.cues {
            text("retrieval.cue_file", path)?;
        }
        for setting in &self.settings {
            plan.set(setting)?;
        }
        Ok(plan)
    }
}

impl Cli {
    pub(crate) fn run(&self) -> Result<(), Error> {
        match &self.command {
            Command::Sim(sim) => sim.run(),
            Command::Plan(args) => {
                let plan = args.load()?;
                plan.resolve()?;
                print(&plan.to_toml())
            }
            Command::Listing { image } => print(&listing::listing(&codec::load(image)?)),
            Command::Prices { name } => prices(name.as_deref()),
            Command::Anchors => print(&screen::anchors()),
        }
    }
}

impl Sim {
    fn run(&self) -> Result<(), Error> {
        let plan = self.plan.load()?.resolve()?;
        if let Some(folder) = &self.out {
            output::prepare(folder)?;
        }
        let threads = self.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            usize::from,
        );
        let stopwatch = Stopwatch::start();
        let bars = Bars::new();
        let run = pipeline::run(&plan, threads, &bars)?;
        bars.finish();
        if let Some(folder) = &self.out {
            output::write(folder, &plan, &run, &stopwatch.report(threads))?;
        }
        print(&screen::table(&plan, &run))
    }
}

fn prices(name: Option<&str>) -> Result<(), Error> {
    let Some(name) = name else {
        let tables = PriceTable::names().map(|name| Ok((name, PriceTable::preset(name)?)));
        let lines: Result<Vec<String>, Error> =
            tables.map(|t| t.map(|(name, table)| format!("{name}\n    {}\n", table.about()))).collect();
        return print(&lines?.concat());
    };
    PriceTable::preset(name)?;
    print(PriceTable::preset_text(name).unwrap_or_default())
}

/// Writes to standard output; a reader who has closed it, such as `head`, has seen enough.
fn print(text: &str) -> Result<(), Error> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Plan(format!("standard output: failed to write: {e}")))
        }
        _ => Ok(()),
    }
}
