//! Is a timeline in order and nested, with every flip, and do its counters say what was counted?

mod harness;

use harness::readback::read_back;
use harness::{Knob, SHARED, Setup, activation_depth, depths, each, each_knob, events, run_id};
use klr_energy::{Cost, PriceTable};
use klr_image::{PatternOrder, Signs, TableForm};
use klr_sim::{CoreRun, Dataflow, QueuePolicy, TraceEvent};
use klr_units::ClockMhz;
use klr_waves::{CoreUnit, Format, Recording, Traced, fst, perfetto};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::cmp::Reverse;

/// Nanoseconds of a number of microseconds, as a viewer takes them over: it may round, or cut off.
fn nanoseconds(value: &serde_json::Value) -> u64 {
    let nanoseconds = value.as_f64().unwrap() * 1e3;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times of short runs")]
    let (rounded, cut) = (nanoseconds.round() as u64, nanoseconds as u64);
    assert_eq!(rounded, cut, "{value} us is a whole number of nanoseconds, however it is taken over");
    rounded
}

/// The nanosecond of the timeline in which a cycle begins: of simulated time up to 1 GHz, above it of picoseconds.
fn begins(recording: &Recording, cycle: u64) -> u64 {
    let mhz = u64::from(recording.clock.mhz());
    let unit = if mhz <= 1000 { 1000 } else { 1_000_000 };
    (cycle * unit * 2 + mhz) / (2 * mhz)
}

/// Which span each span lies in, as a viewer stacks them.
fn parents(spans: &[(u64, u64)], case: &str) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut parents = Vec::new();
    for (at, &(start, end)) in spans.iter().enumerate() {
        assert!(start < end, "a span that lasts is seen, {case}");
        while open.last().is_some_and(|&parent| spans[parent].1 <= start) {
            open.pop();
        }
        if let Some(&parent) = open.last() {
            assert!(end <= spans[parent].1, "span {at} would be dropped: it sticks out of {parent}, {case}");
        }
        parents.push(open.last().copied());
        open.push(at);
    }
    parents
}

/// The spans of a unit as a viewer has them after it has taken start and duration over, one by one.
fn taken_over(json: &serde_json::Value, unit: CoreUnit) -> Vec<(u64, u64)> {
    let events = json["traceEvents"].as_array().unwrap().iter();
    let spans = events.filter(|event| event["ph"] == "X" && event["tid"] == unit as u64 + 1);
    spans
        .map(|span| (nanoseconds(&span["ts"]), nanoseconds(&span["ts"]) + nanoseconds(&span["dur"])))
        .collect()
}

/// The rules of a timeline: in order, nested, within the retrieval, and with every flip.
fn check_timeline(text: &str, retrieval: &CoreRun, recording: &Recording, case: &str) {
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let events = json["traceEvents"].as_array().unwrap();
    let timed: Vec<_> = events.iter().filter(|event| event["ph"] != "M").collect();
    let starts: Vec<u64> = timed.iter().map(|event| nanoseconds(&event["ts"])).collect();
    assert!(starts.is_sorted(), "sorted by time, {case}");
    let end = begins(recording, recording.cycles);
    assert!(starts.iter().all(|&start| start <= end), "nothing after the end, {case}");

    for unit in CoreUnit::ALL {
        let tid = unit as u64 + 1;
        let mut open: Vec<(u64, u64)> = Vec::new();
        let mut spans = 0;
        for (event, &start) in timed.iter().zip(&starts) {
            if event["ph"] != "X" || event["tid"] != tid {
                continue;
            }
            let until = start + nanoseconds(&event["dur"]);
            assert!(until > start && until <= end, "{event} lasts, {case}");
            while open.last().is_some_and(|parent| parent.1 <= start) {
                open.pop();
            }
            if let Some(&(_, parent)) = open.last() {
                assert!(until <= parent, "{event} reaches beyond what it is in, {case}");
                assert!(open.len() < 3, "{event} lies too deep, {case}");
            }
            open.push((start, until));
            spans += 1;
        }
        assert!(spans > 0, "the {} did something, {case}", unit.name());
    }

    let flips = timed.iter().zip(&starts).filter(|(event, _)| event["ph"] == "i" && event["tid"] == 1);
    let flips: Vec<(u64, String)> = flips
        .map(|(event, &start)| (start, event["name"].as_str().unwrap().to_owned()))
        .filter(|(_, name)| name.starts_with("flip"))
        .map(|(start, name)| (start, name.split_whitespace().nth(1).unwrap().to_owned()))
        .collect();
    let expected: Vec<(u64, String)> = retrieval
        .flips
        .iter()
        .map(|(cycle, neuron)| (begins(recording, cycle.get()), format!("neuron={neuron}")))
        .collect();
    assert_eq!(flips, expected, "every flip at its time, in order, {case}");
}

