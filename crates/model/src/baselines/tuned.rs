//! Baselines at their best: each tuned for the noise of the cues before it is compared, on cues of its own.
//!
//! | baseline | what is chosen | between | how |
//! |---|---|---|---|
//! | `untrained` | gamma | those of [`default_bracket`] | [`search`] |
//! | `dense-exponential`, `modern-hopfield` | beta | twice those | [`search`] |
//! | `dense-polynomial` | degree | 2 and that of the narrowest gamma, `2 gamma N + 1` | [`search`] |
//! | `kernel-ridge` | gamma, then lambda | those of [`default_bracket`]; 1e-4 and 10 | a climb from the gamma of `untrained`, at most 5 trainings; one in powers of ten, at most 3; the middle after each |
//! | `max-margin` | gamma | as for `kernel-ridge`, whose gamma it takes | kernel ridge regression stands in for training |
//! | `linear-logistic` | lambda | 1e-4 and 10 | a climb in powers of ten, at most 5 trainings, and the middle |
//! | `pseudo-inverse` | the diagonal | kept, zero | both |
//! | `hebbian`, `nearest-pattern` | nothing | | |
//!
//! Drawing the cues and choosing are those of [`choose_gamma`](crate::tune::choose_gamma): the same cues of
//! [`Stream::TuningNoise`](crate::Stream::TuningNoise), which no evaluation sees, a logarithmic grid, `McNemar`'s test, the
//! middle of the flat region. A value at which the baseline cannot be built recalls nothing. What was given is kept if it
//! is distinguishably better than what was chosen.

use crate::baselines::compare::Built;
use crate::baselines::{Baseline, BaselineError, BaselineOptions, Diagonal, RecallCounts, Setting};
use crate::fit::form::Hits;
use crate::fit::tune::search::{Climb, Grid, Trial, climb, compare, search};
use crate::fit::tune::{default_bracket, draw_cues};
use crate::kernel::MAX_DEGREE;
use crate::pattern::PatternSet;
use crate::random::Streams;
use crate::retrieve::cue::{CueError, CueKind};
use crate::retrieve::measure::{Cues, Targets};
use klr_units::State;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;

/// Values of the grid of a search, and rounds of bisection: at most 14 values with the middle.
const POINTS: u32 = 9;
const REFINEMENTS: u32 = 2;

/// The most trainings of a climb to a width or a penalty, and to the penalty of a width just chosen, without the middle.
const TRAININGS: u32 = 5;
const PENALTY_TRAININGS: u32 = 3;

/// Between which penalties to look, a little beyond the powers of ten that are meant.
const PENALTIES: (f64, f64) = (0.9e-4, 11.0);

/// What baselines are tuned for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaselineTuning {
    /// How a pattern becomes a cue.
    pub cue: CueKind,
    /// Where the tuning cues are drawn from ([`crate::Stream::TuningNoise`]).
    pub streams: Streams,
}

/// Cues that each value of a parameter is tried on: 300, or `2e7 / (P N)` where that is less, but at least 40.
///
/// So the 14 values of a search are at most 4,200 retrievals, and from P N = 500,000 on at most 560, whatever the size.
#[must_use]
pub fn tuning_cues(n: usize, p: usize) -> u32 {
    let affordable = 20_000_000 / n.saturating_mul(p).max(1);
    u32::try_from(affordable.clamp(40, 300)).expect("at most 300")
}

/// A baseline with certain parameters, and what it made of the cues.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its parameters ([`Baseline::settings`]).
    pub settings: Vec<Setting>,
    /// The counts, or why there are none.
    pub counts: Result<RecallCounts, BaselineError>,
}

/// A value that was tried, and the share of the tuning cues recalled with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TriedSetting {
    /// The parameter; where there is a second one, it is as given, or as given beside what was chosen already.
    pub setting: Setting,
    /// Tuning cues recalled.
    pub recall: Hits,
}

/// A baseline as it was tuned, beside itself as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct TunedBaseline {
    /// The baseline's name.
    pub name: &'static str,
    /// With the parameters that were chosen.
    pub tuned: Outcome,
    /// With those of the options.
    pub given: Outcome,
    /// Everything tried, in the order in which it was; nothing for a baseline without parameters or beyond its limits.
    pub tried: Vec<TriedSetting>,
    /// Cues that each value was tried on.
    pub tuning_cues: u32,
}

