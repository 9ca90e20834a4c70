//! Is the course of energy what the core has counted, priced, at the end of every cycle that it shows?

use klr_energy::{Basis, Component, Ledger, Line};
use klr_experiments::pipeline::{self, NoProgress, Subject};
use klr_experiments::plan::{Plan, PlanSource, resolve};
use klr_sim::{Activity, Counter, Dataflow, Schedule, Sink, TraceEvent};
use klr_units::{Attojoules, ClockMhz, Cycle, Cycles};
use klr_waves::{EnergySample, Traced, Watch};

/// The core's counts at the end of every cycle in which something happens.
#[derive(Default)]
struct Counts(Vec<(u64, Activity)>);

impl Sink for Counts {
    fn event(&mut self, _: Cycle, _: &TraceEvent) {}

    fn counted(&mut self, cycle: Cycle, activity: &Activity) {
        self.0.push((cycle.get(), *activity));
    }
}

impl Counts {
    /// What was counted by the end of `cycle`, its clock cycles included: between the cycles told nothing is counted.
    fn by(&self, cycle: u64) -> Activity {
        let told = self.0.partition_point(|&(at, _)| at <= cycle);
        Activity { cycles: cycle + 1, ..self.0[told - 1].1 }
    }
}

/// What `activity` costs in component `component`, by the lines of the ledger.
fn cost(ledger: &Ledger, component: Component, activity: &Activity, clock: ClockMhz) -> Attojoules {
    let line = |line: &Line| match line.basis {
        Basis::Counted { counter, unit, .. } => unit.nominal() * activity.get(counter),
        Basis::Drawn { power, .. } => power.nominal().over(clock.duration(Cycles::new(activity.cycles))),
    };
    ledger.lines.iter().filter(|one| one.component == component).map(line).sum()
}

fn traced<'a>(plan: &'a Plan, subject: &'a Subject, dataflow: Dataflow) -> Traced<'a> {
    Traced {
        image: &subject.image,
        config: &plan.hardware.config,
        schedule: Schedule { dataflow, order: subject.order },
        cue: &subject.cue,
        index: subject.index,
        prices: &plan.hardware.prices,
        clock: plan.hardware.clock,
    }
}

/// Twenty neurons and thirty patterns, four blocks of them, with `settings`.
fn check(settings: &[&str], dataflow: Dataflow, cue: usize) -> Activity {
    let mut source = PlanSource::default_plan();
    let tiny = [
        "patterns.n=20",
        "patterns.p=30",
        "retrieval.cues=4",
        "retrieval.noise=0.3",
        "model.training=none",
        "model.gamma=0.2",
        "core.distance_lanes=8",
        "core.mac_lanes=4",
    ];
    for setting in tiny.iter().chain(settings) {
        source.set(setting).unwrap();
    }
    let plan = resolve(&source).unwrap();
    let subject = pipeline::subject(&plan, cue, 1, &NoProgress).unwrap();
    let traced = traced(&plan, &subject, dataflow);
    let case = format!("{settings:?} {} cue {cue}", dataflow.name());
    let mut both = (Watch::new(traced.image, traced.config, dataflow, traced.cue), Counts::default());
    let retrieval = traced.watched_by(&mut both).unwrap();
    let (watch, counts) = both;
    let ledger = traced.ledger(&retrieval);
    let recording = watch.finish(&retrieval, &ledger, plan.hardware.clock);

    let samples = &recording.energy.samples;
    for EnergySample { cycle, total, components, .. } in samples {
        let activity = counts.by(*cycle);
        let expected: Vec<Attojoules> =
            Component::ALL.iter().map(|&one| cost(&ledger, one, &activity, plan.hardware.clock)).collect();
        assert_eq!(*components, expected, "at the end of cycle {cycle}, {case}");
        assert_eq!(*total, expected.into_iter().sum(), "at the end of cycle {cycle}, {case}");
    }
    let shown: Vec<u64> = samples.iter().map(|sample| sample.cycle).collect();
    let flips = retrieval.flips.iter().map(|flip| flip.0.get());
    let grid = (1..=retrieval.activity.cycles / 64).map(|interval| interval * 64 - 1);
    let last = retrieval.activity.cycles - 1;
    for cycle in flips.chain(grid).chain([last]) {
        assert!(shown.contains(&cycle), "the end of cycle {cycle} is shown, {case}");
    }
    assert_eq!(counts.by(last), retrieval.activity, "the last counts told are those of the run, {case}");
    assert_eq!(samples.last().unwrap().total, ledger.total().nominal(), "the ledger of the run, {case}");
    retrieval.activity
}

