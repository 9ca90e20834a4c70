//! Basins of attraction: success, effort and endings against the distance at which retrieval starts.

use super::{AnalysisError, check_pattern};
use klr_model::KlrModel;
use klr_model::dynamics::{Retrieval, RetrievalConfig, RetrievalOutcome, retrieve};
use klr_model::measure::is_exact;
use klr_model::noise::{NoiseModel, corrupt};
use klr_model::{Stream, Streams};
use klr_statistics::{Cluster, ClusteredShare, Share, Summary, first_fall};
use klr_units::threads::map_in_order;
use klr_units::{OutOfRange, State};
use std::num::NonZeroUsize;

/// Where a retrieval that failed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// At another stored pattern; `rank` patterns lie strictly nearer to the cue, so that rank 0 is the nearest: a
    /// failure no retrieval could have avoided.
    Stored {
        /// Patterns strictly nearer to the cue.
        rank: usize,
    },
    /// At a fixed point that is no stored pattern.
    Spurious,
    /// Alternating between two states.
    TwoCycle,
    /// On the way, when the steps ran out.
    StepLimit,
}

/// Where `retrieval` from `cue` failed, or `None` if it ended at `target` exactly, however it ended.
pub(super) fn failure(
    model: &KlrModel,
    cue: &State,
    target: &State,
    retrieval: &Retrieval,
) -> Option<Failure> {
    if is_exact(&retrieval.state, target) {
        return None;
    }
    Some(match retrieval.outcome {
        RetrievalOutcome::TwoCycle => Failure::TwoCycle,
        RetrievalOutcome::StepLimit => Failure::StepLimit,
        RetrievalOutcome::Converged => {
            if model.patterns().nearest(&retrieval.state).distance > 0 {
                return Some(Failure::Spurious);
            }
            let reached = cue.hamming(&retrieval.state);
            let distances = model.patterns().distances(cue);
            Failure::Stored { rank: distances.iter().filter(|&&d| (d as usize) < reached).count() }
        }
    })
}

/// How to measure basins.
#[derive(Clone, Debug, PartialEq)]
pub struct BasinConfig {
    /// The memories to start near.
    pub memories: Vec<usize>,
    /// The numbers of bits to flip, ascending, each at most N.
    pub distances: Vec<usize>,
    /// Cues at each memory and distance, at least 1.
    pub cues: u32,
    /// How to retrieve.
    pub retrieval: RetrievalConfig,
    /// The confidence of Wilson's intervals.
    pub confidence: f64,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
}

/// What retrieval from one distance gives.
#[derive(Clone, Debug, PartialEq)]
pub struct BasinPoint {
    /// Bits flipped, exactly.
    pub distance: usize,
    /// The share recalled exactly. The interval is for this memory as it is.
    pub success: Share,
    /// Neurons turned over per retrieval, counted each time.
    pub events: Summary,
    /// The same of the retrievals that succeeded, if any did.
    pub events_of_successes: Option<Summary>,
    /// Steps per retrieval.
    pub steps: Summary,
    /// Failures that ended at a stored pattern, by its rank of nearness to the cue: `stored[r]` at rank r.
    pub stored: Vec<u64>,
    /// Failures that ended at a fixed point that is no stored pattern.
    pub spurious: u64,
    /// Failures that alternate between two states.
    pub two_cycles: u64,
    /// Failures that ran out of steps.
    pub step_limit: u64,
}

/// The basin of one memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Basin {
    /// The memory.
    pub mu: usize,
    /// One point per distance.
    pub points: Vec<BasinPoint>,
    /// The distance at which success falls to one half, interpolated; `None` if it starts below, or does not fall so
    /// far at any distance tried.
    pub radius: Option<f64>,
}

