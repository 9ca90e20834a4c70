//! Patterns with a correlation that is known in closed form: biased bits, a tree of prototypes, or neighbouring neurons
//! that agree. Overlaps are `m = x.y / N`; rho is a correlation of bits.
//!
//! | generator | what is correlated | closed form |
//! |---|---|---|
//! | [`biased`] | any two patterns, through the mean activity b | `E m = (2b - 1)^2` |
//! | [`hierarchy`] | patterns that share ancestors | `E m = product of (1 - 2 q)^2` over the levels below the last common one |
//! | [`field`] | neighbouring neurons of one pattern | `rho = 2/pi asin r`, r the correlation of the Gaussian field ([`FieldShape::bit_correlation`]) |
//!
//! Rows are distinct: one that repeats an earlier one is drawn again. Where that is frequent (few neurons, extreme
//! activities) it shifts the closed forms; where it does not end, the patterns are refused. The values of a Gaussian field
//! pass through `ln`, `cos` and `exp` of the platform's mathematical library, which may round the last bit of a field
//! another way; all other generators use no such function.

use crate::pattern::{PatternError, PatternSet};
use klr_units::{OutOfRange, State};
use rand::{Rng, RngExt};
use std::collections::BTreeSet;
use std::f64::consts::{FRAC_2_PI, TAU};

/// Rows drawn in all, for each row wanted, before giving up. Even P of all P possible rows, equally likely, take only
/// `ln P` draws each on average (the coupon collector's problem), so that it ends only where rows are far from equally
/// likely.
const DRAWS_PER_ROW: usize = 100;

/// Why patterns cannot be generated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GenerateError {
    /// A number is out of its range.
    #[error(transparent)]
    Parameter(#[from] OutOfRange),
    /// Too many rows repeat earlier ones.
    #[error("only {found} of {wanted} distinct patterns were found in {draws} draws")]
    Repeats {
        /// Distinct rows found.
        found: usize,
        /// Rows wanted.
        wanted: usize,
        /// Rows drawn.
        draws: usize,
    },
    /// A tree has no level, or more leaves than can be counted.
    #[error("a tree needs at least one level, at least one child on each, and fewer than 2^32 leaves")]
    Tree,
    /// A dimension cannot be used.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// Refuses a `value` that is not between 0 and 1.
fn check_probability(name: &'static str, value: f64) -> Result<(), GenerateError> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(GenerateError::Parameter(OutOfRange::new(name, value, "between 0 and 1")))
}

/// Distinct rows, in the order in which they were found.
struct DistinctRows {
    n: usize,
    wanted: usize,
    seen: BTreeSet<Vec<u64>>,
    words: Vec<u64>,
    draws: usize,
}

impl DistinctRows {
    fn new(n: usize, wanted: usize) -> Result<Self, GenerateError> {
        // The set would be refused in the end; this refuses it before anything of its size is made.
        let check = |what, found| match u32::try_from(found) {
            Ok(_) => Ok(()),
            Err(_) => Err(PatternError::TooLarge { what, found }),
        };
        if n == 0 || wanted == 0 {
            return Err(PatternError::Empty { rows: wanted, columns: n }.into());
        }
        check("columns", n)?;
        check("rows", wanted)?;
        if n < 32 && wanted > 1 << n {
            return Err(PatternError::TooMany { p: wanted, n }.into());
        }
        Ok(Self { n, wanted, seen: BTreeSet::new(), words: Vec::new(), draws: 0 })
    }

    /// Adds a row that is not yet there, drawn as often as it takes.
    fn add(&mut self, mut draw: impl FnMut() -> State) -> Result<(), GenerateError> {
        while self.draws < self.wanted.saturating_mul(DRAWS_PER_ROW) {
            self.draws += 1;
            let row = draw().words().to_vec();
            if self.seen.insert(row.clone()) {
                self.words.extend(row);
                return Ok(());
            }
        }
        Err(GenerateError::Repeats { found: self.seen.len(), wanted: self.wanted, draws: self.draws })
    }

    fn finish(self) -> Result<PatternSet, GenerateError> {
        Ok(PatternSet::from_words(self.n, self.wanted, self.words)?)
    }
}

/// `state` with each bit turned over with probability `q`: one draw per bit.
fn flipped(state: &State, q: f64, rng: &mut (impl Rng + ?Sized)) -> State {
    let mut child = state.clone();
    (0..state.n()).for_each(|i| {
        if rng.random::<f64>() < q {
            child.flip(i);
        }
    });
    child
}

/// `p` distinct patterns of `n` neurons, each bit +1 with probability `activity`, independently. The mean of a bit is
/// `2 activity - 1`, so that two patterns overlap by its square on average.
///
/// # Errors
/// [`GenerateError`] if `activity` is not between 0 and 1, a dimension cannot be used, or too few rows differ.
pub fn biased(
    n: usize,
    p: usize,
    activity: f64,
    rng: &mut (impl Rng + ?Sized),
) -> Result<PatternSet, GenerateError> {
    check_probability("activity", activity)?;
    let mut rows = DistinctRows::new(n, p)?;
    let silent = State::all_minus(n);
    for _ in 0..p {
        rows.add(|| flipped(&silent, activity, rng))?;
    }
    rows.finish()
}

/// One level of a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Children of each node above.
    pub children: usize,
    /// The probability that a bit of a child differs from its parent's, 0 to 1; 1/2 makes children independent.
    pub flip: f64,
}

