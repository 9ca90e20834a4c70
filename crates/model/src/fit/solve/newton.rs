//! Newton's method for all neurons at once, with a line search for each.

use super::conjugate::{Equations, sum_of};
use super::panel::{Arithmetic, PanelRows, Panels, total};
use crate::fit::objective::Problem;
use crate::fit::report::{FitProgress, TrainError};
use std::num::NonZeroUsize;

/// How far conjugate gradients reduce the residual of a Newton step. Closer solutions of early steps are wasted; the
/// value is the better of 0.1 and 0.3 (`docs/decisions/0006-solver.md`).
const REDUCTION: f64 = 0.3;

/// The least curvature of the loss that is told from 0: `lambda / D` stays a number, and where the curvature is less
/// the step is `-r / lambda` all the same.
const LEAST_CURVATURE: f64 = 1e-12;

/// If no field changes by more than this, the full step is taken without looking: the curvature changes by at most as
/// much, so that the step is as good as a searched one.
const SMALL_CHANGE: f64 = 0.1;

/// Steps without progress after which rounding is all that is left.
const PATIENCE: u32 = 6;

/// How a descent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewtonStep {
    /// At the gap aimed at.
    Reached,
    /// All steps were made.
    Limit,
    /// The numbers can do no better.
    Stuck,
}

/// Sums over all neurons where the method stands.
#[derive(Clone, Copy, Debug)]
struct Standing {
    objective: f64,
    /// The sum of `r^2 / D`, no less than the duality gap: KL(u || p) is at most the chi-square
    /// `(u - p)^2 / (p (1 - p))` (Gibbs & Su, "On choosing and bounding probability metrics", 2002).
    bound: f64,
    /// The sum of `r^2`.
    squares: f64,
}

/// Newton's method under way.
pub(super) struct Newton<'a, T> {
    panels: Panels<'a, T>,
    lambda: T,
    diagonal: T,
    steps: u32,
    products: u32,
    /// The norm of the gradient at zero.
    gradient_at_zero: f64,
    /// The sum of `r^2` at zero.
    squares_at_zero: f64,
}

impl<'a, T: Arithmetic> Newton<'a, T> {
    /// At zero.
    pub(super) fn new(problem: &Problem<'a>, threads: NonZeroUsize, whole: bool) -> Result<Self, TrainError> {
        let panels = Panels::new(problem, threads, whole)?;
        let diagonal = T::narrow(problem.kernel.table(problem.patterns.n())[0]);
        // At zero u - p is 1/2 everywhere.
        let squares_at_zero = 0.25 * panels.p as f64 * panels.n as f64;
        let lambda = T::narrow(problem.lambda);
        Ok(Self { panels, lambda, diagonal, steps: 0, products: 0, gradient_at_zero: 0.0, squares_at_zero })
    }

    pub(super) const fn steps(&self) -> u32 {
        self.steps
    }

    pub(super) const fn gradient_at_zero(&self) -> f64 {
        self.gradient_at_zero
    }

    /// alpha, P x N row-major.
    pub(super) fn duals(&self) -> Vec<f64> {
        self.gather(|block| &block.duals)
    }

    /// `K alpha`, P x N row-major.
    pub(super) fn fields(&self) -> Vec<f64> {
        self.gather(|block| &block.fields)
    }

    fn gather(&self, part: impl Fn(&PanelRows<T>) -> &[T]) -> Vec<f64> {
        let n = self.panels.n;
        let mut out = vec![0.0; self.panels.p * n];
        for block in &self.panels.blocks {
            for (i, column) in part(block).chunks_exact(block.rows).enumerate() {
                for (row, value) in column.iter().enumerate() {
                    out[(block.from + row) * n + i] = value.widen();
                }
            }
        }
        out
    }

    /// K times `values`, P x N row-major.
    pub(super) fn multiply(&mut self, values: &[f64]) -> Vec<f64> {
        let n = self.panels.n;
        for block in &mut self.panels.blocks {
            for at in 0..block.direction.len() {
                let from = (block.from + at % block.rows) * n + at / block.rows;
                block.direction[at] = T::narrow(values[from]);
            }
        }
        self.panels.multiply_directions(|_| ());
        self.gather(|block| &block.product)
    }

    /// Goes on from other dual variables and their fields, P x N row-major.
    pub(super) fn restart_at(&mut self, duals: &[f64], fields: &[f64]) {
        let n = self.panels.n;
        for block in &mut self.panels.blocks {
            for at in 0..block.duals.len() {
                let from = (block.from + at % block.rows) * n + at / block.rows;
                block.duals[at] = T::narrow(duals[from]);
                block.fields[at] = T::narrow(fields[from]);
            }
        }
    }

