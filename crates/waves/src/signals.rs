//! The signals of a recording: their names, how they are read, and how they change.

use crate::meter::EnergyCourse;
use klr_energy::{Component, Cost, Uncharged};
use std::borrow::Cow;

/// Characters of the longest text a signal holds, the name of a fault.
const TEXT_CHARS: usize = 24;

/// The scopes of which a viewer shows nothing until it is asked.
pub(crate) const BY_COMPONENT: &str = "energy_by_component";
pub(crate) const STATE: &str = "state";

/// The scope of what is counted and has no price.
const UNPRICED: &str = "energy_unpriced";

/// How the value of a signal is meant to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// True or false.
    Flag,
    /// A whole number, 0 or above.
    Number,
    /// A whole number, drawn as a curve.
    Curve,
    /// A whole number with a sign.
    Signed,
    /// Bits, one per neuron.
    Bits(u32),
    /// ASCII text, padded with spaces at its end.
    Text,
}

impl SignalKind {
    /// Bits of a value in a waveform file.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Flag => 1,
            Self::Number => 32,
            Self::Curve | Self::Signed => 64,
            Self::Bits(bits) => bits,
            #[expect(clippy::cast_possible_truncation, reason = "24 characters")]
            Self::Text => 8 * TEXT_CHARS as u32,
        }
    }
}

/// The value of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalValue {
    /// Nothing has been said yet.
    Unknown,
    /// A number, a flag, or bits; a negative number is its two's complement.
    Number(u64),
    /// A text.
    Text(Cow<'static, str>),
}

impl SignalValue {
    /// The value as the characters `0`, `1` and `x`, most significant bit first.
    #[must_use]
    pub fn to_bits(&self, kind: SignalKind) -> Vec<u8> {
        let bits = kind.bits() as usize;
        match self {
            Self::Unknown => vec![b'x'; bits],
            Self::Number(number) => (0..bits).rev().map(|at| b'0' + (number >> at & 1 == 1) as u8).collect(),
            Self::Text(text) => {
                let padded = text.bytes().chain(std::iter::repeat(b' ')).take(bits / 8);
                padded.flat_map(|byte| (0..8).rev().map(move |at| b'0' + (byte >> at & 1))).collect()
            }
        }
    }
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The unit it belongs to.
    pub scope: &'static str,
    /// Its name within the unit.
    pub name: Cow<'static, str>,
    /// How it is read.
    pub kind: SignalKind,
}

/// A signal has a new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From this cycle on.
    pub cycle: u64,
    /// Its place among the signals.
    pub signal: usize,
    /// The new value.
    pub value: SignalValue,
}

macro_rules! wires {
    ($($variant:ident: $scope:literal $name:literal $kind:ident,)+) => {
        /// The signals that every recording has, in the order in which a viewer shows them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Wire { $($variant,)+ }

        const WIRES: &[(&str, &str, SignalKind)] = &[$(($scope, $name, SignalKind::$kind),)+];
    };
}

wires! {
    Cycle: "core" "cycle" Number,
    Outcome: "core" "outcome" Text,
    Faults: "core" "faults" Number,
    Fault: "core" "last_fault" Text,
    DMin: "observer" "d_min" Curve,
    Violated: "observer" "violated" Curve,
    Power: "energy" "power_uw" Curve,
    Energy: "energy" "total_fj" Curve,
    Step: "sequencer" "step" Number,
    Stage: "sequencer" "stage" Text,
    Neuron: "sequencer" "neuron" Number,
    Field: "sequencer" "field" Signed,
    Flip: "sequencer" "flip" Flag,
    FlipNeuron: "sequencer" "flip_neuron" Number,
    Flips: "sequencer" "flips" Number,
    SpikeStall: "sequencer" "stall" Flag,
    SpikeQueue: "distance" "spike_queue" Curve,
    DistanceBusy: "distance" "busy" Flag,
    Job: "distance" "job" Text,
    SpikeNeuron: "distance" "spike_neuron" Number,
    Block: "distance" "block" Number,
    Column: "distance" "column" Number,
    ReadPattern: "distance" "read_pattern" Flag,
    ReadCounters: "distance" "read_counters" Flag,
    WriteCounters: "distance" "write_counters" Flag,
    PortConflict: "distance" "port_conflict" Flag,
    Insert: "distance" "insert" Flag,
    Candidates: "distance" "candidates" Number,
    Eliminated: "distance" "blocks_eliminated" Number,
    LookUp: "distance" "look_up" Flag,
    Pattern: "distance" "pattern" Number,
    ActivationStall: "distance" "stall" Flag,
    ActivationQueue: "mac" "activation_queue" Curve,
    MacBusy: "mac" "busy" Flag,
    Target: "mac" "target" Text,
    Words: "mac" "words" Number,
}