/// The basins of some memories.
///
/// Cue c of memory mu takes its bits from index `mu * cues + c` of [`Stream::Noise`] at every distance, so that the
/// bits flipped at a distance include those flipped at smaller ones: each curve follows its cues outwards.
///
/// # Errors
/// [`AnalysisError`] if there is no memory, distance or cue, one is out of range, distances do not ascend, or the
/// confidence is not between 0 and 1.
pub fn basins(model: &KlrModel, config: &BasinConfig, streams: Streams) -> Result<Vec<Basin>, AnalysisError> {
    check(model, config)?;
    let basin = |mu: usize| {
        let points: Vec<BasinPoint> = config
            .distances
            .iter()
            .map(|&distance| point(model, config, streams, mu, distance))
            .collect::<Result<_, _>>()?;
        let curve: Vec<(f64, f64)> =
            points.iter().map(|point| (point.distance as f64, point.success.value())).collect();
        let starts_below = curve[0].1 < 0.5;
        let radius = if starts_below { None } else { first_fall(&curve, 0.5) };
        Ok(Basin { mu, points, radius })
    };
    map_in_order(config.memories.clone(), config.threads, basin).into_iter().collect()
}

/// The share of all memories of `basins` recalled at each distance, each memory a cluster.
///
/// # Errors
/// [`AnalysisError`] if there are fewer than two basins, or the confidence is not between 0 and 1.
pub fn pooled_success(
    basins: &[Basin],
    confidence: f64,
) -> Result<Vec<(usize, ClusteredShare)>, AnalysisError> {
    let distances: Vec<usize> =
        basins.iter().flat_map(|basin| &basin.points).map(|point| point.distance).collect();
    let last = distances.iter().max().copied().unwrap_or(0);
    (0..=last)
        .filter(|distance| distances.contains(distance))
        .map(|distance| {
            let at = basins.iter().flat_map(|basin| basin.points.iter().find(|p| p.distance == distance));
            let clusters: Vec<Cluster> = at.map(|point| point.success.cluster()).collect();
            Ok((distance, ClusteredShare::new(&clusters, confidence)?))
        })
        .collect()
}

fn check(model: &KlrModel, config: &BasinConfig) -> Result<(), AnalysisError> {
    let wrong =
        |name, value: usize, allowed| Err(AnalysisError::Parameter(OutOfRange::new(name, value, allowed)));
    config.memories.iter().try_for_each(|&mu| check_pattern(model, mu))?;
    if config.memories.is_empty() {
        return wrong("the number of memories", 0, "at least 1");
    }
    if config.distances.is_empty() {
        return wrong("the number of distances", 0, "at least 1");
    }
    if config.cues == 0 {
        return wrong("the number of cues", 0, "at least 1");
    }
    if let Some(pair) = config.distances.windows(2).find(|pair| pair[0] >= pair[1]) {
        return wrong("a distance", pair[1], "above the one before it");
    }
    match config.distances.last() {
        Some(&last) if last > model.n() => wrong("a distance", last, "at most the number of neurons"),
        _ => Ok(()),
    }
}

fn point(
    model: &KlrModel,
    config: &BasinConfig,
    streams: Streams,
    mu: usize,
    distance: usize,
) -> Result<BasinPoint, AnalysisError> {
    let target = model.patterns().state(mu);
    // `Exact` rounds the level times N, which gives the distance back.
    let level = distance as f64 / model.n() as f64;
    let (mut events, mut of_successes, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let (mut successes, mut spurious, mut two_cycles, mut step_limit) = (0, 0, 0, 0);
    let mut stored = Vec::new();
    for cue in 0..u64::from(config.cues) {
        let index = mu as u64 * u64::from(config.cues) + cue;
        let noisy = corrupt(&target, level, NoiseModel::Exact, &mut streams.indexed(Stream::Noise, index));
        let got = retrieve(model, &noisy, config.retrieval, &mut streams.indexed(Stream::Order, index))?;
        events.push(got.flips as f64);
        steps.push(f64::from(got.steps));
        match failure(model, &noisy, &target, &got) {
            None => {
                successes += 1;
                of_successes.push(got.flips as f64);
            }
            Some(Failure::Stored { rank }) => {
                stored.resize(stored.len().max(rank + 1), 0);
                stored[rank] += 1;
            }
            Some(Failure::Spurious) => spurious += 1,
            Some(Failure::TwoCycle) => two_cycles += 1,
            Some(Failure::StepLimit) => step_limit += 1,
        }
    }
    Ok(BasinPoint {
        distance,
        success: Share::new(successes, config.cues.into(), config.confidence)?,
        events: Summary::of(&events)?,
        events_of_successes: Summary::of(&of_successes).ok(),
        steps: Summary::of(&steps)?,
        stored,
        spurious,
        two_cycles,
        step_limit,
    })
}
