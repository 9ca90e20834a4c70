//! What a core reads from memories that do not give back what was written.
//!
//! Faulty memories hold an image too: its patterns, weights and table are what is read. So reference, simulator and RTL need
//! to know nothing of faults.

use crate::image::CoreImage;
use crate::memories::Memory;
use klr_units::{NeuronIdx, PatternIdx, State};

/// A pattern bit that its two copies, by column and by row, no longer agree about: no image holds that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bit {neuron} of pattern {pattern} reads otherwise by column than by row; a core image has one")]
pub struct CopiesDiffer {
    /// The pattern.
    pub pattern: usize,
    /// The neuron.
    pub neuron: usize,
}

impl CoreImage {
    /// This image as a core reads it: `read` is given the memory, a datum as it is written, and its width in bits (1 to 16),
    /// and says what is read in its place; bits beyond the width are left out.
    ///
    /// It is asked for every pattern bit (pattern by pattern, neuron by neuron; in [`crate::PatternOrder::Both`] first for
    /// the copy by column), then for every weight that has bits in weight memory (in the same order, as
    /// [`Self::weight_code`]), then for every stored kernel word.
    ///
    /// What is read counts, not what could have been written. A weight in two's complement may be the code that no format
    /// uses, `-2^(bits-1)`. Where the patterns hold the signs, a weight takes the sign that is read. Kernel words may all be
    /// zero, and the window stays as long as it was. Accumulators may overflow: nobody has proved anything of these bits.
    /// Such an image is for running; a file of it is refused where it holds what no image is written with.
    ///
    /// # Errors
    /// [`CopiesDiffer`] if every pattern bit is stored twice and the two read differently.
    pub fn as_read(&self, mut read: impl FnMut(Memory, u16, u32) -> u16) -> Result<Self, CopiesDiffer> {
        let mut read = |memory, stored, width: u32| read(memory, stored, width) & (u16::MAX >> (16 - width));
        let patterns = self.patterns_as_read(&mut read)?;
        let weights = self.weights_as_read(&patterns, &mut read);
        let bits = self.table().format().bits().get().into();
        let entries = self.table().entries().iter().map(|&word| read(Memory::Table, word, bits)).collect();
        Ok(self.holding(patterns, weights, self.table().holding(entries)))
    }

    fn patterns_as_read(
        &self,
        read: &mut impl FnMut(Memory, u16, u32) -> u16,
    ) -> Result<Vec<State>, CopiesDiffer> {
        let order = self.geometry().storage().patterns;
        let mut patterns = self.patterns().to_vec();
        for (at, pattern) in patterns.iter_mut().enumerate() {
            for neuron in 0..self.n() as usize {
                let stored = u16::from(pattern.get(neuron));
                let by_column = order.has_columns().then(|| read(Memory::Columns, stored, 1));
                let by_row = order.has_rows().then(|| read(Memory::Rows, stored, 1));
                let found = by_column.or(by_row).unwrap_or(stored);
                if by_row.is_some_and(|other| other != found) {
                    return Err(CopiesDiffer { pattern: at, neuron });
                }
                if found != stored {
                    pattern.flip(neuron);
                }
            }
        }
        Ok(patterns)
    }

    /// The weights, whose signs may stand in `patterns`, as they are read.
    fn weights_as_read(
        &self,
        patterns: &[State],
        read: &mut impl FnMut(Memory, u16, u32) -> u16,
    ) -> Vec<i16> {
        let width = self.stored_weight_bits();
        let mut weights = Vec::with_capacity(self.weights().len());
        for (mu, pattern) in patterns.iter().enumerate() {
            for neuron in 0..self.n() as usize {
                let code = self.weight_code(PatternIdx::from_usize(mu), NeuronIdx::from_usize(neuron));
                let code = if width == 0 { code } else { read(Memory::Weights, code, width) };
                weights.push(self.weight_of(code, pattern.get(neuron)));
            }
        }
        weights
    }
}
