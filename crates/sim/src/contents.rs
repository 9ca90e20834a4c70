//! What a core of a geometry contains: its flip-flops, register by register, and its gates, block by block.
//!
//! The design is `crates/rtl/hdl`; `crates/rtl/tests/contents.rs` holds these numbers against what yosys makes of it. Left out
//! are the macros (with their output registers) and the activity counters, which no core needs that is built.

mod distance_unit;
mod elimination;
mod logic;
mod mac_array;
mod sequencer;

use crate::config::{ConfigSpec, CoreConfig, QueuePolicy};
use crate::stages::tree_stages;
use klr_image::CoreImage;

pub use logic::{Block, GATE_DELAYS, GATES_PERCENT, GateDelay, PATH_PERCENT, Path};
pub use sequencer::updates;

/// A unit of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// State, order and threshold.
    Sequencer,
    /// Distances and kernel words.
    DistanceUnit,
    /// Products and sums.
    MacArray,
}

impl Unit {
    /// Every unit, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Sequencer, Self::DistanceUnit, Self::MacArray];

    /// The name of the module.
    #[must_use]
    pub const fn module(self) -> &'static str {
        match self {
            Self::Sequencer => "sequencer",
            Self::DistanceUnit => "distance_unit",
            Self::MacArray => "mac_array",
        }
    }
}

/// What makes up a group of flip-flops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Registers.
    Registers,
    /// The entries of a queue, which are flip-flops as well; yosys leaves them as a memory.
    QueueEntries,
}

/// A group of flip-flops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// Where they are.
    pub unit: Unit,
    /// What they hold, in words.
    pub name: &'static str,
    /// Whether they are a queue's.
    pub held: Held,
    /// How many there are.
    pub flip_flops: u64,
}

/// The sizes of a core that its flip-flops follow from, beside [`ConfigSpec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Neurons.
    pub n: u32,
    /// Stored patterns.
    pub p: u32,
    /// Distance lanes.
    pub lanes: u32,
    /// MAC lanes.
    pub mac_lanes: u32,
    /// Banks of weight memory.
    pub weight_banks: u32,
    /// Bits of a weight as it is stored, its sign included.
    pub weight_bits: u32,
    /// Bits of a weight as it is multiplied.
    pub value_bits: u32,
    /// Bits of a kernel word.
    pub kernel_bits: u32,
    /// Bits of a field accumulator.
    pub accumulator_bits: u32,
    /// The patterns hold the signs of the weights.
    pub shares_signs: bool,
    /// The patterns lie by row, and not by column as well (D17).
    pub by_row: bool,
}

/// The flip-flops and gates of one core, unit by unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Every group of flip-flops that the core has.
    pub registers: Vec<Register>,
    /// Every block of gates that the core has.
    pub blocks: Vec<Block>,
    /// The longest path of every unit, in the order of [`Unit::ALL`].
    pub paths: [Path; 3],
}

impl Contents {
    /// What the core contains that `image` is for, with the knobs of `config`.
    #[must_use]
    pub fn of(image: &CoreImage, config: &CoreConfig) -> Self {
        let (geometry, spec) = (image.geometry(), config.spec());
        let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let size = Size {
            n: image.n(),
            p: image.p(),
            lanes: size(geometry.distance_lanes()),
            mac_lanes: size(geometry.mac_lanes()),
            weight_banks: size(spec.banks(geometry.mac_lanes())),
            weight_bits: image.weight_format().bits().get().into(),
            value_bits: image.weight_format().value_bits(),
            kernel_bits: image.table().format().bits().get().into(),
            accumulator_bits: geometry.accumulator_bits(),
            shares_signs: geometry.storage().shares_signs(),
            by_row: !geometry.storage().patterns.has_columns(),
        };
        Self::of_size(&size, spec)
    }

