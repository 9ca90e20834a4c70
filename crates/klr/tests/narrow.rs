//! Is every line that klr prints at most 100 columns wide, and every refusal one sentence without a character that a terminal
//! would obey? Asked of many refusals, with the odd values and the long names that people come up with.

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use said::said;
use std::fs;
use std::path::Path;
use std::process::Output;

/// Values that are long, odd or of another kind, for any key.
const ODD: [&str; 12] = [
    "auto",
    "1e300",
    "-1e300",
    "5e-324",
    "nan",
    "-9223372036854775808",
    "9223372036854775807",
    "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]",
    "[\"synchronous\", \"synchronous\"]",
    "true",
    "a text of several words that goes on and on, with commas, and \"quotes\", until it no longer fits any line",
    "\u{1b}[31mred\u{202e}",
];

fn assert_narrow(what: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{what}: {} columns: {line}", line.chars().count());
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{what}: {line:?}");
    }
}

/// That a request was met, or refused in one sentence, in lines that fit.
fn assert_well(what: &str, output: &Output) {
    assert_narrow(what, &output.stdout);
    assert_narrow(what, &output.stderr);
    let message = said(output);
    match output.status.code() {
        Some(0) => assert!(message.lines().all(|line| line.starts_with("klr: note: ")), "{what}: {message}"),
        Some(2) => {
            assert!(output.stdout.is_empty(), "{what}: nothing on standard output");
            // What the parser of the command line refuses, it explains in lines of its own.
            if message.starts_with("error: ") {
                return;
            }
            let sentence = message.strip_prefix("klr: ").and_then(|rest| rest.strip_suffix('\n'));
            let sentence = sentence.unwrap_or_else(|| panic!("{what}: {message:?}"));
            assert!(!sentence.contains('\n') && !sentence.ends_with('.'), "{what}: one sentence: {message}");
            assert!(!sentence.contains(". "), "{what}: one sentence: {message}");
            assert!(!sentence.contains("model.the ") && !sentence.contains("  "), "{what}: {message}");
        }
        code => panic!("{what}: exit code {code:?}: {message}"),
    }
}

#[test]
fn every_key_refuses_odd_values_in_a_sentence_that_fits() {
    let plan = klr(&["plan".to_owned()]);
    let text = String::from_utf8(plan.stdout).expect("text");
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches("# ");
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
        } else if let Some((key, _)) = line.split_once(" = ") {
            keys.push(format!("{section}{key}"));
        }
    }
    assert!(keys.len() > 70, "every key: {keys:?}");
    for key in &keys {
        for value in ODD {
            let setting = format!("{key}={value}");
            let output = klr(&["plan", "--set", &setting].map(str::to_owned));
            assert_well(&setting, &output);
        }
    }
}

/// A NumPy file of `shape` with `data`.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
}

#[test]
fn refusals_of_files_with_long_names_fit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let deep = folder.path().join("a-long-name ".repeat(15).trim()).join("and_one_without_a_blank".repeat(8));
    fs::create_dir_all(&deep).expect("the folder is writable");
    let at = |name: &str| deep.join(name).to_str().expect("a text").to_owned();
    let files: [(&str, Vec<u8>); 10] = [
        ("empty.npy", Vec::new()),
        ("floats.npy", npy("'<f4'", "(2, 16)", &[0x3e; 128])),
        (
            "record.npy",
            npy(
                "[('one_field_with_a_very_long_name_that_goes_on_and_on_and_on_and_on', '|i1')]",
                "(2, 16)",
                &[1; 32],
            ),
        ),
        (
            "cube.npy",
            npy(
                "'|i1'",
                "(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2)",
                &[1; 32],
            ),
        ),
        ("huge.npy", npy("'|i1'", "(9223372036854775807, 9223372036854775807)", &[1; 32])),
        ("twice.npy", npy("'|i1'", "(2, 16)", &[1; 32])),
        ("plan.toml", b"[model]\ngamma = 1e999\nbeta = -1e300\n".to_vec()),
        ("nothing.toml", b"[modle]\n".to_vec()),
        ("prices.toml", b"name = \"x\"\nabout = \"y\"\n[multiply]\npj = [1, 0, 2]\n".to_vec()),
        ("model.klr", b"KLR".to_vec()),
    ];
    for (name, bytes) in &files {
        fs::write(at(name), bytes).expect("the folder is writable");
        let file = at(name);
        for option in ["--patterns", "--cues", "--targets", "--model", "--plan"] {
            let arguments = small("sim", &[option, &file]);
            assert_well(&format!("{option} {name}"), &klr(&arguments));
        }
        for key in ["energy.file", "patterns.file", "model.alpha_file", "retrieval.cue_file"] {
            let setting = format!("{key}={file}");
            assert_well(&format!("{key} {name}"), &klr(&small("sim", &["--set", &setting])));
        }
        for command in ["listing", "prices"] {
            assert_well(&format!("{command} {name}"), &klr(&[command.to_owned(), file.clone()]));
        }
        let golden = klr(&small("trace", &["--check", &file]));
        assert_well(&format!("--check {name}"), &golden);
        for command in ["sim", "train", "trace", "analyse"] {
            // A file stands where the folder should be.
            let output = klr(&small(command, &["--out", &format!("{file}/below")]));
            assert_well(&format!("{command} --out {name}"), &output);
        }
    }
}

