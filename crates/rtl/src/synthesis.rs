//! What yosys makes of a unit of the design: gates on its longest path, and flip-flops.
//!
//! *Gates* are gates of two inputs and inverters. The unit is flattened; memories ([`MEMORIES`], and the kernel table) are
//! left out, so a path begins at a flip-flop, an input or the data of a memory and ends at a flip-flop, an output or the
//! pins of a memory. ABC then restructures the logic for depth (`if -g`, `dch`) and maps it, every gate counted as one
//! (`map` on the library that yosys writes for its gates); what it calls the level is the longest path. It knows of no
//! false path, and of no wire.

use crate::shape::Shape;
use crate::sources::DESIGN;
pub use klr_sim::contents::Unit;
use std::fmt;
use std::path::Path;
use std::process::Command;

/// Modules that stand for macros of a memory compiler.
const MEMORIES: [&str; 2] = ["sram_1rw", "sram_1r1w"];

/// Restructuring for depth, then gates; ABC's commands, in the form in which yosys hands them on.
const MAPPING: &str = "+strash;if,-g,-K,6;strash;dch;map;print_stats";

/// What became of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synthesized {
    /// Gates on the longest path.
    pub path: u32,
    /// All gates.
    pub gates: u64,
    /// Flip-flops, those of memories left out.
    pub flip_flops: u64,
}

impl fmt::Display for Synthesized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} gates on the longest path, {} gates, {} flip-flops",
            self.path, self.gates, self.flip_flops
        )
    }
}

/// Why there is no answer of yosys.
#[derive(Debug, thiserror::Error)]
pub enum SynthesisError {
    /// It is not there.
    #[error("yosys is not on PATH; install it with `apt-get install yosys`")]
    NoYosys,
    /// It refused the design, or said something else than it should.
    #[error("yosys on {module}: {said}")]
    Refused {
        /// The module.
        module: &'static str,
        /// What it said last.
        said: String,
    },
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl SynthesisError {
    /// What yosys said last.
    pub(crate) fn refused(module: &'static str, said: &str) -> Self {
        let lines: Vec<&str> = said.lines().rev().take(5).collect();
        Self::Refused { module, said: lines.into_iter().rev().collect::<Vec<_>>().join("\n") }
    }
}

/// The parameters of a core of `shape` that the module in `text` has.
pub(crate) fn parameters_of(text: &str, shape: &Shape) -> String {
    let declares = |name: &str| {
        let words = |line: &str| line.split_whitespace().take(3).eq(["parameter", "int", name]);
        text.lines().any(words)
    };
    // That of the sequencer is worked out by the core that it stands in.
    let updates = ("UPDATES", klr_sim::contents::updates(shape.max_n, &shape.config()));
    let set = shape.parameters().into_iter().chain([updates]).filter(|(name, _)| declares(name));
    set.map(|(name, value)| format!(" -set {name} {value}")).collect()
}

fn parameters(module: &str, shape: &Shape) -> String {
    let file = format!("{module}.sv");
    parameters_of(DESIGN.iter().find(|(name, _)| *name == file).map_or("", |file| file.1), shape)
}

/// Writes `files`, names and texts, to `folder`.
pub(crate) fn write<'a>(
    folder: &Path,
    files: impl Iterator<Item = &'a (&'a str, &'a str)>,
) -> Result<(), SynthesisError> {
    let file = |path: &Path, source| SynthesisError::File { path: path.display().to_string(), source };
    std::fs::create_dir_all(folder).map_err(|source| file(folder, source))?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|source| file(&path, source))?;
    }
    Ok(())
}

/// Whether yosys can be started.
///
/// # Errors
/// [`SynthesisError::NoYosys`] if not, which says how to install it.
pub fn has_yosys() -> Result<(), SynthesisError> {
    let started = Command::new("yosys").arg("-V").output();
    started.map(|_| ()).map_err(|_| SynthesisError::NoYosys)
}

/// Runs `script` in `folder`; what yosys said.
pub(crate) fn yosys(script: &str, folder: &Path, module: &'static str) -> Result<String, SynthesisError> {
    let output = Command::new("yosys").args(["-p", script]).current_dir(folder).output();
    let output = output.map_err(|_| SynthesisError::NoYosys)?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(said) } else { Err(SynthesisError::refused(module, &said)) }
}

/// Synthesizes `unit` of a core of `shape`; the sources are written to `folder`.
///
/// # Errors
/// [`SynthesisError`] if yosys is missing or refuses the design, or a file cannot be written.
pub fn synthesize(unit: Unit, shape: &Shape, folder: &Path) -> Result<Synthesized, SynthesisError> {
    map(unit, shape, folder, "")
}

