//! How many crossbars a memory takes, and what stands beside them.

use crate::refusal::Refusal;
use klr_image::{CoreImage, Memories, TableForm};
use klr_sim::MemoryMacro;
use klr_units::fixed::unsigned_width;

/// Rows of a crossbar, and columns (Shafiee et al., ISCA 2016, Table I, as all constants here).
const ROWS: u32 = 128;
/// The same, where patterns are counted.
pub(super) const SIDE: usize = ROWS as usize;
/// Bits of a memristor.
pub(super) const CELL_BITS: u32 = 2;
/// The largest column current that a converter of 8 bits tells from the next, in units of one cell's least step.
pub(super) const LARGEST_CODE: u32 = (1 << 8) - 1;
/// Crossbars of a chip: 168 tiles of 12 groups of 8.
const CROSSBARS: u64 = 168 * 12 * 8;
/// Bits of a weight, and of an input.
const WORD_BITS: u64 = 16;
/// Area of a crossbar with its converter, row drivers, sample-and-holds and its half of a shift-and-add, in thousandths of a
/// square micrometre: 25 + 1,200 + 170 / 8 + 40 / 8 + 60 / 2.
const CROSSBAR_MILLI_UM2: u64 = 1_281_250;

/// The crossbars of a memory.
///
/// A weight is a pair of groups of cells in one row: its magnitude, two bits to a cell, stands in the first group if it is
/// positive, in the second if it is negative, and the other group holds zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RramMap {
    /// Neurons N.
    pub neurons: u32,
    /// Stored patterns P.
    pub patterns: u32,
    /// Cells of the magnitude of a weight.
    pub cells_per_magnitude: u32,
    /// Bits of a kernel word: reads of a step, one bit of every word at a time.
    pub kernel_bits: u32,
    /// Bits of a distance.
    pub distance_bits: u32,
    /// Bits of the sum of a field.
    pub accumulator_bits: u32,
    /// Distances and the kernel table, with a bank for each 128 patterns; patterns and weights are in cells.
    pub memories: Memories<MemoryMacro>,
}

impl RramMap {
    /// The crossbars for `image`.
    ///
    /// # Errors
    /// Every [`Refusal`] of a limit that it does not keep.
    pub fn of(image: &CoreImage) -> Result<Self, Vec<Refusal>> {
        let kernel_bits = u32::from(image.table().format().bits().get());
        let distance_bits = image.counter_bits();
        let largest = u64::from(image.weight_format().max().unsigned_abs());
        let blocks = image.p().div_ceil(ROWS);
        let bank = |words: usize, bits: u32| {
            MemoryMacro::of_one_port((words as u64 * u64::from(bits)).div_ceil(8), blocks, bits)
        };
        let is_stored = image.table().form() == TableForm::NearestRelative;
        let map = Self {
            neurons: image.n(),
            patterns: image.p(),
            cells_per_magnitude: unsigned_width(largest).div_ceil(CELL_BITS),
            kernel_bits,
            distance_bits,
            accumulator_bits: image.required_accumulator_bits(),
            memories: Memories {
                columns: MemoryMacro::NONE,
                rows: MemoryMacro::NONE,
                weights: MemoryMacro::NONE,
                counters: if is_stored { bank(SIDE, distance_bits) } else { MemoryMacro::NONE },
                table: bank(image.table().window().max(1), kernel_bits),
            },
        };
        let refusals: Vec<Refusal> = [
            Refusal::unless("bits of a weight", image.weight_format().value_bits().into(), WORD_BITS),
            Refusal::unless("bits of a kernel word", kernel_bits.into(), WORD_BITS),
            Refusal::unless("crossbars of 128 x 128 cells", map.crossbars(), CROSSBARS),
        ]
        .into_iter()
        .flatten()
        .collect();
        if refusals.is_empty() { Ok(map) } else { Err(refusals) }
    }

    /// Blocks of 128 patterns, each with crossbars of its own.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        u64::from(self.patterns).div_ceil(u64::from(ROWS))
    }

    /// Columns of the weights of one pattern.
    #[must_use]
    pub fn columns(&self) -> u64 {
        u64::from(self.neurons) * 2 * u64::from(self.cells_per_magnitude)
    }

    /// Crossbars side by side for the weights of one block.
    #[must_use]
    pub fn weight_crossbars_per_block(&self) -> u64 {
        self.columns().div_ceil(u64::from(ROWS))
    }

    /// Crossbars on top of each other for the bits of one pattern: the parts that a distance is converted in.
    #[must_use]
    pub fn parts_of_a_distance(&self) -> u64 {
        u64::from(self.neurons).div_ceil(u64::from(ROWS))
    }

    /// All crossbars.
    #[must_use]
    pub fn crossbars(&self) -> u64 {
        self.blocks() * (self.weight_crossbars_per_block() + self.parts_of_a_distance())
    }

    /// Area of the crossbars and what belongs to each, in thousandths of a square micrometre, a crossbar of patterns taken as
    /// large as one of weights.
    #[must_use]
    pub fn milli_um2(&self) -> u64 {
        self.crossbars() * CROSSBAR_MILLI_UM2
    }
}
