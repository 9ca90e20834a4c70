//! `klr sweep`: many plans at once, their points in a folder, and a table of all.

use crate::cli::processors;
use crate::error::CliError;
use crate::progress::Bars;
use crate::terminal::print;
use clap::Args;
use klr_sweep::{Retry, Shard, Store, Summary, Sweep, SweepError, run, table};
use klr_units::text::{path, wrap};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Reasons of failure that are printed; the table has all.
const REASONS: usize = 8;

#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    /// A plan file with a table `[sweep]` (docs/sweeps.md).
    #[arg(value_name = "FILE")]
    file: String,
    /// The folder of finished points and of the table; what it holds is not run again.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Set one key of the plan that all points have in common.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Run one part of N of the points; which, does not depend on what else is in the sweep.
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Run again what failed.
    #[arg(long, value_name = "WHAT", value_parser = ["failed"])]
    retry: Option<String>,
    /// Run nothing: take the points of these folders too, and write the table. May be repeated.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["shard", "retry"])]
    merge: Vec<PathBuf>,
    /// Threads; the result does not depend on it. [default: one per processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl SweepArgs {
    pub(crate) fn run(&self) -> Result<(), CliError> {
        let sweep = Sweep::load(&self.file, &self.settings)?;
        let shard = self.shard.as_deref().map_or(Ok(Shard::WHOLE), str::parse)?;
        // What a part of the sweep lacks is found before a folder is made.
        let parts = self.merge.iter().map(|folder| Store::existing(folder, &sweep));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let store = Store::open(&self.out, &sweep)?;
        if !parts.is_empty() {
            let stores: Vec<&Store> = [&store].into_iter().chain(&parts).collect();
            let written = written(&sweep, &store, &stores)?;
            return print(&format!(
                "{}: {} points\n{written}",
                path(self.file.as_ref()),
                sweep.points().len()
            ));
        }
        let retry = if self.retry.is_some() { Retry::Failed } else { Retry::Nothing };
        let bars = Bars::new();
        let threads = self.threads.map_or_else(processors, usize::from);
        let summary = run(&sweep, &store, shard, retry, threads, &bars);
        bars.finish();
        let summary = summary?;
        let mut text = self.said(shard, &summary);
        if summary.missing == 0 {
            text += &written(&sweep, &store, &[&store])?;
        } else {
            text += &wrap(
                "  ",
                2,
                &format!("{} points are still to be run: no table is written before", summary.missing),
            );
        }
        print(&text)
    }

    fn said(&self, shard: Shard, summary: &Summary) -> String {
        let Summary { points, own, run, failed, .. } = summary;
        let part = if shard.is_whole() { String::new() } else { format!(", {own} of them in part {shard}") };
        let failures: usize = failed.values().sum();
        let line = format!(
            "{}: {points} points{part}; {run} run now, {} finished before, {failures} failed",
            path(self.file.as_ref()),
            own - run
        );
        let mut text = wrap("", 2, &line);
        let mut reasons: Vec<_> = failed.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (why, count) in reasons.iter().take(REASONS) {
            text += &wrap(&format!("{count:>7} x "), 10, why);
        }
        if reasons.len() > REASONS {
            let _ = writeln!(text, "          and {} other reasons", reasons.len() - REASONS);
        }
        text
    }
}

/// Writes the table beside the points, and says where.
fn written(sweep: &Sweep, store: &Store, stores: &[&Store]) -> Result<String, SweepError> {
    let table = table(sweep, stores)?;
    let mut text = String::new();
    for (name, bytes) in [("sweep.csv", table.csv()?), ("sweep.parquet", table.parquet()?)] {
        let file = store.write_file(name, &bytes)?;
        text += &wrap("  ", 2, &format!("{}: {} rows", path(&file), table.len()));
    }
    Ok(text)
}
