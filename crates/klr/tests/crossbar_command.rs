//! Does `klr crossbar` put the classical network beside the kernel core, and refuse in words what no crossbar core holds?

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use std::process::Output;

fn crossbar(more: &[&str]) -> Output {
    klr(&small("crossbar", more))
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn the_core_of_tiny_odin_stands_beside_every_dataflow() {
    let text = said(&crossbar(&[]));
    for name in ["crossbar-tiny-odin", "synchronous", "sweep", "delta"] {
        let rows = text.lines().filter(|line| line.starts_with(&format!("  {name} "))).count();
        assert_eq!(rows, 2, "{name}: recall and energy, then work: {text}");
    }
    assert!(text.contains("16 neurons, P = 6 patterns"), "the plan is named: {text}");
    assert!(text.contains("crossbar-tiny-odin: 4-bit Hebbian weights, 0 of 240 held at the end"), "{text}");
    assert!(text.contains("crossbar-tiny-odin: all 4 retrievals equal the integer reference"), "{text}");
    assert!(!text.contains("crossbar-loihi"), "only what was asked for: {text}");
}

#[test]
fn a_core_that_the_plan_names_takes_its_place() {
    let text = said(&crossbar(&["--set", "retrieval.baselines=[\"crossbar-loihi\"]"]));
    assert!(text.contains("crossbar-loihi: 8-bit Hebbian weights"), "{text}");
    assert!(!text.contains("crossbar-tiny-odin"), "{text}");
}

#[test]
fn other_baselines_of_the_plan_change_nothing() {
    let text = said(&crossbar(&["--set", "retrieval.baselines=[\"hebbian\"]"]));
    assert_eq!(text, said(&crossbar(&[])), "they are not part of this table");
}

#[test]
fn any_number_of_threads_prints_the_same() {
    let one = said(&crossbar(&["--threads", "1"]));
    for threads in ["2", "5"] {
        assert_eq!(said(&crossbar(&["--threads", threads])), one, "{threads} threads");
    }
}

#[test]
fn a_network_that_is_too_large_is_refused_with_what_is_allowed() {
    let output = crossbar(&["--set", "patterns.n=300"]);
    let message = said::said(&output);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{message}");
    assert!(
        message.contains("crossbar-tiny-odin has room for 1 to 256 neurons, the patterns have 300"),
        "{message}"
    );
}
