//! The path of training: curvature epoch by epoch, and how straight it is.

use super::{Work, drawn, refused};
use crate::error::Error;
use crate::record::Record;
use klr_analysis::path::{Method, Metric, PathConfig, paths};
use klr_model::{Kernel, Streams};
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

impl Work for Paths {
    fn key(&self) -> String {
        let Self { seed, n, p, gamma, eta, epochs, neurons, curvature, set, .. } = self;
        format!(
            "paths seed={seed} n={n} p={p} gamma={gamma} way={} eta={eta} epochs={epochs} neurons={neurons} \
             curvature={curvature} set={set}",
            self.way.name()
        )
    }

    fn run(&self) -> Result<Record, Error> {
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
        let mut record = Record::default();
        for path in paths(&patterns, &kernel, &neurons, &config).map_err(|e| refused(self, e))? {
            record.push("dual_ratio", path.dual_ratio());
            record.push("field_ratio", path.field_ratio());
            for curvature in &path.curvature {
                record.push(format!("lambda_max/{}", path.neuron), curvature.lambda_max);
            }
        }
        Ok(record)
    }
}
