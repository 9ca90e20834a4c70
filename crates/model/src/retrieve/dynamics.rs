//! Retrieval in double precision: what the mathematics says, and the reference for everything in integers.

use crate::pattern::PatternError;
use crate::retrieve::memory::AssociativeMemory;
use klr_units::State;
use rand::Rng;
use rand::seq::SliceRandom;
use std::cmp::Ordering;

/// Which neuron is updated next, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitOrder {
    /// 0, 1, ..., N-1, again and again.
    Sequential,
    /// All N in a fresh random permutation each sweep (arXiv:2605.05978).
    Random,
    /// The neuron whose margin `s_i h_i` is most negative, the lowest index at ties. All N fields are evaluated to find
    /// each.
    MostViolated,
}

/// How many neurons change together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateRule {
    /// All N at once.
    Synchronous,
    /// One at a time.
    Asynchronous(VisitOrder),
}

/// How to retrieve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetrievalConfig {
    /// Which neurons change when.
    pub update: UpdateRule,
    /// The most steps: synchronous updates, sweeps of N visits, or for [`VisitOrder::MostViolated`] runs of N flips.
    pub max_steps: u32,
}

/// How a retrieval ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetrievalOutcome {
    /// At a fixed point: one more step would change nothing, and that was checked.
    Converged,
    /// The state equals that of two steps before: synchronous updates would alternate for ever.
    TwoCycle,
    /// The steps ran out.
    StepLimit,
}

/// What a retrieval did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrieval {
    /// The final state.
    pub state: State,
    /// How it ended.
    pub outcome: RetrievalOutcome,
    /// Steps taken, the confirming one included; for [`VisitOrder::MostViolated`] the flips over N, rounded up.
    pub steps: u32,
    /// Neurons turned over, counted each time: the events.
    pub flips: u64,
    /// Fields evaluated, those of the confirming step included: P multiply-adds each in a kernel memory, N in a pairwise
    /// one.
    pub evaluations: u64,
    /// Evaluations that gave a field of exactly 0, which keeps the neuron's state.
    pub ties: u64,
}

/// Retrieves from `cue`. A field of exactly 0 keeps the neuron as it is; `rng` is used by [`VisitOrder::Random`] alone.
///
/// # Errors
/// [`PatternError::Dimension`] if the cue has another number of neurons than the memory.
pub fn retrieve<M: AssociativeMemory>(
    memory: &M,
    cue: &State,
    config: RetrievalConfig,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Retrieval, PatternError> {
    retrieve_observed(memory, cue, config, rng, &mut |_| {})
}

/// Like [`retrieve`], and calls `observe` with the state after each step (with [`VisitOrder::MostViolated`] after each flip),
/// the confirming one included.
///
/// # Errors
/// [`PatternError::Dimension`] if the cue has another number of neurons than the memory.
pub fn retrieve_observed<M: AssociativeMemory>(
    memory: &M,
    cue: &State,
    config: RetrievalConfig,
    rng: &mut (impl Rng + ?Sized),
    observe: &mut dyn FnMut(&State),
) -> Result<Retrieval, PatternError> {
    if cue.n() != memory.n() {
        return Err(PatternError::Dimension { what: "cue", found: cue.n(), expected: memory.n() });
    }
    let mut walk = Running::new(memory, cue);
    let (outcome, steps) = match config.update {
        UpdateRule::Synchronous => walk.synchronous(config.max_steps, observe),
        UpdateRule::Asynchronous(VisitOrder::Sequential) => {
            walk.sweeps(config.max_steps, &mut |_| {}, observe)
        }
        UpdateRule::Asynchronous(VisitOrder::Random) => {
            walk.sweeps(config.max_steps, &mut |order| order.shuffle(rng), observe)
        }
        UpdateRule::Asynchronous(VisitOrder::MostViolated) => walk.most_violated(config.max_steps, observe),
    };
    let Running { state, flips, evaluations, ties, .. } = walk;
    Ok(Retrieval { state, outcome, steps, flips, evaluations, ties })
}

/// A retrieval under way.
struct Running<'a, M: AssociativeMemory> {
    memory: &'a M,
    state: State,
    track: M::Track,
    flips: u64,
    evaluations: u64,
    ties: u64,
}

