//! The knobs of the core that are not in the image: latencies, ports, queues and what it may leave out.

use crate::dataflow::{Dataflow, Schedule, SignPath};
use klr_image::reference::FixedPointTest;
use klr_image::{Banking, CoreImage, Order, PatternOrder, Sizing, Storage};
use klr_units::{OutOfRange, WholeField};

/// What a full queue does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueuePolicy {
    /// The sender waits: back-pressure.
    Stall,
    /// What arrives at a full queue is lost, counted, and reported as a fault.
    Drop,
}

/// The knobs as written in a plan; [`CoreConfig::new`] checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigSpec {
    /// Cycles from a read of pattern, weight or counter memory to its data, R.
    pub sram_latency: u32,
    /// Cycles from a look-up in the kernel table to the packet's arrival in the activation queue, T.
    pub table_latency: u32,
    /// Cycles from operands to a retired sum, M.
    pub mac_latency: u32,
    /// Ports of the counter memory: 1 (a read or a write per cycle) or 2 (a read and a write).
    pub counter_ports: u32,
    /// Entries of the spike queue.
    pub spike_queue: u32,
    /// Entries of the activation queue.
    pub activation_queue: u32,
    /// What a full queue does.
    pub queue_policy: QueuePolicy,
    /// Blocks of patterns handled in parallel, each with a bank of pattern and of counter memory.
    pub distance_slices: u32,
    /// Look-ups in the kernel table per cycle.
    pub table_ports: u32,
    /// Banks of weight memory; fewer than MAC lanes make the lanes wait for each other.
    pub weight_banks: u32,
    /// Weights of consecutive neurons in a word of a bank; it divides the number of MAC lanes.
    pub weight_word: u32,
    /// The next neuron may be examined before the updates of the last flip have drained (`sweep` and `delta`).
    pub pipelined: bool,
    /// `synchronous` and `sweep` leave out patterns outside the kernel window. (`delta` always does.)
    pub zero_skip: bool,
    /// Entries of the candidate list; 0 for none.
    pub candidates: u32,
    /// Distances beyond the kernel window that the list keeps all the same.
    pub candidate_margin: u32,
    /// The first pass stops counting patterns that are ruled out by their partial distance. Needs a candidate list.
    pub partial_distance: bool,
    /// Columns counted for all patterns before any is ruled out; 0 for half of them.
    pub probe_columns: u32,
    /// `delta` jumps from violated neuron to violated neuron instead of asking each.
    pub bitmap: bool,
    /// Cycles of a comparator tree that finds the most violated neuron of `delta`; 0 for none, one field per cycle.
    pub tree_latency: u32,
    /// The retrieval ends as soon as the state is a stored pattern, if all of them are known to be fixed points.
    pub early_stop: bool,
    /// `synchronous` updates the distances by the flips of the last step instead of recounting them.
    pub incremental: bool,
    /// Steps or sweeps before a retrieval is stopped; N times as many searches in most-violated order.
    pub max_steps: u32,
}

/// A checked [`ConfigSpec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreConfig {
    spec: ConfigSpec,
}

/// A layout of the image's bits, or a width of weight words, that the core cannot work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// Words of weights that lanes cannot share evenly.
    #[error("weight_word is {word}; it must divide mac_lanes = {lanes}")]
    Word {
        /// Weights in a word.
        word: u32,
        /// MAC lanes.
        lanes: usize,
    },
    /// A dataflow that needs columns.
    #[error("{} reads patterns by column, and they lie by row alone", dataflow.name())]
    NoColumns {
        /// The dataflow.
        dataflow: Dataflow,
    },
    /// A knob that needs columns.
    #[error("{knob} is true; it reads patterns by column, and they lie by row alone")]
    KnobNeedsColumns {
        /// The field of [`ConfigSpec`].
        knob: &'static str,
    },
    /// A dataflow that reads the signs of weights by row.
    #[error("{} reads the signs of weights by row, and patterns lie by column alone", dataflow.name())]
    NoRows {
        /// The dataflow.
        dataflow: Dataflow,
        /// The orders that would do.
        allowed: &'static [PatternOrder],
    },
}

