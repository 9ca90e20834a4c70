//! Is a timeline in order and nested, with every flip, and do its counters say what was counted?

mod harness;

use harness::readback::read_back;
use harness::{Knob, SHARED, Setup, activation_depth, depths, each, each_knob, events};
use klr_energy::{Cost, PriceTable};
use klr_image::{PatternOrder, Signs};
use klr_sim::{CoreRun, Dataflow, QueuePolicy};
use klr_waves::{CoreUnit, Format, Recording, Traced, fst, perfetto};

/// Picoseconds of a number of microseconds.
fn picoseconds(value: &serde_json::Value) -> u64 {
    let microseconds = value.as_f64().unwrap();
    let picoseconds = (microseconds * 1e6).round();
    assert!((picoseconds / 1e6 - microseconds).abs() == 0.0, "{microseconds} us is a whole number of ps");
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times of short runs")]
    let whole = picoseconds as u64;
    whole
}

/// The rules of a timeline: in order, nested, within the retrieval, and with every flip.
fn check_timeline(text: &str, retrieval: &CoreRun, recording: &Recording, case: &str) {
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let events = json["traceEvents"].as_array().unwrap();
    let timed: Vec<_> = events.iter().filter(|event| event["ph"] != "M").collect();
    let starts: Vec<u64> = timed.iter().map(|event| picoseconds(&event["ts"])).collect();
    assert!(starts.is_sorted(), "sorted by time, {case}");
    let end = recording.picoseconds(recording.cycles);
    assert!(starts.iter().all(|&start| start <= end), "nothing after the end, {case}");

    for unit in CoreUnit::ALL {
        let tid = unit as u64 + 1;
        let mut open: Vec<(u64, u64)> = Vec::new();
        let mut spans = 0;
        for (event, &start) in timed.iter().zip(&starts) {
            if event["ph"] != "X" || event["tid"] != tid {
                continue;
            }
            let until = start + picoseconds(&event["dur"]);
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
        .map(|(cycle, neuron)| (recording.picoseconds(cycle.get()), format!("neuron={neuron}")))
        .collect();
    assert_eq!(flips, expected, "every flip at its time, in order, {case}");
}

#[test]
fn a_timeline_is_in_order_and_nested() {
    each(|traced, retrieval, recording| {
        let text = perfetto::write(recording);
        check_timeline(&text, retrieval, recording, traced.schedule.dataflow.name());
    });
    each_knob(|_, retrieval, recording, case| {
        check_timeline(&perfetto::write(recording), retrieval, recording, case);
    });
}

#[test]
fn counters_of_a_timeline_are_those_of_the_run() {
    each(|traced, retrieval, recording| {
        let json: serde_json::Value = serde_json::from_str(&perfetto::write(recording)).unwrap();
        let counter = |name: &str| -> Vec<(u64, serde_json::Value)> {
            let events = json["traceEvents"].as_array().unwrap().iter();
            let events = events.filter(|event| event["ph"] == "C" && event["name"] == name);
            events.map(|event| (picoseconds(&event["ts"]), event["args"].clone())).collect()
        };
        let depths = depths(&events(traced), activation_depth);
        let expected: Vec<(u64, u64)> =
            depths.into_iter().map(|(cycle, depth)| (recording.picoseconds(cycle), depth)).collect();
        let seen: Vec<(u64, u64)> = counter("activation queue")
            .iter()
            .map(|(ts, args)| (*ts, args["value"].as_u64().unwrap()))
            .collect();
        assert_eq!(seen, expected, "activation queue, {}", traced.schedule.dataflow.name());

        // Power times time is energy: 1 mW x 1 ps = 1 fJ.
        let femtojoules: f64 = counter("power mW")
            .windows(2)
            .map(|pair| {
                let watts: f64 = pair[0].1.as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
                watts * (pair[1].0 - pair[0].0) as f64
            })
            .sum();
        let Cost::Known(total) = traced.ledger(retrieval).total() else { panic!("all is priced") };
        let total = total.nominal().as_picojoules() * 1e3;
        assert!((femtojoules / total - 1.0).abs() < 1e-5, "{femtojoules} fJ of {total} fJ");
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
        check_timeline(&perfetto::write(&recording), &retrieval, &recording, &format!("{setup:?}"));
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
            check_timeline(&perfetto::write(&recording), &retrieval, &recording, &case);
            let waves = read_back(fst::write(&recording).unwrap());
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
    let waves = read_back(fst::write(&recording).unwrap());
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

    let json: serde_json::Value = serde_json::from_str(&perfetto::write(&recording)).unwrap();
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
