//! What quantization lost, and what the image costs in memory.

use crate::weights::Fidelity;
use crate::{Choice, Conditions};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Memories, PatternSample};
use klr_model::stored::{Look, sample_size, sampled_rows};

/// What became of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct LossReport {
    /// What becomes of the stored patterns when each is the state.
    pub stored: StoredPatterns,
    /// How the weights were found.
    pub choice: Choice,
    /// Weights held at the end of their format, where they are rounded dual variables.
    pub saturated_weights: Option<u64>,
    /// How far the weights are from the dual variables, each neuron with a scale of its own: root of the summed squared error over root of the summed squares.
    pub weight_error: f64,
    /// Bits an accumulator needs so that no field can overflow, proved from the weights and the table.
    pub required_accumulator_bits: u32,
    /// Bits of memory that the image occupies, padding of partly filled words included.
    pub sram_bits: Memories<u64>,
}

/// What becomes of the stored patterns when each is the state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StoredPatterns {
    /// All were looked at.
    All {
        /// Share (0 to 1) of them that a core keeps: no integer field is against its neuron, and one of 0 leaves it as it is.
        kept: f64,
        /// Share (0 to 1) of them at which every integer field has the sign of its neuron.
        fixed: f64,
        /// The smallest `s_i h_i` over neurons and patterns, in units of the integer field.
        min_margin: i64,
    },
    /// Some were, drawn at random, since all would take minutes.
    Sample(PatternSample),
}

impl LossReport {
    /// Share (0 to 1) of stored patterns that a core keeps, if all were looked at.
    #[must_use]
    pub const fn stored_patterns_kept(&self) -> Option<f64> {
        match self.stored {
            StoredPatterns::All { kept, .. } => Some(kept),
            StoredPatterns::Sample(_) => None,
        }
    }

    /// Share (0 to 1) of stored patterns at which every integer field has the sign of its neuron, if all were looked at.
    #[must_use]
    pub const fn stored_patterns_fixed(&self) -> Option<f64> {
        match self.stored {
            StoredPatterns::All { fixed, .. } => Some(fixed),
            StoredPatterns::Sample(_) => None,
        }
    }

    /// The smallest `s_i h_i` over neurons and stored patterns, in units of the integer field, if all were looked at.
    #[must_use]
    pub const fn min_margin(&self) -> Option<i64> {
        match self.stored {
            StoredPatterns::All { min_margin, .. } => Some(min_margin),
            StoredPatterns::Sample(_) => None,
        }
    }
}

pub(crate) fn report(
    image: &CoreImage,
    fidelity: Fidelity,
    choice: Choice,
    check: &Conditions,
) -> LossReport {
    LossReport {
        stored: stored(image, check),
        choice,
        saturated_weights: fidelity.saturated,
        weight_error: fidelity.relative_error,
        required_accumulator_bits: image.required_accumulator_bits(),
        sram_bits: image.sram_bits(),
    }
}

/// All patterns where that takes seconds; a sample elsewhere.
fn stored(image: &CoreImage, check: &Conditions) -> StoredPatterns {
    let (n, p) = (image.n() as usize, image.p() as usize);
    let reference = Reference::new(image);
    let certificate = match Look::at(n, p) {
        Look::Whole => Some(reference.stored_on(check.threads)),
        Look::Compare => reference.stored_if_near(check.threads),
        Look::Sample => None,
    };
    if let Some(certificate) = certificate {
        let share = |patterns| patterns as f64 / f64::from(image.p());
        let (kept, fixed) = (share(certificate.kept), share(certificate.fixed));
        return StoredPatterns::All { kept, fixed, min_margin: certificate.min_margin };
    }
    let count = sample_size(n, p, is_wide(&reference, n, p));
    StoredPatterns::Sample(reference.stored_of(&sampled_rows(p, count, &check.streams), check.threads))
}

/// Whether the products of a pattern with those near it are more work than finding them.
fn is_wide(reference: &Reference<'_>, n: usize, p: usize) -> bool {
    /// Patterns that tell, evenly spaced.
    const TRIED: usize = 16;
    /// Products in the time of one comparison of two words.
    const PRODUCTS: f64 = 4.0;
    let tried = TRIED.min(p);
    let rows: Vec<usize> = (0..tried).map(|at| at * p / tried).collect();
    reference.near(&rows) * n as f64 > PRODUCTS * (p * n.div_ceil(64)) as f64
}
