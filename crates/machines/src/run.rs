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
