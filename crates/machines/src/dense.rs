//! Dense synchronous digital hardware in its best case: every distance, every look-up and every product of a step is
//! computed, whatever its operands, and memories are as wide as what is used of them at once.
//!
//! One pattern is taken in per cycle: its row of N bits, then its row of N weights, with N multipliers side by side.
//! A table relative to the nearest pattern needs the smallest distance before the first word, so distances are stored and
//! the patterns are passed twice; with an absolute table once.

use crate::run::{MachineRun, against, kernel_words, until_settled};
use klr_image::reference::CueSizeError;
use klr_image::{CoreImage, Memories, TableForm};
use klr_sim::{MemoryMacro, counters};
use klr_units::fixed::unsigned_width;
use klr_units::{PatternIdx, State};

/// Cycles from the last row of a pass to the last state bit of a step: look-up, multiplication, addition, comparison.
const DRAIN: u64 = 4;

/// Cycles in which the cue comes in and the state goes out: through ports as wide as the state.
const PORT: u64 = 2;

counters! { DenseCounter, DenseActivity:
    /// Clock cycles from the cue to the result.
    Cycles: Cycles => cycles,
    /// Bits read from pattern memory: a row of N bits for each pattern in each step.
    PatternBitsRead: Bits => pattern_bits_read,
    /// Bits of distances written, where a table needs the smallest one first.
    DistanceBitsWritten: Bits => distance_bits_written,
    /// Bits of distances read again.
    DistanceBitsRead: Bits => distance_bits_read,
    /// Bits read from the kernel table: a word for each pattern in each step.
    TableBitsRead: Bits => table_bits_read,
    /// Bits read from weight memory: a row of N weights for each pattern in each step.
    WeightBitsRead: Bits => weight_bits_read,
    /// Bits read from the accumulators: all N for each pattern in each step.
    AccumulatorBitsRead: Bits => accumulator_bits_read,
    /// Bits written to the accumulators: all N for each pattern in each step.
    AccumulatorBitsWritten: Bits => accumulator_bits_written,
    /// Bits written to the registers between the parts of a pass: a distance, a word and N products for each pattern in each
    /// step.
    PipelineBitsWritten: Bits => pipeline_bits_written,
    /// Bits written to the state register and to the copy of the last but one: the cue once, then both in each step.
    StateBitsWritten: Bits => state_bits_written,
    /// Bits of the cue that came in and of the state that went out.
    HostBits: Bits => host_bits,
    /// Pattern bits compared with the state and summed to distances.
    BitComparisons: Operations => bit_comparisons,
    /// Bits of the state compared with those before the last step, for a two-cycle.
    StateComparisons: Operations => state_comparisons,
    /// Distances compared with the smallest so far, where a table needs it.
    DistanceComparisons: Operations => distance_comparisons,
    /// Kernel words looked up.
    KernelLookups: Operations => kernel_lookups,
    /// Multiply-accumulate operations, those with a kernel word of zero among them.
    Macs: Operations => macs,
    /// Fields compared with zero and with their neuron.
    Evaluations: Operations => evaluations,
    /// State bits changed.
    Flips: Events => flips,
    /// Synchronous steps.
    Steps: Events => steps,
}

/// The memories and widths of the machine for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenseHardware {
    /// Patterns by row, weights by row, distances and the kernel table: one bank each, as large as what it holds.
    pub memories: Memories<MemoryMacro>,
    /// Bits of a weight as it is stored.
    pub weight_bits: u32,
    /// Bits of a weight as it is multiplied: one more where all weights are odd.
    pub value_bits: u32,
    /// Bits of a kernel word.
    pub kernel_bits: u32,
    /// Bits of a distance.
    pub distance_bits: u32,
    /// Bits of an accumulator: as many as the image needs.
    pub accumulator_bits: u32,
    /// Flip-flops, the sum of
    /// `2 N` for the state and the one before the last,
    /// `2 d` for the distance of the row taken in and the smallest so far,
    /// `k + N (w + k)` for the kernel word and the products, `N a` for the accumulators,
    /// and `ceil(log2 P) + 16 + 3` for the row, the step and what is being done,
    /// with distances of d bits, words of k, weights of w as they are multiplied and accumulators of a. The output registers of memories are part
    /// of their macros.
    pub flip_flops: u64,
}

/// Bits in which steps are counted, and in which the sequencer knows what it is doing: idle, cue, first pass, second pass,
/// draining, result.
const CONTROL: u64 = 16 + 3;

