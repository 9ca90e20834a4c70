//! Sums over pairs of patterns that are near each other, and bounds of all that is left out.

use crate::fit::objective::{Penalty, Problem, log_one_plus_exp};
use crate::fit::report::{FitOutcome, FitReport};
use crate::fit::train::TrainConfig;
use crate::pattern::PatternSet;
use crate::retrieve::model::KlrModel;
use klr_units::hamming::{Near, NearRows};
use klr_units::threads::map_in_order;
use std::num::NonZeroUsize;

/// Patterns that are near a pattern, at most, in the mean: beyond, their products cost more than a look at all pairs.
const NEAR: u32 = 512;

/// What is left out of a field, in the largest kernel value, where nobody has to look what it is: below the rounding of
/// a sum of some thousand terms.
const NOTHING: f64 = 1.0 / (1u64 << 40) as f64;

/// The most that is left out of a field, in the largest kernel value, in the mean of a few patterns.
const MOST_LEFT_OUT: f64 = 1e-3;

/// Patterns from which the reach is chosen, evenly spaced.
const TRIED: usize = 64;

/// Patterns of a job.
const BLOCK: usize = 128;

/// Patterns whose pairs are all summed because a bound leaves open whether they are fixed, at most.
const MOST_OPEN: usize = 2048;

/// How far the figures of a fit can be off, since pairs of patterns beyond a reach were left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOut {
    /// The largest Hamming distance of two patterns whose pair was summed.
    pub reach: u32,
    /// Ordered pairs that were summed, each pattern with itself among them; of P^2.
    pub summed: u64,
    /// The most by which a margin is off, and so the smallest one.
    pub margin: f64,
    /// The most by which the mean margin is off.
    pub mean_margin: f64,
    /// The most by which the objective is off.
    pub objective: f64,
    /// The most by which the norm of the gradient is off.
    pub gradient_norm: f64,
    /// The most by which its ratio to that at zero is off.
    pub relative_gradient: f64,
}

/// Which pairs of patterns are summed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Neighbourhood {
    /// Pairs up to this distance are.
    pub(super) reach: u32,
    beyond: Beyond,
}

/// What is known of the kernel beyond the reach.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Beyond {
    /// No magnitude is larger, and that is enough.
    AtMost(f64),
    /// Every pattern has to count the distances that it has.
    Counted,
}

impl Neighbourhood {
    /// The reach for the kernel of `model`, told by the distances of a few patterns; `None` if it is too wide for one.
    pub(super) fn of(model: &KlrModel) -> Option<Self> {
        let (patterns, table) = (model.patterns(), model.table());
        let tried = TRIED.min(patterns.p());
        let mut counts = Counts::new(patterns.n());
        let mut distances = Vec::new();
        for at in 0..tried {
            let mu = at * patterns.p() / tried;
            patterns.packed().distances(patterns.row_words(mu), &mut distances);
            counts.add(&distances);
        }
        let counts: Vec<f64> = counts.totals().iter().map(|&count| count as f64 / tried as f64).collect();
        Self::chosen(table, &counts, patterns.p())
    }

    /// A reach that was not chosen for a kernel.
    #[cfg(test)]
    pub(super) const fn counted(reach: u32) -> Self {
        Self { reach, beyond: Beyond::Counted }
    }

    /// The reach for kernel values `table`, where a pattern has `counts` others at each distance in the mean.
    fn chosen(table: &[f64], counts: &[f64], p: usize) -> Option<Self> {
        let largest = magnitude(table);
        let near = |reach: usize| counts[..=reach].iter().sum::<f64>();
        let reaches = 0..table.len();
        let is_nothing = |&reach: &usize| p as f64 * magnitude(&table[reach + 1..]) <= NOTHING * largest;
        if let Some(reach) = reaches.clone().find(is_nothing).filter(|&reach| near(reach) <= f64::from(NEAR))
        {
            return Some(Self {
                reach: number(reach),
                beyond: Beyond::AtMost(magnitude(&table[reach + 1..])),
            });
        }
        let reach = reaches.rev().find(|&reach| near(reach) <= f64::from(NEAR))?;
        let far: f64 = table.iter().zip(counts).skip(reach + 1).map(|(k, count)| k.abs() * count).sum();
        (far <= MOST_LEFT_OUT * largest).then(|| Self { reach: number(reach), beyond: Beyond::Counted })
    }

