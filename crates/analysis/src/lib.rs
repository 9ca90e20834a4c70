//! What a memory is like: basins, boundaries, fields, capacity, curvature and weights.
//!
//! ```
//! use klr_analysis::CueConfig;
//! use klr_analysis::snr::field_statistics;
//! use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams};
//! use std::num::NonZeroUsize;
//!
//! let streams = Streams::new(1);
//! let patterns = PatternSet::random(64, 20, &mut streams.stream(Stream::Patterns))?;
//! let memory = KlrModel::untrained(patterns, Kernel::rbf(0.1)?);
//! let cues = CueConfig { count: 50, noise: 0.1, model: NoiseModel::Exact };
//! let found = field_statistics(&memory, &cues, 0.95, streams, NonZeroUsize::MIN)?;
//! assert!(found.right.value() > 0.99, "so few patterns hardly disturb each other");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every function takes a trained [`KlrModel`] or what training needs, returns plain data, and draws
//! its cues from named streams, one index per cue, so that the same seed gives the same bytes on any number of
//! threads.
//!
//! | module | question |
//! |---|---|
//! | [`basin`] | from how far away is a memory recalled, and where do failures end? |
//! | [`overlap`] | do synchronous and asynchronous retrieval approach alike? |
//! | [`morph`] | how sharp is the boundary between two memories, and is retrieval slow there? |
//! | [`snr`] | how far do fields stand above crosstalk? |
//! | [`truncation`] | what does a kernel table of few bits and words leave of the fields? |
//! | [`mod@capacity`] | how many patterns can be stored? |
//! | [`phase`] | what happens over kernel width and load? |
//! | [`curvature`] | how steep is the objective: the ridge, and the edge of stability |
//! | [`path`] | which way does training go, by gradient and by natural gradient? |
//! | [`sharpness`] | how strong are the forces at a memory? |
//! | [`landscape`] | does the pseudo-energy fall, do states alternate, how large are the margins? |
//! | [`weights`] | how are the dual variables spread, and what do pruning and rounding cost? |
//! | [`laws`] | do the baselines hold as many patterns as published laws say? |
//! | [`separable`] | can any pairwise rule hold them? |
//! | [`sequence`] | patterns that follow one another, and walks along them |
//! | [`flow`] | retrieval in continuous time and states |

pub mod basin;
pub mod capacity;
pub mod curvature;
pub mod flow;
pub mod landscape;
pub mod laws;
pub mod morph;
mod ode;
pub mod overlap;
pub mod path;
pub mod phase;
pub mod separable;
pub mod sequence;
pub mod sharpness;
pub mod snr;
pub mod truncation;
pub mod weights;

use klr_model::noise::{NoiseModel, corrupt};
use klr_model::{KlrModel, PatternSet, Stream, Streams};
use klr_statistics::StatisticsError;
use klr_units::threads::map_in_order;
use klr_units::{OutOfRange, State};
use rand::RngExt;
use std::num::NonZeroUsize;

/// Why an analysis cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// A parameter is out of its range.
    #[error(transparent)]
    Parameter(#[from] OutOfRange),
    /// There is no such pattern.
    #[error("there is no pattern {mu}: the patterns are 0 to {}", p - 1)]
    Pattern {
        /// The pattern asked for.
        mu: usize,
        /// P.
        p: usize,
    },
    /// There is no such neuron.
    #[error("there is no neuron {i}: the neurons are 0 to {}", n - 1)]
    Neuron {
        /// The neuron asked for.
        i: usize,
        /// N.
        n: usize,
    },
    /// The kernel has no continuous extension that is known.
    #[error("the forces are defined for radial basis functions only, not for a {kernel}")]
    NotRadial {
        /// The kernel.
        kernel: String,
    },
    /// There are more patterns than the dense matrices of an analysis allow.
    #[error("{p} patterns are too many for this analysis: at most {limit}")]
    TooLarge {
        /// P.
        p: usize,
        /// The most patterns allowed.
        limit: usize,
    },
    /// There is no memory for the Gram matrix.
    #[error("the Gram matrix of {p} patterns does not fit memory")]
    Memory {
        /// P.
        p: usize,
    },
    /// A matrix that should be positive definite is not.
    #[error("the Fisher metric is not positive definite: raise the damping")]
    Metric,
    /// The kernel does not fit the patterns.
    #[error(transparent)]
    Kernel(#[from] klr_model::kernel::KernelError),
    /// A state or pattern set is of no use.
    #[error(transparent)]
    State(#[from] klr_model::PatternError),
    /// A figure cannot be computed.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}

/// Cues to retrieve from: noisy copies of patterns drawn at random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CueConfig {
    /// Cues, at least 1.
    pub count: u32,
    /// The noise level, 0 to 1.
    pub noise: f64,
    /// Which bits it flips.
    pub model: NoiseModel,
}

impl CueConfig {
    fn check(&self) -> Result<(), AnalysisError> {
        let wrong =
            |name, value, allowed| Err(AnalysisError::Parameter(OutOfRange::new(name, value, allowed)));
        if self.count == 0 {
            wrong("the number of cues", 0.0, "at least 1")
        } else if !(0.0..=1.0).contains(&self.noise) {
            wrong("noise", self.noise, "from 0 to 1")
        } else {
            Ok(())
        }
    }

    /// `work` on every cue, in order.
    fn for_each<R: Send>(
        &self,
        model: &KlrModel,
        streams: Streams,
        threads: NonZeroUsize,
        work: impl Fn(NoisyPattern) -> R + Sync,
    ) -> Result<Vec<R>, AnalysisError> {
        self.check()?;
        let indices = (0..u64::from(self.count)).collect();
        Ok(map_in_order(indices, threads, |index| {
            work(NoisyPattern::draw(model.patterns(), self.noise, self.model, streams, index))
        }))
    }
}

/// A noisy copy of a pattern: what most retrievals here start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoisyPattern {
    /// Its index in the streams.
    pub index: u64,
    /// The pattern.
    pub pattern: State,
    /// The copy.
    pub state: State,
}

impl NoisyPattern {
    /// A copy of a pattern drawn from [`Stream::Cues`], with the noise of [`Stream::Noise`], both at `index`.
    ///
    /// # Panics
    /// If `noise` is not between 0 and 1.
    #[must_use]
    pub fn draw(patterns: &PatternSet, noise: f64, model: NoiseModel, streams: Streams, index: u64) -> Self {
        let target = streams.indexed(Stream::Cues, index).random_range(0..patterns.p());
        let pattern = patterns.state(target);
        let state = corrupt(&pattern, noise, model, &mut streams.indexed(Stream::Noise, index));
        Self { index, pattern, state }
    }
}

fn check_pattern(model: &KlrModel, mu: usize) -> Result<(), AnalysisError> {
    if mu < model.p() { Ok(()) } else { Err(AnalysisError::Pattern { mu, p: model.p() }) }
}
