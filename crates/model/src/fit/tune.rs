//! Choosing gamma: the width of the kernel at which noisy cues are recalled best, and how flat the optimum is.
//!
//! Every gamma is scored on the same cues (common random numbers), so that two gammas are compared cue by cue. A log
//! grid finds the region, bisection finds where recall leaves it, and the middle of the region in log gamma is chosen:
//! the point farthest from both cliffs. The score is recall in the [`KernelForm`] the memory will be used in. Why:
//! `docs/decisions/0008-choosing-gamma.md`.

pub(crate) mod search;
mod trainers;

pub use search::{Grid, PairedCues, Scored, Trial, compare, search};

use crate::fit::form::{Hits, KernelForm, WordsError, recall_nearest};
use crate::fit::noise_aware::NoiseAwareConfig;
use crate::fit::report::TrainError;
use crate::fit::solve::SolveConfig;
use crate::kernel::KernelError;
use crate::pattern::PatternSet;
use crate::pattern::noise::NoiseModel;
use crate::random::{Stream, Streams};
use crate::retrieve::cue::{CueError, CueKind, make_cue};
use klr_units::{OutOfRange, State, WeightRounding};
use std::num::NonZeroUsize;
use trainers::Trials;

/// The 97.5 % quantile of the normal distribution: two-sided 95 %.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// How the dual variables come about at each gamma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trainer {
    /// `alpha = xi`.
    Untrained,
    /// [`crate::solve()`].
    Plain(SolveConfig),
    /// [`crate::fit::noise_aware::train_noise_aware`]; its noise, form and streams are used as given.
    NoiseAware(NoiseAwareConfig),
}

/// How to choose gamma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TuneConfig {
    /// The level of the noise, 0 to below 0.5.
    pub noise: f64,
    /// Which bits it flips.
    pub noise_model: NoiseModel,
    /// How kernel values will reach the fields.
    pub form: KernelForm,
    /// How weights will be rounded; `None` keeps them as they are.
    pub weights: Option<WeightRounding>,
    /// How the model will be trained.
    pub trainer: Trainer,
    /// Cues, 1 or more, pattern by pattern in turn.
    pub cues: u32,
    /// The gammas between which to look; `None` for [`default_bracket`].
    pub bracket: Option<(f64, f64)>,
    /// Gammas of the first grid, 3 or more.
    pub grid: u32,
    /// Rounds of bisection at both ends of the flat region.
    pub refinements: u32,
    /// Gammas, 1 or more, at which the real trainer may run on its own way to the flat region, if what the surrogate
    /// found will not do for it ([`choose_gamma`]). Its middle comes on top.
    pub budget: u32,
    /// The most synchronous steps of a retrieval.
    pub max_steps: u32,
    /// Threads to use. The result does not depend on it.
    pub threads: NonZeroUsize,
    /// Where the cues are drawn from ([`Stream::TuningNoise`]).
    pub streams: Streams,
}

impl TuneConfig {
    /// Untrained, kernel in double precision, 1,000 cues, 13 gammas and 3 refinements, at most 5 real trainings and
    /// those at the middle, 30 steps, one thread.
    #[must_use]
    pub const fn new(noise: f64, noise_model: NoiseModel, streams: Streams) -> Self {
        Self {
            noise,
            noise_model,
            form: KernelForm::Float,
            weights: None,
            trainer: Trainer::Untrained,
            cues: 1000,
            bracket: None,
            grid: 13,
            refinements: 3,
            budget: 5,
            max_steps: 30,
            threads: NonZeroUsize::MIN,
            streams,
        }
    }

    /// The most gammas that can be scored: on the grid, at its refined ends, by a trainer on its own way, at the middles.
    #[must_use]
    pub const fn most_trials(&self) -> u32 {
        self.grid + 2 * self.refinements + search::MIDDLES + self.budget + search::MIDDLES
    }

    fn check(&self) -> Result<(), TuneError> {
        let wrong = |name, value, allowed| Err(TuneError::Setting(OutOfRange::new(name, value, allowed)));
        if !(0.0..0.5).contains(&self.noise) {
            return wrong("noise", self.noise, "at least 0 and below 0.5");
        }
        let counts = [
            ("cues", self.cues, 1, "1 or more"),
            ("grid", self.grid, 3, "3 or more"),
            ("budget", self.budget, 1, "1 or more"),
            ("max_steps", self.max_steps, 1, "1 or more"),
        ];
        for (name, value, least, allowed) in counts {
            if value < least {
                return wrong(name, value.into(), allowed);
            }
        }
        match self.bracket {
            Some((from, _)) if !(from.is_finite() && from > 0.0) => {
                wrong("the lower end of the bracket", from, "finite and above 0")
            }
            Some((from, to)) if !((4.0 * to).is_finite() && to > from) => {
                wrong("the upper end of the bracket", to, "finite and above the lower end")
            }
            _ => Ok(()),
        }
    }
}

