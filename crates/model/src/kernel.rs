//! Kernels on packed states, and their Gram matrices.

mod gram;
pub(crate) mod product;

pub(crate) use gram::{append_gram_block, append_gram_rows, gram_rows};
pub use gram::{gram, largest_eigenvalue, try_gram};

use klr_units::OutOfRange;
use klr_units::text::value;
use std::fmt;
use std::sync::Arc;

/// Why a kernel cannot be made, or does not fit the patterns.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum KernelError {
    /// A parameter is out of its range.
    #[error(transparent)]
    Parameter(#[from] OutOfRange),
    /// A table of values has too few or too many entries.
    #[error("a kernel table of {found} entries does not fit {n} neurons: it needs {} entries, one per distance", n + 1)]
    Length {
        /// Entries given.
        found: usize,
        /// N.
        n: usize,
    },
    /// A value of a table is infinite or not a number.
    #[error("the kernel table is {value} at distance {distance}; it must be finite")]
    NotFinite {
        /// The Hamming distance.
        distance: usize,
        /// The value found.
        value: f64,
    },
}

/// A kernel on states of -1 and +1 that depends on their Hamming distance d alone: a table of N+1 entries, indexed by an
/// integer. With the overlap `m = x.y / N = 1 - 2d/N`:
///
/// | kernel | value | source |
/// |---|---|---|
/// | [`Self::rbf`] | `exp(-gamma ||x - y||^2) = exp(-4 gamma d)` | arXiv:2605.05978 |
/// | [`Self::exponential`] | `exp(beta N (m - 1)) = exp(-2 beta d)` | Chiueh & Goodman 1988 |
/// | [`Self::polynomial`] | `((m + offset) / (1 + offset))^degree` | Krotov & Hopfield 2016, with the self-overlap scaled to 1 |
/// | [`Self::linear`] | `m` | Hopfield 1982 |
/// | [`Self::from_table`] | whatever the user says | - |
///
/// The first two are one family (`beta = 2 gamma`): on binary states the exponential of the overlap is a radial basis
/// function.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    shape: KernelFamily,
}

/// What a kernel is made of, for those who store it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KernelFamily {
    Rbf { gamma: f64 },
    Exponential { beta: f64 },
    Polynomial { degree: u16, offset: f64 },
    Linear,
    Table(Arc<[f64]>),
}

/// The highest degree of a polynomial kernel: far above the one at which it is narrower than a single bit.
pub const MAX_DEGREE: u16 = 10_000;

impl Kernel {
    /// The radial basis function `exp(-gamma ||x - y||^2)` (arXiv:2605.05978), gamma absolute: not divided by N.
    /// The squared distance of states is four times the Hamming distance. A larger gamma is a narrower kernel.
    ///
    /// # Errors
    /// [`KernelError::Parameter`] if `gamma` or the exponent `4 gamma` is not finite, or `gamma` is not above 0.
    pub fn rbf(gamma: f64) -> Result<Self, KernelError> {
        let valid = (4.0 * gamma).is_finite() && gamma > 0.0;
        Self::checked(valid, "gamma", gamma, "finite and above 0", KernelFamily::Rbf { gamma })
    }

    /// The exponential of the overlap, `exp(beta (x.y - N))`: 1 at distance 0.
    ///
    /// # Errors
    /// [`KernelError::Parameter`] if `beta` or `2 beta` is not finite, or `beta` is not above 0.
    pub fn exponential(beta: f64) -> Result<Self, KernelError> {
        let valid = (2.0 * beta).is_finite() && beta > 0.0;
        Self::checked(valid, "beta", beta, "finite and above 0", KernelFamily::Exponential { beta })
    }

    /// The polynomial `((m + offset) / (1 + offset))^degree` of the overlap m = x.y / N: 1 at distance 0, and nowhere
    /// negative for an offset of 1 or more.
    ///
    /// # Errors
    /// [`KernelError::Parameter`] if `degree` is not 1 to [`MAX_DEGREE`], or `offset` is negative or not finite.
    pub fn polynomial(degree: u16, offset: f64) -> Result<Self, KernelError> {
        let valid = offset.is_finite() && offset >= 0.0;
        let shape = KernelFamily::Polynomial { degree, offset };
        let kernel = Self::checked(valid, "offset", offset, "finite and at least 0", shape)?;
        if (1..=MAX_DEGREE).contains(&degree) {
            return Ok(kernel);
        }
        Err(KernelError::Parameter(OutOfRange::new("degree", degree, "1 to 10000")))
    }

