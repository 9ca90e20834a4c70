//! Do netlists take the energy that a library says, worked out by hand, and compute what they should?

use klr_rtl::gates::liberty::{self, LibertyError};
use klr_rtl::gates::library::Library;
use klr_rtl::gates::mapping;
use klr_rtl::gates::netlist::{Netlist, NetlistError};
use klr_rtl::gates::operands::bits;
use klr_rtl::gates::simulate::{Delay, Simulation, data_pin};
use klr_rtl::synthesis::has_yosys;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

const SMALL: &str = include_str!("../gates/small.lib");

fn small() -> Library {
    Library::of(&liberty::read("small.lib", SMALL).unwrap()).unwrap()
}

/// A cell: its name in the library, and pins with their nets.
type Placed<'a> = (&'a str, Vec<(&'a str, u64)>);

/// A netlist as yosys writes it: cells with their pins, and ports.
fn netlist(ports: &[(&str, &str, Vec<u64>)], cells: &[Placed<'_>]) -> String {
    let port = |(name, direction, nets): &(&str, &str, Vec<u64>)| {
        ((*name).to_owned(), json!({"direction": direction, "bits": nets}))
    };
    let cell = |(place, (kind, pins)): (usize, &Placed<'_>)| {
        let pins: serde_json::Map<String, Value> =
            pins.iter().map(|(pin, net)| ((*pin).to_owned(), json!([net]))).collect();
        (format!("c{place}"), json!({"type": kind, "connections": pins}))
    };
    let ports: serde_json::Map<String, Value> = ports.iter().map(port).collect();
    let cells: serde_json::Map<String, Value> = cells.iter().enumerate().map(cell).collect();
    json!({"modules": {"top": {"ports": ports, "cells": cells}}}).to_string()
}

fn drive(simulation: &mut Simulation<'_>, netlist: &Netlist<'_>, ports: &[(&str, i64)]) {
    let set = |&(name, value): &(&str, i64)| {
        let nets = &netlist.port(name).unwrap().nets;
        nets.iter().copied().zip(bits(value, nets.len())).collect::<Vec<_>>()
    };
    simulation.clock(&ports.iter().flat_map(set).collect::<Vec<_>>());
}

fn value(simulation: &Simulation<'_>, port: &str) -> u64 {
    simulation.port(port).iter().enumerate().map(|(bit, &set)| u64::from(set) << bit).sum()
}

#[test]
fn a_library_is_read_and_what_is_wrong_in_it_has_a_line() {
    let library = small();
    assert_eq!((library.name.as_str(), library.volts, library.celsius), ("small", 1.0, Some(25.0)));
    assert_eq!(library.smallest("!(A*B)", 2).unwrap().0, "NAND2");
    assert_eq!(library.unused["LATCH"], "a latch");
    assert_eq!(data_pin(&library), 3.0);
    let arcs =
        |cell: &str| library.cells[cell].outputs[0].arcs.iter().map(|arc| arc.holds_load).collect::<Vec<_>>();
    assert_eq!((arcs("INV"), arcs("NAND2")), (vec![false], vec![true, true]));
    let of = |from: &str, to: &str| -> LibertyError {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        liberty::read("small.lib", &text).and_then(|read| Library::of(&read)).unwrap_err()
    };
    for (from, to, said) in [
        ("(1, ff)", "(1, nf)", "small.lib:3: found `nf`, allowed: pf, ff"),
        ("\"1nW\"", "\"1mW\"", "small.lib:4: found `mW`, allowed: 1pW, 1nW, 1uW"),
        ("  nom_voltage : 1.0;", "  nom_voltage : much;", "small.lib:7: found `much`, expected a number"),
        ("  nom_voltage : 1.0;", "  nom_voltage ();", "small.lib:7: found ``, expected a number"),
        (
            "leakage_power_unit : \"1nW\";",
            "leakage_power_unit ();",
            "small.lib:4: found ``, allowed: 1pW, 1nW, 1uW",
        ),
        ("    area : 1.0;", "    area ();", "small.lib:22: found ``, expected a number"),
        ("area : 1.0;", "", "small.lib:21: the cell INV has no area"),
        (
            "values (\"3, 3\", \"3, 3\")",
            "values (\"3, 3\")",
            "small.lib:38: `rise_power`: a table needs rising axes and a value for each of their pairs",
        ),
    ] {
        assert_eq!(of(from, to).to_string(), said);
    }
}

#[test]
fn a_chain_of_inverters_takes_what_its_gates_take_one_by_one() {
    let library = small();
    let cells: Vec<Placed<'_>> = (2..7).map(|net| ("INV", vec![("A", net), ("Y", net + 1)])).collect();
    let json = netlist(&[("a", "input", vec![2]), ("y", "output", vec![7])], &cells);
    let netlist = Netlist::read(&json, "top", &library).unwrap();
    assert_eq!((netlist.area(), netlist.leakage()), (5.0, 5.0));
    for delay in [Delay::Zero, Delay::Unit] {
        let mut simulation = Simulation::new(&netlist, &library, delay);
        assert_eq!(value(&simulation, "y"), 1, "five inversions of 0");
        drive(&mut simulation, &netlist, &[("a", 1)]);
        // Five nets of one pin of 2 fF each at 1 V, 1 fJ a transition; the output has the data pin of a flip-flop, 1.5 fJ.
        // Outputs fall, rise, fall, rise, fall: 5 + 3 + 5 + 3 + 5.
        assert_eq!(simulation.energy().logic, 5.0 + 1.5 + 21.0, "{delay:?}");
        drive(&mut simulation, &netlist, &[("a", 1)]);
        assert_eq!(simulation.energy().logic, 27.5, "nothing moves, nothing is taken");
        drive(&mut simulation, &netlist, &[("a", 0)]);
        assert_eq!(simulation.energy().logic, 27.5 + 6.5 + 19.0, "{delay:?}");
        assert_eq!(simulation.energy().transitions, 12);
    }
}

#[test]
fn an_input_against_its_own_inverse_is_a_glitch_with_unit_delay_alone() {
    let library = small();
    let json = netlist(
        &[("a", "input", vec![2]), ("y", "output", vec![4])],
        &[("INV", vec![("A", 2), ("Y", 3)]), ("XOR2", vec![("A", 2), ("B", 3), ("Y", 4)])],
    );
    let netlist = Netlist::read(&json, "top", &library).unwrap();
    // The input drives 2 + 4 fF, 3 fJ; the inverter falls, 5, and drives 4 fF, 2 fJ: without delay the output stands.
    let mut zero = Simulation::new(&netlist, &library, Delay::Zero);
    drive(&mut zero, &netlist, &[("a", 1)]);
    assert_eq!((zero.energy().logic, zero.energy().transitions), (10.0, 2));
    // With delay the output falls for its first input, 6, and rises for its second, 8, with 1.5 fJ for its load each.
    let mut unit = Simulation::new(&netlist, &library, Delay::Unit);
    drive(&mut unit, &netlist, &[("a", 1)]);
    assert_eq!((unit.energy().logic, unit.energy().transitions), (10.0 + 6.0 + 8.0 + 3.0, 4));
    assert_eq!(value(&unit, "y"), 1);
}

#[test]
fn a_flip_flop_pays_its_clock_in_every_cycle_and_its_data_when_they_change() {
    let library = small();
    let json = netlist(
        &[("clk", "input", vec![2]), ("d", "input", vec![3]), ("q", "output", vec![4])],
        &[("DFF", vec![("D", 3), ("CK", 2), ("Q", 4)])],
    );
    let netlist = Netlist::read(&json, "top", &library).unwrap();
    let mut simulation = Simulation::new(&netlist, &library, Delay::Zero);
    drive(&mut simulation, &netlist, &[("d", 0)]);
    // Both edges inside, 2 + 1, and 1 fF twice, 0.5 each.
    assert_eq!(simulation.energy().clock, 4.0);
    // The data come after the edge; the clock falls with data against the output, which its table does not name.
    drive(&mut simulation, &netlist, &[("d", 1)]);
    assert_eq!((simulation.energy().clock, value(&simulation, "q")), (4.0 + 2.0 + 1.0, 0));
    assert_eq!((simulation.energy().logic, simulation.energy().data), (1.5, 0.0));
    // At the next edge the output rises, 10, and drives 3 fF, 1.5; the edge is in that figure.
    drive(&mut simulation, &netlist, &[("d", 1)]);
    assert_eq!((simulation.energy().data, value(&simulation, "q")), (11.5, 1));
    assert_eq!(simulation.energy().clock, 7.0 + 0.5 + 1.5);
}

/// A ripple-carry adder of XOR2 and NAND2, bit by bit; nets of bit i are 10 i + 10 and above, carries 10 i + 9.
fn ripple(width: u64) -> String {
    let net = |bit: u64, place: u64| 10 * bit + 10 + place;
    let mut cells = Vec::new();
    for bit in 0..width {
        let (a, b, carry) = (net(bit, 0), net(bit, 1), if bit == 0 { 5 } else { net(bit - 1, 9) });
        let (half, sum) = (net(bit, 2), net(bit, 3));
        cells.push(("XOR2", vec![("A", a), ("B", b), ("Y", half)]));
        cells.push(("XOR2", vec![("A", half), ("B", carry), ("Y", sum)]));
        cells.push(("NAND2", vec![("A", a), ("B", b), ("Y", net(bit, 4))]));
        cells.push(("NAND2", vec![("A", half), ("B", carry), ("Y", net(bit, 5))]));
        cells.push(("NAND2", vec![("A", net(bit, 4)), ("B", net(bit, 5)), ("Y", net(bit, 9))]));
    }
    let of = |place: u64| (0..width).map(|bit| net(bit, place)).collect::<Vec<_>>();
    let sums = of(3).into_iter().chain([net(width - 1, 9)]).collect();
    let ports =
        [("a", "input", of(0)), ("b", "input", of(1)), ("c", "input", vec![5]), ("s", "output", sums)];
    netlist(&ports, &cells)
}

/// What the nets of that adder are, from the arithmetic of sums: for each bit a, b, half, sum, both products' inverses, carry.
fn nets_of_sum(width: u64, a: u64, b: u64, c: u64) -> Vec<[bool; 7]> {
    let of = |bit: u64| {
        let low = (1 << bit) - 1;
        let carry_in = ((a & low) + (b & low) + c) >> bit & 1 == 1;
        let (x, y) = (a >> bit & 1 == 1, b >> bit & 1 == 1);
        let carry = ((a & (2 * low + 1)) + (b & (2 * low + 1)) + c) >> (bit + 1) & 1 == 1;
        [x, y, x != y, (a + b + c) >> bit & 1 == 1, !(x && y), !((x != y) && carry_in), carry]
    };
    (0..width).map(of).collect()
}

#[test]
fn a_ripple_carry_adder_takes_what_the_arithmetic_of_its_sums_says() {
    const WIDTH: u64 = 6;
    let library = small();
    let json = ripple(WIDTH);
    let netlist = Netlist::read(&json, "top", &library).unwrap();
    let (mut zero, mut unit) =
        (Simulation::new(&netlist, &library, Delay::Zero), Simulation::new(&netlist, &library, Delay::Unit));
    let mut before = (0, 0, 0);
    let mut transitions = 0;
    for step in 0..500_u64 {
        let mixed = (step + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let (a, b, c) = (mixed >> 20 & 63, mixed >> 30 & 63, mixed >> 40 & 1);
        let ports = [("a", a), ("b", b), ("c", c)].map(|(name, value)| (name, i64::try_from(value).unwrap()));
        let at = (zero.energy().transitions, unit.energy().transitions);
        drive(&mut zero, &netlist, &ports);
        drive(&mut unit, &netlist, &ports);
        assert_eq!((value(&zero, "s"), value(&unit, "s")), (a + b + c, a + b + c), "{a} + {b} + {c}");
        let old = nets_of_sum(WIDTH, before.0, before.1, before.2);
        let new = nets_of_sum(WIDTH, a, b, c);
        let moved =
            |place: &usize| old.iter().zip(&new).filter(|(old, new)| old[*place] != new[*place]).count();
        let expected = (0..7).map(|place| moved(&place)).sum::<usize>() + usize::from(c != before.2);
        assert_eq!(zero.energy().transitions - at.0, expected as u64, "{a} + {b} + {c}");
        let with_glitches = unit.energy().transitions - at.1;
        assert!(
            with_glitches >= expected as u64 && (with_glitches - expected as u64).is_multiple_of(2),
            "glitches come in pairs"
        );
        transitions += expected;
        before = (a, b, c);
    }
    assert!(transitions > 3000 && unit.energy().logic > zero.energy().logic);
}

#[test]
fn a_carry_through_all_bits_takes_its_closed_form() {
    const WIDTH: u64 = 6;
    let library = small();
    let json = ripple(WIDTH);
    let netlist = Netlist::read(&json, "top", &library).unwrap();
    for delay in [Delay::Zero, Delay::Unit] {
        let mut simulation = Simulation::new(&netlist, &library, delay);
        drive(&mut simulation, &netlist, &[("a", 63), ("b", 0), ("c", 0)]);
        simulation.forget();
        drive(&mut simulation, &netlist, &[("a", 63), ("b", 0), ("c", 1)]);
        // In each bit the carry moves the sum (8 inside for input B, 1.5 for its flip-flop), the second product (1 inside,
        // and 1 for a pin of 2 fF, which the table holds and is not charged again) and the carry behind it (the same with
        // 4 + 2 fF, 3 fJ; behind the last bit a flip-flop, 1.5). The carry that comes in drives 6 fF.
        let bits = WIDTH as f64;
        let expected =
            3.0 + bits * (8.0 + 1.5) + bits * (1.0 + 1.0) + (bits - 1.0) * (1.0 + 3.0) + (1.0 + 1.5);
        assert_eq!(simulation.energy().logic, expected, "{delay:?}: nothing glitches");
    }
}

#[test]
fn a_netlist_that_cannot_be_simulated_is_refused() {
    let library = small();
    let read = |json: &str| Netlist::read(json, "top", &library).unwrap_err().to_string();
    let one = |cell: &'static str| netlist(&[("a", "input", vec![2])], &[(cell, vec![("A", 2), ("Y", 3)])]);
    assert_eq!(read(&one("MUX2")), "the netlist of top has a cell MUX2, which is not in the library");
    assert_eq!(read(&one("LATCH")), "the netlist of top has a cell LATCH, which is not used: a latch");
    assert!(matches!(Netlist::read("{}", "top", &library), Err(NetlistError::Form { .. })));
    let ring = netlist(&[], &[("INV", vec![("A", 2), ("Y", 3)]), ("INV", vec![("A", 3), ("Y", 2)])]);
    assert_eq!(read(&ring), "the netlist of top has a loop through INV");
}

#[test]
fn the_netlist_of_a_multiplication_multiplies() {
    if let Err(error) = has_yosys() {
        // Captured output would hide it.
        let line = format!("\nnot tested: {error}\n");
        std::io::stderr().lock().write_all(line.as_bytes()).unwrap();
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate_energies");
    let liberty = liberty::read("small.lib", SMALL).unwrap();
    let library = small();
    mapping::prepare(&folder, SMALL, &liberty, &library).unwrap();
    for module in ["op_multiply", "op_multiply_signed"] {
        let json = mapping::synthesize(module, &[("WEIGHT_BITS", 5), ("WORD_BITS", 6)], &folder).unwrap();
        let netlist = Netlist::read(&json, module, &library).unwrap();
        for delay in [Delay::Zero, Delay::Unit] {
            let mut simulation = Simulation::new(&netlist, &library, delay);
            for weight in -16..16_i64 {
                for word in -32..32_i64 {
                    drive(&mut simulation, &netlist, &[("weight", weight), ("word", word)]);
                    let expected = u64::try_from((weight * word) & 0x7FF).unwrap();
                    assert_eq!(
                        value(&simulation, "product"),
                        expected,
                        "{module} {delay:?} {weight} x {word}"
                    );
                }
            }
            assert!(simulation.energy().logic > 0.0);
        }
    }
}
