//! The terms of a price table: everything a core can be charged for, declared once.

use klr_sim::{Hardware, Memory};

/// What a term's price is multiplied with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A count: the price is an energy, in picojoules per count.
    Count,
    /// A span of time: the price is a power, in microwatts.
    Time,
}

/// The width of the datapath that a term's price grows with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// None: one price for every core.
    Fixed,
    /// Bits of a weight times bits of a kernel word: the partial products of one multiplication.
    Product,
    /// Bits of a field accumulator.
    Accumulator,
    /// Bits of a distance counter.
    Counter,
    /// Flip-flops of the core.
    FlipFlops,
}

/// Flip-flops of ODIN, by synthesis of its published RTL: what the clock of a core is taken to drive whose own are not known.
pub(crate) const ODIN_FLIP_FLOPS: u64 = 4239;

impl Width {
    /// The width in the kernel core `hardware`, in bits (in bits times bits for a product, in flip-flops for a clock); `None` if prices do not grow
    /// with one.
    #[must_use]
    pub fn of(self, hardware: &Hardware) -> Option<u64> {
        match self {
            Self::Fixed => None,
            Self::Product => Some(u64::from(hardware.weight_bits) * u64::from(hardware.kernel_bits)),
            Self::Accumulator => Some(u64::from(hardware.accumulator_bits)),
            Self::Counter => Some(u64::from(hardware.counter_bits)),
            Self::FlipFlops => Some(hardware.flip_flops),
        }
    }

    /// What is as wide as this, as words in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "no width",
            Self::Product => "weight bits x kernel bits",
            Self::Accumulator => "accumulator bits",
            Self::Counter => "counter bits",
            Self::FlipFlops => "flip-flops",
        }
    }
}

/// Which energy of a memory macro a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading.
    Read,
    /// Writing.
    Write,
}

