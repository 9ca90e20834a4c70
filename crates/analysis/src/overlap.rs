//! Overlap with the target, step by step, of synchronous and asynchronous retrieval from the same cues.

use super::{AnalysisError, CueConfig, NoisyPattern};
use klr_model::KlrModel;
use klr_model::dynamics::{RetrievalConfig, UpdateRule, VisitOrder, retrieve_observed};
use klr_model::measure::overlap;
use klr_model::{Stream, Streams};
use klr_statistics::{
    BootstrapConfig, Equivalence, KolmogorovSmirnov, Summary, clustered_equivalence, kolmogorov_smirnov,
    paired_equivalence,
};
use rand::Rng;
use std::num::NonZeroUsize;

/// Overlaps with the target along two retrievals from one cue, `max_steps + 1` values each: that of the cue first, and
/// the last one repeated after the end.
#[derive(Clone, Debug, PartialEq)]
pub struct OverlapPair {
    /// After each synchronous step.
    pub synchronous: Vec<f64>,
    /// After each epoch of N asynchronous visits in random order.
    pub asynchronous: Vec<f64>,
}

/// The overlaps from each cue, both ways.
///
/// # Errors
/// [`AnalysisError`] if a setting of the cues is out of range.
pub fn overlap_pairs(
    model: &KlrModel,
    cues: &CueConfig,
    max_steps: u32,
    streams: Streams,
    threads: NonZeroUsize,
) -> Result<Vec<OverlapPair>, AnalysisError> {
    cues.for_each(model, streams, threads, |cue| OverlapPair {
        synchronous: trace(model, &cue, UpdateRule::Synchronous, max_steps, streams),
        asynchronous: trace(model, &cue, UpdateRule::Asynchronous(VisitOrder::Random), max_steps, streams),
    })
}

fn trace(
    model: &KlrModel,
    cue: &NoisyPattern,
    update: UpdateRule,
    max_steps: u32,
    streams: Streams,
) -> Vec<f64> {
    let mut overlaps = vec![overlap(&cue.state, &cue.pattern)];
    let mut rng = streams.indexed(Stream::Order, cue.index);
    let config = RetrievalConfig { update, max_steps };
    retrieve_observed(model, &cue.state, config, &mut rng, &mut |state| {
        overlaps.push(overlap(state, &cue.pattern));
    })
    .expect("a cue made from a pattern fits");
    let last = overlaps[overlaps.len() - 1];
    overlaps.resize(max_steps as usize + 1, last);
    overlaps
}

/// How the two compare after some number of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct StepComparison {
    /// Steps or epochs; 0 is the cue.
    pub step: usize,
    /// Of the synchronous overlaps.
    pub synchronous: Summary,
    /// Of the asynchronous overlaps.
    pub asynchronous: Summary,
    /// Whether the means agree to within the margin, cues taken as independent pairs (synchronous minus asynchronous).
    pub paired: Equivalence,
    /// The same with whole pattern sets resampled; `None` for a single set.
    pub clustered: Option<Equivalence>,
    /// Whether the distributions agree, as two independent samples; as they are paired, its p-values are too large.
    pub smirnov: KolmogorovSmirnov,
}

/// Compares the overlaps at every step: `sets[c]` holds the pairs of pattern set c. The bootstrap of step t starts
/// where that of step t-1 ended in `rng`.
///
/// # Errors
/// [`AnalysisError`] if there are fewer than two pairs, a set is empty, traces differ in length, the margin is not
/// above 0, or alpha is not between 0 and 0.5.
pub fn compare_overlaps(
    sets: &[Vec<OverlapPair>],
    margin: f64,
    alpha: f64,
    config: BootstrapConfig,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Vec<StepComparison>, AnalysisError> {
    let steps = sets.iter().flatten().next().map_or(0, |pair| pair.synchronous.len());
    let lengths = sets.iter().flatten().flat_map(|pair| [pair.synchronous.len(), pair.asynchronous.len()]);
    if let Some(other) = lengths.into_iter().find(|&length| length != steps || length == 0) {
        let (name, value) = ("the length of a trace", other as f64);
        return Err(AnalysisError::Parameter { name, value, allowed: "that of the first, at least 1" });
    }
    let at = |step: usize| {
        let pairs = || sets.iter().flatten();
        let synchronous: Vec<f64> = pairs().map(|pair| pair.synchronous[step]).collect();
        let asynchronous: Vec<f64> = pairs().map(|pair| pair.asynchronous[step]).collect();
        let difference = |pair: &OverlapPair| pair.synchronous[step] - pair.asynchronous[step];
        let differences: Vec<Vec<f64>> =
            sets.iter().map(|set| set.iter().map(difference).collect()).collect();
        let clustered = (sets.len() > 1)
            .then(|| clustered_equivalence(&differences, margin, alpha, config, rng))
            .transpose()?;
        Ok(StepComparison {
            step,
            synchronous: Summary::of(&synchronous)?,
            asynchronous: Summary::of(&asynchronous)?,
            paired: paired_equivalence(&synchronous, &asynchronous, margin, alpha)?,
            clustered,
            smirnov: kolmogorov_smirnov(&synchronous, &asynchronous)?,
        })
    };
    (0..steps).map(at).collect()
}
