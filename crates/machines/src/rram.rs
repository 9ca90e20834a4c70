//! Memristor crossbars after ISAAC (Shafiee et al., ISCA 2016, a design that was never built), with the distances in crossbars
//! that XOR in place (Kingra et al., arXiv:2208.02651, 2022).
//!
//! Every pattern is a row of the weights' crossbars, and a column of the patterns'. A step reads the distances, each the
//! current of a column, turns them into kernel words, and drives the rows with one bit of every word at a time; each column's
//! current is the sum over the rows driven, converted with 8 bits and added with its place value. A block of 128 patterns
//! without any word is not read. Cells are exact: there is no noise, no drift and no cell that is stuck.

mod map;

pub use map::RramMap;

use crate::refusal::Refusal;
use crate::run::{MachineRun, against, kernel_words, until_settled};
use klr_image::reference::CueSizeError;
use klr_image::{CoreImage, TableForm};
use klr_sim::counters;
use klr_units::{PatternIdx, State};
use map::{CELL_BITS, LARGEST_CODE, SIDE};

/// Cycles of a step beside one for each bit of a word: distances read and converted, words looked up, the last columns
/// converted, fields decided.
const AROUND: u64 = 5;
/// A cycle of the crossbars, in nanoseconds (Shafiee 2016, section IV).
const CYCLE_NS: u64 = 100;

counters! { RramCounter, RramActivity:
    /// Cycles of the crossbars, in each of which they are read or their columns converted.
    Cycles: Cycles => cycles,
    /// Pattern bits compared with the state in place: all N of each pattern in each step.
    BitComparisons: Operations => bit_comparisons,
    /// Row drivers that take a bit of the state to the patterns or a bit of a kernel word to the weights.
    RowDrives: Operations => row_drives,
    /// Weight cells between a row that is driven and a column that is converted.
    CellReads: Operations => cell_reads,
    /// Columns of distances converted.
    DistanceConversions: Operations => distance_conversions,
    /// Parts of distances added, where patterns are longer than a crossbar.
    DistanceSums: Operations => distance_sums,
    /// Bits of distances written, where a table needs the smallest one first.
    DistanceBitsWritten: Bits => distance_bits_written,
    /// Bits of distances read again.
    DistanceBitsRead: Bits => distance_bits_read,
    /// Distances compared with the smallest so far, where a table needs it.
    DistanceComparisons: Operations => distance_comparisons,
    /// Kernel words looked up.
    KernelLookups: Operations => kernel_lookups,
    /// Bits read from the kernel table: a word for each pattern in each step.
    TableBitsRead: Bits => table_bits_read,
    /// Columns of weights converted and added to the sum of their field.
    WeightConversions: Operations => weight_conversions,
    /// Sums of fields of one block added to those of the others.
    FieldSums: Operations => field_sums,
    /// Fields compared with zero and with their neuron.
    Evaluations: Operations => evaluations,
    /// Bits of the state compared with those before the last step, for a two-cycle.
    StateComparisons: Operations => state_comparisons,
    /// Bits written to the state register and to the copy of the last but one: the cue once, then both in each step.
    StateBitsWritten: Bits => state_bits_written,
    /// Bits of the cue that came in and of the state that went out.
    HostBits: Bits => host_bits,
    /// Blocks of 128 patterns that had a kernel word and were read.
    BlocksRead: Events => blocks_read,
    /// Columns whose current was beyond the converter's range, and counted as its end.
    Clipped: Operations => clipped,
    /// State bits changed.
    Flips: Events => flips,
    /// Synchronous steps.
    Steps: Events => steps,
}

/// Crossbars, loaded with an image.
#[derive(Clone, Copy, Debug)]
pub struct Rram<'a> {
    image: &'a CoreImage,
    map: RramMap,
}

impl<'a> Rram<'a> {
    /// The memory of `image` in crossbars.
    ///
    /// # Errors
    /// Every [`Refusal`] of a limit that it does not keep.
    pub fn new(image: &'a CoreImage) -> Result<Self, Vec<Refusal>> {
        Ok(Self { image, map: RramMap::of(image)? })
    }

    /// Its crossbars.
    #[must_use]
    pub const fn map(&self) -> &RramMap {
        &self.map
    }

