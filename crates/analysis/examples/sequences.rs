//! The tables of `docs/results/2026-11-22-sequences.md`:
//! `cargo run --release -p klr-analysis --example sequences -- cliff`, and likewise `noise` and `small`.
//!
//! Random patterns in one cycle, the target of each the next one. Gradient descent as in the literature (step size 0.1,
//! lambda = 0.01, 500 updates, here in double precision) beside a method that cannot diverge: kernel ridge regression
//! `alpha = (K + lambda I)^-1 t`, solved by a Cholesky factorisation.

#![allow(clippy::print_stdout, reason = "an example prints its table")]

use klr_analysis::sequence::{Successors, WalkEnd, recall_sequences, successors, transitions};
use klr_model::kernel::gram;
use klr_model::noise::corrupt;
use klr_model::train::train_towards;
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, Precision, State, Stream, Streams, TrainConfig};
use nalgebra::{Cholesky, DMatrix};
use std::error::Error;
use std::num::NonZeroUsize;

type Fallible<T> = Result<T, Box<dyn Error>>;

const LAMBDA: f64 = 0.01;
const SEEDS: u64 = 5;

#[derive(Clone, Copy)]
enum Solver {
    Descent,
    Ridge,
}

fn main() -> Fallible<()> {
    match std::env::args().nth(1).as_deref() {
        Some("cliff") => {
            heading();
            let loads = [14, 15, 16, 17, 18, 19, 20];
            loads.into_iter().try_for_each(|load| row(100, load, 0.02, Solver::Descent, 0.0))?;
            loads.into_iter().try_for_each(|load| row(100, load, 0.02, Solver::Ridge, 0.0))
        }
        Some("noise") => {
            heading();
            for noise in [0.05, 0.1, 0.2] {
                row(100, 15, 0.02, Solver::Descent, noise)?;
                [15, 20].into_iter().try_for_each(|load| row(100, load, 0.02, Solver::Ridge, noise))?;
            }
            Ok(())
        }
        Some("small") => {
            heading();
            for (solver, loads) in [(Solver::Descent, [2, 3, 4, 6]), (Solver::Ridge, [2, 3, 4, 24])] {
                loads.into_iter().try_for_each(|load| row(50, load, 0.02, solver, 0.0))?;
            }
            for load in [10, 24] {
                row(50, load, 0.1, Solver::Descent, 0.0)?;
            }
            Ok(())
        }
        found => Err(format!("{found:?} is not a table; allowed are cliff, noise, small").into()),
    }
}

fn heading() {
    println!(
        "| N | gamma | P/N | solver | noise | seed | bit | exact | seq | prefix | recovered after | end |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
}

/// Prints one line per seed.
fn row(n: usize, load: usize, gamma: f64, solver: Solver, noise: f64) -> Fallible<()> {
    for seed in 1..=SEEDS {
        let streams = Streams::new(seed);
        let patterns = PatternSet::random(n, n * load, &mut streams.stream(Stream::Patterns))?;
        let cycle = Successors::cycle(patterns.p())?;
        let (name, model) = match solver {
            Solver::Descent => ("descent", descent(&patterns, &cycle, Kernel::rbf(gamma)?)?),
            Solver::Ridge => ("ridge", ridge(&patterns, &cycle, Kernel::rbf(gamma)?)?),
        };
        let mut rng = streams.stream(Stream::Noise);
        let mut cue = |state: &State| corrupt(state, noise, NoiseModel::Exact, &mut rng);
        let one_step = transitions(&model, &cycle)?;
        let recall = recall_sequences(&model, &cycle, &mut cue, 5 * patterns.p())?;
        let walk = &recall.walks[0];
        let recovered = walk.recovered_after().map_or("never".to_owned(), |step| step.to_string());
        let end = match walk.end {
            WalkEnd::Cycle { stored: true, .. } => "the stored cycle".to_owned(),
            WalkEnd::Cycle { entered, period, .. } => {
                format!("another cycle of {period} from step {entered}")
            }
            WalkEnd::StepLimit => "no cycle in 5 P steps".to_owned(),
        };
        println!(
            "| {n} | {gamma} | {load} | {name} | {noise} | {seed} | {:.4} | {:.4} | {:.4} | {:.4} | {recovered} | {end} |",
            one_step.bit_accuracy, one_step.exact, recall.in_time, recall.error_free_prefix
        );
    }
    Ok(())
}

fn descent(patterns: &PatternSet, cycle: &Successors, kernel: Kernel) -> Fallible<KlrModel> {
    let config = TrainConfig {
        precision: Precision::Double,
        tolerance: 0.0,
        threads: NonZeroUsize::MIN.saturating_add(1),
        ..TrainConfig::literature()
    };
    Ok(train_towards(patterns, &successors(patterns, cycle)?, kernel, &config, &mut |_| {})?.0)
}

fn ridge(patterns: &PatternSet, cycle: &Successors, kernel: Kernel) -> Fallible<KlrModel> {
    let (n, p) = (patterns.n(), patterns.p());
    let mut k = DMatrix::from_vec(p, p, gram(patterns, &kernel.table(n)));
    (0..p).for_each(|mu| k[(mu, mu)] += LAMBDA);
    let targets = DMatrix::from_fn(p, n, |mu, i| f64::from(patterns.sign(cycle.after(mu), i)));
    let factor = Cholesky::new(k).ok_or("the Gram matrix is not positive definite")?;
    // nalgebra stores by columns; the transposed solution is P x N row-major.
    let duals = factor.solve(&targets).transpose().as_slice().to_vec();
    Ok(KlrModel::from_duals(patterns.clone(), kernel, &duals)?)
}
