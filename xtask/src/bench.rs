//! `cargo xtask bench`: how fast the project's parts are, with optimisation.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::{build, nearest, process};

/// A benchmark as the list shows it.
struct Bench {
    name: &'static str,
    package: &'static str,
    about: &'static str,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "sim",
        package: "klr-experiments",
        about: "speed and memory of the simulator, beside the reference and SANA-FE: docs/benchmarks.md",
    },
    Bench {
        name: "rtl",
        package: "klr-experiments",
        about: "speed of the simulator beside its own RTL, compiled by Verilator: docs/benchmarks.md",
    },
    Bench {
        name: "scale",
        package: "klr-experiments",
        about: "time and memory of runs of many patterns, beside summing all their pairs: docs/benchmarks.md",
    },
    Bench {
        name: "train",
        package: "klr-experiments",
        about: "speed and memory of training to the optimum and of recall, beside NumPy: docs/benchmarks.md",
    },
];

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let Some((name, rest)) = arguments.split_first() else {
        process::print(list());
        return ExitCode::SUCCESS;
    };
    let name = name.to_string_lossy();
    match BENCHES.iter().find(|bench| bench.name == name) {
        Some(bench) => {
            let what = format!("benchmark {} (release)", bench.name);
            match build::build(&what, cargo(bench).arg("--no-run")) {
                0 => process::replace(&mut command(bench, rest)),
                code => ExitCode::from(code),
            }
        }
        None => {
            process::tell(unknown(&name));
            ExitCode::from(2)
        }
    }
}

/// Cargo, to build the benchmark or to run it.
fn cargo(bench: &Bench) -> Command {
    let mut cargo = process::cargo();
    cargo.args(["bench", "--locked", "--manifest-path"]).arg(process::root().join("Cargo.toml"));
    cargo.args(["-p", bench.package, "--bench", bench.name]);
    cargo
}

/// The benchmark starts in its package's folder, whatever the caller's; it is told where the paths in its arguments
/// begin.
fn command(bench: &Bench, arguments: &[OsString]) -> Command {
    let mut command = cargo(bench);
    command.args(["--quiet", "--"]).args(arguments);
    if let Ok(folder) = std::env::current_dir() {
        command.env("KLR_BENCH_DIR", folder);
    }
    command
}

fn list() -> String {
    let mut text = String::from("Usage: cargo xtask bench NAME [ARGS..]\n\nBenchmarks:\n");
    for Bench { name, about, .. } in BENCHES {
        text += &format!("  {name:<8}{about}\n");
    }
    text
}

fn unknown(name: &str) -> String {
    let hint = nearest::nearest(name, BENCHES.iter().map(|bench| bench.name));
    let hint = hint.map(|near| format!("; did you mean `{near}`?"));
    format!("error: no benchmark `{name}`{}\n\n{}", hint.unwrap_or_default(), list())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_reach_the_benchmark_as_they_were_written() {
        let command = command(&BENCHES[0], &["--json".into(), "a.json".into()]);
        let written: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        let words: Vec<&str> = written.iter().map(AsRef::as_ref).collect();
        assert!(words.starts_with(&["bench", "--locked"]), "{words:?}");
        assert!(
            words.ends_with(&[
                "-p",
                "klr-experiments",
                "--bench",
                "sim",
                "--quiet",
                "--",
                "--json",
                "a.json"
            ]),
            "{words:?}"
        );
    }

    #[test]
    fn every_benchmark_is_a_file_and_an_entry_of_its_package() {
        for Bench { name, package, .. } in BENCHES {
            let folder = process::root().join("crates").join(package.trim_start_matches("klr-"));
            assert!(folder.join(format!("benches/{name}.rs")).is_file(), "{name}");
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            assert!(manifest.contains(&format!("[[bench]]\nname = \"{name}\"\nharness = false")), "{name}");
        }
    }

    #[test]
    fn an_unknown_benchmark_is_answered_with_the_nearest_name_and_the_list() {
        let message = unknown("sin");
        assert!(message.starts_with("error: no benchmark `sin`; did you mean `sim`?\n"), "{message}");
        assert!(message.contains("docs/benchmarks.md"), "{message}");
    }
}
