//! Does the untimed reference compute what the definitions say? Everything again on plain numbers of -1 and +1: no
//! packed bits, no incremental distances, no kernel words left out.

mod harness;

use harness::{Parts, Widths, random_signs, rng, state};
use klr_image::order::RandomOrder;
use klr_image::reference::{FixedPointTest, Reference, ReferenceRun};
use klr_image::{Order, Outcome, TableForm, Update};
use klr_units::NeuronIdx;
use rand::RngExt;
use std::num::NonZeroUsize;

/// Random images, each with one retrieval of every kind.
const CASES: u64 = 400;

fn distances(parts: &Parts, s: &[i8]) -> Vec<usize> {
    let differing = |x: &Vec<i8>| x.iter().zip(s).filter(|(a, b)| a != b).count();
    parts.patterns.iter().map(differing).collect()
}

fn kernel_words(parts: &Parts, s: &[i8]) -> Vec<i64> {
    let d = distances(parts, s);
    let nearest = *d.iter().min().expect("an image has a pattern");
    let origin = if parts.form == TableForm::NearestRelative { nearest } else { 0 };
    d.iter().map(|d| parts.table.get(d - origin).map_or(0, |&word| i64::from(word))).collect()
}

fn field(parts: &Parts, s: &[i8], i: usize) -> i64 {
    kernel_words(parts, s).iter().zip(&parts.weights).map(|(k, weights)| k * i64::from(weights[i])).sum()
}

fn fields(parts: &Parts, s: &[i8]) -> Vec<i64> {
    (0..parts.n).map(|i| field(parts, s, i)).collect()
}

/// How far neuron `i` is from agreeing with its field: positive if it has to flip.
fn violation(parts: &Parts, s: &[i8], i: usize) -> i64 {
    -field(parts, s, i) * i64::from(s[i])
}

/// A retrieval by definition.
struct Run {
    s: Vec<i8>,
    flips: Vec<usize>,
    steps: u64,
    evaluations: u64,
    outcome: Outcome,
}

impl Run {
    fn new(cue: &[i8]) -> Self {
        Self { s: cue.to_vec(), flips: Vec::new(), steps: 0, evaluations: 0, outcome: Outcome::StepLimit }
    }

    fn flip(&mut self, i: usize) {
        self.s[i] = -self.s[i];
        self.flips.push(i);
    }

    fn settled(mut self, parts: &Parts) -> Self {
        let dead = kernel_words(parts, &self.s).iter().all(|&k| k == 0);
        self.outcome = if dead { Outcome::DeadField } else { Outcome::Converged };
        self
    }
}

fn synchronous(parts: &Parts, cue: &[i8], max_steps: u64) -> Run {
    let mut run = Run::new(cue);
    let mut history = vec![cue.to_vec()];
    for step in 1..=max_steps {
        run.steps = step;
        run.evaluations += parts.n as u64;
        let h = fields(parts, &run.s);
        let wrong: Vec<usize> = (0..parts.n).filter(|&i| h[i].signum() == -i64::from(run.s[i])).collect();
        if wrong.is_empty() {
            return run.settled(parts);
        }
        wrong.into_iter().for_each(|i| run.flip(i));
        history.push(run.s.clone());
        if history.len() >= 3 && history[history.len() - 3] == run.s {
            run.outcome = Outcome::TwoCycle;
            return run;
        }
    }
    run
}

fn sweeps(parts: &Parts, cue: &[i8], max_steps: u64, mut next: impl FnMut() -> usize) -> Run {
    let mut run = Run::new(cue);
    for step in 1..=max_steps {
        run.steps = step;
        let before = run.flips.len();
        for _ in 0..parts.n {
            let i = next();
            run.evaluations += 1;
            if violation(parts, &run.s, i) > 0 {
                run.flip(i);
            }
        }
        if run.flips.len() == before {
            return run.settled(parts);
        }
    }
    run
}

fn most_violated(parts: &Parts, cue: &[i8], max_steps: u64) -> Run {
    let mut run = Run::new(cue);
    for step in 1..=max_steps * parts.n as u64 {
        run.steps = step;
        run.evaluations += parts.n as u64;
        let (mut worst, mut at) = (0, None);
        for i in 0..parts.n {
            let here = violation(parts, &run.s, i);
            // Only a larger one replaces an earlier one: the lowest index wins a tie.
            if here > worst {
                (worst, at) = (here, Some(i));
            }
        }
        let Some(i) = at else { return run.settled(parts) };
        run.flip(i);
    }
    run
}

