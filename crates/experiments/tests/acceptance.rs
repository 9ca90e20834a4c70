//! What the program is for, on the plans that come with it: recall, agreement, and work saved.

use klr_energy::Ledger;
use klr_experiments::pipeline::{self, HardwareRun, NoProgress, Run};
use klr_experiments::plan::{Plan, PlanSource, resolve};
use klr_experiments::{report, screen};
use klr_sim::Dataflow;
use std::sync::OnceLock;

fn source(name: &str, settings: &[&str]) -> PlanSource {
    let mut source = PlanSource::load(name).expect("the plan comes with the program");
    for setting in settings {
        source.set(setting).expect("a setting");
    }
    source
}

fn plan(name: &str, settings: &[&str]) -> Plan {
    resolve(&source(name, settings)).expect("a plan")
}

fn run(plan: &Plan) -> Run {
    pipeline::run(plan, 2, &NoProgress).expect("a run")
}

/// The default plan, run once for all tests.
fn default_run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| run(&plan("default", &[])))
}

/// The plan of handwritten digits, run once for all tests.
fn digits_run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| run(&plan("digits", &[])))
}

fn under(run: &Run, dataflow: Dataflow) -> &HardwareRun {
    run.hardware.iter().find(|h| h.dataflow == dataflow).expect("the plan runs every dataflow")
}

/// Hits of the nearest pattern, on cues that know where they come from.
fn oracle(run: &Run) -> u64 {
    run.recall.oracle.expect("a cue made from a pattern has a target")
}

fn share(hits: u64, run: &Run) -> f64 {
    hits as f64 / run.recall.cues as f64
}

fn assert_agrees(run: &Run) {
    assert_eq!(run.hardware.len(), 3, "three dataflows");
    for h in &run.hardware {
        assert_eq!(h.agrees, run.recall.cues, "{}: every retrieval equals the reference", h.dataflow.name());
        assert_eq!(h.fault_count, 0, "{}: {:?}", h.dataflow.name(), h.faults);
    }
}

#[test]
fn the_default_plan_recalls_what_the_oracle_does() {
    let run = default_run();
    let oracle = share(oracle(run), run);
    let float = [("float sync", run.recall.float_sync), ("float async", run.recall.float_async)];
    let hardware = run.hardware.iter().map(|h| (h.dataflow.name(), h.hits));
    for (name, hits) in float.into_iter().chain(hardware) {
        let recall = share(hits, run);
        assert!(recall >= 0.98, "{name} recalls {recall}");
        assert!((recall - oracle).abs() <= 0.01, "{name} recalls {recall}, the oracle {oracle}");
    }
}

#[test]
fn the_default_plan_agrees_with_the_reference() {
    assert_agrees(default_run());
}

#[test]
fn every_wrong_bit_flips_about_once() {
    let run = default_run();
    let initial = run.recall.cue_flips_mean;
    assert!((15.0..25.0).contains(&initial), "20 % of 100 bits: {initial}");
    for h in &run.hardware {
        let flips = share(h.activity.flips, run);
        assert!(
            (flips - initial).abs() <= 0.05 * initial,
            "{}: {flips} flips, {initial} bits were wrong",
            h.dataflow.name()
        );
    }
}

#[test]
fn keeping_fields_saves_fifty_times_the_products() {
    let run = default_run();
    let (synchronous, delta) = (under(run, Dataflow::Synchronous), under(run, Dataflow::Delta));
    let (all, few) = (synchronous.activity.macs, delta.activity.macs);
    assert!(few > 0 && all >= 50 * few, "delta makes {few} products, synchronous {all}");
    let less = |a: &Ledger, b: &Ledger| a.ratio(b).expect("all is priced").interval.1 < 1.0;
    assert!(less(&delta.ledger, &synchronous.ledger), "and it costs less");
    assert!(less(&run.one_look, &delta.ledger), "but not less than one look");
}

#[test]
fn training_pays_on_correlated_patterns() {
    let run = digits_run();
    assert_agrees(run);
    let fit = run.fit.report().expect("of all patterns");
    assert_eq!(fit.stored_patterns_fixed, 1.0, "every digit is a fixed point of the float model");
    assert_eq!(run.loss.stored_patterns_fixed(), Some(1.0), "and of the integers");
    let untrained = run.recall.untrained;
    for h in &run.hardware {
        assert!(h.hits >= 4 * untrained, "{}: {} hits, untrained {untrained}", h.dataflow.name(), h.hits);
        assert!(h.hits > 0 && h.hits <= oracle(run), "{}: the oracle is the limit", h.dataflow.name());
    }
}

#[test]
fn the_screens_of_both_plans_fit_a_terminal() {
    for (name, run) in [("default", default_run()), ("digits", digits_run())] {
        let screen = screen::table(&plan(name, &[]), run);
        for line in screen.lines() {
            assert!(line.chars().count() <= 100, "{name}: {} columns: {line}", line.chars().count());
        }
    }
}

/// Eight bits of `exp(-0.4 d)` end at distance 15. A cue 20 bits away sees zeros alone, and that has to be seen.
#[test]
fn a_dead_field_is_reported_not_hidden() {
    let settings = [
        "patterns.p=40",
        "model.iterations=50",
        "quantize.kernel_table=absolute",
        "retrieval.noise_model=exact",
        "retrieval.cues=20",
    ];
    let plan = plan("default", &settings);
    let run = run(&plan);
    assert_eq!(share(run.recall.float_async, &run), 1.0, "the float model has no trouble");
    for h in &run.hardware {
        let name = h.dataflow.name();
        assert_eq!((h.hits, h.dead_fields), (0, 20), "{name}: no recall, and every cue says why");
        assert_eq!(h.fault_count, 20, "{name}: one fault per dead field");
        assert!(
            h.faults.iter().all(|(_, fault)| fault.kind.name() == "dead-field"),
            "{name}: {:?}",
            h.faults
        );
        assert_eq!(h.agrees, 20, "{name}: the reference has the same dead fields");
    }
    let seen = screen::table(&plan, &run);
    assert!(seen.contains("delta: 20 faults, 20 dead fields; the first:"), "on the screen: {seen}");
    let written = report::report(&source("default", &settings), &plan, &run).expect("a report");
    assert_eq!(written["hardware"]["delta"]["dead_fields"], 20, "in the report");
    assert_eq!(written["hardware"]["delta"]["faults"]["first"][0]["kind"], "dead-field", "with its kind");
}
