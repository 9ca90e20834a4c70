//! Which cores can run which dataflow, and what a core is built of: does the crate say what `docs/placement.md` promises?

use klr_image::{CoreImage, Geometry, KernelTable, PatternOrder, Signs, Storage};
use klr_sim::{Activity, ConfigSpec, CoreConfig, Counter, Dataflow, Hardware, MemoryMacro, StorageError};
use klr_units::{Bits, State};

fn config(change: impl Fn(&mut ConfigSpec)) -> CoreConfig {
    let mut spec = *CoreConfig::tiny().spec();
    change(&mut spec);
    CoreConfig::new(spec).expect("within range")
}

fn geometry(signs: Signs, patterns: PatternOrder) -> Geometry {
    Geometry::tiny().storing(Storage { signs, patterns })
}

/// A flip moves distances by a column of the patterns; the signs of weights come from their rows, but in `sweep`, which
/// has the neuron's column at hand.
#[test]
fn a_dataflow_runs_where_the_bits_it_reads_lie() {
    use PatternOrder::{Both, Column, Row};
    let allowed = |dataflow, signs| -> &[PatternOrder] {
        match (dataflow, signs) {
            (Dataflow::Synchronous, Signs::InWeights) => &[Column, Row, Both],
            (Dataflow::Synchronous, Signs::InPatterns) => &[Row, Both],
            (Dataflow::Sweep, _) | (Dataflow::Delta, Signs::InWeights) => &[Column, Both],
            (Dataflow::Delta, Signs::InPatterns) => &[Both],
        }
    };
    for dataflow in Dataflow::ALL {
        for signs in Signs::ALL {
            for patterns in PatternOrder::ALL {
                let found = CoreConfig::tiny().check_storage(geometry(signs, patterns), dataflow);
                let what = format!("{}, signs in {}, {}", dataflow.name(), signs.name(), patterns.name());
                assert_eq!(found.is_ok(), allowed(dataflow, signs).contains(&patterns), "{what}: {found:?}");
                if !patterns.has_columns() && dataflow != Dataflow::Synchronous {
                    assert_eq!(found, Err(StorageError::NoColumns { dataflow }), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_knob_that_reads_columns_needs_them() {
    for patterns in PatternOrder::ALL {
        let core = geometry(Signs::InWeights, patterns);
        for knob in ["incremental", "partial_distance"] {
            let config = config(|spec| {
                spec.candidates = 4;
                spec.incremental = knob == "incremental";
                spec.partial_distance = knob == "partial_distance";
            });
            let found = config.check_storage(core, Dataflow::Synchronous);
            let expected =
                if patterns.has_columns() { Ok(()) } else { Err(StorageError::KnobNeedsColumns { knob }) };
            assert_eq!(found, expected, "{knob}, {}", patterns.name());
        }
    }
}

/// Two lanes share words of one or of two weights evenly, and no larger ones.
#[test]
fn weight_words_are_shared_evenly_by_the_lanes() {
    let core = geometry(Signs::InWeights, PatternOrder::Column);
    for word in 1..=4 {
        let found = config(|spec| spec.weight_word = word).check_storage(core, Dataflow::Delta);
        let expected = if 2 % word == 0 { Ok(()) } else { Err(StorageError::Word { word, lanes: 2 }) };
        assert_eq!(found, expected, "words of {word}");
    }
}

/// Two patterns of four neurons in the tiny core: 4 distance lanes, 2 MAC lanes.
#[test]
fn a_core_is_built_of_what_its_image_uses() {
    let signs = [[1, 1, -1, -1], [-1, 1, 1, -1]];
    let patterns = signs.map(|signs| State::from_signs(&signs).expect("signs only"));
    let weights: Vec<i16> = signs.concat().into_iter().map(i16::from).collect();
    let five = Bits::new(5).expect("a width");
    let table = KernelTable::nearest_relative(Bits::new(4).expect("a width"), &[15, 4, 1]).expect("it works");
    let hardware = |storage: Storage, bits: Bits| {
        let geometry = Geometry::tiny().storing(storage);
        let image =
            CoreImage::new(geometry, &patterns, bits, weights.clone(), table.clone()).expect("it fits");
        Hardware::of(&image, &CoreConfig::tiny())
    };
    let plain = hardware(Storage::default(), five);
    assert_eq!((plain.n, plain.p), (4, 2));
    assert_eq!(
        (plain.weight_bits, plain.kernel_bits, plain.counter_bits, plain.accumulator_bits),
        (5, 4, 3, 24)
    );
    assert_eq!(plain.memories.columns, MemoryMacro::of_one_port(256, 1, 4), "4 lanes");
    assert_eq!(plain.memories.rows, MemoryMacro::NONE, "patterns lie by column");
    assert_eq!(plain.memories.weights, MemoryMacro::of_one_port(512, 2, 5), "a bank per lane");
    assert_eq!(plain.memories.counters, MemoryMacro::of_one_port(64, 1, 12), "4 of 3 bits");
    let shared = Storage { signs: Signs::InPatterns, patterns: PatternOrder::Both };
    assert_eq!(hardware(shared, five).weight_bits, 4, "the magnitude alone is multiplied");
    let one = hardware(shared, Bits::new(1).expect("a width"));
    assert_eq!((one.weight_bits, one.memories.weights), (1, MemoryMacro::NONE), "a sign has no magnitude");
}

/// What a counter counts is named by how its name ends, where that names a unit.
#[test]
fn counters_of_cycles_and_of_bits_say_so() {
    for &counter in Counter::ALL {
        let unit = counter.unit().name();
        assert_eq!(counter.name().ends_with("cycles"), unit == "cycles", "{}: {unit}", counter.name());
        let bits = ["bits_read", "bits_written", "_bits"];
        let is_bits = bits.iter().any(|end| counter.name().ends_with(end));
        assert_eq!(is_bits, unit == "bits", "{}: {unit}", counter.name());
        assert!(["cycles", "bits", "operations", "events"].contains(&unit), "{}: {unit}", counter.name());
    }
    let read = Activity {
        pattern_bits_read: 1,
        sign_bits_read: 20,
        weight_bits_read: 300,
        counter_bits_read: 4_000,
        table_bits_read: 50_000,
        field_bits_read: 600_000,
        ..Activity::default()
    };
    assert_eq!(read.sram_bits_read(), 54_321, "registers are no memory");
}
