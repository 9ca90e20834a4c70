//! Cores of awkward shapes, and cases drawn for them. The same family, seed and dataflow give the same case.

use crate::case::Case;
use crate::shape::Shape;
use klr_image::{CoreImage, KernelTable, Order, TableForm};
use klr_sim::config::ConfigSpec;
use klr_sim::{CoreConfig, Dataflow, Schedule};
use klr_units::{Bits, SignedFormat, State, UnsignedFormat};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

/// Cores of one shape, and how many seeds a long run draws for it.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name in commands and folders.
    pub name: &'static str,
    /// The parameters of the core.
    pub shape: Shape,
    /// Neurons at least.
    pub min_n: u32,
    /// Patterns at least.
    pub min_p: u32,
    /// Seeds in a long run; a case of each dataflow is drawn for each.
    pub seeds: u64,
}

/// Every family. The first two are those of a short run.
pub const FAMILIES: [Family; 9] = [
    // Every latency one cycle, one port, short queues.
    Family {
        name: "tiny",
        shape: Shape {
            lanes: 4,
            slices: 1,
            mac_lanes: 2,
            weight_banks: 2,
            max_n: 15,
            max_p: 24,
            weight_bits: 4,
            kernel_bits: 6,
            accumulator_bits: 24,
            sram_latency: 1,
            table_latency: 1,
            mac_latency: 1,
            counter_ports: 1,
            table_ports: 2,
            spike_queue: 2,
            activation_queue: 2,
            candidates: 0,
        },
        min_n: 1,
        min_p: 1,
        seeds: 300,
    },
    // Lanes, slices and groups that divide nothing; banks and table ports too few.
    Family {
        name: "uneven",
        shape: Shape {
            lanes: 5,
            slices: 3,
            mac_lanes: 4,
            weight_banks: 3,
            max_n: 22,
            max_p: 47,
            weight_bits: 5,
            kernel_bits: 7,
            accumulator_bits: 26,
            sram_latency: 2,
            table_latency: 3,
            mac_latency: 2,
            counter_ports: 2,
            table_ports: 3,
            spike_queue: 1,
            activation_queue: 3,
            candidates: 0,
        },
        min_n: 1,
        min_p: 1,
        seeds: 200,
    },
    // More MAC lanes than distance lanes, a queue of one, one table port, and neurons fewer than lanes.
    Family {
        name: "narrow",
        shape: Shape {
            lanes: 3,
            slices: 1,
            mac_lanes: 7,
            weight_banks: 2,
            max_n: 20,
            max_p: 40,
            weight_bits: 8,
            kernel_bits: 8,
            accumulator_bits: 32,
            sram_latency: 3,
            table_latency: 1,
            mac_latency: 4,
            counter_ports: 1,
            table_ports: 1,
            spike_queue: 1,
            activation_queue: 1,
            candidates: 0,
        },
        min_n: 1,
        min_p: 1,
        seeds: 250,
    },
    // One lane of each kind.
    Family {
        name: "single",
        shape: Shape {
            lanes: 1,
            slices: 1,
            mac_lanes: 1,
            weight_banks: 1,
            max_n: 9,
            max_p: 20,
            weight_bits: 2,
            kernel_bits: 1,
            accumulator_bits: 16,
            sram_latency: 4,
            table_latency: 4,
            mac_latency: 1,
            counter_ports: 1,
            table_ports: 1,
            spike_queue: 3,
            activation_queue: 4,
            candidates: 0,
        },
        min_n: 1,
        min_p: 1,
        seeds: 300,
    },
    // Weights of one bit, a long queue, neurons over two words of the host port.
    Family {
        name: "signs",
        shape: Shape {
            lanes: 16,
            slices: 1,
            mac_lanes: 8,
            weight_banks: 8,
            max_n: 72,
            max_p: 160,
            weight_bits: 1,
            kernel_bits: 8,
            accumulator_bits: 32,
            sram_latency: 1,
            table_latency: 2,
            mac_latency: 3,
            counter_ports: 2,
            table_ports: 8,
            spike_queue: 4,
            activation_queue: 9,
            candidates: 0,
        },
        min_n: 24,
        min_p: 20,
        seeds: 60,
    },
    // Slices with two stages between them and what they share.
    Family {
        name: "sliced",
        shape: Shape {
            lanes: 3,
            slices: 5,
            mac_lanes: 4,
            weight_banks: 4,
            max_n: 40,
            max_p: 90,
            weight_bits: 8,
            kernel_bits: 8,
            accumulator_bits: 32,
            sram_latency: 4,
            table_latency: 1,
            mac_latency: 4,
            counter_ports: 1,
            table_ports: 2,
            spike_queue: 2,
            activation_queue: 2,
            candidates: 0,
        },
        min_n: 1,
        min_p: 1,
        seeds: 150,
    },
    // A memory of a useful size.
    Family {
        name: "memory",
        shape: Shape {
            lanes: 64,
            slices: 1,
            mac_lanes: 16,
            weight_banks: 16,
            max_n: 100,
            max_p: 300,
            weight_bits: 8,
            kernel_bits: 8,
            accumulator_bits: 32,
            sram_latency: 1,
            table_latency: 1,
            mac_latency: 4,
            counter_ports: 2,
            table_ports: 16,
            spike_queue: 8,
            activation_queue: 8,
            candidates: 0,
        },
        min_n: 40,
        min_p: 64,
        seeds: 40,
    },
    // The widest accumulators and weights, and latencies of four.
    Family {
        name: "deep",
        shape: Shape {
            lanes: 8,
            slices: 2,
            mac_lanes: 8,
            weight_banks: 5,
            max_n: 31,
            max_p: 64,
            weight_bits: 16,
            kernel_bits: 16,
            accumulator_bits: 40,
            sram_latency: 4,
            table_latency: 4,
            mac_latency: 4,
            counter_ports: 2,
            table_ports: 5,
            spike_queue: 2,
            activation_queue: 5,
            candidates: 0,
        },
        min_n: 1,
        min_p: 1,
        seeds: 150,
    },
    // A candidate list of two stages, and rows that arrive while candidates are taken in.
    Family {
        name: "listed",
        shape: Shape {
            lanes: 4,
            slices: 1,
            mac_lanes: 3,
            weight_banks: 2,
            max_n: 15,
            max_p: 40,
            weight_bits: 5,
            kernel_bits: 6,
            accumulator_bits: 24,
            sram_latency: 3,
            table_latency: 2,
            mac_latency: 2,
            counter_ports: 1,
            table_ports: 2,
            spike_queue: 2,
            activation_queue: 2,
            candidates: 7,
        },
        min_n: 1,
        min_p: 1,
        seeds: 250,
    },
];

