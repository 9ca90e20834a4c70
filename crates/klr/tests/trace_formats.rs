//! Do the trace files say what happened, event by event, to the programs that read them?

use klr_energy::Component;
use klr_experiments::pipeline::{self, NoProgress, Subject};
use klr_experiments::plan::{Plan, PlanSource, resolve};
use klr_image::reference::Reference;
use klr_sim::{BinaryTrace, CoreRun, Dataflow, FaultKind, Schedule, Sink, TextTrace, TraceEvent};
use klr_units::{Attojoules, Cycle, Cycles, State};
use klr_waves::{Format, Recording, TraceFile, Traced, Unit, fst, perfetto};
use std::cell::Cell;
use std::collections::BTreeMap;

const TINY: &[&str] = &[
    "patterns.n=20",
    "patterns.p=30",
    "retrieval.cues=4",
    "model.training=none",
    "model.gamma=0.2",
    "core.distance_lanes=8",
    "core.mac_lanes=4",
];
/// Sizes of the default plan; what training would add to a trace is other numbers, not other events.
const DEFAULT_SIZE: &[&str] = &["model.training=none"];

/// Knobs under which the core works differently, one per line.
const KNOBS: &[&[&str]] = &[
    &[],
    &["core.zero_skip=true", "quantize.kernel_bits=4"],
    &["core.counter_ports=2", "core.sram_latency=3", "core.table_latency=2"],
    &["core.incremental=true"],
    &["core.incremental=true", "core.spike_queue=1", "retrieval.noise=0.4"],
    &["core.activation_queue=1"],
    &["retrieval.order=random"],
    &["retrieval.order=most-violated"],
    &["quantize.kernel_table=absolute"],
    &["core.bitmap=true"],
    &["core.tree_latency=2", "retrieval.order=most-violated"],
    &["core.distance_slices=2"],
    &["core.weight_banks=2", "core.table_ports=1"],
    &["core.early_stop=true"],
    &["core.early_stop=true", "quantize.kernel_table=absolute"],
    &["core.sign_sharing=true", "core.pattern_order=both"],
    &["core.sign_sharing=true", "core.pattern_order=both", "core.zero_skip=true", "quantize.weight_bits=1"],
    &["core.pattern_order=both", "core.weight_word=2", "core.weight_banks=1"],
    &["core.candidates=30", "core.weight_banks=2"],
    &["core.candidates=30", "core.weight_banks=1", "core.queue_policy=drop", "core.activation_queue=1"],
    &["core.weight_word=4", "core.sign_sharing=true", "core.pattern_order=both", "core.incremental=true"],
];

fn plan(settings: &[&str], more: &[&str]) -> Plan {
    let mut source = PlanSource::default_plan();
    for setting in settings.iter().chain(more) {
        source.set(setting).unwrap();
    }
    resolve(&source).unwrap()
}

