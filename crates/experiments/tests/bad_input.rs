//! Every request that cannot be met is refused in words: exit code 2, one line, nothing printed, nothing written.

mod common;

use common::{klr, small};
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

/// Three patterns of four neurons, the last like the first.
fn duplicated(dir: &Path) {
    pattern_file(dir, "|i1", "(3, 4)", &[1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0]);
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
    let message = String::from_utf8_lossy(&output.stderr);
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

const PATTERNS: &[&str] = &["--patterns", "{dir}/p.npy"];

const ALPHA: &[&str] = &["--set", "model.training=file", "--set", "model.alpha_file={dir}/a.npy"];

#[test]
fn dual_variables_that_do_not_fit() {
    check(&[
        plain(
            "no path",
            &["--set", "model.training=file"],
            "model.alpha_file is \"\"; model.training = \"file\" needs",
        ),
        plain("missing", ALPHA, "{dir}/a.npy: failed to read: No such file"),
        case("wrong type", |d| write(d, "a.npy", &npy("|i1", "(1, 2)", &[1, 0])), ALPHA, "{dir}/a.npy: "),
        case(
            "wrong size",
            |d| write(d, "a.npy", &npy("<f4", "(1, 2)", &[0; 8])),
            ALPHA,
            "{dir}/a.npy: 1 x 2 dual variables do not fit",
        ),
        case(
            "not finite",
            |d| write(d, "a.npy", &npy("<f4", "(1, 2)", &[0, 0, 0, 0, 0, 0, 0xC0, 0x7F])),
            ALPHA,
            "{dir}/a.npy: ",
        ),
    ]);
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
            "the dtype is '<f8', allowed are int8, uint8 and bool; in NumPy, convert it with .astype(numpy.int8)",
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
            "klr: {dir}/p.npy: row 1, column 1: found 2, allowed are -1 and +1, or 0 and 1",
        ),
        case(
            "a 2 among bits",
            |d| pattern_file(d, "|u1", "(2, 2)", &[1, 2, 1, 0]),
            PATTERNS,
            "klr: {dir}/p.npy: row 0, column 1: found 2, allowed are 0 and 1",
        ),
        case(
            "0 and -1",
            |d| pattern_file(d, "|i1", "(2, 2)", &[1, 0, 0xff, 1]),
            PATTERNS,
            "klr: {dir}/p.npy: row 0, column 1 is 0 but row 1, column 0 is -1; allowed are -1 and +1, or 0 and 1",
        ),
        case(
            "more neurons than a core has",
            |d| pattern_file(d, "|i1", "(1, 1048576)", &vec![1; 1 << 20]),
            PATTERNS,
            "klr: the model has 1048576 neurons; a core has at most 1048575",
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
fn cue_files_that_do_not_fit() {
    const CUES: &[&str] = &["--cues", "{dir}/p.npy"];
    check(&[
        plain("missing", CUES, "{dir}/p.npy: failed to read: No such file"),
        case("empty", |d| write(d, "p.npy", b""), CUES, "{dir}/p.npy: not a NumPy array: "),
        case(
            "no cues",
            |d| pattern_file(d, "|i1", "(0, 16)", b""),
            CUES,
            "klr: {dir}/p.npy: at least one row and one column are needed, found 0 x 16",
        ),
        case(
            "another number of neurons",
            |d| pattern_file(d, "|i1", "(2, 15)", &[1; 30]),
            CUES,
            "klr: {dir}/p.npy: row 0: a cue of 15 neurons does not fit patterns of 16",
        ),
    ]);
}

#[test]
fn numbers_out_of_range() {
    const POSITIVE: &str = "allowed is a finite number above 0";
    check(&[
        plain(
            "gamma 0",
            &["--set", "model.gamma=0"],
            "klr: --set: model.gamma is 0.0; allowed is a finite number above 0",
        ),
        plain("gamma -1", &["--set", "model.gamma=-1"], POSITIVE),
        plain(
            "gamma nan",
            &["--set", "model.gamma=nan"],
            "model.gamma is nan; allowed is a finite number above 0",
        ),
        plain(
            "gamma inf",
            &["--set", "model.gamma=inf"],
            "model.gamma is inf; allowed is a finite number above 0",
        ),
        plain("gamma 1e308", &["--set", "model.gamma=1e308"], "allowed are numbers above 0, at most 1e300"),
        plain("beta 0", &["--set", "model.kernel=exponential", "--set", "model.beta=0"], POSITIVE),
        plain(
            "degree 0",
            &["--set", "model.kernel=polynomial", "--set", "model.degree=0"],
            "klr: --set: model.degree is 0; allowed are 1 to 10000",
        ),
        plain(
            "offset -1",
            &["--set", "model.kernel=polynomial", "--set", "model.offset=-1"],
            "klr: --set: model.offset is -1.0; allowed is a finite number, 0 or above",
        ),
        plain(
            "a kernel table too short",
            &["--set", "model.kernel=table", "--set", "model.kernel_values=[1, 0.5]"],
            "klr: --set: model.kernel_values is [1, 0.5]; a kernel table of 2 entries does not fit 16 neurons: \
             it needs 17 entries, one per distance",
        ),
        plain(
            "a text in a kernel table",
            &["--set", "model.kernel=table", "--set", "model.kernel_values=[1, \"x\"]"],
            "entry 1 is \"x\"; allowed is a list of numbers",
        ),
        plain(
            "an endless kernel value",
            &["--set", "model.kernel=table", "--set", "model.kernel_values=[1, inf]"],
            "the kernel table is inf at distance 1; it must be finite",
        ),
        plain("eta 0", &["--set", "model.eta=0"], POSITIVE),
        plain(
            "lambda -1",
            &["--set", "model.lambda=-1"],
            "model.lambda is -1.0; allowed is a finite number, 0 or above",
        ),
        plain("tolerance nan", &["--set", "model.tolerance=nan"], "model.tolerance is nan; "),
        plain(
            "iterations -5",
            &["--set", "model.iterations=-5"],
            "model.iterations is -5; allowed are 0 to 4294967295",
        ),
        plain(
            "bits 0",
            &["--set", "quantize.weight_bits=0"],
            "klr: --set: quantize.weight_bits is 0; allowed are 1 to 16",
        ),
        plain(
            "bits 17",
            &["--set", "quantize.kernel_bits=17"],
            "klr: --set: quantize.kernel_bits is 17; allowed are 1 to 16",
        ),
        plain(
            "bits -1",
            &["--set", "quantize.weight_bits=-1"],
            "quantize.weight_bits is -1; allowed are 1 to 16",
        ),
        plain(
            "clip 0",
            &["--set", "quantize.weight_clip=0"],
            "klr: --set: quantize.weight_clip is 0; allowed is a number above 0, at most 1",
        ),
        plain("clip nan", &["--set", "quantize.weight_clip=nan"], "quantize.weight_clip is NaN; "),
        plain(
            "noise 1.5",
            &["--set", "retrieval.noise=1.5"],
            "klr: --set: retrieval.noise is 1.5; allowed are 0 to 1",
        ),
        plain("noise nan", &["--set", "retrieval.noise=nan"], "retrieval.noise is nan; allowed are 0 to 1"),
        plain(
            "cues 0",
            &["--set", "retrieval.cues=0"],
            "klr: --set: retrieval.cues is 0; allowed are 1 to 1048576",
        ),
        plain("cues 2^32", &["--set", "retrieval.cues=4294967296"], "allowed are 1 to 1048576"),
        plain("cues 2^32 - 1", &["--set", "retrieval.cues=4294967295"], "allowed are 1 to 1048576"),
        plain(
            "steps 0",
            &["--set", "retrieval.max_steps=0"],
            "retrieval.max_steps is 0; allowed are 1 to 4294967295",
        ),
        plain(
            "seed -1",
            &["--set", "seed=-1"],
            "klr: --set: seed is -1; allowed is a whole number, 0 or above",
        ),
        plain("seed 10^20", &["--set", "seed=100000000000000000000"], "expected a whole number"),
    ]);
}

#[test]
fn layouts_that_no_dataflow_works_with() {
    check(&[
        plain(
            "word 0",
            &["--set", "core.weight_word=0"],
            "klr: --set: core.weight_word is 0; allowed are 1 to 64",
        ),
        plain(
            "word 3",
            &["--set", "core.weight_word=3"],
            "klr: --set: core.weight_word is 3; it has to divide core.mac_lanes = 16",
        ),
        plain(
            "order",
            &["--set", "core.pattern_order=diagonal"],
            "core.pattern_order is \"diagonal\"; allowed are column, row, both",
        ),
        plain(
            "rows for a sweep",
            &["--set", "core.pattern_order=row"],
            "klr: --set: core.pattern_order is row; sweep reads columns: allowed with it are column and both",
        ),
        plain(
            "rows for spikes",
            &[
                "--set",
                "core.pattern_order=row",
                "--set",
                "core.incremental=true",
                "--set",
                "retrieval.dataflows=['synchronous']",
            ],
            "core.incremental is true; it reads columns, and core.pattern_order is row: allowed are false, or",
        ),
        plain(
            "rows for elimination",
            &[
                "--set",
                "core.pattern_order=row",
                "--set",
                "core.candidates=9",
                "--set",
                "core.partial_distance=true",
                "--set",
                "retrieval.dataflows=['synchronous']",
            ],
            "core.partial_distance is true; it reads columns, and core.pattern_order is row: allowed are false",
        ),
        plain(
            "signs without rows",
            &["--set", "core.sign_sharing=true", "--set", "retrieval.dataflows=['synchronous']"],
            "core.pattern_order is column; with core.sign_sharing = true synchronous reads the signs of weights by row: \
             allowed with it are row and both",
        ),
        plain(
            "signs without rows for delta",
            &["--set", "core.sign_sharing=true", "--set", "retrieval.dataflows=['delta']"],
            "with core.sign_sharing = true delta reads the signs of weights by row: allowed with it is both",
        ),
        plain(
            "both orders in one order's memory",
            &["--set", "core.pattern_order=both", "--set", "patterns.n=100", "--set", "patterns.p=3000"],
            "the pattern memory is 2508 rows too small: the image needs 10700 rows of 64 bits, core.pattern_bytes = 65536 \
             gives 8192; 85600 bytes would do",
        ),
    ]);
}

#[test]
fn sizes_that_no_core_has() {
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
        plain(
            "a terabit of patterns",
            &["--set", "patterns.n=1048575", "--set", "patterns.p=1048576"],
            "the pattern memory is 17179844608 rows too small",
        ),
        plain(
            "a terabit of patterns in the largest memories",
            &[
                "--set",
                "patterns.n=1048575",
                "--set",
                "patterns.p=1048576",
                "--set",
                "core.pattern_bytes=68719476736",
                "--set",
                "core.weight_bytes=68719476736",
            ],
            "the pattern memory is 8589918208 rows too small",
        ),
        plain(
            "a small weight memory",
            &["--set", "core.weight_bytes=64"],
            "klr: the weight memory is 2 rows too small: the image needs 6 rows of 8 bits in each of 16 banks, \
             core.weight_bytes = 64 gives 4; 96 bytes would do",
        ),
        plain(
            "a small table",
            &["--set", "core.table_bytes=4"],
            "the table memory is 12 rows too small: the image needs 16 rows of 8 bits, core.table_bytes = 4 gives 4",
        ),
        plain(
            "a memory of nothing",
            &["--set", "core.counter_bytes=0"],
            "klr: --set: core.counter_bytes is 0; allowed are 1 to 68719476736",
        ),
        plain(
            "a memory beyond all",
            &["--set", "core.table_bytes=9223372036854775807"],
            "core.table_bytes is ",
        ),
        plain(
            "narrow accumulators",
            &["--set", "core.accumulator_bits=10"],
            "bits; core.accumulator_bits is 10",
        ),
        plain(
            "accumulators of 64 bits",
            &["--set", "core.accumulator_bits=64"],
            "klr: --set: core.accumulator_bits is 64; allowed are 2 to 63",
        ),
        plain(
            "no distance lanes",
            &["--set", "core.distance_lanes=0"],
            "klr: --set: core.distance_lanes is 0; allowed are 1 to 64",
        ),
        plain(
            "no MAC lanes",
            &["--set", "core.mac_lanes=0"],
            "klr: --set: core.mac_lanes is 0; allowed are 1 to 1024",
        ),
        plain(
            "MAC lanes without equal banks",
            &["--set", "core.mac_lanes=3"],
            "core.weight_bytes is 524288; a multiple of core.mac_lanes = 3",
        ),
        plain(
            "no queue",
            &["--set", "core.spike_queue=0"],
            "klr: --set: core.spike_queue is 0; allowed are 1 to 65536",
        ),
        plain(
            "a queue too deep",
            &["--set", "core.activation_queue=65537"],
            "core.activation_queue is 65537; allowed are 1 to 65536",
        ),
        plain(
            "latency 0",
            &["--set", "core.sram_latency=0"],
            "klr: --set: core.sram_latency is 0; allowed are 1 to 16",
        ),
        plain(
            "latency 17",
            &["--set", "core.mac_latency=17"],
            "klr: --set: core.mac_latency is 17; allowed are 1 to 16",
        ),
        plain(
            "latency -1",
            &["--set", "core.table_latency=-1"],
            "core.table_latency is -1; allowed are 1 to 16",
        ),
        plain(
            "three ports",
            &["--set", "core.counter_ports=3"],
            "core.counter_ports is 3; allowed are 1 to 2",
        ),
        plain(
            "clock 0",
            &["--set", "core.clock_mhz=0"],
            "klr: --set: core.clock_mhz is 0; allowed are 1 to 1000000",
        ),
        plain("clock -1", &["--set", "core.clock_mhz=-1"], "core.clock_mhz is -1; allowed are 1 to 1000000"),
    ]);
}

