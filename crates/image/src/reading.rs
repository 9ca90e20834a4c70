//! Retrieval from memories whose bits flip for one read only, as a particle or noise on a bit line does: the memory holds what
//! it held, and the next read may be right.
//!
//! What a read gives depends on when it is read, so no image stands for such a core. This is the synchronous retrieval of
//! [`crate::reference`] with every datum read again in every step, in one fixed order, so that the reads have numbers.

use crate::image::CoreImage;
use crate::memories::Memory;
use crate::reference::CueSizeError;
use klr_units::{NeuronIdx, PatternIdx, State};

/// A core that reads what `read` says.
#[derive(Debug)]
pub struct Reading<'a, R> {
    image: &'a CoreImage,
    read: R,
}

impl<'a, R: FnMut(Memory, u16, u32) -> u16> Reading<'a, R> {
    /// `read` is given the memory, a datum as it is held, and its width in bits (1 to 16); it says what is
    /// read in its place, this once. Bits beyond the width are left out.
    ///
    /// A step reads, pattern by pattern, its bits, one for each neuron, and its counter, which holds the distance that these
    /// gave; then the kernel word of each pattern within the window, as far as the counters tell; then, of the patterns whose
    /// word is not zero, the weights, and where the patterns hold the signs, before each its stored bit once more.
    pub const fn new(image: &'a CoreImage, read: R) -> Self {
        Self { image, read }
    }

    /// The state that a synchronous retrieval from `cue` ends in: after a step that changes nothing, or after `max_steps`.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons.
    pub fn retrieve(&mut self, cue: &State, max_steps: u64) -> Result<State, CueSizeError> {
        CueSizeError::check(cue, self.image)?;
        let mut state = cue.clone();
        for _ in 0..max_steps {
            let fields = self.fields(&state);
            let against = |&(i, h): &(usize, i64)| h * i64::from(state.sign(i)) < 0;
            let flips: Vec<usize> = fields.into_iter().enumerate().filter(against).map(|(i, _)| i).collect();
            if flips.is_empty() {
                break;
            }
            flips.into_iter().for_each(|i| state.flip(i));
        }
        Ok(state)
    }

    fn fields(&mut self, state: &State) -> Vec<i64> {
        let image = self.image;
        let distances: Vec<u32> = (0..image.p() as usize).map(|mu| self.distance(mu, state)).collect();
        let nearest = distances.iter().copied().min().unwrap_or(0);
        let origin = image.table().origin(nearest);
        let mut fields = vec![0; state.n()];
        let words: Vec<i64> = distances.into_iter().map(|d| self.word(d - origin)).collect();
        for (mu, &k) in words.iter().enumerate().filter(|&(_, &k)| k != 0) {
            for (i, field) in fields.iter_mut().enumerate() {
                *field += self.weight(mu, i) * k;
            }
        }
        fields
    }

    /// The distance of pattern `mu` from `state`, counted from the bits that are read, as its counter is read.
    fn distance(&mut self, mu: usize, state: &State) -> u32 {
        let memory = self.counted_from();
        let pattern = &self.image.patterns()[mu];
        let mut distance = 0;
        for i in 0..state.n() {
            distance += u32::from(self.bit(memory, pattern.get(i)) != state.get(i));
        }
        // A counter of more than 16 bits is read in two parts.
        let bits = self.image.counter_bits();
        let [low, high] =
            [distance & 0xffff, distance >> 16].map(|part| u16::try_from(part).expect("16 bits"));
        let low = self.part(Memory::Counters, low, bits.min(16));
        let high = if bits > 16 { self.part(Memory::Counters, high, bits - 16) } else { 0 };
        u32::from(high) << 16 | u32::from(low)
    }

    fn word(&mut self, index: u32) -> i64 {
        let table = self.image.table();
        let bits = table.format().bits().get().into();
        let held = table.entries().get(index as usize).copied();
        held.map_or(0, |word| self.part(Memory::Table, word, bits).into())
    }

    fn weight(&mut self, mu: usize, i: usize) -> i64 {
        let (pattern, neuron) = (PatternIdx::from_usize(mu), NeuronIdx::from_usize(i));
        let held = self.image.bit(pattern, neuron);
        let storage = self.image.geometry().storage();
        let signs = if storage.patterns.has_rows() { Memory::Rows } else { Memory::Columns };
        let bit = if storage.shares_signs() { self.bit(signs, held) } else { held };
        let code = self.image.weight_code(pattern, neuron);
        let width = self.image.stored_weight_bits();
        let code = if width == 0 { code } else { self.part(Memory::Weights, code, width) };
        self.image.weight_of(code, bit).into()
    }

    /// The pattern memory that distances are counted from.
    const fn counted_from(&self) -> Memory {
        if self.image.geometry().storage().patterns.has_columns() { Memory::Columns } else { Memory::Rows }
    }

    fn bit(&mut self, memory: Memory, held: bool) -> bool {
        self.part(memory, held.into(), 1) == 1
    }

    fn part(&mut self, memory: Memory, held: u16, width: u32) -> u16 {
        (self.read)(memory, held, width) & (u16::MAX >> (16 - width))
    }
}
