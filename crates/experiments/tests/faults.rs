//! What a run reports of cores with stuck bits: the same at any number of threads, in step with the reference, and nothing
//! where no bit is stuck.

use klr_experiments::pipeline::{self, NoProgress};
use klr_experiments::plan::{PlanSource, resolve};
use klr_experiments::report;
use serde_json::Value;

fn report_of(settings: &[&str], threads: usize) -> Result<Value, String> {
    let mut source = PlanSource::default_plan();
    let small = ["patterns.n=32", "patterns.p=40", "retrieval.cues=20", "retrieval.noise=0.1"];
    for setting in small.iter().chain(settings) {
        source.set(setting).expect("a setting");
    }
    let plan = resolve(&source).map_err(|error| error.to_string())?;
    let run = pipeline::run(&plan, threads, &NoProgress).expect("a run");
    Ok(report::report(&source, &plan, &run).expect("a report"))
}

#[test]
fn threads_change_nothing_and_the_simulator_follows_the_reference() {
    let everywhere = ["faults.weights=0.05", "faults.patterns=0.02", "faults.table=0.05", "faults.cores=4"];
    let one = report_of(&everywhere, 1).expect("a plan");
    assert_eq!(one, report_of(&everywhere, 2).expect("a plan"), "threads");
    let faults = &one["faults"];
    for (dataflow, found) in faults["dataflows"].as_object().expect("by dataflow") {
        assert_eq!(found["agrees_with_reference"], 1.0, "{dataflow}: {found}");
        assert_eq!(found["overflows"], 0, "{dataflow}");
        assert_eq!(found["sound_recall"], one["hardware"][dataflow]["recall"], "{dataflow}");
        let of = |key: &str| found[key].as_f64().expect("a share");
        assert!(of("low") <= of("recall") && of("recall") <= of("high"), "{dataflow}: {found}");
    }
    let written = |memory: &str| faults["bits"][memory]["written"].as_u64();
    let window = one["quantized"]["kernel_window"].as_u64().expect("a count");
    let bits = ["patterns", "weights", "table"].map(written);
    assert_eq!(bits, [Some(4 * 32 * 40), Some(4 * 8 * 32 * 40), Some(4 * 8 * window)], "four cores");
}

/// Weights that all read -1 push every neuron down: only a pattern of -1 alone could be recalled.
#[test]
fn a_memory_of_ones_recalls_nothing() {
    let all = report_of(&["faults.weights=1", "faults.stuck_at=one", "faults.cores=1"], 1).expect("a plan");
    let found = &all["faults"]["dataflows"]["delta"];
    assert_eq!((&found["recall"], &found["agrees_with_reference"]), (&0.0.into(), &1.0.into()));
    assert!(all["hardware"]["delta"]["recall"].as_f64() > Some(0.5), "the sound core beside it");
    let bits = &all["faults"]["bits"]["weights"];
    assert_eq!(bits["stuck"], bits["written"]);
}

#[test]
fn without_stuck_bits_there_is_no_section_and_copies_are_refused() {
    let sound = report_of(&["faults.weights=0"], 1).expect("a plan");
    assert_eq!(sound.get("faults"), None, "nothing is stuck");
    let twice = ["core.pattern_order=both", "faults.patterns=0.1"];
    let error = report_of(&twice, 1).expect_err("two copies of a bit");
    let expected = "--set: faults.patterns is 0.1; with core.pattern_order = both two copies of a bit fail apart, and an \
                    image has one: it needs core.pattern_order = column or row";
    assert_eq!(error, expected);
    let shared =
        ["core.pattern_order=both", "core.sign_sharing=true", "model.training=none", "faults.weights=0.1"];
    assert!(report_of(&shared, 1).is_ok(), "the magnitudes are stored once");
}