#[test]
fn refusals_of_plans_fit() {
    let cases: [&[&str]; 30] = [
        &["model.gamma=1e300"],
        &["model.gamma=1e300", "quantize.kernel_table=absolute"],
        &["model.gamma=auto", "retrieval.noise=0.5"],
        &["model.gamma=auto", "retrieval.cue=mixture:0.123456789012345678901234567890"],
        &["model.gamma=auto", "model.training=file", "model.alpha_file=a.npy"],
        &["model.lambda=1e-300"],
        &["model.lambda=1e300"],
        &["model.training=kernel-ridge", "model.lambda=5e-324", "model.gamma=5e-324"],
        &["model.kernel=linear"],
        &["model.kernel=linear", "quantize.kernel_table=absolute"],
        &["model.kernel=polynomial"],
        &[
            "model.kernel=polynomial",
            "model.offset=0.123456789012345678",
            "model.degree=9999",
            "quantize.kernel_table=absolute",
        ],
        &["model.kernel=table", "model.kernel_values=[1, 0.5]"],
        &["model.kernel=table", "model.kernel_values=[1e300, inf]"],
        &[
            "model.kernel=table",
            "model.kernel_values=[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
            "quantize.kernel_table=absolute",
        ],
        &["model.kernel=table", "model.kernel_values=[-1e-300,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1e300]"],
        &["model.penalty=l2"],
        &["core.pattern_bytes=1", "core.counter_bytes=1", "core.table_bytes=1", "core.weight_bytes=16"],
        &["core.weight_bytes=17"],
        &["core.accumulator_bits=2"],
        &["core.sign_sharing=true"],
        &["core.sign_sharing=true", "core.pattern_order=both", "model.lambda=100"],
        &["core.pattern_order=row", "core.candidates=9", "core.partial_distance=true"],
        &["core.distance_slices=64", "core.pattern_bytes=128"],
        &["core.preset=truenorth"],
        &["patterns.n=1048575", "patterns.p=1048576"],
        &["patterns.n=3", "patterns.p=9"],
        &["retrieval.baselines=[\"crossbar-tiny-odin\"]", "patterns.n=257"],
        &["retrieval.baselines=[\"nothing\"]"],
        &["retrieval.flow=4", "model.kernel=polynomial"],
    ];
    for settings in cases {
        for command in ["sim", "train", "trace", "analyse", "levers", "crossbar"] {
            let more: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
            let folder = tempfile::tempdir().expect("a temporary folder");
            let out = folder.path().join("out");
            let out = ["--out", out.to_str().expect("a plain name")];
            let out = if ["train", "trace"].contains(&command) { &out[..] } else { &[] };
            let only = if command == "analyse" { &["--only", "fields,overlap"][..] } else { &[] };
            let output = klr(&small(command, &[&more[..], out, only].concat()));
            assert_well(&format!("{command} {settings:?}"), &output);
        }
    }
}

#[test]
fn everything_that_comes_with_klr_fits() {
    let tables =
        ["loihi", "truenorth", "odin", "generic-45nm-hp", "generic-28nm", "generic-22nm", "generic-7nm"];
    let mut all: Vec<Vec<String>> = tables.map(|table| vec!["prices".to_owned(), table.to_owned()]).to_vec();
    let lines = [
        "prices",
        "anchors",
        "plan",
        "plan --plan digits",
        "--help",
        "--version",
        "prices nothing",
        "nonsense",
    ];
    all.extend(lines.map(|line| line.split(' ').map(str::to_owned).collect()));
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/images");
    let images = fs::read_dir(images).expect("there are images").map(|entry| entry.expect("an image").path());
    let images = images.filter(|path| path.extension().is_some_and(|extension| extension == "img"));
    all.extend(images.map(|path| vec!["listing".to_owned(), path.to_str().expect("a text").to_owned()]));
    for preset in
        ["energy.preset=truenorth", "energy.preset=loihi", "quantize.weight_bits=1", "core.preset=tiny"]
    {
        all.extend(["sim", "levers", "crossbar"].map(|command| small(command, &["--set", preset])));
    }
    for arguments in all {
        let output = klr(&arguments);
        assert_narrow(&format!("{arguments:?}"), &output.stdout);
        assert_narrow(&format!("{arguments:?}"), &output.stderr);
    }
}
