//! The rows of the problem that belong to some patterns, and products of the Gram matrix with panels spread over them.

use super::exponential;
use crate::fit::objective::Problem;
use crate::fit::report::TrainError;
use crate::kernel::append_gram_rows;
use crate::kernel::product::{GramRows, Real, multiply};
use crate::pattern::PatternSet;
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// Numbers that the solver works with.
pub(super) trait Arithmetic: Real {
    /// `exp(x)`, limited to finite and positive values.
    fn exponential(self) -> Self;
}

impl Arithmetic for f32 {
    #[inline]
    fn exponential(self) -> Self {
        exponential::exp(self)
    }
}

impl Arithmetic for f64 {
    #[inline]
    fn exponential(self) -> Self {
        self.clamp(-700.0, 700.0).exp()
    }
}

/// Most rows of a block: with as many, packing the panel anew for each block does not show.
const BLOCK_ROWS: usize = 512;

/// Rows per block for P patterns: an even split into a multiple of four blocks, so that two or four threads have equal
/// shares, in multiples of the 8 rows that a product kernel works on. It depends on P alone.
pub(super) fn block_rows(p: usize) -> usize {
    let blocks = p.div_ceil(BLOCK_ROWS).next_multiple_of(4);
    p.div_ceil(blocks).next_multiple_of(8)
}

/// The rows of some patterns; panels are rows x N, column-major.
#[derive(Debug)]
pub(super) struct PanelRows<T> {
    /// The first pattern.
    pub(super) from: usize,
    /// Patterns.
    pub(super) rows: usize,
    /// The rows of the Gram matrix, column-major; empty if they are made anew for each product.
    gram: Vec<T>,
    /// -1 or +1.
    pub(super) targets: Vec<T>,
    /// alpha.
    pub(super) duals: Vec<T>,
    /// `h = K alpha`.
    pub(super) fields: Vec<T>,
    /// `p (1 - p)`, `p = sigma(-t h)`: the curvature of the loss.
    pub(super) curvature: Vec<T>,
    /// What is left of the equations of the Newton step.
    pub(super) residual: Vec<T>,
    /// The direction of conjugate gradients.
    pub(super) direction: Vec<T>,
    /// Room for a product: K times the direction.
    pub(super) product: Vec<T>,
    /// The Newton step.
    pub(super) step: Vec<T>,
    /// K times the Newton step.
    pub(super) fields_step: Vec<T>,
}

impl<T: Arithmetic> PanelRows<T> {
    fn new(targets: &PatternSet, from: usize, rows: usize) -> Self {
        let sign = |mu, i| if targets.bit(mu, i) { T::one() } else { -T::one() };
        let signs = (0..rows * targets.n()).map(|at| sign(from + at % rows, at / rows)).collect();
        let zeros = vec![T::zero(); rows * targets.n()];
        Self {
            from,
            rows,
            gram: Vec::new(),
            targets: signs,
            duals: zeros.clone(),
            fields: zeros.clone(),
            curvature: zeros.clone(),
            residual: zeros.clone(),
            direction: zeros.clone(),
            product: zeros.clone(),
            step: zeros.clone(),
            fields_step: zeros,
        }
    }
}

/// All rows of the problem.
pub(super) struct Panels<'a, T> {
    pub(super) blocks: Vec<PanelRows<T>>,
    pub(super) threads: NonZeroUsize,
    pub(super) n: usize,
    pub(super) p: usize,
    patterns: &'a PatternSet,
    table: Vec<T>,
    /// What the next product multiplies, P x N column-major.
    panel: Vec<T>,
}

impl<'a, T: Arithmetic> Panels<'a, T> {
    /// All zero.
    pub(super) fn new(problem: &Problem<'a>, threads: NonZeroUsize, whole: bool) -> Result<Self, TrainError> {
        let patterns = problem.patterns;
        let (p, n) = (patterns.p(), patterns.n());
        let table = without_negligible(problem.kernel.table(n)).into_iter().map(T::narrow).collect();
        let rows = block_rows(p);
        let starts = (0..p).step_by(rows);
        let blocks = starts.map(|from| PanelRows::new(problem.targets, from, rows.min(p - from))).collect();
        let mut panels = Self { blocks, threads, n, p, patterns, table, panel: vec![T::zero(); p * n] };
        if whole {
            panels.keep_gram()?;
        }
        Ok(panels)
    }

