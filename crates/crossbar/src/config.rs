//! The knobs of the crossbar core, and the presets.

use crate::CrossbarError;
use crate::image::MAX_NEURONS;
use klr_sim::QueuePolicy;
use klr_sim::config::MAX_QUEUE;
use klr_units::Bits;

/// Which of the neurons that a scan finds against their membrane may flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlipPolicy {
    /// The first of the scan. Its row is added before another neuron is judged, so every judgement sees the true field:
    /// asynchronous dynamics in the strict sense.
    First,
    /// All of them. A judgement does not see the flips that wait in the event queue.
    All,
}

/// A core of published sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrossbarPreset {
    /// [`CrossbarConfig::tiny_odin`].
    TinyOdin,
    /// [`CrossbarConfig::loihi`].
    Loihi,
}

impl CrossbarPreset {
    /// Names that cores went by before, with the core that each meant: ODIN, the silicon, has other cycles.
    pub const FORMER: [(&str, Self); 1] = [("crossbar-odin", Self::TinyOdin)];

    /// Every core, in the order of reports.
    pub const ALL: [Self; 2] = [Self::TinyOdin, Self::Loihi];

    /// The core's name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TinyOdin => "crossbar-tiny-odin",
            Self::Loihi => "crossbar-loihi",
        }
    }

    /// Its knobs.
    #[must_use]
    pub const fn config(self) -> CrossbarConfig {
        match self {
            Self::TinyOdin => CrossbarConfig::tiny_odin(),
            Self::Loihi => CrossbarConfig::loihi(),
        }
    }
}

/// The knobs as written down; [`CrossbarConfig::new`] checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossbarSpec {
    /// Neurons the core has room for.
    pub neurons: u32,
    /// Width of a weight field.
    pub weight_bits: Bits,
    /// Weight fields in a word of weight memory.
    pub weights_per_word: u32,
    /// Capacity of the weight memory.
    pub weight_bytes: u64,
    /// Width of a membrane, two's complement, saturating.
    pub membrane_bits: u32,
    /// An integrate-and-fire neuron fires from this membrane on; if it is negative, never.
    pub threshold: i32,
    /// What a leak event takes from a membrane, towards zero.
    pub leak: u32,
    /// Spikes the output queue holds, the one in the handshake included.
    pub output_queue: u32,
    /// What a full output queue does.
    pub output_policy: QueuePolicy,
    /// Events the event queue holds, the one at work included.
    pub event_queue: u32,
    /// What a full event queue does.
    pub event_policy: QueuePolicy,
    /// Whether the spikes of integrate-and-fire neurons come back as events; those of a retrieval always do.
    pub closed_loop: bool,
    /// Cycles the host takes to answer an edge of the acknowledge of the input port with one of its request.
    pub host_cycles: u32,
    /// Cycles from the decision to move the request wire to its edge.
    pub request_cycles: u32,
    /// Cycles the receiver takes to answer an edge of the request with one of the acknowledge.
    pub ack_cycles: u32,
    /// Cycles from an edge of the acknowledge to its effect here: the synchronizer on its wire, and the register behind it.
    pub sync_cycles: u32,
    /// The receiver stops answering after this many spikes; `None`: never.
    pub receiver_sticks_after: Option<u64>,
    /// Which neurons of a scan may flip.
    pub flips: FlipPolicy,
    /// Spikes of the core's own taken from the event queue before a run is stopped.
    pub max_events: u64,
}

/// A checked [`CrossbarSpec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossbarConfig {
    spec: CrossbarSpec,
}

/// The slowest edge of the handshake.
const MAX_EDGE: u32 = 65_536;

/// A width between 1 and 16 bits that is written in this file.
const fn bits(width: u8) -> Bits {
    match Bits::new(width) {
        Some(bits) => bits,
        None => panic!("the width is a constant within range"),
    }
}

