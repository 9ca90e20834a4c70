//! `klr prices` and `klr anchors` beyond a table on the screen: tables of one's own, and JSON.

use crate::check::read_text;
use crate::error::CliError;
use klr_energy::{
    Band, Cells, Cost, Evidence, Macros, PriceTable, Scope, SquareNanometres, Sram, Term, Treatment,
    anchors as all_anchors,
};
use klr_experiments::report;
use klr_units::text::{path, wrap};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The largest price table that is read, in bytes.
const MOST_BYTES: u64 = 1 << 24;

/// The names of all tables that come with klr, with what each describes.
pub(crate) fn names() -> Result<Value, CliError> {
    let entry = |name| Ok(json!({ "name": name, "about": PriceTable::preset(name)?.about() }));
    PriceTable::names().map(entry).collect()
}

/// A table that comes with klr under its name, or the one in the file of that name, as its text or as JSON. A table of a
/// file is checked, and what it covers stands above it.
pub(crate) fn table(named: &str, json: bool) -> Result<String, CliError> {
    let file = Path::new(named);
    let is_file = file.exists() || named.contains(std::path::MAIN_SEPARATOR) || named.ends_with(".toml");
    let (table, text) = match PriceTable::preset_text(named) {
        Some(text) => (PriceTable::preset(named)?, text.to_owned()),
        None if is_file => {
            let text = read_text(file, "price table", MOST_BYTES)?;
            let table = PriceTable::from_toml(&text, &path(file))?;
            let above = coverage(&table);
            (table, format!("{above}\n{text}"))
        }
        None => (PriceTable::preset(named)?, String::new()),
    };
    Ok(if json { report::to_text(&to_json(&table)) } else { text })
}

/// How many terms the table prices, and which it does not, as comments of TOML.
fn coverage(table: &PriceTable) -> String {
    let keys = |wanted: fn(&Treatment) -> bool| -> Vec<&str> {
        Term::ALL.iter().filter(|&&term| wanted(table.treatment(term))).map(|term| term.key()).collect()
    };
    let priced = keys(|of| matches!(of, Treatment::Priced(_) | Treatment::Drawn(_)));
    let ladder = keys(|of| matches!(of, Treatment::Ladder));
    let free = keys(|of| matches!(of, Treatment::Free(_)));
    let included = keys(|of| matches!(of, Treatment::Included { .. }));
    let unpriced = keys(|of| matches!(of, Treatment::Unpriced(_)));
    let mut words = format!(
        "a price table without an error: of {} terms, {} priced, {} by its memory macros, {} free, {} included in \
         others, {} unpriced",
        Term::ALL.len(),
        priced.len(),
        ladder.len(),
        free.len(),
        included.len(),
        unpriced.len()
    );
    if !unpriced.is_empty() {
        words.push_str(&format!("; totals that need one of these are lower bounds: {}", unpriced.join(", ")));
    }
    // The mark of a comment takes two of the columns that a line has.
    let lines = wrap("  ", 2, &words);
    lines.lines().map(|line| format!("# {}\n", line.trim_start())).collect()
}

fn to_json(table: &PriceTable) -> Value {
    let terms: Map<String, Value> =
        Term::ALL.iter().map(|&term| (term.key().to_owned(), treatment(table.treatment(term)))).collect();
    json!({
        "schema": "klr-prices-2",
        "name": table.name(),
        "own_name": table.own_name(),
        "about": table.about(),
        "version": table.version(),
        "sram": table.sram().map(sram),
        "cells": table.cells().map(cells),
        "terms": terms,
    })
}

/// The macros that banks are built of.
fn sram(sram: &Sram) -> Value {
    let evidence = evidence(sram.evidence());
    match sram.macros() {
        Macros::Rungs(rungs) => {
            let rung = |rung: &klr_energy::Rung| json!({ "bytes": rung.bytes, "word_bits": rung.word_bits, "ports": rung.ports.name() });
            json!({ "rungs": rungs.iter().map(rung).collect::<Vec<_>>(), "evidence": evidence })
        }
        Macros::Grid(grid) => json!({
            "grid": { "node_nm": grid.node_nm(), "device": grid.device().name() },
            "evidence": evidence,
        }),
    }
}

/// The area of a gate and of a flip-flop in square micrometres: low, nominal and high figure.
fn cells(cells: &Cells) -> Value {
    let um2 = |band: Band<SquareNanometres>| {
        [band.low(), band.nominal(), band.high()].map(SquareNanometres::as_um2)
    };
    json!({
        "gate_um2": um2(cells.gate),
        "flip_flop_um2": um2(cells.flip_flop),
        "evidence": evidence(&cells.evidence),
    })
}

fn treatment(treatment: &Treatment) -> Value {
    match treatment {
        Treatment::Priced(price) => json!({
            "picojoules": [price.band.low().as_picojoules(), price.band.nominal().as_picojoules(), price.band.high().as_picojoules()],
            "at_bits": price.at_bits,
            "leaves_out": price.leaves_out,
            "scope": scope(price.scope),
            "evidence": evidence(&price.evidence),
        }),
        Treatment::Drawn(power) => json!({
            "microwatts": [power.band.low().as_microwatts(), power.band.nominal().as_microwatts(), power.band.high().as_microwatts()],
            "scope": scope(power.scope),
            "evidence": evidence(&power.evidence),
        }),
        Treatment::Ladder => json!({ "ladder": true }),
        Treatment::Free(why) => json!({ "free": why }),
        Treatment::Included { within, why } => {
            json!({ "included": within.iter().map(|term| term.key()).collect::<Vec<_>>(), "why": why })
        }
        Treatment::Unpriced(why) => json!({ "unpriced": why }),
    }
}

const fn scope(scope: Scope) -> &'static str {
    scope.name()
}

fn evidence(evidence: &Evidence) -> Value {
    json!({ "grade": evidence.mark(), "source": evidence.source, "note": evidence.note })
}

/// A figure, or the least that it can be; nothing for what is not known. Its status stands beside it.
fn figure(cost: Cost<f64>) -> Value {
    match cost {
        Cost::Known(figure) | Cost::AtLeast(figure) => figure.into(),
        Cost::Unknown => Value::Null,
    }
}

/// Published totals beside those of the tables.
pub(crate) fn anchors() -> Value {
    let anchors: Vec<Value> = all_anchors()
        .iter()
        .map(|anchor| {
            json!({
                "name": anchor.name,
                "table": anchor.table,
                "unit": anchor.unit,
                "published": anchor.published,
                "modelled": figure(anchor.modelled),
                "status": anchor.modelled.status(),
                "relative_error": figure(anchor.relative_error),
                "folder": anchor.folder,
                "role": anchor.role.name(),
                "citation": anchor.citation,
                "secondary": anchor.secondary,
                "tolerance": [anchor.tolerance.0, anchor.tolerance.1],
                "is_miss": anchor.is_miss(),
                "expected": [anchor.band.0, anchor.band.1],
                "holds": anchor.holds(),
                "remark": anchor.remark,
            })
        })
        .collect();
    json!({ "schema": "klr-anchors-1", "anchors": anchors })
}
