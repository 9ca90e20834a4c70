//! All baselines on the same cues.

use crate::baselines::logistic::{self, LogisticConfig};
use crate::baselines::margin::{self, MarginConfig};
use crate::baselines::{
    BaselineError, DenseMemory, Diagonal, Interaction, ModernHopfield, NearestPattern, Pairwise,
};
use crate::fit::ridge;
use crate::kernel::Kernel;
use crate::pattern::PatternSet;
use crate::random::{Stream, Streams};
use crate::retrieve::dynamics::{RetrievalConfig, RetrievalOutcome, retrieve};
use crate::retrieve::measure::{Cues, Targets};
use crate::retrieve::memory::AssociativeMemory;
use crate::retrieve::model::KlrModel;
use klr_units::State;
use klr_units::threads::fold_in_order_watched;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// A memory to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Baseline {
    /// [`Pairwise::hebbian`].
    Hebbian,
    /// [`Pairwise::pseudo_inverse`].
    PseudoInverse,
    /// [`logistic::train`].
    LinearLogistic,
    /// [`DenseMemory`] with [`Interaction::Polynomial`].
    DensePolynomial,
    /// [`DenseMemory`] with [`Interaction::Exponential`].
    DenseExponential,
    /// [`ModernHopfield`].
    ModernHopfield,
    /// [`KlrModel::untrained`].
    Untrained,
    /// [`ridge::solve`].
    KernelRidge,
    /// [`margin::train`].
    MaxMargin,
    /// [`NearestPattern`].
    NearestPattern,
}

/// A name that no baseline has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no baseline {found:?}; allowed are {}", Baseline::ALL.map(Baseline::name).join(", "))]
pub struct UnknownBaseline {
    /// The name found.
    pub found: String,
}

impl Baseline {
    /// Every baseline, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::Hebbian,
        Self::PseudoInverse,
        Self::LinearLogistic,
        Self::DensePolynomial,
        Self::DenseExponential,
        Self::ModernHopfield,
        Self::Untrained,
        Self::KernelRidge,
        Self::MaxMargin,
        Self::NearestPattern,
    ];

    /// The baseline's name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hebbian => "hebbian",
            Self::PseudoInverse => "pseudo-inverse",
            Self::LinearLogistic => "linear-logistic",
            Self::DensePolynomial => "dense-polynomial",
            Self::DenseExponential => "dense-exponential",
            Self::ModernHopfield => "modern-hopfield",
            Self::Untrained => "untrained",
            Self::KernelRidge => "kernel-ridge",
            Self::MaxMargin => "max-margin",
            Self::NearestPattern => "nearest-pattern",
        }
    }
}

impl FromStr for Baseline {
    type Err = UnknownBaseline;

    fn from_str(name: &str) -> Result<Self, UnknownBaseline> {
        let known = Self::ALL.into_iter().find(|baseline| baseline.name() == name);
        known.ok_or_else(|| UnknownBaseline { found: name.to_owned() })
    }
}

/// The parameters of all baselines, and how they retrieve.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineOptions {
    /// How to retrieve. [`Baseline::ModernHopfield`] is synchronous and continuous whatever it says, and takes its limit
    /// of steps alone.
    pub retrieval: RetrievalConfig,
    /// The seed of the visiting orders: cue c takes the stream [`Stream::Order`] of index c, whatever the baseline.
    pub seed: u64,
    /// The kernel of [`Baseline::Untrained`], [`Baseline::KernelRidge`] and [`Baseline::MaxMargin`].
    pub kernel: Kernel,
    /// The inverse temperature of [`Baseline::DenseExponential`] and [`Baseline::ModernHopfield`].
    pub beta: f64,
    /// The degree of [`Baseline::DensePolynomial`].
    pub degree: u16,
    /// The weight of the regulariser of [`Baseline::KernelRidge`].
    pub ridge_lambda: f64,
    /// The weight of the regulariser of [`Baseline::LinearLogistic`].
    pub logistic_lambda: f64,
    /// The diagonal of [`Baseline::PseudoInverse`].
    pub diagonal: Diagonal,
    /// The most patterns of which [`Baseline::KernelRidge`] and [`Baseline::MaxMargin`] make a Gram matrix: their time
    /// grows as its square and cube.
    pub gram_limit: usize,
}

impl BaselineOptions {
    /// The options beside a KLR model with `kernel`: its width, beta = 2 gamma, for the exponential baselines too (0.2 for
    /// a kernel that has none), degree 3, lambda = 0.01, no diagonal, and Gram matrices of up to 4,000 patterns.
    #[must_use]
    pub fn beside(kernel: Kernel, retrieval: RetrievalConfig, seed: u64) -> Self {
        let beta = kernel.gamma().map_or(0.2, |gamma| 2.0 * gamma);
        Self {
            retrieval,
            seed,
            kernel,
            beta,
            degree: 3,
            ridge_lambda: 0.01,
            logistic_lambda: 0.01,
            diagonal: Diagonal::Zero,
            gram_limit: 4000,
        }
    }
}