const LATENCIES: [&[&str]; 3] =
    [&[], &["core.sram_latency=3", "core.counter_ports=2"], &["core.table_latency=4", "core.mac_latency=3"]];
const LISTS: [&[&str]; 6] = [
    &[],
    &["core.candidates=2"],
    &["core.candidates=8", "core.candidate_margin=0"],
    &["core.candidates=30", "core.partial_distance=true", "core.probe_columns=6"],
    &["core.candidates=12", "core.partial_distance=true", "core.candidate_margin=4"],
    &["core.candidates=30", "quantize.kernel_bits=3"],
];
const PARALLEL: [&[&str]; 4] = [
    &[],
    &["core.distance_slices=3"],
    &["core.table_ports=1", "core.weight_banks=2", "core.distance_slices=2"],
    &["core.weight_word=4", "core.zero_skip=true"],
];
const QUEUES: [&[&str]; 5] = [
    &[],
    &["core.activation_queue=1", "core.spike_queue=1"],
    &["core.overlap=pipelined"],
    &["core.queue_policy=drop", "core.activation_queue=1", "core.spike_queue=1"],
    &["core.overlap=pipelined", "core.queue_policy=drop", "core.activation_queue=2", "core.spike_queue=1"],
];
const ORDERS: [&[&str]; 7] = [
    &[],
    &["core.bitmap=true"],
    &["retrieval.order=random"],
    &["retrieval.order=most-violated"],
    &["retrieval.order=most-violated", "core.tree_latency=2"],
    &["core.early_stop=true", "quantize.kernel_table=absolute"],
    &["quantize.kernel_table=absolute", "core.incremental=true"],
];
const LAYOUTS: [&[&str]; 4] = [
    &[],
    &["core.sign_sharing=true", "core.pattern_order=both"],
    &["core.sign_sharing=true", "core.pattern_order=both", "quantize.weight_bits=1"],
    &["core.sign_sharing=true", "core.pattern_order=both", "core.distance_lanes=4", "core.mac_lanes=8"],
];

/// Choices of every knob beside changing choices of the others: the strides differ.
#[test]
fn energy_is_what_the_core_has_counted_at_the_end_of_every_cycle_shown() {
    let mut total = Activity::default();
    for run in 0..420 {
        let settings = [
            LATENCIES[run % 3],
            LISTS[run / 3 % 6],
            PARALLEL[run / 5 % 4],
            QUEUES[run % 5],
            ORDERS[run % 7],
            LAYOUTS[run / 7 % 4],
        ]
        .concat();
        total = total.plus(&check(&settings, Dataflow::ALL[run / 2 % 3], run % 4));
    }
    for counter in Counter::ALL {
        assert!(total.get(*counter) > 0, "no run counts {}: a knob is missing", counter.name());
    }
}

/// Patterns by row serve the synchronous dataflow alone.
#[test]
fn energy_of_patterns_by_row_is_what_the_core_has_counted() {
    for run in 0..72 {
        let lists: [&[&str]; 3] = [&[], &["core.candidates=6"], &["core.candidates=30"]];
        let signs: [&[&str]; 2] = [&[], &["core.sign_sharing=true"]];
        let row = ["core.pattern_order=row", "retrieval.dataflows=['synchronous']"];
        let (latencies, parallel) = (LATENCIES[run / 6 % 3], PARALLEL[run / 18 % 4]);
        let settings = [&row[..], lists[run % 3], signs[run / 3 % 2], latencies, parallel].concat();
        check(&settings, Dataflow::Synchronous, run % 4);
    }
}
