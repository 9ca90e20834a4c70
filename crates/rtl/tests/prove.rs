//! Can a port, a credit or a queue of a small core be broken, whatever it is loaded with and asked for?
//!
//! `cargo xtask rtl --prove` is the ignored test of this file.

#![allow(clippy::print_stdout, reason = "a run by hand is read as it goes")]

use klr_rtl::Shape;
use klr_rtl::families::family;
use klr_rtl::levers::Levers;
use klr_rtl::prove::{Question, Solver, ask};
use klr_rtl::synthesis::SynthesisError;
use std::io::Write;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("prove")
}

/// Up to four neurons and four patterns, one of everything that can be short.
fn one_port() -> Shape {
    Shape {
        lanes: 2,
        slices: 1,
        mac_lanes: 2,
        weight_banks: 1,
        max_n: 4,
        max_p: 4,
        weight_bits: 2,
        kernel_bits: 2,
        accumulator_bits: 8,
        sram_latency: 1,
        table_latency: 1,
        mac_latency: 1,
        counter_ports: 1,
        table_ports: 1,
        spike_queue: 1,
        activation_queue: 2,
        ..family("tiny").expect("a family without levers").shape
    }
}

/// The same in two slices, with a port for reads and one for writes and a queue of one.
fn two_ports() -> Shape {
    Shape { lanes: 1, slices: 2, counter_ports: 2, activation_queue: 1, ..one_port() }
}

/// A list of two candidates, filled in two parts, that serves spikes of `synchronous` as well.
fn list() -> Shape {
    let levers = Levers { candidates: 2, elimination: true, incremental: true, bitmap: true, ..Levers::NONE };
    Shape { lanes: 1, levers, ..one_port() }
}

/// Patterns by row, of two words each, in two slices.
fn by_row() -> Shape {
    Shape {
        slices: 2,
        max_n: 3,
        levers: Levers { by_row: true, early_stop: true, ..Levers::NONE },
        ..one_port()
    }
}

/// Queues of one that drop, updates that overlap, and signs in the patterns.
fn rushed() -> Shape {
    let levers = Levers { drops: true, pipelined: true, sign_sharing: true, ..Levers::NONE };
    Shape { activation_queue: 1, levers, ..one_port() }
}

/// Credits, updates that overlap, and an early stop.
fn overlap() -> Shape {
    Shape { levers: Levers { pipelined: true, early_stop: true, ..Levers::NONE }, ..two_ports() }
}

/// The cores of which it is proved, by what they have.
const CORES: [Situation; 6] = [
    ("one port", one_port),
    ("two ports, two slices", two_ports),
    ("a list in two parts", list),
    ("patterns by row", by_row),
    ("queues that drop, overlap, signs", rushed),
    ("overlap, early stop", overlap),
];

/// A name and a core: of a situation in the design that is looked for there, or of the core itself.
type Situation = (&'static str, fn() -> Shape);

/// What has to come about for a proof of so few cycles to mean something, and where.
const REACHED: [Situation; 19] = [
    ("FLIP", one_port),
    ("STALL", one_port),
    ("PORTS", one_port),
    ("CONFLICT", one_port),
    ("HELD", one_port),
    ("BANKS", one_port),
    ("FULL", one_port),
    ("OVER", one_port),
    ("BOTH_PORTS", two_ports),
    ("REPLACES", list),
    ("GIVES_UP", list),
    ("REFRESH", list),
    ("OVERFLOW", list),
    ("SECOND_WORD", by_row),
    ("HOME", by_row),
    ("LOST_SPIKE", rushed),
    ("END_BESIDE", rushed),
    ("STREAM_WAITS", rushed),
    ("STREAM_WAITS", overlap),
];

/// The answer, or `None` where yosys is not installed, which a line says.
fn answer(question: Question, shape: &Shape, cycles: u32) -> Option<bool> {
    match ask(Solver::installed(), question, shape, cycles, &folder()) {
        Ok(answer) => Some(answer),
        Err(error @ SynthesisError::NoYosys) => {
            // Captured output would hide it.
            let line = format!("\nnot tested: {error}\n");
            std::io::stderr().write_all(line.as_bytes()).expect("stderr is there");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A few cycles; in twice as many a neuron flips.
#[test]
fn nothing_is_broken_within_a_few_cycles() {
    assert_ne!(answer(Question::Holds, &one_port(), 12), Some(false), "an assertion fails");
    assert_ne!(answer(Question::Reached("FLIP"), &one_port(), 24), Some(false), "nothing flips");
}

#[test]
#[ignore = "started by cargo xtask rtl --prove"]
fn prove() {
    let solver = Solver::installed();
    let cycles = solver.cycles();
    println!("{cycles} cycles with {}", solver.name());
    for (what, shape) in REACHED {
        let Some(reached) = answer(Question::Reached(what), &shape(), cycles) else { return };
        println!("{what}: {}", if reached { "comes about" } else { "NEVER" });
        assert!(reached, "{what} does not come about within {cycles} cycles");
    }
    for (name, shape) in CORES {
        let Some(holds) = answer(Question::Holds, &shape(), cycles) else { return };
        println!("{name}: {} within {cycles} cycles", if holds { "nothing is broken" } else { "BROKEN" });
        assert!(holds, "an assertion of {name} fails");
    }
}