impl DenseHardware {
    /// The machine for `image`.
    #[must_use]
    pub fn of(image: &CoreImage) -> Self {
        let (n, p) = (image.n(), u64::from(image.p()));
        let format = image.weight_format();
        let (weight_bits, value_bits) = (u32::from(format.bits().get()), format.value_bits());
        let kernel_bits = u32::from(image.table().format().bits().get());
        let distance_bits = image.counter_bits();
        let bank = |words: u64, word_bits: u32| {
            MemoryMacro::of_one_port((words * u64::from(word_bits)).div_ceil(8), 1, word_bits)
        };
        let stored = image.table().form() == TableForm::NearestRelative;
        let accumulator_bits = image.required_accumulator_bits();
        let per_neuron = u64::from(2 + value_bits + kernel_bits + accumulator_bits);
        let row_bits = u64::from(unsigned_width(p.saturating_sub(1)));
        Self {
            memories: Memories {
                columns: MemoryMacro::NONE,
                rows: bank(p, n),
                weights: bank(p, n * weight_bits),
                counters: if stored { bank(p, distance_bits) } else { MemoryMacro::NONE },
                table: bank(image.table().window().max(1) as u64, kernel_bits),
            },
            weight_bits,
            value_bits,
            kernel_bits,
            distance_bits,
            accumulator_bits,
            flip_flops: u64::from(n) * per_neuron
                + u64::from(2 * distance_bits + kernel_bits)
                + row_bits
                + CONTROL,
        }
    }
}

/// The machine, loaded with an image.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    image: &'a CoreImage,
    hardware: DenseHardware,
}

impl<'a> Dense<'a> {
    /// The machine for `image`.
    #[must_use]
    pub fn new(image: &'a CoreImage) -> Self {
        Self { image, hardware: DenseHardware::of(image) }
    }

    /// Its memories and widths.
    #[must_use]
    pub const fn hardware(&self) -> &DenseHardware {
        &self.hardware
    }

    /// A synchronous retrieval from `cue` of at most `max_steps` steps; a step that turns nothing over, or back what the last
    /// one did, ends it.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons than the image.
    pub fn retrieve(&self, cue: &State, max_steps: u32) -> Result<MachineRun<DenseActivity>, CueSizeError> {
        CueSizeError::check(cue, self.image)?;
        let (n, state) = (u64::from(self.image.n()), cue.clone());
        let mut run = MachineRun::new(state, DenseActivity::default());
        run.activity.state_bits_written += n;
        run.activity.host_bits += 2 * n;
        until_settled(&mut run, max_steps, |state, counts| self.step(state, counts));
        run.activity.cycles += PORT;
        Ok(run)
    }

    /// One step: every distance, every word, every product, every field; the neurons that it turns over.
    fn step(&self, state: &State, counts: &mut DenseActivity) -> Vec<usize> {
        let (n, p) = (u64::from(self.image.n()), u64::from(self.image.p()));
        let fields = self.fields(state);
        let wrong = against(&fields, state);
        let DenseHardware { weight_bits, value_bits, kernel_bits, distance_bits, accumulator_bits, .. } =
            self.hardware;
        let products = n * u64::from(value_bits + kernel_bits);
        let is_stored = self.image.table().form() == TableForm::NearestRelative;
        let (passes, stored) = if is_stored { (2, p) } else { (1, 0) };
        counts.steps += 1;
        counts.cycles += passes * p + DRAIN;
        counts.pattern_bits_read += p * n;
        counts.bit_comparisons += p * n;
        counts.distance_bits_written += stored * u64::from(distance_bits);
        counts.distance_bits_read += stored * u64::from(distance_bits);
        counts.distance_comparisons += stored;
        counts.kernel_lookups += p;
        counts.table_bits_read += p * u64::from(kernel_bits);
        counts.weight_bits_read += p * n * u64::from(weight_bits);
        counts.macs += p * n;
        counts.accumulator_bits_read += p * n * u64::from(accumulator_bits);
        counts.accumulator_bits_written += p * n * u64::from(accumulator_bits);
        counts.pipeline_bits_written += p * (u64::from(distance_bits + kernel_bits) + products);
        counts.evaluations += n;
        counts.state_comparisons += n;
        counts.state_bits_written += 2 * n;
        counts.flips += wrong.len() as u64;
        wrong
    }

    /// The fields of `state`, one per neuron. A product with a word of zero adds nothing, so it is not worked out here.
    fn fields(&self, state: &State) -> Vec<i64> {
        let mut fields = vec![0; state.n()];
        for (mu, word) in kernel_words(self.image, state).into_iter().enumerate() {
            let word = i64::from(word);
            if word == 0 {
                continue;
            }
            let weights = self.image.weight_row(PatternIdx::from_usize(mu));
            fields.iter_mut().zip(weights).for_each(|(field, &weight)| *field += word * i64::from(weight));
        }
        fields
    }
}
