//! TrueNorth: cores of 256 axons by 256 neurons with one bit per crosspoint, four types of axon, and for each neuron one
//! signed 9-bit weight per type (Merolla et al., Science 345:668, 2014; Akopyan et al., TCAD 34(10):1537, 2015).
//!
//! The mapping: two axons for each bit of the state, one of which spikes, lead to pattern neurons that count the bits that
//! agree and spike from a threshold on. They lead to axons of the field cores, where a weight of w bits is spread over w
//! axons of types worth 2, 4, .. and minus the last, one type each. The neuron's own state comes in on two more axons of a
//! type worth 1, which decides a field of zero. A bit of the state is two groups of neurons, of which the one that says +1
//! spikes if its membrane is above zero, and the other, with opposite weights, if it says -1. A neuron leads to one axon,
//! so there is a copy of it for each axon that it has to reach. Membranes end every tick at zero: a spike resets them, and
//! so does a membrane below zero.
//!
//! A step is two ticks: the state at the pattern cores, then the patterns and, with an axonal delay of two, the state at the
//! field cores.

mod map;

pub use map::TrueNorthMap;

use crate::refusal::Refusal;
use crate::run::{MachineRun, against, until_settled};
use klr_image::CoreImage;
use klr_image::reference::CueSizeError;
use klr_sim::counters;
use klr_units::{PatternIdx, State};

/// Ticks of a step.
const TICKS: u64 = 2;
/// A tick of 1 kHz, at which the chip's power was measured, in microseconds.
const TICK_US: u64 = 1000;

counters! { TrueNorthCounter, TrueNorthActivity:
    /// Synaptic events: a spike that reaches a neuron through a crosspoint that is set.
    SynapticEvents: Operations => synaptic_events,
    /// Neurons updated: all 256 of every core of the memory in every tick.
    NeuronUpdates: Operations => neuron_updates,
    /// Spikes of neurons that lead to an axon of the chip.
    Spikes: Events => spikes,
    /// Spikes of the cue that the host sends, and of the state that it gets after each step.
    HostSpikes: Events => host_spikes,
    /// Ticks, in each of which all cores are visited.
    Ticks: Events => ticks,
    /// Patterns near enough to spike.
    PatternSpikes: Events => pattern_spikes,
    /// State bits changed.
    Flips: Events => flips,
    /// Synchronous steps.
    Steps: Events => steps,
}

/// TrueNorth with a memory.
#[derive(Clone, Copy, Debug)]
pub struct TrueNorth<'a> {
    image: &'a CoreImage,
    map: TrueNorthMap,
}

impl<'a> TrueNorth<'a> {
    /// The memory of `image` on cores of the chip.
    ///
    /// # Errors
    /// Every [`Refusal`] of a limit that it does not keep.
    pub fn new(image: &'a CoreImage) -> Result<Self, Vec<Refusal>> {
        Ok(Self { image, map: TrueNorthMap::of(image)? })
    }

    /// Where the memory lies.
    #[must_use]
    pub const fn map(&self) -> &TrueNorthMap {
        &self.map
    }

    /// A synchronous retrieval from `cue` of at most `max_steps` steps; the host ends it when it gets the same state twice, or
    /// the one before the last.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons than the image.
    pub fn retrieve(
        &self,
        cue: &State,
        max_steps: u32,
    ) -> Result<MachineRun<TrueNorthActivity>, CueSizeError> {
        CueSizeError::check(cue, self.image)?;
        let mut run = MachineRun::new(cue.clone(), TrueNorthActivity::default());
        run.activity.host_spikes += self.spikes_of_a_state();
        until_settled(&mut run, max_steps, |state, counts| self.step(state, counts));
        Ok(run)
    }

    /// Spikes that take a state to every pattern core and to its own field core.
    fn spikes_of_a_state(&self) -> u64 {
        u64::from(self.image.n()) * (u64::from(self.map.pattern_cores) + 1)
    }

    /// One step: the neurons that it turns over.
    fn step(&self, state: &State, counts: &mut TrueNorthActivity) -> Vec<usize> {
        let copies = self.map.copies_of_a_pattern();
        let mut membranes = vec![0; state.n()];
        for (mu, pattern) in self.image.patterns().iter().enumerate() {
            let distance = pattern.hamming(state);
            counts.synaptic_events += copies * (state.n() - distance) as u64;
            if distance < self.image.table().window() {
                counts.pattern_spikes += 1;
                counts.spikes += copies;
                self.deliver(mu, &mut membranes, counts);
            }
        }
        for (i, membrane) in membranes.iter_mut().enumerate() {
            let sign = i64::from(state.sign(i));
            *membrane += sign;
            counts.synaptic_events += self.map.neurons_of_a_sign(sign > 0);
        }
        let wrong = against(&membranes, state);
        counts.steps += 1;
        counts.ticks += TICKS;
        counts.neuron_updates += TICKS * self.map.cores() * map::NEURONS;
        counts.flips += wrong.len() as u64;
        counts.spikes += self.spikes_of_a_state();
        counts.host_spikes += membranes.iter().filter(|&&membrane| membrane > 0).count() as u64;
        wrong
    }

    /// The axons of pattern `mu` at the membranes of all neurons that say +1.
    fn deliver(&self, mu: usize, membranes: &mut [i64], counts: &mut TrueNorthActivity) {
        let weights = self.image.weight_row(PatternIdx::from_usize(mu));
        for (membrane, &weight) in membranes.iter_mut().zip(weights) {
            for axon in 0..self.map.axons_per_pattern {
                if let Some(worth) = self.map.worth(weight, axon) {
                    *membrane += worth;
                    counts.synaptic_events += self.map.neurons_of_a_bit();
                }
            }
        }
    }
}

impl TrueNorthActivity {
    /// The time of these counts in microseconds, with ticks of 1 ms.
    #[must_use]
    pub const fn microseconds(&self) -> u64 {
        self.ticks * TICK_US
    }
}
