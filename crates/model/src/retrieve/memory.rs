//! What a retrieval asks of a memory, so that one loop serves every kind of it.

use klr_units::State;
use std::cmp::Ordering;

/// A network of N neurons of -1 and +1, each with a field whose sign it takes.
///
/// A retrieval keeps a [`Self::Track`] beside the state: whatever makes a field cheap, brought up to date at each flip, or
/// when a field is asked for.
pub trait AssociativeMemory {
    /// What is kept beside the state.
    type Track;

    /// N, the number of neurons.
    fn n(&self) -> usize;

    /// What to keep beside `state`.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    fn track(&self, state: &State) -> Self::Track;

    /// Brings `track` up to date: neuron `i` of `state` has just been turned over.
    fn follow(&self, track: &mut Self::Track, state: &State, i: usize);

    /// The field of neuron `i` at `state`, for which `track` is kept. A field of exactly 0 keeps the neuron as it is.
    fn field_at(&self, i: usize, state: &State, track: &mut Self::Track) -> f64;

    /// How the field of neuron `i` compares with 0; `None` if it is not a number. A memory may know this without the field.
    fn sign_at(&self, i: usize, state: &State, track: &mut Self::Track) -> Option<Ordering> {
        self.field_at(i, state, track).partial_cmp(&0.0)
    }

    /// The fields of all N neurons, equal to [`Self::field_at`] of each to the last bit.
    fn fields_at(&self, state: &State, track: &mut Self::Track) -> Vec<f64> {
        (0..self.n()).map(|i| self.field_at(i, state, track)).collect()
    }

    /// The fields of all N neurons at a state for which nothing is kept.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    fn fields_of(&self, state: &State) -> Vec<f64> {
        self.fields_at(state, &mut self.track(state))
    }

    /// Whether no field of `state` has the sign opposite to its neuron and none is 0: a fixed point that no rule for
    /// ties is needed for.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    fn is_stable(&self, state: &State) -> bool {
        self.fields_of(state).into_iter().zip(state.signs()).all(|(h, s)| h * f64::from(s) > 0.0)
    }
}
