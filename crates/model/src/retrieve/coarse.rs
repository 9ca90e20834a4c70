//! The sign of a field in whole numbers of 16 bits, wherever they can tell it for sure.
//!
//! A retrieval asks for signs, and few fields are near 0. Dual variables and kernel values are rounded to whole numbers
//! `a` and `k` of scales A and K; the field times A K differs from `sum a k` by no more than a bound that holds whatever
//! the roundings were, and beyond that bound the sign of the sum is the sign of the field. It reads a quarter of the
//! memory of double precision, and multiplies and adds eight terms at a time on every x86-64 processor.

use super::distances::Distances;
use crate::pattern::PatternSet;
use std::cmp::Ordering;

/// The largest magnitude of a rounded dual variable: 11 bits and a sign. With [`MOST_TOTAL`] it keeps every sum of
/// products within 31 bits, and the two roundings then cost a field of thousands of terms about the same.
const MOST_DUAL: i32 = 2047;

/// The largest magnitude of a rounded kernel value; the next whole number says that a value was cut off.
const MOST_VALUE: i16 = i16::MAX - 1;

/// The largest sum of the magnitudes of all rounded kernel values: 2047 times it is below 2^31.
const MOST_TOTAL: u64 = 1 << 20;

/// What rounding changes a number by at most, in units of the rounded ones: a half, and the error of the double-precision
/// product with the scale (2^-53 of at most 2^15).
const HALF: f64 = 0.5 + 1e-9;

/// The products of both scales for which a double-precision field neither overflows (2^31 units of 1e280 are below
/// 1.8e308) nor loses more than 1e-40 of a unit to underflow (2^-1074 each term).
const UNITS: std::ops::RangeInclusive<f64> = 1e-280..=1e280;

/// `value * scale` to the nearest whole number, cut off one above [`MOST_VALUE`].
#[expect(
    clippy::cast_possible_truncation,
    reason = "within the bounds it is cut off at, towards 0 after adding a half"
)]
fn rounded(value: f64, scale: f64) -> i16 {
    let x = (value * scale).clamp(f64::from(-i16::MAX), f64::from(i16::MAX));
    (x + 0.5f64.copysign(x)) as i16
}

/// The rounded dual variables, N x P: all patterns of one neuron side by side.
#[derive(Clone, Debug, PartialEq)]
enum Rounded {
    Given(Vec<i16>),
    /// The largest magnitude, with the signs of the bits: what dual variables of -1 and +1 are rounded to.
    Bits,
}

/// A kernel memory in whole numbers: its dual variables, each neuron by a scale of its own, and its bits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CoarseMemory {
    values: Rounded,
    /// What the dual variables of each neuron were multiplied by. Infinite if they are all 0.
    scales: Vec<f64>,
    /// The sum of the magnitudes of the rounded dual variables of each neuron.
    totals: Vec<f64>,
    /// N x P, -1 or +1: the bits of one neuron side by side.
    bits: Vec<i8>,
}

impl CoarseMemory {
    /// That of `duals`, N x P.
    pub(super) fn new(patterns: &PatternSet, duals: &[f64]) -> Self {
        let (n, p) = (patterns.n(), patterns.p());
        let largest = |row: &[f64]| row.iter().fold(0.0f64, |l, a| l.max(a.abs()));
        let scales: Vec<f64> = duals.chunks_exact(p).map(|row| f64::from(MOST_DUAL) / largest(row)).collect();
        let rows = duals.chunks_exact(p).zip(&scales);
        let values: Vec<i16> =
            rows.flat_map(|(row, &scale)| row.iter().map(move |&a| rounded(a, scale))).collect();
        let total = |row: &[i16]| row.iter().map(|&a| f64::from(a).abs()).sum();
        let totals = values.chunks_exact(p).map(total).collect();
        debug_assert_eq!(n * p, values.len(), "N x P dual variables");
        Self { values: Rounded::Given(values), scales, totals, bits: bits(patterns) }
    }

    /// That of the stored bits themselves, -1 and +1, as dual variables.
    pub(super) fn of_stored_bits(patterns: &PatternSet) -> Self {
        let (n, p) = (patterns.n(), patterns.p());
        let most = f64::from(MOST_DUAL);
        let totals = vec![most * p as f64; n];
        Self { values: Rounded::Bits, scales: vec![most; n], totals, bits: bits(patterns) }
    }

    /// Bit `i` of every pattern as -1 or +1, P values.
    pub(super) fn bits_of(&self, i: usize) -> &[i8] {
        let p = self.bits.len() / self.scales.len();
        &self.bits[i * p..][..p]
    }

    /// The scalar product of the rounded dual variables of neuron `i` with rounded kernel values.
    fn dot(&self, i: usize, kernel: &[i16]) -> i32 {
        match &self.values {
            Rounded::Given(values) => dot(&values[i * kernel.len()..][..kernel.len()], kernel),
            Rounded::Bits => MOST_DUAL * dot(self.bits_of(i), kernel),
        }
    }

