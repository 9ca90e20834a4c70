//! The parts of the core a ledger is summed by.

/// A part of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    /// Pattern memory.
    Patterns,
    /// Weight memory.
    Weights,
    /// Counter memory.
    Counters,
    /// Neuron memory of a crossbar core.
    Neurons,
    /// Kernel table and its index arithmetic.
    KernelTable,
    /// Multiply-accumulate array; in a crossbar core the adder of weights to membranes.
    Mac,
    /// Distance unit.
    Distance,
    /// Threshold unit.
    Threshold,
    /// Spike queue, activation queue and the port to the host; in a crossbar core the queues of its events.
    Queues,
    /// Field registers and state register.
    Registers,
    /// Everything that switches once per cycle whatever happens: the clock tree and idle control.
    Clock,
    /// What is drawn whether or not a clock runs: leakage.
    Static,
}

impl Component {
    /// Every component of the kernel core, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Patterns,
        Self::Weights,
        Self::Counters,
        Self::KernelTable,
        Self::Mac,
        Self::Distance,
        Self::Threshold,
        Self::Queues,
        Self::Registers,
        Self::Clock,
        Self::Static,
    ];

    /// Every component of a crossbar core, in the order of reports.
    pub const CROSSBAR: [Self; 7] =
        [Self::Weights, Self::Neurons, Self::Mac, Self::Threshold, Self::Queues, Self::Clock, Self::Static];

    /// The component's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Patterns => "patterns",
            Self::Weights => "weights",
            Self::Counters => "counters",
            Self::Neurons => "neurons",
            Self::KernelTable => "kernel table",
            Self::Mac => "mac",
            Self::Distance => "distance",
            Self::Threshold => "threshold",
            Self::Queues => "queues",
            Self::Registers => "registers",
            Self::Clock => "clock",
            Self::Static => "static",
        }
    }
}
