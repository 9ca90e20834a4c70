//! Retrieval in continuous time and states, a variant of our own and not the published dynamics:
//!
//! ```text
//! tau ds_i/dt = -s_i + tanh(beta h_i(s)),     s in [-1, 1]^N
//! ```
//!
//! from the corners of the cube, where cues are, until nothing moves; then the signs are read. Time is in units of tau.
//!
//! # The fields between the corners
//!
//! On binary states several expressions are one kernel; between them they differ, so that a choice must be named
//! ([`Extension`]). With `c(s) = exp(gamma (N - |s|^2))`, which is 1 at every corner,
//!
//! ```text
//! exp(-gamma |s - xi|^2) = c(s) exp(2 gamma (s.xi - N))
//! ```
//!
//! so the fields of the first two extensions differ by a factor that all neurons and patterns share: it changes no sign and
//! so no discrete step, but it changes how steep the tanh is on the way. Dividing the fields by `sum_mu K` removes it, and
//! with it the smallness of K far from all patterns; the third extension is the same from either form.
//!
//! # What is known of it
//!
//! * For beta to infinity a corner whose margins are all positive is the limit of a stable fixed point, and a fixed point
//!   away from all `h_i = 0` tends to such a corner: the stored patterns of the discrete dynamics are those of the flow.
//! * Where the fields are the gradient of a potential Phi, `E(s) = -Phi(s) + 1/beta sum_i G(s_i)` with
//!   `G(x) = integral of artanh = x artanh x + 1/2 log(1 - x^2)` never rises, since
//!   `dE/dt = 1/beta sum_i (artanh s_i - artanh v_i)(v_i - s_i) / tau`, `v = tanh(beta h)`, and artanh is monotone
//!   (after Hopfield, PNAS 81, 1984). They are for the untrained memory ([`KlrModel::untrained`]):
//!   `Phi = sum_mu K / (2 gamma)` for [`Extension::InnerProduct`], and `log(sum_mu K) / (2 gamma)` for
//!   [`Extension::Normalised`], the energy of Ramsauer et al. (arXiv:2008.02217) up to its entropy term. Trained dual
//!   variables are not symmetric, and then nothing guarantees that the flow settles.

use crate::ode::Integrator;
use klr_model::measure::Cues;
use klr_model::{Kernel, KlrModel, PatternError};
use klr_units::threads::fold_in_order_watched;
use klr_units::{OutOfRange, State};
use std::num::NonZeroUsize;

/// The field between the corners of the cube. All three have the same signs everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// `K = exp(-gamma |s - xi|^2)`.
    Distance,
    /// `K = exp(2 gamma (s.xi - N))`: in the middle of the cube smaller than the former by `exp(-gamma N)`.
    InnerProduct,
    /// Either, divided by its sum over all patterns, so that a field is a mean of dual variables wherever the state is.
    Normalised,
}

impl Extension {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Distance, Self::InnerProduct, Self::Normalised];

    /// What it is called: `distance`, `inner-product` or `normalised`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::InnerProduct => "inner-product",
            Self::Normalised => "normalised",
        }
    }
}

/// How to integrate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowConfig {
    /// The field between the corners.
    pub extension: Extension,
    /// The steepness of the tanh, finite and above 0. What is steep depends on the fields: near a pattern they are about
    /// the dual variables, and 20 % of noise makes those that are not normalised smaller by `exp(-0.8 gamma N)`.
    pub beta: f64,
    /// The largest estimated error of a component in one step, finite and above 0.
    pub tolerance: f64,
    /// Settled when no component moves faster than this per tau, finite and above 0.
    pub settled: f64,
    /// The time to give up at, in tau, finite and above 0.
    pub max_time: f64,
    /// The most evaluations of all N fields; the step that reaches it is finished.
    pub max_evaluations: u64,
}

impl FlowConfig {
    /// Normalised fields; tolerance 1e-4, settled at 1e-3, 100 tau and 100,000 evaluations.
    ///
    /// Errors of a step die out at the rate -1/tau near a fixed point, so that the tolerance bounds the error of the end
    /// too, and the signs that are read are of numbers near -1 and +1.
    #[must_use]
    pub const fn normalised(beta: f64) -> Self {
        Self {
            extension: Extension::Normalised,
            beta,
            tolerance: 1e-4,
            settled: 1e-3,
            max_time: 100.0,
            max_evaluations: 100_000,
        }
    }

    fn check(&self) -> Result<(), FlowError> {
        let numbers = [
            ("beta", self.beta),
            ("tolerance", self.tolerance),
            ("settled", self.settled),
            ("max_time", self.max_time),
        ];
        match numbers.into_iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
            Some((name, value)) => Err(OutOfRange::new(name, value, "finite and above 0").into()),
            None => Ok(()),
        }
    }
}

