//! The memory as an accelerator would hold it: kernel words and weights of few bits, and how well it recalls then.
//!
//! Training and the choice of gamma have to see what rounding does: an absolute table of eight bits is zero far from
//! every pattern, while a table of two bits relative to the nearest pattern recalls where double precision fails
//! (`docs/results/2026-11-22-noise-aware.md`). This is an emulation in floating point of the same words that an image
//! holds, not the image: products of integers below 2^53 are exact in double precision, so the signs are too.

mod recall;

pub use recall::{Hits, Recalled, recall, recall_nearest};

use crate::kernel::Kernel;
use crate::kernel::product::Real;
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use klr_units::{Bits, UnsignedFormat};

/// What the distances index the kernel table by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableIndex {
    /// The Hamming distance d of each pattern.
    Absolute,
    /// `d - d_min`, `d_min` the distance of the nearest pattern. For a kernel that is exponential in the distance this
    /// scales all kernel values of a state by one positive number, which no sign of a field sees, and a window of a few
    /// entries is all that is not zero.
    NearestRelative,
}

/// How kernel values reach the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In double precision.
    Float,
    /// As unsigned words: the nearest integer to `K(d) / K(0) (2^bits - 1)`, ties to even. Distances at which it is 0
    /// are outside the window and do not contribute.
    Table {
        /// The width of a word, 1 to 16 bits.
        bits: Bits,
        /// What the table is indexed by.
        index: TableIndex,
    },
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Float => f.write_str("float"),
            Self::Table { bits, index: TableIndex::Absolute } => write!(f, "absolute {} bits", bits.get()),
            Self::Table { bits, index: TableIndex::NearestRelative } => {
                write!(f, "nearest-relative {} bits", bits.get())
            }
        }
    }
}

/// A kernel in a [`Form`]: its value for each index 0 to N.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldTable {
    values: Vec<f64>,
    relative: bool,
}

impl FieldTable {
    /// Words are whole numbers; a float table keeps the values of the kernel.
    ///
    /// # Panics
    /// If the kernel is a table that does not fit `n` neurons ([`Kernel::require_fits`]).
    pub(crate) fn new(kernel: &Kernel, n: usize, form: Form) -> Self {
        let values = kernel.table(n);
        match form {
            Form::Float => Self { values, relative: false },
            Form::Table { bits, index } => {
                let max = f64::from(UnsignedFormat::new(bits).max());
                let scale = values[0];
                let word = |k: f64| (k / scale * max).round_ties_even().clamp(0.0, max);
                let values = values.into_iter().map(word).collect();
                Self { values, relative: index == TableIndex::NearestRelative }
            }
        }
    }

    /// The same table with its largest magnitude scaled to 1: what training sees, so that the weight of the penalty
    /// means the same whatever the number of bits.
    pub(crate) fn normalised(mut self) -> Self {
        let max = self.values.iter().fold(0.0, |max: f64, value| max.max(value.abs()));
        if max > 0.0 {
            self.values.iter_mut().for_each(|value| *value /= max);
        }
        self
    }

    pub(crate) fn in_precision<T: Real>(&self) -> Vec<T> {
        self.values.iter().map(|&value| T::narrow(value)).collect()
    }

    /// What the distances of one state are counted from: 0, or the smallest of them.
    pub(crate) fn origin(&self, distances: impl Iterator<Item = u32>) -> u32 {
        if self.relative { distances.min().unwrap_or(0) } else { 0 }
    }
}

