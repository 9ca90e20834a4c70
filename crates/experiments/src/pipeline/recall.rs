//! What the oracle, the float models and the baselines make of the cues of a trained memory.

use crate::error::Error;
use crate::pipeline::{Progress, TrainedMemory};
use crate::plan::{Plan, TargetRule};
use klr_model::baselines::{Baseline, BaselineError, BaselineOptions, BaselineResult, compare};
use klr_model::measure::OracleHit;
use klr_model::{KlrModel, RetrievalConfig, Stream, Targets, UpdateRule, retrieve};
use klr_units::State;
use klr_units::threads::map_in_order_watched;
use std::num::NonZeroUsize;

/// Shares of cues that end exactly in their pattern, or in one of them where several are equally near and none is named.
#[derive(Clone, Copy, Debug)]
pub struct Recall {
    /// Cues.
    pub cues: u64,
    /// Mean Hamming distance from cue to pattern.
    pub cue_flips_mean: f64,
    /// Hits of the nearest-pattern oracle, ties counted as hits: no memory that knows the cue alone does better on uniform
    /// noise. Nothing where the nearest pattern is what counts as recalled.
    pub oracle: Option<u64>,
    /// Cues whose pattern is among the nearest, and others are as near.
    pub ties: u64,
    /// Hits of the float model, all neurons at once.
    pub float_sync: u64,
    /// Hits of the float model, one neuron at a time.
    pub float_async: u64,
    /// Hits of the untrained model `alpha = xi`, one neuron at a time.
    pub untrained: u64,
}

/// What one cue gave.
struct CueRecall {
    flips: usize,
    oracle: OracleHit,
    float_sync: bool,
    float_async: bool,
    untrained: bool,
}

/// What the oracle and the float models make of the cues.
pub(super) fn recall(
    plan: &Plan,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Recall, Error> {
    let untrained = KlrModel::untrained(memory.patterns.clone(), memory.model.kernel().clone());
    progress.stage("recalling", memory.cues());
    let mut done = 0;
    let job = |index: usize| one_cue(plan, memory, &untrained, index);
    let results = map_in_order_watched((0..memory.trials.len()).collect(), threads, job, || {
        done += 1;
        progress.step(done);
    });
    let results = results.into_iter().collect::<Result<Vec<_>, Error>>()?;
    let count = |hit: fn(&CueRecall) -> bool| results.iter().filter(|result| hit(result)).count() as u64;
    let flips: usize = results.iter().map(|result| result.flips).sum();
    Ok(Recall {
        cues: memory.cues(),
        cue_flips_mean: flips as f64 / results.len() as f64,
        oracle: is_known(plan).then(|| count(|r| r.oracle.hit)),
        ties: count(|r| r.oracle.tie),
        float_sync: count(|r| r.float_sync),
        float_async: count(|r| r.float_async),
        untrained: count(|r| r.untrained),
    })
}

/// Whether it is known where cues should end, so that the nearest pattern may be wrong.
fn is_known(plan: &Plan) -> bool {
    plan.retrieval.target_rule() != TargetRule::Nearest
}

fn one_cue(
    plan: &Plan,
    memory: &TrainedMemory,
    untrained: &KlrModel,
    index: usize,
) -> Result<CueRecall, Error> {
    let trial = &memory.trials[index];
    let hits = |model: &KlrModel, update| {
        let config = RetrievalConfig { update, max_steps: plan.retrieval.max_steps };
        let mut rng = memory.streams.indexed(Stream::Order, index as u64);
        let run = retrieve(model, &trial.cue, config, &mut rng);
        run.map(|run| trial.targets.contain(&memory.patterns, &run.state))
            .map_err(|source| Error::Patterns { origin: format!("cue {index}"), source })
    };
    let asynchronous = UpdateRule::Asynchronous(plan.retrieval.order);
    Ok(CueRecall {
        flips: trial.targets.distance(&memory.patterns, &trial.cue),
        oracle: OracleHit::of(&memory.patterns, &trial.cue, &trial.targets),
        float_sync: hits(&memory.model, UpdateRule::Synchronous)?,
        float_async: hits(&memory.model, asynchronous)?,
        untrained: hits(untrained, asynchronous)?,
    })
}

/// What the other memories of the plan make of the cues of `memory`.
pub(super) fn baselines(
    plan: &Plan,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Vec<BaselineResult> {
    let list = &plan.retrieval.baselines;
    progress.stage("baselines", list.len() as u64);
    let update = UpdateRule::Asynchronous(plan.retrieval.order);
    let retrieval = RetrievalConfig { update, max_steps: plan.retrieval.max_steps };
    let options = BaselineOptions::beside(memory.model.kernel().clone(), retrieval, plan.seed);
    let cues: Vec<(State, Targets)> =
        memory.trials.iter().map(|trial| (trial.cue.clone(), trial.targets.clone())).collect();
    let mut results = Vec::new();
    for (done, &baseline) in (1..).zip(list) {
        if baseline == Baseline::NearestPattern && !is_known(plan) {
            results.push(BaselineResult { name: baseline.name(), counts: Err(BaselineError::NoTargets) });
        } else {
            results.extend(compare(&memory.patterns, &cues, &[baseline], &options, threads));
        }
        progress.step(done);
    }
    results
}
