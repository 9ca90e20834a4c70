//! A text trace as a file: a header that says what it is of, then one line per event; and what two of them differ in.
//!
//! ```text
//! # klr text trace, version 1
//! # run: klr 0.1.0, plan 3b0c..., seed 1
//! # dataflow: delta
//! # cue: 0
//! # clock: 500 MHz
//! # columns: cycle unit event
//! 000000 seq   cue n=100
//! ```
//!
//! What the core uses that no RTL confirms stands above the columns, a line for each setting.
//!
//! A file without a header is events alone, as the golden traces of this crate.

use super::rules::rules;
use crate::confirmed::{NOT_CONFIRMED, Unconfirmed};
use crate::dataflow::Dataflow;
use klr_units::{ClockMhz, RunId};
use std::fmt;

/// The first line of a file, up to its version.
const TITLE: &str = "# klr text trace, version ";

/// The version that this crate writes, and the only one it reads.
const VERSION: &str = "1";

/// What a text trace is of.
#[derive(Clone, Copy, Debug)]
pub struct TextHeader<'a> {
    /// Plan, seed and version.
    pub run: &'a RunId,
    /// The dataflow.
    pub dataflow: Dataflow,
    /// Which cue of the plan, counted from 0.
    pub cue: usize,
    /// The clock: a cycle is one of its periods.
    pub clock: ClockMhz,
    /// What the retrieval uses that no RTL confirms.
    pub unconfirmed: &'a [&'static Unconfirmed],
}

/// The lines above the events.
impl fmt::Display for TextHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}{VERSION}")?;
        writeln!(f, "# run: {}", self.run)?;
        writeln!(f, "# dataflow: {}", self.dataflow.name())?;
        writeln!(f, "# cue: {}", self.cue)?;
        writeln!(f, "# clock: {} MHz", self.clock.mhz())?;
        for one in self.unconfirmed {
            writeln!(f, "# {NOT_CONFIRMED}: {one}")?;
        }
        writeln!(f, "# columns: cycle unit event")
    }
}

/// A text trace as it was read, for comparison with another: what its header says, and its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldenTrace<'a> {
    run: Option<&'a str>,
    dataflow: Option<&'a str>,
    cue: Option<&'a str>,
    /// Lines before the first event.
    above: usize,
    events: &'a str,
}

/// Why a text is no trace, or not one to compare with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GoldenError {
    /// A header of another version.
    #[error("line 1: a text trace of version {0}; this program reads version {VERSION}")]
    Version(String),
    /// A line that is no event.
    #[error(
        "line {line}: found \"{found}\", expected a cycle, a unit and an event, such as 000003 seq   step 1"
    )]
    Line {
        /// From 1.
        line: usize,
        /// What stands there, at most a few words of it.
        found: String,
    },
    /// No events.
    #[error("it holds no event")]
    Empty,
    /// A trace of something else.
    #[error("its {field} is {found}, that of this retrieval {expected}")]
    Other {
        /// `dataflow` or `cue`.
        field: &'static str,
        /// What the header says.
        found: String,
        /// What it would have to say.
        expected: String,
    },
}

/// The first event in which two traces differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceDifference {
    /// Which event, counted from 1.
    pub event: usize,
    /// The line of the golden file, from 1.
    pub line: usize,
    /// The cycle: the earlier of the two.
    pub cycle: u64,
    /// The golden event as text; none if the golden trace has ended.
    pub golden: Option<String>,
    /// This one's; none if this trace has ended.
    pub found: Option<String>,
    /// The rules of `docs/timing.md` that say when these events happen.
    pub rules: Vec<&'static str>,
}

