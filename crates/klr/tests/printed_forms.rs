//! What the commands print when it is not a table: JSON, price tables of one's own, text traces and their comparison,
//! completions, and the examples of the help.

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use said::said;
use serde_json::Value;
use std::fs;
use std::process::Output;

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// What was printed by a request that was met.
fn printed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The one line of a request that could not be met.
fn message(output: &Output) -> String {
    let message = said(output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(output.stdout.is_empty() && message.lines().count() == 1, "{message}");
    message
}

#[test]
fn json_on_standard_output_is_the_report_of_the_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain name");
    let text = printed(&klr(&small("sim", &["--json", "--out", out])));
    assert_eq!(text, fs::read_to_string(folder.path().join("report.json")).expect("a report"));
    let text = printed(&klr(&small("analyse", &["--json", "--only", "fields", "--out", out])));
    assert_eq!(text, fs::read_to_string(folder.path().join("analysis.json")).expect("numbers"));
    let cases = [
        (small("crossbar", &["--json"]), "/classical"),
        (words("anchors --json"), "/anchors/0/published"),
        (words("prices --json"), "/0/about"),
        (words("prices truenorth --json"), "/terms/multiply"),
    ];
    for (arguments, pointer) in cases {
        let json: Value = serde_json::from_str(&printed(&klr(&arguments))).expect("JSON and nothing else");
        assert!(json.pointer(pointer).is_some_and(|value| !value.is_null()), "{arguments:?}: {pointer}");
    }
}

#[test]
fn a_price_table_of_ones_own_is_printed_and_checked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mine.toml");
    let name = path.to_str().expect("a plain name");
    let prices = |more: &[&str]| {
        klr(&["prices", name].iter().chain(more).map(ToString::to_string).collect::<Vec<_>>())
    };
    let preset = printed(&klr(&words("prices truenorth")));
    fs::write(&path, &preset).expect("the folder is writable");
    let shown = printed(&prices(&[]));
    assert!(shown.starts_with("# a price table without an error: of "), "{shown}");
    assert!(shown.contains("unpriced") && shown.contains("lower bounds"), "{shown}");
    assert!(shown.ends_with(&preset), "the table as it is");
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    fs::write(&path, &shown).expect("the folder is writable");
    assert!(printed(&prices(&[])).ends_with(&preset), "what is printed is a table again");
    let json: Value = serde_json::from_str(&printed(&prices(&["--json"]))).expect("JSON");
    assert_eq!(json["name"], format!("file {name}"), "not the table that comes with klr");
    assert_eq!(json["own_name"], "truenorth");

    let lines = preset.lines().count();
    fs::write(&path, format!("{preset}\n[multiplied]\npj = 1\n")).expect("the folder is writable");
    let said = message(&prices(&[]));
    assert!(
        said.starts_with(&format!("klr: {name}:{}: multiplied: ", lines + 2)),
        "file, line and key: {said}"
    );
    fs::write(&path, "name = ").expect("the folder is writable");
    assert!(message(&prices(&[])).starts_with(&format!("klr: {name}:1: ")));
    fs::write(&path, b"\xff\xfe").expect("the folder is writable");
    assert_eq!(message(&prices(&[])), format!("klr: {name}: not a text file\n"));
    fs::remove_file(&path).expect("it is there");
    assert!(message(&prices(&[])).starts_with(&format!("klr: {name}: failed to read: ")));
    assert!(message(&klr(&words("prices truenroth"))).contains("did you mean \"truenorth\"?"));
}

#[test]
fn a_text_trace_goes_to_standard_output_and_says_what_it_is_of() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain name");
    for dataflow in ["synchronous", "sweep", "delta"] {
        let text = printed(&klr(&small("trace", &["--dataflow", dataflow, "--cue", "2", "--out", "-"])));
        let made =
            klr(&small("trace", &["--dataflow", dataflow, "--cue", "2", "--out", out, "--format", "text"]));
        printed(&made);
        let file =
            fs::read_to_string(folder.path().join(format!("trace.{dataflow}.cue2.txt"))).expect("a trace");
        assert_eq!(text, file, "the file and standard output");
        let header: Vec<&str> = text.lines().take(6).collect();
        assert_eq!(header[0], "# klr text trace, version 1");
        assert!(header[1].starts_with("# run: klr ") && header[1].contains(", plan "), "{}", header[1]);
        assert!(header[1].ends_with(", seed 1"), "{}", header[1]);
        assert_eq!(
            header[2..5],
            [format!("# dataflow: {dataflow}"), "# cue: 2".into(), "# clock: 500 MHz".into()]
        );
        assert_eq!(text.lines().nth(6), Some("000000 seq   cue n=16"));
    }
    for more in [["--format", "fst"], ["--format", "text,binary"], ["--check", "golden.txt"]] {
        let said = message(&klr(&small("trace", &[&["--out", "-"][..], &more].concat())));
        assert!(said.starts_with("klr: --out -: standard output gets the text trace"), "{said}");
    }
}

