//! The gates of a core, and how many of them stand on the longest path of each unit, as formulas of its geometry.
//!
//! A gate is one of two inputs or an inverter, after ABC has restructured a unit for depth, as `crates/rtl/src/synthesis.rs`
//! counts them. A formula is a sum of blocks, each of which grows with what it is made of: an adder with its bits, a choice
//! among words with all their bits, a product with the square of its bits. The numbers of gates per bit are those that the
//! operations of `crates/rtl/gates/operations.sv` and units of single geometries have in yosys;
//! `crates/rtl/tests/contents.rs` holds the sums and the paths to whole units of other geometries, with the tolerances that
//! [`GATES_PERCENT`] and [`PATH_PERCENT`] state. Left out are macros, the kernel table among them, and activity counters.
//!
//! A path is logarithmic in what is chosen from or compared, and in the width of what is added or compared: ABC builds trees.
//! The rules of `docs/timing.md` assume that the longest path fits a cycle, and cut into stages what grows beyond that
//! (P1 to P4).

mod distance_unit;
mod mac_array;
mod sequencer;

use super::{Held, Register, Size, Unit, Widths};
use crate::config::ConfigSpec;

/// How far the gates of a unit may be from the formula, in percent of what yosys finds.
pub const GATES_PERCENT: u64 = 20;

/// The same of gates on the longest path.
pub const PATH_PERCENT: u64 = 15;

/// What a gate of a longest path takes in the cells of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateDelay {
    /// The process, in words.
    pub process: &'static str,
    /// Picoseconds for each gate of the path.
    pub picoseconds: u64,
}

impl GateDelay {
    /// The fastest clock that a path of so many gates keeps, in whole megahertz.
    #[must_use]
    pub const fn fastest_mhz(self, gates: u64) -> u64 {
        1_000_000 / (self.picoseconds * if gates > 0 { gates } else { 1 })
    }
}

/// The fastest and the slowest process that units were mapped to: ABC's delay of four units of small cores over the gates of
/// their path, the smallest of ASAP7 and the largest of SG13G2 and SKY130, without wires (`docs/rtl.md`, "The clock that a path
/// keeps").
pub const GATE_DELAYS: [GateDelay; 2] =
    [GateDelay { process: "7 nm", picoseconds: 16 }, GateDelay { process: "130 nm", picoseconds: 81 }];

/// Gates of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where they are.
    pub unit: Unit,
    /// What they do, in words.
    pub name: &'static str,
    /// Whether they choose among the entries of a queue.
    pub held: Held,
    /// How many there are.
    pub gates: u64,
}

/// Gates of a bit that a queue holds: an entry is chosen to be written, and one of all to be read. Eight entries of a packet
/// take 814 to 944 gates beside their flip-flops in three libraries (`queue_bit` in `crates/energy/gates`).
const QUEUE_BIT: u64 = 5;

/// Gates on the longest path of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// The unit.
    pub unit: Unit,
    /// From where to where, in words.
    pub name: &'static str,
    /// Gates one after the other.
    pub gates: u64,
}

/// The blocks of every unit that have gates, in the order of [`Unit::ALL`], those of the queues among `registers` last.
pub(super) fn blocks(size: &Size, spec: &ConfigSpec, widths: &Widths, registers: &[Register]) -> Vec<Block> {
    let units = [
        (Unit::Sequencer, sequencer::blocks(size, spec)),
        (Unit::DistanceUnit, distance_unit::blocks(size, spec, widths)),
        (Unit::MacArray, mac_array::blocks(size, spec, widths)),
    ];
    let of_unit = |(unit, blocks): (Unit, Vec<(&'static str, u64)>)| {
        let block = move |(name, gates)| Block { unit, name, held: Held::Registers, gates };
        blocks.into_iter().map(block)
    };
    let logic = units.into_iter().flat_map(of_unit);
    let of_queue = |queue: &Register| Block {
        unit: queue.unit,
        name: queue.name,
        held: Held::QueueEntries,
        gates: QUEUE_BIT * queue.flip_flops,
    };
    let queues = registers.iter().filter(|register| register.held == Held::QueueEntries).map(of_queue);
    let mut blocks: Vec<Block> = logic.chain(queues).filter(|block| block.gates > 0).collect();
    blocks.sort_by_key(|block| block.unit);
    blocks
}

/// The longest path of every unit, in the order of [`Unit::ALL`].
pub(super) fn paths(size: &Size, spec: &ConfigSpec, widths: &Widths) -> [Path; 3] {
    let longest = [
        (Unit::Sequencer, sequencer::path(size, spec, widths)),
        (Unit::DistanceUnit, distance_unit::path(spec, widths)),
        (Unit::MacArray, mac_array::path(size, spec, widths)),
    ];
    longest.map(|(unit, (name, gates))| Path { unit, name, gates })
}
