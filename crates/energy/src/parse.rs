//! From TOML to a checked price table.

use crate::band::Band;
use crate::cells::Cells;
use crate::error::TableError;
use crate::evidence::{Evidence, Grade, Scope};
use crate::reader::{KeyedValue, Section, refuse};
use crate::source::Sources;
use crate::sram::Sram;
use crate::table::{Power, Price, PriceTable, Treatment};
use crate::term::{Quantity, Term, Width};
use klr_units::document::Document;
use klr_units::energy::{FigureError, GREATEST_FIGURE, LEAST_FIGURE};
use klr_units::{EnergyPerCount, Yoctowatts};
use std::sync::Arc;
use toml::de::DeTable;

/// The widest word or product of widths accepted, in bits.
pub(crate) const MOST_BITS: u64 = 1 << 16;
/// The highest version of a table.
const MOST_VERSION: u64 = 1_000_000;

/// The keys that say how a term is treated; a section holds exactly one of them.
const TREATMENTS: [&str; 6] = ["pj", "uw", "ladder", "free", "included", "unpriced"];

impl PriceTable {
    /// Reads a table from the TOML in `file_name`, which is its name from here on. The keys are described in
    /// `docs/energy.md`.
    ///
    /// # Errors
    /// [`TableError::Refused`] at the first thing that is not a price table: text that is not TOML, an unknown or missing
    /// key, a figure that is negative, not finite, too fine or out of order, a price without source or grade.
    pub fn from_toml(text: &str, file_name: &str) -> Result<Self, TableError> {
        let document = Document { file: file_name, text };
        let parsed = DeTable::parse(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            refuse(document, offset, "TOML", error.message().to_owned())
        })?;
        let root = Section::root(document, parsed.get_ref());
        let mut allowed = vec!["name", "about", "version", "sram", "cells", "sources"];
        allowed.extend(Term::ALL.iter().map(|term| term.key()));
        root.only(&allowed)?;
        let own_name = root.require("name", "the table's name in reports")?.text("a name")?;
        let about = root.require("about", "what the table describes")?.text("a sentence")?;
        let version = root.get("version").map(|entry| entry.positive(MOST_VERSION)).transpose()?;
        let sram = root.get("sram").map(|entry| Sram::read(&entry.section()?)).transpose()?;
        let cells = root.get("cells").map(|entry| Cells::read(&entry.section()?)).transpose()?;
        let treatments =
            Term::ALL.iter().map(|&term| treatment(&root, term)).collect::<Result<Vec<_>, _>>()?;
        let sources = Arc::new(Sources::read(&root, &treatments, sram.as_ref())?);
        let table = Self {
            name: format!("file {file_name}"),
            file: Some(file_name.to_owned()),
            own_name,
            about,
            version,
            sram,
            cells,
            sources,
            treatments,
            text: text.into(),
        };
        Term::ALL.iter().try_for_each(|&term| check_references(&root, &table, term))?;
        Ok(table)
    }
}

fn treatment(root: &Section<'_>, term: Term) -> Result<Treatment, TableError> {
    if term.may_be_left_out() && root.get(term.key()).is_none() {
        return Ok(Treatment::Unpriced("the table has no section for it".to_owned()));
    }
    let why = "every term says what it costs: pj (or uw), ladder, free, included or unpriced";
    let section = root.require(term.key(), why)?.section()?;
    let present: Vec<&str> = TREATMENTS.into_iter().filter(|key| section.get(key).is_some()).collect();
    let [kind] = present[..] else {
        let found = if present.is_empty() { "none".to_owned() } else { present.join(" and ") };
        let problem = format!("found {found}, allowed: exactly one of {}", TREATMENTS.join(", "));
        return Err(section.refuse(problem));
    };
    let entry = section.require(kind, "")?;
    match (kind, term.quantity()) {
        ("pj", Quantity::Count) => price(&section, &entry, term).map(Treatment::Priced),
        ("uw", Quantity::Time) => power(&section, &entry).map(Treatment::Drawn),
        ("pj", Quantity::Time) => Err(entry.refuse("found an energy, allowed: uw, a power in microwatts")),
        ("uw", Quantity::Count) => Err(entry.refuse("found a power, allowed: pj, an energy in picojoules")),
        ("ladder", _) => from_ladder(&section, &entry, term),
        ("included", _) => included(&section, &entry, term),
        ("free", _) => reason(&section, &entry, kind).map(Treatment::Free),
        _ => reason(&section, &entry, kind).map(Treatment::Unpriced),
    }
}

