//! What a crossbar network means: Hopfield retrieval in plain integers, without time, queues or word widths.
//!
//! The oracle of the core's retrieval shares nothing with it but the image: no field is kept, each is summed anew.

use crate::{CrossbarError, CrossbarImage, FlipPolicy};
use klr_units::{NeuronIdx, State};
use std::collections::VecDeque;

/// One retrieval as the weights define it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossbarReference {
    /// The state at the end.
    pub state: State,
    /// Neurons in the order of their flips.
    pub flips: Vec<NeuronIdx>,
    /// Whether it ended because no neuron was against its field, and not because `max_events` flips were delivered.
    pub quiescent: bool,
}

/// The field of neuron `i` in `state`: `sum_j w_ji s_j`.
///
/// # Panics
/// If `i` is not below N, or `state` has fewer neurons than the network.
#[must_use]
pub fn field(image: &CrossbarImage, state: &State, i: usize) -> i64 {
    (0..image.n() as usize).map(|j| i64::from(image.row(j)[i]) * i64::from(state.sign(j))).sum()
}

/// `-s' W s`, which no flip raises if the weights are symmetric with nothing on the diagonal.
///
/// # Panics
/// If `state` has fewer neurons than the network.
#[must_use]
pub fn energy(image: &CrossbarImage, state: &State) -> i64 {
    -(0..image.n() as usize).map(|i| field(image, state, i) * i64::from(state.sign(i))).sum::<i64>()
}

/// Runs one retrieval from `cue`.
///
/// Scan after scan, every neuron is judged in order against the field of the flips *delivered* so far, and flips if they
/// disagree: the first one only, or all. Each flip is delivered alone, in the order of the flips, before the next scan.
///
/// # Errors
/// [`CrossbarError::CueSize`] if the cue has another number of neurons than the network.
pub fn retrieve(
    image: &CrossbarImage,
    cue: &State,
    policy: FlipPolicy,
    max_events: u64,
) -> Result<CrossbarReference, CrossbarError> {
    CrossbarError::check_cue(cue, image)?;
    let mut delivered = cue.clone();
    let mut state = cue.clone();
    let (mut flips, mut waiting) = (Vec::new(), VecDeque::new());
    for events in 0.. {
        let against = |&i: &usize| field(image, &delivered, i) * i64::from(state.sign(i)) < 0;
        let limit = if policy == FlipPolicy::First { 1 } else { usize::MAX };
        let found: Vec<usize> = (0..state.n()).filter(against).take(limit).collect();
        for i in found {
            state.flip(i);
            flips.push(NeuronIdx::from_usize(i));
            waiting.push_back(i);
        }
        if waiting.is_empty() || events == max_events {
            break;
        }
        waiting.pop_front().into_iter().for_each(|i| delivered.flip(i));
    }
    Ok(CrossbarReference { state, flips, quiescent: waiting.is_empty() })
}
