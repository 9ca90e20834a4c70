//! Is a run the same every time, whoever watches, and is nothing lost on the way?

mod harness;

use harness::{Case, random_case, shared};
use klr_image::PatternOrder;
use klr_sim::config::ConfigSpec;
use klr_sim::{
    Activity, BinaryTrace, CoreConfig, Counter, Dataflow, NoTrace, QueuePolicy, SignPath, Sink, TextTrace,
    TraceEvent, trace,
};
use klr_units::Cycle;

fn runs() -> impl Iterator<Item = (u64, Case, Dataflow)> {
    (0..200).flat_map(|seed| Dataflow::ALL.map(|dataflow| (seed, random_case(seed), dataflow)))
}

/// The same cores with their bits laid out in every way, and weights in words.
fn runs_of_layouts() -> impl Iterator<Item = (u64, Case, Dataflow)> {
    runs().map(|(seed, case, dataflow)| (seed, case.stored_for(dataflow, seed), dataflow))
}

/// All that a sink is told, in order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told(Vec<(Cycle, Result<TraceEvent, Activity>)>);

impl Sink for Told {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.0.push((cycle, Ok(*event)));
    }

    fn counted(&mut self, cycle: Cycle, activity: &Activity) {
        self.0.push((cycle, Err(*activity)));
    }
}

impl Told {
    /// The first difference, in words.
    fn difference(&self, other: &Self) -> Option<String> {
        let at = (0..self.0.len().max(other.0.len())).find(|&at| self.0.get(at) != other.0.get(at))?;
        Some(format!("{at}: {:?}, event by event {:?}", self.0.get(at), other.0.get(at)))
    }
}

/// The same bytes twice, and the same counts whether or not anybody watches.
#[test]
fn a_run_repeats_to_the_byte() {
    for (seed, case, dataflow) in runs().chain(runs_of_layouts()) {
        let (mut first, mut second) = (BinaryTrace::default(), BinaryTrace::default());
        let watched = case.run(dataflow, &mut first);
        assert_eq!(watched, case.run(dataflow, &mut second), "case {seed}: results");
        assert_eq!(first.bytes(), second.bytes(), "case {seed}: traces");
        assert_eq!(watched, case.run(dataflow, &mut NoTrace), "case {seed}: nobody watches");
        let events = trace::decode(first.bytes()).expect("whole records of known events");
        assert!(events.is_sorted_by_key(|event| event.0), "case {seed}: time does not run backwards");
        let mut again = BinaryTrace::default();
        events.iter().for_each(|(cycle, event)| again.event(*cycle, event));
        assert_eq!(again.bytes(), first.bytes(), "case {seed}: what is decoded is what was written");
    }
}

/// Plain cores do first passes, streams and spikes in one go when nobody watches, and streams cycle by cycle without the queue
/// of events when somebody does: every latency, port, queue and size around the edge where a stream stops flowing, against the
/// same run event by event. Who watches is told the same events in the same cycles, and the same counts after each.
#[test]
fn work_in_one_go_takes_the_cycles_it_takes_event_by_event() {
    let mut total = Activity::default();
    for seed in 0..2_000 {
        let mut case = random_case(seed);
        let plain = ConfigSpec {
            zero_skip: false,
            candidates: 0,
            distance_slices: if seed % 2 == 0 { 1 } else { case.config.spec().distance_slices },
            incremental: seed % 3 == 0,
            pipelined: seed % 5 == 4,
            queue_policy: if seed % 11 == 10 { QueuePolicy::Drop } else { QueuePolicy::Stall },
            table_ports: if seed % 4 == 3 { 1 } else { 64 },
            weight_banks: 64,
            activation_queue: 1 + u32::try_from(seed % 7).expect("below seven"),
            ..*case.config.spec()
        };
        case.config = CoreConfig::new(plain).expect("within range");
        for dataflow in Dataflow::ALL {
            for case in [case.clone(), case.stored_for(dataflow, seed)] {
                let (mut each, mut told) = (Told::default(), Told::default());
                let stepped = case.step(dataflow, &mut each);
                let storage = case.image.geometry().storage();
                let at = || format!("case {seed}, {}, {storage}", dataflow.name());
                assert_eq!(case.run(dataflow, &mut NoTrace), stepped, "{}", at());
                assert_eq!(case.run(dataflow, &mut told), stepped, "{}: watched", at());
                assert_eq!(told.difference(&each), None, "{}: told", at());
                total = total.plus(&stepped.activity);
            }
        }
    }
    // What only a list, a bitmap or a comparator tree counts; nothing of it is counted in one go.
    let others = [
        Counter::CandidateBitsRead,
        Counter::CandidateBitsWritten,
        Counter::ListRefreshes,
        Counter::ListOverflows,
        Counter::ViolationChecks,
        Counter::FieldComparisons,
    ];
    for counter in Counter::ALL.iter().filter(|counter| !others.contains(counter)) {
        assert!(total.get(*counter) > 0, "no run counts {}: its closed form is not compared", counter.name());
    }
}