/// What one baseline made of the cues.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineResult {
    /// The baseline's name.
    pub name: &'static str,
    /// The counts, or why there are none.
    pub counts: Result<RecallCounts, BaselineError>,
}

/// Sums over retrievals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecallCounts {
    /// Cues.
    pub cues: u64,
    /// Cues recalled with every bit right.
    pub hits: u64,
    /// Bits that ended as in the nearest target, of all cues times N.
    pub bits_right: u64,
    /// Neurons turned over.
    pub flips: u64,
    /// Fields evaluated.
    pub evaluations: u64,
    /// Retrievals that ended at a fixed point.
    pub converged: u64,
    /// Retrievals that ended in a cycle of two states.
    pub two_cycles: u64,
    /// Retrievals that ran out of steps.
    pub step_limits: u64,
}

impl RecallCounts {
    /// Of one cue that ended `off` bits from the nearest of its targets.
    fn of(end: &State, off: usize, outcome: RetrievalOutcome, flips: u64, evaluations: u64) -> Self {
        let count = |wanted| u64::from(outcome == wanted);
        Self {
            cues: 1,
            hits: u64::from(off == 0),
            bits_right: (end.n() - off) as u64,
            flips,
            evaluations,
            converged: count(RetrievalOutcome::Converged),
            two_cycles: count(RetrievalOutcome::TwoCycle),
            step_limits: count(RetrievalOutcome::StepLimit),
        }
    }

    fn add(self, other: Self) -> Self {
        Self {
            cues: self.cues + other.cues,
            hits: self.hits + other.hits,
            bits_right: self.bits_right + other.bits_right,
            flips: self.flips + other.flips,
            evaluations: self.evaluations + other.evaluations,
            converged: self.converged + other.converged,
            two_cycles: self.two_cycles + other.two_cycles,
            step_limits: self.step_limits + other.step_limits,
        }
    }
}

/// Builds each baseline of `list` on `patterns` and retrieves from every cue, each beside the patterns it may end in.
///
/// Where several patterns are equally near to a cue, [`Baseline::NearestPattern`] takes the one that is a target. A baseline
/// that cannot be built, or refuses a cue, says why in its result; the others go on. The result does not depend on
/// `threads`.
///
/// # Panics
/// If a target is not one of `patterns`.
#[must_use]
pub fn compare<C: Cues + ?Sized>(
    patterns: &PatternSet,
    cues: &C,
    list: &[Baseline],
    options: &BaselineOptions,
    threads: NonZeroUsize,
) -> Vec<BaselineResult> {
    let run = |&baseline: &Baseline| {
        let counts = Built::new(baseline, patterns, options, threads).and_then(|built| built.counts(cues));
        BaselineResult { name: baseline.name(), counts }
    };
    list.iter().map(run).collect()
}

/// What a memory makes of a cue with this index and these targets.
type Retrieve<'a> = dyn Fn(usize, &State, &Targets) -> Result<RecallCounts, BaselineError> + Send + Sync + 'a;

/// A baseline that stores its patterns, ready for any cues.
pub(super) struct Built<'a> {
    patterns: &'a PatternSet,
    threads: NonZeroUsize,
    retrieve: Box<Retrieve<'a>>,
}

impl<'a> Built<'a> {
    pub(super) fn new(
        baseline: Baseline,
        patterns: &'a PatternSet,
        options: &'a BaselineOptions,
        threads: NonZeroUsize,
    ) -> Result<Self, BaselineError> {
        let kernel = || options.kernel.clone();
        let require_gram = || {
            let (p, limit) = (patterns.p(), options.gram_limit);
            if p <= limit { Ok(()) } else { Err(BaselineError::TooLarge { p, limit }) }
        };
        let dense = |interaction| DenseMemory::new(patterns.clone(), interaction);
        let retrieve = match baseline {
            Baseline::Hebbian => discrete(Pairwise::hebbian(patterns), patterns, options),
            Baseline::PseudoInverse => {
                discrete(Pairwise::pseudo_inverse(patterns, options.diagonal), patterns, options)
            }
            Baseline::LinearLogistic => {
                let lambda = options.logistic_lambda;
                let config = LogisticConfig { lambda, threads, ..LogisticConfig::standard() };
                discrete(logistic::train(patterns, &config)?.0, patterns, options)
            }
            Baseline::DensePolynomial => {
                discrete(dense(Interaction::Polynomial { degree: options.degree })?, patterns, options)
            }
            Baseline::DenseExponential => {
                discrete(dense(Interaction::Exponential { beta: options.beta })?, patterns, options)
            }
            Baseline::ModernHopfield => {
                continuous(ModernHopfield::new(patterns, options.beta)?, patterns, options)
            }
            Baseline::Untrained => {
                options.kernel.require_fits(patterns.n())?;
                discrete(KlrModel::untrained(patterns.clone(), kernel()), patterns, options)
            }
            Baseline::KernelRidge => {
                require_gram()?;
                let (model, _) = ridge::solve(patterns, kernel(), options.ridge_lambda, threads)?;
                discrete(model, patterns, options)
            }
            Baseline::MaxMargin => {
                require_gram()?;
                let config = MarginConfig { threads, ..MarginConfig::standard() };
                discrete(margin::train(patterns, kernel(), &config)?.0, patterns, options)
            }
            // It knows, where several patterns are equally near, which of them is the target.
            Baseline::NearestPattern => Box::new(|index, cue: &State, targets: &Targets| {
                one(&NearestPattern::towards(patterns, targets), patterns, options, index, cue, targets)
            }),
        };
        Ok(Self { patterns, threads, retrieve })
    }