/// The dual variables as `bits`-bit signed integers, P x N row-major: each neuron's largest magnitude becomes
/// `2^(bits-1) - 1`, to nearest, ties to even. One bit keeps the sign, and takes the stored bit for an exact zero.
///
/// A positive factor per neuron changes the sign of no field, so it is left out.
#[must_use]
pub fn rounded_duals(model: &KlrModel, bits: Bits) -> Vec<f64> {
    let max = f64::from((1_u32 << (bits.get() - 1)) - 1);
    let scales: Vec<f64> = (0..model.n())
        .map(|i| model.duals_of(i).iter().fold(0.0, |largest: f64, a| largest.max(a.abs())))
        .collect();
    let word = |mu: usize, i: usize| {
        let (alpha, stored) = (model.alpha(mu, i), f64::from(model.patterns().sign(mu, i)));
        match bits.get() {
            1 if alpha == 0.0 => stored,
            1 => alpha.signum(),
            _ if scales[i] == 0.0 => 0.0,
            _ => (alpha / scales[i] * max).round_ties_even(),
        }
    };
    (0..model.p()).flat_map(|mu| (0..model.n()).map(move |i| (mu, i))).map(|(mu, i)| word(mu, i)).collect()
}

/// A model whose fields are computed in a [`Form`], with weights as they are or rounded.
#[derive(Clone, Debug)]
pub struct FormModel<'a> {
    pub(crate) patterns: &'a PatternSet,
    pub(crate) table: FieldTable,
    /// P x N, row-major.
    pub(crate) duals: Vec<f64>,
}

impl<'a> FormModel<'a> {
    /// `model` with its kernel in `form` and, if given, weights of `weight_bits` bits ([`rounded_duals`]).
    #[must_use]
    pub fn new(model: &'a KlrModel, form: Form, weight_bits: Option<Bits>) -> Self {
        let duals = weight_bits.map_or_else(|| model.duals(), |bits| rounded_duals(model, bits));
        let table = FieldTable::new(model.kernel(), model.n(), form);
        Self { patterns: model.patterns(), table, duals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, Streams};

    fn bits(bits: u8) -> Bits {
        Bits::new(bits).unwrap()
    }

    #[test]
    fn words_follow_the_kernel_down_to_zero() {
        // exp(-0.4 d) for d = 0..=8, 4 bits: 15 x 1, .670, .449, .301, .202, .135, .091, .061, .041.
        let kernel = Kernel::rbf(0.1).unwrap();
        let form = Form::Table { bits: bits(4), index: TableIndex::NearestRelative };
        let table = FieldTable::new(&kernel, 8, form);
        assert_eq!(table.values, [15.0, 10.0, 7.0, 5.0, 3.0, 2.0, 1.0, 1.0, 1.0], "worked by hand");
        assert_eq!(table.origin([5, 3, 4].into_iter()), 3, "counted from the nearest pattern");
        assert_eq!(table.normalised().values[0], 1.0, "training sees 1 at distance 0");
        let absolute = Form::Table { bits: bits(1), index: TableIndex::Absolute };
        let table = FieldTable::new(&kernel, 8, absolute);
        assert_eq!(table.values[..3], [1.0, 1.0, 0.0], "0.67 rounds up, 0.449 down");
        assert_eq!(table.origin([5, 3, 4].into_iter()), 0, "counted from the state");
    }

    #[test]
    fn weights_round_symmetrically_per_neuron() {
        let patterns = PatternSet::from_signs(2, &[1, -1, -1, 1]).unwrap();
        let duals = vec![4.0, 0.0, -1.0, -0.3];
        let model = KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), &duals).unwrap();
        assert_eq!(
            rounded_duals(&model, bits(4)),
            [7.0, 0.0, -2.0, -7.0],
            "1.75 to 2; each neuron fills its range"
        );
        assert_eq!(
            rounded_duals(&model, bits(1)),
            [1.0, -1.0, -1.0, -1.0],
            "signs; the stored bit for a zero"
        );
    }

    #[test]
    fn a_weight_of_all_zeros_stays_zero() {
        let patterns = PatternSet::random(3, 4, &mut Streams::new(1).stream(Stream::Patterns)).unwrap();
        let model = KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), &[0.0; 12]).unwrap();
        assert_eq!(rounded_duals(&model, bits(8)), vec![0.0; 12], "no division by the largest magnitude, 0");
    }
}