fn by_definition(parts: &Parts, cue: &[i8], update: Update, max_steps: u64) -> Run {
    let n = parts.n;
    match update {
        Update::Synchronous => synchronous(parts, cue, max_steps),
        Update::Asynchronous(Order::MostViolated) => most_violated(parts, cue, max_steps),
        Update::Asynchronous(Order::Sequential) => {
            let mut neurons = (0..n).cycle();
            sweeps(parts, cue, max_steps, || neurons.next().expect("a cycle has no end"))
        }
        Update::Asynchronous(Order::Random(seed)) => {
            let mut order = RandomOrder::new(u32::try_from(n).expect("a small image"), seed);
            sweeps(parts, cue, max_steps, || order.next_neuron().0 as usize)
        }
    }
}

fn assert_same(case: &str, run: &ReferenceRun, expected: &Run) {
    let flips: Vec<NeuronIdx> = expected.flips.iter().map(|&i| NeuronIdx::from_usize(i)).collect();
    assert_eq!(run.flips, flips, "{case}: flips");
    assert_eq!(run.state, state(&expected.s), "{case}: state");
    assert_eq!(run.outcome, expected.outcome, "{case}: outcome");
    assert_eq!(run.steps, expected.steps, "{case}: steps");
    assert_eq!(run.evaluations, expected.evaluations, "{case}: evaluations");
}

fn small(seed: u64) -> Parts {
    let mut rng = rng(seed);
    let widths = Widths::random(&mut rng);
    Parts::random(14, 24, widths, &mut rng)
}

#[test]
fn retrievals_follow_the_definition() {
    let mut seen = [0u32; 4];
    for seed in 0..CASES {
        let parts = small(seed);
        let image = parts.image();
        let mut rng = rng(seed + CASES);
        let (cue, max_steps) = (random_signs(parts.n, &mut rng), rng.random_range(0..=6));
        for order in
            [None, Some(Order::Sequential), Some(Order::Random(rng.random())), Some(Order::MostViolated)]
        {
            let update = order.map_or(Update::Synchronous, Update::Asynchronous);
            let run =
                Reference::new(&image).retrieve(&state(&cue), update, max_steps).expect("the right size");
            let case = format!("case {seed}, {update:?}, {max_steps} steps");
            assert_same(&case, &run, &by_definition(&parts, &cue, update, max_steps));
            seen[run.outcome as usize] += 1;
        }
    }
    assert!(seen.iter().all(|&count| count > 10), "every outcome has to occur: {seen:?}");
}

#[test]
fn distances_and_fields_follow_the_definition() {
    for seed in 0..CASES {
        let mut rng = rng(seed);
        let widths = Widths::random(&mut rng);
        let parts = Parts::random(130, 90, widths, &mut rng);
        let s = random_signs(parts.n, &mut rng);
        let image = parts.image();
        let reference = Reference::new(&image);
        let found: Vec<usize> = reference.distances(&state(&s)).iter().map(|&d| d as usize).collect();
        assert_eq!(found, distances(&parts, &s), "case {seed}: distances");
        let k = kernel_words(&parts, &s);
        let expected: Vec<i64> = (0..parts.n)
            .map(|i| k.iter().zip(&parts.weights).map(|(k, weights)| k * i64::from(weights[i])).sum())
            .collect();
        assert_eq!(reference.fields(&state(&s)), expected, "case {seed}: fields");
    }
}

