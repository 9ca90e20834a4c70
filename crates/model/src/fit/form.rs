//! The memory as an accelerator would hold it: kernel words and weights of few bits, and how well it recalls then.
//!
//! Training and the choice of gamma have to see what rounding does: an absolute table of eight bits is zero far from
//! every pattern, while a table of two bits relative to the nearest pattern recalls where double precision fails
//! (`docs/results/2026-11-22-noise-aware.md`). This is an emulation in floating point of the words that an image holds, made
//! by the same functions ([`klr_units::words`]), not the image: products of integers below 2^53 are exact in double
//! precision, so the signs are too. What has no image, such as a negative kernel, has no words here either.

mod recall;

pub use recall::{Hits, Recalled, recall, recall_nearest};

use crate::kernel::Kernel;
use crate::kernel::product::Real;
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use klr_units::words::{self, WeightWords};
use klr_units::{Bits, TableForm, WeightRounding};
use std::num::NonZeroU32;

/// How kernel values reach the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelForm {
    /// In double precision.
    Float,
    /// As unsigned words ([`kernel_words`]). A distance at which the word is 0 does not contribute.
    Words {
        /// The width of a word, 1 to 16 bits.
        bits: Bits,
        /// What the table of words is indexed by.
        table: TableForm,
        /// The most words that are kept, from index 0 on; those beyond are 0. `None` keeps all.
        window: Option<NonZeroU32>,
    },
}

impl std::fmt::Display for KernelForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Float => f.write_str("float"),
            Self::Words { bits, table, window: None } => write!(f, "{table} {bits} bits"),
            Self::Words { bits, table, window: Some(most) } => {
                write!(f, "{table} {bits} bits, {most} words at most")
            }
        }
    }
}

/// Why a kernel has no words.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum WordsError {
    /// A table relative to the nearest pattern would change fields.
    #[error(
        "kernel \"{kernel}\" has no nearest-relative table: the ratio of its values at two distances depends on more than \
         their difference"
    )]
    NotScaleInvariant {
        /// What the kernel is called ([`Kernel::name`]).
        kernel: &'static str,
    },
    /// A word would be negative.
    #[error(
        "kernel \"{kernel}\" is {} at distance {distance}; kernel words are unsigned, so it must be negative at no distance",
        klr_units::text::value(value)
    )]
    Negative {
        /// What the kernel is called ([`Kernel::name`]).
        kernel: &'static str,
        /// The first distance with a negative value.
        distance: usize,
        /// The value.
        value: f64,
    },
}

/// The words of `kernel` at the Hamming distances 0 to `n` ([`words::kernel_words`]), those beyond the first `window` 0.
///
/// The same words serve both forms of a table where `K(d) = exp(-4 gamma d)`: there the ratio `K(d) / K(d_min)` is
/// `K(d - d_min)`, and scaling all kernel values of a state at once changes the sign of no field. The exponential is the
/// only function for which that holds at every `d_min`, so other kernels have no nearest-relative table.
///
/// # Errors
/// [`WordsError`] if the table is nearest-relative and the kernel no exponential of the distance, or the kernel is negative
/// at some distance.
///
/// # Panics
/// If the kernel is a table that does not fit `n` neurons ([`Kernel::require_fits`]).
pub fn kernel_words(
    kernel: &Kernel,
    n: usize,
    bits: Bits,
    table: TableForm,
    window: Option<NonZeroU32>,
) -> Result<Vec<u16>, WordsError> {
    if table == TableForm::NearestRelative && kernel.gamma().is_none() {
        return Err(WordsError::NotScaleInvariant { kernel: kernel.name() });
    }
    let mut words = words::kernel_words(&kernel.table(n), bits).map_err(|none| WordsError::Negative {
        kernel: kernel.name(),
        distance: none.distance,
        value: none.value,
    })?;
    let most = window.map_or(words.len(), |most| most.get() as usize);
    words.iter_mut().skip(most).for_each(|word| *word = 0);
    Ok(words)
}

/// The dual variables of each neuron 0 to N-1 as integers ([`words::weight_words`]), with the patterns as stored bits.
#[must_use]
pub fn weight_words(model: &KlrModel, rounding: WeightRounding) -> Vec<WeightWords> {
    let neuron = |i: usize| {
        let stored: Vec<i8> = (0..model.p()).map(|mu| model.patterns().sign(mu, i)).collect();
        words::weight_words(&model.duals_of(i), &stored, rounding)
    };
    (0..model.n()).map(neuron).collect()
}

/// A kernel in a [`KernelForm`]: its value for each index 0 to N.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldTable {
    values: Vec<f64>,
    form: TableForm,
}