/// Why a flow cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// A number of the configuration is out of its range.
    #[error(transparent)]
    Setting(#[from] OutOfRange),
    /// The kernel has no extension to real states here.
    #[error("a flow needs a radial basis function, or the exponential of the overlap; found {0}")]
    Kernel(Kernel),
    /// The cue does not fit the model.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// How a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowOutcome {
    /// No component moved faster than [`FlowConfig::settled`].
    Settled,
    /// The time ran out.
    TimeLimit,
    /// The evaluations ran out.
    EvaluationLimit,
}

/// What a flow did.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowRetrieval {
    /// The signs at the end; a component of exactly 0 keeps the bit of the cue.
    pub state: State,
    /// The components at the end, N values.
    pub components: Vec<f64>,
    /// How it ended.
    pub outcome: FlowOutcome,
    /// When, in tau.
    pub time: f64,
    /// Evaluations of all N fields: 2 P N multiply-adds each, twice those of a synchronous step.
    pub evaluations: u64,
    /// Steps taken.
    pub steps: u64,
    /// Steps whose error was too large, and that were tried again shorter.
    pub rejected: u64,
}

/// How flows from many cues ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowRecall {
    /// Cues.
    pub cues: usize,
    /// Of those, flows whose signs are the target's, all N.
    pub recalled: usize,
    /// Flows that settled.
    pub settled: usize,
    /// The mean time to the end, in tau; 0 without a cue.
    pub mean_time: f64,
    /// The mean number of evaluations of all N fields; 0 without a cue.
    pub mean_evaluations: f64,
}

/// A model whose fields are known everywhere in the cube.
#[derive(Clone, Debug)]
pub struct Flow<'a> {
    model: &'a KlrModel,
    extension: Extension,
    gamma: f64,
}

impl<'a> Flow<'a> {
    /// The fields of `model` between the corners.
    ///
    /// # Errors
    /// [`FlowError::Kernel`] if the kernel is known at whole distances only, or is no function of this family.
    pub fn new(model: &'a KlrModel, extension: Extension) -> Result<Self, FlowError> {
        let kernel = model.kernel();
        let gamma = kernel.gamma().ok_or_else(|| FlowError::Kernel(kernel.clone()))?;
        Ok(Self { model, extension, gamma })
    }

    /// The fields at `s`, N values.
    ///
    /// # Panics
    /// If `s` has another number of components than the model has neurons.
    #[must_use]
    pub fn fields(&self, s: &[f64]) -> Vec<f64> {
        self.model.fields_from(&self.kernel_values(s))
    }

    /// The kernel between `s` and every pattern; divided by their sum if the extension says so.
    fn kernel_values(&self, s: &[f64]) -> Vec<f64> {
        let n = self.model.n();
        assert_eq!(s.len(), n, "a state and its model have one number of neurons");
        let patterns = self.model.patterns();
        let products: Vec<f64> = (0..self.model.p()).map(|mu| product(s, patterns.row_words(mu))).collect();
        let squares: f64 = s.iter().map(|x| x * x).sum();
        // |s - xi|^2 = |s|^2 - 2 s.xi + N. A factor that all patterns share cancels in the normalised fields; this one makes
        // the largest term 1, so that their sum cannot vanish.
        let origin = match self.extension {
            Extension::Distance => (squares + n as f64) / 2.0,
            Extension::InnerProduct => n as f64,
            Extension::Normalised => products.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        };
        let mut kernel: Vec<f64> =
            products.into_iter().map(|product| (2.0 * self.gamma * (product - origin)).exp()).collect();
        if self.extension == Extension::Normalised {
            let sum: f64 = kernel.iter().sum();
            kernel.iter_mut().for_each(|k| *k /= sum);
        }
        kernel
    }

    /// `tau ds/dt` at `s`, N values.
    ///
    /// # Panics
    /// If `s` has another number of components than the model has neurons.
    #[must_use]
    pub fn velocity(&self, s: &[f64], beta: f64) -> Vec<f64> {
        self.fields(s).into_iter().zip(s).map(|(h, s)| (beta * h).tanh() - s).collect()
    }

    /// `E = -Phi(s) + 1/beta sum_i G(s_i)`, which never rises along the flow of the untrained memory; `None` for
    /// [`Extension::Distance`], whose fields have no potential. It says nothing of a trained model.
    ///
    /// # Panics
    /// If `s` has another number of components than the model has neurons.
    #[must_use]
    pub fn untrained_energy(&self, s: &[f64], beta: f64) -> Option<f64> {
        assert_eq!(s.len(), self.model.n(), "a state and its model have one number of neurons");
        let patterns = self.model.patterns();
        let exponents: Vec<f64> = (0..self.model.p())
            .map(|mu| 2.0 * self.gamma * (product(s, patterns.row_words(mu)) - s.len() as f64))
            .collect();
        let potential = match self.extension {
            Extension::Distance => return None,
            Extension::InnerProduct => exponents.into_iter().map(f64::exp).sum::<f64>(),
            Extension::Normalised => log_sum_exp(&exponents),
        };
        Some(s.iter().copied().map(entropy_term).sum::<f64>() / beta - potential / (2.0 * self.gamma))
    }
}

