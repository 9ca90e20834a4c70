//! Is what no RTL confirms marked? A setting that is not marked under a dataflow changes nothing there: not a cycle, not a
//! count; and every mark is made by some core.

mod harness;

use harness::{Case, memory_case, random_case};
use klr_image::{PatternOrder, Signs, Storage};
use klr_sim::config::ConfigSpec;
use klr_sim::confirmed::{UNCONFIRMED, unconfirmed};
use klr_sim::{Activity, CoreConfig, Dataflow, QueuePolicy, TextTrace};
use std::collections::BTreeSet;

type Setting = (&'static str, fn(&mut ConfigSpec));

/// Every setting that is not a size, one at a time.
const SETTINGS: [Setting; 12] = [
    ("queue_policy", |spec| spec.queue_policy = QueuePolicy::Drop),
    ("weight_word", |spec| spec.weight_word = 2),
    ("overlap", |spec| spec.pipelined = true),
    ("incremental", |spec| spec.incremental = true),
    ("candidates", |spec| (spec.candidates, spec.partial_distance) = (8, true)),
    ("partial_distance", |spec| spec.partial_distance = true),
    ("bitmap", |spec| spec.bitmap = true),
    ("tree_latency", |spec| spec.tree_latency = 3),
    ("early_stop", |spec| spec.early_stop = true),
    ("drop with candidates", |spec| (spec.candidates, spec.queue_policy) = (8, QueuePolicy::Drop)),
    ("overlap with candidates", |spec| (spec.candidates, spec.pipelined) = (8, true)),
    ("early_stop with candidates", |spec| (spec.early_stop, spec.candidates) = (true, 8)),
];

const LAYOUTS: [Storage; 6] = [
    Storage { signs: Signs::InWeights, patterns: PatternOrder::Column },
    Storage { signs: Signs::InWeights, patterns: PatternOrder::Both },
    Storage { signs: Signs::InWeights, patterns: PatternOrder::Row },
    Storage { signs: Signs::InPatterns, patterns: PatternOrder::Column },
    Storage { signs: Signs::InPatterns, patterns: PatternOrder::Both },
    Storage { signs: Signs::InPatterns, patterns: PatternOrder::Row },
];

/// The core that the RTL has, with one thing changed.
fn with(case: &Case, storage: Storage, change: fn(&mut ConfigSpec)) -> Case {
    let mut spec = ConfigSpec {
        queue_policy: QueuePolicy::Stall,
        weight_word: 1,
        pipelined: false,
        candidates: 0,
        partial_distance: false,
        bitmap: false,
        tree_latency: 0,
        early_stop: false,
        incremental: false,
        ..*case.config.spec()
    };
    change(&mut spec);
    Case { config: CoreConfig::new(spec).expect("within range"), ..case.stored(storage) }
}

/// Whether the RTL is without the setting, at least in some dataflow; what it has is the lockstep's to compare.
fn is_listed(setting: &str) -> bool {
    UNCONFIRMED.iter().any(|one| one.setting.split(" = ").next() == Some(setting))
}

fn cases() -> impl Iterator<Item = Case> {
    (0..150).map(random_case).chain((0..50).map(memory_case))
}

/// The events and the counts of a retrieval, if the core can run the dataflow.
fn run(case: &Case, dataflow: Dataflow) -> Option<(String, Activity)> {
    case.config.check_storage(*case.image.geometry(), dataflow).ok()?;
    let mut trace = TextTrace::default();
    let run = case.run(dataflow, &mut trace);
    Some((trace.text().to_owned(), run.activity))
}

#[test]
fn what_is_not_marked_changes_nothing() {
    let mut unmarked = BTreeSet::new();
    for case in cases() {
        let plain = with(&case, LAYOUTS[0], |_| ());
        for dataflow in Dataflow::ALL {
            let expected = run(&plain, dataflow).expect("columns serve every dataflow");
            assert!(unconfirmed(&plain.image, plain.config.spec(), dataflow).is_empty());
            let none: Setting = ("the layout", |_| ());
            let listed = SETTINGS.iter().filter(|setting| is_listed(setting.0));
            let changed = listed.map(|setting| (LAYOUTS[0], setting));
            for (storage, (name, change)) in changed.chain([(LAYOUTS[1], &none)]) {
                let other = with(&case, storage, *change);
                if unconfirmed(&other.image, other.config.spec(), dataflow).is_empty()
                    && let Some(found) = run(&other, dataflow)
                {
                    assert_eq!(found, expected, "{name} is not marked under {}", dataflow.name());
                    unmarked.insert((*name, dataflow));
                }
            }
        }
    }
    let (synchronous, sweep, delta) = (Dataflow::Synchronous, Dataflow::Sweep, Dataflow::Delta);
    let mut expected = BTreeSet::from([
        ("incremental", sweep),
        ("incremental", delta),
        ("bitmap", synchronous),
        ("bitmap", sweep),
        ("tree_latency", synchronous),
        ("tree_latency", sweep),
    ]);
    for dataflow in Dataflow::ALL {
        expected.extend([("partial_distance", dataflow), ("the layout", dataflow)]);
    }
    expected.retain(|(name, _)| *name == "the layout" || is_listed(name));
    assert_eq!(unmarked, expected, "the settings that do not matter");
}

#[test]
fn every_entry_of_the_list_marks_some_core_and_no_dataflow_in_which_it_does_not_matter() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        for dataflow in Dataflow::ALL {
            for storage in LAYOUTS {
                for (_, change) in SETTINGS {
                    let case = with(&case, storage, change);
                    for one in unconfirmed(&case.image, case.config.spec(), dataflow) {
                        assert!(one.dataflows().any(|matters| matters == dataflow), "{one}");
                        seen.insert(one.to_string());
                    }
                }
            }
        }
    }
    // Images of these cases fit their accumulators.
    let expected: BTreeSet<String> = UNCONFIRMED.iter().map(ToString::to_string).collect();
    let never: Vec<&String> = expected.difference(&seen).collect();
    assert_eq!(never, ["accumulator_bits below what the image needs (a part of M4)"]);
}
