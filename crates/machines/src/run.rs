//! What every machine gives back.

use klr_image::{CoreImage, Outcome};
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

/// The neurons of `state` whose `fields` are against them: a field of 0 leaves its neuron as it is.
pub(crate) fn against(fields: &[i64], state: &State) -> Vec<usize> {
    (0..state.n()).filter(|&i| fields[i] * i64::from(state.sign(i)) < 0).collect()
}

/// The kernel words of all patterns of `image` at `state`.
pub(crate) fn kernel_words(image: &CoreImage, state: &State) -> Vec<u16> {
    let distance =
        |pattern: &State| u32::try_from(pattern.hamming(state)).expect("an image has at most 2^20 neurons");
    let distances: Vec<u32> = image.patterns().iter().map(distance).collect();
    let nearest = distances.iter().copied().min().unwrap_or(0);
    distances.into_iter().map(|distance| image.table().lookup(distance, nearest)).collect()
}