macro_rules! terms {
    ($($(#[doc = $doc:literal])+ $variant:ident = $key:literal: $quantity:ident, $width:ident;)+) => {
        /// A term of a price table; its documentation is its description in reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Term {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Term {
            /// Every term, in the order of price tables.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The term's key in a price table, and its name in reports.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// What its price is multiplied with.
            #[must_use]
            pub const fn quantity(self) -> Quantity {
                match self { $(Self::$variant => Quantity::$quantity,)+ }
            }

            /// The width its price grows with.
            #[must_use]
            pub const fn width(self) -> Width {
                match self { $(Self::$variant => Width::$width,)+ }
            }

            /// What is paid, in one sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

terms! {
    /// One bit read from pattern memory.
    PatternRead = "pattern_read": Count, Fixed;
    /// One bit read from weight memory.
    WeightRead = "weight_read": Count, Fixed;
    /// One bit of a weight turned from its bank to its lane.
    WeightTurn = "weight_turn": Count, Fixed;
    /// One bit read from counter memory.
    CounterRead = "counter_read": Count, Fixed;
    /// One bit written to counter memory.
    CounterWrite = "counter_write": Count, Fixed;
    /// One bit read from the kernel table.
    TableRead = "table_read": Count, Fixed;
    /// One bit read from the neuron memory of a crossbar core.
    NeuronRead = "neuron_read": Count, Fixed;
    /// One bit written to the neuron memory of a crossbar core.
    NeuronWrite = "neuron_write": Count, Fixed;
    /// One bit read from a field register or the candidate list.
    RegisterRead = "register_read": Count, Fixed;
    /// One bit written to a field register, a lane register, the candidate list or the state register.
    RegisterWrite = "register_write": Count, Fixed;
    /// One bit written to an accumulator that is no field register.
    SumWrite = "sum_write": Count, Fixed;
    /// One multiply-accumulate as a chip publishes it: a synaptic operation with whatever its figure contains.
    SynapticOperation = "synaptic_operation": Count, Fixed;
    /// The multiplication of one multiply-accumulate.
    Multiply = "multiply": Count, Product;
    /// The addition of one multiply-accumulate, or two fields compared by a subtraction.
    Add = "add": Count, Accumulator;
    /// One pattern bit compared with the state and accumulated in a first pass.
    BitCompare = "bit_compare": Count, Counter;
    /// One distance counter moved by one.
    DistanceAdd = "distance_add": Count, Counter;
    /// One distance compared with the running minimum or with the kernel window.
    DistanceCompare = "distance_compare": Count, Counter;
    /// The index arithmetic of one kernel look-up; the word itself is read as bits of the table.
    KernelLookup = "kernel_lookup": Count, Counter;
    /// One field examined by the threshold unit.
    NeuronEvaluation = "neuron_evaluation": Count, Accumulator;
    /// One membrane of a crossbar core moved towards zero by a leak.
    Leak = "leak": Count, Accumulator;
    /// One spike put into the spike queue and taken out.
    Spike = "spike": Count, Fixed;
    /// One kernel word sent to the MAC array, as a chip publishes a spike or message.
    Activation = "activation": Count, Fixed;
    /// One bit put into the activation queue and taken out.
    QueueBit = "queue_bit": Count, Fixed;
    /// One memristor of a row that is driven, read into the current of its column.
    CellRead = "cell_read": Count, Fixed;
    /// One row of a memristor crossbar driven with one bit.
    RowDrive = "row_drive": Count, Fixed;
    /// The current of one column of a memristor crossbar held and converted.
    Conversion = "conversion": Count, Fixed;
    /// One converted column added to its sum with its place value.
    ShiftAdd = "shift_add": Count, Fixed;
    /// One clock cycle, busy or not.
    ClockCycle = "clock_cycle": Count, FlipFlops;
    /// What the core draws whatever it does, beside what its memories leak.
    StaticPower = "static_power": Time, Fixed;
    /// What the macros of the four memories leak.
    MemoryLeakage = "memory_leakage": Time, Fixed;
}

impl Term {
    /// The term whose key is `key`.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|term| term.key() == key)
    }

    /// Whether a table may leave the term out, and leaves it unpriced then: there were tables before there was the term.
    #[must_use]
    pub const fn may_be_left_out(self) -> bool {
        self.is_of_crossbar() || self.is_of_memristors() || matches!(self, Self::SumWrite | Self::WeightTurn)
    }

    /// Whether only a crossbar core pays the term.
    #[must_use]
    pub const fn is_of_crossbar(self) -> bool {
        matches!(self, Self::NeuronRead | Self::NeuronWrite | Self::Leak)
    }

    /// Whether only memristor crossbars pay the term.
    #[must_use]
    pub const fn is_of_memristors(self) -> bool {
        matches!(self, Self::CellRead | Self::RowDrive | Self::Conversion | Self::ShiftAdd)
    }

    /// The memory of the kernel core and the access a term pays for, of patterns those by column; `None` for a term that is
    /// not such an access.
    #[must_use]
    pub const fn access(self) -> Option<(Memory, Access)> {
        match self {
            Self::PatternRead => Some((Memory::Columns, Access::Read)),
            Self::WeightRead => Some((Memory::Weights, Access::Read)),
            Self::CounterRead => Some((Memory::Counters, Access::Read)),
            Self::CounterWrite => Some((Memory::Counters, Access::Write)),
            Self::TableRead => Some((Memory::Table, Access::Read)),
            _ => None,
        }
    }

    /// Whether the term may be priced from the table's ladder of memory sizes.
    #[must_use]
    pub const fn may_use_ladder(self) -> bool {
        self.access().is_some() || matches!(self, Self::NeuronRead | Self::NeuronWrite | Self::MemoryLeakage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_has_a_key_of_its_own_and_a_sentence() {
        let mut keys: Vec<_> = Term::ALL.iter().map(|term| term.key()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), Term::ALL.len(), "two terms share a key");
        for &term in Term::ALL {
            assert_eq!(Term::from_key(term.key()), Some(term), "{term:?}");
            assert!(term.description().ends_with('.'), "{term:?} has no sentence");
        }
    }

    #[test]
    fn terms_are_numbered_in_the_order_of_the_list() {
        assert!(Term::ALL.is_sorted(), "a table is indexed by the term's number");
    }
}
