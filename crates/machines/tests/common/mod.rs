//! Memories small enough to be counted by hand, and random ones.

use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, KernelTable, Outcome, Update};
use klr_machines::MachineRun;
use klr_units::{Bits, State};
use rand::RngExt;
use rand_pcg::Pcg64;

/// A width that exists.
pub(crate) fn bits(bits: u8) -> Bits {
    Bits::new(bits).expect("a width")
}

/// The state of `signs`.
pub(crate) fn state(signs: &[i8]) -> State {
    State::from_signs(signs).expect("signs only")
}

/// Three patterns of four neurons, weights = 3 times their signs in 3 bits.
pub(crate) fn small(table: KernelTable) -> CoreImage {
    let patterns = [[1, 1, 1, 1], [-1, -1, 1, 1], [1, -1, -1, -1]];
    let weights = patterns.iter().flatten().map(|&sign| 3 * i16::from(sign)).collect();
    CoreImage::new(Geometry::tiny(), &patterns.map(|signs| state(&signs)), bits(3), weights, table)
        .expect("it fits")
}

/// A memory of up to 12 neurons and 6 patterns with weights of three bits, and a cue; half of the tables are relative to the
/// nearest pattern.
pub(crate) fn drawn(random: &mut Pcg64) -> (CoreImage, State) {
    let (n, p) = (random.random_range(1..=12usize), random.random_range(1..=6usize));
    let mut sign = || if random.random_bool(0.5) { 1 } else { -1 };
    let mut drawn = || state(&(0..n).map(|_| sign()).collect::<Vec<i8>>());
    let patterns: Vec<State> = (0..p).map(|_| drawn()).collect();
    let cue = drawn();
    let weights: Vec<i16> = (0..n * p).map(|_| random.random_range(-3..=3)).collect();
    let words = [3, random.random_range(0..=3), random.random_range(0..=2)];
    let table = if random.random_bool(0.5) {
        KernelTable::nearest_relative(bits(2), &words)
    } else {
        KernelTable::absolute(bits(2), &words)
    };
    let image = CoreImage::new(Geometry::tiny(), &patterns, bits(3), weights, table.expect("a table"));
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
