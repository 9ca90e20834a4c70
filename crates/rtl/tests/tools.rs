//! Is the design read by the tools it is for: synthesized without latches and loops, and without a complaint? A tool that is
//! not installed is named in a line that a run of the tests shows.

use klr_rtl::sources::DESIGN;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Starts `program` in the folder of the design; what it said, or `None` if it is not installed.
fn run(program: &str, package: &str, arguments: &[&str]) -> Option<String> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("hdl");
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            assert!(output.status.success(), "{program} refused the design:\n{said}");
            Some(said)
        }
        Err(_) => {
            let line = format!(
                "\nnot tested: {program} is not on PATH; install it with `apt-get install {package}`\n"
            );
            // Captured output would hide it.
            std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
            None
        }
    }
}

fn files() -> Vec<&'static str> {
    DESIGN.iter().map(|(name, _)| *name).collect()
}

/// Cores that have every lever between them, by parameters that are not those of the plain core.
const CORES: [&[(&str, u32)]; 7] = [
    &[],
    &[("CANDIDATES", 5), ("ELIMINATION", 1), ("INCREMENTAL", 1), ("BITMAP", 1)],
    &[("BY_ROW", 1), ("EARLY_STOP", 1)],
    &[("SIGN_SHARING", 1), ("DROPS", 1), ("PIPELINED", 1), ("TREE_LATENCY", 3)],
    &[("SIGN_SHARING", 1), ("MAC_LANES", 8), ("WEIGHT_WORD", 4), ("CANDIDATES", 5)],
    &[("WEIGHT_CODING", 1)],
    &[("WEIGHT_CODING", 2)],
];

/// What every one of them has: slices, so that the stages between them are there.
const EVERY: [(&str, u32); 2] = [("SLICES", 3), ("MAX_N", 15)];

/// No latch, no loop of gates, no wire with two drivers or none.
#[test]
fn yosys_synthesizes_the_core_without_latches() {
    for core in CORES {
        let set = EVERY.iter().chain(core).map(|(name, value)| format!(" -set {name} {value}"));
        let script = format!(
            "read_verilog -sv {}; chparam{} core; hierarchy -check -top core; proc; opt_clean; check -assert; \
             select -assert-none t:$dlatch t:$adlatch t:$dlatchsr",
            files().join(" "),
            set.collect::<String>()
        );
        run("yosys", "yosys", &["-q", "-p", &script]);
    }
}

/// Icarus says of constant selects in combinational blocks that it listens to the whole signal, which is right.
#[test]
fn icarus_elaborates_the_core_without_a_complaint() {
    for core in CORES {
        let set: Vec<String> =
            EVERY.iter().chain(core).map(|(name, value)| format!("-Pcore.{name}={value}")).collect();
        let mut arguments = vec!["-g2012", "-t", "null", "-s", "core"];
        arguments.extend(set.iter().map(String::as_str));
        arguments.extend(files());
        let Some(said) = run("iverilog", "iverilog", &arguments) else { return };
        let listens = "sorry: constant selects in always_* processes are not currently supported";
        let complaints: Vec<&str> = said.lines().filter(|line| !line.contains(listens)).collect();
        assert!(complaints.is_empty(), "{core:?}: {complaints:?}");
    }
}
