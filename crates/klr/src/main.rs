//! The `klr` command line.

mod analyse;
mod cli;
mod error;
mod progress;
mod terminal;
mod timing;

use clap::Parser;
use error::CliError;
use std::process::ExitCode;

/// The exit code of a request that cannot be met; 1 is left to panics and to the shell.
const BAD_REQUEST: u8 = 2;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            // Parsed again, so that no argument is repeated as it is.
            let again = cli::Cli::try_parse_from(terminal::shown(std::env::args_os()));
            terminal::explain(&again.err().unwrap_or(error).render().to_string());
            return ExitCode::from(BAD_REQUEST);
        }
        // Help, or the version.
        Err(asked) => return ended(terminal::print(&asked.render().to_string())),
    };
    ended(terminal::log().and_then(|()| cli.run()))
}

/// The exit code of a request, and the message of one that could not be met.
fn ended(result: Result<(), CliError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::from(BAD_REQUEST)
        }
    }
}