impl TunedBaseline {
    /// A baseline that was not run.
    #[must_use]
    pub fn refused(baseline: Baseline, reason: &BaselineError) -> Self {
        let none = Outcome { settings: Vec::new(), counts: Err(reason.clone()) };
        Self { name: baseline.name(), tuned: none.clone(), given: none, tried: Vec::new(), tuning_cues: 0 }
    }
}

/// As [`compare`](crate::baselines::compare()), with each baseline tuned for the noise of `tuning` first; `done` is called
/// after each. The result does not depend on `threads`.
///
/// # Errors
/// [`CueError`] if no cues can be made of the patterns as `tuning` says.
///
/// # Panics
/// If a target is not one of `patterns`.
pub fn compare_tuned<C: Cues + ?Sized>(
    patterns: &PatternSet,
    cues: &C,
    list: &[Baseline],
    options: &BaselineOptions,
    tuning: &BaselineTuning,
    threads: NonZeroUsize,
    done: &mut dyn FnMut(),
) -> Result<Vec<TunedBaseline>, CueError> {
    let bench = Bench::new(patterns, options, tuning, threads)?;
    let run = |&baseline: &Baseline| {
        let result = bench.run(baseline, cues);
        done();
        result
    };
    Ok(list.iter().map(run).collect())
}

/// What every value is tried on.
struct Bench<'a> {
    patterns: &'a PatternSet,
    options: &'a BaselineOptions,
    threads: NonZeroUsize,
    /// The tuning cues.
    cues: Vec<(State, Targets)>,
    /// The gammas between which to look.
    bracket: (f64, f64),
    /// The gamma at which `alpha = xi` recalls best.
    untrained: OnceCell<(f64, Vec<TriedSetting>)>,
    /// That of kernel ridge regression.
    ridge: OnceCell<(f64, Vec<TriedSetting>)>,
}

impl<'a> Bench<'a> {
    fn new(
        patterns: &'a PatternSet,
        options: &'a BaselineOptions,
        tuning: &BaselineTuning,
        threads: NonZeroUsize,
    ) -> Result<Self, CueError> {
        let count = tuning_cues(patterns.n(), patterns.p());
        let (states, rows) = draw_cues(patterns, tuning.cue, count, tuning.streams)?;
        let cues: Vec<_> = states.into_iter().zip(rows.into_iter().map(Targets::row)).collect();
        let level = match tuning.cue {
            CueKind::Flips { noise, .. } => noise,
            _ => {
                let off: usize = cues.iter().map(|(cue, targets)| targets.distance(patterns, cue)).sum();
                off as f64 / (cues.len() * patterns.n()) as f64
            }
        };
        let bracket = default_bracket(level, patterns.n());
        let (untrained, ridge) = (OnceCell::new(), OnceCell::new());
        Ok(Self { patterns, options, threads, cues, bracket, untrained, ridge })
    }

