//! A netlist of library cells, as yosys writes it, with the order in which it is evaluated.

use super::library::{Cell, Library};
use serde_json::Value;
use std::collections::BTreeMap;

/// Cells of a library, and the nets between them. Net 0 is the constant 0, net 1 the constant 1.
#[derive(Debug)]
pub struct Netlist<'a> {
    /// Nets, the two constants included.
    pub nets: usize,
    /// Cells.
    pub instances: Vec<Instance<'a>>,
    /// Cells that keep nothing, each after those that drive it.
    pub order: Vec<usize>,
    /// Ports of the module, in the order of their names.
    pub ports: Vec<Port>,
    /// For each net the cells that it drives.
    pub drives: Vec<Vec<usize>>,
}

/// A cell of the netlist.
#[derive(Debug)]
pub struct Instance<'a> {
    /// Its name in the library.
    pub name: String,
    /// What it is.
    pub cell: &'a Cell,
    /// Nets of its inputs, in their order.
    pub inputs: Vec<usize>,
    /// Nets of its outputs; one that drives nothing has a net of its own.
    pub outputs: Vec<usize>,
}

/// A port of the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// It leads into the module.
    pub is_input: bool,
    /// Its nets, bit 0 first.
    pub nets: Vec<usize>,
}

/// Why a netlist cannot be simulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetlistError {
    /// The file is not what yosys writes.
    #[error("the netlist of {module}: {what}")]
    Form {
        /// The module.
        module: String,
        /// What is wrong.
        what: String,
    },
    /// A cell that the library does not have, or that cannot be used.
    #[error("the netlist of {module} has a cell {cell}, {why}")]
    Cell {
        /// The module.
        module: String,
        /// The cell.
        cell: String,
        /// Why it cannot be used.
        why: String,
    },
    /// A loop without a flip-flop.
    #[error("the netlist of {module} has a loop through {cell}")]
    Loop {
        /// The module.
        module: String,
        /// A cell of the loop.
        cell: String,
    },
}

impl<'a> Netlist<'a> {
    /// The module `module` of `json`, written by `write_json`.
    ///
    /// # Errors
    /// [`NetlistError`] if it holds something else than cells of `library` without loops.
    pub fn read(json: &str, module: &str, library: &'a Library) -> Result<Self, NetlistError> {
        let form = |what: &str| NetlistError::Form { module: module.to_owned(), what: what.to_owned() };
        let value: Value = serde_json::from_str(json).map_err(|error| form(&error.to_string()))?;
        let top = &value["modules"][module];
        let mut nets = Nets { numbers: BTreeMap::new(), count: 2 };
        let mut ports = Vec::new();
        for (name, port) in top["ports"].as_object().ok_or_else(|| form("no ports"))? {
            let bits = port["bits"].as_array().ok_or_else(|| form("a port without bits"))?;
            ports.push(Port {
                name: name.clone(),
                is_input: port["direction"] == "input",
                nets: bits.iter().map(|bit| nets.of(bit)).collect(),
            });
        }
        ports.sort_by(|a, b| a.name.cmp(&b.name));
        let mut instances = Vec::new();
        for cell in top["cells"].as_object().ok_or_else(|| form("no cells"))?.values() {
            let name = cell["type"].as_str().ok_or_else(|| form("a cell without a type"))?;
            let Some(known) = library.cells.get(name) else {
                let why = library.unused.get(name).map_or_else(
                    || "which is not in the library".to_owned(),
                    |why| format!("which is not used: {why}"),
                );
                return Err(NetlistError::Cell { module: module.to_owned(), cell: name.to_owned(), why });
            };
            let mut net = |pin: &str| nets.of(&cell["connections"][pin][0]);
            let inputs = known.inputs.iter().map(|pin| net(&pin.name)).collect();
            let mut outputs: Vec<usize> = known.outputs.iter().map(|pin| net(&pin.name)).collect();
            outputs.iter_mut().filter(|net| **net < 2).for_each(|net| *net = nets.fresh());
            instances.push(Instance { name: name.to_owned(), cell: known, inputs, outputs });
        }
        let mut drives = vec![Vec::new(); nets.count];
        for (place, instance) in instances.iter().enumerate() {
            for &net in &instance.inputs {
                if drives[net].last() != Some(&place) {
                    drives[net].push(place);
                }
            }
        }
        let order = levels(&instances, &drives, nets.count)
            .map_err(|cell| NetlistError::Loop { module: module.to_owned(), cell })?;
        Ok(Self { nets: nets.count, instances, order, ports, drives })
    }

    /// The port `name`.
    #[must_use]
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.name == name)
    }

    /// Area of all cells, in square micrometres.
    #[must_use]
    pub fn area(&self) -> f64 {
        self.instances.iter().map(|instance| instance.cell.area).sum()
    }

    /// Leakage of all cells, in nanowatts.
    #[must_use]
    pub fn leakage(&self) -> f64 {
        self.instances.iter().map(|instance| instance.cell.leakage).sum()
    }

    /// Its flip-flops.
    #[must_use]
    pub fn flip_flops(&self) -> usize {
        self.instances.iter().filter(|instance| instance.cell.flip_flop.is_some()).count()
    }
}

struct Nets {
    numbers: BTreeMap<u64, usize>,
    count: usize,
}

impl Nets {
    /// The net of a bit: its number, or a constant; what is undefined or not connected is 0.
    fn of(&mut self, bit: &Value) -> usize {
        match bit.as_u64() {
            Some(number) => {
                let fresh = self.count;
                let net = *self.numbers.entry(number).or_insert(fresh);
                self.count += usize::from(net == fresh);
                net
            }
            None => usize::from(bit == "1"),
        }
    }

    fn fresh(&mut self) -> usize {
        self.count += 1;
        self.count - 1
    }
}

/// The cells that keep nothing in an order in which each stands behind those that drive it; otherwise a cell of a loop.
fn levels(instances: &[Instance<'_>], drives: &[Vec<usize>], nets: usize) -> Result<Vec<usize>, String> {
    let combinational = |place: usize| instances[place].cell.flip_flop.is_none();
    let mut driver = vec![None; nets];
    for (place, instance) in instances.iter().enumerate().filter(|(place, _)| combinational(*place)) {
        instance.outputs.iter().for_each(|&net| driver[net] = Some(place));
    }
    let mut waits: Vec<usize> = vec![0; instances.len()];
    for (place, instance) in instances.iter().enumerate() {
        let distinct: std::collections::BTreeSet<usize> = instance.inputs.iter().copied().collect();
        waits[place] = distinct.iter().filter(|&&net| driver[net].is_some()).count();
    }
    let mut order: Vec<usize> =
        (0..instances.len()).filter(|&place| combinational(place) && waits[place] == 0).collect();
    let mut next = 0;
    while let Some(&place) = order.get(next) {
        next += 1;
        for &net in &instances[place].outputs {
            for &driven in drives[net].iter().filter(|&&driven| combinational(driven)) {
                waits[driven] -= 1;
                if waits[driven] == 0 {
                    order.push(driven);
                }
            }
        }
    }
    let left = (0..instances.len()).find(|&place| combinational(place) && waits[place] > 0);
    left.map_or(Ok(order), |place| Err(instances[place].name.clone()))
}
