//! From a trained model to the image of a core: formats, rounding, placement, and what was lost.
//!
//! ```
//! use klr_image::{Geometry, TableForm};
//! use klr_model::{Kernel, KlrModel, PatternSet};
//! use klr_quantize::{QuantizeConfig, quantize};
//! use klr_units::Bits;
//!
//! let patterns = PatternSet::from_signs(4, &[1, 1, -1, -1, -1, 1, 1, -1]).unwrap();
//! let model = KlrModel::untrained(patterns, Kernel::rbf(0.3).unwrap());
//! let bits = Bits::new(4).unwrap();
//! let config = QuantizeConfig::new(bits, bits, TableForm::NearestRelative, 1.0).unwrap();
//! let (image, loss) = quantize(&model, Geometry::tiny(), &config).unwrap();
//! assert_eq!((image.p(), loss.stored_patterns_fixed()), (2, Some(1.0)));
//! ```

mod advice;
mod candidates;
mod compensated;
mod descent;
mod examples;
mod fit;
mod judge;
mod levels;
pub mod loss;
mod method;
pub mod proof;
mod table;
mod weights;
pub mod workshop;

pub use advice::{Advice, Setting, advise};
pub use judge::{Verdict, held_out, recalled};
pub use loss::{LossReport, StoredPatterns};
pub use method::{Choice, Method, Trial};
pub use workshop::Workshop;

use klr_image::geometry::MAX_NEURONS;
use klr_image::{CoreImage, ImageError, KernelTable, KernelTableError, Sizing, TableForm, Update};
use klr_model::cue::CueError;
use klr_model::form::{KernelForm, WordsError};
use klr_model::{CueKind, Kernel, KlrModel, NoiseModel, Streams};
use klr_units::{Bits, OutOfRange, SignedFormat, State, WeightRounding};
use std::num::{NonZeroU32, NonZeroUsize};
use workshop::KeepError;

/// How a model becomes integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantizeConfig {
    weights: WeightRounding,
    kernel_bits: Bits,
    kernel_table: TableForm,
    kernel_window: Option<NonZeroU32>,
    method: Method,
}

