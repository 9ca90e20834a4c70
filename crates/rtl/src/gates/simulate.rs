//! A netlist clock by clock, and the energy of each transition.
//!
//! A clock: flip-flops take what stood at their inputs, at the same time the inputs of the module change, the logic
//! settles, the clock falls. *Zero delay*: every net changes at most once, to its last value. *Unit delay*: a cell's output
//! follows its inputs one unit later, so that nets change as often as paths of unequal length make them.
//!
//! *Loads* are the capacitances of the pins that a net drives; an output of the module drives one data pin of the smallest
//! flip-flop. Wires weigh nothing. *Slews*: the clock and the inputs of the module have that of the smallest inverter which
//! drives four of its kind; from there every cell's is read in its tables, as the mean over its arcs and both edges.

use super::function::Truth;
use super::library::{Library, PowerArc};
use super::netlist::Netlist;
use std::ops::AddAssign;

/// How gates take their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// None.
    Zero,
    /// One unit for every cell.
    Unit,
}

/// Energies in femtojoule, by what takes them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Energy {
    /// Cells that keep nothing, their nets, and the nets of the module's inputs.
    pub logic: f64,
    /// Data and outputs of flip-flops, and the nets that they drive.
    pub data: f64,
    /// Clock pins of flip-flops: what both edges take inside, and their capacitance; no tree.
    pub clock: f64,
    /// Transitions of nets.
    pub transitions: u64,
}

impl AddAssign for Energy {
    fn add_assign(&mut self, other: Self) {
        self.logic += other.logic;
        self.data += other.data;
        self.clock += other.clock;
        self.transitions += other.transitions;
    }
}

/// The energy of a transition of a pin, in femtojoule.
struct Arc<'a> {
    related: Option<usize>,
    when: Option<&'a Truth>,
    rise: f64,
    fall: f64,
}

struct Costs<'a> {
    /// By output: half of C V^2 of its net without arcs, and arcs with it.
    outputs: Vec<(f64, Vec<Arc<'a>>)>,
    inputs: Vec<Vec<Arc<'a>>>,
}

/// A netlist with its state.
pub struct Simulation<'a> {
    netlist: &'a Netlist<'a>,
    delay: Delay,
    costs: Vec<Costs<'a>>,
    /// Half of C V^2 of every net.
    halves: Vec<f64>,
    values: Vec<bool>,
    /// The inputs of each cell as it has seen them.
    seen: Vec<usize>,
    states: Vec<bool>,
    energy: Energy,
}

impl std::fmt::Debug for Simulation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulation")
            .field("delay", &self.delay)
            .field("energy", &self.energy)
            .finish_non_exhaustive()
    }
}

/// The slew that inputs and clock have, in the library's unit of time.
#[must_use]
pub fn reference_slew(library: &Library) -> f64 {
    let Some((_, inverter)) = library.smallest("!A", 1) else { return 0.0 };
    let (output, load) = (&inverter.outputs[0], 4.0 * inverter.inputs[0].capacitance);
    let mut slew = 0.0;
    for _ in 0..20 {
        slew = mean_slew(&output.slews, slew, load).unwrap_or(0.0);
    }
    slew
}

fn mean_slew(tables: &[(super::table::Table, super::table::Table)], slew: f64, load: f64) -> Option<f64> {
    let sum: f64 = tables.iter().map(|(rise, fall)| (rise.at(slew, load) + fall.at(slew, load)) / 2.0).sum();
    (!tables.is_empty()).then(|| sum / tables.len() as f64)
}

/// The capacitance of the data pin of the smallest flip-flop, in femtofarad; 0 if the library has none.
#[must_use]
pub fn data_pin(library: &Library) -> f64 {
    let flip_flops = library.cells.values().filter(|cell| cell.flip_flop.is_some());
    let smallest = flip_flops.min_by(|a, b| a.area.total_cmp(&b.area));
    let data = smallest.and_then(|cell| {
        let clock = cell.flip_flop.as_ref().map(|kept| kept.clock);
        cell.inputs.iter().enumerate().find(|(place, _)| Some(*place) != clock)
    });
    data.map_or(0.0, |(_, pin)| pin.capacitance)
}

