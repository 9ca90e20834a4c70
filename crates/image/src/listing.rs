//! An image a person can read, and compare with another line by line.

use crate::image::CoreImage;
use crate::memories::Memory;
use crate::occupancy::Occupancy;
use crate::placement::{Banking, Placement};
use klr_units::text::wrap;
use klr_units::{NeuronIdx, PatternIdx, WeightCoding};
use std::fmt::Write;

/// Rows of each memory that a listing shows before it cuts.
const SHOWN: usize = 64;
/// Rows of words that it shows, and banks of each.
const SHOWN_WORDS: usize = 8;

/// Columns before the first word of a line that goes on.
const INDENT: usize = 19;

/// The listing of `image`: sizes, layout, table, then pattern rows and weights, at most 64 rows of each, and the first
/// words of each memory as they stand in the plain cut of `docs/placement.md`.
#[must_use]
pub fn listing(image: &CoreImage) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_listing(image, &mut out);
    out
}

fn write_listing(image: &CoreImage, out: &mut String) -> std::fmt::Result {
    let layout = image.layout();
    let table = image.table();
    writeln!(out, "core image  n={} p={}", image.n(), image.p())?;
    writeln!(
        out,
        "weights     {} bits{}, {} MAC lanes",
        image.weight_format().bits(),
        coding(image.weight_format().coding()),
        image.geometry().mac_lanes()
    )?;
    let entries: Vec<String> = table.entries().iter().map(ToString::to_string).collect();
    let words = format!("{} bits, {}: [{}]", table.format().bits(), table.form().name(), entries.join(", "));
    out.push_str(&wrap("kernel      ", INDENT, &words));
    let (required, available) = (image.required_accumulator_bits(), image.geometry().accumulator_bits());
    writeln!(out, "accumulator {available} bits, {required} required")?;
    writeln!(out, "storage     {}", image.geometry().storage())?;
    for (key, value) in image.provenance().entries() {
        out.push_str(&wrap(&format!("made with   {key}: "), INDENT, value));
    }
    for (memory, occupancy) in layout.iter() {
        // Rows beside the columns have a line of their own; the memory that holds the patterns is always listed.
        let name = match memory {
            Memory::Columns if !occupancy.is_built() => continue,
            Memory::Rows if !occupancy.is_built() => continue,
            Memory::Rows if layout.columns.is_built() => memory.name(),
            _ => memory.capacity(),
        };
        writeln!(
            out,
            "{name:<11} {} of {} rows, {} banks x {} bits, {} of {} bytes",
            occupancy.rows_used,
            occupancy.rows_available,
            occupancy.banks,
            occupancy.word_bits,
            occupancy.bytes_used(),
            occupancy.bytes
        )?;
    }
    write_patterns(image, out)?;
    write_weights(image, out)?;
    let placement = Placement::new(image, Banking::plain(image.geometry()));
    Memory::ALL.iter().try_for_each(|&memory| write_words(&placement, memory, out))
}

/// How weights are coded, where that is not two's complement.
fn coding(coding: WeightCoding) -> String {
    match coding {
        WeightCoding::TwosComplement => String::new(),
        coding => format!(" {coding}"),
    }
}

/// The shape of a memory and its first words, in hexadecimal, bank after bank; the counters are empty before a retrieval.
fn write_words(placement: &Placement<'_>, memory: Memory, out: &mut String) -> std::fmt::Result {
    let array = &placement.arrays()[memory];
    if !array.is_built() {
        return Ok(());
    }
    let Occupancy { banks, rows_used, word_bits, .. } = *array;
    writeln!(out, "memory {:<8} {banks} x {rows_used} x {word_bits} bits", memory.name())?;
    if memory == Memory::Counters {
        return Ok(());
    }
    for row in (0..rows_used).take(SHOWN_WORDS) {
        let words = (0..banks).take(SHOWN_WORDS).filter_map(|bank| placement.word(memory, bank, row));
        let words: Vec<String> = words.map(|word| word.to_string()).collect();
        let more = if banks as usize > SHOWN_WORDS { " .." } else { "" };
        out.push_str(&wrap(&format!("  row {row:>9}   "), INDENT, &format!("{}{more}", words.join(" "))));
    }
    Ok(())
}

fn write_patterns(image: &CoreImage, out: &mut String) -> std::fmt::Result {
    let n = image.n() as usize;
    let rows = image.blocks() * n;
    for row in 0..rows.min(SHOWN) {
        let word = image.column(row / n, NeuronIdx::from_usize(row % n));
        // Lane 0 first, as a reader counts.
        let bits: String =
            (0..image.lanes(row / n)).map(|lane| if word >> lane & 1 == 1 { '+' } else { '-' }).collect();
        writeln!(out, "pattern row {row:>5}  {bits}")?;
    }
    cut(rows, "pattern rows", out)
}

fn write_weights(image: &CoreImage, out: &mut String) -> std::fmt::Result {
    let rows = image.p() as usize;
    for mu in 0..rows.min(SHOWN) {
        let weights: Vec<String> = image
            .weight_row(PatternIdx::from_usize(mu))
            .iter()
            .take(SHOWN)
            .map(ToString::to_string)
            .collect();
        let more = if image.n() as usize > SHOWN { " .." } else { "" };
        let words = format!("{}{more}", weights.join(" "));
        out.push_str(&wrap(&format!("weights of {mu:>5}   "), INDENT, &words));
    }
    cut(rows, "weight rows", out)
}

fn cut(rows: usize, what: &str, out: &mut String) -> std::fmt::Result {
    if rows > SHOWN { writeln!(out, ".. {} more {what}", rows - SHOWN) } else { Ok(()) }
}
