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

/// No latch, no loop of gates, no wire with two drivers or none; slices, so that the stages between them are there, without
/// and with what a list needs.
#[test]
fn yosys_synthesizes_the_core_without_latches() {
    for levers in ["", "-set CANDIDATES 5 -set ELIMINATION 1", "-set BY_ROW 1"] {
        let script = format!(
            "read_verilog -sv {}; chparam -set SLICES 3 -set MAX_N 15 {levers} core; hierarchy -check -top core; proc; \
             opt_clean; check -assert; select -assert-none t:$dlatch t:$adlatch t:$dlatchsr",
            files().join(" ")
        );
        run("yosys", "yosys", &["-q", "-p", &script]);
    }
}

/// Icarus says of constant selects in combinational blocks that it listens to the whole signal, which is right.
#[test]
fn icarus_elaborates_the_core_without_a_complaint() {
    let mut arguments = vec!["-g2012", "-t", "null", "-s", "core"];
    arguments.extend(files());
    let Some(said) = run("iverilog", "iverilog", &arguments) else { return };
    let listens = "sorry: constant selects in always_* processes are not currently supported";
    let complaints: Vec<&str> = said.lines().filter(|line| !line.contains(listens)).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
