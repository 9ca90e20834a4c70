//! Has every unit as many flip-flops as `klr_sim::contents` says?

use klr_rtl::Shape;
use klr_rtl::families::family;
use klr_rtl::synthesis::{SynthesisError, Unit, count_flip_flops};
use klr_sim::Contents;
use klr_sim::contents::Held;
use std::io::Write;
use std::path::Path;

/// What yosys leaves out as it never changes, and the contents do not: the low bits of the number of a pattern or of a neuron
/// that grows by a power of two (in the cursor, in reads on their way, in the end of a group), and of the ages of lane
/// registers the first bit.
fn constant_bits(unit: Unit, shape: &Shape) -> u64 {
    let span = u64::from((shape.lanes * shape.slices).trailing_zeros());
    let group = u64::from(shape.mac_lanes.trailing_zeros());
    match unit {
        Unit::DistanceUnit => {
            (1 + u64::from(shape.sram_latency)) * span + group + 2 * u64::from(shape.slices > 1)
        }
        Unit::Sequencer | Unit::MacArray => 0,
    }
}

#[test]
fn a_unit_has_the_flip_flops_that_its_contents_say() {
    for name in ["tiny", "uneven"] {
        let shape = family(name).expect("a family").shape;
        let contents = Contents::of_size(&shape.size(), &shape.config());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contents").join(name);
        for unit in Unit::ALL {
            let said = contents.flip_flops_of(unit, Held::Registers);
            match count_flip_flops(unit, &shape, &folder) {
                Ok(found) => {
                    let allowed = said - constant_bits(unit, &shape)..=said;
                    let module = unit.module();
                    assert!(
                        allowed.contains(&found),
                        "{name}: {module}: yosys has {found}, the contents {said}: {contents:#?}"
                    );
                }
                Err(error @ SynthesisError::NoYosys) => {
                    // Captured output would hide it.
                    let line = format!("\nnot tested: {error}\n");
                    return std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}
