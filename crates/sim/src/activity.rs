//! Every counter of the core, declared once.
//!
//! The declaration gives a counter its field, its name in reports, its unit and its description; `klr-energy` matches on
//! [`Counter`] without a wildcard, so a counter that nobody priced (or declared free of charge, with a reason) does not
//! compile. Counters only grow: there is no reset to forget.

/// What a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterUnit {
    /// Clock cycles.
    Cycles,
    /// Bits that crossed the port of a memory.
    Bits,
    /// Operations of a datapath.
    Operations,
    /// Events: things that happen to the state or to a queue.
    Events,
}

impl CounterUnit {
    /// The unit as a word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cycles => "cycles",
            Self::Bits => "bits",
            Self::Operations => "operations",
            Self::Events => "events",
        }
    }
}

/// Declares the counters of one core: the enum, the counts, and what makes a report of them. The core of another crate
/// (`klr-crossbar`) declares its own with it.
#[macro_export]
macro_rules! counters {
    ($counter:ident, $activity:ident:
     $($(#[doc = $doc:literal])+ $variant:ident: $unit:ident => $field:ident,)+) => {
        /// A counter of a core; its documentation is its description in reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $counter {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $counter {
            /// Every counter, in order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The counter's name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($field),)+ }
            }

            /// What one count of it is.
            #[must_use]
            pub const fn unit(self) -> $crate::activity::CounterUnit {
                match self { $(Self::$variant => $crate::activity::CounterUnit::$unit,)+ }
            }

            /// What it counts, in one sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }

        /// The counts of a run so far, or of several together.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $activity {
            $($(#[doc = $doc])+ pub $field: u64,)+
        }

        impl $activity {
            /// The count of one counter.
            #[must_use]
            pub const fn get(&self, counter: $counter) -> u64 {
                match counter { $($counter::$variant => self.$field,)+ }
            }

            /// The counts of two runs together.
            #[must_use]
            pub const fn plus(&self, other: &Self) -> Self {
                Self { $($field: self.$field + other.$field,)+ }
            }
        }
    };
}

counters! { Counter, Activity:
    /// Clock cycles from the first bits of the cue to the last of the result.
    Cycles: Cycles => cycles,
    /// Cycles in which the distance unit moved data or compared it.
    DistanceBusyCycles: Cycles => distance_busy_cycles,
    /// Cycles in which the MAC array accepted at least one operand pair.
    MacBusyCycles: Cycles => mac_busy_cycles,
    /// Cycles in which the threshold unit examined a field.
    ThresholdBusyCycles: Cycles => threshold_busy_cycles,
    /// Cycles the distance unit waited for a free entry of the activation queue.
    ActivationStallCycles: Cycles => activation_stall_cycles,
    /// Cycles the threshold unit waited for a free entry of the spike queue.
    SpikeStallCycles: Cycles => spike_stall_cycles,
    /// Cycles a counter read waited because a write-back held the port.
    PortConflictCycles: Cycles => port_conflict_cycles,
    /// Cycles added to a packet because two of its weights lie in the same bank.
    BankConflictCycles: Cycles => bank_conflict_cycles,
    /// Cycles added to a group because its signs lie in more words than are read meanwhile.
    SignWaitCycles: Cycles => sign_wait_cycles,
    /// Bits read from pattern memory.
    PatternBitsRead: Bits => pattern_bits_read,
    /// Bits read from the rows of the patterns for the signs of weights.
    SignBitsRead: Bits => sign_bits_read,
    /// Bits read from weight memory.
    WeightBitsRead: Bits => weight_bits_read,
    /// Bits read from counter memory.
    CounterBitsRead: Bits => counter_bits_read,
    /// Bits written to counter memory.
    CounterBitsWritten: Bits => counter_bits_written,
    /// Bits read from the kernel table.
    TableBitsRead: Bits => table_bits_read,
    /// Bits read from the field registers.
    FieldBitsRead: Bits => field_bits_read,
    /// Bits written to the field registers.
    FieldBitsWritten: Bits => field_bits_written,
    /// Bits written to the accumulators of `synchronous` and `sweep`, which are no field registers.
    SumBitsWritten: Bits => sum_bits_written,
    /// Bits read from the candidate list.
    CandidateBitsRead: Bits => candidate_bits_read,
    /// Bits written to the candidate list.
    CandidateBitsWritten: Bits => candidate_bits_written,
    /// Bits written to the state register and its copies: the cue, every flip, and in `synchronous` what is decided and, before a step changes it, the state.
    StateBitsWritten: Bits => state_bits_written,
    /// Bits of the cue that came in and of the state that went out, through the port to the host.
    HostBits: Bits => host_bits,
    /// Pattern bits compared with the state and accumulated in a first pass.
    BitComparisons: Operations => bit_comparisons,
    /// Distance counters changed by one after a flip.
    DistanceUpdates: Operations => distance_updates,
    /// Bits of the state compared with those before the last step, for a two-cycle.
    StateComparisons: Operations => state_comparisons,
    /// Counter values compared with the running minimum distance or with the kernel window.
    DistanceComparisons: Operations => distance_comparisons,
    /// Kernel words looked up in the table.
    KernelLookups: Operations => kernel_lookups,
    /// Multiply-accumulate operations (synaptic operations).
    Macs: Operations => macs,
    /// Fields examined by the threshold unit.
    Evaluations: Operations => evaluations,
    /// Fields compared with their neuron as they change, for the bitmap of violated neurons.
    ViolationChecks: Operations => violation_checks,
    /// Fields compared with one another for the most violated neuron.
    FieldComparisons: Operations => field_comparisons,
    /// State bits changed: the events of event-driven retrieval.
    Flips: Events => flips,
    /// Synchronous steps or asynchronous sweeps begun.
    Steps: Events => steps,
    /// Recounts because the candidate list could no longer vouch for the patterns outside it.
    ListRefreshes: Events => list_refreshes,
    /// Retrievals that gave the candidate list up because the near patterns did not fit it.
    ListOverflows: Events => list_overflows,
    /// Spikes offered to the spike queue.
    SpikesSent: Events => spikes_sent,
    /// Spikes taken from the spike queue.
    SpikesTaken: Events => spikes_taken,
    /// Spikes lost because the spike queue was full and may drop.
    SpikesDropped: Events => spikes_dropped,
    /// Packets of kernel words offered to the activation queue.
    ActivationsSent: Events => activations_sent,
    /// Packets of kernel words taken from the activation queue.
    ActivationsTaken: Events => activations_taken,
    /// Kernel words in the packets taken from the activation queue.
    ActivationWords: Operations => activation_words,
    /// Bits of those words: the kernel word, a sign in `delta` or where `sweep` takes it from the patterns, and the pattern's index where patterns are left out.
    ActivationBits: Bits => activation_bits,
    /// Packets of kernel words lost because the activation queue was full and may drop.
    ActivationsDropped: Events => activations_dropped,
}

impl Activity {
    /// Bits read from the four memories together: patterns, weights, counters and kernel table.
    #[must_use]
    pub const fn sram_bits_read(&self) -> u64 {
        self.pattern_bits_read
            + self.sign_bits_read
            + self.weight_bits_read
            + self.counter_bits_read
            + self.table_bits_read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_a_sum() {
        let before = Activity { macs: 3, ..Activity::default() };
        let after = Activity { macs: 10, flips: 1, ..before };
        assert_eq!(before.plus(&after), Activity { macs: 13, flips: 1, ..Activity::default() }, "total");
        assert_eq!(after.get(Counter::Macs), 10, "by counter");
    }

    #[test]
    fn every_counter_describes_itself_under_a_name_of_its_own() {
        let mut names: Vec<_> = Counter::ALL.iter().map(|c| c.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Counter::ALL.len(), "two counters share a name");
        for counter in Counter::ALL {
            assert!(counter.description().ends_with('.'), "{} has no sentence", counter.name());
        }
    }
}
