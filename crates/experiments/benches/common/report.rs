//! The figures as text of at most 100 columns.

use super::batch::Batch;
use super::clock::Clock;
use super::memory::HostMemory;
use super::sanafe::Comparison;
use super::speed::Row;
use super::targets::{self, Goal};
use super::{machine, targets::counts_operations};

/// Fewer repeats give no median worth keeping.
const REPEATS_WORTH_KEEPING: u32 = 7;
/// Above this load the caches are shared with somebody, which CPU time does not exclude.
const QUIET: f64 = 0.5;

pub(crate) fn header(clock: &Clock, repeats: u32, load: Option<f64>) -> String {
    let mut text = format!("{}; {}; load {}\n", machine::describe(), machine::toolchain(), show_load(load));
    text +=
        &format!("medians of {repeats} repeats by turns, after one warm-up; seconds are {}\n", clock.name());
    if repeats < REPEATS_WORTH_KEEPING {
        text += &format!("note: fewer than {REPEATS_WORTH_KEEPING} repeats; do not quote these figures\n");
    }
    if load.is_some_and(|load| load > QUIET) {
        text += "note: other programs are running; they share caches and memory with these figures\n";
    }
    text
}

pub(crate) fn footer(load: Option<f64>) -> String {
    format!("\nload at the end {}; this program alone gives about 1\n", show_load(load))
}

fn show_load(load: Option<f64>) -> String {
    load.map_or_else(|| "unknown".to_owned(), |load| format!("{load:.2}"))
}

pub(crate) fn speed_header() -> String {
    format!(
        "\nspeed, one thread; watched: a sink is told every event in its cycle, and drops it; elsewhere what\n\
         has a closed form is counted by it; products with a kernel word of 0 are left out\n\
         {:>5} {:>5}  {:<20} {:>9} {:>9} {:>9} {:>9} {:>6} {:>6}  ops  ref\n",
        "N", "P", "dataflow", "syn ops/s", "cycles/s", "retr. ms", "ref. ms", "x ref", "spread"
    )
}

pub(crate) fn speed_rows(rows: &[Row]) -> String {
    rows.iter().map(speed_row).collect()
}

fn speed_row(row: &Row) -> String {
    let ops = row.operations_per_second();
    let verdict = |applies: bool, met: bool| if applies { word(met) } else { "-" };
    let fast = verdict(counts_operations(row), ops >= targets::OPERATIONS_PER_SECOND);
    let near = verdict(targets::applies(row.how), row.slowdown() <= targets::TIMES_REFERENCE);
    format!(
        "{:>5} {:>5}  {:<20} {ops:>9.2e} {:>9.2e} {:>9.3} {:>9.3} {:>6} {:>4.0} %  {fast:<4} {near}\n",
        row.size.n,
        row.size.p,
        row.name(),
        row.cycles_per_second(),
        row.simulator.median() / row.cues as f64 * 1e3,
        row.reference.median() / row.cues as f64 * 1e3,
        three_digits(row.slowdown()),
        row.simulator.spread().max(row.reference.spread()) * 100.0,
    )
}

fn verdict(what: &str, met: bool) -> String {
    format!("{what} {}", word(met))
}

const fn word(met: bool) -> &'static str {
    if met { "pass" } else { "MISS" }
}

/// A ratio, with the digits it deserves.
fn three_digits(x: f64) -> String {
    let digits = if x < 10.0 { 2 } else { usize::from(x < 100.0) };
    format!("{x:.digits$}")
}

pub(crate) fn memory_header() -> String {
    format!(
        "\nmemory of the host in bytes per weight of 8 bits\n{:>5} {:>5}  {:>8} {:>17} {:>20}  targets\n",
        "N", "P", "weights", "image (summed)", "peak RSS (measured)"
    )
}

pub(crate) fn memory_row(memory: &HostMemory) -> String {
    let peak = memory.peak_bytes_per_weight().map_or_else(|| "unknown".to_owned(), |b| format!("{b:.2}"));
    format!(
        "{:>5} {:>5}  {:>8} {:>17.2} {peak:>20}  {}\n",
        memory.size.n,
        memory.size.p,
        memory.size.weights(),
        memory.image_bytes_per_weight(),
        verdict("bytes", memory.bytes_per_weight() <= targets::BYTES_PER_WEIGHT),
    )
}

pub(crate) fn batch(batch: &Batch) -> String {
    format!(
        "\nbatch of {} retrievals, wall time: 1 thread {:.3} s, {} threads {:.3} s, x {:.2}; identical results\n",
        batch.retrievals,
        batch.one.median(),
        batch.threads,
        batch.all.median(),
        batch.speed_up(),
    )
}

pub(crate) fn comparison(comparison: &Result<Comparison, String>) -> String {
    let comparison = match comparison {
        Ok(comparison) => comparison,
        Err(reason) => return format!("\nSANA-FE: {reason}\n"),
    };
    let mut text = format!(
        "\nbeside SANA-FE {} at N = 100, P = 1000, one thread, CPU seconds\n  \
         theirs: synaptic events, time-stepped and functional, timing model `simple`, all neurons fire\n  \
         ours:   synaptic operations of cycle-exact retrievals; watched: a sink is told every event;\n          \
         stepped: so it is, and each event goes through the queue of events\n",
        comparison.version
    );
    text += &format!(
        "  {:<20} {:>9.2e} events/s, spread {:.0} %\n",
        "SANA-FE",
        comparison.theirs.median(),
        comparison.theirs.spread() * 100.0
    );
    for side in &comparison.ours {
        let ratio = comparison.ratio(side);
        let verdict = if targets::is_beside_sanafe(side.how) {
            verdict("sana-fe", ratio >= targets::TIMES_SANAFE)
        } else {
            "-".to_owned()
        };
        let line = format!(
            "  {:<20} {:>9.2e} syn ops/s, spread {:.0} %, x {} SANA-FE  {verdict}",
            side.name(),
            Comparison::ours_per_second(side),
            side.samples.spread() * 100.0,
            three_digits(ratio),
        );
        text += line.trim_end();
        text.push('\n');
    }
    text
}

pub(crate) fn targets(targets: &[Goal]) -> String {
    let mut text = "\ntargets\n".to_owned();
    for target in targets {
        let (met, of) = (target.met(), target.figures.len());
        let found = match target.worst() {
            None => "not measured".to_owned(),
            Some((at, worst)) => {
                let word = word(met == of);
                let worst = if *worst >= 1e4 { format!("{worst:.2e}") } else { three_digits(*worst) };
                format!("{word} {met}/{of}; worst {worst}, {at}")
            }
        };
        text += &format!("  {:<52} {found}\n", target.text);
    }
    text
}
