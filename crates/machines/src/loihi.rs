//! Loihi 1: asynchronous cores of compartments that are visited in every time step, with a barrier between steps
//! (Davies et al., IEEE Micro 38(1):82-99, 2018).
//!
//! The mapping (`docs/compare.md`): a compartment for each pattern, whose voltage is the distance of its pattern; three for
//! each neuron, of which one sums the field and two tell its flips up and down. Distances are turned into kernel words by
//! *when* a pattern spikes: after the flips have arrived a threshold falls from a distance `scan` to 0, one a time step, and
//! a pattern spikes when it passes its distance. Fields decay by a factor in each time step, so a pattern that is one
//! nearer, and spikes one later, counts for more by the inverse of that factor: a kernel that is geometric in the distance.

mod map;

pub use map::LoihiMap;

use crate::refusal::Refusal;
use crate::run::{MachineRun, against};
use klr_image::reference::CueSizeError;
use klr_image::{CoreImage, Outcome};
use klr_sim::counters;
use klr_units::{PatternIdx, State};

/// The decay of a compartment: 12 bits (Dey and Dimitrov, Front. Neurosci. 16, 2022).
const UNITY: i64 = 1 << 12;
/// Where a synaptic current ends: 23 bits and a sign (the same).
const GREATEST_CURRENT: i64 = (1 << 23) - 1;
/// Bits of the largest weight as it is added to a current: an 8-bit mantissa with the largest exponent.
const WEIGHT_REACH: u32 = 21;

counters! { LoihiCounter, LoihiActivity:
    /// Synaptic operations: a spike that reaches a compartment.
    SynapticOperations: Operations => synaptic_operations,
    /// Compartments visited: every one of the memory in every time step.
    CompartmentUpdates: Operations => compartment_updates,
    /// Those of them that took in a spike or gave one.
    ActiveUpdates: Operations => active_updates,
    /// Spikes that arrive at a core: a spike goes to every core that has a compartment it leads to.
    Messages: Events => messages,
    /// Time steps, each with a barrier over all cores.
    Barriers: Events => barriers,
    /// Compartments visited by the busiest core, time step by time step.
    BusiestUpdates: Operations => busiest_updates,
    /// Active ones of the busiest core.
    BusiestActive: Operations => busiest_active,
    /// Synaptic operations of the busiest core.
    BusiestOperations: Operations => busiest_operations,
    /// Spikes of pattern compartments.
    PatternSpikes: Events => pattern_spikes,
    /// Bits of the cue that are +1, each a spike that leads from all -1 to the cue.
    CueSpikes: Events => cue_spikes,
    /// State bits changed, each a spike.
    Flips: Events => flips,
    /// Rounds of flips, scan and decision.
    Rounds: Events => rounds,
    /// Currents held at their end.
    Saturations: Events => saturations,
}

/// Loihi with a memory.
#[derive(Clone, Debug)]
pub struct Loihi<'a> {
    image: &'a CoreImage,
    map: LoihiMap,
    decay: i64,
    scan: u32,
}

impl<'a> Loihi<'a> {
    /// The memory of `image` with a kernel that falls by `kept / 4096` from one distance to the next, and a threshold that
    /// starts from the distance `scan`; the kernel table of the image is not used.
    ///
    /// # Errors
    /// The first [`Refusal`] of a limit that it does not keep.
    pub fn new(image: &'a CoreImage, kept: u16, scan: u32) -> Result<Self, Refusal> {
        let map = LoihiMap::of(image.n(), image.p(), image.weight_format().value_bits())?;
        Ok(Self { image, map, decay: i64::from(kept).min(UNITY), scan: scan.min(image.n()) })
    }

    /// Where the memory lies.
    #[must_use]
    pub const fn map(&self) -> &LoihiMap {
        &self.map
    }

    /// A retrieval from `cue` of at most `max_rounds` rounds; one without a flip ends it.
    ///
    /// # Errors
    /// [`CueSizeError`] if the cue has another number of neurons than the image.
    pub fn retrieve(&self, cue: &State, max_rounds: u32) -> Result<MachineRun<LoihiActivity>, CueSizeError> {
        CueSizeError::check(cue, self.image)?;
        let mut run = MachineRun::new(cue.clone(), LoihiActivity::default());
        let mut arriving = cue.signs().filter(|&sign| sign > 0).count() as u64;
        run.activity.cue_spikes += arriving;
        for _ in 0..max_rounds {
            run.activity.rounds += 1;
            let fields = self.round(&run.state, arriving, &mut run.activity);
            let flips = against(&fields, &run.state);
            arriving = flips.len() as u64;
            run.activity.flips += arriving;
            run.activity.active_updates += arriving;
            run.activity.busiest_active += arriving.min(u64::from(self.map.neurons_per_core));
            flips.iter().for_each(|&i| run.state.flip(i));
            if flips.is_empty() {
                run.outcome = Outcome::Converged;
                break;
            }
        }
        Ok(run)
    }

