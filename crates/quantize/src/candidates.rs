//! The weights that each method tries.

use crate::compensated::{self, Compensation};
use crate::examples::Examples;
use crate::fit::Fitting;
use crate::method::Method;
use crate::weights;
use crate::workshop::{Shift, Workshop};
use crate::{Conditions, QuantizeConfig, QuantizeError};
use klr_image::KernelTable;
use klr_model::{KlrModel, Stream, make_cue};
use klr_units::State;
use std::num::NonZeroUsize;

/// Margins that are tried, in units of the margin that the largest weight gives its own pattern.
const TARGETS: [f32; 4] = [0.5, 0.75, 1.0, 1.5];

/// The same where corrupted copies are to be found as well.
const NOISY_TARGETS: [f32; 3] = [0.5, 1.0, 1.5];

/// The same where copies that are lost anyway are let go, besides that of a weight of 1: the least margin that tells two
/// patterns apart.
const LETTING_GO_TARGETS: [f32; 1] = [0.5];

/// Corrupted copies of each pattern.
const COPIES: usize = 4;

/// The same where they have few words.
const LIGHT_COPIES: usize = 16;

/// Words of all copies together that are few: a sweep over them takes milliseconds. More copies are made up to here, and
/// margins tried with copies let go as well; in trials on digits that found nothing more where kernels are wider.
const LIGHT_WORDS: usize = 1 << 20;

/// Kernel words that are not zero at all states together, at most: 8 bytes each, and as many on the way.
const WORDS: usize = 1 << 25;

/// Words of all copies together beyond which no further copy is made.
const COPIED_WORDS: usize = 1 << 23;

/// The methods that make weights.
const EVERY: [Method; 6] =
    [Method::Nearest, Method::MinMax, Method::Compensated, Method::Margins, Method::NoiseAware, Method::Clip];

/// Weights that a method made.
pub(crate) struct Candidate {
    pub(crate) method: Method,
    /// The margin that was asked for, in units of the margin that the largest weight gives its own pattern.
    pub(crate) target: Option<f32>,
    /// Row-major P x N.
    pub(crate) weights: Vec<i16>,
}

/// Weights that are to be found, block of neurons after block.
enum Job<'a> {
    Clipped(&'a Examples),
    Compensated(&'a Examples, Compensation),
    Margins { method: Method, examples: &'a Examples, targets: Vec<f32>, letting_go: bool },
}

impl Job<'_> {
    /// What it is called where its blocks are kept.
    fn name(&self) -> String {
        match self {
            Self::Clipped(_) => "clip".to_owned(),
            Self::Compensated(..) => "compensated".to_owned(),
            Self::Margins { method, targets, letting_go, .. } => {
                format!("{method} {targets:?}{}", if *letting_go { " letting go" } else { "" })
            }
        }
    }

    /// About how long a block of it takes, in any unit: the words that are gone through.
    fn effort(&self) -> u64 {
        let words =
            |examples: &Examples, times: usize| ((examples.words() + examples.count()) * times) as u64;
        match self {
            Self::Clipped(stored) => words(stored, 12),
            Self::Compensated(stored, _) => words(stored, 12) + 4 * (stored.centres() as u64).pow(2),
            Self::Margins { examples, targets, .. } => words(examples, 24 * targets.len()),
        }
    }
}

/// The weights that the method of `config` tries, in the order in which the first of equals is taken.
pub(crate) fn candidates(
    fitting: &Fitting<'_>,
    config: &QuantizeConfig,
    table: &KernelTable,
    patterns: &[State],
    conditions: &Conditions,
    workshop: &Workshop<'_>,
) -> Result<Vec<Candidate>, QuantizeError> {
    let asked = |method| config.method() == method || config.method() == Method::Auto;
    let plain = |method, weights| Candidate { method, target: None, weights };
    let mut found = vec![];
    if let Some(weights) = fitting.forced() {
        let asked = EVERY.into_iter().filter(|&method| asked(method));
        return Ok(asked.map(|method| plain(method, weights.clone())).collect());
    }
    if asked(Method::Nearest) {
        let rounded = weights::quantize(fitting.model, config.weights()).0;
        // Dual variables against their bits have no weights whose sign is that of the bit.
        if config.method() == Method::Nearest || fitting.may_be(&rounded) {
            found.push(plain(Method::Nearest, rounded));
        }
    }
    if asked(Method::MinMax) {
        found.push(plain(Method::MinMax, fitting.on_one_grid()));
    }
    if config.method() == Method::MinMax {
        return Ok(found);
    }
    let own = (0u32..).take(patterns.len()).collect();
    let stored = examples(patterns, patterns, own, table, conditions)?;
    let noisy = if asked(Method::NoiseAware) {
        Some(with_copies(fitting.model, patterns, table, &stored, conditions)?)
    } else {
        None
    };
    let jobs = jobs(fitting, config, &stored, noisy.as_ref(), conditions)?;
    let blocks = fitting.blocks() as u64;
    let inputs = inputs(fitting, table, patterns, conditions);
    let total = jobs.iter().map(|job| job.effort() * blocks).sum();
    let shift = Shift::new(*workshop, &inputs.each_ref().map(Vec::as_slice), total);
    let mut clipped = vec![];
    for job in &jobs {
        let bench = shift.bench(job.name(), job.effort());
        match job {
            Job::Clipped(stored) => {
                clipped = fitting.clipped(stored, &bench)?;
                if asked(Method::Clip) {
                    found.push(plain(Method::Clip, clipped.clone()));
                }
            }
            Job::Compensated(stored, compensation) => {
                let weights = fitting.compensated(stored, compensation, &bench)?;
                found.push(plain(Method::Compensated, weights));
            }
            Job::Margins { method, examples, targets, letting_go } => {
                let all = fitting.by_margins(&clipped, examples, targets, *letting_go, &bench)?;
                let one = |(&target, weights)| Candidate { method: *method, target: Some(target), weights };
                found.extend(targets.iter().zip(all).map(one));
            }
        }
    }
    Ok(found)
}

/// What weights depend on besides the code and the method.
fn inputs(
    fitting: &Fitting<'_>,
    table: &KernelTable,
    patterns: &[State],
    conditions: &Conditions,
) -> [Vec<u8>; 3] {
    // The number of threads changes nothing.
    let conditions = Conditions { threads: NonZeroUsize::MIN, ..*conditions };
    let settings = format!("{:?} {:?} {:?} {conditions:?}", fitting.format, fitting.levels, table);
    let patterns = patterns.iter().flat_map(State::words).flat_map(|word| word.to_le_bytes()).collect();
    let duals = fitting.model.duals().iter().flat_map(|alpha| alpha.to_le_bytes()).collect();
    [settings.into_bytes(), patterns, duals]
}

/// What is to be done for the method of `config`, in order: clips first, since margins start from them.
fn jobs<'a>(
    fitting: &Fitting<'_>,
    config: &QuantizeConfig,
    stored: &'a Examples,
    noisy: Option<&'a Examples>,
    conditions: &Conditions,
) -> Result<Vec<Job<'a>>, QuantizeError> {
    let asked = |method| config.method() == method || config.method() == Method::Auto;
    let mut jobs = vec![];
    if config.method() != Method::Compensated {
        jobs.push(Job::Clipped(stored));
    }
    if asked(Method::Compensated) {
        match Compensation::of(stored, conditions.threads) {
            Ok(compensation) => jobs.push(Job::Compensated(stored, compensation)),
            // One of several that is not to be had.
            Err(_) if config.method() == Method::Auto => {}
            Err(_) => {
                let (found, allowed) = (stored.centres(), compensated::PATTERNS);
                return Err(QuantizeError::ManyPatterns { found, allowed });
            }
        }
    }
    let margins = |method, examples, targets: &[f32], letting_go| Job::Margins {
        method,
        examples,
        targets: targets.to_vec(),
        letting_go,
    };
    if asked(Method::Margins) {
        jobs.push(margins(Method::Margins, stored, &TARGETS, false));
    }
    if let Some(noisy) = noisy {
        jobs.push(margins(Method::NoiseAware, noisy, &NOISY_TARGETS, false));
        if noisy.counted_words() <= LIGHT_WORDS {
            let one = 1.0 / f32::from(fitting.levels.largest());
            let targets: Vec<f32> = [one].into_iter().chain(LETTING_GO_TARGETS).collect();
            jobs.push(margins(Method::NoiseAware, noisy, &targets, true));
        }
    }
    Ok(jobs)
}

