//! The operations of the price table as modules with the operands of a retrieval, and what they take in a library.

use super::library::Library;
use super::netlist::Netlist;
use super::operands::{Operands, PICKED, SPAN, Step, Stream, Widths};
use super::simulate::{Delay, Energy, Simulation};
use super::{GatesError, mapping};
use std::path::Path;

/// A module, its parameters and the streams that it is driven with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name: a term of the price table, or what the term leaves out.
    pub name: &'static str,
    /// What is counted as one operation.
    pub event: &'static str,
    /// The module in `crates/rtl/gates/operations.sv`.
    pub module: &'static str,
    /// The width that its price grows with, in the unit of the price table.
    pub width: u64,
    /// Parameters.
    pub parameters: Vec<(&'static str, usize)>,
    /// What stands at its inputs.
    pub streams: Vec<Stream>,
}

/// What an operation takes in one library, from one stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Priced {
    /// The stream.
    pub stream: &'static str,
    /// Clocks that were simulated.
    pub clocks: usize,
    /// Operations in them.
    pub events: u64,
    /// Femtojoule of an operation without delay: logic, data of flip-flops, clock of flip-flops.
    pub zero: [f64; 3],
    /// The same with unit delay.
    pub unit: [f64; 3],
}

/// An operation in a library.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Cells.
    pub cells: usize,
    /// Flip-flops among them.
    pub flip_flops: usize,
    /// Area in square micrometres.
    pub area: f64,
    /// Leakage in nanowatts.
    pub leakage: f64,
    /// By stream.
    pub priced: Vec<Priced>,
}

/// The operations of a core with the operands of a retrieval.
#[must_use]
pub fn operations(operands: &Operands<'_>) -> Vec<Operation> {
    let widths = operands.widths();
    [arithmetic(operands, widths), distances(operands, widths), storage(operands, widths)].concat()
}

fn arithmetic(operands: &Operands<'_>, widths: Widths) -> Vec<Operation> {
    let Widths { weight, word, accumulator, lanes, .. } = widths;
    let factors = vec![("WEIGHT_BITS", weight), ("WORD_BITS", word)];
    let product = (weight * (word - 1)) as u64;
    vec![
        Operation {
            name: "multiply",
            event: "a multiplication, as the design writes it",
            module: "op_multiply",
            width: product,
            parameters: factors.clone(),
            streams: operands.multiply(widths).to_vec(),
        },
        Operation {
            name: "multiply_signed",
            event: "the same of operands that are declared as signed",
            module: "op_multiply_signed",
            width: product,
            parameters: factors,
            streams: operands.multiply(widths).to_vec(),
        },
        Operation {
            name: "add",
            event: "an addition to an accumulator",
            module: "op_add",
            width: accumulator as u64,
            parameters: vec![("ACCUMULATOR_BITS", accumulator), ("PRODUCT_BITS", weight + word)],
            streams: operands.add(widths).to_vec(),
        },
        Operation {
            name: "adder_tree",
            event: "an addition of the tree over the lanes",
            module: "op_adder_tree",
            width: accumulator as u64,
            parameters: vec![("COUNT", lanes), ("IN_WIDTH", weight + word), ("OUT_WIDTH", accumulator)],
            streams: vec![operands.tree(widths)],
        },
        Operation {
            name: "neuron_evaluation",
            event: "a field against its neuron",
            module: "op_neuron_evaluation",
            width: accumulator as u64,
            parameters: vec![("ACCUMULATOR_BITS", accumulator)],
            streams: vec![operands.evaluations(widths)],
        },
    ]
}

fn distances(operands: &Operands<'_>, widths: Widths) -> Vec<Operation> {
    let counter = widths.counter as u64;
    let lanes = vec![("SPAN", SPAN), ("NEURON_BITS", widths.counter)];
    let of = |name, event, module, stream| Operation {
        name,
        event,
        module,
        width: counter,
        parameters: lanes.clone(),
        streams: vec![stream],
    };
    vec![
        of(
            "bit_compare",
            "a bit compared and counted in its register",
            "op_bit_compare",
            operands.first_pass(widths),
        ),
        of("distance_add", "a distance moved by one", "op_distance_add", operands.update(widths, false)),
        of(
            "compare_window",
            "a distance compared with the window",
            "op_compare_window",
            operands.window(widths),
        ),
        of(
            "update_lanes",
            "a distance moved and compared with the window before and after",
            "op_update_lanes",
            operands.update(widths, true),
        ),
        of(
            "compare_minimum",
            "a distance compared for the smallest",
            "op_compare_minimum",
            operands.minimum(widths),
        ),
        Operation {
            name: "lookup_index",
            event: "the index of a look-up",
            module: "op_lookup_index",
            width: counter,
            parameters: vec![("NEURON_BITS", widths.counter)],
            streams: vec![operands.lookups(widths, false)],
        },
        Operation {
            name: "kernel_lookup",
            event: "the index of a look-up and the choice of its lane among 64",
            module: "op_kernel_lookup",
            width: counter,
            parameters: vec![("SPAN", PICKED), ("NEURON_BITS", widths.counter)],
            streams: vec![operands.lookups(widths, true)],
        },
        Operation {
            name: "stream_lookup",
            event: "the index of a look-up of a stream and the choice of its lane among 64",
            module: "op_stream_lookup",
            width: counter,
            parameters: vec![
                ("SPAN", PICKED),
                ("PLACES", widths.lanes.min(PICKED)),
                ("NEURON_BITS", widths.counter),
            ],
            streams: operands.stream_lookups(widths).to_vec(),
        },
    ]
}

