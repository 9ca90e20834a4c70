//! What a retrieval asks of a memory, so that one loop serves every kind of it.

use crate::coarse::CoarseKernel;
use crate::model::KlrModel;
use crate::pattern::PatternSet;
use klr_units::State;

/// A network of N neurons of -1 and +1, each with a field whose sign it takes.
///
/// A retrieval keeps a [`Self::Track`] beside the state: whatever makes a field cheap, brought up to date at each flip, or
/// when a field is asked for.
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
    fn field_at(&self, i: usize, state: &State, track: &mut Self::Track) -> f64;

    /// Whether the field of neuron `i` is above 0, if there is a cheaper way to tell than [`Self::field_at`] and it is sure;
    /// `None` otherwise.
    fn sure_sign(&self, _i: usize, _track: &mut Self::Track) -> Option<bool> {
        None
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

/// The Hamming distances of a state from all patterns, in bytes where they fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Distances {
    /// N of 255 or less.
    Bytes(Vec<u8>),
    /// Any N.
    Words(Vec<u32>),
}

impl Distances {
    #[expect(clippy::cast_possible_truncation, reason = "a distance is at most N, and N at most 255")]
    pub(crate) fn new(patterns: &PatternSet, state: &State) -> Self {
        let distances = patterns.distances(state);
        if patterns.n() <= usize::from(u8::MAX) {
            return Self::Bytes(distances.into_iter().map(|d| d as u8).collect());
        }
        Self::Words(distances)
    }

    /// A neuron has just been turned to +1 (`up`) or -1: one less for the patterns that have the new bit, one more for
    /// the others.
    fn follow(&mut self, up: bool, signs: &[i8]) {
        match (self, up) {
            (Self::Bytes(all), true) => {
                all.iter_mut().zip(signs).for_each(|(d, &s)| *d = d.wrapping_sub_signed(s));
            }
            (Self::Bytes(all), false) => {
                all.iter_mut().zip(signs).for_each(|(d, &s)| *d = d.wrapping_add_signed(s));
            }
            (Self::Words(all), up) => {
                let step = if up { -1 } else { 1 };
                let change = |(d, &s): (&mut u32, &i8)| *d = d.wrapping_add_signed(step * i32::from(s));
                all.iter_mut().zip(signs).for_each(change);
            }
        }
    }

    /// The entry of `table` at each distance. There are at least 256 and at least N+1.
    pub(crate) fn read(&self, table: &[i16], values: &mut [i16]) {
        match self {
            Self::Bytes(all) => {
                // An array of 256 needs no check of a byte.
                let table: &[i16; 256] = table.first_chunk().expect("at least 256 entries");
                all.iter().zip(values).for_each(|(&d, value)| *value = table[usize::from(d)]);
            }
            Self::Words(all) => all.iter().zip(values).for_each(|(&d, value)| *value = table[d as usize]),
        }
    }

    /// The entry of `table`, N+1 kernel values, at each distance.
    fn values(&self, table: &[f64], values: &mut Vec<f64>) {
        values.clear();
        match self {
            Self::Bytes(all) => values.extend(all.iter().map(|&d| table[usize::from(d)])),
            Self::Words(all) => values.extend(all.iter().map(|&d| table[d as usize])),
        }
    }

    /// The largest magnitude of the kernel values, and the sum of their magnitudes, about.
    pub(crate) fn magnitudes(&self, table: &[f64]) -> (f64, f64) {
        let mut patterns_at = vec![0u32; table.len()];
        match self {
            Self::Bytes(all) => all.iter().for_each(|&d| patterns_at[usize::from(d)] += 1),
            Self::Words(all) => all.iter().for_each(|&d| patterns_at[d as usize] += 1),
        }
        let found = table.iter().zip(patterns_at).filter(|&(_, count)| count > 0);
        found.fold((0.0, 0.0), |(largest, total): (f64, f64), (value, count)| {
            (largest.max(value.abs()), total + f64::from(count) * value.abs())
        })
    }
}

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

impl Memory for KlrModel {
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
        track.distances.follow(state.get(i), self.signs_of(i));
        track.coarse_is_fresh = false;
        track.kernel.clear();
    }

    fn sure_sign(&self, i: usize, track: &mut KernelTrack) -> Option<bool> {
        if !track.coarse_is_fresh {
            track.coarse.look_up(&track.distances, self.table());
            track.coarse_is_fresh = true;
        }
        self.coarse().sign(i, &track.coarse)
    }

    fn field_at(&self, i: usize, _: &State, track: &mut KernelTrack) -> f64 {
        self.field_from(i, self.kernel_of(track))
    }

    fn fields_at(&self, _: &State, track: &mut KernelTrack) -> Vec<f64> {
        self.fields_from(self.kernel_of(track))
    }
}

impl KlrModel {
    /// The kernel values of the state that `track` is kept for, looked up if they are out of date.
    fn kernel_of<'a>(&self, track: &'a mut KernelTrack) -> &'a [f64] {
        if track.kernel.is_empty() {
            track.distances.values(self.table(), &mut track.kernel);
        }
        &track.kernel
    }
}
