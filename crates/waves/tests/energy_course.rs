//! Is the course of energy what the core has counted, priced, at the end of every cycle that it shows?

mod harness;

use harness::readback::read_back;
use harness::{Knob, SHARED, Setup, each, each_knob, run_id};
use klr_energy::{Basis, Component, Cost, Ledger, Line};
use klr_image::{Order, PatternOrder, Signs, TableForm};
use klr_sim::{Activity, Counter, Dataflow, QueuePolicy, Sink, TraceEvent};
use klr_units::{ClockMhz, Cycle, Cycles, Yoctojoules};
use klr_waves::{EnergySample, Observer, fst};

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
fn cost(ledger: &Ledger, component: Component, activity: &Activity, clock: ClockMhz) -> Yoctojoules {
    let line = |line: &Line| match line.basis {
        Basis::Counted { counter, unit, .. } => unit.nominal().times(activity.get(counter)),
        Basis::Drawn { power, .. } => power.nominal().over(clock.duration(Cycles::new(activity.cycles))),
    };
    ledger.lines.iter().filter(|one| one.component == component).map(line).sum()
}

fn nominal(cost: Cost) -> Cost<Yoctojoules> {
    cost.map(|band| band.nominal())
}

/// A sum of which every part has a price.
fn known<T>(cost: Cost<T>) -> T {
    match cost {
        Cost::Known(figure) => figure,
        other => panic!("{}", other.status()),
    }
}

/// A tiny core whose cues are far from their patterns, with these knobs.
fn check(knobs: &[Knob], dataflow: Dataflow, cue: usize) -> Activity {
    let setup = Setup { noise: 0.3, ..Setup::tiny() }.with(knobs);
    let built = setup.build();
    let traced = built.traced(dataflow, cue);
    let case = format!("{} cue {cue} {setup:?}", dataflow.name());
    let mut both = (Observer::new(traced.image, traced.config, dataflow, traced.cue), Counts::default());
    let retrieval = traced.watched_by(&mut both).unwrap();
    let (observer, counts) = both;
    let ledger = traced.ledger(&retrieval);
    let recording = observer.finish(&retrieval, &ledger, traced.clock);

    let samples = &recording.energy.samples;
    for EnergySample { cycle, total, components, .. } in samples {
        let activity = counts.by(*cycle);
        let expected: Vec<Yoctojoules> =
            Component::ALL.iter().map(|&one| cost(&ledger, one, &activity, traced.clock)).collect();
        let known: Vec<_> = expected.iter().map(|&energy| Cost::Known(energy)).collect();
        assert_eq!(*components, known, "at the end of cycle {cycle}, {case}");
        assert_eq!(*total, Cost::Known(expected.into_iter().sum()), "at the end of cycle {cycle}, {case}");
    }
    let shown: Vec<u64> = samples.iter().map(|sample| sample.cycle).collect();
    let flips = retrieval.flips.iter().map(|flip| flip.0.get());
    let grid = (1..=retrieval.activity.cycles / 64).map(|interval| interval * 64 - 1);
    let last = retrieval.activity.cycles - 1;
    for cycle in flips.chain(grid).chain([last]) {
        assert!(shown.contains(&cycle), "the end of cycle {cycle} is shown, {case}");
    }
    assert_eq!(counts.by(last), retrieval.activity, "the last counts told are those of the run, {case}");
    assert_eq!(samples.last().unwrap().total, nominal(ledger.total()), "the ledger of the run, {case}");
    retrieval.activity
}

