//! Has every unit as many flip-flops and gates as `klr_sim::contents` says, and paths as long?

use klr_rtl::Shape;
use klr_rtl::families::family;
use klr_rtl::levers::Levers;
use klr_rtl::synthesis::{SynthesisError, Unit, count_flip_flops, synthesize_uncounted};
use klr_sim::Contents;
use klr_sim::contents::{GATES_PERCENT, Held, PATH_PERCENT};
use std::io::Write;
use std::path::{Path, PathBuf};

use Unit::{DistanceUnit, MacArray, Sequencer};

/// Families whose cores have the levers that add flip-flops, each with the units in which they do.
const REGISTERS: [(&str, &[Unit]); 6] = [
    ("tiny", &Unit::ALL),
    ("listed", &[DistanceUnit]),
    ("partial", &[DistanceUnit]),
    ("rows", &[DistanceUnit]),
    ("moved", &[Sequencer]),
    ("drops", &[Sequencer]),
];

/// What yosys leaves out as it never changes, and the contents do not: the low bits of the number of a pattern or of a neuron
/// that grows by a power of two (in the cursor, in reads on their way, in both lane registers, in the end of a group), and of the ages of lane
/// registers the first bit; in a candidate list up to one in sixteen of all, such as the index of an entry in the first stage
/// of a tree.
fn constant_bits(unit: Unit, shape: &Shape, said: u64) -> u64 {
    let span = u64::from((shape.lanes * shape.slices).trailing_zeros());
    let group = u64::from(shape.mac_lanes.trailing_zeros());
    let list = if shape.levers.candidates > 0 { said / 16 } else { 0 };
    match unit {
        DistanceUnit => {
            (3 + u64::from(shape.sram_latency)) * span + group + 2 * u64::from(shape.slices > 1) + list
        }
        Sequencer | MacArray => 0,
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("contents").join(name)
}

/// The answer of yosys; `None`, and a line that says so, if it is not installed.
fn answer<T>(answer: Result<T, SynthesisError>) -> Option<T> {
    match answer {
        Ok(found) => Some(found),
        Err(error @ SynthesisError::NoYosys) => {
            // Captured output would hide it.
            let line = format!("\nnot tested: {error}\n");
            std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The core of a family with fewer neurons and patterns, which yosys is sooner through with.
fn narrowed(name: &str) -> Shape {
    let shape = family(name).expect("a family").shape;
    let candidates = shape.levers.candidates.min(3);
    Shape { max_n: 9, max_p: 3 * shape.lanes, levers: Levers { candidates, ..shape.levers }, ..shape }
}

#[test]
fn a_unit_has_the_flip_flops_that_its_contents_say() {
    for (name, units) in REGISTERS {
        let shape = narrowed(name);
        let contents = Contents::of_size(&shape.size(), &shape.config());
        for &unit in units {
            let said = contents.flip_flops_of(unit, Held::Registers);
            let Some(found) = answer(count_flip_flops(unit, &shape, &folder(name))) else { return };
            let allowed = said - constant_bits(unit, &shape, said)..=said;
            let module = unit.module();
            assert!(
                allowed.contains(&found),
                "{name}: {module}: yosys has {found}, the contents {said}: {contents:#?}"
            );
        }
    }
}

/// A small core, of which one size or lever after the other is changed.
const SMALL: Shape = Shape {
    lanes: 4,
    slices: 1,
    mac_lanes: 2,
    weight_banks: 2,
    max_n: 15,
    max_p: 60,
    weight_bits: 4,
    kernel_bits: 8,
    accumulator_bits: 16,
    sram_latency: 1,
    table_latency: 1,
    mac_latency: 3,
    counter_ports: 1,
    table_ports: 2,
    spike_queue: 2,
    activation_queue: 2,
    levers: Levers::NONE,
};

/// Units of cores whose gates are counted. But for the first they are of sizes that the numbers of `klr_sim::contents` were
/// not taken from.
fn cores() -> Vec<(&'static str, Unit, Shape)> {
    let with = |levers: Levers| Shape { levers, ..SMALL };
    let narrow = |levers: Levers| Shape { max_n: 12, max_p: 28, ..with(levers) };
    vec![
        ("small", Sequencer, SMALL),
        ("neurons", Sequencer, Shape { max_n: 28, mac_lanes: 3, accumulator_bits: 28, ..SMALL }),
        ("bitmap", Sequencer, with(Levers { bitmap: true, incremental: true, ..Levers::NONE })),
        ("small", DistanceUnit, SMALL),
        ("lanes", DistanceUnit, Shape { lanes: 12, max_n: 31, mac_lanes: 4, table_ports: 4, ..SMALL }),
        ("slices", DistanceUnit, Shape { lanes: 4, slices: 2, max_n: 24, table_ports: 1, ..SMALL }),
        ("list", DistanceUnit, narrow(Levers { candidates: 5, ..Levers::NONE })),
        ("parts", DistanceUnit, narrow(Levers { candidates: 3, elimination: true, ..Levers::NONE })),
        ("small", MacArray, SMALL),
        ("fields", MacArray, Shape { max_n: 24, accumulator_bits: 20, weight_bits: 6, ..SMALL }),
        ("lanes", MacArray, Shape { mac_lanes: 4, weight_banks: 4, kernel_bits: 5, ..SMALL }),
    ]
}

#[test]
fn a_unit_has_the_gates_and_the_path_that_its_contents_say() {
    let mut wrong = String::new();
    for (name, unit, shape) in cores() {
        let contents = Contents::of_size(&shape.size(), &shape.config());
        let (gates, path) = (contents.gates_of(unit, Held::Registers), contents.path_of(unit));
        let Some(found) = answer(synthesize_uncounted(unit, &shape, &folder(&format!("gates-{name}"))))
        else {
            return;
        };
        let is_near = |said: u64, found: u64, percent: u64| said.abs_diff(found) * 100 <= found * percent;
        let near_gates = is_near(gates, found.gates, GATES_PERCENT);
        let near_path = is_near(path.gates, found.path.into(), PATH_PERCENT);
        let line = format!("{name}: {}: {found}; said {gates}, path {}\n", unit.module(), path.gates);
        if !(near_gates && near_path) {
            wrong += &line;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
