//! How sure a total is: what its prices make of it when they are wrong together or one at a time.
//!
//! Two ranges are given, and neither is the other. The *interval* lets every price be anywhere in its band, all low or all
//! high together: no choice of prices leaves it. The *likely range* draws prices: those of one [`SourceGroup`] are wrong
//! together, different sources independently, and 90 of 100 draws lie in it.
//!
//! A price at position `z`, from -1 to 1, is `nominal (low / nominal)^-z` below zero and `nominal (high / nominal)^z` above:
//! a band is a factor either way, and prices are positive. Where low is 0 and has no logarithm, the price falls linearly.
//! `z` has the symmetric triangular distribution. So nominal is the median and the most probable figure, and no draw leaves
//! the band: the ends are choices that somebody made and defends, not quantiles of a tail, and near the ends both the
//! source and the correction that leads away from it would have to be right at once.

use crate::band::Band;
use crate::cost::Cost;
use crate::ledger::Ledger;
use crate::source::SourceGroup;
use crate::term::Term;
use klr_units::Yoctojoules;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Draws of a likely range. Each source has one in each of so many equally probable parts of its distribution.
pub const DRAWS: usize = 4096;
/// The constant that all draws start from, together with the name of the source: the fraction of the golden ratio.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
/// The share of draws below a likely range, and above it.
const TAIL: f64 = 0.05;
/// Digits to which a figure from draws is given: more than draws are good for, fewer than processors differ in.
const DIGITS: usize = 6;

/// What 90 of 100 draws give: 5 of 100 are less, and 5 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likely {
    /// The figure that 5 of 100 draws are below.
    pub low: Yoctojoules,
    /// The figure that 95 of 100 draws are below.
    pub high: Yoctojoules,
}

/// How many times one total is another, at the same prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Nominal by nominal.
    pub nominal: f64,
    /// The least and the most at any prices within their bands, the same ones above and below the line.
    pub interval: (f64, f64),
    /// What 5 and 95 of 100 draws are below; every draw is one set of prices.
    pub likely: (f64, f64),
}

/// How far one source, or one price, moves a total when all others stay nominal.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// The source, or the key of the term.
    pub name: String,
    /// What would shrink it, in a sentence; empty for a term, and where the table does not say.
    pub shrinks: String,
    /// What its low figures change, as a share of the nominal total: 0 or below.
    pub low: f64,
    /// What its high figures change: 0 or above.
    pub high: f64,
    /// The terms of a source, those that move the total most first; empty for a term.
    pub terms: Vec<Self>,
}

/// The energy of a ledger that one price is paid with, in yoctojoules.
#[derive(Clone, Debug)]
struct Part {
    term: Term,
    group: Arc<SourceGroup>,
    /// Low, nominal and high.
    at: [f64; 3],
}

impl Part {
    fn position(&self, z: f64) -> f64 {
        let [low, nominal, high] = self.at;
        let end = if z < 0.0 { low } else { high };
        if end > 0.0 && nominal > 0.0 {
            nominal * ((end / nominal).ln() * z.abs()).exp()
        } else {
            nominal + (end - nominal) * z.abs()
        }
    }
}

/// A ledger by its prices.
#[derive(Clone, Debug)]
struct Spread(Vec<Part>);

impl Spread {
    fn of<C, M>(ledger: &Ledger<C, M>) -> Self {
        let mut sums: BTreeMap<Term, Band<Yoctojoules>> = BTreeMap::new();
        for line in &ledger.lines {
            let sum = sums.entry(line.term).or_default();
            *sum = sum.plus(line.energy());
        }
        let part = |(term, sum): (Term, Band<Yoctojoules>)| {
            let group = ledger.sources.of(term)?;
            let at = [sum.low(), sum.nominal(), sum.high()].map(|energy| energy.get() as f64);
            Some(Part { term, group: Arc::clone(group), at })
        };
        Self(sums.into_iter().filter_map(part).collect())
    }

    fn total(&self, figure: usize) -> f64 {
        self.0.iter().map(|part| part.at[figure]).sum()
    }

    /// The total in every draw.
    fn draws(&self) -> Vec<f64> {
        let mut totals = vec![0.0; DRAWS];
        let mut positions: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for part in &self.0 {
            let name = part.group.name.as_str();
            let positions = positions.entry(name).or_insert_with(|| positions_of(name));
            totals.iter_mut().zip(positions).for_each(|(total, &mut z)| *total += part.position(z));
        }
        totals
    }

