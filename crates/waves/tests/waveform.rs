//! Does a waveform say what happened, event by event, to the programs that read it?

mod harness;

use harness::readback::read_back;
use harness::{Knob, Setup, activation_depth, depths, each, each_knob, events, run_id, spike_depth};
use klr_image::TableForm;
use klr_image::reference::Reference;
use klr_sim::{Dataflow, FaultKind, TraceEvent};
use klr_units::{Cycles, State};
use klr_waves::{Format, Recording, SignalValue, fst};
use std::cell::Cell;

/// How long a flag was up, in cycles.
fn cycles_up(recording: &Recording, scope: &str, name: &str) -> u64 {
    let at = recording.signals.iter().position(|s| s.scope == scope && s.name == name).unwrap();
    let changes = recording.changes.iter().filter(|change| change.signal == at);
    let mut up_since = None;
    let mut total = 0;
    for change in changes {
        match (&change.value, up_since) {
            (SignalValue::Number(1), None) => up_since = Some(change.cycle),
            (SignalValue::Number(0), Some(since)) => {
                total += change.cycle - since;
                up_since = None;
            }
            _ => {}
        }
    }
    total + up_since.map_or(0, |since| recording.cycles - since)
}

#[test]
fn a_waveform_reads_back_as_what_happened() {
    each(|traced, retrieval, recording| {
        let name = traced.schedule.dataflow.name();
        let waves = read_back(fst::write(recording, &run_id()).unwrap());
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
        // The cue comes in, 64 bits per cycle, before anything is counted (C4).
        let cue_is_in = picoseconds((traced.cue.n() as u64).div_ceil(64) - 1);
        let stages = waves.texts("klr.sequencer.stage");
        let first = stages.iter().find(|stage| stage.1 != "start").expect("a stage");
        assert_eq!((first.0, first.1.as_str()), (cue_is_in, "distances"), "the first stage, {name}");
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
fn the_smallest_distance_and_the_violated_neurons_are_those_of_the_reference() {
    each_knob(|traced, retrieval, recording, case| {
        let image = traced.image;
        let reference = Reference::new(image);
        let waves = read_back(fst::write(recording, &run_id()).unwrap());
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
    let knob: Knob = |s| (s.form, s.kernel_bits, s.decay) = (TableForm::Absolute, 2, 4.0);
    let built = Setup::tiny().with(&[knob]).build();
    let mut seen = 0;
    for dataflow in Dataflow::ALL {
        let traced = built.traced(dataflow, 0);
        let (retrieval, recording) = traced.record().unwrap();
        let waves = read_back(fst::write(&recording, &run_id()).unwrap());
        for fault in &retrieval.faults {
            if let FaultKind::DeadField { d_min, .. } = fault.kind {
                assert_eq!(waves.numbers("klr.observer.d_min").last().unwrap().1, u64::from(d_min));
                assert_eq!(waves.texts("klr.core.last_fault").last().unwrap().1, "dead-field");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 3, "the kernel was chosen to end in a dead field");
}

#[test]
fn a_view_names_signals_that_the_waveform_has() {
    let built = Setup::tiny().build();
    let traced = built.traced(Dataflow::Delta, 0);
    let files = traced.files(&[Format::Fst]).unwrap().0;
    let waves = read_back(files[0].bytes.clone());
    let view = String::from_utf8(files[1].bytes.clone()).unwrap();
    let mut head = view.lines();
    assert_eq!(head.next(), Some(format!("[*] {}", run_id()).as_str()), "the run that it is of");
    assert_eq!(
        head.next(),
        Some(format!("[dumpfile] \"{}\"", files[0].name).as_str()),
        "the waveform beside it"
    );
    let names = view.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with("klr.")));
    let names: Vec<&str> = names.map(|name| name.split('[').next().unwrap()).collect();
    assert!(names.len() > 20, "only {} signals", names.len());
    for name in names {
        assert!(waves.bits(name).len() > 1, "{name} never changes");
    }
}
