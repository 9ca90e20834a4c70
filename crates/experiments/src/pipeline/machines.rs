//! The cues of a trained memory on a machine other than the kernel core.

use super::{Progress, TrainedMemory};
use crate::error::Error;
use klr_machines::MachineRun;
use klr_model::measure::Cues;
use klr_units::State;
use klr_units::threads::fold_in_order_watched;
use std::num::NonZeroUsize;

/// What a machine made of all cues together.
#[derive(Debug)]
pub(crate) struct MachineTally<A> {
    /// Cues that ended exactly in their pattern.
    pub(crate) hits: u64,
    /// Counts of all retrievals together.
    pub(crate) activity: A,
}

/// Every cue of `memory` on a machine, whose counts `plus` adds up.
pub(crate) fn on_all_cues<A: Default + Send>(
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
    retrieve: impl Fn(&State) -> Result<MachineRun<A>, Error> + Sync,
    plus: fn(&A, &A) -> A,
) -> Result<MachineTally<A>, Error> {
    progress.stage("on another machine", memory.cues());
    let mut done = 0;
    let one = |index| -> Result<(bool, A), Error> {
        let (cue, targets) = memory.cue(index);
        let run = retrieve(&cue)?;
        Ok((targets.contain(&memory.patterns, &run.state), run.activity))
    };
    let none = MachineTally { hits: 0, activity: A::default() };
    let fold = |all: &mut MachineTally<A>, _, (hit, activity): (bool, A)| {
        all.hits += u64::from(hit);
        all.activity = plus(&all.activity, &activity);
    };
    fold_in_order_watched(memory.count(), threads, one, none, fold, || {
        done += 1;
        progress.step(done);
    })
}