fn subject(plan: &Plan, cue: usize) -> Subject {
    pipeline::subject(plan, cue, 1, &NoProgress).unwrap()
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

/// Calls `check` with the recording of every dataflow on tiny and default sizes.
fn each(check: impl Fn(&Traced<'_>, &CoreRun, &Recording)) {
    for settings in [TINY, DEFAULT_SIZE] {
        let plan = plan(settings, &[]);
        let subject = subject(&plan, 1);
        for dataflow in Dataflow::ALL {
            let traced = traced(&plan, &subject, dataflow);
            let (retrieval, recording) = traced.record().unwrap();
            check(&traced, &retrieval, &recording);
        }
    }
}

/// Calls `check` with the recordings of tiny cores of every knob and dataflow.
fn each_knob(check: impl Fn(&Traced<'_>, &CoreRun, &Recording, &str)) {
    for knobs in KNOBS {
        let plan = plan(TINY, knobs);
        for cue in 0..4 {
            let subject = subject(&plan, cue);
            for dataflow in Dataflow::ALL {
                let traced = traced(&plan, &subject, dataflow);
                let (retrieval, recording) = traced.record().unwrap();
                check(&traced, &retrieval, &recording, &format!("{knobs:?} {} cue {cue}", dataflow.name()));
            }
        }
    }
}

/// The events as they are.
#[derive(Default)]
struct Events(Vec<(u64, TraceEvent)>);

impl Sink for Events {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.0.push((cycle.get(), *event));
    }
}

fn events(traced: &Traced<'_>) -> Vec<(u64, TraceEvent)> {
    let mut events = Events::default();
    traced.watched_by(&mut events).unwrap();
    events.0
}

/// A waveform read back: the changes of each signal by its full name, and all times.
struct Waves {
    times: Vec<u64>,
    changes: BTreeMap<String, Vec<(u64, String)>>,
    picoseconds: bool,
}

fn read_back(bytes: Vec<u8>) -> Waves {
    let mut wave = wellen::simple::read_from_reader(std::io::Cursor::new(bytes)).unwrap();
    let times = wave.time_table().to_vec();
    let vars: Vec<_> = wave
        .hierarchy()
        .all_vars()
        .map(|var| {
            let var = &wave.hierarchy()[var];
            (var.full_name(wave.hierarchy()), var.signal_ref())
        })
        .collect();
    wave.load_signals(&vars.iter().map(|var| var.1).collect::<Vec<_>>());
    let mut changes = BTreeMap::new();
    for (name, signal) in vars {
        let signal = wave.get_signal(signal).unwrap();
        let all = signal.iter_changes();
        let all = all.map(|(at, value)| (times[at as usize], value.to_bit_string().unwrap())).collect();
        changes.insert(name, all);
    }
    let scale = wave.hierarchy().timescale().unwrap();
    let picoseconds = (scale.factor, scale.unit) == (1, wellen::TimescaleUnit::PicoSeconds);
    Waves { times, changes, picoseconds }
}

impl Waves {
    fn bits(&self, name: &str) -> &[(u64, String)] {
        self.changes.get(name).unwrap_or_else(|| panic!("no signal {name}"))
    }

    /// Times and values of a number, from the first that is known.
    fn numbers(&self, name: &str) -> Vec<(u64, u64)> {
        let known = self.bits(name).iter().filter(|change| !change.1.contains('x'));
        known.map(|(time, bits)| (*time, u64::from_str_radix(bits, 2).unwrap())).collect()
    }

    fn texts(&self, name: &str) -> Vec<(u64, String)> {
        let text = |bits: &str| -> String {
            let bytes = bits.as_bytes().chunks(8).map(|byte| std::str::from_utf8(byte).unwrap());
            bytes.map(|byte| char::from(u8::from_str_radix(byte, 2).unwrap())).collect()
        };
        self.bits(name).iter().map(|(time, bits)| (*time, text(bits).trim_end().to_owned())).collect()
    }

    /// The flips, from the bits of the state register that change at a time, in order of time and neuron.
    fn flips(&self, n: usize) -> Vec<(u64, usize)> {
        let mut flips = Vec::new();
        for first in (0..n).step_by(64) {
            let name = format!("klr.state.neurons_{first}_to_{}", n.min(first + 64) - 1);
            for pair in self.numbers(&name).windows(2) {
                let changed = pair[0].1 ^ pair[1].1;
                let bits = (0..64).filter(|bit| changed >> bit & 1 == 1);
                flips.extend(bits.map(|bit| (pair[1].0, first + bit)));
            }
        }
        flips.sort_unstable();
        flips
    }
}

/// How long a flag was up, in cycles.
fn cycles_up(recording: &Recording, scope: &str, name: &str) -> u64 {
    let at = recording.signals.iter().position(|s| s.scope == scope && s.name == name).unwrap();
    let changes = recording.changes.iter().filter(|change| change.signal == at);
    let mut up_since = None;
    let mut total = 0;
    for change in changes {
        match (&change.value, up_since) {
            (klr_waves::Value::Number(1), None) => up_since = Some(change.cycle),
            (klr_waves::Value::Number(0), Some(since)) => {
                total += change.cycle - since;
                up_since = None;
            }
            _ => {}
        }
    }
    total + up_since.map_or(0, |since| recording.cycles - since)
}

/// The depth of a queue at the end of every cycle in which it is not what it was.
fn depths(events: &[(u64, TraceEvent)], depth: impl Fn(&TraceEvent, u64) -> u64) -> Vec<(u64, u64)> {
    let mut course = vec![(0, 0)];
    let mut now = 0;
    for of_cycle in events.chunk_by(|a, b| a.0 == b.0) {
        now = of_cycle.iter().fold(now, |now, (_, event)| depth(event, now));
        if course.last().unwrap().1 != now {
            course.push((of_cycle[0].0, now));
        }
    }
    course
}

fn activation_depth(event: &TraceEvent, now: u64) -> u64 {
    match event {
        TraceEvent::ActivationEnters { depth } => *depth as u64,
        TraceEvent::MacTakes { .. } => now - 1,
        _ => now,
    }
}

fn spike_depth(event: &TraceEvent, now: u64) -> u64 {
    match event {
        TraceEvent::SpikeEnters { depth, .. } => *depth as u64,
        TraceEvent::SpikeTaken { .. } => now - 1,
        _ => now,
    }
}

fn files(traced: &Traced<'_>) -> Vec<TraceFile> {
    traced.files(&Format::ALL).unwrap().0
}

#[test]
fn text_and_bytes_are_the_events_of_the_simulator() {
    each(|traced, _, _| {
        let (mut text, mut bytes) = (TextTrace::default(), BinaryTrace::default());
        traced.watched_by(&mut text).unwrap();
        traced.watched_by(&mut bytes).unwrap();
        let files = traced.files(&[Format::Binary, Format::Text]).unwrap().0;
        let name = traced.schedule.dataflow.name();
        assert_eq!(files[0].name, format!("trace.{name}.cue1.txt"), "the cue is in the name");
        assert_eq!(files[0].bytes, text.text().as_bytes(), "text, {name}");
        assert_eq!(files[1].bytes, bytes.bytes(), "bytes, {name}");
    });
}

#[test]
fn a_waveform_reads_back_as_what_happened() {
    each(|traced, retrieval, recording| {
        let name = traced.schedule.dataflow.name();
        let waves = read_back(fst::write(recording).unwrap());
        let clock = traced.clock;
        let picoseconds = |cycle: u64| clock.duration(Cycles::new(cycle)).get();
        assert!(waves.picoseconds, "the unit of time");
        assert_eq!(waves.times.last(), Some(&picoseconds(retrieval.activity.cycles)), "the end, {name}");

        let mut flips: Vec<(u64, usize)> =
            retrieval.flips.iter().map(|(cycle, neuron)| (picoseconds(cycle.get()), neuron.get())).collect();
        flips.sort_unstable();
        assert!(!flips.is_empty(), "a retrieval without a flip shows nothing");
        assert_eq!(waves.flips(traced.cue.n()), flips, "every flip at its time, {name}");

        let events = events(traced);
        let in_time = |course: Vec<(u64, u64)>| -> Vec<(u64, u64)> {
            course.into_iter().map(|(cycle, depth)| (picoseconds(cycle), depth)).collect()
        };
        let activations = in_time(depths(&events, activation_depth));
        assert_eq!(waves.numbers("klr.mac.activation_queue"), activations, "activation queue, {name}");
        let spikes = in_time(depths(&events, spike_depth));
        assert_eq!(waves.numbers("klr.distance.spike_queue"), spikes, "spike queue, {name}");

        let outcome = retrieval.outcome.unwrap().name();
        assert_eq!(waves.texts("klr.core.outcome").last().unwrap().1, outcome, "outcome, {name}");
        assert_eq!(waves.numbers("klr.sequencer.step").last().unwrap().1, retrieval.activity.steps, "{name}");
        let stage = &waves.texts("klr.sequencer.stage")[0];
        assert_eq!((stage.0, stage.1.as_str()), (0, "distances"), "the first stage, {name}");
    });
}

#[test]
fn waiting_and_working_last_as_long_as_the_core_counted() {
    let seen = Cell::new([0; 4]);
    each_knob(|traced, retrieval, recording, case| {
        let a = &retrieval.activity;
        let up = |scope, name| cycles_up(recording, scope, name);
        assert_eq!(up("distance", "stall"), a.activation_stall_cycles, "activation stalls, {case}");
        assert_eq!(up("sequencer", "stall"), a.spike_stall_cycles, "spike stalls, {case}");
        assert_eq!(up("distance", "port_conflict"), a.port_conflict_cycles, "port conflicts, {case}");
        let empty = events(traced)
            .iter()
            .filter(|(_, event)| matches!(event, TraceEvent::MacTakes { words: 0, .. }))
            .count() as u64;
        assert_eq!(up("mac", "busy"), a.mac_busy_cycles + empty, "MAC array, {case}");
        let [activation, spike, port, bank] = seen.get();
        seen.set([
            activation + a.activation_stall_cycles,
            spike + a.spike_stall_cycles,
            port + a.port_conflict_cycles,
            bank + a.bank_conflict_cycles,
        ]);
    });
    assert!(seen.get().iter().all(|&cycles| cycles > 0), "a knob is missing: {:?}", seen.get());
}

#[test]
fn energy_over_time_ends_at_the_ledger() {
    each_knob(|traced, retrieval, recording, case| {
        let ledger = traced.ledger(retrieval);
        let energy = &recording.energy;
        let last = energy.samples.last().unwrap();
        assert_eq!(last.cycle + 1, retrieval.activity.cycles, "the last cycle is sampled, {case}");
        assert_eq!(last.total, ledger.total().nominal(), "attojoule for attojoule, {case}");
        let components: Vec<Attojoules> =
            Component::ALL.iter().map(|&component| ledger.component(component).nominal()).collect();
        assert_eq!(last.components, components, "by component, {case}");
        assert!(energy.samples.is_sorted_by_key(|sample| sample.total), "energy never falls, {case}");
    });
    each(|traced, retrieval, recording| {
        let waves = read_back(fst::write(recording).unwrap());
        let total = traced.ledger(retrieval).total().nominal().get() / 1000;
        let last = waves.numbers("klr.energy.total_fj").last().unwrap().1;
        assert_eq!(u128::from(last), total, "femtojoules, {}", traced.schedule.dataflow.name());
    });
}

/// Patterns by row, which serve the synchronous dataflow alone: with and without a list, signs in either place.
#[test]
fn patterns_by_row_are_booked_word_by_word() {
    let rows = ["core.pattern_order=row", "retrieval.dataflows=['synchronous']"];
    for more in [&[][..], &["core.sign_sharing=true"], &["core.distance_slices=2", "core.zero_skip=true"]] {
        let plan = plan(TINY, &[&rows[..], more].concat());
        let subject = subject(&plan, 2);
        let traced = traced(&plan, &subject, Dataflow::Synchronous);
        let (retrieval, recording) = traced.record().unwrap();
        let last = recording.energy.samples.last().unwrap();
        assert_eq!(last.total, traced.ledger(&retrieval).total().nominal(), "{more:?}");
        check_timeline(&perfetto::write(&recording), &retrieval, &recording, &format!("{more:?}"));
    }
}

#[test]
fn a_candidate_list_and_overlap_still_end_at_the_ledger() {
    let knobs: &[&[&str]] = &[
        &["core.candidates=8"],
        &["core.candidates=2"],
        &["core.candidates=30", "core.partial_distance=true", "core.probe_columns=6"],
        &["core.candidates=30", "core.distance_slices=2", "core.early_stop=true"],
        &["core.candidates=30", "core.sign_sharing=true", "core.pattern_order=both"],
        &["core.overlap=pipelined"],
        &["core.overlap=pipelined", "core.candidates=12", "core.bitmap=true"],
        &["core.queue_policy=drop", "core.activation_queue=1", "core.spike_queue=1", "core.incremental=true"],
        &["core.queue_policy=drop", "core.activation_queue=1", "core.zero_skip=true", "core.table_latency=3"],
    ];
    for knobs in knobs {
        let plan = plan(TINY, knobs);
        let subject = subject(&plan, 2);
        for dataflow in Dataflow::ALL {
            let traced = traced(&plan, &subject, dataflow);
            let (retrieval, recording) = traced.record().unwrap();
            let case = format!("{knobs:?} {}", dataflow.name());
            let last = recording.energy.samples.last().unwrap();
            assert_eq!(last.total, traced.ledger(&retrieval).total().nominal(), "{case}");
            check_timeline(&perfetto::write(&recording), &retrieval, &recording, &case);
            let waves = read_back(fst::write(&recording).unwrap());
            assert_eq!(waves.flips(20).len() as u64, retrieval.activity.flips, "{case}");
        }
    }
}

#[test]
fn the_smallest_distance_and_the_violated_neurons_are_those_of_the_reference() {
    each_knob(|traced, retrieval, recording, case| {
        let image = traced.image;
        let reference = Reference::new(image);
        let waves = read_back(fst::write(recording).unwrap());
        let truth = |state: &State| {
            let d_min = u64::from(*reference.distances(state).iter().min().unwrap());
            let fields = reference.fields(state);
            let against = |(i, h): (usize, &i64)| h.signum() * i64::from(state.sign(i)) < 0;
            (d_min, fields.iter().enumerate().filter(|&neuron| against(neuron)).count() as u64)
        };
        let at = |course: &[(u64, u64)], time: u64| course.iter().rfind(|entry| entry.0 <= time).unwrap().1;
        let (d_min, violated) = (waves.numbers("klr.observer.d_min"), waves.numbers("klr.observer.violated"));
        let mut state = traced.cue.clone();
        assert_eq!((at(&d_min, 0), at(&violated, 0)), truth(&state), "the cue, {case}");
        for flips in retrieval.flips.chunk_by(|a, b| a.0 == b.0) {
            flips.iter().for_each(|flip| state.flip(flip.1.get()));
            let time = recording.picoseconds(flips[0].0.get());
            assert_eq!((at(&d_min, time), at(&violated, time)), truth(&state), "{time} ps, {case}");
        }
    });
}

#[test]
fn the_smallest_distance_is_the_simulators_where_it_tells() {
    let settings = ["quantize.kernel_table=absolute", "quantize.kernel_bits=2", "model.gamma=1.0"];
    let plan = plan(TINY, &settings);
    let subject = subject(&plan, 0);
    let mut seen = 0;
    for dataflow in Dataflow::ALL {
        let traced = traced(&plan, &subject, dataflow);
        let (retrieval, recording) = traced.record().unwrap();
        let waves = read_back(fst::write(&recording).unwrap());
        for fault in &retrieval.faults {
            if let FaultKind::DeadField { d_min, .. } = fault.kind {
                assert_eq!(waves.numbers("klr.observer.d_min").last().unwrap().1, u64::from(d_min));
                assert_eq!(waves.texts("klr.core.last_fault").last().unwrap().1, "dead-field");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 3, "the plan was chosen to end in a dead field");
}

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

    for unit in Unit::ALL {
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
        let total = traced.ledger(retrieval).total().nominal().as_picojoules() * 1e3;
        assert!((femtojoules / total - 1.0).abs() < 1e-5, "{femtojoules} fJ of {total} fJ");
    });
}

#[test]
fn the_same_retrieval_gives_the_same_bytes() {
    for dataflow in Dataflow::ALL {
        let once = || {
            let plan = plan(TINY, &[]);
            let subject = subject(&plan, 3);
            files(&traced(&plan, &subject, dataflow))
        };
        assert_eq!(once(), once(), "{}", dataflow.name());
    }
}

#[test]
fn a_default_size_retrieval_makes_files_of_a_reasonable_size() {
    let plan = plan(DEFAULT_SIZE, &[]);
    let subject = subject(&plan, 0);
    let traced = traced(&plan, &subject, Dataflow::Delta);
    for file in files(&traced) {
        let size = file.bytes.len();
        assert!((500..5_000_000).contains(&size), "{} has {size} bytes", file.name);
    }
}

#[test]
fn a_view_names_signals_that_the_waveform_has() {
    let plan = plan(TINY, &[]);
    let subject = subject(&plan, 0);
    let traced = traced(&plan, &subject, Dataflow::Delta);
    let files = traced.files(&[Format::Fst]).unwrap().0;
    let waves = read_back(files[0].bytes.clone());
    let view = String::from_utf8(files[1].bytes.clone()).unwrap();
    assert!(view.starts_with(&format!("[dumpfile] \"{}\"\n", files[0].name)), "the waveform beside it");
    let names = view.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with("klr.")));
    let names: Vec<&str> = names.map(|name| name.split('[').next().unwrap()).collect();
    assert!(names.len() > 20, "only {} signals", names.len());
    for name in names {
        assert!(waves.bits(name).len() > 1, "{name} never changes");
    }
}