/// Why gamma could not be chosen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TuneError {
    /// A number of the configuration is outside its range.
    #[error(transparent)]
    Setting(#[from] OutOfRange),
    /// A model could not be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The kernel has no words in the form asked for.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// A gamma makes no kernel.
    #[error(transparent)]
    Kernel(#[from] KernelError),
}

/// One gamma and what was recalled with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Gamma.
    pub gamma: f64,
    /// Recall, with its interval.
    pub recall: Hits,
    /// Cues at which every kernel word was 0 at the start, so that the field was 0 too.
    pub dead: usize,
}

/// What there is to say about the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GammaVerdict {
    /// Recall falls on both sides of the flat region.
    Interior,
    /// The flat region reaches the lower end of what was tried: a smaller gamma might do as well or better.
    OpenBelow,
    /// The flat region reaches the upper end of what was tried: a larger gamma might do as well or better.
    OpenAbove,
    /// No gamma that was tried is distinguishably better than another.
    FlatThroughout,
    /// No gamma recalls more than 1 % of the cues: the noise is too high for these patterns and this form.
    NothingRecalled,
}

impl GammaVerdict {
    /// The verdict's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interior => "interior",
            Self::OpenBelow => "open-below",
            Self::OpenAbove => "open-above",
            Self::FlatThroughout => "flat-throughout",
            Self::NothingRecalled => "nothing-recalled",
        }
    }
}

/// The gamma chosen, and the grounds.
#[derive(Clone, Debug, PartialEq)]
pub struct GammaChoice {
    /// Gamma: the middle of the flat region in log gamma.
    pub gamma: f64,
    /// Recall at that gamma, with its interval. The cues chose gamma, so it is slightly too good; report recall on
    /// cues from another stream.
    pub recall: Hits,
    /// The smallest gamma from which on recall is not distinguishably below the best, to [`Self::flat_to`]: all gammas
    /// that were tried between them.
    pub flat_from: f64,
    /// The largest such gamma.
    pub flat_to: f64,
    /// What there is to say.
    pub verdict: GammaVerdict,
    /// Every gamma scored with the trainer asked for, ascending.
    pub curve: Vec<CurvePoint>,
    /// Every gamma scored with the surrogate, ascending; empty if the trainer is `alpha = xi`.
    pub surrogate: Vec<CurvePoint>,
    /// The share of cues whose nearest pattern is the one they come from: the bound.
    pub oracle: Hits,
}

/// The gamma at which the crosstalk estimate is largest, `ln((1 - p) / p) / 8` at the noise level p.
///
/// With P random patterns the target contributes `e^(-4 gamma p N)` to a field and the others a random sum of standard
/// deviation `sqrt(P ((1 + e^(-8 gamma))/2)^N)`; the derivative of the logarithm of their ratio vanishes where
/// `e^(-8 gamma) = p / (1 - p)`, whatever N and P are. Infinite at p = 0: without noise the narrowest kernel is best.
#[must_use]
pub fn crosstalk_gamma(noise: f64) -> f64 {
    ((1.0 - noise) / noise).ln() / 8.0
}

/// The ratio of [`crosstalk_gamma`] for `n` neurons and `p` patterns: signal over the standard deviation of crosstalk.
#[must_use]
pub fn crosstalk_ratio(gamma: f64, noise: f64, n: usize, p: usize) -> f64 {
    let (n, p) = (n as f64, p as f64);
    let log_noise = 0.5 * (p.ln() + n * (0.5 * (1.0 + (-8.0 * gamma).exp())).ln());
    (-4.0 * gamma * noise * n - log_noise).exp()
}

/// Where to look if nothing is said: from 1/16 of [`crosstalk_gamma`] to 8 times it, the noise level taken as at least
/// half a bit of `n` and at most 0.45. The estimate is for random patterns and a float kernel; absolute tables want
/// less, correlated patterns more.
#[must_use]
pub fn default_bracket(noise: f64, n: usize) -> (f64, f64) {
    let centre = crosstalk_gamma(noise.max((0.5 / n as f64).min(0.25)).min(0.45));
    (centre / 16.0, centre * 8.0)
}

