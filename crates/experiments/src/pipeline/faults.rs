//! What cores with stuck bits still recall, if the plan asks for it.
//!
//! A stuck bit reads 0 or 1 whatever was written. So what such a core reads is an image of its own
//! ([`CoreImage::as_read`]), and simulator and untimed reference run that; what counts as recalled is the pattern that was
//! stored, not what is left of it.

use crate::error::Error;
use crate::pipeline::{NoProgress, Progress, TrainedMemory, hardware};
use crate::plan::{FaultPlan, Plan, StuckAt};
use crate::sureness::{CONFIDENCE, share_of};
use klr_image::{CopiesDiffer, CoreImage, Memories, Memory};
use klr_model::{Stream, Streams};
use klr_sim::Dataflow;
use klr_statistics::{Cluster, ClusteredShare, Interval};
use klr_units::ClockMhz;
use rand::Rng;
use std::num::NonZeroUsize;

/// Bits of a memory, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StuckBits {
    /// Bits that were written.
    pub written: u64,
    /// Those of them that are stuck.
    pub stuck: u64,
    /// Those that read otherwise than they were written.
    pub changed: u64,
}

impl StuckBits {
    const fn plus(self, other: Self) -> Self {
        Self {
            written: self.written + other.written,
            stuck: self.stuck + other.stuck,
            changed: self.changed + other.changed,
        }
    }
}

/// Cores with stuck bits, all of one plan.
#[derive(Debug)]
pub struct FaultRun {
    /// Bits of the memories, all cores together; of the counters none.
    pub bits: Memories<StuckBits>,
    /// One entry per dataflow of the plan.
    pub dataflows: Vec<FaultyRecall>,
}

/// What the cores recalled under one dataflow.
#[derive(Debug)]
pub struct FaultyRecall {
    /// The dataflow.
    pub dataflow: Dataflow,
    /// Cues that ended exactly in their pattern, by core.
    pub cores: Vec<Cluster>,
    /// Retrievals of all cores that equal those of the untimed reference on the same stuck bits.
    pub agrees: u64,
    /// Faults of the simulator, accumulators that overflow above all: what is proved of an image is not proved of what is
    /// left of it.
    pub overflows: u64,
}

impl FaultyRecall {
    /// Exact recall over all cores.
    #[must_use]
    pub fn recall(&self) -> f64 {
        self.cores.iter().map(|core| core.successes).sum::<u64>() as f64 / self.retrievals() as f64
    }

    /// Retrievals of all cores.
    #[must_use]
    pub fn retrievals(&self) -> u64 {
        self.cores.iter().map(|core| core.trials).sum()
    }

    /// Its 95 % interval.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        over_cores(&self.cores)
    }
}

/// The 95 % interval of recall on cores that were drawn, each a cluster of its retrievals; of a single core Wilson's, which
/// says nothing of others. `None` without retrievals.
#[must_use]
pub fn over_cores(cores: &[Cluster]) -> Option<Interval> {
    match cores {
        [only] => share_of(only.successes, only.trials).map(|share| share.interval),
        all => ClusteredShare::new(all, CONFIDENCE).ok().map(|share| share.interval),
    }
}

/// What core number `core` of those of `faults` reads of `image`, and how many bits are stuck.
///
/// Every memory has a random stream of its own, and every bit its draw, in the order of [`CoreImage::as_read`]: the rate of
/// one memory moves no bit of another, a core has all the stuck bits that it has at a lower rate, with the same values, and
/// neither banks nor words matter.
///
/// # Errors
/// [`CopiesDiffer`] if patterns are stored twice and bits of them are stuck.
pub fn stuck_core(
    image: &CoreImage,
    faults: &FaultPlan,
    streams: Streams,
    core: u32,
) -> Result<(CoreImage, Memories<StuckBits>), CopiesDiffer> {
    let mut draws: Vec<_> = Memory::ALL
        .iter()
        .map(|&memory| Draw {
            rate: faults.rate(memory),
            at: faults.stuck_at,
            generator: streams.indexed(Stream::StuckBits, u64::from(core) << 3 | number(memory)),
            found: StuckBits::default(),
        })
        .collect();
    let read = image.as_read(|memory, stored, width| draws[memory as usize].read(stored, width))?;
    Ok((read, Memories::from_fn(|memory| draws[memory as usize].found)))
}

