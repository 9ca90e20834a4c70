//! What a retrieval asks of a memory, so that one loop serves every kind of it.

use crate::model::KlrModel;
use crate::product::Real;
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

    /// Whether the field of neuron `i` is above 0, if there is a cheaper way to tell than [`Self::field_at`] and it is sure;
    /// `None` otherwise.
    fn sure_sign(&self, _i: usize, _track: &Self::Track) -> Option<bool> {
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
    /// The same in single precision, and the sum of their magnitudes: what the quick sign asks for.
    rounded: Vec<f32>,
    total: f64,
}

impl KernelTrack {
    /// Looks all kernel values up.
    fn look_up(&mut self, table: &[f64]) {
        let mut sums = [0.0; 4];
        let values = self.kernel.iter_mut().zip(&mut self.rounded).zip(&self.distances);
        for (at, ((k, rounded), &d)) in values.enumerate() {
            let value = table[d as usize];
            *k = value;
            *rounded = f32::narrow(value);
            sums[at % 4] += value.abs();
        }
        self.total = sums.iter().sum();
    }
}

impl Memory for KlrModel {
    type Track = KernelTrack;

    fn n(&self) -> usize {
        self.patterns().n()
    }

    fn track(&self, state: &State) -> KernelTrack {
        let distances = self.patterns().distances(state);
        let p = distances.len();
        let mut track = KernelTrack { distances, kernel: vec![0.0; p], rounded: vec![0.0; p], total: 0.0 };
        track.look_up(self.table());
        track
    }

    fn follow(&self, track: &mut KernelTrack, state: &State, i: usize) {
        // One less where the pattern has the new bit, one more elsewhere.
        let now = i32::from(state.sign(i));
        for (d, &sign) in track.distances.iter_mut().zip(self.signs_of(i)) {
            *d = d.wrapping_add_signed(-now * i32::from(sign));
        }
        track.look_up(self.table());
    }

    fn sure_sign(&self, i: usize, track: &KernelTrack) -> Option<bool> {
        self.single_precision_sign(i, &track.rounded, track.total)
    }

    fn field_at(&self, i: usize, _: &State, track: &KernelTrack) -> f64 {
        self.field_from(i, &track.kernel)
    }

    fn fields_at(&self, _: &State, track: &KernelTrack) -> Vec<f64> {
        self.fields_from(&track.kernel)
    }
}