    /// Descends until the gap is at most `aim` of the objective, up to step `limit`.
    pub(super) fn descend(
        &mut self,
        aim: f64,
        limit: u32,
        progress: &mut dyn FnMut(FitProgress),
    ) -> NewtonStep {
        let mut reduction = REDUCTION;
        let (mut best, mut waited) = ((f64::INFINITY, f64::INFINITY), 0);
        loop {
            let standing = self.linearise();
            if standing.bound <= aim * standing.objective {
                return NewtonStep::Reached;
            }
            let falls = standing.objective < best.0 * (1.0 - 1e-7) || standing.bound < 0.5 * best.1;
            waited = if falls { 0 } else { waited + 1 };
            best = (best.0.min(standing.objective), best.1.min(standing.bound));
            if !(standing.objective.is_finite() && standing.bound.is_finite()) || waited > PATIENCE {
                return NewtonStep::Stuck;
            }
            if self.steps >= limit {
                return NewtonStep::Limit;
            }
            // A tenth of the bound aimed at, so that the next full step reaches it.
            let enough = 0.1 * aim * standing.objective;
            self.solve_step(reduction, enough);
            let moved = self.search();
            // A step that goes up for some neuron was solved too loosely.
            reduction = if moved { REDUCTION } else { (0.1 * reduction).max(1e-6) };
            self.steps += 1;
            progress(FitProgress {
                iteration: self.steps,
                iterations: limit,
                relative_gradient: (standing.squares / self.squares_at_zero).sqrt(),
                gap: Some(standing.bound / standing.objective),
                products: self.products,
            });
        }
    }

    /// Fills curvature and residual of each block at its dual variables.
    fn linearise(&mut self) -> Standing {
        let lambda = self.lambda;
        let sums = self.panels.each(|block| linearise(block, lambda));
        let mut all = [0.0; 4];
        for sums in sums {
            all.iter_mut().zip(sums).for_each(|(sum, part)| *sum += part);
        }
        let [loss, norm, bound, squares] = all;
        Standing { objective: loss + 0.5 * lambda.widen() * norm, bound, squares }
    }

    fn solve_step(&mut self, reduction: f64, enough: f64) {
        let (lambda, diagonal) = (self.lambda, self.diagonal);
        let equations = Equations { lambda, diagonal, reduction, enough };
        let squares =
            |block: &PanelRows<T>| sum_of(&block.product, &block.product, &block.product, |kq, _, _| kq * kq);
        let (made, first) = equations.solve(&mut self.panels, squares);
        if self.products == 0 {
            // At zero D = 1/4 everywhere and the first direction is t/2 over the constant lambda + K(x, x)/4: its product
            // is the gradient there, but for that constant.
            let constant = lambda.widen() + 0.25 * diagonal.widen();
            self.gradient_at_zero = constant * first.into_iter().sum::<f64>().sqrt();
        }
        self.products += made;
    }

    /// Moves each neuron along its step, to about the minimum on that line; whether all could move.
    fn search(&mut self) -> bool {
        let lambda = self.lambda.widen();
        let n = self.panels.n;
        let sums = self.panels.each(|block| shape(block));
        let largest = sums.iter().map(|sums| sums.1).fold(0.0, f64::max);
        let mut lengths = vec![1.0; n];
        if largest > SMALL_CHANGE || largest.is_nan() {
            let forms = total(sums.into_iter().map(|sums| sums.0).collect());
            let mut lines: Vec<LineSearch> =
                forms.into_iter().map(|form| LineSearch::new(form, lambda)).collect();
            self.look(&mut lines, |_| 0.0, |line, slope, _| line.first_slope = slope);
            for _ in 0..LOOKS {
                if lines.iter().all(LineSearch::done) {
                    break;
                }
                self.look(&mut lines, |line| line.length, LineSearch::see);
            }
            lengths = lines.iter().map(LineSearch::best).collect();
        }
        let narrow: Vec<T> = lengths.iter().map(|&length| T::narrow(length)).collect();
        self.panels.each(|block| advance(block, &narrow));
        lengths.iter().all(|&length| length > 0.0)
    }

    /// Evaluates the slope and the curvature of the objective along the lines that are not done.
    fn look(
        &mut self,
        lines: &mut [LineSearch],
        length: impl Fn(&LineSearch) -> f64,
        see: impl Fn(&mut LineSearch, f64, f64),
    ) {
        let wanted: Vec<(usize, f64)> = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.done())
            .map(|(i, line)| (i, length(line)))
            .collect();
        let sums = total(self.panels.each(|block| {
            wanted.iter().map(|&(i, length)| loss_along(block, i, T::narrow(length))).collect()
        }));
        for ((i, length), [slope, curvature]) in wanted.into_iter().zip(sums) {
            let line = &mut lines[i];
            let slope = slope + line.lambda * (line.linear + length * line.square);
            see(line, slope, curvature + line.lambda * line.square);
        }
    }
}

/// Most evaluations of a line search.
const LOOKS: u32 = 16;

/// The search along the step of one neuron: a convex function of the length, by Newton's method within a bracket.
#[derive(Debug)]
struct LineSearch {
    lambda: f64,
    /// `alpha' K step`.
    linear: f64,
    /// `step' K step`.
    square: f64,
    first_slope: f64,
    /// The longest length known to go down all the way, and the shortest known to be beyond the minimum.
    from: f64,
    to: f64,
    length: f64,
    found: Option<f64>,
}

