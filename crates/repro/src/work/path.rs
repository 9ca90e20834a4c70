//! The path of training: curvature epoch by epoch, and how straight it is.

use super::{UnitOfWork, drawn, refused};
use crate::error::ReproError;
use klr_analysis::path::{Method, Metric, Path, PathConfig, paths};
use klr_model::{Kernel, Streams};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Which way training goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    /// Along the gradient.
    Gradient,
    /// Along the natural gradient; the metric, and what is added to its diagonal.
    Natural(Metric, f64),
}

impl Way {
    fn name(self) -> String {
        match self {
            Self::Gradient => "gradient".to_owned(),
            Self::Natural(metric, damping) => format!("natural:{metric:?}:{damping}"),
        }
    }

    const fn method(self) -> Method {
        match self {
            Self::Gradient => Method::Gradient,
            Self::Natural(metric, damping) => Method::Natural { metric, damping },
        }
    }
}

/// Paths of the first few neurons in storing one set of patterns.
pub(crate) struct Paths {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) p: usize,
    pub(crate) gamma: f64,
    pub(crate) way: Way,
    pub(crate) eta: f64,
    pub(crate) epochs: u32,
    pub(crate) neurons: usize,
    /// Whether the curvature is wanted.
    pub(crate) curvature: bool,
    pub(crate) set: u64,
}

/// The path of one neuron.
#[derive(Serialize, Deserialize)]
pub(crate) struct PathFound {
    /// Length over distance in the space of the dual variables.
    pub(crate) dual_ratio: f64,
    /// The same in the space of the fields.
    pub(crate) field_ratio: f64,
    /// The largest eigenvalue of the Hessian at each epoch, if the curvature was wanted.
    pub(crate) lambda_max: Vec<f64>,
}

impl UnitOfWork for Paths {
    /// One path per neuron.
    type Found = Vec<PathFound>;

    fn key(&self) -> String {
        let Self { seed, n, p, gamma, eta, epochs, neurons, curvature, set, .. } = self;
        format!(
            "paths seed={seed} n={n} p={p} gamma={gamma} way={} eta={eta} epochs={epochs} neurons={neurons} \
             curvature={curvature} set={set}",
            self.way.name()
        )
    }

    fn run(&self) -> Result<Vec<PathFound>, ReproError> {
        let streams = Streams::new(self.seed);
        let patterns = drawn(self, &streams, self.n, self.p, self.set)?;
        let kernel = Kernel::rbf(self.gamma).map_err(|e| refused(self, e))?;
        let config = PathConfig {
            method: self.way.method(),
            eta: self.eta,
            lambda: 0.01,
            epochs: self.epochs,
            curvature: self.curvature,
            threads: NonZeroUsize::MIN,
        };
        let neurons: Vec<usize> = (0..self.neurons).collect();
        let found = |path: Path| PathFound {
            dual_ratio: path.dual_ratio(),
            field_ratio: path.field_ratio(),
            lambda_max: path.curvature.iter().map(|curvature| curvature.lambda_max).collect(),
        };
        let paths = paths(&patterns, &kernel, &neurons, &config).map_err(|e| refused(self, e))?;
        Ok(paths.into_iter().map(found).collect())
    }
}