/// The place of the running sum of component number `index`.
pub(crate) const fn component(index: usize) -> usize {
    WIRES.len() + index
}

/// The place of word number `index` of the state register.
pub(crate) const fn state_word(index: usize) -> usize {
    WIRES.len() + Component::ALL.len() + index
}

/// All signals of a core with `n` neurons.
pub(crate) fn signals(n: usize) -> Vec<Signal> {
    let fixed = WIRES.iter().map(|&(scope, name, kind)| Signal { scope, name: name.into(), kind });
    let components = Component::ALL.iter().map(|component| Signal {
        scope: BY_COMPONENT,
        name: component_name(*component, "").into(),
        kind: SignalKind::Curve,
    });
    let words = (0..n).step_by(64).map(|first| {
        let end = n.min(first + 64);
        let kind = SignalKind::Bits(u32::try_from(end - first).unwrap_or(64));
        Signal { scope: STATE, name: format!("neurons_{first}_to_{}", end - 1).into(), kind }
    });
    fixed.chain(components).chain(words).collect()
}

fn component_name(component: Component, knowledge: &str) -> String {
    format!("{}{knowledge}_fj", component.name().replace(' ', "_"))
}

/// What a name says of a sum that is not known.
const fn knowledge<T>(cost: &Cost<T>) -> &'static str {
    match cost {
        Cost::Known(_) => "",
        Cost::AtLeast(_) => "_at_least",
        Cost::Unknown => "_unknown",
    }
}

/// A figure as a signal shows it: whole, and never zero if it is not, so that what is less than one shows as one.
pub(crate) fn shown(figure: Cost<f64>) -> SignalValue {
    match figure {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a figure is not negative, and `as` ends at the largest number"
        )]
        Cost::Known(figure) | Cost::AtLeast(figure) => {
            SignalValue::Number(if figure > 0.0 { figure.round().max(1.0) as u64 } else { 0 })
        }
        Cost::Unknown => SignalValue::Unknown,
    }
}

/// Which items of [`EnergyCourse::unpriced`] have a signal: of several memories that wait for one price, the first.
pub(crate) fn unpriced_signals(energy: &EnergyCourse) -> impl Iterator<Item = usize> {
    let key = |item: &Uncharged| (item.term, item.counter);
    let items = &energy.unpriced;
    (0..items.len()).filter(move |&at| !items[..at].iter().any(|before| key(before) == key(&items[at])))
}

/// The values of all signals now, and every change so far.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) signals: Vec<Signal>,
    values: Vec<SignalValue>,
    /// What the last change of each signal said.
    shown: Vec<SignalValue>,
    touched: Vec<usize>,
    pub(crate) changes: Vec<Change>,
}

impl Board {
    pub(crate) fn new(n: usize) -> Self {
        let signals = signals(n);
        let start = |signal: &Signal| match signal.kind {
            SignalKind::Flag | SignalKind::Curve | SignalKind::Bits(_) => SignalValue::Number(0),
            SignalKind::Number | SignalKind::Signed => SignalValue::Unknown,
            SignalKind::Text => SignalValue::Text(Cow::Borrowed("")),
        };
        let values: Vec<SignalValue> = signals.iter().map(start).collect();
        let shown = vec![SignalValue::Unknown; values.len()];
        let touched = (0..values.len()).collect();
        Self { signals, values, shown, touched, changes: Vec::new() }
    }

