//! What is stored and what is asked for: the patterns and cues of a plan, before anything is trained.

use crate::error::Error;
use crate::plan::{KernelPlan, Law, PatternSource, Plan};
use klr_image::geometry::MAX_NEURONS;
use klr_model::cue::CueError;
use klr_model::generate::{self, GenerateError};
use klr_model::{CueKind, PatternError, PatternSet, Stream, Streams, Targets, make_cue, npy};
use klr_units::State;
use rand::{Rng, RngExt};
use std::path::Path;

/// The digits that come with the program (`fixtures/digits64/README.md` has source and licence).
const DIGITS64: &[u8] = include_bytes!("../../../../fixtures/digits64/digits64.npy");

/// The cues of a plan, each made when it is asked for and the same each time: a million of them take no room, or that of
/// their bits if they were read.
#[derive(Clone, Debug)]
pub struct PlanCues {
    source: CueSource,
}

#[derive(Clone, Debug)]
enum CueSource {
    /// Stored patterns, each with a stream of its own.
    Drawn { count: u32, kind: CueKind, streams: Streams },
    /// Rows of a file, with the row of the patterns that each should end in; without, whichever is nearest.
    Read { states: PatternSet, targets: Option<Vec<usize>> },
}

impl PlanCues {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match &self.source {
            CueSource::Drawn { count, .. } => *count as usize,
            CueSource::Read { states, .. } => states.p(),
        }
    }

    /// Cue `index` of `patterns`, those of the plan, with the patterns it may end in.
    ///
    /// # Panics
    /// If `index` is not below [`Self::count`], or the patterns are others.
    #[must_use]
    pub fn cue(&self, patterns: &PatternSet, index: usize) -> (State, Targets) {
        match &self.source {
            CueSource::Drawn { count, kind, streams } => {
                assert!(index < *count as usize, "cue {index} of {count}");
                drawn(patterns, *kind, streams, index as u64).expect("the first cue could be made of them")
            }
            CueSource::Read { states, targets } => {
                let state = states.state(index);
                let targets = match targets {
                    Some(rows) => Targets::row(rows[index]),
                    // Nobody has said where it should end: the nearest pattern will do, and each of them at a tie.
                    None => Targets::nearest(patterns, &state),
                };
                (state, targets)
            }
        }
    }
}

impl PlanCues {
    /// All cues of `patterns` as rows of bits, for a file.
    pub(super) fn states(&self, patterns: &PatternSet) -> Result<PatternSet, PatternError> {
        let words =
            (0..self.count()).flat_map(|index| self.cue(patterns, index).0.words().to_vec()).collect();
        PatternSet::from_words(patterns.n(), self.count(), words)
    }

    /// The row of `patterns` that each cue should end in; `None` where nobody has said.
    pub(super) fn target_rows(&self, patterns: &PatternSet) -> Option<Vec<usize>> {
        match &self.source {
            CueSource::Drawn { .. } => {
                Some((0..self.count()).map(|index| self.cue(patterns, index).1.rows()[0]).collect())
            }
            CueSource::Read { targets, .. } => targets.clone(),
        }
    }
}

/// The patterns and cues of `plan`: everything that can be refused before training.
pub(super) fn draw(plan: &Plan) -> Result<(PatternSet, PlanCues), Error> {
    let streams = Streams::new(plan.seed);
    let Stored { patterns, rows } = stored(plan, &streams)?;
    let cues = cues(plan, &patterns, rows.as_deref(), streams)?;
    Ok((patterns, cues))
}

/// The patterns that are stored.
pub(super) struct Stored {
    pub(super) patterns: PatternSet,
    /// Where each row of their file stands among them, if repeated ones were dropped.
    rows: Option<Vec<usize>>,
}

/// The patterns of the plan, which its kernel has to fit.
pub(super) fn stored(plan: &Plan, streams: &Streams) -> Result<Stored, Error> {
    let stored = placed(plan, streams)?;
    if let KernelPlan::Given(kernel) = &plan.model.kernel {
        kernel.require_fits(stored.patterns.n())?;
    }
    Ok(stored)
}

/// The patterns of the plan: drawn, embedded or read.
///
/// # Errors
/// [`Error`] naming the file or key, the row and the column.
pub fn patterns(plan: &Plan, streams: &Streams) -> Result<PatternSet, Error> {
    placed(plan, streams).map(|stored| stored.patterns)
}

