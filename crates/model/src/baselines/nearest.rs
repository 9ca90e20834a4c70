//! The nearest stored pattern, as a memory.

use crate::baselines::dense::follow_distances;
use crate::pattern::PatternSet;
use crate::retrieve::measure::Targets;
use crate::retrieve::memory::AssociativeMemory;
use klr_units::State;

/// The oracle: the field of neuron i is bit i of the pattern nearest to the state. On patterns drawn at random and bits
/// flipped independently (fewer than half of them), no retrieval recalls more often.
///
/// Where several patterns are equally near, the one nearest to a target is taken, so that a tie counts as a hit, and which
/// row comes first has no part in it. A synchronous step goes to the nearest pattern at once; neuron by neuron every flip
/// makes the nearest pattern nearer, so it ends there too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearestPattern<'a> {
    patterns: &'a PatternSet,
    /// The Hamming distance of each pattern from the nearest target.
    from_target: Vec<u32>,
}

impl<'a> NearestPattern<'a> {
    /// The oracle of `patterns`, for a cue that should end in one of `targets`.
    ///
    /// # Panics
    /// If a target is not one of `patterns`.
    #[must_use]
    pub fn towards(patterns: &'a PatternSet, targets: &Targets) -> Self {
        let mut from_target = vec![u32::MAX; patterns.p()];
        for &target in targets.rows() {
            let distances = patterns.distances_from(target, 0..patterns.p());
            from_target.iter_mut().zip(distances).for_each(|(least, d)| *least = d.min(*least));
        }
        Self { patterns, from_target }
    }

    /// The row that is nearest at these distances.
    fn nearest(&self, distances: &[u32]) -> usize {
        let rank = |mu: usize| (distances[mu], self.from_target[mu], self.patterns.row_words(mu));
        (0..distances.len()).min_by_key(|&mu| rank(mu)).expect("a pattern set has at least one row")
    }
}

impl AssociativeMemory for NearestPattern<'_> {
    /// The Hamming distance of the state from each pattern.
    type Track = Vec<u32>;

    fn n(&self) -> usize {
        self.patterns.n()
    }

    fn track(&self, state: &State) -> Vec<u32> {
        self.patterns.distances(state)
    }

    fn follow(&self, track: &mut Vec<u32>, state: &State, i: usize) {
        follow_distances(self.patterns, track, state, i);
    }

    fn field_at(&self, i: usize, _: &State, track: &mut Vec<u32>) -> f64 {
        f64::from(self.patterns.sign(self.nearest(track), i))
    }

    fn fields_at(&self, _: &State, track: &mut Vec<u32>) -> Vec<f64> {
        self.patterns.state(self.nearest(track)).signs().map(f64::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::random::{Stream, Streams};
    use crate::retrieve::dynamics::{RetrievalConfig, RetrievalOutcome, UpdateRule, VisitOrder, retrieve};

    #[test]
    fn every_update_ends_at_the_nearest_pattern() {
        let patterns = PatternSet::random(50, 40, &mut Streams::new(1).stream(Stream::Patterns)).unwrap();
        let orders = [VisitOrder::Sequential, VisitOrder::Random, VisitOrder::MostViolated]
            .map(UpdateRule::Asynchronous);
        for update in orders.into_iter().chain([UpdateRule::Synchronous]) {
            for mu in 0..40 {
                let mut rng = Streams::new(2).indexed(Stream::Noise, mu as u64);
                let cue = corrupt(&patterns.state(mu), 0.4, NoiseModel::Bernoulli, &mut rng);
                let targets = Targets::row(mu);
                let nearest = patterns.nearest(&cue).rows;
                let expected = *nearest.iter().find(|&&row| row == mu).unwrap_or(&nearest[0]);
                let expected = patterns.state(expected);
                let memory = NearestPattern::towards(&patterns, &targets);
                let got =
                    retrieve(&memory, &cue, RetrievalConfig { update, max_steps: 3 }, &mut rng).unwrap();
                if nearest.len() == 1 || nearest.contains(&mu) {
                    assert_eq!(got.state, expected, "{update:?}, cue {mu}");
                }
                assert_eq!(got.flips, cue.hamming(&expected) as u64, "{update:?}: no flip is taken back");
                assert_eq!(got.outcome, RetrievalOutcome::Converged, "{update:?}");
                let fields: Vec<f64> =
                    (0..50).map(|i| memory.field_at(i, &cue, &mut memory.track(&cue))).collect();
                assert_eq!(memory.fields_of(&cue), fields, "one field and all fields");
            }
        }
    }
}