    /// Keeps the rows of the Gram matrix with each block.
    fn keep_gram(&mut self) -> Result<(), TrainError> {
        let p = self.p;
        for block in &mut self.blocks {
            let values = p.checked_mul(block.rows);
            let reserved = values.is_some_and(|values| block.gram.try_reserve_exact(values).is_ok());
            if !reserved {
                return Err(TrainError::TooLarge { p });
            }
        }
        let (patterns, table) = (self.patterns, self.table.clone());
        self.each(|block| {
            append_gram_rows(patterns, &table, block.from..block.from + block.rows, &mut block.gram);
        });
        Ok(())
    }

    /// Calls `work` on each block, and returns the results in their order.
    pub(super) fn each<R: Send>(&mut self, work: impl Fn(&mut PanelRows<T>) -> R + Sync) -> Vec<R> {
        map_in_order(self.blocks.iter_mut().collect(), self.threads, work)
    }

    /// Multiplies K with the directions into the products, then calls `then` on each block.
    pub(super) fn multiply_directions<R: Send>(
        &mut self,
        then: impl Fn(&mut PanelRows<T>) -> R + Sync,
    ) -> Vec<R> {
        let (n, p) = (self.n, self.p);
        for block in &self.blocks {
            for (to, column) in self.panel.chunks_exact_mut(p).zip(block.direction.chunks_exact(block.rows)) {
                to[block.from..][..block.rows].copy_from_slice(column);
            }
        }
        let (patterns, table, panel) = (self.patterns, &self.table, &self.panel);
        map_in_order(self.blocks.iter_mut().collect(), self.threads, |block: &mut PanelRows<T>| {
            let mut made = Vec::new();
            if block.gram.is_empty() {
                made.reserve_exact(p * block.rows);
                append_gram_rows(patterns, table, block.from..block.from + block.rows, &mut made);
            }
            let k = if made.is_empty() { &block.gram } else { &made };
            multiply(GramRows::alone(k, block.rows), panel, n, &mut block.product);
            then(block)
        })
    }
}

/// Kernel values that are less than this share of the largest are taken as 0. A field at a stored pattern has the largest
/// among its terms, and P others below it do not reach the last digit of either precision; but products of such numbers
/// are subnormal in single precision, which took a product with the Gram matrix twelve times its time.
const NEGLIGIBLE: f64 = 1e-20;

fn without_negligible(mut table: Vec<f64>) -> Vec<f64> {
    let largest = table.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    table.iter_mut().filter(|value| value.abs() < NEGLIGIBLE * largest).for_each(|value| *value = 0.0);
    table
}

/// Adds sums by neuron, block after block.
pub(super) fn total<const S: usize>(blocks: Vec<Vec<[f64; S]>>) -> Vec<[f64; S]> {
    let mut blocks = blocks.into_iter();
    let mut total = blocks.next().unwrap_or_default();
    for block in blocks {
        for (sums, part) in total.iter_mut().zip(block) {
            for (sum, value) in sums.iter_mut().zip(part) {
                *sum += value;
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;

    #[test]
    fn a_narrow_kernel_has_no_value_whose_products_are_subnormal() {
        let kernel = Kernel::rbf(0.25).unwrap().table(200);
        let kept = without_negligible(kernel.clone());
        for (distance, (&before, &after)) in kernel.iter().zip(&kept).enumerate() {
            // exp(-d) is 1e-20 at d = 46.05.
            assert_eq!(after, if distance <= 46 { before } else { 0.0 }, "at distance {distance}");
        }
        assert_eq!(without_negligible(vec![-3.0, 1e-19, -1e-20]), [-3.0, 1e-19, 0.0], "beside the largest");
    }
}
