//! Is the best shape of a dataflow the cheapest of all runs of all shapes?

use klr_energy::{Cost, Ledger};
use klr_experiments::pipeline::{self, BestShape, NoProgress, Run};
use klr_experiments::plan::{PlanSource, locate, resolve};
use klr_experiments::report::report;
use klr_experiments::screen::table;
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

/// Words and banks that divide the lanes, with these ports.
fn all_cores() -> Vec<[String; 4]> {
    let mut all = Vec::new();
    for (word, banks) in
        all_shapes().into_iter().filter(|(word, banks)| (LANES / word).is_multiple_of(*banks))
    {
        for counter_ports in [1, 2] {
            for table_ports in [1, 2, 4, LANES] {
                let [word, banks] = shape(word, banks);
                let ports = [("counter", counter_ports), ("table", table_ports)];
                let [counter, table] = ports.map(|(memory, ports)| format!("core.{memory}_ports={ports}"));
                all.push([word, banks, counter, table]);
            }
        }
    }
    all
}

#[test]
fn what_is_left_open_is_what_is_cheapest_of_all() {
    let open =
        ["weight_word", "weight_banks", "counter_ports", "table_ports"].map(|key| format!("core.{key}=auto"));
    for more in [&[][..], &["patterns.n=27", "core.zero_skip=true"]] {
        let more: Vec<String> = more.iter().map(|&setting| setting.to_owned()).collect();
        let (chosen, budget) = run(&[more.clone(), open.to_vec()].concat()).expect("a core");
        let with = |core: [String; 4]| {
            let (run, bytes) = run(&[more.clone(), core.to_vec()].concat())?;
            (bytes <= budget).then_some((run, core))
        };
        let all: Vec<(Run, [String; 4])> = all_cores().into_iter().filter_map(with).collect();
        for h in &chosen.hardware {
            let cheapest = all.iter().map(|(run, _)| nominal(ledger(run, h.dataflow))).min();
            assert_eq!(Some(nominal(&h.ledger)), cheapest, "{}, {more:?}", h.dataflow.name());
            let spec = h.config.spec();
            let own = [
                format!("core.weight_word={}", spec.weight_word),
                format!("core.weight_banks={}", spec.weight_banks),
                format!("core.counter_ports={}", spec.counter_ports),
                format!("core.table_ports={}", spec.table_ports),
            ];
            let (again, _) = all.iter().find(|(_, core)| *core == own).expect("it is one of them");
            let again = again.hardware.iter().find(|run| run.dataflow == h.dataflow).expect("it was run");
            assert_eq!((&again.activity, &again.ledger), (&h.activity, &h.ledger), "{own:?} on its own");
            assert_eq!((again.cycles_max, again.agrees), (h.cycles_max, h.agrees), "{own:?}");
        }
    }
}

#[test]
fn a_choice_is_on_the_screen_and_in_the_report_and_what_is_given_stays() {
    let mut source = PlanSource::default_plan();
    for setting in SMALL.into_iter().chain(["core.weight_word=auto", "core.weight_banks=1"]) {
        source.set(setting).expect("a setting");
    }
    let plan = resolve(&source).expect("a plan");
    let run = pipeline::run(&plan, 2, &NoProgress).expect("a core");
    let report = report(&source, &plan, &run).expect("a report");
    assert!(report["memories"].is_null(), "each dataflow has its own");
    let screen = table(&plan, &run);
    for h in &run.hardware {
        let (name, spec) = (h.dataflow.name(), h.config.spec());
        assert_eq!((spec.weight_banks, spec.counter_ports), (1, 1), "what is given stays");
        let (word, entry) = (spec.weight_word, &report["hardware"][name]);
        assert_eq!(entry["chosen"], serde_json::json!({ "weight_word": word }), "{name}");
        let bits = u64::from(word) * u64::from(run.image.stored_weight_bits());
        assert_eq!(entry["memories"]["weights"]["word_bits"], bits, "{name}");
        let line = format!("\n{name}, chosen by price: weight_word = {word}\n");
        assert!(screen.contains(&line), "{line} in {screen}");
    }
}

#[test]
fn a_choice_without_prices_is_refused_with_its_key() {
    let mut source = PlanSource::default_plan();
    for setting in SMALL.into_iter().chain(["energy.preset=truenorth", "core.weight_word=auto"]) {
        source.set(setting).expect("a setting");
    }
    let plan = resolve(&source).expect("a plan");
    let error = pipeline::run(&plan, 2, &NoProgress).expect_err("nothing is cheapest");
    let said = locate(&source, error).to_string();
    assert!(said.starts_with("--set: core.weight_word is \"auto\"; it is chosen by price"), "{said}");
    let error = pipeline::subject(&plan, 0, 2, &NoProgress).expect_err("one core is looked at");
    let said = locate(&source, error).to_string();
    assert!(said.starts_with("--set: core.weight_word is \"auto\"; one core is looked at"), "{said}");
}
