//! Is the best shape of a dataflow the cheapest of all runs of all shapes?

use klr_energy::{Cost, Ledger};
use klr_experiments::pipeline::{self, BestShape, NoProgress, Run};
use klr_experiments::plan::{PlanSource, resolve};
use klr_sim::{Dataflow, Hardware};
use klr_units::Yoctojoules;

const LANES: u32 = 8;
const SMALL: [&str; 6] = [
    "patterns.n=24",
    "patterns.p=150",
    "model.training=none",
    "retrieval.cues=6",
    "core.mac_lanes=8",
    "core.sram_latency=4",
];

/// The run of the small plan with these settings, and the bytes of its weight memory; `None` if there is no such core.
fn run(settings: &[String]) -> Option<(Run, u64)> {
    let mut source = PlanSource::default_plan();
    for setting in SMALL.iter().map(|setting| (*setting).to_owned()).chain(settings.iter().cloned()) {
        source.set(&setting).expect("a setting");
    }
    let plan = resolve(&source).ok()?;
    let run = pipeline::run(&plan, 2, &NoProgress).ok()?;
    let weights = Hardware::of(&run.image, &plan.hardware.config).memories.weights;
    Some((run, weights.bank_bytes * u64::from(weights.banks)))
}

fn ledger(run: &Run, dataflow: Dataflow) -> &Ledger {
    &run.hardware.iter().find(|h| h.dataflow == dataflow).expect("it was run").ledger
}

fn best(run: &Run, dataflow: Dataflow) -> &BestShape {
    run.best.iter().find(|shape| shape.dataflow == dataflow).expect("all is priced")
}

fn nominal(ledger: &Ledger) -> Yoctojoules {
    match ledger.total() {
        Cost::Known(band) => band.nominal(),
        other => panic!("{}", other.status()),
    }
}

fn shape(word: u32, banks: u32) -> [String; 2] {
    [format!("core.weight_word={word}"), format!("core.weight_banks={banks}")]
}

/// Every shape of the weight memory that a core of so many lanes can have.
fn all_shapes() -> Vec<(u32, u32)> {
    let words = (1..=LANES).filter(|word| LANES.is_multiple_of(*word));
    words.flat_map(|word| (1..=LANES / word).map(move |banks| (word, banks))).collect()
}

#[test]
fn the_best_shape_of_a_dataflow_is_the_cheapest_of_all_runs() {
    let cases: [&[&str]; 6] = [
        &[],
        // A last group of three neurons, which wide words pad.
        &["patterns.n=27", "energy.preset=generic-22nm-hp"],
        &["core.zero_skip=true"],
        &["core.incremental=true", "core.candidates=16"],
        &["core.sign_sharing=true", "core.pattern_order=both"],
        &["energy.preset=generic-45nm", "quantize.weight_bits=3"],
    ];
    for levers in cases {
        let levers: Vec<String> = levers.iter().map(|lever| (*lever).to_owned()).collect();
        let with = |(word, banks): (u32, u32)| run(&[levers.clone(), shape(word, banks).to_vec()].concat());
        let all: Vec<_> = all_shapes().into_iter().filter_map(with).collect();
        // A plan whose lanes are fed, and one in which they wait for banks.
        for own in [(1, LANES), (1, 2)] {
            let (plain, budget) = with(own).expect("the plain core");
            for dataflow in Dataflow::ALL {
                let best = best(&plain, dataflow);
                let within = all.iter().filter(|(_, bytes)| *bytes <= budget);
                let cheapest = within.map(|(run, _)| nominal(ledger(run, dataflow))).min();
                let what = format!("{}, {levers:?}, {own:?}: {}", dataflow.name(), best.shape());
                assert_eq!(Some(nominal(&best.ledger)), cheapest, "{what}");
                let (same, _) = with((best.weight_word, best.weight_banks)).expect("it can be built");
                assert_eq!(
                    ledger(&same, dataflow),
                    &best.ledger,
                    "line by line what its own run costs: {what}"
                );
            }
        }
    }
}

#[test]
fn a_plan_in_the_best_shape_is_its_own_best() {
    let (plain, _) = run(&shape(1, LANES)).expect("a core");
    let best = plain.best_synchronous().expect("all is priced");
    assert!(!best.is_own, "words of one weight are dear: {}", best.shape());
    let (own, _) = run(&shape(best.weight_word, best.weight_banks)).expect("a core");
    let again = own.best_synchronous().expect("all is priced");
    assert!(again.is_own, "{} after {}", again.shape(), best.shape());
    assert_eq!(again.ledger, *ledger(&own, Dataflow::BASELINE), "its own run");
    // The search is beside the run: the plan's own core is as it was given.
    assert_eq!(own.hardware[0].activity, plain.hardware[0].activity, "the same counts in either shape");
}

#[test]
fn without_a_synchronous_run_or_its_price_there_is_no_best() {
    for setting in ["retrieval.dataflows=[\"delta\"]", "energy.preset=truenorth"] {
        let (run, _) = run(&[setting.to_owned()]).expect("a core");
        assert!(run.best_synchronous().is_none(), "{setting}");
    }
}
