//! Sequences: the target of each pattern is the pattern that follows it, and synchronous steps walk from one to the
//! next, for ever if the sequence is a cycle.
//!
//! Training needs nothing new: [`successors`] makes the targets and [`klr_model::train::train_towards`], or any other
//! solver, makes the model. Here is what a walk is and how it is judged.
//!
//! | measure | meaning |
//! |---|---|
//! | [`Transitions::bit_accuracy`] | one step from each stored pattern: the share of the P x N bits that are right |
//! | [`Transitions::exact`] | the same: the share of the P patterns whose whole successor is right |
//! | [`SequenceRecall::in_time`] | a walk along each sequence: the share of its P transitions whose end is the expected pattern in the expected step |
//! | [`SequenceRecall::error_free_prefix`] | the same: the share of the P transitions before the first that is not |
//! | [`Walk::end`] | whether the walk ends in a limit cycle, its period, and whether it is the stored one |

mod order;

pub use order::{SequenceError, Successors, successors};

use klr_model::measure::{is_exact, overlap};
use klr_model::{KlrModel, PatternSet};
use klr_units::State;
use std::collections::BTreeMap;

/// One synchronous step: every neuron takes the sign of its field, and keeps its own where the field is exactly 0.
///
/// # Panics
/// If `state` has another number of neurons than the model.
#[must_use]
pub fn step(model: &KlrModel, state: &State) -> State {
    let mut next = state.clone();
    for (i, h) in model.fields(state).into_iter().enumerate() {
        if f64::from(state.sign(i)) * h < 0.0 {
            next.flip(i);
        }
    }
    next
}

/// How well one step leads from each stored pattern to its successor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transitions {
    /// The share of the P x N bits that are those of the successor, 0 to 1.
    pub bit_accuracy: f64,
    /// The share of the P patterns of which all bits are.
    pub exact: f64,
}

/// Takes one step from each stored pattern.
///
/// # Errors
/// [`SequenceError::Length`] if there are not P successors.
pub fn transitions(model: &KlrModel, successors: &Successors) -> Result<Transitions, SequenceError> {
    let patterns = model.patterns();
    successors.require_fits(patterns)?;
    let wrong = |mu| patterns.hamming(&step(model, &patterns.state(mu)), successors.after(mu));
    let wrong: Vec<usize> = (0..patterns.p()).map(wrong).collect();
    let bits = patterns.p() as f64 * patterns.n() as f64;
    Ok(Transitions {
        bit_accuracy: 1.0 - wrong.iter().sum::<usize>() as f64 / bits,
        exact: wrong.iter().filter(|&&w| w == 0).count() as f64 / patterns.p() as f64,
    })
}

/// Where a walk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkEnd {
    /// A state came back, so that the walk goes round for ever.
    Cycle {
        /// The step after which the walk first stands in the cycle; 0 if it starts there.
        entered: usize,
        /// States in the cycle; 1 is a fixed point.
        period: usize,
        /// Whether it is the cycle, or for a chain the held pattern, that the walk was expected to reach: the same
        /// states in the same order, in phase or not.
        stored: bool,
    },
    /// No state came back before the steps ran out.
    StepLimit,
}

/// A walk by synchronous steps, beside the sequence it should follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// The overlap with the expected pattern after each step; the first entry is that of the start.
    pub overlaps: Vec<f64>,
    /// Where it ends.
    pub end: WalkEnd,
    /// Whether each of [`Self::overlaps`] is exact.
    exact: Vec<bool>,
}

impl Walk {
    /// How many of the first `count` steps end in the expected pattern.
    ///
    /// # Panics
    /// If the walk has fewer than `count` steps.
    #[must_use]
    pub fn in_time(&self, count: usize) -> usize {
        self.exact[1..=count].iter().filter(|&&exact| exact).count()
    }