    /// A synchronous retrieval from `cue` of at most `max_steps` steps; a step that turns nothing over, or back what the last
    /// one did, ends it.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons than the image.
    pub fn retrieve(&self, cue: &State, max_steps: u32) -> Result<MachineRun<RramActivity>, CueSizeError> {
        CueSizeError::check(cue, self.image)?;
        let n = u64::from(self.image.n());
        let mut run = MachineRun::new(cue.clone(), RramActivity::default());
        run.activity.state_bits_written += n;
        run.activity.host_bits += 2 * n;
        until_settled(&mut run, max_steps, |state, counts| self.step(state, counts));
        Ok(run)
    }

    /// One step: the neurons that it turns over.
    fn step(&self, state: &State, counts: &mut RramActivity) -> Vec<usize> {
        let words = self.words(state, counts);
        let mut fields = vec![0; state.n()];
        let mut blocks = 0;
        for (block, words) in words.chunks(SIDE).enumerate() {
            if words.iter().any(|&word| word > 0) {
                blocks += 1;
                self.read(block, words, &mut fields, counts);
            }
        }
        let n = u64::from(self.image.n());
        counts.steps += 1;
        counts.cycles += u64::from(self.map.kernel_bits) + AROUND;
        counts.blocks_read += blocks;
        counts.field_sums += u64::saturating_sub(blocks, 1) * n;
        counts.evaluations += n;
        counts.state_comparisons += n;
        counts.state_bits_written += 2 * n;
        let wrong = against(&fields, state);
        counts.flips += wrong.len() as u64;
        wrong
    }

    /// The kernel words of all patterns. Part of a distance is 128 at most, so it is converted as it is.
    fn words(&self, state: &State, counts: &mut RramActivity) -> Vec<u16> {
        let (n, p) = (u64::from(self.image.n()), u64::from(self.image.p()));
        let parts = self.map.parts_of_a_distance();
        counts.bit_comparisons += n * p;
        counts.row_drives += n * self.map.blocks();
        counts.distance_conversions += p * parts;
        counts.distance_sums += p * (parts - 1);
        counts.kernel_lookups += p;
        counts.table_bits_read += p * u64::from(self.map.kernel_bits);
        if self.image.table().form() == TableForm::NearestRelative {
            let bits = p * u64::from(self.map.distance_bits);
            counts.distance_bits_written += bits;
            counts.distance_bits_read += bits;
            counts.distance_comparisons += p;
        }
        kernel_words(self.image, state)
    }

    /// The weights of `block`, driven with one bit of its `words` after the other.
    fn read(&self, block: usize, words: &[u16], fields: &mut [i64], counts: &mut RramActivity) {
        let (rows, reads) = (words.len() as u64, u64::from(self.map.kernel_bits));
        counts.row_drives += reads * rows * self.map.weight_crossbars_per_block();
        counts.cell_reads += reads * rows * self.map.columns();
        counts.weight_conversions += reads * self.map.columns();
        for bit in 0..self.map.kernel_bits {
            let driven: Vec<usize> = (0..words.len())
                .filter(|&row| words[row] >> bit & 1 == 1)
                .map(|row| block * SIDE + row)
                .collect();
            if driven.is_empty() {
                continue;
            }
            for cell in 0..self.map.cells_per_magnitude {
                let columns = self.currents(&driven, cell * CELL_BITS);
                for (field, currents) in fields.iter_mut().zip(columns) {
                    let codes = currents.map(|current| current.min(LARGEST_CODE));
                    counts.clipped +=
                        currents.iter().zip(codes).filter(|&(&current, code)| current > code).count() as u64;
                    *field += (i64::from(codes[0]) - i64::from(codes[1])) << (bit + cell * CELL_BITS);
                }
            }
        }
    }

    /// The currents of the two columns of each neuron that hold the bits from `lowest` of positive and of negative weights.
    fn currents(&self, driven: &[usize], lowest: u32) -> Vec<[u32; 2]> {
        let mut currents = vec![[0; 2]; self.image.n() as usize];
        for &mu in driven {
            let weights = self.image.weight_row(PatternIdx::from_usize(mu));
            for (current, &weight) in currents.iter_mut().zip(weights) {
                let cell = u32::from(weight.unsigned_abs()) >> lowest & ((1 << CELL_BITS) - 1);
                current[usize::from(weight < 0)] += cell;
            }
        }
        currents
    }
}

impl RramActivity {
    /// The time of these counts in nanoseconds: cycles of 100 ns, in which a crossbar is read or its 128 columns are converted
    /// one after the other; every crossbar has a converter.
    #[must_use]
    pub const fn nanoseconds(&self) -> u64 {
        self.cycles * CYCLE_NS
    }
}