#[test]
fn a_timeline_is_in_order_and_nested() {
    each(|traced, retrieval, recording| {
        let text = perfetto::write(recording, &run_id());
        check_timeline(&text, retrieval, recording, traced.schedule.dataflow.name());
    });
    each_knob(|_, retrieval, recording, case| {
        check_timeline(&perfetto::write(recording, &run_id()), retrieval, recording, case);
    });
}

#[test]
fn counters_of_a_timeline_are_those_of_the_run() {
    each(|traced, retrieval, recording| {
        let json: serde_json::Value = serde_json::from_str(&perfetto::write(recording, &run_id())).unwrap();
        let counter = |name: &str| -> Vec<(u64, serde_json::Value)> {
            let events = json["traceEvents"].as_array().unwrap().iter();
            let events = events.filter(|event| event["ph"] == "C" && event["name"] == name);
            events.map(|event| (nanoseconds(&event["ts"]), event["args"].clone())).collect()
        };
        let depths = depths(&events(traced), activation_depth);
        let expected: Vec<(u64, u64)> =
            depths.into_iter().map(|(cycle, depth)| (begins(recording, cycle), depth)).collect();
        let seen: Vec<(u64, u64)> = counter("activation queue")
            .iter()
            .map(|(ts, args)| (*ts, args["value"].as_u64().unwrap()))
            .collect();
        assert_eq!(seen, expected, "activation queue, {}", traced.schedule.dataflow.name());

        // Power times time is energy: 1 mW x 1 ns = 1 pJ.
        let picojoules: f64 = counter("power mW")
            .windows(2)
            .map(|pair| {
                let watts: f64 = pair[0].1.as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
                watts * (pair[1].0 - pair[0].0) as f64
            })
            .sum();
        let Cost::Known(total) = traced.ledger(retrieval).total() else { panic!("all is priced") };
        let total = total.nominal().as_picojoules();
        assert!((picojoules / total - 1.0).abs() < 1e-5, "{picojoules} pJ of {total} pJ");
    });
}

/// Patterns by row, which serve the synchronous dataflow alone: with and without a list, signs in either place.
#[test]
fn patterns_by_row_end_at_the_ledger() {
    let row: Knob = |s| s.storage.patterns = PatternOrder::Row;
    let more: [&[Knob]; 3] = [
        &[],
        &[|s| s.storage.signs = Signs::InPatterns],
        &[|s| (s.config.distance_slices, s.config.zero_skip) = (2, true)],
    ];
    for more in more {
        let setup = Setup::tiny().with(&[row]).with(more);
        let built = setup.build();
        let traced = built.traced(Dataflow::Synchronous, 2);
        let (retrieval, recording) = traced.record().unwrap();
        let last = recording.energy.samples.last().unwrap();
        assert_eq!(last.total, traced.ledger(&retrieval).total().map(|band| band.nominal()), "{setup:?}");
        check_timeline(
            &perfetto::write(&recording, &run_id()),
            &retrieval,
            &recording,
            &format!("{setup:?}"),
        );
    }
}

#[test]
fn a_candidate_list_and_overlap_still_end_at_the_ledger() {
    let knobs: [Knob; 9] = [
        |s| s.config.candidates = 8,
        |s| s.config.candidates = 2,
        |s| (s.config.candidates, s.config.partial_distance, s.config.probe_columns) = (30, true, 6),
        |s| (s.config.candidates, s.config.distance_slices, s.config.early_stop) = (30, 2, true),
        |s| (s.config.candidates, s.storage) = (30, SHARED),
        |s| s.config.pipelined = true,
        |s| (s.config.pipelined, s.config.candidates, s.config.bitmap) = (true, 12, true),
        |s| {
            (s.config.queue_policy, s.config.activation_queue) = (QueuePolicy::Drop, 1);
            (s.config.spike_queue, s.config.incremental) = (1, true);
        },
        |s| {
            (s.config.queue_policy, s.config.activation_queue) = (QueuePolicy::Drop, 1);
            (s.config.zero_skip, s.config.table_latency) = (true, 3);
        },
    ];
    for knob in knobs {
        let setup = Setup::tiny().with(&[knob]);
        let built = setup.build();
        for dataflow in Dataflow::ALL {
            let traced = built.traced(dataflow, 2);
            let (retrieval, recording) = traced.record().unwrap();
            let case = format!("{} {setup:?}", dataflow.name());
            let last = recording.energy.samples.last().unwrap();
            assert_eq!(last.total, traced.ledger(&retrieval).total().map(|band| band.nominal()), "{case}");
            check_timeline(&perfetto::write(&recording, &run_id()), &retrieval, &recording, &case);
            let waves = read_back(fst::write(&recording, &run_id()).unwrap());
            assert_eq!(waves.flips(20).len() as u64, retrieval.activity.flips, "{case}");
        }
    }
}

