//! Is every counter that costs something booked in the very cycle in which the core counts it?

use super::*;
use crate::pipeline::{self, NoProgress};
use crate::plan::PlanSource;
use klr_energy::{Charges, charges};
use klr_sim::{Activity, Core, Counter};

/// Compares what the observer has booked with what the core has counted, at the end of every cycle.
struct Checked<'a> {
    watch: Watch<'a>,
    /// The last cycle told of, and the counts at its end.
    last: (u64, Activity),
    case: String,
}

impl Checked<'_> {
    fn check(&self) {
        let (cycle, counted) = &self.last;
        for &counter in Counter::ALL {
            // The cycles themselves are the time that has passed.
            if counter != Counter::Cycles && matches!(charges(counter), Charges::Paid(_)) {
                let (booked, counted) = (self.watch.meter.booked.get(counter), counted.get(counter));
                assert_eq!(booked, counted, "{} at the end of cycle {cycle}, {}", counter.name(), self.case);
            }
        }
    }

    /// Goes on to `cycle`; nothing is counted between the last cycle told of and this one.
    fn reach(&mut self, cycle: u64) {
        if cycle > self.watch.now {
            self.watch.advance(cycle - 1);
            self.check();
            self.watch.advance(cycle);
        }
    }
}

impl Sink for Checked<'_> {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.reach(cycle.get());
        self.watch.event(cycle, event);
    }

    fn counted(&mut self, cycle: Cycle, activity: &Activity) {
        self.reach(cycle.get());
        self.last = (cycle.get(), *activity);
        self.check();
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
    let plan = source.resolve().unwrap();
    let subject = pipeline::subject(&plan, cue, 1, &NoProgress).unwrap();
    let schedule = Schedule { dataflow, order: subject.order };
    let mut checked = Checked {
        watch: Watch::new(&subject.image, &plan.core, schedule, &subject.cue),
        last: (0, Activity::default()),
        case: format!("{settings:?} {} cue {cue}", dataflow.name()),
    };
    let retrieval =
        Core::new(&subject.image, plan.core).retrieve(&subject.cue, schedule, &mut checked).unwrap();
    assert_eq!(checked.last.0 + 1, retrieval.activity.cycles, "the last cycle was told, {}", checked.case);
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
fn every_count_is_booked_in_the_cycle_in_which_the_core_counts_it() {
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
fn patterns_by_row_are_booked_in_the_cycle_in_which_a_word_arrives() {
    for run in 0..72 {
        let lists: [&[&str]; 3] = [&[], &["core.candidates=6"], &["core.candidates=30"]];
        let signs: [&[&str]; 2] = [&[], &["core.sign_sharing=true"]];
        let row = ["core.pattern_order=row", "retrieval.dataflows=['synchronous']"];
        let (latencies, parallel) = (LATENCIES[run / 6 % 3], PARALLEL[run / 18 % 4]);
        let settings = [&row[..], lists[run % 3], signs[run / 3 % 2], latencies, parallel].concat();
        check(&settings, Dataflow::Synchronous, run % 4);
    }
}
