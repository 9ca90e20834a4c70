//! Cores of awkward shapes, and cases drawn for them. The same family, seed and dataflow give the same case.

mod dist;
mod eliminate;
mod formats;
mod mac;
mod plain;
mod rows;

use crate::case::Case;
use crate::shape::Shape;
use klr_image::{CoreImage, KernelTable, Order, TableForm};
use klr_sim::config::ConfigSpec;
use klr_sim::{CoreConfig, Dataflow, Schedule};
use klr_units::{Bits, State, UnsignedFormat};
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

impl Family {
    /// The dataflows that its cores can run: where patterns lie by row alone, a flip cannot move the distances.
    #[must_use]
    pub const fn dataflows(&self) -> &'static [Dataflow] {
        if self.shape.levers.by_row { &[Dataflow::Synchronous] } else { &Dataflow::ALL }
    }
}

/// Families by what their cores have.
const GROUPS: [&[Family]; 6] = [
    &plain::FAMILIES,
    &mac::FAMILIES,
    &dist::FAMILIES,
    &eliminate::FAMILIES,
    &rows::FAMILIES,
    &formats::FAMILIES,
];

const fn count() -> usize {
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
}

/// Every family. The first two are those of a short run.
pub const FAMILIES: [Family; count()] = {
    let mut all = [plain::FAMILIES[0]; count()];
    let (mut at, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut family = 0;
        while family < GROUPS[group].len() {
            all[at] = GROUPS[group][family];
            family += 1;
            at += 1;
        }
        group += 1;
    }
    all
};

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
    // A retrieval that may stop at a stored pattern has to have patterns that are fixed points.
    let remembers = seed.is_multiple_of(3) || (shape.levers.early_stop && seed % 3 == 1);
    let n = rng.random_range(family.min_n..=shape.max_n);
    let p = rng.random_range(family.min_p..=shape.max_p);
    let patterns: Vec<State> = (0..p).map(|_| random_state(n, &mut rng)).collect();
    let weights = random_weights(&patterns, shape, remembers, &mut rng);
    let widest = widest_window(n, shape, &mut rng);
    let table = random_table(widest, shape, remembers, &mut rng);
    let cue = if remembers { noisy(&patterns, &mut rng) } else { random_state(n, &mut rng) };
    let image =
        CoreImage::new(shape.geometry(), &patterns, shape.weight_format(), weights, table).expect("it fits");
    let spec = ConfigSpec {
        zero_skip: rng.random(),
        max_steps: if rng.random() { rng.random_range(1..=4) } else { 30 },
        candidate_margin: if shape.levers.candidates > 0 { rng.random_range(0..4) } else { 0 },
        probe_columns: if shape.levers.elimination { random_probe(n, &mut rng) } else { 0 },
        ..shape.config()
    };
    let order = random_order(shape, &mut rng);
    let config = CoreConfig::new(spec).expect("within range");
    Case { image: image.into(), config, schedule: Schedule { dataflow, order }, cue }
}

/// Entries of a kernel table at most, less one: a list holds the patterns of a narrow window.
fn widest_window(n: u32, shape: &Shape, rng: &mut Pcg64Mcg) -> u32 {
    if shape.levers.candidates > 0 && rng.random_range(0..4) > 0 { n / 4 } else { n }
}

/// Columns of the first part of a first pass: half of them, few, or any number, all of them too.
fn random_probe(n: u32, rng: &mut Pcg64Mcg) -> u32 {
    match rng.random_range(0..4) {
        0 => 0,
        1 => rng.random_range(1..=n),
        _ => rng.random_range(1..=n.div_ceil(3)),
    }
}

/// The order that a lever is for three times out of four, any other time any.
fn random_order(shape: &Shape, rng: &mut Pcg64Mcg) -> Order {
    if shape.levers.bitmap && rng.random_range(0..4) > 0 {
        return Order::Sequential;
    }
    if shape.levers.tree_latency > 0 && rng.random_range(0..4) > 0 {
        return Order::MostViolated;
    }
    match rng.random_range(0..3) {
        0 => Order::Sequential,
        1 => Order::Random(rng.random()),
        _ => Order::MostViolated,
    }
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
    let format = shape.weight_format();
    let max = format.max();
    let least = if remembers { max - max / 3 } else { format.step() - 1 };
    // Signs that the patterns hold are those of the patterns.
    let follow = shape.levers.sign_sharing || remembers || rng.random::<bool>();
    let signs: Vec<i8> = patterns.iter().flat_map(|s| s.signs().collect::<Vec<_>>()).collect();
    let weight = |sign: i8| {
        let drawn = rng.random_range(least..=max);
        // Where all are odd, the odd one at or below it.
        let magnitude = if format.step() == 2 { drawn - (drawn + 1) % 2 } else { drawn };
        let sign = if follow || rng.random::<bool>() { i32::from(sign) } else { -i32::from(sign) };
        i16::try_from(sign * magnitude).expect("within 16 bits")
    };
    signs.into_iter().map(weight).collect()
}

fn random_table(widest: u32, shape: &Shape, remembers: bool, rng: &mut Pcg64Mcg) -> KernelTable {
    let bits = Bits::new(u8::try_from(shape.kernel_bits).expect("at most 16")).expect("1 to 16");
    let max = UnsignedFormat::new(bits).max();
    if remembers {
        let length = rng.random_range(2..=8);
        let entries: Vec<u16> = (0..length).map(|at| (max >> at).max(1)).collect();
        return KernelTable::nearest_relative(bits, &entries).expect("no entry is zero");
    }
    let form = if rng.random::<bool>() { TableForm::Absolute } else { TableForm::NearestRelative };
    let mut entries: Vec<u16> =
        (0..rng.random_range(1..=widest + 1)).map(|_| rng.random_range(0..=max)).collect();
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
            for (seed, &dataflow) in (0..30).zip(family.dataflows().iter().cycle()) {
                let case = draw(family, seed, dataflow);
                assert_eq!(family.shape.check(&case), Ok(()), "{} {seed}", family.name);
                assert_eq!(draw(family, seed, dataflow).cue, case.cue, "{} {seed}", family.name);
            }
        }
    }
}
