//! What a core does whose memories have flipped bits: the reference, on the words as they are read.

use crate::image::CoreImage;
use crate::memories::Memory;
use klr_units::{NeuronIdx, PatternIdx, State};
use serde::{Deserialize, Serialize};

/// One flipped bit of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BitFlip {
    /// Of the weight word of a pattern and a neuron ([`CoreImage::weight_code`]).
    Weight {
        /// The pattern.
        pattern: u32,
        /// The neuron.
        neuron: u32,
        /// The bit, from the least significant.
        bit: u8,
    },
    /// Of a word of the kernel table inside its window.
    Word {
        /// The word.
        index: u32,
        /// The bit, from the least significant.
        bit: u8,
    },
    /// Of the columns: the bit of a pattern and a neuron that distances are counted from; the sign of the weight too, where
    /// the patterns hold the signs and there are no rows.
    Column {
        /// The pattern.
        pattern: u32,
        /// The neuron.
        neuron: u32,
    },
    /// Of the rows: the bit that gives the sign of the weight where the patterns hold the signs; distances are counted from
    /// it where there are no columns.
    Row {
        /// The pattern.
        pattern: u32,
        /// The neuron.
        neuron: u32,
    },
}

impl BitFlip {
    /// The memory that the bit is of.
    #[must_use]
    pub const fn memory(self) -> Memory {
        match self {
            Self::Weight { .. } => Memory::Weights,
            Self::Word { .. } => Memory::Table,
            Self::Column { .. } => Memory::Columns,
            Self::Row { .. } => Memory::Rows,
        }
    }

    /// Whether `image` has such a bit.
    #[must_use]
    pub fn is_of(self, image: &CoreImage) -> bool {
        let cell = |pattern: u32, neuron: u32| pattern < image.p() && neuron < image.n();
        let order = image.geometry().storage().patterns;
        match self {
            Self::Weight { pattern, neuron, bit } => {
                cell(pattern, neuron) && u32::from(bit) < image.stored_weight_bits()
            }
            Self::Word { index, bit } => {
                (index as usize) < image.table().window() && bit < image.table().format().bits().get()
            }
            Self::Column { pattern, neuron } => cell(pattern, neuron) && order.has_columns(),
            Self::Row { pattern, neuron } => cell(pattern, neuron) && order.has_rows(),
        }
    }
}

/// A core that was loaded with an image, some of whose bits have flipped since.
#[derive(Clone, Debug)]
pub struct FaultyCore<'a> {
    image: &'a CoreImage,
    table: Vec<u16>,
    flips: Vec<BitFlip>,
}

impl<'a> FaultyCore<'a> {
    /// The core of `image` with `flips`; a bit that is flipped twice is as it was.
    ///
    /// # Panics
    /// If the image has no such bit ([`BitFlip::is_of`]).
    #[must_use]
    pub fn new(image: &'a CoreImage, flips: &[BitFlip]) -> Self {
        assert!(flips.iter().all(|flip| flip.is_of(image)), "flips of bits that there are");
        let mut table = image.table().entries().to_vec();
        for flip in flips {
            if let BitFlip::Word { index, bit } = *flip {
                table[index as usize] ^= 1 << bit;
            }
        }
        Self { image, table, flips: flips.to_vec() }
    }

    /// The fields `h_i` of `state` as this core adds them up.
    ///
    /// # Panics
    /// If `state` has another number of neurons than the image.
    #[must_use]
    pub fn fields(&self, state: &State) -> Vec<i64> {
        let words = self.kernel_words(state);
        let mut fields = vec![0; self.image.n() as usize];
        for (mu, &k) in words.iter().enumerate().filter(|&(_, &k)| k != 0) {
            let weights = self.image.weight_row(PatternIdx::from_usize(mu));
            fields.iter_mut().zip(weights).for_each(|(field, &w)| *field += i64::from(w) * k);
        }
        for (pattern, neuron) in self.touched_weights() {
            let sound = self.image.weight_row(PatternIdx::new(pattern))[neuron as usize];
            let change = self.weight(pattern, neuron) - i64::from(sound);
            fields[neuron as usize] += change * words[pattern as usize];
        }
        fields
    }