/// The number of a memory's stream: never renumber. Patterns have the same stuck bits whichever way they lie.
const fn number(memory: Memory) -> u64 {
    match memory {
        Memory::Columns | Memory::Rows => 0,
        Memory::Weights => 1,
        Memory::Table => 2,
        Memory::Counters => 3,
    }
}

/// The stuck bits of one memory.
struct Draw<R> {
    rate: f64,
    at: StuckAt,
    generator: R,
    found: StuckBits,
}

impl<R: Rng> Draw<R> {
    /// What is read in the place of the `width` bits `stored`.
    fn read(&mut self, stored: u16, width: u32) -> u16 {
        self.found.written += u64::from(width);
        if self.rate == 0.0 {
            return stored;
        }
        let (mut stuck, mut ones) = (0, 0);
        for bit in 0..width {
            let draw = self.generator.next_u64();
            // The upper 53 bits as a number from 0 to below 1; the lowest bit has no part in it.
            if ((draw >> 11) as f64 / (1u64 << 53) as f64) < self.rate {
                stuck |= 1 << bit;
                let is_one = match self.at {
                    StuckAt::Random => draw & 1 == 1,
                    StuckAt::Zero => false,
                    StuckAt::One => true,
                };
                ones |= u16::from(is_one) << bit;
            }
        }
        let read = stored & !stuck | ones;
        self.found.stuck += u64::from(stuck.count_ones());
        self.found.changed += u64::from((read ^ stored).count_ones());
        read
    }
}