    /// What a core of `size` contains.
    #[must_use]
    pub fn of_size(size: &Size, spec: &ConfigSpec) -> Self {
        let widths = Widths::of(size, spec);
        let mut registers = Vec::new();
        let units = [
            (Unit::Sequencer, sequencer::registers(size, spec, &widths)),
            (Unit::DistanceUnit, distance_unit::registers(size, spec, &widths)),
            (Unit::MacArray, mac_array::registers(size, spec, &widths)),
        ];
        for (unit, groups) in units {
            let groups = groups.into_iter().filter(|group| group.2 > 0);
            registers.extend(groups.map(|(name, held, flip_flops)| Register {
                unit,
                name,
                held,
                flip_flops,
            }));
        }
        let blocks = logic::blocks(size, spec, &widths, &registers);
        let paths = logic::paths(size, spec, &widths);
        Self { registers, blocks, paths }
    }

    /// All flip-flops.
    #[must_use]
    pub fn flip_flops(&self) -> u64 {
        self.registers.iter().map(|register| register.flip_flops).sum()
    }

    /// The flip-flops of `unit` that hold `held`.
    #[must_use]
    pub fn flip_flops_of(&self, unit: Unit, held: Held) -> u64 {
        let is_asked = |register: &&Register| (register.unit, register.held) == (unit, held);
        self.registers.iter().filter(is_asked).map(|register| register.flip_flops).sum()
    }
}

impl Contents {
    /// All gates, as [`Block`] counts them.
    #[must_use]
    pub fn gates(&self) -> u64 {
        self.blocks.iter().map(|block| block.gates).sum()
    }

    /// The gates of `unit` at its registers, or at the entries of its queues.
    #[must_use]
    pub fn gates_of(&self, unit: Unit, held: Held) -> u64 {
        let is_asked = |block: &&Block| (block.unit, block.held) == (unit, held);
        self.blocks.iter().filter(is_asked).map(|block| block.gates).sum()
    }

    /// The longest path of `unit`.
    #[must_use]
    pub fn path_of(&self, unit: Unit) -> Path {
        self.paths[unit as usize]
    }
}

