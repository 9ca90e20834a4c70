//! Which rules of `docs/timing.md` say when an event happens: the one place that knows.

use crate::dataflow::Dataflow;

/// Rules by dataflow: `synchronous`, `sweep`, `delta`.
type ByDataflow = [&'static [&'static str]; 3];

const fn always(rules: &'static [&'static str]) -> ByDataflow {
    [rules; 3]
}

/// Unit and words of an event as a trace has them, and its rules, those that most often decide first.
const RULES: [(&str, &str, ByDataflow); 29] = [
    ("seq", "cue", always(&["C4"])),
    ("seq", "step", [&["S2"], &["S3"], &["S4", "S8"]]),
    ("seq", "field", [&["S1", "M4"], &["S1", "M4", "S3"], &["S4", "S6", "S10", "S11"]]),
    ("seq", "skip", always(&["S7"])),
    ("seq", "flip", [&["S2", "S1"], &["S1", "S5"], &["S4", "S8", "S11"]]),
    ("seq", "stall spike-queue", always(&["S5"])),
    ("seq", "end", always(&["S9", "S12"])),
    ("dist", "read-pattern", always(&["D1", "D9", "D15", "E1", "E2", "E3", "K4"])),
    ("dist", "read-pattern-row", always(&["D17", "E2", "E3"])),
    ("dist", "read-signs", always(&["D18", "K6"])),
    ("dist", "read-counters", always(&["D4", "D9", "D10", "D13"])),
    ("dist", "write-counters", always(&["D3", "D9", "D10"])),
    ("dist", "port-conflict", always(&["D10"])),
    (
        "dist",
        "look-up",
        [
            &["D5", "D6", "D8", "D16", "K3"],
            &["D5", "D6", "D8", "D16", "K3"],
            &["D12", "D5", "D6", "D16", "K4"],
        ],
    ),
    ("dist", "insert", always(&["K1"])),
    ("dist", "eliminate", always(&["E3"])),
    ("dist", "update-list", always(&["K4"])),
    ("dist", "refresh", always(&["K5"])),
    ("dist", "list-overflow", always(&["K2"])),
    ("dist", "stall activation-queue", always(&["D6"])),
    ("dist", "enter", always(&["S5", "C2"])),
    ("dist", "take-spike", always(&["D11"])),
    ("mac", "enter", always(&["D7", "D16"])),
    ("mac", "take", always(&["M1", "M2"])),
    ("mac", "read-signs", always(&["M5"])),
    ("core", "fault accumulator-overflow", always(&["M4"])),
    ("core", "fault queue-overflow", always(&["M6", "S5"])),
    ("core", "fault dead-field", always(&["S9"])),
    ("core", "fault stuck", always(&["C1"])),
];

/// The rules that say when `event` happens, which is unit and words of a trace such as `seq   step 1`; none for words that
/// no core of this version says.
#[must_use]
pub fn rules(event: &str, dataflow: Dataflow) -> &'static [&'static str] {
    let (unit, words) = event.split_once(' ').map_or((event, ""), |(unit, words)| (unit, words.trim_start()));
    // Whole words: `read-pattern` is not `read-pattern-row`.
    let says =
        |what: &str| words.strip_prefix(what).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let entry = RULES.iter().find(|(of, what, _)| *of == unit && says(what));
    entry.map_or(&[], |(_, _, rules)| rules[dataflow as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultCode;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_rule_that_is_named_stands_on_the_page() {
        let page =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/timing.md")).unwrap();
        for (unit, words, by_dataflow) in RULES {
            for rule in by_dataflow.into_iter().flatten() {
                assert!(page.contains(&format!("\n{rule}. ")), "{unit} {words}: there is no rule {rule}");
            }
        }
    }

    #[test]
    fn every_event_of_the_golden_traces_and_every_fault_has_rules() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
        let mut events = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let lines = text.lines().filter_map(|line| line.trim().split_once(' '));
            for (_, event) in lines.filter(|line| line.0.len() == 6 && line.0.parse::<u64>().is_ok()) {
                events += 1;
                for dataflow in Dataflow::ALL {
                    assert!(!rules(event, dataflow).is_empty(), "no rule for {event}");
                }
            }
        }
        assert!(events > 500, "{events} events: the golden traces were read");
        for code in FaultCode::ALL {
            assert!(!rules(&format!("core  fault {}", code.name()), Dataflow::Delta).is_empty(), "{code:?}");
        }
        assert_eq!(rules("seq   nothing", Dataflow::Delta), [""; 0]);
        assert_eq!(
            rules("dist  read-pattern-row pattern=1 word=0", Dataflow::Sweep)[0],
            "D17",
            "whole words"
        );
    }
}
