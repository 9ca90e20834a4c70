//! What the oracle, the float models and the baselines make of the cues of a trained memory.

use crate::error::Error;
use crate::pipeline::{Progress, TrainedMemory};
use crate::plan::{Plan, TargetRule};
use klr_model::baselines::{
    Baseline, BaselineError, BaselineOptions, BaselineTuning, TunedBaseline, compare_tuned,
};
use klr_model::measure::{Cues, OracleHit};
use klr_model::{CueKind, KlrModel, NoiseModel, RetrievalConfig, Stream, UpdateRule, retrieve};
use klr_units::threads::fold_in_order_watched;
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
    // The model may be that already.
    let untrained = (!memory.model.is_untrained())
        .then(|| KlrModel::untrained(memory.patterns.clone(), memory.model.kernel().clone()));
    progress.stage("recalling", memory.cues());
    let mut done = 0;
    let job = |index: usize| one_cue(plan, memory, untrained.as_ref(), index);
    let cues = memory.cues();
    let none = Recall {
        cues,
        cue_flips_mean: 0.0,
        oracle: is_known(plan).then_some(0),
        ties: 0,
        float_sync: 0,
        float_async: 0,
        untrained: 0,
    };
    let fold = |(flips, sums): &mut (u64, Recall), _: usize, one: CueRecall| {
        *flips += one.flips as u64;
        sums.oracle = sums.oracle.map(|hits| hits + u64::from(one.oracle.hit));
        sums.ties += u64::from(one.oracle.tie);
        sums.float_sync += u64::from(one.float_sync);
        sums.float_async += u64::from(one.float_async);
        sums.untrained += u64::from(one.untrained);
    };
    let (flips, sums) = fold_in_order_watched(memory.count(), threads, job, (0, none), fold, || {
        done += 1;
        progress.step(done);
    })?;
    Ok(Recall { cue_flips_mean: flips as f64 / cues as f64, ..sums })
}

/// Whether it is known where cues should end, so that the nearest pattern may be wrong.
fn is_known(plan: &Plan) -> bool {
    plan.retrieval.target_rule() != TargetRule::Nearest
}

fn one_cue(
    plan: &Plan,
    memory: &TrainedMemory,
    untrained: Option<&KlrModel>,
    index: usize,
) -> Result<CueRecall, Error> {
    let (cue, targets) = memory.cue(index);
    let hits = |model: &KlrModel, update| {
        let config = RetrievalConfig { update, max_steps: plan.retrieval.max_steps };
        let mut rng = memory.streams.indexed(Stream::Order, index as u64);
        let run = retrieve(model, &cue, config, &mut rng);
        run.map(|run| targets.contain(&memory.patterns, &run.state))
            .map_err(|source| Error::Patterns { origin: format!("cue {index}"), source })
    };
    let asynchronous = UpdateRule::Asynchronous(plan.retrieval.order);
    let float_async = hits(&memory.model, asynchronous)?;
    Ok(CueRecall {
        flips: targets.distance(&memory.patterns, &cue),
        oracle: OracleHit::of(&memory.patterns, &cue, &targets),
        float_sync: hits(&memory.model, UpdateRule::Synchronous)?,
        float_async,
        untrained: untrained.map_or(Ok(float_async), |untrained| hits(untrained, asynchronous))?,
    })
}

/// What the other memories of the plan make of the cues of `memory`, each tuned for their noise.
pub(super) fn baselines(
    plan: &Plan,
    memory: &TrainedMemory,
    recall: &Recall,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Vec<TunedBaseline>, Error> {
    let (list, patterns) = (&plan.retrieval.baselines, &memory.patterns);
    progress.stage("baselines", list.len() as u64);
    let update = UpdateRule::Asynchronous(plan.retrieval.order);
    let retrieval = RetrievalConfig { update, max_steps: plan.retrieval.max_steps };
    let options = BaselineOptions::beside(memory.model.kernel().clone(), retrieval, plan.seed);
    let cue = match plan.retrieval.target_rule() {
        TargetRule::Source => plan.retrieval.cue,
        // Of cues of one's own no more is known than how far they are off.
        TargetRule::Given | TargetRule::Nearest => CueKind::Flips {
            noise: recall.cue_flips_mean / patterns.n() as f64,
            model: NoiseModel::Bernoulli,
        },
    };
    let tuning = BaselineTuning { cue, streams: memory.streams };
    let judged =
        list.iter().copied().filter(|&baseline| baseline != Baseline::NearestPattern || is_known(plan));
    let mut done = 0;
    let mut step = || {
        done += 1;
        progress.step(done);
    };
    let judged: Vec<Baseline> = judged.collect();
    let mut results =
        compare_tuned(patterns, memory, &judged, &options, &tuning, threads, &mut step)?.into_iter();
    let result = |&baseline: &Baseline| match judged.contains(&baseline) {
        true => results.next().expect("one result per baseline"),
        false => TunedBaseline::refused(baseline, &BaselineError::NoTargets),
    };
    Ok(list.iter().map(result).collect())
}
