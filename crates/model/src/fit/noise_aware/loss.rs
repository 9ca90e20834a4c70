//! The training cues, and the loss and its gradient over them.

use super::NoiseAwareConfig;
use super::inverse::inverse_with_jitter;
use crate::fit::form::FieldTable;
use crate::fit::report::TrainError;
use crate::kernel::product::{GramRows, block_rows, multiply, transpose};
use crate::kernel::{Kernel, gram_rows, try_gram};
use crate::pattern::PatternSet;
use crate::pattern::noise::corrupt;
use crate::random::Stream;
use klr_units::State;
use klr_units::threads::map_in_order;
use nalgebra::DMatrix;
use std::num::NonZeroUsize;

/// Cues of a block, as many as the rows of a block of the Gram matrix.
const BLOCK_CUES: usize = 384;

/// Groups of blocks whose gradients are added one after the other. Their number is fixed, so that the order of the sums
/// does not depend on the threads.
const GROUPS: usize = 16;

/// Cues per pattern that the preconditioner is made from: its rank is P already without noise, and more cues only
/// average.
const CURVATURE_CUES: usize = 3;

/// The training problem: the patterns and their corrupted copies.
pub(super) struct CorruptedSet<'a> {
    pub(super) patterns: &'a PatternSet,
    kernel: &'a Kernel,
    table: Vec<f32>,
    origin_of: FieldTable,
    /// The patterns, then all first copies, then all second copies, ...: cue c belongs to pattern `c mod P`.
    cues: Vec<State>,
    /// The weight of each cue, `1 / (R + 1)`.
    weight: f64,
    lambda: f64,
    /// The Gram matrix.
    gram: Vec<f32>,
    threads: NonZeroUsize,
}

/// Objective and gradient at one point.
pub(super) struct Slope {
    pub(super) objective: f64,
    /// P x N, row-major.
    pub(super) gradient: Vec<f64>,
}

/// The kernel between the cues of a block and all patterns, in both orders, because the product is slower and in small
/// cases unsound where a column is not contiguous.
struct Features {
    /// P x cues, column-major.
    by_cue: Vec<f32>,
    /// Cues x P, column-major.
    by_pattern: Vec<f32>,
}

impl<'a> CorruptedSet<'a> {
    pub(super) fn new(
        patterns: &'a PatternSet,
        kernel: &'a Kernel,
        config: &NoiseAwareConfig,
    ) -> Result<Self, TrainError> {
        let (p, n) = (patterns.p(), patterns.n());
        let origin_of = FieldTable::new(kernel, n, config.form)?.normalised();
        let gram_table: Vec<f32> = kernel.table(n).into_iter().map(narrow).collect();
        let gram = try_gram(patterns, &gram_table).ok_or(TrainError::TooLarge { p })?;
        let copies = config.cues_per_pattern as usize;
        let mut cues: Vec<State> = (0..p).map(|mu| patterns.state(mu)).collect();
        for index in 0..copies * p {
            let mut rng = config.streams.indexed(Stream::TrainingNoise, index as u64);
            let copy = corrupt(&cues[index % p], config.noise, config.noise_model, &mut rng);
            cues.push(copy);
        }
        Ok(Self {
            patterns,
            kernel,
            table: origin_of.in_precision(),
            origin_of,
            cues,
            weight: 1.0 / (copies + 1) as f64,
            lambda: config.lambda,
            gram,
            threads: config.threads,
        })
    }

    /// Objective and gradient at `duals`, P x N row-major.
    pub(super) fn slope(&self, duals: &[f64]) -> Slope {
        let narrowed: Vec<f32> = duals.iter().copied().map(narrow).collect();
        let blocks = self.cues.len().div_ceil(BLOCK_CUES);
        let per_group = blocks.div_ceil(GROUPS) * BLOCK_CUES;
        let groups = (0..self.cues.len()).step_by(per_group).collect();
        let sums = map_in_order(groups, self.threads, |from: usize| {
            self.group(&narrowed, from, (from + per_group).min(self.cues.len()))
        });
        let (mut objective, mut gradient) = self.penalty(duals, &narrowed);
        for sum in sums {
            objective += sum.objective;
            gradient.iter_mut().zip(sum.gradient).for_each(|(total, part)| *total += part);
        }
        Slope { objective, gradient }
    }

