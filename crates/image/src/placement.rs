//! Where every bit of an image stands: in which bit of which row of which bank of which memory.
//!
//! [`Placement::address`] leads from a datum to its place, [`Placement::datum`] back, and [`Placement::word`] gives what a
//! row of a bank holds. `docs/placement.md` is the address table; `crates/image/tests/placement.rs` holds both against it.
//!
//! ```
//! use klr_image::placement::{Banking, Datum, Placement};
//! use klr_image::{CoreImage, Geometry, KernelTable, Memory};
//! use klr_units::{Bits, NeuronIdx, PatternIdx, State};
//!
//! let patterns = [State::from_signs(&[1, 1, -1]).unwrap(), State::from_signs(&[-1, 1, 1]).unwrap()];
//! let table = KernelTable::nearest_relative(Bits::new(4).unwrap(), &[15, 4]).unwrap();
//! let weights = vec![2, 1, -3, -1, 3, 2];
//! let image = CoreImage::new(Geometry::tiny(), &patterns, Bits::new(3).unwrap(), weights, table).unwrap();
//!
//! // Two MAC lanes, so two banks: the weight of pattern 1 and neuron 0 is skewed into the second.
//! let placement = Placement::new(&image, Banking::plain(image.geometry()));
//! let weight = Datum::Weight(PatternIdx::new(1), NeuronIdx::new(0));
//! let address = placement.address(weight).unwrap();
//! assert_eq!((address.memory, address.bank, address.row), (Memory::Weights, 1, 2));
//! // -1 in three bits.
//! assert_eq!(placement.word(Memory::Weights, 1, 2).unwrap().to_string(), "7");
//! ```

use crate::cut::Cut;
use crate::image::CoreImage;
use crate::memories::{Memories, Memory};
use crate::occupancy::{Occupancy, PlacementError};
use crate::sizing::Sizing;
use klr_units::{NeuronIdx, PatternIdx};
use std::fmt;

pub use crate::cut::Banking;

/// Something that stands in a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum {
    /// A pattern's bit for a neuron, among the columns.
    ColumnBit(PatternIdx, NeuronIdx),
    /// A pattern's bit for a neuron, among the rows.
    RowBit(PatternIdx, NeuronIdx),
    /// The weight of a pattern and a neuron.
    Weight(PatternIdx, NeuronIdx),
    /// The distance to a pattern.
    Counter(PatternIdx),
    /// The kernel word of an index.
    KernelWord(u32),
}

/// A place in a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The memory.
    pub memory: Memory,
    /// The bank, from 0.
    pub bank: u32,
    /// The row of the bank, from 0.
    pub row: u64,
    /// The lowest bit of the word that belongs to the datum.
    pub bit: u32,
    /// Bits of the datum.
    pub width: u32,
}

/// The content of one row of one bank; bit 0 is the lowest of the first limb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    bits: u32,
    limbs: Vec<u64>,
}

impl Word {
    fn zero(bits: u32) -> Self {
        Self { bits, limbs: vec![0; bits.div_ceil(64) as usize] }
    }

    /// Bits of the word.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether bit `bit` is set; false beyond the end.
    #[must_use]
    pub fn bit(&self, bit: u32) -> bool {
        self.limbs.get(bit as usize / 64).is_some_and(|limb| limb >> (bit % 64) & 1 == 1)
    }

    /// The number in the `width` bits (at most 64) from bit `low` on.
    #[must_use]
    pub fn field(&self, low: u32, width: u32) -> u64 {
        (0..width.min(64)).map(|at| u64::from(self.bit(low + at)) << at).sum()
    }

    fn put(&mut self, low: u32, width: u32, value: u64) {
        for at in (0..width).filter(|at| value >> at & 1 == 1) {
            self.limbs[(low + at) as usize / 64] |= 1 << ((low + at) % 64);
        }
    }
}

/// As a hexadecimal number of as many digits as the word has bits for, the form of memory files for simulators of circuits.
impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.bits.div_ceil(4)).rev().try_for_each(|digit| write!(f, "{:x}", self.field(4 * digit, 4)))
    }
}

/// The places of an image's bits in the memories of a core.
#[derive(Clone, Copy, Debug)]
pub struct Placement<'a> {
    image: &'a CoreImage,
    banking: Banking,
    arrays: Memories<Occupancy>,
    cut: Cut,
}

impl<'a> Placement<'a> {
    /// The places of the bits of `image` in memories that are cut as `banking` says; what is 0 there counts as 1.
    #[must_use]
    pub fn new(image: &'a CoreImage, banking: Banking) -> Self {
        let cut = Cut::new(image.geometry(), &image.sizes(), &banking);
        Self { image, banking, arrays: cut.arrays(image.layout()), cut }
    }

    /// Banks, rows and bits of a word of every memory; 0 of each where an image stores nothing.
    #[must_use]
    pub const fn arrays(&self) -> &Memories<Occupancy> {
        &self.arrays
    }

    /// Ports of one bank of `memory`: accesses in a cycle.
    #[must_use]
    pub const fn ports(&self, memory: Memory) -> u32 {
        match memory {
            Memory::Columns | Memory::Rows | Memory::Weights => 1,
            Memory::Counters => self.banking.counter_ports,
            Memory::Table => self.banking.table_ports,
        }
    }

    /// Checks that every bank has the rows that are used of it. An image fits its memories as a whole; cut into banks that
    /// do not divide it evenly, it may need more.
    ///
    /// # Errors
    /// [`PlacementError`] with every memory whose banks are too small.
    pub fn check(&self) -> Result<(), PlacementError> {
        let image = self.image;
        Sizing::from(*image.geometry()).banked(self.banking).place(&image.sizes()).map(|_| ())
    }

