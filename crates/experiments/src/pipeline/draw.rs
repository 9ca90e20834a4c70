//! What is stored and what is asked for: the patterns and cues of a plan, before anything is trained.

use crate::error::Error;
use crate::plan::{KernelPlan, Law, PatternSource, Plan};
use klr_model::generate::{self, GenerateError};
use klr_model::{PatternSet, Stream, Streams, Targets, make_cue, npy};
use klr_units::State;
use rand::{Rng, RngExt};
use std::path::Path;

/// The digits that come with the program (`fixtures/digits64/README.md` has source and licence).
const DIGITS64: &[u8] = include_bytes!("../../../../fixtures/digits64/digits64.npy");

/// A cue and the patterns it may end in.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) cue: State,
    pub(super) targets: Targets,
}

/// The patterns and cues of `plan`: everything that can be refused before training.
pub(super) fn draw(plan: &Plan) -> Result<(PatternSet, Vec<Trial>), Error> {
    let streams = Streams::new(plan.seed);
    let Stored { patterns, rows } = stored(plan, &streams)?;
    let trials = trials(plan, &patterns, rows.as_deref(), &streams)?;
    Ok((patterns, trials))
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

fn trials(
    plan: &Plan,
    patterns: &PatternSet,
    rows: Option<&[usize]>,
    streams: &Streams,
) -> Result<Vec<Trial>, Error> {
    let Some(path) = &plan.retrieval.cue_file else {
        let p = u32::try_from(patterns.p()).unwrap_or(u32::MAX);
        let trial = |index: u32| {
            let mu = streams.indexed(Stream::Cues, index.into()).random_range(0..p) as usize;
            let mut rng = streams.indexed(Stream::Noise, index.into());
            let made = make_cue(mu, plan.retrieval.cue, patterns, &mut rng)?;
            Ok(Trial { cue: made.state, targets: Targets::row(mu) })
        };
        return (0..plan.retrieval.cues).map(trial).collect();
    };
    let states = npy::read_cues(path)?;
    for (row, state) in states.iter().enumerate() {
        patterns
            .require_fits(state, "cue")
            .map_err(|source| Error::Patterns { origin: format!("{}: row {row}", path.display()), source })?;
    }
    let Some(targets) = &plan.retrieval.target_file else {
        // Nobody has said where they should end: the nearest pattern will do, and each of them at a tie.
        let trial = |cue: State| Trial { targets: Targets::nearest(patterns, &cue), cue };
        return Ok(states.into_iter().map(trial).collect());
    };
    let in_order: Vec<usize> = (0..patterns.p()).collect();
    // Rows are those of the file of patterns, whatever became of rows that repeat.
    let rows = target_rows(targets, rows.unwrap_or(&in_order), states.len())?;
    let trial = |(cue, row)| Trial { cue, targets: Targets::row(row) };
    Ok(states.into_iter().zip(rows).map(trial).collect())
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
