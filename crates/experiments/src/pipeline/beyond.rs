//! What the float model does beyond fixed points, where the plan asks for it: retrieval in continuous time from the cues,
//! and a walk along the patterns in their order, as one cycle.

use crate::error::Error;
use crate::pipeline::learn::newton_progress;
use crate::pipeline::{Progress, TrainedMemory};
use crate::plan::{KlrSolver, Plan, Training};
use klr_analysis::flow::{FlowConfig, FlowRecall, recall_by_flow};
use klr_analysis::sequence::{
    SequenceRecall, Successors, Transitions, recall_sequences, successors, transitions,
};
use klr_model::train::train_towards;
use klr_model::{FitReport, KlrModel, TrainConfig, solve_towards};
use klr_units::State;
use std::num::NonZeroUsize;

/// Steps of a walk per pattern, in search of the cycle that it ends in.
const ROUNDS: usize = 5;

/// A network that was trained to lead each pattern to the next one, and what a walk along them gave.
#[derive(Debug)]
pub struct SequenceRun {
    /// How its training went.
    pub fit: FitReport,
    /// Single steps, from every pattern.
    pub transitions: Transitions,
    /// The walk from the first pattern on.
    pub recall: SequenceRecall,
}

/// The flow of `tau ds/dt = -s + tanh(beta h(s))` from every cue, fields normalised, if the plan gives a beta.
pub(super) fn flow(
    plan: &Plan,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Option<FlowRecall>, Error> {
    let Some(beta) = plan.retrieval.flow else { return Ok(None) };
    progress.stage("continuous time", 1);
    let recall = recall_by_flow(&memory.model, memory, &FlowConfig::normalised(beta), threads)?;
    progress.step(1);
    Ok(Some(recall))
}

/// A network of its own for the patterns as one cycle, with the kernel and the training of the plan, if it asks for one.
pub(super) fn sequence(
    plan: &Plan,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Option<SequenceRun>, Error> {
    let Training::Klr(solver) = plan.model.training else { return Ok(None) };
    if !plan.retrieval.sequence {
        return Ok(None);
    }
    let cycle = Successors::cycle(memory.patterns.p())?;
    let (model, fit) = trained(plan, memory, solver, &cycle, threads, progress)?;
    let transitions = transitions(&model, &cycle)?;
    let recall = recall_sequences(&model, &cycle, &mut State::clone, ROUNDS * memory.patterns.p())?;
    Ok(Some(SequenceRun { fit, transitions, recall }))
}

fn trained(
    plan: &Plan,
    memory: &TrainedMemory,
    solver: KlrSolver,
    cycle: &Successors,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<(KlrModel, FitReport), Error> {
    let (patterns, kernel) = (&memory.patterns, memory.model.kernel().clone());
    let targets = successors(patterns, cycle)?;
    let fitted = match solver {
        KlrSolver::Newton => {
            let config = plan.model.newton(threads);
            let mut tell = newton_progress("sequence", &config, progress);
            solve_towards(patterns, &targets, kernel, &config, &mut tell)
        }
        KlrSolver::GradientDescent => {
            progress.stage("sequence", plan.model.descent.iterations.into());
            let mut tell = |p: klr_model::FitProgress| progress.step(p.iteration.into());
            let config = TrainConfig { threads, ..plan.model.descent };
            train_towards(patterns, &targets, kernel, &config, &mut tell)
        }
    };
    Ok(fitted?)
}
