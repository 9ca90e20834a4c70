//! Phase diagrams over kernel width and load (the questions of arXiv:2609.16827, section 6).

use super::curvature::curvature;
use super::weights::bit_accuracy;
use super::{AnalysisError, CueConfig};
use klr_model::Kernel;
use klr_model::KlrModel;
use klr_model::PatternSet;
use klr_model::dynamics::{RetrievalConfig, retrieve};
use klr_model::measure::is_exact;
use klr_model::{Stream, Streams};
use klr_statistics::Share;
use klr_units::OutOfRange;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// The grid, and what to measure at each of its points.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseConfig {
    /// N.
    pub n: usize,
    /// Kernel widths gamma.
    pub gammas: Vec<f64>,
    /// Loads P/N, above 0.
    pub loads: Vec<f64>,
    /// Cues of each point.
    pub cues: CueConfig,
    /// How to retrieve.
    pub retrieval: RetrievalConfig,
    /// The weight of the penalty in the Hessian.
    pub lambda: f64,
    /// Neurons, from the first, over which the curvature is averaged: at least 1, at most N.
    pub curvature_neurons: usize,
    /// The confidence of intervals.
    pub confidence: f64,
    /// Points worked on at once. The result does not depend on it.
    pub threads: NonZeroUsize,
}

impl PhaseConfig {
    /// All points, loads within gammas.
    #[must_use]
    pub fn points(&self) -> Vec<GridPoint> {
        let loads = 0..self.loads.len();
        (0..self.gammas.len())
            .flat_map(|gamma| loads.clone().map(move |load| GridPoint { gamma, load }))
            .collect()
    }

    /// The number of patterns at a load: `round(load * N)`, at least 1.
    #[must_use]
    pub fn patterns_at(&self, load: f64) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float too large saturates, and drawing so many patterns is refused"
        )]
        let p = (load * self.n as f64).round() as usize;
        p.max(1)
    }

    fn check(&self, points: &[GridPoint]) -> Result<(), AnalysisError> {
        self.cues.check()?;
        let wrong =
            |name, value, allowed| Err(AnalysisError::Parameter(OutOfRange::new(name, value, allowed)));
        if let Some(&load) = self.loads.iter().find(|load| !(load.is_finite() && **load > 0.0)) {
            return wrong("load", load, "finite and above 0");
        }
        if !(1..=self.n).contains(&self.curvature_neurons) {
            let value = self.curvature_neurons as f64;
            return wrong("the number of neurons for the curvature", value, "1 to N");
        }
        let outside = |point: &&GridPoint| point.gamma >= self.gammas.len() || point.load >= self.loads.len();
        match points.iter().find(outside) {
            Some(point) if point.gamma >= self.gammas.len() => {
                wrong("the index of a gamma", point.gamma as f64, "an index of the grid")
            }
            Some(point) => wrong("the index of a load", point.load as f64, "an index of the grid"),
            None => Ok(()),
        }
    }
}

/// A point of the grid, by indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GridPoint {
    /// Of the gammas.
    pub gamma: usize,
    /// Of the loads.
    pub load: usize,
}

/// What was measured at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PhasePoint {
    /// Where on the grid.
    pub at: GridPoint,
    /// gamma.
    pub gamma: f64,
    /// P.
    pub p: usize,
    /// The share of cues recalled exactly; the interval is for this one pattern set.
    pub recall: Share,
    /// The share of bits of the stored patterns that one step leaves right.
    pub bit_accuracy: Share,
    /// The mean over neurons of the largest eigenvalue of the Hessian.
    pub lambda_max: f64,
    /// The mean largest eigenvalue over the mean trace.
    pub concentration: f64,
}

/// Measures `points` of the grid, several at once, and calls `finished` after each in the order given: store what it
/// gets, and a run that was cut short goes on with the points that are left. The patterns of a point come from
/// [`Stream::Patterns`] at its number on the grid, so a point gives the same figures in any run with the same grid and
/// seed.
///
/// # Errors
/// What `train` returns, or [`AnalysisError`] if a setting is out of range; points finished before are kept by the
/// caller.
pub fn phase_diagram<E: From<AnalysisError> + Send>(
    config: &PhaseConfig,
    points: &[GridPoint],
    streams: Streams,
    train: impl Fn(&PatternSet, Kernel) -> Result<KlrModel, E> + Sync,
    mut finished: impl FnMut(PhasePoint),
) -> Result<(), E> {
    config.check(points)?;
    for together in points.chunks(config.threads.get()) {
        let results =
            map_in_order(together.to_vec(), config.threads, |at| point(config, at, streams, &train));
        results.into_iter().try_for_each(|result| result.map(&mut finished))?;
    }
    Ok(())
}

fn point<E: From<AnalysisError>>(
    config: &PhaseConfig,
    at: GridPoint,
    streams: Streams,
    train: &impl Fn(&PatternSet, Kernel) -> Result<KlrModel, E>,
) -> Result<PhasePoint, E> {
    let p = config.patterns_at(config.loads[at.load]);
    let number = (at.gamma * config.loads.len() + at.load) as u64;
    let mut rng = streams.indexed(Stream::Patterns, number);
    let patterns = PatternSet::random(config.n, p, &mut rng).map_err(AnalysisError::from)?;
    let gamma = config.gammas[at.gamma];
    let model = train(&patterns, Kernel::rbf(gamma).map_err(AnalysisError::from)?)?;
    Ok(measure(config, at, gamma, &model, streams)?)
}

fn measure(
    config: &PhaseConfig,
    at: GridPoint,
    gamma: f64,
    model: &KlrModel,
    streams: Streams,
) -> Result<PhasePoint, AnalysisError> {
    let one = NonZeroUsize::MIN;
    let recalled = config.cues.for_each(model, streams, one, |cue| {
        let mut rng = streams.indexed(Stream::Order, cue.index);
        let end = retrieve(model, &cue.state, config.retrieval, &mut rng);
        is_exact(&end.expect("a cue made from a pattern fits").state, &cue.pattern)
    })?;
    let neurons: Vec<usize> = (0..config.curvature_neurons.min(model.n())).collect();
    let (_, mean) = curvature(model, &neurons, config.lambda, one)?;
    let successes = recalled.into_iter().filter(|&right| right).count() as u64;
    Ok(PhasePoint {
        at,
        gamma,
        p: model.p(),
        recall: Share::new(successes, config.cues.count.into(), config.confidence)?,
        bit_accuracy: bit_accuracy(model, config.confidence, one)?,
        lambda_max: mean.lambda_max,
        concentration: mean.concentration(),
    })
}