/// The family of this name.
#[must_use]
pub fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// A case for a core of `family`. A third of the seeds give memories (weights follow the patterns, the kernel falls with
/// distance, the cue is a noisy pattern); the others give whatever fits.
///
/// # Panics
/// If a case does not fit the family: [`Shape`] and the ranges here are constants.
#[must_use]
pub fn draw(family: &Family, seed: u64, dataflow: Dataflow) -> Case {
    let shape = &family.shape;
    let name = family.name.bytes().fold(0u128, |sum, byte| sum * 257 + u128::from(byte));
    let mut rng = Pcg64Mcg::new((name << 32 | u128::from(seed)) << 1 | 1);
    let remembers = seed.is_multiple_of(3);
    let n = rng.random_range(family.min_n..=shape.max_n);
    let p = rng.random_range(family.min_p..=shape.max_p);
    let patterns: Vec<State> = (0..p).map(|_| random_state(n, &mut rng)).collect();
    let weights = random_weights(&patterns, shape, remembers, &mut rng);
    let table = random_table(n, shape, remembers, &mut rng);
    let cue = if remembers { noisy(&patterns, &mut rng) } else { random_state(n, &mut rng) };
    let bits = Bits::new(u8::try_from(shape.weight_bits).expect("at most 16")).expect("1 to 16");
    let image = CoreImage::new(shape.geometry(), &patterns, bits, weights, table).expect("it fits");
    let spec = ConfigSpec {
        zero_skip: rng.random(),
        max_steps: if rng.random() { rng.random_range(1..=4) } else { 30 },
        candidate_margin: if shape.candidates > 0 { rng.random_range(0..4) } else { 0 },
        ..shape.config()
    };
    let order = match rng.random_range(0..3) {
        0 => Order::Sequential,
        1 => Order::Random(rng.random()),
        _ => Order::MostViolated,
    };
    let config = CoreConfig::new(spec).expect("within range");
    Case { image, config, schedule: Schedule { dataflow, order }, cue }
}

