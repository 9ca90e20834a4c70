//! What two runs differ in, and how it is shown.

use crate::case::Case;
use crate::results::{Record, Run, cycle_of};
use klr_sim::trace::{decode, rules};
use klr_sim::{Counter, Dataflow};
use std::fmt::Write;

/// Records shown before and after a difference.
const AROUND: usize = 10;

/// The first thing in which the RTL's run differs from the simulator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The events: the index of the first sorted record that is not the same.
    Event(usize),
    /// Anything else, by name, with both values as text.
    Value {
        /// What: `state`, `field 3`, a counter.
        what: String,
        /// The simulator's.
        expected: String,
        /// The RTL's.
        found: String,
    },
}

fn value(what: impl Into<String>, expected: impl std::fmt::Debug, found: impl std::fmt::Debug) -> Difference {
    Difference::Value { what: what.into(), expected: format!("{expected:?}"), found: format!("{found:?}") }
}

/// The first difference between the simulator's run and the RTL's, in time and then in this order: outcome, state, fields,
/// distances, counters. None is left out.
#[must_use]
pub fn first_difference(expected: &Run, found: &Run) -> Option<Difference> {
    let longest = expected.records.len().max(found.records.len());
    if let Some(at) = (0..longest).find(|&at| expected.records.get(at) != found.records.get(at)) {
        return Some(Difference::Event(at));
    }
    if expected.outcome != found.outcome {
        return Some(value("outcome", expected.outcome, found.outcome));
    }
    if expected.state != found.state {
        return Some(value("state", expected.state.words(), found.state.words()));
    }
    let fields = (expected.fields.as_deref().unwrap_or(&[]), found.fields.as_deref().unwrap_or(&[]));
    if let Some(i) = (0..fields.0.len().max(fields.1.len())).find(|&i| fields.0.get(i) != fields.1.get(i)) {
        return Some(value(format!("field {i}"), fields.0.get(i), fields.1.get(i)));
    }
    let (ours, theirs) = (&expected.distances, &found.distances);
    if let Some(mu) = (0..ours.len()).find(|&mu| ours.get(mu) != theirs.get(mu)) {
        return Some(value(format!("distance {mu}"), ours.get(mu), theirs.get(mu)));
    }
    let counts = |counter: &&Counter| expected.activity.get(**counter) != found.activity.get(**counter);
    let counter = Counter::ALL.iter().find(counts)?;
    Some(value(counter.name(), expected.activity.get(*counter), found.activity.get(*counter)))
}

/// A record as a line of a trace.
fn line(record: &Record) -> String {
    match decode(record).as_deref() {
        Some([(cycle, event)]) => format!("{:06} {event}", cycle.get()),
        _ => format!("{:06} no event: {:?}", cycle_of(record), &record[8..]),
    }
}

/// A trace as text.
#[must_use]
pub fn text(run: &Run) -> String {
    run.records.iter().fold(String::new(), |text, record| text + &line(record) + "\n")
}

fn rules_of(record: &Record, dataflow: Dataflow) -> String {
    let event = decode(record).and_then(|events| events.first().copied());
    event.map_or_else(String::new, |(_, event)| rules(&event.to_string(), dataflow).join(", "))
}

/// The difference for people: cycle, rules, unit, what was expected and what was found, with ten records before and after.
#[must_use]
pub fn describe(case: &Case, expected: &Run, found: &Run, difference: &Difference) -> String {
    let mut out = String::new();
    let at = match difference {
        Difference::Value { what, expected, found } => {
            let _ = writeln!(out, "{what}: expected {expected}, found {found}; the events agree");
            return out;
        }
        Difference::Event(at) => *at,
    };
    let (ours, theirs) = (expected.records.get(at), found.records.get(at));
    // What is sorted behind is there, or too late, or too much: the earlier one is the difference.
    let first = match (ours, theirs) {
        (Some(a), Some(b)) if (cycle_of(b), b) < (cycle_of(a), a) => theirs,
        (Some(_), _) => ours,
        (None, _) => theirs,
    };
    let Some(first) = first else { return out };
    let shown = line(first);
    let unit = shown.split_whitespace().nth(1).unwrap_or("");
    let _ = writeln!(
        out,
        "cycle {}, unit {unit}, rules {}",
        cycle_of(first),
        rules_of(first, case.schedule.dataflow)
    );
    let or_end = |record: Option<&Record>| record.map_or("the end".to_owned(), line);
    let _ = writeln!(out, "  expected {}\n  found    {}", or_end(ours), or_end(theirs));
    for (name, run) in [("simulator", expected), ("RTL", found)] {
        let _ = writeln!(out, "  {name}:");
        let to = run.records.len().min(at + AROUND + 1);
        for (i, record) in run.records.iter().enumerate().take(to).skip(at.saturating_sub(AROUND)) {
            let _ = writeln!(out, "  {} {}", if i == at { '>' } else { ' ' }, line(record));
        }
    }
    out
}
