//! Do the analyses find what can be counted by hand, or computed densely, on small memories?

mod memory;
mod retrieval;
mod search;
mod training;

use klr_model::{Kernel, KlrModel, PatternSet, RetrievalConfig, Stream, Streams, UpdateRule, VisitOrder};
use rand::RngExt;
use std::num::NonZeroUsize;

const ONE: NonZeroUsize = NonZeroUsize::MIN;
const SYNCHRONOUS: RetrievalConfig = RetrievalConfig { update: UpdateRule::Synchronous, max_steps: 30 };
const RANDOM_ORDER: RetrievalConfig =
    RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Random), max_steps: 30 };

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn random_patterns(n: usize, p: usize, seed: u64) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).unwrap()
}

/// A memory with dual variables drawn at random: no structure to hide behind.
fn random_model(n: usize, p: usize, gamma: f64) -> KlrModel {
    let mut rng = Streams::new(9).stream(Stream::Cues);
    let duals: Vec<f64> = (0..p * n).map(|_| rng.random_range(-2.0..2.0)).collect();
    KlrModel::from_duals(random_patterns(n, p, 9), Kernel::rbf(gamma).unwrap(), &duals).unwrap()
}

fn untrained(n: usize, p: usize, gamma: f64) -> KlrModel {
    KlrModel::untrained(random_patterns(n, p, 4), Kernel::rbf(gamma).unwrap())
}

/// Two stored patterns, all +1 and all -1, untrained: the field of every neuron is `K(d) - K(N - d)` with d the
/// distance from all +1, so that a cue goes to the nearer pattern in one step, and a cue halfway stays where it is.
fn two_memories(n: usize) -> KlrModel {
    let signs: Vec<i8> = [1, -1].into_iter().flat_map(|sign| std::iter::repeat_n(sign, n)).collect();
    KlrModel::untrained(PatternSet::from_signs(n, &signs).unwrap(), Kernel::rbf(0.1).unwrap())
}

fn close(got: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (got - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-12), "{what}: got {got}, expected {expected}");
}