    /// The near patterns of one, and a bound of the sum of the magnitudes of the kernel at all others.
    fn look(
        &self,
        patterns: &PatternSet,
        table: &[f64],
        mu: usize,
        scratch: &mut Scratch,
    ) -> (Vec<Near>, f64) {
        let (rows, from) = (patterns.packed(), patterns.row_words(mu));
        match self.beyond {
            Beyond::AtMost(most) => (rows.within(from, self.reach), most * patterns.p() as f64),
            Beyond::Counted => {
                rows.distances(from, &mut scratch.distances);
                scratch.counts.clear();
                scratch.counts.add(&scratch.distances);
                let far = scratch.counts.totals().into_iter().zip(table).skip(self.reach as usize + 1);
                let far = far.map(|(count, k)| count as f64 * k.abs()).sum();
                (rows.within(from, self.reach), far)
            }
        }
    }
}

fn magnitude(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most: f64, value| most.max(value.abs()))
}

fn number(distance: usize) -> u32 {
    u32::try_from(distance).expect("a distance is at most N, which fits 32 bits")
}

/// How many patterns stand at each distance.
struct Counts {
    /// Four, so that counting one distance does not wait for the one before.
    of: [Vec<u32>; 4],
}

impl Counts {
    fn new(n: usize) -> Self {
        Self { of: std::array::from_fn(|_| vec![0; n + 1]) }
    }

    fn clear(&mut self) {
        self.of.iter_mut().for_each(|counts| counts.fill(0));
    }

    fn add(&mut self, distances: &[u32]) {
        let [a, b, c, d] = &mut self.of;
        let (fours, last) = distances.as_chunks::<4>();
        for four in fours {
            a[four[0] as usize] += 1;
            b[four[1] as usize] += 1;
            c[four[2] as usize] += 1;
            d[four[3] as usize] += 1;
        }
        last.iter().for_each(|&distance| a[distance as usize] += 1);
    }

    fn totals(&self) -> Vec<u64> {
        let [a, b, c, d] = &self.of;
        (0..a.len()).map(|at| [a, b, c, d].iter().map(|counts| u64::from(counts[at])).sum()).collect()
    }
}

/// Room that a thread uses again.
struct Scratch {
    distances: Vec<u32>,
    counts: Counts,
}

/// The near patterns of some, and what is left out of each.
#[derive(Debug)]
pub(super) struct Neighbours {
    near: NearRows,
    /// For each, a bound of the sum of the magnitudes of the kernel at all others.
    far: Vec<f64>,
}

impl Neighbours {
    /// Those of all patterns; `None` if they are far more than the reach was chosen for.
    pub(super) fn of_all(
        model: &KlrModel,
        neighbourhood: &Neighbourhood,
        threads: NonZeroUsize,
    ) -> Option<Self> {
        let p = model.p();
        let most = p.saturating_mul(4 * NEAR as usize);
        if let Beyond::AtMost(beyond) = neighbourhood.beyond {
            let near = model.patterns().packed().near(neighbourhood.reach, most, threads)?;
            return Some(Self { near, far: vec![beyond * p as f64; p] });
        }
        let all: Vec<usize> = (0..p).collect();
        let neighbours = Self::of_rows(model, neighbourhood, &all, threads);
        (neighbours.near.pairs() <= most).then_some(neighbours)
    }

    /// Those of the patterns `rows`, in their order.
    pub(super) fn of_rows(
        model: &KlrModel,
        neighbourhood: &Neighbourhood,
        rows: &[usize],
        threads: NonZeroUsize,
    ) -> Self {
        let found = map_in_order(rows.chunks(BLOCK).collect(), threads, |rows| {
            let mut scratch = Scratch { distances: Vec::new(), counts: Counts::new(model.n()) };
            let one = |&mu: &usize| neighbourhood.look(model.patterns(), model.table(), mu, &mut scratch);
            rows.iter().map(one).collect::<Vec<_>>()
        });
        let (lists, far): (Vec<_>, Vec<_>) = found.into_iter().flatten().unzip();
        Self { near: NearRows::of_lists(&lists), far }
    }

