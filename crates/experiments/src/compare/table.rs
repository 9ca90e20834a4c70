//! The machines as a table: for the screen, in lines of at most 100 columns, and as comma-separated values.

use super::Machines;
use super::row::{Basis, Measured, Row};
use klr_energy::{Band, Cost};
use klr_units::Yoctojoules;
use klr_units::text::{duration, joules, number, share, wrap};
use std::fmt::{self, Write};

/// The three figures of a band.
const FIGURES: [fn(Band<Yoctojoules>) -> Yoctojoules; 3] = [Band::low, Band::nominal, Band::high];

/// Marks of the kinds of prices, in the order in which they come.
const MARKS: [char; 8] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/// The table for the screen.
pub(super) fn text(machines: &Machines) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(machines, &mut out);
    out
}

fn write_text(machines: &Machines, out: &mut String) -> fmt::Result {
    let (n, p) = machines.size;
    let head = format!(
        "{p} patterns of {n} neurons on other machines: the same {} cues, a mapping and a price table of its own for each",
        machines.cues
    );
    out.push_str(&wrap("", 2, &head));
    writeln!(out, "klr at {} MHz", machines.clock.mhz())?;
    writeln!(
        out,
        "\n{:<24}{:>10} {:>10} {:>10}  {:>10} {:>8} {:>10} {:>8}",
        "energy per retrieval", "low", "nominal", "high", "latency", "cores", "area mm2", "recall"
    )?;
    let kinds = kinds(machines);
    for row in &machines.rows {
        match &row.found {
            Ok(found) => line(&row.machine, found, mark(&kinds, &found.basis), machines.cues, out)?,
            Err(_) => writeln!(out, "{:<24}refused, see below", row.machine)?,
        }
    }
    prices(&kinds, out)?;
    notes(machines, out)
}

fn line(machine: &str, found: &Measured, mark: char, cues: u64, out: &mut String) -> fmt::Result {
    let energies = FIGURES
        .map(|figure| found.energy.map(figure).shown(|energy| joules(energy.as_picojoules() / cues as f64)));
    let [low, nominal, high] = energies;
    writeln!(
        out,
        "{:<24}{low:>10} {nominal:>10} {high:>10} {mark}{:>10} {:>8} {:>10} {:>8}",
        machine,
        found.microseconds.shown(|time| duration(time / cues as f64)),
        found.cores.shown(|cores| cores.to_string()),
        found.area_mm2.shown(|area| number(area, 3)),
        share(found.hits as f64 / cues as f64, 3)
    )
}

/// The kinds of prices, each once.
fn kinds(machines: &Machines) -> Vec<&Basis> {
    let mut kinds: Vec<&Basis> = Vec::new();
    for found in machines.rows.iter().flat_map(|row| &row.found) {
        if !kinds.iter().any(|kind| kind.table == found.basis.table) {
            kinds.push(&found.basis);
        }
    }
    kinds
}

fn mark(kinds: &[&Basis], basis: &Basis) -> char {
    let at = kinds.iter().position(|kind| kind.table == basis.table);
    at.and_then(|at| MARKS.get(at)).copied().unwrap_or('?')
}

fn prices(kinds: &[&Basis], out: &mut String) -> fmt::Result {
    writeln!(out, "\nprices")?;
    for kind in kinds {
        let text = format!(
            "{}: {}; {}; weakest evidence {}",
            kind.table,
            kind.about.trim_end_matches('.'),
            kind.scope,
            kind.weakest
        );
        out.push_str(&wrap(&format!("  {}  ", mark(kinds, kind)), 5, &text));
    }
    if kinds.len() > 1 {
        let warning = "Energies with different letters do not compare: node, supply, what an operation contains and how its \
                       figure came about differ.";
        out.push_str(&wrap("  ", 2, warning));
    }
    Ok(())
}

fn notes(machines: &Machines, out: &mut String) -> fmt::Result {
    writeln!(out, "\nmachines")?;
    for row in &machines.rows {
        let text = match &row.found {
            Ok(found) => note(row, found),
            Err(refusals) => {
                let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
                format!("{}; refused: {}", row.mapping, reasons.join("; "))
            }
        };
        out.push_str(&wrap(&format!("  {}: ", row.machine), 5, &text));
    }
    Ok(())
}

/// What a reader of the row should know.
fn note(row: &Row, found: &Measured) -> String {
    let mut parts = vec![row.mapping.to_owned()];
    parts.extend(found.remarks.iter().cloned());
    let terms = row.unpriced_terms();
    if !terms.is_empty() {
        let what = if found.energy == Cost::Unknown { "is not known" } else { "is a lower bound" };
        parts.push(format!("no published price, so its energy {what}: {}", terms.join(", ")));
    }
    parts.join("; ")
}

/// The table as comma-separated values. What is not known is an empty field; the status stands beside it.
pub(super) fn csv(machines: &Machines) -> String {
    let mut out = String::from(
        "machine,energy_status,low_pj,nominal_pj,high_pj,latency_status,latency_us,cores_status,cores,area_status,area_mm2,\
         recall,prices,unpriced,refused\n",
    );
    for row in &machines.rows {
        let cues = machines.cues as f64;
        let found = match &row.found {
            Ok(found) => found,
            Err(refusals) => {
                let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
                out.push_str(&format!("{},,,,,,,,,,,,,,{}\n", row.machine, quoted(&reasons.join("; "))));
                continue;
            }
        };
        let energies =
            FIGURES.map(|figure| field(found.energy.map(|band| figure(band).as_picojoules() / cues)));
        let fields = [
            row.machine.clone(),
            found.energy.status().to_owned(),
            energies.join(","),
            found.microseconds.status().to_owned(),
            field(found.microseconds.map(|time| time / cues)),
            found.cores.status().to_owned(),
            field(found.cores),
            found.area_mm2.status().to_owned(),
            field(found.area_mm2),
            (found.hits as f64 / cues).to_string(),
            quoted(&found.basis.table),
            row.unpriced_terms().join(" "),
            String::new(),
        ];
        out.push_str(&fields.join(","));
        out.push('\n');
    }
    out
}

fn field<T: ToString>(figure: Cost<T>) -> String {
    match figure {
        Cost::Known(figure) | Cost::AtLeast(figure) => figure.to_string(),
        Cost::Unknown => String::new(),
    }
}

/// A text as a field: in quotes, its own doubled, since a file's name may hold anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