/// TrueNorth's neuron updates have no price: what signals and curves show of the others is marked as a bound, and of them
/// nothing is shown but how many there were.
#[test]
fn what_has_no_price_is_no_zero_in_any_format() {
    let prices = PriceTable::preset("truenorth").unwrap();
    let built = Setup::tiny().build();
    let traced = Traced { prices: &prices, ..built.traced(Dataflow::Delta, 2) };
    let (retrieval, recording) = traced.record().unwrap();
    let waves = read_back(fst::write(&recording, &run_id()).unwrap());
    let names: Vec<&str> = recording.signals.iter().map(|signal| &*signal.name).collect();
    for name in
        ["power_at_least_uw", "total_at_least_fj", "threshold_unknown_fj", "distance_at_least_fj", "mac_fj"]
    {
        assert!(names.contains(&name), "{name} is among {names:?}");
    }
    let unknown = waves.bits("klr.energy_by_component.threshold_unknown_fj");
    assert!(unknown.iter().all(|(_, bits)| bits.chars().all(|bit| bit == 'x')), "{unknown:?}");
    let counted = waves.numbers("klr.energy_unpriced.neuron_evaluation_of_evaluations");
    assert_eq!(
        counted.last().unwrap().1,
        retrieval.activity.evaluations,
        "counted, since it is not paid for"
    );

    let json: serde_json::Value = serde_json::from_str(&perfetto::write(&recording, &run_id())).unwrap();
    assert_eq!(json["otherData"]["energy"], "lower-bound");
    let missing = json["otherData"]["unpriced"].as_array().unwrap();
    assert!(missing.iter().any(|term| term == "neuron_evaluation"), "{missing:?}");
    let mut curves = json["traceEvents"].as_array().unwrap().iter();
    let power = curves.find(|event| event["name"] == "power mW (lower bound)").unwrap();
    let curves: Vec<&String> = power["args"].as_object().unwrap().keys().collect();
    assert!(curves.iter().any(|curve| *curve == "distance (lower bound)"), "{curves:?}");
    assert!(!curves.iter().any(|curve| curve.starts_with("threshold")), "{curves:?}");

    let (_, summary) = traced.files(&[Format::Binary]).unwrap();
    let lines: Vec<&str> = summary.lines().collect();
    assert!(lines[0].contains(", >"), "{summary}");
    assert!(
        lines[1].starts_with("  a lower bound: no price for ") && lines[1].contains("neuron_evaluation"),
        "{summary}"
    );
}

/// Clocks from 1 MHz to 1 THz: periods of whole nanoseconds, of whole picoseconds and of neither.
fn clocks() -> Vec<ClockMhz> {
    let chosen = [
        1, 3, 7, 250, 300, 333, 500, 666, 999, 1000, 1001, 1024, 1500, 3000, 7777, 333_333, 999_999,
        1_000_000,
    ];
    let mut rng = Pcg64Mcg::new(5);
    let drawn = (0..60).map(|at| rng.random_range(1..=if at % 2 == 0 { 2000 } else { ClockMhz::MAX }));
    chosen.into_iter().chain(drawn).map(|mhz| ClockMhz::new(mhz).unwrap()).collect()
}

/// What a viewer rounds is start and duration, one by one; nothing may then stick out, touch or fall away that does not in
/// cycles.
#[test]
fn at_any_clock_spans_nest_in_nanoseconds_as_they_nest_in_cycles() {
    for setup in [Setup::tiny(), Setup::default_size()] {
        let built = setup.build();
        for dataflow in Dataflow::ALL {
            let mut recording = built.traced(dataflow, 1).record().unwrap().1;
            for clock in clocks() {
                recording.clock = clock;
                let json: serde_json::Value =
                    serde_json::from_str(&perfetto::write(&recording, &run_id())).unwrap();
                for (unit, track) in CoreUnit::ALL.into_iter().zip(&recording.tracks) {
                    let case = format!("{} {} at {clock:?}", dataflow.name(), unit.name());
                    let mut cycles: Vec<(u64, u64)> =
                        track.iter().map(|span| (span.start, span.end)).collect();
                    cycles.sort_by_key(|&(start, end)| (start, Reverse(end)));
                    let seen = taken_over(&json, unit);
                    assert_eq!(parents(&seen, &case), parents(&cycles, &case), "the same tree, {case}");
                    let neighbours = |spans: &[(u64, u64)]| -> Vec<(bool, bool)> {
                        spans.windows(2).map(|two| (two[0].1 == two[1].0, two[0].0 == two[1].0)).collect()
                    };
                    assert_eq!(neighbours(&seen), neighbours(&cycles), "and what touches touches, {case}");
                }
            }
        }
    }
}

