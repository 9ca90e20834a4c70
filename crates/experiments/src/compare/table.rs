//! The machines as a table: for the screen, in lines of at most 100 columns, and as comma-separated values.

use super::Machines;
use super::row::{Basis, Row};
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
        line(row, mark(&kinds, &row.found.basis), machines.cues, out)?;
    }
    prices(&kinds, out)?;
    notes(machines, out)
}

fn line(row: &Row, mark: char, cues: u64, out: &mut String) -> fmt::Result {
    let found = &row.found;
    let energies = FIGURES
        .map(|figure| found.energy.map(figure).shown(|energy| joules(energy.as_picojoules() / cues as f64)));
    let [low, nominal, high] = energies;
    writeln!(
        out,
        "{:<24}{low:>10} {nominal:>10} {high:>10} {mark}{:>10} {:>8} {:>10} {:>8}",
        row.machine,
        found.microseconds.shown(|time| duration(time / cues as f64)),
        found.cores.shown(|cores| cores.to_string()),
        found.area_mm2.shown(|area| number(area, 3)),
        share(found.hits as f64 / cues as f64, 3)
    )
}

/// The kinds of prices, each once.
fn kinds(machines: &Machines) -> Vec<&Basis> {
    let mut kinds: Vec<&Basis> = Vec::new();
    for row in &machines.rows {
        if !kinds.iter().any(|kind| kind.table == row.found.basis.table) {
            kinds.push(&row.found.basis);
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
        let mut text = row.mapping.to_owned();
        for remark in &row.found.remarks {
            text.push_str("; ");
            text.push_str(remark);
        }
        let terms = row.unpriced_terms();
        if !terms.is_empty() {
            let what = if row.found.energy == Cost::Unknown {
                "its energy is not known"
            } else {
                "its energy is a lower bound"
            };
            text.push_str(&format!("; no published price, so {what}: {}", terms.join(", ")));
        }
        out.push_str(&wrap(&format!("  {}: ", row.machine), 5, &text));
    }
    Ok(())
}

/// The table as comma-separated values. What is not known is an empty field; the status stands beside it.
pub(super) fn csv(machines: &Machines) -> String {
    let mut out = String::from(
        "machine,energy_status,low_pj,nominal_pj,high_pj,latency_status,latency_us,cores_status,cores,area_status,area_mm2,\
         recall,prices,unpriced\n",
    );
    for row in &machines.rows {
        let (found, cues) = (&row.found, machines.cues as f64);
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
