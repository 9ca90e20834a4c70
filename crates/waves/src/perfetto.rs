//! The recording as a timeline in the JSON that Perfetto and Chrome read, `traceEvents`.
//!
//! Times are microseconds of simulated time, with six decimals: exact picoseconds. Each unit is a thread of the one process.

use crate::observer::{CoreUnit, Mark, Recording};
use crate::signals::{SignalValue, Wire};
use crate::spans::Span;
use klr_energy::{Component, Cost};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The one process.
const PROCESS: u32 = 1;

/// Signals that are counters here, with their names.
const COUNTERS: [(Wire, &str); 4] = [
    (Wire::SpikeQueue, "spike queue"),
    (Wire::ActivationQueue, "activation queue"),
    (Wire::DMin, "d_min"),
    (Wire::Violated, "violated neurons"),
];

/// An event with what it is sorted by: time, then the longer first, so that a span comes before those within it.
struct Timed {
    start: u64,
    length: u64,
    event: Value,
}

/// The JSON text, one event per line.
#[must_use]
pub fn write(recording: &Recording) -> String {
    let mut timed = spans(recording);
    timed.extend(recording.marks.iter().map(|mark| instant(recording, mark)));
    timed.extend(counters(recording));
    timed.extend(power(recording));
    // Stable: what happens at one time stays in order.
    timed.sort_by_key(|event| (event.start, std::cmp::Reverse(event.length)));
    let events = metadata(recording).into_iter().chain(timed.into_iter().map(|timed| timed.event));
    let lines: Vec<String> = events.map(|event| event.to_string()).collect();
    let about = about(recording);
    format!(
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{about},\"traceEvents\":[\n{}\n]}}\n",
        lines.join(",\n")
    )
}

/// Picoseconds as microseconds: a decimal of at most 15 digits comes back as it was written.
fn microseconds(picoseconds: u64) -> f64 {
    picoseconds as f64 / 1e6
}

const fn thread(unit: CoreUnit) -> u32 {
    unit as u32 + 1
}

fn about(recording: &Recording) -> Value {
    let unpriced: BTreeSet<&str> = recording.energy.unpriced.iter().map(|item| item.term.key()).collect();
    json!({
        "program": concat!("klr ", env!("CARGO_PKG_VERSION")),
        "dataflow": recording.dataflow.name(),
        "clock_mhz": recording.clock.mhz(),
        "cycles": recording.cycles,
        "energy": recording.energy.total().status(),
        "unpriced": unpriced,
    })
}

fn metadata(recording: &Recording) -> Vec<Value> {
    let title = format!("klr {}", recording.dataflow.name());
    let mut events =
        vec![json!({"ph": "M", "name": "process_name", "pid": PROCESS, "args": {"name": title}})];
    for unit in CoreUnit::ALL {
        let tid = thread(unit);
        events.push(json!({
            "ph": "M", "name": "thread_name", "pid": PROCESS, "tid": tid, "args": {"name": unit.name()},
        }));
        events.push(json!({
            "ph": "M", "name": "thread_sort_index", "pid": PROCESS, "tid": tid, "args": {"sort_index": tid},
        }));
    }
    events
}

fn spans(recording: &Recording) -> Vec<Timed> {
    let tracks = CoreUnit::ALL.into_iter().zip(&recording.tracks);
    tracks.flat_map(|(unit, spans)| spans.iter().map(move |one| span(recording, unit, one))).collect()
}

fn span(recording: &Recording, unit: CoreUnit, span: &Span) -> Timed {
    let start = recording.picoseconds(span.start);
    let length = recording.picoseconds(span.end) - start;
    let event = json!({
        "ph": "X", "name": span.name, "pid": PROCESS, "tid": thread(unit),
        "ts": microseconds(start), "dur": microseconds(length), "args": {"cycle": span.start},
    });
    Timed { start, length, event }
}

fn instant(recording: &Recording, mark: &Mark) -> Timed {
    let start = recording.picoseconds(mark.cycle);
    // A fault is drawn across the process, a flip on the track of its unit.
    let (scope, tid) = mark.unit.map_or(("p", thread(CoreUnit::Sequencer)), |unit| ("t", thread(unit)));
    let event = json!({
        "ph": "i", "s": scope, "name": mark.name, "pid": PROCESS, "tid": tid,
        "ts": microseconds(start), "args": {"cycle": mark.cycle},
    });
    Timed { start, length: 0, event }
}

fn counter(recording: &Recording, cycle: u64, name: &str, args: &Map<String, Value>) -> Timed {
    let start = recording.picoseconds(cycle);
    let event = json!({"ph": "C", "name": name, "pid": PROCESS, "ts": microseconds(start), "args": args});
    Timed { start, length: 0, event }
}

fn counters(recording: &Recording) -> Vec<Timed> {
    let one = |change: &crate::signals::Change| {
        let (_, name) = COUNTERS.iter().find(|(wire, _)| *wire as usize == change.signal)?;
        let SignalValue::Number(number) = change.value else { return None };
        let args = Map::from_iter([("value".to_owned(), number.into())]);
        Some(counter(recording, change.cycle, name, &args))
    };
    recording.changes.iter().filter_map(one).collect()
}

/// Mean power over each interval by component, and nothing when the retrieval is over. A lower bound is named one; a
/// component of which nothing is known has no curve.
fn power(recording: &Recording) -> Vec<Timed> {
    let name = named("power mW", &recording.energy.total());
    let components = recording.energy.components();
    let args = |power: &[Cost<f64>]| -> Map<String, Value> {
        let curve = |(&(one, sum), power): (&(Component, _), &Cost<f64>)| match *power {
            Cost::Known(milliwatts) | Cost::AtLeast(milliwatts) => {
                Some((named(one.name(), &sum), milliwatts.into()))
            }
            Cost::Unknown => None,
        };
        components.iter().zip(power).filter_map(curve).collect()
    };
    let measured = recording.energy.samples.iter().filter_map(|sample| sample.power.as_ref());
    let over: Vec<Cost<f64>> = components.iter().map(|(_, sum)| sum.map(|_| 0.0)).collect();
    let course = measured.map(|power| (power.start, &power.components)).chain([(recording.cycles, &over)]);
    course.map(|(cycle, power)| counter(recording, cycle, &name, &args(power))).collect()
}

/// A name with what is known of the sum it names.
fn named<T>(name: &str, sum: &Cost<T>) -> String {
    match sum {
        Cost::Known(_) => name.to_owned(),
        Cost::AtLeast(_) => format!("{name} (lower bound)"),
        Cost::Unknown => format!("{name} (unknown)"),
    }
}