#[test]
fn keys_and_types_that_do_not_exist() {
    check(&[
        plain(
            "a typo in the section",
            &["--set", "quantise.weight_bits=4"],
            "klr: --set: there is no key quantise.weight_bits; the nearest is quantize.weight_bits",
        ),
        plain(
            "a typo in the key",
            &["--set", "model.gama=1"],
            "klr: --set: there is no key model.gama; the nearest is model.gamma",
        ),
        plain(
            "a bare key",
            &["--set", "weight_bits=4"],
            "klr: --set: there is no key weight_bits; the nearest is quantize.weight_bits",
        ),
        plain("the wrong section", &["--set", "model.noise=0"], "the nearest is retrieval.noise"),
        plain("a stranger", &["--set", "voltage=1"], "klr: --set: there is no key voltage"),
        plain("no =", &["--set", "model.gamma"], "klr: --set model.gamma: expected KEY=VALUE"),
        plain("nothing", &["--set", ""], "klr: --set : expected KEY=VALUE"),
        plain(
            "a text for a number",
            &["--set", "model.gamma=wide"],
            "klr: --set: model.gamma is \"wide\", a text; expected a number",
        ),
        plain(
            "a fraction for a whole number",
            &["--set", "patterns.n=1.5"],
            "klr: --set: patterns.n is 1.5, a number; expected a whole number",
        ),
        plain(
            "a number for a flag",
            &["--set", "core.zero_skip=1"],
            "klr: --set: core.zero_skip is 1, a whole number; expected true or false",
        ),
        plain(
            "a text for a list",
            &["--set", "retrieval.dataflows=delta"],
            "klr: --set: retrieval.dataflows is \"delta\", a text; expected a list",
        ),
        plain("line breaks", &["--set", "model.kernel=a\nb"], "model.kernel is "),
        plain("a key smuggled in", &["--set", "seed=2\nother = 3"], "expected a whole number"),
        plain(
            "an unknown choice",
            &["--set", "model.kernel=sigmoid"],
            "klr: --set: model.kernel is \"sigmoid\"; allowed are rbf, exponential, polynomial, linear, table",
        ),
        plain(
            "an unknown order",
            &["--set", "retrieval.order=backwards"],
            "allowed are sequential, random, most-violated",
        ),
        plain(
            "an unknown dataflow",
            &["--set", "retrieval.dataflows=[\"async\"]"],
            "allowed is a list of synchronous, sweep, delta, each at most once",
        ),
        plain(
            "a dataflow twice",
            &["--set", "retrieval.dataflows=[\"delta\", \"delta\"]"],
            "each at most once",
        ),
        plain(
            "no dataflow",
            &["--set", "retrieval.dataflows=[]"],
            "klr: --set: retrieval.dataflows is []; allowed is a list of synchronous, sweep, delta, each at most once",
        ),
        plain(
            "a number as a dataflow",
            &["--set", "retrieval.dataflows=[1]"],
            "retrieval.dataflows is [1]; ",
        ),
    ]);
}

