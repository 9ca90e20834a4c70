//! Patterns: files, sizes and generators.

use super::{case, check, npy, pattern_file, plain, write};
use crate::common::{klr, small};
use std::fs;
use std::path::Path;

const PATTERNS: &[&str] = &["--patterns", "{dir}/p.npy"];

/// Three patterns of four neurons, the last like the first.
fn duplicated(dir: &Path) {
    pattern_file(dir, "|i1", "(3, 4)", &[1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0]);
}

#[test]
fn pattern_files_that_are_no_array() {
    check(&[
        plain("missing", PATTERNS, "{dir}/p.npy: failed to read: No such file"),
        case("empty", |d| write(d, "p.npy", b""), PATTERNS, "{dir}/p.npy: not a NumPy array: "),
        case("text", |d| write(d, "p.npy", b"1,0,1\n0,1,1\n"), PATTERNS, "{dir}/p.npy: not a NumPy array: "),
        case(
            "magic alone",
            |d| write(d, "p.npy", b"\x93NUMPY"),
            PATTERNS,
            "{dir}/p.npy: not a NumPy array: ",
        ),
        case(
            "a folder",
            |d| fs::create_dir(d.join("p.npy")).expect("a folder"),
            PATTERNS,
            "{dir}/p.npy: failed to read: Is a directory",
        ),
        case(
            "truncated",
            |d| pattern_file(d, "|i1", "(2, 4)", &[1; 7]),
            PATTERNS,
            "klr: {dir}/p.npy: the array holds 7 bytes, its shape (2, 4) needs 8: it is truncated or has bytes \
             added",
        ),
        case(
            "bytes added",
            |d| pattern_file(d, "|i1", "(2, 4)", &[1; 9]),
            PATTERNS,
            "the array holds 9 bytes, its shape (2, 4) needs 8",
        ),
        case(
            "a shape beyond memory",
            |d| pattern_file(d, "|i1", "(4294967295, 4294967295)", &[1; 8]),
            PATTERNS,
            "the array holds 8 bytes",
        ),
        case(
            "a header cut short",
            |d| write(d, "p.npy", &npy("|i1", "(2, 4)", &[1; 8])[..40]),
            PATTERNS,
            "{dir}/p.npy: not a NumPy array: ",
        ),
        plain(
            "no path at all",
            &["--set", "patterns.source=file"],
            "patterns.source = \"file\" needs a path",
        ),
    ]);
}

