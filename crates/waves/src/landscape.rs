//! What an observer can compute beside the core: distances and fields of the state register, from the image alone.

use klr_image::CoreImage;
use klr_units::{NeuronIdx, PatternIdx, State};

/// The state with its distances and fields.
#[derive(Debug)]
pub(crate) struct Landscape<'a> {
    image: &'a CoreImage,
    state: State,
    distances: Vec<u32>,
    d_min: u32,
    words: Vec<i64>,
    fields: Vec<i64>,
    stale: bool,
}

impl<'a> Landscape<'a> {
    pub(crate) fn new(image: &'a CoreImage, cue: &State) -> Self {
        let mut landscape = Self {
            image,
            state: cue.clone(),
            distances: distances(image, cue),
            d_min: 0,
            words: vec![0; image.p() as usize],
            fields: vec![0; image.n() as usize],
            stale: true,
        };
        landscape.refresh();
        landscape
    }

    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    /// The smallest distance to any pattern.
    pub(crate) const fn d_min(&self) -> u32 {
        self.d_min
    }

    /// Neurons whose field is against them.
    pub(crate) fn violated(&self) -> u64 {
        let against = |(i, &field): (usize, &i64)| field.signum() * i64::from(self.state.sign(i)) < 0;
        self.fields.iter().enumerate().filter(|&neuron| against(neuron)).count() as u64
    }

    pub(crate) fn flip(&mut self, neuron: NeuronIdx) {
        self.state.flip(neuron.get());
        let up = self.state.get(neuron.get());
        let lanes = self.image.geometry().distance_lanes();
        for (block, distances) in self.distances.chunks_mut(lanes).enumerate() {
            let row = self.image.column(block, neuron);
            for (lane, d) in distances.iter_mut().enumerate() {
                *d = moved(*d, row >> lane & 1 == 1, up);
            }
        }
        self.stale = true;
    }

    /// Takes in the flips since the last call; whether there were any.
    pub(crate) fn refresh(&mut self) -> bool {
        if !std::mem::take(&mut self.stale) {
            return false;
        }
        self.d_min = self.distances.iter().copied().min().unwrap_or(0);
        for (mu, (word, &d)) in self.words.iter_mut().zip(&self.distances).enumerate() {
            let new = i64::from(self.image.table().lookup(d, self.d_min));
            let change = new - std::mem::replace(word, new);
            if change != 0 {
                let weights = self.image.weight_row(PatternIdx::from_usize(mu));
                for (field, &weight) in self.fields.iter_mut().zip(weights) {
                    *field += i64::from(weight) * change;
                }
            }
        }
        true
    }
}

/// The distance to a pattern whose bit is `bit`, after the neuron took the value `up`.
const fn moved(d: u32, bit: bool, up: bool) -> u32 {
    if bit == up { d.wrapping_sub(1) } else { d.wrapping_add(1) }
}

fn distances(image: &CoreImage, state: &State) -> Vec<u32> {
    let lanes = image.geometry().distance_lanes();
    let mut distances = vec![0; image.p() as usize];
    for (block, distances) in distances.chunks_mut(lanes).enumerate() {
        for i in 0..state.n() {
            let row = image.column(block, NeuronIdx::from_usize(i));
            let differs = if state.get(i) { !row } else { row };
            for (lane, d) in distances.iter_mut().enumerate() {
                *d += u32::from(differs >> lane & 1 == 1);
            }
        }
    }
    distances
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_image::reference::Reference;
    use klr_image::{Geometry, KernelTable};
    use klr_units::Bits;

    #[test]
    fn distances_and_fields_are_those_of_the_reference_after_every_flip() {
        let state = |seed: u32| {
            let signs: Vec<i8> = (0..9).map(|i| if (seed * 7 + i * 5) % 11 < 5 { 1 } else { -1 }).collect();
            State::from_signs(&signs).unwrap()
        };
        let patterns: Vec<State> = (0..6).map(state).collect();
        let weights: Vec<i16> = patterns.iter().flat_map(|s| s.signs().map(i16::from)).collect();
        let bits = |b| Bits::new(b).unwrap();
        for table in [
            KernelTable::nearest_relative(bits(4), &[15, 5, 1]).unwrap(),
            KernelTable::absolute(bits(4), &[15, 8, 4, 2, 1]).unwrap(),
        ] {
            let image = CoreImage::new(Geometry::tiny(), &patterns, bits(1), weights.clone(), table).unwrap();
            let reference = Reference::new(&image);
            let mut landscape = Landscape::new(&image, &state(17));
            for neuron in [3, 0, 8, 3, 5] {
                landscape.flip(NeuronIdx::new(neuron));
                assert!(landscape.refresh() && !landscape.refresh(), "once per flip");
                assert_eq!(landscape.distances, reference.distances(&landscape.state), "after {neuron}");
                assert_eq!(landscape.fields, reference.fields(&landscape.state), "after {neuron}");
            }
        }
    }
}
