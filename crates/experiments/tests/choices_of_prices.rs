//! Does the band of the default plan contain what other defensible choices of prices give?
//!
//! The choices are the tables that come with klr for the node: memories by Horowitz in place of CACTI, and memories of other
//! devices. What a choice of devices leaks is no error of a price and in no band (`docs/energy.md`); what it costs else is.

use klr_energy::{Band, Cost, Ledger, PriceTable, Term, price};
use klr_experiments::pipeline::{self, NoProgress, Run};
use klr_experiments::plan::{Plan, PlanSource, resolve};
use klr_sim::{Dataflow, Hardware};
use klr_units::Yoctojoules;
use std::sync::OnceLock;

fn default_run() -> &'static (Plan, Run) {
    static RUN: OnceLock<(Plan, Run)> = OnceLock::new();
    RUN.get_or_init(|| {
        let plan = resolve(&PlanSource::load("default").expect("a plan")).expect("a plan");
        let run = pipeline::run(&plan, 2, &NoProgress).expect("a run");
        (plan, run)
    })
}

fn known(cost: Cost) -> Band<Yoctojoules> {
    match cost {
        Cost::Known(band) => band,
        other => panic!("{}", other.status()),
    }
}

/// What each dataflow of the default plan costs by `table`, beside what it costs by the plan's own.
fn repriced(table: &PriceTable) -> Vec<(Dataflow, Ledger, &'static Ledger)> {
    let (plan, run) = default_run();
    let hardware = Hardware::of(&run.image, &plan.hardware.config);
    let one = |h: &'static pipeline::HardwareRun| {
        (h.dataflow, price(table, &h.activity, &hardware, run.clock), &h.ledger)
    };
    run.hardware.iter().map(one).collect()
}

/// The nominal total without what memories leak.
fn without_memory_leakage(ledger: &Ledger) -> Yoctojoules {
    assert!(ledger.complete(), "all is priced");
    let lines = ledger.lines.iter().filter(|line| line.term != Term::MemoryLeakage);
    lines.map(|line| line.energy().nominal()).sum()
}

#[test]
fn the_band_contains_the_other_devices_but_for_what_they_leak() {
    let other = PriceTable::preset("generic-22nm-hp").expect("a preset");
    for (dataflow, ledger, own) in repriced(&other) {
        let band = known(own.total());
        let found = without_memory_leakage(&ledger);
        let name = dataflow.name();
        assert!((band.low()..=band.high()).contains(&found), "{name}: {found}, not in {band:?}");
        assert!(known(ledger.total()).nominal() > band.high(), "{name}: what they leak is beyond it");
    }
}

#[test]
fn the_band_contains_memories_by_horowitz() {
    // 10, 20 and 100 pJ for 64 bits of 8 KB, 32 KB and 1 MB at 45 nm, times 0.305 (docs/energy.md). In the words that this
    // core has, memories are so much dearer as CACTI says they are against those of 64 bits.
    let text = PriceTable::preset_text("generic-22nm").expect("a preset");
    let factors = "high = [[8192, 1.92], [32768, 1.62], [1048576, 1.3]]";
    assert_eq!(text.matches(factors).count(), 1, "the factors from CACTI to Horowitz");
    for (bytes, cacti, horowitz, factor) in
        [(8192, 1.59, 10.0, 1.92), (32768, 3.79, 20.0, 1.62), (1_048_576, 23.5, 100.0, 1.3)]
    {
        let scaled: f64 = horowitz * 0.305 / cacti;
        assert!((scaled - factor).abs() < 0.02, "{bytes} bytes: {scaled}, in the table {factor}");
    }
    for (dataflow, ledger, own) in repriced(&PriceTable::preset("generic-22nm").expect("a preset")) {
        let memories =
            |line: &&klr_energy::Line| line.term.access().is_some() || line.term == Term::MemoryLeakage;
        let low: Yoctojoules =
            ledger.lines.iter().filter(|line| !memories(line)).map(|line| line.energy().nominal()).sum();
        let high: Yoctojoules = ledger.lines.iter().filter(memories).map(|line| line.energy().high()).sum();
        let (band, found) = (known(own.total()), low + high);
        let name = dataflow.name();
        assert!((band.low()..=band.high()).contains(&found), "{name}: {found}, not in {band:?}");
    }
}

#[test]
fn each_dataflow_names_the_source_that_its_band_hangs_on() {
    let (_, run) = default_run();
    for h in &run.hardware {
        let name = h.dataflow.name();
        let first = h.ledger.dominating().unwrap_or_else(|| panic!("{name}: bands have a width"));
        assert!(!first.shrinks.is_empty(), "{name}: {} says what would shrink it", first.name);
        let tornado = h.ledger.tornado();
        assert!(tornado.iter().all(|other| other.width() <= first.width()), "{name}: no other is wider");
        // Shares of the nominal total add up to those of the ends, since the total is a sum of the sources.
        let band = known(h.ledger.total());
        let [low, nominal, high] = [band.low(), band.nominal(), band.high()].map(|e| e.as_picojoules());
        let sum = |of: fn(&klr_energy::Swing) -> f64| tornado.iter().map(of).sum::<f64>();
        assert!((sum(|s| s.low) - (low / nominal - 1.0)).abs() < 1e-4, "{name}: low");
        assert!((sum(|s| s.high) - (high / nominal - 1.0)).abs() < 1e-4, "{name}: high");
    }
}

#[test]
fn likely_ranges_lie_within_intervals() {
    let (_, run) = default_run();
    let base = &run.hardware[0].ledger;
    assert_eq!(run.hardware[0].dataflow, Dataflow::BASELINE);
    for h in &run.hardware {
        let name = h.dataflow.name();
        let band = known(h.ledger.total());
        let likely = match h.ledger.likely() {
            Cost::Known(likely) => likely,
            other => panic!("{name}: {}", other.status()),
        };
        assert!(band.low() < likely.low && likely.low < band.nominal(), "{name}: {likely:?} in {band:?}");
        assert!(band.nominal() < likely.high && likely.high < band.high(), "{name}: {likely:?} in {band:?}");
        let ratio = base.ratio(&h.ledger).expect("both are known");
        let (low, high) = ratio.interval;
        assert!(low <= ratio.likely.0 && ratio.likely.1 <= high, "{name}: {ratio:?}");
        assert!((low..=high).contains(&ratio.nominal), "{name}: {ratio:?}");
        if h.dataflow == Dataflow::BASELINE {
            assert_eq!((low, high, ratio.likely), (1.0, 1.0, (1.0, 1.0)), "all prices cancel");
        }
    }
}