/// `s . xi` for a packed pattern.
fn product(s: &[f64], words: &[u64]) -> f64 {
    s.iter().enumerate().map(|(i, x)| if words[i / 64] >> (i % 64) & 1 == 1 { *x } else { -x }).sum()
}

fn log_sum_exp(exponents: &[f64]) -> f64 {
    let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + exponents.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
}

/// `G(x) = x artanh x + 1/2 log(1 - x^2)`, written so that it is finite at the corners:
/// `((1 + x) log(1 + x) + (1 - x) log(1 - x)) / 2`. An integrator may step outside by its tolerance; there it is that of the
/// corner.
fn entropy_term(x: f64) -> f64 {
    let half = |y: f64| if y > 0.0 { y * y.ln() } else { 0.0 };
    let x = x.clamp(-1.0, 1.0);
    (half(1.0 + x) + half(1.0 - x)) / 2.0
}

/// Flows from `cue` until nothing moves.
///
/// # Errors
/// [`FlowError`] if a number of the configuration is out of range, the kernel has no extension, or the cue has another
/// number of neurons than the model.
pub fn retrieve_by_flow(
    model: &KlrModel,
    cue: &State,
    config: &FlowConfig,
) -> Result<FlowRetrieval, FlowError> {
    retrieve_by_flow_observed(model, cue, config, &mut |_, _| {})
}

/// Like [`retrieve_by_flow`], and calls `observe` with time and components at the start and after each step.
///
/// # Errors
/// [`FlowError`] as for [`retrieve_by_flow`].
pub fn retrieve_by_flow_observed(
    model: &KlrModel,
    cue: &State,
    config: &FlowConfig,
    observe: &mut dyn FnMut(f64, &[f64]),
) -> Result<FlowRetrieval, FlowError> {
    config.check()?;
    model.patterns().require_fits(cue, "cue")?;
    let flow = Flow::new(model, config.extension)?;
    let start = cue.signs().map(f64::from).collect();
    let mut way = Integrator::new(|s: &[f64]| flow.velocity(s, config.beta), start);
    observe(0.0, &way.y);
    // No component moves faster than 2 per tau, so that the first try is well inside the cube; a poor one costs a rejection.
    let (mut dt, mut steps, mut rejected) = (0.1f64, 0, 0);
    let outcome = loop {
        if way.slope.iter().all(|v| v.abs() <= config.settled) {
            break FlowOutcome::Settled;
        }
        if way.time >= config.max_time {
            break FlowOutcome::TimeLimit;
        }
        if way.evaluations >= config.max_evaluations {
            break FlowOutcome::EvaluationLimit;
        }
        let (accepted, next) = way.adaptive_step(dt.min(config.max_time - way.time), config.tolerance);
        dt = next;
        if accepted {
            steps += 1;
            observe(way.time, &way.y);
        } else {
            rejected += 1;
        }
    };
    let mut state = cue.clone();
    let turned = |i: &usize| f64::from(cue.sign(*i)) * way.y[*i] < 0.0;
    (0..cue.n()).filter(turned).for_each(|i| state.flip(i));
    let (time, evaluations) = (way.time, way.evaluations);
    Ok(FlowRetrieval { state, components: way.y, outcome, time, evaluations, steps, rejected })
}

/// Flows from every cue of `cues` and counts; the result does not depend on the threads.
///
/// # Errors
/// [`FlowError`] as for [`retrieve_by_flow`], of the first cue that has one.
///
/// # Panics
/// If a target is not one of the patterns of the model.
pub fn recall_by_flow<C: Cues + ?Sized>(
    model: &KlrModel,
    cues: &C,
    config: &FlowConfig,
    threads: NonZeroUsize,
) -> Result<FlowRecall, FlowError> {
    let flow = |index| {
        let (cue, targets) = cues.cue(index);
        let end = retrieve_by_flow(model, &cue, config)?;
        Ok::<_, FlowError>((targets.contain(model.patterns(), &end.state), end))
    };
    let none =
        FlowRecall { cues: cues.count(), recalled: 0, settled: 0, mean_time: 0.0, mean_evaluations: 0.0 };
    let add = |sums: &mut FlowRecall, _, (exact, end): (bool, FlowRetrieval)| {
        sums.recalled += usize::from(exact);
        sums.settled += usize::from(end.outcome == FlowOutcome::Settled);
        sums.mean_time += end.time;
        sums.mean_evaluations += end.evaluations as f64;
    };
    let sums = fold_in_order_watched(cues.count(), threads, flow, none, add, || ())?;
    let of = cues.count().max(1) as f64;
    Ok(FlowRecall { mean_time: sums.mean_time / of, mean_evaluations: sums.mean_evaluations / of, ..sums })
}
