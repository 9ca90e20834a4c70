//! The project's own commands, started as `cargo xtask NAME`.
//!
//! This crate uses no other, so that it builds in a second and still runs when the workspace does not compile.

mod bench;
mod build;
mod ci;
mod fuzz;
mod gates;
mod klr;
mod nearest;
mod process;
mod repro;
mod rtl;
mod snap;
mod test;
mod tidy;
mod tree;

use std::ffi::OsString;
use std::process::ExitCode;

/// A subcommand as `cargo xtask help` lists it.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "sim",
        arguments: "[ARGS..]",
        about: "Run one simulation in release mode: `klr sim ARGS`",
    },
    Command { name: "klr", arguments: "[ARGS..]", about: "Run any klr command in release mode: `klr ARGS`" },
    Command {
        name: "repro",
        arguments: "--quick|--full [ARGS..]",
        about: "Derive published results again in release mode: `klr repro ARGS`",
    },
    Command {
        name: "compare",
        arguments: "[ARGS..]",
        about: "The memory of a plan on other machines, in release mode: `klr compare ARGS`",
    },
    Command {
        name: "sweep",
        arguments: "FILE --out DIR [ARGS..]",
        about: "Run every point of a sweep in release mode: `klr sweep ARGS`",
    },
    Command { name: "test", arguments: "[ARGS..]", about: "Run every test and doc test: `cargo test ARGS`" },
    Command {
        name: "bench",
        arguments: "[NAME [ARGS..]]",
        about: "Run a benchmark; without a name, list them",
    },
    Command {
        name: "fuzz",
        arguments: "READER COUNT [FROM] [--program]",
        about: "Read damaged files, and say what they took: docs/testing.md",
    },
    Command {
        name: "rtl",
        arguments: "--quick|--full [SEEDS]",
        about: "Compare the core in SystemVerilog with the simulator: docs/rtl.md",
    },
    Command {
        name: "gates",
        arguments: "--liberty FILE...",
        about: "Price the core's logic from gates in cell libraries: docs/rtl.md",
    },
    Command {
        name: "ci",
        arguments: "",
        about: "Format, lint, test, document, tidy: stop at the first failure",
    },
    Command {
        name: "tidy",
        arguments: "",
        about: "Check what the compiler cannot: layers, docs, snapshots, words",
    },
    Command {
        name: "snap",
        arguments: "list|accept|orphans",
        about: "Review the snapshots that tests changed",
    },
    Command { name: "help", arguments: "", about: "Print this list" },
];

type Handler = fn(&[OsString]) -> ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        process::tell(usage());
        return ExitCode::from(2);
    };
    let name = name.to_string_lossy();
    match handler(&name) {
        Some(run) => process::delivered(run(rest)),
        None => {
            process::tell(unknown(&name));
            ExitCode::from(2)
        }
    }
}

fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "sim" => klr::sim,
        "klr" => klr::klr,
        "compare" => klr::compare,
        "sweep" => klr::sweep,
        "repro" => repro::run,
        "test" => test::run,
        "bench" => bench::run,
        "fuzz" => fuzz::run,
        "rtl" => rtl::run,
        "gates" => gates::run,
        "ci" => ci::run,
        "tidy" => tidy::run,
        "snap" => snap::run,
        "help" | "--help" | "-h" => help,
        _ => return None,
    })
}

fn help(_arguments: &[OsString]) -> ExitCode {
    process::print(usage());
    ExitCode::SUCCESS
}

fn usage() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND [ARGS..]\n\nCommands:\n");
    for Command { name, arguments, about } in COMMANDS {
        text += &format!("  {:<26}{about}\n", format!("{name} {arguments}"));
    }
    text
}

fn unknown(name: &str) -> String {
    let names = COMMANDS.iter().map(|command| command.name);
    let hint = nearest::nearest(name, names).map(|near| format!("; did you mean `{near}`?"));
    format!("error: no command `{name}`{}\n\n{}", hint.unwrap_or_default(), usage())
}

/// Refuses arguments for the commands that take none, rather than ignoring what the user wrote.
fn expect_no_arguments(command: &str, arguments: &[OsString]) -> Result<(), ExitCode> {
    match arguments.first() {
        None => Ok(()),
        Some(first) => {
            process::tell(format_args!(
                "error: `cargo xtask {command}` takes no arguments, found `{}`\n",
                first.display()
            ));
            Err(ExitCode::from(2))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_command_has_a_handler() {
        for command in COMMANDS {
            assert!(handler(command.name).is_some(), "`{}` is listed but does nothing", command.name);
        }
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_nearest_name_and_the_list() {
        let message = unknown("tidi");
        assert!(message.starts_with("error: no command `tidi`; did you mean `tidy`?\n"), "{message}");
        assert!(message.contains("orphans"), "{message}");
    }

    #[test]
    fn a_far_off_command_gets_no_guess() {
        assert!(unknown("benchmark").starts_with("error: no command `benchmark`\n"));
    }
}
