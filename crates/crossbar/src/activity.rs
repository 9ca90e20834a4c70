//! What the crossbar core counts. Its memories and queues are not those of the kernel core, so neither are its counters.

use crate::CrossbarHardware;
use klr_sim::{MemoryMacro, counters};

counters! { CrossbarCounter, CrossbarActivity:
    /// Clock cycles from the host's first request to the end of the last update, of the last handshake of the input port
    /// and of the last output spike's.
    Cycles: Cycles => cycles,
    /// Cycles in which the controller waited, memories off: for an event, for the output port to be quiet, or at the end
    /// for the last spike to leave.
    WaitCycles: Cycles => wait_cycles,
    /// Cycles in which an event of the host was put into the event queue.
    PushCycles: Cycles => push_cycles,
    /// Cycles in which an event of the host was acknowledged, until its request had fallen.
    AcknowledgeCycles: Cycles => acknowledge_cycles,
    /// Cycles spent on the neurons of an event: reads, writes, and what waited.
    ScanCycles: Cycles => scan_cycles,
    /// Cycles spent on the end of a row update, waiting for output included.
    PopCycles: Cycles => pop_cycles,
    /// Cycles in which a neuron's read was held because the output queue was full.
    OutputStallCycles: Cycles => output_stall_cycles,
    /// Cycles in which the weight memory was selected: two per word, and those of a read that was held.
    WeightSelectCycles: Cycles => weight_select_cycles,
    /// Cycles in which the neuron memory was read: one per update, and those of a read that was held.
    NeuronReadCycles: Cycles => neuron_read_cycles,
    /// Cycles in which the neuron memory was written.
    NeuronWriteCycles: Cycles => neuron_write_cycles,
    /// Words used from the weight memory; a word that is selected twice is one word.
    WeightWords: Operations => weight_words,
    /// Bits read from weight memory: a word in every cycle in which it was selected.
    WeightBitsRead: Bits => weight_bits_read,
    /// Bits read from neuron memory: a neuron's word in every cycle in which it was read.
    NeuronBitsRead: Bits => neuron_bits_read,
    /// Bits written to neuron memory.
    NeuronBitsWritten: Bits => neuron_bits_written,
    /// Weights added to a membrane (synaptic operations).
    SynapticOperations: Operations => synaptic_operations,
    /// Membranes moved towards zero by a leak.
    Leaks: Operations => leaks,
    /// Membranes compared with their threshold or with the sign of their neuron.
    Evaluations: Operations => evaluations,
    /// Neurons that fired or flipped.
    Spikes: Events => spikes,
    /// Events taken from the host.
    HostEvents: Events => host_events,
    /// Spikes of the core's own taken from the event queue.
    LoopedEvents: Events => looped_events,
    /// Spikes that did not come back as events, because the event queue was full and may drop.
    LoopedDropped: Events => looped_dropped,
    /// Spikes that the receiver acknowledged through all four phases.
    OutputsSent: Events => outputs_sent,
    /// Spikes lost because the output queue was full and may drop.
    OutputsDropped: Events => outputs_dropped,
}

impl CrossbarActivity {
    /// Bits read from both memories together.
    #[must_use]
    pub const fn sram_bits_read(&self) -> u64 {
        self.weight_bits_read + self.neuron_bits_read
    }

    /// Books how long the run took; what no other state has taken, the controller waited.
    pub(crate) const fn book_cycles(&mut self, cycles: u64) {
        self.cycles = cycles;
        let states = self.push_cycles + self.acknowledge_cycles + self.scan_cycles + self.pop_cycles;
        self.wait_cycles = cycles - states;
    }

    /// Books the bits of the accesses so far.
    pub(crate) fn book_bits(&mut self, hardware: &CrossbarHardware) {
        let bits = |accesses: u64, memory: MemoryMacro| accesses * u64::from(memory.word_bits);
        self.weight_bits_read = bits(self.weight_select_cycles, hardware.weights);
        self.neuron_bits_read = bits(self.neuron_read_cycles, hardware.neurons);
        self.neuron_bits_written = bits(self.neuron_write_cycles, hardware.neurons);
    }
}