    /// The swings of `parts` by what `name` calls them, the largest first.
    fn swings(&self, name: impl Fn(&Part) -> &str) -> Vec<Swing> {
        let nominal = self.total(1);
        let mut changes: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for part in &self.0 {
            let [low, middle, high] = part.at;
            let change = changes.entry(name(part)).or_default();
            *change = (change.0 + low - middle, change.1 + high - middle);
        }
        let swing = |(name, (low, high)): (&str, (f64, f64))| Swing {
            name: name.to_owned(),
            shrinks: String::new(),
            low: rounded(low / nominal),
            high: rounded(high / nominal),
            terms: Vec::new(),
        };
        let mut swings: Vec<Swing> = changes.into_iter().map(swing).collect();
        // Stable: of several as wide, the first by name.
        swings.sort_by(|a, b| b.width().total_cmp(&a.width()));
        swings
    }
}

impl Swing {
    /// From the low to the high figure, as a share of the nominal total.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// A total with all its draws, for whoever asks more than once: a draw is the same however often it is made, and none is
/// made before somebody asks.
#[derive(Clone, Debug)]
pub struct Drawn {
    total: Cost,
    /// The name of the price table.
    table: String,
    spread: Spread,
    draws: OnceCell<Vec<f64>>,
}

impl Drawn {
    fn draws(&self) -> &[f64] {
        self.draws.get_or_init(|| self.spread.draws())
    }

    /// What 90 of 100 draws of the prices give for the total, as far as it is known.
    pub fn likely(&self) -> Cost<Likely> {
        self.total.map(|_| {
            let mut draws = self.draws().to_vec();
            draws.sort_by(f64::total_cmp);
            let (low, high) = likely(&draws);
            Likely { low: energy(low), high: energy(high) }
        })
    }

    /// How many times `other` this total is, as [`Ledger::ratio`].
    #[must_use]
    pub fn ratio(&self, other: &Self) -> Option<Ratio> {
        if !(self.total.is_known() && other.total.is_known() && self.table == other.table) {
            return None;
        }
        let (above, below) = (&self.spread, &other.spread);
        if below.total(0) <= 0.0 {
            return None;
        }
        let pairs = pairs(above, below);
        let mut draws: Vec<f64> = self.draws().iter().zip(other.draws()).map(|(a, b)| a / b).collect();
        draws.sort_by(f64::total_cmp);
        let (low, high) = likely(&draws);
        Some(Ratio {
            nominal: above.total(1) / below.total(1),
            interval: (extreme(&pairs, -1.0), extreme(&pairs, 1.0)),
            likely: (rounded(low), rounded(high)),
        })
    }
}

impl<C, M> Ledger<C, M> {
    /// The total, for all its draws.
    #[must_use]
    pub fn drawn(&self) -> Drawn {
        let spread = Spread::of(self);
        Drawn { total: self.total(), table: self.table.clone(), draws: OnceCell::new(), spread }
    }

    /// What 90 of 100 draws of the prices give for the total, as far as it is known.
    pub fn likely(&self) -> Cost<Likely> {
        self.drawn().likely()
    }

    /// How far each source moves the total, and each of its prices; the one that moves it most first. Shares are of what
    /// has a price; empty if nothing has one.
    #[must_use]
    pub fn tornado(&self) -> Vec<Swing> {
        let spread = Spread::of(self);
        if spread.total(1) <= 0.0 {
            return Vec::new();
        }
        let terms = spread.swings(|part| part.term.key());
        let mut sources = spread.swings(|part| &part.group.name);
        for source in &mut sources {
            let of_source = |term: &Swing| {
                let group = Term::from_key(&term.name).and_then(|term| self.sources.of(term));
                group.is_some_and(|group| group.name == source.name)
            };
            source.terms = terms.iter().filter(|term| of_source(term)).cloned().collect();
            let group = spread.0.iter().find(|part| part.group.name == source.name);
            source.shrinks = group.map_or_else(String::new, |part| part.group.shrinks.clone());
        }
        sources
    }

    /// The source that moves the total most; `None` if no price has a range.
    #[must_use]
    pub fn dominating(&self) -> Option<Swing> {
        self.tornado().into_iter().next().filter(|swing| swing.width() > 0.0)
    }

