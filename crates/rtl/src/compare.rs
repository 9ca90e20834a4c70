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
    // A core that keeps a list has the distances of its entries; the lengths are those of the case.
    let mut distances = expected.distances.iter().zip(&found.distances).enumerate();
    if let Some((mu, (ours, theirs))) =
        distances.find(|(_, (ours, theirs))| theirs.is_some() && ours != theirs)
    {
        return Some(value(format!("distance {mu}"), ours, theirs));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families::{FAMILIES, draw};
    use crate::simulated;

    fn run() -> (Case, Run) {
        let case = draw(&FAMILIES[0], 0, Dataflow::Delta);
        let run = simulated::run(&case);
        (case, run)
    }

    #[test]
    fn runs_that_are_the_same_do_not_differ() {
        let (_, run) = run();
        assert_eq!(first_difference(&run, &run), None);
    }

    #[test]
    fn an_event_that_is_missing_is_shown_with_cycle_unit_rules_and_what_is_around_it() {
        let (case, run) = run();
        let at = run.records.iter().position(|record| line(record).contains("seq   field")).expect("a field");
        let mut found = run.clone();
        found.records.remove(at);
        let difference = first_difference(&run, &found).expect("it differs");
        assert_eq!(difference, Difference::Event(at));
        let told = describe(&case, &run, &found, &difference);
        let missing = line(&run.records[at]);
        let head = format!("cycle {}, unit seq, rules S4, S6, S10, S11", cycle_of(&run.records[at]));
        assert!(told.starts_with(&head), "{told}");
        assert!(told.contains(&format!("expected {missing}\n")), "{told}");
        assert!(told.contains(&format!("> {missing}\n")), "{told}");
        assert_eq!(
            told.matches('\n').count(),
            3 + 2 + 2 * (2 * AROUND + 1),
            "ten records before and after: {told}"
        );
    }

    #[test]
    fn an_event_too_much_is_the_difference_even_before_what_was_expected() {
        let (case, run) = run();
        let mut found = run.clone();
        let early = found.records[5];
        found.records.insert(5, early);
        let difference = first_difference(&run, &found).expect("it differs");
        let told = describe(&case, &run, &found, &difference);
        assert!(told.starts_with(&format!("cycle {}, ", cycle_of(&early))), "{told}");
    }

    #[test]
    fn everything_but_events_is_compared_too_and_named() {
        let (case, run) = run();
        type Change = fn(&mut Run);
        let changes: [(&str, Change); 6] = [
            ("outcome", |run| run.outcome = None),
            ("state", |run| run.state.flip(0)),
            ("field 1", |run| run.fields.iter_mut().for_each(|fields| fields[1] += 1)),
            ("distance 0", |run| run.distances[0] = Some(1000)),
            ("cycles", |run| run.activity.cycles += 1),
            ("list_overflows", |run| run.activity.list_overflows += 1),
        ];
        for (what, change) in changes {
            let mut found = run.clone();
            change(&mut found);
            let difference = first_difference(&run, &found).expect(what);
            let told = describe(&case, &run, &found, &difference);
            assert!(told.starts_with(&format!("{what}: expected ")), "{told}");
        }
    }
}