/// The same without what counts the unit's activity, which no core needs that is built.
///
/// # Errors
/// As [`synthesize`].
pub fn synthesize_uncounted(unit: Unit, shape: &Shape, folder: &Path) -> Result<Synthesized, SynthesisError> {
    map(unit, shape, folder, WITHOUT_COUNTS)
}

/// What no output asks for is swept away.
const WITHOUT_COUNTS: &str = "delete -port w:counts; ";

fn map(unit: Unit, shape: &Shape, folder: &Path, first: &str) -> Result<Synthesized, SynthesisError> {
    let module = unit.module();
    let script = format!(
        "{}; abc -g AND,NAND,OR,NOR,XOR,XNOR -script {MAPPING}; opt_clean; tee -o {module}.stat stat",
        logic(unit, shape, folder, first)?,
    );
    let said = yosys(&script, folder, module)?;
    let statistics = std::fs::read_to_string(folder.join(format!("{module}.stat"))).unwrap_or_default();
    path_and_gates(&said)
        .map(|(path, gates)| Synthesized { path, gates, flip_flops: flip_flops(&statistics) })
        .ok_or_else(|| SynthesisError::refused(module, &said))
}

/// Flip-flops of `unit` of a core of `shape`, those left out that count its activity; the sources are written to `folder`.
/// Queues stay memories.
///
/// # Errors
/// [`SynthesisError`] if yosys is missing or refuses the design, or a file cannot be written.
pub fn count_flip_flops(unit: Unit, shape: &Shape, folder: &Path) -> Result<u64, SynthesisError> {
    let module = unit.module();
    let logic = logic(unit, shape, folder, WITHOUT_COUNTS)?;
    yosys(&format!("{logic}; tee -o {module}.flops stat"), folder, module)?;
    let path = folder.join(format!("{module}.flops"));
    let file = |source| SynthesisError::File { path: path.display().to_string(), source };
    std::fs::read_to_string(&path).map(|statistics| flip_flops(&statistics)).map_err(file)
}

/// The script that makes gates and flip-flops of `unit`, whose sources it writes to `folder`; `first` is done to the flat
/// unit before anything else.
fn logic(unit: Unit, shape: &Shape, folder: &Path, first: &str) -> Result<String, SynthesisError> {
    write(folder, DESIGN.iter())?;
    let names: Vec<&str> = DESIGN.iter().map(|file| file.0).collect();
    let module = unit.module();
    Ok(format!(
        "read_verilog -sv {}; blackbox {}; chparam{} {module}; hierarchy -check -top {module}; proc; flatten; {first}\
         opt -full; wreduce; peepopt; opt_clean; alumacc; opt; memory -nomap; opt -fast -full; techmap; opt -fast",
        names.join(" "),
        MEMORIES.join(" "),
        parameters(module, shape),
    ))
}

/// The level and the nodes of the network in ABC's last line of statistics.
fn path_and_gates(said: &str) -> Option<(u32, u64)> {
    let line = said.lines().rfind(|line| line.starts_with("ABC: netlist"))?;
    let after = |name: &str| -> Option<&str> {
        let (_, rest) = line.split_once(&format!(" {name} ="))?;
        rest.split_whitespace().next()
    };
    Some((after("lev")?.parse().ok()?, after("nd")?.parse().ok()?))
}

/// Flip-flops of the gate library that yosys counts: `$_DFF_P_` and its kin.
fn flip_flops(statistics: &str) -> u64 {
    let of_line = |line: &str| -> Option<u64> {
        let mut words = line.split_whitespace();
        let cell = words.next()?;
        let is_flip_flop = cell.starts_with("$_") && cell.contains("DFF");
        if is_flip_flop { words.next()?.parse().ok() } else { None }
    };
    statistics.lines().filter_map(of_line).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::FAMILIES;

    #[test]
    fn a_module_takes_the_parameters_that_it_declares() {
        let shape = &FAMILIES[0].shape;
        let set = parameters("sequencer", shape);
        assert!(set.starts_with(" -set MAC_LANES 2 -set MAX_N 15 -set ACCUMULATOR_BITS 24"), "{set}");
        assert!(!set.contains("KERNEL_BITS"), "{set}");
        for (name, value) in shape.parameters() {
            assert!(parameters("core", shape).contains(&format!(" -set {name} {value}")), "{name}");
        }
    }

    #[test]
    fn what_yosys_says_is_read() {
        let said = "ABC: netlist                       : i/o =  723/  595  lat =    0  nd =  2817  edge =   5438  \
                    area =11512.00  delay =58.00  lev = 58\n";
        assert_eq!(path_and_gates(said), Some((58, 2817)));
        assert_eq!(path_and_gates("ABC: nothing\n"), None);
        let cells = "     $_AND_                       1147\n     $_DFFE_PP_                    120\n     $_SDFF_PP1_ 1\n";
        assert_eq!(flip_flops(cells), 121);
    }
}