    /// How many times `other` this ledger's total is. `None` unless both are known and paid by one table, since the ratio
    /// of two lower bounds bounds nothing, and if `other` is nothing at its low prices.
    ///
    /// A price moves both totals together, linearly from low to nominal and from nominal to high. On each of the two parts
    /// the ratio `(a + b t) / (c + d t)` is monotone in the price's position t, since the sign of its derivative is that of
    /// `b c - a d` everywhere: so its extremes lie where every price is at one of its three figures. Of those `3^m` places
    /// Dinkelbach's method (Management Science 13(7):492-498, 1967) finds the best: as long as the figures that maximise
    /// `A - r B`, one price at a time, give a ratio above r, this becomes r.
    #[must_use]
    pub fn ratio<D, N>(&self, other: &Ledger<D, N>) -> Option<Ratio> {
        self.drawn().ratio(&other.drawn())
    }
}

/// For every price of either ledger, what both pay with it at its three figures.
fn pairs(above: &Spread, below: &Spread) -> Vec<[(f64, f64); 3]> {
    let mut pairs: BTreeMap<Term, [(f64, f64); 3]> = BTreeMap::new();
    for part in &above.0 {
        let pair = pairs.entry(part.term).or_default();
        pair.iter_mut().zip(part.at).for_each(|(pair, at)| pair.0 += at);
    }
    for part in &below.0 {
        let pair = pairs.entry(part.term).or_default();
        pair.iter_mut().zip(part.at).for_each(|(pair, at)| pair.1 += at);
    }
    pairs.into_values().collect()
}

/// The greatest ratio of the two sums of `pairs` (`sign` 1), or the least (`sign` -1), each pair at one of its figures.
fn extreme(pairs: &[[(f64, f64); 3]], sign: f64) -> f64 {
    let ratio = |r: f64| {
        let value = |pair: &(f64, f64)| sign * (pair.0 - r * pair.1);
        let best = |pair: &[(f64, f64); 3]| pair.iter().copied().max_by(|a, b| value(a).total_cmp(&value(b)));
        let (above, below) =
            pairs.iter().filter_map(best).fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        above / below
    };
    let mut best =
        pairs.iter().map(|pair| pair[1].0).sum::<f64>() / pairs.iter().map(|pair| pair[1].1).sum::<f64>();
    loop {
        let next = ratio(best);
        // There are finitely many ratios, and each one is better than the last.
        if sign * next <= sign * best || next.is_nan() {
            return best;
        }
        best = next;
    }
}

/// The figures that 5 and 95 of 100 of the sorted `draws` are below.
fn likely(draws: &[f64]) -> (f64, f64) {
    (quantile(draws, TAIL), quantile(draws, 1.0 - TAIL))
}

/// The figure that `share` of the sorted `draws` are below, between two of them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
fn quantile(draws: &[f64], share: f64) -> f64 {
    let last = draws.len().saturating_sub(1);
    let place = (share * draws.len() as f64 - 0.5).clamp(0.0, last as f64);
    let below = place.floor() as usize;
    let (from, to) = (draws[below], draws[(below + 1).min(last)]);
    from + (to - from) * (place - below as f64)
}

/// Where the prices of the source `name` are in every draw: one position in the middle of each of [`DRAWS`] equally
/// probable parts, in an order of its own. It depends on the name alone, so two totals see the same draws, and another
/// source beside it changes none of them.
fn positions_of(name: &str) -> Vec<f64> {
    // FNV-1a, 64 bits.
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325, hash) ^ SEED;
    let mut positions: Vec<f64> =
        (0..DRAWS).map(|part| position_at((part as f64 + 0.5) / DRAWS as f64)).collect();
    for last in (1..DRAWS).rev() {
        positions.swap(last, below(&mut state, last + 1));
    }
    positions
}

/// A number below `end`, by the generator `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
#[expect(clippy::cast_possible_truncation, reason = "it is below `end`")]
fn below(state: &mut u64, end: usize) -> usize {
    *state = state.wrapping_add(SEED);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    ((u128::from(mixed) * end as u128) >> 64) as usize
}

/// The position that `share` of the symmetric triangular distribution on -1 to 1 is below.
fn position_at(share: f64) -> f64 {
    if share < 0.5 { (2.0 * share).sqrt() - 1.0 } else { 1.0 - (2.0 * (1.0 - share)).sqrt() }
}

