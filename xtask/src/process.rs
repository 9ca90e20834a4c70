//! Starting cargo, handing its exit code on, and printing on a terminal that may be full or closed.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether standard output has not taken all of what was printed.
static LOST: AtomicBool = AtomicBool::new(false);

/// Prints a result, which may have several lines. What standard output does not take is remembered for [`delivered`]; a
/// reader who has closed it, such as `head`, has seen enough.
pub(crate) fn print(text: impl Display) {
    let mut out = io::stdout().lock();
    match out.write_all(visible(text).as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            LOST.store(true, Ordering::Relaxed);
            tell(format_args!("error: standard output: failed to write: {error}\n"));
        }
        _ => (),
    }
}

/// Says something about the work on standard error; that it cannot be said changes nothing.
pub(crate) fn tell(text: impl Display) {
    let _ = io::stderr().lock().write_all(visible(text).as_bytes());
}

/// Says something in place of the last line, on a standard error that is a terminal.
pub(crate) fn rewrite(text: impl Display) {
    // To the start of the line, which is cleared.
    let line = format!("\r\x1b[2K{}", visible(text));
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// `text` with all control characters but line breaks shown, so that no name of a file moves the cursor.
fn visible(text: impl Display) -> String {
    let shown = |c: char| {
        if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() }
    };
    text.to_string().chars().map(shown).collect()
}

/// `code`, or 2 if a result was not delivered.
pub(crate) fn delivered(code: ExitCode) -> ExitCode {
    if LOST.load(Ordering::Relaxed) { ExitCode::from(2) } else { code }
}

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable when it runs a binary or a test, so a checkout that was moved after the build is found too.
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_dir.parent().map_or(manifest_dir.clone(), Path::to_path_buf)
}

/// The cargo that started this program, so that a chosen toolchain stays chosen.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Whether `program` can be started.
pub(crate) fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    let output = command.arg("--version").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// Runs a command to its end, and answers with its exit code.
pub(crate) fn run(command: &mut Command) -> u8 {
    match command.status() {
        Ok(status) => exit_code(status),
        Err(error) => not_started(command, &error),
    }
}

/// Becomes the command where the system allows it: an interrupt then reaches the program itself and nothing in between.
pub(crate) fn replace(command: &mut Command) -> ExitCode {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = command.exec();
        ExitCode::from(not_started(command, &error))
    }
    #[cfg(not(unix))]
    ExitCode::from(run(command))
}

pub(crate) fn not_started(command: &Command, error: &io::Error) -> u8 {
    tell(format_args!("error: failed to start `{}`: {error}\n", command.get_program().display()));
    127
}

pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            // What a shell reports for a program that a signal ended.
            return u8::try_from(128 + signal).unwrap_or(1);
        }
    }
    status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace_manifest() {
        assert!(root().join("Cargo.toml").is_file());
        assert!(root().join("xtask").is_dir());
    }

    #[test]
    fn a_failing_command_hands_on_its_exit_code() {
        assert_eq!(run(cargo().arg("--version").stdout(Stdio::null())), 0);
        let no_such_command = cargo().arg("no-such-command").stderr(Stdio::null()).status();
        assert_eq!(exit_code(no_such_command.unwrap()), 101);
    }

    #[test]
    fn a_command_that_does_not_exist_is_127_as_in_a_shell() {
        assert_eq!(run(&mut Command::new("klr-no-such-program")), 127);
    }

    #[cfg(unix)]
    #[test]
    fn a_signal_is_reported_as_a_shell_does() {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(exit_code(ExitStatus::from_raw(9)), 137);
    }
}
