//! Gradient descent itself: two products with the Gram matrix per update, and the watch over where it is going.

use super::TrainConfig;
use crate::fit::objective::{Penalty, Problem};
use crate::fit::report::{FitProgress, TrainError};
use crate::kernel::product::{GramRows, Real, block_rows, multiply, transpose};
use crate::kernel::try_gram;
use crate::pattern::PatternSet;
use klr_units::threads::map_in_order;
use std::collections::VecDeque;

/// Updates over which the direction of the gradient is averaged to tell an oscillation from a descent.
const OSCILLATION_WINDOW: usize = 10;

/// Over half a window, gradients that fall below this share of what they were are on their way to zero.
const SHRINKING: f64 = 0.95;

/// A gradient of so many rounding errors, relative to that at zero, is one that rounding makes.
const ROUNDING_FLOOR: f64 = 64.0;

/// Where gradient descent stopped.
pub(crate) struct Descended {
    /// P x N, row-major; finite.
    pub(crate) duals: Vec<f64>,
    /// Updates made.
    pub(crate) iterations: u32,
    /// Whether the gradient fell below the tolerance.
    pub(crate) converged: bool,
    /// Whether a gradient was not finite, or the last ones pointed against each other.
    pub(crate) unstable: bool,
    /// The norm of the gradient at zero; 0 if no update was made.
    pub(crate) gradient_at_zero: f64,
}

/// Descends from zero as `config` says.
pub(crate) fn descend<T: Real>(
    problem: &Problem<'_>,
    config: &TrainConfig,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<Descended, TrainError> {
    let mut descent = Descent::<T>::new(problem, config)?;
    let mut watch = GradientWatch::default();
    let mut converged = false;
    while watch.iterations < config.iterations && !converged {
        let sums = descent.update();
        if !sums.is_finite() {
            descent.undo();
            return Ok(descent.stop(&watch, false, true));
        }
        watch.see(sums);
        let relative_gradient = watch.relative_gradient();
        converged = relative_gradient < config.tolerance;
        progress(FitProgress {
            iteration: watch.iterations,
            iterations: config.iterations,
            relative_gradient,
            gap: None,
            products: watch.iterations.saturating_mul(2),
        });
    }
    Ok(descent.stop(&watch, converged, watch.oscillates(T::default_epsilon().widen()) && !converged))
}

/// Sums over the dual variables of one update, in double precision.
#[derive(Clone, Copy, Default)]
struct Sums {
    /// The squares of the gradient.
    squares: f64,
    /// The gradient times the gradient of the update before.
    along_previous: f64,
    /// 0, or not a number if a new dual variable is not finite.
    poison: f64,
}

impl Sums {
    fn add(self, other: Self) -> Self {
        Self {
            squares: self.squares + other.squares,
            along_previous: self.along_previous + other.along_previous,
            poison: self.poison + other.poison,
        }
    }

    fn is_finite(self) -> bool {
        self.squares.is_finite() && self.poison == 0.0
    }
}

/// What the gradients so far say.
#[derive(Default)]
struct GradientWatch {
    iterations: u32,
    first_norm: f64,
    last_norm: f64,
    /// The last few gradients: the cosine to the one before, and the norm.
    window: VecDeque<(f64, f64)>,
}

impl GradientWatch {
    fn see(&mut self, sums: Sums) {
        let norm = sums.squares.sqrt();
        if self.iterations == 0 {
            self.first_norm = norm;
        } else if norm > 0.0 && self.last_norm > 0.0 {
            self.window.push_back((sums.along_previous / (norm * self.last_norm), norm));
        }
        if self.window.len() > OSCILLATION_WINDOW {
            self.window.pop_front();
        }
        self.last_norm = norm;
        self.iterations += 1;
    }

    /// The norm of the last gradient relative to that at zero; 0 if both vanish.
    fn relative_gradient(&self) -> f64 {
        if self.first_norm > 0.0 { self.last_norm / self.first_norm } else { 0.0 }
    }

    /// Whether the last gradients pointed against each other and became no shorter: steps that overshoot a minimum and
    /// still close in on it are none, nor is what rounding leaves of a gradient in numbers of precision `epsilon`.
    fn oscillates(&self, epsilon: f64) -> bool {
        let against = self.window.iter().map(|(cosine, _)| cosine).sum::<f64>() < 0.0;
        let half = self.window.len() / 2;
        let longest = |(_, norm): &(f64, f64), length: f64| length.max(*norm);
        let (before, after) = (self.window.range(..half), self.window.range(half..));
        let (before, after) = (
            before.fold(0.0, |length, at| longest(at, length)),
            after.fold(0.0, |length, at| longest(at, length)),
        );
        let shrinks = half > 0 && after < SHRINKING * before;
        against && !shrinks && self.relative_gradient() > ROUNDING_FLOOR * epsilon
    }
}

struct Descent<'a, T> {
    config: &'a TrainConfig,
    n: usize,
    /// The Gram matrix, P x P.
    k: Vec<T>,
    blocks: Vec<PatternRows<T>>,
    /// What the next product multiplies, gathered from the blocks: P x N, column-major.
    panel: Vec<T>,
}

