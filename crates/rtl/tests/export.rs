//! Is an export all that somebody needs: does it simulate with Verilator and with Icarus from a folder of its own, is a
//! wrong bit found and named, and does yosys make gates of it? A tool that is not installed is named in a line that a run of
//! the tests shows.

use klr_rtl::Case;
use klr_rtl::export::{About, export};
use klr_rtl::families::{FAMILIES, draw, family};
use klr_sim::Dataflow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of an export of `case`.
fn folder(name: &str, case: &Case) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let files = export(case, About { run: "a test", what: name }).unwrap();
    files.iter().for_each(|file| std::fs::write(folder.join(&file.name), &file.text).unwrap());
    folder
}

/// Whether `program` is there; if it is not, a line says so.
fn has(program: &str, version: &str, package: &str) -> bool {
    let there = Command::new(program).arg(version).output().is_ok();
    if !there {
        let line =
            format!("\nnot tested: {program} is not on PATH; install it with `apt-get install {package}`\n");
        // Captured output would hide it.
        std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
    }
    there
}

fn make(folder: &Path, target: &str) -> (Output, String) {
    let output = Command::new("make").arg(target).current_dir(folder).output().unwrap();
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output, said)
}

fn line_of<'a>(said: &'a str, first: &str) -> &'a str {
    said.lines().find(|line| line.starts_with(first)).unwrap_or_else(|| panic!("no {first}: {said}"))
}

/// Flips the lowest bit of a word that is not used by padding: the first of the file.
fn flip_a_bit(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let flipped = u64::from_str_radix(first, 16).unwrap() ^ 1;
    std::fs::write(path, format!("{flipped:0width$x}\n{rest}", width = first.len())).unwrap();
}

#[test]
fn an_export_passes_with_verilator_and_a_flipped_bit_of_any_memory_is_found() {
    if !has("verilator", "--version", "verilator g++ make") {
        return;
    }
    let folder = folder("tiny-verilator", &draw(&FAMILIES[0], 3, Dataflow::Delta));
    let (output, said) = make(&folder, "run");
    assert!(output.status.success(), "{said}");
    line_of(&said, "PASS: ");
    for (memory, first) in
        [("columns.0.hex", "FAIL: cycle "), ("weights.0.hex", "FAIL: "), ("table.0.hex", "FAIL: ")]
    {
        let path = folder.join(memory);
        let kept = std::fs::read(&path).unwrap();
        flip_a_bit(&path);
        let (output, said) = make(&folder, "run");
        assert!(!output.status.success(), "{memory}: {said}");
        line_of(&said, first);
        std::fs::write(&path, kept).unwrap();
    }
    let (output, said) = make(&folder, "run");
    assert!(output.status.success(), "as it was it passes again: {said}");
}

#[test]
fn exports_of_every_dataflow_pass_with_icarus() {
    if !has("iverilog", "-V", "iverilog") {
        return;
    }
    for dataflow in Dataflow::ALL {
        let folder = folder(&format!("tiny-icarus-{}", dataflow.name()), &draw(&FAMILIES[0], 6, dataflow));
        let (output, said) = make(&folder, "icarus");
        assert!(output.status.success(), "{}: {said}", dataflow.name());
        line_of(&said, "PASS: ");
        flip_a_bit(&folder.join("columns.0.hex"));
        let (output, said) = make(&folder, "icarus");
        assert!(!output.status.success(), "{}: {said}", dataflow.name());
        line_of(&said, "FAIL: ");
    }
}

#[test]
fn yosys_makes_gates_of_an_export_and_leaves_the_memories_to_macros() {
    if !has("yosys", "-V", "yosys") {
        return;
    }
    // One lane of each kind: yosys takes a minute for the core of a few more.
    let single = family("single").expect("a family");
    let folder = folder("single-yosys", &draw(single, 3, Dataflow::Delta));
    let (output, said) = make(&folder, "synth");
    assert!(output.status.success(), "{said}");
    let netlist = std::fs::read_to_string(folder.join("netlist.v")).unwrap();
    assert!(netlist.contains("sram_1rw"), "the memories are black boxes");
}
