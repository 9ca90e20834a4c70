//! The table on the screen: at most 100 columns, and first what the reader came for.

use crate::pipeline::{HardwareRun, Run};
use crate::plan::{PatternSource, Plan};
use crate::report::fit_outcome;
use klr_energy::{Band, Component};
use klr_model::NoiseModel;
use klr_sim::Dataflow;
use klr_units::Attojoules;
use std::fmt::{self, Write};

/// The table of `run`.
#[must_use]
pub fn table(plan: &Plan, run: &Run) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_table(plan, run, &mut out);
    out
}

fn write_table(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    heading(plan, run, out)?;
    energies(plan, run, out)?;
    recalls(run, out)?;
    work(run, out)?;
    components(run, out)?;
    remarks(run, out)
}

fn heading(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    let source = match &plan.patterns {
        PatternSource::Random { .. } => "random patterns".to_owned(),
        PatternSource::Digits64 => "digits64".to_owned(),
        PatternSource::File(path) => shorten(&path.display().to_string(), 40),
    };
    let (n, p, load) = (run.patterns.n(), run.patterns.p(), run.patterns.load());
    writeln!(
        out,
        "{source}: N = {n} neurons, P = {p} patterns (load {load:.1}), gamma {}",
        plan.model.kernel.gamma()
    )?;
    let cues = run.recall.cues;
    match &plan.retrieval.cue_file {
        Some(path) => writeln!(out, "{cues} cues of {}", shorten(&path.display().to_string(), 60))?,
        None => {
            let model = match plan.retrieval.noise_model {
                NoiseModel::Bernoulli => "Bernoulli",
                NoiseModel::Exact => "exact",
            };
            writeln!(
                out,
                "{cues} cues with {} % {model} noise, {:.1} bits off in the mean",
                plan.retrieval.noise * 100.0,
                run.recall.cue_flips_mean
            )?;
        }
    }
    let image = &run.image;
    writeln!(
        out,
        "weights {} bits, kernel {} bits {} (window {}), {:.1} KiB of SRAM; prices {}, {} MHz",
        image.weight_format().bits(),
        image.table().format().bits(),
        image.table().form().name(),
        image.table().window(),
        run.loss.sram_bits.total() as f64 / 8192.0,
        plan.energy.table.name(),
        plan.clock.mhz()
    )
}

fn energies(plan: &Plan, run: &Run, out: &mut String) -> fmt::Result {
    let cues = run.recall.cues as f64;
    let nominal = |band: Band<Attojoules>| band.nominal().as_picojoules() / cues;
    let baseline = run.hardware.iter().find(|h| h.dataflow == Dataflow::Synchronous);
    let baseline = baseline.map(|h| nominal(h.ledger.total()));
    let floor = nominal(run.floor.total());
    writeln!(
        out,
        "\n{:<22}{:>10} {:>10} {:>10} {:>13} {:>9} {:>11}",
        "energy per retrieval", "low", "nominal", "high", "x less than", "x the", "latency"
    )?;
    writeln!(out, "{:<22}{:>46} {:>9} {:>11}", "", "synchronous", "floor", "mean")?;
    for h in &run.hardware {
        let total = h.ledger.total();
        let energy = nominal(total);
        let ratio = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.2}"));
        let cycles = h.activity.cycles as f64 / cues;
        writeln!(
            out,
            "  {:<20}{} {:>13} {:>9} {:>8.2} us",
            h.dataflow.name(),
            band(total, cues, h.ledger.complete()),
            ratio(baseline.map(|b| b / energy)),
            ratio((floor > 0.0).then(|| energy / floor)),
            cycles / f64::from(plan.clock.mhz())
        )?;
    }
    let complete = run.floor.complete();
    writeln!(out, "  {:<20}{}", "floor", band(run.floor.total(), cues, complete))
}

/// Low, nominal and high per retrieval; a total that misses a price is a lower bound, and says so.
fn band(band: Band<Attojoules>, cues: f64, complete: bool) -> String {
    [band.low(), band.nominal(), band.high()]
        .map(|e| {
            format!(
                "{:>10}",
                format!("{}{}", if complete { "" } else { ">" }, joules(e.as_picojoules() / cues))
            )
        })
        .join(" ")
}

