//! The section `[sram]` of a price table.

use super::grid::NODES;
use super::{Device, Grid, MacroPorts, Macros, Rung, Sram};
use crate::error::TableError;
use crate::parse::{MOST_BITS, energy_band, evidence, power_band};
use crate::reader::{KeyedValue, Section};
use klr_units::Picoseconds;
use std::sync::Arc;

/// The largest memory macro accepted, in bytes (1 TiB).
const MOST_BYTES: u64 = 1 << 40;
/// The slowest macro accepted, in nanoseconds, and the largest, in square micrometres.
const MOST_NS: f64 = 1e6;
const MOST_UM2: f64 = 1e12;
/// The widest band around a figure of the grid, as a factor.
const MOST_FACTOR: f64 = 100.0;

impl Sram {
    /// Reads the section.
    ///
    /// # Errors
    /// [`TableError::Refused`] at the first thing that is no list of macros and no part of the grid.
    pub(crate) fn read(section: &Section<'_>) -> Result<Self, TableError> {
        section.only(&["grade", "secondary", "source", "note", "rung", "grid"])?;
        let evidence = Arc::new(evidence(section)?);
        let macros = match (section.get("rung"), section.get("grid")) {
            (Some(_), Some(grid)) => {
                return Err(grid.refuse("found beside rung, allowed: one of the two"));
            }
            (None, Some(entry)) => Macros::Grid(grid(&entry.section()?)?),
            (rungs, None) => {
                let why = "one section [[sram.rung]] per macro, or a section [sram.grid]";
                let entry = rungs.map_or_else(|| section.require("rung", why), Ok)?;
                Macros::Rungs(list(&entry)?)
            }
        };
        Ok(Self { macros, evidence })
    }
}

fn list(entry: &KeyedValue<'_>) -> Result<Vec<Rung>, TableError> {
    let mut rungs: Vec<Rung> = Vec::new();
    for item in entry.list("sections [[sram.rung]]")? {
        let rung = rung(&item.section()?)?;
        let place = |rung: &Rung| (rung.ports, rung.bytes, rung.word_bits);
        if let Some(last) = rungs.last().filter(|last| place(last) >= place(&rung)) {
            let (found, after) = (rung.bytes, last.bytes);
            let problem =
                format!("found {found} after {after}, allowed: sizes that rise, of equal ones words that do");
            return Err(item.section()?.require("bytes", "")?.refuse(problem));
        }
        rungs.push(rung);
    }
    if rungs.is_empty() {
        return Err(entry.refuse("found no rung, allowed: one or more"));
    }
    Ok(rungs)
}

fn rung(section: &Section<'_>) -> Result<Rung, TableError> {
    section.only(&[
        "bytes",
        "word_bits",
        "ports",
        "read_pj",
        "write_pj",
        "leakage_uw",
        "area_um2",
        "access_ns",
        "cycle_ns",
    ])?;
    let time = |key: &str| section.get(key).map(|entry| nanoseconds(&entry)).transpose();
    Ok(Rung {
        bytes: section.require("bytes", "the capacity of the macro")?.positive(MOST_BYTES)?,
        word_bits: section.require("word_bits", "the bits one access moves")?.positive(MOST_BITS)?,
        ports: section.get("ports").map_or(Ok(MacroPorts::Single), |entry| ports(&entry))?,
        read: energy_band(&section.require("read_pj", "picojoules per read access")?)?,
        write: energy_band(&section.require("write_pj", "picojoules per write access")?)?,
        leakage: section.get("leakage_uw").map(|entry| power_band(&entry)).transpose()?,
        area_um2: section.get("area_um2").map(|entry| area(&entry)).transpose()?,
        access: time("access_ns")?,
        cycle: time("cycle_ns")?,
    })
}

fn ports(entry: &KeyedValue<'_>) -> Result<MacroPorts, TableError> {
    let found = entry.text("1rw or 1r1w")?;
    let known = MacroPorts::ALL.into_iter().find(|ports| ports.name() == found);
    known.ok_or_else(|| entry.refuse(format!("found {found:?}, allowed: \"1rw\" or \"1r1w\"")))
}

/// A time, to the picosecond.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn nanoseconds(entry: &KeyedValue<'_>) -> Result<Picoseconds, TableError> {
    let found = entry.between(1e-3, MOST_NS, "nanoseconds")?;
    Ok(Picoseconds::new((found * 1e3).round() as u64))
}

/// An area, to the square micrometre.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn area(entry: &KeyedValue<'_>) -> Result<u64, TableError> {
    Ok(entry.between(1.0, MOST_UM2, "square micrometres")?.round() as u64)
}

fn grid(section: &Section<'_>) -> Result<Grid, TableError> {
    section.only(&["node_nm", "device", "low", "high", "leaks_to"])?;
    let (first, last) = (NODES[0], NODES[NODES.len() - 1]);
    let entry = section.require("node_nm", "the node, in nanometres")?;
    let node = entry.positive(last.into())?;
    let node_nm = u32::try_from(node).ok().filter(|node| *node >= first).ok_or_else(|| {
        entry.refuse(format!("found {node}, allowed: {first} to {last}, which the grid has macros for"))
    })?;
    let device = device(&section.require("device", "the transistors: lstp or hp")?)?;
    let low = section.require("low", "the low figure as a part of the nominal one")?;
    let low = low.between(1.0 / MOST_FACTOR, 1.0, "a part")?;
    let leaks_to = section.get("leaks_to").map(|entry| self::device(&entry)).transpose()?;
    Ok(Grid { node_nm, device, low, high: high(section)?, leaks_to })
}

fn device(entry: &KeyedValue<'_>) -> Result<Device, TableError> {
    let found = entry.text("lstp or hp")?;
    let known = Device::ALL.into_iter().find(|device| device.name() == found);
    known.ok_or_else(|| entry.refuse(format!("found {found:?}, allowed: \"lstp\" or \"hp\"")))
}

/// The high figure by capacity.
fn high(section: &Section<'_>) -> Result<Vec<(u64, f64)>, TableError> {
    let allowed = "a list of [bytes, factor] in order of bytes";
    let entry = section.require("high", "the high figure as a multiple of the nominal one, by capacity")?;
    let mut points: Vec<(u64, f64)> = Vec::new();
    for item in entry.list(allowed)? {
        let pair = item.list(allowed)?;
        let [bytes, factor] = &pair[..] else { return Err(item.refuse(format!("allowed: {allowed}"))) };
        let bytes = bytes.positive(MOST_BYTES)?;
        if points.last().is_some_and(|last| last.0 >= bytes) {
            return Err(item.refuse(format!("found {bytes} after a larger one, allowed: {allowed}")));
        }
        points.push((bytes, factor.between(1.0, MOST_FACTOR, "a factor")?));
    }
    if points.is_empty() { Err(entry.refuse(format!("found none, allowed: {allowed}"))) } else { Ok(points) }
}
