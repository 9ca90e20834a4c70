//! Morphing one memory into another: where the boundary between their basins runs, how sharp it is, and how slow
//! retrieval becomes near it (the questions of arXiv:2605.00366, whose settings are not published).

use super::{AnalysisError, check_pattern};
use klr_model::KlrModel;
use klr_model::dynamics::{RetrievalConfig, RetrievalOutcome, retrieve};
use klr_model::{Stream, Streams};
use klr_statistics::{Share, Summary, falling_fit, first_fall};
use klr_units::threads::map_in_order;
use klr_units::{OutOfRange, State};
use rand::seq::SliceRandom;
use std::num::NonZeroUsize;

/// How to morph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MorphConfig {
    /// The memory to start from.
    pub from: usize,
    /// The memory to end at.
    pub to: usize,
    /// Random orders in which the bits that differ are switched, at least 1.
    pub orders: u32,
    /// How to retrieve.
    pub retrieval: RetrievalConfig,
    /// The confidence of Wilson's intervals.
    pub confidence: f64,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
}

/// What retrieval gives from cues with some bits of either memory.
#[derive(Clone, Debug, PartialEq)]
pub struct MorphPoint {
    /// Bits switched to the second memory.
    pub switched: usize,
    /// The same as a share of the bits that differ, 0 to 1.
    pub share: f64,
    /// The share of retrievals that end at the first memory.
    pub to_first: Share,
    /// The share that end at the second.
    pub to_second: Share,
    /// Retrievals that end at another stored pattern.
    pub other_stored: u64,
    /// Retrievals that end at a fixed point that is no stored pattern.
    pub spurious: u64,
    /// Retrievals that do not settle: two-cycles, and those that ran out of steps.
    pub unsettled: u64,
    /// Steps to the end, the confirming one included: the relaxation time.
    pub steps: Summary,
    /// Neurons turned over.
    pub events: Summary,
}

/// The way from one memory to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Morph {
    /// Bits in which the memories differ.
    pub distance: usize,
    /// One point per number of bits switched, 0 to [`Self::distance`].
    pub points: Vec<MorphPoint>,
    /// The share at which half the retrievals still end at the first memory.
    pub boundary: Option<f64>,
    /// How much of the way it takes for the share that ends at the first memory to fall from 90 % to 10 %. No boundary
    /// is seen to be sharper than 0.8 of one bit: `0.8 / distance`.
    pub width: Option<f64>,
    /// The largest mean relaxation time along the way over the mean of those at its two ends: above 1 is critical
    /// slowing down.
    pub slowing: f64,
}

/// Morphs one memory into another.
///
/// Order o shuffles the bits that differ with index o of [`Stream::Noise`] and retrieves with index `o * (N + 1) + k`
/// of [`Stream::Order`] after k switches. Boundary and width are read off the nearest falling curve (isotonic
/// regression): unlike a logistic fit it has an answer where the transition is a single step, and assumes no shape.
///
/// # Errors
/// [`AnalysisError`] if a memory does not exist, both are the same state, there is no order, or the confidence is not
/// between 0 and 1.
pub fn morph(model: &KlrModel, config: &MorphConfig, streams: Streams) -> Result<Morph, AnalysisError> {
    check_pattern(model, config.from)?;
    check_pattern(model, config.to)?;
    let (first, second) = (model.patterns().state(config.from), model.patterns().state(config.to));
    let differing: Vec<usize> = (0..model.n()).filter(|&i| first.get(i) != second.get(i)).collect();
    let wrong = |name, value, allowed| Err(AnalysisError::Parameter(OutOfRange::new(name, value, allowed)));
    if differing.is_empty() {
        return wrong("the distance of the memories", 0.0, "at least 1");
    }
    if config.orders == 0 {
        return wrong("the number of orders", 0.0, "at least 1");
    }
    let walks = map_in_order((0..u64::from(config.orders)).collect(), config.threads, |order| {
        walk(model, config, streams, order, &differing)
    });
    let points: Vec<MorphPoint> = (0..=differing.len())
        .map(|switched| point(&walks, switched, differing.len(), config))
        .collect::<Result<_, _>>()?;
    let values: Vec<f64> = points.iter().map(|point| point.to_first.value()).collect();
    let fit = falling_fit(&values, &vec![1.0; values.len()]);
    let curve: Vec<(f64, f64)> = points.iter().map(|point| point.share).zip(fit).collect();
    let [start, boundary, end] = [0.9, 0.5, 0.1].map(|level| first_fall(&curve, level));
    let times: Vec<f64> = points.iter().map(|point| point.steps.mean).collect();
    let ends = 0.5 * (times[0] + times[times.len() - 1]);
    Ok(Morph {
        distance: differing.len(),
        boundary,
        width: start.zip(end).map(|(start, end)| end - start),
        slowing: times.iter().copied().fold(0.0, f64::max) / ends,
        points,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    First,
    Second,
    Other,
    Spurious,
    Unsettled,
}

/// End, steps and flips from each number of bits switched, in one order.
fn walk(
    model: &KlrModel,
    config: &MorphConfig,
    streams: Streams,
    order: u64,
    differing: &[usize],
) -> Vec<(End, f64, f64)> {
    let mut bits = differing.to_vec();
    bits.shuffle(&mut streams.indexed(Stream::Noise, order));
    let mut cue = model.patterns().state(config.from);
    let mut ends = Vec::with_capacity(bits.len() + 1);
    for switched in 0..=bits.len() {
        let index = order * (model.n() as u64 + 1) + switched as u64;
        let got = retrieve(model, &cue, config.retrieval, &mut streams.indexed(Stream::Order, index))
            .expect("a cue made from a pattern fits");
        ends.push((end(model, config, &got.state, got.outcome), f64::from(got.steps), got.flips as f64));
        bits.get(switched).into_iter().for_each(|&bit| cue.flip(bit));
    }
    ends
}

fn end(model: &KlrModel, config: &MorphConfig, state: &State, outcome: RetrievalOutcome) -> End {
    let at = |mu| model.patterns().hamming(state, mu) == 0;
    if at(config.from) {
        End::First
    } else if at(config.to) {
        End::Second
    } else if outcome != RetrievalOutcome::Converged {
        End::Unsettled
    } else if model.patterns().nearest(state).distance == 0 {
        End::Other
    } else {
        End::Spurious
    }
}

fn point(
    walks: &[Vec<(End, f64, f64)>],
    switched: usize,
    distance: usize,
    config: &MorphConfig,
) -> Result<MorphPoint, AnalysisError> {
    let count = |end| walks.iter().filter(|walk| walk[switched].0 == end).count() as u64;
    let trials = config.orders.into();
    let steps: Vec<f64> = walks.iter().map(|walk| walk[switched].1).collect();
    let events: Vec<f64> = walks.iter().map(|walk| walk[switched].2).collect();
    Ok(MorphPoint {
        switched,
        share: switched as f64 / distance as f64,
        to_first: Share::new(count(End::First), trials, config.confidence)?,
        to_second: Share::new(count(End::Second), trials, config.confidence)?,
        other_stored: count(End::Other),
        spurious: count(End::Spurious),
        unsettled: count(End::Unsettled),
        steps: Summary::of(&steps)?,
        events: Summary::of(&events)?,
    })
}