/// The leaves of a tree, all children of a parent side by side. The root is random, with bits +1 with probability 1/2;
/// each level below copies every node as often, and turns bits over, as it says. Two leaves whose paths part at level l
/// overlap by `product of (1 - 2 flip)^2` over the levels l, l+1, ... on average; one level is one cluster around a
/// prototype that is not itself a pattern.
///
/// Only leaves are patterns, so only they must be distinct; nodes within may repeat.
///
/// # Errors
/// [`GenerateError`] if there is no level or one without children, a probability is not one, a dimension cannot be used,
/// or too few leaves differ.
pub fn hierarchy(
    n: usize,
    levels: &[Level],
    rng: &mut (impl Rng + ?Sized),
) -> Result<PatternSet, GenerateError> {
    levels.iter().try_for_each(|level| check_probability("flip", level.flip))?;
    let leaves = levels.iter().try_fold(1usize, |count, level| count.checked_mul(level.children));
    let p = leaves.filter(|&p| p > 0 && u32::try_from(p).is_ok()).ok_or(GenerateError::Tree)?;
    let (leaf, inner) = levels.split_last().ok_or(GenerateError::Tree)?;
    let mut rows = DistinctRows::new(n, p)?;
    let mut nodes = vec![flipped(&State::all_minus(n), 0.5, rng)];
    for level in inner {
        let copies = nodes.iter().flat_map(|node| std::iter::repeat_n(node, level.children));
        nodes = copies.map(|parent| flipped(parent, level.flip, rng)).collect();
    }
    for parent in &nodes {
        for _ in 0..leaf.children {
            rows.add(|| flipped(parent, leaf.flip, rng))?;
        }
    }
    rows.finish()
}

/// Clusters: `prototypes` independent random states, and `members` patterns around each with bits turned over with
/// probability `flip`. Members of a cluster overlap by `(1 - 2 flip)^2` on average, of different ones by 0. The prototypes
/// themselves are not among the patterns.
///
/// # Errors
/// [`GenerateError`] as for [`hierarchy`].
pub fn clusters(
    n: usize,
    prototypes: usize,
    members: usize,
    flip: f64,
    rng: &mut (impl Rng + ?Sized),
) -> Result<PatternSet, GenerateError> {
    let levels = [Level { children: prototypes, flip: 0.5 }, Level { children: members, flip }];
    hierarchy(n, &levels, rng)
}

/// Where the neurons of a correlated pattern sit, and how far their correlation reaches. Edges are joined, so that every
/// neuron has the same neighbourhood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldShape {
    /// Neurons in a row.
    pub width: usize,
    /// Rows, one below the other; 1 is a ring of `width` neurons, more make a torus.
    pub height: usize,
    /// The correlation length in neurons, finite and at least 0: at this distance the Gaussian field has correlation
    /// `exp(-1/2)`. At 0 all bits are independent.
    pub length: f64,
}