    /// Where `datum` stands; `None` if the image has no such datum, or stores no bit of it.
    #[must_use]
    pub fn address(&self, datum: Datum) -> Option<Address> {
        let s = &self.cut;
        let (memory, bank, row, slot) = match datum {
            Datum::ColumnBit(mu, i) => {
                let (mu, i) = self.within(mu, i)?;
                let (slice, local) = s.dealt(mu, s.slices);
                (Memory::Columns, slice, local / s.lanes * s.n + i, mu % s.lanes)
            }
            Datum::RowBit(mu, i) => {
                let (mu, i) = self.within(mu, i)?;
                let (slice, local) = s.dealt(mu, s.row_slices);
                (Memory::Rows, slice, local * s.row_words + i / s.lanes, i % s.lanes)
            }
            Datum::Weight(mu, i) => {
                let bank = CoreImage::weight_bank(mu, i, s.word, s.banks);
                let (mu, i) = self.within(mu, i)?;
                (Memory::Weights, bank, mu * s.weight_rows + i / s.word / s.banks, i % s.word)
            }
            Datum::Counter(mu) => {
                let (mu, _) = self.within(mu, NeuronIdx::new(0))?;
                let (slice, local) = s.dealt(mu, s.slices);
                (Memory::Counters, slice, local / s.lanes, mu % s.lanes)
            }
            Datum::KernelWord(index) => {
                let index = index as usize;
                (index < self.image.table().window()).then_some((Memory::Table, 0, index, 0))?
            }
        };
        let width = self.width(memory);
        let at = |number| u32::try_from(number).ok();
        let (bank, row, bit) = (at(bank)?, row as u64, at(slot)? * width);
        self.arrays[memory].is_built().then_some(Address { memory, bank, row, bit, width })
    }

    /// The datum in the bits of `memory` that are slot `slot` of row `row` of bank `bank`, counted from the lowest, each as
    /// wide as a datum of the memory; `None` for bits that hold nothing: padding, or beyond the memory.
    #[must_use]
    pub fn datum(&self, memory: Memory, bank: u32, row: u64, slot: u32) -> Option<Datum> {
        let s = &self.cut;
        let array = &self.arrays[memory];
        if bank >= array.banks || row >= array.rows_used || slot >= self.slots(memory) {
            return None;
        }
        let (bank, row, slot) = (bank as usize, usize::try_from(row).ok()?, slot as usize);
        let index = |number: usize, end: usize| u32::try_from(number).ok().filter(|_| number < end);
        let pattern = |mu| index(mu, s.p).map(PatternIdx::new);
        let neuron = |i| index(i, s.n).map(NeuronIdx::new);
        Some(match memory {
            Memory::Columns => {
                let mu = s.pattern(bank, row / s.n * s.lanes + slot, s.slices);
                Datum::ColumnBit(pattern(mu)?, neuron(row % s.n)?)
            }
            Memory::Rows => {
                let mu = s.pattern(bank, row / s.row_words, s.row_slices);
                Datum::RowBit(pattern(mu)?, neuron(row % s.row_words * s.lanes + slot)?)
            }
            Memory::Weights => {
                let mu = row / s.weight_rows;
                let skewed = (bank + s.banks - mu % s.banks) % s.banks;
                let word = row % s.weight_rows * s.banks + skewed;
                Datum::Weight(pattern(mu)?, neuron(word * s.word + slot)?)
            }
            Memory::Counters => Datum::Counter(pattern(s.pattern(bank, row * s.lanes + slot, s.slices))?),
            Memory::Table => Datum::KernelWord(index(row, self.image.table().window())?),
        })
    }

    /// What row `row` of bank `bank` of `memory` holds when the image is loaded; `None` beyond the rows that are used.
    /// Padding is zero, and so are the counters, which a first pass writes.
    #[must_use]
    pub fn word(&self, memory: Memory, bank: u32, row: u64) -> Option<Word> {
        let array = &self.arrays[memory];
        if bank >= array.banks || row >= array.rows_used {
            return None;
        }
        let (mut word, width) = (Word::zero(array.word_bits), self.width(memory));
        for slot in 0..self.slots(memory) {
            if let Some(datum) = self.datum(memory, bank, row, slot) {
                word.put(slot * width, width, self.stored(datum));
            }
        }
        Some(word)
    }

    /// Bits of a datum of `memory`.
    fn width(&self, memory: Memory) -> u32 {
        match memory {
            Memory::Columns | Memory::Rows => 1,
            Memory::Weights => self.image.stored_weight_bits(),
            Memory::Counters => self.image.counter_bits(),
            Memory::Table => self.image.table().format().bits().get().into(),
        }
    }

    /// Data in a word of `memory`.
    fn slots(&self, memory: Memory) -> u32 {
        self.arrays[memory].word_bits.checked_div(self.width(memory)).unwrap_or(0)
    }

    fn within(&self, pattern: PatternIdx, neuron: NeuronIdx) -> Option<(usize, usize)> {
        let (mu, i) = (pattern.get(), neuron.get());
        (mu < self.cut.p && i < self.cut.n).then_some((mu, i))
    }

    /// The bits of `datum` as they are stored.
    fn stored(&self, datum: Datum) -> u64 {
        match datum {
            Datum::ColumnBit(mu, i) | Datum::RowBit(mu, i) => self.image.bit(mu, i).into(),
            Datum::Weight(mu, i) => self.image.weight_code(mu, i).into(),
            Datum::Counter(_) => 0,
            Datum::KernelWord(index) => {
                self.image.table().entries().get(index as usize).copied().unwrap_or(0).into()
            }
        }
    }
}
