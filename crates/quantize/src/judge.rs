//! What weights do on held-out cues, as the core would.

use crate::{Conditions, QuantizeError};
use klr_image::CoreImage;
use klr_image::reference::Reference;
use klr_model::{PatternSet, Stream, make_cue};
use klr_units::State;
use klr_units::threads::map_in_order;

/// Cues that tell weights apart.
const CUES: usize = 1000;

/// What weights did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Stored patterns that the core keeps when each is the state.
    pub kept: u64,
    /// Held-out cues that were recalled exactly.
    pub hits: u64,
    /// Held-out cues.
    pub cues: u64,
}

impl Verdict {
    /// By what weights are compared: recall first, or patterns kept first.
    pub(crate) const fn worth(&self, by_recall: bool) -> (u64, u64) {
        if by_recall { (self.hits, self.kept) } else { (self.kept, self.hits) }
    }
}

/// The cues that integer weights are chosen on, each with the row of its pattern: none of them is among the corrupted copies
/// that weights are made for.
///
/// # Errors
/// [`QuantizeError::Cue`] if no cue can be made.
pub fn held_out(
    patterns: &PatternSet,
    conditions: &Conditions,
) -> Result<Vec<(usize, State)>, QuantizeError> {
    let p = patterns.p();
    let cue = |at: usize| {
        // Evenly over the patterns, so that no pattern comes twice before another came once.
        let target = if CUES < p { at * p / CUES } else { at % p };
        let mut rng = conditions.streams.indexed(Stream::QuantizerCues, at as u64);
        Ok((target, make_cue(target, conditions.cue, patterns, &mut rng)?.state))
    };
    (0..CUES).map(cue).collect()
}

/// Whether each of `cues` ends in the pattern that `targets` names, retrieved on the integers of `image`.
#[must_use]
pub fn recalled(image: &CoreImage, cues: &[State], targets: &[usize], conditions: &Conditions) -> Vec<bool> {
    let reference = Reference::new(image);
    let is_recalled = |(cue, &target): (&State, &usize)| {
        let run = reference.retrieve(cue, conditions.update, conditions.max_steps);
        run.is_ok_and(|run| run.state == image.patterns()[target])
    };
    map_in_order(cues.iter().zip(targets).collect(), conditions.threads, is_recalled)
}

/// Held-out cues, the same for all weights.
pub(crate) struct Judge<'a> {
    targets: Vec<usize>,
    cues: Vec<State>,
    conditions: &'a Conditions,
}

impl<'a> Judge<'a> {
    /// # Errors
    /// [`QuantizeError::Cue`] if no cue can be made.
    pub(crate) fn new(patterns: &PatternSet, conditions: &'a Conditions) -> Result<Self, QuantizeError> {
        let (targets, cues) = held_out(patterns, conditions)?.into_iter().unzip();
        Ok(Self { targets, cues, conditions })
    }

    /// What the weights of `image` do.
    pub(crate) fn hear(&self, image: &CoreImage) -> Verdict {
        let kept = Reference::new(image).stored_on(self.conditions.threads).kept;
        let hits = recalled(image, &self.cues, &self.targets, self.conditions);
        Verdict { kept, hits: hits.iter().map(|&hit| u64::from(hit)).sum(), cues: self.cues.len() as u64 }
    }
}