impl<'a> GoldenTrace<'a> {
    /// Reads a file as [`TextHeader`] and the events of a [`crate::TextTrace`] make it, or events alone.
    ///
    /// # Errors
    /// [`GoldenError`] for another version, a line that is no event, or no event at all.
    pub fn parse(text: &'a str) -> Result<Self, GoldenError> {
        if let Some(version) = text.lines().next().and_then(|first| first.strip_prefix(TITLE))
            && version != VERSION
        {
            return Err(GoldenError::Version(few_words(version)));
        }
        let header: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        let field = |name: &str| {
            header.iter().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "))
        };
        let events = header.iter().fold(text, |rest, line| {
            let rest = &rest[line.len()..];
            rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest)
        });
        let golden = Self {
            run: field("run"),
            dataflow: field("dataflow"),
            cue: field("cue"),
            above: header.len(),
            events,
        };
        for (at, line) in events.lines().enumerate() {
            if cycle_of(line).is_none() {
                return Err(GoldenError::Line { line: golden.above + at + 1, found: few_words(line) });
            }
        }
        if events.lines().next().is_none() { Err(GoldenError::Empty) } else { Ok(golden) }
    }

    /// Plan, seed and version, as the header has them; none without a header.
    #[must_use]
    pub const fn run(&self) -> Option<&'a str> {
        self.run
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.lines().count()
    }

    /// Whether there is no event; of a trace that was read there is one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// That the header, if there is one, names this dataflow and this cue. Plan, seed, version and clock may be others:
    /// whether they change the course of the events is what a comparison is for.
    ///
    /// # Errors
    /// [`GoldenError::Other`] with what it names instead.
    pub fn check(&self, dataflow: Dataflow, cue: usize) -> Result<(), GoldenError> {
        let expected =
            [("dataflow", self.dataflow, dataflow.name().to_owned()), ("cue", self.cue, cue.to_string())];
        for (field, found, expected) in expected {
            if let Some(found) = found.filter(|found| *found != expected) {
                return Err(GoldenError::Other { field, found: few_words(found), expected });
            }
        }
        Ok(())
    }

    /// The first event in which `events`, the text of a trace under `dataflow`, differs from this trace.
    #[must_use]
    pub fn first_difference(&self, events: &str, dataflow: Dataflow) -> Option<TraceDifference> {
        let (mut golden, mut found) = (self.events.lines(), events.lines());
        for at in 0.. {
            let (ours, theirs) = (found.next(), golden.next());
            if ours == theirs {
                ours?;
                continue;
            }
            let both = [theirs, ours].into_iter().flatten();
            let mut of_rules: Vec<&'static str> = Vec::new();
            for rule in both.clone().flat_map(|line| rules(event_of(line), dataflow)) {
                if !of_rules.contains(rule) {
                    of_rules.push(rule);
                }
            }
            return Some(TraceDifference {
                event: at + 1,
                line: self.above + at + 1,
                cycle: both.filter_map(cycle_of).min().unwrap_or(0),
                golden: theirs.map(str::to_owned),
                found: ours.map(str::to_owned),
                rules: of_rules,
            });
        }
        None
    }
}

/// The cycle of a line, if the line is an event: a number, a unit, and something that happens.
fn cycle_of(line: &str) -> Option<u64> {
    let (cycle, event) = line.split_once(' ')?;
    let is_number = !cycle.is_empty() && cycle.bytes().all(|byte| byte.is_ascii_digit());
    let (unit, what) = event.split_once(' ')?;
    let is_event = ["seq", "dist", "mac", "core"].contains(&unit) && !what.trim().is_empty();
    if is_number && is_event { cycle.parse().ok() } else { None }
}

/// A line without its cycle.
fn event_of(line: &str) -> &str {
    line.split_once(' ').map_or("", |(_, event)| event)
}