fn placed(plan: &Plan, streams: &Streams) -> Result<Stored, Error> {
    let (origin, patterns) = match &plan.patterns {
        PatternSource::Generated { n, p, law } => {
            // Asked for first, so that sizes nobody can meet take neither memory nor time.
            plan.require_room(*n, *p)?;
            let patterns = generated(*n, *p, *law, &mut streams.stream(Stream::Patterns))?;
            return Ok(Stored { patterns, rows: None });
        }
        PatternSource::Digits64 => {
            let parsed = npy::parse_patterns(DIGITS64).expect("the digits come with the program");
            ("digits64".to_owned(), parsed)
        }
        PatternSource::File(path) => (path.display().to_string(), npy::read_patterns(path)?),
    };
    if patterns.n() > MAX_NEURONS as usize {
        return Err(Error::TooManyNeurons { origin, found: patterns.n() });
    }
    let rows = plan.drop_duplicates.then(|| patterns.distinct_rows());
    let patterns = if plan.drop_duplicates { patterns.without_duplicates() } else { patterns };
    patterns.require_distinct().map_err(|source| Error::Patterns { origin, source })?;
    plan.require_room(patterns.n(), patterns.p())?;
    Ok(Stored { patterns, rows })
}

fn generated(
    n: usize,
    p: usize,
    law: Law,
    rng: &mut (impl Rng + ?Sized),
) -> Result<PatternSet, GenerateError> {
    match law {
        Law::Independent => Ok(PatternSet::random(n, p, rng)?),
        Law::Biased { activity } => generate::biased(n, p, activity, rng),
        Law::Clusters { members, flip } => generate::clusters(n, p / members, members, flip, rng),
        Law::Field(shape) => generate::field(shape, p, rng),
    }
}

/// A pattern drawn for cue `index`, made into a cue.
fn drawn(
    patterns: &PatternSet,
    kind: CueKind,
    streams: &Streams,
    index: u64,
) -> Result<(State, Targets), CueError> {
    let p = u32::try_from(patterns.p()).unwrap_or(u32::MAX);
    let mu = streams.indexed(Stream::Cues, index).random_range(0..p) as usize;
    let made = make_cue(mu, kind, patterns, &mut streams.indexed(Stream::Noise, index))?;
    Ok((made.state, Targets::row(mu)))
}

fn cues(
    plan: &Plan,
    patterns: &PatternSet,
    rows: Option<&[usize]>,
    streams: Streams,
) -> Result<PlanCues, Error> {
    let Some(path) = &plan.retrieval.cue_file else {
        let (count, kind) = (plan.retrieval.cues, plan.retrieval.cue);
        // What can be refused does not depend on what is drawn.
        drawn(patterns, kind, &streams, 0)?;
        return Ok(PlanCues { source: CueSource::Drawn { count, kind, streams } });
    };
    // Cues are stored as patterns are; rows may repeat.
    let states = npy::read_patterns(path)?;
    patterns
        .require_fits(&states.state(0), "cue")
        .map_err(|source| Error::Patterns { origin: format!("{}: row 0", path.display()), source })?;
    let in_order: Vec<usize> = (0..patterns.p()).collect();
    // Rows are those of the file of patterns, whatever became of rows that repeat.
    let stored = rows.unwrap_or(&in_order);
    let file = plan.retrieval.target_file.as_ref();
    let targets = file.map(|file| target_rows(file, stored, states.p())).transpose()?;
    Ok(PlanCues { source: CueSource::Read { states, targets } })
}

/// The patterns that a file of targets names, one for each of `cues` cues; `stored` says where each row stands.
fn target_rows(path: &Path, stored: &[usize], cues: usize) -> Result<Vec<usize>, Error> {
    let indices = npy::read_indices(path)?;
    if indices.len() != cues {
        return Err(Error::TargetCount { path: path.to_owned(), found: indices.len(), cues });
    }
    let row = |(entry, found): (usize, i128)| {
        let row = usize::try_from(found).ok().and_then(|row| stored.get(row).copied());
        row.ok_or_else(|| Error::Target { path: path.to_owned(), entry, found, last: stored.len() - 1 })
    };
    indices.into_iter().enumerate().map(row).collect()
}
