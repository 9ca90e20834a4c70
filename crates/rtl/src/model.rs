//! The design as a program: built with Verilator, run on a file of cases.

use crate::case::{Case, encode};
use crate::results::{Run, RunError, decode};
use crate::shape::Shape;
use crate::sources::{BENCH, DESIGN};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A core of one shape, built.
#[derive(Clone, Debug)]
pub struct Model {
    shape: Shape,
    folder: PathBuf,
}

/// Why there is no model, or no answer of one.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Verilator is not there.
    #[error(
        "verilator is not on PATH, so the RTL was not run; install it with `apt-get install verilator g++ make`"
    )]
    NoVerilator,
    /// Verilator or the C++ compiler refused the design.
    #[error("verilator refused the design in {folder}:\n{said}")]
    Build {
        /// Where the sources stand.
        folder: String,
        /// What it said.
        said: String,
    },
    /// The model did not run through.
    #[error("{program} ended with {status}: {said}")]
    Run {
        /// The program.
        program: String,
        /// Its exit status.
        status: String,
        /// What it said.
        said: String,
    },
    /// What it wrote cannot be read.
    #[error(transparent)]
    Results(#[from] RunError),
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// Whether Verilator is on PATH.
#[must_use]
pub fn has_verilator() -> bool {
    Command::new("verilator").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// What Verilator is asked for. Warnings are errors; registers without a reset start at random; and the compiler is told
/// to optimise, which Verilator's own makefile would undo. Registers of thousands of bits are meant.
const ARGUMENTS: [&str; 13] = [
    "--cc",
    "--exe",
    "--build",
    "-O3",
    "-Wall",
    "-Wno-WIDTHCONCAT",
    "--unroll-count",
    "4096",
    "--x-initial",
    "unique",
    "-CFLAGS",
    "-std=c++17",
    "--top-module",
];

/// How much the C++ compiler optimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimise {
    /// For many cycles.
    Long,
    /// For a few retrievals: the model is built several times as fast.
    Short,
    /// For fewer still, and a design that need not be clean: warnings are not errors.
    Lenient,
}

impl Optimise {
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Long => &["-MAKEFLAGS", "OPT_FAST=-O3 OPT_SLOW=-O0"],
            Self::Short => &["-MAKEFLAGS", "OPT_FAST=-O1 OPT_SLOW=-O0"],
            Self::Lenient => &["-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0", "-Wno-fatal"],
        }
    }
}

pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> ModelError + '_ {
    |source| ModelError::File { path: path.display().to_string(), source }
}

/// Builds `sources` with the `parameters` of a core in `folder`, unless that was done there before, and returns the program.
pub(crate) fn verilate(
    sources: &[(&str, String)],
    mut arguments: Vec<String>,
    parameters: &[(&str, u32)],
    folder: &Path,
    program: &str,
) -> Result<PathBuf, ModelError> {
    if !has_verilator() {
        return Err(ModelError::NoVerilator);
    }
    arguments.extend(parameters.iter().map(|(name, value)| format!("-G{name}={value}")));
    let compiled =
        sources.iter().filter(|(name, _)| Path::new(name).extension().is_none_or(|end| end != "hpp"));
    arguments.extend(compiled.map(|(name, _)| (*name).to_owned()));
    let stamp = sources.iter().fold(arguments.join("\n"), |stamp, (_, text)| stamp + "\n" + text);
    let program = folder.join("model").join(program);
    let stamp_path = folder.join("built-from");
    if fs::read_to_string(&stamp_path).is_ok_and(|built| built == stamp) && program.exists() {
        return Ok(program);
    }
    fs::create_dir_all(folder).map_err(at(folder))?;
    for (name, text) in sources {
        let path = folder.join(name);
        fs::write(&path, text).map_err(at(&path))?;
    }
    let built =
        Command::new("verilator").args(&arguments).current_dir(folder).output().map_err(at(folder))?;
    if !built.status.success() {
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        return Err(ModelError::Build { folder: folder.display().to_string(), said });
    }
    fs::write(&stamp_path, stamp).map_err(at(&stamp_path))?;
    Ok(program)
}

impl Model {
    /// The core of `shape`, built in `folder`; one that was built there from the same sources is used again.
    ///
    /// # Errors
    /// [`ModelError`] if Verilator is missing, refuses the design, or a file cannot be written.
    pub fn build(shape: &Shape, folder: &Path, optimise: Optimise) -> Result<Self, ModelError> {
        let sources: Vec<(&str, String)> =
            DESIGN.iter().chain(&BENCH).map(|(name, text)| (*name, (*text).to_owned())).collect();
        Self::build_from(&sources, shape, folder, optimise)
    }

    /// As [`Self::build`], from other sources than the design's: names and texts, the package first.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub fn build_from(
        sources: &[(&str, String)],
        shape: &Shape,
        folder: &Path,
        optimise: Optimise,
    ) -> Result<Self, ModelError> {
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.extend(["observer", "-DLOCKSTEP", "-Mdir", "model", "-o", "lockstep"].map(str::to_owned));
        arguments.extend(optimise.arguments().iter().map(|&argument| argument.to_owned()));
        verilate(sources, arguments, &shape.parameters(), folder, "lockstep")?;
        Ok(Self { shape: *shape, folder: folder.to_owned() })
    }

    fn program(&self) -> PathBuf {
        self.folder.join("model").join("lockstep")
    }

    /// The parameters of the core.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Runs `cases` on the core, one after the other, each from reset and for so many cycles at most. All must pass
    /// [`Shape::check`].
    ///
    /// # Errors
    /// [`ModelError`] if the program fails or its results cannot be read.
    pub fn run(&self, cases: &[(&Case, u64)]) -> Result<Vec<Run>, ModelError> {
        let (input, output) = (self.folder.join("cases.bin"), self.folder.join("results.bin"));
        fs::write(&input, encode(cases)).map_err(at(&input))?;
        let program = self.program();
        let ran = Command::new(&program).args([&input, &output]).output().map_err(at(&program))?;
        if !ran.status.success() {
            return Err(ModelError::Run {
                program: program.display().to_string(),
                status: ran.status.to_string(),
                said: String::from_utf8_lossy(&ran.stderr).into_owned(),
            });
        }
        let bytes = fs::read(&output).map_err(at(&output))?;
        Ok(decode(cases, &bytes)?)
    }
}
