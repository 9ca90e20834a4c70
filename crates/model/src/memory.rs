//! What a retrieval asks of a memory, so that one loop serves every kind of it.

use crate::model::KlrModel;
use klr_units::State;

/// A network of N neurons of -1 and +1, each with a field whose sign it takes.
///
/// A retrieval keeps a [`Self::Track`] beside the state: whatever makes a field cheap, brought up to date at each flip.
pub trait Memory {
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
    fn field_at(&self, i: usize, state: &State, track: &Self::Track) -> f64;

    /// Whether the field of neuron `i` is above 0 (`Some(true)`) or below it (`Some(false)`), for a memory that can be sure
    /// of that for less than [`Self::field_at`] costs; `None` if the field has to be evaluated.
    fn sure_sign_at(&self, _i: usize, _state: &State, _track: &Self::Track) -> Option<bool> {
        None
    }

    /// The fields of all N neurons, equal to [`Self::field_at`] of each to the last bit.
    fn fields_at(&self, state: &State, track: &Self::Track) -> Vec<f64> {
        (0..self.n()).map(|i| self.field_at(i, state, track)).collect()
    }

    /// The fields of all N neurons at a state for which nothing is kept.
    ///
    /// # Panics
    /// If `state` has another number of neurons.
    fn fields_of(&self, state: &State) -> Vec<f64> {
        self.fields_at(state, &self.track(state))
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

/// What a kernel memory keeps beside a state.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelTrack {
    /// The Hamming distance of the state from each pattern: exact, changed by 1 at each flip.
    pub(crate) distances: Vec<u32>,
    /// The kernel value of each distance, looked up and never multiplied on, so that no rounding error builds up.
    pub(crate) kernel: Vec<f64>,
}

impl Memory for KlrModel {
    type Track = KernelTrack;

    fn n(&self) -> usize {
        self.patterns().n()
    }

    fn track(&self, state: &State) -> KernelTrack {
        KernelTrack { distances: self.patterns().distances(state), kernel: self.kernel_values(state) }
    }

    fn follow(&self, track: &mut KernelTrack, state: &State, i: usize) {
        let now = state.get(i);
        for (mu, (d, k)) in track.distances.iter_mut().zip(&mut track.kernel).enumerate() {
            if self.patterns().bit(mu, i) == now {
                *d -= 1;
            } else {
                *d += 1;
            }
            *k = self.table()[*d as usize];
        }
    }

    fn field_at(&self, i: usize, _: &State, track: &KernelTrack) -> f64 {
        self.field_from(i, &track.kernel)
    }

    fn fields_at(&self, _: &State, track: &KernelTrack) -> Vec<f64> {
        self.fields_from(&track.kernel)
    }
}