/// An energy with three significant digits and a unit.
fn joules(picojoules: f64) -> String {
    let (value, unit) = match picojoules {
        x if x < 1e3 => (x, "pJ"),
        x if x < 1e6 => (x / 1e3, "nJ"),
        x if x < 1e9 => (x / 1e6, "uJ"),
        x => (x / 1e9, "mJ"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

fn recalls(run: &Run, out: &mut String) -> fmt::Result {
    let r = &run.recall;
    let share = |hits: u64| hits as f64 / r.cues as f64;
    write!(out, "\n{:<22}", "recall")?;
    for h in &run.hardware {
        write!(out, "{} {:.3}  ", h.dataflow.name(), share(h.hits))?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "{:<22}float sync {:.3}  float async {:.3}  untrained {:.3}  nearest pattern {:.3}",
        "",
        share(r.float_sync),
        share(r.float_async),
        share(r.untrained),
        share(r.oracle)
    )
}

fn work(run: &Run, out: &mut String) -> fmt::Result {
    let cues = run.recall.cues as f64;
    writeln!(
        out,
        "\n{:<22}{:>7} {:>8} {:>10} {:>10} {:>11} {:>10} {:>9}",
        "work per retrieval", "flips", "fields", "MACs", "distances", "SRAM bits", "cycles", "max"
    )?;
    for h in &run.hardware {
        let mean = |count: u64| count as f64 / cues;
        let a = &h.activity;
        writeln!(
            out,
            "  {:<20}{:>7.1} {:>8.1} {:>10.0} {:>10.0} {:>11.0} {:>10.0} {:>9}",
            h.dataflow.name(),
            mean(a.flips),
            mean(a.evaluations),
            mean(a.macs),
            mean(a.distance_updates),
            mean(a.sram_bits_read()),
            mean(a.cycles),
            h.cycles_max
        )?;
    }
    Ok(())
}

fn components(run: &Run, out: &mut String) -> fmt::Result {
    let cues = run.recall.cues as f64;
    write!(out, "\n{:<22}", "where it goes, nominal")?;
    for h in &run.hardware {
        write!(out, "{:>14}", h.dataflow.name())?;
    }
    writeln!(out, "   grade")?;
    for component in Component::ALL {
        let energy = |h: &HardwareRun| h.ledger.component(component).nominal();
        if run.hardware.iter().all(|h| energy(h) == Attojoules::ZERO) {
            continue;
        }
        write!(out, "  {:<20}", component.name())?;
        for h in &run.hardware {
            write!(out, "{:>14}", joules(energy(h).as_picojoules() / cues))?;
        }
        let lines = run.hardware.iter().flat_map(|h| &h.ledger.lines);
        let grade = lines.filter(|line| line.component == component).map(|line| line.evidence.grade).max();
        writeln!(out, "   {}", grade.map_or(String::new(), |g| format!("{g}: {}", g.meaning())))?;
    }
    Ok(())
}

/// What a reader must not miss: disagreement, faults, training that did not converge, prices that are missing.
fn remarks(run: &Run, out: &mut String) -> fmt::Result {
    writeln!(out)?;
    let fit = &run.fit;
    writeln!(
        out,
        "model: {} after {} iterations; stored patterns fixed {:.4} in float, {:.4} in integers",
        fit_outcome(fit.outcome),
        fit.iterations,
        fit.stored_patterns_fixed,
        run.loss.stored_patterns_fixed
    )?;
    for h in &run.hardware {
        let name = h.dataflow.name();
        let cues = run.recall.cues;
        if h.agrees == cues {
            writeln!(out, "{name}: all {cues} retrievals equal the integer reference, flip by flip")?;
        } else {
            writeln!(out, "{name}: ONLY {} of {cues} retrievals equal the integer reference", h.agrees)?;
        }
        if h.fault_count > 0 {
            writeln!(out, "{name}: {} faults, {} dead fields; the first:", h.fault_count, h.dead_fields)?;
        }
        if let Some((cue, fault)) = h.faults.first() {
            writeln!(out, "  cue {cue}, {fault}")?;
        }
    }
    let mut unpriced: Vec<&str> =
        run.hardware.iter().flat_map(|h| &h.ledger.unpriced).map(|u| u.term.key()).collect();
    unpriced.sort_unstable();
    unpriced.dedup();
    if !unpriced.is_empty() {
        writeln!(out, "unpriced, so totals are lower bounds: {}", unpriced.join(", "))?;
    }
    Ok(())
}

/// The end of a text that is too long for its place.
fn shorten(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        text.to_owned()
    } else {
        format!("..{}", text.chars().skip(length + 2 - most).collect::<String>())
    }
}

/// Published totals of real chips beside what the price tables give for them, misses included.
#[must_use]
pub fn anchors() -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_anchors(&mut out);
    out
}

fn write_anchors(out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "{:<44} {:>10} {:>10} {:>9}  {:<16}",
        "anchor", "published", "modelled", "error", "expected"
    )?;
    for a in klr_energy::anchors() {
        let expected = format!("{:+.1} .. {:+.1} %", a.band.0 * 100.0, a.band.1 * 100.0);
        let verdict = if a.holds() { "" } else { "  OUTSIDE" };
        writeln!(
            out,
            "{:<44} {:>7} {} {:>7.3} {} {:>+7.2} %  {expected}{verdict}",
            a.name,
            a.published,
            a.unit,
            a.modelled,
            a.unit,
            a.relative_error * 100.0
        )?;
    }
    Ok(())
}
