//! Is a field that fills its accumulator a field, and one beyond it a fault?

use klr_image::{CoreImage, Geometry, GeometrySpec, KernelTable, Order};
use klr_sim::{Core, CoreConfig, CoreRun, Dataflow, FaultKind, NoTrace, Schedule};
use klr_units::{Bits, NeuronIdx, State};

/// A retrieval from one of two patterns of one neuron, whose field is `weight`, in accumulators of `bits`. The other
/// pattern has the same weight, so that the range could be left, and the kernel does not reach it.
fn run(weight: i16, bits: u32, dataflow: Dataflow) -> CoreRun {
    let geometry = Geometry::new(GeometrySpec { accumulator_bits: bits, ..Geometry::tiny().spec() });
    let patterns = [1, -1].map(|sign| State::from_signs(&[sign]).expect("a sign"));
    let four = Bits::new(4).expect("a width");
    let table = KernelTable::absolute(four, &[1]).expect("a word above zero");
    let core = geometry.expect("within range");
    let image = CoreImage::new(core, &patterns, four, vec![weight; 2], table).expect("it fits");
    let schedule = Schedule { dataflow, order: Order::Sequential };
    let core = Core::new(&image, CoreConfig::tiny());
    core.retrieve(&patterns[usize::from(weight < 0)], schedule, &mut NoTrace)
        .expect("the cue has the size of the image")
}

#[test]
fn a_field_at_the_end_of_the_range_is_no_fault_and_one_beyond_it_is() {
    // Two's complement of 4 bits, without the one code that has no negative: -7 to 7; of 3 bits -3 to 3.
    for dataflow in Dataflow::ALL {
        for weight in [7, -7, 3, -3] {
            let at = format!("{}, {weight}", dataflow.name());
            assert_eq!(run(weight, 4, dataflow).faults, [], "{at}: within 4 bits");
            let faults = run(weight, 3, dataflow).faults;
            let value = i64::from(weight);
            let beyond = FaultKind::AccumulatorOverflow { neuron: NeuronIdx::new(0), value };
            let kinds: Vec<_> = faults.into_iter().map(|fault| fault.kind).collect();
            assert_eq!(kinds.is_empty(), value.abs() <= 3, "{at}: {kinds:?} in 3 bits");
            assert!(kinds.iter().all(|kind| *kind == beyond), "{at}: {kinds:?} in 3 bits");
        }
    }
}
