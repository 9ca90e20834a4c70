//! The `klr` command line.

mod analyse;
mod cli;
mod error;
mod progress;
mod timing;

use clap::Parser;
use std::process::ExitCode;

/// The exit code of a request that cannot be met; 1 is left to panics and to the shell.
const BAD_REQUEST: u8 = 2;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("KLR_LOG"))
        .with_writer(std::io::stderr)
        .init();
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the one message of a request that cannot be met")]
            {
                eprintln!("klr: {}", one_line(&error.to_string()));
            }
            ExitCode::from(BAD_REQUEST)
        }
    }
}

/// A message on one line, whatever a file, a key or a path put into it: line breaks and other control characters are
/// shown, not obeyed.
fn one_line(message: &str) -> String {
    message
        .chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}
