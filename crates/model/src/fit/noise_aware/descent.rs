//! Accelerated descent with a bound of the curvature as preconditioner.

use super::loss::{CorruptedSet, Slope};
use super::{Checkpoint, NoiseAwareConfig, Validation};
use crate::fit::report::{FitOutcome, FitProgress, TrainError};
use crate::kernel::product::{GramRows, block_rows, multiply, transpose};
use klr_units::threads::map_in_order;

/// Where descent ended.
pub(super) struct NoiseDescended {
    /// P x N, row-major; finite.
    pub(super) duals: Vec<f64>,
    pub(super) iterations: u32,
    pub(super) outcome: FitOutcome,
    pub(super) history: Vec<Checkpoint>,
    pub(super) kept: usize,
}

/// The updates of Nesterov's accelerated gradient method, restarted where the momentum points uphill
/// (O'Donoghue & Candes, "Adaptive restart for accelerated gradient schemes", Found. Comput. Math. 15, 2015).
pub(super) fn descend(
    sample: &CorruptedSet<'_>,
    validation: &Validation<'_>,
    config: &NoiseAwareConfig,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<NoiseDescended, TrainError> {
    let inverse = sample.inverse_curvature()?;
    let size = sample.patterns.p() * sample.patterns.n();
    let mut keeper = Keeper { validation, history: Vec::new(), kept: 0, duals: vec![0.0; size] };
    let mut point = vec![0.0; size];
    let mut slope = sample.slope(&point);
    let norm_at_zero = norm(&slope.gradient);
    keeper.see(0, &point, slope.objective, 1.0);
    let mut walk = Acceleration { previous: point.clone(), momentum: 1.0, step: 1.0 };
    let mut relative = 1.0;
    let mut iteration = 0;
    let mut diverged = false;
    while iteration < config.iterations && relative > 0.0 && relative >= config.tolerance {
        let direction = precondition(&inverse, &slope.gradient, sample.patterns.n(), config);
        let next = walk.advance(&point, &slope.gradient, &direction);
        let next_slope = sample.slope(&next);
        iteration += 1;
        if !(next_slope.objective.is_finite() && next_slope.gradient.iter().all(|g| g.is_finite())) {
            diverged = true;
            break;
        }
        walk.judge(&slope, &next_slope);
        (point, slope) = (next, next_slope);
        relative = norm(&slope.gradient) / norm_at_zero;
        let iterations = config.iterations;
        progress(FitProgress { iteration, iterations, relative_gradient: relative, gap: None, products: 0 });
        if iteration.is_multiple_of(config.check_every) {
            keeper.see(iteration, &point, slope.objective, relative);
        }
    }
    keeper.finish(iteration, &point, slope.objective, relative);
    let outcome = if diverged || rises(keeper.history[0].objective, slope.objective) {
        FitOutcome::Diverged
    } else if iteration < config.iterations || relative < config.tolerance {
        FitOutcome::Converged
    } else {
        FitOutcome::IterationLimit
    };
    Ok(NoiseDescended {
        duals: keeper.duals,
        iterations: iteration,
        outcome,
        history: keeper.history,
        kept: keeper.kept,
    })
}

/// Whether an objective rose by more than rounding: its sums in single precision rise near the minimum too.
fn rises(before: f64, after: f64) -> bool {
    after > before * (1.0 + 1e-6)
}

/// The state of the accelerated method.
struct Acceleration {
    /// Where the last step ended before its momentum was added.
    previous: Vec<f64>,
    momentum: f64,
    /// The share of a full step: 1, unless the bound, estimated from few cues, turned out to be none.
    step: f64,
}

impl Acceleration {
    /// The point to evaluate next: a step down from `point`, and momentum.
    fn advance(&mut self, point: &[f64], gradient: &[f64], direction: &[f64]) -> Vec<f64> {
        let ended: Vec<f64> = point.iter().zip(direction).map(|(x, d)| x - self.step * d).collect();
        let moved = ended.iter().zip(&self.previous).map(|(new, old)| new - old);
        let uphill = gradient.iter().zip(moved).map(|(g, m)| g * m).sum::<f64>() > 0.0;
        let momentum = (1.0 + (1.0 + 4.0 * self.momentum * self.momentum).sqrt()) / 2.0;
        let weight = if uphill { 0.0 } else { (self.momentum - 1.0) / momentum };
        self.momentum = if uphill { 1.0 } else { momentum };
        let next = ended.iter().zip(&self.previous).map(|(new, old)| new + weight * (new - old)).collect();
        self.previous = ended;
        next
    }

    /// Forgets the momentum after a step that went up, and halves the step if there was none to blame.
    fn judge(&mut self, before: &Slope, after: &Slope) {
        if rises(before.objective, after.objective) {
            if self.momentum == 1.0 {
                self.step *= 0.5;
            }
            self.momentum = 1.0;
        }
    }
}

/// `inverse` times the gradient, P x N row-major.
fn precondition(inverse: &[f64], gradient: &[f64], n: usize, config: &NoiseAwareConfig) -> Vec<f64> {
    let p = gradient.len() / n;
    let columns = transpose(gradient, n);
    let rows = block_rows(p);
    let starts = (0..p).step_by(rows).collect();
    let blocks = map_in_order(starts, config.threads, |from| {
        let rows = rows.min(p - from);
        let mut out = vec![0.0; rows * n];
        multiply(GramRows::of_whole(inverse, p, from), &columns, n, &mut out);
        transpose(&out, rows)
    });
    blocks.concat()
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Keeps the dual variables of the best measurement.
struct Keeper<'a> {
    validation: &'a Validation<'a>,
    history: Vec<Checkpoint>,
    kept: usize,
    duals: Vec<f64>,
}

impl Keeper<'_> {
    fn see(&mut self, iteration: u32, duals: &[f64], objective: f64, relative_gradient: f64) {
        let validation = self.validation.recall(duals);
        self.history.push(Checkpoint { iteration, objective, relative_gradient, validation });
        // At equal recall the later one: it is nearer the minimum. Without cues every one replaces the last.
        let hits = |at: usize| self.history[at].validation.map_or(0, |share| share.hits);
        let last = self.history.len() - 1;
        if hits(last) >= hits(self.kept) {
            self.kept = last;
            self.duals.copy_from_slice(duals);
        }
    }

    /// The last measurement, unless it has just been made.
    fn finish(&mut self, iteration: u32, duals: &[f64], objective: f64, relative_gradient: f64) {
        if self.history.last().is_none_or(|last| last.iteration != iteration) {
            self.see(iteration, duals, objective, relative_gradient);
        }
    }
}
