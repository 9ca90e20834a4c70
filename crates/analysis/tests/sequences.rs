//! Is the published limit of sequences a limit of the memory? At N = 50 and gamma = 0.02 gradient descent at step size
//! 0.1 breaks down between P/N = 3 and 4, and a solver that cannot diverge does not. The full size, N = 100 and P/N = 16,
//! is in `docs/results/2026-11-22-sequences.md`.

use klr_analysis::sequence::{
    SequenceRecall, Successors, Transitions, WalkEnd, recall_sequences, successors, transitions,
};
use klr_model::kernel::gram;
use klr_model::noise::corrupt;
use klr_model::train::train_towards;
use klr_model::{
    FitOutcome, Kernel, KlrModel, NoiseModel, PatternSet, Precision, State, Stream, Streams, TrainConfig,
};
use nalgebra::{Cholesky, DMatrix};

fn kernel() -> Kernel {
    Kernel::rbf(0.02).unwrap()
}

fn patterns(load: usize) -> PatternSet {
    PatternSet::random(50, 50 * load, &mut Streams::new(1).stream(Stream::Patterns)).unwrap()
}

fn descent(patterns: &PatternSet, next: &Successors) -> (KlrModel, FitOutcome) {
    let config = TrainConfig { precision: Precision::Double, ..TrainConfig::literature() };
    let targets = successors(patterns, next).unwrap();
    let (model, fit) = train_towards(patterns, &targets, kernel(), &config, &mut |_| {}).unwrap();
    (model, fit.outcome)
}

/// Kernel ridge regression, `alpha = (K + 0.01 I)^-1 t`.
fn ridge(patterns: &PatternSet, next: &Successors) -> KlrModel {
    let (n, p) = (patterns.n(), patterns.p());
    let k = DMatrix::from_vec(p, p, gram(patterns, &kernel().table(n))) + DMatrix::identity(p, p) * 0.01;
    let targets = DMatrix::from_fn(p, n, |mu, i| f64::from(patterns.sign(next.after(mu), i)));
    let duals = Cholesky::new(k).unwrap().solve(&targets).transpose().as_slice().to_vec();
    KlrModel::from_duals(patterns.clone(), kernel(), &duals).unwrap()
}

fn judge(model: &KlrModel, next: &Successors, noise: f64) -> (Transitions, SequenceRecall) {
    let mut rng = Streams::new(2).stream(Stream::Noise);
    let mut cue = |state: &State| corrupt(state, noise, NoiseModel::Exact, &mut rng);
    let recall = recall_sequences(model, next, &mut cue, 2 * next.p()).unwrap();
    (transitions(model, next).unwrap(), recall)
}

fn assert_perfect(model: &KlrModel, next: &Successors, what: &str) {
    let (one_step, recall) = judge(model, next, 0.0);
    assert_eq!(one_step, Transitions { bit_accuracy: 1.0, exact: 1.0 }, "{what}");
    assert_eq!((recall.in_time, recall.error_free_prefix), (1.0, 1.0), "{what}");
    for (walk, sequence) in recall.walks.iter().zip(next.sequences()) {
        let expected = WalkEnd::Cycle { entered: 0, period: sequence.len(), stored: true };
        assert_eq!(walk.end, expected, "{what}, from pattern {}", sequence[0]);
    }
}

#[test]
fn descent_walks_the_whole_cycle_below_its_limit() {
    let patterns = patterns(3);
    let next = Successors::cycle(patterns.p()).unwrap();
    assert_perfect(&descent(&patterns, &next).0, &next, "P/N = 3");
}

#[test]
fn descent_breaks_down_where_a_direct_solution_does_not() {
    let patterns = patterns(4);
    let next = Successors::cycle(patterns.p()).unwrap();
    let (model, outcome) = descent(&patterns, &next);
    let (one_step, recall) = judge(&model, &next, 0.0);
    // Five seeds measured: 0.79 to 0.85, and not one transition right.
    let bit = one_step.bit_accuracy;
    assert!((0.75..0.90).contains(&bit), "bit accuracy {bit}; 0.82 published by an independent simulation");
    assert_eq!(recall.error_free_prefix, 0.0, "the first transition is already wrong");
    assert_eq!(outcome, FitOutcome::Diverged, "and the report says why");
    assert_perfect(&ridge(&patterns, &next), &next, "ridge, P/N = 4");
}

#[test]
fn a_direct_solution_has_no_limit_nearby() {
    let patterns = patterns(12);
    let next = Successors::cycle(patterns.p()).unwrap();
    assert_perfect(&ridge(&patterns, &next), &next, "ridge, P/N = 12");
}

#[test]
fn interleaved_sequences_and_a_chain_are_walked_as_well() {
    let patterns = patterns(2);
    let three = Successors::interleaved(patterns.p(), 3).unwrap();
    assert_perfect(&descent(&patterns, &three).0, &three, "three cycles");
    let chain = Successors::chain(patterns.p()).unwrap();
    let (_, recall) = judge(&descent(&patterns, &chain).0, &chain, 0.0);
    assert_eq!(recall.error_free_prefix, 1.0, "99 transitions, and the last pattern holds");
    assert_eq!(recall.walks[0].end, WalkEnd::Cycle { entered: 99, period: 1, stored: true });
}