    fn run<C: Cues + ?Sized>(&self, baseline: Baseline, cues: &C) -> TunedBaseline {
        let build = |options| Built::new(baseline, self.patterns, options, self.threads);
        let (chosen, tried) = self.choose(baseline);
        let settings = (baseline.settings(&chosen), baseline.settings(self.options));
        let given = build(self.options);
        let outcome = |built: &Result<Built<'_>, BaselineError>, settings| {
            let counts = built.as_ref().map_err(Clone::clone).and_then(|built| built.counts(cues));
            Outcome { settings, counts }
        };
        let as_given = outcome(&given, settings.1.clone());
        let tuned = (settings.0 != settings.1).then(|| build(&chosen)).filter(|tuned| {
            // The plan's own value may lie outside of what was tried.
            !compare(&self.trial(&given), &self.trial(tuned)).is_better()
        });
        let tuned = tuned.map_or_else(|| as_given.clone(), |tuned| outcome(&tuned, settings.0));
        let tuning_cues = u32::try_from(self.cues.len()).expect("at most 300");
        TunedBaseline { name: baseline.name(), tuned, given: as_given, tried, tuning_cues }
    }

    /// What becomes of the tuning cues; nothing is recalled by what cannot be built.
    fn trial(&self, built: &Result<Built<'_>, BaselineError>) -> Trial {
        let hits = built.as_ref().ok().and_then(|built| built.hits(&self.cues[..]).ok());
        Trial { hits: hits.unwrap_or_else(|| vec![false; self.cues.len()]), dead: 0 }
    }

    /// The options with what is best for a baseline, and everything that was tried.
    fn choose(&self, baseline: Baseline) -> (BaselineOptions, Vec<TriedSetting>) {
        let (options, mut tried) = (self.options, Vec::new());
        let has_width = options.kernel.gamma().is_some();
        let changed = |setting, tried| (with(baseline, options, setting), tried);
        match baseline {
            Baseline::Hebbian | Baseline::NearestPattern => (options.clone(), tried),
            Baseline::PseudoInverse => {
                let [kept, zero] = [Diagonal::Kept, Diagonal::Zero]
                    .map(|diagonal| self.score(baseline, options, Setting::Diagonal(diagonal), &mut tried));
                let diagonal = match options.diagonal {
                    Diagonal::Zero if compare(&kept, &zero).is_better() => Diagonal::Kept,
                    Diagonal::Kept if compare(&zero, &kept).is_better() => Diagonal::Zero,
                    given => given,
                };
                changed(Setting::Diagonal(diagonal), tried)
            }
            Baseline::LinearLogistic => {
                let lambda = self.penalty(baseline, options, options.logistic_lambda, TRAININGS, &mut tried);
                changed(Setting::Lambda(lambda), tried)
            }
            Baseline::DensePolynomial => {
                let degree = self.degree(&mut tried);
                changed(Setting::Degree(degree), tried)
            }
            Baseline::DenseExponential | Baseline::ModernHopfield => {
                let (from, to) = self.bracket;
                let beta = self.width(baseline, (2.0 * from, 2.0 * to), Setting::Beta, &mut tried);
                changed(Setting::Beta(beta), tried)
            }
            Baseline::Untrained if has_width => {
                let (gamma, tried) = self.untrained();
                changed(Setting::Gamma(*gamma), tried.clone())
            }
            Baseline::KernelRidge | Baseline::MaxMargin if self.patterns.p() > options.gram_limit => {
                (options.clone(), tried)
            }
            Baseline::MaxMargin if has_width => {
                let (gamma, tried) = self.ridge();
                changed(Setting::Gamma(*gamma), tried.clone())
            }
            Baseline::KernelRidge => {
                let wide = if has_width {
                    let (gamma, before) = self.ridge();
                    tried.clone_from(before);
                    with(baseline, options, Setting::Gamma(*gamma))
                } else {
                    options.clone()
                };
                let given = options.ridge_lambda;
                let lambda = self.penalty(baseline, &wide, given, PENALTY_TRAININGS, &mut tried);
                (with(baseline, &wide, Setting::Lambda(lambda)), tried)
            }
            // A kernel without a width is taken as it is.
            Baseline::Untrained | Baseline::MaxMargin => (options.clone(), tried),
        }
    }

    fn score(
        &self,
        baseline: Baseline,
        options: &BaselineOptions,
        setting: Setting,
        tried: &mut Vec<TriedSetting>,
    ) -> Trial {
        let trial = match baseline.with(options, setting) {
            Ok(options) => self.trial(&Built::new(baseline, self.patterns, &options, self.threads)),
            Err(error) => self.trial(&Err(error.into())),
        };
        tried.push(TriedSetting { setting, recall: trial.share() });
        trial
    }

    fn grid(&self, (from, to): (f64, f64)) -> Grid {
        Grid { from, to, points: POINTS, refinements: REFINEMENTS, every_second_first: false }
    }

    fn width(
        &self,
        baseline: Baseline,
        bracket: (f64, f64),
        setting: fn(f64) -> Setting,
        tried: &mut Vec<TriedSetting>,
    ) -> f64 {
        let mut score = |value| Ok(self.score(baseline, self.options, setting(value), tried));
        let Ok(found) = search::<Infallible>(&self.grid(bracket), &mut score);
        found.chosen
    }

    /// The degree whose kernel falls as fast as an exponential of inverse width gamma is about `2 gamma N + 1`, since
    /// `(1 - 2d/N)^(n - 1)` is about `exp(-2 (n - 1) d / N)`.
    fn degree(&self, tried: &mut Vec<TriedSetting>) -> u16 {
        let most = (2.0 * self.bracket.1 * self.patterns.n() as f64 + 1.0).clamp(4.0, MAX_DEGREE.into());
        let mut known: BTreeMap<u16, Trial> = BTreeMap::new();
        let mut score = |value: f64| {
            let degree = whole(value);
            let setting = Setting::Degree(degree);
            let score = || self.score(Baseline::DensePolynomial, self.options, setting, tried);
            Ok(known.entry(degree).or_insert_with(score).clone())
        };
        let Ok(found) = search::<Infallible>(&self.grid((2.0, most)), &mut score);
        whole(found.chosen)
    }

    fn untrained(&self) -> &(f64, Vec<TriedSetting>) {
        self.untrained.get_or_init(|| {
            let mut tried = Vec::new();
            (self.width(Baseline::Untrained, self.bracket, Setting::Gamma, &mut tried), tried)
        })
    }

    /// From the width of `alpha = xi`, which needs no training, in steps of its grid.
    fn ridge(&self) -> &(f64, Vec<TriedSetting>) {
        self.ridge.get_or_init(|| {
            let (start, ratio) = (self.untrained().0, self.grid(self.bracket).ratio());
            let setting = Climb { start, ratio, bracket: self.bracket, budget: TRAININGS };
            let mut tried = Vec::new();
            let baseline = Baseline::KernelRidge;
            let mut score = |gamma| Ok(self.score(baseline, self.options, Setting::Gamma(gamma), &mut tried));
            let Ok(found) = climb::<Infallible>(&setting, &mut score);
            (found.chosen, tried)
        })
    }

    fn penalty(
        &self,
        baseline: Baseline,
        options: &BaselineOptions,
        start: f64,
        budget: u32,
        tried: &mut Vec<TriedSetting>,
    ) -> f64 {
        let setting = Climb { start, ratio: 10.0, bracket: PENALTIES, budget };
        let mut score = |lambda| Ok(self.score(baseline, options, Setting::Lambda(lambda), tried));
        let Ok(found) = climb::<Infallible>(&setting, &mut score);
        found.chosen
    }
}

