//! The simulator's side.

use crate::case::Case;
use crate::results::{Run, sorted};
use klr_image::Outcome;
use klr_image::reference::Reference;
use klr_sim::{BinaryTrace, Core, Machine};
use klr_units::NeuronIdx;

/// The retrieval as the simulator does it, event by event. The distances are those that the bits define: the counters of
/// the simulator cannot be read.
///
/// # Panics
/// If the cue has another number of neurons than the image.
#[must_use]
pub fn run(case: &Case) -> Run {
    let core = Core::new(&case.image, case.config);
    let mut trace = BinaryTrace::default();
    let mut machine =
        Machine::new(&core, &case.cue, case.schedule, &mut trace).expect("the cue has the size of the image");
    while machine.step().is_some() {}
    let fields = machine.fields().map(<[i64]>::to_vec);
    let run = machine.finish();
    let together = case.schedule.dataflow.needs().together;
    let settled = matches!(run.outcome, Some(Outcome::Converged | Outcome::DeadField));
    // The last step of `synchronous` ends before the distances of its state are counted: they are those of the state that
    // its flips, the last of the run, have changed.
    let mut counted = run.state.clone();
    if together && !settled {
        let last = run.flips.last().map(|flip| flip.0);
        run.flips.iter().filter(|flip| Some(flip.0) == last).for_each(|flip| counted.flip(flip.1.get()));
    }
    Run {
        records: sorted(trace.bytes()),
        outcome: run.outcome,
        state: run.state,
        fields,
        distances: Reference::new(&case.image).distances(&counted).into_iter().map(Some).collect(),
        activity: run.activity,
    }
}

/// The neurons that flip in the retrieval of `case`, in order.
///
/// # Panics
/// As [`run`].
#[must_use]
pub fn flips(case: &Case) -> Vec<NeuronIdx> {
    let core = Core::new(&case.image, case.config);
    let mut trace = BinaryTrace::default();
    let mut machine =
        Machine::new(&core, &case.cue, case.schedule, &mut trace).expect("the cue has the size of the image");
    while machine.step().is_some() {}
    let run = machine.finish();
    run.flips.into_iter().map(|flip| flip.1).collect()
}
