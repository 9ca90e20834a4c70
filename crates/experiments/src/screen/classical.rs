//! The classical network on crossbar cores, beside the kernel core on the same cues.

use super::{agreement, band, latency, missing, per_retrieval, unpriced};
use crate::pipeline::{HardwareRun, Run};
use klr_energy::{Band, Component, Cost};
use klr_units::text::{UNKNOWN, fixed, share, wrap};
use std::collections::BTreeSet;
use std::fmt::{self, Write};

/// What one core made of the cues, crossbar or kernel: sums over all of them.
struct CoreRow {
    name: &'static str,
    hits: u64,
    /// Hits of the same memory in floating point.
    float_hits: u64,
    energy: Cost,
    flips: u64,
    evaluations: u64,
    operations: u64,
    sram_bits: u64,
    cycles: u64,
    cycles_max: u64,
}

pub(super) fn section(run: &Run, out: &mut String) -> fmt::Result {
    let rows = rows(run);
    recalls_and_energies(run, &rows, out)?;
    work(run, &rows, out)?;
    components(run, out)?;
    remarks(run, out)
}

fn rows(run: &Run) -> Vec<CoreRow> {
    let crossbar = run.classical.iter().map(|c| CoreRow {
        name: c.core.name(),
        hits: c.hits,
        float_hits: c.float_hits,
        energy: c.ledger.total(),
        flips: c.activity.spikes,
        evaluations: c.activity.evaluations,
        operations: c.activity.synaptic_operations,
        sram_bits: c.activity.sram_bits_read(),
        cycles: c.activity.cycles,
        cycles_max: c.cycles_max,
    });
    crossbar.chain(run.hardware.iter().map(|h| kernel(run, h))).collect()
}

fn kernel(run: &Run, h: &HardwareRun) -> CoreRow {
    let (sync, asynchronous) = (run.recall.float_sync, run.recall.float_async);
    CoreRow {
        name: h.dataflow.name(),
        hits: h.hits,
        float_hits: if h.dataflow.needs().together { sync } else { asynchronous },
        energy: h.ledger.total(),
        flips: h.activity.flips,
        evaluations: h.activity.evaluations,
        operations: h.activity.macs,
        sram_bits: h.activity.sram_bits_read(),
        cycles: h.activity.cycles,
        cycles_max: h.cycles_max,
    }
}

fn recalls_and_energies(run: &Run, rows: &[CoreRow], out: &mut String) -> fmt::Result {
    let cues = run.recall.cues as f64;
    writeln!(
        out,
        "\n{:<22}{:>8} {:>9} {:>10} {:>10} {:>10} {:>11}",
        "classical Hopfield", "recall", "in float", "low", "nominal", "high", "latency"
    )?;
    for row in rows {
        writeln!(
            out,
            "  {:<20}{:>8} {:>9} {} {:>11}",
            row.name,
            share(row.hits as f64 / cues, 3),
            share(row.float_hits as f64 / cues, 3),
            band(row.energy, run.recall.cues),
            latency(run, row.cycles)
        )?;
    }
    Ok(())
}

fn work(run: &Run, rows: &[CoreRow], out: &mut String) -> fmt::Result {
    let mean = |count: u64, decimals| fixed(count as f64 / run.recall.cues as f64, decimals);
    writeln!(
        out,
        "\n{:<22}{:>7} {:>8} {:>13} {:>11} {:>10} {:>9}",
        "work per retrieval", "flips", "fields", "synaptic ops", "SRAM bits", "cycles", "max"
    )?;
    for row in rows {
        writeln!(
            out,
            "  {:<20}{:>7} {:>8} {:>13} {:>11} {:>10} {:>9}",
            row.name,
            mean(row.flips, 1),
            mean(row.evaluations, 1),
            mean(row.operations, 0),
            mean(row.sram_bits, 0),
            mean(row.cycles, 0),
            row.cycles_max
        )?;
    }
    Ok(())
}

fn components(run: &Run, out: &mut String) -> fmt::Result {
    write!(out, "\n{:<22}", "where it goes, nominal")?;
    for c in &run.classical {
        write!(out, "{:>20}", c.core.name())?;
    }
    writeln!(out, "   grade")?;
    let mut grades = BTreeSet::new();
    for component in Component::CROSSBAR {
        let lines = run.classical.iter().flat_map(|c| &c.ledger.lines);
        let grade = lines.filter(|line| line.component == component).map(|line| line.evidence.grade).max();
        let sums = run.classical.iter().map(|c| c.ledger.component(component));
        if sums.clone().all(|sum| sum.is_known()) && grade.is_none() {
            continue;
        }
        write!(out, "  {:<20}", component.name())?;
        for sum in sums {
            write!(out, "{:>20}", per_retrieval(sum.map(Band::nominal), run.recall.cues))?;
        }
        writeln!(out, "   {}", grade.map_or_else(|| UNKNOWN.to_owned(), |grade| grade.to_string()))?;
        grades.extend(grade);
    }
    for grade in grades {
        writeln!(out, "  {grade}: {}", grade.meaning())?;
    }
    Ok(())
}

fn remarks(run: &Run, out: &mut String) -> fmt::Result {
    writeln!(out)?;
    let n = run.patterns.n() as u64;
    for c in &run.classical {
        let name = c.core.name();
        writeln!(
            out,
            "{name}: {}-bit Hebbian weights, {} of {} held at the end of their range",
            c.weight_bits,
            c.clipped_weights,
            n * n.saturating_sub(1)
        )?;
        writeln!(out, "{name}: stored patterns fixed: {} in integers", share(c.stored_patterns_fixed, 4))?;
        agreement(name, c.agrees, run.recall.cues, out)?;
        if c.fault_count > 0 {
            writeln!(out, "{name}: {} faults; the first:", c.fault_count)?;
        }
        if let Some((cue, fault)) = c.faults.first() {
            out.push_str(&wrap("  ", 4, &format!("cue {cue}, {fault}")));
        }
    }
    let kernel = run.hardware.iter().map(|h| (h.ledger.total(), unpriced(&h.ledger)));
    let classical = run.classical.iter().map(|c| (c.ledger.total(), unpriced(&c.ledger)));
    missing("totals", classical.chain(kernel), out);
    Ok(())
}
