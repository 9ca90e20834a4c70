//! `cargo xtask ci`: the one list of checks that must pass before a change is accepted.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::{process, test, tidy};

/// A check, and how it is run.
struct Step {
    name: &'static str,
    run: fn() -> u8,
}

/// Formatting first, since it is instant; clippy before the tests, since it finds a compile error sooner.
const STEPS: &[Step] = &[
    Step { name: "fmt", run: fmt },
    Step { name: "clippy", run: clippy },
    Step { name: "test", run: test_workspace },
    Step { name: "rtl", run: rtl },
    Step { name: "repro", run: repro },
    Step { name: "doc", run: doc },
    Step { name: "tidy", run: tidy::check_repository },
];

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    if let Err(code) = crate::expect_no_arguments("ci", arguments) {
        return code;
    }
    let mut timings = Vec::new();
    let code = run_steps(STEPS, &mut timings);
    process::tell(format_args!("\n{}\n", summary(&timings, code)));
    ExitCode::from(code)
}

/// Runs the steps in order up to the first that fails, and answers with its exit code.
fn run_steps(steps: &[Step], timings: &mut Vec<(&'static str, Duration)>) -> u8 {
    for step in steps {
        process::tell(format_args!("\n== {}\n", step.name));
        let (code, took) = timed(step.run);
        process::tell(format_args!("== {}: {} in {:.1} s\n", step.name, verdict(code), took.as_secs_f64()));
        timings.push((step.name, took));
        if code != 0 {
            return code;
        }
    }
    0
}

fn timed(run: fn() -> u8) -> (u8, Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a check took is for its reader, and no result holds it"
    )]
    let start = Instant::now();
    (run(), start.elapsed())
}

fn summary(timings: &[(&'static str, Duration)], code: u8) -> String {
    let steps: Vec<String> =
        timings.iter().map(|(name, took)| format!("{name} {:.1} s", took.as_secs_f64())).collect();
    let total: Duration = timings.iter().map(|(_, took)| *took).sum();
    format!("ci {}: {} (total {:.1} s)", verdict(code), steps.join(", "), total.as_secs_f64())
}

fn verdict(code: u8) -> &'static str {
    if code == 0 { "ok" } else { "FAILED" }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = process::cargo();
    command.args(arguments).current_dir(process::root());
    command
}

fn fmt() -> u8 {
    process::run(&mut cargo(&["fmt", "--all", "--", "--check"]))
}

fn clippy() -> u8 {
    process::run(&mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// What `cargo xtask test` runs, with snapshots and lock file held fixed: a check that mends what it checks never fails.
fn test_workspace() -> u8 {
    let mut command = test::command(&["--locked".into()]);
    command.env("INSTA_UPDATE", "no").env_remove("INSTA_FORCE_PASS");
    process::run(&mut command)
}

/// Every published result, from small samples; with the build that the tests use.
fn repro() -> u8 {
    let run = ["run", "--locked", "--quiet", "--package", "klr", "--bin", "klr", "--"];
    let folders = ["--out", "out/repro-ci", "--work", "out/repro-work"];
    process::run(cargo(&run).args(["repro", "--quick", "--check"]).args(folders))
}

/// The core in SystemVerilog beside the simulator, from few retrievals. Where nobody installed Verilator that is said, and
/// only a build that is told to be one fails.
fn rtl() -> u8 {
    if process::is_there("verilator") || std::env::var_os("CI").is_some() {
        let quick = ["xtask", "rtl", "--quick"];
        return process::run(&mut cargo(&quick));
    }
    process::tell(
        "not tested: verilator is not on PATH; install it with `apt-get install verilator g++ make`\n",
    );
    0
}

fn doc() -> u8 {
    // A public item may explain itself by a private one: these pages are read beside the source.
    let flags = "-D warnings -A rustdoc::private-intra-doc-links";
    process::run(cargo(&["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_stops_the_list_and_gives_its_exit_code() {
        let steps = [
            Step { name: "passes", run: || 0 },
            Step { name: "fails", run: || 42 },
            Step { name: "never", run: || unreachable!("a step ran after a failure") },
        ];
        let mut timings = Vec::new();
        assert_eq!(run_steps(&steps, &mut timings), 42);
        assert_eq!(timings.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["passes", "fails"]);
    }

    #[test]
    fn the_summary_names_every_step_that_ran() {
        let timings = [("fmt", Duration::from_millis(400)), ("clippy", Duration::from_secs(30))];
        assert_eq!(summary(&timings, 0), "ci ok: fmt 0.4 s, clippy 30.0 s (total 30.4 s)");
        assert!(summary(&timings, 101).starts_with("ci FAILED: "));
    }
}
