//! The simulator's side.

use crate::case::Case;
use crate::results::{Run, sorted};
use klr_image::Outcome;
use klr_image::reference::Reference;
use klr_sim::{BinaryTrace, Core, Machine, NoTrace, Sink, TraceEvent};
use klr_units::{Cycle, NeuronIdx, PatternIdx};
use std::collections::VecDeque;

/// The trace, and the spikes that have reached the distance counters; with queues that drop these are not all flips (S5).
#[derive(Default)]
struct Watcher {
    trace: BinaryTrace,
    /// Neurons and their new values, with the cycle.
    flips: Vec<(Cycle, NeuronIdx, bool)>,
    queued: VecDeque<(NeuronIdx, bool)>,
    taken: Vec<(NeuronIdx, bool)>,
    /// How many of these a list had been told when it was filled anew for the last time (K5).
    recounted: usize,
}

impl Sink for Watcher {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.trace.event(cycle, event);
        match *event {
            TraceEvent::Flip { neuron, up } => self.flips.push((cycle, neuron, up)),
            // A spike is on its way for a cycle (C2).
            TraceEvent::SpikeEnters { neuron, .. } => {
                let sent = self.flips.iter().rev().find(|flip| flip.0 < cycle && flip.1 == neuron);
                self.queued.extend(sent.map(|flip| (flip.1, flip.2)));
            }
            TraceEvent::SpikeTaken { .. } => self.taken.extend(self.queued.pop_front()),
            TraceEvent::Refresh => self.recounted = self.taken.len(),
            _ => {}
        }
    }
}

/// The retrieval as the simulator does it, event by event. The distances are those that the bits define: the counters of
/// the simulator cannot be read.
///
/// # Panics
/// If the cue has another number of neurons than the image.
#[must_use]
pub fn run(case: &Case) -> Run {
    let core = Core::new(&case.image, case.config);
    let mut watcher = Watcher::default();
    let mut machine = Machine::new(&core, &case.cue, case.schedule, &mut watcher)
        .expect("the cue has the size of the image");
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
    let distances = if run.activity.spikes_dropped == 0 {
        Reference::new(&case.image).distances(&counted)
    } else {
        moved(case, &watcher)
    };
    Run {
        records: sorted(watcher.trace.bytes()),
        outcome: run.outcome,
        state: run.state,
        fields,
        distances: distances.into_iter().map(Some).collect(),
        activity: run.activity,
    }
}

/// The distances that were counted last, moved by the spikes since then one after the other. A neuron whose way back was lost
/// moves them twice, so that a counter can pass its end, where it begins again. A recount compares with the cue and the new
/// values that the spikes before it have named.
fn moved(case: &Case, watcher: &Watcher) -> Vec<u32> {
    let (told, since) = watcher.taken.split_at(watcher.recounted);
    let mut seen = case.cue.clone();
    for &(neuron, up) in told {
        if seen.get(neuron.get()) != up {
            seen.flip(neuron.get());
        }
    }
    let mut distances = Reference::new(&case.image).distances(&seen);
    let last = (1 << case.image.counter_bits()) - 1;
    for (mu, distance) in distances.iter_mut().enumerate() {
        let pattern = case.image.pattern(PatternIdx::from_usize(mu));
        for &(neuron, up) in since {
            let agrees = pattern.get(neuron.get()) == up;
            *distance = if agrees { distance.wrapping_sub(1) } else { *distance + 1 } & last;
        }
    }
    distances
}

/// The neurons that flip in the retrieval of `case`, in order.
///
/// # Panics
/// As [`run`].
#[must_use]
pub fn flips(case: &Case) -> Vec<NeuronIdx> {
    let core = Core::new(&case.image, case.config);
    let run =
        core.retrieve(&case.cue, case.schedule, &mut NoTrace).expect("the cue has the size of the image");
    run.flips.into_iter().map(|flip| flip.1).collect()
}