    /// The near patterns of the one at `at`.
    pub(super) fn near(&self, at: usize) -> &[Near] {
        self.near.of(at)
    }

    /// The bound of what is left out of the one at `at`.
    pub(super) fn far(&self, at: usize) -> f64 {
        self.far[at]
    }
}

/// What a bound tells about a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fixed {
    Yes,
    No,
    Open,
}

/// Whether all margins are positive, if each is off by `far` times the largest dual variable at most, and by what double
/// precision adds in `p` terms (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1).
pub(super) fn is_fixed(margins: &[f64], near: f64, far: f64, largest: f64, p: usize) -> Fixed {
    let rounding = 2.0 * p as f64 * f64::EPSILON * (near + far);
    let off = largest * (far + rounding);
    let least = margins.iter().copied().fold(f64::INFINITY, f64::min);
    match least {
        least if least > off => Fixed::Yes,
        least if least < -off => Fixed::No,
        _ => Fixed::Open,
    }
}

/// `sum_nu K(d_nu) x_nu` over the near patterns, N values; `add` adds a multiple of row `nu` of x.
pub(super) fn product(
    table: &[f64],
    near: &[Near],
    n: usize,
    add: impl Fn(usize, f64, &mut [f64]),
) -> Vec<f64> {
    let mut out = vec![0.0; n];
    near.iter().for_each(|near| add(near.row as usize, table[near.distance as usize], &mut out));
    out
}

fn add(row: &[f64], k: f64, out: &mut [f64]) {
    out.iter_mut().zip(row).for_each(|(to, x)| *to += k * x);
}

/// Adds a multiple of the bits of pattern `nu`, -1 and +1.
pub(super) fn add_signs(patterns: &PatternSet, nu: usize, k: f64, out: &mut [f64]) {
    out.iter_mut().zip(patterns.signs(nu)).for_each(|(to, sign)| *to += k * f64::from(sign));
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum()
}

/// The figures of `model`, summed over `neighbours`, which are those of all patterns.
pub(super) fn figures(
    model: &KlrModel,
    neighbours: &Neighbours,
    reach: u32,
    config: &TrainConfig,
) -> Option<(FitReport, LeftOut)> {
    let sums = Sums::of(model, neighbours, config);
    if sums.open.len() > MOST_OPEN {
        return None;
    }
    let whole = map_in_order(sums.open.clone(), config.threads, |mu| {
        model.margins(&model.patterns().state(mu)).iter().all(|&margin| margin > 0.0)
    });
    let fixed = sums.fixed + whole.into_iter().filter(|&fixed| fixed).count();
    let gradient = sums.gradient(model, neighbours, config);
    let (p, count) = (model.p() as f64, (model.p() * model.n()) as f64);
    let at_zero = sums.at_zero();
    let duals = Magnitudes::of(model);
    let report = FitReport {
        iterations: 0,
        outcome: FitOutcome::Untrained,
        objective: sums.objective,
        gradient_norm: gradient.value,
        relative_gradient: if at_zero.value > 0.0 { gradient.value / at_zero.value } else { 1.0 },
        stored_patterns_fixed: fixed as f64 / p,
        min_margin: sums.min_margin,
        mean_margin: sums.margins / count,
        mean_abs_alpha: duals.mean,
        sign_agreement: duals.agree,
        gap: None,
    };
    let left_out = LeftOut {
        reach,
        summed: neighbours.near.pairs() as u64,
        margin: sums.largest * magnitude(&neighbours.far),
        mean_margin: sums.largest * neighbours.far.iter().sum::<f64>() / p,
        objective: sums.objective_off,
        gradient_norm: gradient.off,
        relative_gradient: gradient.ratio_off(&at_zero),
    };
    Some((report, left_out))
}