#[test]
fn plan_files() {
    const PLAN: &[&str] = &["--plan", "{dir}/p.toml"];
    check(&[
        plain(
            "missing",
            &["--plan", "digit"],
            "klr: --plan digit: there is no such file, and the plans that come with klr are default, digits",
        ),
        case(
            "a folder",
            |d| fs::create_dir(d.join("p.toml")).expect("a folder"),
            PLAN,
            "{dir}/p.toml: failed to read: ",
        ),
        case(
            "not TOML",
            |d| write(d, "p.toml", b"seed = 1\nmodel gamma 3\n"),
            PLAN,
            "{dir}/p.toml:2: not TOML: ",
        ),
        case(
            "not text",
            |d| write(d, "p.toml", b"seed = \xff\xfe"),
            PLAN,
            "klr: {dir}/p.toml: not a text file",
        ),
        case(
            "a key twice",
            |d| write(d, "p.toml", b"seed = 1\nseed = 2\n"),
            PLAN,
            "{dir}/p.toml:2: not TOML: ",
        ),
        case(
            "an unknown section",
            |d| write(d, "p.toml", b"[modle]\ngamma = 0.2\n"),
            PLAN,
            "klr: {dir}/p.toml: there is no key modle.gamma; the nearest is model.gamma",
        ),
        case(
            "an unknown section without keys",
            |d| write(d, "p.toml", b"[modle]\n"),
            PLAN,
            "klr: {dir}/p.toml: there is no key modle",
        ),
        case(
            "a section for a key",
            |d| write(d, "p.toml", b"[seed]\n"),
            PLAN,
            "klr: {dir}/p.toml: seed is {}, a section; expected a whole number",
        ),
        case(
            "a section below a key",
            |d| write(d, "p.toml", b"[model.gamma]\nx = 1\n"),
            PLAN,
            "{dir}/p.toml: there is no key model.gamma.x; the nearest is model.gamma",
        ),
        case(
            "a key for a section",
            |d| write(d, "p.toml", b"model = 3\n"),
            PLAN,
            "klr: {dir}/p.toml: there is no key model",
        ),
        case(
            "a wrong type",
            |d| write(d, "p.toml", b"[core]\nclock_mhz = 2020-01-01\n"),
            PLAN,
            "{dir}/p.toml: core.clock_mhz is 2020-01-01, a date; expected a whole number",
        ),
        case(
            "a value out of range",
            |d| write(d, "p.toml", b"[core]\nclock_mhz = 0\n"),
            PLAN,
            "klr: {dir}/p.toml: core.clock_mhz is 0; allowed are 1 to 1000000",
        ),
    ]);
}

