//! How the integers of an image are found.

use crate::candidates::{Candidate, candidates};
use crate::fit::Fitting;
use crate::judge::{Judge, Verdict};
use crate::levels::Levels;
use crate::weights::{self, Fidelity};
use crate::workshop::Workshop;
use crate::{Conditions, QuantizeConfig, QuantizeError};
use klr_image::{CoreImage, KernelTable, Sizing};
use klr_model::KlrModel;
use klr_units::State;
use std::fmt;

/// How the integers of an image are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Each dual variable rounded to the nearest integer, with one clip for all neurons.
    #[default]
    Nearest,
    /// The same, with the clip of each neuron that leaves the smallest loss of margins at the stored patterns.
    Clip,
    /// The same with what rounding does to the fields at the stored patterns passed on to the weights that are still free.
    Compensated,
    /// Integers whose fields at the stored patterns have the right sign by a margin.
    Margins,
    /// The same at the stored patterns and at corrupted copies of them.
    NoiseAware,
    /// The published quantiser: one uniform grid from the least to the greatest dual variable of all neurons.
    MinMax,
    /// The one of the others that recalls most of held-out cues.
    Auto,
}

impl Method {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Nearest,
        Self::Clip,
        Self::Compensated,
        Self::Margins,
        Self::NoiseAware,
        Self::MinMax,
        Self::Auto,
    ];

    /// The method's name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Clip => "clip",
            Self::Compensated => "compensated",
            Self::Margins => "margins",
            Self::NoiseAware => "noise-aware",
            Self::MinMax => "min-max",
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
    workshop: &Workshop<'_>,
) -> Result<Found, QuantizeError> {
    let format = config.weight_format();
    let image = |weights| CoreImage::new(core, patterns, format, weights, table.clone());
    if config.method == Method::Nearest {
        let (weights, fidelity) = weights::quantize(model, config.weights);
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
    let candidates = candidates(&fitting, config, table, patterns, conditions, workshop)?;
    let judge = Judge::new(model.patterns(), conditions)?;
    let by_recall = config.method != Method::Margins;
    let mut trials: Vec<Trial> = Vec::with_capacity(candidates.len());
    let mut best: Option<((u64, u64), usize, CoreImage)> = None;
    for (at, Candidate { method, target, weights }) in candidates.iter().enumerate() {
        let same = candidates[..at].iter().position(|other| other.weights == *weights);
        if let Some(same) = same {
            let verdict = trials[same].verdict;
            trials.push(Trial { method: *method, target: *target, verdict });
            continue;
        }
        let image = image(weights.clone())?;
        let verdict = judge.hear(&image);
        let worth = verdict.worth(by_recall);
        // The first of equals is kept.
        if best.as_ref().is_none_or(|&(least, ..)| worth > least) {
            best = Some((worth, at, image));
        }
        trials.push(Trial { method: *method, target: *target, verdict });
    }
    let (_, taken, image) = best.expect("every method has a candidate");
    let method = trials[taken].method;
    let fidelity = if method == Method::Nearest {
        weights::quantize(model, config.weights).1
    } else {
        Fidelity::beside(model, image.weights())
    };
    Ok(Found { image, fidelity, choice: Choice { method, trials, taken: Some(taken) } })
}