fn price(section: &Section<'_>, entry: &KeyedValue<'_>, term: Term) -> Result<Price, TableError> {
    section.only(&["pj", "at_bits", "leaves_out", "scope", "grade", "secondary", "source", "note"])?;
    let scope = scope(section)?;
    Ok(Price {
        band: energy_band(entry)?,
        at_bits: at_bits(section, term.width(), scope)?,
        leaves_out: section.get("leaves_out").map(|entry| entry.text("what is not in it")).transpose()?,
        scope,
        evidence: Arc::new(evidence(section)?),
    })
}

fn power(section: &Section<'_>, entry: &KeyedValue<'_>) -> Result<Power, TableError> {
    section.only(&["uw", "scope", "grade", "secondary", "source", "note"])?;
    Ok(Power { band: power_band(entry)?, scope: scope(section)?, evidence: Arc::new(evidence(section)?) })
}

/// A figure for one operation alone belongs to a datapath of some width; a figure with everything around the operation
/// belongs to the chip as it is, and must not be stretched to a width its source never had.
fn at_bits(section: &Section<'_>, width: Width, scope: Scope) -> Result<Option<u64>, TableError> {
    let entry = section.get("at_bits");
    match (width, scope, entry) {
        (Width::Fixed, _, Some(entry)) => {
            Err(entry.refuse("the price of this term does not grow with a width"))
        }
        (Width::Fixed, _, None) | (_, Scope::AllIn, None) => Ok(None),
        (_, Scope::AllIn, Some(entry)) => Err(entry.refuse("an all-in price does not grow with a width")),
        (_, Scope::PerTerm, Some(entry)) => entry.positive(MOST_BITS).map(Some),
        (_, Scope::PerTerm, None) => {
            let why = format!("the width the figure was published for ({})", width.name());
            section.require("at_bits", &why).map(|_| None)
        }
    }
}

fn from_ladder(section: &Section<'_>, entry: &KeyedValue<'_>, term: Term) -> Result<Treatment, TableError> {
    section.only(&["ladder"])?;
    if !term.may_use_ladder() {
        return Err(entry.refuse("only accesses to a memory and memory_leakage have a size to look up"));
    }
    if !entry.flag()? {
        return Err(entry.refuse("found false, allowed: true, or another way to say what the term costs"));
    }
    Ok(Treatment::Ladder)
}

fn included(section: &Section<'_>, entry: &KeyedValue<'_>, term: Term) -> Result<Treatment, TableError> {
    section.only(&["included", "why"])?;
    let allowed = "a list of the terms whose prices contain this one";
    let mut within = Vec::new();
    for item in entry.list(allowed)? {
        let name = item.text("the key of a term")?;
        let other = Term::from_key(&name).filter(|&other| other != term);
        within.push(
            other.ok_or_else(|| item.refuse(format!("found {name:?}, allowed: the key of another term")))?,
        );
    }
    if within.is_empty() {
        return Err(entry.refuse(format!("found [], allowed: {allowed}")));
    }
    let why = section.require("why", "why the other price contains this one")?.text("a sentence")?;
    Ok(Treatment::Included { within, why })
}

fn reason(section: &Section<'_>, entry: &KeyedValue<'_>, kind: &str) -> Result<String, TableError> {
    section.only(&[kind])?;
    entry.text("the reason, in a sentence")
}