#[test]
fn stored_patterns_follow_the_definition() {
    let (mut all, mut part, mut ties) = (0, 0, 0);
    for seed in 0..CASES {
        let parts = small(seed);
        let margin = |s: &Vec<i8>| (0..parts.n).map(|i| -violation(&parts, s, i)).min().expect("a neuron");
        let margins: Vec<i64> = parts.patterns.iter().map(margin).collect();
        let fixed = margins.iter().filter(|&&margin| margin > 0).count();
        let kept = margins.iter().filter(|&&margin| margin >= 0).count();
        let image = parts.image();
        let stored = Reference::new(&image).stored();
        assert_eq!((stored.kept, stored.fixed), (kept as u64, fixed as u64), "case {seed}: kept and fixed");
        assert_eq!(Some(stored.min_margin), margins.iter().min().copied(), "case {seed}: margin");
        let two = NonZeroUsize::new(2).expect("not zero");
        let again = parts.image();
        assert_eq!(Reference::new(&again).stored_if_near(two), Some(stored), "case {seed}: by near pairs");
        let rows: Vec<usize> = (0..parts.p()).step_by(2).collect();
        let some = Reference::new(&again).stored_of(&rows, two);
        let of_rows = || rows.iter().map(|&mu| margins[mu]);
        assert_eq!(some.patterns, rows.len() as u64, "case {seed}: every other pattern");
        let count = |above: i64| of_rows().filter(|&margin| margin > above).count() as u64;
        assert_eq!((some.kept, some.fixed), (count(-1), count(0)), "case {seed}: of these");
        assert_eq!(Some(some.min_margin_at_most), of_rows().min(), "case {seed}: the smallest of these");
        all += u32::from(fixed == parts.p());
        ties += u32::from(kept > fixed);
        part += u32::from(fixed > 0 && fixed < parts.p());
    }
    assert!(
        all > 10 && part > 10 && ties > 10,
        "all kinds have to occur: {all} stored everything, {part} a part, {ties} kept a pattern by a tie"
    );
}

/// At the limit on sweeps, a core that can tell a fixed point tells it, and no other state.
#[test]
fn fixed_points_at_the_limit_are_those_that_the_test_can_tell() {
    let mut told = [[0, 0]; 2];
    for seed in 0..4 * CASES {
        let parts = small(seed);
        let image = parts.image();
        let mut rng = rng(seed + CASES);
        let pattern = rng.random_range(0..parts.p());
        let cue =
            if rng.random() { parts.patterns[pattern].clone() } else { random_signs(parts.n, &mut rng) };
        let (update, max_steps) = (Update::Asynchronous(Order::Sequential), rng.random_range(0..2));
        let expected = by_definition(&parts, &cue, update, max_steps);
        if expected.outcome != Outcome::StepLimit {
            continue;
        }
        let agrees = |s: &[i8], least: i64| (0..parts.n).all(|i| -violation(&parts, s, i) >= least);
        let all = |least| parts.patterns.iter().all(|s| agrees(s, least));
        // Ties keep a pattern, and one whose own word is not zero is in no dead field.
        let keeps = all(1) || all(0) && parts.table[0] > 0;
        let is_stored = parts.patterns.contains(&expected.s) && keeps;
        let tests =
            [(FixedPointTest::StoredPattern, is_stored), (FixedPointTest::Fields, agrees(&expected.s, 0))];
        for (at, (test, is_told)) in tests.into_iter().enumerate() {
            let knowing = Reference::new(&image).knowing(test);
            let run = knowing.retrieve(&state(&cue), update, max_steps).expect("the right size");
            let expected = by_definition(&parts, &cue, update, max_steps);
            let expected = if is_told { expected.settled(&parts) } else { expected };
            assert_same(&format!("case {seed}, {test:?}, {max_steps} sweeps"), &run, &expected);
            told[at][usize::from(is_told)] += 1;
        }
    }
    assert!(told.as_flattened().iter().all(|&count| count > 10), "both have to occur: {told:?}");
}

/// No field of any image exceeds the bound, in whatever order its terms are added.
#[test]
fn no_partial_sum_exceeds_the_worst_case() {
    for seed in 0..CASES {
        let parts = small(seed);
        let worst = parts.image().worst_case_field();
        let mut rng = rng(seed + CASES);
        let s = random_signs(parts.n, &mut rng);
        let k = kernel_words(&parts, &s);
        for i in 0..parts.n {
            let mut terms: Vec<i64> =
                k.iter().zip(&parts.weights).map(|(k, w)| k * i64::from(w[i])).collect();
            // The largest partial sums come from adding all terms of one sign first.
            terms.sort_unstable();
            for order in [terms.clone(), terms.into_iter().rev().collect()] {
                let mut sum = 0i64;
                for term in order {
                    sum += term;
                    assert!(sum.unsigned_abs() <= worst, "case {seed}, neuron {i}: {sum} is beyond {worst}");
                }
            }
        }
    }
}