#[test]
fn prices_that_do_not_exist() {
    const OWN: &[&str] = &["--set", "energy.file={dir}/e.toml"];
    check(&[
        plain(
            "a typo",
            &["--set", "energy.preset=lohii"],
            "no price table is called \"lohii\" (did you mean \"loihi\"?); there are ",
        ),
        plain(
            "a stranger",
            &["--set", "energy.preset=abacus"],
            "no price table is called \"abacus\"; there are ",
        ),
        plain("a missing file", OWN, "{dir}/e.toml: failed to read: No such file"),
        case("not TOML", |d| write(d, "e.toml", b"name 3"), OWN, "{dir}/e.toml:1: "),
        case("not text", |d| write(d, "e.toml", b"\xff"), OWN, "klr: {dir}/e.toml: not a text file"),
        case("nothing in it", |d| write(d, "e.toml", b""), OWN, "{dir}/e.toml:1: "),
        case("an unknown key", |d| write(d, "e.toml", b"nmae = \"mine\"\n"), OWN, "{dir}/e.toml:1: nmae"),
    ]);
}

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

/// Exit code, standard output and the one line of a request that is refused.
fn refused(arguments: &[&str]) -> String {
    let output = klr(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert_eq!(output.stdout, b"", "{arguments:?}: nothing on standard output");
    assert!(message.starts_with("klr: ") && message.matches('\n').count() == 1, "{arguments:?}: {message}");
    message
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

#[test]
fn choices_that_exclude_each_other() {
    check(&[
        plain(
            "a polynomial relative to the nearest pattern",
            &["--set", "model.kernel=polynomial"],
            "quantize.kernel_table",
        ),
        plain(
            "a kernel below zero",
            &["--set", "model.kernel=linear", "--set", "quantize.kernel_table=absolute"],
            "negative",
        ),
        plain(
            "newton with l2",
            &["--set", "model.penalty=l2"],
            "klr: --set: model.penalty is \"l2\"; model.solver = \"newton\" has kernel-norm only",
        ),
        plain(
            "newton without a penalty",
            &["--set", "model.lambda=0"],
            "model.lambda is 0.0; allowed is a finite number above 0",
        ),
        plain("newton without a tolerance", &["--set", "model.tolerance=0"], "model.tolerance is 0.0; "),
        plain(
            "noise that leaves nothing",
            &["--set", "model.training=noise-aware", "--set", "retrieval.noise=0.7"],
            "klr: --set: retrieval.noise is 0.7; model.training = \"noise-aware\" needs 0 to 0.5",
        ),
        plain(
            "no copies",
            &["--set", "model.training=noise-aware", "--set", "model.noise_copies=0"],
            "klr: --set: model.noise_copies is 0; allowed are 1 to 4096",
        ),
        plain(
            "gamma for dual variables of a file",
            &["--set", "model.gamma=auto", "--set", "model.training=file", "--set", "model.alpha_file=a.npy"],
            "model.training is \"file\"; dual variables of a file belong to the gamma they were trained for",
        ),
        plain(
            "gamma for noise that leaves nothing",
            &["--set", "model.gamma=auto", "--set", "retrieval.noise=0.5"],
            "klr: --set: retrieval.noise is 0.5; model.gamma = \"auto\" needs 0 or above, below 0.5",
        ),
        plain(
            "gamma for other cues",
            &["--set", "model.gamma=auto", "--set", "retrieval.cue=mixture:0.2"],
            "model.gamma = \"auto\" chooses for flips only",
        ),
        plain(
            "auto elsewhere",
            &["--set", "model.beta=auto"],
            "model.beta is \"auto\", a text; expected a number",
        ),
    ]);
}

#[test]
fn patterns_and_cues_that_cannot_be_made() {
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
        plain("a cue of no kind", &["--set", "retrieval.cue=blur:0.2"], "retrieval.cue is \"blur:0.2\"; "),
        plain(
            "a cue without some bits",
            &["--set", "retrieval.cue=run:0.2:excluded"],
            "a core has no state for a missing bit: allowed fills are minus, plus, random",
        ),
        plain(
            "an image of another size",
            &["--set", "retrieval.cue=half:8x8:left:minus"],
            "an image of 8 x 8 pixels does not fit 16 neurons",
        ),
        plain(
            "an unknown baseline",
            &["--set", "retrieval.baselines=[\"hebb\"]"],
            "allowed is a list of hebbian, pseudo-inverse, ",
        ),
    ]);
}
