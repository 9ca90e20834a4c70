//! What every machine gives back.

use klr_image::Outcome;
use klr_units::State;

/// One retrieval on a machine that counts `A`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineRun<A> {
    /// The state at the end.
    pub state: State,
    /// How it ended: converged if nothing more would change, whether or not any kernel word was left.
    pub outcome: Outcome,
    /// What was counted.
    pub activity: A,
}

impl<A> MachineRun<A> {
    /// A retrieval that has not begun, and is out of steps until something else ends it.
    pub(crate) const fn new(state: State, activity: A) -> Self {
        Self { state, outcome: Outcome::StepLimit, activity }
    }
}

/// What a synchronous retrieval does around its steps: `step` counts one and says which neurons it turns over. It ends when
/// it turns none over (converged), when it is back at the state before the last (a two-cycle), or after `max_steps`.
pub(crate) fn until_settled<A>(
    run: &mut MachineRun<A>,
    max_steps: u32,
    mut step: impl FnMut(&State, &mut A) -> Vec<usize>,
) {
    let mut before_last: Option<State> = None;
    for _ in 0..max_steps {
        let wrong = step(&run.state, &mut run.activity);
        if wrong.is_empty() {
            run.outcome = Outcome::Converged;
            return;
        }
        let before = run.state.clone();
        wrong.into_iter().for_each(|i| run.state.flip(i));
        if before_last.as_ref() == Some(&run.state) {
            run.outcome = Outcome::TwoCycle;
            return;
        }
        before_last = Some(before);
    }
}