impl<'a, M: AssociativeMemory> Running<'a, M> {
    fn new(memory: &'a M, cue: &State) -> Self {
        Self { memory, state: cue.clone(), track: memory.track(cue), flips: 0, evaluations: 0, ties: 0 }
    }

    fn flip(&mut self, i: usize) {
        self.state.flip(i);
        self.flips += 1;
        self.memory.follow(&mut self.track, &self.state, i);
    }

    /// Whether the field of neuron `i` says that it should flip.
    fn is_violated(&mut self, i: usize) -> bool {
        let sign = self.memory.sign_at(i, &self.state, &mut self.track);
        self.evaluations += 1;
        self.ties += u64::from(sign == Some(Ordering::Equal));
        sign == Some(if self.state.get(i) { Ordering::Less } else { Ordering::Greater })
    }

    /// `s_i h_i` for a field just evaluated.
    fn margin(&mut self, i: usize, field: f64) -> f64 {
        self.evaluations += 1;
        self.ties += u64::from(field == 0.0);
        f64::from(self.state.sign(i)) * field
    }

    fn margins(&mut self) -> Vec<f64> {
        let fields = self.memory.fields_at(&self.state, &mut self.track);
        fields.into_iter().enumerate().map(|(i, h)| self.margin(i, h)).collect()
    }

    fn synchronous(&mut self, max_steps: u32, observe: &mut dyn FnMut(&State)) -> (RetrievalOutcome, u32) {
        // The neurons that changed in the step before: changing the same ones again undoes it.
        let mut before: Vec<usize> = Vec::new();
        for step in 1..=max_steps {
            let margins = self.margins();
            let violated: Vec<usize> = (0..margins.len()).filter(|&i| margins[i] < 0.0).collect();
            violated.iter().for_each(|&i| self.flip(i));
            observe(&self.state);
            if violated.is_empty() {
                return (RetrievalOutcome::Converged, step);
            }
            if violated == before {
                return (RetrievalOutcome::TwoCycle, step);
            }
            before = violated;
        }
        (RetrievalOutcome::StepLimit, max_steps)
    }

    fn sweeps(
        &mut self,
        max_steps: u32,
        reorder: &mut dyn FnMut(&mut [usize]),
        observe: &mut dyn FnMut(&State),
    ) -> (RetrievalOutcome, u32) {
        let mut order: Vec<usize> = (0..self.memory.n()).collect();
        for step in 1..=max_steps {
            reorder(&mut order);
            let before = self.flips;
            for &i in &order {
                if self.is_violated(i) {
                    self.flip(i);
                }
            }
            observe(&self.state);
            if self.flips == before {
                return (RetrievalOutcome::Converged, step);
            }
        }
        (RetrievalOutcome::StepLimit, max_steps)
    }

    fn most_violated(&mut self, max_steps: u32, observe: &mut dyn FnMut(&State)) -> (RetrievalOutcome, u32) {
        let n = self.memory.n() as u64;
        let steps = |flips: u64| u32::try_from(flips.div_ceil(n)).expect("at most max_steps");
        while self.flips < u64::from(max_steps) * n {
            let margins = self.margins();
            // `min_by` keeps the first of equals: the lowest index.
            let worst = (0..margins.len()).min_by(|&a, &b| margins[a].total_cmp(&margins[b]));
            match worst.filter(|&i| margins[i] < 0.0) {
                Some(i) => self.flip(i),
                None => return (RetrievalOutcome::Converged, steps(self.flips)),
            }
            observe(&self.state);
        }
        (RetrievalOutcome::StepLimit, max_steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::pattern::PatternSet;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::random::{Stream, Streams};
    use crate::retrieve::model::KlrModel;

    const ORDERS: [VisitOrder; 3] = [VisitOrder::Sequential, VisitOrder::Random, VisitOrder::MostViolated];

    fn run(model: &KlrModel, cue: &State, update: UpdateRule, max_steps: u32) -> Retrieval {
        let mut rng = Streams::new(0).stream(Stream::Order);
        retrieve(model, cue, RetrievalConfig { update, max_steps }, &mut rng).unwrap()
    }

    fn state(signs: &[i8]) -> State {
        State::from_signs(signs).unwrap()
    }

    /// One stored pattern, all +1, with the given dual variables: the field of neuron i has the sign of `duals[i]`.
    fn one_pattern(duals: &[f64]) -> KlrModel {
        let patterns = PatternSet::from_signs(duals.len(), &vec![1; duals.len()]).unwrap();
        KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), duals).unwrap()
    }