#[test]
fn a_golden_trace_is_compared_and_the_first_difference_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("golden.txt");
    let name = path.to_str().expect("a plain name");
    let check = |more: &[&str]| klr(&small("trace", &[&["--check", name][..], more].concat()));
    let golden = printed(&klr(&small("trace", &["--out", "-"])));
    fs::write(&path, &golden).expect("the folder is writable");
    let same = printed(&check(&[]));
    assert!(same.starts_with("delta, cue 0: all ") && same.ends_with("golden.txt\n"), "{same}");

    // Another plan whose retrieval is the same is no difference, and is said.
    let other = printed(&check(&["--set", "core.clock_mhz=400"]));
    assert!(other.contains("the golden trace is of another run:"), "{other}");

    let slow = check(&["--set", "core.sram_latency=2"]);
    let said = String::from_utf8(slow.stdout.clone()).expect("text");
    assert_eq!(slow.status.code(), Some(1), "a difference: {said}");
    assert!(slow.stderr.is_empty(), "it is the result, no error");
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("delta, cue 0: event "), "{said}");
    let of = |title: &str| said.lines().find_map(|line| line.strip_prefix(title)).expect("a line").trim();
    let (there, here) = (of("  golden "), of("  this run "));
    assert_ne!(there, here);
    assert!(golden.contains(there), "the golden line as it stands");
    let cycle =
        |line: &str| line.split(' ').next().and_then(|cycle| cycle.parse::<u64>().ok()).expect("a cycle");
    assert!(said.contains(&format!("in cycle {}, ", cycle(there).min(cycle(here)))), "{said}");
    assert!(of("  rules ").ends_with(" of docs/timing.md"), "{said}");

    // Events without a header, and files cut short.
    let events: String =
        golden.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    fs::write(&path, &events).expect("the folder is writable");
    printed(&check(&[]));
    let kept: String = events.lines().take(9).map(|line| format!("{line}\n")).collect();
    fs::write(&path, kept).expect("the folder is writable");
    let short = check(&[]);
    assert_eq!(short.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&short.stdout).contains("golden     nothing: it has ended"));
}

#[test]
fn what_is_no_golden_trace_is_refused_before_any_work() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("golden.txt");
    let name = path.to_str().expect("a plain name");
    let check = |more: &[&str]| message(&klr(&small("trace", &[&["--check", name][..], more].concat())));
    assert!(check(&[]).starts_with(&format!("klr: {name}: failed to read: ")));
    let golden = printed(&klr(&small("trace", &["--out", "-"])));
    fs::write(&path, &golden).expect("the folder is writable");
    assert_eq!(
        check(&["--dataflow", "sweep"]),
        format!("klr: {name}: its dataflow is delta, that of this retrieval sweep\n")
    );
    assert_eq!(check(&["--cue", "1"]), format!("klr: {name}: its cue is 0, that of this retrieval 1\n"));
    let damaged: [(Vec<u8>, &str); 5] = [
        (Vec::new(), "it holds no event"),
        (vec![0xff; 9], "not a text file"),
        (golden.replacen("version 1", "version 9", 1).into_bytes(), "a text trace of version 9"),
        (golden.replacen("000000", "\u{1b}[31m", 1).into_bytes(), "line 7: found \"\\u001b[31m seq"),
        (vec![0; 100], "line 1: found "),
    ];
    for (bytes, expected) in damaged {
        fs::write(&path, bytes).expect("the folder is writable");
        let said = check(&[]);
        assert!(said.starts_with(&format!("klr: {name}: ")) && said.contains(expected), "{said}");
    }
    // Any one byte of a good file changed: an answer, or a refusal, and never anything else.
    for at in (0..golden.len()).step_by(golden.len() / 25) {
        let mut bytes = golden.clone().into_bytes();
        bytes[at] ^= 0x55;
        fs::write(&path, bytes).expect("the folder is writable");
        let code = klr(&small("trace", &["--check", name])).status.code();
        assert!(matches!(code, Some(0..=2)), "byte {at}: {code:?}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&klr(&words(&format!("completions {shell}"))));
        for word in ["klr", "trace", "check", "analyse"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(klr(&words("completions tcsh")).status.code(), Some(2));
}

#[test]
fn every_command_has_examples_that_are_commands() {
    let commands = "train,sim,trace,analyse,plan,listing,verify,prices,levers,crossbar,rtl,rtl check,rtl export,rtl gates,area,anchors,repro,completions";
    for command in commands.split(',') {
        let help = printed(&klr(&words(&format!("{command} --help"))));
        let examples: Vec<&str> = help
            .lines()
            .filter_map(|line| line.strip_prefix("  klr "))
            .filter(|line| !line.contains('~'))
            .collect();
        assert!(help.contains("Examples:"), "{command}: {help}");
        for example in examples {
            let arguments = example.split(['>', '|']).next().unwrap_or_default().trim();
            // The parser alone: a help option after it stops before any work.
            let arguments = words(&format!("{arguments} --help"));
            assert_eq!(klr(&arguments).status.code(), Some(0), "{command}: klr {example}");
        }
    }
}
