//! Every request that cannot be met is refused in words: exit code 2, one line, nothing printed, nothing written.

mod command;
#[path = "../common/mod.rs"]
mod common;
mod energy;
mod hardware;
mod keys;
mod model;
mod patterns;
mod quantize;
mod retrieval;
#[path = "../common/said.rs"]
mod said;

use common::{klr, small};
use said::said;
use std::fs;
use std::path::Path;
use std::process::Output;

/// A request that cannot be met. `{dir}` in arguments and message is the folder of the case.
struct Case {
    name: &'static str,
    /// Makes the files.
    files: fn(&Path),
    /// What follows `klr sim` and the settings of a small plan.
    arguments: &'static [&'static str],
    /// The whole message if it starts with `klr: `, else its telling part.
    message: &'static str,
}

const fn case(
    name: &'static str,
    files: fn(&Path),
    arguments: &'static [&'static str],
    message: &'static str,
) -> Case {
    Case { name, files, arguments, message }
}

/// A case without files.
const fn plain(name: &'static str, arguments: &'static [&'static str], message: &'static str) -> Case {
    case(name, |_| (), arguments, message)
}

/// The bytes of a NumPy file, version 1.0.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // Magic, version and length take ten bytes; data starts at a multiple of 64.
    let padding = (10 + header.len() + 1).next_multiple_of(64) - 10 - 1 - header.len();
    let header = format!("{header}{}\n", " ".repeat(padding));
    let length = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
}

fn write(dir: &Path, name: &str, bytes: &[u8]) {
    fs::write(dir.join(name), bytes).expect("the temporary folder is writable");
}

fn pattern_file(dir: &Path, descr: &str, shape: &str, data: &[u8]) {
    write(dir, "p.npy", &npy(descr, shape, data));
}

/// The files and the folder `out` of a refused run.
fn run_case(case: &Case) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    (case.files)(folder.path());
    let mut arguments = small("sim", case.arguments);
    if !case.arguments.contains(&"--out") {
        arguments.extend(["--out".to_owned(), "{dir}/out".to_owned()]);
    }
    let dir = folder.path().to_str().expect("a temporary folder has a plain name");
    let arguments: Vec<String> = arguments.iter().map(|a| a.replace("{dir}", dir)).collect();
    (klr(&arguments), folder)
}

/// What is wrong with the answer to a case, if anything.
fn complaint(case: &Case, output: &Output, dir: &Path) -> Option<String> {
    let message = said(output);
    let expected = case.message.replace("{dir}", &dir.display().to_string());
    let whole = expected.starts_with("klr: ");
    let line = message.strip_suffix('\n').unwrap_or_default();
    let wrong = if output.status.code() != Some(2) {
        format!("the exit code is {:?}", output.status.code())
    } else if !output.stdout.is_empty() {
        "something is on standard output".to_owned()
    } else if !line.starts_with("klr: ") || line.contains('\n') {
        "the message is not one line that starts with klr".to_owned()
    } else if whole && line != expected || !line.contains(&expected) {
        format!("expected {expected}")
    } else {
        left_in(&dir.join("out"))?
    };
    Some(format!("{}: {wrong}; the message is {message}", case.name))
}

/// What stands in the folder of a refused run: nothing that a reader could take for a result, and no temporary file.
fn left_in(out: &Path) -> Option<String> {
    let entries: Vec<_> = fs::read_dir(out).ok()?.collect();
    (!entries.is_empty()).then(|| format!("{} holds {entries:?}", out.display()))
}

fn check(cases: &[Case]) {
    let complaints: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let (output, folder) = run_case(case);
            complaint(case, &output, folder.path())
        })
        .collect();
    assert!(
        complaints.is_empty(),
        "{} of {} cases:\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n")
    );
}

/// Exit code, standard output and the one line of a request that is refused.
fn refused(arguments: &[&str]) -> String {
    let output = klr(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
    let message = said(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert_eq!(output.stdout, b"", "{arguments:?}: nothing on standard output");
    assert!(message.starts_with("klr: ") && message.matches('\n').count() == 1, "{arguments:?}: {message}");
    message
}
