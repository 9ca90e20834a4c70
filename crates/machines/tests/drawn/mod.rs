//! Random memories beside the integer reference.

use crate::common::{bits, state};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, KernelTable, Outcome, Update};
use klr_machines::MachineRun;
use klr_units::State;
use rand::RngExt;
use rand_pcg::Pcg64;

/// A table of words of two bits, relative to the nearest pattern or not.
fn any_table(random: &mut Pcg64) -> KernelTable {
    let words = [3, random.random_range(0..=3), random.random_range(0..=2)];
    let table = if random.random_bool(0.5) {
        KernelTable::nearest_relative(bits(2), &words)
    } else {
        KernelTable::absolute(bits(2), &words)
    };
    table.expect("a table")
}

/// A memory of up to 12 neurons and 6 patterns with weights of `weight_bits`, 2 or 3, and a cue; without a `table` a drawn one.
pub(crate) fn memory(random: &mut Pcg64, weight_bits: u8, table: Option<KernelTable>) -> (CoreImage, State) {
    let table = table.unwrap_or_else(|| any_table(random));
    let (n, p) = (random.random_range(1..=12usize), random.random_range(1..=6usize));
    let mut sign = || if random.random_bool(0.5) { 1 } else { -1 };
    let mut drawn = || state(&(0..n).map(|_| sign()).collect::<Vec<i8>>());
    let patterns: Vec<State> = (0..p).map(|_| drawn()).collect();
    let cue = drawn();
    let largest = (1 << (weight_bits - 1)) - 1;
    let weights: Vec<i16> = (0..n * p).map(|_| random.random_range(-largest..=largest)).collect();
    let image = CoreImage::new(Geometry::tiny(), &patterns, bits(weight_bits), weights, table);
    (image.expect("it fits"), cue)
}

/// That `run` ended where the reference does, after as many steps and flips; how it ended.
pub(crate) fn ends_where_the_reference_does<A>(
    image: &CoreImage,
    cue: &State,
    run: &MachineRun<A>,
    steps_and_flips: (u64, u64),
) -> &'static str {
    let meant = Reference::new(image).retrieve(cue, Update::Synchronous, 8).expect("the same size");
    assert_eq!(run.state, meant.state);
    // The reference tells a fixed point without any kernel word from one with some.
    let outcome = if meant.outcome == Outcome::DeadField { Outcome::Converged } else { meant.outcome };
    assert_eq!(run.outcome, outcome);
    assert_eq!(steps_and_flips, (meant.steps, meant.flips.len() as u64));
    outcome.name()
}