    #[test]
    fn a_tie_keeps_the_state() {
        let model = one_pattern(&[0.0, 1.0, 0.0]);
        let updates = ORDERS.map(UpdateRule::Asynchronous).into_iter().chain([UpdateRule::Synchronous]);
        for update in updates {
            for cue in [[1, 1, 1], [-1, 1, -1], [-1, 1, 1]] {
                let got = run(&model, &state(&cue), update, 5);
                assert_eq!((got.state, got.ties), (state(&cue), 2), "{update:?} from {cue:?}");
            }
        }
    }

    #[test]
    fn counts_include_the_confirming_step() {
        let model = one_pattern(&[1.0; 4]);
        let cue = state(&[-1, 1, -1, 1]);
        // Two neurons to flip. A step that flips and one that confirms, 4 evaluations each; most-violated evaluates all
        // 4 for each flip and once more to confirm, and 2 flips are one step of up to N.
        let cases = [
            (UpdateRule::Synchronous, 2, 8),
            (UpdateRule::Asynchronous(VisitOrder::Sequential), 2, 8),
            (UpdateRule::Asynchronous(VisitOrder::Random), 2, 8),
            (UpdateRule::Asynchronous(VisitOrder::MostViolated), 1, 12),
        ];
        for (update, steps, evaluations) in cases {
            let got = run(&model, &cue, update, 30);
            assert_eq!(got.state, state(&[1; 4]), "{update:?}");
            assert_eq!(got.outcome, RetrievalOutcome::Converged, "{update:?}");
            assert_eq!((got.steps, got.flips, got.evaluations), (steps, 2, evaluations), "{update:?}");
        }
    }