fn storage(operands: &Operands<'_>, widths: Widths) -> Vec<Operation> {
    let Widths { weight, accumulator, counter, lanes, n, .. } = widths;
    let bank_bits = lanes.next_power_of_two().trailing_zeros().max(1) as usize;
    let of = |name, event, module, parameters, stream| Operation {
        name,
        event,
        module,
        width: 1,
        parameters,
        streams: vec![stream],
    };
    let neurons = vec![("MAX_N", n), ("NEURON_BITS", counter)];
    vec![
        of(
            "register_write",
            "a bit written to a field register",
            "op_register_write",
            vec![("ACCUMULATOR_BITS", accumulator)],
            operands.writes(widths),
        ),
        Operation {
            name: "sum_write",
            event: "a bit written to an accumulator that is no field register",
            module: "op_register_write",
            width: 1,
            parameters: vec![("ACCUMULATOR_BITS", accumulator)],
            streams: operands.sums(widths).to_vec(),
        },
        of(
            "register_read",
            "a bit read from one of the field registers",
            "op_register_read",
            [neurons.clone(), vec![("ACCUMULATOR_BITS", accumulator)]].concat(),
            operands.reads(widths),
        ),
        of(
            "queue_bit",
            "a bit put into a queue of 8 and taken out",
            "op_queue",
            vec![("WIDTH", operands.queue_bits(widths)), ("DEPTH", 8)],
            operands.queue(widths),
        ),
        of(
            "rotate",
            "a weight turned to its lane",
            "op_rotate",
            vec![("MAC_LANES", lanes), ("WEIGHT_BITS", weight), ("BANK_BITS", bank_bits)],
            operands.turns(widths),
        ),
        of(
            "find_next",
            "a search for the next violated neuron",
            "op_find_next",
            neurons,
            operands.searches(widths),
        ),
        of(
            "flip_flop",
            "a clock of a flip-flop whose data stand still",
            "op_flip_flop",
            vec![("BITS", 32)],
            operands.still(32),
        ),
    ]
}

/// Synthesizes `operation` for the library in `folder` and drives its netlist with its streams.
///
/// # Errors
/// [`GatesError`] if yosys is missing or refuses, or the netlist cannot be simulated.
pub fn measure(operation: &Operation, library: &Library, folder: &Path) -> Result<Measured, GatesError> {
    let json = mapping::synthesize(operation.module, &operation.parameters, folder)?;
    let netlist = Netlist::read(&json, operation.module, library)?;
    let mut priced = Vec::new();
    for stream in &operation.streams {
        let events = stream.steps.iter().skip(WARM).map(|step| step.events).sum::<u64>();
        if events == 0 {
            return Err(GatesError::NoEvents { operation: operation.name, stream: stream.name });
        }
        let run = |delay| per_event(drive(&netlist, library, delay, stream), events);
        priced.push(Priced {
            stream: stream.name,
            clocks: stream.steps.len() - WARM,
            events,
            zero: run(Delay::Zero),
            unit: run(Delay::Unit),
        });
    }
    Ok(Measured {
        cells: netlist.instances.len(),
        flip_flops: netlist.flip_flops(),
        area: netlist.area(),
        leakage: netlist.leakage(),
        priced,
    })
}

/// Clocks at the begin of a stream that are not counted: the states before them were not those of a retrieval.
const WARM: usize = 2;

fn per_event(energy: Energy, events: u64) -> [f64; 3] {
    [energy.logic, energy.data, energy.clock].map(|part| part / events as f64)
}

/// The energy of `stream` but for its first clocks.
fn drive(netlist: &Netlist<'_>, library: &Library, delay: Delay, stream: &Stream) -> Energy {
    let mut simulation = Simulation::new(netlist, library, delay);
    let nets: Vec<&[usize]> =
        stream.ports.iter().map(|name| netlist.port(name).map_or(&[][..], |port| &port.nets)).collect();
    for (clock, Step { ports, .. }) in stream.steps.iter().enumerate() {
        if clock == WARM {
            simulation.forget();
        }
        let values: Vec<(usize, bool)> = nets
            .iter()
            .zip(ports)
            .flat_map(|(nets, bits)| nets.iter().copied().zip(bits.iter().copied()))
            .collect();
        simulation.clock(&values);
    }
    simulation.energy()
}
