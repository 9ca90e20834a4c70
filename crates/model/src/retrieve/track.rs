//! A kernel model as an associative memory: what is kept beside a state, so that most signs cost no field.

use super::coarse::CoarseKernel;
use super::distances::Distances;
use super::memory::AssociativeMemory;
use super::model::KlrModel;
use klr_units::State;
use std::cmp::Ordering;

/// What a kernel memory keeps beside a state: the distances, exact, changed by 1 at each flip, and the kernel values
/// looked up when they are needed, never multiplied on, so that no rounding error builds up.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelTrack {
    distances: Distances,
    /// What most signs are told by.
    coarse: CoarseKernel,
    coarse_is_fresh: bool,
    /// The kernel value of each distance, for the fields whose signs are not sure. Empty if it is out of date.
    kernel: Vec<f64>,
}

impl AssociativeMemory for KlrModel {
    type Track = KernelTrack;

    fn n(&self) -> usize {
        self.patterns().n()
    }

    fn track(&self, state: &State) -> KernelTrack {
        let distances = Distances::new(self.patterns(), state);
        let coarse = CoarseKernel::new(self.p());
        KernelTrack { distances, coarse, coarse_is_fresh: false, kernel: Vec::new() }
    }

    fn follow(&self, track: &mut KernelTrack, state: &State, i: usize) {
        track.distances.follow(state.get(i), self.coarse().bits_of(i));
        track.coarse_is_fresh = false;
        track.kernel.clear();
    }

    /// From whole numbers where they can tell, else from the field.
    fn sign_at(&self, i: usize, state: &State, track: &mut KernelTrack) -> Option<Ordering> {
        self.sure_sign(i, track).or_else(|| self.field_at(i, state, track).partial_cmp(&0.0))
    }

    fn field_at(&self, i: usize, _: &State, track: &mut KernelTrack) -> f64 {
        self.field_from(i, self.kernel_of(track))
    }

    fn fields_at(&self, _: &State, track: &mut KernelTrack) -> Vec<f64> {
        self.fields_from(self.kernel_of(track))
    }
}

impl KlrModel {
    /// The sign of the field of neuron `i` as far as whole numbers can tell it.
    pub(super) fn sure_sign(&self, i: usize, track: &mut KernelTrack) -> Option<Ordering> {
        if !track.coarse_is_fresh {
            track.coarse.look_up(&track.distances, self.table());
            track.coarse_is_fresh = true;
        }
        self.coarse().sign(i, &track.coarse)
    }

    /// The kernel values of the state that `track` is kept for, looked up if they are out of date.
    fn kernel_of<'a>(&self, track: &'a mut KernelTrack) -> &'a [f64] {
        if track.kernel.is_empty() {
            track.distances.values(self.table(), &mut track.kernel);
        }
        &track.kernel
    }
}