    #[test]
    fn alternation_is_seen_as_a_two_cycle() {
        // The field of each neuron has the sign of the other neuron: [+, -] becomes [-, +] and back.
        let patterns = PatternSet::from_signs(2, &[1, -1, -1, 1]).unwrap();
        let duals = vec![-1.0, 1.0, 1.0, -1.0];
        let model = KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), &duals).unwrap();
        let got = run(&model, &state(&[1, -1]), UpdateRule::Synchronous, 30);
        assert_eq!((got.outcome, got.steps, got.flips), (RetrievalOutcome::TwoCycle, 2, 4));
        assert_eq!(got.state, state(&[1, -1]), "as two steps before");
        let cut = run(&model, &state(&[1, -1]), UpdateRule::Synchronous, 1);
        assert_eq!(cut.outcome, RetrievalOutcome::StepLimit, "one step cannot tell");
    }

    #[test]
    fn the_most_violated_neuron_flips_first_and_the_lowest_of_equals() {
        let model = one_pattern(&[1.0, 3.0, 2.0, 3.0]);
        let mut order = Vec::new();
        let config =
            RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::MostViolated), max_steps: 9 };
        let mut before = state(&[-1; 4]);
        retrieve_observed(
            &model,
            &before.clone(),
            config,
            &mut Streams::new(0).stream(Stream::Order),
            &mut |now| {
                order.extend((0..4).filter(|&i| now.get(i) != before.get(i)));
                before = now.clone();
            },
        )
        .unwrap();
        assert_eq!(order, [1, 3, 2, 0], "by falling violation");
    }

    #[test]
    fn distances_and_kernel_follow_every_flip_exactly() {
        let patterns = PatternSet::random(70, 30, &mut Streams::new(2).stream(Stream::Patterns)).unwrap();
        let model = KlrModel::untrained(patterns, Kernel::rbf(0.05).unwrap());
        let mut walk = Running::new(&model, &model.patterns().state(4));
        for i in [0, 69, 5, 64, 5, 63, 12] {
            walk.flip(i);
            assert_eq!(
                walk.track,
                AssociativeMemory::track(&model, &walk.state),
                "distances after flipping neuron {i}, and nothing out of date"
            );
            let expected: Vec<f64> = (0..70).map(|j| model.field(j, &walk.state)).collect();
            let found: Vec<f64> =
                (0..70).map(|j| model.field_at(j, &walk.state, &mut walk.track.clone())).collect();
            assert_eq!(found, expected, "fields after flipping neuron {i}");
        }
    }

    #[test]
    fn an_end_is_a_fixed_point_whatever_the_order() {
        let patterns = PatternSet::random(60, 90, &mut Streams::new(5).stream(Stream::Patterns)).unwrap();
        let model = KlrModel::untrained(patterns, Kernel::rbf(0.08).unwrap());
        for order in ORDERS {
            for mu in 0..20 {
                let mut rng = Streams::new(6).indexed(Stream::Noise, mu as u64);
                let cue = corrupt(&model.patterns().state(mu), 0.2, NoiseModel::Bernoulli, &mut rng);
                let got = run(&model, &cue, UpdateRule::Asynchronous(order), 30);
                assert_eq!(got.outcome, RetrievalOutcome::Converged, "{order:?}, cue {mu}");
                assert!(model.margins(&got.state).iter().all(|&m| m >= 0.0), "{order:?}, cue {mu}");
                assert!(got.flips >= cue.hamming(&got.state) as u64, "{order:?}, cue {mu}");
            }
        }
    }

    /// A memory that is sure of every sign but that of neuron 2, which it evaluates.
    struct Sure(KlrModel);

    impl AssociativeMemory for Sure {
        type Track = <KlrModel as AssociativeMemory>::Track;
        fn n(&self) -> usize {
            self.0.n()
        }
        fn track(&self, state: &State) -> Self::Track {
            self.0.track(state)
        }
        fn follow(&self, track: &mut Self::Track, state: &State, i: usize) {
            self.0.follow(track, state, i);
        }
        fn field_at(&self, i: usize, state: &State, track: &mut Self::Track) -> f64 {
            assert_eq!(i, 2, "all other signs were sure");
            self.0.field_at(i, state, track)
        }
        fn sign_at(&self, i: usize, state: &State, track: &mut Self::Track) -> Option<Ordering> {
            if i == 2 {
                return self.field_at(i, state, track).partial_cmp(&0.0);
            }
            // The kernel is in the track: the state is not looked at.
            self.0.field_at(i, &State::all_minus(4), track).partial_cmp(&0.0)
        }
    }

    #[test]
    fn a_sure_sign_stands_for_the_field_and_counts_as_an_evaluation() {
        let duals = [1.0, -2.0, 0.5, 3.0];
        let update = UpdateRule::Asynchronous(VisitOrder::Sequential);
        let expected = run(&one_pattern(&duals), &state(&[-1, 1, -1, 1]), update, 9);
        let config = RetrievalConfig { update, max_steps: 9 };
        let mut rng = Streams::new(0).stream(Stream::Order);
        let got = retrieve(&Sure(one_pattern(&duals)), &state(&[-1, 1, -1, 1]), config, &mut rng).unwrap();
        assert_eq!(got, expected, "state, outcome and all counts");
        assert_eq!((got.flips, got.evaluations), (3, 8), "neurons 0, 1 and 2, and a confirming sweep");
    }

    #[test]
    fn a_limit_of_zero_steps_does_nothing() {
        let model = one_pattern(&[1.0, 1.0]);
        for update in ORDERS.map(UpdateRule::Asynchronous).into_iter().chain([UpdateRule::Synchronous]) {
            let got = run(&model, &state(&[-1, -1]), update, 0);
            assert_eq!((got.outcome, got.evaluations), (RetrievalOutcome::StepLimit, 0), "{update:?}");
        }
    }

    #[test]
    fn a_cue_of_another_length_is_refused() {
        let config = RetrievalConfig { update: UpdateRule::Synchronous, max_steps: 1 };
        let mut rng = Streams::new(0).stream(Stream::Order);
        let error = retrieve(&one_pattern(&[1.0; 3]), &state(&[1, 1]), config, &mut rng).unwrap_err();
        assert_eq!(error.to_string(), "a cue of 2 neurons does not fit patterns of 3");
    }
}