impl<'a> Simulation<'a> {
    /// `netlist` with every state and every input 0, settled; nothing is counted yet.
    #[must_use]
    pub fn new(netlist: &'a Netlist<'a>, library: &Library, delay: Delay) -> Self {
        let mut loads = vec![0.0; netlist.nets];
        for instance in &netlist.instances {
            for (pin, &net) in instance.cell.inputs.iter().zip(&instance.inputs) {
                loads[net] += pin.capacitance;
            }
        }
        for port in netlist.ports.iter().filter(|port| !port.is_input) {
            port.nets.iter().for_each(|&net| loads[net] += data_pin(library));
        }
        let volts = library.volts * library.volts / 2.0;
        let halves: Vec<f64> = loads.iter().map(|load| load * volts).collect();
        let costs = costs(netlist, &loads, &halves, reference_slew(library));
        let mut simulation = Self {
            netlist,
            delay,
            costs,
            halves,
            values: vec![false; netlist.nets],
            seen: vec![0; netlist.instances.len()],
            states: vec![false; netlist.instances.len()],
            energy: Energy::default(),
        };
        simulation.begin();
        simulation
    }

    /// Everything settles with inputs and states of 0 and the clocks high, uncounted.
    fn begin(&mut self) {
        self.values[1] = true;
        for instance in &self.netlist.instances {
            if let Some(kept) = &instance.cell.flip_flop {
                self.values[instance.inputs[kept.clock]] = true;
            }
        }
        for place in 0..self.seen.len() {
            if self.netlist.instances[place].cell.flip_flop.is_some() {
                self.set_outputs(place);
            }
        }
        for &place in &self.netlist.order {
            self.seen[place] = self.gather(place);
            self.set_outputs(place);
        }
        for place in 0..self.seen.len() {
            self.seen[place] = self.gather(place);
        }
    }

    fn set_outputs(&mut self, place: usize) {
        let netlist = self.netlist;
        let instance = &netlist.instances[place];
        let index = self.variables(place, self.seen[place]);
        for (output, &net) in instance.cell.outputs.iter().zip(&instance.outputs) {
            self.values[net] = output.function.at(index);
        }
    }

    fn gather(&self, place: usize) -> usize {
        let inputs = &self.netlist.instances[place].inputs;
        inputs.iter().enumerate().map(|(bit, &net)| usize::from(self.values[net]) << bit).sum()
    }

    /// Inputs, and in a flip-flop its state and the inverse.
    fn variables(&self, place: usize, inputs: usize) -> usize {
        let instance = &self.netlist.instances[place];
        if instance.cell.flip_flop.is_none() {
            return inputs;
        }
        let state = usize::from(self.states[place]);
        inputs | state << instance.inputs.len() | (1 - state) << (instance.inputs.len() + 1)
    }

    /// Inputs and outputs, as conditions name them.
    fn pins(&self, place: usize, inputs: usize) -> usize {
        let instance = &self.netlist.instances[place];
        let outputs = instance.outputs.iter().enumerate();
        let outputs: usize = outputs.map(|(bit, &net)| usize::from(self.values[net]) << bit).sum();
        inputs | outputs << instance.inputs.len()
    }

    /// The value of a port, bit 0 first.
    ///
    /// # Panics
    /// If there is no such port.
    #[must_use]
    pub fn port(&self, name: &str) -> Vec<bool> {
        let port = self.netlist.port(name).expect("a port of the module");
        port.nets.iter().map(|&net| self.values[net]).collect()
    }

    /// What was taken so far.
    #[must_use]
    pub const fn energy(&self) -> Energy {
        self.energy
    }

    /// Forgets what was taken so far.
    pub fn forget(&mut self) {
        self.energy = Energy::default();
    }