fn random_state(n: u32, rng: &mut Pcg64Mcg) -> State {
    let signs: Vec<i8> = (0..n).map(|_| if rng.random::<bool>() { 1 } else { -1 }).collect();
    State::from_signs(&signs).expect("signs only")
}

fn noisy(patterns: &[State], rng: &mut Pcg64Mcg) -> State {
    let mut cue = patterns[rng.random_range(0..patterns.len())].clone();
    for i in 0..cue.n() {
        if rng.random_range(0..5) == 0 {
            cue.flip(i);
        }
    }
    cue
}

fn random_weights(patterns: &[State], shape: &Shape, remembers: bool, rng: &mut Pcg64Mcg) -> Vec<i16> {
    let bits = Bits::new(u8::try_from(shape.weight_bits).expect("at most 16")).expect("1 to 16");
    let max = SignedFormat::new(bits).max();
    let least = if remembers { max - max / 3 } else { i32::from(bits.get() == 1) };
    let follow = remembers || rng.random::<bool>();
    let signs: Vec<i8> = patterns.iter().flat_map(|s| s.signs().collect::<Vec<_>>()).collect();
    let weight = |sign: i8| {
        let magnitude = rng.random_range(least..=max);
        let sign = if follow || rng.random::<bool>() { i32::from(sign) } else { -i32::from(sign) };
        i16::try_from(sign * magnitude).expect("within 16 bits")
    };
    signs.into_iter().map(weight).collect()
}

fn random_table(n: u32, shape: &Shape, remembers: bool, rng: &mut Pcg64Mcg) -> KernelTable {
    let bits = Bits::new(u8::try_from(shape.kernel_bits).expect("at most 16")).expect("1 to 16");
    let max = UnsignedFormat::new(bits).max();
    if remembers {
        let length = rng.random_range(2..=8);
        let entries: Vec<u16> = (0..length).map(|at| (max >> at).max(1)).collect();
        return KernelTable::nearest_relative(bits, &entries).expect("no entry is zero");
    }
    let form = if rng.random::<bool>() { TableForm::Absolute } else { TableForm::NearestRelative };
    let mut entries: Vec<u16> = (0..rng.random_range(1..=n + 1)).map(|_| rng.random_range(0..=max)).collect();
    entries[0] = max;
    if rng.random::<bool>() {
        entries.sort_unstable_by(|a, b| b.cmp(a));
    }
    // Zeros inside the window, and equal neighbours: a word that may change and does not.
    if rng.random::<bool>() {
        (1..entries.len()).step_by(3).for_each(|at| entries[at] = entries[at - 1]);
    }
    KernelTable::new(form, bits, &entries).expect("entry 0 is not zero")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_for_a_family_fits_its_core_and_is_drawn_again() {
        for family in &FAMILIES {
            for seed in 0..30 {
                let case = draw(family, seed, Dataflow::Sweep);
                assert_eq!(family.shape.check(&case), Ok(()), "{} {seed}", family.name);
                assert_eq!(draw(family, seed, Dataflow::Sweep).cue, case.cue, "{} {seed}", family.name);
            }
        }
    }
}