const LATENCIES: [&[Knob]; 3] = [
    &[],
    &[|s| (s.config.sram_latency, s.config.counter_ports) = (3, 2)],
    &[|s| (s.config.table_latency, s.config.mac_latency) = (4, 3)],
];
const LISTS: [&[Knob]; 6] = [
    &[],
    &[|s| s.config.candidates = 2],
    &[|s| (s.config.candidates, s.config.candidate_margin) = (8, 0)],
    &[|s| (s.config.candidates, s.config.partial_distance, s.config.probe_columns) = (30, true, 6)],
    &[|s| (s.config.candidates, s.config.partial_distance, s.config.candidate_margin) = (12, true, 4)],
    &[|s| (s.config.candidates, s.kernel_bits) = (30, 3)],
];
const PARALLEL: [&[Knob]; 4] = [
    &[],
    &[|s| s.config.distance_slices = 3],
    &[|s| (s.config.table_ports, s.config.weight_banks, s.config.distance_slices) = (1, 2, 2)],
    &[|s| (s.config.weight_word, s.config.zero_skip) = (4, true)],
];
const QUEUES: [&[Knob]; 5] = [
    &[],
    &[|s| (s.config.activation_queue, s.config.spike_queue) = (1, 1)],
    &[|s| s.config.pipelined = true],
    &[|s| {
        (s.config.queue_policy, s.config.activation_queue, s.config.spike_queue) = (QueuePolicy::Drop, 1, 1);
    }],
    &[|s| {
        (s.config.queue_policy, s.config.activation_queue, s.config.spike_queue) = (QueuePolicy::Drop, 2, 1);
        s.config.pipelined = true;
    }],
];
const ORDERS: [&[Knob]; 7] = [
    &[],
    &[|s| s.config.bitmap = true],
    &[|s| s.order = Order::Random(77)],
    &[|s| s.order = Order::MostViolated],
    &[|s| (s.order, s.config.tree_latency) = (Order::MostViolated, 2)],
    &[|s| (s.config.early_stop, s.form) = (true, TableForm::Absolute)],
    &[|s| (s.form, s.config.incremental) = (TableForm::Absolute, true)],
];
const LAYOUTS: [&[Knob]; 4] = [
    &[],
    &[|s| s.storage = SHARED],
    &[|s| (s.storage, s.weight_bits) = (SHARED, 1)],
    &[|s| (s.storage, s.geometry.distance_lanes, s.geometry.mac_lanes) = (SHARED, 4, 8)],
];

/// Choices of every knob beside changing choices of the others: the strides differ.
#[test]
fn energy_is_what_the_core_has_counted_at_the_end_of_every_cycle_shown() {
    let mut total = Activity::default();
    for run in 0..420 {
        let knobs = [
            LATENCIES[run % 3],
            LISTS[run / 3 % 6],
            PARALLEL[run / 5 % 4],
            QUEUES[run % 5],
            ORDERS[run % 7],
            LAYOUTS[run / 7 % 4],
        ]
        .concat();
        total = total.plus(&check(&knobs, Dataflow::ALL[run / 2 % 3], run % 4));
    }
    for counter in Counter::ALL {
        assert!(total.get(*counter) > 0, "no run counts {}: a knob is missing", counter.name());
    }
}

/// Patterns by row serve the synchronous dataflow alone.
#[test]
fn energy_of_patterns_by_row_is_what_the_core_has_counted() {
    for run in 0..72 {
        let lists: [&[Knob]; 3] = [&[], &[|s| s.config.candidates = 6], &[|s| s.config.candidates = 30]];
        let signs: [&[Knob]; 2] = [&[], &[|s| s.storage.signs = Signs::InPatterns]];
        let row: [Knob; 1] = [|s| s.storage.patterns = PatternOrder::Row];
        let (latencies, parallel) = (LATENCIES[run / 6 % 3], PARALLEL[run / 18 % 4]);
        let knobs = [&row[..], lists[run % 3], signs[run / 3 % 2], latencies, parallel].concat();
        check(&knobs, Dataflow::Synchronous, run % 4);
    }
}

#[test]
fn energy_over_time_ends_at_the_ledger() {
    each_knob(|traced, retrieval, recording, case| {
        let ledger = traced.ledger(retrieval);
        let energy = &recording.energy;
        let last = energy.samples.last().unwrap();
        assert_eq!(last.cycle + 1, retrieval.activity.cycles, "the last cycle is sampled, {case}");
        assert_eq!(last.total, nominal(ledger.total()), "yoctojoule for yoctojoule, {case}");
        let components: Vec<Cost<Yoctojoules>> =
            Component::ALL.iter().map(|&component| nominal(ledger.component(component))).collect();
        assert_eq!(last.components, components, "by component, {case}");
        assert!(energy.samples.is_sorted_by_key(|sample| known(sample.total)), "energy never falls, {case}");
    });
    each(|traced, retrieval, recording| {
        let waves = read_back(fst::write(recording, &run_id()).unwrap());
        let total = known(nominal(traced.ledger(retrieval).total())).get();
        let last = waves.numbers("klr.energy.total_fj").last().unwrap().1;
        assert_eq!(
            u128::from(last),
            (total + 500_000_000) / 1_000_000_000,
            "femtojoules, {}",
            traced.schedule.dataflow.name()
        );
    });
}
