//! How the integers of an image are found.

use crate::examples::Examples;
use crate::fit::Fitting;
use crate::judge::{Judge, Verdict};
use crate::levels::Levels;
use crate::weights::{self, Fidelity};
use crate::{Conditions, QuantizeConfig, QuantizeError};
use klr_image::{CoreImage, KernelTable, Sizing};
use klr_model::{KlrModel, Stream, make_cue};
use klr_units::State;
use std::fmt;

/// Margins that are tried, in units of the margin that the largest weight gives its own pattern.
const TARGETS: [f32; 4] = [0.5, 0.75, 1.0, 1.5];

/// The same where corrupted copies are to be found as well.
const NOISY_TARGETS: [f32; 3] = [0.5, 1.0, 1.5];

/// The same where copies that are lost anyway are let go; besides, a weight of 1: the least margin that tells two patterns
/// apart.
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

/// How the integers of an image are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Each dual variable rounded to the nearest integer, with one clip for all neurons.
    #[default]
    Nearest,
    /// The same, with the clip of each neuron that leaves the smallest loss of margins at the stored patterns.
    Clip,
    /// Integers whose fields at the stored patterns have the right sign by a margin.
    Margins,
    /// The same at the stored patterns and at corrupted copies of them.
    NoiseAware,
    /// The one of the others that recalls most of held-out cues.
    Auto,
}

impl Method {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Nearest, Self::Clip, Self::Margins, Self::NoiseAware, Self::Auto];

    /// The method's name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Clip => "clip",
            Self::Margins => "margins",
            Self::NoiseAware => "noise-aware",
            Self::Auto => "auto",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Weights that were tried, and what they did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// The method that made them.
    pub method: Method,
    /// The margin that was asked for, in units of the margin that the largest weight gives its own pattern.
    pub target: Option<f32>,
    /// What they did.
    pub verdict: Verdict,
}

/// How the weights of an image were chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The method that made them: never [`Method::Auto`].
    pub method: Method,
    /// All that were tried, in order; none where there was nothing to choose from.
    pub trials: Vec<Trial>,
    /// Which of them was taken.
    pub taken: Option<usize>,
}

impl Choice {
    /// What the weights that were taken did on held-out cues; `None` if there was nothing to choose from.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.taken.map(|at| self.trials[at].verdict)
    }
}

/// An image, and how its weights were chosen.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) image: CoreImage,
    pub(crate) fidelity: Fidelity,
    pub(crate) choice: Choice,
}

/// The image of `model` on `core`, its weights by the method of `config` for the cues of `conditions`.
///
/// # Errors
/// [`QuantizeError::ManyWords`] if a method that looks at the kernel words of all pairs of patterns meets too many, else as
/// [`CoreImage::new`].
pub(crate) fn find(
    model: &KlrModel,
    core: Sizing,
    config: &QuantizeConfig,
    table: &KernelTable,
    patterns: &[State],
    conditions: &Conditions,
) -> Result<Found, QuantizeError> {
    let format = config.weight_format();
    let image = |weights| CoreImage::new(core, patterns, format, weights, table.clone());
    let nearest = || weights::quantize(model, config.weights);
    if config.method == Method::Nearest {
        let (weights, fidelity) = nearest();
        let choice = Choice { method: Method::Nearest, trials: vec![], taken: None };
        return Ok(Found { image: image(weights)?, fidelity, choice });
    }
    let largest_word = table.entries().iter().copied().max().unwrap_or(0);
    let fitting = Fitting {
        model,
        format,
        levels: Levels::new(format, core.storage().shares_signs()),
        largest_word: largest_word.into(),
        threads: conditions.threads,
    };
    let own = (0u32..).take(patterns.len()).collect();
    let stored = examples(patterns, patterns, own, table, conditions)?;
    let clipped = fitting.clipped(&stored);
    let mut candidates = vec![];
    let wants = |method| config.method == method || config.method == Method::Auto;
    if wants(Method::Clip) {
        candidates.push((Method::Clip, None, clipped.clone()));
    }
    if config.method == Method::Auto {
        candidates.push((Method::Nearest, None, nearest().0));
    }
    if wants(Method::Margins) {
        for target in TARGETS {
            let weights = fitting.by_margins(&clipped, &stored, target, false);
            candidates.push((Method::Margins, Some(target), weights));
        }
    }
    if wants(Method::NoiseAware) {
        let noisy = with_copies(model, patterns, table, &stored, conditions)?;
        for target in NOISY_TARGETS {
            let weights = fitting.by_margins(&clipped, &noisy, target, false);
            candidates.push((Method::NoiseAware, Some(target), weights));
        }
        let one = 1.0 / f32::from(fitting.levels.largest());
        let light = noisy.words() <= LIGHT_WORDS;
        for target in [one].into_iter().chain(LETTING_GO_TARGETS).filter(|_| light) {
            let weights = fitting.by_margins(&clipped, &noisy, target, true);
            candidates.push((Method::NoiseAware, Some(target), weights));
        }
    }
    let judge = Judge::new(model.patterns(), conditions)?;
    let by_recall = config.method != Method::Margins;
    let mut trials = Vec::with_capacity(candidates.len());
    let mut best: Option<((u64, u64), usize, CoreImage)> = None;
    for (method, target, weights) in candidates {
        let image = image(weights)?;
        let verdict = judge.hear(&image);
        let worth = verdict.worth(by_recall);
        // The first of equals is kept.
        if best.as_ref().is_none_or(|&(least, ..)| worth > least) {
            best = Some((worth, trials.len(), image));
        }
        trials.push(Trial { method, target, verdict });
    }
    let (_, taken, image) = best.expect("every method has a candidate");
    let method = trials[taken].method;
    let fidelity =
        if method == Method::Nearest { nearest().1 } else { Fidelity::beside(model, image.weights()) };
    Ok(Found { image, fidelity, choice: Choice { method, trials, taken: Some(taken) } })
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

/// The stored patterns and corrupted copies of each: one, and more while their words are few enough to be gone through in
/// seconds.
fn with_copies(
    model: &KlrModel,
    patterns: &[State],
    table: &KernelTable,
    stored: &Examples,
    conditions: &Conditions,
) -> Result<Examples, QuantizeError> {
    let copy = |copy: usize| -> Result<Vec<State>, QuantizeError> {
        let cue = |mu: usize| {
            let index = (copy * patterns.len() + mu) as u64;
            let mut rng = conditions.streams.indexed(Stream::QuantizerNoise, index);
            Ok(make_cue(mu, conditions.cue, model.patterns(), &mut rng)?.state)
        };
        (0..patterns.len()).map(cue).collect()
    };
    let first = copy(0)?;
    // Cues are nearer to other patterns than patterns are, relative to the nearest: a copy has more words than the patterns.
    let words = examples(patterns, &first, stored.targets().to_vec(), table, conditions)?.words();
    let light = (LIGHT_WORDS / (2 * words.max(1))).min(LIGHT_COPIES);
    let copies = (COPIED_WORDS / words.max(1)).clamp(1, COPIES).max(light);
    let (mut states, mut targets) = (patterns.to_vec(), stored.targets().to_vec());
    states.extend(first);
    targets.extend(stored.targets());
    for at in 1..copies {
        states.extend(copy(at)?);
        targets.extend(stored.targets());
    }
    examples(patterns, &states, targets, table, conditions)
}
