//! Every published number that can be derived again, in one command: `docs/reproduction.md`.
//!
//! A row of the table is a published result. It asks for units of work, which are pure functions of their parameters,
//! and judges what they gave. Each unit is written to the work folder as it is finished, under a name that its
//! parameters and the code that computes it decide, so that a run that was stopped goes on where it was and no stale
//! number is used.
//!
//! ```
//! use klr_repro::{Config, Scale, run};
//! use klr_units::progress::NoProgress;
//! use std::num::NonZeroUsize;
//!
//! # let folder = std::env::temp_dir().join(format!("klr-repro-{}", std::process::id()));
//! // Row 4: recall of 150 random patterns in 50 neurons from cues with 20 % of their signs turned.
//! let rows = Some(vec![4]);
//! let config = Config { scale: Scale::Quick, seed: 1, rows, work: folder.clone(), commit: None };
//! let reproduction = run(&config, NonZeroUsize::MIN, &NoProgress)?;
//! assert_eq!(reproduction.outcomes[0].judged.verdict().name(), "holds at a setting chosen to fit");
//! # std::fs::remove_dir_all(folder).ok();
//! # Ok::<(), klr_repro::ReproError>(())
//! ```

mod check;
mod error;
mod estimate;
mod report;
mod rows;
mod store;
mod table;
mod work;

pub use check::{Bounds, Check, CheckVerdict, Expected, Published};
pub use error::ReproError;
pub use estimate::Estimate;
pub use rows::{Judged, ResultRow, rows};
pub use table::{FigureName, Provenance, Publication, Table, TableRow};

use klr_figure::Figure;
use klr_units::folder::{Earlier, RunFolder};
use klr_units::progress::Progress;
use klr_units::threads::map_in_order_watched;
use klr_units::{RunId, file};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use store::Store;
use work::{PendingUnit, Results};

/// How much to measure. Nothing else differs: the same code runs on fewer sets, cues or points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Minutes: tolerances are wider by the standard error of the smaller sample.
    Quick,
    /// For the record.
    Full,
}

impl Scale {
    /// `quick` or `full`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }

    /// One of two numbers.
    pub(crate) const fn pick<T: Copy>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// What to reproduce.
#[derive(Clone, Debug)]
pub struct Config {
    /// How much to measure.
    pub scale: Scale,
    /// The seed of every random stream.
    pub seed: u64,
    /// The rows to do, or all.
    pub rows: Option<Vec<u8>>,
    /// Where finished units of work are kept.
    pub work: PathBuf,
    /// The revision of the source, as the caller names it; recorded, not used.
    pub commit: Option<String>,
}

/// A row with what came of it.
#[derive(Debug)]
pub struct JudgedRow {
    /// The row.
    pub row: ResultRow,
    /// Its checks, figures and remarks.
    pub judged: Judged,
}

impl Reproduction {
    /// Nothing, if no row is outside its tolerance.
    ///
    /// # Errors
    /// [`ReproError::Rows`] with the numbers of those that are.
    pub fn require(&self) -> Result<(), ReproError> {
        let fails = |outcome: &&JudgedRow| outcome.judged.verdict() == CheckVerdict::Fails;
        let rows: Vec<u8> = self.outcomes.iter().filter(fails).map(|outcome| outcome.row.number).collect();
        if rows.is_empty() { Ok(()) } else { Err(ReproError::Rows(rows)) }
    }
}

/// All rows of a run.
#[derive(Debug)]
pub struct Reproduction {
    /// How much was measured.
    pub scale: Scale,
    /// The seed.
    pub seed: u64,
    /// The revision of the source.
    pub commit: Option<String>,
    /// The rows in their order.
    pub outcomes: Vec<JudgedRow>,
    /// Units of work that were read from the work folder instead of being computed.
    pub reused: usize,
    /// All units of work.
    pub units: usize,
}

impl Reproduction {
    /// All figures, in the order of the rows.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.outcomes.iter().flat_map(|outcome| &outcome.judged.figures)
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> Table {
        Table::of(self)
    }

    /// Which run its figures are of; which other rows were asked for makes no difference.
    #[must_use]
    pub fn run_id(&self) -> RunId {
        Provenance::of(self).run_id()
    }

    /// The verdicts, and how much was computed, for the terminal.
    #[must_use]
    pub fn summary(&self, folder: &Path) -> String {
        report::summary(self, folder)
    }
}

impl Table {
    /// The table as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        report::markdown(self)
    }
}