    /// The counts of every cue, added up.
    pub(super) fn counts<C: Cues + ?Sized>(&self, cues: &C) -> Result<RecallCounts, BaselineError> {
        self.fold(cues, RecallCounts::default(), |sum, one| *sum = sum.add(one))
    }

    /// Whether each cue was recalled.
    pub(super) fn hits<C: Cues + ?Sized>(&self, cues: &C) -> Result<Vec<bool>, BaselineError> {
        self.fold(cues, Vec::new(), |hits, one| hits.push(one.hits == 1))
    }

    fn fold<F, C: Cues + ?Sized>(
        &self,
        cues: &C,
        folded: F,
        mut fold: impl FnMut(&mut F, RecallCounts),
    ) -> Result<F, BaselineError> {
        let job = |index| {
            let (cue, targets) = cues.cue(index);
            self.patterns.require_fits(&cue, "cue")?;
            (self.retrieve)(index, &cue, &targets)
        };
        fold_in_order_watched(cues.count(), self.threads, job, folded, |sum, _, next| fold(sum, next), || ())
    }
}

/// Retrieval from each cue in the one loop of all memories of binary states.
fn discrete<'a, M: AssociativeMemory + Send + Sync + 'a>(
    memory: M,
    patterns: &'a PatternSet,
    options: &'a BaselineOptions,
) -> Box<Retrieve<'a>> {
    Box::new(move |index, cue, targets| one(&memory, patterns, options, index, cue, targets))
}

fn one<M: AssociativeMemory>(
    memory: &M,
    patterns: &PatternSet,
    options: &BaselineOptions,
    index: usize,
    cue: &State,
    targets: &Targets,
) -> Result<RecallCounts, BaselineError> {
    let mut rng = Streams::new(options.seed).indexed(Stream::Order, index as u64);
    let end = retrieve(memory, cue, options.retrieval, &mut rng)?;
    let off = targets.distance(patterns, &end.state);
    Ok(RecallCounts::of(&end.state, off, end.outcome, end.flips, end.evaluations))
}

