//! What a baseline has besides the patterns: a width, a degree, a penalty.

use crate::baselines::{Baseline, BaselineOptions, Diagonal};
use crate::kernel::{Kernel, KernelError};
use klr_units::text::number;
use std::fmt;

/// One parameter of a baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// The inverse squared width of the kernel.
    Gamma(f64),
    /// The inverse temperature.
    Beta(f64),
    /// The degree of the interaction.
    Degree(u16),
    /// The weight of the regulariser.
    Lambda(f64),
    /// The weights from a neuron to itself.
    Diagonal(Diagonal),
}

impl Setting {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gamma(_) => "gamma",
            Self::Beta(_) => "beta",
            Self::Degree(_) => "degree",
            Self::Lambda(_) => "lambda",
            Self::Diagonal(_) => "diagonal",
        }
    }

    /// Its value, if that is a number.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Gamma(value) | Self::Beta(value) | Self::Lambda(value) => Some(value),
            Self::Degree(degree) => Some(degree.into()),
            Self::Diagonal(_) => None,
        }
    }
}

/// The name and the value, three digits of it: `beta 0.431`, `diagonal kept`.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gamma(value) | Self::Beta(value) | Self::Lambda(value) => {
                write!(f, "{} {}", self.name(), number(*value, 3))
            }
            Self::Degree(degree) => write!(f, "degree {degree}"),
            Self::Diagonal(diagonal) => write!(f, "diagonal {}", diagonal.name()),
        }
    }
}

impl Baseline {
    /// The parameters that this baseline takes from `options`, in the order of reports; none for the Hebbian rule and the
    /// nearest pattern. A kernel that is no exponential of the distance has no width, and is taken as it is.
    #[must_use]
    pub fn settings(self, options: &BaselineOptions) -> Vec<Setting> {
        let width = || options.kernel.gamma().map(Setting::Gamma);
        match self {
            Self::Hebbian | Self::NearestPattern => Vec::new(),
            Self::PseudoInverse => vec![Setting::Diagonal(options.diagonal)],
            Self::LinearLogistic => vec![Setting::Lambda(options.logistic_lambda)],
            Self::DensePolynomial => vec![Setting::Degree(options.degree)],
            Self::DenseExponential | Self::ModernHopfield => vec![Setting::Beta(options.beta)],
            Self::Untrained | Self::MaxMargin => width().into_iter().collect(),
            Self::KernelRidge => width().into_iter().chain([Setting::Lambda(options.ridge_lambda)]).collect(),
        }
    }

    /// The options with one parameter of this baseline changed.
    ///
    /// # Errors
    /// [`KernelError`] if a gamma makes no kernel.
    pub(super) fn with(
        self,
        options: &BaselineOptions,
        setting: Setting,
    ) -> Result<BaselineOptions, KernelError> {
        let mut changed = options.clone();
        match setting {
            Setting::Gamma(gamma) => changed.kernel = Kernel::rbf(gamma)?,
            Setting::Beta(beta) => changed.beta = beta,
            Setting::Degree(degree) => changed.degree = degree,
            Setting::Lambda(lambda) if self == Self::LinearLogistic => changed.logistic_lambda = lambda,
            Setting::Lambda(lambda) => changed.ridge_lambda = lambda,
            Setting::Diagonal(diagonal) => changed.diagonal = diagonal,
        }
        Ok(changed)
    }
}
