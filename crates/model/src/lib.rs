//! Kernel logistic regression (KLR) Hopfield networks in floating point: patterns, kernel, training and the reference
//! dynamics that everything in integers is compared with.
//!
//! N neurons hold a state s in {-1, +1}^N. P stored patterns xi give each neuron a field
//! `h_i(s) = sum_mu alpha_i^mu K(s, xi^mu)`, and `s_i <- sign h_i`, where a field of exactly 0 keeps the neuron as it is.
//! The dual variables alpha are trained, one regularised logistic regression per neuron (arXiv:2605.05978).
//!
//! ```
//! use klr_model::noise::corrupt;
//! use klr_model::{
//!     Kernel, NoiseModel, VisitOrder, PatternSet, RetrievalConfig, Stream, Streams, TrainConfig, UpdateRule, retrieve, train,
//! };
//!
//! let streams = Streams::new(1);
//! let patterns = PatternSet::random(64, 100, &mut streams.stream(Stream::Patterns))?;
//! let config = TrainConfig { iterations: 100, ..TrainConfig::literature() };
//! let (model, fit) = train(&patterns, Kernel::rbf(0.1)?, &config, &mut |_| {})?;
//! assert_eq!(fit.stored_patterns_fixed, 1.0);
//!
//! let target = patterns.state(7);
//! let cue = corrupt(&target, 0.1, NoiseModel::Exact, &mut streams.indexed(Stream::Noise, 7));
//! let config = RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Random), max_steps: 30 };
//! let end = retrieve(&model, &cue, config, &mut streams.indexed(Stream::Order, 7))?;
//! assert_eq!(end.state, target);
//! assert_eq!(end.flips, 6, "one event for each of the round(0.1 x 64) wrong bits");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! | room | module | holds |
//! |---|---|---|
//! | | [`random`] | named random streams |
//! | [`pattern`] | | patterns, one bit per neuron |
//! | | [`generate`] | patterns with a correlation that is known |
//! | | [`noise`] | patterns with bits flipped |
//! | | [`npy`] | NumPy files of patterns, cues and dual variables |
//! | [`kernel`] | | the kernel as a table over the Hamming distance, and the Gram matrix |
//! | [`retrieve`](mod@retrieve) | [`model`] | a trained network and its fields |
//! | | [`codec`] | saved models |
//! | | [`memory`] | what a retrieval asks of any associative memory |
//! | | [`mod@cue`] | cues: flipped, erased, hidden and mixed bits |
//! | | [`dynamics`] | retrieval: synchronous, or neuron by neuron in three orders |
//! | | [`measure`] | how well they were recalled |
//! | [`fit`] | [`objective`] | what training minimises, and its exact gradient |
//! | | [`report`](fit::report) | how training ended, and why it may not start |
//! | | [`mod@train`] | gradient descent: the literature's recipe |
//! | | [`mod@solve`] | the optimum, with a certificate of how near it is |
//! | | [`stored`] | how well dual variables from elsewhere fit, at any number of patterns |
//! | | [`ridge`] | kernel ridge regression in closed form |
//! | | [`factor`] | Cholesky's factor in blocks |
//! | | [`min_max`] | the published uniform quantiser of dual variables |
//! | | [`noise_aware`] | training on corrupted copies of the patterns |
//! | | [`form`] | recall with the kernel words and weights an accelerator would hold |
//! | | [`tune`] | choosing gamma |
//! | [`baselines`] | | every other associative memory that KLR is compared with |
//!
//! # The same bytes on any number of threads
//!
//! Training splits its matrix products into blocks of rows that depend on P alone, and adds what the blocks return in
//! their order. The kernels of the product differ between instruction sets, so another kind of processor may round
//! another way: what has to be identical everywhere starts from stored dual variables, not from training.
//!
//! # Speed
//!
//! Measured on two x86-64 cores (nalgebra's product uses 256-bit vectors there, chosen when the program runs), N = 100
//! and P = 3,000, in a plain release build: 500 updates take 10 to 11 seconds in single precision, 15 to 18 on one
//! thread, and 16 in double precision. One product of the Gram matrix with a P x N panel, in billions of operations per
//! second on both cores:
//!
//! | product | single | double |
//! |---|---|---|
//! | nalgebra, blocks of rows of K stored by columns (used here) | 200 | 105 |
//! | nalgebra, blocks of rows of K stored by rows | 145 | 100 |
//! | nalgebra, blocks of 50 columns of the panel | 150 | 85 |
//! | faer, blocks of 50 columns of the panel | 170 | 105 |
//! | faer, blocks of rows, the panel stored by rows | 215 | - |
//!
//! The two libraries are within the spread of repeated measurements, and faer would add about 45 seconds to a build from
//! scratch on two cores.

pub mod baselines;
pub mod fit;
pub mod kernel;
pub mod pattern;
pub mod random;
pub mod retrieve;

pub use fit::objective::{Penalty, Problem};
pub use fit::report::{FitOutcome, FitProgress, FitReport, Precision, TrainError};
pub use fit::solve::{GramStorage, SolveConfig, solve, solve_towards};
pub use fit::stored::{Fit, fit_of};
pub use fit::train::{TrainConfig, train};
pub use fit::{factor, form, min_max, noise_aware, objective, ridge, solve, stored, train, tune};
pub use kernel::Kernel;
pub use klr_units::State;
pub use pattern::noise::NoiseModel;
pub use pattern::{PatternError, PatternSet};
pub use pattern::{generate, noise, npy};
pub use random::{Stream, Streams};
pub use retrieve::cue::{Cue, CueKind, make_cue};
pub use retrieve::dynamics::{
    Retrieval, RetrievalConfig, RetrievalOutcome, UpdateRule, VisitOrder, retrieve,
};
pub use retrieve::measure::Targets;
pub use retrieve::memory::AssociativeMemory;
pub use retrieve::model::KlrModel;
pub use retrieve::{codec, cue, dynamics, measure, memory, model};
