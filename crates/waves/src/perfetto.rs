//! The recording as a timeline in the JSON that Perfetto and Chrome read, `traceEvents`.
//!
//! Each unit is a thread of the one process. Times are whole nanoseconds on the grid of [`TimeScale`], written in microseconds
//! as the format wants them.

use crate::observer::{CoreUnit, Mark, Recording};
use crate::signals::{SignalValue, Wire};
use crate::spans::Span;
use klr_energy::{Component, Cost};
use klr_units::{ClockMhz, Cycles, RunId};
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

/// How cycles become times of a timeline. Viewers keep whole nanoseconds, take start and duration of a span to them one by
/// one, and drop a span that then sticks out of the one around it. So every cycle begins at a nanosecond of its own, and a
/// duration is the difference of two of them: spans nest in nanoseconds as they nest in cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeScale {
    /// Simulated time, each beginning of a cycle to the nearest nanosecond: a period is at least that long.
    True,
    /// Above 1 GHz: a thousand times slower, a nanosecond of the timeline is a picosecond.
    Slow,
}

impl TimeScale {
    /// The scale for a clock.
    #[must_use]
    pub const fn of(clock: ClockMhz) -> Self {
        if clock.mhz() <= 1000 { Self::True } else { Self::Slow }
    }

    /// What a nanosecond of the timeline is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::True => "1 ns shown is 1 ns",
            Self::Slow => "1 ns shown is 1 ps",
        }
    }

    /// The nanosecond of the timeline in which `cycle` begins.
    fn nanosecond(self, clock: ClockMhz, cycle: u64) -> u64 {
        match self {
            Self::True => {
                let mhz = u128::from(clock.mhz());
                let nanoseconds = (u128::from(cycle) * 1000 + mhz / 2) / mhz;
                u64::try_from(nanoseconds).unwrap_or(u64::MAX)
            }
            Self::Slow => clock.duration(Cycles::new(cycle)).get(),
        }
    }
}

/// The times of one recording.
#[derive(Clone, Copy)]
struct Timeline<'a> {
    recording: &'a Recording,
    scale: TimeScale,
}

impl Timeline<'_> {
    fn nanosecond(self, cycle: u64) -> u64 {
        self.scale.nanosecond(self.recording.clock, cycle)
    }
}

/// An event with what it is sorted by: time, then the longer first, so that a span comes before those within it.
struct Timed {
    start: u64,
    length: u64,
    event: Value,
}

/// The JSON text, one event per line.
#[must_use]
pub fn write(recording: &Recording, run: &RunId) -> String {
    let timeline = Timeline { recording, scale: TimeScale::of(recording.clock) };
    let mut timed = spans(timeline);
    timed.extend(recording.marks.iter().map(|mark| instant(timeline, mark)));
    timed.extend(counters(timeline));
    timed.extend(power(timeline));
    // Stable: what happens at one time stays in order.
    timed.sort_by_key(|event| (event.start, std::cmp::Reverse(event.length)));
    let events = metadata(timeline).into_iter().chain(timed.into_iter().map(|timed| timed.event));
    let lines: Vec<String> = events.map(|event| event.to_string()).collect();
    let about = about(timeline, run);
    format!(
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{about},\"traceEvents\":[\n{}\n]}}\n",
        lines.join(",\n")
    )
}

/// Nanoseconds as microseconds: the decimal that is nearest, or the number above it where a reader who multiplies by 1000
/// and cuts off the rest would end a nanosecond too early.
fn microseconds(nanoseconds: u64) -> f64 {
    let whole = nanoseconds as f64;
    let mut microseconds = whole / 1e3;
    while microseconds * 1e3 < whole {
        microseconds = microseconds.next_up();
    }
    microseconds
}

const fn thread(unit: CoreUnit) -> u32 {
    unit as u32 + 1
}

fn about(Timeline { recording, scale }: Timeline<'_>, run: &RunId) -> Value {
    let unpriced: BTreeSet<&str> = recording.energy.unpriced.iter().map(|item| item.term.key()).collect();
    let unconfirmed: Vec<String> = recording.unconfirmed.iter().map(|one| format!("core.{one}")).collect();
    json!({
        "program": format!("klr {}", run.version()),
        "plan": run.plan(),
        "seed": run.seed(),
        "dataflow": recording.dataflow.name(),
        "clock_mhz": recording.clock.mhz(),
        "cycles": recording.cycles,
        "time": scale.words(),
        "energy": recording.energy.total().status(),
        "unpriced": unpriced,
        "not_confirmed_by_rtl": unconfirmed,
    })
}

fn metadata(Timeline { recording, scale }: Timeline<'_>) -> Vec<Value> {
    let scale = if scale == TimeScale::True { String::new() } else { format!(" ({})", scale.words()) };
    let title = format!("klr {}{scale}", recording.dataflow.name());
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

fn spans(timeline: Timeline<'_>) -> Vec<Timed> {
    let tracks = CoreUnit::ALL.into_iter().zip(&timeline.recording.tracks);
    tracks.flat_map(|(unit, spans)| spans.iter().map(move |one| span(timeline, unit, one))).collect()
}

fn span(timeline: Timeline<'_>, unit: CoreUnit, span: &Span) -> Timed {
    let start = timeline.nanosecond(span.start);
    let length = timeline.nanosecond(span.end) - start;
    let event = json!({
        "ph": "X", "name": span.name, "pid": PROCESS, "tid": thread(unit),
        "ts": microseconds(start), "dur": microseconds(length), "args": {"cycle": span.start},
    });
    Timed { start, length, event }
}

fn instant(timeline: Timeline<'_>, mark: &Mark) -> Timed {
    let start = timeline.nanosecond(mark.cycle);
    // A fault is drawn across the process, a flip on the track of its unit.
    let (scope, tid) = mark.unit.map_or(("p", thread(CoreUnit::Sequencer)), |unit| ("t", thread(unit)));
    let event = json!({
        "ph": "i", "s": scope, "name": mark.name, "pid": PROCESS, "tid": tid,
        "ts": microseconds(start), "args": {"cycle": mark.cycle},
    });
    Timed { start, length: 0, event }
}

fn counter(timeline: Timeline<'_>, cycle: u64, name: &str, args: &Map<String, Value>) -> Timed {
    let start = timeline.nanosecond(cycle);
    let event = json!({"ph": "C", "name": name, "pid": PROCESS, "ts": microseconds(start), "args": args});
    Timed { start, length: 0, event }
}

fn counters(timeline: Timeline<'_>) -> Vec<Timed> {
    let one = |change: &crate::signals::Change| {
        let (_, name) = COUNTERS.iter().find(|(wire, _)| *wire as usize == change.signal)?;
        let SignalValue::Number(number) = change.value else { return None };
        let args = Map::from_iter([("value".to_owned(), number.into())]);
        Some(counter(timeline, change.cycle, name, &args))
    };
    timeline.recording.changes.iter().filter_map(one).collect()
}

/// Mean power over each interval by component, and nothing when the retrieval is over. A lower bound is named one; a
/// component of which nothing is known has no curve.
fn power(timeline: Timeline<'_>) -> Vec<Timed> {
    let recording = timeline.recording;
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
    course.map(|(cycle, power)| counter(timeline, cycle, &name, &args(power))).collect()
}

/// A name with what is known of the sum it names.
fn named<T>(name: &str, sum: &Cost<T>) -> String {
    match sum {
        Cost::Known(_) => name.to_owned(),
        Cost::AtLeast(_) => format!("{name} (lower bound)"),
        Cost::Unknown => format!("{name} (unknown)"),
    }
}
