//! The `klr` command line.

mod analyse;
mod check;
mod cli;
mod error;
mod help;
mod prices;
mod progress;
mod room;
mod rtl;
mod sweep;
mod terminal;
mod timing;
mod tornado;
mod verify;

use clap::Parser;
use error::CliError;
use std::process::ExitCode;
use terminal::Answer;

/// The exit code of a request that cannot be met.
const BAD_REQUEST: u8 = 2;

/// The exit code of a comparison that found a difference.
const DIFFERENCE: u8 = 1;

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
        Err(asked) => return ended(terminal::print(&asked.render().to_string()).map(|()| Answer::Met)),
    };
    ended(terminal::log().and_then(|()| cli.run()))
}

/// The exit code of a request, and the message of one that could not be met.
fn ended(result: Result<Answer, CliError>) -> ExitCode {
    match result {
        Ok(Answer::Met) => ExitCode::SUCCESS,
        Ok(Answer::Differs) => ExitCode::from(DIFFERENCE),
        Err(error) => {
            terminal::complain(&error);
            ExitCode::from(BAD_REQUEST)
        }
    }
}