impl CrossbarConfig {
    /// Checks the knobs.
    ///
    /// # Errors
    /// [`CrossbarError::Knob`] with the first key out of range.
    pub fn new(spec: CrossbarSpec) -> Result<Self, CrossbarError> {
        let ranges = [
            ("neurons", spec.neurons, 1, MAX_NEURONS),
            ("weights_per_word", spec.weights_per_word, 1, 64),
            ("membrane_bits", spec.membrane_bits, 2, 32),
            ("output_queue", spec.output_queue, 1, MAX_QUEUE),
            ("event_queue", spec.event_queue, 1, MAX_QUEUE),
            ("host_cycles", spec.host_cycles, 0, MAX_EDGE),
            ("request_cycles", spec.request_cycles, 0, MAX_EDGE),
            ("ack_cycles", spec.ack_cycles, 0, MAX_EDGE),
            ("sync_cycles", spec.sync_cycles, 0, MAX_EDGE),
        ];
        for (key, found, low, high) in ranges {
            if found < low || found > high {
                return Err(CrossbarError::Knob { key, found, low, high });
            }
        }
        Ok(Self { spec })
    }

    /// 256 neurons, 4-bit weights, 12-bit membranes: tinyODIN, the core whose cycles and accesses `docs/crossbar.md` lists.
    ///
    /// Threshold and leak are no part of those counts.
    #[must_use]
    pub const fn tiny_odin() -> Self {
        Self {
            spec: CrossbarSpec {
                neurons: 256,
                weight_bits: bits(4),
                weights_per_word: 8,
                weight_bytes: 32_768,
                membrane_bits: 12,
                threshold: 100,
                leak: 1,
                output_queue: 1,
                output_policy: QueuePolicy::Stall,
                event_queue: 128,
                event_policy: QueuePolicy::Drop,
                closed_loop: false,
                host_cycles: 0,
                request_cycles: 0,
                ack_cycles: 1,
                sync_cycles: 3,
                receiver_sticks_after: None,
                flips: FlipPolicy::First,
                max_events: 65_536,
            },
        }
    }

    /// The sizes of one Loihi core: 1,024 neurons, 128 KB of synaptic memory in 64-bit words, 24-bit membranes (Davies et
    /// al., IEEE Micro 38(1):82-99, 2018), here with 8-bit weights.
    ///
    /// The sizes only: that chip has no clock, and the cycles are those of [`Self::tiny_odin`]. The memory holds a dense
    /// network of 360 neurons, not of 1,024.
    #[must_use]
    pub const fn loihi() -> Self {
        Self {
            spec: CrossbarSpec {
                neurons: 1024,
                weight_bits: bits(8),
                weights_per_word: 8,
                weight_bytes: 131_072,
                membrane_bits: 24,
                event_queue: 1024,
                ..Self::tiny_odin().spec
            },
        }
    }

    /// Eight neurons, two 4-bit weights per word, 8-bit membranes, threshold 3: the core of the small traces.
    #[must_use]
    pub const fn tiny() -> Self {
        Self {
            spec: CrossbarSpec {
                neurons: 8,
                weight_bits: bits(4),
                weights_per_word: 2,
                weight_bytes: 32,
                membrane_bits: 8,
                threshold: 3,
                event_queue: 8,
                max_events: 100,
                ..Self::tiny_odin().spec
            },
        }
    }

    /// The knobs.
    #[must_use]
    pub const fn spec(&self) -> &CrossbarSpec {
        &self.spec
    }

    /// Words of weight memory that hold one row of a network of `n` neurons.
    #[must_use]
    pub const fn words_per_row(&self, n: u32) -> u32 {
        n.div_ceil(self.spec.weights_per_word)
    }

    /// Bytes of weight memory that a network of `n` neurons takes; a word fills whole bytes.
    #[must_use]
    pub fn bytes_needed(&self, n: u32) -> u64 {
        let word_bits = self.spec.weights_per_word * u32::from(self.spec.weight_bits.get());
        u64::from(n) * u64::from(self.words_per_row(n)) * u64::from(word_bits.div_ceil(8))
    }

    /// Neurons of the largest network that fits.
    #[must_use]
    pub fn most_neurons(&self) -> u32 {
        let fits = |&n: &u32| self.bytes_needed(n) <= self.spec.weight_bytes;
        (1..=self.spec.neurons).rev().find(fits).unwrap_or(0)
    }

    /// Cycles an output spike spends in the four phases of its handshake.
    #[must_use]
    pub const fn handshake_cycles(&self) -> u64 {
        2 * (self.spec.request_cycles as u64 + self.spec.ack_cycles as u64 + self.spec.sync_cycles as u64)
    }

    /// The smallest and the largest membrane.
    pub(crate) const fn membrane_range(&self) -> (i64, i64) {
        let half = 1 << (self.spec.membrane_bits - 1);
        (-half, half - 1)
    }
}