/// A group as a unit lists it: what it holds, whether it is a queue's, how many flip-flops.
type Group = (&'static str, Held, u64);

/// Widths that several units share, in bits, and numbers of places.
struct Widths {
    neuron: u64,
    pattern: u64,
    /// A kernel word with the sign of a difference.
    word: u64,
    /// Patterns of a span: lanes times slices.
    span: u64,
    /// Spans of all patterns.
    spans: u64,
    /// The index of a span.
    span_index: u64,
    /// The address of a pattern row.
    row: u64,
    /// Words of a packet.
    places: u64,
    /// Look-ups of a packet that are in hand at once, and how many of them have a port of the table (D16).
    slots: u64,
    ports: u64,
    /// Patterns that a packet names.
    names: u64,
    latency: u64,
}

impl Widths {
    fn of(size: &Size, spec: &ConfigSpec) -> Self {
        let places = u64::from(size.lanes.min(size.mac_lanes));
        let span = u64::from(size.lanes) * u64::from(spec.distance_slices);
        let spans = u64::from(size.p).div_ceil(span);
        // A column of a span; by row, the words of the patterns of its first block (D17).
        let rows_of_span = if size.by_row { size.n.next_multiple_of(size.lanes) } else { size.n };
        Self {
            neuron: bits_for(u64::from(size.n) + 1),
            pattern: bits_for(u64::from(size.p) + 1),
            word: u64::from(size.kernel_bits) + 1,
            span,
            spans,
            span_index: index_bits(spans),
            row: index_bits(spans * u64::from(rows_of_span)),
            places,
            slots: places.max(2),
            ports: places.max(2).min(spec.table_ports.into()),
            names: if spec.candidates > 0 { places } else { 1 },
            latency: spec.sram_latency.into(),
        }
    }

    /// A packet: places in use, words, the last of a sum, a clear, patterns, and what it is for.
    const fn packet(&self) -> u64 {
        self.places + self.places * self.word + 2 + self.names * self.pattern + self.neuron
    }
}

/// Bits that tell `values` values apart, none for one: `$clog2`.
const fn bits_for(values: u64) -> u64 {
    (u64::BITS - values.saturating_sub(1).leading_zeros()) as u64
}

/// The same, but one bit at least.
const fn index_bits(values: u64) -> u64 {
    if values > 1 { bits_for(values) } else { 1 }
}

/// Head, tail and count of a queue of `depth` entries; with one entry head and tail need no bit.
const fn queue_pointers(depth: u64) -> u64 {
    2 * bits_for(depth) + bits_for(depth + 1)
}

/// The free entries of a queue of `depth` as its sender counts them (D6, S5); none where it sends without credit.
fn credits(policy: QueuePolicy, depth: u32) -> u64 {
    if policy == QueuePolicy::Drop { 0 } else { bits_for(u64::from(depth) + 1) }
}

/// The registers of a tree over `inputs` of `width` bits each, a stage for each four to one (P1), and one bit per stage that
/// says whether something is in it.
fn tree(inputs: u32, width: u64) -> u64 {
    (1..=tree_stages(inputs)).map(|stage| u64::from(nodes(inputs, stage)) * width + 1).sum()
}

/// Nodes of a tree after `stage` stages, those without an input left out.
const fn nodes(inputs: u32, stage: u32) -> u32 {
    inputs.div_ceil(4u32.saturating_pow(stage))
}

/// Groups that are registers.
fn plain(groups: &[(&'static str, u64)]) -> Vec<Group> {
    groups.iter().map(|&(name, count)| (name, Held::Registers, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_clog2() {
        assert_eq!([1, 2, 3, 4, 5, 16, 17].map(bits_for), [0, 1, 2, 2, 3, 4, 5]);
        assert_eq!([1, 2, 8].map(queue_pointers), [1, 4, 10]);
        assert_eq!([1, 3, 5, 16].map(|inputs| tree(inputs, 10)), [0, 11, 32, 52]);
    }

    const LARGE: Size = Size {
        n: 100,
        p: 3000,
        lanes: 64,
        mac_lanes: 16,
        weight_banks: 16,
        weight_bits: 8,
        value_bits: 8,
        kernel_bits: 8,
        accumulator_bits: 32,
        shares_signs: false,
        by_row: false,
    };

    #[test]
    fn gates_are_those_of_the_blocks_and_paths_those_of_the_page() {
        let spec = ConfigSpec { table_ports: 16, ..*CoreConfig::tiny().spec() };
        let contents = Contents::of_size(&LARGE, &spec);
        let held = [Held::Registers, Held::QueueEntries];
        let of_units = Unit::ALL.iter().flat_map(|&unit| held.map(|held| contents.gates_of(unit, held)));
        assert_eq!(of_units.sum::<u64>(), contents.gates());
        // `docs/rtl.md`, without a list and with one.
        assert_eq!(contents.path_of(Unit::DistanceUnit).gates, 78);
        let listed = Contents::of_size(&LARGE, &ConfigSpec { candidates: 16, ..spec });
        assert_eq!(listed.path_of(Unit::DistanceUnit).gates, 160);
        // 16 entries of 7 bits of a distance and 12 of a place, and what stands before them.
        let entries = 16 * (72 * 7 + 18 * 12);
        assert!(listed.gates() > contents.gates() + entries, "{listed:#?}");
        // Twice as many lanes take half as many rows, and a bit less for the number of a row.
        let lanes = |lanes| -> u64 {
            let contents = Contents::of_size(&Size { lanes, ..LARGE }, &spec);
            contents.blocks.iter().filter(|block| block.name == "lanes").map(|block| block.gates).sum()
        };
        assert_eq!(lanes(128), lanes(64) + 64 * 7 * 73, "a lane has 73 gates for each bit of a distance");
    }

    #[test]
    fn flip_flops_grow_with_neurons_lanes_and_slices() {
        let (size, spec) = (LARGE, *CoreConfig::tiny().spec());
        let count = |size: &Size, spec: &ConfigSpec| Contents::of_size(size, spec).flip_flops();
        let plain = count(&size, &spec);
        // 12 groups of 16 more field registers, and more state.
        assert!(count(&Size { n: 292, ..size }, &spec) > plain + 12 * 16 * 32);
        let sliced = count(&size, &ConfigSpec { distance_slices: 8, ..spec });
        // Every slice has a sum and two lane registers of 7 bits for each lane.
        assert!(sliced > plain + 7 * 64 * 3 * 7, "{sliced} against {plain}");
        assert!(count(&size, &ConfigSpec { candidates: 16, ..spec }) > plain + 16 * 7);
    }
}