/// A double holds a nanosecond in twelve days.
#[test]
fn long_times_are_whole_nanoseconds_too() {
    let mut recording = Setup::tiny().build().traced(Dataflow::Delta, 1).record().unwrap().1;
    let mut rng = Pcg64Mcg::new(9);
    for _ in 0..200 {
        let most: u64 = 1 << rng.random_range(8..40);
        recording.clock = ClockMhz::new(rng.random_range(1..=1000)).unwrap();
        let mut at = rng.random_range(0..most);
        for span in recording.tracks.iter_mut().flatten() {
            (span.start, span.end) = (at, at + rng.random_range(1..1000));
            at = span.end;
        }
        recording.cycles = at;
        let json: serde_json::Value = serde_json::from_str(&perfetto::write(&recording, &run_id())).unwrap();
        for (unit, track) in CoreUnit::ALL.into_iter().zip(&recording.tracks) {
            let expected: Vec<(u64, u64)> = track
                .iter()
                .map(|span| (begins(&recording, span.start), begins(&recording, span.end)))
                .collect();
            assert_eq!(taken_over(&json, unit), expected, "{:?}", recording.clock);
        }
    }
}

#[test]
fn a_timeline_says_which_run_it_is_of_and_what_its_time_is() {
    let mut recording = Setup::tiny().build().traced(Dataflow::Delta, 1).record().unwrap().1;
    for (mhz, words) in [(1000, "1 ns shown is 1 ns"), (1001, "1 ns shown is 1 ps")] {
        recording.clock = ClockMhz::new(mhz).unwrap();
        let json: serde_json::Value = serde_json::from_str(&perfetto::write(&recording, &run_id())).unwrap();
        let about = &json["otherData"];
        assert_eq!((&about["time"], &about["clock_mhz"]), (&words.into(), &mhz.into()));
        assert_eq!(about["plan"], run_id().plan());
        assert_eq!(about["seed"], 7);
        let marks: Vec<String> = recording.unconfirmed.iter().map(|one| format!("core.{one}")).collect();
        assert_eq!(about["not_confirmed_by_rtl"], serde_json::json!(marks));
        let title = json["traceEvents"][0]["args"]["name"].as_str().unwrap();
        assert_eq!(title.contains(words), mhz > 1000, "who looks at stretched time is told: {title}");
    }
}

/// Rule S6: after a flip `delta` waits for the field registers, not for the distances alone. The sequencer settles from the
/// cycle of the flip to the cycle in which it goes on.
#[test]
fn in_delta_a_flip_settles_until_the_sequencer_goes_on() {
    let mut flips = 0;
    let knobs: [Knob; 3] = [|_| (), |s| s.form = TableForm::Absolute, |s| s.config.candidates = 8];
    for knob in knobs {
        let built = Setup::tiny().with(&[knob]).build();
        for cue in 0..built.cues.len() {
            let traced = built.traced(Dataflow::Delta, cue);
            let recording = traced.record().unwrap().1;
            let events = events(&traced);
            let goes_on = |event: &TraceEvent| {
                matches!(
                    event,
                    TraceEvent::Field { .. }
                        | TraceEvent::Skip
                        | TraceEvent::Step { .. }
                        | TraceEvent::End { .. }
                )
            };
            for (at, (cycle, _)) in
                events.iter().enumerate().filter(|(_, of)| matches!(of.1, TraceEvent::Flip { .. }))
            {
                let next = events[at + 1..].iter().find(|(_, event)| goes_on(event)).unwrap().0;
                let track = &recording.tracks[CoreUnit::Sequencer as usize];
                let stage = track.iter().find(|span| span.level == 1 && span.start == *cycle);
                let stage = stage.unwrap_or_else(|| panic!("no stage begins with the flip in cycle {cycle}"));
                assert_eq!(
                    (stage.name.as_str(), stage.end),
                    ("settle", next),
                    "flip in cycle {cycle}, cue {cue}"
                );
                flips += 1;
            }
        }
    }
    assert!(flips > 20, "{flips} flips were seen");
}