/// M5: where the array holds a word of signs, a stream in one go would read it again; so it goes event by event if there is
/// one pattern only, or if a list has served before.
#[test]
fn a_word_of_signs_that_is_held_is_not_read_in_one_go() {
    let (mut alone, mut given_up) = (0, 0);
    for seed in 0..4_000 {
        let case = random_case(seed).stored(shared(PatternOrder::Both));
        let spec = ConfigSpec {
            sram_latency: 1,
            table_latency: 1,
            activation_queue: 6,
            zero_skip: false,
            distance_slices: 1,
            weight_banks: 64,
            candidates: u32::try_from(seed % 3).expect("below three"),
            candidate_margin: 0,
            partial_distance: false,
            incremental: false,
            ..*case.config.spec()
        };
        let case = Case { config: CoreConfig::new(spec).expect("within range"), ..case };
        let run = case.run(Dataflow::Synchronous, &mut NoTrace);
        let (mut each, mut told) = (Told::default(), Told::default());
        assert_eq!(run, case.step(Dataflow::Synchronous, &mut each), "case {seed}");
        assert_eq!(run, case.run(Dataflow::Synchronous, &mut told), "case {seed}: watched");
        assert_eq!(told.difference(&each), None, "case {seed}: told");
        alone += u64::from(case.image.p() == 1);
        given_up += run.activity.list_overflows;
    }
    assert!(alone > 20 && given_up > 200, "{alone} with one pattern, {given_up} lists given up");
}

/// D6, S5: a unit waits from the cycle in which it says so to the one in which it goes on.
#[test]
fn a_stall_is_counted_until_the_unit_goes_on() {
    let mut seen = [0; 2];
    for (seed, mut case, dataflow) in runs() {
        let narrow =
            ConfigSpec { activation_queue: 1, spike_queue: 1, incremental: true, ..*case.config.spec() };
        case.config = CoreConfig::new(narrow).expect("within range");
        let mut trace = BinaryTrace::default();
        let a = case.run(dataflow, &mut trace).activity;
        let events = trace::decode(trace.bytes()).expect("whole records of known events");
        // From every stall to the next event that ends it; a spike enters the queue a cycle after it was offered.
        let waited = |stall: TraceEvent, ends: fn(&TraceEvent) -> bool, later: u64| -> u64 {
            let stalls = events.iter().enumerate().filter(|(_, (_, event))| *event == stall);
            let waits = stalls.map(|(at, stalled)| {
                let end = events[at..].iter().find(|(_, event)| ends(event)).expect("it goes on");
                (end.0 - stalled.0).get() - later
            });
            waits.sum()
        };
        let looks_up = |event: &TraceEvent| matches!(event, TraceEvent::Lookup { .. });
        let waits = waited(TraceEvent::ActivationStall, looks_up, 0);
        assert_eq!(a.activation_stall_cycles, waits, "case {seed}: until the next look-up");
        let enters = |event: &TraceEvent| matches!(event, TraceEvent::SpikeEnters { .. });
        let waits = waited(TraceEvent::SpikeStall, enters, 1);
        assert_eq!(a.spike_stall_cycles, waits, "case {seed}: until the next spike");
        seen = [seen[0] + a.activation_stall_cycles, seen[1] + a.spike_stall_cycles];
    }
    assert!(seen.iter().all(|&cycles| cycles > 100), "both units wait somewhere: {seen:?}");
}

/// Different runs have different traces.
#[test]
fn a_trace_tells_runs_apart() {
    let mut traces: Vec<Vec<u8>> = runs()
        .filter(|(_, case, _)| case.image.n() > 6)
        .map(|(_, case, dataflow)| {
            let mut trace = BinaryTrace::default();
            case.run(dataflow, &mut trace);
            trace.bytes().to_vec()
        })
        .collect();
    let count = traces.len();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), count, "two runs share a trace");
}

fn check_conservation(a: &Activity, seed: u64) {
    assert_eq!(a.spikes_sent, a.spikes_taken + a.spikes_dropped, "case {seed}: spikes in = out + dropped");
    let out = a.activations_taken + a.activations_dropped;
    assert_eq!(a.activations_sent, out, "case {seed}: activations in = out + dropped");
}