    /// Whether this core keeps `state`: no field is against its neuron.
    ///
    /// # Panics
    /// As [`Self::fields`].
    #[must_use]
    pub fn keeps(&self, state: &State) -> bool {
        self.fields(state).into_iter().zip(state.signs()).all(|(h, sign)| h * i64::from(sign) >= 0)
    }

    /// The kernel word of every pattern.
    fn kernel_words(&self, state: &State) -> Vec<i64> {
        let counted = self.image.geometry().storage().patterns.has_columns();
        let mut distances: Vec<usize> = self.image.patterns().iter().map(|s| s.hamming(state)).collect();
        let mut turned = self.cells(|flip| match *flip {
            BitFlip::Column { pattern, neuron } if counted => Some((pattern, neuron)),
            BitFlip::Row { pattern, neuron } if !counted => Some((pattern, neuron)),
            _ => None,
        });
        drop_pairs(&mut turned);
        for (pattern, neuron) in turned {
            let agrees = self.bit(pattern, neuron) == state.get(neuron as usize);
            let distance = &mut distances[pattern as usize];
            if agrees {
                *distance += 1;
            } else {
                *distance -= 1;
            }
        }
        let nearest = distances.iter().copied().min().unwrap_or(0);
        let origin = self.image.table().origin(u32::try_from(nearest).unwrap_or(u32::MAX)) as usize;
        distances.into_iter().map(|d| self.table.get(d - origin).map_or(0, |&k| i64::from(k))).collect()
    }

    /// Weights that may be read otherwise than they were written, each once.
    fn touched_weights(&self) -> Vec<(u32, u32)> {
        let shared = self.image.geometry().storage().shares_signs();
        let mut touched = self.cells(|flip| match *flip {
            BitFlip::Weight { pattern, neuron, .. } => Some((pattern, neuron)),
            BitFlip::Column { pattern, neuron } | BitFlip::Row { pattern, neuron } if shared => {
                Some((pattern, neuron))
            }
            _ => None,
        });
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// The weight of `pattern` and `neuron` as it is read.
    fn weight(&self, pattern: u32, neuron: u32) -> i64 {
        let image = self.image;
        let mut code = image.weight_code(PatternIdx::new(pattern), NeuronIdx::new(neuron));
        let by_row = image.geometry().storage().patterns.has_rows();
        let mut up = self.bit(pattern, neuron);
        for flip in &self.flips {
            match *flip {
                BitFlip::Weight { pattern: p, neuron: n, bit } if (p, n) == (pattern, neuron) => {
                    code ^= 1 << bit
                }
                BitFlip::Row { pattern: p, neuron: n } if by_row && (p, n) == (pattern, neuron) => up = !up,
                BitFlip::Column { pattern: p, neuron: n } if !by_row && (p, n) == (pattern, neuron) => {
                    up = !up
                }
                _ => {}
            }
        }
        i64::from(image.weight_of(code, up))
    }

    fn bit(&self, pattern: u32, neuron: u32) -> bool {
        self.image.bit(PatternIdx::new(pattern), NeuronIdx::new(neuron))
    }

    fn cells(&self, cell: impl Fn(&BitFlip) -> Option<(u32, u32)>) -> Vec<(u32, u32)> {
        self.flips.iter().filter_map(cell).collect()
    }
}

/// Keeps one of each cell that is there an odd number of times.
fn drop_pairs(cells: &mut Vec<(u32, u32)>) {
    cells.sort_unstable();
    let odd = cells.chunk_by(|a, b| a == b).filter(|run| run.len() % 2 == 1).map(|run| run[0]).collect();
    *cells = odd;
}
