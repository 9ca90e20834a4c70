//! The two streams of a terminal, which may be full or closed: how anything is printed, and what becomes of what cannot be.
//!
//! Standard output carries the result: if it does not take it, the request was not met. A reader who has closed it, such
//! as `head`, has seen enough, and that is no error. Standard error carries words about the run: if they are lost, nothing
//! changes. Nothing here panics, and no character of a file, a name or an argument is obeyed by the terminal.

use crate::error::CliError;
use klr_units::text::{escaped, printable, wrap};
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use tracing_subscriber::EnvFilter;

/// The variable that says which log messages to write, to standard error.
const LOG: &str = "KLR_LOG";

/// How a request that could be met ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// As it was asked for.
    Met,
    /// What was compared differs.
    Differs,
}

/// Prints a result for people.
///
/// # Errors
/// [`CliError::Output`] if standard output takes less than all of it, unless its reader has gone.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    deliver(printable(text).as_bytes())
}

/// Prints a result as it is: a script or a file.
///
/// # Errors
/// As [`print()`].
pub(crate) fn deliver(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    // Without the flush, an error in the last line would go unnoticed.
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Output(error)),
        _ => Ok(()),
    }
}

/// The one sentence of a request that cannot be met, whatever a file, a key or a path put into it.
pub(crate) fn complain(error: &CliError) {
    sentence("klr: ", error);
}

/// What somebody should know of a request that can be met.
pub(crate) fn note(text: &impl Display) {
    sentence("klr: note: ", text);
}

/// A sentence in lines that fit a terminal, all but the first indented.
fn sentence(first: &str, text: &impl Display) {
    tell(&wrap(first, "klr: ".len(), &escaped(&text.to_string())));
}

/// What the parser of the command line says of arguments that it refuses.
pub(crate) fn explain(text: &str) {
    let lines = printable(text);
    let lines = lines.lines().map(|line| {
        let words = line.trim_start();
        let blanks = line.len() - words.len();
        wrap(&line[..blanks], blanks + 2, words)
    });
    tell(&lines.collect::<String>());
}

fn tell(text: &str) {
    // A reader of standard error who cannot be reached can still read the exit code.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes log messages to standard error from here on, those that `KLR_LOG` asks for: `info`, or `klr_model=debug`.
///
/// # Errors
/// [`CliError::Log`] if the variable is not understood.
pub(crate) fn log() -> Result<(), CliError> {
    let asked = std::env::var_os(LOG).unwrap_or_default();
    let filter = asked.to_str().and_then(|asked| EnvFilter::builder().parse(asked).ok());
    let filter = filter.ok_or_else(|| CliError::Log(asked.to_string_lossy().into_owned()))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // It would speak of a lost message on the stream that has just lost it, and panic.
        .log_internal_errors(false)
        .init();
    Ok(())
}

/// Arguments with their control characters shown, for a parser that repeats what it refuses.
pub(crate) fn shown(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    arguments
        .map(|argument| argument.to_str().map_or_else(|| argument.clone(), |text| escaped(text).into()))
        .collect()
}