/// The part of the problem that belongs to some patterns; all rows x N, column-major.
struct PatternRows<T> {
    /// The first pattern.
    from: usize,
    rows: usize,
    /// 1 where the target is +1, else 0.
    targets: Vec<T>,
    duals: Vec<T>,
    /// The dual variables before the last update.
    duals_before: Vec<T>,
    /// `sigma(K alpha) - y`, plus `lambda alpha` where K multiplies the penalty too.
    source: Vec<T>,
    /// The gradient of the last update.
    gradient: Vec<T>,
    /// Room for a product.
    product: Vec<T>,
}

impl<'a, T: Real> Descent<'a, T> {
    fn new(problem: &Problem<'_>, config: &'a TrainConfig) -> Result<Self, TrainError> {
        let patterns = problem.patterns;
        let (p, n) = (patterns.p(), patterns.n());
        let table: Vec<T> = problem.kernel.table(n).into_iter().map(T::narrow).collect();
        let k = try_gram(patterns, &table).ok_or(TrainError::TooLarge { p })?;
        let rows = block_rows(p);
        let blocks = (0..p)
            .step_by(rows)
            .map(|from| PatternRows::new(problem.targets, from, rows.min(p - from)))
            .collect();
        Ok(Self { config, n, k, blocks, panel: vec![T::zero(); p * n] })
    }

    fn p(&self) -> usize {
        self.panel.len() / self.n
    }

    fn update(&mut self) -> Sums {
        // `lambda alpha` stands inside the product with K for one penalty and outside for the other.
        let (lambda, zero) = (T::narrow(self.config.lambda), T::zero());
        let (inside, outside) = match self.config.penalty {
            Penalty::KernelNorm => (lambda, zero),
            Penalty::L2 => (zero, lambda),
        };
        let eta = T::narrow(self.config.eta);
        self.gather(|block| &block.duals);
        self.multiply_and(|block| block.fill_source(inside));
        self.gather(|block| &block.source);
        self.multiply_and(|block| block.step(outside, eta)).into_iter().fold(Sums::default(), Sums::add)
    }

    /// Copies one part of all blocks into the panel.
    fn gather(&mut self, part: impl Fn(&PatternRows<T>) -> &[T]) {
        let p = self.p();
        for block in &self.blocks {
            for (to, column) in self.panel.chunks_exact_mut(p).zip(part(block).chunks_exact(block.rows)) {
                to[block.from..][..block.rows].copy_from_slice(column);
            }
        }
    }

    /// Multiplies K with the panel into the `product` of each block, then calls `then` on the block.
    fn multiply_and<R: Send>(&mut self, then: impl Fn(&mut PatternRows<T>) -> R + Sync) -> Vec<R> {
        let (n, p) = (self.n, self.p());
        let (k, panel) = (&self.k, &self.panel);
        map_in_order(self.blocks.iter_mut().collect(), self.config.threads, |block: &mut PatternRows<T>| {
            multiply(GramRows::of_whole(k, p, block.from), panel, n, &mut block.product);
            then(block)
        })
    }

    /// Takes the last update back.
    fn undo(&mut self) {
        self.blocks.iter_mut().for_each(|block| std::mem::swap(&mut block.duals, &mut block.duals_before));
    }

    fn stop(mut self, watch: &GradientWatch, converged: bool, unstable: bool) -> Descended {
        self.gather(|block| &block.duals);
        let p = self.p();
        Descended {
            duals: transpose(&self.panel, p).into_iter().map(T::widen).collect(),
            iterations: watch.iterations,
            converged,
            unstable,
            gradient_at_zero: watch.first_norm,
        }
    }
}

impl<T: Real> PatternRows<T> {
    fn new(targets: &PatternSet, from: usize, rows: usize) -> Self {
        let bit = |mu, i| if targets.bit(mu, i) { T::one() } else { T::zero() };
        let wanted = (0..rows * targets.n()).map(|at| bit(from + at % rows, at / rows)).collect();
        let zeros = vec![T::zero(); rows * targets.n()];
        Self {
            from,
            rows,
            targets: wanted,
            duals: zeros.clone(),
            duals_before: zeros.clone(),
            source: zeros.clone(),
            gradient: zeros.clone(),
            product: zeros,
        }
    }

    /// From the fields in `product`: `source = sigma(h) - y + lambda alpha`.
    fn fill_source(&mut self, lambda: T) {
        let inputs = self.product.iter().zip(&self.targets).zip(&self.duals);
        for (value, ((&h, &y), &a)) in self.source.iter_mut().zip(inputs) {
            *value = sigmoid(h) - y + lambda * a;
        }
    }

    /// From `product = K source`: `gradient = product + lambda alpha; alpha -= eta gradient`.
    fn step(&mut self, lambda: T, eta: T) -> Sums {
        self.duals_before.copy_from_slice(&self.duals);
        let mut sums = Sums::default();
        for ((a, old), &value) in self.duals.iter_mut().zip(&mut self.gradient).zip(&self.product) {
            let new = value + lambda * *a;
            sums.squares += new.widen() * new.widen();
            sums.along_previous += new.widen() * old.widen();
            *old = new;
            *a -= eta * new;
            // 0 for every finite number, and not a number for any other.
            sums.poison += a.widen() * 0.0;
        }
        sums
    }
}

/// `1 / (1 + exp(-x))`; an overflowing exponential gives 0, the right limit.
fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + (-x).exp())
}