/// The options with what was chosen; a value that was tried makes a kernel.
fn with(baseline: Baseline, options: &BaselineOptions, setting: Setting) -> BaselineOptions {
    baseline.with(options, setting).unwrap_or_else(|_| options.clone())
}

/// The degree nearest to a value of the grid, which lies between 2 and [`MAX_DEGREE`].
fn whole(value: f64) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 2 and 10,000")]
    let degree = value.round() as u16;
    degree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::pattern::npy;
    use crate::random::Stream;
    use crate::retrieve::dynamics::{RetrievalConfig, UpdateRule, VisitOrder};

    const SEED: u64 = 5;

    fn options(gamma: f64) -> BaselineOptions {
        let retrieval =
            RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Sequential), max_steps: 30 };
        BaselineOptions::beside(Kernel::rbf(gamma).unwrap(), retrieval, SEED)
    }

    const fn flips(noise: f64) -> CueKind {
        CueKind::Flips { noise, model: NoiseModel::Exact }
    }

    fn cues(patterns: &PatternSet, noise: f64, count: u64, seed: u64) -> Vec<(State, Targets)> {
        let cue = |at: u64| {
            let mu = usize::try_from(at * 7919).unwrap() % patterns.p();
            let mut rng = Streams::new(seed).indexed(Stream::Noise, at);
            (corrupt(&patterns.state(mu), noise, NoiseModel::Exact, &mut rng), Targets::row(mu))
        };
        (0..count).map(cue).collect()
    }

    fn run(
        patterns: &PatternSet,
        cues: &[(State, Targets)],
        list: &[Baseline],
        options: &BaselineOptions,
        cue: CueKind,
        threads: usize,
    ) -> Vec<TunedBaseline> {
        let tuning = BaselineTuning { cue, streams: Streams::new(SEED) };
        let threads = NonZeroUsize::new(threads).unwrap();
        let mut calls = 0;
        let got = compare_tuned(patterns, cues, list, options, &tuning, threads, &mut || calls += 1);
        assert_eq!(calls, list.len(), "one call per baseline");
        got.unwrap()
    }

    fn share(outcome: &Outcome) -> f64 {
        let counts = outcome.counts.as_ref().unwrap();
        counts.hits as f64 / counts.cues as f64
    }

    /// The width of a wide kernel is no width for a baseline: on digits at beta = 0.2 the exponential memories recall
    /// nothing or little, and tuned for the noise nearly what the nearest pattern does.
    #[test]
    fn a_baseline_is_no_straw_man_of_the_plans_width() {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/digits64/digits64.npy");
        let digits = npy::read_patterns(&file).unwrap();
        let noise = 3.0 / 64.0;
        let list = [Baseline::ModernHopfield, Baseline::DensePolynomial, Baseline::NearestPattern];
        let got = run(&digits, &cues(&digits, noise, 100, 1), &list, &options(0.1), flips(noise), 2);
        let oracle = share(&got[2].tuned);
        assert_eq!((got[2].tuned.settings.len(), got[2].tried.len()), (0, 0), "nothing to tune");
        for result in &got[..2] {
            let (tuned, given) = (share(&result.tuned), share(&result.given));
            assert!(tuned > given + 0.3, "{}: {tuned} tuned, {given} at the plan's width", result.name);
            assert_ne!(result.tuned.settings, result.given.settings, "{}", result.name);
            assert!((9..=14).contains(&result.tried.len()), "{}: {:?}", result.name, result.tried);
        }
        let modern = share(&got[0].tuned);
        assert!(modern > oracle - 0.08, "{modern}, and the oracle {oracle}");
    }

    /// Cues that are evaluated have no part in the choice, and those that decide are of a stream of their own.
    #[test]
    fn what_is_chosen_does_not_depend_on_the_cues_that_are_compared() {
        let patterns = PatternSet::random(40, 60, &mut Streams::new(2).stream(Stream::Patterns)).unwrap();
        let chosen = |cues: &[(State, Targets)], threads| {
            let got = run(&patterns, cues, &Baseline::ALL, &options(0.02), flips(0.2), threads);
            got.into_iter().map(|result| (result.tuned.settings, result.tried)).collect::<Vec<_>>()
        };
        let first = chosen(&cues(&patterns, 0.2, 20, 1), 1);
        assert_eq!(chosen(&cues(&patterns, 0.3, 9, 77), 1), first, "other cues");
        assert_eq!(chosen(&cues(&patterns, 0.2, 20, 1), 3), first, "other threads");
        let (drawn, _) = draw_cues(&patterns, flips(0.2), 300, Streams::new(SEED)).unwrap();
        let evaluated = cues(&patterns, 0.2, 300, SEED);
        assert!(evaluated.iter().all(|(cue, _)| !drawn.contains(cue)), "the same seed, and another stream");
    }

    #[test]
    fn the_tuned_memory_is_not_worse_than_the_given_one() {
        let patterns = PatternSet::random(50, 150, &mut Streams::new(2).stream(Stream::Patterns)).unwrap();
        let evaluated = cues(&patterns, 0.2, 300, 1);
        for result in run(&patterns, &evaluated, &Baseline::ALL, &options(0.1), flips(0.2), 2) {
            let (tuned, given) = (share(&result.tuned), share(&result.given));
            assert!(tuned >= given - 0.03, "{}: {tuned} tuned, {given} given", result.name);
        }
    }

    #[test]
    fn what_cannot_be_built_says_why_and_takes_no_time() {
        let patterns = PatternSet::random(20, 12, &mut Streams::new(2).stream(Stream::Patterns)).unwrap();
        let options = BaselineOptions { gram_limit: 10, ..options(0.1) };
        let list = [Baseline::KernelRidge, Baseline::MaxMargin];
        for result in run(&patterns, &cues(&patterns, 0.1, 5, 1), &list, &options, flips(0.1), 1) {
            let message = result.tuned.counts.unwrap_err().to_string();
            assert_eq!(message, "a Gram matrix of 12 patterns is too large; the limit is 10");
            assert!(result.tried.is_empty(), "{}: nothing was tried", result.name);
        }
    }

    #[test]
    fn a_kernel_without_a_width_is_taken_as_it_is() {
        let patterns = PatternSet::random(20, 12, &mut Streams::new(2).stream(Stream::Patterns)).unwrap();
        let options = BaselineOptions { kernel: Kernel::polynomial(5, 1.0).unwrap(), ..options(0.1) };
        let list = [Baseline::Untrained, Baseline::MaxMargin, Baseline::KernelRidge];
        let erased = CueKind::Run { share: 0.2, fill: crate::cue::Fill::Minus };
        let got = run(&patterns, &cues(&patterns, 0.1, 5, 1), &list, &options, erased, 1);
        assert_eq!(got[0].tuned, got[0].given, "alpha = xi");
        assert_eq!(got[1].tuned, got[1].given, "the largest margin");
        let lambdas = got[2].tried.iter().all(|tried| matches!(tried.setting, Setting::Lambda(_)));
        assert!(lambdas && !got[2].tried.is_empty(), "{:?}", got[2].tried);
    }

    #[test]
    fn the_work_is_bounded_whatever_the_size() {
        assert_eq!(tuning_cues(50, 150), 300, "small");
        assert_eq!(tuning_cues(100, 3000), 66, "the default plan");
        assert_eq!([tuning_cues(100, 10_000), tuning_cues(1000, 100_000)], [40, 40], "large");
    }
}