/// The longest latency a unit may have: the event queue is a ring that holds the sum of three (`crate::event`).
pub const MAX_LATENCY: u32 = 16;
/// The deepest queue.
pub const MAX_QUEUE: u32 = 65_536;

/// The most weights in a word of weight memory.
pub const MAX_WEIGHT_WORD: u32 = 64;

/// A knob that is a whole number.
const fn whole(
    name: &'static str,
    low: u32,
    high: u32,
    of: fn(&mut ConfigSpec) -> &mut u32,
) -> WholeField<ConfigSpec, u32> {
    WholeField { name, low, high, of }
}

/// A knob that is true or false: its name, and where it is.
pub type FlagField = (&'static str, fn(&mut ConfigSpec) -> &mut bool);

impl ConfigSpec {
    /// The knobs that are whole numbers, with their ranges.
    pub const NUMBERS: [WholeField<Self, u32>; 15] = [
        whole("sram_latency", 1, MAX_LATENCY, |spec| &mut spec.sram_latency),
        whole("table_latency", 1, MAX_LATENCY, |spec| &mut spec.table_latency),
        whole("mac_latency", 1, MAX_LATENCY, |spec| &mut spec.mac_latency),
        whole("counter_ports", 1, 2, |spec| &mut spec.counter_ports),
        whole("distance_slices", 1, 64, |spec| &mut spec.distance_slices),
        whole("table_ports", 1, 1024, |spec| &mut spec.table_ports),
        whole("weight_banks", 1, 1024, |spec| &mut spec.weight_banks),
        whole("weight_word", 1, MAX_WEIGHT_WORD, |spec| &mut spec.weight_word),
        whole("candidates", 0, 4096, |spec| &mut spec.candidates),
        whole("candidate_margin", 0, 1 << 20, |spec| &mut spec.candidate_margin),
        whole("probe_columns", 0, 1 << 20, |spec| &mut spec.probe_columns),
        whole("tree_latency", 0, 64, |spec| &mut spec.tree_latency),
        whole("spike_queue", 1, MAX_QUEUE, |spec| &mut spec.spike_queue),
        whole("activation_queue", 1, MAX_QUEUE, |spec| &mut spec.activation_queue),
        whole("max_steps", 1, u32::MAX, |spec| &mut spec.max_steps),
    ];

    /// The knobs that are true or false.
    pub const FLAGS: [FlagField; 5] = [
        ("zero_skip", |spec| &mut spec.zero_skip),
        ("incremental", |spec| &mut spec.incremental),
        ("partial_distance", |spec| &mut spec.partial_distance),
        ("bitmap", |spec| &mut spec.bitmap),
        ("early_stop", |spec| &mut spec.early_stop),
    ];

    /// Banks of weight memory on a core of `mac_lanes` lanes: no more than the lanes have words.
    #[must_use]
    pub fn banks(&self, mac_lanes: usize) -> usize {
        (self.weight_banks as usize).min(mac_lanes / self.weight_word as usize).max(1)
    }

    /// The banks, words and ports of the memories of a core of `mac_lanes` lanes.
    #[must_use]
    pub fn banking(&self, mac_lanes: usize) -> Banking {
        Banking {
            slices: self.distance_slices,
            weight_banks: u32::try_from(self.banks(mac_lanes)).unwrap_or(u32::MAX),
            weight_word: self.weight_word,
            counter_ports: self.counter_ports,
            table_ports: self.table_ports,
        }
    }
}

impl ConfigSpec {
    /// Whether `delta` finds its next neuron in the bitmap.
    pub(crate) fn finds_by_bitmap(&self, order: Order) -> bool {
        self.bitmap && order == Order::Sequential
    }

    /// Columns of `image` in the first of two parts of a first pass (E1), or 0 if it has one part.
    #[must_use]
    pub fn probed_columns(&self, image: &CoreImage) -> u32 {
        let n = image.n();
        let columns = if self.probe_columns == 0 { n / 2 } else { self.probe_columns };
        let by_column = image.geometry().storage().patterns.has_columns();
        if self.partial_distance && by_column && columns < n { columns } else { 0 }
    }

    /// How a core with these knobs knows that its state will not change (S9, S10, S12).
    #[must_use]
    pub fn fixed_point_test(&self, schedule: Schedule) -> FixedPointTest {
        match schedule.dataflow {
            Dataflow::Delta if self.finds_by_bitmap(schedule.order) => FixedPointTest::Fields,
            Dataflow::Sweep | Dataflow::Delta if self.early_stop => FixedPointTest::StoredPattern,
            // The last step of `synchronous` ends before the distances of its state are counted.
            _ => FixedPointTest::Confirmed,
        }
    }
}

impl CoreConfig {
    /// Checks the knobs.
    ///
    /// # Errors
    /// [`OutOfRange`] with the first field out of its range.
    pub fn new(spec: ConfigSpec) -> Result<Self, OutOfRange> {
        ConfigSpec::NUMBERS.iter().try_for_each(|field| field.check(&spec))?;
        Ok(Self { spec })
    }

    /// Every latency one cycle, one port, queues of two, nothing left out: the core of the small traces.
    ///
    /// # Panics
    /// Never: the knobs are constants within range.
    #[must_use]
    pub fn tiny() -> Self {
        Self::new(ConfigSpec {
            sram_latency: 1,
            table_latency: 1,
            mac_latency: 1,
            counter_ports: 1,
            spike_queue: 2,
            activation_queue: 2,
            queue_policy: QueuePolicy::Stall,
            distance_slices: 1,
            table_ports: 2,
            weight_banks: 2,
            weight_word: 1,
            pipelined: false,
            zero_skip: false,
            candidates: 0,
            candidate_margin: 2,
            partial_distance: false,
            probe_columns: 0,
            bitmap: false,
            tree_latency: 0,
            early_stop: false,
            incremental: false,
            max_steps: 30,
        })
        .expect("the knobs are constants within range")
    }

    /// Checks that `core` can run `dataflow` with its layout of bits and these knobs. A core that cannot
    /// would read words that are not there.
    ///
    /// # Errors
    /// [`StorageError`] with what does not fit.
    pub fn check_storage(&self, core: impl Into<Sizing>, dataflow: Dataflow) -> Result<(), StorageError> {
        let geometry = core.into();
        let (word, lanes) = (self.spec.weight_word, geometry.mac_lanes());
        if !lanes.is_multiple_of(word as usize) {
            return Err(StorageError::Word { word, lanes });
        }
        let Storage { patterns, .. } = geometry.storage();
        let needs = dataflow.needs();
        if !patterns.has_columns() {
            if needs.moves_distances {
                return Err(StorageError::NoColumns { dataflow });
            }
            let knobs =
                [("incremental", self.spec.incremental), ("partial_distance", self.spec.partial_distance)];
            if let Some((knob, _)) = knobs.into_iter().find(|(_, set)| *set) {
                return Err(StorageError::KnobNeedsColumns { knob });
            }
        }
        if geometry.storage().shares_signs() && needs.signs == SignPath::Rows && !patterns.has_rows() {
            let allowed: &[_] = if needs.moves_distances {
                &[PatternOrder::Both]
            } else {
                &[PatternOrder::Row, PatternOrder::Both]
            };
            return Err(StorageError::NoRows { dataflow, allowed });
        }
        Ok(())
    }

    /// The knobs.
    #[must_use]
    pub const fn spec(&self) -> &ConfigSpec {
        &self.spec
    }
}
