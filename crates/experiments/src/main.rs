//! The `klr` command line.

mod cli;
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
                eprintln!("klr: {error}");
            }
            ExitCode::from(BAD_REQUEST)
        }
    }
}