/// A norm, and how far it can be off.
struct Bounded {
    value: f64,
    off: f64,
}

impl Bounded {
    /// How far the ratio to another one can be off.
    fn ratio_off(&self, other: &Self) -> f64 {
        let low = other.value - other.off;
        if low <= 0.0 { f64::INFINITY } else { (self.value + self.off) / low - self.value / other.value }
    }
}

/// The magnitudes of the dual variables, and how many agree with the stored bit.
pub(super) struct Magnitudes {
    pub(super) largest: f64,
    pub(super) mean: f64,
    pub(super) agree: f64,
}

impl Magnitudes {
    pub(super) fn of(model: &KlrModel) -> Self {
        if model.is_untrained() {
            return Self { largest: 1.0, mean: 1.0, agree: 1.0 };
        }
        let (mut largest, mut sum, mut agree) = (0.0_f64, 0.0, 0_u64);
        for i in 0..model.n() {
            for (mu, alpha) in model.duals_of(i).iter().enumerate() {
                largest = largest.max(alpha.abs());
                sum += alpha.abs();
                agree += u64::from(alpha * f64::from(model.patterns().sign(mu, i)) > 0.0);
            }
        }
        let count = (model.p() * model.n()) as f64;
        Self { largest, mean: sum / count, agree: agree as f64 / count }
    }
}

/// The sums over all patterns, each over those near it.
struct Sums {
    objective: f64,
    objective_off: f64,
    margins: f64,
    min_margin: f64,
    /// The sum of the squares of the product of the Gram matrix with the targets.
    targets: f64,
    targets_off: f64,
    fixed: usize,
    open: Vec<usize>,
    /// The largest dual variable, and the largest that is left out of a pattern.
    largest: f64,
    far: f64,
    /// P x N: what the Gram matrix multiplies to give the gradient.
    source: Vec<f64>,
    /// For each pattern the sum of the magnitudes of the kernel at those near it.
    near: Vec<f64>,
}

/// The sums of some patterns.
struct Part {
    loss: f64,
    squares: f64,
    margins: f64,
    min_margin: f64,
    targets: f64,
    fixed: usize,
    open: Vec<usize>,
    source: Vec<f64>,
    near: Vec<f64>,
}

impl Sums {
    fn of(model: &KlrModel, neighbours: &Neighbours, config: &TrainConfig) -> Self {
        let (n, p) = (model.n(), model.p());
        let (patterns, table) = (model.patterns(), model.table());
        let problem = Problem::storing(patterns, model.kernel(), config.penalty, config.lambda);
        let (panel, largest) = (model.duals(), Magnitudes::of(model).largest);
        let blocks = (0..p).step_by(BLOCK).collect();
        let parts = map_in_order(blocks, config.threads, |from| {
            let mut part = Part::default();
            for mu in from..p.min(from + BLOCK) {
                let near = neighbours.near(mu);
                let fields = product(table, near, n, |nu, k, out| add(&panel[nu * n..][..n], k, out));
                let margins: Vec<f64> =
                    fields.iter().zip(patterns.signs(mu)).map(|(h, sign)| h * f64::from(sign)).collect();
                part.add(&problem, mu, &fields, &margins, &panel[mu * n..][..n]);
                let magnitudes = near.iter().map(|near| table[near.distance as usize].abs()).sum();
                part.near.push(magnitudes);
                match is_fixed(&margins, magnitudes, neighbours.far(mu), largest, p) {
                    Fixed::Yes => part.fixed += 1,
                    Fixed::No => {}
                    Fixed::Open => part.open.push(mu),
                }
                part.targets += if model.is_untrained() {
                    squares(&fields)
                } else {
                    squares(&product(table, near, n, |nu, k, out| add_signs(patterns, nu, k, out)))
                };
            }
            part
        });
        Self::folded(parts, neighbours, config, largest, n)
    }