    /// One round: `arriving` spikes of flips reach the pattern compartments, the threshold falls, the fields are there.
    fn round(&self, state: &State, arriving: u64, counts: &mut LoihiActivity) -> Vec<i64> {
        let LoihiMap { pattern_cores, neuron_cores, patterns_per_core, neurons_per_core, .. } = self.map;
        let (p, n) = (u64::from(self.image.p()), self.image.n() as usize);
        // The flips: two synapses of the neuron itself turn its own bit.
        self.time_step(counts);
        counts.messages += arriving * u64::from(pattern_cores);
        counts.synaptic_operations += arriving * (p + 2);
        counts.busiest_operations += arriving * u64::from(patterns_per_core);
        if arriving > 0 {
            counts.active_updates += p;
            counts.busiest_active += u64::from(patterns_per_core);
        }
        let mut by_distance: Vec<Vec<usize>> = vec![Vec::new(); self.scan as usize + 1];
        for (mu, pattern) in self.image.patterns().iter().enumerate() {
            if let Some(there) = by_distance.get_mut(pattern.hamming(state)) {
                there.push(mu);
            }
        }
        let mut fields = vec![0; n];
        // The spikes of a time step arrive in the next.
        for firing in by_distance.iter().rev() {
            self.time_step(counts);
            counts.pattern_spikes += firing.len() as u64;
            counts.active_updates += firing.len() as u64;
            self.decayed(&mut fields);
            self.deliver(firing, &mut fields, counts);
            counts.messages += firing.len() as u64 * u64::from(neuron_cores);
            counts.busiest_operations += firing.len() as u64 * u64::from(neurons_per_core);
            counts.busiest_active += (firing.len() as u64).min(u64::from(patterns_per_core));
        }
        // The last spikes arrive, and neurons are decided.
        self.time_step(counts);
        fields
    }

    /// A time step: every compartment is visited, and all cores wait for each other.
    fn time_step(&self, counts: &mut LoihiActivity) {
        counts.barriers += 1;
        counts.compartment_updates += self.map.compartments();
        counts.busiest_updates += self.map.busiest_compartments();
    }

    fn decayed(&self, fields: &mut [i64]) {
        // Towards zero, as the chip rounds.
        fields.iter_mut().for_each(|field| *field = *field * self.decay / UNITY);
    }

    fn deliver(&self, firing: &[usize], fields: &mut [i64], counts: &mut LoihiActivity) {
        let shift = WEIGHT_REACH.saturating_sub(self.image.weight_format().value_bits());
        for &mu in firing {
            counts.synaptic_operations += fields.len() as u64;
            let weights = self.image.weight_row(PatternIdx::from_usize(mu));
            for (field, &weight) in fields.iter_mut().zip(weights) {
                let sum = *field + (i64::from(weight) << shift);
                *field = sum.clamp(-GREATEST_CURRENT, GREATEST_CURRENT);
                counts.saturations += u64::from(*field != sum);
            }
        }
        if !firing.is_empty() {
            counts.active_updates += fields.len() as u64;
            counts.busiest_active += u64::from(self.map.neurons_per_core);
        }
    }
}

impl LoihiActivity {
    /// The time of these counts in picoseconds on `map`: in each time step the busiest core, one operation after the other,
    /// then a barrier. 5.3 ns for a compartment, 8.4 ns for an active one, 3.5 ns at most for a synaptic operation, and 113 to
    /// 465 ns for a barrier over 1 to 32 tiles, between them in proportion to the tiles (Davies 2018, Table 2).
    #[must_use]
    pub const fn picoseconds(&self, map: &LoihiMap) -> u64 {
        let tiles = if map.tiles() > 32 { 32 } else { map.tiles() };
        let barrier = 113_000 + (465_000 - 113_000) * (tiles - 1) / 31;
        self.busiest_updates * 5_300
            + self.busiest_active * (8_400 - 5_300)
            + self.busiest_operations * 3_500
            + self.barriers * barrier
    }
}
