//! `klr trace --check`: a retrieval beside a golden trace.

use crate::error::CliError;
use crate::terminal::{Answer, print};
use klr_sim::Dataflow;
use klr_sim::trace::{GoldenTrace, TraceDifference};
use klr_units::file::FileError;
use klr_units::text::{shorten, wrap};
use klr_waves::Traced;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest golden trace that is read, in bytes: some thirty million events.
const MOST_BYTES: u64 = 1 << 30;

/// A golden trace as a file that was read.
pub(crate) struct Golden {
    path: PathBuf,
    text: String,
}

/// Reads a golden trace, and makes sure that it is one.
pub(crate) fn read(path: &Path) -> Result<Golden, CliError> {
    let text = read_text(path, "golden trace", MOST_BYTES)?;
    let golden = Golden { path: path.to_owned(), text };
    golden.parsed()?;
    Ok(golden)
}

/// A text file of at most `limit` bytes.
pub(crate) fn read_text(path: &Path, what: &'static str, limit: u64) -> Result<String, CliError> {
    let fail = |source| FileError { path: path.to_owned(), action: "read", source };
    let mut bytes = Vec::new();
    File::open(path).map_err(fail)?.take(limit + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > limit {
        return Err(CliError::TooLarge { path: path.to_owned(), what, limit });
    }
    String::from_utf8(bytes).map_err(|_| CliError::NotText(path.to_owned()))
}

impl Golden {
    fn parsed(&self) -> Result<GoldenTrace<'_>, CliError> {
        GoldenTrace::parse(&self.text).map_err(|source| CliError::Golden { path: self.path.clone(), source })
    }

    /// That its header, if it has one, names this dataflow and this cue.
    pub(crate) fn is_of(&self, dataflow: Dataflow, cue: usize) -> Result<(), CliError> {
        let checked = self.parsed()?.check(dataflow, cue);
        checked.map_err(|source| CliError::Golden { path: self.path.clone(), source })
    }

    /// Prints the first difference, or that there is none.
    pub(crate) fn compare(&self, traced: &Traced<'_>) -> Result<Answer, CliError> {
        let golden = self.parsed()?;
        let events = traced.events()?;
        let dataflow = traced.schedule.dataflow;
        let what = format!("{}, cue {}", dataflow.name(), traced.index);
        let name = shorten(&self.path.to_string_lossy(), 60);
        let other = golden.run().filter(|run| *run != traced.run.to_string());
        let remark = other.map_or(String::new(), |run| {
            format!(
                "the golden trace is of another run:\n{}{}",
                wrap("  ", 2, run),
                wrap("  this one is ", 2, &traced.run.to_string())
            )
        });
        match golden.first_difference(&events, dataflow) {
            None => {
                let lines = format!("{what}: all {} events are those of {name}", golden.len());
                print(&format!("{}{remark}", wrap("", 2, &lines)))?;
                Ok(Answer::Met)
            }
            Some(difference) => {
                print(&format!("{}{remark}", shown(&what, &name, &difference)))?;
                Ok(Answer::Differs)
            }
        }
    }
}

fn shown(what: &str, name: &str, difference: &TraceDifference) -> String {
    let TraceDifference { event, line, cycle, golden, found, rules } = difference;
    let title = format!("{what}: event {event}, in cycle {cycle}, is not that of line {line} of {name}");
    let ended = "nothing: it has ended";
    let rules = match rules.as_slice() {
        [] => "none is known for such an event".to_owned(),
        rules => format!("{} of docs/timing.md", rules.join(", ")),
    };
    format!(
        "{}  golden     {}\n  this run   {}\n{}",
        wrap("", 2, &title),
        shorten(golden.as_deref().unwrap_or(ended), 80),
        shorten(found.as_deref().unwrap_or(ended), 80),
        wrap("  rules      ", 13, &rules)
    )
}