#[test]
fn arrays_that_hold_no_patterns() {
    check(&[
        case(
            "no rows",
            |d| pattern_file(d, "|i1", "(0, 4)", b""),
            PATTERNS,
            "klr: {dir}/p.npy: at least one row and one column are needed, found 0 x 4",
        ),
        case(
            "one dimension, as of ragged rows",
            |d| pattern_file(d, "|i1", "(4,)", &[1; 4]),
            PATTERNS,
            "the shape is (4), expected two dimensions: (rows, neurons)",
        ),
        case(
            "three dimensions",
            |d| pattern_file(d, "|i1", "(1, 2, 2)", &[1; 4]),
            PATTERNS,
            "the shape is (1, 2, 2), expected two dimensions: (rows, neurons)",
        ),
        case(
            "rows of several lengths, as objects",
            |d| pattern_file(d, "|O", "(1, 2)", &[0; 16]),
            PATTERNS,
            "{dir}/p.npy: ",
        ),
        case(
            "float64",
            |d| pattern_file(d, "<f8", "(1, 2)", &[0; 16]),
            PATTERNS,
            "the dtype is '<f8', allowed are int8, uint8 and bool; in NumPy, convert it with x.astype(numpy.int8)",
        ),
        case(
            "float32 from 0 to 1",
            |d| pattern_file(d, "<f4", "(1, 2)", &[0, 0, 0, 62, 0, 0, 96, 63]),
            PATTERNS,
            "klr: {dir}/p.npy: the dtype is '<f4', allowed are int8, uint8 and bool; its values are 0.125 to 0.875: in \
             NumPy, (x > 0.5).astype(numpy.int8) makes bits of them",
        ),
        case(
            "records of one field",
            |d| {
                let header = "{'descr': [('x', '|i1')], 'fortran_order': False, 'shape': (1, 2), }";
                let length = u16::try_from(header.len()).expect("a short header").to_le_bytes();
                let start = [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes()].concat();
                write(d, "p.npy", &[start.as_slice(), &[1, 255]].concat());
            },
            PATTERNS,
            "the dtype is [('x', '|i1')], allowed are int8, uint8 and bool; in NumPy, convert it with x['x']",
        ),
        case(
            "int32",
            |d| pattern_file(d, "<i4", "(1, 2)", &[0; 8]),
            PATTERNS,
            "the dtype is '<i4', allowed are int8, uint8 and bool",
        ),
        case(
            "unicode",
            |d| pattern_file(d, "<U1", "(1, 2)", &[0; 8]),
            PATTERNS,
            "the dtype is '<U1', allowed are int8, uint8 and bool",
        ),
        case(
            "a 2",
            |d| pattern_file(d, "|i1", "(2, 2)", &[1, 0, 1, 2]),
            PATTERNS,
            "klr: {dir}/p.npy: row 1, column 1: found 2, allowed are -1 and +1, or 0 and 1; its values are 0 to 2: \
             in NumPy, (x > 1).astype(numpy.int8) makes bits of them",
        ),
        case(
            "a 2 among bits",
            |d| pattern_file(d, "|u1", "(2, 2)", &[1, 2, 1, 0]),
            PATTERNS,
            "klr: {dir}/p.npy: row 0, column 1: found 2, allowed are 0 and 1; its values are 0 to 2: in NumPy, (x > \
             1).astype(numpy.int8) makes bits of them",
        ),
        case(
            "0 and -1",
            |d| pattern_file(d, "|i1", "(2, 2)", &[1, 0, 0xff, 1]),
            PATTERNS,
            "klr: {dir}/p.npy: row 0, column 1 is 0 but row 1, column 0 is -1; allowed are -1 and +1, or 0 and 1; its \
             values are -1 to 1: in NumPy, (x > 0).astype(numpy.int8) makes bits of them",
        ),
        case(
            "more neurons than a core has",
            |d| pattern_file(d, "|i1", "(1, 1048576)", &vec![1; 1 << 20]),
            PATTERNS,
            "klr: {dir}/p.npy: 1048576 neurons; a core has at most 1048575",
        ),
        case(
            "repeated rows",
            duplicated,
            PATTERNS,
            "klr: {dir}/p.npy: 1 of 3 rows repeat an earlier one: row 2 repeats row 0",
        ),
    ]);
}

#[test]
fn repeated_rows_may_be_dropped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    duplicated(folder.path());
    let file = folder.path().join("p.npy");
    let file = file.to_str().expect("a plain name");
    let output = klr(&small("sim", &["--patterns", file, "--set", "patterns.duplicates=drop"]));
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "accepted; {message}");
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("P = 2 patterns"), "one of three rows was dropped: {table}");
}

#[test]
fn sizes_that_no_patterns_have() {
    check(&[
        plain("n 0", &["--set", "patterns.n=0"], "klr: --set: patterns.n is 0; allowed are 1 to 1048575"),
        plain(
            "n 2^20",
            &["--set", "patterns.n=1048576"],
            "klr: --set: patterns.n is 1048576; allowed are 1 to 1048575",
        ),
        plain("n huge", &["--set", "patterns.n=99999999999"], "patterns.n is 99999999999; "),
        plain("p 0", &["--set", "patterns.p=0"], "klr: --set: patterns.p is 0; allowed are 1 to 1048576"),
        plain("p -1", &["--set", "patterns.p=-1"], "patterns.p is -1; "),
        plain(
            "more patterns than states",
            &["--set", "patterns.n=3", "--set", "patterns.p=9"],
            "klr: patterns.n, patterns.p: 9 distinct patterns of 3 neurons do not exist: there are 2^3 states",
        ),
    ]);
}

#[test]
fn patterns_that_cannot_be_made() {
    check(&[
        plain(
            "clusters that do not fill P",
            &["--set", "patterns.source=clusters", "--set", "patterns.members=4"],
            "klr: --set: patterns.members is 4; patterns.p = 6 has to be a multiple of it",
        ),
        plain(
            "rows that do not fill N",
            &["--set", "patterns.source=field", "--set", "patterns.width=5"],
            "klr: --set: patterns.width is 5; patterns.n = 16 has to be a multiple of it",
        ),
        plain(
            "silent neurons",
            &["--set", "patterns.source=biased", "--set", "patterns.activity=0"],
            "patterns.source is \"biased\"; ",
        ),
    ]);
}