/// `states` as examples, each with the pattern that it is to lead to.
fn examples(
    patterns: &[State],
    states: &[State],
    targets: Vec<u32>,
    table: &KernelTable,
    conditions: &Conditions,
) -> Result<Examples, QuantizeError> {
    Examples::new(patterns, states, targets, table, WORDS, conditions.threads)
        .ok_or(QuantizeError::ManyWords { allowed: WORDS })
}

/// The stored patterns, corrupted copies of each that count (one, and more while their words are few enough to be gone through
/// in seconds), and copies of others' drawing that are watched.
fn with_copies(
    model: &KlrModel,
    patterns: &[State],
    table: &KernelTable,
    stored: &Examples,
    conditions: &Conditions,
) -> Result<Examples, QuantizeError> {
    let p = patterns.len();
    let copy = |copy: usize, every: usize| -> Result<Vec<State>, QuantizeError> {
        let cue = |mu: usize| {
            let index = (copy * p + mu) as u64;
            let mut rng = conditions.streams.indexed(Stream::QuantizerNoise, index);
            Ok(make_cue(mu, conditions.cue, model.patterns(), &mut rng)?.state)
        };
        (0..p).step_by(every).map(cue).collect()
    };
    let first = copy(0, 1)?;
    // Cues are nearer to other patterns than patterns are, relative to the nearest: a copy has more words than the patterns.
    let words = examples(patterns, &first, stored.targets().to_vec(), table, conditions)?.words().max(1);
    let light = (LIGHT_WORDS / (2 * words)).min(LIGHT_COPIES);
    let copies = (COPIED_WORDS / words).clamp(1, COPIES).max(light);
    let (mut states, mut targets) = (patterns.to_vec(), stored.targets().to_vec());
    states.extend(first);
    targets.extend(stored.targets());
    for at in 1..copies {
        states.extend(copy(at, 1)?);
        targets.extend(stored.targets());
    }
    let (counted, every) = (states.len(), words.div_ceil(COPIED_WORDS));
    states.extend(copy(LIGHT_COPIES, every)?);
    targets.extend(stored.targets().iter().step_by(every));
    Ok(examples(patterns, &states, targets, table, conditions)?.counting(counted))
}