    fn folded(
        parts: Vec<Part>,
        neighbours: &Neighbours,
        config: &TrainConfig,
        largest: f64,
        n: usize,
    ) -> Self {
        let mut all = Part::default();
        for part in parts {
            all.loss += part.loss;
            all.squares += part.squares;
            all.margins += part.margins;
            all.min_margin = all.min_margin.min(part.min_margin);
            all.targets += part.targets;
            all.fixed += part.fixed;
            all.open.extend(part.open);
            all.source.extend(part.source);
            all.near.extend(part.near);
        }
        let far = neighbours.far.iter();
        let fields_off = largest * n as f64 * far.clone().sum::<f64>();
        // The loss has a slope of 1 at most, and the penalty one of lambda/2 alpha.
        let slope = match config.penalty {
            Penalty::KernelNorm => 1.0 + 0.5 * config.lambda * largest,
            Penalty::L2 => 1.0,
        };
        Self {
            objective: all.loss + 0.5 * config.lambda * all.squares,
            objective_off: slope * fields_off,
            margins: all.margins,
            min_margin: all.min_margin,
            targets: all.targets,
            targets_off: (n as f64 * far.map(|far| far * far).sum::<f64>()).sqrt(),
            fixed: all.fixed,
            open: all.open,
            largest,
            far: magnitude(&neighbours.far),
            source: all.source,
            near: all.near,
        }
    }

    /// The norm of the gradient at zero, half that of the Gram matrix times the targets.
    fn at_zero(&self) -> Bounded {
        Bounded { value: 0.5 * self.targets.sqrt(), off: 0.5 * self.targets_off }
    }

    /// The norm of the gradient.
    fn gradient(&self, model: &KlrModel, neighbours: &Neighbours, config: &TrainConfig) -> Bounded {
        let (n, p, table) = (model.n(), model.p(), model.table());
        let decay = if config.penalty == Penalty::L2 { config.lambda } else { 0.0 };
        // A margin that is off moves its source by a quarter of that at most, the largest slope of the logistic function.
        let source_off = 0.25 * self.largest * self.far;
        let source = magnitude(&self.source) + source_off;
        let parts = map_in_order((0..p).step_by(BLOCK).collect(), config.threads, |from| {
            let (mut sum, mut off) = (0.0, 0.0);
            for mu in from..p.min(from + BLOCK) {
                let add = |nu: usize, k: f64, out: &mut [f64]| add(&self.source[nu * n..][..n], k, out);
                let mut gradient = product(table, neighbours.near(mu), n, add);
                if decay > 0.0 {
                    gradient.iter_mut().enumerate().for_each(|(i, g)| *g += decay * model.alpha(mu, i));
                }
                sum += squares(&gradient);
                off += (self.near[mu] * source_off + neighbours.far(mu) * source).powi(2);
            }
            (sum, off)
        });
        let (sum, off) = parts.into_iter().fold((0.0, 0.0), |(s, o), (sum, off)| (s + sum, o + off));
        Bounded { value: sum.sqrt(), off: (n as f64 * off).sqrt() }
    }
}

impl Default for Part {
    fn default() -> Self {
        Self {
            loss: 0.0,
            squares: 0.0,
            margins: 0.0,
            min_margin: f64::INFINITY,
            targets: 0.0,
            fixed: 0,
            open: Vec::new(),
            source: Vec::new(),
            near: Vec::new(),
        }
    }
}

impl Part {
    /// Adds what pattern `mu` gives.
    fn add(&mut self, problem: &Problem<'_>, mu: usize, fields: &[f64], margins: &[f64], duals: &[f64]) {
        self.loss += margins.iter().map(|&margin| log_one_plus_exp(-margin)).sum::<f64>();
        self.squares += match problem.penalty {
            Penalty::KernelNorm => duals.iter().zip(fields).map(|(a, h)| a * h).sum::<f64>(),
            Penalty::L2 => squares(duals),
        };
        self.margins += margins.iter().sum::<f64>();
        self.min_margin = margins.iter().copied().fold(self.min_margin, f64::min);
        let signs = problem.targets.signs(mu).map(f64::from);
        let source = signs.zip(margins).zip(duals);
        self.source.extend(source.map(|((sign, &margin), &dual)| problem.source_of(sign, margin, dual)));
    }
}
