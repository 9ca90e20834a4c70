//! Whatever the terminal does, and whatever a name holds: the exit code says how the request ended, no character is obeyed,
//! and no line is wider than 100 columns.
#![cfg(unix)]

mod common;
#[path = "common/said.rs"]
mod said;

use common::{SMALL, klr, small};
use said::said;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Where a stream goes.
#[derive(Clone, Copy, Debug)]
enum Sink {
    /// It is read.
    Read,
    /// A full disk.
    Full,
    /// A descriptor that is closed.
    Closed,
    /// A pipe that nobody reads any more.
    Broken,
}

/// The exit code with standard output and standard error going there.
fn ends(arguments: &[String], out: Sink, err: Sink, log: Option<&str>) -> Option<i32> {
    let closed = |sink: Sink, descriptor: &str| {
        if matches!(sink, Sink::Closed) { format!(" {descriptor}>&-") } else { String::new() }
    };
    let line = format!("exec \"$0\" \"$@\"{}{}", closed(out, "1"), closed(err, "2"));
    let mut command = Command::new("sh");
    command.args(["-c", &line, env!("CARGO_BIN_EXE_klr")]).args(arguments).env_remove("KLR_LOG");
    command.envs(log.map(|log| ("KLR_LOG", log)));
    let stdio = |sink| match sink {
        Sink::Read | Sink::Closed => Stdio::null(),
        Sink::Full => Stdio::from(File::options().write(true).open("/dev/full").expect("a full device")),
        Sink::Broken => {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            drop(reader);
            Stdio::from(writer)
        }
    };
    command.stdout(stdio(out)).stderr(stdio(err)).status().expect("there is a shell").code()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Every command that ends well, with what it needs.
fn commands(folder: &Path) -> Vec<Vec<String>> {
    let at = |name: &str| folder.join(name).to_str().expect("a plain name").to_owned();
    let mut all = vec![
        small("sim", &[]),
        small("sim", &["--out", &at("out")]),
        small("train", &["--out", &at("model")]),
        small("trace", &["--out", &at("traces")]),
        small("analyse", &["--only", "fields"]),
        small("trace", &["--out", "-"]),
        small("sim", &["--json"]),
        small("plan", &[]),
        small("levers", &[]),
        small("levers", &["--markdown"]),
        small("crossbar", &["--json"]),
        small("analyse", &["--json", "--only", "fields"]),
        small("crossbar", &[]),
    ];
    all.extend(
        [
            "prices",
            "prices loihi",
            "prices --json",
            "anchors",
            "anchors --json",
            "completions zsh",
            "--help",
            "sim --help",
            "--version",
            "help",
        ]
        .map(words),
    );
    let image = klr(&small("sim", &["--out", &at("image")]));
    assert_eq!(image.status.code(), Some(0), "{}", String::from_utf8_lossy(&image.stderr));
    all.push(vec!["listing".to_owned(), at("image/image.klr")]);
    all
}

fn has_full_device() -> bool {
    Path::new("/dev/full").exists()
}

#[test]
fn a_result_that_standard_output_does_not_take_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for arguments in commands(folder.path()) {
        for err in [Sink::Read, Sink::Full, Sink::Closed, Sink::Broken] {
            if has_full_device() {
                assert_eq!(ends(&arguments, Sink::Full, err, None), Some(2), "{arguments:?}, {err:?}");
            }
        }
        assert_eq!(ends(&arguments, Sink::Broken, Sink::Read, None), Some(0), "{arguments:?}: seen enough");
        assert_eq!(ends(&arguments, Sink::Closed, Sink::Closed, None), Some(0), "{arguments:?}: not wanted");
    }
}