    /// One clock, in which the nets in `inputs` take their values.
    pub fn clock(&mut self, inputs: &[(usize, bool)]) {
        let netlist = self.netlist;
        let kept: Vec<usize> = (0..netlist.instances.len())
            .filter(|&place| netlist.instances[place].cell.flip_flop.is_some())
            .collect();
        let next: Vec<bool> = kept.iter().map(|&place| self.next_state(place)).collect();
        let mut changed = Vec::new();
        for (&place, &next) in kept.iter().zip(&next) {
            self.clock_edge(place, true);
            if self.states[place] != next {
                self.states[place] = next;
                self.flip_flop_changes(place, &mut changed);
            }
        }
        for &(net, value) in inputs {
            if net > 1 && self.values[net] != value {
                self.values[net] = value;
                self.energy.logic += self.halves[net];
                self.energy.transitions += 1;
                changed.push(net);
            }
        }
        match self.delay {
            Delay::Zero => self.settle_in_order(),
            Delay::Unit => self.settle_in_waves(changed),
        }
        kept.iter().for_each(|&place| self.clock_edge(place, false));
    }

    fn next_state(&self, place: usize) -> bool {
        let Some(kept) = &self.netlist.instances[place].cell.flip_flop else { return false };
        let index = self.variables(place, self.seen[place]);
        let holds = |truth: &Option<Truth>| truth.as_ref().is_some_and(|truth| truth.at(index));
        !holds(&kept.clear) && (holds(&kept.preset) || kept.next.at(index))
    }

    fn clock_edge(&mut self, place: usize, rises: bool) {
        let Some(kept) = &self.netlist.instances[place].cell.flip_flop else { return };
        let pins = self.pins(place, self.seen[place]);
        let arcs = &self.costs[place].inputs[kept.clock];
        let net = self.netlist.instances[place].inputs[kept.clock];
        // Its share of the net: the capacitance of its own pin.
        let sharers = self.netlist.drives[net].len().max(1) as f64;
        self.energy.clock += pick(arcs, usize::MAX, pins, rises) + self.halves[net] / sharers;
    }

    fn flip_flop_changes(&mut self, place: usize, changed: &mut Vec<usize>) {
        let netlist = self.netlist;
        let instance = &netlist.instances[place];
        let clock = instance.cell.flip_flop.as_ref().map_or(0, |kept| kept.clock);
        let index = self.variables(place, self.seen[place]);
        for (bit, output) in instance.cell.outputs.iter().enumerate() {
            let (net, value) = (instance.outputs[bit], output.function.at(index));
            if self.values[net] != value {
                self.values[net] = value;
                let (half, arcs) = &self.costs[place].outputs[bit];
                let pins = self.pins(place, self.seen[place]);
                self.energy.data += half + pick(arcs, 1 << clock, pins, value);
                self.energy.transitions += 1;
                changed.push(net);
            }
        }
    }

    fn settle_in_order(&mut self) {
        let netlist = self.netlist;
        for &place in &netlist.order {
            for (net, value) in self.visit(place) {
                self.values[net] = value;
            }
        }
        for place in 0..netlist.instances.len() {
            if netlist.instances[place].cell.flip_flop.is_some() {
                self.visit(place);
            }
        }
    }

    fn settle_in_waves(&mut self, mut changed: Vec<usize>) {
        let netlist = self.netlist;
        while !changed.is_empty() {
            let mut places: Vec<usize> =
                changed.iter().flat_map(|&net| netlist.drives[net].iter().copied()).collect();
            places.sort_unstable();
            places.dedup();
            let new: Vec<(usize, bool)> = places.into_iter().flat_map(|place| self.visit(place)).collect();
            for &(net, value) in &new {
                self.values[net] = value;
            }
            changed = new.into_iter().map(|(net, _)| net).collect();
        }
    }

    /// A cell sees its inputs: their energies are counted, and its outputs that change are given back, counted as well.
    fn visit(&mut self, place: usize) -> Vec<(usize, bool)> {
        let netlist = self.netlist;
        let instance = &netlist.instances[place];
        let inputs = self.gather(place);
        let moved = inputs ^ self.seen[place];
        if moved == 0 {
            return Vec::new();
        }
        self.seen[place] = inputs;
        let is_kept = instance.cell.flip_flop.is_some();
        let index = self.variables(place, inputs);
        let (mut pins, mut new) = (inputs, Vec::new());
        for (bit, output) in instance.cell.outputs.iter().enumerate() {
            let (net, old) = (instance.outputs[bit], self.values[instance.outputs[bit]]);
            let value = if is_kept { old } else { output.function.at(index) };
            pins |= usize::from(value) << (instance.inputs.len() + bit);
            if value != old {
                new.push((bit, net, value));
            }
        }
        let mut energy = 0.0;
        for (pin, arcs) in self.costs[place].inputs.iter().enumerate() {
            if moved >> pin & 1 == 1 {
                energy += pick(arcs, usize::MAX, pins, inputs >> pin & 1 == 1);
            }
        }
        for &(bit, _, value) in &new {
            let (half, arcs) = &self.costs[place].outputs[bit];
            energy += half + pick(arcs, moved, pins, value);
            self.energy.transitions += 1;
        }
        *(if is_kept { &mut self.energy.data } else { &mut self.energy.logic }) += energy;
        new.into_iter().map(|(_, net, value)| (net, value)).collect()
    }
}