fn continuous<'a>(
    network: ModernHopfield,
    patterns: &'a PatternSet,
    options: &'a BaselineOptions,
) -> Box<Retrieve<'a>> {
    Box::new(move |_, cue, targets| {
        let end = network.retrieve(cue, options.retrieval.max_steps)?;
        let outcome = if end.converged { RetrievalOutcome::Converged } else { RetrievalOutcome::StepLimit };
        let off = targets.distance(patterns, &end.state);
        Ok(RecallCounts::of(&end.state, off, outcome, end.flips, end.evaluations))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::noise::{NoiseModel, corrupt};
    use crate::retrieve::dynamics::{UpdateRule, VisitOrder};

    fn patterns(n: usize, p: usize) -> PatternSet {
        PatternSet::random(n, p, &mut Streams::new(1).stream(Stream::Patterns)).unwrap()
    }

    fn cues(patterns: &PatternSet, noise: f64) -> Vec<(State, Targets)> {
        let cue = |mu: usize| {
            let mut rng = Streams::new(2).indexed(Stream::Noise, mu as u64);
            corrupt(&patterns.state(mu), noise, NoiseModel::Exact, &mut rng)
        };
        (0..patterns.p()).map(|mu| (cue(mu), Targets::row(mu))).collect()
    }

    fn options() -> BaselineOptions {
        let retrieval =
            RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Random), max_steps: 30 };
        BaselineOptions::beside(Kernel::rbf(0.08).unwrap(), retrieval, 5)
    }

    fn run(patterns: &PatternSet, noise: f64, threads: usize) -> Vec<BaselineResult> {
        let threads = NonZeroUsize::new(threads).unwrap();
        compare(patterns, &cues(patterns, noise)[..], &Baseline::ALL, &options(), threads)
    }

    #[test]
    fn a_few_patterns_are_recalled_by_every_memory() {
        // P/N = 0.05 is far below every capacity, and one bit in ten is within every basin.
        for result in run(&patterns(100, 5), 0.1, 1) {
            let counts = result.counts.unwrap();
            assert_eq!((counts.cues, counts.hits, counts.bits_right), (5, 5, 500), "{}", result.name);
            assert_eq!(counts.converged, 5, "{}: at rest", result.name);
            assert_eq!(counts.flips, 50, "{}: ten wrong bits each", result.name);
        }
    }

    #[test]
    fn beyond_the_pairwise_limit_only_kernels_recall() {
        let results = run(&patterns(60, 180), 0.1, 2);
        let hits = |name: &str| {
            let result = results.iter().find(|result| result.name == name).expect("every baseline ran");
            result.counts.as_ref().unwrap().hits
        };
        for name in ["hebbian", "pseudo-inverse", "linear-logistic"] {
            assert_eq!(hits(name), 0, "{name} at P/N = 3");
        }
        let oracle = hits("nearest-pattern");
        assert_eq!(oracle, 180, "six flips of sixty leave the pattern nearest");
        for name in ["dense-exponential", "modern-hopfield", "untrained", "kernel-ridge", "max-margin"] {
            assert!(hits(name) >= 171, "{name}: {} of 180", hits(name));
        }
    }

    #[test]
    fn the_order_of_rows_says_nothing_where_patterns_are_equally_near() {
        // Each cue lies in the middle between its own pattern and the next one.
        let near =
            PatternSet::from_signs(6, &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, -1, -1]).unwrap();
        let between = [[1, 1, 1, 1, 1, -1], [1, -1, 1, 1, -1, -1]].map(|s| State::from_signs(&s).unwrap());
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let rows: Vec<i8> =
                order.iter().flat_map(|&mu| near.state(mu).signs().collect::<Vec<_>>()).collect();
            let patterns = PatternSet::from_signs(6, &rows).unwrap();
            let at = |row: usize| order.iter().position(|&mu| mu == row).unwrap();
            let cues: Vec<(State, Targets)> = [(0, 0), (0, 1), (1, 1), (1, 2)]
                .map(|(cue, target)| (between[cue].clone(), Targets::row(at(target))))
                .to_vec();
            let oracle = [Baseline::NearestPattern];
            let got = compare(&patterns, &cues[..], &oracle, &options(), NonZeroUsize::MIN);
            let counts = got[0].counts.as_ref().unwrap();
            assert_eq!(
                (counts.hits, counts.bits_right, counts.flips),
                (4, 24, 4),
                "{order:?}: each tie is a hit"
            );
        }
    }

    #[test]
    fn threads_change_nothing() {
        let patterns = patterns(40, 30);
        assert_eq!(run(&patterns, 0.2, 1), run(&patterns, 0.2, 3), "the same counts");
    }

    #[test]
    fn what_cannot_run_says_why_and_the_others_go_on() {
        let patterns = patterns(20, 12);
        let list = [Baseline::MaxMargin, Baseline::DensePolynomial, Baseline::Hebbian];
        let options = BaselineOptions { gram_limit: 10, degree: 0, ..options() };
        let results = compare(&patterns, &cues(&patterns, 0.1)[..], &list, &options, NonZeroUsize::MIN);
        let message = |at: usize| results[at].counts.as_ref().unwrap_err().to_string();
        assert_eq!(message(0), "a Gram matrix of 12 patterns is too large; the limit is 10", "skipped");
        assert_eq!(message(1), "degree is 0; it must be 1 to 10000", "refused");
        assert_eq!(results[2].counts.as_ref().unwrap().cues, 12, "ran");
        let wrong = [(State::all_minus(3), Targets::row(0))];
        let results = compare(&patterns, &wrong[..], &[Baseline::Hebbian], &options, NonZeroUsize::MIN);
        let message = results[0].counts.as_ref().unwrap_err().to_string();
        assert_eq!(message, "a cue of 3 neurons does not fit patterns of 20");
        let none = compare(
            &patterns,
            &[][..],
            &Baseline::ALL,
            &BaselineOptions { gram_limit: 99, degree: 2, ..options },
            NonZeroUsize::MIN,
        );
        assert!(none.iter().all(|result| result.counts == Ok(RecallCounts::default())), "no cues");
    }

    #[test]
    fn names_are_read_back() {
        for baseline in Baseline::ALL {
            assert_eq!(baseline.name().parse(), Ok(baseline), "{baseline:?}");
        }
        let message = "hopfield".parse::<Baseline>().unwrap_err().to_string();
        assert!(message.starts_with("there is no baseline \"hopfield\"; allowed are hebbian, "), "{message}");
    }
}