/// Chooses gamma for storing `patterns`; `progress` is called after each gamma with the gamma and its recall.
///
/// If training is asked for, training on the patterns to a thousandth of the objective stands in for it. Where that is
/// what was asked for but for the tolerance, the real trainer runs at the gamma chosen, to confirm that it recalls no less
/// there. A trainer of another kind, or one that does recall less, climbs from there in steps of the grid, at no more
/// gammas than the budget; last it runs at the middle of what it found.
///
/// # Errors
/// [`TuneError`] if a number of the configuration is out of range, or the trainer refuses its own.
pub fn choose_gamma(
    patterns: &PatternSet,
    config: &TuneConfig,
    progress: &mut dyn FnMut(f64, Hits),
) -> Result<GammaChoice, TuneError> {
    config.check()?;
    let kind = CueKind::Flips { noise: config.noise, model: config.noise_model };
    let (cues, targets) = draw_cues(patterns, kind, config.cues, config.streams)
        .expect("a noise level below 0.5 makes cues of any patterns");
    let oracle = Hits::of(&recall_nearest(patterns, &cues, &targets, config.threads));
    let bench = Trials { patterns, config, cues: &cues, targets: &targets };
    let (from, to) = config.bracket.unwrap_or_else(|| default_bracket(config.noise, patterns.n()));
    let (points, refinements) = (config.grid, config.refinements);
    let grid = Grid { from, to, points, refinements, every_second_first: true };
    let mut watched = |trial: Trial, gamma: f64| {
        progress(gamma, trial.share());
        trial
    };
    let rough = search(&grid, &mut |gamma| Ok::<_, TuneError>(watched(bench.surrogate(gamma)?, gamma)))?;
    if config.trainer == Trainer::Untrained {
        return Ok(choice(&rough, &[], (from, to), oracle));
    }
    let mut first = None;
    if let Trainer::Plain(_) = config.trainer {
        let trial = watched(bench.trained(rough.chosen)?, rough.chosen);
        if !compare(rough.best(), &trial).is_better() {
            return Ok(confirmed(&rough, &trial, (from, to), oracle));
        }
        first = Some(trial);
    }
    let climb = search::Climb {
        start: rough.chosen,
        ratio: grid.ratio(),
        bracket: (from, to),
        budget: config.budget,
    };
    // The climb begins where the trainer may have run already.
    let real = search::climb(&climb, &mut |gamma| match first.take() {
        Some(trial) => Ok(trial),
        None => Ok::<_, TuneError>(watched(bench.trained(gamma)?, gamma)),
    })?;
    Ok(choice(&real, &rough.trials, (from, to), oracle))
}

/// Cues that no evaluation sees, from [`Stream::TuningNoise`], with their patterns: pattern by pattern in turn, so that
/// gamma and the baselines are tuned on the same ones.
///
/// # Errors
/// As [`make_cue`].
pub(crate) fn draw_cues(
    patterns: &PatternSet,
    kind: CueKind,
    cues: u32,
    streams: Streams,
) -> Result<(Vec<State>, Vec<usize>), CueError> {
    let draw = |at: u32| {
        let mu = at as usize % patterns.p();
        let mut rng = streams.indexed(Stream::TuningNoise, at.into());
        Ok((make_cue(mu, kind, patterns, &mut rng)?.state, mu))
    };
    (0..cues).map(draw).collect()
}

fn curve(trials: &[(f64, Trial)]) -> Vec<CurvePoint> {
    let point =
        |(gamma, trial): &(f64, Trial)| CurvePoint { gamma: *gamma, recall: trial.share(), dead: trial.dead };
    trials.iter().map(point).collect()
}

fn choice(found: &Scored, surrogate: &[(f64, Trial)], bracket: (f64, f64), oracle: Hits) -> GammaChoice {
    GammaChoice {
        gamma: found.chosen,
        recall: found.best().share(),
        flat_from: found.flat_from,
        flat_to: found.flat_to,
        verdict: verdict(found, bracket),
        curve: curve(&found.trials),
        surrogate: curve(surrogate),
        oracle,
    }
}

/// What the surrogate found, with the recall of the real trainer at the gamma chosen.
fn confirmed(rough: &Scored, trial: &Trial, bracket: (f64, f64), oracle: Hits) -> GammaChoice {
    let found = choice(rough, &rough.trials, bracket, oracle);
    GammaChoice { recall: trial.share(), curve: curve(&[(rough.chosen, trial.clone())]), ..found }
}

fn verdict(found: &Scored, bracket: (f64, f64)) -> GammaVerdict {
    let best = found.trials.iter().map(|(_, trial)| trial.share().value()).fold(0.0, f64::max);
    // What was tried may end before the bracket does, if the budget ran out.
    let first = found.trials.first().map_or(bracket.0, |trial| trial.0);
    let last = found.trials.last().map_or(bracket.1, |trial| trial.0);
    match (found.flat_from <= first, found.flat_to >= last) {
        _ if best <= 0.01 => GammaVerdict::NothingRecalled,
        (true, true) => GammaVerdict::FlatThroughout,
        (true, false) => GammaVerdict::OpenBelow,
        (false, true) => GammaVerdict::OpenAbove,
        (false, false) => GammaVerdict::Interior,
    }
}