    /// How the field of neuron `i`, computed in double precision in whatever order, compares with 0; `None` if that is not
    /// sure.
    ///
    /// With `|A alpha - a| <= h` and `|K kappa - k| <= h`, `|A K sum alpha kappa - sum a k| <= h sum |a| + h sum |k| +
    /// h^2 P`. Double precision adds P / 2^53 of a sum of magnitudes below 2^31 + 1024 P at most (Higham, "Accuracy
    /// and Stability of Numerical Algorithms", 2002, section 3.1), less than 0.001 P + 1.
    pub(super) fn sign(&self, i: usize, kernel: &CoarseKernel) -> Option<Ordering> {
        if !UNITS.contains(&(self.scales[i] * kernel.scale)) {
            return None;
        }
        let p = kernel.values.len();
        let field = f64::from(self.dot(i, &kernel.values));
        let error = HALF * (self.totals[i] + kernel.total) + 0.26 * p as f64 + 1.0;
        if field.abs() > error { field.partial_cmp(&0.0) } else { None }
    }
}

/// The bits of all neurons, N x P.
fn bits(patterns: &PatternSet) -> Vec<i8> {
    let p = patterns.p();
    let mut bits = vec![0; patterns.n() * p];
    for mu in 0..p {
        patterns.signs(mu).enumerate().for_each(|(i, sign)| bits[i * p + mu] = sign);
    }
    bits
}

/// The scalar product; its parts stay below 2^31 by [`MOST_TOTAL`], in whatever order they are added.
fn dot<A: Copy + Into<i32>>(duals: &[A], kernel: &[i16]) -> i32 {
    /// A block this long is written out in full, and then becomes multiply-adds of pairs; a loop of unknown length
    /// becomes three times as many instructions.
    const BLOCK: usize = 32;
    let (duals, last_duals) = duals.as_chunks::<BLOCK>();
    let (kernel, last_kernel) = kernel.as_chunks::<BLOCK>();
    let mut sum = 0;
    for (a, k) in duals.iter().zip(kernel) {
        let mut block = 0;
        for at in 0..BLOCK {
            block += a[at].into() * i32::from(k[at]);
        }
        sum += block;
    }
    let last = last_duals.iter().zip(last_kernel).map(|(&a, &k)| a.into() * i32::from(k));
    sum + last.sum::<i32>()
}

/// The kernel values of a state, rounded by one scale that follows them: they grow by orders of magnitude on the way to
/// a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CoarseKernel {
    /// The rounded value of each distance, and zeros up to the 256 that a byte can name.
    table: Vec<i16>,
    /// The rounded value of each pattern.
    values: Vec<i16>,
    /// What the kernel values were multiplied by; 0 if no scale fits.
    scale: f64,
    /// The sum of the magnitudes of `values`.
    total: f64,
}

impl CoarseKernel {
    /// For P patterns; there are no values before [`Self::look_up`].
    pub(super) fn new(p: usize) -> Self {
        Self { table: Vec::new(), values: vec![0; p], scale: 0.0, total: 0.0 }
    }

    /// Looks the kernel values of all patterns up in `table`, by the last scale if that still fits.
    pub(super) fn look_up(&mut self, distances: &Distances, table: &[f64]) {
        /// A finer scale is looked for once it could be this many times the present one.
        const COARSE: u64 = 32;
        if !self.table.is_empty() {
            let (mut largest, mut total) = self.read(distances);
            if !fits(largest, total) {
                // The usual case: on the way to a pattern.
                self.rescale(self.scale / 4.0, table);
                (largest, total) = self.read(distances);
            }
            let is_fine = u64::from(largest.unsigned_abs()) * COARSE > u64::from(MOST_VALUE.unsigned_abs())
                || total * COARSE > MOST_TOTAL;
            if fits(largest, total) && is_fine {
                return;
            }
        }
        let (largest, total) = distances.magnitudes(table);
        // Twice the room needed, for the next flips. All values 0, or next to it, have no finite scale.
        let scale = (f64::from(MOST_VALUE) / largest).min(MOST_TOTAL as f64 / total) / 2.0;
        self.rescale(if scale.is_finite() { scale } else { 0.0 }, table);
        let (largest, total) = self.read(distances);
        if !fits(largest, total) {
            // Over a million patterns: their roundings alone fill the sum.
            self.rescale(0.0, table);
            self.read(distances);
        }
    }

    fn rescale(&mut self, scale: f64, table: &[f64]) {
        self.scale = scale;
        self.table.clear();
        self.table.extend(table.iter().map(|&value| rounded(value, scale)));
        self.table.resize(table.len().max(256), 0);
    }