    /// How many of the first `count` steps end in the expected pattern before the first that does not.
    ///
    /// # Panics
    /// If the walk has fewer than `count` steps.
    #[must_use]
    pub fn error_free_prefix(&self, count: usize) -> usize {
        self.exact[1..=count].iter().take_while(|&&exact| exact).count()
    }

    /// The step from which on every state is the expected one, 0 if the start is already; `None` if the last is not.
    #[must_use]
    pub fn recovered_after(&self) -> Option<usize> {
        let right = self.exact.iter().rev().take_while(|&&exact| exact).count();
        (right > 0).then(|| self.exact.len() - right)
    }
}

/// How long to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkConfig {
    /// Steps to take in any case.
    pub steps: usize,
    /// The most steps to take before giving up on a limit cycle; no fewer than `steps` are taken.
    pub max_steps: usize,
}

/// Walks from `start`, a version of pattern `from`, until at least `config.steps` are taken and a state has come back.
///
/// # Errors
/// [`SequenceError`] if there are not P successors, `from` is not below P, or `start` has another number of neurons.
pub fn walk(
    model: &KlrModel,
    successors: &Successors,
    from: usize,
    start: &State,
    config: WalkConfig,
) -> Result<Walk, SequenceError> {
    let patterns = model.patterns();
    successors.require_fits(patterns)?;
    patterns.require_fits(start, "start")?;
    if from >= patterns.p() {
        return Err(SequenceError::Start { from, p: patterns.p() });
    }
    let mut states = vec![start.clone()];
    let mut visited = BTreeMap::from([(start.words().to_vec(), 0)]);
    let mut cycle = None;
    while states.len() <= config.steps || (cycle.is_none() && states.len() <= config.max_steps) {
        let state = step(model, &states[states.len() - 1]);
        if cycle.is_none() {
            let earlier = *visited.entry(state.words().to_vec()).or_insert(states.len());
            cycle = (earlier < states.len()).then_some(earlier..states.len());
        }
        states.push(state);
    }
    let expected = std::iter::successors(Some(from), |&mu| Some(successors.after(mu)));
    let pairs = || states.iter().zip(expected.clone().map(|mu| patterns.state(mu)));
    Ok(Walk {
        overlaps: pairs().map(|(state, target)| overlap(state, &target)).collect(),
        exact: pairs().map(|(state, target)| is_exact(state, &target)).collect(),
        end: cycle.map_or(WalkEnd::StepLimit, |range| WalkEnd::Cycle {
            entered: range.start,
            period: range.len(),
            stored: is_stored(patterns, successors, from, &states[range]),
        }),
    })
}

/// Whether `found` runs once through the cycle that pattern `from` leads to.
fn is_stored(patterns: &PatternSet, successors: &Successors, from: usize, found: &[State]) -> bool {
    // P steps along any sequence of P patterns or fewer end in its cycle.
    let inside = (0..successors.p()).fold(from, |mu, _| successors.after(mu));
    let mut cycle = vec![inside];
    while successors.after(cycle[cycle.len() - 1]) != inside {
        cycle.push(successors.after(cycle[cycle.len() - 1]));
    }
    let length = cycle.len();
    let runs_from =
        |phase| (0..length).all(|at| patterns.hamming(&found[at], cycle[(phase + at) % length]) == 0);
    found.len() == length && (0..length).any(runs_from)
}

/// Walks along all sequences of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceRecall {
    /// The share of the P transitions that end in the expected pattern in the expected step, 0 to 1.
    pub in_time: f64,
    /// The share of the P transitions that do before the first of their sequence that does not.
    pub error_free_prefix: f64,
    /// One walk for each of [`Successors::sequences`], each at least as long as its sequence.
    pub walks: Vec<Walk>,
}

