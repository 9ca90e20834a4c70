//! The command line: options, folders, and images that are read back.

use super::{case, check, refused, write};
use crate::common::{klr, small};
use std::fs;
use std::path::Path;

#[test]
fn folders_that_cannot_be_written() {
    check(&[
        case(
            "a file in its place",
            |d| write(d, "taken", b"mine"),
            &["--out", "{dir}/taken"],
            "{dir}/taken: failed to create: ",
        ),
        case(
            "a file above it",
            |d| write(d, "taken", b"mine"),
            &["--out", "{dir}/taken/out"],
            "{dir}/taken/out: failed to create: ",
        ),
    ]);
}

#[test]
fn a_failed_run_leaves_an_earlier_one_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), "report.json", b"an earlier report");
    let out = folder.path().to_str().expect("a plain name");
    let output = klr(&small("sim", &["--out", out, "--set", "core.accumulator_bits=10"]));
    assert_eq!(output.status.code(), Some(2), "refused after training");
    let report = fs::read(folder.path().join("report.json")).expect("it is still there");
    assert_eq!(report, b"an earlier report", "untouched");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "and nothing beside it");
}

/// Refused by the parser of the command line, which prints more than a line.
#[test]
fn command_lines_that_make_no_sense() {
    let commands: [&[&str]; 11] = [
        &[],
        &["simulate"],
        &["sim", "--threads", "0"],
        &["sim", "--threads", "1025"],
        &["sim", "--threads", "-1"],
        &["sim", "--threads", "many"],
        &["sim", "--plan"],
        &["sim", "--patterns", ""],
        &["sim", "--cues", ""],
        &["listing"],
        &["sim", "--patterns", "a.npy", "--patterns", "b.npy"],
    ];
    for arguments in commands {
        let output = klr(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: exit code");
        assert_eq!(output.stdout, b"", "{arguments:?}: nothing on standard output");
        assert!(!output.stderr.is_empty(), "{arguments:?}: a message");
    }
}

#[test]
fn plan_and_prices_refuse_what_sim_refuses() {
    let message = refused(&["plan", "--set", "model.gama=1"]);
    assert_eq!(message, "klr: --set: there is no key model.gama; the nearest is model.gamma\n", "key");
    let message = refused(&["plan", "--set", "retrieval.noise=2"]);
    assert_eq!(message, "klr: --set: retrieval.noise is 2.0; allowed are 0 to 1\n", "value");
    let message = refused(&["prices", "truenroth"]);
    assert!(message.contains("did you mean \"truenorth\"?"), "{message}");
}

/// An image written by the program itself.
fn image(folder: &Path) -> Vec<u8> {
    let out = folder.to_str().expect("a plain name");
    let output = klr(&small("sim", &["--out", out]));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.join("image.klr")).expect("the image was written")
}

#[test]
fn damaged_images_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let good = image(folder.path());
    let path = folder.path().join("bad.klr");
    let name = path.to_str().expect("a plain name");
    let listing = |bytes: &[u8]| {
        write(folder.path(), "bad.klr", bytes);
        refused(&["listing", name])
    };
    for length in [0, 7, 8, 19, 20, good.len() / 2, good.len() - 1] {
        let message = listing(&good[..length]);
        assert!(message.starts_with(&format!("klr: {name}: ")), "{length} bytes: {message}");
    }
    for byte in (0..good.len()).step_by(good.len() / 40) {
        let mut flipped = good.clone();
        flipped[byte] ^= 1 << (byte % 8);
        let message = listing(&flipped);
        assert!(message.starts_with(&format!("klr: {name}: ")), "bit of byte {byte}: {message}");
    }
    let message = refused(&["listing", folder.path().to_str().expect("a plain name")]);
    assert!(message.contains("failed to read"), "a folder: {message}");
    let message = refused(&["listing", "no-such.klr"]);
    assert!(message.contains("no-such.klr: failed to read"), "a missing file: {message}");
}