    /// The loss of the cues `from..to`, block by block.
    fn group(&self, duals: &[f32], from: usize, to: usize) -> Slope {
        let (p, n) = (self.patterns.p(), self.patterns.n());
        let mut sum = Slope { objective: 0.0, gradient: vec![0.0; p * n] };
        let mut part = vec![0.0_f32; p * n];
        for from in (from..to).step_by(BLOCK_CUES) {
            let cues = from..(from + BLOCK_CUES).min(to);
            let count = cues.len();
            let features = self.features(cues.clone());
            // N x cues; the duals, row-major, are an N x P matrix by columns.
            let mut fields = vec![0.0_f32; n * count];
            multiply(GramRows::alone(duals, n), &features.by_cue, count, &mut fields);
            for (cue, fields) in cues.zip(fields.chunks_exact_mut(n)) {
                sum.objective += self.residuals(cue % p, fields);
            }
            multiply(GramRows::alone(&fields, n), &features.by_pattern, p, &mut part);
            sum.gradient.iter_mut().zip(&part).for_each(|(total, &part)| *total += f64::from(part));
        }
        sum
    }

    /// Replaces the fields of a cue of pattern `mu` by the derivatives of its loss; the loss.
    fn residuals(&self, mu: usize, fields: &mut [f32]) -> f64 {
        let mut loss = 0.0;
        for (i, field) in fields.iter_mut().enumerate() {
            let target = f64::from(self.patterns.sign(mu, i));
            let margin = target * f64::from(*field);
            let e = (-margin.abs()).exp();
            // log(1 + exp(-m)) and 1 / (1 + exp(m)), without overflow.
            loss += (-margin).max(0.0) + e.ln_1p();
            let wrong = if margin > 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) };
            *field = narrow(-target * wrong * self.weight);
        }
        loss * self.weight
    }

    /// `lambda/2 alpha' K alpha`, summed over the neurons, and its gradient.
    fn penalty(&self, duals: &[f64], narrowed: &[f32]) -> (f64, Vec<f64>) {
        let (p, n) = (self.patterns.p(), self.patterns.n());
        let columns = transpose(narrowed, n);
        let rows = block_rows(p);
        let starts = (0..p).step_by(rows).collect();
        let products = map_in_order(starts, self.threads, |from| {
            let rows = rows.min(p - from);
            let mut out = vec![0.0_f32; rows * n];
            multiply(GramRows::of_whole(&self.gram, p, from), &columns, n, &mut out);
            transpose(&out, rows)
        });
        let gradient: Vec<f64> = products.concat().into_iter().map(|x| self.lambda * f64::from(x)).collect();
        let penalty = 0.5 * duals.iter().zip(&gradient).map(|(a, g)| a * g).sum::<f64>();
        (penalty, gradient)
    }

    fn features(&self, cues: std::ops::Range<usize>) -> Features {
        let (p, count) = (self.patterns.p(), cues.len());
        let mut by_cue = Vec::with_capacity(count * p);
        for cue in &self.cues[cues] {
            let distances = self.patterns.distances(cue);
            let origin = self.origin_of.origin(distances.iter().copied());
            by_cue.extend(distances.into_iter().map(|d| self.table[(d - origin) as usize]));
        }
        let by_pattern = transpose_in_tiles(&by_cue, p, count);
        Features { by_cue, by_pattern }
    }

    /// The inverse of `1/4 sum_c w k_c k_c' + lambda K`, P x P: an upper bound of the curvature, the same for all
    /// neurons, because the second derivative of the logistic loss is at most 1/4 (Boehning & Lindsay, "Monotonicity of
    /// quadratic-approximation algorithms", Ann. Inst. Stat. Math. 40, 1988). The sum is estimated from the first few
    /// cues of each pattern.
    pub(super) fn inverse_curvature(&self) -> Result<Vec<f64>, TrainError> {
        let p = self.patterns.p();
        let count = self.cues.len().min(CURVATURE_CUES * p);
        let features = self.features(0..count);
        let factor = 0.25 * self.weight * self.cues.len() as f64 / count as f64;
        let exact: Vec<f64> = self.kernel.table(self.patterns.n());
        let rows = block_rows(p);
        let starts = (0..p).step_by(rows).collect();
        let blocks = map_in_order(starts, self.threads, |from| {
            let rows = rows.min(p - from);
            let mut out = vec![0.0_f32; rows * p];
            multiply(GramRows::of_whole(&features.by_cue, p, from), &features.by_pattern, p, &mut out);
            let penalty = gram_rows(self.patterns, &exact, from..from + rows);
            let sum = out.into_iter().zip(penalty).map(|(c, k)| factor * f64::from(c) + self.lambda * k);
            transpose(&sum.collect::<Vec<_>>(), rows)
        });
        let mut values = Vec::new();
        values.try_reserve_exact(p * p).map_err(|_| TrainError::TooLarge { p })?;
        blocks.iter().for_each(|block| values.extend_from_slice(block));
        let matrix = DMatrix::from_vec(p, p, values);
        let symmetric = (&matrix + matrix.transpose()) * 0.5;
        Ok(inverse_with_jitter(symmetric).data.into())
    }
}