impl LineSearch {
    fn new([linear, square]: [f64; 2], lambda: f64) -> Self {
        let (first_slope, from, to) = (f64::NAN, 0.0, f64::INFINITY);
        Self { lambda, linear, square, first_slope, from, to, length: 1.0, found: None }
    }

    fn done(&self) -> bool {
        // The slope at 0 is not known at first. A step that does not go down there has nothing to find.
        self.found.is_some() || self.first_slope >= 0.0
    }

    fn see(&mut self, slope: f64, curvature: f64) {
        if slope <= 0.0 {
            self.from = self.length;
        } else {
            self.to = self.length;
        }
        // Short of the minimum is as good as at it; beyond it the objective must not have risen again.
        if slope <= -0.2 * self.first_slope.abs() || slope > 0.01 * self.first_slope.abs() {
            let next = self.length - slope / curvature;
            let inside = next > self.from && next < self.to;
            let middle =
                if self.to.is_finite() { f64::midpoint(self.from, self.to) } else { 2.0 * self.length };
            self.length = if inside { next.min(4.0 * self.length) } else { middle };
        } else {
            self.found = Some(self.length);
        }
    }

    fn best(&self) -> f64 {
        self.found.unwrap_or(self.from)
    }
}

/// Sums over a block of `alpha' K step` and `step' K step` by neuron, and the largest change of a field.
fn shape<T: Arithmetic>(block: &PanelRows<T>) -> (Vec<[f64; 2]>, f64) {
    let columns = block.step.chunks_exact(block.rows).zip(block.fields_step.chunks_exact(block.rows));
    let columns = columns.zip(block.fields.chunks_exact(block.rows));
    let sums = columns
        .map(|((step, change), h)| {
            [
                sum_of(step, h, h, |step, h, _| step * h),
                sum_of(step, change, h, |step, change, _| step * change),
            ]
        })
        .collect();
    // A comparison that is false for what is not a number would hide it.
    let largest = block.fields_step.iter().fold(T::zero(), |l, &x| if x.abs() <= l { l } else { x.abs() });
    (sums, largest.widen())
}

/// The slope and the curvature of the loss of neuron `i` at `length` along its step.
fn loss_along<T: Arithmetic>(block: &mut PanelRows<T>, i: usize, length: T) -> [f64; 2] {
    let column = i * block.rows..(i + 1) * block.rows;
    let (change, room) = (&block.fields_step[column.clone()], &mut block.product[column.clone()]);
    let inputs = block.fields[column.clone()].iter().zip(change).zip(&block.targets[column.clone()]);
    for (p, ((&h, &change), &t)) in room.iter_mut().zip(inputs) {
        *p = T::one() / (T::one() + (t * (h + length * change)).exponential());
    }
    let t = &block.targets[column];
    [
        -sum_of(t, change, room, |t, change, p| t * change * p),
        sum_of(change, room, room, |change, p, _| change * change * p * (T::one() - p)),
    ]
}

fn advance<T: Arithmetic>(block: &mut PanelRows<T>, lengths: &[T]) {
    let rows = block.rows;
    let moved = [(&mut block.duals, &block.step), (&mut block.fields, &block.fields_step)];
    for (values, steps) in moved {
        let columns = values.chunks_exact_mut(rows).zip(steps.chunks_exact(rows)).zip(lengths);
        for ((values, steps), &length) in columns {
            for (value, &step) in values.iter_mut().zip(steps) {
                *value += length * step;
            }
        }
    }
}

/// `D = p (1 - p)` and `residual = -r / D` with `r = lambda alpha - t p`; returns the sums of the loss, of
/// `alpha' K alpha`, of `r^2 / D` and of `r^2`.
fn linearise<T: Arithmetic>(block: &mut PanelRows<T>, lambda: T) -> [f64; 4] {
    let least = T::narrow(LEAST_CURVATURE);
    let inputs = block.targets.iter().zip(&block.duals).zip(&block.fields);
    let outputs = block.curvature.iter_mut().zip(&mut block.residual).zip(&mut block.product);
    for (((d, e), q), ((&t, &a), &h)) in outputs.zip(inputs) {
        let exponential = (t * h).exponential();
        let p = T::one() / (T::one() + exponential);
        *q = exponential * p;
        let product = p * *q;
        *d = if product < least { least } else { product };
        *e = (t * p - lambda * a) / *d;
    }
    let (e, d) = (&block.residual, &block.curvature);
    [
        -sum_of_logarithms(&block.product),
        sum_of(&block.duals, &block.fields, d, |a, h, _| a * h),
        sum_of(e, d, d, |e, d, _| e * e * d),
        sum_of(e, d, d, |e, d, _| (e * d) * (e * d)),
    ]
}

/// The sum of the logarithms of numbers from 0 to 1, one logarithm for eight of them.
fn sum_of_logarithms<T: Arithmetic>(values: &[T]) -> f64 {
    // The product of eight numbers of at least 1e-38 is a normal one.
    let product = |chunk: &[T]| chunk.iter().map(|x| x.widen().max(1e-38)).product::<f64>().ln();
    values.chunks(8).map(product).sum()
}