/// Walks once along each sequence from its start, as `cue` corrupts it, and on for at most `max_steps` to see where the
/// walk ends. A chain's last pattern counts as a transition to itself, so that P patterns have P transitions.
///
/// # Errors
/// [`SequenceError`] if there are not P successors, or a cue has another number of neurons.
pub fn recall_sequences(
    model: &KlrModel,
    successors: &Successors,
    cue: &mut dyn FnMut(&State) -> State,
    max_steps: usize,
) -> Result<SequenceRecall, SequenceError> {
    successors.require_fits(model.patterns())?;
    let (mut walks, mut in_time, mut prefix) = (Vec::new(), 0, 0);
    for sequence in successors.sequences() {
        let start = cue(&model.patterns().state(sequence[0]));
        let config = WalkConfig { steps: sequence.len(), max_steps };
        let walk = walk(model, successors, sequence[0], &start, config)?;
        in_time += walk.in_time(sequence.len());
        prefix += walk.error_free_prefix(sequence.len());
        walks.push(walk);
    }
    let share = |count: usize| count as f64 / successors.p() as f64;
    Ok(SequenceRecall { in_time: share(in_time), error_free_prefix: share(prefix), walks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_model::{Kernel, RetrievalConfig, Stream, Streams, UpdateRule, retrieve};

    /// A kernel so narrow that only the nearest pattern counts: a step leads exactly to that pattern's successor.
    fn ideal(n: usize, next: &Successors) -> KlrModel {
        let patterns =
            PatternSet::random(n, next.p(), &mut Streams::new(8).stream(Stream::Patterns)).unwrap();
        let targets = successors(&patterns, next).unwrap();
        let duals: Vec<f64> = (0..next.p() * n).map(|at| f64::from(targets.sign(at / n, at % n))).collect();
        KlrModel::from_duals(patterns, Kernel::rbf(2.0).unwrap(), &duals).unwrap()
    }

    fn map(next: &[usize]) -> Successors {
        Successors::from_map(next.to_vec()).unwrap()
    }

    const LONG: WalkConfig = WalkConfig { steps: 12, max_steps: 12 };

    #[test]
    fn a_step_is_that_of_synchronous_retrieval() {
        let patterns = PatternSet::random(30, 60, &mut Streams::new(4).stream(Stream::Patterns)).unwrap();
        let model = KlrModel::untrained(patterns, Kernel::rbf(0.03).unwrap());
        let starts = PatternSet::random(30, 50, &mut Streams::new(5).stream(Stream::Cues)).unwrap();
        let config = RetrievalConfig { update: UpdateRule::Synchronous, max_steps: 1 };
        for mu in 0..starts.p() {
            let start = starts.state(mu);
            let mut rng = Streams::new(0).stream(Stream::Order);
            let retrieved = retrieve(&model, &start, config, &mut rng).unwrap();
            assert_eq!(step(&model, &start), retrieved.state, "start {mu}");
        }
    }

    #[test]
    fn an_ideal_network_walks_every_sequence() {
        for next in [map(&[1, 2, 3, 4, 0]), map(&[1, 2, 3, 4, 4]), map(&[2, 3, 4, 1, 0]), map(&[0, 1])] {
            let model = ideal(40, &next);
            let perfect = Transitions { bit_accuracy: 1.0, exact: 1.0 };
            assert_eq!(transitions(&model, &next), Ok(perfect), "{next:?}");
            let recall = recall_sequences(&model, &next, &mut State::clone, 20).unwrap();
            assert_eq!((recall.in_time, recall.error_free_prefix), (1.0, 1.0), "{next:?}");
            for (walk, sequence) in recall.walks.iter().zip(next.sequences()) {
                let chain = next.after(sequence[sequence.len() - 1]) != sequence[0];
                let period = if chain { 1 } else { sequence.len() };
                let end = WalkEnd::Cycle { entered: sequence.len() - period, period, stored: true };
                assert_eq!(walk.end, end, "{next:?} from {}", sequence[0]);
                assert!(walk.overlaps.iter().all(|&m| m == 1.0), "{next:?} from {}", sequence[0]);
                assert_eq!(walk.recovered_after(), Some(0), "{next:?} from {}", sequence[0]);
            }
        }
    }

    #[test]
    fn a_wrong_transition_is_counted_where_it_is() {
        // The network was given 0 -> 1 -> 3 -> 2 -> 0 and is asked for 0 -> 1 -> 2 -> 3 -> 0.
        let (model, asked) = (ideal(40, &map(&[1, 3, 0, 2])), map(&[1, 2, 3, 0]));
        let got = transitions(&model, &asked).unwrap();
        assert_eq!(got.exact, 0.25, "0 -> 1 is the only right one");
        let patterns = model.patterns();
        let distance = |mu, nu| patterns.hamming(&patterns.state(mu), nu);
        let wrong = distance(3, 2) + distance(0, 3) + distance(2, 0);
        let expected = 1.0 - wrong as f64 / 160.0;
        assert!((got.bit_accuracy - expected).abs() < 1e-15, "{} for {expected}", got.bit_accuracy);
        let walk = walk(&model, &asked, 0, &patterns.state(0), LONG).unwrap();
        assert_eq!(
            (walk.in_time(4), walk.error_free_prefix(4)),
            (2, 1),
            "1 and, after a detour, 0 are in time"
        );
        assert_eq!(
            walk.end,
            WalkEnd::Cycle { entered: 0, period: 4, stored: false },
            "as long, but another order"
        );
        assert_eq!(
            walk.recovered_after(),
            Some(12),
            "step 12 is in time by chance of the period, step 11 is not"
        );
        let early = WalkConfig { steps: 3, max_steps: 3 };
        let cut = super::walk(&model, &asked, 0, &patterns.state(0), early).unwrap();
        assert_eq!(cut.end, WalkEnd::StepLimit, "three steps do not come back");
        assert_eq!((cut.overlaps.len(), cut.recovered_after()), (4, None), "the third is wrong");
    }

    #[test]
    fn the_stored_cycle_out_of_phase_is_the_stored_cycle() {
        let next = map(&[1, 2, 3, 4, 0]);
        let model = ideal(40, &next);
        let walk = walk(&model, &next, 0, &model.patterns().state(3), LONG).unwrap();
        assert_eq!(walk.in_time(12), 0, "always three ahead");
        assert_eq!(walk.end, WalkEnd::Cycle { entered: 0, period: 5, stored: true });
    }

    #[test]
    fn a_noisy_start_recovers_in_one_ideal_step() {
        let next = map(&[1, 2, 0]);
        let model = ideal(40, &next);
        let mut start = model.patterns().state(1);
        (0..4).for_each(|i| start.flip(i * 9));
        let walk = walk(&model, &next, 1, &start, LONG).unwrap();
        assert!((walk.overlaps[0] - 0.8).abs() < 1e-15, "4 of 40 bits: {}", walk.overlaps[0]);
        assert_eq!(walk.recovered_after(), Some(1));
        assert_eq!(
            walk.end,
            WalkEnd::Cycle { entered: 1, period: 3, stored: true },
            "the start is not in it"
        );
    }

    #[test]
    fn walks_that_do_not_fit_are_refused() {
        let next = map(&[1, 0]);
        let model = ideal(3, &next);
        let start = model.patterns().state(0);
        let beyond = walk(&model, &next, 2, &start, LONG).unwrap_err().to_string();
        assert_eq!(beyond, "a walk cannot start at pattern 2: there are only 2");
        let short = walk(&model, &next, 0, &State::all_minus(2), LONG).unwrap_err().to_string();
        assert_eq!(short, "a start of 2 neurons does not fit patterns of 3");
        let others = map(&[0, 1, 2]);
        let error = recall_sequences(&model, &others, &mut State::clone, 9).unwrap_err();
        assert_eq!(error, SequenceError::Length { found: 3, p: 2 });
    }
}