    /// Looks all values up in the rounded table; the largest magnitude and the sum of magnitudes.
    fn read(&mut self, distances: &Distances) -> (i16, u64) {
        /// As many magnitudes of 15 bits as 32 bits can add.
        const BLOCK: usize = 1 << 16;
        distances.read(&self.table, &mut self.values);
        let (mut largest, mut total) = (0, 0);
        for block in self.values.chunks(BLOCK) {
            let magnitudes = block.iter().map(|value| value.abs());
            largest = magnitudes.clone().fold(largest, i16::max);
            total += u64::from(magnitudes.map(|m| u32::from(m.unsigned_abs())).sum::<u32>());
        }
        self.total = total as f64;
        (largest, total)
    }
}

fn fits(largest: i16, total: u64) -> bool {
    largest <= MOST_VALUE && total <= MOST_TOTAL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::random::{Stream, Streams};
    use crate::retrieve::memory::AssociativeMemory;
    use crate::retrieve::model::KlrModel;
    use rand::RngExt;

    fn model(n: usize, p: usize, scale: f64) -> KlrModel {
        let mut rng = Streams::new(8).stream(Stream::Patterns);
        let patterns = PatternSet::random(n, p, &mut rng).unwrap();
        let duals: Vec<f64> = (0..p * n).map(|_| scale * rng.random_range(-3.0..3.0)).collect();
        KlrModel::from_duals(patterns, Kernel::rbf(0.05).unwrap(), &duals).unwrap()
    }

    #[test]
    fn a_sign_is_sure_only_where_it_is_right() {
        let (mut sure, mut unsure) = (0, 0);
        for (n, p, scale) in [(20, 7, 1.0), (33, 200, 1e-3), (12, 500, 1e30), (9, 1, 1e-300)] {
            let model = model(n, p, scale);
            for step in 0..200 {
                // From a field as it is to one that cancels but for rounding, by the last dual variable.
                let state = model.patterns().state(step % p);
                let kernel = model.kernel_values(&state);
                let i = step % n;
                let mut duals = model.duals();
                let share = 1.0 - 0.5f64.powi(i32::try_from(step).unwrap() / 20);
                duals[(p - 1) * n + i] -= model.field_from(i, &kernel) * share / kernel[p - 1];
                let near =
                    KlrModel::from_duals(model.patterns().clone(), model.kernel().clone(), &duals).unwrap();
                let exact = near.field_from(i, &kernel);
                match near.sure_sign(i, &mut near.track(&state)) {
                    Some(sign) => {
                        assert_eq!(
                            sign == Ordering::Greater,
                            exact > 0.0,
                            "N = {n}, P = {p}, step {step}: {exact:e}"
                        );
                        assert!(exact != 0.0, "N = {n}, P = {p}, step {step}: a tie is never sure");
                        sure += 1;
                    }
                    None => unsure += 1,
                }
            }
        }
        assert!(sure > 50 && unsure > 50, "both happen: {sure} sure, {unsure} not");
    }

    #[test]
    fn nearly_all_fields_of_stored_patterns_are_sure() {
        let model = model(100, 600, 1.0);
        let mut track = model.track(&model.patterns().state(3));
        let sure = (0..100).filter(|&i| model.sure_sign(i, &mut track).is_some()).count();
        assert!(sure >= 95, "{sure} of 100");
    }

    #[test]
    fn rounding_is_to_the_nearest_and_cut_off_past_the_largest_value() {
        let cases = [
            (2.4, 2),
            (2.6, 3),
            (-2.6, -3),
            (0.0, 0),
            (32766.4, 32766),
            (1e300, i16::MAX),
            (-1e300, -i16::MAX),
        ];
        for (value, expected) in cases {
            assert_eq!(rounded(value, 1.0), expected, "{value}");
        }
    }

    #[test]
    fn the_bound_holds_of_the_true_sum() {
        // Whole numbers below 2^15 and powers of two: all sums in double precision are exact, and so is the field.
        let mut rng = Streams::new(9).stream(Stream::Patterns);
        for round in 0..300 {
            let (n, p) = (40, 1 + round);
            let patterns = PatternSet::random(n, p, &mut rng).unwrap();
            let table: Vec<f64> = (0..=n).map(|_| f64::from(rng.random_range(-20_000..20_000))).collect();
            let duals: Vec<f64> = (0..p * n).map(|_| f64::from(rng.random_range(-9_000..9_000))).collect();
            let model = KlrModel::from_duals(patterns, Kernel::from_table(table).unwrap(), &duals).unwrap();
            let distances = Distances::new(model.patterns(), &model.patterns().state(0));
            let mut coarse = CoarseKernel::new(p);
            coarse.look_up(&distances, model.table());
            for (i, field) in model.fields(&model.patterns().state(0)).into_iter().enumerate() {
                let rounded = model.coarse();
                let found = f64::from(rounded.dot(i, &coarse.values));
                let error = (field * rounded.scales[i] * coarse.scale - found).abs();
                let bound = HALF * (rounded.totals[i] + coarse.total) + 0.26 * p as f64 + 1.0;
                assert!(error <= bound, "P = {p}, neuron {i}: off by {error}, at most {bound}");
            }
        }
    }
}