/// A `rows` x `columns` matrix by columns, as the same matrix by rows. Sixteen columns at a time: their lines of cache
/// stay while a line of the result is filled.
fn transpose_in_tiles(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    const TILE: usize = 16;
    let mut out = vec![0.0; values.len()];
    for from in (0..columns).step_by(TILE) {
        let width = TILE.min(columns - from);
        for row in 0..rows {
            let to = &mut out[row * columns + from..][..width];
            for (offset, to) in to.iter_mut().enumerate() {
                *to = values[(from + offset) * rows + row];
            }
        }
    }
    out
}

#[expect(clippy::cast_possible_truncation, reason = "products are in single precision")]
const fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::form::KernelForm;
    use crate::pattern::noise::NoiseModel;
    use crate::random::Streams;
    use klr_units::{Bits, TableForm};
    use rand::RngExt;

    fn config(form: KernelForm) -> NoiseAwareConfig {
        NoiseAwareConfig {
            cues_per_pattern: 3,
            lambda: 0.3,
            form,
            ..NoiseAwareConfig::new(0.2, NoiseModel::Bernoulli, Streams::new(1))
        }
    }

    /// The objective by its definition, cue by cue and pattern by pattern, in double precision.
    fn plain(sample: &CorruptedSet<'_>, table: &[f64], relative: bool, gamma: f64, duals: &[f64]) -> f64 {
        let (p, n) = (sample.patterns.p(), sample.patterns.n());
        let mut sum = 0.0;
        for (c, cue) in sample.cues.iter().enumerate() {
            let d: Vec<usize> = (0..p).map(|mu| sample.patterns.hamming(cue, mu)).collect();
            let origin = if relative { *d.iter().min().unwrap() } else { 0 };
            for i in 0..n {
                let h: f64 = (0..p).map(|mu| duals[mu * n + i] * table[d[mu] - origin]).sum();
                sum += (1.0 + (-f64::from(sample.patterns.sign(c % p, i)) * h).exp()).ln() / 4.0;
            }
        }
        for (mu, nu) in (0..p * p).map(|at| (at / p, at % p)) {
            let d = sample.patterns.hamming(&sample.patterns.state(mu), nu) as f64;
            let product: f64 = (0..n).map(|i| duals[mu * n + i] * duals[nu * n + i]).sum();
            sum += 0.15 * product * (-4.0 * gamma * d).exp();
        }
        sum
    }

    #[test]
    fn objective_and_gradient_are_those_of_the_definition() {
        let patterns = PatternSet::random(9, 14, &mut Streams::new(4).stream(Stream::Patterns)).unwrap();
        let mut rng = Streams::new(2).stream(Stream::Cues);
        let duals: Vec<f64> = (0..9 * 14).map(|_| rng.random_range(-2.0..2.0)).collect();
        let kernel = Kernel::rbf(0.05).unwrap();
        let values = kernel.table(9);
        let words: Vec<f64> = values.iter().map(|k| (k * 15.0).round() / 15.0).collect();
        let bits = Bits::new(4).unwrap();
        let cases = [
            (KernelForm::Float, values, false),
            (KernelForm::Words { bits, table: TableForm::Absolute, window: None }, words.clone(), false),
            (KernelForm::Words { bits, table: TableForm::NearestRelative, window: None }, words, true),
        ];
        for (form, table, relative) in cases {
            let config = config(form);
            let sample = CorruptedSet::new(&patterns, &kernel, &config).unwrap();
            assert_eq!(sample.cues.len(), 4 * 14, "each pattern and three copies");
            let at = |duals: &[f64]| plain(&sample, &table, relative, 0.05, duals);
            let slope = sample.slope(&duals);
            let expected = at(&duals);
            assert!(
                (slope.objective / expected - 1.0).abs() < 1e-5,
                "{form}: {} is not {expected}",
                slope.objective
            );
            for place in 0..duals.len() {
                let moved = |step: f64| {
                    let mut duals = duals.clone();
                    duals[place] += step;
                    at(&duals)
                };
                let difference = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                let error = (slope.gradient[place] - difference).abs();
                assert!(error < 2e-5, "{form}, dual {place}: {} is not {difference}", slope.gradient[place]);
            }
        }
    }

    #[test]
    fn tiles_transpose_any_shape() {
        for (rows, columns) in [(1, 1), (5, 16), (3, 17), (40, 33)] {
            let values: Vec<f32> = (0..rows * columns).map(|at| at as f32).collect();
            assert_eq!(
                transpose_in_tiles(&values, rows, columns),
                transpose(&values, rows),
                "{rows} x {columns}"
            );
        }
    }
}
