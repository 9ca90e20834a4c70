//! A module as cells of a library: yosys and ABC.

use super::GatesError;
use super::liberty::Liberty;
use super::library::Library;
use crate::sources::DESIGN;
use crate::synthesis::{write, yosys};
use std::path::Path;

/// The operations as modules.
pub const OPERATIONS: (&str, &str) = ("operations.sv", include_str!("../../gates/operations.sv"));

/// The library as yosys is given it, in the folder of the netlists.
const CELLS: &str = "cells.lib";

/// Writes the sources to `folder`, and `text` without the cells that are not used and without what mapping does not need.
///
/// # Errors
/// [`GatesError`] if a file cannot be written.
pub fn prepare(folder: &Path, text: &str, liberty: &Liberty, library: &Library) -> Result<(), GatesError> {
    let unused = liberty.library.all("cell").filter(|cell| library.unused.contains_key(cell.own_name()));
    let mut cut: Vec<_> =
        unused.map(|cell| cell.bytes.clone()).chain(liberty.left_out.iter().cloned()).collect();
    cut.sort_by_key(|range| range.start);
    let (mut cells, mut at) = (String::with_capacity(text.len()), 0);
    for range in cut {
        // A group that was left out may lie in a cell that is not used.
        if range.start >= at {
            cells += &text[at..range.start];
            at = range.end;
        }
    }
    cells += &text[at..];
    Ok(write(folder, DESIGN.iter().chain([&OPERATIONS, &(CELLS, cells.as_str())]))?)
}

/// The netlist of `module` with `parameters`, as JSON.
///
/// # Errors
/// [`GatesError`] if yosys is missing or refuses the module.
pub fn synthesize(
    module: &'static str,
    parameters: &[(&'static str, usize)],
    folder: &Path,
) -> Result<String, GatesError> {
    let names: Vec<&str> = DESIGN.iter().chain([&OPERATIONS]).map(|file| file.0).collect();
    let set: String = parameters.iter().map(|(name, value)| format!(" -set {name} {value}")).collect();
    let set = if set.is_empty() { set } else { format!("chparam{set} {module}; ") };
    let script = format!(
        "read_verilog -sv {}; {set}synth -flatten -top {module}; dfflibmap -liberty {CELLS}; \
         abc -liberty {CELLS}; opt_clean -purge; rename -top {module}; write_json {module}.json",
        names.join(" "),
    );
    yosys(&script, folder, module)?;
    let path = folder.join(format!("{module}.json"));
    std::fs::read_to_string(&path)
        .map_err(|source| GatesError::File { path: path.display().to_string(), source })
}
