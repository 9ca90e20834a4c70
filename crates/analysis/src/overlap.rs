//! Overlap with the target, step by step, of synchronous and asynchronous retrieval from the same cues.

use super::{AnalysisError, CueConfig, NoisyPattern};
use klr_model::KlrModel;
use klr_model::dynamics::{Retrieval, RetrievalConfig, UpdateRule, VisitOrder, retrieve_observed};
use klr_model::measure::overlap;
use klr_model::{Stream, Streams};
use klr_statistics::{
    BootstrapConfig, Equivalence, KolmogorovSmirnov, Summary, clustered_equivalence, kolmogorov_smirnov,
    paired_equivalence,
};
use klr_units::OutOfRange;
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
    let pair = |cue: NoisyPattern| -> Result<OverlapPair, AnalysisError> {
        let along = |update| {
            let config = RetrievalConfig { update, max_steps };
            retrieve_with_overlaps(model, &cue, config, streams).map(|(_, overlaps)| overlaps)
        };
        Ok(OverlapPair {
            synchronous: along(UpdateRule::Synchronous)?,
            asynchronous: along(UpdateRule::Asynchronous(VisitOrder::Random))?,
        })
    };
    cues.for_each(model, streams, threads, pair)?.into_iter().collect()
}

/// A retrieval from `cue` in the order of index `cue.index` of [`Stream::Order`], with the overlaps along it:
/// `max_steps + 1` values, that of the cue first, and the last one repeated after the end.
///
/// # Errors
/// [`AnalysisError`] if the cue has another number of neurons than the model.
pub fn retrieve_with_overlaps(
    model: &KlrModel,
    cue: &NoisyPattern,
    config: RetrievalConfig,
    streams: Streams,
) -> Result<(Retrieval, Vec<f64>), AnalysisError> {
    let mut overlaps = vec![overlap(&cue.state, &cue.pattern)];
    let mut rng = streams.indexed(Stream::Order, cue.index);
    let end = retrieve_observed(model, &cue.state, config, &mut rng, &mut |state| {
        overlaps.push(overlap(state, &cue.pattern));
    })?;
    let last = overlaps[overlaps.len() - 1];
    overlaps.resize(config.max_steps as usize + 1, last);
    Ok((end, overlaps))
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
    /// The same of the means of the pattern sets, as cues of one set share its luck; `None` for a single set.
    pub by_sets: Option<Equivalence>,
    /// The same with whole pattern sets resampled; `None` for a single set.
    pub clustered: Option<Equivalence>,
    /// Whether the distributions agree, as two independent samples; as they are paired, its p-values are too large.
    pub smirnov: KolmogorovSmirnov,
}

/// Compares the overlaps at every step: `sets[c]` holds the pairs of pattern set c. The bootstrap of step t draws from
/// index t of [`Stream::Bootstrap`].
///
/// # Errors
/// [`AnalysisError`] if there are fewer than two pairs, a set is empty, traces differ in length, the margin is not
/// above 0, or alpha is not between 0 and 0.5.
pub fn compare_overlaps(
    sets: &[Vec<OverlapPair>],
    margin: f64,
    alpha: f64,
    config: BootstrapConfig,
    streams: Streams,
) -> Result<Vec<StepComparison>, AnalysisError> {
    let steps = sets.iter().flatten().next().map_or(0, |pair| pair.synchronous.len());
    let lengths = sets.iter().flatten().flat_map(|pair| [pair.synchronous.len(), pair.asynchronous.len()]);
    if let Some(other) = lengths.into_iter().find(|&length| length != steps || length == 0) {
        let (name, value) = ("the length of a trace", other as f64);
        return Err(AnalysisError::Parameter(OutOfRange::new(name, value, "that of the first, at least 1")));
    }
    let at = |step: usize| {
        let pairs = || sets.iter().flatten();
        let synchronous: Vec<f64> = pairs().map(|pair| pair.synchronous[step]).collect();
        let asynchronous: Vec<f64> = pairs().map(|pair| pair.asynchronous[step]).collect();
        let difference = |pair: &OverlapPair| pair.synchronous[step] - pair.asynchronous[step];
        let differences: Vec<Vec<f64>> =
            sets.iter().map(|set| set.iter().map(difference).collect()).collect();
        let of_sets = |value: fn(&OverlapPair) -> &[f64]| -> Vec<f64> {
            let sum = |set: &[OverlapPair]| set.iter().map(|pair| value(pair)[step]).sum::<f64>();
            sets.iter().map(|set| sum(set) / set.len() as f64).collect()
        };
        let several = sets.len() > 1;
        let by_sets = several
            .then(|| {
                let (first, second) = (of_sets(|pair| &pair.synchronous), of_sets(|pair| &pair.asynchronous));
                paired_equivalence(&first, &second, margin, alpha)
            })
            .transpose()?;
        let mut rng = streams.indexed(Stream::Bootstrap, step as u64);
        let clustered = several
            .then(|| clustered_equivalence(&differences, margin, alpha, config, &mut rng))
            .transpose()?;
        Ok(StepComparison {
            step,
            synchronous: Summary::of(&synchronous)?,
            asynchronous: Summary::of(&asynchronous)?,
            paired: paired_equivalence(&synchronous, &asynchronous, margin, alpha)?,
            by_sets,
            clustered,
            smirnov: kolmogorov_smirnov(&synchronous, &asynchronous)?,
        })
    };
    (0..steps).map(at).collect()
}