#[test]
fn words_that_cannot_be_said_change_nothing() {
    let sim = small("sim", &[]);
    let wrong = |setting: &str| small("sim", &["--set", setting]);
    let mut cases =
        vec![(sim, Some(0)), (wrong("bad=1"), Some(2)), (wrong("core.accumulator_bits=10"), Some(2))];
    let refused =
        ["", "nothing", "sim --threads 0", "sim --unknown", "prices truenroth", "listing no-such-file"];
    cases.extend(refused.map(|line| (words(line), Some(2))));
    for (arguments, expected) in cases {
        for err in [Sink::Full, Sink::Closed, Sink::Broken] {
            if matches!(err, Sink::Full) && !has_full_device() {
                continue;
            }
            for log in [None, Some("trace"), Some("klr_model=debug"), Some("no=such=filter")] {
                let expected = if log == Some("no=such=filter") { Some(2) } else { expected };
                assert_eq!(
                    ends(&arguments, Sink::Read, err, log),
                    expected,
                    "{arguments:?}, {err:?}, {log:?}"
                );
            }
        }
    }
}

#[test]
fn a_filter_of_log_messages_that_is_none_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klr"));
    let output = command.args(["prices"]).env("KLR_LOG", "klr_model=loud").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.starts_with("klr: KLR_LOG is \"klr_model=loud\"; allowed are filters such as "),
        "{message}"
    );
    assert_eq!(output.stdout, b"", "nothing on standard output");
}

/// Six patterns of sixteen neurons as a NumPy file.
fn patterns() -> Vec<u8> {
    let header = "{'descr': '|i1', 'fortran_order': False, 'shape': (6, 16), }";
    // Magic, version and length take ten bytes of 128.
    let header = format!("{header:<117}\n");
    let sign = |(pattern, neuron): (usize, usize)| if (pattern * 5 + neuron * 3) % 7 < 3 { 1 } else { 0xff };
    let data: Vec<u8> = (0..6).flat_map(|p| (0..16).map(move |n| sign((p, n)))).collect();
    [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes(), &data].concat()
}

/// Characters that a terminal would obey, in a name that a file may have.
const OBEYED: [&str; 6] = ["\u{1b}[31m", "\u{9b}2J", "\u{7}", "\n", "\u{202e}", "\u{7f}"];

fn assert_shown(what: &str, output: &Output) {
    for stream in [&output.stdout, &output.stderr] {
        let text = std::str::from_utf8(stream).expect("text");
        let obeyed = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(obeyed), "{what}: {text:?}");
    }
    let message = if output.stderr.starts_with(b"klr: ") {
        said(output)
    } else {
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(
        message.starts_with("error: ") || message.matches('\n').count() <= 1,
        "{what}: one line: {message}"
    );
}

#[test]
fn names_from_outside_are_shown_and_not_obeyed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("a text").to_owned();
    for bad in OBEYED {
        let name = format!("a{bad}b");
        let file = at(&name);
        let missing = at(&format!("{name}-missing"));
        let cases: Vec<Vec<String>> = [
            vec!["sim", "--patterns", &missing],
            vec!["sim", "--cues", &missing],
            vec!["sim", "--model", &missing],
            vec!["sim", "--plan", &missing],
            vec!["sim", "--set", &name],
            vec!["sim", "--set", &format!("{name}=1")],
            vec!["sim", "--set", &format!("core.preset={name}")],
            vec!["sim", "--set", &format!("energy.preset={name}")],
            vec!["sim", "--set", &format!("energy.file={missing}")],
            vec!["sim", "--set", &format!("retrieval.cue={name}")],
            vec!["sim", "--threads", &name],
            vec!["prices", &name],
            vec!["listing", &missing],
            vec![&name],
            vec!["repro", "--quick", "--row", &name],
        ]
        .into_iter()
        .map(|case| case.into_iter().map(str::to_owned).collect())
        .collect();
        for arguments in cases {
            let output = klr(&arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            assert_shown(&format!("{arguments:?}"), &output);
        }
        for (content, option) in [
            (b"no numbers".as_slice(), "--patterns"),
            (b"[x", "--plan"),
            (b"a = 1", "--plan"),
            (b"\xff", "--plan"),
            (b"KLR", "--model"),
        ] {
            fs::write(&file, content).expect("the folder is writable");
            let output = klr(&["sim".to_owned(), option.to_owned(), file.clone()]);
            assert_eq!(output.status.code(), Some(2), "{option} {content:?}");
            assert_shown(option, &output);
        }
        fs::write(&file, patterns()).expect("the folder is writable");
        for command in ["sim", "plan", "analyse"] {
            let mut arguments = vec![command.to_owned(), "--patterns".to_owned(), file.clone()];
            arguments.extend(SMALL[4..].iter().map(|&word| word.to_owned()));
            if command == "analyse" {
                arguments.extend(["--only".to_owned(), "fields".to_owned()]);
            }
            let output = klr(&arguments);
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            assert_shown(command, &output);
        }
    }
}