/// Why a model has no image.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QuantizeError {
    /// More neurons than a core can have.
    #[error("the model has {0} neurons; a core has at most {MAX_NEURONS}")]
    TooManyNeurons(usize),
    /// A field could overflow its accumulator.
    #[error(
        "a field can reach {worst} and needs an accumulator of {required} bits; the core has {available}"
    )]
    Accumulator {
        /// The largest magnitude a field can reach, proved from the weights and the table.
        worst: u64,
        /// Bits that hold it.
        required: u32,
        /// Bits the core has.
        available: u32,
    },
    /// The table cannot work.
    #[error("the kernel table of {bits} bits cannot work: {source}")]
    Table {
        /// Bits of a kernel word.
        bits: Bits,
        /// What is wrong with it.
        source: KernelTableError,
    },
    /// A table relative to the nearest pattern would change fields.
    #[error(
        "the kernel \"{kernel}\" has no table relative to the nearest pattern: the ratio of its values at two distances \
         depends on more than their difference; allowed is absolute, or a kernel that is an exponential of the distance \
         (rbf, exponential)"
    )]
    NotScaleInvariant {
        /// What the kernel is called ([`klr_model::Kernel::name`]).
        kernel: &'static str,
    },
    /// A kernel word would be negative.
    #[error(
        "the kernel \"{kernel}\" is {} at distance {distance}; kernel words are unsigned, so it must be negative at no \
         distance (a polynomial with an offset of 1 or more is not)",
        klr_units::text::value(value)
    )]
    NegativeKernel {
        /// What the kernel is called ([`klr_model::Kernel::name`]).
        kernel: &'static str,
        /// The first distance with a negative value.
        distance: usize,
        /// The value.
        value: f64,
    },
    /// Too many patterns are near each other.
    #[error(
        "more than {allowed} kernel words of pairs of patterns are not zero; this method keeps them all in memory; allowed \
         are fewer patterns, a narrower kernel, or the method \"nearest\""
    )]
    ManyWords {
        /// As many can be.
        allowed: usize,
    },
    /// Too many patterns for their Gram matrix.
    #[error(
        "the method \"compensated\" holds the Gram matrix of all patterns in memory; {found} are too many, at most {allowed} are \
         allowed"
    )]
    ManyPatterns {
        /// P.
        found: usize,
        /// As many can be.
        allowed: usize,
    },
    /// Neurons that are done cannot be kept, or not be taken up again.
    #[error("{0}")]
    Keep(String),
    /// No cue can be made.
    #[error(transparent)]
    Cue(#[from] CueError),
    /// The image does not fit the core.
    #[error(transparent)]
    Image(#[from] ImageError),
}

impl From<KeepError> for QuantizeError {
    fn from(error: KeepError) -> Self {
        Self::Keep(error.to_string())
    }
}

impl From<WordsError> for QuantizeError {
    fn from(error: WordsError) -> Self {
        match error {
            WordsError::NotScaleInvariant { kernel } => Self::NotScaleInvariant { kernel },
            WordsError::Negative { kernel, distance, value } => {
                Self::NegativeKernel { kernel, distance, value }
            }
        }
    }
}

impl QuantizeConfig {
    /// Weights of `weight_format` (or of so many bits in two's complement), kernel words of `kernel_bits` in a table of form `kernel_table`. `weight_clip` is the
    /// share of a neuron's largest dual variable that maps to the largest weight; what lies beyond saturates.
    ///
    /// # Errors
    /// [`OutOfRange`] if the clip is not above 0 and at most 1.
    pub fn new(
        weight_format: impl Into<SignedFormat>,
        kernel_bits: Bits,
        kernel_table: TableForm,
        weight_clip: f64,
    ) -> Result<Self, OutOfRange> {
        let weights = WeightRounding::new(weight_format, weight_clip)?;
        Ok(Self { weights, kernel_bits, kernel_table, kernel_window: None, method: Method::Nearest })
    }

    /// The same with weights of `weight_format` and kernel words of `kernel_bits`.
    #[must_use]
    pub const fn with_formats(self, weight_format: SignedFormat, kernel_bits: Bits) -> Self {
        Self { weights: self.weights.with_format(weight_format), kernel_bits, ..self }
    }

    /// The same with a kernel table of form `kernel_table`.
    #[must_use]
    pub const fn with_table(self, kernel_table: TableForm) -> Self {
        Self { kernel_table, ..self }
    }

    /// The same with a kernel table of the first `window` words at most; `None` keeps all that are not zero.
    #[must_use]
    pub const fn within(self, window: Option<NonZeroU32>) -> Self {
        Self { kernel_window: window, ..self }
    }

    /// The most words of the kernel table, if it is cut.
    #[must_use]
    pub const fn kernel_window(&self) -> Option<NonZeroU32> {
        self.kernel_window
    }

    /// The same with the weights found by `method`.
    #[must_use]
    pub const fn by(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// How the weights are found.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The format of a weight.
    #[must_use]
    pub const fn weight_format(&self) -> SignedFormat {
        self.weights.format()
    }

    /// Bits of a weight, its sign included.
    #[must_use]
    pub const fn weight_bits(&self) -> Bits {
        self.weights.bits()
    }

    /// Bits of a kernel word.
    #[must_use]
    pub const fn kernel_bits(&self) -> Bits {
        self.kernel_bits
    }

    /// How dual variables become weights.
    #[must_use]
    pub const fn weights(&self) -> WeightRounding {
        self.weights
    }

    /// What indexes the kernel table.
    #[must_use]
    pub const fn kernel_table(&self) -> TableForm {
        self.kernel_table
    }

    /// The table of `kernel` for `n` neurons.
    fn table(&self, kernel: &Kernel, n: usize) -> Result<KernelTable, QuantizeError> {
        table::kernel_table(kernel, n, self.kernel_bits, self.kernel_table, self.kernel_window)
    }

    /// How the kernel reaches the fields.
    #[must_use]
    pub const fn kernel_form(&self) -> KernelForm {
        KernelForm::Words { bits: self.kernel_bits, table: self.kernel_table, window: self.kernel_window }
    }
}

/// Kernel words that an image of `n` neurons with `kernel` stores: the window of its table. `None` if it has none, as
/// [`quantize`] will say.
///
/// # Panics
/// If the kernel is a table that does not fit `n` neurons ([`Kernel::require_fits`]).
#[must_use]
pub fn kernel_window(kernel: &Kernel, n: usize, config: &QuantizeConfig) -> Option<u64> {
    let table = config.table(kernel, n).ok()?;
    Some(table.window() as u64)
}

/// What weights are made for, and how they are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
    /// Where cues are drawn from, and a sample of the patterns if all would take minutes ([`klr_model::stored`]).
    pub streams: Streams,
    /// How a pattern becomes a cue.
    pub cue: CueKind,
    /// When neurons are updated.
    pub update: Update,
    /// Steps or sweeps that a retrieval may take.
    pub max_steps: u64,
}

impl Conditions {
    /// Cues with a tenth of their bits flipped, updated at once in at most 30 steps, as the literature has them; seed 0, one
    /// thread.
    #[must_use]
    pub const fn literature() -> Self {
        Self {
            threads: NonZeroUsize::MIN,
            streams: Streams::new(0),
            cue: CueKind::Flips { noise: 0.1, model: NoiseModel::Bernoulli },
            update: Update::Synchronous,
            max_steps: 30,
        }
    }
}

/// [`quantize_and_check`] on one thread, for the cues of the literature.
///
/// # Errors
/// As [`quantize_and_check`].
pub fn quantize(
    model: &KlrModel,
    core: impl Into<Sizing>,
    config: &QuantizeConfig,
) -> Result<(CoreImage, LossReport), QuantizeError> {
    quantize_and_check(model, core, config, &Conditions::literature())
}

/// [`quantize_in`] with nobody told, and nothing kept.
///
/// # Errors
/// As [`quantize_in`].
pub fn quantize_and_check(
    model: &KlrModel,
    core: impl Into<Sizing>,
    config: &QuantizeConfig,
    conditions: &Conditions,
) -> Result<(CoreImage, LossReport), QuantizeError> {
    quantize_in(&Workshop::ALONE, model, core, config, conditions)
}

/// Quantizes `model` for `core`, a [`Geometry`](klr_image::Geometry) or one whose capacities are open: the image has a
/// number for each.
///
/// # Errors
/// [`QuantizeError`] if the kernel has no table of that form, if the image does not fit its memories, or if
/// a field could overflow: the width of the accumulators is proved from the actual weights and kernel words, not from
/// their formats.
pub fn quantize_in(
    workshop: &Workshop<'_>,
    model: &KlrModel,
    core: impl Into<Sizing>,
    config: &QuantizeConfig,
    conditions: &Conditions,
) -> Result<(CoreImage, LossReport), QuantizeError> {
    let patterns = model.patterns();
    if patterns.n() > MAX_NEURONS as usize {
        return Err(QuantizeError::TooManyNeurons(patterns.n()));
    }
    let table = config.table(model.kernel(), model.n())?;
    let states: Vec<State> = (0..patterns.p()).map(|mu| patterns.state(mu)).collect();
    let method::Found { image, fidelity, choice } =
        method::find(model, core.into(), config, &table, &states, conditions, workshop)?;
    let (worst, required) = (image.worst_case_field(), image.required_accumulator_bits());
    let available = image.geometry().accumulator_bits();
    if required > available {
        return Err(QuantizeError::Accumulator { worst, required, available });
    }
    let loss = loss::report(&image, fidelity, choice, conditions);
    tracing::debug!(?loss, "quantized");
    Ok((image, loss))
}