/// What one treatment says of other parts of the table must be true of them.
fn check_references(root: &Section<'_>, table: &PriceTable, term: Term) -> Result<(), TableError> {
    let refuse = |key: &str, problem: String| -> TableError {
        let section = root.require(term.key(), "").and_then(|entry| entry.section());
        match section.and_then(|section| section.require(key, "")) {
            Ok(entry) => entry.refuse(problem),
            Err(error) => error,
        }
    };
    match (table.treatment(term), &table.sram) {
        (Treatment::Ladder, None) => {
            Err(refuse("ladder", "there is no section [sram], allowed: with one".to_owned()))
        }
        (Treatment::Ladder, Some(sram)) if term == Term::MemoryLeakage && !sram.leaks() => {
            Err(refuse("ladder", "a rung has no leakage_uw, allowed: when every rung has one".to_owned()))
        }
        (Treatment::Included { within, .. }, _) => {
            match within.iter().find(|other| !is_charged(table, **other)) {
                None => Ok(()),
                Some(other) => Err(refuse(
                    "included",
                    format!(
                        "{} has no price that could contain it, allowed: a term with pj, uw or ladder",
                        other.key()
                    ),
                )),
            }
        }
        _ => Ok(()),
    }
}

fn is_charged(table: &PriceTable, term: Term) -> bool {
    matches!(table.treatment(term), Treatment::Priced(_) | Treatment::Drawn(_) | Treatment::Ladder)
}

fn scope(section: &Section<'_>) -> Result<Scope, TableError> {
    let Some(entry) = section.get("scope") else { return Ok(Scope::PerTerm) };
    match entry.text("per-term or all-in")?.as_str() {
        "per-term" => Ok(Scope::PerTerm),
        "all-in" => Ok(Scope::AllIn),
        other => Err(entry.refuse(format!("found {other:?}, allowed: \"per-term\" or \"all-in\""))),
    }
}

pub(crate) fn evidence(section: &Section<'_>) -> Result<Evidence, TableError> {
    let entry = section.require("grade", "one of S, P, G, R, V, D, M")?;
    let letter = entry.text("a letter")?;
    let grade = Grade::from_letter(&letter)
        .ok_or_else(|| entry.refuse(format!("found {letter:?}, allowed: S, P, G, R, V, D, M")))?;
    let source = section.require("source", "who says so")?.text("a citation")?;
    let note = section.get("note").map(|entry| entry.text("a sentence")).transpose()?;
    if grade == Grade::Derived && note.is_none() {
        section.require("note", "a derived figure shows its arithmetic")?;
    }
    let secondary = section.get("secondary").map(|entry| entry.flag()).transpose()?.unwrap_or(false);
    Ok(Evidence { grade, secondary, source, note: note.unwrap_or_default() })
}

pub(crate) fn energy_band(entry: &KeyedValue<'_>) -> Result<Band<EnergyPerCount>, TableError> {
    let band = band(entry, "picojoules", EnergyPerCount::from_picojoules)?;
    if band.nominal() == EnergyPerCount::ZERO { Err(zero(entry)) } else { Ok(band) }
}

pub(crate) fn power_band(entry: &KeyedValue<'_>) -> Result<Band<Yoctowatts>, TableError> {
    let band = band(entry, "microwatts", Yoctowatts::from_microwatts)?;
    if band.nominal() == Yoctowatts::ZERO { Err(zero(entry)) } else { Ok(band) }
}

/// Zero by oversight and zero on purpose must not look alike.
fn zero(entry: &KeyedValue<'_>) -> TableError {
    let found = entry.shown();
    entry.refuse(format!("found {found}, allowed: a nominal above 0; what costs nothing says free = \"why\""))
}

fn band<T: Copy + Ord>(
    entry: &KeyedValue<'_>,
    unit: &str,
    convert: impl Fn(&str) -> Result<T, FigureError>,
) -> Result<Band<T>, TableError> {
    let allowed = format!("[low, nominal, high] in {unit}");
    let numbers = entry.three_numbers(&allowed)?;
    let found = entry.shown();
    let figure = |number: &str| {
        convert(number).map_err(|error| {
            entry.refuse(match error {
                FigureError::OutOfRange => {
                    format!("found {found}, allowed: figures from 0 to {GREATEST_FIGURE:e} {unit}")
                }
                FigureError::TooFine => format!(
                    "found {found}, allowed: 0, or figures from {LEAST_FIGURE:e} {unit}, the resolution of prices"
                ),
            })
        })
    };
    let [low, nominal, high] = numbers.map(figure);
    Band::new(low?, nominal?, high?)
        .ok_or_else(|| entry.refuse(format!("found {found}, allowed: low <= nominal <= high")))
}