/// The start of a text, for a message.
fn few_words(text: &str) -> String {
    let start: String = text.chars().take(30).collect();
    if start.len() < text.len() { format!("{start}..") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confirmed::UNCONFIRMED;
    use klr_units::Digest;

    const EVENTS: &str = "000000 seq   cue n=4\n000000 seq   step 1\n000007 seq   field neuron=0 h=3\n";

    fn file(dataflow: Dataflow, cue: usize) -> String {
        let run = RunId::new(Digest::of(b"a plan"), 7);
        let clock = ClockMhz::new(500).unwrap();
        let header = TextHeader { run: &run, dataflow, cue, clock, unconfirmed: &[] };
        format!("{header}{EVENTS}")
    }

    #[test]
    fn what_no_rtl_confirms_stands_in_the_header_a_line_each_and_is_no_event() {
        let run = RunId::new(Digest::of(b"a plan"), 7);
        let all: Vec<&Unconfirmed> = UNCONFIRMED.iter().collect();
        let clock = ClockMhz::new(500).unwrap();
        let header = TextHeader { run: &run, dataflow: Dataflow::Delta, cue: 0, clock, unconfirmed: &all };
        let text = format!("{header}{EVENTS}");
        for one in UNCONFIRMED {
            let line = format!("# specified, not confirmed by RTL: {one}");
            assert!(line.len() <= 120 && text.lines().any(|found| found == line), "{line}: {text}");
        }
        let golden = GoldenTrace::parse(&text).unwrap();
        assert_eq!((golden.len(), golden.check(Dataflow::Delta, 0)), (3, Ok(())));
    }

    #[test]
    fn a_file_says_what_it_is_of_and_is_read_back() {
        let text = file(Dataflow::Delta, 3);
        assert!(text.lines().take(6).all(|line| line.starts_with("# ") && line.len() <= 120), "{text}");
        let golden = GoldenTrace::parse(&text).unwrap();
        assert_eq!(golden.run(), Some(RunId::new(Digest::of(b"a plan"), 7).to_string().as_str()));
        assert_eq!(golden.len(), 3);
        assert_eq!(golden.check(Dataflow::Delta, 3), Ok(()));
        let message = golden.check(Dataflow::Sweep, 3).unwrap_err().to_string();
        assert_eq!(message, "its dataflow is delta, that of this retrieval sweep");
        let message = golden.check(Dataflow::Delta, 4).unwrap_err().to_string();
        assert_eq!(message, "its cue is 3, that of this retrieval 4");
        assert_eq!(golden.first_difference(EVENTS, Dataflow::Delta), None);
    }

    #[test]
    fn events_without_a_header_are_a_trace_too_whatever_ends_their_lines() {
        for text in [EVENTS.to_owned(), EVENTS.replace('\n', "\r\n"), EVENTS.trim_end().to_owned()] {
            let golden = GoldenTrace::parse(&text).unwrap();
            assert_eq!((golden.run(), golden.check(Dataflow::Sweep, 9)), (None, Ok(())));
            assert_eq!(golden.first_difference(EVENTS, Dataflow::Sweep), None, "{text:?}");
        }
        let windows = file(Dataflow::Sweep, 0).replace('\n', "\r\n");
        assert_eq!(GoldenTrace::parse(&windows).unwrap().check(Dataflow::Sweep, 0), Ok(()));
    }

    #[test]
    fn the_first_difference_has_its_cycle_its_line_and_its_rules() {
        let text = file(Dataflow::Delta, 0);
        let golden = GoldenTrace::parse(&text).unwrap();
        let later = golden.first_difference(&EVENTS.replace("000007", "000009"), Dataflow::Delta).unwrap();
        assert_eq!((later.event, later.line, later.cycle), (3, 9, 7), "the earlier of two cycles");
        assert_eq!(later.golden.as_deref(), Some("000007 seq   field neuron=0 h=3"));
        assert_eq!(later.found.as_deref(), Some("000009 seq   field neuron=0 h=3"));
        assert!(later.rules.contains(&"S4"), "{later:?}");
        let more = golden.first_difference(&format!("{EVENTS}000008 seq   skip\n"), Dataflow::Delta).unwrap();
        assert_eq!(
            (more.golden, more.cycle, more.rules),
            (None, 8, vec!["S7"]),
            "the golden trace has ended"
        );
        let less = golden.first_difference("000000 seq   cue n=4\n", Dataflow::Delta).unwrap();
        assert_eq!((less.event, less.found, less.cycle), (2, None, 0), "this trace has ended");
        let none = golden.first_difference("", Dataflow::Delta).unwrap();
        assert_eq!((none.event, none.rules), (1, vec!["C4"]));
    }

    #[test]
    fn what_is_no_trace_is_refused_with_its_line() {
        let cases = [
            ("", "it holds no event"),
            ("# klr text trace, version 1\n", "it holds no event"),
            ("# klr text trace, version 2\n000000 seq   cue n=4\n", "line 1: a text trace of version 2; "),
            ("# klr text trace, version 1\n\n", "line 2: found \"\", expected a cycle, "),
            ("000000 seq   cue n=4\nx\n", "line 2: found \"x\", expected a cycle, "),
            ("000000 seq   cue n=4\n99999999999999999999 seq   skip\n", "line 2: found "),
            ("000000 seq   \n", "line 1: found "),
            ("000000 spiral turn\n", "line 1: found "),
            ("-1 seq   skip\n", "line 1: found "),
        ];
        for (text, expected) in cases {
            let message = GoldenTrace::parse(text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text:?}: {message}");
            assert!(message.len() < 140, "{message}");
        }
    }
}