    /// The overlap itself, `m = x.y / N`.
    #[must_use]
    pub const fn linear() -> Self {
        Self { shape: KernelFamily::Linear }
    }

    /// The kernel with the given value at each Hamming distance 0 to N. Training needs a Gram matrix that is positive
    /// semidefinite; whether a table gives one depends on the patterns.
    ///
    /// # Errors
    /// [`KernelError::NotFinite`] naming the first distance without a finite value.
    pub fn from_table(values: Vec<f64>) -> Result<Self, KernelError> {
        match values.iter().position(|value| !value.is_finite()) {
            Some(distance) => Err(KernelError::NotFinite { distance, value: values[distance] }),
            None => Ok(Self { shape: KernelFamily::Table(values.into()) }),
        }
    }

    fn checked(
        valid: bool,
        name: &'static str,
        value: f64,
        allowed: &'static str,
        shape: KernelFamily,
    ) -> Result<Self, KernelError> {
        if valid {
            Ok(Self { shape })
        } else {
            Err(KernelError::Parameter(OutOfRange::new(name, value, allowed)))
        }
    }

    /// The inverse squared width of a radial basis function: gamma, or beta/2 for the exponential of the overlap; `None`
    /// for a kernel that is none.
    #[must_use]
    pub fn gamma(&self) -> Option<f64> {
        match self.shape {
            KernelFamily::Rbf { gamma } => Some(gamma),
            KernelFamily::Exponential { beta } => Some(beta / 2.0),
            KernelFamily::Polynomial { .. } | KernelFamily::Linear | KernelFamily::Table(_) => None,
        }
    }

    /// Whether the values were given one by one, so that nothing is known of them.
    pub(crate) const fn is_table(&self) -> bool {
        matches!(self.shape, KernelFamily::Table(_))
    }

    /// What the kernel is made of.
    pub(crate) const fn shape(&self) -> &KernelFamily {
        &self.shape
    }

    /// What the kernel is called in plans and reports: `rbf`, `exponential`, `polynomial`, `linear` or `table`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.shape {
            KernelFamily::Rbf { .. } => "rbf",
            KernelFamily::Exponential { .. } => "exponential",
            KernelFamily::Polynomial { .. } => "polynomial",
            KernelFamily::Linear => "linear",
            KernelFamily::Table(_) => "table",
        }
    }

    /// Refuses a table without a value at each distance of `n` neurons.
    ///
    /// # Errors
    /// [`KernelError::Length`] for a table of another number of entries.
    pub fn require_fits(&self, n: usize) -> Result<(), KernelError> {
        match &self.shape {
            KernelFamily::Table(values) if values.len() != n + 1 => {
                Err(KernelError::Length { found: values.len(), n })
            }
            _ => Ok(()),
        }
    }

    /// The kernel value at each Hamming distance 0 to `n`: N+1 entries.
    ///
    /// # Panics
    /// If the kernel is a table of another number of entries ([`Self::require_fits`]).
    #[must_use]
    pub fn table(&self, n: usize) -> Vec<f64> {
        let overlap = |d: usize| 1.0 - 2.0 * d as f64 / n as f64;
        match &self.shape {
            KernelFamily::Rbf { gamma } => (0..=n).map(|d| (-4.0 * gamma * d as f64).exp()).collect(),
            KernelFamily::Exponential { beta } => (0..=n).map(|d| (-2.0 * beta * d as f64).exp()).collect(),
            KernelFamily::Polynomial { degree, offset } => {
                (0..=n).map(|d| ((overlap(d) + offset) / (1.0 + offset)).powi((*degree).into())).collect()
            }
            KernelFamily::Linear => (0..=n).map(overlap).collect(),
            KernelFamily::Table(values) => {
                assert_eq!(values.len(), n + 1, "a kernel table and its patterns have one length");
                values.to_vec()
            }
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            KernelFamily::Rbf { gamma } => write!(f, "gamma {}", value(gamma)),
            KernelFamily::Exponential { beta } => write!(f, "beta {}", value(beta)),
            KernelFamily::Polynomial { degree, offset } => {
                write!(f, "degree {degree}, offset {}", value(offset))
            }
            KernelFamily::Linear => f.write_str("linear kernel"),
            KernelFamily::Table(values) => write!(f, "kernel table of {} entries", values.len()),
        }
    }
}

#[cfg(test)]
mod tests;