    pub(crate) fn put(&mut self, signal: usize, value: SignalValue) {
        self.values[signal] = value;
        self.touched.push(signal);
    }

    pub(crate) fn number(&mut self, wire: Wire, number: u64) {
        self.put(wire as usize, SignalValue::Number(number));
    }

    pub(crate) fn text(&mut self, wire: Wire, text: impl Into<Cow<'static, str>>) {
        self.put(wire as usize, SignalValue::Text(text.into()));
    }

    pub(crate) fn get(&self, wire: Wire) -> &SignalValue {
        &self.values[wire as usize]
    }

    /// The names of energy and power say whether they are lower bounds or unknown, and what has no price gets a signal of
    /// its own, which counts it.
    pub(crate) fn say_what_is_known(&mut self, energy: &EnergyCourse) {
        let total = knowledge(&energy.total());
        self.signals[Wire::Power as usize].name = format!("power{total}_uw").into();
        self.signals[Wire::Energy as usize].name = format!("total{total}_fj").into();
        for (index, (one, sum)) in energy.components().into_iter().enumerate() {
            self.signals[component(index)].name = component_name(one, knowledge(&sum)).into();
        }
        // Nothing was known of it in the first cycle either.
        for change in self.changes.iter_mut().filter(|change| change.cycle == 0) {
            let name = &self.signals[change.signal].name;
            if name.ends_with("_unknown_fj") || name.ends_with("_unknown_uw") {
                change.value = SignalValue::Unknown;
            }
        }
        let unpriced = unpriced_signals(energy).map(|index| &energy.unpriced[index]);
        let signals = unpriced.map(|item| Signal {
            scope: UNPRICED,
            name: match item.counter {
                Some(counter) => format!("{}_of_{}", item.term.key(), counter.name()).into(),
                None => format!("{}_of_ps", item.term.key()).into(),
            },
            kind: SignalKind::Curve,
        });
        self.signals.extend(signals);
    }

    /// The cycle is over: what is different now has changed in it.
    pub(crate) fn close(&mut self, cycle: u64) {
        self.touched.sort_unstable();
        self.touched.dedup();
        for signal in self.touched.drain(..) {
            let value = &self.values[signal];
            if *value != self.shown[signal] {
                self.shown[signal] = value.clone();
                self.changes.push(Change { cycle, signal, value: value.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_most_significant_bit_first() {
        let bits = |value: &SignalValue, kind| String::from_utf8(value.to_bits(kind)).unwrap();
        assert_eq!(bits(&SignalValue::Number(1), SignalKind::Flag), "1", "a flag is one bit");
        assert_eq!(
            bits(&SignalValue::Number(5), SignalKind::Bits(4)),
            "0101",
            "neuron 0 is the last character"
        );
        assert_eq!(bits(&SignalValue::Unknown, SignalKind::Bits(3)), "xxx", "nothing known");
        let text = bits(&SignalValue::Text("a".into()), SignalKind::Text);
        assert!(text.starts_with("0110000100100000"), "an a, then spaces: {text}");
    }

    #[test]
    fn a_change_is_what_differs_at_the_end_of_a_cycle() {
        let mut board = Board::new(70);
        board.close(0);
        let first = board.changes.len();
        board.number(Wire::Flip, 1);
        board.number(Wire::Flip, 0);
        board.number(Wire::Step, 7);
        board.close(3);
        let step = Change { cycle: 3, signal: Wire::Step as usize, value: SignalValue::Number(7) };
        assert_eq!(board.changes[first..], [step], "the flag is where it was");
        assert_eq!(board.signals[state_word(1)].name, "neurons_64_to_69", "the rest of 70 neurons");
    }
}