/// One weight per product, in words that are read whole; the signs from where they are.
fn check_operands(a: &Activity, case: &Case, dataflow: Dataflow, seed: u64) {
    let stored = u64::from(case.image.stored_weight_bits());
    let word = u64::from(case.config.spec().weight_word);
    let (needs, n) = (dataflow.needs(), u64::from(case.image.n()));
    let weights = match needs.signs {
        // One neuron at a time: a word is read for each weight.
        SignPath::Column => a.macs * word,
        // Rows are padded to whole words; groups are, too.
        SignPath::Rows => a.macs / n * n.div_ceil(word) * word,
    };
    if word == 1 || a.macs.is_multiple_of(n) {
        assert_eq!(a.weight_bits_read, weights * stored, "case {seed}: whole words of weights");
    }
    let shares = case.image.geometry().storage().shares_signs();
    assert_eq!(
        a.sign_bits_read > 0,
        shares && needs.signs == SignPath::Rows && a.macs > 0,
        "case {seed}: signs by row"
    );
    let words = case.image.row_words() as u64 * case.image.geometry().distance_lanes() as u64;
    if needs.keeps_fields {
        assert!(
            a.sign_bits_read <= a.activation_words * words,
            "case {seed}: a row of signs per kernel word at most"
        );
    }
}

/// Everything sent is taken or counted as dropped; products, reads and updates follow from what was taken.
#[test]
fn counts_are_conserved() {
    for (seed, case, dataflow) in runs().chain(runs_of_layouts()) {
        let a = case.run(dataflow, &mut NoTrace).activity;
        let (n, p) = (u64::from(case.image.n()), u64::from(case.image.p()));
        check_conservation(&a, seed);
        check_operands(&a, &case, dataflow, seed);
        if case.config.spec().candidates == 0 {
            assert_eq!(
                a.distance_updates,
                a.spikes_taken * p,
                "case {seed}: every spike moves every distance"
            );
            let copies = if dataflow.needs().together { a.evaluations + a.state_comparisons } else { 0 };
            let state = n + a.flips + copies;
            assert_eq!(
                a.state_bits_written, state,
                "case {seed}: the cue, the flips, what is decided, the copy"
            );
            assert_eq!(a.bit_comparisons % (n * p), 0, "case {seed}: whole first passes");
        } else {
            assert!(a.distance_updates <= a.spikes_taken * p, "case {seed}: fewer distances move");
        }
        if dataflow.needs().keeps_fields {
            assert_eq!(a.macs, a.activation_words * n, "case {seed}: every word reaches every field");
        } else if !case.config.spec().zero_skip && case.config.spec().candidates == 0 {
            assert_eq!(a.macs, a.evaluations * p, "case {seed}: every field is a sum over all patterns");
        }
    }
}

/// With lossy queues events are lost, and still accounted for.
#[test]
fn what_is_dropped_is_counted() {
    let mut dropped = 0;
    for (seed, mut case, dataflow) in runs() {
        let lossy = ConfigSpec {
            queue_policy: QueuePolicy::Drop,
            activation_queue: 1,
            spike_queue: 1,
            incremental: true,
            zero_skip: true,
            ..*case.config.spec()
        };
        case.config = CoreConfig::new(lossy).expect("within range");
        let run = case.run(dataflow, &mut NoTrace);
        check_conservation(&run.activity, seed);
        let lost = run.activity.spikes_dropped + run.activity.activations_dropped;
        let queue_faults = run.faults.iter().filter(|f| f.kind.name() == "queue-overflow").count();
        assert_eq!(lost > 0, queue_faults > 0, "case {seed}: a loss is a fault, and only a loss");
        assert!(run.outcome.is_some(), "case {seed}: a lossy core still ends");
        dropped += lost;
    }
    assert!(dropped > 100, "the queues must overflow somewhere: {dropped}");
}

/// Skipping zeros and keeping distances up to date change the work, not the result.
#[test]
fn leaving_work_out_changes_no_flip() {
    for (seed, case, dataflow) in runs() {
        let with = |zero_skip, incremental| {
            let spec = ConfigSpec { zero_skip, incremental, ..*case.config.spec() };
            let config = CoreConfig::new(spec).expect("within range");
            let core = klr_sim::Core::new(&case.image, config);
            core.retrieve(&case.cue, case.schedule(dataflow), &mut NoTrace).expect("the cue fits")
        };
        let (plain, lean) = (with(false, false), with(true, true));
        let order = |run: &klr_sim::CoreRun| run.flips.iter().map(|f| f.1).collect::<Vec<_>>();
        assert_eq!(order(&plain), order(&lean), "case {seed}: flips");
        assert_eq!(plain.outcome, lean.outcome, "case {seed}: outcome");
        assert!(lean.activity.macs <= plain.activity.macs, "case {seed}: less work, never more");
    }
}

/// The text of a trace and its bytes say the same, event by event.
#[test]
fn text_and_binary_traces_have_the_same_events() {
    for (seed, case, dataflow) in runs().take(30).chain(runs_of_layouts().take(30)) {
        let mut both = (TextTrace::default(), BinaryTrace::default());
        case.run(dataflow, &mut both);
        let events = trace::decode(both.1.bytes()).expect("whole records of known events");
        let decoded: Vec<String> = events.iter().map(|(cycle, event)| format!("{cycle} {event}")).collect();
        let lines: Vec<&str> = both.0.text().lines().collect();
        assert_eq!(lines, decoded, "case {seed}");
    }
}