/// The retrievals of `memory` on cores with the stuck bits of `plan`, if it has any.
pub(super) fn run(
    plan: &Plan,
    clock: ClockMhz,
    memory: &TrainedMemory,
    threads: NonZeroUsize,
    progress: &dyn Progress,
) -> Result<Option<FaultRun>, Error> {
    if !plan.faults.is_any() {
        return Ok(None);
    }
    progress.stage("stuck bits", plan.faults.cores.into());
    let none = |&dataflow: &Dataflow| FaultyRecall { dataflow, cores: Vec::new(), agrees: 0, overflows: 0 };
    let mut found =
        FaultRun { bits: Memories::default(), dataflows: plan.hardware.dataflows.iter().map(none).collect() };
    for core in 0..plan.faults.cores {
        let (image, bits) = stuck_core(&memory.image, &plan.faults, memory.streams, core)?;
        found.bits = Memories::from_fn(|memory| found.bits[memory].plus(bits[memory]));
        let runs = hardware::retrieve(&plan.hardware, &image, clock, memory, threads, &NoProgress)?;
        for (all, one) in found.dataflows.iter_mut().zip(runs) {
            all.cores.push(Cluster { successes: one.hits, trials: memory.cues() });
            all.agrees += one.agrees;
            all.overflows += one.fault_count;
        }
        progress.step(u64::from(core) + 1);
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_image::geometry::GeometrySpec;
    use klr_image::{Geometry, KernelTable};
    use klr_units::{Bits, State};

    const SOUND: FaultPlan =
        FaultPlan { weights: 0.0, patterns: 0.0, table: 0.0, stuck_at: StuckAt::Random, cores: 1 };

    /// 40 patterns of 30 neurons, weights of 5 bits, four kernel words of 6.
    fn image() -> CoreImage {
        let sign = |at: u32| if at.wrapping_mul(2_654_435_761) >> 16 & 1 == 1 { 1 } else { -1 };
        let signs: Vec<i8> = (0..40 * 30).map(sign).collect();
        let patterns: Vec<State> = signs.chunks(30).map(|signs| State::from_signs(signs).unwrap()).collect();
        let weights = signs.iter().zip(0..).map(|(&sign, at)| i16::from(sign) * (at % 16)).collect();
        let table = KernelTable::nearest_relative(Bits::new(6).unwrap(), &[63, 20, 7, 2]).unwrap();
        let room = Geometry::new(GeometrySpec {
            pattern_bytes: 4096,
            weight_bytes: 4096,
            counter_bytes: 4096,
            table_bytes: 4096,
            distance_lanes: 16,
            mac_lanes: 4,
            accumulator_bits: 32,
        });
        CoreImage::new(room.unwrap(), &patterns, Bits::new(5).unwrap(), weights, table).unwrap()
    }

    fn stuck(faults: &FaultPlan, core: u32) -> (CoreImage, Memories<StuckBits>) {
        stuck_core(&image(), faults, Streams::new(7), core).unwrap()
    }

    #[test]
    fn a_rate_of_zero_changes_nothing_and_one_fixes_every_bit() {
        let (read, bits) = stuck(&SOUND, 0);
        assert_eq!(read, image(), "no bit");
        let written = bits.map(|bits| bits.written);
        assert_eq!(
            [written.columns, written.weights, written.table],
            [1200, 6000, 24],
            "P N, 5 P N, 4 words"
        );
        assert_eq!(bits.map(|bits| bits.stuck + bits.changed).total(), 0, "none is stuck");
        let all = FaultPlan { weights: 1.0, patterns: 1.0, table: 1.0, stuck_at: StuckAt::One, ..SOUND };
        let (read, bits) = stuck(&all, 0);
        assert!(read.weights().iter().all(|&weight| weight == -1), "five ones in two's complement");
        assert_eq!(read.table().entries(), [63; 4], "six ones");
        assert!(read.patterns().iter().all(|pattern| pattern.signs().all(|sign| sign == 1)), "+1 throughout");
        assert_eq!(bits.map(|bits| bits.stuck), written, "every bit");
        let zeros = stuck(&FaultPlan { stuck_at: StuckAt::Zero, ..all }, 0);
        let changed = Memories::from_fn(|memory| bits[memory].changed + zeros.1[memory].changed);
        assert_eq!(changed, written, "each bit was a one or a zero");
    }

    /// Binomial counts: 6000 bits at 0.1 have a deviation of 23.2, five of them have odds of one in a million.
    #[test]
    fn as_many_bits_are_stuck_as_the_rate_says_and_half_of_them_change() {
        let tenth = FaultPlan { weights: 0.1, ..SOUND };
        let all: Vec<StuckBits> = (0..20).map(|core| stuck(&tenth, core).1.weights).collect();
        for bits in &all {
            assert!(bits.stuck.abs_diff(600) < 117, "{bits:?}");
            assert!(bits.changed.abs_diff(300) < 90, "{bits:?}");
        }
        let total: u64 = all.iter().map(|bits| bits.stuck).sum();
        assert!(total.abs_diff(12_000) < 520, "120,000 bits, deviation 103.9: {total}");
        assert!(all.iter().any(|bits| bits != &all[0]), "each core has stuck bits of its own");
    }

    #[test]
    fn a_higher_rate_adds_stuck_bits_and_another_memory_moves_none() {
        let low = FaultPlan { weights: 0.02, stuck_at: StuckAt::One, ..SOUND };
        let high = FaultPlan { weights: 0.2, patterns: 0.5, table: 0.5, ..low };
        let (image, low, high) = (image(), stuck(&low, 3).0, stuck(&high, 3).0);
        let alone = stuck(&FaultPlan { weights: 0.2, stuck_at: StuckAt::One, ..SOUND }, 3).0;
        assert_eq!(alone.weights(), high.weights(), "whatever becomes of other memories");
        let changed = |read: &CoreImage, at: usize| read.weights()[at] ^ image.weights()[at];
        let mut seen = 0;
        for at in 0..image.weights().len() {
            assert_eq!(changed(&low, at) & !changed(&high, at), 0, "weight {at}: a bit came loose");
            seen += changed(&low, at).count_ones();
        }
        assert!(seen > 0, "some bits are stuck at the lower rate");
    }
}