impl FieldShape {
    fn check(self) -> Result<(), GenerateError> {
        let Self { width, height, length } = self;
        if !(length.is_finite() && length >= 0.0) {
            let allowed = "finite and at least 0";
            return Err(GenerateError::Parameter(OutOfRange::new("length", length, allowed)));
        }
        if width == 0 || height == 0 {
            return Err(PatternError::Empty { rows: height, columns: width }.into());
        }
        Ok(())
    }

    /// The correlation of two bits of a pattern that are `columns` and `rows` apart: `2/pi asin r` (the arcsine law,
    /// Van Vleck & Middleton, Proc. IEEE 54, 1966), where the field's own `r` is the product of those along the two axes,
    /// each the autocorrelation of the averaging weights. Far from the size of the ring it is
    /// `exp(-(columns^2 + rows^2) / (2 length^2))`.
    #[must_use]
    pub fn bit_correlation(self, columns: usize, rows: usize) -> f64 {
        let r = autocorrelation(&weights(self.width, self.length), columns)
            * autocorrelation(&weights(self.height, self.length), rows);
        FRAC_2_PI * r.clamp(-1.0, 1.0).asin()
    }
}

/// `sum w_k w_(k + distance)` round the ring; 1 at distance 0.
fn autocorrelation(weights: &[f64], distance: usize) -> f64 {
    let size = weights.len();
    (0..size).map(|k| weights[k] * weights[(k + distance % size) % size]).sum()
}

/// The weights of a moving average round a ring, with squares that sum to 1 so that an average of independent normal
/// numbers is normal: `exp(-k^2 / length^2)`, k the shorter way round, whose autocorrelation is `exp(-k^2 / (2 length^2))`.
fn weights(size: usize, length: f64) -> Vec<f64> {
    let weight = |k: usize| {
        let distance = k.min(size - k) as f64;
        if k == 0 { 1.0 } else { (-(distance / length).powi(2)).exp() }
    };
    let weights: Vec<f64> = (0..size).map(weight).collect();
    let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    weights.into_iter().map(|w| w / norm).collect()
}

/// `p` distinct patterns of `width x height` neurons, row by row: the signs of a Gaussian field that is correlated over
/// `shape.length` neurons. A neuron is +1 with probability 1/2, and patterns are independent of each other.
///
/// # Errors
/// [`GenerateError`] if the length is negative or not finite, a dimension cannot be used, or too few rows differ.
pub fn field(
    shape: FieldShape,
    p: usize,
    rng: &mut (impl Rng + ?Sized),
) -> Result<PatternSet, GenerateError> {
    shape.check()?;
    let n = shape.width.checked_mul(shape.height);
    let n = n.ok_or(PatternError::TooLarge { what: "columns", found: usize::MAX })?;
    let mut rows = DistinctRows::new(n, p)?;
    let (along, down) = (weights(shape.width, shape.length), weights(shape.height, shape.length));
    for _ in 0..p {
        rows.add(|| {
            let noise: Vec<f64> = (0..n).map(|_| normal(rng)).collect();
            signs(&smooth(&smooth(&noise, &along), &down))
        })?;
    }
    rows.finish()
}

/// Averages each row round its ring, and returns the result transposed: twice does both axes and restores the order.
fn smooth(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let width = weights.len();
    let height = values.len() / width;
    let at = |x: usize, y: usize| -> f64 {
        weights.iter().enumerate().map(|(k, w)| w * values[y * width + (x + k) % width]).sum()
    };
    (0..width).flat_map(|x| (0..height).map(move |y| (x, y))).map(|(x, y)| at(x, y)).collect()
}

fn signs(values: &[f64]) -> State {
    let mut state = State::all_minus(values.len());
    (0..values.len()).filter(|&i| values[i] > 0.0).for_each(|i| state.flip(i));
    state
}

/// A standard normal number from two uniform ones (Box & Muller, Ann. Math. Statist. 29, 1958).
fn normal(rng: &mut (impl Rng + ?Sized)) -> f64 {
    let (radius, angle) = (rng.random::<f64>(), rng.random::<f64>());
    // `random` is below 1 but may be 0, whose logarithm is infinite.
    (-2.0 * (1.0 - radius).ln()).sqrt() * (TAU * angle).cos()
}
