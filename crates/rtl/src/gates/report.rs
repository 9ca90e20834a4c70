//! The figures of one library as a file.

use super::library::Library;
use super::operands::Operands;
use super::operations::{Measured, Operation, Priced, measure, operations};
use super::simulate::reference_slew;
use super::{GatesError, liberty, library_text, mapping};
use crate::case::Case;
use std::fmt::Write;
use std::path::Path;

/// What figures are from.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The plan and the cue.
    pub run: &'a str,
    /// The command.
    pub command: &'a str,
}

/// Clocks of a stream.
pub const CLOCKS: usize = 2000;

/// Prices the operations of `case` in the library at `path`, and writes the figures down. Sources and netlists are kept in
/// `folder`; `step` is told of every operation.
///
/// # Errors
/// [`GatesError`].
pub fn figures(
    path: &Path,
    case: &Case,
    folder: &Path,
    about: About<'_>,
    step: &dyn Fn(&str),
) -> Result<String, GatesError> {
    let text = library_text(path)?;
    let liberty = liberty::read(&path.display().to_string(), &text)?;
    let library = Library::of(&liberty)?;
    mapping::prepare(folder, &text, &liberty, &library)?;
    let operands = Operands::record(case, CLOCKS);
    let mut out = head(path, &library, &operands, about)?;
    for operation in operations(&operands) {
        step(operation.name);
        let measured = measure(&operation, &library, folder)?;
        write_operation(&mut out, &operation, &measured);
    }
    Ok(out)
}

fn head(
    path: &Path,
    library: &Library,
    operands: &Operands<'_>,
    about: About<'_>,
) -> Result<String, GatesError> {
    let none = |what| GatesError::NoCell { library: library.name.clone(), what };
    let (nand, gate) =
        library.smallest("!(A*B)", 2).ok_or_else(|| none("cell that computes !(A*B) of two inputs"))?;
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let celsius = library.celsius.map_or_else(String::new, |celsius| format!("celsius = {celsius}\n"));
    Ok(format!(
        "# Written by `{}`.\n\
         # Energies in fJ per operation, areas in um2, leakage in nW. logic: gates and their nets; data: data and outputs of\n\
         # flip-flops; clock: both edges at their clock pins. zero: without delay; unit: one unit of delay per gate, with\n\
         # glitches. Loads are pins alone, wires weigh nothing (crates/rtl/src/gates/simulate.rs).\n\n\
         [library]\nfile = \"{file}\"\nname = \"{}\"\ncorner = \"{}\"\nvolts = {}\n{celsius}slew = {:.4}\n\
         nand2 = \"{nand}\"\nnand2_um2 = {}\n\n[activity]\nrun = \"{}\"\nflips = {}\n",
        about.command,
        library.name,
        library.corner,
        library.volts,
        reference_slew(library),
        round(gate.area),
        about.run,
        operands.flips(),
    ))
}

fn write_operation(out: &mut String, operation: &Operation, measured: &Measured) {
    let Measured { cells, flip_flops, area, leakage, priced } = measured;
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "\n[[operation]]\nname = \"{}\"\nevent = \"{}\"\nwidth = {}\ncells = {cells}\nflip_flops = {flip_flops}\n\
         area_um2 = {}\nleakage_nw = {}\n",
        operation.name,
        operation.event,
        operation.width,
        round(*area),
        round(*leakage),
    );
    for Priced { stream, clocks, events, zero, unit } in priced {
        let list = |of: &[f64; 3]| of.map(|figure| round(figure).to_string()).join(", ");
        let _ = write!(
            out,
            "[[operation.stream]]\nname = \"{stream}\"\nclocks = {clocks}\nevents = {events}\nzero = [{}]\nunit = [{}]\n",
            list(zero),
            list(unit),
        );
    }
}

/// Four digits, so that the same figures are the same bytes.
fn round(figure: f64) -> f64 {
    format!("{figure:.3e}").parse().unwrap_or(figure)
}