impl FieldTable {
    /// Words are whole numbers; a float table keeps the values of the kernel.
    ///
    /// # Errors
    /// As [`kernel_words`].
    ///
    /// # Panics
    /// If the kernel is a table that does not fit `n` neurons ([`Kernel::require_fits`]).
    pub(crate) fn new(kernel: &Kernel, n: usize, form: KernelForm) -> Result<Self, WordsError> {
        match form {
            KernelForm::Float => Ok(Self { values: kernel.table(n), form: TableForm::Absolute }),
            KernelForm::Words { bits, table, window } => {
                let words = kernel_words(kernel, n, bits, table, window)?;
                Ok(Self { values: words.into_iter().map(f64::from).collect(), form: table })
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
        match self.form {
            TableForm::Absolute => 0,
            TableForm::NearestRelative => distances.min().unwrap_or(0),
        }
    }
}

/// A model whose fields are computed in a [`KernelForm`], with weights as they are or rounded.
#[derive(Clone, Debug)]
pub struct FormModel<'a> {
    pub(crate) patterns: &'a PatternSet,
    pub(crate) table: FieldTable,
    /// P x N, row-major.
    pub(crate) duals: Vec<f64>,
}

impl<'a> FormModel<'a> {
    /// `model` with its kernel in `form` and, if asked for, rounded weights: the integers of [`weight_words`], whose
    /// scales, one per neuron, change the sign of no field.
    ///
    /// # Errors
    /// [`WordsError`] if the kernel has no words in that form.
    pub fn new(
        model: &'a KlrModel,
        form: KernelForm,
        weights: Option<WeightRounding>,
    ) -> Result<Self, WordsError> {
        let table = FieldTable::new(model.kernel(), model.n(), form)?;
        let duals = weights.map_or_else(|| model.duals(), |rounding| rounded(model, rounding));
        Ok(Self { patterns: model.patterns(), table, duals })
    }

    /// The kernel at each index 0 to N: its words, or its values where they stay in double precision.
    #[must_use]
    pub fn table(&self) -> &[f64] {
        &self.table.values
    }

    /// The weights, P x N row-major.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.duals
    }
}

/// The integers of [`weight_words`], P x N row-major.
fn rounded(model: &KlrModel, rounding: WeightRounding) -> Vec<f64> {
    let neurons = weight_words(model, rounding);
    (0..model.p()).flat_map(|mu| neurons.iter().map(move |neuron| neuron.values[mu].into())).collect()
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
        let form = KernelForm::Words { bits: bits(4), table: TableForm::NearestRelative, window: None };
        let table = FieldTable::new(&kernel, 8, form).unwrap();
        assert_eq!(table.values, [15.0, 10.0, 7.0, 5.0, 3.0, 2.0, 1.0, 1.0, 1.0], "worked by hand");
        assert_eq!(table.origin([5, 3, 4].into_iter()), 3, "counted from the nearest pattern");
        assert_eq!(table.normalised().values[0], 1.0, "training sees 1 at distance 0");
        let absolute = KernelForm::Words { bits: bits(1), table: TableForm::Absolute, window: None };
        let table = FieldTable::new(&kernel, 8, absolute).unwrap();
        assert_eq!(table.values[..3], [1.0, 1.0, 0.0], "0.67 rounds up, 0.449 down");
        assert_eq!(table.origin([5, 3, 4].into_iter()), 0, "counted from the state");
    }

    #[test]
    fn weights_round_symmetrically_per_neuron() {
        let patterns = PatternSet::from_signs(2, &[1, -1, -1, 1]).unwrap();
        let duals = vec![4.0, 0.0, -1.0, -0.3];
        let model = KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), &duals).unwrap();
        assert_eq!(
            rounded(&model, WeightRounding::unclipped(bits(4))),
            [7.0, 0.0, -2.0, -7.0],
            "1.75 to 2; each neuron fills its range"
        );
        assert_eq!(
            rounded(&model, WeightRounding::unclipped(bits(1))),
            [1.0, -1.0, -1.0, -1.0],
            "signs; the stored bit for a zero"
        );
    }

    #[test]
    fn a_weight_of_all_zeros_stays_zero() {
        let patterns = PatternSet::random(3, 4, &mut Streams::new(1).stream(Stream::Patterns)).unwrap();
        let model = KlrModel::from_duals(patterns, Kernel::rbf(0.1).unwrap(), &[0.0; 12]).unwrap();
        assert_eq!(
            rounded(&model, WeightRounding::unclipped(bits(8))),
            vec![0.0; 12],
            "no division by the largest magnitude, 0"
        );
    }
}