/// The mean energy of the arcs that apply: those of inputs that moved whose condition holds, or else those of inputs that
/// moved, or else all; arcs of a pin's own transitions only if their condition holds.
fn pick(arcs: &[Arc<'_>], moved: usize, pins: usize, rises: bool) -> f64 {
    let is_of = |arc: &&Arc<'_>| arc.related.is_none_or(|input| moved >> input & 1 == 1);
    let holds = |arc: &&Arc<'_>| arc.when.is_none_or(|when| when.at(pins));
    let mean = |chosen: &mut dyn Iterator<Item = &Arc<'_>>| -> Option<f64> {
        let energies = chosen.map(|arc| if rises { arc.rise } else { arc.fall });
        let (sum, count) = energies.fold((0.0, 0_u32), |(sum, count), energy| (sum + energy, count + 1));
        (count > 0).then(|| sum / f64::from(count))
    };
    let applying = mean(&mut arcs.iter().filter(|arc| is_of(arc) && holds(arc)));
    let own = arcs.iter().all(|arc| arc.related.is_none());
    let fallback = || {
        if own { None } else { mean(&mut arcs.iter().filter(is_of)).or_else(|| mean(&mut arcs.iter())) }
    };
    applying.or_else(fallback).unwrap_or(0.0)
}

/// What every transition of every cell takes, at its loads and slews.
fn costs<'a>(netlist: &'a Netlist<'a>, loads: &[f64], halves: &[f64], reference: f64) -> Vec<Costs<'a>> {
    let mut slews = vec![reference; netlist.nets];
    let kept =
        (0..netlist.instances.len()).filter(|&place| netlist.instances[place].cell.flip_flop.is_some());
    for place in kept.chain(netlist.order.iter().copied()) {
        let instance = &netlist.instances[place];
        let inputs: Vec<f64> =
            instance.inputs.iter().filter(|&&net| net > 1).map(|&net| slews[net]).collect();
        let input = match instance.cell.flip_flop {
            Some(_) => reference,
            None => inputs.iter().sum::<f64>() / inputs.len().max(1) as f64,
        };
        for (output, &net) in instance.cell.outputs.iter().zip(&instance.outputs) {
            slews[net] = mean_slew(&output.slews, input, loads[net]).unwrap_or(reference);
        }
    }
    let arc = |arc: &'a PowerArc, slew: f64, load: f64, half: f64| {
        let held = if arc.holds_load { half } else { 0.0 };
        Arc {
            related: arc.related,
            when: arc.when.as_ref(),
            rise: arc.rise.at(slew, load) - held,
            fall: arc.fall.at(slew, load) - held,
        }
    };
    let of_instance =
        |place: usize| {
            let instance = &netlist.instances[place];
            let slew = |input: usize| slews[instance.inputs[input]];
            let outputs = instance.cell.outputs.iter().zip(&instance.outputs).map(|(output, &net)| {
                let arcs = output
                    .arcs
                    .iter()
                    .map(|found| arc(found, found.related.map_or(reference, slew), loads[net], halves[net]));
                (halves[net], arcs.collect())
            });
            let inputs =
                instance.cell.inputs.iter().enumerate().map(|(input, pin)| {
                    pin.arcs.iter().map(|found| arc(found, slew(input), 0.0, 0.0)).collect()
                });
            Costs { outputs: outputs.collect(), inputs: inputs.collect() }
        };
    (0..netlist.instances.len()).map(of_instance).collect()
}