/// A plan is printed so that it can be read again, whatever its texts hold.
#[test]
fn a_printed_plan_reads_again_whatever_a_name_holds() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for bad in OBEYED.iter().chain(&["\\", "\"", "'", "\"\"\"", "\t"]) {
        // From the root: a path of a plan that is a file leads from its folder, one of an option from the working folder.
        let setting = format!("model.alpha_file=/a{bad}b");
        let first = klr(&["plan", "--set", "model.training=file", "--set", &setting].map(str::to_owned));
        assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
        let plan = folder.path().join("plan.toml");
        fs::write(&plan, &first.stdout).expect("the folder is writable");
        let again = klr(&["plan".to_owned(), "--plan".to_owned(), plan.to_str().expect("a text").to_owned()]);
        assert_eq!(String::from_utf8_lossy(&again.stdout), String::from_utf8_lossy(&first.stdout), "{bad:?}");
    }
}

fn assert_narrow(arguments: &[String], text: &[u8]) {
    for line in String::from_utf8_lossy(text).lines() {
        assert!(line.chars().count() <= 100, "{arguments:?}: {} columns: {line}", line.chars().count());
    }
}

#[test]
fn extreme_numbers_and_long_names_fit_a_terminal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let long = folder.path().join("a-long-name".repeat(20));
    fs::write(&long, patterns()).expect("the folder is writable");
    let long = long.to_str().expect("a plain name");
    let settings: [&[&str]; 9] = [
        &["--set", "model.gamma=1e300"],
        &["--set", "model.gamma=1e-300"],
        &["--set", "model.gamma=0.12345678901234567"],
        &["--set", "model.gamma=auto"],
        &[
            "--set",
            "model.kernel=polynomial",
            "--set",
            "model.degree=2",
            "--set",
            "model.offset=1e300",
            "--set",
            "quantize.kernel_table=absolute",
        ],
        &["--set", "retrieval.noise=1e-300"],
        &["--set", "retrieval.cue=mixture:1e-300"],
        &["--set", "model.solver=gradient-descent", "--set", "model.eta=1e-300"],
        &["--patterns", long],
    ];
    for more in settings {
        for command in ["sim", "analyse", "crossbar", "plan", "levers"] {
            let mut arguments = small(command, more);
            if command == "analyse" {
                arguments.extend(words("--only fields,overlap"));
            }
            let output = klr(&arguments);
            assert_narrow(&arguments, &output.stdout);
            assert_narrow(&arguments, &output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 2)), "{arguments:?}");
        }
    }
    for line in
        ["--help", "sim --help", "trace --help", "analyse --help", "prices --help", "repro --help", "prices"]
    {
        assert_narrow(&words(line), &klr(&words(line)).stdout);
    }
}

#[test]
fn what_training_refuses_is_said_of_a_key_in_one_short_sentence() {
    let ridge = ["--set", "model.training=kernel-ridge", "--set", "model.lambda=5e-324"];
    for (more, expected) in [
        (
            [&ridge[..], &["--set", "model.gamma=5e-324"]].concat(),
            "klr: --set: model.lambda is 5e-324; with it the Gram matrix is singular, so it has to be larger\n",
        ),
        (
            vec!["--set", "model.lambda=1e-300"],
            "klr: --set: model.lambda is 1e-300; allowed are 1e-30 to 1e30\n",
        ),
    ] {
        let output = klr(&small("sim", &more));
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(said(&output), expected);
    }
}