/// Does the work that the work folder does not hold yet, on `threads` threads, and judges all rows. The result depends
/// neither on the threads nor on what was done before.
///
/// # Errors
/// [`ReproError`] if a row does not exist, the work folder cannot be used, or a file in it is damaged.
pub fn run(
    config: &Config,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Reproduction, ReproError> {
    let rows = chosen(config)?;
    // Rows share units: each is done once.
    let mut seen = BTreeSet::new();
    let tasks = rows.iter().flat_map(|row| (row.work)(config));
    let tasks: Vec<PendingUnit> = tasks.filter(|task| seen.insert(task.key.clone())).collect();
    let total = tasks.len();
    file::prepare(&config.work)?;
    let store = Store::new(&config.work);
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for task in tasks {
        match store.load(&task.key)? {
            Some(stored) => {
                found.insert(task.key, stored);
            }
            None => missing.push(task),
        }
    }
    let reused = found.len();
    progress.stage("reproduce", total as u64);
    let mut done = reused as u64;
    progress.step(done);
    let job = |task: PendingUnit| {
        let stored = store.save(&task.key, &(task.run)()?)?;
        Ok::<_, ReproError>((task.key, stored))
    };
    let computed = map_in_order_watched(missing, threads, job, || {
        done += 1;
        progress.step(done);
    });
    found.extend(computed.into_iter().collect::<Result<Vec<_>, _>>()?);
    let results = Results::new(found);
    let judge =
        |row: ResultRow| Ok::<_, ReproError>(JudgedRow { judged: (row.judge)(config, &results)?, row });
    let outcomes = rows.into_iter().map(judge).collect::<Result<_, ReproError>>()?;
    let (scale, seed, commit) = (config.scale, config.seed, config.commit.clone());
    Ok(Reproduction { scale, seed, commit, outcomes, reused, units: total })
}

fn chosen(config: &Config) -> Result<Vec<ResultRow>, ReproError> {
    let all = rows();
    let Some(wanted) = &config.rows else { return Ok(all) };
    if let Some(unknown) = wanted.iter().find(|number| !all.iter().any(|row| row.number == **number)) {
        let last = all.last().map_or(0, |row| row.number);
        return Err(ReproError::Reproduction(format!("there is no row {unknown}; rows are 1 to {last}")));
    }
    Ok(all.into_iter().filter(|row| wanted.contains(&row.number)).collect())
}

/// What becomes of rows that stand in a folder already and were not computed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherRows {
    /// They leave the table.
    Drop,
    /// They stay, with what computed them beside them: a record whose rows take hours is renewed row by row.
    Keep,
}

/// The files of a folder that draw the figure called `name`.
fn files_of(name: &str) -> [String; 3] {
    ["svg", "csv", "png"].map(|ending| format!("{name}.{ending}"))
}

/// Makes the figures (SVG, PNG, CSV), `table.md` and `table.json` the files of `folder`, all at once. Figures of rows that
/// are kept stay, of the run that they were of.
///
/// # Errors
/// [`ReproError::Folder`] naming the file that could not be written or kept, and those of [`Table::read`] if rows are to
/// be kept; the folder is then as it was.
pub fn write(
    mut folder: RunFolder,
    reproduction: &Reproduction,
    others: OtherRows,
) -> Result<(), ReproError> {
    let run = reproduction.run_id();
    let own = reproduction.table();
    let table = match others {
        OtherRows::Drop => own,
        OtherRows::Keep => {
            let earlier = Table::read(folder.path())?.unwrap_or(Table { rows: Vec::new() });
            own.over(earlier)
        }
    };
    for figure in reproduction.figures() {
        figure.files(&run)?.iter().try_for_each(|(name, bytes)| folder.stage(name, bytes))?;
    }
    let is_kept = |row: &&TableRow| reproduction.outcomes.iter().all(|outcome| outcome.row.number != row.row);
    for row in table.rows.iter().filter(is_kept) {
        for name in row.figures.iter().flat_map(|figure| files_of(&figure.name)) {
            folder.keep(&name, &row.provenance.run_id())?;
        }
    }
    folder.stage("table.md", table.markdown().as_bytes())?;
    folder.stage("table.json", table.json().as_bytes())?;
    Ok(folder.commit("repro", &run, Earlier::Removed)?)
}