/// To [`DIGITS`] digits.
fn rounded(x: f64) -> f64 {
    format!("{x:.*e}", DIGITS - 1).parse().unwrap_or(x)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sums of energies, none negative"
)]
fn energy(yoctojoules: f64) -> Yoctojoules {
    Yoctojoules::new(rounded(yoctojoules).round() as u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(term: Term, source: &str, at: [f64; 3]) -> Part {
        let group = Arc::new(SourceGroup { name: source.to_owned(), shrinks: String::new() });
        Part { term, group, at }
    }

    fn drawn(parts: &[Part], share: f64) -> f64 {
        let mut draws = Spread(parts.to_vec()).draws();
        draws.sort_by(f64::total_cmp);
        quantile(&draws, share)
    }

    fn assert_near(found: f64, expected: f64, tolerance: f64, what: &str) {
        assert!((found / expected - 1.0).abs() < tolerance, "{what}: {found}, expected {expected}");
    }

    #[test]
    fn the_range_of_one_price_is_that_of_the_price() {
        let one = [part(Term::Add, "logic", [2.0, 10.0, 40.0])];
        // Below 5 of 100 the triangle has the position sqrt(0.1) - 1.
        let position = 1.0 - 0.1_f64.sqrt();
        assert_near(drawn(&one, 0.05), 10.0 * 0.2_f64.powf(position), 1e-4, "5 %");
        assert_near(drawn(&one, 0.95), 10.0 * 4_f64.powf(position), 1e-4, "95 %");
        assert_near(drawn(&one, 0.5), 10.0, 1e-4, "nominal is the median");
        let zero = [part(Term::Add, "logic", [0.0, 10.0, 10.0])];
        assert_near(drawn(&zero, 0.05), 10.0 * (1.0 - position), 1e-3, "linear where low is nothing");
    }

    #[test]
    fn independent_sources_even_out_and_a_common_one_does_not() {
        // A price that falls from 1 to 0 linearly half of the time: below x with a probability of x^2 / 2. Two independent
        // ones sum to less than x <= 1 with one of x^4 / 24; two of one source to less than 2 x with that of one.
        let falling = |term, source| part(term, source, [0.0, 1.0, 1.0]);
        let one = [falling(Term::Add, "a")];
        let common = [falling(Term::Add, "a"), falling(Term::Multiply, "a")];
        let apart = [falling(Term::Add, "a"), falling(Term::Multiply, "b")];
        assert_near(drawn(&one, 0.02), 0.2, 1e-3, "one");
        assert_near(drawn(&common, 0.02), 0.4, 1e-3, "perfectly correlated");
        assert_near(drawn(&apart, 0.02), 0.48_f64.powf(0.25), 0.02, "independent");
    }

    #[test]
    fn draws_of_a_source_do_not_depend_on_the_others() {
        let (a, b) = (part(Term::Add, "a", [1.0, 2.0, 4.0]), part(Term::Multiply, "b", [0.0, 0.0, 0.0]));
        assert_eq!(
            Spread(vec![a.clone()]).draws(),
            Spread(vec![b, a]).draws(),
            "nothing beside it, and much"
        );
        assert_ne!(positions_of("a"), positions_of("b"), "each has an order of its own");
    }

    /// The least and the greatest ratio over all places where every pair is at one of its figures.
    fn brute_force(pairs: &[[(f64, f64); 3]]) -> (f64, f64) {
        let places = 3_usize.pow(u32::try_from(pairs.len()).expect("few pairs"));
        let ratio = |mut place: usize| {
            let sum = pairs.iter().fold((0.0, 0.0), |sum, pair| {
                let (above, below) = pair[place % 3];
                place /= 3;
                (sum.0 + above, sum.1 + below)
            });
            sum.0 / sum.1
        };
        (0..places).map(ratio).fold((f64::INFINITY, 0.0), |(low, high), r| (r.min(low), r.max(high)))
    }

    #[test]
    fn extremes_of_a_ratio_are_those_of_all_vertices() {
        let mut state = 7;
        let mut some = |end: usize| below(&mut state, end) as f64;
        for case in 0..200 {
            let pairs: Vec<[(f64, f64); 3]> = (0..7)
                .map(|_| {
                    let (above, below) = (some(100), 1.0 + some(100));
                    let (low, high) = (some(10) / 10.0, 1.0 + some(30) / 10.0);
                    // Now and then a price has another band above the line than below.
                    let other = if some(3) == 0.0 { 1.0 + some(30) / 10.0 } else { high };
                    [(low * above, low * below), (above, below), (high * above, other * below)]
                })
                .collect();
            let (low, high) = brute_force(&pairs);
            if !low.is_finite() || !high.is_finite() {
                continue;
            }
            assert_near(1.0 + extreme(&pairs, -1.0), 1.0 + low, 1e-12, &format!("least of case {case}"));
            assert_near(1.0 + extreme(&pairs, 1.0), 1.0 + high, 1e-12, &format!("most of case {case}"));
        }
    }

    #[test]
    fn a_price_that_both_totals_pay_alike_cancels() {
        let wide = |nominal: f64| {
            [(0.1 * nominal, 0.2 * nominal), (nominal, 2.0 * nominal), (9.0 * nominal, 18.0 * nominal)]
        };
        let pairs = [wide(3.0), wide(50.0)];
        assert_near(extreme(&pairs, 1.0), 0.5, 1e-12, "whatever the prices");
        assert_near(extreme(&pairs, -1.0), 0.5, 1e-12, "whatever the prices");
    }
}
