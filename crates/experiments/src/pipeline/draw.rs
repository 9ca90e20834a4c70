//! What is stored and what is asked for: the patterns and cues of a plan, before anything is trained.

use crate::error::Error;
use crate::plan::{KernelPlan, Law, PatternSource, Plan};
use klr_model::generate::{self, GenerateError};
use klr_model::{PatternSet, Stream, Streams, make_cue, npy};
use klr_units::State;
use rand::{Rng, RngExt};

/// The digits that come with the program (`fixtures/digits64/README.md` has source and licence).
const DIGITS64: &[u8] = include_bytes!("../../../../fixtures/digits64/digits64.npy");

/// A cue and the pattern it should end in.
#[derive(Debug)]
pub(super) struct Cue {
    pub(super) state: State,
    pub(super) target: State,
}

/// The patterns and cues of `plan`: everything that can be refused before training.
pub(super) fn draw(plan: &Plan) -> Result<(PatternSet, Vec<Cue>), Error> {
    let streams = Streams::new(plan.seed);
    let patterns = patterns(plan, &streams)?;
    if let KernelPlan::Given(kernel) = &plan.model.kernel {
        let fits = kernel.require_fits(patterns.n());
        fits.map_err(|error| plan.source.wrong("model.kernel_values", &error.to_string()))?;
    }
    let cues = cues(plan, &patterns, &streams)?;
    Ok((patterns, cues))
}

/// The patterns of the plan: drawn, embedded or read.
///
/// # Errors
/// [`Error`] naming the file or key, the row and the column.
pub fn patterns(plan: &Plan, streams: &Streams) -> Result<PatternSet, Error> {
    let (origin, patterns) = match &plan.patterns {
        PatternSource::Generated { n, p, law } => {
            // Asked for first, so that sizes nobody can meet take neither memory nor time.
            plan.require_room(*n, *p)?;
            return generated(plan, *n, *p, *law, &mut streams.stream(Stream::Patterns));
        }
        PatternSource::Digits64 => {
            let parsed = npy::parse_patterns(DIGITS64).map_err(|e| Error::Plan(format!("digits64: {e}")))?;
            ("digits64".to_owned(), parsed)
        }
        PatternSource::File(path) => (path.display().to_string(), npy::read_patterns(path)?),
    };
    let patterns = if plan.drop_duplicates { patterns.without_duplicates() } else { patterns };
    patterns.require_distinct().map_err(|source| Error::Patterns { origin, source })?;
    plan.require_room(patterns.n(), patterns.p())?;
    Ok(patterns)
}

fn generated(
    plan: &Plan,
    n: usize,
    p: usize,
    law: Law,
    rng: &mut (impl Rng + ?Sized),
) -> Result<PatternSet, Error> {
    let drawn = match law {
        Law::Independent => PatternSet::random(n, p, rng).map_err(GenerateError::from),
        Law::Biased { activity } => generate::biased(n, p, activity, rng),
        Law::Clusters { members, flip } => generate::clusters(n, p / members, members, flip, rng),
        Law::Field(shape) => generate::field(shape, p, rng),
    };
    drawn.map_err(|error| match error {
        GenerateError::Pattern(source) => {
            Error::Patterns { origin: "patterns.n, patterns.p".to_owned(), source }
        }
        error => plan.source.wrong("patterns.source", &error.to_string()),
    })
}

fn cues(plan: &Plan, patterns: &PatternSet, streams: &Streams) -> Result<Vec<Cue>, Error> {
    let Some(path) = &plan.retrieval.cue_file else {
        let p = u32::try_from(patterns.p()).unwrap_or(u32::MAX);
        let cue = |index: u32| {
            let mu = streams.indexed(Stream::Cues, index.into()).random_range(0..p) as usize;
            let mut rng = streams.indexed(Stream::Noise, index.into());
            let made = make_cue(mu, plan.retrieval.cue, patterns, &mut rng);
            let made = made.map_err(|error| plan.source.wrong("retrieval.cue", &error.to_string()))?;
            Ok(Cue { state: made.state, target: patterns.state(mu) })
        };
        return (0..plan.retrieval.cues).map(cue).collect();
    };
    let states = npy::read_cues(path)?;
    for (row, state) in states.iter().enumerate() {
        patterns
            .require_fits(state, "cue")
            .map_err(|source| Error::Patterns { origin: format!("{}: row {row}", path.display()), source })?;
    }
    // Whoever brings cues has not said where they should end; the nearest pattern is the answer of the oracle.
    let cue = |state: State| Cue { target: patterns.state(patterns.nearest(&state)), state };
    Ok(states.into_iter().map(cue).collect())
}
